//! A transaction, as the typed functions see it: one that only reads, and one that also writes.
//!
//! Only this crate can hand either a statement; callers get typed functions that take one or the other, so
//! whoever holds a [`ReadTx`] cannot change anything. A write in which one statement failed keeps nothing,
//! whatever its author returns: the two databases disagree on what could go on after that.

use std::ops::{Deref, DerefMut};

use crate::StoreError;
use crate::engine::Connection;
use crate::page::{Page, clamped};
use crate::value::{Param, Record};

/// A transaction that reads one state of the database.
pub struct ReadTx<'c> {
    connection: &'c mut dyn Connection,
    broken: Option<StoreError>,
}

/// A transaction that may also write. No other writer, of this process or another, is in one at the same time.
pub struct WriteTx<'c> {
    read: ReadTx<'c>,
    tickets: &'c mut Tickets,
}

/// The one sequence that all tables share, while a group of writes holds the database for itself: read once, counted in memory, kept once
/// before the commit. A job that is forgotten leaves a gap, which harms nothing: numbers rise, and no more is promised.
#[derive(Default)]
pub(crate) struct Tickets {
    last: Option<i64>,
}

impl Tickets {
    /// Keeps the last number given out, if any was.
    pub(crate) fn keep(&self, connection: &mut dyn Connection) -> Result<(), StoreError> {
        match self.last {
            None => Ok(()),
            Some(last) => connection.execute("UPDATE tickets SET last = $1 WHERE one = 1", &[last.into()]).map(drop),
        }
    }
}

impl<'c> Deref for WriteTx<'c> {
    type Target = ReadTx<'c>;
    fn deref(&self) -> &ReadTx<'c> {
        &self.read
    }
}
impl<'c> DerefMut for WriteTx<'c> {
    fn deref_mut(&mut self) -> &mut ReadTx<'c> {
        &mut self.read
    }
}

fn checked(params: &[Param<'_>]) -> Result<(), StoreError> {
    let zero = |param: &Param<'_>| matches!(param, Param::Text(text) if text.contains('\0'));
    if params.iter().any(zero) { Err(StoreError::ZeroInText) } else { Ok(()) }
}

impl<'c> ReadTx<'c> {
    pub(crate) fn new(connection: &'c mut dyn Connection) -> Self {
        Self { connection, broken: None }
    }

    fn guarded<T>(
        &mut self,
        params: &[Param<'_>],
        run: impl FnOnce(&mut dyn Connection) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        if let Some(error) = &self.broken {
            return Err(error.clone());
        }
        checked(params)?;
        run(self.connection).inspect_err(|error| self.broken = Some(error.clone()))
    }

    /// All rows of a statement that is known to give few.
    pub(crate) fn rows<T: Record>(&mut self, sql: &'static str, params: &[Param<'_>]) -> Result<Vec<T>, StoreError> {
        let rows = self.guarded(params, |connection| connection.query(sql, params))?;
        rows.into_iter().map(|mut row| T::read(&mut row)).collect()
    }

    /// The first row, if there is one.
    pub(crate) fn row<T: Record>(&mut self, sql: &'static str, params: &[Param<'_>]) -> Result<Option<T>, StoreError> {
        Ok(self.rows(sql, params)?.into_iter().next())
    }

    /// All rows of a statement over a table `given` (see [`Connection::execute_given`]), in no order.
    pub(crate) fn rows_of<T: Record>(
        &mut self,
        sql: &'static str,
        given: &[Vec<Param<'_>>],
    ) -> Result<Vec<T>, StoreError> {
        if given.is_empty() {
            return Ok(Vec::new());
        }
        given.iter().try_for_each(|row| checked(row))?;
        let rows = self.guarded(&[], |connection| connection.query_given(sql, given))?;
        rows.into_iter().map(|mut row| T::read(&mut row)).collect()
    }

    /// Whether the statement gives a row.
    pub(crate) fn exists(&mut self, sql: &'static str, params: &[Param<'_>]) -> Result<bool, StoreError> {
        self.guarded(params, |connection| connection.query(sql, params)).map(|rows| !rows.is_empty())
    }

    /// One page. The statement's last parameter is its `LIMIT`; `key` says where the next page starts after.
    pub(crate) fn page<T: Record, K>(
        &mut self,
        sql: &'static str,
        params: &[Param<'_>],
        limit: usize,
        key: impl Fn(&T) -> K,
    ) -> Result<Page<T, K>, StoreError> {
        let limit = clamped(limit);
        let mut all = params.to_vec();
        all.push(Param::Int(limit as i64 + 1));
        let rows = self.rows(sql, &all)?;
        Ok(Page::cut(rows, limit, key))
    }
}

impl<'c> WriteTx<'c> {
    pub(crate) fn new(connection: &'c mut dyn Connection, tickets: &'c mut Tickets) -> Self {
        Self { read: ReadTx::new(connection), tickets }
    }

    /// The first error of a statement, if any failed.
    pub(crate) fn broken(&mut self) -> Option<StoreError> {
        self.read.broken.take()
    }

    /// Runs a statement and tells how many rows it changed.
    pub(crate) fn execute(&mut self, sql: &'static str, params: &[Param<'_>]) -> Result<u64, StoreError> {
        self.read.guarded(params, |connection| connection.execute(sql, params))
    }

    /// Runs a statement for many rows at once: it reads them from a table `given` (see [`Connection::execute_given`]). Tells how many rows it changed.
    pub(crate) fn execute_of(&mut self, sql: &'static str, given: &[Vec<Param<'_>>]) -> Result<u64, StoreError> {
        if given.is_empty() {
            return Ok(0);
        }
        given.iter().try_for_each(|row| checked(row))?;
        self.read.guarded(&[], |connection| connection.execute_given(sql, given))
    }

    /// The next number of the one sequence all tables share; numbers rise in the order of commits.
    pub(crate) fn ticket(&mut self) -> Result<i64, StoreError> {
        let last = match self.tickets.last {
            Some(last) => last,
            None => {
                let row = self.row::<(i64,)>("SELECT last FROM tickets WHERE one = 1", &[])?;
                row.ok_or_else(|| StoreError::Corrupt("the tickets are gone".into()))?.0
            }
        };
        Ok(*self.tickets.last.insert(last + 1))
    }
}
