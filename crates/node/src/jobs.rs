//! Long operations: who began one, how far it is, and the word that ends it.
//!
//! A job is noted in the store, so that every process of this node can show it and ask it to stop; whoever runs it hears so within a second of
//! work. It is gone when it ends: what became of it is the answer to whoever began it, and stands in the audit trail. What a process that died has left
//! is shown as silent, and removed a day later. Never here: what an operation does, and what is left of one that was stopped.

use std::ops::ControlFlow;
use std::sync::{Mutex, PoisonError};

use serde::Serialize;
use store::jobs::{self, JobRow};
use terms::Moment;

use crate::actor::{Action, Actor};
use crate::node::Node;
use crate::{Trouble, world};

/// A job of which nothing was heard for so many seconds has probably lost its process.
const SILENT: i64 = 120;
/// And after so many it is forgotten.
const FORGOTTEN: i64 = 86_400;
/// So many jobs are looked through for those to forget.
const LOOKED_AT: usize = 1_000;

/// A long operation as it is shown.
#[derive(Debug, Clone, Serialize)]
pub struct Job {
    /// Its name.
    pub id: String,
    /// What it does: `backup`, `export`, `intake`, `opening`, `pouch`.
    pub kind: String,
    /// Who began it.
    pub started_by: String,
    /// How many bytes are done.
    pub done: u64,
    /// Out of how many, if that is known.
    pub total: Option<u64>,
    /// Whether somebody asked it to stop.
    pub stopping: bool,
    /// Whether nothing was heard of it for so long that its process has probably ended.
    pub silent: bool,
    /// When it was heard of last.
    pub changed_at: Moment,
}

/// A long operation under way, in the hands of whoever runs it. It is over when this is dropped.
pub struct UnderWay {
    node: Node,
    state: Mutex<State>,
}

struct State {
    row: JobRow,
    stop: bool,
}

impl Node {
    /// Notes that a long operation begins.
    pub fn begin_job(&self, actor: &Actor, kind: &str, total: Option<u64>) -> Result<UnderWay, Trouble> {
        let row = JobRow {
            id: world::digest(&*self.0.world).short(),
            kind: kind.to_owned(),
            started_by: actor.person.clone(),
            done: 0,
            total,
            cancel: false,
            state: "under way".to_owned(),
            message: String::new(),
            changed_at: self.now(),
            seq: 0,
        };
        let begun = row.clone();
        self.0.write(move |work| {
            let old = work.now.plus_seconds(-FORGOTTEN);
            for job in jobs::list(work.tx, None, LOOKED_AT)?.rows.iter().filter(|job| job.changed_at < old) {
                jobs::remove(work.tx, &job.id)?;
            }
            Ok(jobs::put(work.tx, &begun)?)
        })?;
        Ok(UnderWay { node: self.clone(), state: Mutex::new(State { row, stop: false }) })
    }

    /// The long operations under way, the one begun last first.
    pub fn jobs(&self, actor: &Actor, after: Option<i64>, limit: usize) -> Result<(Vec<Job>, Option<i64>), Trouble> {
        actor.may(Action::ReadDockets)?;
        let now = self.now();
        self.0.read(|tx| {
            let page = jobs::list(tx, after, limit)?;
            let shown = |row: JobRow| Job {
                silent: now > row.changed_at.plus_seconds(SILENT),
                id: row.id,
                kind: row.kind,
                started_by: row.started_by,
                done: row.done,
                total: row.total,
                stopping: row.cancel,
                changed_at: row.changed_at,
            };
            Ok((page.rows.into_iter().map(shown).collect(), page.next))
        })
    }

    /// Asks a long operation to stop: whoever began it may, and operators.
    pub fn stop_job(&self, actor: &Actor, id: &str) -> Result<(), Trouble> {
        let (actor, id) = (actor.clone(), id.to_owned());
        self.0.write(move |work| {
            let job = jobs::get(work.tx, &id)?.ok_or_else(|| Trouble::not_here("job"))?;
            if job.started_by != actor.person {
                actor.may(Action::Operate)?;
            }
            jobs::cancel(work.tx, &id)?;
            let what = format!("asked the {} of {} to stop", job.kind, job.started_by);
            work.audit(&actor.person, "jobs", &what, None)
        })
    }
}

impl UnderWay {
    /// Hears how many bytes are done, and notes it at most once a second; says whether to go on.
    pub fn at(&self, done: u64) -> ControlFlow<()> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.row.done = state.row.done.max(done);
        let now = self.node.now();
        if now > state.row.changed_at {
            state.row.changed_at = now;
            let row = state.row.clone();
            match self.node.0.write(move |work| Ok(jobs::put(work.tx, &row)?)) {
                Ok(stop) => state.stop |= stop,
                // Progress that cannot be noted ends nothing.
                Err(trouble) => tracing::warn!(%trouble, "the progress of a job could not be noted"),
            }
        }
        if state.stop { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    }
}

impl Drop for UnderWay {
    fn drop(&mut self) {
        let state = self.state.get_mut().unwrap_or_else(PoisonError::into_inner);
        let id = std::mem::take(&mut state.row.id);
        if let Err(trouble) = self.node.0.write(move |work| Ok(jobs::remove(work.tx, &id)?)) {
            tracing::warn!(%trouble, "a job that has ended could not be removed");
        }
    }
}
