//! What the law base ruled on a request when it was sent: one for a docket, sealed by the caller, opaque to this room.

use terms::{DocketId, Moment};

use crate::value::{Record, Row};
use crate::{ReadTx, StoreError, WriteTx};

/// A pre-check that is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PreCheckRow {
    /// The digest of the law base, in hex.
    pub law: String,
    /// The ruling, sealed.
    pub sealed: Vec<u8>,
    /// When it was made.
    pub kept_at: Moment,
}

impl Record for PreCheckRow {
    fn read(row: &mut Row) -> Result<Self, StoreError> {
        Ok(Self { law: row.next()?, sealed: row.next()?, kept_at: row.next()? })
    }
}

/// Keeps the pre-check of a docket, once: what was kept is never replaced. True if it was kept now.
///
/// # Errors
/// The database could not be written.
pub fn keep(tx: &mut WriteTx<'_>, docket: &DocketId, row: &PreCheckRow) -> Result<bool, StoreError> {
    let sql =
        "INSERT INTO pre_checks (docket, law, sealed, kept_at) VALUES ($1, $2, $3, $4) ON CONFLICT (docket) DO NOTHING";
    let params = [docket.into(), row.law.as_str().into(), row.sealed.as_slice().into(), row.kept_at.into()];
    Ok(tx.execute(sql, &params)? == 1)
}

/// The pre-check of a docket.
///
/// # Errors
/// The database could not be read.
pub fn of(tx: &mut ReadTx<'_>, docket: &DocketId) -> Result<Option<PreCheckRow>, StoreError> {
    tx.row("SELECT law, sealed, kept_at FROM pre_checks WHERE docket = $1", &[docket.into()])
}
