//! The leaves of the node's own log: queued in the order of commits, later given their place in the tree.
//!
//! What stands here is what a proof discloses: kind, id, hash of the signature, salt. The salt belongs to this
//! log alone and leaves the node only inside a proof.

use terms::{Digest, Salt};

use crate::tree::signed;
use crate::value::{Record, Row};
use crate::{ReadTx, StoreError, WriteTx};

/// A leaf that is to be queued.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewLeaf {
    /// What was logged: an act, a receipt, …
    pub kind: String,
    /// Its id.
    pub id: Digest,
    /// The SHA-256 of its signature.
    pub signature_hash: Digest,
    /// Sixteen random bytes of this log.
    pub salt: Salt,
}

/// A leaf that is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LeafRow {
    /// The order in which leaves were queued.
    pub seq: i64,
    /// What was logged.
    pub kind: String,
    /// Its id.
    pub id: Digest,
    /// The SHA-256 of its signature.
    pub signature_hash: Digest,
    /// Sixteen random bytes of this log.
    pub salt: Salt,
    /// The generation of the log and the index in its tree, once it has one.
    pub place: Option<(i64, u64)>,
}

impl Record for LeafRow {
    fn read(row: &mut Row) -> Result<Self, StoreError> {
        let (seq, kind, id, signature_hash, salt) = (row.next()?, row.next()?, row.next()?, row.next()?, row.next()?);
        let (generation, place): (Option<i64>, Option<u64>) = (row.next()?, row.next()?);
        Ok(Self { seq, kind, id, signature_hash, salt, place: generation.zip(place) })
    }
}

/// Queues a leaf, unless this was logged before; gives its number in either case.
///
/// # Errors
/// The database could not be written.
pub fn queue(tx: &mut WriteTx<'_>, leaf: &NewLeaf) -> Result<i64, StoreError> {
    let seq = tx.ticket()?;
    insert(tx, leaf, seq)
}

/// Queues leaves in this order, except those of what was logged before.
///
/// # Errors
/// The database could not be written.
pub fn queue_all(tx: &mut WriteTx<'_>, all: &[NewLeaf]) -> Result<(), StoreError> {
    let mut given = Vec::with_capacity(all.len());
    for leaf in all {
        let seq = tx.ticket()?;
        let (kind, id) = ((&leaf.kind).into(), (&leaf.id).into());
        given.push(vec![seq.into(), kind, id, (&leaf.signature_hash).into(), (&leaf.salt).into()]);
    }
    let sql = "INSERT INTO leaves (seq, kind, id, signature_hash, salt) SELECT a, b, c, d, e FROM given WHERE true
        ON CONFLICT (kind, id) DO NOTHING";
    tx.execute_of(sql, &given).map(drop)
}

/// Queues a leaf before all that wait: the first of a new generation of the log.
///
/// # Errors
/// The database could not be written.
pub fn queue_first(tx: &mut WriteTx<'_>, leaf: &NewLeaf) -> Result<i64, StoreError> {
    let seq = -tx.ticket()?;
    insert(tx, leaf, seq)
}

/// Keeps a leaf under this number, unless it was logged before; gives its number in either case.
fn insert(tx: &mut WriteTx<'_>, leaf: &NewLeaf, seq: i64) -> Result<i64, StoreError> {
    let sql = "INSERT INTO leaves (seq, kind, id, signature_hash, salt) VALUES ($1, $2, $3, $4, $5)
        ON CONFLICT (kind, id) DO NOTHING";
    let (kind, id) = ((&leaf.kind).into(), (&leaf.id).into());
    if tx.execute(sql, &[seq.into(), kind, id, (&leaf.signature_hash).into(), (&leaf.salt).into()])? == 1 {
        return Ok(seq);
    }
    let had = tx.row::<(i64,)>("SELECT seq FROM leaves WHERE kind = $1 AND id = $2", &[kind, id])?;
    had.map(|(seq,)| seq).ok_or_else(|| StoreError::Corrupt("a leaf is there and is not found".into()))
}

/// How many leaves wait for their places.
///
/// # Errors
/// The database could not be read.
pub fn waiting(tx: &mut ReadTx<'_>) -> Result<u64, StoreError> {
    let row = tx.row::<(u64,)>("SELECT COUNT(*) FROM leaves WHERE place IS NULL", &[])?;
    Ok(row.map_or(0, |(count,)| count))
}

/// The leaves that have no place yet, oldest first, at most `limit`.
///
/// # Errors
/// The database could not be read.
pub fn queued(tx: &mut ReadTx<'_>, limit: usize) -> Result<Vec<LeafRow>, StoreError> {
    let sql = "SELECT seq, kind, id, signature_hash, salt, generation, place FROM leaves
        WHERE place IS NULL ORDER BY seq LIMIT $1";
    Ok(tx.page(sql, &[], limit, |_: &LeafRow| ())?.rows)
}

/// Whether any leaf has no place yet.
///
/// # Errors
/// The database could not be read.
pub fn any_queued(tx: &mut ReadTx<'_>) -> Result<bool, StoreError> {
    tx.exists("SELECT seq FROM leaves WHERE place IS NULL LIMIT 1", &[])
}

/// The leaf of one thing that was logged.
///
/// # Errors
/// The database could not be read.
pub fn of(tx: &mut ReadTx<'_>, kind: &str, id: &Digest) -> Result<Option<LeafRow>, StoreError> {
    let sql = "SELECT seq, kind, id, signature_hash, salt, generation, place FROM leaves WHERE kind = $1 AND id = $2";
    tx.row(sql, &[kind.into(), id.into()])
}

/// The leaf at one place of one generation's tree.
///
/// # Errors
/// The database could not be read.
pub fn at(tx: &mut ReadTx<'_>, generation: i64, place: u64) -> Result<Option<LeafRow>, StoreError> {
    let sql = "SELECT seq, kind, id, signature_hash, salt, generation, place FROM leaves
        WHERE generation = $1 AND place = $2";
    let Ok(place) = i64::try_from(place) else { return Ok(None) };
    tx.row(sql, &[generation.into(), place.into()])
}

/// Gives queued leaves their places, from `first` on; false if any has one already.
pub(crate) fn settle(
    tx: &mut WriteTx<'_>,
    generation: i64,
    first: u64,
    leaves: &[LeafRow],
) -> Result<bool, StoreError> {
    let mut given = Vec::with_capacity(leaves.len());
    for (leaf, place) in leaves.iter().zip(first..) {
        given.push(vec![leaf.seq.into(), generation.into(), signed(place)?.into()]);
    }
    let sql = "UPDATE leaves SET generation = given.b, place = given.c FROM given
        WHERE leaves.seq = given.a AND leaves.place IS NULL";
    Ok(tx.execute_of(sql, &given)? == leaves.len() as u64)
}
