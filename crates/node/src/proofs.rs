//! Proofs: a small text that shows, without asking this node, that a thing stands in its log (C2SP `tlog-proof`).
//!
//! The checkpoint is the smallest above the leaf that most witnesses have cosigned; if none has, the last. What a proof is worth, its reader's policy
//! says. Disclosing a leaf discloses its salt, and nothing about any other.

use std::collections::BTreeMap;

use ledger::submission::parse_answer;
use ledger::{InclusionProof, SignedCheckpoint, TlogProof};
use store::leaves;
use store::witnesses::{self, Cosignature};
use store::{ReadTx, tree};
use terms::{ActId, Bug, Digest};

use crate::Trouble;
use crate::actor::{Action, Actor};
use crate::node::{Inner, Node};
use crate::record::ACT_LEAF;
use crate::sequence::{Hashes, disclosure};

/// So many cosignatures are considered.
const COSIGNATURES: usize = 1_000;

impl Node {
    /// The proof that an act stands in this node's log.
    pub fn proof(&self, actor: &Actor, act: &ActId) -> Result<String, Trouble> {
        actor.may(Action::ReadDockets)?;
        let found = self.0.read(|tx| self.0.proof(tx, ACT_LEAF, &Digest::new(*act.as_bytes())))?;
        found.ok_or_else(|| Trouble::not_here("act with a place in the log"))
    }
}

impl Inner {
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

/// The smallest checkpoint with at least `size` leaves that most witnesses cosigned, with their lines; else the head.
fn witnessed(tx: &mut ReadTx<'_>, generation: i64, size: u64) -> Result<Option<SignedCheckpoint>, Trouble> {
    let mut by_size: BTreeMap<u64, Vec<Cosignature>> = BTreeMap::new();
    for one in witnesses::cosignatures_above(tx, generation, size, COSIGNATURES)? {
        by_size.entry(one.size).or_default().push(one);
    }
    let most = by_size.values().map(Vec::len).max().unwrap_or(0);
    let chosen = by_size.into_values().find(|of_size| of_size.len() == most);
    let Some(chosen) = chosen else {
        let head = tree::head(tx, generation)?.filter(|head| head.size >= size);
        return Ok(head.map(|head| SignedCheckpoint::parse(head.checkpoint.as_bytes())).transpose()?);
    };
    let kept = |why: &dyn std::fmt::Display| Bug::new(format!("a cosignature that was kept: {why}"));
    let mut checkpoint: Option<SignedCheckpoint> = None;
    for one in chosen {
        if checkpoint.is_none() {
            checkpoint = Some(SignedCheckpoint::parse(one.checkpoint.as_bytes()).map_err(|why| kept(&why))?);
        }
        let key = one.witness.parse().map_err(|why| kept(&why))?;
        let lines = parse_answer(one.line.as_bytes()).map_err(|why| kept(&why))?;
        for (line, checkpoint) in lines.into_iter().zip(&mut checkpoint) {
            checkpoint.add_cosignature(line, &key).map_err(|why| kept(&why))?;
        }
    }
    Ok(checkpoint)
}
