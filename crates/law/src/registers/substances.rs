//! Controlled substances: under which convention, in which schedule or table, from when until when; and the amounts
//! from which a State treats the offence as graver, or under which it treats it as slight.
//!
//! Whether a substance was controlled turns on the day of the conduct. A listing of which only the year is held is
//! *depends* during that year; one of which no day is held is *depends* before the day of its source.

use std::collections::BTreeMap;

use serde::Deserialize;
use terms::{Date, State};

use super::unconfirmed;
use crate::base::Base;
use crate::data::Certainty;
use crate::truth::Truth;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct File {
    #[serde(rename = "substance")]
    pub substances: Vec<Substance>,
    #[serde(default, rename = "amount")]
    pub amounts: Vec<Amount>,
}

/// A substance.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Substance {
    /// Its id: `cocaine`.
    pub id: String,
    /// Its international name.
    pub name: String,
    /// Its number in the registry of the Chemical Abstracts Service.
    #[serde(default)]
    pub cas: Option<String>,
    /// Where it is listed. Empty: under no convention of the United Nations.
    #[serde(default, rename = "listing")]
    pub listings: Vec<Listing>,
    /// What a reader must know.
    #[serde(default)]
    pub note: String,
}

/// One place in the schedules of a convention.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Listing {
    /// The convention: `un1961`, `un1971`, `un1988`.
    pub instrument: String,
    /// The schedule or table: `Schedule I`, `Table II`.
    pub schedule: String,
    /// First day, if held.
    #[serde(default)]
    pub from: Option<Date>,
    /// The year of the first day, if only that is held.
    #[serde(default)]
    pub from_year: Option<i16>,
    /// Last day, if it left that schedule.
    #[serde(default)]
    pub until: Option<Date>,
    /// The year in which it left that schedule, if only that is held.
    #[serde(default)]
    pub until_year: Option<i16>,
    /// Id in `sources.toml`.
    pub source: String,
    /// How sure.
    #[serde(default = "unconfirmed")]
    pub certainty: Certainty,
    /// What of a preparation is exempt, if the schedules say so.
    #[serde(default)]
    pub exempt: Option<String>,
}

/// From which amount a State treats an offence otherwise.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Amount {
    /// The State.
    pub state: State,
    /// The substance.
    pub substance: String,
    /// The amount in milligrams.
    pub milligrams: u64,
    /// Of what: `active`, the pure active substance; `gross`, the whole.
    pub of: String,
    /// What follows.
    pub means: String,
    /// Where it says so.
    pub provision: String,
    /// Id in `sources.toml`.
    pub source: String,
    /// How sure.
    #[serde(default = "unconfirmed")]
    pub certainty: Certainty,
}

impl Substance {
    /// Whether it stood in the schedules of a convention on a day.
    pub fn listed(&self, base: &Base, instrument: &str, on: Date) -> Truth {
        self.listings
            .iter()
            .filter(|listing| listing.instrument == instrument)
            .map(|listing| listing.held(base, on))
            .fold(Truth::No, or)
    }
    /// What it settles about the facts of `law/facts.toml` for conduct on a day; what stays open is not named.
    pub fn settles(&self, base: &Base, on: Date) -> BTreeMap<&'static str, bool> {
        [("substance.narcotic", "un1961"), ("substance.psychotropic", "un1971")]
            .into_iter()
            .filter_map(|(fact, instrument)| match self.listed(base, instrument, on) {
                Truth::Yes => Some((fact, true)),
                Truth::No => Some((fact, false)),
                Truth::Depends => None,
            })
            .collect()
    }
}

impl Listing {
    /// Whether the substance stood there on a day.
    pub fn held(&self, base: &Base, on: Date) -> Truth {
        if self.until.is_some_and(|until| until < on) || self.until_year.is_some_and(|year| year < on.year()) {
            return Truth::No;
        }
        let begun = match (self.from, self.from_year) {
            (Some(from), _) if on < from => Truth::No,
            (Some(_), _) => Truth::Yes,
            (None, Some(year)) => match on.year().cmp(&year) {
                std::cmp::Ordering::Less => Truth::No,
                std::cmp::Ordering::Equal => Truth::Depends,
                std::cmp::Ordering::Greater => Truth::Yes,
            },
            (None, None) => match base.source(&self.source) {
                Some(source) if source.of <= on => Truth::Yes,
                _ => Truth::Depends,
            },
        };
        match begun {
            Truth::Yes if self.until_year == Some(on.year()) => Truth::Depends,
            begun => begun,
        }
    }
}

fn or(one: Truth, other: Truth) -> Truth {
    match (one, other) {
        (Truth::Yes, _) | (_, Truth::Yes) => Truth::Yes,
        (Truth::No, Truth::No) => Truth::No,
        _ => Truth::Depends,
    }
}
