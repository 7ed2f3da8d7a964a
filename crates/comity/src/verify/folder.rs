//! An export that was unpacked into a folder. Links are not followed: what is checked is what lies in the folder.

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use evidence::verify::Parts;

use crate::{Ended, FAILURE};

/// So many files are looked at; an export has no more.
const FILES_MAX: usize = 21_000;
/// So deep a folder is looked into; an export is no deeper.
const DEPTH_MAX: usize = 4;

/// The folder.
pub struct Folder {
    root: PathBuf,
    names: Vec<String>,
}

impl Folder {
    /// Lists it.
    pub fn open(root: &Path) -> Result<Self, Ended> {
        let mut names = Vec::new();
        list(root, "", 0, &mut names)
            .map_err(|why| Ended::new(FAILURE, format!("{} cannot be read: {why}", root.display())))?;
        names.sort();
        Ok(Self { root: root.to_owned(), names })
    }
}

fn list(folder: &Path, before: &str, depth: usize, names: &mut Vec<String>) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let name = format!("{before}{}", entry.file_name().to_string_lossy());
        let kind = entry.file_type()?;
        if kind.is_dir() && depth < DEPTH_MAX {
            list(&entry.path(), &format!("{name}/"), depth + 1, names)?;
        } else {
            names.push(name);
        }
        if names.len() > FILES_MAX {
            return Err(io::Error::other("it holds more files than any export"));
        }
    }
    Ok(())
}

impl Parts for Folder {
    fn names(&self) -> Vec<String> {
        self.names.clone()
    }
    fn open(&self, name: &str) -> io::Result<Box<dyn Read + '_>> {
        let path = self.root.join(name);
        if !self.names.iter().any(|known| known == name) || !path.symlink_metadata()?.is_file() {
            return Err(io::Error::new(io::ErrorKind::InvalidData, "it is no plain file"));
        }
        Ok(Box::new(File::open(path)?))
    }
}
