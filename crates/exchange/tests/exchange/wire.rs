//! A caller that writes what it likes: a TLS connection without our carrier, and raw HTTP on it. And a peer that answers what it likes.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use rustls::client::Resumption;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, aws_lc_rs};
use rustls::pki_types::{CertificateDer, PrivatePkcs8KeyDer, ServerName, UnixTime};
use rustls::server::danger::{ClientCertVerified, ClientCertVerifier};
use rustls::{
    ClientConfig, DigitallySignedStruct, DistinguishedName, Error, ServerConfig, SignatureScheme,
    SupportedProtocolVersion,
};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::timeout;
use tokio_rustls::client::TlsStream;
use tokio_rustls::{TlsAcceptor, TlsConnector};

use crate::world::Authority;

/// Accepts everybody: the tests look at what the *other* side refuses.
#[derive(Debug)]
struct Anybody;

impl ServerCertVerifier for Anybody {
    fn verify_server_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        Ok(ServerCertVerified::assertion())
    }
    fn verify_tls12_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        Ok(HandshakeSignatureValid::assertion())
    }
    fn verify_tls13_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        Ok(HandshakeSignatureValid::assertion())
    }
    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        aws_lc_rs::default_provider().signature_verification_algorithms.supported_schemes()
    }
}

impl ClientCertVerifier for Anybody {
    fn root_hint_subjects(&self) -> &[DistinguishedName] {
        &[]
    }
    fn verify_client_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: UnixTime,
    ) -> Result<ClientCertVerified, Error> {
        Ok(ClientCertVerified::assertion())
    }
    fn verify_tls12_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        Ok(HandshakeSignatureValid::assertion())
    }
    fn verify_tls13_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        Ok(HandshakeSignatureValid::assertion())
    }
    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        aws_lc_rs::default_provider().signature_verification_algorithms.supported_schemes()
    }
}

/// How a caller shakes hands.
pub struct Manner {
    pub chain: Vec<Vec<u8>>,
    pub pkcs8: Option<Vec<u8>>,
    pub versions: Vec<&'static SupportedProtocolVersion>,
    pub provider: CryptoProvider,
    pub alpn: Vec<Vec<u8>>,
    pub resumption: Resumption,
}

impl Manner {
    /// As the specification wants it.
    pub fn of(who: &Authority) -> Self {
        Self {
            chain: vec![who.tls.der().to_vec()],
            pkcs8: Some(who.pkcs8()),
            versions: vec![&rustls::version::TLS13],
            provider: aws_lc_rs::default_provider(),
            alpn: vec![b"http/1.1".to_vec()],
            resumption: Resumption::disabled(),
        }
    }
    pub fn config(self) -> Arc<ClientConfig> {
        let config = ClientConfig::builder_with_provider(Arc::new(self.provider))
            .with_protocol_versions(&self.versions)
            .expect("versions")
            .dangerous()
            .with_custom_certificate_verifier(Arc::new(Anybody));
        let chain = self.chain.into_iter().map(CertificateDer::from).collect();
        let mut config = match self.pkcs8 {
            Some(key) => config.with_client_auth_cert(chain, PrivatePkcs8KeyDer::from(key).into()).expect("a key"),
            None => config.with_no_client_auth(),
        };
        config.alpn_protocols = self.alpn;
        config.resumption = self.resumption;
        Arc::new(config)
    }
}

/// An answer as it came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reply {
    pub status: u16,
    /// In lower case, a line each.
    pub head: String,
    pub body: Vec<u8>,
}

impl Reply {
    pub fn header(&self, name: &str) -> Option<&str> {
        self.head.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(": "))
    }
    /// The code of a refusal.
    pub fn code(&self) -> String {
        let said: serde_json::Value = serde_json::from_slice(&self.body).unwrap_or_default();
        assert_eq!(said.as_object().map(|said| said.len()), Some(2), "{self:?}: a code and a sentence");
        said["code"].as_str().expect("a code").to_owned()
    }
}

const LONG: Duration = Duration::from_secs(20);

/// A connection on which anything can be said.
pub struct Wire(pub TlsStream<TcpStream>);

impl Wire {
    pub async fn shake(address: SocketAddr, config: Arc<ClientConfig>) -> std::io::Result<Self> {
        let socket = TcpStream::connect(address).await?;
        let name = ServerName::try_from("127.0.0.1").expect("a name");
        timeout(LONG, TlsConnector::from(config).connect(name, socket)).await.expect("in time").map(Self)
    }
    pub async fn connect(address: SocketAddr, who: &Authority) -> Self {
        Self::shake(address, Manner::of(who).config()).await.expect("shakes hands")
    }
    pub async fn say(&mut self, bytes: &[u8]) {
        self.try_say(bytes).await.expect("the other side reads");
    }
    pub async fn try_say(&mut self, bytes: &[u8]) -> std::io::Result<()> {
        self.0.write_all(bytes).await?;
        self.0.flush().await
    }
    /// The next answer; `None` if the connection ends before one.
    pub async fn reply(&mut self) -> Option<Reply> {
        timeout(LONG, self.read()).await.expect("answered or closed in time")
    }
    async fn read(&mut self) -> Option<Reply> {
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            head.push(self.0.read_u8().await.ok()?);
        }
        let head = String::from_utf8(head).expect("text").to_ascii_lowercase().replace("\r\n", "\n");
        let status = head.split(' ').nth(1)?.parse().ok()?;
        let length = head.lines().find_map(|line| line.strip_prefix("content-length: "))?.parse().ok()?;
        let mut body = vec![0; length];
        self.0.read_exact(&mut body).await.ok()?;
        if status == 100 { Box::pin(self.read()).await } else { Some(Reply { status, head, body }) }
    }
    pub async fn ask(&mut self, request: &str) -> Option<Reply> {
        self.say(request.as_bytes()).await;
        self.reply().await
    }
    /// Whether the other side has closed, within `patience`.
    pub async fn closes(&mut self, patience: Duration) -> bool {
        let ended = async {
            let mut byte = [0; 4096];
            while let Ok(1..) = self.0.read(&mut byte).await {}
        };
        timeout(patience, ended).await.is_ok()
    }
}

/// A request without a body.
pub fn get(path: &str) -> String {
    format!("GET {path} HTTP/1.1\r\nHost: x\r\n\r\n")
}

/// A batch that declares its length.
pub fn post(body: &[u8]) -> Vec<u8> {
    let head = format!("POST /fed/v1/envelopes HTTP/1.1\r\nHost: x\r\nContent-Length: {}\r\n\r\n", body.len());
    [head.as_bytes(), body].concat()
}

/// A peer with the right certificate that answers every connection with the same bytes, or drips them.
pub struct Parrot {
    pub address: SocketAddr,
    /// What it was told, connection by connection.
    pub heard: Arc<Mutex<Vec<Vec<u8>>>>,
}

impl Parrot {
    pub async fn start(who: &Authority, answer: Vec<u8>, drip: Option<Duration>) -> Self {
        let chain = vec![CertificateDer::from(who.tls.der().to_vec())];
        let mut config = ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
            .with_protocol_versions(&[&rustls::version::TLS13])
            .expect("versions")
            .with_client_cert_verifier(Arc::new(Anybody))
            .with_single_cert(chain, PrivatePkcs8KeyDer::from(who.pkcs8()).into())
            .expect("a key");
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        let acceptor = TlsAcceptor::from(Arc::new(config));
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let heard: Arc<Mutex<Vec<Vec<u8>>>> = Arc::default();
        let remembers = heard.clone();
        tokio::spawn(async move {
            while let Ok((socket, _)) = listener.accept().await {
                let (acceptor, answer, heard) = (acceptor.clone(), answer.clone(), remembers.clone());
                tokio::spawn(async move {
                    let Ok(mut stream) = acceptor.accept(socket).await else { return };
                    let mut said = vec![0; 65536];
                    let length = stream.read(&mut said).await.unwrap_or(0);
                    heard.lock().expect("sound").push(said[..length].to_vec());
                    match drip {
                        None => drop(stream.write_all(&answer).await),
                        Some(pause) => {
                            // The head comes at once; it is the rest that is dripped.
                            let head = answer.windows(4).position(|end| end == b"\r\n\r\n").map_or(0, |at| at + 4);
                            let _ = stream.write_all(&answer[..head]).await;
                            for byte in answer[head..].iter().copied() {
                                let _ = stream.write_all(&[byte]).await;
                                let _ = stream.flush().await;
                                tokio::time::sleep(pause).await;
                            }
                        }
                    }
                    let _ = stream.shutdown().await;
                });
            }
        });
        Self { address, heard }
    }
}
