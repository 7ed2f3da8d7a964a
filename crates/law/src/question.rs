//! The question put to the law: who asks whom, on which day, for what, and what is known of the facts.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use terms::{Date, State};

use crate::data::Form;

/// A question. What is not stated is not known, and comes back as a question to the officer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Question {
    /// The State that asks.
    pub requesting: State,
    /// The State that is asked.
    pub requested: State,
    /// The day as of which the law is asked.
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
    /// Facts of `law/facts.toml` that are known.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub facts: BTreeMap<String, bool>,
    /// Events from which clocks run: `received`.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub events: BTreeMap<String, Date>,
}

fn assistance() -> Form {
    Form::Assistance
}

impl Question {
    /// Asks for assistance between two States on a day, with nothing else known.
    pub fn assistance(requesting: State, requested: State, on: Date) -> Self {
        Self {
            requesting,
            requested,
            on,
            form: Form::Assistance,
            measures: BTreeSet::new(),
            offences: BTreeSet::new(),
            facts: BTreeMap::new(),
            events: BTreeMap::new(),
        }
    }
    /// Whether a rule for these measures (but not those) concerns the question. While no measure is named, all do.
    pub(crate) fn touches(&self, only: &[String], except: &[String]) -> bool {
        self.measures.is_empty()
            || self.measures.iter().any(|m| (only.is_empty() || only.contains(m)) && !except.contains(m))
    }
    /// Whether a rule for these forms of cooperation concerns the question; no form named: all.
    pub(crate) fn concerns(&self, forms: &[Form]) -> bool {
        forms.is_empty() || forms.contains(&self.form)
    }
}
