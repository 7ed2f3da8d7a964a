//! Physical things under custody here: which docket each belongs to. What happened to them is kept with the custody of exhibits.

use terms::DocketId;

use crate::value::{Record, Row};
use crate::{Page, ReadTx, StoreError, WriteTx};

/// An item.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ItemRow {
    /// The bytes of its id.
    pub id: Vec<u8>,
    /// The docket.
    pub docket: DocketId,
    /// The order in which items were entered.
    pub seq: i64,
}

impl Record for ItemRow {
    fn read(row: &mut Row) -> Result<Self, StoreError> {
        Ok(Self { id: row.next()?, docket: row.next()?, seq: row.next()? })
    }
}

/// Enters an item.
///
/// # Errors
/// The database could not be written, or an item of that id is there.
pub fn insert(tx: &mut WriteTx<'_>, id: &[u8], docket: &DocketId) -> Result<(), StoreError> {
    let seq = tx.ticket()?;
    tx.execute("INSERT INTO items (id, docket, seq) VALUES ($1, $2, $3)", &[id.into(), docket.into(), seq.into()])
        .map(drop)
}

/// One item.
///
/// # Errors
/// The database could not be read.
pub fn get(tx: &mut ReadTx<'_>, id: &[u8]) -> Result<Option<ItemRow>, StoreError> {
    tx.row("SELECT id, docket, seq FROM items WHERE id = $1", &[id.into()])
}

/// The items of a docket, in the order in which they were entered.
///
/// # Errors
/// The database could not be read.
pub fn of_docket(
    tx: &mut ReadTx<'_>,
    docket: &DocketId,
    after: i64,
    limit: usize,
) -> Result<Page<ItemRow>, StoreError> {
    let sql = "SELECT id, docket, seq FROM items WHERE docket = $1 AND seq > $2 ORDER BY seq LIMIT $3";
    tx.page(sql, &[docket.into(), after.into()], limit, |item: &ItemRow| item.seq)
}
