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
    /// Those that act for a form of cooperation under an instrument: those named for it, or else those that act in general.
    pub fn competent(&self, form: Form, instrument: Option<&str>) -> Vec<&Authority> {
        let of_form = self.authorities.iter().filter(|a| a.forms.contains(&form));
        special_or_general(of_form, |a| &a.instruments, instrument)
    }
    /// The languages accepted under an instrument: those named for it, or else those that hold in general.
    pub fn languages_under(&self, instrument: Option<&str>) -> Vec<&Language> {
        special_or_general(self.languages.iter(), |l| &l.instruments, instrument)
    }
}

fn special_or_general<'a, T>(
    all: impl Iterator<Item = &'a T>,
    instruments: impl Fn(&T) -> &Vec<String>,
    instrument: Option<&str>,
) -> Vec<&'a T> {
    let (general, special): (Vec<&T>, Vec<&T>) = all.partition(|one| instruments(one).is_empty());
    let named: Vec<&T> =
        special.into_iter().filter(|one| instruments(one).iter().any(|id| Some(id.as_str()) == instrument)).collect();
    if named.is_empty() { general } else { named }
}
