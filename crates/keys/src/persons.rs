//! What proves a person to a node: a token for programs, a passphrase for people. Kept so that who reads the database can use neither.
//!
//! A token is 32 random bytes, shown once and kept as SHA-256: it cannot be guessed, so it needs no stretching. A passphrase is kept as an
//! Argon2id hash in the PHC text form. Who the person is and what they may do stands elsewhere (`node`).

use std::fmt;

use argon2::PasswordVerifier as _;
use argon2::password_hash::PasswordHasher as _;
use argon2::password_hash::phc::PasswordHash;
use aws_lc_rs::constant_time::verify_slices_are_equal;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use rand_core::Rng as _;
use serde::{Deserialize, Serialize};
use terms::Digest;
use zeroize::Zeroizing;

use crate::{KdfCost, KeyFault, chance};

/// The longest passphrase that is looked at, in bytes.
const PASSPHRASE_BYTES_MAX: usize = 1024;
/// The longest hash that is looked at, in characters.
const HASH_CHARS_MAX: usize = 200;

/// A person's token, to be shown once. Never printed by accident.
pub struct Token(Zeroizing<String>);

impl Token {
    /// Draws a new token.
    pub fn draw() -> Result<Self, KeyFault> {
        let mut bytes = Zeroizing::new([0; 32]);
        chance::system_random()?.fill_bytes(bytes.as_mut_slice());
        Ok(Self(Zeroizing::new(URL_SAFE_NO_PAD.encode(bytes.as_slice()))))
    }
    /// The 43 characters, for the person.
    pub fn reveal(&self) -> &str {
        &self.0
    }
    /// What is kept.
    pub fn digest(&self) -> TokenDigest {
        TokenDigest::of(&self.0).expect("INVARIANT: a token is base64url of 32 bytes")
    }
}
impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token(not shown)")
    }
}

/// What a node keeps of a token, and finds the person by.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
#[serde(transparent)]
pub struct TokenDigest(Digest);

impl TokenDigest {
    /// Of a token that somebody presents; `None` if it cannot be one.
    pub fn of(presented: &str) -> Option<Self> {
        let bytes = Zeroizing::new(URL_SAFE_NO_PAD.decode(presented).ok()?);
        (bytes.len() == 32).then(|| Self(Digest::of(&[&bytes])))
    }
    /// The digest, for looking it up.
    pub const fn digest(&self) -> &Digest {
        &self.0
    }
    /// Whether the token that somebody presents is this one; takes the same time wherever they differ.
    pub fn verify(&self, presented: &str) -> bool {
        Self::of(presented).is_some_and(|other| verify_slices_are_equal(self.0.as_bytes(), other.0.as_bytes()).is_ok())
    }
}

/// What a node keeps of a person's passphrase: `$argon2id$v=19$m=…,t=…,p=…$salt$hash`.
#[derive(Clone)]
pub struct PassphraseHash(String);

impl PassphraseHash {
    /// Hashes a passphrase with a salt of its own.
    pub fn of(passphrase: &str, cost: KdfCost) -> Result<Self, KeyFault> {
        if passphrase.is_empty() || passphrase.len() > PASSPHRASE_BYTES_MAX {
            return Err(KeyFault::Secret("a passphrase is 1 to 1024 bytes of UTF-8"));
        }
        let mut salt = [0; 16];
        chance::system_random()?.fill_bytes(&mut salt);
        let hash = cost.argon2().hash_password_with_salt(passphrase.as_bytes(), &salt);
        let hash = hash.map_err(|why| KeyFault::Malformed(format!("the passphrase could not be hashed: {why}")))?;
        Ok(Self(hash.to_string()))
    }
    /// A hash that no passphrase has. Verifying against it when the person is unknown takes the time that a known one takes.
    pub fn stand_in(cost: KdfCost) -> Result<Self, KeyFault> {
        Self::of(Token::draw()?.reveal(), cost)
    }
    /// Reads what was kept; refuses other algorithms, and costs that Comity never writes.
    pub fn parse(text: &str) -> Result<Self, KeyFault> {
        let malformed = || KeyFault::Malformed("what is kept of the passphrase is no Argon2id hash".into());
        if text.len() > HASH_CHARS_MAX {
            return Err(malformed());
        }
        let hash = PasswordHash::new(text).map_err(|_| malformed())?;
        let params = argon2::Params::try_from(&hash).map_err(|_| malformed())?;
        let whole = hash.salt.is_some() && hash.hash.as_ref().is_some_and(|output| output.len() == 32);
        if hash.algorithm.as_str() != "argon2id" || hash.version != Some(19) || !whole {
            return Err(malformed());
        }
        KdfCost::new(params.m_cost(), params.t_cost(), params.p_cost())?;
        Ok(Self(text.to_owned()))
    }
    /// The text to keep.
    pub fn as_str(&self) -> &str {
        &self.0
    }
    /// Whether the passphrase is this one; the comparison takes the same time wherever they differ.
    pub fn verify(&self, passphrase: &str) -> bool {
        passphrase.len() <= PASSPHRASE_BYTES_MAX
            && KdfCost::STANDARD.argon2().verify_password(passphrase.as_bytes(), self.0.as_str()).is_ok()
    }
}
impl fmt::Debug for PassphraseHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PassphraseHash(not shown)")
    }
}
