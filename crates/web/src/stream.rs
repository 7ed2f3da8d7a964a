//! Exhibits on their way in and out: between a body, which comes in pieces when it comes, and a use case, which reads and writes on a thread of its own.
//!
//! Nothing here holds a whole file: a few pieces wait between the two, and whoever is faster waits for the other. INVARIANT: an end that was not said
//! is an error on either side. A body that breaks off is never read as a short file, and an answer that broke off never looks whole.

use std::io::{self, Read, Write};
use std::ops::ControlFlow;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use axum::body::{Body, BodyDataStream};
use bytes::{Buf as _, Bytes};
use evidence::Progress;
use futures_util::StreamExt as _;
use node::{Node, Trouble, UnderWay};
use terms::Bug;
use tokio::sync::mpsc::{Receiver, Sender, channel};

use crate::blocking;

/// So many pieces wait between the two sides.
const WAITING: usize = 8;
/// How large a piece of an answer is.
const PIECE: usize = 64 * 1024;
/// A caller who sends nothing for so long has gone.
const PATIENCE: Duration = Duration::from_secs(60);

/// What goes from a body to whoever reads it.
enum Part {
    Bytes(Bytes),
    End,
    Broken(String),
}

/// A body as something to read, on a thread that may block.
pub struct Upload {
    parts: Receiver<Part>,
    now: Bytes,
    ended: bool,
}

impl Upload {
    /// Begins to take in a body. What is taken in waits until it is read.
    pub fn of(body: Body) -> Self {
        let (to, parts) = channel(WAITING);
        tokio::spawn(pump(body.into_data_stream(), to));
        Self { parts, now: Bytes::new(), ended: false }
    }
}

async fn pump(mut body: BodyDataStream, to: Sender<Part>) {
    loop {
        let part = match tokio::time::timeout(PATIENCE, body.next()).await {
            Ok(Some(Ok(bytes))) => Part::Bytes(bytes),
            Ok(None) => Part::End,
            Ok(Some(Err(why))) => Part::Broken(why.to_string()),
            Err(_) => Part::Broken("nothing came for a minute".to_owned()),
        };
        let last = !matches!(part, Part::Bytes(_));
        if to.send(part).await.is_err() || last {
            return;
        }
    }
}

impl Read for Upload {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        while self.now.is_empty() && !self.ended {
            match self.parts.blocking_recv() {
                Some(Part::Bytes(bytes)) => self.now = bytes,
                Some(Part::End) => self.ended = true,
                Some(Part::Broken(why)) => return Err(io::Error::new(io::ErrorKind::ConnectionAborted, why)),
                None => return Err(io::Error::new(io::ErrorKind::ConnectionAborted, "the caller has gone")),
            }
        }
        let count = into.len().min(self.now.len());
        self.now.copy_to_slice(&mut into[..count]);
        Ok(count)
    }
}

/// What goes from a use case to an answer.
type Piece = Result<Bytes, io::Error>;

/// Where a use case writes an answer. The last piece is held back until [`finish`](Self::finish), so that what was not found whole never looks it.
struct Download {
    to: Sender<Piece>,
    held: Vec<u8>,
    job: Arc<UnderWay>,
    written: u64,
}

/// A new answer, and the pieces that it will consist of.
fn download(job: Arc<UnderWay>) -> (Download, Receiver<Piece>) {
    let (to, pieces) = channel(WAITING);
    (Download { to, held: Vec::with_capacity(PIECE), job, written: 0 }, pieces)
}

impl Download {
    fn pass_on(&mut self) -> io::Result<()> {
        self.written += self.held.len() as u64;
        if self.job.at(self.written).is_break() {
            return Err(io::Error::other("it was asked to stop"));
        }
        let piece = Bytes::from(std::mem::replace(&mut self.held, Vec::with_capacity(PIECE)));
        let gone = |_| io::Error::new(io::ErrorKind::BrokenPipe, "the caller has gone");
        self.to.blocking_send(Ok(piece)).map_err(gone)
    }
    /// Says that all was written and is whole.
    fn finish(mut self) {
        if !self.held.is_empty() {
            // Whoever went away does not wait for it.
            let _ = self.pass_on();
        }
    }
    /// Says that what was written is not whole: the answer breaks off.
    fn fail(self, why: &str) {
        let _ = self.to.blocking_send(Err(io::Error::other(why.to_owned())));
    }
}

impl Write for Download {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.held.len() >= PIECE {
            self.pass_on()?;
        }
        let count = bytes.len().min(PIECE - self.held.len());
        self.held.extend_from_slice(&bytes[..count]);
        Ok(count)
    }
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Answers with what a use case writes, as a job that others see and may stop; it stops, too, when the caller goes away. What goes wrong before the first piece is the answer instead; later the answer breaks off.
pub async fn answer(
    node: &Node,
    job: UnderWay,
    use_case: impl FnOnce(&Node, &mut dyn Write, Progress<'_>) -> Result<(), Trouble> + Send + 'static,
) -> Result<Body, Trouble> {
    let job = Arc::new(job);
    let (mut sink, mut pieces) = download(Arc::clone(&job));
    let (node, listens) = (node.clone(), sink.to.clone());
    let mut progress = move |done| if listens.is_closed() { ControlFlow::Break(()) } else { job.at(done) };
    let written = tokio::spawn(async move {
        let written = blocking::call(&node, move |node| match use_case(node, &mut sink, &mut progress) {
            Ok(()) => {
                sink.finish();
                Ok(())
            }
            Err(why) => {
                tracing::warn!(%why, "an answer was not written whole");
                sink.fail(&why.to_string());
                Err(why)
            }
        });
        written.await
    });
    let first = match pieces.recv().await {
        Some(Ok(piece)) => Some(Ok(piece)),
        // Nothing was given out yet: it is empty, or was refused.
        Some(Err(_)) | None => {
            let ended = |why| Trouble::from(Bug::new(format!("an answer ended without a word: {why}")));
            written.await.map_err(ended)??;
            None
        }
    };
    Ok(Body::from_stream(futures_util::stream::iter(first).chain(Pieces(pieces))))
}

struct Pieces(Receiver<Piece>);

impl futures_util::Stream for Pieces {
    type Item = Piece;
    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Piece>> {
        self.0.poll_recv(context)
    }
}
