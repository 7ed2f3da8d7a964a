//! Proofs: a small text that shows, without asking this node, that a thing stands in its log (C2SP `tlog-proof`).
//!
//! The checkpoint is the smallest above the leaf that most witnesses cosigned while the seal under the thing was good, of these one with a time stamp; if none did, that most
//! cosigned at all; if none has, the head of the last round. Behind it stand the same proof under earlier heads that fewer cosigned: if the seal is revoked later, one of them may be the one that is
//! old enough. What was logged since that round has no proof yet, and is told so. So a seal that ends or is revoked keeps the proofs that it had. What a proof is worth, its reader's policy says. Disclosing a leaf
//! discloses its salt, and nothing about any other.

use std::collections::BTreeMap;

use ledger::proof_text::PROOFS_MAX;
use ledger::submission::parse_answer;
use ledger::{InclusionProof, LeafKind, SignedCheckpoint, TlogProof};
use seal::ReceivedSignature;
use store::witnesses::{self, Cosignature, Stamp};
use store::{ReadTx, acts, dockets, leaves};
use terms::{ActId, AuthorityId, Bug, Digest, Moment};

use crate::actor::{Action, Actor};
use crate::node::{Inner, Node};
use crate::record::ACT_LEAF;
use crate::sequence::{Hashes, disclosure};
use crate::{Trouble, round};

/// So many cosignatures are considered.
const COSIGNATURES: usize = 1_000;
/// So many time stamps are.
const STAMPS: usize = 100;

impl Node {
    /// The proof that an act stands in this node's log.
    pub fn proof(&self, actor: &Actor, act: &ActId) -> Result<String, Trouble> {
        actor.may(Action::ReadDockets)?;
        self.0.read(|tx| {
            let Some(row) = acts::get(tx, act)? else { return Err(Trouble::not_here("act with a place in the log")) };
            let found = self.0.proof(tx, ACT_LEAF, &Digest::new(*act.as_bytes()), Some(&row.signature))?;
            found.map_or_else(|| self.0.pending(tx, &format!("Act {}", act.short())), Ok)
        })
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
        let text = self.proof(tx, ACT_LEAF, &Digest::new(*act.as_bytes()), Some(&row.signature))?;
        let all = text.map(|text| TlogProof::parse_all(text.as_bytes())).transpose()?;
        Ok(all.and_then(|all| Some(all.first()?.to_string())))
    }

    /// The proof of what no seal of a card signs; `missing` and `thing` are its names in what is said if there is none.
    pub(crate) fn logged_proof(
        &self,
        kind: LeafKind,
        id: &Digest,
        missing: &'static str,
        thing: &str,
    ) -> Result<String, Trouble> {
        self.read(|tx| {
            if leaves::of(tx, kind.word(), id)?.is_none() {
                return Err(Trouble::not_here(missing));
            }
            let found = self.proof(tx, kind.word(), id, None)?;
            found.map_or_else(|| self.pending(tx, &format!("{thing} {}", id.short())), Ok)
        })
    }

    /// Says that the proof of what was logged waits for the end of a round.
    pub(crate) fn pending<T>(&self, tx: &mut ReadTx<'_>, what: &str) -> Result<T, Trouble> {
        let next =
            round::last(tx, self.hands().generation())?.map(|round| round.next_at).filter(|at| *at > self.world.now());
        let when = next.map_or_else(|| "ends; it is due now".to_owned(), |at| format!("at about {at}"));
        Trouble::refuse(
            "node.proof-pending",
            format!("{what} is logged, and its proof is pending until the next round of the log {when}."),
            "Ask again then; `comity proof --wait` does.",
        )
    }

    /// The proof for a thing of this kind, under this signature by a seal; nothing if it was not logged, or no round has ended since.
    pub(crate) fn proof(
        &self,
        tx: &mut ReadTx<'_>,
        kind: &str,
        id: &Digest,
        signature: Option<&[u8]>,
    ) -> Result<Option<String>, Trouble> {
        let Some(leaf) = leaves::of(tx, kind, id)? else { return Ok(None) };
        let Some((generation, index)) = leaf.place else { return Ok(None) };
        let until = signature.map(|signature| self.good_until(tx, signature)).transpose()?.flatten();
        let mut texts = Vec::new();
        for checkpoint in witnessed(tx, generation, index + 1, until)? {
            let size = checkpoint.checkpoint().size;
            let inclusion = InclusionProof::make(index, size, &mut Hashes { tx, generation })?;
            let extra = Some(disclosure(&leaf)?.to_bytes());
            texts.push(TlogProof { extra, index, inclusion, checkpoint }.to_string());
        }
        Ok(Some(texts.join("\n")).filter(|text| !text.is_empty()))
    }
    /// The first moment at which the seal of this signature is no longer good, as its card says; nothing if no card held lists it.
    fn good_until(&self, tx: &mut ReadTx<'_>, signature: &[u8]) -> Result<Option<Moment>, Trouble> {
        let signer = ReceivedSignature::parse(signature)?.claimed_signer();
        let trusted = self.trusted(tx)?;
        let mut cards = trusted.standing.keys().chain([&self.me]).filter_map(|name| trusted.cards.of(name));
        let entry = cards.find_map(|card| card.seal(&signer));
        Ok(entry.map(|entry| {
            let ended = entry.last().plus_seconds(1);
            entry.compromised_since.map_or(ended, |since| since.min(ended))
        }))
    }
}

/// What others said of one of this log's heads.
#[derive(Default)]
struct Voices {
    cosignatures: Vec<Cosignature>,
    stamp: Option<Stamp>,
}

impl Voices {
    /// What was said before the seal ended weighs more than what came after; and cosignatures more than a time stamp: a reader's policy asks for
    /// them, and a stamp does not stand in for one.
    fn weight(&self, until: Option<Moment>) -> (usize, bool, usize, bool) {
        let timely = |at: Moment| until.is_none_or(|until| at < until);
        let cosigned = self.cosignatures.iter().filter(|one| timely(one.given_at)).count();
        let stamped = self.stamp.as_ref().is_some_and(|stamp| timely(stamp.stamped_at));
        (cosigned, stamped && !self.cosignatures.is_empty(), self.cosignatures.len(), self.stamp.is_some())
    }
}

/// The smallest of the weightiest checkpoints with at least `size` leaves, with what others said of it; behind it the smaller ones that fewer cosigned, or that
/// were stamped, each number for the first time; else the head of the last round, if it has as many leaves. `until`: when the seal ended.
fn witnessed(
    tx: &mut ReadTx<'_>,
    generation: i64,
    size: u64,
    until: Option<Moment>,
) -> Result<Vec<SignedCheckpoint>, Trouble> {
    let mut by_size: BTreeMap<u64, Voices> = BTreeMap::new();
    for one in witnesses::cosignatures_above(tx, generation, size, COSIGNATURES)? {
        by_size.entry(one.size).or_default().cosignatures.push(one);
    }
    for one in witnesses::stamps_above(tx, generation, size, STAMPS)? {
        let at = one.size;
        by_size.entry(at).or_default().stamp = Some(one);
    }
    let most = by_size.values().map(|voices| voices.weight(until)).max().unwrap_or_default();
    let mut chosen = Vec::new();
    let (mut cosigned, mut stamped) = (0, false);
    for voices in by_size.into_values() {
        let last = voices.weight(until) == most;
        let more = voices.cosignatures.len() > cosigned || (voices.stamp.is_some() && !stamped);
        cosigned = cosigned.max(voices.cosignatures.len());
        stamped |= voices.stamp.is_some();
        if more || last {
            chosen.push(signed(voices)?);
        }
        if last {
            break;
        }
    }
    if chosen.is_empty() {
        let head = round::last(tx, generation)?.map(|round| round.head()).transpose()?;
        return Ok(head.into_iter().filter(|head| head.checkpoint().size >= size).collect());
    }
    let weightiest = chosen.pop();
    chosen.truncate(PROOFS_MAX - 1);
    Ok(weightiest.into_iter().chain(chosen).collect())
}

/// A checkpoint with all that was said of it.
fn signed(voices: Voices) -> Result<SignedCheckpoint, Trouble> {
    let Voices { cosignatures, stamp } = voices;
    let kept = |why: &dyn std::fmt::Display| Bug::new(format!("what was kept beside a checkpoint: {why}"));
    let text = cosignatures.first().map(|one| &one.checkpoint).or(stamp.as_ref().map(|stamp| &stamp.checkpoint));
    let text = text.ok_or_else(|| kept(&"nothing"))?;
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
    Ok(checkpoint)
}
