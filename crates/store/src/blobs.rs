//! Where the sealed bytes of exhibits lie: a folder, or an S3-compatible object store. Immutable objects, named by the exhibit's id.
//!
//! ```text
//! Blobs::create(id, about so many bytes) ─▶ NewBlob (Write) ─finish─▶ Written ─referenced()─▶ done
//! Blobs::arrived(id, a file that was verified) ─▶ done, and may be said again
//! Blobs::get(id) ─▶ Blob: its size, any range of it, or all of it as a stream
//! ```
//!
//! INVARIANTS: an object appears whole or not at all, and is never changed: what is written again is the same, as it was verified. What nobody refers to is swept, and what somebody
//! refers to is never touched: while an object is being written, and until its writer says that the database refers to it, a *claim* stands beside
//! it; [`Blobs::sweep`] leaves alone what is young or claimed, and asks before every single removal.
//!
//! This room neither encrypts nor checks: what is stored was sealed before, and is authenticated by whoever reads it. The calls block; they must not
//! be made from a task of an asynchronous runtime. How to run either kind: `docs/operating/exhibits.md`.

mod location;
mod read;
mod room;
mod sweep;
mod write;

use std::future::Future;
use std::path::PathBuf;
use std::sync::Arc;

use object_store::path::Path;
use object_store::{ObjectStore, ObjectStoreExt as _};
use terms::ExhibitId;
use tokio::runtime::Runtime;

use crate::StoreError;
pub use location::BlobLocation;
pub use read::Blob;
pub use room::room_in;
pub use sweep::Swept;
pub use write::{NewBlob, Written};

/// The place of all sealed exhibits of a node.
#[derive(Debug, Clone)]
pub struct Blobs(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    store: Box<dyn ObjectStore>,
    /// Below which everything stands, in the object store.
    prefix: Path,
    /// The folder, if it is one.
    folder: Option<PathBuf>,
    runtime: Option<Runtime>,
}

impl Drop for Inner {
    /// Whoever lets go last may stand on a thread that must not wait.
    fn drop(&mut self) {
        self.runtime.take().into_iter().for_each(Runtime::shutdown_background);
    }
}

impl Blobs {
    /// Opens a place. A folder is made if it is not there; an object store is asked by the first call. Its credentials are those of the environment.
    ///
    /// # Errors
    /// The place cannot be used.
    pub fn open(location: &BlobLocation) -> Result<Self, StoreError> {
        Self::open_as(location, None)
    }
    /// The same with credentials that the caller keeps, in place of those of the environment: key id and secret.
    ///
    /// # Errors
    /// The place cannot be used.
    pub fn open_as(location: &BlobLocation, credentials: Option<(&str, &str)>) -> Result<Self, StoreError> {
        let (store, prefix, folder) = location.open(credentials)?;
        let mut runtime = tokio::runtime::Builder::new_multi_thread();
        let runtime = runtime.worker_threads(2).enable_all().thread_name("blobs").build();
        let runtime = runtime.map_err(|why| unusable("starting a thread", why))?;
        Ok(Self(Arc::new(Inner { store, prefix, folder, runtime: Some(runtime) })))
    }
    /// Begins an object of about `expected` bytes; fails if there is one of that id, or one is being written.
    ///
    /// # Errors
    /// It is there, there is no room, or the place does not answer.
    pub fn create(&self, id: &ExhibitId, expected: u64) -> Result<NewBlob, StoreError> {
        self.check_room(expected)?;
        write::create(self, id, expected)
    }
    /// Keeps a whole file as an object; the file is gone afterwards. For what came from elsewhere and was verified: its bytes are the same whoever
    /// keeps it and however often, so nobody claims it, and after a crash it is simply kept again. What lies there under its name is replaced.
    ///
    /// # Errors
    /// The file cannot be read, there is no room, or the place does not answer. Then the file is still there.
    pub fn arrived(&self, id: &ExhibitId, file: &std::path::Path) -> Result<(), StoreError> {
        write::arrived(self, id, file)
    }
    /// An object, to be read.
    ///
    /// # Errors
    /// There is none, or the place does not answer.
    pub fn get(&self, id: &ExhibitId) -> Result<Blob, StoreError> {
        let path = self.sealed(id);
        if let Some(file) = self.file(id) {
            return read::file(self, path, &file);
        }
        let found = self.run(self.0.store.head(&path)).map_err(|why| refused("asking for", &path, why))?;
        Ok(Blob::new(self.clone(), path, found.size, None))
    }
    /// The file of an object, if the place is a folder.
    fn file(&self, id: &ExhibitId) -> Option<PathBuf> {
        self.0.folder.as_ref().map(|folder| folder.join("sealed").join(id.to_string()))
    }
    /// Removes an object, for example one whose keys were destroyed. That it is gone already is no error.
    ///
    /// # Errors
    /// The place does not answer.
    pub fn remove(&self, id: &ExhibitId) -> Result<(), StoreError> {
        self.delete(&self.sealed(id))
    }
    fn delete(&self, path: &Path) -> Result<(), StoreError> {
        match self.run(self.0.store.delete(path)) {
            Ok(()) | Err(object_store::Error::NotFound { .. }) => Ok(()),
            Err(why) => Err(refused("removing", path, why)),
        }
    }
    fn run<T>(&self, call: impl Future<Output = T>) -> T {
        self.runtime().block_on(call)
    }
    fn runtime(&self) -> &Runtime {
        self.0.runtime.as_ref().expect("INVARIANT: taken when the last one lets go")
    }
    fn sealed(&self, id: &ExhibitId) -> Path {
        self.0.prefix.clone().join("sealed").join(id.to_string())
    }
    fn claim(&self, id: &ExhibitId) -> Path {
        self.0.prefix.clone().join("claims").join(id.to_string())
    }
}

impl Blobs {
    /// The file of a claim, in a folder.
    fn claim_file(&self, id: &ExhibitId) -> Option<PathBuf> {
        self.0.folder.as_ref().map(|folder| folder.join("claims").join(id.to_string()))
    }
    /// Locks a claim of our own for as long as the file is kept: whoever can lock it later knows that its writer is gone. The system lets go when a process
    /// ends, however it ends. An object store has no locks.
    fn lock(&self, id: &ExhibitId) -> std::io::Result<Option<std::fs::File>> {
        let Some(path) = self.claim_file(id) else { return Ok(None) };
        let file = std::fs::File::open(path)?;
        file.lock()?;
        Ok(Some(file))
    }
}

/// A place that answered with an error.
fn refused(doing: &str, path: &Path, why: object_store::Error) -> StoreError {
    match &why {
        object_store::Error::NotFound { .. } => StoreError::NotThere(path.to_string()),
        object_store::Error::AlreadyExists { .. } | object_store::Error::Precondition { .. } => {
            StoreError::Exists(path.to_string())
        }
        // Whatever is not a clear no may pass: a connection, a server that restarts, a full disk in which somebody makes room.
        object_store::Error::Generic { .. } | object_store::Error::JoinError { .. } => {
            StoreError::Object { doing: format!("{doing} {path}"), retryable: true, cause: Arc::new(why) }
        }
        _ => StoreError::Object { doing: format!("{doing} {path}"), retryable: false, cause: Arc::new(why) },
    }
}

fn unusable(doing: &str, why: impl std::error::Error + Send + Sync + 'static) -> StoreError {
    StoreError::Object { doing: doing.to_owned(), retryable: false, cause: Arc::new(why) }
}
