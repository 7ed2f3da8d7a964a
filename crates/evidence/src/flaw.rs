//! What can be wrong with a sealed exhibit, a manifest or a history: one enum, one stable code each.
//!
//! A [`Flaw`] lies in the bytes that were handed in, and asking again never helps. A source that cannot be read or a sink that
//! cannot be written is a [`Fault`]. [`Failure`] carries either, or says that somebody cancelled.

use std::io;

use terms::{AuthorityId, Digest, ExhibitId, Fault, Moment};

/// What is wrong with the bytes.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Flaw {
    /// Fewer bytes than a head has.
    #[error("the sealed exhibit ends within its head of 56 bytes")]
    HeadCut,
    /// The key commitment does not agree.
    #[error("the head does not agree with this key and exhibit {0}: another key, another exhibit, or a changed head")]
    Commitment(ExhibitId),
    /// A chunk that does not authenticate in its place.
    #[error("chunk {0} (from byte {start}) does not authenticate: changed, cut, moved, doubled or added", start = .0 * 16_384)]
    Chunk(u64),
    /// The ciphertext ends where a further chunk must stand.
    #[error("the sealed exhibit is cut after {0} chunks: its last chunk is missing")]
    Cut(u64),
    /// A number of sealed bytes that no exhibit has.
    #[error("no sealed exhibit has {0} bytes")]
    SealedSize(u64),
    /// More plaintext than the format can hold.
    #[error("an exhibit holds at most 4 PiB less one byte")]
    TooLarge,
    /// A range beyond the end.
    #[error("bytes {from} to {to} lie outside an exhibit of {size} bytes")]
    OutsideExhibit {
        /// First byte asked for.
        from: u64,
        /// The byte after the last that was asked for.
        to: u64,
        /// The size of the exhibit.
        size: u64,
    },
    /// A piece of an arriving exhibit that does not consist of whole chunks, or of which only a part had landed before.
    #[error(
        "sealed bytes {from} to {to} are no piece of exhibit {exhibit}: not whole chunks of it, or partly there already"
    )]
    Piece {
        /// The exhibit.
        exhibit: ExhibitId,
        /// First byte.
        from: u64,
        /// The byte after the last.
        to: u64,
    },
    /// An arriving exhibit of which something is still missing.
    #[error("exhibit {exhibit} is not whole: sealed bytes from {from} have not landed")]
    Incomplete {
        /// The exhibit.
        exhibit: ExhibitId,
        /// The first byte that is missing.
        from: u64,
    },
    /// An exhibit that is not the one of its entry.
    #[error("exhibit {exhibit} does not match its entry: its {what} differs")]
    Differs {
        /// The exhibit.
        exhibit: ExhibitId,
        /// What differs: `salt`, `commitment`, `size`, `SHA-256`, `SHA-512`.
        what: &'static str,
    },
    /// A container that is not of the one form of `docs/spec/court-export.md`.
    #[error("the container does not count: {0}")]
    Container(String),
    /// A set that is not of the one form of `docs/spec/exhibit.md`.
    #[error("the set does not count: {0}")]
    Set(String),
    /// A document that is not of its specified form.
    #[error("the {what} is not of the required form: {why}")]
    Form {
        /// Which document.
        what: &'static str,
        /// What the reader stumbled over.
        why: String,
    },
    /// A document larger than its specification allows.
    #[error("the {what} has {size} bytes; at most {max} are allowed")]
    DocumentTooLarge {
        /// Which document.
        what: &'static str,
        /// Its size in bytes.
        size: usize,
        /// The limit in bytes.
        max: usize,
    },
    /// A document that one authority signed and that names another as its author.
    #[error("the {what} {id} names {author} as its author, and {signer} signed it")]
    Author {
        /// Which document.
        what: &'static str,
        /// SHA-256 of its bytes.
        id: Digest,
        /// Whom it names.
        author: AuthorityId,
        /// Who signed.
        signer: AuthorityId,
    },
    /// A document whose signature claims a moment before what it vouches for.
    #[error("the {what} {id} speaks of {time}, and was signed at {signed}, before that")]
    SignedBefore {
        /// Which document.
        what: &'static str,
        /// SHA-256 of its bytes.
        id: Digest,
        /// The moment of what it says.
        time: Moment,
        /// The moment that its signature claims.
        signed: Moment,
    },
    /// A document whose signature does not count.
    #[error("the {what} {id} is not signed as it must be: {why}")]
    Signature {
        /// Which document.
        what: &'static str,
        /// SHA-256 of its bytes.
        id: Digest,
        /// What was found.
        why: seal::Flaw,
    },
}

impl Flaw {
    /// The stable code, for programs, vectors and runbooks.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::HeadCut => "evidence.head-cut",
            Self::Commitment(_) => "evidence.commitment",
            Self::Chunk(_) => "evidence.chunk",
            Self::Cut(_) => "evidence.cut",
            Self::SealedSize(_) => "evidence.sealed-size",
            Self::TooLarge => "evidence.too-large",
            Self::OutsideExhibit { .. } => "evidence.outside-exhibit",
            Self::Piece { .. } => "evidence.piece",
            Self::Incomplete { .. } => "evidence.incomplete",
            Self::Differs { .. } => "evidence.differs",
            Self::Container(_) => "evidence.container",
            Self::Set(_) => "evidence.set",
            Self::Form { .. } => "evidence.form",
            Self::DocumentTooLarge { .. } => "evidence.document-too-large",
            Self::Author { .. } => "evidence.author",
            Self::SignedBefore { .. } => "evidence.signed-before",
            Self::Signature { .. } => "evidence.signature",
        }
    }
    pub(crate) fn form(what: &'static str, why: impl Into<String>) -> Self {
        Self::Form { what, why: why.into() }
    }
}

/// Why an exhibit was not sealed or opened.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// The bytes are flawed; asking again never helps.
    #[error(transparent)]
    Flaw(#[from] Flaw),
    /// The source or the sink failed.
    #[error(transparent)]
    Fault(#[from] Fault),
    /// Whoever watched the progress said to stop.
    #[error("cancelled; what was written is no exhibit")]
    Cancelled,
}

impl Failure {
    /// The stable code.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Flaw(flaw) => flaw.code(),
            Self::Fault(fault) => fault.code,
            Self::Cancelled => "evidence.cancelled",
        }
    }
    pub(crate) fn source(why: io::Error) -> Self {
        Fault::new("evidence.source", "the exhibit cannot be read").because(why).into()
    }
    pub(crate) fn sink(why: io::Error) -> Self {
        Fault::new("evidence.sink", "the exhibit cannot be written").because(why).into()
    }
}
