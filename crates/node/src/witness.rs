//! Witnessing: this node cosigns the checkpoints of its peers' logs, and has its own cosigned by them (C2SP `tlog-witness`, `docs/spec/ledger.md`).
//!
//! As a witness it stores what it is about to cosign before it answers, and cosigns nothing that does not extend what it cosigned before; what
//! contradicts a log's earlier word is an alarm with both heads as evidence. For its own log it asks every peer that has not cosigned the head of the
//! last round ([`crate::round`]). Receipts never wait for any of this.

use exchange::{Cosigned, WitnessRefusal};
use ledger::evidence::{Contradiction, Evidence};
use ledger::submission::{Submission, parse_answer};
use ledger::witness::{Reason, Record, consider};
use ledger::{ConsistencyProof, NoteSignature, SignedCheckpoint, VerifierKey};
use store::witnesses::{self, Cosignature};
use terms::{AuthorityId, Bug};

use crate::alarms::Found;
use crate::node::{Node, Work};
use crate::sequence::Hashes;
use crate::{Trouble, recover, round};

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

    /// The head of the own log's last round for a peer that has not cosigned it yet; `from` is the size from which the peer said to go on.
    pub fn head_for(&self, peer: &AuthorityId, from: Option<u64>) -> Result<Option<Head>, Trouble> {
        let trusted = self.0.believed();
        let Some(card) = trusted.peer(peer) else { return Ok(None) };
        let key: VerifierKey = card.statement().ledger.witness.parse()?;
        let generation = self.0.hands().generation();
        self.0.read(|tx| {
            let Some(round) = round::last(tx, generation)? else { return Ok(None) };
            let checkpoint = round.head()?;
            let size = checkpoint.checkpoint().size;
            let last = witnesses::last_cosigned(tx, generation, &key.to_string())?.unwrap_or(0);
            if last == size && from.is_none() {
                return Ok(None);
            }
            let old_size = from.unwrap_or(last);
            if old_size > size {
                return Ok(None);
            }
            let proof = ConsistencyProof::make(old_size, size, &mut Hashes { tx, generation })?;
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
