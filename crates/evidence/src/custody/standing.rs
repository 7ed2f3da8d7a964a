//! What stands after an entry: who keeps the thing, whether it is under seal or held, what it weighs; and what an entry may not do then.
//!
//! An item is in one place. An exhibit is copied: its sender keeps it, so after *transmitted* either the recipient's history goes on with
//! *received*, or the sender's own with anything else.

use terms::{AuthorityId, Digest, Moment};

use super::entry::{CustodyEntry, Handling, SealNumber, Thing};
use crate::Quantity;

/// Where a thing is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// With its keeper.
    Kept,
    /// On its way to this authority.
    UnderWay(AuthorityId),
    /// Nowhere: returned, destroyed or split.
    Ended(&'static str),
}

/// What the entries so far say of a thing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing {
    /// The thing.
    pub thing: Thing,
    /// Who answers for it.
    pub keeper: AuthorityId,
    /// Where it is.
    pub place: Place,
    /// The seals on an item; empty if it is open; `None` if the entries at hand do not say.
    pub seals: Option<Vec<SealNumber>>,
    /// What an item weighed last.
    pub weight: Option<Quantity>,
    /// Whether its keeper must keep it.
    pub held: bool,
    /// The entry that asked for the destruction of an exhibit, if one stands; `None` also if the entries at hand do not begin at the beginning.
    pub asked: Option<Digest>,
    /// Whether the beginning is at hand.
    whole: bool,
    /// SHA-256 of the last entry.
    pub last: Digest,
    /// Its time.
    pub time: Moment,
}

/// Why an entry cannot stand where it stands.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Broken {
    /// It does not name the entry before it.
    #[error("it does not follow the entry before it: it names another")]
    Link,
    /// A history begins in the middle.
    #[error("it begins a history, and others come before it")]
    BeginsAgain,
    /// It is about another thing, or about another content of the exhibit.
    #[error("it is about another thing, or names another digest for it")]
    OtherThing,
    /// It is older than the entry before it.
    #[error("it is dated {time}, before the entry that it follows ({before})")]
    Earlier {
        /// Its time.
        time: Moment,
        /// The time of the entry before it.
        before: Moment,
    },
    /// It is dated in the future.
    #[error("it is dated {0}, which has not come yet")]
    Future(Moment),
    /// The thing was already returned, destroyed or split.
    #[error("the thing was {0} before")]
    AfterEnd(&'static str),
    /// It was given away or destroyed while it had to be kept.
    #[error("the thing was held")]
    Held,
    /// An exhibit was destroyed without anybody having asked for it.
    #[error("nobody had asked for its destruction")]
    NotAsked,
    /// Somebody handled what they did not have.
    #[error("{author} did not keep the thing: {keeper} did")]
    NotKeeper {
        /// Who says that it handled it.
        author: AuthorityId,
        /// Who kept it.
        keeper: AuthorityId,
    },
    /// It was handled while it was on its way.
    #[error("the thing was on its way to {0}")]
    UnderWay(AuthorityId),
    /// It was received by somebody to whom it was not sent.
    #[error("it was received without having been sent to {0}")]
    NotSent(AuthorityId),
    /// Sent to oneself.
    #[error("it was sent by its keeper to itself")]
    ToItself,
    /// An item was handled through its seals.
    #[error("the item was under seal")]
    UnderSeal,
    /// Seals that are not those that were put on.
    #[error("the seals are not those that were put on")]
    OtherSeals,
    /// A weight that is not the one stated before.
    #[error("it weighs {found}, and {before} was stated before")]
    OtherWeight {
        /// As stated now.
        found: Quantity,
        /// As stated before.
        before: Quantity,
    },
}

impl Standing {
    /// What stands after the first entry.
    pub(super) fn first(id: Digest, entry: &CustodyEntry) -> Self {
        let mut standing = Self {
            thing: entry.thing,
            keeper: entry.author.clone(),
            place: Place::Kept,
            seals: entry.previous.is_none().then(Vec::new),
            weight: None,
            held: false,
            asked: None,
            whole: entry.previous.is_none(),
            last: id,
            time: entry.time,
        };
        standing.apply(id, entry);
        standing
    }
    /// What is wrong with an entry in this place. Links and times in the future are the history's business.
    pub(super) fn wrong_with(&self, entry: &CustodyEntry) -> Vec<Broken> {
        let mut broken = Vec::new();
        let mut unless = |holds: bool, what: Broken| {
            if !holds {
                broken.push(what);
            }
        };
        unless(!entry.handling.only_begins(), Broken::BeginsAgain);
        unless(entry.thing == self.thing, Broken::OtherThing);
        unless(entry.time >= self.time, Broken::Earlier { time: entry.time, before: self.time });
        let not_keeper = || Broken::NotKeeper { author: entry.author.clone(), keeper: self.keeper.clone() };
        let copied = matches!(self.thing, Thing::Exhibit { .. });
        match (&self.place, &entry.handling) {
            (Place::Ended(how), _) => unless(false, Broken::AfterEnd(how)),
            // What comes back undelivered is received by who sent it.
            (Place::UnderWay(to), Handling::Received { .. }) => {
                unless(entry.author == *to || entry.author == self.keeper, Broken::NotSent(entry.author.clone()));
            }
            (Place::UnderWay(to), _) if !copied => unless(false, Broken::UnderWay(to.clone())),
            (Place::Kept, Handling::Received { .. }) => unless(false, Broken::NotSent(entry.author.clone())),
            _ => unless(entry.author == self.keeper, not_keeper()),
        }
        let closed = self.seals.as_ref().is_some_and(|seals| !seals.is_empty());
        let as_put_on = |found: &Vec<SealNumber>| self.seals.as_ref().is_none_or(|put_on| put_on == found);
        match &entry.handling {
            Handling::Sealed { .. } | Handling::Imaged { .. } | Handling::Split { .. } => {
                unless(!closed, Broken::UnderSeal)
            }
            Handling::Opened { seals } | Handling::Received { seals, .. } => {
                unless(as_put_on(seals), Broken::OtherSeals)
            }
            Handling::Transmitted { to } => unless(*to != self.keeper, Broken::ToItself),
            Handling::Destroyed {} if copied => unless(self.asked.is_some() || !self.whole, Broken::NotAsked),
            _ => {}
        }
        if matches!(entry.handling, Handling::Returned {} | Handling::Destroyed {}) {
            unless(!self.held, Broken::Held);
        }
        if let (Some(before), Some(found)) = (&self.weight, stated(&entry.handling)) {
            let what = Broken::OtherWeight { found: found.clone(), before: before.clone() };
            unless(found.same_amount(before), what);
        }
        broken
    }
    /// What stands after an entry, whether or not it should have been made.
    pub(super) fn follow(&mut self, id: Digest, entry: &CustodyEntry) {
        self.last = id;
        self.time = self.time.max(entry.time);
        self.apply(id, entry);
    }
    fn apply(&mut self, id: Digest, entry: &CustodyEntry) {
        if matches!(self.place, Place::UnderWay(_)) {
            self.place = Place::Kept;
        }
        if let Some(weight) = stated(&entry.handling) {
            self.weight = Some(weight.clone());
        }
        match &entry.handling {
            Handling::Transmitted { to } => self.place = Place::UnderWay(to.clone()),
            Handling::Received { seals, .. } => {
                // A hold, and what was asked, are the affair of whoever kept it then.
                if self.keeper != entry.author {
                    (self.held, self.asked) = (false, None);
                }
                self.keeper = entry.author.clone();
                self.seals = Some(seals.clone());
            }
            Handling::Sealed { seals } => self.seals = Some(seals.clone()),
            // Nobody images through a seal; that it was open is all that is known then.
            Handling::Opened { .. } | Handling::Imaged { .. } => self.seals = Some(Vec::new()),
            Handling::Held {} => self.held = true,
            Handling::Lifted {} => self.held = false,
            Handling::DestructionAsked {} => self.asked = Some(id),
            Handling::DestructionDropped {} => self.asked = None,
            Handling::Returned {} | Handling::Destroyed {} | Handling::Split { .. } => {
                self.place = Place::Ended(entry.handling.kind());
            }
            _ => {}
        }
    }
}

/// The weight that a handling states for the thing itself.
fn stated(handling: &Handling) -> Option<&Quantity> {
    match handling {
        Handling::Seized { weight } | Handling::Received { weight, .. } => weight.as_ref(),
        Handling::Separated { weight, .. } | Handling::Weighed { weight } | Handling::Split { whole: weight, .. } => {
            Some(weight)
        }
        _ => None,
    }
}
