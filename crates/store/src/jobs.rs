//! Long operations: how far they are, and whether somebody wants them to stop.

use terms::Moment;

use crate::value::{Record, Row};
use crate::{Page, ReadTx, StoreError, WriteTx};

/// A long operation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JobRow {
    /// Its name.
    pub id: String,
    /// What it does.
    pub kind: String,
    /// Who started it.
    pub started_by: String,
    /// How much is done, in the caller's unit.
    pub done: u64,
    /// Out of how much, if that is known.
    pub total: Option<u64>,
    /// Whether somebody asked it to stop. Only [`cancel`] sets it.
    pub cancel: bool,
    /// Where it stands, in the caller's words.
    pub state: String,
    /// A sentence for the person who waits.
    pub message: String,
    /// When any of this changed.
    pub changed_at: Moment,
    /// The order in which jobs were started. Ignored when one is written.
    pub seq: i64,
}

impl Record for JobRow {
    fn read(row: &mut Row) -> Result<Self, StoreError> {
        Ok(Self {
            id: row.next()?,
            kind: row.next()?,
            started_by: row.next()?,
            done: row.next()?,
            total: row.next()?,
            cancel: row.next()?,
            state: row.next()?,
            message: row.next()?,
            changed_at: row.next()?,
            seq: row.next()?,
        })
    }
}

/// Enters a job or notes its progress; gives whether it should stop.
///
/// # Errors
/// The database could not be written.
pub fn put(tx: &mut WriteTx<'_>, job: &JobRow) -> Result<bool, StoreError> {
    let seq = tx.ticket()?;
    let sql = "INSERT INTO jobs (id, kind, started_by, done, total, cancel, state, message, changed_at, seq)
        VALUES ($1, $2, $3, $4, $5, 0, $6, $7, $8, $9) ON CONFLICT (id) DO UPDATE SET done = excluded.done,
        total = excluded.total, state = excluded.state, message = excluded.message, changed_at = excluded.changed_at
        RETURNING cancel";
    let total = job.total.map(crate::tree::signed).transpose()?;
    let params = [
        (&job.id).into(),
        (&job.kind).into(),
        (&job.started_by).into(),
        crate::tree::signed(job.done)?.into(),
        total.into(),
        (&job.state).into(),
        (&job.message).into(),
        job.changed_at.into(),
        seq.into(),
    ];
    Ok(tx.row::<(bool,)>(sql, &params)?.is_some_and(|(cancel,)| cancel))
}

/// Asks a job to stop; false if there is none of this name.
///
/// # Errors
/// The database could not be written.
pub fn cancel(tx: &mut WriteTx<'_>, id: &str) -> Result<bool, StoreError> {
    Ok(tx.execute("UPDATE jobs SET cancel = 1 WHERE id = $1", &[id.into()])? == 1)
}

/// One job.
///
/// # Errors
/// The database could not be read.
pub fn get(tx: &mut ReadTx<'_>, id: &str) -> Result<Option<JobRow>, StoreError> {
    let sql =
        "SELECT id, kind, started_by, done, total, cancel, state, message, changed_at, seq FROM jobs WHERE id = $1";
    tx.row(sql, &[id.into()])
}

/// All jobs, the one started last first.
///
/// # Errors
/// The database could not be read.
pub fn list(tx: &mut ReadTx<'_>, after: Option<i64>, limit: usize) -> Result<Page<JobRow>, StoreError> {
    let sql = "SELECT id, kind, started_by, done, total, cancel, state, message, changed_at, seq FROM jobs
        WHERE seq < $1 ORDER BY seq DESC LIMIT $2";
    tx.page(sql, &[after.unwrap_or(i64::MAX).into()], limit, |job: &JobRow| job.seq)
}

/// Removes a job that has ended.
///
/// # Errors
/// The database could not be written.
pub fn remove(tx: &mut WriteTx<'_>, id: &str) -> Result<bool, StoreError> {
    Ok(tx.execute("DELETE FROM jobs WHERE id = $1", &[id.into()])? == 1)
}
