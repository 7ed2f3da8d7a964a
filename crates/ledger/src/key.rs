//! Names, ids and public keys of those who sign notes, and the trait behind which the secret halves live.
//!
//! A key is written as C2SP *vkey*: `name+id+base64(type ‖ public key)`. Its id is the first four bytes of
//! SHA-256(name ‖ 0x0A ‖ type ‖ public key), so that the same key material under another name or for another signature
//! type has another id. Types 0x01 (Ed25519 over the note) and 0x04 (cosignature/v1) are verified here; 0x06 (ML-DSA-44
//! cosignature) has its number reserved and its place in [`KeyKind`]: until then its signatures are those of unknown keys.
//!
//! The id is short and no hash to rely on: whoever forges a collision gets a signature that does not verify.

use std::fmt;
use std::str::FromStr;

use ed25519_dalek::{Signature, Signer as _, SigningKey, VerifyingKey};
use terms::{Digest, Fault};

use crate::LedgerError;
use crate::text::{base64, unbase64};

/// Longest key name and origin: ML-DSA-44 cosignatures give it one length byte.
pub const NAME_LEN_MAX: usize = 255;

/// The signature type number of ML-DSA-44 cosignatures, reserved for the day they are verified here.
pub const TYPE_ML_DSA_44_COSIGNATURE: u8 = 0x06;

/// A key's name: not empty, no white space, no `+`, no control characters; by custom a URL without scheme.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct KeyName(Box<str>);

impl KeyName {
    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for KeyName {
    type Err = LedgerError;
    fn from_str(text: &str) -> Result<Self, LedgerError> {
        let forbidden = |c: char| c.is_whitespace() || c == '+' || c < ' ';
        if text.is_empty() || text.len() > NAME_LEN_MAX || text.contains(forbidden) {
            return Err(LedgerError::KeyMalformed("a key name has 1 to 255 bytes, no white space and no plus sign"));
        }
        Ok(Self(text.into()))
    }
}

impl fmt::Display for KeyName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
impl fmt::Debug for KeyName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "KeyName({})", self.0)
    }
}

/// The four bytes that, with the name, say which key signed and by which algorithm.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct KeyId(pub [u8; 4]);

impl KeyId {
    /// The id of this key material under this name for this signature type.
    pub fn derive(name: &KeyName, signature_type: u8, public_key: &[u8]) -> Self {
        let digest = Digest::of(&[name.as_str().as_bytes(), b"\n", &[signature_type], public_key]);
        let [a, b, c, d, ..] = *digest.as_bytes();
        Self([a, b, c, d])
    }
}

impl fmt::Display for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:08x}", u32::from_be_bytes(self.0))
    }
}

/// For what a key signs; the number is the C2SP signature type.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum KeyKind {
    /// Ed25519 over the note's text: how a log signs its checkpoints.
    Log = 0x01,
    /// Timestamped Ed25519 cosignature over a checkpoint: how a witness says that it saw no other history.
    Cosigner = 0x04,
}

impl KeyKind {
    /// The signature type number.
    pub fn number(self) -> u8 {
        self as u8
    }
    fn from_number(number: u8) -> Result<Self, LedgerError> {
        match number {
            0x01 => Ok(Self::Log),
            0x04 => Ok(Self::Cosigner),
            other => Err(LedgerError::KeyTypeUnsupported(other)),
        }
    }
}

/// A public key with the name and the purpose under which it is trusted.
#[derive(Clone, PartialEq, Eq)]
pub struct VerifierKey {
    name: KeyName,
    kind: KeyKind,
    public: VerifyingKey,
    id: KeyId,
}

impl VerifierKey {
    /// Takes a key of 32 bytes.
    ///
    /// # Errors
    /// If the bytes are no point of the curve, or one of the few points under which anything verifies.
    pub fn new(name: KeyName, kind: KeyKind, public_key: &[u8; 32]) -> Result<Self, LedgerError> {
        let public = VerifyingKey::from_bytes(public_key)
            .map_err(|_| LedgerError::KeyMalformed("the bytes are not an Ed25519 public key"))?;
        if public.is_weak() {
            return Err(LedgerError::KeyMalformed("a key of small order signs everything and nothing"));
        }
        let id = KeyId::derive(&name, kind.number(), public_key);
        Ok(Self { name, kind, public, id })
    }
    /// The name.
    pub fn name(&self) -> &KeyName {
        &self.name
    }
    /// The id.
    pub fn id(&self) -> KeyId {
        self.id
    }
    /// The purpose.
    pub fn kind(&self) -> KeyKind {
        self.kind
    }
    /// The bare key, the same under every name and purpose.
    pub fn public_key(&self) -> &[u8; 32] {
        self.public.as_bytes()
    }
    /// Whether `signature` is this key's Ed25519 signature over exactly `message`. Strict: no signature that one
    /// implementation accepts and another refuses.
    pub(crate) fn verifies(&self, message: &[u8], signature: &[u8]) -> bool {
        Signature::from_slice(signature).is_ok_and(|signature| self.public.verify_strict(message, &signature).is_ok())
    }
    /// Name and id in one, as messages show them.
    pub(crate) fn label(&self) -> String {
        format!("{}+{}", self.name, self.id)
    }
}

impl FromStr for VerifierKey {
    type Err = LedgerError;
    fn from_str(text: &str) -> Result<Self, LedgerError> {
        let malformed = LedgerError::KeyMalformed;
        let parts = text.split_once('+').and_then(|(name, rest)| Some((name, rest.split_once('+')?)));
        let (name, (id, material)) = parts.ok_or(malformed("expected name+id+key"))?;
        let name: KeyName = name.parse()?;
        let material = unbase64(material).ok_or(malformed("the key is not base64"))?;
        let (&number, public_key) = material.split_first().ok_or(malformed("the key is empty"))?;
        if KeyId::derive(&name, number, public_key).to_string() != id {
            return Err(malformed("the id is not that of name and key"));
        }
        let kind = KeyKind::from_number(number)?;
        let public_key = public_key.try_into().map_err(|_| malformed("an Ed25519 key has 32 bytes"))?;
        Self::new(name, kind, public_key)
    }
}

impl fmt::Display for VerifierKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let material = [&[self.kind.number()], self.public.as_bytes().as_slice()].concat();
        write!(f, "{}+{}+{}", self.name, self.id, base64(&material))
    }
}
impl fmt::Debug for VerifierKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "VerifierKey({self})")
    }
}

/// The secret half of a [`VerifierKey`], wherever it lives. It signs what it is given; what it is given is decided here.
pub trait NoteSigner {
    /// The public half, with name and purpose.
    fn key(&self) -> &VerifierKey;

    /// The bare signature over exactly `message`: for Ed25519 its 64 bytes, without key id and time.
    ///
    /// # Errors
    /// The fault of the place where the key lives.
    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, Fault>;
}

/// A signer whose secret lies in memory. Where the bytes come from, and that they are wiped there, is the caller's.
pub struct SoftSigner {
    key: VerifierKey,
    secret: SigningKey,
}

impl SoftSigner {
    /// From the 32 secret bytes (RFC 8032).
    ///
    /// # Errors
    /// As [`VerifierKey::new`].
    pub fn new(name: KeyName, kind: KeyKind, secret: &[u8; 32]) -> Result<Self, LedgerError> {
        let secret = SigningKey::from_bytes(secret);
        let key = VerifierKey::new(name, kind, secret.verifying_key().as_bytes())?;
        Ok(Self { key, secret })
    }
}

impl NoteSigner for SoftSigner {
    fn key(&self) -> &VerifierKey {
        &self.key
    }
    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, Fault> {
        Ok(self.secret.sign(message).to_bytes().to_vec())
    }
}

impl fmt::Debug for SoftSigner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SoftSigner({})", self.key)
    }
}
