//! The audit trail: who did or looked at what, and for which purpose. Only added to.
//!
//! Each entry carries the digest of the one before, so a change or a gap in the middle shows when the trail is
//! checked. It does not show that the newest entries were cut off, or that all were written anew: for that, the node logs the newest digest.

use terms::{Digest, DocketId, Moment};

use crate::value::{Record, Row};
use crate::{Page, ReadTx, StoreError, WriteTx};

const DOMAIN: &[u8] = b"comity.audit/1\n";

/// What is entered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditEntry {
    /// When.
    pub at: Moment,
    /// Who.
    pub person: String,
    /// For which purpose.
    pub purpose: String,
    /// What was done or looked at.
    pub what: String,
    /// In which docket, if in one.
    pub docket: Option<DocketId>,
}

/// An entry in the trail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditRow {
    /// The order of entries.
    pub seq: i64,
    /// What was entered.
    pub entry: AuditEntry,
    /// The digest of the entry before; zeros for the first.
    pub previous: Digest,
    /// The digest of this entry.
    pub digest: Digest,
}

impl Record for AuditRow {
    fn read(row: &mut Row) -> Result<Self, StoreError> {
        Ok(Self {
            seq: row.next()?,
            entry: AuditEntry {
                at: row.next()?,
                person: row.next()?,
                purpose: row.next()?,
                what: row.next()?,
                docket: row.next()?,
            },
            previous: row.next()?,
            digest: row.next()?,
        })
    }
}

/// Each part with its length before it, so that no two entries read alike.
fn digest(previous: &Digest, entry: &AuditEntry) -> Digest {
    let at = entry.at.unix().to_be_bytes();
    let docket = entry.docket.as_ref().map_or(&[][..], |docket| docket.as_bytes());
    let parts = [entry.person.as_bytes(), entry.purpose.as_bytes(), entry.what.as_bytes(), docket];
    let lengths = parts.map(|part| (part.len() as u64).to_be_bytes());
    let mut all: Vec<&[u8]> = vec![DOMAIN, previous.as_bytes(), &at];
    for (length, part) in lengths.iter().zip(parts) {
        all.extend([&length[..], part]);
    }
    Digest::of(&all)
}

/// Adds an entry and gives its digest.
///
/// # Errors
/// The database could not be written.
pub fn enter(tx: &mut WriteTx<'_>, entry: &AuditEntry) -> Result<Digest, StoreError> {
    let previous = newest(tx)?.unwrap_or(Digest::new([0; 32]));
    let (seq, digest) = (tx.ticket()?, digest(&previous, entry));
    let sql = "INSERT INTO audit (seq, at, person, purpose, what, docket, previous, digest)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";
    let params = [
        seq.into(),
        entry.at.into(),
        (&entry.person).into(),
        (&entry.purpose).into(),
        (&entry.what).into(),
        entry.docket.as_ref().into(),
        (&previous).into(),
        (&digest).into(),
    ];
    tx.execute(sql, &params)?;
    Ok(digest)
}

/// The digest of the newest entry, which covers all before it; nothing if there is none.
///
/// # Errors
/// The database could not be read.
pub fn newest(tx: &mut ReadTx<'_>) -> Result<Option<Digest>, StoreError> {
    let last = tx.row::<(Digest,)>("SELECT digest FROM audit ORDER BY seq DESC LIMIT 1", &[])?;
    Ok(last.map(|(digest,)| digest))
}

/// The trail, first entry first.
///
/// # Errors
/// The database could not be read.
pub fn list(tx: &mut ReadTx<'_>, after: i64, limit: usize) -> Result<Page<AuditRow>, StoreError> {
    let sql = "SELECT seq, at, person, purpose, what, docket, previous, digest FROM audit WHERE seq > $1 ORDER BY seq LIMIT $2";
    tx.page(sql, &[after.into()], limit, |row: &AuditRow| row.seq)
}

/// The entries of one docket, first entry first.
///
/// # Errors
/// The database could not be read.
pub fn of_docket(
    tx: &mut ReadTx<'_>,
    docket: &DocketId,
    after: i64,
    limit: usize,
) -> Result<Page<AuditRow>, StoreError> {
    let sql = "SELECT seq, at, person, purpose, what, docket, previous, digest FROM audit
        WHERE docket = $1 AND seq > $2 ORDER BY seq LIMIT $3";
    tx.page(sql, &[docket.into(), after.into()], limit, |row: &AuditRow| row.seq)
}

/// Checks that `rows` continue a trail that ended with `previous` (zeros at its beginning), and gives the digest they
/// end with, or the number of the first entry that does not fit.
///
/// # Errors
/// The number of the first entry that was changed, or before which one is missing.
pub fn check(rows: &[AuditRow], previous: Digest) -> Result<Digest, i64> {
    rows.iter().try_fold(previous, |previous, row| {
        let fits = row.previous == previous && row.digest == digest(&previous, &row.entry);
        if fits { Ok(row.digest) } else { Err(row.seq) }
    })
}
