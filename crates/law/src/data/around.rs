//! What stands around the instruments: declarations, sources, facts, offences, and the common core of a request.

use serde::{Deserialize, Serialize};
use terms::{Date, State};

use super::condition::Atom;
use super::{Certainty, Form, GroundKind, Mode};
use crate::provision::article_and_paragraph;

/// What a declaration or reservation does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Effect {
    /// Adds a ground of refusal.
    Ground,
    /// Adds what a request must contain.
    Requirement,
    /// Narrows a duty.
    Limits,
    /// Names an authority or a channel.
    Authority,
    /// The instrument is no basis for that form of cooperation.
    NoBasis,
    /// A human must decide before the instrument is relied upon.
    Person,
    /// Articles of a protocol that are not accepted: between this State and any other they neither bind nor amend.
    Excludes,
}

/// A declaration or reservation of one State.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Declaration {
    /// Who made it.
    pub state: State,
    /// The provision concerned.
    pub provision: String,
    /// What it does.
    pub effect: Effect,
    /// In one sentence.
    pub sentence: String,
    /// Only in relations with this State.
    #[serde(default)]
    pub with: Option<State>,
    /// The fact on which an added ground turns.
    #[serde(default)]
    pub fact: Option<Atom>,
    /// Facts of which none may hold for an added ground.
    #[serde(default)]
    pub unless: Vec<Atom>,
    /// The id of an added ground; `declaration-xx` unless another is said.
    #[serde(default)]
    pub ground: Option<String>,
    /// Whether an added ground must or may be relied upon.
    #[serde(default)]
    pub kind: GroundKind,
    /// The articles that are excluded; that of `provision` if none is named.
    #[serde(default)]
    pub articles: Vec<String>,
    /// Whether others may rely on it against the State that made it: it counts also when that State asks.
    #[serde(default)]
    pub reciprocal: bool,
    /// The id of an added requirement.
    #[serde(default)]
    pub requirement: Option<String>,
    /// Only for these forms of cooperation.
    #[serde(default)]
    pub forms: Vec<Form>,
    /// Only for these measures.
    #[serde(default)]
    pub measures: Vec<String>,
    /// Overrides the file's source.
    #[serde(default)]
    pub source: Option<String>,
    /// Overrides the file's certainty.
    #[serde(default)]
    pub certainty: Option<Certainty>,
}

impl Declaration {
    /// The articles that an exclusion takes away.
    pub fn excluded(&self) -> impl Iterator<Item = &str> {
        let own = self.articles.is_empty().then(|| article_and_paragraph(&self.provision).0);
        own.into_iter().chain(self.articles.iter().map(String::as_str))
    }
}

/// `law/declarations/<instrument>.toml`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Declarations {
    /// The instrument.
    pub instrument: String,
    /// Id in `sources.toml`.
    pub source: String,
    /// How sure.
    pub certainty: Certainty,
    /// When checked.
    pub checked: Date,
    /// The declarations.
    #[serde(default, rename = "declaration")]
    pub declarations: Vec<Declaration>,
}

/// One source of `law/sources.toml`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Source {
    /// Its id.
    pub id: String,
    /// What it is.
    pub title: String,
    /// The day as of which it shows things.
    pub of: Date,
    /// Where it is published.
    #[serde(default)]
    pub at: Option<String>,
}

/// What kind of answer a fact has.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Answer {
    /// Yes or no.
    #[default]
    YesNo,
    /// A number of months.
    Months,
}

/// One fact of `law/facts.toml`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fact {
    /// Its id.
    pub id: String,
    /// Who can answer: `requesting` or `requested`.
    pub asks: String,
    /// The question to the officer.
    pub question: String,
    /// What kind of answer it has.
    #[serde(default)]
    pub answer: Answer,
    /// What settles it with yes, if all of it holds.
    #[serde(default)]
    pub yes_if: Vec<Atom>,
    /// What settles it with no, if any of it holds.
    #[serde(default)]
    pub no_if: Vec<Atom>,
}

/// One offence of `law/offences.toml`, by our own code.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Offence {
    /// The code.
    pub code: String,
    /// The provision that describes it.
    pub provision: String,
    /// In one sentence.
    pub sentence: String,
    /// The facts that it settles.
    pub facts: std::collections::BTreeMap<String, bool>,
}

/// Content asked of a request where the instrument's own articles on content are not held.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Core {
    /// Generic id.
    pub id: String,
    /// What must be stated.
    pub states: String,
    /// When it is due.
    #[serde(default)]
    pub mode: Mode,
    /// For which forms of cooperation; assistance unless others are named.
    #[serde(default = "assistance")]
    pub forms: Vec<Form>,
    /// Only for these measures.
    #[serde(default)]
    pub measures: Vec<String>,
    /// Not for these measures.
    #[serde(default)]
    pub except_measures: Vec<String>,
}

fn assistance() -> Vec<Form> {
    vec![Form::Assistance]
}
