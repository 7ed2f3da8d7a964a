//! Hashing beside the work: one thread reads, encrypts and writes, another hashes the same batches. The hash is the slower one, so
//! the pair runs about as fast as the hash alone.
//!
//! A few batches go round; each is shared, read-only, until every hasher and the worker have done with it, and then filled again. So memory is
//! constant whatever the size of the exhibit. Batches hold plaintext and are erased when they are dropped.

use std::io::Read;
use std::sync::Arc;
use std::sync::mpsc::{self, Receiver, Sender, SyncSender};
use std::thread;

use sha2::{Sha256, Sha512};
use terms::Digest;
use zeroize::Zeroizing;

use crate::cobblestone::CHUNK;
use crate::{Digest512, Digests, Failure};

/// Bytes of plaintext that are handled at a time.
pub(crate) const BATCH: usize = 64 * CHUNK;
/// So many batches go round.
const ROUND: usize = 4;

/// Plaintext; erased when dropped.
pub(crate) type Batch = Zeroizing<Vec<u8>>;

/// What the worker gets batches from and hands them to.
pub(crate) struct Feed {
    free: Vec<Batch>,
    made: usize,
    hashers: Vec<SyncSender<Arc<Batch>>>,
    back: Receiver<Arc<Batch>>,
}

impl Feed {
    /// An empty batch; waits until one comes back if all are under way.
    pub(crate) fn buffer(&mut self) -> Batch {
        loop {
            if let Some(batch) = self.free.pop() {
                return batch;
            }
            if self.made < ROUND {
                self.made += 1;
                return new_batch();
            }
            match self.back.recv() {
                Ok(batch) => self.give_back(batch),
                // Only a hasher that panicked hangs up; its panic is passed on when it is joined.
                Err(_) => return new_batch(),
            }
        }
    }
    /// Has the batch hashed; the worker may read it meanwhile, and gives it back afterwards.
    pub(crate) fn hash(&mut self, batch: Batch) -> Arc<Batch> {
        let shared = Arc::new(batch);
        for hasher in &self.hashers {
            // As above: a hasher that hung up has panicked.
            let _ = hasher.send(Arc::clone(&shared));
        }
        shared
    }
    /// One of its holders has done with the batch. The last one frees it.
    pub(crate) fn give_back(&mut self, shared: Arc<Batch>) {
        if let Some(mut batch) = Arc::into_inner(shared) {
            batch.clear();
            self.free.push(batch);
        }
    }
}

/// Runs `work` while what it feeds is hashed on other threads; answers its result and the digests.
pub(crate) fn alongside<T>(
    also_sha512: bool,
    work: impl FnOnce(&mut Feed) -> Result<T, Failure>,
) -> Result<(T, Digests), Failure> {
    thread::scope(|scope| {
        let (done, back) = mpsc::channel();
        let (to_sha256, batches) = mpsc::sync_channel(ROUND);
        let back_256 = done.clone();
        let sha256 = scope.spawn(move || hash_all::<Sha256>(batches, back_256));
        let mut hashers = vec![to_sha256];
        let sha512 = also_sha512.then(|| {
            let (to_sha512, batches) = mpsc::sync_channel(ROUND);
            hashers.push(to_sha512);
            let back_512 = done.clone();
            scope.spawn(move || hash_all::<Sha512>(batches, back_512))
        });
        drop(done);
        let mut feed = Feed { free: Vec::new(), made: 0, hashers, back };
        let result = work(&mut feed);
        // Hanging up tells the hashers that all has been handed over.
        drop(feed);
        let sha256 = Digest::new(joined(sha256).into());
        let sha512 = sha512.map(|hasher| Digest512::new(joined(hasher).into()));
        Ok((result?, Digests { sha256, sha512 }))
    })
}

fn hash_all<D: sha2::Digest>(batches: Receiver<Arc<Batch>>, back: Sender<Arc<Batch>>) -> sha2::digest::Output<D> {
    let mut hash = D::new();
    for batch in batches {
        hash.update(batch.as_slice());
        // The worker may have ended; then nobody needs the batch.
        let _ = back.send(batch);
    }
    hash.finalize()
}

/// Room for a whole batch from the start, so that growing never leaves a copy of plaintext behind.
fn new_batch() -> Batch {
    Zeroizing::new(Vec::with_capacity(BATCH))
}

fn joined<T>(hasher: thread::ScopedJoinHandle<'_, T>) -> T {
    hasher.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
}

/// Reads until `into` holds `wanted` bytes or the source ends. Memory grows by what arrives, up to `wanted`.
pub(crate) fn fill(source: &mut dyn Read, into: &mut Vec<u8>, wanted: usize) -> Result<(), Failure> {
    let missing = wanted - into.len();
    Read::take(source, missing as u64).read_to_end(into).map_err(Failure::source)?;
    Ok(())
}
