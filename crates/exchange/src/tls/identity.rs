//! The certificate and key under which this node speaks TLS. They may be replaced while it runs.

use std::fmt;
use std::sync::{Arc, PoisonError, RwLock};

use rustls::SignatureScheme;
use rustls::client::ResolvesClientCert;
use rustls::crypto::aws_lc_rs::sign::any_ecdsa_type;
use rustls::pki_types::{CertificateDer, PrivatePkcs8KeyDer};
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;
use seal::{Certificate, Purpose};

use crate::fault::ExchangeFault;

/// This node's TLS certificate and private key; clones share it, so that a rotation reaches server and carrier at once.
#[derive(Clone)]
pub struct Identity(Arc<RwLock<Arc<CertifiedKey>>>);

impl Identity {
    /// From a TLS certificate and its private key in PKCS#8. The key is copied into the TLS library alone.
    pub fn new(certificate: &Certificate, pkcs8_der: &[u8]) -> Result<Self, ExchangeFault> {
        Ok(Self(Arc::new(RwLock::new(certified(certificate, pkcs8_der)?))))
    }
    /// Uses another certificate and key from the next handshake on. Connections that stand are closed when they become idle.
    pub fn replace(&self, certificate: &Certificate, pkcs8_der: &[u8]) -> Result<(), ExchangeFault> {
        let next = certified(certificate, pkcs8_der)?;
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = next;
        Ok(())
    }
    pub(crate) fn present(&self) -> Arc<CertifiedKey> {
        self.0.read().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

fn certified(certificate: &Certificate, pkcs8_der: &[u8]) -> Result<Arc<CertifiedKey>, ExchangeFault> {
    if certificate.purpose() != Purpose::Tls {
        return Err(ExchangeFault::Identity(format!("it is a certificate for {}", certificate.purpose())));
    }
    let unusable = |why: rustls::Error| ExchangeFault::Identity(why.to_string());
    let key = any_ecdsa_type(&PrivatePkcs8KeyDer::from(pkcs8_der).into()).map_err(unusable)?;
    let certified = CertifiedKey::new(vec![CertificateDer::from(certificate.der().to_vec())], key);
    certified.keys_match().map_err(unusable)?;
    Ok(Arc::new(certified))
}

impl fmt::Debug for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Identity(private key not shown)")
    }
}
impl ResolvesServerCert for Identity {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(self.present())
    }
}
impl ResolvesClientCert for Identity {
    fn resolve(&self, _: &[&[u8]], _: &[SignatureScheme]) -> Option<Arc<CertifiedKey>> {
        Some(self.present())
    }
    fn has_certs(&self) -> bool {
        true
    }
}
