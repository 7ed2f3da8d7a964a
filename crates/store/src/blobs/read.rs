//! Reading an object: any range of it, or all of it as a stream of ranges. A folder's object is read from the file, opened once.

use std::fs::File;
use std::io::{self, Read};
use std::os::unix::fs::FileExt as _;
use std::sync::Arc;

use object_store::ObjectStoreExt as _;
use object_store::path::Path;

use super::{Blobs, refused, unusable};
use crate::StoreError;

/// So many bytes are asked for at a time when an object is read as a stream.
const AHEAD: u64 = 4 << 20;

/// An object, open for reading.
#[derive(Debug, Clone)]
pub struct Blob {
    blobs: Blobs,
    path: Path,
    size: u64,
    /// The file, if the place is a folder.
    file: Option<Arc<File>>,
}

/// Opens an object that is a file.
pub(super) fn file(blobs: &Blobs, path: Path, at: &std::path::Path) -> Result<Blob, StoreError> {
    let opened = File::open(at).and_then(|file| Ok((file.metadata()?.len(), file)));
    match opened {
        Ok((size, file)) => Ok(Blob::new(blobs.clone(), path, size, Some(Arc::new(file)))),
        Err(why) if why.kind() == io::ErrorKind::NotFound => Err(StoreError::NotThere(path.to_string())),
        Err(why) => Err(unusable(&format!("opening {path}"), why)),
    }
}

impl Blob {
    pub(super) fn new(blobs: Blobs, path: Path, size: u64, file: Option<Arc<File>>) -> Self {
        Self { blobs, path, size, file }
    }
    /// Whether each reading costs a request to a server, so that larger ones are better.
    pub fn is_far(&self) -> bool {
        self.file.is_none()
    }
    /// Its bytes.
    pub fn size(&self) -> u64 {
        self.size
    }
    /// Fills `into` from the bytes at `offset`.
    ///
    /// # Errors
    /// There are fewer, or the place does not answer.
    pub fn read_exact_at(&self, offset: u64, into: &mut [u8]) -> Result<(), StoreError> {
        let ends = offset.checked_add(into.len() as u64).filter(|ends| *ends <= self.size);
        let ends = ends.ok_or_else(|| StoreError::Misuse(format!("{} has only {} bytes", self.path, self.size)))?;
        if into.is_empty() {
            return Ok(());
        }
        if let Some(file) = &self.file {
            return file.read_exact_at(into, offset).map_err(|why| unusable(&format!("reading {}", self.path), why));
        }
        let got = self.blobs.run(self.blobs.0.store.get_range(&self.path, offset..ends));
        let got = got.map_err(|why| refused("reading", &self.path, why))?;
        if got.len() != into.len() {
            return Err(StoreError::Corrupt(format!(
                "{} gave {} bytes where {} stand",
                self.path,
                got.len(),
                into.len()
            )));
        }
        into.copy_from_slice(&got);
        Ok(())
    }
    /// All of it, from the beginning.
    pub fn stream(&self) -> impl Read + Send + 'static {
        Stream { blob: self.clone(), at: 0, ahead: io::Cursor::new(Vec::new()) }
    }
}

struct Stream {
    blob: Blob,
    at: u64,
    ahead: io::Cursor<Vec<u8>>,
}

impl Read for Stream {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        if self.ahead.position() == self.ahead.get_ref().len() as u64 && self.at < self.blob.size {
            let mut next = std::mem::take(&mut self.ahead).into_inner();
            next.resize(AHEAD.min(self.blob.size - self.at) as usize, 0);
            self.blob.read_exact_at(self.at, &mut next).map_err(io::Error::other)?;
            self.at += next.len() as u64;
            self.ahead = io::Cursor::new(next);
        }
        self.ahead.read(into)
    }
}
