//! A file that comes in pieces: it has its name only once it is whole, and takes nobody's place.

use std::fs::{self, File, OpenOptions};
use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use sha2::{Digest as _, Sha256};

use crate::{Ended, FAILURE, USAGE, VERIFICATION};

/// A file that has its name only once it is whole.
pub struct Landing {
    part: PathBuf,
    file: File,
    digest: Sha256,
    kept: bool,
}

impl Landing {
    /// A new file beside the one that is to be.
    pub fn begin(to: &Path) -> Result<Self, Ended> {
        if to.symlink_metadata().is_ok() {
            return Err(Ended::new(USAGE, format!("{} is there already, and nothing is overwritten.", to.display())));
        }
        let name = to.file_name().ok_or_else(|| Ended::new(USAGE, "--to names no file."))?;
        let part = to.with_file_name(format!(".{}.part-{}", name.to_string_lossy(), std::process::id()));
        let file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&part);
        let file = file.map_err(|why| Ended::new(FAILURE, format!("{} cannot be made: {why}", part.display())))?;
        Ok(Self { part, file, digest: Sha256::new(), kept: false })
    }
    /// Takes what came next.
    pub fn take(&mut self, piece: &[u8]) -> std::io::Result<()> {
        self.digest.update(piece);
        self.file.write_all(piece)
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
        self.kept = true;
        Ok(found)
    }
}

impl Drop for Landing {
    fn drop(&mut self) {
        // Whole, it has its own name by now; otherwise it is half an exhibit.
        let removed = fs::remove_file(&self.part);
        if let (Err(why), false) = (removed, self.kept) {
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
}
