//! The log's tree as it is kept: one head per generation, and the hashes of complete subtrees, which never change.
//!
//! The head is the fence between sequencers: it moves only from the size and root that the mover has seen.

use std::collections::HashMap;

use terms::Digest;

use crate::value::{Record, Row};
use crate::{ReadTx, StoreError, WriteTx};

/// The head of one generation's tree.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TreeHead {
    /// How many leaves.
    pub size: u64,
    /// The root over them.
    pub root: Digest,
    /// The signed checkpoint that says so.
    pub checkpoint: String,
}

impl Record for TreeHead {
    fn read(row: &mut Row) -> Result<Self, StoreError> {
        Ok(Self { size: row.next()?, root: row.next()?, checkpoint: row.next()? })
    }
}

/// The root of a complete subtree: `level` 0 are the leaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TreeHash {
    /// Height above the leaves.
    pub level: u8,
    /// Position within the level, from the left.
    pub place: u64,
    /// The hash.
    pub hash: Digest,
}

/// A number of leaves or a place, as both databases keep it.
pub(crate) fn signed(n: u64) -> Result<i64, StoreError> {
    i64::try_from(n).map_err(|_| StoreError::Misuse(format!("{n} is beyond what a tree may have")))
}

/// The head of a generation's tree; nothing if it has none yet.
///
/// # Errors
/// The database could not be read.
pub fn head(tx: &mut ReadTx<'_>, generation: i64) -> Result<Option<TreeHead>, StoreError> {
    tx.row("SELECT size, root, checkpoint FROM tree_heads WHERE generation = $1", &[generation.into()])
}

/// The last generation that has a head, if any has.
///
/// # Errors
/// The database could not be read.
pub fn last_generation(tx: &mut ReadTx<'_>) -> Result<Option<i64>, StoreError> {
    let row = tx.row::<(i64,)>("SELECT generation FROM tree_heads ORDER BY generation DESC LIMIT 1", &[])?;
    Ok(row.map(|(generation,)| generation))
}

/// The hashes of `wanted` (level, place), in that order; nothing where none is kept.
/// A proof asks for a few dozen, a tile for 256.
///
/// # Errors
/// The database could not be read.
pub fn hashes(tx: &mut ReadTx<'_>, generation: i64, wanted: &[(u8, u64)]) -> Result<Vec<Option<Digest>>, StoreError> {
    let mut given = Vec::with_capacity(wanted.len());
    for &(level, place) in wanted {
        given.push(vec![generation.into(), i64::from(level).into(), signed(place)?.into()]);
    }
    let sql = "SELECT level, place, hash FROM given JOIN tree_hashes ON generation = a AND level = b AND place = c";
    let found: HashMap<(i64, u64), Digest> =
        tx.rows_of::<(i64, u64, Digest)>(sql, &given)?.into_iter().map(|(l, p, hash)| ((l, p), hash)).collect();
    Ok(wanted.iter().map(|&(level, place)| found.get(&(i64::from(level), place)).copied()).collect())
}

/// The hashes of one level from `place` on, at most `limit` and without a gap: what a tile is cut from.
///
/// # Errors
/// The database could not be read.
pub fn row_of_hashes(
    tx: &mut ReadTx<'_>,
    generation: i64,
    level: u8,
    place: u64,
    limit: usize,
) -> Result<Vec<Digest>, StoreError> {
    let sql =
        "SELECT hash FROM tree_hashes WHERE generation = $1 AND level = $2 AND place >= $3 ORDER BY place LIMIT $4";
    let params = [generation.into(), i64::from(level).into(), signed(place)?.into()];
    let page = tx.page(sql, &params, limit, |_: &(Digest,)| ())?;
    Ok(page.rows.into_iter().map(|(hash,)| hash).collect())
}

/// Keeps hashes that became final. One that is there already is an error: it could only be another.
pub(crate) fn insert(tx: &mut WriteTx<'_>, generation: i64, hashes: &[TreeHash]) -> Result<(), StoreError> {
    let mut given = Vec::with_capacity(hashes.len());
    for node in hashes {
        let (level, place) = (i64::from(node.level).into(), signed(node.place)?.into());
        given.push(vec![generation.into(), level, place, (&node.hash).into()]);
    }
    let sql = "INSERT INTO tree_hashes (generation, level, place, hash) SELECT a, b, c, d FROM given";
    tx.execute_of(sql, &given).map(drop)
}

/// Moves the head from what the mover has seen to what it has built.
///
/// # Errors
/// [`StoreError::HeadMoved`] if it is no longer where it was seen.
pub(crate) fn advance(
    tx: &mut WriteTx<'_>,
    generation: i64,
    seen: Option<&TreeHead>,
    built: &TreeHead,
) -> Result<(), StoreError> {
    let (size, root, checkpoint) = (signed(built.size)?.into(), (&built.root).into(), (&built.checkpoint).into());
    let moved = match seen {
        Some(seen) => {
            let sql = "UPDATE tree_heads SET size = $2, root = $3, checkpoint = $4
                WHERE generation = $1 AND size = $5 AND root = $6";
            let was = signed(seen.size)?.into();
            tx.execute(sql, &[generation.into(), size, root, checkpoint, was, (&seen.root).into()])?
        }
        None => {
            let sql = "INSERT INTO tree_heads (generation, size, root, checkpoint) VALUES ($1, $2, $3, $4)
                ON CONFLICT (generation) DO NOTHING";
            tx.execute(sql, &[generation.into(), size, root, checkpoint])?
        }
    };
    if moved == 1 { Ok(()) } else { Err(StoreError::HeadMoved) }
}
