//! Who is on the other side: whose approved card names this very certificate, asked anew each time.

use std::fmt;
use std::sync::Arc;

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::verify_tls13_signature;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::server::danger::{ClientCertVerified, ClientCertVerifier};
use rustls::{CertificateError, DigitallySignedStruct, DistinguishedName, Error, PeerMisbehaved, SignatureScheme};
use terms::AuthorityId;

use super::PROVIDER;

/// What the node knows about certificates: implemented over its approved cards.
pub trait Pins: Send + Sync + 'static {
    /// The authority whose approved card names this TLS certificate (DER) as in use now, unless it is suspended. The node decides what *now*
    /// is. Asked at each handshake and each request, so it answers from memory.
    fn authority_of(&self, certificate: &[u8]) -> Option<AuthorityId>;
}

/// Accepts the certificates that the node names, and nothing else.
pub(super) struct Pinned {
    pins: Arc<dyn Pins>,
    /// Whom alone; `None` accepts any peer.
    only: Option<AuthorityId>,
}

impl Pinned {
    pub(super) fn anybody(pins: Arc<dyn Pins>) -> Self {
        Self { pins, only: None }
    }
    pub(super) fn only(pins: Arc<dyn Pins>, peer: AuthorityId) -> Self {
        Self { pins, only: Some(peer) }
    }
    fn check(&self, certificate: &[u8], chain: &[CertificateDer<'_>]) -> Result<(), Error> {
        let authority = self.pins.authority_of(certificate);
        let meant = |found| self.only.as_ref().is_none_or(|only| *only == found);
        if chain.is_empty() && authority.is_some_and(meant) {
            return Ok(());
        }
        Err(CertificateError::ApplicationVerificationFailure.into())
    }
}

/// The other side holds the certificate's key.
fn signed(
    message: &[u8],
    certificate: &CertificateDer<'_>,
    signature: &DigitallySignedStruct,
) -> Result<HandshakeSignatureValid, Error> {
    if signature.scheme != SignatureScheme::ECDSA_NISTP256_SHA256 {
        return Err(PeerMisbehaved::SignedHandshakeWithUnadvertisedSigScheme.into());
    }
    verify_tls13_signature(message, certificate, signature, &PROVIDER.signature_verification_algorithms)
}

fn older_version() -> Error {
    Error::General("only TLS 1.3 is spoken".to_owned())
}

impl fmt::Debug for Pinned {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Pinned({:?})", self.only)
    }
}

impl ServerCertVerifier for Pinned {
    fn verify_server_cert(
        &self,
        certificate: &CertificateDer<'_>,
        chain: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        self.check(certificate, chain).map(|()| ServerCertVerified::assertion())
    }
    fn verify_tls12_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        Err(older_version())
    }
    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        signed(message, certificate, signature)
    }
    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        vec![SignatureScheme::ECDSA_NISTP256_SHA256]
    }
}

impl ClientCertVerifier for Pinned {
    fn root_hint_subjects(&self) -> &[DistinguishedName] {
        &[]
    }
    fn verify_client_cert(
        &self,
        certificate: &CertificateDer<'_>,
        chain: &[CertificateDer<'_>],
        _: UnixTime,
    ) -> Result<ClientCertVerified, Error> {
        self.check(certificate, chain).map(|()| ClientCertVerified::assertion())
    }
    fn verify_tls12_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        Err(older_version())
    }
    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        signed(message, certificate, signature)
    }
    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        vec![SignatureScheme::ECDSA_NISTP256_SHA256]
    }
}
