//! What can be wrong with a log, a note or a proof, in the words of this room; each with a stable code.
//!
//! A message says what failed and where. Whether that is shown to an officer or an operator is decided above.

use terms::Fault;

/// Why a ledger artefact is not accepted, or a ledger operation not carried out.
#[derive(Debug, thiserror::Error)]
pub enum LedgerError {
    /// A text does not have the form that its specification asks for.
    #[error("the {what} is malformed at line {line}: {reason}")]
    Malformed {
        /// Which text.
        what: &'static str,
        /// The line, counted from one.
        line: usize,
        /// What is wrong there.
        reason: &'static str,
    },
    /// A text is longer than anything that this room reads.
    #[error("the {what} is larger than {limit} {unit}")]
    TooLarge {
        /// Which text.
        what: &'static str,
        /// The limit.
        limit: usize,
        /// Of what the limit counts.
        unit: &'static str,
    },
    /// A verifier key or key name that cannot be read.
    #[error("the verifier key is malformed: {0}")]
    KeyMalformed(&'static str),
    /// A verifier key of a signature type that this version does not verify.
    #[error("signature type {0:#04x} is not supported; known are 0x01 (Ed25519) and 0x04 (cosignature/v1)")]
    KeyTypeUnsupported(u8),
    /// A key was used for a purpose that its signature type excludes.
    #[error("the key {name} is not a key for {purpose}")]
    KeyPurpose {
        /// The key's name.
        name: String,
        /// What it was to be used for.
        purpose: &'static str,
    },
    /// Two configured keys share name and id, so a signature could not be attributed.
    #[error("two different keys are configured under {name}")]
    KeysAmbiguous {
        /// Their common name and id.
        name: String,
    },
    /// None of the signatures is by a key that the reader trusts.
    #[error("no signature on the note is by a known key")]
    NoKnownSignature,
    /// A signature carries a known key's name and id, and does not verify.
    #[error("the signature of {name} does not match the text")]
    SignatureInvalid {
        /// The key that it claims.
        name: String,
    },
    /// An index or a size lies outside the tree that was named.
    #[error("{asked} lies outside a tree of {size} leaves")]
    OutsideTree {
        /// The index or size asked for.
        asked: u64,
        /// The tree's size.
        size: u64,
    },
    /// The tree is as large as it may become.
    #[error("the log is full")]
    Full,
    /// The proof has too few or too many hashes for these positions.
    #[error("the {what} has {found} hashes where the tree asks for {expected}")]
    ProofLength {
        /// Inclusion or consistency proof, frontier, tile.
        what: &'static str,
        /// How many there must be.
        expected: usize,
        /// How many there are.
        found: usize,
    },
    /// The proof computes to a root other than the signed one.
    #[error("the {what} leads to another root than the checkpoint's")]
    ProofMismatch {
        /// Inclusion or consistency proof.
        what: &'static str,
    },
    /// The store could not give the hashes.
    #[error(transparent)]
    Store(#[from] Fault),
}

impl LedgerError {
    /// The stable code: programs and translations go by this, never by the sentence.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Malformed { .. } => "ledger.malformed",
            Self::TooLarge { .. } => "ledger.too-large",
            Self::KeyMalformed(_) => "ledger.key-malformed",
            Self::KeyTypeUnsupported(_) => "ledger.key-type-unsupported",
            Self::KeyPurpose { .. } => "ledger.key-purpose",
            Self::KeysAmbiguous { .. } => "ledger.keys-ambiguous",
            Self::NoKnownSignature => "ledger.no-known-signature",
            Self::SignatureInvalid { .. } => "ledger.signature-invalid",
            Self::OutsideTree { .. } => "ledger.outside-tree",
            Self::Full => "ledger.full",
            Self::ProofLength { .. } => "ledger.proof-length",
            Self::ProofMismatch { .. } => "ledger.proof-mismatch",
            Self::Store(_) => "ledger.store",
        }
    }
}

/// The error of a text that is not well formed, ready to be returned.
pub(crate) fn malformed<T>(what: &'static str, line: usize, reason: &'static str) -> Result<T, LedgerError> {
    Err(LedgerError::Malformed { what, line, reason })
}
