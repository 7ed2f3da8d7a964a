//! Signing: the trait behind which a private key stands, its public half, and the signature value.
//!
//! One algorithm: ECDSA on P-256 over a SHA-256 digest. A digest is what is handed to the key, so a hardware module needs no more
//! than its raw ECDSA operation. Of the two values `s` and `n − s` that would both verify, only the lower is written and only the
//! lower is accepted; so nobody without the key can turn one signature into another spelling of itself.
//! Private keys are handed in by `keys`; [`P256Key`] holds one in memory, erases it when dropped and never prints it.
//!
//! Keys and values are read by RustCrypto's `p256`, strictly; whether a value is true is computed by AWS-LC, several times faster
//! (decision 0013).

use std::fmt;
use std::sync::Arc;

use aws_lc_rs::digest::{Digest as Hashed, SHA256};
use aws_lc_rs::signature::{ECDSA_P256_SHA256_ASN1, UnparsedPublicKey};
use p256::ecdsa::signature::hazmat::PrehashSigner as _;
use p256::ecdsa::{Signature as P256Signature, SigningKey as P256SigningKey, VerifyingKey};
use p256::pkcs8::{DecodePrivateKey as _, EncodePrivateKey as _};
use rand_core::CryptoRng;
use terms::{Digest, Fault};
use zeroize::Zeroizing;

use crate::{Certificate, Flaw};

/// A private key that can sign, wherever it is kept.
pub trait SigningKey: Send + Sync {
    /// Its public half.
    fn public_key(&self) -> PublicKey;
    /// Signs a SHA-256 digest. The only thing that can go wrong is that the key cannot be reached.
    fn sign_digest(&self, digest: &Digest) -> Result<EcdsaSignature, Fault>;
}

/// A signing key together with the certificate in whose name it signs.
pub trait Signer: SigningKey {
    /// The certificate that goes into the signature.
    fn certificate(&self) -> &Certificate;
}

macro_rules! signing_key_behind {
    ($($pointer:ty),*) => { $(
        impl<K: SigningKey + ?Sized> SigningKey for $pointer {
            fn public_key(&self) -> PublicKey {
                (**self).public_key()
            }
            fn sign_digest(&self, digest: &Digest) -> Result<EcdsaSignature, Fault> {
                (**self).sign_digest(digest)
            }
        }
    )* };
}
signing_key_behind!(&K, Box<K>, Arc<K>);

/// Any signing key with its certificate; exists only if the two belong together.
#[derive(Debug, Clone)]
pub struct Certified<K> {
    key: K,
    certificate: Certificate,
}

impl<K: SigningKey> Certified<K> {
    /// Joins a key and a certificate; refuses a certificate of another key.
    pub fn new(key: K, certificate: Certificate) -> Result<Self, Flaw> {
        if key.public_key() != *certificate.public_key() {
            return Err(Flaw::KeyMismatch);
        }
        Ok(Self { key, certificate })
    }
}
impl<K: SigningKey> SigningKey for Certified<K> {
    fn public_key(&self) -> PublicKey {
        self.key.public_key()
    }
    fn sign_digest(&self, digest: &Digest) -> Result<EcdsaSignature, Fault> {
        self.key.sign_digest(digest)
    }
}
impl<K: SigningKey> Signer for Certified<K> {
    fn certificate(&self) -> &Certificate {
        &self.certificate
    }
}

/// A P-256 public key.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct PublicKey(VerifyingKey);

impl PublicKey {
    /// Reads the uncompressed point of 65 bytes (SEC 1); refuses every other length and points off the curve.
    pub fn from_sec1(bytes: &[u8]) -> Result<Self, Flaw> {
        let refuse = Flaw::CertificateForm("the public key is not an uncompressed point of P-256");
        if bytes.len() != 65 {
            return Err(refuse);
        }
        VerifyingKey::from_sec1_bytes(bytes).map(Self).map_err(|_| refuse)
    }
    /// The uncompressed point.
    pub fn to_sec1(&self) -> Vec<u8> {
        self.0.to_sec1_point(false).as_bytes().to_vec()
    }
    /// Checks a signature over a digest.
    pub fn verify(&self, digest: &Digest, signature: &EcdsaSignature) -> Result<(), Flaw> {
        let hashed = Hashed::import_less_safe(digest.as_bytes(), &SHA256).map_err(|_| Flaw::Signature)?;
        let point = self.0.to_sec1_point(false);
        let key = UnparsedPublicKey::new(&ECDSA_P256_SHA256_ASN1, point.as_bytes());
        key.verify_digest(&hashed, signature.0.to_der().as_bytes()).map_err(|_| Flaw::Signature)
    }
    pub(crate) const fn verifying_key(&self) -> &VerifyingKey {
        &self.0
    }
}
impl fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PublicKey({})", Digest::of(&[&self.to_sec1()]).short())
    }
}

/// An ECDSA signature value. INVARIANT: `s` is the lower of the two that verify.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct EcdsaSignature(P256Signature);

impl EcdsaSignature {
    /// From the 64 bytes `r ‖ s` that a key or a module returned; chooses the lower `s`.
    pub fn from_raw(raw: &[u8; 64]) -> Result<Self, Flaw> {
        let value = P256Signature::from_slice(raw).map_err(|_| Flaw::SignatureForm("r or s is out of range"))?;
        Ok(Self(value.normalize_s()))
    }
    /// From DER that came from outside; refuses the higher `s` and every other spelling.
    pub fn from_der(bytes: &[u8]) -> Result<Self, Flaw> {
        let value =
            P256Signature::from_der(bytes).map_err(|_| Flaw::SignatureForm("the signature value is not DER"))?;
        if value != value.normalize_s() {
            return Err(Flaw::SignatureForm("the signature value has the higher of the two possible s"));
        }
        if value.to_der().as_bytes() != bytes {
            return Err(Flaw::SignatureForm("the signature value is not DER"));
        }
        Ok(Self(value))
    }
    /// `SEQUENCE { r, s }`, as certificates and CMS carry it.
    pub fn to_der(&self) -> Vec<u8> {
        self.0.to_der().as_bytes().to_vec()
    }
}
impl fmt::Debug for EcdsaSignature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "EcdsaSignature({})", Digest::of(&[&self.to_der()]).short())
    }
}

/// A P-256 private key in memory. Erased when dropped; never printed.
#[derive(Clone)]
pub struct P256Key(P256SigningKey);

impl P256Key {
    /// Draws a new key from the randomness handed in.
    pub fn generate(rng: &mut dyn CryptoRng) -> Self {
        let mut scalar = Zeroizing::new([0u8; 32]);
        loop {
            rng.fill_bytes(scalar.as_mut_slice());
            // Zero and values beyond the group order are not keys; both are astronomically rare.
            if let Ok(key) = P256SigningKey::from_slice(scalar.as_slice()) {
                return Self(key);
            }
        }
    }
    /// Reads a PKCS#8 key.
    pub fn from_pkcs8_der(der: &[u8]) -> Result<Self, Flaw> {
        P256SigningKey::from_pkcs8_der(der)
            .map(Self)
            .map_err(|_| Flaw::Unreadable { what: "a private key", why: "not a P-256 key in PKCS#8".into() })
    }
    /// Writes PKCS#8, for a store that encrypts it.
    pub fn to_pkcs8_der(&self) -> Result<Zeroizing<Vec<u8>>, Flaw> {
        self.0
            .to_pkcs8_der()
            .map(|document| Zeroizing::new(document.as_bytes().to_vec()))
            .map_err(|_| Flaw::Unreadable { what: "a private key", why: "cannot be written as PKCS#8".into() })
    }
}
impl SigningKey for P256Key {
    fn public_key(&self) -> PublicKey {
        PublicKey(*self.0.verifying_key())
    }
    fn sign_digest(&self, digest: &Digest) -> Result<EcdsaSignature, Fault> {
        // Deterministic (RFC 6979), so no randomness is needed here. A running node signs by AWS-LC instead (`keys`, decision 0013).
        let signed: Result<P256Signature, _> = self.0.sign_prehash(digest.as_bytes());
        signed
            .map(|value| EcdsaSignature(value.normalize_s()))
            .map_err(|error| Fault::new("seal.signing", "the key in memory did not sign").because(error))
    }
}
impl fmt::Debug for P256Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "P256Key(secret of {:?})", self.public_key())
    }
}
