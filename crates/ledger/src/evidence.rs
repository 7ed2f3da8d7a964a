//! Two signed heads of one log that ought not both to exist, kept as a file that a third party can judge.
//!
//! - **Fork**: the same size, two roots. Nobody but the log's key can have made both, and no honest log does: proof.
//! - **Rollback**: a head smaller than one seen before. An old message may simply be late, so this is a suspicion; the log
//!   clears it by a consistency proof from the smaller head to the larger ([`Evidence::is_cleared_by`]).
//! - **Unproven growth**: a larger head without a valid proof. A suspicion likewise, cleared in the same way.
//!
//! The file is a line `comity.ledger-evidence/1` and the two notes, each behind a line with its length in bytes. What kind it is
//! is not written down: it follows from the two heads.

use std::fmt;

use crate::error::malformed;
use crate::key::VerifierKey;
use crate::note::NOTE_LEN_MAX;
use crate::{ConsistencyProof, HashReader, LedgerError, SignedCheckpoint, text};

/// The first line of a file of evidence.
pub const HEADER: &str = "comity.ledger-evidence/1";

const WHAT: &str = "evidence";

/// How the two heads contradict each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Contradiction {
    /// One size, two roots.
    Fork,
    /// The later head is smaller.
    Rollback,
    /// The later head is larger, and was not shown to extend the earlier.
    Unproven,
}

/// The head that was seen first and the one that came later.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Evidence {
    first: SignedCheckpoint,
    second: SignedCheckpoint,
    contradiction: Contradiction,
}

impl Evidence {
    /// Keeps two heads of one log; `None` if the logs differ or the heads are the same, since there is nothing to keep.
    pub fn of(first: SignedCheckpoint, second: SignedCheckpoint) -> Option<Self> {
        let (before, after) = (first.checkpoint(), second.checkpoint());
        let contradiction = match after.size.cmp(&before.size) {
            std::cmp::Ordering::Equal if before.root == after.root => return None,
            std::cmp::Ordering::Equal => Contradiction::Fork,
            std::cmp::Ordering::Less => Contradiction::Rollback,
            std::cmp::Ordering::Greater => Contradiction::Unproven,
        };
        (before.origin == after.origin).then_some(Self { first, second, contradiction })
    }

    /// Judges a head that a log shows by one that was seen before: nothing if the smaller of the two is shown to be the beginning of the larger, whose hashes
    /// `larger` reads. Hashes that the log does not give show nothing.
    pub fn between(seen: &SignedCheckpoint, shown: &SignedCheckpoint, larger: &mut impl HashReader) -> Option<Self> {
        let evidence = Self::of(seen.clone(), shown.clone())?;
        let sizes = (seen.checkpoint().size, shown.checkpoint().size);
        let proof = ConsistencyProof::make(sizes.0.min(sizes.1), sizes.0.max(sizes.1), larger);
        match proof {
            Ok(proof) if evidence.is_cleared_by(&proof) => None,
            _ => Some(evidence),
        }
    }

    /// The head that was seen first.
    pub fn first(&self) -> &SignedCheckpoint {
        &self.first
    }
    /// The head that came later.
    pub fn second(&self) -> &SignedCheckpoint {
        &self.second
    }
    /// How they contradict each other.
    pub fn contradiction(&self) -> Contradiction {
        self.contradiction
    }

    /// Whether this proves to anybody who knows the log's keys that the log lied: a fork, with both heads signed.
    ///
    /// # Errors
    /// If one of the heads is not signed by one of `keys`.
    pub fn proves_misconduct(&self, keys: &[VerifierKey]) -> Result<bool, LedgerError> {
        self.first.verify(keys)?;
        self.second.verify(keys)?;
        Ok(self.contradiction == Contradiction::Fork)
    }

    /// Whether this proof shows that the smaller head is the beginning of the larger. A fork is never cleared.
    pub fn is_cleared_by(&self, proof: &ConsistencyProof) -> bool {
        let (a, b) = (self.first.checkpoint(), self.second.checkpoint());
        let (small, large) = if a.size <= b.size { (a, b) } else { (b, a) };
        proof.check(small.size, &small.root, large.size, &large.root).is_ok()
    }

    /// Reads a file of evidence.
    ///
    /// # Errors
    /// If it is malformed, or the two heads do not contradict each other.
    pub fn parse(bytes: &[u8]) -> Result<Self, LedgerError> {
        let Some(rest) = bytes.strip_prefix(HEADER.as_bytes()).and_then(|rest| rest.strip_prefix(b"\n")) else {
            return malformed(WHAT, 1, "it does not begin with “comity.ledger-evidence/1”");
        };
        let (first, rest) = part(rest)?;
        let (second, rest) = part(rest)?;
        if !rest.is_empty() {
            return malformed(WHAT, 1, "there is something behind the second head");
        }
        match Self::of(first, second) {
            Some(evidence) => Ok(evidence),
            None => malformed(WHAT, 1, "the two heads do not contradict each other"),
        }
    }
}

/// Reads one length line and the note behind it.
fn part(bytes: &[u8]) -> Result<(SignedCheckpoint, &[u8]), LedgerError> {
    let split = bytes.iter().position(|byte| *byte == b'\n').and_then(|end| {
        let length = text::decimal(std::str::from_utf8(&bytes[..end]).ok()?).filter(|n| *n <= NOTE_LEN_MAX as u64)?;
        bytes[end + 1..].split_at_checked(length as usize)
    });
    match split {
        Some((note, rest)) => Ok((SignedCheckpoint::parse(note)?, rest)),
        None => malformed(WHAT, 2, "expected the length of a head and as many bytes"),
    }
}

impl fmt::Display for Evidence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (first, second) = (self.first.to_string(), self.second.to_string());
        write!(f, "{HEADER}\n{}\n{first}{}\n{second}", first.len(), second.len())
    }
}
