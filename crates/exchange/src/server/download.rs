//! An exhibit's bytes on their way out: one piece is sent while the next is read.
//!
//! Reading may block, so each piece is read on a thread that may; none waits there for a slow caller.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use hyper::body::{Body, Frame, SizeHint};
use tokio::task::{JoinHandle, spawn_blocking};

use super::{Caller, Server};
use crate::desk::Source;

/// The most bytes of a piece.
const PIECE_BYTES: usize = 256 * 1024;

type Piece = io::Result<(Box<dyn Source>, Bytes)>;

/// What breaks off the answer to a caller that is no peer any more.
fn suspended() -> io::Error {
    io::Error::new(io::ErrorKind::PermissionDenied, "the caller is no longer a peer")
}

/// The body of an answer.
pub(super) struct Download {
    server: Arc<Server>,
    caller: Arc<Caller>,
    next: Option<JoinHandle<Piece>>,
    /// Where the piece after the next begins.
    offset: u64,
    end: u64,
    /// Bytes that have not been handed on.
    remaining: u64,
}

impl Download {
    /// The bytes from `offset` on, `length` of them; the caller has checked that they exist.
    pub(super) fn new(
        server: Arc<Server>,
        caller: Arc<Caller>,
        source: Box<dyn Source>,
        offset: u64,
        length: u64,
    ) -> Self {
        let mut download = Self { server, caller, next: None, offset, end: offset + length, remaining: length };
        download.read(source);
        download
    }
    fn read(&mut self, mut source: Box<dyn Source>) {
        let (offset, left) = (self.offset, self.end - self.offset);
        if left == 0 {
            return;
        }
        let length = usize::try_from(left).unwrap_or(PIECE_BYTES).min(PIECE_BYTES);
        self.offset += length as u64;
        // The thread holds the caller's place while it reads.
        let caller = self.caller.clone();
        self.next = Some(spawn_blocking(move || {
            let _caller = caller;
            let mut piece = vec![0; length];
            source.read_at(offset, &mut piece)?;
            Ok((source, Bytes::from(piece)))
        }));
    }
}

impl Body for Download {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<io::Result<Frame<Bytes>>>> {
        // An exhibit may take hours; who is suspended meanwhile gets no further piece.
        if self.next.is_some() && self.server.still(&self.caller).is_err() {
            self.next = None;
            return Poll::Ready(Some(Err(suspended())));
        }
        let Some(next) = self.next.as_mut() else { return Poll::Ready(None) };
        let piece = ready!(Pin::new(next).poll(context)).unwrap_or_else(|panicked| Err(io::Error::other(panicked)));
        self.next = None;
        Poll::Ready(Some(piece.map(|(source, bytes)| {
            self.remaining -= bytes.len() as u64;
            self.read(source);
            Frame::data(bytes)
        })))
    }
    fn is_end_stream(&self) -> bool {
        self.remaining == 0
    }
    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.remaining)
    }
}
