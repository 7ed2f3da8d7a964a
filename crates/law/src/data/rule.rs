//! The operative rules of an instrument: what a request must contain, grounds for refusal, time limits, what excludes a
//! ground, and lines for everything else. A condition over facts stands in three lists: `all`, `any`, `none`.

use serde::{Deserialize, Serialize};

use super::condition::{Atom, one_or_more};
use super::{Certainty, Form};
use crate::truth::Condition;

/// To what an instrument applies.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Scope {
    /// Where it says so.
    pub provision: String,
    /// In one sentence.
    pub sentence: String,
    /// Only for these forms of cooperation; empty: all that no other scope names.
    #[serde(default)]
    pub forms: Vec<Form>,
    /// Overrides the file's certainty.
    #[serde(default)]
    pub certainty: Option<Certainty>,
    /// Facts that must all hold.
    #[serde(default)]
    pub all: Vec<Atom>,
    /// Facts of which one must hold.
    #[serde(default)]
    pub any: Vec<Atom>,
    /// Facts of which none may hold.
    #[serde(default)]
    pub none: Vec<Atom>,
}

/// When a piece of content is due.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Mode {
    /// Without it the request is incomplete.
    #[default]
    Always,
    /// As far as it is known; "not known" is an answer.
    WherePossible,
    /// Only if the requesting State wants it.
    IfWanted,
}

/// What a request must contain.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Requirement {
    /// Generic id to which form fields point: `req.purpose`.
    pub id: String,
    /// Where it says so.
    pub provision: String,
    /// What must be stated.
    pub states: String,
    /// When it is due.
    #[serde(default)]
    pub mode: Mode,
    /// Only for these forms of cooperation; empty: all of the instrument's.
    #[serde(default)]
    pub forms: Vec<Form>,
    /// Only for these measures; empty: all.
    #[serde(default)]
    pub measures: Vec<String>,
    /// Not for these measures.
    #[serde(default)]
    pub except_measures: Vec<String>,
    /// The protocols of which any takes its place between common parties.
    #[serde(default, deserialize_with = "one_or_more")]
    pub amended_by: Vec<String>,
    /// Overrides the file's source.
    #[serde(default)]
    pub source: Option<String>,
    /// Overrides the file's certainty.
    #[serde(default)]
    pub certainty: Option<Certainty>,
}

/// Whether a ground binds the requested State to refuse.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum GroundKind {
    /// It must refuse.
    Mandatory,
    /// It may refuse.
    #[default]
    Optional,
}

/// What follows if a ground is relied upon.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Follows {
    /// Where it says so.
    pub provision: String,
    /// In one sentence.
    pub sentence: String,
}

/// A ground for refusal.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Ground {
    /// Stable id, shared by instruments that know the same ground: `political`.
    pub id: String,
    /// Where it says so.
    pub provision: String,
    /// Must or may.
    pub kind: GroundKind,
    /// In one sentence.
    pub sentence: String,
    /// Facts that must all hold.
    #[serde(default)]
    pub all: Vec<Atom>,
    /// Facts of which one must hold.
    #[serde(default)]
    pub any: Vec<Atom>,
    /// Facts of which none may hold.
    #[serde(default)]
    pub none: Vec<Atom>,
    /// Only for these forms of cooperation.
    #[serde(default)]
    pub forms: Vec<Form>,
    /// Only for these measures.
    #[serde(default)]
    pub measures: Vec<String>,
    /// Not for these measures.
    #[serde(default)]
    pub except_measures: Vec<String>,
    /// The protocols of which any removes or replaces it between common parties.
    #[serde(default, deserialize_with = "one_or_more")]
    pub removed_by: Vec<String>,
    /// What follows if it is relied upon.
    #[serde(default)]
    pub follows: Vec<Follows>,
    /// Overrides the file's source.
    #[serde(default)]
    pub source: Option<String>,
    /// Overrides the file's certainty.
    #[serde(default)]
    pub certainty: Option<Certainty>,
}

/// A rule by which grounds of this and of other instruments do not apply: 1988 Convention article 3(10).
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Exclusion {
    /// Where it says so.
    pub provision: String,
    /// In one sentence.
    pub sentence: String,
    /// The grounds, by id.
    pub grounds: Vec<String>,
    /// Facts that must all hold.
    #[serde(default)]
    pub all: Vec<Atom>,
    /// Facts of which one must hold.
    #[serde(default)]
    pub any: Vec<Atom>,
    /// Facts of which none may hold.
    #[serde(default)]
    pub none: Vec<Atom>,
    /// Only for these forms of cooperation.
    #[serde(default)]
    pub forms: Vec<Form>,
    /// Overrides the file's source.
    #[serde(default)]
    pub source: Option<String>,
    /// Overrides the file's certainty.
    #[serde(default)]
    pub certainty: Option<Certainty>,
}

/// A time limit.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Clock {
    /// Stable id.
    pub id: String,
    /// Where it says so.
    pub provision: String,
    /// The event from which it runs: `received`.
    pub event: String,
    /// How many.
    pub amount: u16,
    /// Of what.
    pub unit: Unit,
    /// What its end means.
    #[serde(default)]
    pub limit: Limit,
    /// The event that its end brings at the latest: the decision, for a clock of decision.
    #[serde(default)]
    pub brings: Option<String>,
    /// Whom it binds: `requested`, `requesting`, or another that the sentence names.
    #[serde(default)]
    pub binds: Option<String>,
    /// What is due, or what follows.
    pub sentence: String,
    /// What happens when it passes.
    #[serde(default)]
    pub then: Option<String>,
    /// Facts that must all hold for it to run.
    #[serde(default)]
    pub all: Vec<Atom>,
    /// Facts of which one must hold.
    #[serde(default)]
    pub any: Vec<Atom>,
    /// Facts of which none may hold.
    #[serde(default)]
    pub none: Vec<Atom>,
    /// Only for these forms of cooperation.
    #[serde(default)]
    pub forms: Vec<Form>,
    /// Only for these measures.
    #[serde(default)]
    pub measures: Vec<String>,
    /// The protocols of which any takes its place between common parties.
    #[serde(default, deserialize_with = "one_or_more")]
    pub amended_by: Vec<String>,
    /// Overrides the file's source.
    #[serde(default)]
    pub source: Option<String>,
    /// Overrides the file's certainty.
    #[serde(default)]
    pub certainty: Option<Certainty>,
}

/// In what a time limit is counted; how, says [`crate::clock`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Unit {
    /// Hours from the moment of the event.
    Hours,
    /// Calendar days.
    Days,
    /// Days that are neither Saturday, Sunday nor a public holiday that was named.
    WorkingDays,
    /// Weeks of seven calendar days.
    Weeks,
    /// Calendar months.
    Months,
}

impl Unit {
    /// In which words it is read after a number.
    pub fn words(self) -> &'static str {
        match self {
            Unit::Hours => "hours",
            Unit::Days => "days",
            Unit::WorkingDays => "working days",
            Unit::Weeks => "weeks",
            Unit::Months => "months",
        }
    }
}

/// What the end of a time limit means.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Limit {
    /// Something is due by its end.
    #[default]
    Due,
    /// Something may be done from its last day on.
    MayFrom,
    /// A state of things must end by its last day.
    MustEnd,
}

/// Any other operative rule, told in one sentence.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Line {
    /// About what: `channel`, `language`, `bank-secrecy`, `use-limitation`, ...
    pub topic: String,
    /// Where it says so.
    pub provision: String,
    /// In one sentence.
    pub sentence: String,
    /// Facts that must all hold for it to be said; not known counts as perhaps, and it is said.
    #[serde(default)]
    pub all: Vec<Atom>,
    /// Facts of which one must hold.
    #[serde(default)]
    pub any: Vec<Atom>,
    /// Facts of which none may hold.
    #[serde(default)]
    pub none: Vec<Atom>,
    /// Said also where another instrument leads.
    #[serde(default)]
    pub beside: bool,
    /// Only for these forms of cooperation.
    #[serde(default)]
    pub forms: Vec<Form>,
    /// Only for these measures.
    #[serde(default)]
    pub measures: Vec<String>,
    /// The protocols of which any takes its place between common parties.
    #[serde(default, deserialize_with = "one_or_more")]
    pub amended_by: Vec<String>,
    /// Overrides the file's source.
    #[serde(default)]
    pub source: Option<String>,
    /// Overrides the file's certainty.
    #[serde(default)]
    pub certainty: Option<Certainty>,
}

macro_rules! conditional {
    ($($rule:ty),*) => {$(
        impl $rule {
            /// Its condition.
            pub fn condition(&self) -> Condition<'_> {
                Condition { all: &self.all, any: &self.any, none: &self.none }
            }
        }
    )*};
}
conditional!(Scope, Ground, Exclusion, Clock, Line);
