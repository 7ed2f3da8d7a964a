//! How a State punishes drug offences: the shortest and the longest deprivation of liberty, in months, by provision.
//! Thresholds of extradition and of lists are measured against them. Only what was read is held; amounts of fines are not.

use serde::Deserialize;
use terms::{Date, State};

use super::unconfirmed;
use crate::data::Certainty;

/// `law/penalties/<state>.toml`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Penalties {
    /// The State.
    pub state: State,
    /// Its provisions.
    #[serde(rename = "penalty")]
    pub rules: Vec<PenaltyRule>,
}

/// One provision.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PenaltyRule {
    /// The codes of `law/offences.toml` to which it answers.
    pub offences: Vec<String>,
    /// The statute and its provision.
    pub provision: String,
    /// Under which conditions, in one sentence.
    pub sentence: String,
    /// The shortest deprivation of liberty in months, if one is stated.
    #[serde(default)]
    pub min_months: Option<u32>,
    /// The longest in months, if one is stated.
    #[serde(default)]
    pub max_months: Option<u32>,
    /// Whether it may be for life.
    #[serde(default)]
    pub life: bool,
    /// Whether it may be death.
    #[serde(default)]
    pub death: bool,
    /// Whether it is the graver case of another provision.
    #[serde(default)]
    pub aggravated: bool,
    /// First day, if held.
    #[serde(default)]
    pub from: Option<Date>,
    /// Last day, if it was changed.
    #[serde(default)]
    pub until: Option<Date>,
    /// Id in `sources.toml`.
    pub source: String,
    /// How sure.
    #[serde(default = "unconfirmed")]
    pub certainty: Certainty,
}

impl Penalties {
    /// The provisions that answer to an offence on a day.
    pub fn of(&self, offence: &str, on: Date) -> impl Iterator<Item = &PenaltyRule> {
        self.rules.iter().filter(move |rule| {
            rule.offences.iter().any(|code| code == offence)
                && rule.from.is_none_or(|from| from <= on)
                && rule.until.is_none_or(|until| on <= until)
        })
    }
    /// The longest deprivation of liberty for the offence on a day in its ordinary form, in months; `u32::MAX` for life or
    /// death, as in a question; `None` if it is not held.
    pub fn ordinary_max_months(&self, offence: &str, on: Date) -> Option<u32> {
        let most = |rule: &PenaltyRule| if rule.life || rule.death { Some(u32::MAX) } else { rule.max_months };
        self.of(offence, on).filter(|rule| !rule.aggravated).filter_map(most).max()
    }
}
