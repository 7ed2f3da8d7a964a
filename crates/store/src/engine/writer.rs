//! The writer: one thread, and group commit.
//!
//! ```text
//! write ─┐                     ┌ savepoint  job 1 ┐
//! write ─┼─▶ bounded queue ─▶ BEGIN  job 2 (fails: only its own savepoint goes)  closing  COMMIT ─▶ answers
//! write ─┘                     └ savepoint  job 3 ┘
//! ```
//!
//! What is the same work for one job and for a hundred is done once for the group, by its [`Attendant`].
//! While one commit waits for the disk, the next group gathers; so the slower the disk, the larger the group.
//! INVARIANT: nobody is answered *kept* before the commit is durable. A job that fails, panics or whose
//! statement failed leaves nothing; if the commit fails, nobody's work is kept and everybody is told so.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::Receiver;
use std::sync::{Arc, OnceLock};

use super::{Access, Connect, Connection, Control};
use crate::tx::Tickets;
use crate::{StoreError, WriteTx};

/// Who attends every group of writes, on the writer's thread.
pub trait Attendant: Send + Sync {
    /// A group begins: what was remembered of the last one is void.
    fn begun(&self);
    /// All jobs have run: what is to be done once for them all, in their transaction. `false` gives up what was done here; the jobs stand.
    fn closing(&self, tx: &mut WriteTx<'_>) -> bool;
    /// The group has ended: whether it is durable. Nobody was answered yet, and the next group has not begun.
    fn ended(&self, kept: bool);
}

/// The attendant, once there is one.
pub(crate) type Attended = Arc<OnceLock<Arc<dyn Attendant>>>;

/// What a job leaves for after the commit: it is told whether its work stands, and answers its caller.
pub(crate) type Finish = Box<dyn FnOnce(Result<(), StoreError>) + Send>;

/// How a job ended.
pub(crate) struct Step {
    /// Whether its work is to be kept.
    pub(crate) keep: bool,
    /// Answers its caller.
    pub(crate) finish: Finish,
}

/// A queued job. It never unwinds: whoever makes one catches panics (see `Store::write`).
pub(crate) type Job = Box<dyn for<'a, 'c> FnOnce(Result<&'a mut WriteTx<'c>, StoreError>) -> Step + Send>;

/// Runs jobs in groups of at most `most` until no sender is left.
pub(crate) fn run(
    mut connection: Option<Box<dyn Connection>>,
    connect: &Connect,
    queue: &Receiver<Job>,
    most: usize,
    attended: &Attended,
) {
    while let Ok(first) = queue.recv() {
        let mut jobs = vec![first];
        jobs.extend(std::iter::from_fn(|| queue.try_recv().ok()).take(most.saturating_sub(1)));
        let begun = match begin(&mut connection, connect) {
            Ok(begun) => begun,
            Err(error) => {
                tracing::error!(%error, jobs = jobs.len(), "no transaction could be begun");
                for job in jobs {
                    (job(Err(error.clone())).finish)(Err(error.clone()));
                }
                continue;
            }
        };
        for (finish, stands) in group(begun, jobs, attended.get().map(|it| &**it)) {
            finish(stands);
        }
        if connection.as_deref().is_some_and(|open| !open.usable() || open.in_transaction()) {
            connection = None;
        }
    }
}

/// Begins a transaction; if the connection turns out to be dead, on a fresh one.
fn begin<'a>(
    connection: &'a mut Option<Box<dyn Connection>>,
    connect: &Connect,
) -> Result<&'a mut dyn Connection, StoreError> {
    if let Some(open) = connection {
        match open.control(Control::BeginWrite) {
            Ok(()) => {}
            Err(error) if open.usable() => {
                if open.in_transaction() {
                    open.control(Control::Rollback)?;
                }
                return Err(error);
            }
            Err(_) => *connection = None,
        }
    }
    match connection {
        Some(open) => Ok(open.as_mut()),
        None => {
            let mut fresh = connect(Access::Write)?;
            fresh.settle()?;
            fresh.control(Control::BeginWrite)?;
            Ok(connection.insert(fresh).as_mut())
        }
    }
}

/// Runs the jobs inside the transaction that has begun, ends it, and tells for each job whether its work stands.
fn group(
    connection: &mut dyn Connection,
    jobs: Vec<Job>,
    attendant: Option<&dyn Attendant>,
) -> Vec<(Finish, Result<(), StoreError>)> {
    let alone = jobs.len() == 1;
    let mut lost: Option<StoreError> = None;
    let mut tickets = Tickets::default();
    attend(attendant, |attendant| attendant.begun());
    let mut ended = Vec::with_capacity(jobs.len());
    for job in jobs {
        if let Some(error) = &lost {
            ended.push((job(Err(error.clone())).finish, Err(error.clone())));
            continue;
        }
        let (finish, stands) = one(connection, &mut tickets, job, alone, &mut lost);
        ended.push((finish, stands));
    }
    let kept = ended.iter().filter(|(_, stands)| stands.is_ok()).count();
    if let Some(attendant) = attendant.filter(|_| kept > 0 && lost.is_none()) {
        close(connection, &mut tickets, attendant, &mut lost);
    }
    let outcome = match lost {
        Some(error) => Err(error),
        None if kept == 0 => Ok(()),
        None => tickets.keep(connection).and_then(|()| commit(connection)),
    };
    if connection.in_transaction() {
        // Nothing was to be kept, or the commit failed; a failing rollback ends with the connection.
        let _ = connection.control(Control::Rollback);
    }
    if let Err(error) = outcome {
        tracing::error!(%error, jobs = kept, "a group of writes was not committed");
        for (_, stands) in ended.iter_mut().filter(|(_, stands)| stands.is_ok()) {
            *stands = Err(error.clone());
        }
    }
    let durable = ended.iter().any(|(_, stands)| stands.is_ok());
    attend(attendant, |attendant| attendant.ended(durable));
    ended
}

/// Lets the attendant speak; its panic harms nobody.
fn attend(attendant: Option<&dyn Attendant>, what: impl FnOnce(&dyn Attendant)) {
    let Some(attendant) = attendant else { return };
    if let Err(panic) = catch_unwind(AssertUnwindSafe(|| what(attendant))) {
        tracing::error!(words = words_of(panic.as_ref()), "the attendant of a group of writes panicked");
    }
}

/// Does what is done once for the group. If that fails the jobs stand without it.
fn close(
    connection: &mut dyn Connection,
    tickets: &mut Tickets,
    attendant: &dyn Attendant,
    lost: &mut Option<StoreError>,
) {
    if let Err(error) = connection.control(Control::Savepoint) {
        *lost = Some(error);
        return;
    }
    let mut tx = WriteTx::new(connection, tickets);
    let mut keep = false;
    attend(Some(attendant), |attendant| keep = attendant.closing(&mut tx));
    let broken = tx.broken();
    if let Some(error) = &broken {
        tracing::error!(%error, "what closes a group of writes failed");
    }
    if !connection.in_transaction() {
        *lost = Some(broken.unwrap_or_else(|| StoreError::Misuse("the transaction ended by itself".into())));
        return;
    }
    if let Err(error) = end(connection, keep && broken.is_none()) {
        *lost = Some(error);
    }
}

/// Ends a savepoint: keeps what was done since, or forgets it.
fn end(connection: &mut dyn Connection, keep: bool) -> Result<(), StoreError> {
    if !keep {
        connection.control(Control::RollbackToSavepoint)?;
    }
    connection.control(Control::Release)
}

/// Runs one job in its savepoint. A job alone in its group needs none: if it fails, the whole transaction goes.
fn one(
    connection: &mut dyn Connection,
    tickets: &mut Tickets,
    job: Job,
    alone: bool,
    lost: &mut Option<StoreError>,
) -> (Finish, Result<(), StoreError>) {
    if !alone && let Err(error) = connection.control(Control::Savepoint) {
        *lost = Some(error.clone());
        return (job(Err(error.clone())).finish, Err(error));
    }
    let mut tx = WriteTx::new(connection, tickets);
    let step = job(Ok(&mut tx));
    let stands = match tx.broken() {
        Some(error) => Err(error),
        None if step.keep => Ok(()),
        None => Err(StoreError::Misuse("the job kept nothing".into())),
    };
    if !connection.in_transaction() {
        // The database ended the transaction by itself: what earlier jobs wrote is gone too.
        let gone = || StoreError::Misuse("the transaction ended by itself".into());
        let error = stands.clone().err().unwrap_or_else(gone);
        *lost = Some(error.clone());
        return (step.finish, Err(error));
    }
    if !alone && let Err(error) = end(connection, stands.is_ok()) {
        *lost = Some(error);
    }
    (step.finish, stands)
}

fn commit(connection: &mut dyn Connection) -> Result<(), StoreError> {
    connection.control(Control::Commit).map_err(|error| match error {
        StoreError::Database { cause, .. } if !connection.usable() => StoreError::OutcomeUnknown { cause },
        error => error,
    })
}

/// What a panic said.
pub(crate) fn words_of(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
    text.or_else(|| panic.downcast_ref::<String>().cloned()).unwrap_or_else(|| "without words".to_owned())
}
