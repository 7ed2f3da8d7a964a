//! Detached signatures: CAdES-B, written and read in one form (`docs/spec/signature.md`).
//!
//! [`sign`] makes the signature; [`ReceivedSignature::parse`] checks its form and [`ReceivedSignature::verify`] its truth, and
//! [`Signed`] is the receipt for both. OpenSSL and pyHanko read the same bytes. INVARIANT: a signature is accepted only if writing it
//! again gives the same bytes, so neither an attribute, a certificate nor a spelling can be slipped in. A time-stamp token may be
//! added later as the only unsigned attribute; it is carried here and judged in [`crate::timestamp`].

pub(crate) mod form;

use terms::{Digest, Moment};

use crate::{Certificate, Failure, Fingerprint, Flaw, Purpose, RootCertificate, Signer};
use form::Parts;

/// The most bytes a signature may have, its time-stamp token included.
pub const SIGNATURE_BYTES_MAX: usize = 16 * 1024;

/// Signs `content` in the name of the signer's certificate. `at` is the moment that the signer claims.
pub fn sign(content: &[u8], signer: &dyn Signer, at: Moment) -> Result<Vec<u8>, Failure> {
    let certificate = signer.certificate().clone();
    if certificate.purpose() == Purpose::Tls {
        return Err(Flaw::Signer("a TLS certificate does not sign".into()).into());
    }
    certificate.check_at(at)?;
    let content = Digest::of(&[content]);
    let signature = signer.sign_digest(&form::digest_to_sign(&certificate, &content, at)?)?;
    let parts = Parts { certificate, content, time: at, signature, timestamp: None };
    let der = form::write(&parts)?;
    // A key that signs something else than it says is noticed here, not by the peer.
    ReceivedSignature(parts).check_value()?;
    Ok(der)
}

/// Reads and verifies in one step.
pub fn verify(content: &[u8], signature: &[u8], expected: &Expected<'_>) -> Result<Signed, Flaw> {
    ReceivedSignature::parse_among(signature, expected.known())?.verify(content, expected)
}

/// Whose signature the caller is ready to accept.
#[derive(Debug, Clone, Copy)]
pub enum Expected<'a> {
    /// That of the root itself, valid at the claimed moment.
    Root(&'a RootCertificate),
    /// That of any seal that the root issued, both valid at the claimed moment.
    SealUnder(&'a RootCertificate),
    /// That of one of these certificates. Whether it was good at that moment, the caller asks its card.
    OneOf(&'a [Certificate]),
}

impl<'a> Expected<'a> {
    /// The certificates that need not be read again.
    fn known(&self) -> &'a [Certificate] {
        match self {
            Self::Root(root) => std::slice::from_ref(root.certificate()),
            Self::SealUnder(_) => &[],
            Self::OneOf(candidates) => candidates,
        }
    }
}

/// A signature of the right form. Nothing is known yet about its truth.
#[derive(Debug, Clone)]
pub struct ReceivedSignature(Parts);

impl ReceivedSignature {
    /// Reads a signature; refuses every form but the one of the specification.
    pub fn parse(der: &[u8]) -> Result<Self, Flaw> {
        Self::parse_among(der, &[])
    }
    /// The same, faster if the signature carries one of the certificates that are `known`; it says nothing about who signed.
    pub fn parse_among(der: &[u8], known: &[Certificate]) -> Result<Self, Flaw> {
        if der.len() > SIGNATURE_BYTES_MAX {
            return Err(Flaw::TooLarge { what: "a signature", size: der.len(), max: SIGNATURE_BYTES_MAX });
        }
        form::read(der, known).map(Self)
    }
    /// The fingerprint of the certificate in whose name it claims to be: enough to look up who that would be.
    pub fn claimed_signer(&self) -> Fingerprint {
        self.0.certificate.fingerprint()
    }
    /// The certificate in whose name it claims to be.
    pub fn claimed_certificate(&self) -> &Certificate {
        &self.0.certificate
    }
    /// The bytes that a time-stamping authority hashes (CAdES-T): the signature value.
    pub fn value(&self) -> Vec<u8> {
        self.0.signature.to_der()
    }
    /// The time-stamp token beside the signature, if any; `timestamp` checks it.
    pub fn unchecked_timestamp(&self) -> Option<&[u8]> {
        self.0.timestamp.as_deref()
    }
    /// The moment that the signer claims.
    pub fn claimed_time(&self) -> Moment {
        self.0.time
    }
    /// The same signature with a time-stamp token (RFC 3161, DER) beside it, in place of an earlier one.
    pub fn with_timestamp(mut self, token: &[u8]) -> Result<Vec<u8>, Flaw> {
        self.0.timestamp = Some(token.to_vec());
        let der = form::write(&self.0)?;
        Self::parse(&der)?;
        Ok(der)
    }
    /// Verifies it over `content`, and that its signer is among those expected.
    pub fn verify(self, content: &[u8], expected: &Expected<'_>) -> Result<Signed, Flaw> {
        if self.0.content != Digest::of(&[content]) {
            return Err(Flaw::Content);
        }
        self.check_value()?;
        self.check_signer(expected)?;
        Ok(Signed(self.0))
    }
    fn check_value(&self) -> Result<(), Flaw> {
        let Parts { certificate, content, time, signature, .. } = &self.0;
        certificate.public_key().verify(&form::digest_to_sign(certificate, content, *time)?, signature)
    }
    fn check_signer(&self, expected: &Expected<'_>) -> Result<(), Flaw> {
        let certificate = &self.0.certificate;
        let other = || Flaw::Signer(format!("{certificate:?}"));
        match expected {
            Expected::Root(root) if root.certificate() == certificate => certificate.check_at(self.0.time),
            Expected::SealUnder(root) if certificate.purpose() == Purpose::Seal => {
                certificate.check_under(root, self.0.time)
            }
            Expected::OneOf(candidates) if candidates.contains(certificate) => Ok(()),
            _ => Err(other()),
        }
    }
}

/// The receipt: this content was signed with the key of this certificate.
#[derive(Debug, Clone)]
pub struct Signed(Parts);

impl Signed {
    /// The certificate of who signed.
    pub fn certificate(&self) -> &Certificate {
        &self.0.certificate
    }
    /// Its fingerprint.
    pub fn fingerprint(&self) -> Fingerprint {
        self.0.certificate.fingerprint()
    }
    /// The moment that the signer claims; a stolen key can claim any.
    pub fn time(&self) -> Moment {
        self.0.time
    }
    /// SHA-256 of the content.
    pub fn content(&self) -> &Digest {
        &self.0.content
    }
    /// The time-stamp token beside the signature, if any. Its own signature has not been checked.
    pub fn unchecked_timestamp(&self) -> Option<&[u8]> {
        self.0.timestamp.as_deref()
    }
}
