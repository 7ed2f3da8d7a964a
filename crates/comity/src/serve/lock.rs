//! Locks between processes: one node on one data folder, one hand at a time on the keyring.
//!
//! A lock lives in a file and dies with the process that holds it, however that ends. The file says who holds it.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Read as _, Seek as _, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;

use crate::{CONFLICT, Ended, FAILURE};

/// Held until it is dropped.
#[derive(Debug)]
pub struct Lock(#[expect(dead_code, reason = "the lock is given back when the file is closed")] File);

fn open(path: &Path) -> Result<File, Ended> {
    let file = OpenOptions::new().read(true).write(true).create(true).truncate(false).mode(0o600).open(path);
    file.map_err(|why| Ended::new(FAILURE, format!("the lock file {} cannot be opened: {why}", path.display())))
}

/// Which process holds a lock: its number, or 0 where it did not say so yet.
fn holder(file: &mut File) -> i32 {
    let mut text = String::new();
    let read = file.rewind().and_then(|()| file.take(32).read_to_string(&mut text));
    read.ok().and_then(|_| text.trim().parse().ok()).unwrap_or(0)
}

impl Lock {
    /// Takes the lock that this file stands for, or says which process holds it.
    pub fn take(path: &Path, what: &str) -> Result<Self, Ended> {
        let mut file = open(path)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                let sentence =
                    format!("{what} is in use by process {} (lock file {}).", holder(&mut file), path.display());
                return Err(Ended::new(CONFLICT, sentence));
            }
            Err(TryLockError::Error(why)) => {
                return Err(Ended::new(FAILURE, format!("{} cannot be locked: {why}", path.display())));
            }
        }
        let written =
            file.set_len(0).and_then(|()| file.rewind()).and_then(|()| write!(file, "{}", std::process::id()));
        written.map_err(|why| Ended::new(FAILURE, format!("{} cannot be written: {why}", path.display())))?;
        Ok(Self(file))
    }
    /// The process that holds the lock, if any does.
    pub fn held_by(path: &Path) -> Option<i32> {
        let mut file = OpenOptions::new().read(true).write(true).open(path).ok()?;
        match file.try_lock() {
            Err(TryLockError::WouldBlock) => Some(holder(&mut file)),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lock_is_held_once_and_given_back_and_names_its_holder() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("node.lock");
        assert_eq!(Lock::held_by(&path), None);
        let held = Lock::take(&path, "The data folder").expect("free");
        let refused = Lock::take(&path, "The data folder").expect_err("held");
        assert_eq!(refused.code, CONFLICT);
        assert!(refused.sentence.contains(&std::process::id().to_string()), "{}", refused.sentence);
        assert_eq!(Lock::held_by(&path), Some(i32::try_from(std::process::id()).expect("a number")));
        drop(held);
        assert!(Lock::take(&path, "The data folder").is_ok());
    }
}
