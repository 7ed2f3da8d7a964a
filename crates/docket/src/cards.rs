//! The approved cards of the parties, as the docket's check of seals.
//!
//! A signature counts if one of the seals in its author's card made it, if that seal was valid then (not expired, not *compromised since*),
//! and if the signing time inside the signature is the time that the header or statement says. Whether a signature by a seal that was
//! revoked later still counts is shown by the ledger, not here.

use std::collections::BTreeMap;

use seal::card::{Card, SealStanding};
use terms::{AuthorityId, Digest, Moment};

use crate::act::SealCheck;

/// Cards of authorities whose roots were approved.
#[derive(Debug, Clone, Default)]
pub struct Cards(BTreeMap<AuthorityId, Card>);

impl Cards {
    /// Puts an authority's approved card in the place of its earlier one. Whether it may succeed that is asked before.
    pub fn hold(&mut self, card: Card) {
        self.0.insert(card.statement().authority.clone(), card);
    }
    /// The card of an authority.
    pub fn of(&self, authority: &AuthorityId) -> Option<&Card> {
        self.0.get(authority)
    }
    /// All of them, by authority.
    pub fn all(&self) -> impl Iterator<Item = &Card> {
        self.0.values()
    }
}

impl SealCheck for Cards {
    fn check(&self, author: &AuthorityId, time: Moment, bytes: &[u8], signature: &[u8]) -> Result<Digest, String> {
        let card = self.of(author).ok_or_else(|| format!("no card of {author} is approved here"))?;
        let (signed, standing) = card.verify_seal(bytes, signature).map_err(|flaw| flaw.to_string())?;
        match standing {
            SealStanding::Valid if signed.time() == time => Ok(Digest::of(&[signed.certificate().der()])),
            SealStanding::Valid => Err(format!("it says {} and was signed at {}", time, signed.time())),
            other => Err(format!("its seal does not count at {}: {other:?}", signed.time())),
        }
    }
}
