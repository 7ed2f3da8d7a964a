//! Where one measure stands: what the two parties last declared about it, and what that means together.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use terms::ActId;

use super::{REQUESTED, crossed};
use crate::register::{Entry, Registers};

/// What can be declared about a measure.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Is {
    /// Asked for, and not decided.
    Asked,
    /// To be executed.
    Accepted,
    /// Waiting for a reason of the requested State's.
    Postponed,
    /// Refused, on grounds.
    Refused,
    /// To be executed if the conditions are agreed.
    Offered,
    /// The conditions are agreed.
    Agreed,
    /// The conditions are declined.
    Declined,
    /// No longer asked for.
    Withdrawn,
}

impl Is {
    /// The word of the tables.
    pub fn word(self) -> &'static str {
        match self {
            Is::Asked => "asked",
            Is::Accepted => "accepted",
            Is::Postponed => "postponed",
            Is::Refused => "refused",
            Is::Offered => "offered",
            Is::Agreed => "agreed",
            Is::Declined => "declined",
            Is::Withdrawn => "withdrawn",
        }
    }
    /// Back from the word.
    pub fn of(word: &str) -> Option<Self> {
        serde_json::from_value(Value::from(word)).ok()
    }
}

/// A declaration about a measure, as it stands in the registers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Standing {
    /// What it is.
    pub is: Is,
    /// The grounds of a refusal.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub grounds: Vec<String>,
    /// The offer that is open, agreed or declined.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub offer: Option<ActId>,
    /// What a postponed measure was, and will be again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub was: Option<Is>,
}

impl Standing {
    /// A plain one.
    pub fn plain(is: Is) -> Self {
        Self { is, grounds: vec![], offer: None, was: None }
    }
    /// As a value for the registers.
    pub fn value(&self) -> Value {
        serde_json::to_value(self).expect("INVARIANT: plain data")
    }
    fn read(entry: &Entry) -> Option<Self> {
        serde_json::from_value(entry.value.clone()).ok()
    }
}

/// The subject of a measure.
pub fn subject(measure: &str) -> String {
    format!("measure/{measure}/standing")
}

/// Where a measure stands; if declarations crossed, what they mean together. `None` if nobody asked for it.
pub fn of(registers: &Registers, measure: &str) -> Option<(Standing, Option<crossed::Crossing>)> {
    let entries: Vec<(&Entry, Standing)> =
        registers.declared(&subject(measure)).filter_map(|entry| Some((entry, Standing::read(entry)?))).collect();
    match &entries[..] {
        [] => None,
        [(_, one)] => Some((one.clone(), None)),
        [(first, a), (second, b)] if first.role != second.role => {
            let ((asking, left), (asked, right)) =
                if first.role == REQUESTED { ((second, b), (first, a)) } else { ((first, a), (second, b)) };
            let crossing = crossed::meaning(left.is, right.is, [asking.act, asked.act])?;
            let mut outcome = if crossing.outcome == Is::Withdrawn { left.clone() } else { right.clone() };
            if left.is == Is::Agreed && outcome.is == Is::Accepted {
                outcome.offer = left.offer;
            }
            Some((outcome, Some(crossing)))
        }
        // Only an author with two histories has several standing words of one side; the engine then counts none of them.
        several => several.iter().map(|(_, standing)| standing.clone()).next().map(|standing| (standing, None)),
    }
}
