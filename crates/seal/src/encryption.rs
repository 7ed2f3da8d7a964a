//! Encryption keys: the public half to which others seal, and the trait behind which the private half opens.
//!
//! One suite (`docs/spec/envelope.md`): HPKE base mode, KEM X-Wing (ML-KEM-768 with X25519), HKDF-SHA256, AES-256-GCM, empty `aad`; all
//! that must be bound stands in `info`. Sealing needs only the public half and the randomness handed in. Opening is one call with a key id,
//! so that a hardware module, or a keyring in which old keys are destroyed once drained, can stand behind [`Opener`].

use std::fmt;
use std::str::FromStr;

use hpke::aead::AesGcm256;
use hpke::kdf::HkdfSha256;
use hpke::kem::{Kem as _, XWing};
use hpke::{Deserializable as _, OpModeR, OpModeS, Serializable as _};
use rand_core::CryptoRng;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use terms::{Digest, Fault, Malformed};
use zeroize::Zeroizing;

use crate::{Base64, Failure, Flaw};

/// Bytes of an X-Wing public key.
pub const PUBLIC_KEY_BYTES: usize = 1216;
/// Bytes of the encapsulated key (`enc`).
pub const ENC_BYTES: usize = 1120;
/// Bytes that AES-256-GCM adds to the plaintext.
pub const TAG_BYTES: usize = 16;

/// Names an encryption key: the first sixteen bytes of SHA-256 over its public half.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EncryptionKeyId([u8; 16]);

impl EncryptionKeyId {
    /// The bytes.
    pub const fn as_bytes(&self) -> &[u8; 16] {
        &self.0
    }
}
impl fmt::Display for EncryptionKeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex::encode(self.0))
    }
}
impl fmt::Debug for EncryptionKeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "EncryptionKeyId({})", hex::encode(&self.0[..4]))
    }
}
impl FromStr for EncryptionKeyId {
    type Err = Malformed;
    fn from_str(text: &str) -> Result<Self, Malformed> {
        let mut bytes = [0; 16];
        let lower = text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
        if !lower || hex::decode_to_slice(text, &mut bytes).is_err() {
            return Err(Malformed::new(text, "an encryption key's id of 32 lower-case hexadecimal digits"));
        }
        Ok(Self(bytes))
    }
}
impl Serialize for EncryptionKeyId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}
impl<'de> Deserialize<'de> for EncryptionKeyId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = <std::borrow::Cow<'de, str>>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

/// A public key to which envelopes and exhibit keys are sealed.
#[derive(Clone, PartialEq, Eq)]
pub struct EncryptionKey {
    key: <XWing as hpke::Kem>::PublicKey,
    id: EncryptionKeyId,
}

impl EncryptionKey {
    /// Reads the 1216 bytes; refuses what is no valid public key.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, Flaw> {
        let key = <XWing as hpke::Kem>::PublicKey::from_bytes(bytes).map_err(|_| Flaw::EncryptionKey)?;
        if key.to_bytes().as_slice() != bytes {
            return Err(Flaw::EncryptionKey);
        }
        Ok(Self::new(key))
    }
    fn new(key: <XWing as hpke::Kem>::PublicKey) -> Self {
        let digest = Digest::of(&[&key.to_bytes()]);
        let mut id = [0; 16];
        id.copy_from_slice(&digest.as_bytes()[..16]);
        Self { key, id: EncryptionKeyId(id) }
    }
    /// The 1216 bytes.
    pub fn to_bytes(&self) -> Vec<u8> {
        self.key.to_bytes().to_vec()
    }
    /// Its id.
    pub const fn id(&self) -> EncryptionKeyId {
        self.id
    }
    /// HPKE single-shot sealing: `enc ‖ ciphertext`.
    pub(crate) fn seal(&self, info: &[u8], plaintext: &[u8], rng: &mut dyn CryptoRng) -> Result<Vec<u8>, Flaw> {
        let mode = OpModeS::<XWing>::Base;
        let mut rng = rng;
        let sealed = hpke::single_shot_seal_with_rng::<AesGcm256, HkdfSha256, XWing>(
            &mode, &self.key, info, plaintext, b"", &mut rng,
        );
        let (enc, ciphertext) = sealed.map_err(|_| Flaw::EncryptionKey)?;
        Ok([enc.to_bytes().as_slice(), &ciphertext].concat())
    }
}
impl fmt::Debug for EncryptionKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "EncryptionKey({})", self.id)
    }
}
impl Serialize for EncryptionKey {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        Base64(self.to_bytes()).serialize(serializer)
    }
}
impl<'de> Deserialize<'de> for EncryptionKey {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::from_bytes(Base64::deserialize(deserializer)?.as_slice()).map_err(serde::de::Error::custom)
    }
}

/// Why something sealed could not be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenFailure {
    /// The key is not held here: it was never ours, or it has been destroyed.
    #[error("the encryption key {0} is not held here")]
    NotHeld(EncryptionKeyId),
    /// The key is held, and what was sealed does not open with it.
    #[error("it does not open with this key")]
    DoesNotOpen,
    /// The key cannot be reached at this time.
    #[error(transparent)]
    Fault(#[from] Fault),
}

impl From<OpenFailure> for Failure {
    fn from(failure: OpenFailure) -> Self {
        match failure {
            OpenFailure::NotHeld(id) => Flaw::KeyNotHeld(id.to_string()).into(),
            OpenFailure::DoesNotOpen => Flaw::DoesNotOpen.into(),
            OpenFailure::Fault(fault) => fault.into(),
        }
    }
}

/// Private keys that can open, wherever they are kept.
pub trait Opener: Send + Sync {
    /// HPKE single-shot opening with the key of this id, empty `aad`.
    fn open(
        &self,
        key: &EncryptionKeyId,
        enc: &[u8; ENC_BYTES],
        info: &[u8],
        ciphertext: &[u8],
    ) -> Result<Zeroizing<Vec<u8>>, OpenFailure>;
}

/// An X-Wing private key in memory. Erased when dropped; never printed.
#[derive(Clone)]
pub struct XWingKey {
    private: <XWing as hpke::Kem>::PrivateKey,
    public: EncryptionKey,
}

impl XWingKey {
    /// From the 32-byte seed that `keys` keeps.
    pub fn from_seed(seed: &[u8; 32]) -> Self {
        let private = <XWing as hpke::Kem>::PrivateKey::from_bytes(seed).expect("INVARIANT: every 32 bytes are a seed");
        let public = EncryptionKey::new(XWing::sk_to_pk(&private));
        Self { private, public }
    }
    /// Draws a new seed from the randomness handed in: the seed, to be kept, is [`XWingKey::from_seed`]'s argument.
    pub fn draw_seed(rng: &mut dyn CryptoRng) -> Zeroizing<[u8; 32]> {
        let mut seed = Zeroizing::new([0; 32]);
        rng.fill_bytes(seed.as_mut_slice());
        seed
    }
    /// The public half.
    pub const fn public(&self) -> &EncryptionKey {
        &self.public
    }
}
impl fmt::Debug for XWingKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "XWingKey(secret of {})", self.public.id)
    }
}
impl Opener for XWingKey {
    fn open(
        &self,
        key: &EncryptionKeyId,
        enc: &[u8; ENC_BYTES],
        info: &[u8],
        ciphertext: &[u8],
    ) -> Result<Zeroizing<Vec<u8>>, OpenFailure> {
        if *key != self.public.id {
            return Err(OpenFailure::NotHeld(*key));
        }
        let enc = <XWing as hpke::Kem>::EncappedKey::from_bytes(enc).map_err(|_| OpenFailure::DoesNotOpen)?;
        let mode = OpModeR::<XWing>::Base;
        hpke::single_shot_open::<AesGcm256, HkdfSha256, XWing>(&mode, &self.private, &enc, info, ciphertext, b"")
            .map(Zeroizing::new)
            .map_err(|_| OpenFailure::DoesNotOpen)
    }
}
/// A keyring: the current key and the old ones that are not drained yet.
impl Opener for Vec<XWingKey> {
    fn open(
        &self,
        key: &EncryptionKeyId,
        enc: &[u8; ENC_BYTES],
        info: &[u8],
        ciphertext: &[u8],
    ) -> Result<Zeroizing<Vec<u8>>, OpenFailure> {
        let held = self.iter().find(|candidate| candidate.public.id == *key);
        held.ok_or(OpenFailure::NotHeld(*key))?.open(key, enc, info, ciphertext)
    }
}
