//! What is looked up beside the treaties: which substances are controlled and since when, who acts for a State and in
//! which languages it is written to, how a State punishes traffic and whether it extradites its nationals, and to which category of a list an offence belongs.
//!
//! Nothing here rules: the engine and the officer read these tables, each entry with its source and its certainty.
//! Where a day is not held, the answer is *depends*, never a silent no ([`Substance::listed`]).

mod authorities;
mod lists;
mod nationals;
mod penalties;
mod substances;

use std::collections::BTreeMap;

use serde::de::DeserializeOwned;
use terms::State;

use crate::base::{Base, NotLawBase, malformed, read, unique};
use crate::data::Certainty;

pub use authorities::{Authorities, Authority, Language};
pub use lists::{Category, List, Mapping};
pub use nationals::{Extradites, Nationals};
pub use penalties::{Penalties, PenaltyRule};
pub use substances::{Amount, Listing, Substance};

/// The tables as read.
#[derive(Debug, Clone, Default)]
pub(crate) struct Registers {
    substances: BTreeMap<String, Substance>,
    amounts: Vec<Amount>,
    authorities: BTreeMap<State, Authorities>,
    penalties: BTreeMap<State, Penalties>,
    nationals: BTreeMap<State, Nationals>,
    lists: BTreeMap<String, List>,
    mappings: Vec<Mapping>,
}

impl Registers {
    /// Takes a file if it is one of these tables; says whether it was.
    pub(crate) fn take(&mut self, path: &str, text: &str) -> Result<bool, NotLawBase> {
        match path.split_once('/') {
            None if path == "substances.toml" => {
                let file: substances::File = read(path, text)?;
                self.substances = unique(path, file.substances, |s| s.id.clone())?;
                self.amounts = file.amounts;
            }
            None if path == "offence-lists.toml" => {
                let file: lists::File = read(path, text)?;
                self.lists = unique(path, file.lists, |l| l.id.clone())?;
                self.mappings = file.mappings;
            }
            None if path == "nationals.toml" => {
                let file: nationals::File = read(path, text)?;
                self.nationals = unique(path, file.nationals, |n| n.state)?;
            }
            Some(("authorities", name)) => {
                let of: Authorities = of_state(path, name, text, |a: &Authorities| a.state)?;
                self.authorities.insert(of.state, of);
            }
            Some(("penalties", name)) => {
                let of: Penalties = of_state(path, name, text, |p: &Penalties| p.state)?;
                self.penalties.insert(of.state, of);
            }
            _ => return Ok(false),
        }
        Ok(true)
    }
}

/// Reads the file of one State, whose name is the State's code in lower case.
fn of_state<T: DeserializeOwned>(
    path: &str,
    name: &str,
    text: &str,
    state: impl Fn(&T) -> State,
) -> Result<T, NotLawBase> {
    let of: T = read(path, text)?;
    let code = state(&of).code().to_ascii_lowercase();
    if name != format!("{code}.toml") {
        return Err(malformed(path, format!("the State {} differs from the file's name", state(&of))));
    }
    Ok(of)
}

impl Base {
    /// A substance by its id: `cocaine`.
    pub fn substance(&self, id: &str) -> Option<&Substance> {
        self.registers().substances.get(id)
    }
    /// All substances by id.
    pub fn substances(&self) -> impl Iterator<Item = &Substance> {
        self.registers().substances.values()
    }
    /// National amounts of a substance, of all States.
    pub fn amounts(&self, substance: &str) -> impl Iterator<Item = &Amount> {
        self.registers().amounts.iter().filter(move |amount| amount.substance == substance)
    }
    /// All amounts.
    pub fn all_amounts(&self) -> impl Iterator<Item = &Amount> {
        self.registers().amounts.iter()
    }
    /// Who acts for a State, and in which languages it is written to; `None` if nothing is held.
    pub fn authorities(&self, state: State) -> Option<&Authorities> {
        self.registers().authorities.get(&state)
    }
    /// The authorities of all States of which some are held.
    pub fn all_authorities(&self) -> impl Iterator<Item = &Authorities> {
        self.registers().authorities.values()
    }
    /// How a State punishes; `None` if nothing is held.
    pub fn penalties(&self, state: State) -> Option<&Penalties> {
        self.registers().penalties.get(&state)
    }
    /// The penalties of all States of which some are held.
    pub fn all_penalties(&self) -> impl Iterator<Item = &Penalties> {
        self.registers().penalties.values()
    }
    /// What the law of a State says of the extradition of its nationals; `None` if nothing is held.
    pub fn nationals(&self, state: State) -> Option<&Nationals> {
        self.registers().nationals.get(&state)
    }
    /// What is held of the nationals of all States.
    pub fn all_nationals(&self) -> impl Iterator<Item = &Nationals> {
        self.registers().nationals.values()
    }
    /// A list of categories of offences by its id: `eu-32`.
    pub fn list(&self, id: &str) -> Option<&List> {
        self.registers().lists.get(id)
    }
    /// All lists.
    pub fn lists(&self) -> impl Iterator<Item = &List> {
        self.registers().lists.values()
    }
    /// To which categories an offence code belongs.
    pub fn mappings(&self, offence: &str) -> impl Iterator<Item = &Mapping> {
        self.registers().mappings.iter().filter(move |mapping| mapping.offence == offence)
    }
    /// All mappings.
    pub fn all_mappings(&self) -> impl Iterator<Item = &Mapping> {
        self.registers().mappings.iter()
    }
}

/// Unless an entry says otherwise.
fn unconfirmed() -> Certainty {
    Certainty::Unconfirmed
}
