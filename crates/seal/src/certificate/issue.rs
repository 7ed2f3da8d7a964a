//! Issuing: the authority's root, and the certificates under it. Done offline by `init` and at each rotation.
//!
//! The key stands behind [`SigningKey`], so a root may live in a hardware module; serial numbers come from the randomness handed in.

use rand_core::CryptoRng;
use serde::{Deserialize, Serialize};
use terms::{AuthorityId, Digest, Moment};

use super::profile::{self, Fields, KeyIdentifier, Purpose, TlsName};
use super::{Certificate, RootCertificate};
use crate::{Failure, Flaw, PublicKey, SigningKey};

/// From when until when, both ends included.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Period {
    /// First moment.
    pub from: Moment,
    /// Last moment.
    pub until: Moment,
}

impl Period {
    /// A period from one moment until another.
    pub const fn new(from: Moment, until: Moment) -> Self {
        Self { from, until }
    }
    /// Whether the moment lies inside.
    pub fn contains(&self, at: Moment) -> bool {
        (self.from..=self.until).contains(&at)
    }
}

/// Issues an authority's self-signed root.
pub fn issue_root(
    authority: &AuthorityId,
    key: &dyn SigningKey,
    period: Period,
    rng: &mut dyn CryptoRng,
) -> Result<RootCertificate, Failure> {
    let public_key = key.public_key();
    let subject = Subject { authority, purpose: Purpose::Root, public_key, tls_names: &[], period };
    Ok(sign(subject, key, rng)?.try_into()?)
}

/// Issues a certificate under which acts, receipts and notices are sealed.
pub fn issue_seal(
    root: &RootCertificate,
    root_key: &dyn SigningKey,
    public_key: PublicKey,
    period: Period,
    rng: &mut dyn CryptoRng,
) -> Result<Certificate, Failure> {
    under(root, root_key, Purpose::Seal, public_key, &[], period, rng)
}

/// Issues a certificate under which the node answers and calls over TLS.
pub fn issue_tls(
    root: &RootCertificate,
    root_key: &dyn SigningKey,
    public_key: PublicKey,
    tls_names: &[TlsName],
    period: Period,
    rng: &mut dyn CryptoRng,
) -> Result<Certificate, Failure> {
    under(root, root_key, Purpose::Tls, public_key, tls_names, period, rng)
}

struct Subject<'a> {
    authority: &'a AuthorityId,
    purpose: Purpose,
    public_key: PublicKey,
    tls_names: &'a [TlsName],
    period: Period,
}

fn under(
    root: &RootCertificate,
    root_key: &dyn SigningKey,
    purpose: Purpose,
    public_key: PublicKey,
    tls_names: &[TlsName],
    period: Period,
    rng: &mut dyn CryptoRng,
) -> Result<Certificate, Failure> {
    if root_key.public_key() != *root.public_key() {
        return Err(Flaw::KeyMismatch.into());
    }
    if public_key == *root.public_key() {
        return Err(Flaw::CertificateForm("the root's own key does not serve another purpose").into());
    }
    let subject = Subject { authority: root.authority(), purpose, public_key, tls_names, period };
    let certificate = sign(subject, root_key, rng)?;
    certificate.check_issued_by(root)?;
    Ok(certificate)
}

fn sign(subject: Subject<'_>, key: &dyn SigningKey, rng: &mut dyn CryptoRng) -> Result<Certificate, Failure> {
    let mut serial = [0u8; 16];
    rng.fill_bytes(&mut serial);
    // Positive, and always sixteen bytes long, with 126 random bits.
    serial[0] = serial[0] & 0x3f | 0x40;
    let fields = Fields {
        authority: subject.authority.clone(),
        purpose: subject.purpose,
        serial: serial.to_vec(),
        period: subject.period,
        public_key: subject.public_key,
        issuer_key: KeyIdentifier::of(&key.public_key()),
        tls_names: subject.tls_names.to_vec(),
    };
    let digest = Digest::of(&[&profile::to_be_signed(&fields)?]);
    let signature = key.sign_digest(&digest)?;
    // Read back, so that nothing is issued which would be refused elsewhere.
    Ok(Certificate::parse(&profile::assemble(&fields, &signature)?)?)
}
