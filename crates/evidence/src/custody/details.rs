//! What is personal in a custody entry: kept beside it, bound by a salted digest, erasable.

use serde::{Deserialize, Serialize};
use terms::{Digest, Moment, Salt};

use crate::Quantity;
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
    /// What is known of a drug by then, beside any entry of an item.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub drug: Option<Drug>,
}

/// What a laboratory, a prosecutor and another State ask of a drug. What a later entry states stands instead of what an earlier one did.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Drug {
    /// The salt or form: hydrochloride, base, resin.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub salt: Option<String>,
    /// How pure it is, and how that was stated.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub purity: Option<String>,
    /// The weight with its packaging.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gross: Option<Quantity>,
    /// The weight without.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub net: Option<Quantity>,
    /// How it was packed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub packaging: Option<String>,
    /// Logos, stamps, inscriptions.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub markings: Option<String>,
    /// The laboratory's report, by its reference.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub report: Option<String>,
    /// The number of the sample.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sample: Option<String>,
    /// Precursors that were found with it, or to which it points.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub precursors: Option<String>,
    /// Where it was seized.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seized_where: Option<String>,
    /// When it was seized.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seized_at: Option<Moment>,
    /// How and when what is not kept is to be destroyed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub destruction: Option<String>,
    /// Which samples are retained, where, and until when.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retained: Option<String>,
}

impl Drug {
    /// Its texts, each with its name.
    fn texts(&self) -> [(&'static str, &Option<String>); 10] {
        [
            ("salt", &self.salt),
            ("purity", &self.purity),
            ("packaging", &self.packaging),
            ("markings", &self.markings),
            ("report", &self.report),
            ("sample", &self.sample),
            ("precursors", &self.precursors),
            ("seized_where", &self.seized_where),
            ("destruction", &self.destruction),
            ("retained", &self.retained),
        ]
    }
    /// What is stated, a line each, for people.
    pub fn lines(&self) -> Vec<String> {
        let texts = self.texts().map(|(name, text)| (name, text.clone()));
        let others = [
            ("gross", self.gross.as_ref().map(ToString::to_string)),
            ("net", self.net.as_ref().map(ToString::to_string)),
            ("seized_at", self.seized_at.as_ref().map(ToString::to_string)),
        ];
        let stated = texts.into_iter().chain(others).filter_map(|(name, text)| Some((name, text?)));
        stated.map(|(name, text)| format!("{}: {text}", name.replace('_', " "))).collect()
    }
    /// Whether nothing is stated.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
    /// This, and what `later` states in its place.
    #[must_use]
    pub fn then(self, later: Self) -> Self {
        Self {
            salt: later.salt.or(self.salt),
            purity: later.purity.or(self.purity),
            gross: later.gross.or(self.gross),
            net: later.net.or(self.net),
            packaging: later.packaging.or(self.packaging),
            markings: later.markings.or(self.markings),
            report: later.report.or(self.report),
            sample: later.sample.or(self.sample),
            precursors: later.precursors.or(self.precursors),
            seized_where: later.seized_where.or(self.seized_where),
            seized_at: later.seized_at.or(self.seized_at),
            destruction: later.destruction.or(self.destruction),
            retained: later.retained.or(self.retained),
        }
    }
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
        if self.drug.as_ref().is_some_and(Drug::is_empty) {
            return Err("“drug” states nothing".to_owned());
        }
        let drug = self.drug.as_ref().map(Drug::texts).into_iter().flatten();
        let sometimes = [("what", &self.what), ("substance", &self.substance)].into_iter().chain(drug);
        let sometimes = sometimes.filter_map(|(name, text)| Some((name, text.as_ref()?)));
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
        let (what, substance, drug) = (None, None, None);
        let (who, place, why, authority) = (who.into(), place.into(), why.into(), authority.into());
        Self { v, who, place, why, authority, what, substance, drug }
    }
    /// With what the thing is, and the substance if it is a drug.
    #[must_use]
    pub fn about(self, what: impl Into<String>, substance: Option<String>) -> Self {
        Self { what: Some(what.into()), substance, ..self }
    }
    /// With what is known of the drug; nothing if that is nothing.
    #[must_use]
    pub fn drug(self, drug: Option<Drug>) -> Self {
        Self { drug: drug.filter(|drug| !drug.is_empty()), ..self }
    }
    /// The digest under which an entry names these details: SHA-256 of the salt and their canonical bytes.
    pub fn digest(salt: &Salt, canonical: &[u8]) -> Digest {
        Digest::of(&[salt.as_bytes(), canonical])
    }
}
