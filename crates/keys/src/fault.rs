//! What can go wrong where secrets live, in the words of this room; each with a stable code and, where there is one, the remedy.
//!
//! All of it is for operators. A message names files and public parts, never a secret or any part of one.

use std::io;
use std::path::{Path, PathBuf};

use ledger::LedgerError;
use seal::{Failure, Flaw};
use terms::Fault;

/// Why a key was not made, read, lent or destroyed.
#[derive(Debug, thiserror::Error)]
pub enum KeyFault {
    /// The same, with the file that it concerns.
    #[error("{}: {fault}", file.display())]
    In {
        /// The file.
        file: PathBuf,
        /// What is the matter with it.
        fault: Box<KeyFault>,
    },
    /// The file system said no.
    #[error("{doing} did not succeed: {cause}")]
    Io {
        /// What was being done.
        doing: &'static str,
        /// What the system said.
        cause: io::Error,
    },
    /// Others than the owner may read or change it.
    #[error(
        "others than its owner may use it (mode {mode:04o}); run `chmod {wanted:o}` on it, and consider what it held as known"
    )]
    Exposed {
        /// The mode as found.
        mode: u32,
        /// The mode that it must have.
        wanted: u32,
    },
    /// Not a regular file of this folder.
    #[error("{0}")]
    NotAFile(&'static str),
    /// Something stands where something new was to be written.
    #[error("it exists already, and nothing here is ever overwritten; choose another place")]
    Exists,
    /// Bytes that are no vault of version 1.
    #[error("it is no vault of version 1: {0}")]
    Malformed(String),
    /// Opening would take more memory or time than anything that Comity writes.
    #[error("opening it would take {0}, which is more than is allowed; it was not written by Comity")]
    TooCostly(String),
    /// The passphrase or key is not the one with which the vault was locked.
    #[error("this {0} does not open it: it is another one, or the first line of the file was changed")]
    WrongSecret(&'static str),
    /// The passphrase or key is right, and the bytes are not those that were written.
    #[error("the {0} is right, but the file was changed or damaged; restore it from a backup")]
    Damaged(&'static str),
    /// A passphrase was given for a file under a key, or the other way round.
    #[error("it is locked by a {locked}, and a {given} was given")]
    OtherLock {
        /// What it is locked by.
        locked: &'static str,
        /// What was given.
        given: &'static str,
    },
    /// The place named for a passphrase or key does not give one.
    #[error("{0}")]
    Secret(&'static str),
    /// A key that this keyring does not hold.
    #[error("the keyring holds no {0}")]
    Absent(String),
    /// A file whose parts do not belong together.
    #[error("{0}")]
    Mismatch(&'static str),
    /// A copy that is not what was copied; the original was kept.
    #[error("the copy is not what was written, so the original was kept; use another medium")]
    CopyDiffers,
    /// A certificate or key that the card does not list.
    #[error("the card does not list {0}")]
    NotListed(String),
    /// A card of this edition or a later one was issued already, and an edition is never given twice.
    #[error("edition {0} of the card was issued already; begin with that card, which is kept in the keyring")]
    EditionSpent(u64),
    /// Nothing was to be changed.
    #[error("the next edition would say the same; name what changes")]
    NothingChanges,
    /// The system has no randomness to give.
    #[error("the system gives no randomness: {0}")]
    Randomness(String),
    /// The formats refused.
    #[error(transparent)]
    Seal(#[from] Failure),
    /// The ledger's formats refused.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
}

impl KeyFault {
    /// The stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::In { fault, .. } => fault.code(),
            Self::Io { .. } => "keys.io",
            Self::Exposed { .. } => "keys.exposed",
            Self::NotAFile(_) => "keys.not-a-file",
            Self::Exists => "keys.exists",
            Self::Malformed(_) => "keys.malformed",
            Self::TooCostly(_) => "keys.too-costly",
            Self::WrongSecret(_) => "keys.wrong-secret",
            Self::Damaged(_) => "keys.damaged",
            Self::OtherLock { .. } => "keys.other-lock",
            Self::Secret(_) => "keys.secret",
            Self::Absent(_) => "keys.absent",
            Self::Mismatch(_) => "keys.mismatch",
            Self::CopyDiffers => "keys.copy-differs",
            Self::NotListed(_) => "keys.not-listed",
            Self::EditionSpent(_) => "keys.edition-spent",
            Self::NothingChanges => "keys.nothing-changes",
            Self::Randomness(_) => "keys.randomness",
            Self::Seal(failure) => failure.code(),
            Self::Ledger(error) => error.code(),
        }
    }
    /// Says which file it concerns.
    pub(crate) fn in_file(self, file: &Path) -> Self {
        match self {
            named @ Self::In { .. } => named,
            fault => Self::In { file: file.to_owned(), fault: Box::new(fault) },
        }
    }
    /// A fault of the file system, ready for `map_err`.
    pub(crate) fn io(doing: &'static str, file: &Path) -> impl FnOnce(io::Error) -> Self {
        move |cause| Self::Io { doing, cause }.in_file(file)
    }
}

impl From<Flaw> for KeyFault {
    fn from(flaw: Flaw) -> Self {
        Self::Seal(flaw.into())
    }
}
impl From<KeyFault> for Fault {
    fn from(fault: KeyFault) -> Self {
        Self::new(fault.code(), fault.to_string())
    }
}
