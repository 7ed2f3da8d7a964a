//! What nodes say of each other's logs: the checkpoints that this node has cosigned or followed, and what others said of its own.
//!
//! INVARIANT: what was cosigned of one log never becomes smaller here, whatever two requests do at once.

use terms::{AuthorityId, Moment};

use crate::tree::signed;
use crate::value::{Record, Row};
use crate::{ReadTx, StoreError, WriteTx};

/// The last checkpoint of `origin` that this node cosigned.
///
/// # Errors
/// The database could not be read.
pub fn witnessed(tx: &mut ReadTx<'_>, origin: &str) -> Result<Option<String>, StoreError> {
    let row = tx.row::<(String,)>("SELECT checkpoint FROM witnessed WHERE origin = $1", &[origin.into()])?;
    Ok(row.map(|(checkpoint,)| checkpoint))
}

/// Notes a checkpoint that is about to be cosigned; false if a larger one was noted before.
///
/// # Errors
/// The database could not be written.
pub fn witness(
    tx: &mut WriteTx<'_>,
    origin: &str,
    size: u64,
    checkpoint: &str,
    now: Moment,
) -> Result<bool, StoreError> {
    let sql = "INSERT INTO witnessed (origin, size, checkpoint, changed_at) VALUES ($1, $2, $3, $4)
        ON CONFLICT (origin) DO UPDATE SET size = excluded.size, checkpoint = excluded.checkpoint,
        changed_at = excluded.changed_at WHERE witnessed.size <= excluded.size";
    Ok(tx.execute(sql, &[origin.into(), signed(size)?.into(), checkpoint.into(), now.into()])? == 1)
}

/// A cosignature of one of this node's own checkpoints.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cosignature {
    /// The log's generation.
    pub generation: i64,
    /// The checkpoint's size.
    pub size: u64,
    /// The witness, as its key is named.
    pub witness: String,
    /// The line that it adds to the checkpoint.
    pub line: String,
    /// The checkpoint.
    pub checkpoint: String,
    /// When it came.
    pub given_at: Moment,
}

impl Record for Cosignature {
    fn read(row: &mut Row) -> Result<Self, StoreError> {
        Ok(Self {
            generation: row.next()?,
            size: row.next()?,
            witness: row.next()?,
            line: row.next()?,
            checkpoint: row.next()?,
            given_at: row.next()?,
        })
    }
}

/// Keeps a cosignature; the first one of a witness over a checkpoint stays.
///
/// # Errors
/// The database could not be written.
pub fn cosigned(tx: &mut WriteTx<'_>, given: &Cosignature) -> Result<(), StoreError> {
    let sql = "INSERT INTO cosignatures (generation, size, witness, line, checkpoint, given_at)
        VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (generation, size, witness) DO NOTHING";
    let params = [
        given.generation.into(),
        signed(given.size)?.into(),
        (&given.witness).into(),
        (&given.line).into(),
        (&given.checkpoint).into(),
        given.given_at.into(),
    ];
    tx.execute(sql, &params).map(drop)
}

/// The cosignatures of the smallest cosigned checkpoint of `generation` with at least `size` leaves, at most `limit`.
///
/// # Errors
/// The database could not be read.
pub fn cosignatures_from(
    tx: &mut ReadTx<'_>,
    generation: i64,
    size: u64,
    limit: usize,
) -> Result<Vec<Cosignature>, StoreError> {
    let sql = "SELECT generation, size, witness, line, checkpoint, given_at FROM cosignatures
        WHERE generation = $1 AND size = (SELECT MIN(size) FROM cosignatures WHERE generation = $1 AND size >= $2)
        ORDER BY witness LIMIT $3";
    let page = tx.page(sql, &[generation.into(), signed(size)?.into()], limit, |_: &Cosignature| ())?;
    Ok(page.rows)
}

/// All cosigned checkpoints of `generation` with at least `size` leaves, smallest first, at most `limit` cosignatures.
///
/// # Errors
/// The database could not be read.
pub fn cosignatures_above(
    tx: &mut ReadTx<'_>,
    generation: i64,
    size: u64,
    limit: usize,
) -> Result<Vec<Cosignature>, StoreError> {
    let sql = "SELECT generation, size, witness, line, checkpoint, given_at FROM cosignatures
        WHERE generation = $1 AND size >= $2 ORDER BY size, witness LIMIT $3";
    let page = tx.page(sql, &[generation.into(), signed(size)?.into()], limit, |_: &Cosignature| ())?;
    Ok(page.rows)
}

/// The size of the last checkpoint of `generation` that `witness` has cosigned.
///
/// # Errors
/// The database could not be read.
pub fn last_cosigned(tx: &mut ReadTx<'_>, generation: i64, witness: &str) -> Result<Option<u64>, StoreError> {
    let sql = "SELECT MAX(size) FROM cosignatures WHERE generation = $1 AND witness = $2";
    let row = tx.row::<(Option<u64>,)>(sql, &[generation.into(), witness.into()])?;
    Ok(row.and_then(|(size,)| size))
}

/// A time stamp over one of this node's own checkpoints.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stamp {
    /// The log's generation.
    pub generation: i64,
    /// The checkpoint's size.
    pub size: u64,
    /// The checkpoint that was stamped.
    pub checkpoint: String,
    /// The token (RFC 3161).
    pub token: Vec<u8>,
    /// The time that it names.
    pub stamped_at: Moment,
}

impl Record for Stamp {
    fn read(row: &mut Row) -> Result<Self, StoreError> {
        Ok(Self {
            generation: row.next()?,
            size: row.next()?,
            checkpoint: row.next()?,
            token: row.next()?,
            stamped_at: row.next()?,
        })
    }
}

/// Keeps a time stamp; the first over a checkpoint stays.
///
/// # Errors
/// The database could not be written.
pub fn stamped(tx: &mut WriteTx<'_>, stamp: &Stamp) -> Result<(), StoreError> {
    let sql = "INSERT INTO stamps (generation, size, checkpoint, token, stamped_at) VALUES ($1, $2, $3, $4, $5)
        ON CONFLICT (generation, size) DO NOTHING";
    let params = [
        stamp.generation.into(),
        signed(stamp.size)?.into(),
        (&stamp.checkpoint).into(),
        (&stamp.token).into(),
        stamp.stamped_at.into(),
    ];
    tx.execute(sql, &params).map(drop)
}

/// The time stamp over the largest checkpoint of `generation` that has one.
///
/// # Errors
/// The database could not be read.
pub fn last_stamp(tx: &mut ReadTx<'_>, generation: i64) -> Result<Option<Stamp>, StoreError> {
    let sql = "SELECT generation, size, checkpoint, token, stamped_at FROM stamps
        WHERE generation = $1 ORDER BY size DESC LIMIT 1";
    tx.row(sql, &[generation.into()])
}

/// The time stamps over checkpoints of `generation` with at least `size` leaves, smallest first, at most `limit`.
///
/// # Errors
/// The database could not be read.
pub fn stamps_above(tx: &mut ReadTx<'_>, generation: i64, size: u64, limit: usize) -> Result<Vec<Stamp>, StoreError> {
    let sql = "SELECT generation, size, checkpoint, token, stamped_at FROM stamps
        WHERE generation = $1 AND size >= $2 ORDER BY size LIMIT $3";
    let page = tx.page(sql, &[generation.into(), signed(size)?.into()], limit, |_: &Stamp| ())?;
    Ok(page.rows)
}

/// What is known of another log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Followed {
    /// Its origin.
    pub origin: String,
    /// Whose it is.
    pub authority: AuthorityId,
    /// How large it was.
    pub size: u64,
    /// Its checkpoint.
    pub checkpoint: String,
    /// When it was last seen.
    pub seen_at: Moment,
    /// When it was last seen to have grown.
    pub grown_at: Moment,
}

impl Record for Followed {
    fn read(row: &mut Row) -> Result<Self, StoreError> {
        Ok(Self {
            origin: row.next()?,
            authority: row.next()?,
            size: row.next()?,
            checkpoint: row.next()?,
            seen_at: row.next()?,
            grown_at: row.next()?,
        })
    }
}

/// What is known of a log.
///
/// # Errors
/// The database could not be read.
pub fn followed(tx: &mut ReadTx<'_>, origin: &str) -> Result<Option<Followed>, StoreError> {
    let sql = "SELECT origin, authority, size, checkpoint, seen_at, grown_at FROM followed WHERE origin = $1";
    tx.row(sql, &[origin.into()])
}

/// Notes what was seen of a log; a smaller checkpoint never takes the place of a larger one.
///
/// # Errors
/// The database could not be written.
pub fn follow(tx: &mut WriteTx<'_>, log: &Followed) -> Result<bool, StoreError> {
    let sql = "INSERT INTO followed (origin, authority, size, checkpoint, seen_at, grown_at)
        VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (origin) DO UPDATE SET size = excluded.size,
        checkpoint = excluded.checkpoint, seen_at = excluded.seen_at, grown_at = excluded.grown_at
        WHERE followed.size <= excluded.size";
    let params = [
        (&log.origin).into(),
        (&log.authority).into(),
        signed(log.size)?.into(),
        (&log.checkpoint).into(),
        log.seen_at.into(),
        log.grown_at.into(),
    ];
    Ok(tx.execute(sql, &params)? == 1)
}
