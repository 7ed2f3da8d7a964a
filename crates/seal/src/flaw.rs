//! What can be wrong with a certificate, a signature, an envelope or a card: one enum, one stable code each.
//!
//! A [`Flaw`] lies in the bytes that were handed in, and asking again never helps. A fault of the world, for example a
//! hardware module that does not answer, is a [`Fault`] and stays one: [`Failure`] carries either, and never mixes them.

use terms::{Fault, Moment};

/// What is wrong with the bytes.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Flaw {
    /// More bytes than the format allows.
    #[error("{what} has {size} bytes; at most {max} are allowed")]
    TooLarge {
        /// What was measured.
        what: &'static str,
        /// Its size in bytes.
        size: usize,
        /// The limit in bytes.
        max: usize,
    },
    /// The bytes cannot be read at all.
    #[error("{what} cannot be read: {why}")]
    Unreadable {
        /// What was read.
        what: &'static str,
        /// What the reader stumbled over.
        why: String,
    },
    /// A certificate that is not of the one form of `docs/spec/signature.md`.
    #[error("the certificate is not of the required form: {0}")]
    CertificateForm(&'static str),
    /// A certificate that the root did not issue.
    #[error("the certificate was not issued by this root: {0}")]
    Issuer(&'static str),
    /// A certificate outside its validity.
    #[error("the certificate is valid from {from} until {until}, not at {at}")]
    Validity {
        /// First moment of validity.
        from: Moment,
        /// Last moment of validity.
        until: Moment,
        /// The moment asked about.
        at: Moment,
    },
    /// A private key and a certificate that do not belong together.
    #[error("the private key does not belong to the certificate")]
    KeyMismatch,
    /// A signature that is not of the one form of `docs/spec/signature.md`.
    #[error("the signature is not of the required form: {0}")]
    SignatureForm(&'static str),
    /// Another algorithm than ECDSA on P-256 with SHA-256.
    #[error("the signature uses another algorithm than ECDSA P-256 with SHA-256")]
    Algorithm,
    /// The content is not the one that was signed.
    #[error("the content is not what was signed: its digest differs")]
    Content,
    /// The signature value does not verify.
    #[error("the signature does not verify under the public key of its certificate")]
    Signature,
    /// A good signature by somebody else than expected.
    #[error("signed by another certificate than expected: {0}")]
    Signer(String),
    /// A time-stamp token that is malformed, about something else, or not signed as it must be.
    #[error("the time stamp does not count: {0}")]
    TimeStamp(String),
    /// A time-stamp token that holds in itself, from an authority that the reader does not trust.
    #[error("no trusted time-stamping authority vouches for the time stamp: {0}")]
    TimeStampUntrusted(String),
    /// An authority that did not stamp.
    #[error("the time-stamping authority refused: {0}")]
    TimeStampRefused(String),
    /// Bytes that are not an envelope of version 1.
    #[error("the envelope is not of the required form: {0}")]
    EnvelopeForm(&'static str),
    /// An envelope or a wrapped key that does not open: changed on the way, or sealed to another key.
    #[error("it does not open: it was changed, or sealed to another key")]
    DoesNotOpen,
    /// Sealed to a key that is not, or no longer, held.
    #[error("sealed to the encryption key {0}, which is not held here")]
    KeyNotHeld(String),
    /// A public key for encryption that is none.
    #[error("not an X-Wing public key")]
    EncryptionKey,
    /// A card whose statement breaks a rule of `docs/spec/card.md`.
    #[error("the card breaks a rule: {0}")]
    Card(String),
    /// A card under another root than the approved one.
    #[error("the card is signed under the root {found}, but the approved root is {approved}")]
    Root {
        /// The root that signed the card.
        found: String,
        /// The root that was approved.
        approved: String,
    },
    /// A card that may not follow the one that is held.
    #[error("the card may not replace the one held: {0}")]
    Succession(String),
}

impl Flaw {
    /// The stable code, for programs, vectors and runbooks.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::TooLarge { .. } => "seal.too-large",
            Self::Unreadable { .. } => "seal.unreadable",
            Self::CertificateForm(_) => "seal.certificate-form",
            Self::Issuer(_) => "seal.issuer",
            Self::Validity { .. } => "seal.validity",
            Self::KeyMismatch => "seal.key-mismatch",
            Self::SignatureForm(_) => "seal.signature-form",
            Self::Algorithm => "seal.algorithm",
            Self::Content => "seal.content",
            Self::Signature => "seal.signature",
            Self::Signer(_) => "seal.signer",
            Self::TimeStamp(_) => "seal.time-stamp",
            Self::TimeStampUntrusted(_) => "seal.time-stamp-untrusted",
            Self::TimeStampRefused(_) => "seal.time-stamp-refused",
            Self::EnvelopeForm(_) => "seal.envelope-form",
            Self::DoesNotOpen => "seal.does-not-open",
            Self::KeyNotHeld(_) => "seal.key-not-held",
            Self::EncryptionKey => "seal.encryption-key",
            Self::Card(_) => "seal.card",
            Self::Root { .. } => "seal.root",
            Self::Succession(_) => "seal.succession",
        }
    }
    pub(crate) fn unreadable(what: &'static str) -> impl Fn(der::Error) -> Self {
        move |error| Self::Unreadable { what, why: error.to_string() }
    }
}

/// Why an operation with a private key did not succeed: a flaw in what was handed in, or a fault of the world.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// The bytes are flawed; asking again never helps.
    #[error(transparent)]
    Flaw(#[from] Flaw),
    /// The key is away, for example because a hardware module does not answer.
    #[error(transparent)]
    Fault(#[from] Fault),
}

impl Failure {
    /// The stable code of the flaw or the fault.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Flaw(flaw) => flaw.code(),
            Self::Fault(fault) => fault.code,
        }
    }
}
