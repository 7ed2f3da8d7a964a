//! What can go wrong with keeping things, in the words of this room.
//!
//! Nearly all of it is the world's no (a *fault* in the sense of `terms`): a disk, a server, a file of somebody
//! else. Codes are stable. An error can be given to every writer of one commit, so it can be cloned.

use std::error::Error;
use std::sync::Arc;

use terms::{Bug, Fault, Trouble};

/// The database's own words, kept for the operator.
pub type Cause = Arc<dyn Error + Send + Sync>;

/// Why the store did not do what was asked.
#[derive(Debug, Clone, thiserror::Error)]
pub enum StoreError {
    /// The bounded queue of writes, or the pool of readers, is full: the caller should slow down.
    #[error("more is asked of the store than it can keep up with")]
    Busy,
    /// The store is being closed.
    #[error("the store is closed")]
    Closed,
    /// Somebody wrote from inside a write; waiting for oneself would never end.
    #[error("a write was asked for from inside a write")]
    Nested,
    /// The address of database or exhibits cannot be used.
    #[error("the address cannot be used: {0}")]
    Location(String),
    /// The database cannot be opened or reached.
    #[error("the database cannot be opened: {what}")]
    Unreachable {
        /// Which database.
        what: String,
        /// The database's own words.
        #[source]
        cause: Cause,
    },
    /// A statement failed.
    #[error("the database refused: {doing}")]
    Database {
        /// The statement.
        doing: String,
        /// Whether the same call may succeed later.
        retryable: bool,
        /// The database's own words.
        #[source]
        cause: Cause,
    },
    /// No room is left.
    #[error("the database has no room left")]
    Full {
        /// The database's own words.
        #[source]
        cause: Cause,
    },
    /// The connection broke while a commit was under way. What was written may stand or not: ask again.
    #[error("the connection broke during a commit; what was written may stand or not")]
    OutcomeUnknown {
        /// The database's own words.
        #[source]
        cause: Cause,
    },
    /// The database holds tables that are not ours.
    #[error("the database is not one of Comity: {0}")]
    Foreign(String),
    /// The database was written by a later release.
    #[error("the database has schema version {found}, this program knows up to {known}: use the later release")]
    Newer {
        /// The version in the database.
        found: i64,
        /// The last version this program knows.
        known: i64,
    },
    /// A step between the database and this program is missing.
    #[error(
        "the database has schema version {found}, this program starts at {needed}: install the releases between, in order"
    )]
    Skipped {
        /// The last version without a gap before it.
        found: i64,
        /// The version that would have to be there.
        needed: i64,
    },
    /// A step that was applied is not the step this program knows under that number.
    #[error("schema version {0} of the database was made by another text than this program's")]
    Altered(i64),
    /// A row does not hold what the schema says.
    #[error("a row does not hold what it should: {0}")]
    Corrupt(String),
    /// PostgreSQL cannot keep a zero byte in a text, so neither database is given one.
    #[error("a text with a zero byte in it cannot be kept")]
    ZeroInText,
    /// The tree head is no longer the one that was built upon: another sequencer was first.
    #[error("the tree head has moved: another sequencer was first")]
    HeadMoved,
    /// A job panicked; nothing of it was kept.
    #[error("a write panicked: {0}")]
    Panicked(String),
    /// The place of exhibits did not do what it was asked.
    #[error("the place of exhibits refused: {doing}")]
    Object {
        /// What was asked.
        doing: String,
        /// Whether the same call may succeed later.
        retryable: bool,
        /// Its own words.
        #[source]
        cause: Cause,
    },
    /// An object of that name is there, or is being written.
    #[error("{0} is there already, or is being written")]
    Exists(String),
    /// There is no such object.
    #[error("{0} is not there")]
    NotThere(String),
    /// Too little room for what is about to come.
    #[error("{needed} bytes are to come, and {free} are free")]
    NoRoom {
        /// Bytes that are to come.
        needed: u64,
        /// Bytes that are free.
        free: u64,
    },
    /// The caller broke a rule of this room.
    #[error("{0}")]
    Misuse(String),
}

impl StoreError {
    /// The stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Busy => "store.busy",
            Self::Closed => "store.closed",
            Self::Nested => "store.nested",
            Self::Location(_) => "store.location",
            Self::Unreachable { .. } => "store.unreachable",
            Self::Database { .. } => "store.database",
            Self::Full { .. } => "store.full",
            Self::OutcomeUnknown { .. } => "store.outcome-unknown",
            Self::Foreign(_) => "store.foreign",
            Self::Newer { .. } => "store.newer",
            Self::Skipped { .. } => "store.skipped",
            Self::Altered(_) => "store.altered",
            Self::Corrupt(_) => "store.corrupt",
            Self::ZeroInText => "store.zero-in-text",
            Self::HeadMoved => "store.head-moved",
            Self::Panicked(_) => "store.panicked",
            Self::Object { .. } => "store.object",
            Self::Exists(_) => "store.exists",
            Self::NotThere(_) => "store.not-there",
            Self::NoRoom { .. } => "store.no-room",
            Self::Misuse(_) => "store.misuse",
        }
    }

    /// Whether the same call may succeed later without anybody's doing.
    pub fn retryable(&self) -> bool {
        match self {
            Self::Busy | Self::Unreachable { .. } | Self::OutcomeUnknown { .. } | Self::HeadMoved => true,
            Self::Database { retryable, .. } | Self::Object { retryable, .. } => *retryable,
            _ => false,
        }
    }

    fn cause(&self) -> Option<Cause> {
        match self {
            Self::Unreachable { cause, .. }
            | Self::Database { cause, .. }
            | Self::Object { cause, .. }
            | Self::Full { cause }
            | Self::OutcomeUnknown { cause } => Some(cause.clone()),
            _ => None,
        }
    }
}

impl From<StoreError> for Fault {
    fn from(error: StoreError) -> Self {
        let mut fault = Fault::new(error.code(), error.to_string());
        if error.retryable() {
            fault = fault.retryable();
        }
        match error.cause() {
            Some(cause) => fault.because(cause),
            None => fault,
        }
    }
}

impl From<StoreError> for Trouble {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Panicked(_) | StoreError::Misuse(_) | StoreError::Nested => {
                Bug::new(format!("{}: {error}", error.code())).into()
            }
            _ => Fault::from(error).into(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fault_of_the_store_keeps_the_databases_own_words() {
        let cause: Cause = Arc::new(std::io::Error::other("disk I/O error"));
        let fault = Fault::from(StoreError::Database { doing: "COMMIT".into(), retryable: true, cause });
        assert_eq!(fault.to_string(), "store.database: the database refused: COMMIT: disk I/O error");
        assert!(fault.retryable);
    }

    #[test]
    fn what_is_our_own_doing_is_a_bug_and_no_fault() {
        assert!(matches!(Trouble::from(StoreError::Panicked("x".into())), Trouble::Bug(_)));
        assert!(matches!(Trouble::from(StoreError::Busy), Trouble::Fault(_)));
    }
}
