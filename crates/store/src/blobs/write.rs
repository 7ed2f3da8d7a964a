//! Writing an object: claimed first, then in parts, then whole at once. What arrived whole as a file becomes an object by its name alone, if it can.

use std::fs::{self, File};
use std::io::{self, Write};

use object_store::{MultipartUpload, ObjectStoreExt as _, PutMode, PutPayload};
use terms::ExhibitId;

use super::{Blobs, refused, unusable};
use crate::StoreError;

/// The least and usual size of a part.
const PART: usize = 8 << 20;
/// So many parts an object has at most, with room below the 10,000 of S3.
const PARTS: u64 = 9_000;
/// So many parts are under way at a time; with one that fills, this bounds memory.
const UNDER_WAY: usize = 3;

/// An object that is being written. Dropped before [`NewBlob::finish`], it leaves nothing but its claim, and perhaps parts, which are swept.
#[derive(Debug)]
pub struct NewBlob {
    blobs: Blobs,
    id: ExhibitId,
    part: usize,
    buffer: Vec<u8>,
    upload: Option<Box<dyn MultipartUpload>>,
    under_way: Vec<tokio::task::JoinHandle<object_store::Result<()>>>,
    size: u64,
    claimed: bool,
    lock: Option<File>,
    finished: bool,
}

pub(super) fn create(blobs: &Blobs, id: &ExhibitId, expected: u64) -> Result<NewBlob, StoreError> {
    let (path, claim) = (blobs.sealed(id), blobs.claim(id));
    // Whoever makes the claim writes the object. It is made before one looks, so that of two writers one sees the other.
    let claimed = blobs.run(blobs.0.store.put_opts(&claim, PutPayload::default(), PutMode::Create.into()));
    claimed.map_err(|why| refused("claiming", &claim, why))?;
    let lock = blobs.lock(id).map_err(|why| unusable(&format!("locking {claim}"), why))?;
    match blobs.run(blobs.0.store.head(&path)) {
        Err(object_store::Error::NotFound { .. }) => {}
        found => {
            blobs.delete(&claim)?;
            return Err(
                found.map_or_else(|why| refused("asking for", &path, why), |_| StoreError::Exists(path.to_string()))
            );
        }
    }
    let mut new = NewBlob::new(blobs, id, expected, true);
    new.lock = lock;
    Ok(new)
}

/// Renames the file if it lies on the disk of the folder; otherwise it is copied, and removed once the object is whole.
pub(super) fn arrived(blobs: &Blobs, id: &ExhibitId, from: &std::path::Path) -> Result<(), StoreError> {
    let failed = |why: io::Error| unusable(&format!("keeping {}", from.display()), why);
    let mut file = File::open(from).map_err(failed)?;
    file.sync_all().map_err(failed)?;
    if let Some(to) = blobs.file(id) {
        let folder = to.parent().expect("INVARIANT: an object lies in a folder");
        let renamed = fs::create_dir_all(folder).and_then(|()| fs::rename(from, &to));
        match renamed {
            Ok(()) => return File::open(folder).and_then(|folder| folder.sync_all()).map_err(failed),
            Err(why) if why.kind() == io::ErrorKind::CrossesDevices => {}
            Err(why) => return Err(failed(why)),
        }
    }
    let size = file.metadata().map_err(failed)?.len();
    blobs.check_room(size)?;
    let mut object = NewBlob::new(blobs, id, size, false);
    io::copy(&mut file, &mut object).map_err(failed)?;
    let _unclaimed = object.finish()?;
    fs::remove_file(from).map_err(failed)
}

impl NewBlob {
    fn new(blobs: &Blobs, id: &ExhibitId, expected: u64, claimed: bool) -> Self {
        let part = PART.max(usize::try_from(expected / PARTS).unwrap_or(usize::MAX));
        let (buffer, upload, under_way) = (Vec::new(), None, Vec::new());
        let (size, lock, finished) = (0, None, false);
        Self { blobs: blobs.clone(), id: *id, part, buffer, upload, under_way, size, claimed, lock, finished }
    }
    /// The object is whole from now on, and cannot be changed any more. It stays claimed until its writer says that the database refers to it.
    ///
    /// # Errors
    /// The place does not answer; then there is no object.
    pub fn finish(mut self) -> Result<Written, StoreError> {
        let path = self.blobs.sealed(&self.id);
        let doing = "finishing";
        match self.upload.take() {
            None => {
                let payload = PutPayload::from(std::mem::take(&mut self.buffer));
                let mode = if self.claimed { PutMode::Create } else { PutMode::Overwrite };
                let put = self.blobs.0.store.put_opts(&path, payload, mode.into());
                self.blobs.run(put).map_err(|why| refused(doing, &path, why))?;
            }
            Some(mut upload) => {
                if !self.buffer.is_empty() {
                    self.send(&mut *upload);
                }
                let outcome = self.settle(0).and_then(|()| self.blobs.run(upload.complete()).map(drop));
                if let Err(why) = outcome {
                    self.upload = Some(upload);
                    return Err(refused(doing, &path, why));
                }
            }
        }
        self.finished = true;
        Ok(Written { blobs: self.blobs.clone(), id: self.id, size: self.size, _lock: self.lock.take() })
    }
    /// Sends what is in the buffer as the next part.
    fn send(&mut self, upload: &mut dyn MultipartUpload) {
        let part = std::mem::take(&mut self.buffer);
        let _inside = self.blobs.runtime().enter();
        let sending = upload.put_part(PutPayload::from(part));
        self.under_way.push(self.blobs.runtime().spawn(sending));
    }
    /// Waits until at most `left` parts are under way.
    fn settle(&mut self, left: usize) -> object_store::Result<()> {
        while self.under_way.len() > left {
            let first = self.under_way.remove(0);
            self.blobs.run(first).map_err(|source| object_store::Error::JoinError { source })??;
        }
        Ok(())
    }
    fn send_full(&mut self) -> Result<(), StoreError> {
        let path = self.blobs.sealed(&self.id);
        let mut upload = match self.upload.take() {
            Some(upload) => upload,
            None => self
                .blobs
                .run(self.blobs.0.store.put_multipart(&path))
                .map_err(|why| refused("beginning", &path, why))?,
        };
        self.send(&mut *upload);
        self.upload = Some(upload);
        self.settle(UNDER_WAY - 1).map_err(|why| refused("writing", &path, why))
    }
}

impl Write for NewBlob {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let room = self.part - self.buffer.len();
        let taken = bytes.len().min(room);
        if self.buffer.is_empty() && self.size > 0 {
            // A part is full: the next one is as large as that, so its room is made at once.
            self.buffer.reserve_exact(self.part);
        }
        self.buffer.extend_from_slice(&bytes[..taken]);
        self.size += taken as u64;
        if self.buffer.len() == self.part {
            self.send_full().map_err(io::Error::other)?;
        }
        Ok(taken)
    }
    /// Nothing is durable before [`NewBlob::finish`].
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Drop for NewBlob {
    fn drop(&mut self) {
        if self.finished {
            return;
        }
        // As far as it goes: what stays behind is swept later. Parts that are under way are waited for, so that none comes after the end.
        for part in self.under_way.drain(..) {
            let _ = self.blobs.run(part);
        }
        if let Some(mut upload) = self.upload.take() {
            let _ = self.blobs.run(upload.abort());
        }
        if self.claimed {
            let _ = self.blobs.delete(&self.blobs.claim(&self.id));
        }
    }
}

/// The receipt for an object: it is whole and durable.
#[derive(Debug)]
#[must_use = "until it is said that the database refers to it, it stays claimed"]
pub struct Written {
    blobs: Blobs,
    id: ExhibitId,
    size: u64,
    _lock: Option<File>,
}

impl Written {
    /// Its bytes.
    pub fn size(&self) -> u64 {
        self.size
    }
    /// The database refers to it now: the claim goes.
    ///
    /// # Errors
    /// The place does not answer; then the claim stays, and does no harm.
    pub fn referenced(self) -> Result<(), StoreError> {
        self.blobs.delete(&self.blobs.claim(&self.id))
    }
}
