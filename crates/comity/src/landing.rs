//! A file that comes in pieces: it has its name only once it is whole, and takes nobody's place.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{Read as _, Seek as _, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use sha2::{Digest as _, Sha256};

use crate::{CONFLICT, Ended, FAILURE, USAGE, VERIFICATION};

/// A file that has its name only once it is whole.
pub struct Landing {
    part: PathBuf,
    file: File,
    digest: Sha256,
    length: u64,
    kept: bool,
}

/// The hidden name beside a file, and that the file is not there yet.
fn beside(to: &Path, ending: &str) -> Result<PathBuf, Ended> {
    if to.symlink_metadata().is_ok() {
        return Err(Ended::new(USAGE, format!("{} is there already, and nothing is overwritten.", to.display())));
    }
    let name = to.file_name().ok_or_else(|| Ended::new(USAGE, "--to names no file."))?;
    Ok(to.with_file_name(format!(".{}.part-{ending}", name.to_string_lossy())))
}

impl Landing {
    /// A new file beside the one that is to be.
    pub fn begin(to: &Path) -> Result<Self, Ended> {
        let part = beside(to, &std::process::id().to_string())?;
        let file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&part);
        let file = file.map_err(|why| Ended::new(FAILURE, format!("{} cannot be made: {why}", part.display())))?;
        Ok(Self { part, file, digest: Sha256::new(), length: 0, kept: false })
    }
    /// The same for something that has a name of its own and so many bytes; what an earlier landing of it left is gone on with.
    pub fn go_on(to: &Path, what: &str, size: u64) -> Result<Self, Ended> {
        let part = beside(to, what)?;
        let failed = |why: std::io::Error| Ended::new(FAILURE, format!("{} cannot be used: {why}", part.display()));
        let file = OpenOptions::new().read(true).write(true).create(true).truncate(false).mode(0o600).open(&part);
        let mut file = file.map_err(failed)?;
        if let Err(TryLockError::WouldBlock) = file.try_lock() {
            return Err(Ended::new(CONFLICT, format!("{} is being written by another command.", part.display())));
        }
        let (mut digest, mut length, mut piece) = (Sha256::new(), 0, vec![0; 1 << 20]);
        loop {
            match file.read(&mut piece).map_err(failed)? {
                0 => break,
                count => {
                    digest.update(&piece[..count]);
                    length += count as u64;
                }
            }
        }
        let mut landing = Self { part: part.clone(), file, digest, length, kept: false };
        if landing.length >= size {
            landing.begin_again().map_err(failed)?;
        }
        Ok(landing)
    }
    /// How many bytes have come.
    pub fn length(&self) -> u64 {
        self.length
    }
    /// Forgets what came.
    pub fn begin_again(&mut self) -> std::io::Result<()> {
        self.file.set_len(0)?;
        self.file.rewind()?;
        (self.digest, self.length) = (Sha256::new(), 0);
        Ok(())
    }
    /// Leaves what came where it is, for a later landing; says how much.
    pub fn stay(mut self) -> u64 {
        self.kept = true;
        self.length
    }
    /// Takes what came next.
    pub fn take(&mut self, piece: &[u8]) -> std::io::Result<()> {
        self.file.write_all(piece)?;
        self.digest.update(piece);
        self.length += piece.len() as u64;
        Ok(())
    }
    /// Gives the file its name, if it is what it must be; says what it hashes to.
    pub fn keep(mut self, to: &Path, expected: Option<&str>) -> Result<String, Ended> {
        let found = hex::encode(std::mem::take(&mut self.digest).finalize());
        if let Some(expected) = expected.filter(|expected| *expected != found) {
            let sentence = format!("What came hashes to {found} and was sealed as {expected}. It was not kept.");
            return Err(Ended::new(VERIFICATION, sentence));
        }
        // A link, unlike a renaming, never takes the place of a file that came there meanwhile.
        let named = self.file.sync_all().and_then(|()| fs::hard_link(&self.part, to));
        named.map_err(|why| Ended::new(FAILURE, format!("{} cannot be written: {why}", to.display())))?;
        Ok(found)
    }
}

impl Drop for Landing {
    fn drop(&mut self) {
        // Whole, it has its own name by now; otherwise it is half an exhibit.
        if !self.kept
            && let Err(why) = fs::remove_file(&self.part)
        {
            eprintln!("{} is not whole and could not be removed: {why}", self.part.display());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn landed(folder: &Path, bytes: &[u8], expected: &str) -> Result<(), Ended> {
        let to = folder.join("exhibit.pdf");
        let mut landing = Landing::begin(&to)?;
        landing.take(bytes).expect("written");
        landing.keep(&to, Some(expected)).map(drop)
    }

    #[test]
    fn a_file_has_its_name_only_if_it_is_what_was_sealed_and_nothing_half_is_left() {
        let folder = tempfile::tempdir().expect("a folder");
        let left = || fs::read_dir(folder.path()).expect("a folder").count();
        let abc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        let differs = landed(folder.path(), b"abd", abc).expect_err("it differs");
        assert_eq!((differs.code, left()), (VERIFICATION, 0));
        assert!(landed(folder.path(), b"abc", abc).is_ok());
        assert_eq!(left(), 1);
        assert_eq!(fs::read(folder.path().join("exhibit.pdf")).expect("whole"), b"abc");
        assert_eq!(landed(folder.path(), b"abc", abc).expect_err("nothing is overwritten").code, USAGE);
    }

    #[test]
    fn after_a_cut_it_goes_on_and_after_anything_else_it_begins_again() {
        let folder = tempfile::tempdir().expect("a folder");
        let to = folder.path().join("exhibit.pdf");
        let abc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        let begun = |size: u64| Landing::go_on(&to, "e1", size);
        let mut landing = begun(3).expect("new");
        landing.take(b"ab").expect("written");
        assert_eq!(begun(3).err().map(|ended| ended.code), Some(CONFLICT), "two at once");
        assert_eq!(landing.stay(), 2);
        let mut landing = begun(3).expect("goes on");
        assert_eq!(landing.length(), 2);
        landing.take(b"c").expect("written");
        landing.keep(&to, Some(abc)).expect("whole");
        fs::remove_file(&to).expect("removed");
        // What is longer than it can be, or was interrupted, is not gone on with.
        let mut landing = begun(3).expect("new");
        landing.take(b"abcd").expect("written");
        landing.stay();
        let landing = begun(3).expect("new");
        assert_eq!(landing.length(), 0);
        drop(landing);
        assert_eq!(fs::read_dir(folder.path()).expect("a folder").count(), 0);
    }
}
