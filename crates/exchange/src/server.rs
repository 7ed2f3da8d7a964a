//! The server: who calls is known before anything is read, and whoever is slow or loud uses up its own share only.
//!
//! ```text
//! accept ─▶ handshake (bounded, of one address too) ─▶ connection (bounded, of one peer too) ─▶ request ─▶ Desk
//!            not a peer: closed                         too many: answered 429 or 503, closed     asked again: still a peer?
//! ```
//!
//! INVARIANT: every byte that a caller can make this node keep, and every moment it can make it wait, is counted in [`Limits`]; the formula
//! stands in `docs/spec/exchange.md`, *Limits*. One connection serves one request at a time.

mod download;
mod gate;
mod limits;
mod receive;
mod routes;
mod sparing;
mod unhurried;

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use terms::AuthorityId;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::timeout;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

pub use limits::Limits;

use crate::desk::Desk;
use crate::fault::{ExchangeFault, Wrong};
use crate::tls::{self, Identity, Pins};
use gate::{Gate, Place, Stranger};
use sparing::Sparing;
use unhurried::Unhurried;

/// The most bytes of a request line and its headers.
const HEADERS_BYTES_MAX: usize = 16 * 1024;
/// The most headers of a request.
const HEADERS_MAX: usize = 32;
/// The most bytes that HTTP keeps unread or unsent of a connection.
const BUFFER_BYTES_MAX: usize = 128 * 1024;
/// How long to wait after the network gave no connection, for example because too many files are open.
const BREATH: Duration = Duration::from_millis(50);

/// Who calls, as proved by the handshake.
struct Caller {
    authority: AuthorityId,
    certificate: Vec<u8>,
    /// Its place among the connections. What works for it holds the caller, so a place is given back only when the connection is closed *and*
    /// the desk has finished; else a caller that asks and leaves at once would leave work behind without bound.
    _place: Option<Place>,
}

/// What all connections share.
struct Server {
    desk: Arc<dyn Desk>,
    pins: Arc<dyn Pins>,
    gate: Gate,
    limits: Limits,
    /// How often strangers were spoken of.
    told: Sparing,
    /// What comes before the routes in every path.
    root: String,
}

/// Serves approved peers until `shutdown` completes; then finishes what is under way, for at most `limits.farewell`.
///
/// `path` is the path of the endpoint in this authority's card, mostly empty.
pub async fn serve(
    listener: TcpListener,
    path: &str,
    identity: &Identity,
    pins: Arc<dyn Pins>,
    desk: Arc<dyn Desk>,
    limits: Limits,
    shutdown: impl Future<Output = ()>,
) -> Result<(), ExchangeFault> {
    let acceptor = TlsAcceptor::from(tls::server(identity, pins.clone())?);
    let root = format!("{}{}/", path.trim_end_matches('/'), crate::ROOT);
    let server = Arc::new(Server { desk, pins, gate: Gate::new(&limits), limits, told: Sparing::default(), root });
    let (closing, closed) = watch::channel(false);
    let mut connections = JoinSet::new();
    tokio::pin!(shutdown);
    loop {
        let accepted = tokio::select! {
            () = &mut shutdown => break,
            accepted = listener.accept() => accepted,
        };
        while connections.try_join_next().is_some() {}
        match accepted {
            Ok((socket, address)) => {
                if let Some(stranger) = server.gate.stranger(address.ip()) {
                    let (server, acceptor, closed) = (server.clone(), acceptor.clone(), closed.clone());
                    connections.spawn(server.meet(acceptor, socket, address, stranger, closed));
                }
            }
            Err(why) => {
                tracing::warn!(%why, "no connection from the network");
                tokio::time::sleep(BREATH).await;
            }
        }
    }
    drop(listener);
    closing.send_replace(true);
    let all = async { while connections.join_next().await.is_some() {} };
    let _ = timeout(server.limits.farewell, all).await;
    Ok(())
}

type Stream = TlsStream<Unhurried<TcpStream>>;

impl Server {
    /// A connection, from its first byte on.
    async fn meet(
        self: Arc<Self>,
        acceptor: TlsAcceptor,
        socket: TcpStream,
        address: SocketAddr,
        stranger: Stranger,
        closed: watch::Receiver<bool>,
    ) {
        let _ = socket.set_nodelay(true);
        let socket = Unhurried::new(socket, self.limits.unread);
        let shaken = timeout(self.limits.handshake, acceptor.accept(socket).into_fallible()).await;
        let stream = match shaken {
            Ok(Ok(stream)) => stream,
            Ok(Err((why, socket))) => {
                self.turned_away(&address, &why);
                return self.close(socket).await;
            }
            Err(_) => return self.turned_away(&address, &"no handshake in time"),
        };
        let Some(mut caller) = self.caller(&stream) else {
            return self.turned_away(&address, &"no peer, or no http/1.1");
        };
        match self.gate.connection(&caller.authority) {
            Ok(place) => {
                drop(stranger);
                caller._place = Some(place);
                self.converse(stream, caller, None, closed).await;
            }
            // It still counts among those not known, so that turning away is bounded, too.
            Err(why) => {
                let turned_away = self.converse(stream, caller, Some(why), closed);
                let _ = timeout(self.limits.handshake, turned_away).await;
                drop(stranger);
            }
        }
    }
    fn caller(&self, stream: &Stream) -> Option<Caller> {
        let certificate = tls::proven(stream.get_ref().1)?;
        Some(Caller { authority: self.pins.authority_of(&certificate)?, certificate, _place: None })
    }
    /// Whether the caller is a peer still, now that it asks for something more.
    fn still(&self, caller: &Caller) -> Result<(), Wrong> {
        let now = self.pins.authority_of(&caller.certificate);
        if now.as_ref() == Some(&caller.authority) { Ok(()) } else { Err(Wrong::NotAPeer) }
    }
    /// Tells the operator about somebody who is no peer, but not as often as strangers like.
    fn turned_away(&self, address: &SocketAddr, why: &dyn std::fmt::Display) {
        if let Some(untold) = self.told.may_tell() {
            tracing::info!(%address, %why, untold, "a stranger was turned away");
        }
    }
    /// Request after request; or, with `only`, this answer to the first.
    async fn converse(
        self: &Arc<Self>,
        stream: Stream,
        caller: Caller,
        only: Option<Wrong>,
        mut closed: watch::Receiver<bool>,
    ) {
        let caller = Arc::new(caller);
        let service = service_fn(|request| routes::answer(self.clone(), caller.clone(), only, request));
        let connection = http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(self.limits.headers)
            .max_buf_size(BUFFER_BYTES_MAX)
            .max_header_size(HEADERS_BYTES_MAX)
            .max_headers(HEADERS_MAX)
            .serve_connection(TokioIo::new(stream), service);
        tokio::pin!(connection);
        let ended = tokio::select! {
            ended = &mut connection => ended,
            () = async { drop(closed.wait_for(|closed| *closed).await) } => {
                connection.as_mut().graceful_shutdown();
                connection.await
            }
        };
        if let Err(why) = ended {
            tracing::info!(caller = %caller.authority, %why, "a connection broke");
        }
    }
    /// Closes so that the caller can still read why: what it sent meanwhile is read and thrown away.
    async fn close(&self, mut socket: Unhurried<TcpStream>) {
        let mut thrown_away = [0; 1024];
        let rest = async {
            socket.shutdown().await?;
            while socket.read(&mut thrown_away).await? > 0 {}
            std::io::Result::Ok(())
        };
        let _ = timeout(self.limits.handshake.min(Duration::from_secs(1)), rest).await;
    }
}
