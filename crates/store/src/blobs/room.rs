//! Whether there is room for what is about to come.

use super::Blobs;
use crate::StoreError;

/// So many bytes stay free in a folder, for the database and everybody else.
const RESERVE: u64 = 256 << 20;

impl Blobs {
    /// How many bytes are free; `None` for an object store, which does not say.
    ///
    /// # Errors
    /// The folder cannot be asked.
    pub fn free(&self) -> Result<Option<u64>, StoreError> {
        let Some(folder) = &self.0.folder else {
            return Ok(None);
        };
        let found = rustix::fs::statvfs(folder)
            .map_err(|why| super::unusable(&format!("asking how much room {} has", folder.display()), why))?;
        Ok(Some(found.f_bavail.saturating_mul(found.f_frsize)))
    }
    /// Refuses what would not fit, before anything is written. An expectation is no reservation: writing may still fail.
    ///
    /// # Errors
    /// There is less room, or the folder cannot be asked.
    pub fn check_room(&self, needed: u64) -> Result<(), StoreError> {
        match self.free()? {
            Some(free) if needed.saturating_add(RESERVE) > free => Err(StoreError::NoRoom { needed, free }),
            _ => Ok(()),
        }
    }
}
