//! What a running node signs, opens and logs with: lent by `keys`, used here, never shown.
//!
//! [`Hands`] is everything secret that a use case may need, behind the traits of `seal` and `ledger`, so that a hardware module or a
//! test can stand in its place. It decides nothing.

use ledger::NoteSigner;
use seal::{Card, EncryptionKey, OpenFailure, Opener, Signer};
use terms::{AuthorityId, Moment};
use zeroize::Zeroizing;

use crate::Trouble;

/// The node's keys, unlocked, with its own card.
pub struct Hands {
    /// The authority's own card in force.
    pub card: Card,
    /// Seals acts, receipts and statements.
    pub seal: Box<dyn Signer>,
    /// Opens envelopes: the key in use and those that are being drained.
    pub opener: Box<dyn Opener>,
    /// Signs checkpoints of the log generation that the card names.
    pub log: Box<dyn NoteSigner + Send + Sync>,
}

impl Hands {
    /// Whose they are.
    pub fn authority(&self) -> &AuthorityId {
        self.card.authority()
    }
    /// The generation of the log.
    pub fn generation(&self) -> i64 {
        i64::try_from(self.card.statement().ledger.generation).unwrap_or(i64::MAX)
    }
    /// Seals bytes with the authority's seal.
    pub fn sign(&self, bytes: &[u8], now: Moment) -> Result<Vec<u8>, Trouble> {
        Ok(seal::cades::sign(bytes, &*self.seal, now)?)
    }
    /// The node's own encryption key in use: to this are sealed the keys that it keeps.
    pub fn encryption(&self, now: Moment) -> Option<&EncryptionKey> {
        self.card.encryption_at(now).map(|entry| &entry.public)
    }
}

impl std::fmt::Debug for Hands {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Hands of {}", self.authority())
    }
}

/// Whichever of the keys is named opens.
impl Opener for Hands {
    fn open(
        &self,
        key: &seal::EncryptionKeyId,
        enc: &[u8; seal::encryption::ENC_BYTES],
        info: &[u8],
        ciphertext: &[u8],
    ) -> Result<Zeroizing<Vec<u8>>, OpenFailure> {
        self.opener.open(key, enc, info, ciphertext)
    }
}
