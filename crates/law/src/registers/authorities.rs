//! Who acts for a State: names of institutions only, never of persons, without contact data; and the languages in
//! which it is written to. For assistance and for extradition these often differ.

use serde::Deserialize;
use terms::State;

use super::unconfirmed;
use crate::data::{Certainty, Form};

/// `law/authorities/<state>.toml`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Authorities {
    /// The State.
    pub state: State,
    /// Its authorities.
    #[serde(default, rename = "authority")]
    pub authorities: Vec<Authority>,
    /// The languages in which it is written to.
    #[serde(default, rename = "language")]
    pub languages: Vec<Language>,
}

/// An authority.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Authority {
    /// Its name.
    pub name: String,
    /// For which forms of cooperation.
    pub forms: Vec<Form>,
    /// Under these instruments only; empty: in general.
    #[serde(default)]
    pub instruments: Vec<String>,
    /// For what part of the matter, if not for all of it: a stage, a region.
    #[serde(default)]
    pub part: Option<String>,
    /// Id in `sources.toml`.
    pub source: String,
    /// How sure.
    #[serde(default = "unconfirmed")]
    pub certainty: Certainty,
}

/// A language.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Language {
    /// Its code (ISO 639-1): `es`.
    pub code: String,
    /// Under these instruments only; empty: in general.
    #[serde(default)]
    pub instruments: Vec<String>,
    /// Id in `sources.toml`.
    pub source: String,
    /// How sure.
    #[serde(default = "unconfirmed")]
    pub certainty: Certainty,
}

impl Authorities {
    /// Those that act for a form of cooperation, those named for the instrument first.
    pub fn competent(&self, form: Form, instrument: Option<&str>) -> Vec<&Authority> {
        let of_form = |a: &&Authority| a.forms.contains(&form);
        let named = |a: &&Authority| instrument.is_some_and(|id| a.instruments.iter().any(|i| i == id));
        let general = |a: &&Authority| a.instruments.is_empty();
        let first = self.authorities.iter().filter(of_form).filter(named);
        first.chain(self.authorities.iter().filter(of_form).filter(general)).collect()
    }
    /// The languages accepted under an instrument: those named for it, or else those that hold in general.
    pub fn languages_under(&self, instrument: &str) -> Vec<&Language> {
        let named: Vec<_> = self.languages.iter().filter(|l| l.instruments.iter().any(|i| i == instrument)).collect();
        if named.is_empty() { self.languages.iter().filter(|l| l.instruments.is_empty()).collect() } else { named }
    }
}
