//! Witnessing: this node cosigns the checkpoints of its peers' logs, and has its own cosigned by them (C2SP `tlog-witness`, `docs/spec/ledger.md`).
//!
//! As a witness it stores what it is about to cosign before it answers, and cosigns nothing that does not extend what it cosigned before; what
//! contradicts a log's earlier word is an alarm with both heads as evidence. For its own log, a round once a minute pads the tree, so that peers see
//! rough volume and no more, and asks every peer that has not cosigned the head. Receipts never wait for any of this.

use exchange::{Cosigned, WitnessRefusal};
use ledger::evidence::{Contradiction, Evidence};
use ledger::submission::{Submission, parse_answer};
use ledger::witness::{Reason, Record, consider};
use ledger::{ConsistencyProof, LeafKind, NoteSignature, SignedCheckpoint, VerifierKey};
use store::leaves::{self, NewLeaf};
use store::witnesses::{self, Cosignature};
use store::{settings, tree};
use terms::{AuthorityId, Bug, Digest};

use crate::alarms::Found;
use crate::node::{Node, Work};
use crate::sequence::Hashes;
use crate::{Trouble, recover, world};

/// The setting that holds how large the tree was at the end of the last round.
const ROUND: &str = "log.round";

/// A head of the own log on its way to a witness.
#[derive(Debug, Clone)]
pub struct Head {
    /// The body that the witness is asked with.
    pub body: Vec<u8>,
    generation: i64,
    checkpoint: SignedCheckpoint,
    key: VerifierKey,
}

impl Node {
    /// Cosigns a checkpoint of the log of `from`, or says why not.
    pub(crate) fn cosign(&self, from: &AuthorityId, body: &[u8]) -> Result<Cosigned, Trouble> {
        let Ok(submission) = Submission::parse(body) else { return Ok(Err(WitnessRefusal::Malformed)) };
        let Some(key) = log_key(self, from) else { return Ok(Err(WitnessRefusal::UnknownLog)) };
        let from = from.clone();
        let considered = self.0.write(move |work| {
            if recover::recovering(work.tx)?.is_some() {
                return Ok(Err(WitnessRefusal::Later { after_seconds: 60 }));
            }
            let origin = submission.checkpoint.checkpoint().origin.clone();
            let last = witnesses::witnessed(work.tx, origin.as_str())?.map(|text| restored(&text)).transpose()?;
            match consider(std::slice::from_ref(&key), last.as_ref(), &submission) {
                Ok(accepted) => {
                    let (size, text) = (accepted.record().size(), accepted.record().checkpoint().to_string());
                    match witnesses::witness(work.tx, origin.as_str(), size, &text, work.now)? {
                        true => Ok(Ok(accepted)),
                        false => Ok(Err(WitnessRefusal::Later { after_seconds: 1 })),
                    }
                }
                Err(refused) => {
                    if let Some(evidence) = &refused.evidence {
                        work.log_contradicts(&from, evidence)?;
                    }
                    Ok(Err(refusal(&refused.reason)))
                }
            }
        })?;
        // Only now, when it is durable, is it cosigned.
        let accepted = match considered {
            Ok(accepted) => accepted,
            Err(refusal) => return Ok(Err(refusal)),
        };
        let signature = accepted.cosign_stored(self.now(), &*self.0.hands().witness)?;
        Ok(Ok(signature.to_string().into_bytes()))
    }

    /// Ends a round of the own log: pads what grew, so that peers see rough volume only, and signs the head.
    pub fn end_round(&self) -> Result<(), Trouble> {
        let padded = self.0.write(|work| {
            if recover::recovering(work.tx)?.is_some() {
                return Ok(false);
            }
            let generation = work.inner.hands().generation();
            let size = tree::head(work.tx, generation)?.map_or(0, |head| head.size) + leaves::waiting(work.tx)?;
            let before =
                settings::get(work.tx, ROUND)?.and_then(|bytes| bytes.try_into().ok()).map_or(0, u64::from_be_bytes);
            let grown = size.saturating_sub(before);
            let padding = grown.next_power_of_two() - grown;
            for _ in 0..padding {
                let leaf = NewLeaf {
                    kind: LeafKind::Padding.to_string(),
                    id: world::digest(&*work.inner.world),
                    signature_hash: Digest::of(&[]),
                    salt: world::salt(&*work.inner.world),
                };
                leaves::queue(work.tx, &leaf)?;
            }
            settings::put(work.tx, ROUND, &(size + padding).to_be_bytes())?;
            Ok(true)
        })?;
        if padded { self.sequence().map(drop) } else { Ok(()) }
    }

    /// The own log's head for a peer that has not cosigned it yet; `from` is the size from which the peer said to go on.
    pub fn head_for(&self, peer: &AuthorityId, from: Option<u64>) -> Result<Option<Head>, Trouble> {
        let trusted = self.0.believed();
        let Some(card) = trusted.peer(peer) else { return Ok(None) };
        let key: VerifierKey = card.statement().ledger.witness.parse()?;
        let generation = self.0.hands().generation();
        self.0.read(|tx| {
            let Some(head) = tree::head(tx, generation)? else { return Ok(None) };
            let last = witnesses::last_cosigned(tx, generation, &key.to_string())?.unwrap_or(0);
            if last == head.size && from.is_none() {
                return Ok(None);
            }
            let old_size = from.unwrap_or(last);
            if old_size > head.size {
                return Ok(None);
            }
            let proof = ConsistencyProof::make(old_size, head.size, &mut Hashes { tx, generation })?;
            let checkpoint = SignedCheckpoint::parse(head.checkpoint.as_bytes())?;
            let submission = Submission { old_size, proof, checkpoint: checkpoint.clone() };
            Ok(Some(Head { body: submission.to_string().into_bytes(), generation, checkpoint, key }))
        })
    }

    /// Keeps what a witness answered. Gives the size from which it wants to be asked again, if it stands elsewhere.
    pub fn cosigned(&self, by: &AuthorityId, head: &Head, answer: Cosigned) -> Result<Option<u64>, Trouble> {
        let size = head.checkpoint.checkpoint().size;
        match answer {
            Ok(lines) => self.keep_cosignatures(by, head, &parse_answer(&lines)?).map(|()| None),
            Err(WitnessRefusal::OtherSize { latest }) if latest <= size => Ok(Some(latest)),
            Err(WitnessRefusal::OtherSize { latest }) => {
                let (by, found) = (
                    by.clone(),
                    format!("{by} has cosigned a checkpoint of this log with {latest} leaves, and it has {size}"),
                );
                tracing::error!(peer = %by, "{found}");
                self.0.write(move |work| {
                    if recover::recovering(work.tx)?.is_none() { work.begin_recovery(&found) } else { Ok(()) }
                })?;
                Ok(None)
            }
            Err(refused) => {
                tracing::warn!(peer = %by, code = refused.code(), %refused, "a peer did not cosign our checkpoint");
                Ok(None)
            }
        }
    }

    fn keep_cosignatures(&self, by: &AuthorityId, head: &Head, lines: &[NoteSignature]) -> Result<(), Trouble> {
        let Some(line) = lines.iter().find(|line| line.claims(&head.key)) else {
            tracing::warn!(peer = %by, "a peer's answer holds no cosignature by the key of its card");
            return Ok(());
        };
        head.checkpoint.clone().add_cosignature(line.clone(), &head.key)?;
        let kept = Cosignature {
            generation: head.generation,
            size: head.checkpoint.checkpoint().size,
            witness: head.key.to_string(),
            line: line.to_string(),
            checkpoint: head.checkpoint.to_string(),
            given_at: self.now(),
        };
        self.0.write(move |work| Ok(witnesses::cosigned(work.tx, &kept)?))
    }
}

impl Work<'_, '_> {
    /// Two heads of one log that contradict each other: an alarm, with both.
    pub fn log_contradicts(&mut self, whose: &AuthorityId, evidence: &Evidence) -> Result<(), Trouble> {
        let (first, second) = (evidence.first().checkpoint(), evidence.second().checkpoint());
        let (kind, what) = match evidence.contradiction() {
            Contradiction::Fork => ("two-logs", "shows two versions of its log at one size"),
            Contradiction::Rollback => ("log-shrank", "shows a smaller log than before"),
            Contradiction::Unproven => ("log-unproven", "does not show that its log continues what it was"),
        };
        self.alarm(Found {
            kind,
            authority: whose.clone(),
            docket: None,
            sentence: format!(
                "{whose} {what}: {} leaves with root {}, then {} leaves with root {}.",
                first.size,
                first.root.short(),
                second.size,
                second.root.short()
            ),
            evidence: evidence.to_string().into_bytes(),
        })
    }
}

/// The key of an approved peer's log.
pub(crate) fn log_key(node: &Node, authority: &AuthorityId) -> Option<VerifierKey> {
    node.0.believed().peer(authority)?.statement().ledger.key.parse().ok()
}

fn restored(text: &str) -> Result<Record, Trouble> {
    let checkpoint = SignedCheckpoint::parse(text.as_bytes());
    Ok(Record::restored(checkpoint.map_err(|why| Bug::new(format!("a checkpoint that was kept: {why}")))?))
}

fn refusal(reason: &Reason) -> WitnessRefusal {
    match reason {
        Reason::UnknownOrigin => WitnessRefusal::UnknownLog,
        Reason::NotSigned(_) => WitnessRefusal::NotSigned,
        Reason::OldSizeBeyond => WitnessRefusal::Malformed,
        Reason::OtherSize { latest } => WitnessRefusal::OtherSize { latest: *latest },
        Reason::NotConsistent(_) => WitnessRefusal::NotConsistent,
    }
}
