//! Dockets as a list shows them: id, procedure, parties and a summary that only the caller understands.
//!
//! The summary is derived from the acts and may be made anew at any time; it stands here so that a page of a
//! hundred dockets does not fold a hundred graphs. The wrapped key of the docket's bodies stands here too:
//! destroying it erases all bodies at once.

use terms::{AuthorityId, DocketId, Moment};

use crate::value::{Record, Row};
use crate::{Page, ReadTx, StoreError, WriteTx};

/// A docket.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DocketRow {
    /// Which docket.
    pub id: DocketId,
    /// The procedure and edition its opening act names.
    pub procedure: String,
    /// When it was opened.
    pub opened_at: Moment,
    /// What a list shows of it.
    pub summary: String,
    /// How many acts it has.
    pub acts: i64,
    /// Rises with every change; the list is in this order, newest change first.
    pub seq: i64,
}

impl Record for DocketRow {
    fn read(row: &mut Row) -> Result<Self, StoreError> {
        Ok(Self {
            id: row.next()?,
            procedure: row.next()?,
            opened_at: row.next()?,
            summary: row.next()?,
            acts: row.next()?,
            seq: row.next()?,
        })
    }
}

/// Enters a docket, if it is not there; true if it was not.
///
/// # Errors
/// The database could not be written.
pub fn open(
    tx: &mut WriteTx<'_>,
    id: &DocketId,
    procedure: &str,
    opened_at: Moment,
    summary: &str,
) -> Result<bool, StoreError> {
    let seq = tx.ticket()?;
    let sql = "INSERT INTO dockets (id, procedure_name, opened_at, summary, acts, seq)
        VALUES ($1, $2, $3, $4, 0, $5) ON CONFLICT (id) DO NOTHING";
    Ok(tx.execute(sql, &[id.into(), procedure.into(), opened_at.into(), summary.into(), seq.into()])? == 1)
}

/// Enters a party, if it is not there.
///
/// # Errors
/// The database could not be written.
pub fn add_party(tx: &mut WriteTx<'_>, id: &DocketId, authority: &AuthorityId) -> Result<(), StoreError> {
    let sql =
        "INSERT INTO docket_parties (docket, authority) VALUES ($1, $2) ON CONFLICT (docket, authority) DO NOTHING";
    tx.execute(sql, &[id.into(), authority.into()]).map(drop)
}

/// Replaces the summary; true if the docket is there.
///
/// # Errors
/// The database could not be written.
pub fn summarise(tx: &mut WriteTx<'_>, id: &DocketId, summary: &str) -> Result<bool, StoreError> {
    let seq = tx.ticket()?;
    let sql = "UPDATE dockets SET summary = $2, seq = $3 WHERE id = $1";
    Ok(tx.execute(sql, &[id.into(), summary.into(), seq.into()])? == 1)
}

/// One docket.
///
/// # Errors
/// The database could not be read.
pub fn get(tx: &mut ReadTx<'_>, id: &DocketId) -> Result<Option<DocketRow>, StoreError> {
    let sql = "SELECT id, procedure_name, opened_at, summary, acts, seq FROM dockets WHERE id = $1";
    tx.row(sql, &[id.into()])
}

/// All dockets, the one that changed last first. `after` is the `seq` where the last page ended.
///
/// # Errors
/// The database could not be read.
pub fn list(tx: &mut ReadTx<'_>, after: Option<i64>, limit: usize) -> Result<Page<DocketRow>, StoreError> {
    let sql = "SELECT id, procedure_name, opened_at, summary, acts, seq FROM dockets
        WHERE seq < $1 ORDER BY seq DESC LIMIT $2";
    tx.page(sql, &[after.unwrap_or(i64::MAX).into()], limit, |docket: &DocketRow| docket.seq)
}

/// The dockets to which `authority` is a party, by id.
///
/// # Errors
/// The database could not be read.
pub fn shared_with(
    tx: &mut ReadTx<'_>,
    authority: &AuthorityId,
    after: Option<&DocketId>,
    limit: usize,
) -> Result<Page<DocketId, DocketId>, StoreError> {
    let sql = "SELECT docket FROM docket_parties WHERE authority = $1 AND docket > $2 ORDER BY docket LIMIT $3";
    let after: &[u8] = after.map_or(&[], |id| id.as_bytes());
    let page = tx.page(sql, &[authority.into(), after.into()], limit, |(id,): &(DocketId,)| *id)?;
    Ok(Page { rows: page.rows.into_iter().map(|(id,)| id).collect(), next: page.next })
}

/// The parties on record here, by name, one page of them.
///
/// # Errors
/// The database could not be read.
pub fn parties(
    tx: &mut ReadTx<'_>,
    id: &DocketId,
    after: Option<&AuthorityId>,
    limit: usize,
) -> Result<Page<AuthorityId, AuthorityId>, StoreError> {
    let sql = "SELECT authority FROM docket_parties WHERE docket = $1 AND authority > $2 ORDER BY authority LIMIT $3";
    let after = after.map_or("", AuthorityId::as_str);
    let page = tx.page(sql, &[id.into(), after.into()], limit, |(id,): &(AuthorityId,)| id.clone())?;
    Ok(Page { rows: page.rows.into_iter().map(|(id,)| id).collect(), next: page.next })
}

/// The wrapped key under which the docket's bodies are sealed.
///
/// # Errors
/// The database could not be read.
pub fn body_key(tx: &mut ReadTx<'_>, id: &DocketId) -> Result<Option<Vec<u8>>, StoreError> {
    let row = tx.row::<(Option<Vec<u8>>,)>("SELECT body_key FROM dockets WHERE id = $1", &[id.into()])?;
    Ok(row.and_then(|(key,)| key))
}

/// Replaces the wrapped key, or destroys it; true if the docket is there.
///
/// # Errors
/// The database could not be written.
pub fn set_body_key(tx: &mut WriteTx<'_>, id: &DocketId, wrapped: Option<&[u8]>) -> Result<bool, StoreError> {
    Ok(tx.execute("UPDATE dockets SET body_key = $2 WHERE id = $1", &[id.into(), wrapped.into()])? == 1)
}
