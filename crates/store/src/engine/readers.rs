//! The readers: a bounded pool of connections that see one state each and can change nothing.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::{Access, Connect, Connection, Control};
use crate::{ReadTx, StoreError};

/// How long a reader waits for its turn before it is told that the store is busy.
const PATIENCE: Duration = Duration::from_secs(30);

pub(crate) struct Readers {
    connect: Connect,
    most: usize,
    state: Mutex<State>,
    returned: Condvar,
}

#[derive(Default)]
struct State {
    idle: Vec<Box<dyn Connection>>,
    lent: usize,
}

/// A connection on loan; dropping it brings it back, or lets it go if it is no longer usable.
struct Loan<'r> {
    readers: &'r Readers,
    connection: Option<Box<dyn Connection>>,
}

impl Drop for Loan<'_> {
    fn drop(&mut self) {
        let mut connection = self.connection.take();
        if let Some(open) = connection.as_deref_mut().filter(|open| open.in_transaction())
            && open.control(Control::Rollback).is_err()
        {
            connection = None;
        }
        let mut state = self.readers.state();
        state.lent -= 1;
        state.idle.extend(connection.filter(|connection| connection.usable()));
        drop(state);
        self.readers.returned.notify_one();
    }
}

impl Readers {
    pub(crate) fn new(connect: Connect, most: usize) -> Self {
        Self { connect, most: most.max(1), state: Mutex::default(), returned: Condvar::new() }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // No code panics under this lock, and a list of connections has no half-done state.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes back the idle connections, to be closed.
    pub(crate) fn drain(&self) -> Vec<Box<dyn Connection>> {
        std::mem::take(&mut self.state().idle)
    }

    fn lend(&self) -> Result<Loan<'_>, StoreError> {
        let full = |state: &mut State| state.lent >= self.most;
        let waited = self.returned.wait_timeout_while(self.state(), PATIENCE, full);
        let (mut state, timeout) = waited.unwrap_or_else(PoisonError::into_inner);
        if timeout.timed_out() {
            return Err(StoreError::Busy);
        }
        state.lent += 1;
        let idle = state.idle.pop().filter(|connection| connection.usable());
        drop(state);
        let mut loan = Loan { readers: self, connection: idle };
        if loan.connection.is_none() {
            loan.connection = Some((self.connect)(Access::Read)?);
        }
        Ok(loan)
    }

    /// Runs `work` on one state of the database.
    pub(crate) fn read<T, E: From<StoreError>>(
        &self,
        work: impl FnOnce(&mut ReadTx<'_>) -> Result<T, E>,
    ) -> Result<T, E> {
        let mut loan = self.lend()?;
        // A server that was restarted shows in the first statement: one fresh connection is tried.
        if let Some(Err(error)) = loan.connection.as_deref_mut().map(|open| open.control(Control::BeginRead)) {
            if loan.connection.as_deref().is_some_and(|open| open.usable()) {
                return Err(error.into());
            }
            let mut fresh = (self.connect)(Access::Read)?;
            fresh.control(Control::BeginRead)?;
            loan.connection = Some(fresh);
        }
        let connection = loan.connection.as_deref_mut().ok_or(StoreError::Closed)?;
        work(&mut ReadTx::new(connection))
    }
}
