//! The public half of a key, as the first line of its vault writes it, and what it is called.
//!
//! Root, seal and TLS: the certificate (base64 of DER), called by its fingerprint. Encryption: the X-Wing public key (base64), called
//! by its id. Ledger: the verifier key as C2SP signed-note writes it, called by its id.

use ledger::VerifierKey;
use seal::{Base64, Certificate, EncryptionKey, Purpose};

use crate::{KeyFault, Kind};

/// The public half of a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PublicPart {
    /// Of a root, seal or TLS key.
    Certificate(Certificate),
    /// Of an encryption key.
    Encryption(Box<EncryptionKey>),
    /// Of a ledger key.
    Ledger(Box<VerifierKey>),
}

impl PublicPart {
    /// Reads what a key of this kind has as its public half.
    pub fn parse(kind: Kind, text: &str) -> Result<Self, KeyFault> {
        let public = match kind {
            Kind::Root | Kind::Seal | Kind::Tls => Self::Certificate(Certificate::parse(&bytes(text)?)?),
            Kind::Encryption => Self::Encryption(Box::new(EncryptionKey::from_bytes(&bytes(text)?)?)),
            Kind::Ledger => Self::Ledger(Box::new(text.parse()?)),
        };
        if public.kind() != kind || public.to_text() != text {
            return Err(KeyFault::Mismatch("its public part is that of a key of another kind"));
        }
        Ok(public)
    }
    /// As the first line of a vault writes it.
    pub fn to_text(&self) -> String {
        match self {
            Self::Certificate(certificate) => Base64::from(certificate.der()).to_string(),
            Self::Encryption(key) => Base64::from(key.to_bytes()).to_string(),
            Self::Ledger(key) => key.to_string(),
        }
    }
    /// For what the key is.
    pub fn kind(&self) -> Kind {
        match self {
            Self::Certificate(certificate) => match certificate.purpose() {
                Purpose::Root => Kind::Root,
                Purpose::Seal => Kind::Seal,
                Purpose::Tls => Kind::Tls,
            },
            Self::Encryption(_) => Kind::Encryption,
            Self::Ledger(_) => Kind::Ledger,
        }
    }
    /// What the key is called, in hexadecimal.
    pub fn id(&self) -> String {
        match self {
            Self::Certificate(certificate) => certificate.fingerprint().to_string(),
            Self::Encryption(key) => key.id().to_string(),
            Self::Ledger(key) => key.id().to_string(),
        }
    }
}

fn bytes(text: &str) -> Result<Vec<u8>, KeyFault> {
    use base64::Engine as _;
    let read = base64::engine::general_purpose::STANDARD.decode(text);
    read.map_err(|_| KeyFault::Malformed("its public part is not base64".into()))
}
