//! The machinery under the typed functions: two databases behind one narrow trait, one writer with group
//! commit, a bounded pool of readers, and the one path by which a schema changes.
//!
//! Nothing here knows a table of Comity's; nothing outside this module knows which database it talks to.

pub(crate) mod location;
pub(crate) mod migrate;
pub(crate) mod postgres;
pub(crate) mod readers;
pub(crate) mod sqlite;
pub(crate) mod writer;

use crate::StoreError;
use crate::value::{Param, Row};

/// What the store asks of a database. Statements are constants of this crate, so each is prepared once per connection.
pub(crate) trait Connection: Send {
    /// Runs a statement and tells how many rows it changed.
    fn execute(&mut self, sql: &'static str, params: &[Param<'_>]) -> Result<u64, StoreError>;
    /// Runs a statement and hands over its rows.
    fn query(&mut self, sql: &'static str, params: &[Param<'_>]) -> Result<Vec<Row>, StoreError>;
    /// Runs a statement for many rows at once: it reads them from a table `given` whose columns are named a, b, c, … in their order. Tells how many rows it
    /// changed. All rows are of one form; none has an empty column.
    fn execute_given(&mut self, sql: &'static str, given: &[Vec<Param<'_>>]) -> Result<u64, StoreError>;
    /// Runs a statement over such a table and hands over its rows, in no order.
    fn query_given(&mut self, sql: &'static str, given: &[Vec<Param<'_>>]) -> Result<Vec<Row>, StoreError>;
    /// Runs several statements of a migration, written for SQLite and translated where the other database differs.
    fn script(&mut self, sql: &str) -> Result<(), StoreError>;
    /// Runs `BEGIN` and its kin.
    fn control(&mut self, control: Control) -> Result<(), StoreError>;
    /// Whether a transaction is open; a database may end one by itself after a grave error.
    fn in_transaction(&self) -> bool;
    /// Whether the connection can still be used at all.
    fn usable(&self) -> bool;
    /// The names of all tables that are there, ours or not.
    fn tables(&mut self) -> Result<Vec<String>, StoreError>;
    /// Settings that may touch the file; only applied once the database is known to be ours.
    fn settle(&mut self) -> Result<(), StoreError>;
}

/// The borders of a transaction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Control {
    /// Begins a transaction that will write; only one of all processes is in it at a time.
    BeginWrite,
    /// Begins a transaction that sees one state and changes nothing.
    BeginRead,
    /// Makes all of it durable.
    Commit,
    /// Forgets all of it.
    Rollback,
    /// Marks where one job of a group begins.
    Savepoint,
    /// Keeps the job.
    Release,
    /// Forgets the job.
    RollbackToSavepoint,
}

/// The names of the columns of `given`: a, b, c, …
fn columns(count: usize) -> String {
    let names: Vec<String> = (b'a'..=b'z').take(count).map(|name| char::from(name).to_string()).collect();
    names.join(", ")
}

/// Opens one more connection to the same database.
pub(crate) type Connect = Box<dyn Fn(Access) -> Result<Box<dyn Connection>, StoreError> + Send + Sync>;

/// What a connection is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Access {
    /// The writer's.
    Write,
    /// A reader's: the database itself is told to refuse changes.
    Read,
}
