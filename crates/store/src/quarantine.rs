//! What could not be authenticated: a sample of it, from whom it came, and why it was not admitted.
//!
//! It is evidence of a fault or an attack, not part of any docket. It is bounded by count and by bytes; when
//! there is no room, the oldest goes. So a flood can push out older samples and nothing else.

use terms::{Digest, Moment};

use crate::value::{Record, Row};
use crate::{Page, ReadTx, StoreError, WriteTx};

/// What is kept of something that was not admitted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QuarantineRow {
    /// The order of arrival.
    pub seq: i64,
    /// From whom, as far as it can be said: an authority, or an address.
    pub sender: String,
    /// Why it was not admitted.
    pub reason: String,
    /// Its first bytes.
    pub sample: Vec<u8>,
    /// How long it was.
    pub bytes: i64,
    /// The SHA-256 of all of it.
    pub digest: Digest,
    /// When it came.
    pub received_at: Moment,
}

impl Record for QuarantineRow {
    fn read(row: &mut Row) -> Result<Self, StoreError> {
        Ok(Self {
            seq: row.next()?,
            sender: row.next()?,
            reason: row.next()?,
            sample: row.next()?,
            bytes: row.next()?,
            digest: row.next()?,
            received_at: row.next()?,
        })
    }
}

/// How much is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct QuarantineBounds {
    /// Samples, at most.
    pub samples: i64,
    /// Bytes of all samples together, at most.
    pub bytes: i64,
    /// Bytes of one sample, at most.
    pub sample: usize,
}

/// Keeps a sample of `bytes` and lets the oldest go where there is no room.
///
/// # Errors
/// The database could not be written.
pub fn put(
    tx: &mut WriteTx<'_>,
    sender: &str,
    reason: &str,
    bytes: &[u8],
    received_at: Moment,
    bounds: QuarantineBounds,
) -> Result<(), StoreError> {
    let sample = &bytes[..bytes.len().min(bounds.sample)];
    let seq = tx.ticket()?;
    let sql = "INSERT INTO quarantine (seq, sender, reason, sample, bytes, digest, received_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7)";
    let digest = Digest::of(&[bytes]);
    let params = [
        seq.into(),
        sender.into(),
        reason.into(),
        sample.into(),
        i64::try_from(bytes.len()).unwrap_or(i64::MAX).into(),
        (&digest).into(),
        received_at.into(),
    ];
    tx.execute(sql, &params)?;
    loop {
        let sum = "SELECT COUNT(*), CAST(COALESCE(SUM(LENGTH(sample)), 0) AS BIGINT) FROM quarantine";
        let (samples, total) = tx.row::<(i64, i64)>(sum, &[])?.unwrap_or_default();
        if samples <= bounds.samples && total <= bounds.bytes {
            return Ok(());
        }
        let oldest = "DELETE FROM quarantine WHERE seq = (SELECT MIN(seq) FROM quarantine)";
        tx.execute(oldest, &[])?;
    }
}

/// What is kept, in the order in which it came.
///
/// # Errors
/// The database could not be read.
pub fn list(tx: &mut ReadTx<'_>, after: i64, limit: usize) -> Result<Page<QuarantineRow>, StoreError> {
    let sql = "SELECT seq, sender, reason, sample, bytes, digest, received_at FROM quarantine
        WHERE seq > $1 ORDER BY seq LIMIT $2";
    tx.page(sql, &[after.into()], limit, |row: &QuarantineRow| row.seq)
}

/// Lets one sample go; true if it was there.
///
/// # Errors
/// The database could not be written.
pub fn remove(tx: &mut WriteTx<'_>, seq: i64) -> Result<bool, StoreError> {
    Ok(tx.execute("DELETE FROM quarantine WHERE seq = $1", &[seq.into()])? == 1)
}
