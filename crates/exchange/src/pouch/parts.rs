//! The parts of one pouch that have been read: none twice, none of another, none missing.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use terms::Digest;

use super::{Part, PouchFlaw};

/// The parts of one pouch that were read to their end. The node keeps it while media arrive; it is small.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Gathered {
    pouch: Part,
    read: BTreeMap<u32, Digest>,
}

impl Gathered {
    /// Begins with the first part that was read, whichever that is.
    pub fn new(part: Part, digest: Digest) -> Self {
        Self { read: [(part.part, digest)].into(), pouch: part }
    }
    /// Whether a part may be read, before any of its envelopes is: not one that was read, nor one of another pouch.
    pub fn expects(&self, part: &Part) -> Result<(), PouchFlaw> {
        if part.pouch() != self.pouch.pouch() {
            return Err(PouchFlaw::Other {
                part: part.part,
                why: "id, sender, recipient, time or number of parts differ",
            });
        }
        if self.read.contains_key(&part.part) { Err(PouchFlaw::Twice { part: part.part }) } else { Ok(()) }
    }
    /// Notes a part that was read to its end.
    pub fn add(&mut self, part: &Part, digest: Digest) -> Result<(), PouchFlaw> {
        if part.pouch() == self.pouch.pouch() && self.read.get(&part.part).is_some_and(|held| *held != digest) {
            return Err(PouchFlaw::Other { part: part.part, why: "another part of the same number was read before" });
        }
        self.expects(part)?;
        self.read.insert(part.part, digest);
        Ok(())
    }
    /// Says which parts have not been read.
    pub fn complete(&self) -> Result<(), PouchFlaw> {
        let parts = self.pouch.parts;
        let missing: Vec<u32> = (1..=parts).filter(|part| !self.read.contains_key(part)).collect();
        if missing.is_empty() { Ok(()) } else { Err(PouchFlaw::Missing { missing, parts }) }
    }
}
