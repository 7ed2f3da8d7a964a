//! Sweeping: what an interrupted intake or arrival left behind goes, and nothing else.
//!
//! Three things protect an object, each by itself: it is young; it is claimed by who writes it; the database refers to it. The last is asked for every
//! object anew, right before it is removed, and in doubt (the question fails) nothing is removed.
//!
//! In a folder a writer holds a lock on its claim. Where nobody does, and the claim is no more than a minute young, the writer was killed: what it wrote
//! protects nothing any more, however young it is. So a process that is killed again and again does not fill the disk.

use std::collections::BTreeSet;
use std::fs::{File, TryLockError};
use std::time::Duration;

use futures_util::TryStreamExt as _;
use object_store::path::Path;
use object_store::{ObjectMeta, ObjectStore as _, ObjectStoreExt as _};
use terms::{ExhibitId, Moment};

use super::{Blobs, refused};
use crate::StoreError;

/// The shortest time for which an object is young: longer than any clock is wrong, and than any intake takes to commit its row.
const GRACE_MIN: Duration = Duration::from_secs(3_600);

/// Before it is so old, a claim that nobody has locked may be one whose writer is about to.
const TO_LOCK: i64 = 60;

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
        let dead = self.dead(now)?;
        let mut swept = Swept::default();
        for meta in self.list("sealed")? {
            let Some(id) = id_of(&meta.location) else {
                swept.foreign.push(meta.location.to_string());
                continue;
            };
            let protected = !dead.contains(&id) && (!old(&meta) || self.is_claimed(&id, &old)?);
            if protected || is_referenced(&id)? {
                continue;
            }
            self.delete(&meta.location)?;
            swept.objects.push(id);
        }
        self.sweep_parts(now, grace, &dead)?;
        for meta in self.list("claims")? {
            match id_of(&meta.location) {
                Some(id) if old(&meta) || dead.contains(&id) => {
                    self.delete(&meta.location)?;
                    swept.claims.push(id);
                }
                Some(_) => {}
                None => swept.foreign.push(meta.location.to_string()),
            }
        }
        Ok(swept)
    }
    /// The ids whose writers were killed: their claims are there, and nobody has locked them. Nobody can take up such an id again: its claim is in the way.
    fn dead(&self, now: Moment) -> Result<BTreeSet<ExhibitId>, StoreError> {
        let mut dead = BTreeSet::new();
        for meta in self.list("claims")? {
            let Some((id, file)) = id_of(&meta.location).and_then(|id| Some((id, self.claim_file(&id)?))) else {
                continue;
            };
            if meta.last_modified.timestamp().saturating_add(TO_LOCK) >= now.unix() {
                continue;
            }
            match File::open(&file).map(|claim| claim.try_lock()) {
                Ok(Ok(())) => {
                    dead.insert(id);
                }
                Ok(Err(TryLockError::WouldBlock)) => {}
                // Its writer has just ended, in whatever way.
                Err(why) if why.kind() == std::io::ErrorKind::NotFound => {}
                Ok(Err(TryLockError::Error(why))) | Err(why) => {
                    return Err(super::unusable(&format!("asking who writes {id}"), why));
                }
            }
        }
        Ok(dead)
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
    fn sweep_parts(&self, now: Moment, grace: i64, dead: &BTreeSet<ExhibitId>) -> Result<(), StoreError> {
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
            let Some(id) = name.split_once('#').and_then(|(id, _)| id.parse::<ExhibitId>().ok()) else { continue };
            let changed = entry.metadata().and_then(|meta| meta.modified()).map_err(failed)?;
            let changed = changed.duration_since(std::time::UNIX_EPOCH).map_or(0, |since| since.as_secs());
            if dead.contains(&id) || i64::try_from(changed).unwrap_or(i64::MAX).saturating_add(grace) < now.unix() {
                std::fs::remove_file(entry.path()).map_err(failed)?;
            }
        }
        Ok(())
    }
}

fn id_of(path: &Path) -> Option<ExhibitId> {
    path.filename()?.parse().ok()
}
