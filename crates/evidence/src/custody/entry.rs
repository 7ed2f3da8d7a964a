//! One custody entry: what was done with one thing, when, by which authority, after which entry.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use terms::{AuthorityId, Canonical, Digest, ExhibitId, Malformed, Moment, Salt};

use super::Details;
use crate::document::{Authored, Document, rises};
use crate::{ItemId, Quantity};

/// What an authority signs about one handling.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CustodyEntry {
    /// Always `comity.custody/1`.
    pub v: String,
    /// The authority that answers for the handling.
    pub author: AuthorityId,
    /// What was handled.
    pub thing: Thing,
    /// What was done.
    pub handling: Handling,
    /// When.
    pub time: Moment,
    /// SHA-256 of the entry before this one; absent in the first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub previous: Option<Digest>,
    /// The salted digest of who, where, why and on what authority ([`super::Details::digest`]).
    pub details: Digest,
}

/// What an entry is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum Thing {
    /// An exhibit, with the digest of its plaintext.
    Exhibit {
        /// Its id.
        id: ExhibitId,
        /// SHA-256 of its plaintext.
        sha256: Digest,
    },
    /// A physical item.
    Item {
        /// Its id.
        id: ItemId,
    },
}

/// What was done. A kind with its own facts, none of them personal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case", deny_unknown_fields)]
pub enum Handling {
    /// Taken by force of law. Begins a history.
    Seized {
        /// What it weighed or how many pieces there were.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        weight: Option<Quantity>,
    },
    /// Obtained: handed over, or copied from an item. Begins a history.
    Acquired {
        /// The item of which this exhibit is an image.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        origin: Option<Origin>,
    },
    /// Came into being as a part of a split item. Begins a history.
    Separated {
        /// The whole, and the entry of its split.
        origin: Origin,
        /// What the part weighs.
        weight: Quantity,
    },
    /// An item's content was copied into exhibits.
    Imaged {
        /// The exhibits, sorted.
        yields: Vec<ExhibitId>,
    },
    /// Closed: an exhibit by encryption, an item under numbered seals.
    Sealed {
        /// The numbers of an item's seals, sorted; absent for an exhibit.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        seals: Vec<SealNumber>,
    },
    /// Looked into: an exhibit was viewed, an item's seals were broken.
    Opened {
        /// The numbers of the seals that were broken, sorted; absent for an exhibit.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        seals: Vec<SealNumber>,
    },
    /// Weighed or counted again.
    Weighed {
        /// The result.
        weight: Quantity,
    },
    /// Divided. The whole ends; its parts begin histories of their own.
    Split {
        /// What the whole weighed.
        whole: Quantity,
        /// Its parts, sorted by item.
        parts: Vec<Part>,
        /// What was consumed or lost.
        loss: Quantity,
    },
    /// A copy of an exhibit was given out of the system.
    Exported {},
    /// Sent to another authority.
    Transmitted {
        /// To whom.
        to: AuthorityId,
    },
    /// Arrived. Goes on with the sender's history, or begins one if none came with it.
    Received {
        /// The numbers of the seals as found, sorted.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        seals: Vec<SealNumber>,
        /// What it weighed on arrival.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        weight: Option<Quantity>,
    },
    /// Must be kept, whoever wants it gone, until that is lifted.
    Held {},
    /// The hold on it was lifted.
    Lifted {},
    /// An exhibit is to be kept until a moment, whatever was said of it before; then somebody decides.
    Kept {
        /// Until when.
        until: Moment,
    },
    /// Somebody asked that an exhibit be destroyed; another person decides.
    DestructionAsked {},
    /// What was asked is not to be done.
    DestructionDropped {},
    /// Given back to whom it belongs. Ends the history.
    Returned {},
    /// Destroyed; for an exhibit: its keys were. Ends the history.
    Destroyed {},
}

/// From which item a thing came, and by which entry of that item's history.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Origin {
    /// The item.
    pub item: ItemId,
    /// SHA-256 of the entry that split or imaged it.
    pub entry: Digest,
}

/// A part of a split item.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Part {
    /// The new item.
    pub item: ItemId,
    /// Its weight.
    pub weight: Quantity,
}

/// The number on a physical seal: 1 to 40 of `A–Z`, `0–9`, `-`, `/` and `.`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SealNumber(Box<str>);

impl FromStr for SealNumber {
    type Err = Malformed;
    fn from_str(text: &str) -> Result<Self, Malformed> {
        let known = |b: u8| matches!(b, b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'/' | b'.');
        if (1..=40).contains(&text.len()) && text.bytes().all(known) {
            Ok(Self(text.into()))
        } else {
            Err(Malformed::new(text, "a seal's number: 1 to 40 of A–Z, 0–9, “-”, “/” and “.”"))
        }
    }
}
impl fmt::Display for SealNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
crate::bytes::text_form!(SealNumber);

impl Handling {
    /// The word for it, as it stands in the entry.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Seized { .. } => "seized",
            Self::Acquired { .. } => "acquired",
            Self::Separated { .. } => "separated",
            Self::Imaged { .. } => "imaged",
            Self::Sealed { .. } => "sealed",
            Self::Opened { .. } => "opened",
            Self::Weighed { .. } => "weighed",
            Self::Split { .. } => "split",
            Self::Exported {} => "exported",
            Self::Transmitted { .. } => "transmitted",
            Self::Received { .. } => "received",
            Self::Held {} => "held",
            Self::Lifted {} => "lifted",
            Self::Kept { .. } => "kept",
            Self::DestructionAsked {} => "destruction-asked",
            Self::DestructionDropped {} => "destruction-dropped",
            Self::Returned {} => "returned",
            Self::Destroyed {} => "destroyed",
        }
    }
    /// To whom a thing goes by it.
    pub fn goes_to(&self) -> Option<&AuthorityId> {
        if let Self::Transmitted { to } = self { Some(to) } else { None }
    }
    /// Whether a history can begin with it.
    pub fn begins(&self) -> bool {
        matches!(self, Self::Seized { .. } | Self::Acquired { .. } | Self::Separated { .. } | Self::Received { .. })
    }
    /// Whether it can only begin a history.
    pub fn only_begins(&self) -> bool {
        self.begins() && !matches!(self, Self::Received { .. })
    }
    /// Whether it happens to items only, or to exhibits only.
    fn fits(&self, thing: &Thing) -> bool {
        match (self, thing) {
            (Self::Separated { .. } | Self::Imaged { .. } | Self::Weighed { .. } | Self::Split { .. }, _) => {
                matches!(thing, Thing::Item { .. })
            }
            (
                Self::Exported {}
                | Self::Kept { .. }
                | Self::DestructionAsked {}
                | Self::DestructionDropped {}
                | Self::Acquired { origin: Some(_) },
                _,
            ) => matches!(thing, Thing::Exhibit { .. }),
            (Self::Sealed { seals }, Thing::Item { .. }) => !seals.is_empty(),
            (Self::Sealed { seals } | Self::Opened { seals }, Thing::Exhibit { .. }) => seals.is_empty(),
            (Self::Received { seals, weight }, Thing::Exhibit { .. }) => seals.is_empty() && weight.is_none(),
            (Self::Seized { weight }, Thing::Exhibit { .. }) => weight.is_none(),
            _ => true,
        }
    }
}

/// So many parts, seals or exhibits one entry names at most.
const LIST_MAX: usize = 1_000;

impl Document for CustodyEntry {
    const WHAT: &'static str = "custody entry";
    const VERSION: &'static str = "comity.custody/1";
    const BYTES_MAX: usize = 256 * 1024;

    fn version(&self) -> &str {
        &self.v
    }
    fn check(&self) -> Result<(), String> {
        let rule = |holds: bool, sentence: &str| if holds { Ok(()) } else { Err(sentence.to_owned()) };
        rule(self.handling.fits(&self.thing), "its handling, or a fact in it, does not fit this kind of thing")?;
        rule(
            self.previous.is_none() || !self.handling.only_begins(),
            "a handling that begins a history follows another",
        )?;
        rule(self.previous.is_some() || self.handling.begins(), "a history cannot begin with this handling")?;
        match &self.handling {
            Handling::Imaged { yields } => {
                rule((1..=LIST_MAX).contains(&yields.len()) && rises(yields), "its exhibits are none, or not sorted")
            }
            Handling::Sealed { seals } | Handling::Opened { seals } | Handling::Received { seals, .. } => {
                rule(seals.len() <= LIST_MAX && rises(seals), "its seals are not sorted, or one stands twice")
            }
            Handling::Split { parts, whole, loss } => {
                let sorted = rises(parts.iter().map(|part| part.item));
                rule((1..=LIST_MAX).contains(&parts.len()) && sorted, "its parts are none, or not sorted by item")?;
                rule(parts.iter().all(|part| !part.weight.is_zero()), "a part weighs nothing")?;
                let own = matches!(self.thing, Thing::Item { id } if parts.iter().any(|part| part.item == id));
                rule(!own, "the whole is named as a part of itself")?;
                let adds_up = whole.is_sum_of(parts.iter().map(|part| &part.weight).chain([loss]));
                rule(adds_up, "its parts and the loss do not add up to the whole")
            }
            _ => Ok(()),
        }
    }
}

impl Authored for CustodyEntry {
    fn author(&self) -> &AuthorityId {
        &self.author
    }
    fn time(&self) -> Moment {
        self.time
    }
}

impl CustodyEntry {
    /// An entry after `previous`, which binds the details of that digest. Its form is checked when it is framed.
    pub fn new(
        author: AuthorityId,
        thing: Thing,
        handling: Handling,
        time: Moment,
        previous: Option<Digest>,
        details: Digest,
    ) -> Self {
        Self { v: Self::VERSION.to_owned(), author, thing, handling, time, previous, details }
    }
    /// Whether these are the details that this entry binds. Erased details cannot be checked; the entry stands without them.
    pub fn binds(&self, salt: &Salt, details: &Canonical<Details>) -> bool {
        self.details == Details::digest(salt, details.bytes())
    }
}
