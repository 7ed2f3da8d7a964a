//! The question put to the law: who asks whom, on which day, for what, and what is known of the facts.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use terms::{Date, Moment, State};

use crate::data::Form;
use crate::day;

/// The measure that a controlled delivery is, where it is asked for as a form of cooperation.
const CONTROLLED_DELIVERY: &str = "controlled-delivery";

/// A question. What is not stated is not known, and comes back as a question to the officer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Question {
    /// The State that asks.
    pub requesting: State,
    /// The State that is asked.
    pub requested: State,
    /// The day as of which the law is asked.
    #[serde(deserialize_with = "day::one")]
    pub on: Date,
    /// The form of cooperation.
    #[serde(default = "assistance")]
    pub form: Form,
    /// The measures, by the names of the forms: `bank-records`. Empty: not yet said.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub measures: BTreeSet<String>,
    /// The offences, by the codes of `law/offences.toml`. Empty: not yet said.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub offences: BTreeSet<String>,
    /// Offences with their penalties in both States; they need not be repeated in `offences`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub charges: Vec<Charge>,
    /// The persons concerned. For surrender exactly one: each person is asked about alone.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub persons: Vec<Person>,
    /// Facts of `law/facts.toml` that are known.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub facts: BTreeMap<String, bool>,
    /// Numbers of `law/facts.toml` that are known, for all charges that do not say otherwise.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub numbers: BTreeMap<String, u32>,
    /// The days of events from which clocks run: `received`.
    #[serde(default, deserialize_with = "day::named", skip_serializing_if = "BTreeMap::is_empty")]
    pub events: BTreeMap<String, Date>,
    /// The moments of events, where hours count.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub moments: BTreeMap<String, Moment>,
    /// Public holidays in the State that must act, where working days count.
    #[serde(default, deserialize_with = "day::several", skip_serializing_if = "BTreeSet::is_empty")]
    pub holidays: BTreeSet<Date>,
}

/// One offence with its penalties.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Charge {
    /// Its code in `law/offences.toml`.
    pub offence: String,
    /// In the requesting State.
    #[serde(default)]
    pub requesting: Penalty,
    /// In the requested State.
    #[serde(default)]
    pub requested: Penalty,
    /// The sentence that was imposed, in months.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sentence_months: Option<u32>,
    /// What of it is still to be served, in months.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub remaining_months: Option<u32>,
    /// Facts of `law/facts.toml` that are known of this offence alone.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub facts: BTreeMap<String, bool>,
}

/// How a State punishes the conduct.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Penalty {
    /// Whether it is an offence there at all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub punishable: Option<bool>,
    /// The longest deprivation of liberty, in months; 0 for a fine only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_months: Option<u32>,
    /// The shortest, in months.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub min_months: Option<u32>,
    /// Whether it may be for life.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub life: Option<bool>,
    /// Whether it may be death.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub death: Option<bool>,
}

/// A person concerned, without name: only what the law asks about.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Person {
    /// All nationalities. Empty: not known.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub nationalities: BTreeSet<State>,
    /// Where the person resides.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resides: Option<State>,
    /// What the person is in the proceedings.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<PersonStatus>,
}

/// What a person is in the proceedings of the requesting State.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PersonStatus {
    /// Under investigation.
    Suspect,
    /// Charged or indicted.
    Accused,
    /// Sentenced: wanted to serve the sentence.
    Sentenced,
    /// Heard as a witness.
    Witness,
    /// Heard as an expert.
    Expert,
    /// Harmed by the offence.
    Victim,
}

/// Why a text is no question: where, and what was expected.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct NotReadable(String);

fn assistance() -> Form {
    Form::Assistance
}

impl Question {
    /// Asks for a form of cooperation between two States on a day, with nothing else known.
    pub fn new(form: Form, requesting: State, requested: State, on: Date) -> Self {
        Self {
            requesting,
            requested,
            on,
            form,
            measures: BTreeSet::new(),
            offences: BTreeSet::new(),
            charges: Vec::new(),
            persons: Vec::new(),
            facts: BTreeMap::new(),
            numbers: BTreeMap::new(),
            events: BTreeMap::new(),
            moments: BTreeMap::new(),
            holidays: BTreeSet::new(),
        }
    }
    /// Asks for assistance between two States on a day, with nothing else known.
    pub fn assistance(requesting: State, requested: State, on: Date) -> Self {
        Self::new(Form::Assistance, requesting, requested, on)
    }
    /// Reads a question in TOML; the question of a case of the law base (`law/cases`) is one too.
    pub fn from_toml(text: &str) -> Result<Self, NotReadable> {
        let table: toml::Table = toml::from_str(text).map_err(|error| NotReadable(error.to_string()))?;
        let read = match table.get("question") {
            Some(question) => question.clone().try_into(),
            // the plain text, not the table: its errors name the line
            None => toml::from_str(text),
        };
        read.map_err(|error| NotReadable(error.to_string()))
    }
    /// Whether a rule for these measures (but not those) concerns the question. While no measure is named, all do; a controlled delivery is
    /// asked for by its form alone.
    pub(crate) fn touches(&self, only: &[String], except: &[String]) -> bool {
        let implied = (self.form == Form::ControlledDelivery).then_some(CONTROLLED_DELIVERY);
        let mut named = self.measures.iter().map(String::as_str).chain(implied).peekable();
        let among = |all: &[String], measure: &str| all.iter().any(|one| one == measure);
        named.peek().is_none() || named.any(|m| (only.is_empty() || among(only, m)) && !among(except, m))
    }
    /// Whether a rule for these forms of cooperation concerns the question; no form named: all.
    pub(crate) fn concerns(&self, forms: &[Form]) -> bool {
        forms.is_empty() || forms.contains(&self.form)
    }
}
