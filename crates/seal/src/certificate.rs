//! Certificates: an authority's root, and the seal and TLS certificates that it issues.
//!
//! There is one form (`docs/spec/signature.md`): P-256, SHA-256, the authority in the subject's common name and in a URI
//! `comity:es.moj`, the purpose in the organisational unit, a fixed list of extensions. INVARIANT: a [`Certificate`] exists
//! only if writing it again from its `Fields` gives the same bytes; there is no extension and no spelling in it
//! that was not understood. Reading checks form alone; who issued it is asked by [`Certificate::check_under`], and whether the
//! root is the right one is asked over a second channel, with [`Fingerprint::for_reading_aloud`].

mod fingerprint;
mod issue;
mod profile;

use std::sync::Arc;

use cms::cert::IssuerAndSerialNumber;
use der::Decode as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use terms::{AuthorityId, Digest, Moment};

pub use fingerprint::Fingerprint;
pub use issue::{Period, issue_root, issue_seal, issue_tls};
pub(crate) use profile::Algorithm;
pub use profile::{Purpose, TlsName};

use crate::{Base64, EcdsaSignature, Flaw, PublicKey};
use profile::{Fields, KeyIdentifier};

/// The most bytes a certificate may have.
pub const CERTIFICATE_BYTES_MAX: usize = 4096;

/// A well-formed certificate of an authority: root, seal or TLS.
#[derive(Clone)]
pub struct Certificate(Arc<Inner>);

/// Everything that reading found out, kept because every signature asks for it.
struct Inner {
    der: Vec<u8>,
    fingerprint: Fingerprint,
    fields: Fields,
    tbs: Digest,
    signature: EcdsaSignature,
    /// As CMS carries it, and as CMS names it.
    parsed: x509_cert::Certificate,
    named: IssuerAndSerialNumber,
}

impl Certificate {
    /// Reads a certificate; refuses every form but the one of the specification.
    pub fn parse(der: &[u8]) -> Result<Self, Flaw> {
        if der.len() > CERTIFICATE_BYTES_MAX {
            return Err(Flaw::TooLarge { what: "a certificate", size: der.len(), max: CERTIFICATE_BYTES_MAX });
        }
        let parsed = x509_cert::Certificate::from_der(der).map_err(Flaw::unreadable("a certificate"))?;
        let (fields, signature) = profile::read(&parsed)?;
        let tbs = Digest::of(&[&profile::to_be_signed(&fields)?]);
        if profile::assemble(&fields, &signature)? != der {
            return Err(Flaw::CertificateForm("written again from its contents, it differs"));
        }
        let named = profile::issuer_and_serial(&fields)?;
        let fingerprint = Fingerprint::of(der);
        Ok(Self(Arc::new(Inner { der: der.to_vec(), fingerprint, fields, tbs, signature, parsed, named })))
    }
    /// The bytes, in DER.
    pub fn der(&self) -> &[u8] {
        &self.0.der
    }
    /// SHA-256 of the bytes.
    pub fn fingerprint(&self) -> Fingerprint {
        self.0.fingerprint
    }
    /// The authority that it names.
    pub fn authority(&self) -> &AuthorityId {
        &self.0.fields.authority
    }
    /// What its key may be used for.
    pub fn purpose(&self) -> Purpose {
        self.0.fields.purpose
    }
    /// Its public key.
    pub fn public_key(&self) -> &PublicKey {
        &self.0.fields.public_key
    }
    /// First moment of validity.
    pub fn from(&self) -> Moment {
        self.0.fields.period.from
    }
    /// Last moment of validity.
    pub fn until(&self) -> Moment {
        self.0.fields.period.until
    }
    /// Host names and addresses of a TLS certificate; empty for the others.
    pub fn tls_names(&self) -> &[TlsName] {
        &self.0.fields.tls_names
    }
    /// Says whether the certificate is valid at `at`, both ends included.
    pub fn check_at(&self, at: Moment) -> Result<(), Flaw> {
        let (from, until) = (self.from(), self.until());
        if (from..=until).contains(&at) { Ok(()) } else { Err(Flaw::Validity { from, until, at }) }
    }
    /// Says whether `root` issued this certificate, without regard to time.
    pub fn check_issued_by(&self, root: &RootCertificate) -> Result<(), Flaw> {
        if self.purpose() == Purpose::Root {
            return Err(Flaw::Issuer("it is a root itself"));
        }
        if self.authority() != root.authority() {
            return Err(Flaw::Issuer("it names another authority"));
        }
        if self.0.fields.issuer_key != KeyIdentifier::of(root.public_key()) {
            return Err(Flaw::Issuer("it names another issuing key"));
        }
        if self.from() < root.from() || self.until() > root.until() {
            return Err(Flaw::Issuer("it claims validity beyond its root's"));
        }
        self.check_signed_by(root.public_key())
    }
    /// Says whether `root` issued this certificate and both are valid at `at`.
    pub fn check_under(&self, root: &RootCertificate, at: Moment) -> Result<(), Flaw> {
        self.check_issued_by(root)?;
        root.check_at(at)?;
        self.check_at(at)
    }
    fn check_signed_by(&self, key: &PublicKey) -> Result<(), Flaw> {
        let signed = key.verify(&self.0.tbs, &self.0.signature);
        signed.map_err(|_| Flaw::Issuer("the signature on it does not verify"))
    }
    /// How CMS names this certificate.
    pub(crate) fn issuer_and_serial(&self) -> &IssuerAndSerialNumber {
        &self.0.named
    }
    /// As CMS carries it.
    pub(crate) fn parsed(&self) -> &x509_cert::Certificate {
        &self.0.parsed
    }
}

/// The bytes decide: everything else was taken from them.
impl PartialEq for Certificate {
    fn eq(&self, other: &Self) -> bool {
        self.0.der == other.0.der
    }
}
impl Eq for Certificate {}

impl std::fmt::Debug for Certificate {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Certificate({} {} {})", self.authority(), self.purpose(), self.fingerprint().short())
    }
}
impl Serialize for Certificate {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        Base64::from(self.der()).serialize(serializer)
    }
}
impl<'de> Deserialize<'de> for Certificate {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::parse(Base64::deserialize(deserializer)?.as_slice()).map_err(serde::de::Error::custom)
    }
}

/// An authority's root: a certificate whose purpose is root and which signed itself.
///
/// That it is the *right* root is nothing a program can know; two officers compare its fingerprint.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RootCertificate(Certificate);

impl RootCertificate {
    /// Reads a root.
    pub fn parse(der: &[u8]) -> Result<Self, Flaw> {
        Certificate::parse(der)?.try_into()
    }
    /// The certificate.
    pub fn certificate(&self) -> &Certificate {
        &self.0
    }
}
impl std::ops::Deref for RootCertificate {
    type Target = Certificate;
    fn deref(&self) -> &Certificate {
        &self.0
    }
}
impl TryFrom<Certificate> for RootCertificate {
    type Error = Flaw;
    fn try_from(certificate: Certificate) -> Result<Self, Flaw> {
        if certificate.purpose() != Purpose::Root {
            return Err(Flaw::CertificateForm("it is no root"));
        }
        if certificate.0.fields.issuer_key != KeyIdentifier::of(certificate.public_key()) {
            return Err(Flaw::Issuer("a root names its own key as the issuing key"));
        }
        certificate.check_signed_by(certificate.public_key())?;
        Ok(Self(certificate))
    }
}
impl Serialize for RootCertificate {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(serializer)
    }
}
impl<'de> Deserialize<'de> for RootCertificate {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Certificate::deserialize(deserializer)?.try_into().map_err(serde::de::Error::custom)
    }
}
