//! Whether the law of a State lets it extradite its own nationals, outside the surrender systems of the Union. A hint
//! for the officer who must answer that question of fact; a treaty or a declaration goes before it.

use serde::{Deserialize, Serialize};
use terms::State;

use super::unconfirmed;
use crate::data::Certainty;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct File {
    #[serde(rename = "national")]
    pub nationals: Vec<Nationals>,
}

/// What the law of a State says of its nationals.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Nationals {
    /// The State.
    pub state: State,
    /// Whether it extradites them.
    pub extradites: Extradites,
    /// In one sentence.
    pub sentence: String,
    /// Id in `sources.toml`.
    pub source: String,
    /// How sure.
    #[serde(default = "unconfirmed")]
    pub certainty: Certainty,
}

/// Whether nationals are extradited.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Extradites {
    /// Not, or not but in cases that the sentence names.
    No,
    /// On conditions that the sentence names.
    Conditional,
    /// Like others.
    Yes,
}
