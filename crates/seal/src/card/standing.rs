//! What a key listed in a card is worth at a moment.
//!
//! A signature's own time is a claim of the signer, and a stolen key can claim any. So once a seal is *compromised since* a moment, a
//! signature that claims an earlier one counts only with evidence that it existed by then (a cosigned or time-stamped checkpoint); this
//! module says what the card says, and the caller weighs the evidence.

use terms::Moment;

use super::{Card, EncryptionEntry, SealEntry};
use crate::{Expected, Fingerprint, Flaw, Signed, cades};

/// What a card says about a seal at a moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SealStanding {
    /// In use.
    Valid,
    /// Not yet in use; from this moment on.
    NotYet(Moment),
    /// No longer in use; this was its last moment.
    Expired(Moment),
    /// Revoked: from this moment on its key may have been in other hands.
    CompromisedSince(Moment),
    /// The card does not list it.
    Unknown,
}

impl SealEntry {
    /// The standing of this seal at `at`. Revocation weighs more than expiry.
    pub fn standing(&self, at: Moment) -> SealStanding {
        match self.compromised_since {
            Some(since) if at >= since => SealStanding::CompromisedSince(since),
            _ if at < self.since => SealStanding::NotYet(self.since),
            _ if at > self.last() => SealStanding::Expired(self.last()),
            _ => SealStanding::Valid,
        }
    }
}

impl Card {
    /// The seal with this fingerprint.
    pub fn seal(&self, fingerprint: &Fingerprint) -> Option<&SealEntry> {
        self.statement().seals.iter().find(|seal| seal.certificate.fingerprint() == *fingerprint)
    }
    /// What the card says about the seal with this fingerprint at `at`.
    pub fn seal_at(&self, fingerprint: &Fingerprint, at: Moment) -> SealStanding {
        self.seal(fingerprint).map_or(SealStanding::Unknown, |seal| seal.standing(at))
    }
    /// Verifies a signature by one of the card's seals, and says what that seal was worth at the claimed moment.
    pub fn verify_seal(&self, content: &[u8], signature: &[u8]) -> Result<(Signed, SealStanding), Flaw> {
        let seals: Vec<_> = self.statement().seals.iter().map(|seal| seal.certificate.clone()).collect();
        let signed = cades::verify(content, signature, &Expected::OneOf(&seals))?;
        let standing = self.seal_at(&signed.fingerprint(), signed.time());
        Ok((signed, standing))
    }
    /// Whether the node that shows this TLS certificate is this authority's, at `at`.
    pub fn tls_at(&self, fingerprint: &Fingerprint, at: Moment) -> bool {
        let listed = |entry: &&super::TlsEntry| entry.certificate.fingerprint() == *fingerprint;
        self.statement().tls.iter().find(listed).is_some_and(|entry| (entry.since..=entry.until).contains(&at))
    }
    /// The key to which one seals at `at`: of those in use, the one that came last.
    pub fn encryption_at(&self, at: Moment) -> Option<&EncryptionEntry> {
        let in_use = self.statement().encryption.iter().filter(|entry| (entry.since..=entry.until).contains(&at));
        in_use.max_by_key(|entry| (entry.since, entry.public.id()))
    }
}
