//! Mutual TLS 1.3 between nodes that know one another: the certificates that approved cards name, and no others.
//!
//! No web PKI, no names, no chains, no resumed sessions: whether a certificate is an authority's is asked of the node at every handshake, by
//! [`Pins`], and again at every request. What is proved by the handshake is that the other side holds that certificate's key.
//! Specification: `docs/spec/exchange.md`, *Connection*.

mod identity;
mod pinned;

use std::sync::{Arc, LazyLock};

use rustls::client::Resumption;
use rustls::crypto::CryptoProvider;
use rustls::crypto::aws_lc_rs::{cipher_suite, default_provider, kx_group};
use rustls::server::NoServerSessionStorage;
use rustls::{ClientConfig, ServerConfig};
use terms::AuthorityId;

pub use identity::Identity;
use pinned::Pinned;
pub use pinned::Pins;

use crate::fault::ExchangeFault;

/// The only protocol that is spoken inside.
const ALPN: &[u8] = b"http/1.1";

/// What both sides offer: TLS 1.3's suites, AES-256 first, and the hybrid key exchange first.
static PROVIDER: LazyLock<Arc<CryptoProvider>> = LazyLock::new(|| {
    Arc::new(CryptoProvider {
        cipher_suites: vec![
            cipher_suite::TLS13_AES_256_GCM_SHA384,
            cipher_suite::TLS13_CHACHA20_POLY1305_SHA256,
            cipher_suite::TLS13_AES_128_GCM_SHA256,
        ],
        kx_groups: vec![kx_group::X25519MLKEM768, kx_group::X25519, kx_group::SECP256R1, kx_group::SECP384R1],
        ..default_provider()
    })
});

fn unusable(why: rustls::Error) -> ExchangeFault {
    ExchangeFault::Identity(why.to_string())
}

/// How the server shakes hands: with any approved peer.
pub(crate) fn server(identity: &Identity, pins: Arc<dyn Pins>) -> Result<Arc<ServerConfig>, ExchangeFault> {
    let mut config = ServerConfig::builder_with_provider(PROVIDER.clone())
        .with_protocol_versions(&[&rustls::version::TLS13])
        .map_err(unusable)?
        .with_client_cert_verifier(Arc::new(Pinned::anybody(pins)))
        .with_cert_resolver(Arc::new(identity.clone()));
    config.alpn_protocols = vec![ALPN.to_vec()];
    config.session_storage = Arc::new(NoServerSessionStorage {});
    config.send_tls13_tickets = 0;
    Ok(Arc::new(config))
}

/// How the carrier shakes hands: with `peer` alone.
pub(crate) fn client(
    identity: &Identity,
    pins: Arc<dyn Pins>,
    peer: &AuthorityId,
) -> Result<Arc<ClientConfig>, ExchangeFault> {
    let mut config = ClientConfig::builder_with_provider(PROVIDER.clone())
        .with_protocol_versions(&[&rustls::version::TLS13])
        .map_err(unusable)?
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(Pinned::only(pins, peer.clone())))
        .with_client_cert_resolver(Arc::new(identity.clone()));
    config.alpn_protocols = vec![ALPN.to_vec()];
    config.resumption = Resumption::disabled();
    Ok(Arc::new(config))
}

/// The certificate that the other side proved to hold, if it speaks the one protocol.
pub(crate) fn proven(connection: &rustls::CommonState) -> Option<Vec<u8>> {
    let certificate = connection.peer_certificates()?.first()?;
    (connection.alpn_protocol() == Some(ALPN)).then(|| certificate.to_vec())
}
