//! Whether there is room for what is about to come.

use std::path::Path;

use super::Blobs;
use crate::StoreError;

/// So many bytes stay free in a folder, for the database and everybody else.
const RESERVE: u64 = 256 << 20;

fn free_in(folder: &Path) -> Result<u64, StoreError> {
    let found = rustix::fs::statvfs(folder)
        .map_err(|why| super::unusable(&format!("asking how much room {} has", folder.display()), why))?;
    Ok(found.f_bavail.saturating_mul(found.f_frsize))
}

/// Refuses what would not fit into a folder, before anything is written. An expectation is no reservation: writing may still fail.
///
/// # Errors
/// There is less room, or the folder cannot be asked.
pub fn room_in(folder: &Path, needed: u64) -> Result<(), StoreError> {
    match free_in(folder)? {
        free if needed.saturating_add(RESERVE) > free => Err(StoreError::NoRoom { needed, free }),
        _ => Ok(()),
    }
}

impl Blobs {
    /// How many bytes are free; `None` for an object store, which does not say.
    ///
    /// # Errors
    /// The folder cannot be asked.
    pub fn free(&self) -> Result<Option<u64>, StoreError> {
        self.0.folder.as_deref().map(free_in).transpose()
    }
    /// The same as [`room_in`] for this place; an object store does not say.
    ///
    /// # Errors
    /// There is less room, or the folder cannot be asked.
    pub fn check_room(&self, needed: u64) -> Result<(), StoreError> {
        self.0.folder.as_deref().map_or(Ok(()), |folder| room_in(folder, needed))
    }
}
