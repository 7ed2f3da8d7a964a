//! Whether a signature counts: by whose seal, what that seal was worth at the time, and what shows by when it existed.
//!
//! The time in a signature is its signer's word. It is enough while the seal is good. Once its certificate ended, or its key was *compromised since* a
//! moment, a signature counts only if something that the reader believes shows that it existed before: a checkpoint above its leaf that a quorum
//! cosigned or a time-stamping authority stamped, or the time stamp beside it. The finding says on what it rests.

use seal::card::{SealEntry, SealStanding};
use seal::timestamp::stamp_of;
use seal::{Card, Expected, Flaw, ReceivedSignature};
use terms::{AuthorityId, Moment};

use super::{Existed, Finding, Part, SignedBy, Stamp, Trust};

/// Clocks differ: a time so many seconds ahead is not yet suspect.
const AHEAD_MAX: i64 = 300;

/// The reader's cards and time-stamping authorities, put to use.
pub(super) struct Signatures<'a> {
    trust: &'a Trust<'a>,
}

impl<'a> Signatures<'a> {
    pub(super) fn new(trust: &'a Trust<'a>) -> Self {
        Self { trust }
    }
    /// The card of an authority that the reader trusts.
    pub(super) fn card(&self, authority: &AuthorityId) -> Option<&'a Card> {
        self.trust.cards.iter().find(|card| card.authority() == authority)
    }
    /// In whose name the container's signature claims to be.
    pub(super) fn claimed_author(&self, signature: &[u8]) -> Result<AuthorityId, Flaw> {
        Ok(ReceivedSignature::parse(signature)?.claimed_certificate().authority().clone())
    }
    /// Weighs the signature of `author` over a document. `says` is the moment that the document itself states, which must be the one that the
    /// signature claims; `logged` what a ledger proof shows about it. Answers one finding, and a second one if there is a time stamp.
    #[expect(clippy::too_many_arguments, reason = "what is signed, by whom, and what is known about it")]
    pub(super) fn weigh(
        &self,
        part: Part,
        name: &str,
        author: &AuthorityId,
        document: &[u8],
        signature: &[u8],
        says: Option<Says>,
        logged: Option<&Existed>,
    ) -> Vec<Finding> {
        let Some(card) = self.card(author) else {
            let what = format!("it names {author} as its author, whose card is not trusted here");
            let missing_card = Some(author.to_string());
            return vec![Finding { missing_card, ..Finding::cannot(part, name, "no-card", what) }];
        };
        let received = match ReceivedSignature::parse(signature) {
            Ok(received) => received,
            Err(flaw) => return vec![Finding::differs(part, name, "signature", flaw.to_string())],
        };
        let (stamp, stamped) = self.stamp(name, &received);
        let own = self.weigh_under(card, part, name, document, signature, says, (stamp, logged));
        std::iter::once(own).chain(stamped).collect()
    }
    #[expect(clippy::too_many_arguments, reason = "what is signed, by whom, and what is known about it")]
    fn weigh_under(
        &self,
        card: &Card,
        part: Part,
        name: &str,
        document: &[u8],
        signature: &[u8],
        says: Option<Says>,
        (stamp, logged): (Option<Stamp>, Option<&Existed>),
    ) -> Finding {
        let author = card.authority();
        let (signed, standing) = match card.verify_seal(document, signature) {
            Ok(verified) => verified,
            Err(Flaw::Signer(_)) => return not_listed(card, part, name, document, signature),
            Err(flaw) => return Finding::differs(part, name, "signature", flaw.to_string()),
        };
        let time = signed.time();
        if !says.is_none_or(|says| says.allows(time)) {
            return Finding::differs(
                part,
                name,
                "time",
                format!("it was signed at {time}, which is not the time that it states"),
            );
        }
        if time.unix() > self.trust.now.unix() + AHEAD_MAX {
            return Finding::differs(
                part,
                name,
                "future",
                format!("it claims to be signed at {time}, which has not come yet"),
            );
        }
        match standing {
            SealStanding::Valid => {}
            SealStanding::CompromisedSince(since) => {
                let what = format!("signed at {time} with a key that may have been in other hands since {since}");
                return Finding::differs(part, name, "revoked", what);
            }
            SealStanding::NotYet(_) | SealStanding::Expired(_) | SealStanding::Unknown => {
                return Finding::differs(part, name, "not-in-use", format!("its seal was not in use at {time}"));
            }
        }
        let existed = earliest(stamp.as_ref(), logged);
        let good = card.seal(&signed.fingerprint()).and_then(|entry| Good::until(entry, self.trust.now));
        let before = |good: &Good| existed.as_ref().is_some_and(|existed| existed.by < good.until);
        let mut what = format!("signed by {author} on {time}");
        match (&good, &existed) {
            (Some(good), _) if !before(good) => {
                let shown = existed.map_or_else(
                    || "nothing here shows that it was signed before".to_owned(),
                    |existed| format!("it is shown only that it existed by {}, {}", existed.by, existed.basis),
                );
                return Finding::cannot(part, name, good.code, format!("{}; {shown}", good.why));
            }
            (Some(good), Some(existed)) => {
                what.push_str(&format!(
                    "; it existed by {}, {}; so it counts although {}",
                    existed.by, existed.basis, good.why
                ));
            }
            (None, Some(existed)) => what.push_str(&format!("; it existed by {}, {}", existed.by, existed.basis)),
            (_, None) => {}
        }
        let by = SignedBy { authority: author.to_string(), time, stamp, existed };
        Finding { signed: Some(by), ..Finding::matches(part, name, what) }
    }
    /// What the time stamp beside a signature proves, and the finding about it.
    fn stamp(&self, name: &str, received: &ReceivedSignature) -> (Option<Stamp>, Option<Finding>) {
        let part = Part::TimeStamp;
        match stamp_of(received, self.trust.time_roots) {
            Ok(None) => (None, None),
            Ok(Some(stamped)) => {
                let stated = Stamp {
                    by: stamped.by,
                    authority: stamped.authority.clone(),
                    demonstration: stamped.demonstration,
                };
                if stamped.by.unix() + AHEAD_MAX < received.claimed_time().unix() {
                    let what =
                        format!("it was stamped {}, before the moment at which it claims to be signed", stamped.by);
                    return (None, Some(Finding::differs(part, name, "time", what)));
                }
                if stamped.by.unix() > self.trust.now.unix() + AHEAD_MAX {
                    let what = format!("it was stamped at {}, which has not come yet", stamped.by);
                    return (None, Some(Finding::differs(part, name, "future", what)));
                }
                let notice =
                    if stamped.demonstration { "; for demonstration and tests only, it proves nothing" } else { "" };
                let what = format!("existed by {}, according to {}{notice}", stamped.by, stamped.authority);
                (Some(stated), Some(Finding::matches(part, name, what)))
            }
            Err(flaw @ Flaw::TimeStampUntrusted(_)) => {
                (None, Some(Finding::cannot(part, name, "no-time-root", flaw.to_string())))
            }
            Err(flaw) => (None, Some(Finding::differs(part, name, "time-stamp", flaw.to_string()))),
        }
    }
}

/// The earliest moment by which something believed shows that a signature existed. What says of itself that it proves nothing, shows nothing.
fn earliest(stamp: Option<&Stamp>, logged: Option<&Existed>) -> Option<Existed> {
    let stamped = stamp.filter(|stamp| !stamp.demonstration);
    let stamped = stamped.map(|stamp| Existed { by: stamp.by, basis: format!("time-stamped by {}", stamp.authority) });
    stamped.into_iter().chain(logged.cloned()).min_by_key(|existed| existed.by)
}

/// Until when a seal that is no longer good was good.
struct Good {
    /// The first moment at which it was not.
    until: Moment,
    code: &'static str,
    why: String,
}

impl Good {
    /// Nothing if it is good now.
    fn until(seal: &SealEntry, now: Moment) -> Option<Self> {
        let ended = (seal.last() < now).then(|| Self {
            until: seal.last().plus_seconds(1),
            code: "expired-since",
            why: format!("the use of its seal ended with {}", seal.last()),
        });
        let revoked = seal.compromised_since.map(|since| Self {
            until: since,
            code: "revoked-later",
            why: format!("the key of its seal may have been in other hands since {since}"),
        });
        [revoked, ended].into_iter().flatten().min_by_key(|good| good.until)
    }
}

/// A seal that the card does not list: issued by its root, a later card may list it; otherwise it is somebody else's.
fn not_listed(card: &Card, part: Part, name: &str, document: &[u8], signature: &[u8]) -> Finding {
    let author = card.authority();
    match seal::cades::verify(document, signature, &Expected::SealUnder(card.root())) {
        Ok(_) => {
            let what = format!(
                "its seal is of {author}, and the card held (edition {}) does not list it: a later card may",
                card.edition()
            );
            Finding { missing_card: Some(author.to_string()), ..Finding::cannot(part, name, "seal-not-listed", what) }
        }
        Err(_) => Finding::differs(part, name, "signer", format!("it is not signed by a seal of {author}")),
    }
}

/// What a document says about when it was signed.
#[derive(Debug, Clone, Copy)]
pub(super) enum Says {
    /// Exactly then.
    At(Moment),
    /// Not before.
    NotBefore(Moment),
}

impl Says {
    fn allows(self, signed: Moment) -> bool {
        match self {
            Self::At(time) => signed == time,
            Self::NotBefore(time) => signed >= time,
        }
    }
}
