//! What can be wrong with a pouch: one answer each, because each asks for something else to be done.

use std::io;

/// Why a part of a pouch was not read or written.
#[derive(Debug, thiserror::Error)]
pub enum PouchFlaw {
    /// Not a pouch of version 1.
    #[error("it is no pouch of version 1, or breaks a rule of it: {0}")]
    Form(&'static str),
    /// Bytes were changed.
    #[error("the {what} was damaged: byte {at} or one after it is not what was written")]
    Damaged {
        /// What of the part, by name or number.
        what: String,
        /// Where it begins: so many bytes from the start of the file.
        at: u64,
    },
    /// It ends too early.
    #[error("the part is cut off: it ends at byte {at}, within the {what}")]
    Cut {
        /// Within what.
        what: String,
        /// Where the file ends.
        at: u64,
    },
    /// For somebody else.
    #[error("this pouch is for {to}, not for {here}; it was not opened")]
    Recipient {
        /// For whom.
        to: String,
        /// Who reads.
        here: String,
    },
    /// Read before.
    #[error("part {part} was read already")]
    Twice {
        /// Which.
        part: u32,
    },
    /// Of another pouch.
    #[error("part {part} does not belong to this pouch: {why}")]
    Other {
        /// Which.
        part: u32,
        /// How that shows.
        why: &'static str,
    },
    /// Parts are missing.
    #[error("of {parts} parts these have not been read: {}", spelt(missing))]
    Missing {
        /// Which.
        missing: Vec<u32>,
        /// Of how many.
        parts: u32,
    },
    /// The medium failed.
    #[error("the medium failed at byte {at}: {cause}")]
    Medium {
        /// Where.
        at: u64,
        /// What the system said.
        cause: io::Error,
    },
}

fn spelt(parts: &[u32]) -> String {
    let shown = parts.iter().take(20).map(u32::to_string).collect::<Vec<_>>().join(", ");
    if parts.len() > 20 { format!("{shown} and {} more", parts.len() - 20) } else { shown }
}

impl PouchFlaw {
    /// The stable code.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Form(_) => "exchange.pouch-form",
            Self::Damaged { .. } => "exchange.pouch-damaged",
            Self::Cut { .. } => "exchange.pouch-cut",
            Self::Recipient { .. } => "exchange.pouch-recipient",
            Self::Twice { .. } => "exchange.pouch-twice",
            Self::Other { .. } => "exchange.pouch-other",
            Self::Missing { .. } => "exchange.pouch-missing",
            Self::Medium { .. } => "exchange.pouch-medium",
        }
    }
}
