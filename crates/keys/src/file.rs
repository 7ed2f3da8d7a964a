//! Files that hold secrets: read only if nobody else can, written whole or not at all, destroyed as well as a file system allows.
//!
//! ```text
//! new:      .name.<random>.new ─fsync─▶ linked as name (fails if taken) ─▶ temporary removed ─▶ folder fsync
//! replace:  .name.<random>.new ─fsync─▶ renamed over name ─▶ folder fsync
//! destroy:  name renamed .name.<random>.gone ─▶ overwritten ─fsync─▶ unlinked ─▶ folder fsync
//! ```
//! Whatever instant the process dies at, the name shows the old file or the new one, whole. What may remain begins with a dot, is
//! never read, and is removed by [`sweep`].

use std::fs::{DirBuilder, File, OpenOptions};
use std::io::{ErrorKind, Read as _, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, MetadataExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use zeroize::Zeroizing;

use crate::KeyFault;

/// Who besides the owner may read a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Readers {
    /// Nobody.
    OwnerAlone,
    /// The group bits may show reading: a service manager's credential, where they stand for an access list.
    ServiceManager,
}

/// Reads a file of at most `max` bytes that nobody else can read or change, and that lies where it says.
pub fn read_private(path: &Path, max: usize, readers: Readers) -> Result<Zeroizing<Vec<u8>>, KeyFault> {
    let at = |fault: KeyFault| fault.in_file(path);
    let real = std::fs::canonicalize(path).map_err(KeyFault::io("finding the file", path))?;
    let folder = std::fs::canonicalize(folder_of(path)).map_err(KeyFault::io("finding its folder", path))?;
    if !real.starts_with(&folder) {
        return Err(at(KeyFault::NotAFile("it is a link that leads out of its folder; name the file itself")));
    }
    // Looked at before it is opened, since opening a pipe would wait for ever.
    let seen = std::fs::symlink_metadata(&real).map_err(KeyFault::io("looking at the file", path))?;
    if !seen.is_file() {
        return Err(at(KeyFault::NotAFile("it is no regular file")));
    }
    let file = File::open(&real).map_err(KeyFault::io("opening the file", path))?;
    let opened = file.metadata().map_err(KeyFault::io("looking at the file", path))?;
    if (opened.dev(), opened.ino()) != (seen.dev(), seen.ino()) {
        return Err(at(KeyFault::NotAFile("it was exchanged while it was being read")));
    }
    let barred = if readers == Readers::ServiceManager { 0o037 } else { 0o077 };
    if opened.mode() & barred != 0 {
        return Err(at(KeyFault::Exposed { mode: opened.mode() & 0o7777, wanted: 0o600 }));
    }
    // All the room at once, so that no half-read copy is left behind in memory that grew.
    let mut bytes = Zeroizing::new(Vec::with_capacity(max + 1));
    file.take(max as u64 + 1).read_to_end(&mut bytes).map_err(KeyFault::io("reading the file", path))?;
    if bytes.len() > max {
        return Err(at(KeyFault::Malformed(format!("it has more than {max} bytes"))));
    }
    Ok(bytes)
}

/// Makes a folder for the owner alone.
pub fn create_folder(path: &Path) -> Result<(), KeyFault> {
    match DirBuilder::new().mode(0o700).create(path) {
        Err(why) if why.kind() == ErrorKind::AlreadyExists => Err(KeyFault::Exists.in_file(path)),
        made => made.map_err(KeyFault::io("making the folder", path)),
    }
}

/// Refuses a folder in which others than its owner may look or write.
pub fn check_folder(path: &Path) -> Result<(), KeyFault> {
    let seen = std::fs::metadata(path).map_err(KeyFault::io("looking at the folder", path))?;
    if !seen.is_dir() {
        return Err(KeyFault::NotAFile("it is no folder").in_file(path));
    }
    if seen.mode() & 0o077 != 0 {
        return Err(KeyFault::Exposed { mode: seen.mode() & 0o7777, wanted: 0o700 }.in_file(path));
    }
    Ok(())
}

/// Bytes that are on the disk under a temporary name, and not yet under their own.
#[derive(Debug)]
pub struct Pending {
    temporary: PathBuf,
    target: PathBuf,
}

impl Pending {
    /// Writes the bytes beside the target, for the owner alone, down to the disk.
    pub fn write(target: &Path, bytes: &[u8]) -> Result<Self, KeyFault> {
        let temporary = beside(target, "new")?;
        let pending = Self { temporary, target: target.to_owned() };
        write_exclusive(&pending.temporary, bytes)?;
        Ok(pending)
    }
    /// Gives them a name that nobody has.
    pub fn publish_new(self) -> Result<(), KeyFault> {
        match std::fs::hard_link(&self.temporary, &self.target) {
            Err(why) if why.kind() == ErrorKind::AlreadyExists => Err(KeyFault::Exists.in_file(&self.target)),
            linked => linked.map_err(KeyFault::io("naming the file", &self.target)),
        }?;
        std::fs::remove_file(&self.temporary).map_err(KeyFault::io("removing the temporary name", &self.temporary))?;
        sync_folder(&self.target)
    }
    /// Puts them in the place of what stood there.
    pub fn replace(self) -> Result<(), KeyFault> {
        std::fs::rename(&self.temporary, &self.target).map_err(KeyFault::io("replacing the file", &self.target))?;
        sync_folder(&self.target)
    }
}

impl Drop for Pending {
    fn drop(&mut self) {
        // Gone already if it was published; otherwise ciphertext that a later sweep would take.
        let _ = std::fs::remove_file(&self.temporary);
    }
}

/// Writes a file that did not exist, down to the disk. Not atomic: for a medium that has no links, then compared.
pub fn write_exclusive(path: &Path, bytes: &[u8]) -> Result<(), KeyFault> {
    let mut file = match OpenOptions::new().write(true).create_new(true).mode(0o600).open(path) {
        Err(why) if why.kind() == ErrorKind::AlreadyExists => Err(KeyFault::Exists.in_file(path)),
        opened => opened.map_err(KeyFault::io("making the file", path)),
    }?;
    file.write_all(bytes).and_then(|()| file.sync_all()).map_err(KeyFault::io("writing the file", path))
}

/// Overwrites and removes a file. File systems and disks may keep copies of what was overwritten.
pub fn destroy(path: &Path) -> Result<(), KeyFault> {
    let gone = beside(path, "gone")?;
    std::fs::rename(path, &gone).map_err(KeyFault::io("taking the file away", path))?;
    sync_folder(path)?;
    overwrite_and_remove(&gone)
}

fn overwrite_and_remove(path: &Path) -> Result<(), KeyFault> {
    let mut file =
        OpenOptions::new().write(true).open(path).map_err(KeyFault::io("opening the file to overwrite it", path))?;
    let size = file.metadata().map_err(KeyFault::io("looking at the file", path))?.len();
    let mut zeros = std::io::repeat(0).take(size);
    let written = std::io::copy(&mut zeros, &mut file).and_then(|_| file.sync_all());
    written.map_err(KeyFault::io("overwriting the file", path))?;
    std::fs::remove_file(path).map_err(KeyFault::io("removing the file", path))?;
    sync_folder(path)
}

/// Removes what an interrupted write or destruction left in the folder; says how many files that were.
pub fn sweep(folder: &Path) -> Result<usize, KeyFault> {
    let mut swept = 0;
    for path in files(folder)? {
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if name.starts_with('.') && (name.ends_with(".new") || name.ends_with(".gone")) {
            overwrite_and_remove(&path)?;
            swept += 1;
        }
    }
    Ok(swept)
}

/// The paths in a folder, sorted.
pub fn files(folder: &Path) -> Result<Vec<PathBuf>, KeyFault> {
    let entries = std::fs::read_dir(folder).map_err(KeyFault::io("reading the folder", folder))?;
    let paths: Result<Vec<_>, _> = entries.map(|entry| entry.map(|entry| entry.path())).collect();
    let mut paths = paths.map_err(KeyFault::io("reading the folder", folder))?;
    paths.sort();
    Ok(paths)
}

/// Makes the names in the folder of `path` durable.
pub fn sync_folder(path: &Path) -> Result<(), KeyFault> {
    let folder = folder_of(path);
    let synced = File::open(folder).and_then(|folder| folder.sync_all());
    synced.map_err(KeyFault::io("making the folder durable", folder))
}

/// The folder in which a path stands.
pub fn folder_of(path: &Path) -> &Path {
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    }
}

/// A hidden name beside `path` that nobody has.
pub fn beside(path: &Path, ending: &str) -> Result<PathBuf, KeyFault> {
    let mut random = [0u8; 8];
    getrandom::fill(&mut random).map_err(|why| KeyFault::Randomness(why.to_string()))?;
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    Ok(folder_of(path).join(format!(".{name}.{}.{ending}", hex::encode(random))))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_crash_between_writing_and_renaming_leaves_the_old_file_usable() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("file");
        Pending::write(&path, b"old").expect("writes").publish_new().expect("publishes");
        let crashed = Pending::write(&path, b"new").expect("writes");
        std::mem::forget(crashed);
        assert_eq!(read_private(&path, 10, Readers::OwnerAlone).expect("reads").as_slice(), b"old");
        assert_eq!(files(folder.path()).expect("lists").len(), 2, "the temporary file remained");
        assert_eq!(sweep(folder.path()).expect("sweeps"), 1);
        assert_eq!(files(folder.path()).expect("lists"), [path]);
    }

    #[test]
    fn what_is_published_as_new_never_replaces_and_leaves_nothing_behind() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("file");
        Pending::write(&path, b"first").expect("writes").publish_new().expect("publishes");
        let second = Pending::write(&path, b"second").expect("writes").publish_new();
        assert_eq!(second.expect_err("taken").code(), "keys.exists");
        assert_eq!(read_private(&path, 10, Readers::OwnerAlone).expect("reads").as_slice(), b"first");
        Pending::write(&path, b"third").expect("writes").replace().expect("replaces");
        assert_eq!(read_private(&path, 10, Readers::OwnerAlone).expect("reads").as_slice(), b"third");
        assert_eq!(files(folder.path()).expect("lists"), [path]);
    }

    #[test]
    fn destroying_overwrites_every_name_of_the_file() {
        let folder = tempfile::tempdir().expect("a folder");
        let (path, other) = (folder.path().join("file"), folder.path().join("other-name"));
        write_exclusive(&path, b"secret").expect("writes");
        std::fs::hard_link(&path, &other).expect("links");
        destroy(&path).expect("destroys");
        assert_eq!(files(folder.path()).expect("lists"), std::slice::from_ref(&other));
        assert_eq!(std::fs::read(other).expect("reads"), [0; 6]);
    }
}
