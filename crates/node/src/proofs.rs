//! Proofs: a small text that shows, without asking this node, that a thing stands in its log (C2SP `tlog-proof`).
//!
//! The checkpoint is the smallest above the leaf that most witnesses have cosigned, of these one with a time stamp; if none has, the last. What a proof is worth, its reader's policy
//! says. Disclosing a leaf discloses its salt, and nothing about any other.

use std::collections::BTreeMap;

use ledger::submission::parse_answer;
use ledger::{InclusionProof, SignedCheckpoint, TlogProof};
use store::witnesses::{self, Cosignature, Stamp};
use store::{ReadTx, tree};
use store::{acts, dockets, leaves};
use terms::{ActId, AuthorityId, Bug, Digest};

use crate::Trouble;
use crate::actor::{Action, Actor};
use crate::node::{Inner, Node};
use crate::record::ACT_LEAF;
use crate::sequence::{Hashes, disclosure};

/// So many cosignatures are considered.
const COSIGNATURES: usize = 1_000;
/// So many time stamps are.
const STAMPS: usize = 100;

impl Node {
    /// The proof that an act stands in this node's log.
    pub fn proof(&self, actor: &Actor, act: &ActId) -> Result<String, Trouble> {
        actor.may(Action::ReadDockets)?;
        let found = self.0.read(|tx| self.0.proof(tx, ACT_LEAF, &Digest::new(*act.as_bytes())))?;
        found.ok_or_else(|| Trouble::not_here("act with a place in the log"))
    }
}

impl Inner {
    /// The proof of an act for a peer: only for a party of its docket, which holds the act itself.
    pub(crate) fn proof_for(
        &self,
        tx: &mut ReadTx<'_>,
        peer: &AuthorityId,
        act: &ActId,
    ) -> Result<Option<String>, Trouble> {
        let Some(row) = acts::get(tx, act)? else { return Ok(None) };
        if !dockets::parties(tx, &row.docket, None, store::PAGE_MAX)?.rows.contains(peer) {
            return Ok(None);
        }
        self.proof(tx, ACT_LEAF, &Digest::new(*act.as_bytes()))
    }
    /// The proof for a thing of this kind; nothing if it was not logged or has no place yet.
    pub(crate) fn proof(&self, tx: &mut ReadTx<'_>, kind: &str, id: &Digest) -> Result<Option<String>, Trouble> {
        let Some(leaf) = leaves::of(tx, kind, id)? else { return Ok(None) };
        let Some((generation, index)) = leaf.place else { return Ok(None) };
        let Some(checkpoint) = witnessed(tx, generation, index + 1)? else { return Ok(None) };
        let size = checkpoint.checkpoint().size;
        let inclusion = InclusionProof::make(index, size, &mut Hashes { tx, generation })?;
        let extra = Some(disclosure(&leaf)?.to_bytes());
        Ok(Some(TlogProof { extra, index, inclusion, checkpoint }.to_string()))
    }
}

/// What others said of one of this log's heads.
#[derive(Default)]
struct Voices {
    cosignatures: Vec<Cosignature>,
    stamp: Option<Stamp>,
}

impl Voices {
    /// Cosignatures weigh more: a reader's policy asks for them, and a time stamp does not stand in for one.
    fn weight(&self) -> (usize, bool) {
        (self.cosignatures.len(), self.stamp.is_some())
    }
}

/// The smallest checkpoint with at least `size` leaves that most witnesses cosigned, of these one with a time stamp, with their lines; else the head.
fn witnessed(tx: &mut ReadTx<'_>, generation: i64, size: u64) -> Result<Option<SignedCheckpoint>, Trouble> {
    let mut by_size: BTreeMap<u64, Voices> = BTreeMap::new();
    for one in witnesses::cosignatures_above(tx, generation, size, COSIGNATURES)? {
        by_size.entry(one.size).or_default().cosignatures.push(one);
    }
    for one in witnesses::stamps_above(tx, generation, size, STAMPS)? {
        let at = one.size;
        by_size.entry(at).or_default().stamp = Some(one);
    }
    let most = by_size.values().map(Voices::weight).max().unwrap_or_default();
    let chosen = by_size.into_values().find(|voices| voices.weight() == most);
    let Some(Voices { cosignatures, stamp }) = chosen else {
        let head = tree::head(tx, generation)?.filter(|head| head.size >= size);
        return Ok(head.map(|head| SignedCheckpoint::parse(head.checkpoint.as_bytes())).transpose()?);
    };
    let kept = |why: &dyn std::fmt::Display| Bug::new(format!("what was kept beside a checkpoint: {why}"));
    let text = cosignatures.first().map(|one| &one.checkpoint).or(stamp.as_ref().map(|stamp| &stamp.checkpoint));
    let Some(text) = text else { return Ok(None) };
    let mut checkpoint = SignedCheckpoint::parse(text.as_bytes()).map_err(|why| kept(&why))?;
    for one in &cosignatures {
        let key = one.witness.parse().map_err(|why| kept(&why))?;
        for line in parse_answer(one.line.as_bytes()).map_err(|why| kept(&why))? {
            checkpoint.add_cosignature(line, &key).map_err(|why| kept(&why))?;
        }
    }
    if let Some(stamp) = stamp {
        checkpoint.add_stamp(stamp.token)?;
    }
    Ok(Some(checkpoint))
}
