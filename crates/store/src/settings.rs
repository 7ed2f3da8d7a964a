//! Small things a node remembers under a name: opaque bytes, opaque to this room too.

use crate::{ReadTx, StoreError, WriteTx};

/// What is kept under `name`.
///
/// # Errors
/// The database could not be read.
pub fn get(tx: &mut ReadTx<'_>, name: &str) -> Result<Option<Vec<u8>>, StoreError> {
    Ok(tx.row::<(Vec<u8>,)>("SELECT value FROM settings WHERE name = $1", &[name.into()])?.map(|(value,)| value))
}

/// Forgets what is kept under `name`.
///
/// # Errors
/// The database could not be written.
pub fn remove(tx: &mut WriteTx<'_>, name: &str) -> Result<(), StoreError> {
    tx.execute("DELETE FROM settings WHERE name = $1", &[name.into()]).map(drop)
}

/// Keeps `value` under `name`, in place of what was there.
///
/// # Errors
/// The database could not be written.
pub fn put(tx: &mut WriteTx<'_>, name: &str, value: &[u8]) -> Result<(), StoreError> {
    let sql =
        "INSERT INTO settings (name, value) VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET value = excluded.value";
    tx.execute(sql, &[name.into(), value.into()]).map(drop)
}
