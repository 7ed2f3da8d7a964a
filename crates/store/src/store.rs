//! The store as its callers hold it: open, read, write.
//!
//! A write is a closure that moves to the writer's thread; a read runs where it is called. Both block, so
//! asynchronous callers go through a thread that may wait, or through [`Store::submit`].

use std::fmt;
use std::ops::ControlFlow;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::Arc;
use std::sync::mpsc::{SyncSender, TrySendError, sync_channel};
use std::thread::{JoinHandle, ThreadId};

use crate::engine::Access;
use crate::engine::location::Location;
use crate::engine::migrate::{STEPS, migrate};
use crate::engine::readers::Readers;
use crate::engine::sqlite;
use crate::engine::writer::{self, Attendant, Attended, Job, Step};
use crate::{ReadTx, StoreError, WriteTx};

/// How much the store may hold on to.
#[derive(Debug, Clone, Copy)]
pub struct Options {
    /// Connections that read at the same time, at most.
    pub readers: usize,
    /// Writes that wait, at most; more are held back.
    pub queue: usize,
    /// Writes that share one commit, at most.
    pub group: usize,
}

impl Default for Options {
    fn default() -> Self {
        Self { readers: 4, queue: 1_024, group: 256 }
    }
}

/// What a node keeps. Cloning it is cheap; the last clone to go waits for the queued writes.
#[derive(Clone)]
pub struct Store(Arc<Inner>);

struct Inner {
    location: Location,
    readers: Readers,
    queue: Option<SyncSender<Job>>,
    writer: Option<JoinHandle<()>>,
    writer_id: ThreadId,
    attended: Attended,
}

impl fmt::Debug for Store {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Store({})", self.0.location)
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        self.queue.take();
        // Closing a connection may wait for its server, which an asynchronous thread is not allowed to do.
        let idle = self.readers.drain();
        let _ = std::thread::spawn(move || drop(idle)).join();
        // A job may hold the last clone of the store; the writer cannot wait for itself.
        if let Some(writer) = self.writer.take().filter(|_| std::thread::current().id() != self.writer_id) {
            let _ = writer.join();
        }
    }
}

impl Store {
    /// Opens the database and brings its schema up to date, or refuses before it has touched anything.
    ///
    /// # Errors
    /// The database cannot be reached, is not ours, or its schema and this program do not fit together.
    pub fn open(location: &Location, options: Options) -> Result<Self, StoreError> {
        let connect = location.connector();
        let mut connection = connect(Access::Write)?;
        migrate(connection.as_mut(), STEPS)?;
        let (queue, jobs) = sync_channel(options.queue.max(1));
        let most = options.group.max(1);
        let attended = Attended::default();
        let by = Arc::clone(&attended);
        let thread = std::thread::Builder::new()
            .name("store-writer".into())
            .spawn(move || writer::run(Some(connection), &connect, &jobs, most, &by))
            .map_err(|cause| StoreError::Unreachable { what: "the writer's thread".into(), cause: Arc::new(cause) })?;
        Ok(Self(Arc::new(Inner {
            location: location.clone(),
            readers: Readers::new(location.connector(), options.readers),
            queue: Some(queue),
            writer_id: thread.thread().id(),
            writer: Some(thread),
            attended,
        })))
    }

    /// Lets `attendant` attend every group of writes from now on. There is one at most: the first stays.
    pub fn attend(&self, attendant: Arc<dyn Attendant>) {
        let _ = self.0.attended.set(attendant);
    }

    /// Where the database is.
    pub fn location(&self) -> &Location {
        &self.0.location
    }

    /// Reads one state of the database. Nobody's write is waited for.
    ///
    /// # Errors
    /// What `work` returns, or that the database could not be read.
    pub fn read<T, E: From<StoreError>>(&self, work: impl FnOnce(&mut ReadTx<'_>) -> Result<T, E>) -> Result<T, E> {
        self.0.readers.read(work)
    }

    /// Writes: all that `work` did is durable when this returns, or none of it is there.
    /// While the queue is full the caller waits: that is the back-pressure.
    ///
    /// # Errors
    /// What `work` returns, or why it could not be kept.
    pub fn write<T, E>(&self, work: impl FnOnce(&mut WriteTx<'_>) -> Result<T, E> + Send + 'static) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
    {
        if std::thread::current().id() == self.0.writer_id {
            return Err(StoreError::Nested.into());
        }
        let (answer, answered) = sync_channel(1);
        let job = job(work, move |outcome| drop(answer.send(outcome)));
        self.queue()?.send(job).map_err(|_| StoreError::Closed)?;
        answered.recv().unwrap_or_else(|_| Err(StoreError::Closed.into()))
    }

    /// Queues a write and returns; `answer` is called on the writer's thread once the write is durable or has failed,
    /// so it should do no more than pass the outcome on. For callers that must not wait.
    ///
    /// # Errors
    /// [`StoreError::Busy`] if the queue is full; then nothing was queued and `answer` is not called.
    pub fn submit<T, E>(
        &self,
        work: impl FnOnce(&mut WriteTx<'_>) -> Result<T, E> + Send + 'static,
        answer: impl FnOnce(Result<T, E>) + Send + 'static,
    ) -> Result<(), StoreError>
    where
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
    {
        self.queue()?.try_send(job(work, answer)).map_err(|error| match error {
            TrySendError::Full(_) => StoreError::Busy,
            TrySendError::Disconnected(_) => StoreError::Closed,
        })
    }

    /// Writes one consistent state of the database into a new file that its owner alone can read. For SQLite; a PostgreSQL is
    /// backed up with its own tools.
    ///
    /// # Errors
    /// The file is there already or cannot be written, or the database is no file.
    pub fn backup_to(&self, file: &Path) -> Result<(), StoreError> {
        self.backup_watched(file, &mut |_| ControlFlow::Continue(())).map(drop)
    }

    /// The same, while `progress` hears how many bytes of the copy are there, and may end it. Says whether the copy is whole; one that is not is removed.
    ///
    /// # Errors
    /// As of [`Store::backup_to`].
    pub fn backup_watched(
        &self,
        file: &Path,
        progress: &mut dyn FnMut(u64) -> ControlFlow<()>,
    ) -> Result<bool, StoreError> {
        if file.symlink_metadata().is_ok() {
            return Err(StoreError::Misuse(format!("{} is there already", file.display())));
        }
        match self.0.location.path() {
            Some(path) => sqlite::copy(path, file, progress),
            None => Err(StoreError::Misuse("a PostgreSQL is backed up with pg_dump or its own base backup".to_owned())),
        }
    }

    fn queue(&self) -> Result<&SyncSender<Job>, StoreError> {
        self.0.queue.as_ref().ok_or(StoreError::Closed)
    }
}

/// Wraps a closure of any type: a panic in it, or in its answer, harms nobody else in the group.
fn job<T, E>(
    work: impl FnOnce(&mut WriteTx<'_>) -> Result<T, E> + Send + 'static,
    answer: impl FnOnce(Result<T, E>) + Send + 'static,
) -> Job
where
    T: Send + 'static,
    E: From<StoreError> + Send + 'static,
{
    Box::new(move |tx| {
        let outcome = match tx {
            Err(error) => Err(E::from(error)),
            Ok(tx) => catch_unwind(AssertUnwindSafe(|| work(tx))).unwrap_or_else(|panic| {
                let words = writer::words_of(panic.as_ref());
                tracing::error!(words, "a write panicked");
                Err(StoreError::Panicked(words).into())
            }),
        };
        let keep = outcome.is_ok();
        let finish = move |stands: Result<(), StoreError>| {
            // A job that failed by itself tells its own reason; one that wanted to stay tells why it could not.
            let told = outcome.and_then(|done| stands.map(|()| done).map_err(E::from));
            if let Err(panic) = catch_unwind(AssertUnwindSafe(|| answer(told))) {
                tracing::error!(words = writer::words_of(panic.as_ref()), "the answer to a write panicked");
            }
        };
        Step { keep, finish: Box::new(finish) }
    })
}
