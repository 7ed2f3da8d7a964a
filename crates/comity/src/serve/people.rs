//! The door for people: the router of `web` on loopback and on a Unix socket, with bounds on connections and time.
//!
//! Never here: what is answered, and to whom; a token decides that, in `web`. The socket is made under another name, closed to others, and
//! then put in its place, so that there is no moment at which it stands open.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use hyper_util::service::TowerToHyperService;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, UnixListener};
use tokio::sync::Semaphore;
use tokio::time::timeout;

use crate::{Ended, FAILURE};

/// So many connections stand at once; further ones wait to be accepted.
const CONNECTIONS: usize = 256;
/// For a request's head, and for the pause before it.
const HEADERS: Duration = Duration::from_secs(30);
/// The most bytes that HTTP keeps unread or unsent of a connection.
const BUFFER_BYTES_MAX: usize = 64 * 1024;
/// What is under way when the node stops may take so long.
const FAREWELL: Duration = Duration::from_secs(10);
/// How long to wait after the system gave no connection.
const BREATH: Duration = Duration::from_millis(50);

/// One of the two places at which people are served.
pub enum Door {
    /// TCP.
    Tcp(TcpListener),
    /// A socket in the file system, removed when it is dropped.
    Unix(UnixListener, #[expect(dead_code, reason = "held so that the socket is removed with its door")] Placed),
}

/// A socket's place.
#[derive(Debug)]
pub struct Placed(PathBuf);

impl Drop for Placed {
    fn drop(&mut self) {
        // A leftover is replaced at the next start.
        let _ = fs::remove_file(&self.0);
    }
}

impl Door {
    /// A socket for the owner of this process alone. What stands there from a process that died is replaced; the data folder's lock says that it died.
    pub fn socket(path: &Path) -> Result<Self, Ended> {
        let failed =
            |why: std::io::Error| Ended::new(FAILURE, format!("the socket {} cannot be made: {why}", path.display()));
        if fs::symlink_metadata(path).is_ok_and(|there| !std::os::unix::fs::FileTypeExt::is_socket(&there.file_type()))
        {
            return Err(Ended::new(
                FAILURE,
                format!("{} is there and is no socket; choose another place.", path.display()),
            ));
        }
        let fresh = path.with_extension(format!("new-{}", std::process::id()));
        let listener = UnixListener::bind(&fresh).map_err(failed)?;
        let placed =
            fs::set_permissions(&fresh, fs::Permissions::from_mode(0o600)).and_then(|()| fs::rename(&fresh, path));
        placed.map_err(|why| {
            let _ = fs::remove_file(&fresh);
            failed(why)
        })?;
        Ok(Self::Unix(listener, Placed(path.to_owned())))
    }
    async fn accept(&self) -> std::io::Result<Box<dyn Stream>> {
        Ok(match self {
            Self::Tcp(listener) => {
                let (stream, _) = listener.accept().await?;
                let _ = stream.set_nodelay(true);
                Box::new(stream)
            }
            Self::Unix(listener, _) => Box::new(listener.accept().await?.0),
        })
    }
}

trait Stream: AsyncRead + AsyncWrite + Unpin + Send {}
impl<T: AsyncRead + AsyncWrite + Unpin + Send> Stream for T {}

/// Serves until `shutdown` completes; then finishes what is under way.
pub async fn serve(door: Door, router: axum::Router, shutdown: impl Future<Output = ()>) {
    let places = Arc::new(Semaphore::new(CONNECTIONS));
    let graceful = GracefulShutdown::new();
    tokio::pin!(shutdown);
    loop {
        let accepted = async {
            let place = Arc::clone(&places).acquire_owned().await;
            (door.accept().await, place)
        };
        let (accepted, place) = tokio::select! {
            () = &mut shutdown => break,
            accepted = accepted => accepted,
        };
        let stream = match accepted {
            Ok(stream) => stream,
            Err(why) => {
                tracing::warn!(%why, "no connection at people's door");
                tokio::time::sleep(BREATH).await;
                continue;
            }
        };
        let connection = http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(HEADERS)
            .max_buf_size(BUFFER_BYTES_MAX)
            .serve_connection(TokioIo::new(stream), TowerToHyperService::new(router.clone()));
        let watched = graceful.watch(connection);
        tokio::spawn(async move {
            let _place = place;
            if let Err(why) = watched.await {
                tracing::debug!(%why, "a connection at people's door broke");
            }
        });
    }
    drop(door);
    let _ = timeout(FAREWELL, graceful.shutdown()).await;
}
