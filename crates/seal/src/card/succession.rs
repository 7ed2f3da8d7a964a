//! What may change from one edition of a card to the next.
//!
//! INVARIANTS: an edition number is given once; a seal once listed stays listed, so that old acts stay checkable; a revoked seal is never
//! un-revoked, and *compromised since* only ever moves earlier; the end of a seal's use is never set into the past, which would rewrite
//! what it sealed; log generations never go back. A new root needs the former root's signature over the new card, and then, all the
//! same, the approval of two officers: whoever stole the former root could have made that signature.

use super::{Card, ClaimedCard, SealEntry, SignedCard};
use crate::{Expected, Flaw, cades};

/// What a received card is to the one that is held.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Succession {
    /// The very card that is held.
    Unchanged,
    /// A newer edition under the same root; it may replace the one held.
    Accepted(Box<Card>),
    /// A newer edition under a new root, signed by the former root too. It counts once its fingerprint was read over a second channel.
    NeedsApproval(Box<ClaimedCard>),
}

impl Card {
    /// Judges a received card against this one.
    pub fn succeeded_by(&self, next: &SignedCard) -> Result<Succession, Flaw> {
        if next.statement == self.signed.statement {
            return Ok(Succession::Unchanged);
        }
        let claimed = next.claim()?;
        self.check_rules(&claimed)?;
        if claimed.root_fingerprint() == self.root().fingerprint() {
            return Ok(Succession::Accepted(Box::new(claimed.0)));
        }
        self.check_new_root(next, &claimed)?;
        Ok(Succession::NeedsApproval(Box::new(claimed)))
    }

    fn check_rules(&self, claimed: &ClaimedCard) -> Result<(), Flaw> {
        let (old, new) = (self.statement(), claimed.statement());
        let refuse = |why: &str| Err(Flaw::Succession(why.to_owned()));
        if new.authority != old.authority {
            return refuse("it is another authority's");
        }
        if new.edition < old.edition {
            return refuse("its edition is older");
        }
        if new.edition == old.edition {
            return refuse("it is another card of the same edition");
        }
        if new.issued < old.issued {
            return refuse("it was issued earlier");
        }
        for seal in &old.seals {
            let found = new.seals.iter().find(|candidate| candidate.certificate == seal.certificate);
            let Some(found) = found else {
                return refuse("a seal that was listed is missing");
            };
            check_seal(seal, found, new.issued)?;
        }
        if new.ledger.generation < old.ledger.generation {
            return refuse("its log generation is older");
        }
        if old.former_roots.iter().any(|root| !new.former_roots.contains(root)) {
            return refuse("a former root that was listed is missing");
        }
        Ok(())
    }

    fn check_new_root(&self, next: &SignedCard, claimed: &ClaimedCard) -> Result<(), Flaw> {
        let refuse = |why: &str| Err(Flaw::Succession(why.to_owned()));
        let new = claimed.statement();
        if !new.former_roots.contains(self.root()) {
            return refuse("its root is new and the former root is not listed");
        }
        let Some(signature) = &next.former_root_signature else {
            return refuse("its root is new and the former root has not signed it");
        };
        let signed = cades::verify(&next.statement, signature, &Expected::Root(self.root()))?;
        if signed.time() != new.issued {
            return refuse("the former root signed it at another moment than it was issued");
        }
        Ok(())
    }
}

fn check_seal(old: &SealEntry, new: &SealEntry, issued: terms::Moment) -> Result<(), Flaw> {
    let refuse = |why: &str| Err(Flaw::Succession(why.to_owned()));
    if new.since != old.since {
        return refuse("the beginning of a seal's use was changed");
    }
    match (old.compromised_since, new.compromised_since) {
        (Some(_), None) => return refuse("a revoked seal is no longer revoked"),
        (Some(before), Some(after)) if after > before => {
            return refuse("“compromised since” was moved later");
        }
        _ => {}
    }
    if new.last() != old.last() {
        if old.last() < issued {
            return refuse("the end of a seal's use had passed and was changed");
        }
        if new.last() < issued {
            return refuse("the end of a seal's use was set into the past");
        }
    }
    Ok(())
}
