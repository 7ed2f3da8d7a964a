//! Lists of categories of offences to which instruments tie an effect (the 32 categories of the Union's acts), and the
//! categories to which our own offence codes belong, with the codes of the International Classification of Crime.

use serde::Deserialize;

use crate::data::Certainty;

use super::unconfirmed;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct File {
    #[serde(rename = "list")]
    pub lists: Vec<List>,
    #[serde(rename = "mapping")]
    pub mappings: Vec<Mapping>,
}

/// A list.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct List {
    /// Its id: `eu-32`.
    pub id: String,
    /// What it is for.
    pub title: String,
    /// Where it stands, each `instrument provision`.
    pub stands_in: Vec<String>,
    /// The maximum in the issuing State from which it has its effect, in months.
    #[serde(default)]
    pub from_months: Option<u32>,
    /// Id in `sources.toml`.
    pub source: String,
    /// How sure.
    #[serde(default = "unconfirmed")]
    pub certainty: Certainty,
    /// Its categories.
    #[serde(default, rename = "category")]
    pub categories: Vec<Category>,
}

/// A category.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Category {
    /// Its number or code in the list.
    pub code: String,
    /// Its heading.
    pub name: String,
}

/// The categories to which an offence belongs.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Mapping {
    /// The code of `law/offences.toml`.
    pub offence: String,
    /// The list.
    pub list: String,
    /// The categories by code; empty: none, which is then said.
    pub categories: Vec<String>,
    /// What a reader must know.
    #[serde(default)]
    pub note: String,
}
