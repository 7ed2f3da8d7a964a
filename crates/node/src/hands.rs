//! What a running node signs, opens and logs with: lent by `keys`, used here, never shown.
//!
//! [`Hands`] is everything secret that a use case may need, behind the traits of `seal` and `ledger`, so that a hardware module or a
//! test can stand in its place. It decides nothing.

use keys::{KeyFault, Keyring, Secret};
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
    /// Cosigns checkpoints of peers' logs.
    pub witness: Box<dyn NoteSigner + Send + Sync>,
}

impl Hands {
    /// Borrows the keys that the last card of a keyring names as in use now, and the card itself.
    ///
    /// The seal is the one whose use began last; old encryption keys are borrowed too, for what is still under way.
    pub fn lent(keyring: &Keyring, by: &Secret, now: Moment) -> Result<Self, KeyFault> {
        let signed = keyring.card()?;
        let claimed = signed.claim().map_err(seal::Failure::from)?;
        let root = claimed.root_fingerprint();
        let card = claimed.approve(&root).map_err(seal::Failure::from)?;
        let statement = card.statement();
        let usable = statement.seals.iter().filter(|entry| {
            let valid = (entry.since..=entry.last()).contains(&now);
            valid && entry.compromised_since.is_none()
        });
        let seal = usable
            .max_by_key(|entry| (entry.since, entry.certificate.from()))
            .ok_or_else(|| KeyFault::Absent("seal that is in use now; issue a new edition of the card".to_owned()))?;
        let seal = keyring.seal(&seal.certificate.fingerprint(), by)?;
        let log = keyring.ledger(&statement.ledger.origin.parse()?, by)?;
        let witness = keyring.ledger_key(&statement.ledger.witness.parse()?, by)?;
        let opener = keyring.encryption(by)?;
        let (seal, opener) = (Box::new(seal), Box::new(opener));
        Ok(Self { card, seal, opener, log: Box::new(log), witness: Box::new(witness) })
    }
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
    /// The SHA-256 of the certificate with which it seals.
    pub fn seal_digest(&self) -> terms::Digest {
        *self.seal.certificate().fingerprint().digest()
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
