//! Opening in order: authentic plaintext, batch by batch, and the end only if it is the true end.

use std::io::Read;

use terms::ExhibitId;
use zeroize::Zeroizing;

use super::cipher::{ContentKey, Head, Unlocked};
use super::layout::{HEAD, SEALED_CHUNK};
use crate::pipeline::{BATCH, fill};
use crate::{Failure, Flaw};

/// Sealed bytes that are read at a time.
const SEALED_BATCH: usize = BATCH / super::layout::CHUNK * SEALED_CHUNK;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Reading,
    Whole,
    Failed,
}

/// Reads a sealed exhibit as a stream. Every byte that it hands out has been authenticated. That the exhibit is whole is known
/// only when [`Opener::next_batch`] has answered `None`: until then nothing that was handed out may be presented as the exhibit.
pub struct Opener<R> {
    source: R,
    unlocked: Unlocked,
    next: u64,
    state: State,
    sealed: Vec<u8>,
    plain: Zeroizing<Vec<u8>>,
}

impl<R: Read> Opener<R> {
    /// Reads the head and checks the commitment.
    pub fn new(key: &ContentKey, id: ExhibitId, mut source: R) -> Result<Self, Failure> {
        let mut head = Vec::with_capacity(HEAD);
        fill(&mut source, &mut head, HEAD)?;
        let unlocked = Unlocked::new(Head::read(&head)?, key, id)?;
        let plain = Zeroizing::new(Vec::new());
        Ok(Self { source, unlocked, next: 0, state: State::Reading, sealed: Vec::new(), plain })
    }
    /// The head that was checked.
    pub fn head(&self) -> Head {
        self.unlocked.head()
    }
    /// The next authentic plaintext; `None` once the last chunk was authenticated and nothing came after it. An error is final:
    /// afterwards the opener only says that the exhibit is cut.
    pub fn next_batch(&mut self) -> Result<Option<&[u8]>, Failure> {
        let mut plain = std::mem::take(&mut self.plain);
        plain.clear();
        let more = self.next_into(&mut plain);
        self.plain = plain;
        Ok(more?.then_some(self.plain.as_slice()))
    }
    /// As [`Opener::next_batch`], into a buffer of the caller; answers whether there was any more.
    pub(crate) fn next_into(&mut self, plain: &mut Vec<u8>) -> Result<bool, Failure> {
        match self.state {
            State::Reading => {}
            State::Whole => return Ok(false),
            State::Failed => return Err(Flaw::Cut(self.next).into()),
        }
        // Whatever happens now, only a batch that was opened lets the opener go on.
        self.state = State::Failed;
        self.sealed.clear();
        fill(&mut self.source, &mut self.sealed, SEALED_BATCH)?;
        let ends = self.sealed.len() < SEALED_BATCH;
        plain.reserve_exact(self.sealed.len().min(BATCH));
        self.unlocked.open_span(self.next, &self.sealed, ends, plain)?;
        self.next += (self.sealed.len() / SEALED_CHUNK) as u64;
        self.state = if ends { State::Whole } else { State::Reading };
        Ok(true)
    }
}
impl<R> std::fmt::Debug for Opener<R> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Opener").field("next", &self.next).field("state", &self.state).finish_non_exhaustive()
    }
}
