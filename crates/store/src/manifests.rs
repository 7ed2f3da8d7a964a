//! Manifests: the signed lists of what was transmitted, named by the digest of their bytes, and which act names each.
//!
//! A manifest may come before the act that names it, never the other way round in effect: only with both are its exhibits fetched.
//! What a manifest says, the caller knows; here it is bytes and a list of ids.

use terms::{ActId, AuthorityId, Digest, DocketId, ExhibitId, Moment};

use crate::value::{Record, Row};
use crate::{Page, ReadTx, StoreError, WriteTx};

/// A manifest that is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ManifestRow {
    /// The SHA-256 of the statement.
    pub digest: Digest,
    /// The docket that it names.
    pub docket: DocketId,
    /// Who signed it.
    pub author: AuthorityId,
    /// The act that names it, once it is kept here.
    pub act: Option<ActId>,
    /// The canonical manifest.
    pub statement: Vec<u8>,
    /// The detached signature.
    pub signature: Vec<u8>,
    /// When it came, or was signed here.
    pub received_at: Moment,
    /// The order in which manifests were kept. Ignored when one is written.
    pub seq: i64,
}

impl Record for ManifestRow {
    fn read(row: &mut Row) -> Result<Self, StoreError> {
        Ok(Self {
            digest: row.next()?,
            docket: row.next()?,
            author: row.next()?,
            act: row.next()?,
            statement: row.next()?,
            signature: row.next()?,
            received_at: row.next()?,
            seq: row.next()?,
        })
    }
}

/// Keeps a manifest with the exhibits that it lists, unless it is there; true if it was not.
///
/// # Errors
/// The database could not be written.
pub fn insert(tx: &mut WriteTx<'_>, manifest: &ManifestRow, exhibits: &[ExhibitId]) -> Result<bool, StoreError> {
    let seq = tx.ticket()?;
    let sql = "INSERT INTO manifests (digest, docket, author, act, statement, signature, received_at, seq)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (digest) DO NOTHING";
    let params = [
        (&manifest.digest).into(),
        (&manifest.docket).into(),
        (&manifest.author).into(),
        manifest.act.as_ref().into(),
        (&manifest.statement).into(),
        (&manifest.signature).into(),
        manifest.received_at.into(),
        seq.into(),
    ];
    if tx.execute(sql, &params)? == 0 {
        return Ok(false);
    }
    for exhibit in exhibits {
        let sql = "INSERT INTO manifest_exhibits (manifest, exhibit) VALUES ($1, $2)
            ON CONFLICT (manifest, exhibit) DO NOTHING";
        tx.execute(sql, &[(&manifest.digest).into(), exhibit.into()])?;
    }
    Ok(true)
}

/// Notes the act that names a manifest; false if the manifest is not here.
///
/// # Errors
/// The database could not be written.
pub fn named_by(tx: &mut WriteTx<'_>, digest: &Digest, act: &ActId) -> Result<bool, StoreError> {
    Ok(tx.execute("UPDATE manifests SET act = $2 WHERE digest = $1", &[digest.into(), act.into()])? == 1)
}

/// Puts the same signature with a time stamp in the place of the one that is kept.
///
/// # Errors
/// The database could not be written.
pub fn set_signature(tx: &mut WriteTx<'_>, digest: &Digest, signature: &[u8]) -> Result<(), StoreError> {
    tx.execute("UPDATE manifests SET signature = $2 WHERE digest = $1", &[digest.into(), signature.into()]).map(drop)
}

/// One manifest.
///
/// # Errors
/// The database could not be read.
pub fn get(tx: &mut ReadTx<'_>, digest: &Digest) -> Result<Option<ManifestRow>, StoreError> {
    let sql = "SELECT digest, docket, author, act, statement, signature, received_at, seq
        FROM manifests WHERE digest = $1";
    tx.row(sql, &[digest.into()])
}

/// The manifests of a docket in the order in which they were kept.
///
/// # Errors
/// The database could not be read.
pub fn of_docket(
    tx: &mut ReadTx<'_>,
    docket: &DocketId,
    after: i64,
    limit: usize,
) -> Result<Page<ManifestRow>, StoreError> {
    let sql = "SELECT digest, docket, author, act, statement, signature, received_at, seq
        FROM manifests WHERE docket = $1 AND seq > $2 ORDER BY seq LIMIT $3";
    tx.page(sql, &[docket.into(), after.into()], limit, |manifest: &ManifestRow| manifest.seq)
}

/// The manifests of an author that acts name, in the order in which they were kept.
///
/// # Errors
/// The database could not be read.
pub fn of_author(
    tx: &mut ReadTx<'_>,
    author: &AuthorityId,
    after: i64,
    limit: usize,
) -> Result<Page<ManifestRow>, StoreError> {
    let sql = "SELECT digest, docket, author, act, statement, signature, received_at, seq
        FROM manifests WHERE author = $1 AND act IS NOT NULL AND seq > $2 ORDER BY seq LIMIT $3";
    tx.page(sql, &[author.into(), after.into()], limit, |manifest: &ManifestRow| manifest.seq)
}

/// The manifests that list an exhibit and that an act names, in the order in which they were kept, at most `limit`.
///
/// # Errors
/// The database could not be read.
pub fn listing(tx: &mut ReadTx<'_>, exhibit: &ExhibitId, limit: usize) -> Result<Vec<ManifestRow>, StoreError> {
    let sql = "SELECT digest, docket, author, act, statement, signature, received_at, seq
        FROM manifests JOIN manifest_exhibits ON manifest = digest
        WHERE exhibit = $1 AND act IS NOT NULL ORDER BY seq LIMIT $2";
    Ok(tx.page(sql, &[exhibit.into()], limit, |_: &ManifestRow| ())?.rows)
}

/// How many manifests of a docket no act names yet: a peer may bring only so many.
///
/// # Errors
/// The database could not be read.
pub fn unnamed(tx: &mut ReadTx<'_>, docket: &DocketId) -> Result<u64, StoreError> {
    let sql = "SELECT COUNT(*) FROM manifests WHERE docket = $1 AND act IS NULL";
    let (count,) = tx.row::<(i64,)>(sql, &[docket.into()])?.unwrap_or((0,));
    Ok(count.max(0).unsigned_abs())
}
