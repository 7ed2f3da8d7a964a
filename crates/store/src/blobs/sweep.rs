//! Sweeping: what an interrupted intake or arrival left behind goes, and nothing else.
//!
//! Three things protect an object, each by itself: it is young; it is claimed by who writes it; the database refers to it. The last is asked for every
//! object anew, right before it is removed, and in doubt (the question fails) nothing is removed.

use std::time::Duration;

use futures_util::TryStreamExt as _;
use object_store::path::Path;
use object_store::{ObjectMeta, ObjectStore as _, ObjectStoreExt as _};
use terms::{ExhibitId, Moment};

use super::{Blobs, refused};
use crate::StoreError;

/// The shortest time for which an object is young: longer than any clock is wrong, and than any intake takes to commit its row.
const GRACE_MIN: Duration = Duration::from_secs(3_600);

/// What a sweep did.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Swept {
    /// Objects to which nobody referred.
    pub objects: Vec<ExhibitId>,
    /// Claims of writers that are long gone.
    pub claims: Vec<ExhibitId>,
    /// Names that are none of ours; left alone.
    pub foreign: Vec<String>,
}

impl Blobs {
    /// Removes what is older than `grace` (but never what is younger than an hour), unclaimed, and not referred to. `is_referenced` asks the database.
    ///
    /// # Errors
    /// The place does not answer, or the database does not. What was removed until then was of nobody.
    pub fn sweep(
        &self,
        now: Moment,
        grace: Duration,
        is_referenced: &mut dyn FnMut(&ExhibitId) -> Result<bool, StoreError>,
    ) -> Result<Swept, StoreError> {
        let grace = i64::try_from(grace.max(GRACE_MIN).as_secs()).unwrap_or(i64::MAX);
        let old = |meta: &ObjectMeta| meta.last_modified.timestamp().saturating_add(grace) < now.unix();
        let mut swept = Swept::default();
        for meta in self.list("sealed")? {
            let Some(id) = id_of(&meta.location) else {
                swept.foreign.push(meta.location.to_string());
                continue;
            };
            if !old(&meta) || self.is_claimed(&id, &old)? || is_referenced(&id)? {
                continue;
            }
            self.delete(&meta.location)?;
            swept.objects.push(id);
        }
        for meta in self.list("claims")? {
            match id_of(&meta.location) {
                Some(id) if old(&meta) => {
                    self.delete(&meta.location)?;
                    swept.claims.push(id);
                }
                Some(_) => {}
                None => swept.foreign.push(meta.location.to_string()),
            }
        }
        self.sweep_parts(now, grace)?;
        Ok(swept)
    }
    /// A claim that is as old as what may be swept protects nothing: its writer is gone.
    fn is_claimed(&self, id: &ExhibitId, old: &dyn Fn(&ObjectMeta) -> bool) -> Result<bool, StoreError> {
        let claim = self.claim(id);
        match self.run(self.0.store.head(&claim)) {
            Ok(meta) => Ok(!old(&meta)),
            Err(object_store::Error::NotFound { .. }) => Ok(false),
            Err(why) => Err(refused("asking for", &claim, why)),
        }
    }
    fn list(&self, below: &str) -> Result<Vec<ObjectMeta>, StoreError> {
        let prefix = self.0.prefix.clone().join(below);
        let listed = self.run(self.0.store.list(Some(&prefix)).try_collect());
        listed.map_err(|why| refused("listing", &prefix, why))
    }
    /// In a folder, parts of an object that was never finished lie beside the objects, as `id#number`; listing does not show them. An object
    /// store drops them by a rule of the bucket.
    fn sweep_parts(&self, now: Moment, grace: i64) -> Result<(), StoreError> {
        let Some(folder) = self.0.folder.as_ref().map(|folder| folder.join("sealed")) else {
            return Ok(());
        };
        let failed = |why| super::unusable(&format!("sweeping {}", folder.display()), why);
        let entries = match std::fs::read_dir(&folder) {
            Err(why) if why.kind() == std::io::ErrorKind::NotFound => return Ok(()),
            entries => entries.map_err(failed)?,
        };
        for entry in entries {
            let entry = entry.map_err(failed)?;
            let name = entry.file_name().to_string_lossy().into_owned();
            let part = name.split_once('#').is_some_and(|(id, _)| id.parse::<ExhibitId>().is_ok());
            let changed = entry.metadata().and_then(|meta| meta.modified()).map_err(failed)?;
            let changed = changed.duration_since(std::time::UNIX_EPOCH).map_or(0, |since| since.as_secs());
            if part && i64::try_from(changed).unwrap_or(i64::MAX).saturating_add(grace) < now.unix() {
                std::fs::remove_file(entry.path()).map_err(failed)?;
            }
        }
        Ok(())
    }
}

fn id_of(path: &Path) -> Option<ExhibitId> {
    path.filename()?.parse().ok()
}
