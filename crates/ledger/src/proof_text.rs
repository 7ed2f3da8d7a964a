//! C2SP `tlog-proof` files: a small text that shows, without asking anybody, that an entry stands in a witnessed log.
//!
//! ```text
//! c2sp.org/tlog-proof@v1
//! extra <base64 of what opens the leaf>
//! index 73894
//! gSKyXoYZUgZ6jduWYrkDOARinOMGJveXjgMkBTcdPlQ=
//! …
//!
//! <checkpoint with its cosignatures>
//! ```
//!
//! In Comity *extra* is [`LeafDisclosure::to_bytes`]. Nothing signs it; it is believed only because it hashes to the leaf.
//! There are three answers, and each says what and where: *matches*, *does not match* (something contradicts itself),
//! *cannot be checked* (something is missing: a key, cosignatures, a readable file).

use std::fmt;

use terms::{Digest, Moment};

use crate::error::malformed;
use crate::note::NOTE_LEN_MAX;
use crate::submission::read_hashes;
use crate::{InclusionProof, KeyName, LeafDisclosure, LedgerError, Origin, Policy, SignedCheckpoint, text};

/// The first line of a proof file.
pub const HEADER: &str = "c2sp.org/tlog-proof@v1";
/// Longest proof file that is read.
pub const PROOF_TEXT_LEN_MAX: usize = NOTE_LEN_MAX + 64 * 1024;

/// Most proofs of one entry in one file.
pub const PROOFS_MAX: usize = 8;

const WHAT: &str = "proof file";

/// A proof file that is well formed. Whether it holds, [`TlogProof::check`] says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TlogProof {
    /// Opaque data beside the proof, which nothing signs.
    pub extra: Option<Vec<u8>>,
    /// The entry's index in the log.
    pub index: u64,
    /// From the entry to the checkpoint's root.
    pub inclusion: InclusionProof,
    /// The head of the log, with cosignatures.
    pub checkpoint: SignedCheckpoint,
}

/// What a proof shows when everything holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proven {
    /// The log in which the entry stands.
    pub origin: Origin,
    /// At which place.
    pub index: u64,
    /// Of how many, at the checkpoint.
    pub size: u64,
    /// Who cosigned, and when first; only witnesses of the policy.
    pub cosigned: Vec<(KeyName, Moment)>,
    /// The entry existed at this moment: by then the policy's quorum had cosigned. `None` if the policy asks for nobody.
    pub existed_by: Option<Moment>,
}

/// What stood in the way, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// Stable code.
    pub code: &'static str,
    /// Which part of the proof.
    pub place: &'static str,
    /// One sentence.
    pub what: String,
}

/// The three answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// Everything that the policy asks for was checked and holds.
    Matches(Proven),
    /// Something is signed or hashed otherwise than it claims.
    DoesNotMatch(Finding),
    /// Something that is needed is not there.
    CannotBeChecked(Finding),
}

impl Answer {
    /// Whether everything holds.
    pub fn is_match(&self) -> bool {
        matches!(self, Self::Matches(_))
    }
    fn missing(place: &'static str, error: &LedgerError) -> Self {
        Self::CannotBeChecked(Finding { code: error.code(), place, what: error.to_string() })
    }
    fn wrong(place: &'static str, error: &LedgerError) -> Self {
        Self::DoesNotMatch(Finding { code: error.code(), place, what: error.to_string() })
    }
}

impl TlogProof {
    /// Reads a proof file.
    ///
    /// # Errors
    /// If it is too long or malformed.
    pub fn parse(bytes: &[u8]) -> Result<Self, LedgerError> {
        if bytes.len() > PROOF_TEXT_LEN_MAX {
            return Err(LedgerError::TooLarge { what: WHAT, limit: PROOF_TEXT_LEN_MAX, unit: "bytes" });
        }
        let Ok(whole) = std::str::from_utf8(bytes) else {
            return malformed(WHAT, 1, "it is not UTF-8");
        };
        let Some((head, checkpoint)) = whole.split_once("\n\n") else {
            return malformed(WHAT, 1, "there is no empty line before the checkpoint");
        };
        let mut lines = head.split('\n').peekable();
        if lines.next() != Some(HEADER) {
            return malformed(WHAT, 1, "it does not begin with “c2sp.org/tlog-proof@v1”");
        }
        let mut at = 2;
        let extra = match lines.next_if(|line| line.starts_with("extra ")) {
            Some(line) => match text::unbase64(&line["extra ".len()..]) {
                Some(extra) => Some(extra),
                None => return malformed(WHAT, at, "the extra data is not base64"),
            },
            None => None,
        };
        at += usize::from(extra.is_some());
        let Some(index) = lines.next().and_then(|line| text::decimal(line.strip_prefix("index ")?)) else {
            return malformed(WHAT, at, "expected “index” and a number");
        };
        let inclusion = InclusionProof(read_hashes(WHAT, lines, at + 1)?);
        let checkpoint = SignedCheckpoint::parse(checkpoint.as_bytes())?;
        Ok(Self { extra, index, inclusion, checkpoint })
    }

    /// Reads a file that holds one proof or several of one entry, one after the other with an empty line between: each under another head.
    ///
    /// # Errors
    /// If it is too long, one of them is malformed, there are more than [`PROOFS_MAX`], or they are not of the same entry.
    pub fn parse_all(bytes: &[u8]) -> Result<Vec<Self>, LedgerError> {
        if bytes.len() > PROOF_TEXT_LEN_MAX {
            return Err(LedgerError::TooLarge { what: WHAT, limit: PROOF_TEXT_LEN_MAX, unit: "bytes" });
        }
        let between = format!("\n\n{HEADER}\n").into_bytes();
        let mut all: Vec<Self> = Vec::new();
        let mut rest = bytes;
        loop {
            let cut = rest.windows(between.len()).position(|window| window == between);
            let one = Self::parse(cut.map_or(rest, |at| &rest[..=at]))?;
            let same = all.first().is_none_or(|first| (first.index, &first.extra) == (one.index, &one.extra));
            if !same || all.len() == PROOFS_MAX {
                return malformed(WHAT, 1, "its proofs are too many, or not of one entry");
            }
            all.push(one);
            match cut {
                Some(at) => rest = &rest[at + 2..],
                None => return Ok(all),
            }
        }
    }

    /// What the extra data discloses, read as Comity's leaf.
    ///
    /// # Errors
    /// If there is none, or it is another application's.
    pub fn disclosure(&self) -> Result<LeafDisclosure, LedgerError> {
        LeafDisclosure::from_bytes(self.extra.as_deref().unwrap_or_default())
    }

    /// Checks the proof for an entry with this leaf hash. Cosignatures dated after `now` do not count; without `now` all
    /// count, as the specification has it.
    pub fn check(&self, leaf: &Digest, policy: &Policy, now: Option<Moment>) -> Answer {
        let head = self.checkpoint.checkpoint();
        let known = self.checkpoint.verify(policy.logs());
        if let Err(error @ LedgerError::SignatureInvalid { .. }) = &known {
            return Answer::wrong("the log's signature", error);
        }
        let cosigned = match self.checkpoint.cosignatures(policy.witnesses()) {
            Ok(cosigned) => cosigned,
            Err(error @ LedgerError::SignatureInvalid { .. }) => return Answer::wrong("a cosignature", &error),
            Err(error) => return Answer::missing("the cosignatures", &error),
        };
        if let Err(error) = self.inclusion.check(self.index, head.size, leaf, &head.root) {
            return Answer::wrong("the inclusion proof", &error);
        }
        if let Err(error) = known {
            return Answer::missing("the log's signature", &error);
        }
        let counted: Vec<_> = cosigned.into_iter().filter(|(_, time)| now.is_none_or(|now| *time <= now)).collect();
        if !policy.is_satisfied(|witness| counted.iter().any(|(key, _)| *key == witness)) {
            let what = format!("{} of the policy's witnesses cosigned; that is not enough", counted.len());
            return Answer::CannotBeChecked(Finding { code: "ledger.quorum", place: "the cosignatures", what });
        }
        Answer::Matches(Proven {
            origin: head.origin.clone(),
            index: self.index,
            size: head.size,
            existed_by: policy.moment_reached(&counted),
            cosigned: counted.into_iter().map(|(key, time)| (key.name().clone(), time)).collect(),
        })
    }
}

impl fmt::Display for TlogProof {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{HEADER}")?;
        if let Some(extra) = &self.extra {
            writeln!(f, "extra {}", text::base64(extra))?;
        }
        writeln!(f, "index {}", self.index)?;
        self.inclusion.0.iter().try_for_each(|hash| writeln!(f, "{}", text::base64(hash.as_bytes())))?;
        write!(f, "\n{}", self.checkpoint)
    }
}

/// Checks a proof file for Comity's entry `expected`, from bytes to answer: that the file discloses this entry, and all
/// that [`TlogProof::check`] asks. The salt is the file's; it cannot be guessed and need not be known beforehand.
pub fn check_file(bytes: &[u8], expected: &Expected, policy: &Policy, now: Option<Moment>) -> Answer {
    let proof = match TlogProof::parse(bytes) {
        Ok(proof) => proof,
        Err(error) => return Answer::missing("the proof file", &error),
    };
    let disclosure = match proof.disclosure() {
        Ok(disclosure) => disclosure,
        Err(error) => return Answer::missing("the disclosure", &error),
    };
    if !expected.is_opened_by(&disclosure) {
        let what = "the proof is for another entry, or for another signature under it".to_owned();
        return Answer::DoesNotMatch(Finding { code: "ledger.other-entry", place: "the disclosure", what });
    }
    proof.check(&disclosure.leaf_hash(), policy, now)
}

/// The entry for which a proof is wanted, as the reader has it in hand.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Expected {
    /// What kind of thing.
    pub kind: crate::LeafKind,
    /// Its id.
    pub id: Digest,
    /// The signature over it.
    pub signature: Vec<u8>,
}

impl Expected {
    /// Whether this is what the leaf discloses.
    pub fn is_opened_by(&self, disclosed: &LeafDisclosure) -> bool {
        disclosed.kind == self.kind
            && disclosed.id == self.id
            && disclosed.signature_hash == Digest::of(&[&self.signature])
    }
}
