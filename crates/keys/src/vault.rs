//! One secret in one file, encrypted under a passphrase or a key (`docs/spec/vault.md`).
//!
//! The first line is canonical JSON that anyone may read: what kind of key, its public half, and how the file is locked. Behind it stands
//! the secret under AES-256-GCM, with all before it authenticated. What the secret is, this module does not ask.
//!
//! ```text
//! passphrase ─Argon2id(lock.salt)─┐
//! key of 32 bytes ────────────────┴─ HKDF-SHA256(salt) ─▶ encryption key 32 ‖ nonce 12 ‖ check 32
//! ```
//! `check` stands in the first line. It tells a wrong passphrase from a damaged file, and binds the file to one key. INVARIANT:
//! each file has its own `salt`, so encryption key and nonce are used once.

use std::fmt;

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use aws_lc_rs::constant_time::verify_slices_are_equal;
use aws_lc_rs::hkdf;
use rand_core::CryptoRng;
use serde::{Deserialize, Serialize};
use terms::{Canonical, Digest, Salt};
use zeroize::Zeroizing;

use crate::{KdfCost, KeyFault, Secret};

/// The version that a vault names.
pub const VERSION: &str = "comity.vault/1";
/// The most bytes a vault may have.
pub const FILE_BYTES_MAX: usize = 64 * 1024;
/// The most bytes its first line may have, line end included.
pub const HEADER_BYTES_MAX: usize = 16 * 1024;
/// The most characters of a label.
pub const LABEL_CHARS_MAX: usize = 200;

const KEY: usize = 32;
const NONCE: usize = 12;
const CHECK: usize = 32;

/// What a key is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// Issues the certificates and signs the card.
    Root,
    /// Seals acts, receipts and notices.
    Seal,
    /// Answers and calls over TLS.
    Tls,
    /// Opens envelopes.
    Encryption,
    /// Signs the log's checkpoints.
    Ledger,
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Root => "root",
            Self::Seal => "seal",
            Self::Tls => "tls",
            Self::Encryption => "encryption",
            Self::Ledger => "ledger",
        })
    }
}

/// What anyone may know about a vault. Authentic only once the vault was opened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Header {
    /// What the key is for.
    pub kind: Kind,
    /// A line for people.
    pub label: String,
    /// The public half, as its kind writes it.
    pub public: String,
}

/// How a vault is locked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "by", rename_all = "lowercase")]
pub(crate) enum Lock {
    /// By a key of 32 bytes.
    Key,
    /// By a passphrase.
    Passphrase { kdf: Kdf, m: u32, t: u32, p: u32, salt: Salt },
}

/// The one way in which passphrases are stretched: version 0x13 (19), 32 bytes out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Kdf {
    Argon2id,
}

impl Lock {
    pub(crate) const fn passphrase(cost: KdfCost, salt: Salt) -> Self {
        let (m, t, p) = cost.parts();
        Self::Passphrase { kdf: Kdf::Argon2id, m, t, p, salt }
    }
    pub(crate) const fn name(&self) -> &'static str {
        match self {
            Self::Key => "key file",
            Self::Passphrase { .. } => "passphrase",
        }
    }
    /// Cost and salt of a passphrase; refuses a cost beyond the limits before any of it is spent.
    pub(crate) fn stretching(&self) -> Result<(KdfCost, Salt), KeyFault> {
        match *self {
            Self::Key => Err(KeyFault::OtherLock { locked: self.name(), given: "passphrase" }),
            Self::Passphrase { m, t, p, salt, kdf: Kdf::Argon2id } => Ok((KdfCost::new(m, t, p)?, salt)),
        }
    }
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct FirstLine {
    v: String,
    kind: Kind,
    label: String,
    public: String,
    lock: Lock,
    salt: Digest,
    check: Digest,
}

/// One secret, locked.
#[derive(Clone, PartialEq, Eq)]
pub struct Vault {
    header: Header,
    lock: Lock,
    salt: Digest,
    check: Digest,
    /// The whole file.
    bytes: Vec<u8>,
    /// Where the ciphertext begins.
    sealed: usize,
}

impl Vault {
    /// Locks a secret, with randomness handed in.
    pub fn lock(header: Header, secret: &[u8], by: &Secret, rng: &mut dyn CryptoRng) -> Result<Self, KeyFault> {
        let lock = by.new_lock(rng)?;
        let mut salt = [0; 32];
        rng.fill_bytes(&mut salt);
        let salt = Digest::new(salt);
        let keys = Keys::derive(by.base(&lock)?.as_slice(), &salt)?;
        let line = FirstLine {
            v: VERSION.to_owned(),
            kind: header.kind,
            label: header.label,
            public: header.public,
            lock,
            salt,
            check: keys.check(),
        };
        let line = Canonical::new(line).map_err(|why| KeyFault::Malformed(why.to_string()))?;
        let mut bytes = line.bytes().to_vec();
        bytes.push(b'\n');
        let mut sealed = Zeroizing::new(Vec::with_capacity(secret.len() + AES_256_GCM.tag_len()));
        sealed.extend_from_slice(secret);
        let (key, nonce) = keys.cipher()?;
        let done = key.seal_in_place_append_tag(nonce, Aad::from(bytes.as_slice()), &mut *sealed);
        done.map_err(|_| KeyFault::Malformed("the secret is too large to be encrypted".into()))?;
        bytes.extend_from_slice(&sealed);
        // Read back, so that nothing is written which would not be read.
        Self::parse(&bytes)
    }

    /// Reads a vault as far as it can be read without its secret. Costs nothing that the file could choose.
    pub fn parse(bytes: &[u8]) -> Result<Self, KeyFault> {
        let malformed = |why: &str| KeyFault::Malformed(why.to_owned());
        if bytes.len() > FILE_BYTES_MAX {
            return Err(malformed("it is larger than 64 KiB"));
        }
        let end = bytes.iter().take(HEADER_BYTES_MAX).position(|byte| *byte == b'\n');
        let end = end.ok_or_else(|| malformed("its first line does not end within 16 KiB"))?;
        let line = Canonical::<FirstLine>::parse(&bytes[..end]).map_err(|why| KeyFault::Malformed(why.to_string()))?;
        let FirstLine { v, kind, label, public, lock, salt, check } = line.into_value();
        if v != VERSION {
            return Err(malformed("it names another version"));
        }
        let shown = |text: &str| !text.is_empty() && !text.chars().any(char::is_control);
        if !shown(&label) || label.chars().count() > LABEL_CHARS_MAX || !shown(&public) {
            return Err(malformed("its label or public part is empty, too long or not printable"));
        }
        if let Lock::Passphrase { .. } = lock {
            lock.stretching()?;
        }
        let sealed = end + 1;
        if bytes.len() <= sealed + AES_256_GCM.tag_len() {
            return Err(malformed("it ends too early"));
        }
        Ok(Self { header: Header { kind, label, public }, lock, salt, check, bytes: bytes.to_vec(), sealed })
    }

    /// What anyone may know.
    pub const fn header(&self) -> &Header {
        &self.header
    }
    /// The file.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }
    /// Whether it is locked by a passphrase (or else by a key).
    pub const fn wants_passphrase(&self) -> bool {
        matches!(self.lock, Lock::Passphrase { .. })
    }

    /// Unlocks it. Says *wrong secret* if the check differs, and *damaged* if the check agrees and the rest does not.
    pub fn open(&self, by: &Secret) -> Result<Zeroizing<Vec<u8>>, KeyFault> {
        let keys = Keys::derive(by.base(&self.lock)?.as_slice(), &self.salt)?;
        if verify_slices_are_equal(keys.check().as_bytes(), self.check.as_bytes()).is_err() {
            return Err(KeyFault::WrongSecret(by.name()));
        }
        let (line, sealed) = self.bytes.split_at(self.sealed);
        let mut sealed = Zeroizing::new(sealed.to_vec());
        let (key, nonce) = keys.cipher()?;
        let opened = key.open_in_place(nonce, Aad::from(line), &mut sealed);
        let size = opened.map_err(|_| KeyFault::Damaged(by.name()))?.len();
        sealed.truncate(size);
        Ok(sealed)
    }
}

impl fmt::Debug for Vault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Vault({} “{}”, locked by a {})", self.header.kind, self.header.label, self.lock.name())
    }
}

/// What one file is encrypted with, and the check that tells whether it is the right one.
struct Keys(Zeroizing<[u8; KEY + NONCE + CHECK]>);

/// The length that HKDF is asked for.
struct Length;
impl hkdf::KeyType for Length {
    fn len(&self) -> usize {
        KEY + NONCE + CHECK
    }
}

impl Keys {
    fn derive(base: &[u8], salt: &Digest) -> Result<Self, KeyFault> {
        let mut keys = Zeroizing::new([0; KEY + NONCE + CHECK]);
        let extracted = hkdf::Salt::new(hkdf::HKDF_SHA256, salt.as_bytes()).extract(base);
        let filled = extracted.expand(&[VERSION.as_bytes()], Length).and_then(|all| all.fill(keys.as_mut_slice()));
        filled.map_err(|_| KeyFault::Malformed("its keys cannot be derived".into()))?;
        Ok(Self(keys))
    }
    fn cipher(&self) -> Result<(LessSafeKey, Nonce), KeyFault> {
        let (key, rest) = self.0.split_at(KEY);
        let mut nonce = [0; NONCE];
        nonce.copy_from_slice(&rest[..NONCE]);
        let key = UnboundKey::new(&AES_256_GCM, key).map_err(|_| KeyFault::Malformed("its key is no key".into()))?;
        Ok((LessSafeKey::new(key), Nonce::assume_unique_for_key(nonce)))
    }
    fn check(&self) -> Digest {
        let mut check = [0; CHECK];
        check.copy_from_slice(&self.0[KEY + NONCE..]);
        Digest::new(check)
    }
}
