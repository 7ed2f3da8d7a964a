//! Who has what with whom: for every ordered pair of States, on which basis a form of cooperation would rest on a day.

use std::collections::BTreeMap;

use serde::Serialize;
use terms::{Date, State};

use crate::base::Base;
use crate::data::{Certainty, Class, Form};
use crate::question::Question;
use crate::rule::rule;

/// What carries cooperation between two States, from the closest to none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Cover {
    /// An act of the Union.
    UnionAct,
    /// A treaty made for this relation.
    Bilateral,
    /// A treaty of a region or an organisation.
    Regional,
    /// A universal convention: the 1988 Convention, or another one.
    Universal,
    /// A non-binding scheme.
    Scheme,
    /// Nothing that is known to be in force, but something that may be.
    Perhaps,
    /// Nothing that is held.
    Nothing,
}

impl Cover {
    /// All, from the closest to none.
    pub const ALL: [Cover; 7] = [
        Cover::UnionAct,
        Cover::Bilateral,
        Cover::Regional,
        Cover::Universal,
        Cover::Scheme,
        Cover::Perhaps,
        Cover::Nothing,
    ];
    /// In a few words.
    pub fn name(self) -> &'static str {
        match self {
            Cover::UnionAct => "act of the Union",
            Cover::Bilateral => "treaty for this relation",
            Cover::Regional => "regional treaty",
            Cover::Universal => "universal convention",
            Cover::Scheme => "non-binding scheme",
            Cover::Perhaps => "perhaps: status not known",
            Cover::Nothing => "nothing held: reciprocity",
        }
    }
}

/// One ordered pair.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Relation {
    /// The State that asks.
    pub requesting: State,
    /// The State that is asked.
    pub requested: State,
    /// What carries.
    pub cover: Cover,
    /// The leading instrument.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub leading: Option<String>,
    /// How sure.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub certainty: Option<Certainty>,
}

/// Every ordered pair of the States that some party table names.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Coverage {
    /// For which form of cooperation.
    pub form: Form,
    /// On which day.
    pub on: Date,
    /// Under which law base.
    pub law: crate::base::LawVersion,
    /// The States, in the order of their codes.
    pub states: Vec<State>,
    /// The pairs, by requesting State, then by requested State.
    pub relations: Vec<Relation>,
}

/// Looks every ordered pair up, with nothing known of the matter; or only those in which one State asks.
pub fn coverage(base: &Base, form: Form, on: Date, only: Option<State>) -> Coverage {
    let states: Vec<State> = base.states().collect();
    let asking = states.iter().filter(|state| only.is_none_or(|only| only == **state));
    let pairs = asking.flat_map(|a| states.iter().filter(move |b| a != *b).map(move |b| (*a, *b)));
    let relations = pairs.map(|(requesting, requested)| relation(base, form, requesting, requested, on)).collect();
    Coverage { form, on, law: base.version().clone(), states, relations }
}

fn relation(base: &Base, form: Form, requesting: State, requested: State, on: Date) -> Relation {
    let nothing = Relation { requesting, requested, cover: Cover::Nothing, leading: None, certainty: None };
    // a pair of two different States and no fact is always a question
    let Ok(ruling) = rule(&Question::new(form, requesting, requested, on), base) else { return nothing };
    let Some(leading) = ruling.leading() else {
        let cover = if ruling.uncertain.is_empty() { Cover::Nothing } else { Cover::Perhaps };
        return Relation { cover, ..nothing };
    };
    let cover = match base.instrument(&leading.instrument).map(|instrument| instrument.class) {
        Some(Class::UnionAct) => Cover::UnionAct,
        Some(Class::Bilateral) => Cover::Bilateral,
        Some(Class::Regional) => Cover::Regional,
        Some(Class::Scheme) => Cover::Scheme,
        Some(Class::Universal) | None => Cover::Universal,
    };
    Relation { cover, leading: Some(leading.instrument.clone()), certainty: Some(leading.certainty), ..nothing }
}

impl Coverage {
    /// How many ordered pairs have what.
    pub fn counts(&self) -> BTreeMap<Cover, usize> {
        let mut counts: BTreeMap<Cover, usize> = Cover::ALL.into_iter().map(|cover| (cover, 0)).collect();
        for relation in &self.relations {
            *counts.entry(relation.cover).or_default() += 1;
        }
        counts
    }
}
