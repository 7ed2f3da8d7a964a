//! One call: a connection, a request, the head of its answer.

use std::sync::Arc;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use http::header::{CONTENT_TYPE, HOST, HeaderName, RETRY_AFTER};
use http::{Method, Request, Response, StatusCode};
use http_body_util::{BodyExt as _, Full};
use hyper::body::Incoming;
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use rustls::{AlertDescription, CertificateError, Error as TlsError};
use terms::{AuthorityId, Canonical};
use tokio::io::BufReader;
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;

use super::endpoint::Endpoint;
use super::pool::{Connection, Pool};
use super::{Carrier, Patience, Route};
use crate::again::at_a_peers_word;
use crate::answer::{Refused, Said};
use crate::fault::{ExchangeFault, Wrong};
use crate::tls;

/// The most bytes of a refusal that are read.
const REFUSAL_BYTES_MAX: usize = 4096;
/// What is waited if a busy peer names no time.
const LATER_SECONDS: u64 = 30;
/// The most headers of an answer.
const HEADERS_MAX: usize = 32;
/// What is read of a socket at a time. TLS alone asks for four KiB at a time, a quarter of a record, and each asking costs.
const READ_BYTES: usize = 128 * 1024;

/// What is asked.
#[derive(Clone)]
pub(super) struct Ask {
    pub method: Method,
    /// Below the routes' root.
    pub place: String,
    pub range: Option<(HeaderName, String)>,
    pub body: Bytes,
}

/// The head of an answer, and the connection on which the rest arrives.
pub(super) struct Answered {
    response: Response<Incoming>,
    connection: Connection,
    peer: AuthorityId,
    pool: Arc<Pool>,
    patience: Patience,
}

impl Carrier {
    pub(super) async fn ask(&self, peer: &Route, ask: Ask, patience: Duration) -> Result<Answered, ExchangeFault> {
        while let Some(kept) = self.pool.take(&peer.authority, &*self.pins, &self.identity) {
            match self.send(&peer.authority, kept, ask.clone(), patience).await {
                // The peer closed it meanwhile; another one, or a fresh one, will tell.
                Err(ExchangeFault::Broken { .. }) => {}
                told => return told,
            }
        }
        let fresh = self.connect(peer).await?;
        self.send(&peer.authority, fresh, ask, patience).await
    }
    async fn send(
        &self,
        peer: &AuthorityId,
        mut connection: Connection,
        ask: Ask,
        patience: Duration,
    ) -> Result<Answered, ExchangeFault> {
        let path = format!("{}{}/{}", connection.endpoint.path, crate::ROOT, ask.place);
        let mut request = Request::builder().method(ask.method).uri(path).header(HOST, &connection.endpoint.authority);
        if let Some((name, value)) = ask.range {
            request = request.header(name, value);
        }
        if !ask.body.is_empty() {
            request = request.header(CONTENT_TYPE, "application/octet-stream");
        }
        let request = request.body(Full::new(ask.body)).map_err(|_| ExchangeFault::Malformed {
            peer: peer.to_string(),
            why: "its endpoint gives no address that can be asked for".to_owned(),
        })?;
        let late = |_| ExchangeFault::Timeout { peer: peer.to_string(), doing: "the answer did not begin" };
        let sent = timeout(patience, connection.sender.send_request(request)).await.map_err(late)?;
        let response = sent.map_err(|why| broken(peer, &why))?;
        let (peer, pool, patience) = (peer.clone(), self.pool.clone(), self.patience.clone());
        Ok(Answered { response, connection, peer, pool, patience })
    }
    /// Tries the endpoints in order. That a stranger answered weighs more than that nobody did.
    async fn connect(&self, peer: &Route) -> Result<Connection, ExchangeFault> {
        let name = || peer.authority.to_string();
        let (mut tried, mut stranger) = (Vec::new(), None);
        for (text, endpoint) in peer.endpoints.iter().filter_map(|text| Some((text, Endpoint::parse(text)?))) {
            let connected = timeout(self.patience.connect, self.shake_hands(&peer.authority, endpoint)).await;
            match connected {
                Ok(Ok(connection)) => return Ok(connection),
                Ok(Err(Unmet::Stranger)) => {
                    let endpoint = text.clone();
                    stranger = stranger.or(Some(ExchangeFault::Pin { peer: name(), endpoint }));
                }
                Ok(Err(Unmet::Failed(why))) => tried.push(format!("{text}: {why}")),
                Err(_) => tried.push(format!("{text}: no connection in time")),
            }
        }
        match stranger {
            Some(stranger) => Err(stranger),
            None if tried.is_empty() => Err(ExchangeFault::NoEndpoint(name())),
            None => Err(ExchangeFault::Unreachable { peer: name(), tried: tried.join("; ") }),
        }
    }
    async fn shake_hands(&self, peer: &AuthorityId, endpoint: Endpoint) -> Result<Connection, Unmet> {
        let failed = |why: &dyn std::fmt::Display| Unmet::Failed(why.to_string());
        let name = endpoint.server_name().ok_or_else(|| failed(&"not a host"))?;
        let config = tls::client(&self.identity, self.pins.clone(), peer).map_err(|why| failed(&why))?;
        let shown = self.identity.present();
        let address = (endpoint.host.as_str(), endpoint.port);
        let socket = TcpStream::connect(address).await.map_err(|why| failed(&why))?;
        socket.set_nodelay(true).map_err(|why| failed(&why))?;
        let socket = BufReader::with_capacity(READ_BYTES, socket);
        let stream = TlsConnector::from(config).connect(name, socket).await.map_err(|why| match tls_error(&why) {
            Some(TlsError::InvalidCertificate(CertificateError::ApplicationVerificationFailure)) => Unmet::Stranger,
            _ => failed(&why),
        })?;
        let certificate = tls::proven(stream.get_ref().1).ok_or_else(|| failed(&"it does not speak http/1.1"))?;
        let http = http1::Builder::new().max_headers(HEADERS_MAX).handshake(TokioIo::new(stream)).await;
        let (sender, connection) = http.map_err(|why| failed(&why))?;
        tokio::spawn(async move {
            if let Err(why) = connection.await {
                tracing::debug!(%why, "a connection to a peer broke");
            }
        });
        Ok(Connection { sender, endpoint, certificate, shown })
    }
}

/// Why an endpoint gave no connection.
enum Unmet {
    /// Somebody else is there.
    Stranger,
    Failed(String),
}

impl Answered {
    /// Goes on with the status that was hoped for; every other is a fault.
    pub(super) async fn expect(self, hoped: StatusCode) -> Result<Self, ExchangeFault> {
        if self.status() == hoped { Ok(self) } else { Err(self.refusal().await) }
    }
    pub(super) fn status(&self) -> StatusCode {
        self.response.status()
    }
    /// What an answer says that is not the one hoped for.
    pub(super) async fn refusal(self) -> ExchangeFault {
        let status = self.status();
        let peer = self.peer.to_string();
        if matches!(status, StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE) {
            let named = self.header(&RETRY_AFTER).and_then(|text| text.parse().ok());
            return ExchangeFault::Later { peer, after_seconds: at_a_peers_word(named.unwrap_or(LATER_SECONDS)) };
        }
        let malformed = self.malformed(&format!("status {}", status.as_u16()));
        let bytes = match self.whole(REFUSAL_BYTES_MAX).await {
            Ok(bytes) => bytes,
            Err(fault) => return fault,
        };
        let Ok(said) = Canonical::<Said>::parse(&bytes).map(Canonical::into_value) else { return malformed };
        // What a peer says may be shown on a terminal and stand in a log.
        let refused = Refused { code: said.code, for_good: false, sentence: said.sentence };
        if !refused.well_formed() {
            return malformed;
        }
        let Refused { code, sentence, .. } = refused;
        if code == Wrong::NotAPeer.code() {
            return ExchangeFault::TurnedAway { peer };
        }
        let retryable = status.is_server_error() || status == StatusCode::REQUEST_TIMEOUT;
        ExchangeFault::Refused { peer, code, sentence, retryable }
    }
    pub(super) fn header(&self, name: &HeaderName) -> Option<&str> {
        self.response.headers().get(name)?.to_str().ok()
    }
    pub(super) fn malformed(&self, why: &str) -> ExchangeFault {
        ExchangeFault::Malformed { peer: self.peer.to_string(), why: why.to_owned() }
    }
    /// The next piece of the body.
    pub(super) async fn piece(&mut self) -> Result<Option<Bytes>, ExchangeFault> {
        loop {
            let late = |_| ExchangeFault::Timeout { peer: self.peer.to_string(), doing: "the answer did not go on" };
            let frame = timeout(self.patience.answer, self.response.body_mut().frame()).await.map_err(late)?;
            let Some(frame) = frame else { return Ok(None) };
            if let Ok(bytes) = frame.map_err(|why| broken(&self.peer, &why))?.into_data() {
                return Ok(Some(bytes));
            }
        }
    }
    /// The whole body, if it has at most `max` bytes.
    pub(super) async fn whole(mut self, max: usize) -> Result<Bytes, ExchangeFault> {
        let patience = self.patience.whole;
        let reading = async {
            let mut whole = BytesMut::new();
            while let Some(piece) = self.piece().await? {
                if whole.len() + piece.len() > max {
                    return Err(self.malformed("an answer that is larger than any node gives"));
                }
                whole.extend_from_slice(&piece);
            }
            Ok(whole.freeze())
        };
        let read = timeout(patience, reading).await;
        let whole = read.unwrap_or_else(|_| Err(self.late()))?;
        self.done().await;
        Ok(whole)
    }
    pub(super) fn late(&self) -> ExchangeFault {
        ExchangeFault::Timeout { peer: self.peer.to_string(), doing: "the answer did not come to its end" }
    }
    pub(super) fn patience(&self) -> &Patience {
        &self.patience
    }
    /// The body was read to its end: the connection can serve again.
    pub(super) async fn done(self) {
        let Self { mut connection, peer, pool, patience, .. } = self;
        if let Ok(Ok(())) = timeout(patience.answer, connection.sender.ready()).await {
            pool.keep(&peer, connection);
        }
    }
    pub(super) fn peer(&self) -> &AuthorityId {
        &self.peer
    }
}

/// The error of the TLS library beneath an error, if it is one.
fn tls_error<'a>(error: &'a (dyn std::error::Error + 'static)) -> Option<&'a TlsError> {
    let mut next = Some(error);
    while let Some(error) = next {
        let within = error.downcast_ref::<std::io::Error>().and_then(|io| io.get_ref());
        let found = error.downcast_ref().or_else(|| within?.downcast_ref());
        if found.is_some() {
            return found;
        }
        next = error.source();
    }
    None
}

/// The connection broke: because the peer does not accept our certificate, or for another reason.
fn broken(peer: &AuthorityId, why: &hyper::Error) -> ExchangeFault {
    let peer = peer.to_string();
    match tls_error(why) {
        Some(TlsError::AlertReceived(AlertDescription::AccessDenied)) => ExchangeFault::TurnedAway { peer },
        _ => {
            let cause = std::error::Error::source(why).map_or_else(String::new, |cause| format!(": {cause}"));
            ExchangeFault::Broken { peer, why: format!("{why}{cause}") }
        }
    }
}
