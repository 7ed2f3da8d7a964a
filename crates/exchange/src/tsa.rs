//! How a time-stamping authority is asked (RFC 3161, section 3.4): bytes there, bytes back, over HTTP.
//!
//! Not between peers, so nothing of a card stands behind it: `https` is checked as browsers do, or against roots that the operator names; plain
//! `http` only if the operator says so, or on this machine. It reveals that something is stamped, and no more: what a token is worth, its own signature
//! says, and `seal::timestamp` checks it. No certificate of ours is shown, no redirect followed, no proxy asked.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use http::header::{CONTENT_TYPE, HOST, RETRY_AFTER};
use http::{Request, Response, StatusCode, Uri};
use http_body_util::{BodyExt as _, Full};
use hyper::body::Incoming;
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use seal::timestamp::RESPONSE_BYTES_MAX;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;

use crate::again::at_a_peers_word;
use crate::fault::ExchangeFault;

/// How long one question may take, from the connection to the last byte.
const PATIENCE: Duration = Duration::from_secs(20);
/// What is waited if a busy authority names no time.
const LATER_SECONDS: u64 = 60;
/// The most headers of an answer.
const HEADERS_MAX: usize = 64;

/// How the connection is trusted. The token does not depend on it.
#[derive(Debug, Clone)]
pub enum Way {
    /// `https`, checked against the roots of the web.
    Web,
    /// `https`, checked against these roots (DER) alone.
    Roots(Vec<Vec<u8>>),
    /// Plain `http`: whoever carries it sees digests, and can withhold answers.
    Plain,
}

/// A time-stamping authority, as the operator's configuration names it.
#[derive(Clone)]
pub struct TimeAuthority {
    uri: Uri,
    host: String,
    port: u16,
    tls: Option<Arc<ClientConfig>>,
    patience: Duration,
}

impl TimeAuthority {
    /// From an address such as `https://tsa.example/stamp`.
    pub fn new(address: &str, way: &Way) -> Result<Self, ExchangeFault> {
        let refuse = |why| ExchangeFault::Address { address: address.to_owned(), why };
        let uri: Uri = address.parse().map_err(|_| refuse("it is no address"))?;
        let authority = uri.authority().ok_or_else(|| refuse("it names no host"))?;
        let host = authority.host().trim_start_matches('[').trim_end_matches(']').to_owned();
        let port = authority.as_str().strip_prefix(authority.host()).ok_or_else(|| refuse("it names a user"))?;
        let here = host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback());
        let (tls, usual) = match (uri.scheme_str(), way) {
            (Some("https"), way) => (Some(tls(way).map_err(|_| refuse("its roots are no certificates"))?), 443),
            (Some("http"), Way::Plain) => (None, 80),
            (Some("http"), _) if here => (None, 80),
            (Some("http"), _) => return Err(refuse("it is plain http, which has to be allowed expressly")),
            _ => return Err(refuse("it is neither https nor http")),
        };
        let port = match port.strip_prefix(':') {
            None => usual,
            Some(port) => port.parse().map_err(|_| refuse("its port is none"))?,
        };
        Ok(Self { host, port, tls, patience: PATIENCE, uri })
    }
    /// The same, with another patience than twenty seconds.
    #[must_use]
    pub fn patient_for(mut self, patience: Duration) -> Self {
        self.patience = patience;
        self
    }
    /// Where it is asked.
    pub fn address(&self) -> String {
        self.uri.to_string()
    }
    /// Sends a request and returns the answer, neither of which is looked at.
    pub async fn ask(&self, request: Vec<u8>) -> Result<Vec<u8>, ExchangeFault> {
        let peer = self.host.clone();
        let late = |_| ExchangeFault::Timeout { peer, doing: "a time stamp was asked for" };
        timeout(self.patience, self.asked(request.into())).await.map_err(late)?
    }
    async fn asked(&self, request: Bytes) -> Result<Vec<u8>, ExchangeFault> {
        let unreachable = |why: std::io::Error| ExchangeFault::Unreachable {
            peer: self.host.clone(),
            tried: format!("{}:{}: {why}", self.host, self.port),
        };
        let socket = TcpStream::connect((self.host.as_str(), self.port)).await.map_err(unreachable)?;
        let Some(config) = &self.tls else { return self.speak(socket, request).await };
        let name = ServerName::try_from(self.host.clone()).map_err(|_| self.broken(&"its host has no name"))?;
        let stream = TlsConnector::from(config.clone()).connect(name, socket).await.map_err(unreachable)?;
        self.speak(stream, request).await
    }
    async fn speak<S>(&self, stream: S, body: Bytes) -> Result<Vec<u8>, ExchangeFault>
    where
        S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        let http = http1::Builder::new().max_headers(HEADERS_MAX).handshake(TokioIo::new(stream)).await;
        let (mut sender, connection) = http.map_err(|why| self.broken(&why))?;
        // Ends with this question: the sender is dropped, and nothing is kept.
        let connection = tokio::spawn(connection);
        let path = self.uri.path_and_query().map_or("/", |path| path.as_str());
        let authority = self.uri.authority().map_or("", |authority| authority.as_str());
        let request = Request::post(path).header(HOST, authority).header(CONTENT_TYPE, "application/timestamp-query");
        let request = request.body(Full::new(body)).map_err(|why| self.broken(&why))?;
        let answered = sender.send_request(request).await.map_err(|why| self.broken(&why));
        let read = match answered {
            Ok(response) => self.read(response).await,
            Err(fault) => Err(fault),
        };
        connection.abort();
        read
    }
    async fn read(&self, response: Response<Incoming>) -> Result<Vec<u8>, ExchangeFault> {
        let header = |name| response.headers().get(name).and_then(|value| value.to_str().ok());
        let peer = self.host.clone();
        match response.status() {
            StatusCode::OK => {}
            StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE => {
                let named = header(RETRY_AFTER).and_then(|text| text.parse().ok()).unwrap_or(LATER_SECONDS);
                return Err(ExchangeFault::Later { peer, after_seconds: at_a_peers_word(named) });
            }
            other if other.is_server_error() => return Err(self.broken(&format!("status {}", other.as_u16()))),
            other => return Err(self.malformed(&format!("status {}", other.as_u16()))),
        }
        let kind = header(CONTENT_TYPE).and_then(|kind| kind.split(';').next()).unwrap_or_default().trim();
        if !kind.eq_ignore_ascii_case("application/timestamp-reply") {
            return Err(self.malformed("something else than a time stamp"));
        }
        let (mut body, mut whole) = (response.into_body(), BytesMut::new());
        while let Some(frame) = body.frame().await {
            if let Ok(bytes) = frame.map_err(|why| self.broken(&why))?.into_data() {
                if whole.len() + bytes.len() > RESPONSE_BYTES_MAX {
                    return Err(self.malformed("more than any time stamp has"));
                }
                whole.extend_from_slice(&bytes);
            }
        }
        Ok(whole.into())
    }
    fn broken(&self, why: &dyn std::fmt::Display) -> ExchangeFault {
        ExchangeFault::Broken { peer: self.host.clone(), why: why.to_string() }
    }
    fn malformed(&self, why: &str) -> ExchangeFault {
        ExchangeFault::Malformed { peer: self.host.clone(), why: why.to_owned() }
    }
}

impl std::fmt::Debug for TimeAuthority {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "TimeAuthority({})", self.uri)
    }
}

/// TLS 1.2 or 1.3 as the web speaks it, without a certificate of ours.
fn tls(way: &Way) -> Result<Arc<ClientConfig>, rustls::Error> {
    let mut roots = RootCertStore::empty();
    match way {
        Way::Roots(own) => own.iter().try_for_each(|root| roots.add(CertificateDer::from(root.as_slice())))?,
        Way::Web | Way::Plain => roots.extend(webpki_roots::TLS_SERVER_ROOTS.iter().cloned()),
    }
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions()?;
    let mut config = config.with_root_certificates(roots).with_no_client_auth();
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(Arc::new(config))
}
