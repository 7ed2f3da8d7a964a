//! What is personal in a custody entry: kept beside it, bound by a salted digest, erasable.

use serde::{Deserialize, Serialize};
use terms::{Digest, Salt};

use crate::document::Document;

/// Who handled the thing, where, why and on what authority.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Details {
    /// Always `comity.custody-details/1`.
    pub v: String,
    /// The person, as the authority names its people.
    pub who: String,
    /// The place.
    #[serde(rename = "where")]
    pub place: String,
    /// The purpose.
    pub why: String,
    /// The order, warrant, request or rule on which it was done.
    pub authority: String,
    /// What the thing is, where an item's history begins.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub what: Option<String>,
    /// The substance, of a drug.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub substance: Option<String>,
}

/// The most characters one of the texts may have.
const LONGEST: usize = 2_000;

impl Document for Details {
    const WHAT: &'static str = "details of a custody entry";
    const VERSION: &'static str = "comity.custody-details/1";
    const BYTES_MAX: usize = 64 * 1024;

    fn version(&self) -> &str {
        &self.v
    }
    fn check(&self) -> Result<(), String> {
        let always = [("who", &self.who), ("where", &self.place), ("why", &self.why), ("authority", &self.authority)];
        let sometimes = [("what", &self.what), ("substance", &self.substance)];
        let sometimes = sometimes.into_iter().filter_map(|(name, text)| Some((name, text.as_ref()?)));
        for (name, text) in always.into_iter().chain(sometimes) {
            if text.trim().is_empty() || text.chars().count() > LONGEST || text.chars().any(char::is_control) {
                return Err(format!("“{name}” is empty, has more than {LONGEST} characters, or is not one line"));
            }
        }
        Ok(())
    }
}

impl Details {
    /// Who, where, why, and on what authority.
    pub fn new(
        who: impl Into<String>,
        place: impl Into<String>,
        why: impl Into<String>,
        authority: impl Into<String>,
    ) -> Self {
        let v = Self::VERSION.to_owned();
        let (what, substance) = (None, None);
        Self { v, who: who.into(), place: place.into(), why: why.into(), authority: authority.into(), what, substance }
    }
    /// With what the thing is, and the substance if it is a drug.
    #[must_use]
    pub fn about(self, what: impl Into<String>, substance: Option<String>) -> Self {
        Self { what: Some(what.into()), substance, ..self }
    }
    /// The digest under which an entry names these details: SHA-256 of the salt and their canonical bytes.
    pub fn digest(salt: &Salt, canonical: &[u8]) -> Digest {
        Digest::of(&[salt.as_bytes(), canonical])
    }
}
