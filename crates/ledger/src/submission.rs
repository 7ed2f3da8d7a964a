//! The body of `add-checkpoint` in C2SP `tlog-witness`: what a log asks a witness to cosign, and how it gets there.
//!
//! ```text
//! old 20852014
//! PlRNCrwHpqhGrupue0L7gxbjbMiKA9temvuZZDDpkaw=
//! …
//!
//! example.com/behind-the-sofa
//! 20852163
//! …
//! ```
//!
//! Also what the witness answers: lines of cosignatures, read with [`parse_answer`]. Nothing is judged here.

use std::fmt;

use crate::error::malformed;
use crate::note::{NOTE_LEN_MAX, SIGNATURES_MAX};
use crate::proof::PROOF_LEN_MAX;
use crate::{ConsistencyProof, LedgerError, NoteSignature, SignedCheckpoint, text};

const WHAT: &str = "submission";

/// Longest body that is read.
pub const SUBMISSION_LEN_MAX: usize = NOTE_LEN_MAX + 4096;

/// A checkpoint, and the proof that it extends the one of `old_size` leaves that the witness cosigned last.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Submission {
    /// The size that the witness cosigned last, as far as the log knows; zero if never.
    pub old_size: u64,
    /// From that size to the checkpoint's.
    pub proof: ConsistencyProof,
    /// What is to be cosigned.
    pub checkpoint: SignedCheckpoint,
}

impl Submission {
    /// Reads a request's body.
    ///
    /// # Errors
    /// If it is too long or malformed; the witness answers 400.
    pub fn parse(bytes: &[u8]) -> Result<Self, LedgerError> {
        if bytes.len() > SUBMISSION_LEN_MAX {
            return Err(LedgerError::TooLarge { what: WHAT, limit: SUBMISSION_LEN_MAX, unit: "bytes" });
        }
        let Ok(whole) = std::str::from_utf8(bytes) else {
            return malformed(WHAT, 1, "it is not UTF-8");
        };
        let Some((head, checkpoint)) = whole.split_once("\n\n") else {
            return malformed(WHAT, 1, "there is no empty line before the checkpoint");
        };
        let mut lines = head.split('\n');
        let Some(old_size) = lines.next().and_then(|line| text::decimal(line.strip_prefix("old ")?)) else {
            return malformed(WHAT, 1, "expected “old” and a tree size");
        };
        let proof = ConsistencyProof(read_hashes(WHAT, lines, 2)?);
        let checkpoint = SignedCheckpoint::parse(checkpoint.as_bytes())?;
        Ok(Self { old_size, proof, checkpoint })
    }
}

impl fmt::Display for Submission {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "old {}", self.old_size)?;
        self.proof.0.iter().try_for_each(|hash| writeln!(f, "{}", text::base64(hash.as_bytes())))?;
        write!(f, "\n{}", self.checkpoint)
    }
}

/// Reads the signature lines that a witness answered. Which of them count, [`SignedCheckpoint::add_cosignature`] says.
///
/// # Errors
/// If it is too long, empty or not lines of signatures.
pub fn parse_answer(bytes: &[u8]) -> Result<Vec<NoteSignature>, LedgerError> {
    const ANSWER: &str = "witness's answer";
    if bytes.len() > NOTE_LEN_MAX {
        return Err(LedgerError::TooLarge { what: ANSWER, limit: NOTE_LEN_MAX, unit: "bytes" });
    }
    let Some(lines) = std::str::from_utf8(bytes).ok().and_then(|whole| whole.strip_suffix('\n')) else {
        return malformed(ANSWER, 1, "it is not UTF-8 that ends in a newline");
    };
    if lines.split('\n').count() > SIGNATURES_MAX {
        return Err(LedgerError::TooLarge { what: ANSWER, limit: SIGNATURES_MAX, unit: "signatures" });
    }
    lines.split('\n').enumerate().map(|(at, line)| NoteSignature::parse(line, at + 1)).collect()
}

/// Reads a proof's lines, the first of which is line `first` of the text.
pub(crate) fn read_hashes<'t>(
    what: &'static str,
    lines: impl Iterator<Item = &'t str>,
    first: usize,
) -> Result<Vec<terms::Digest>, LedgerError> {
    let mut hashes = Vec::new();
    for (at, line) in lines.enumerate() {
        if at == PROOF_LEN_MAX {
            return Err(LedgerError::TooLarge { what, limit: PROOF_LEN_MAX, unit: "proof lines" });
        }
        match text::hash(line) {
            Some(hash) => hashes.push(hash),
            None => return malformed(what, first + at, "that is not a SHA-256 hash in base64"),
        }
    }
    Ok(hashes)
}
