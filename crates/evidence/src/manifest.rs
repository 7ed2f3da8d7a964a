//! The manifest: the signed list of the exhibits in one transmission, and the comparison of what is held with it.
//!
//! A transmission act names the manifest by its SHA-256. It holds no names, titles, descriptions or file names: these are personal
//! data, stand in the body of the act and can be erased with it, while the manifest stays as proof. Conditions of use stand
//! here, as codes, so that they cannot be lost on the way. Specification: `docs/spec/exhibit.md`.

mod compare;
mod conditions;

use serde::{Deserialize, Serialize};
use terms::{AuthorityId, DocketId, ExhibitId, Moment};

use crate::cobblestone::{Commitment, SIZE_MAX, StreamSalt, sealed_size};
use crate::document::{Authored, Document, is_code, rises};
use crate::{Digests, Exhibit, Flaw, Head, MediaType};
pub use compare::{Comparison, Finding, Presented};
pub use conditions::Condition;

/// So many exhibits one manifest lists at most. A folder of more travels as one archive, or under several manifests.
pub const EXHIBITS_MAX: usize = 1_000;

/// What an authority transmits in one act.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    /// Always `comity.manifest/1`.
    pub v: String,
    /// Who transmits.
    pub author: AuthorityId,
    /// In which docket.
    pub docket: DocketId,
    /// The time of the act that names this manifest.
    pub time: Moment,
    /// The exhibits, sorted by id.
    pub exhibits: Vec<Entry>,
}

/// One exhibit in a manifest.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// The exhibit's id.
    pub id: ExhibitId,
    /// Bytes of plaintext.
    pub size: u64,
    /// Digests of the plaintext.
    #[serde(flatten)]
    pub digests: Digests,
    /// With which the ciphertext begins.
    pub salt: StreamSalt,
    /// What follows the salt.
    pub commitment: Commitment,
    /// What program might show it.
    pub media: MediaType,
    /// For what it may not be used, sorted.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub conditions: Vec<Condition>,
    /// The author's handling code, a word such as `restricted`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub handling: Option<String>,
}

impl Document for Manifest {
    const WHAT: &'static str = "manifest";
    const VERSION: &'static str = "comity.manifest/1";
    const BYTES_MAX: usize = 1024 * 1024;

    fn version(&self) -> &str {
        &self.v
    }
    fn check(&self) -> Result<(), String> {
        if !(1..=EXHIBITS_MAX).contains(&self.exhibits.len()) {
            return Err(format!("it lists no exhibit, or more than {EXHIBITS_MAX}"));
        }
        if !rises(self.exhibits.iter().map(|entry| entry.id)) {
            return Err("its exhibits are not sorted by id, or one stands twice".to_owned());
        }
        self.exhibits.iter().try_for_each(Entry::check)
    }
}

impl Authored for Manifest {
    fn author(&self) -> &AuthorityId {
        &self.author
    }
    fn time(&self) -> Moment {
        self.time
    }
}

impl Manifest {
    /// A manifest of these exhibits; the order in which they are given does not matter.
    pub fn new(author: AuthorityId, docket: DocketId, time: Moment, mut exhibits: Vec<Entry>) -> Self {
        exhibits.sort_by_key(|entry| entry.id);
        Self { v: Self::VERSION.to_owned(), author, docket, time, exhibits }
    }
    /// The entry of an exhibit.
    pub fn entry(&self, id: ExhibitId) -> Option<&Entry> {
        let at = self.exhibits.binary_search_by_key(&id, |entry| entry.id).ok()?;
        Some(&self.exhibits[at])
    }
    /// Bytes of plaintext in all.
    pub fn size(&self) -> u128 {
        self.exhibits.iter().map(|entry| u128::from(entry.size)).sum()
    }
}

impl Entry {
    /// Lists an exhibit under conditions, in any order.
    pub fn new(exhibit: &Exhibit, mut conditions: Vec<Condition>, handling: Option<String>) -> Self {
        conditions.sort();
        conditions.dedup();
        Self {
            id: exhibit.id,
            size: exhibit.size,
            digests: exhibit.digests,
            salt: exhibit.salt,
            commitment: exhibit.commitment,
            media: exhibit.media.clone(),
            conditions,
            handling,
        }
    }
    /// Salt and commitment.
    pub fn head(&self) -> Head {
        Head { salt: self.salt, commitment: self.commitment }
    }
    /// Bytes of ciphertext.
    pub fn sealed_size(&self) -> Result<u64, Flaw> {
        sealed_size(self.size)
    }
    fn check(&self) -> Result<(), String> {
        if self.size > SIZE_MAX {
            return Err(format!("exhibit {} is larger than an exhibit can be", self.id));
        }
        if !rises(&self.conditions) {
            return Err(format!("the conditions of exhibit {} are not sorted, or one stands twice", self.id));
        }
        if self.handling.as_deref().is_some_and(|code| !is_code(code)) {
            return Err(format!("the handling code of exhibit {} is not a word of a–z, 0–9 and -", self.id));
        }
        Ok(())
    }
    fn differs(&self, what: &'static str) -> Flaw {
        Flaw::Differs { exhibit: self.id, what }
    }
    /// Whether a ciphertext begins as this entry says. Needs no key.
    pub fn compare_head(&self, head: &Head) -> Result<(), Flaw> {
        match (head.salt == self.salt, head.commitment == self.commitment) {
            (false, _) => Err(self.differs("salt")),
            (_, false) => Err(self.differs("commitment")),
            _ => Ok(()),
        }
    }
    /// Whether a plaintext is the one of this entry.
    pub fn compare_plaintext(&self, size: u64, digests: &Digests) -> Result<(), Flaw> {
        if size != self.size {
            return Err(self.differs("size"));
        }
        if digests.sha256 != self.digests.sha256 {
            return Err(self.differs("SHA-256"));
        }
        // A second digest that the entry names must have been computed; one that it does not name proves nothing.
        if self.digests.sha512.is_some() && digests.sha512 != self.digests.sha512 {
            return Err(self.differs("SHA-512"));
        }
        Ok(())
    }
}
