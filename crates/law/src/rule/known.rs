//! What is known, put together from what the officer stated, what persons and penalties say, and what follows from it by
//! `law/facts.toml` and `law/offences.toml`. What concerns an offence is known charge by charge: a ground may bar one
//! charge and not another.

use std::collections::{BTreeMap, BTreeSet};

use crate::base::Base;
use crate::data::Answer;
use crate::question::{Charge, Penalty, PersonStatus, Question};
use crate::truth::{Condition, Known, Truth};

use super::NotAQuestion;

/// The words before the dot of a fact that concern one offence, not the request as a whole.
const OF_ONE_OFFENCE: [&str; 4] = ["offence", "penalty", "sentence", "substance"];

/// All that is known.
pub(super) struct Knowledge {
    /// Of the request as a whole. A fact about offences stands here if it holds for one of them, or for none.
    pub whole: Known,
    /// Of each offence, with all that is known of the request; empty if no offence is named.
    pub charges: Vec<(String, Known)>,
}

/// A truth with the facts on which it turns.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Weighed {
    /// Whether it holds for the request as a whole: for every offence.
    pub truth: Truth,
    /// The facts on which that turns.
    pub open: Vec<String>,
    /// The offences for which it holds, if it does not hold for all.
    pub only: Vec<String>,
    /// The offences for which it is open, if it is settled for the request as a whole.
    pub perhaps: Vec<String>,
}

impl Knowledge {
    /// Puts it together, or says what the base does not know.
    pub fn of(question: &Question, base: &Base) -> Result<Self, NotAQuestion> {
        let mut whole = Known::default();
        persons(question, &mut whole)?;
        for (fact, holds) in &question.facts {
            expect(base, fact, Answer::YesNo)?;
            whole.facts.insert(fact.clone(), *holds);
        }
        for (fact, number) in &question.numbers {
            expect(base, fact, Answer::Months)?;
            whole.numbers.insert(fact.clone(), *number);
        }
        let bare = question.offences.iter().filter(|code| question.charges.iter().all(|c| c.offence != **code));
        let bare: Vec<Charge> = bare.map(|code| Charge::bare(code)).collect();
        let stated: Vec<&Charge> = bare.iter().chain(&question.charges).collect();
        let charges = each(base, &whole, question, &stated)?;
        for (fact, holds) in united(&charges) {
            whole.facts.entry(fact).or_insert(holds);
        }
        derive(base, &mut whole, |_| None);
        Ok(Self { whole, charges })
    }

    /// Weighs a condition: over each offence if it asks about offences, over the whole request otherwise.
    pub fn weigh(&self, condition: Condition<'_>) -> Weighed {
        self.weigh_unless(condition, &[])
    }

    /// Weighs a condition that any of some others makes inapplicable.
    pub fn weigh_unless(&self, condition: Condition<'_>, unless: &[Condition<'_>]) -> Weighed {
        let conditions = || unless.iter().copied().chain([condition]);
        let one = |known: &Known| {
            let bar = unless.iter().map(|unless| unless.holds(known)).fold(Truth::No, Truth::or);
            condition.holds(known).and(bar.negated())
        };
        let owned = |open: BTreeSet<&str>| open.into_iter().map(str::to_owned).collect::<Vec<_>>();
        let of_offences = conditions().flat_map(Condition::atoms).any(|a| of_one_offence(&a.fact));
        if !of_offences || self.charges.is_empty() {
            let truth = one(&self.whole);
            let open = conditions().filter(|_| truth == Truth::Depends).flat_map(|c| c.eval(&self.whole).1).collect();
            return Weighed { truth, open: owned(open), only: Vec::new(), perhaps: Vec::new() };
        }
        let each: Vec<(&String, &Known, Truth)> =
            self.charges.iter().map(|(c, known)| (c, known, one(known))).collect();
        let truth = each.iter().map(|(.., truth)| *truth).fold(Truth::Yes, Truth::and);
        let undecided = each.iter().filter(|(.., truth)| *truth == Truth::Depends);
        let open = undecided.flat_map(|(_, known, _)| conditions().flat_map(|c| c.eval(known).1)).collect();
        let of = |wanted: Truth| {
            each.iter().filter(move |(.., found)| truth != wanted && *found == wanted).map(|(code, ..)| (*code).clone())
        };
        Weighed { truth, open: owned(open), only: of(Truth::Yes).collect(), perhaps: of(Truth::Depends).collect() }
    }

    /// Whether a scope holds: one offence within it suffices; with the offences that are outside.
    pub fn within(&self, condition: Condition<'_>) -> (Truth, Vec<String>) {
        let each = self.charges.iter().map(|(code, known)| (code, condition.holds(known)));
        let outside = each.clone().filter(|(_, truth)| *truth == Truth::No).map(|(code, _)| code.clone()).collect();
        match self.charges.is_empty() {
            true => (condition.holds(&self.whole), outside),
            false => (each.map(|(_, truth)| truth).fold(Truth::No, Truth::or), outside),
        }
    }

    /// The facts on which a scope turns.
    pub fn open_scope(&self, condition: Condition<'_>) -> Vec<String> {
        let open: BTreeSet<&str> = match self.charges.is_empty() {
            true => condition.eval(&self.whole).1,
            false => self.charges.iter().flat_map(|(_, known)| condition.eval(known).1).collect(),
        };
        open.into_iter().map(str::to_owned).collect()
    }
}

impl Charge {
    fn bare(code: &str) -> Self {
        Self {
            offence: code.to_owned(),
            requesting: Penalty::default(),
            requested: Penalty::default(),
            sentence_months: None,
            remaining_months: None,
            facts: BTreeMap::new(),
        }
    }
}

fn of_one_offence(fact: &str) -> bool {
    fact.split_once('.').is_some_and(|(about, _)| OF_ONE_OFFENCE.contains(&about))
}

fn expect(base: &Base, fact: &str, answer: Answer) -> Result<(), NotAQuestion> {
    match base.fact(fact) {
        None => Err(NotAQuestion::UnknownFact(fact.to_owned())),
        Some(known) if known.answer != answer => Err(NotAQuestion::OtherAnswer(fact.to_owned())),
        Some(_) => Ok(()),
    }
}

/// What the persons settle. For assistance a fact holds if it holds for one of them.
fn persons(question: &Question, whole: &mut Known) -> Result<(), NotAQuestion> {
    if question.form.is_surrender() && question.persons.len() > 1 {
        return Err(NotAQuestion::SeveralPersons);
    }
    let mut say = |fact: &str, holds: bool| {
        *whole.facts.entry(fact.to_owned()).or_insert(holds) |= holds;
    };
    let all_nationalities = question.persons.iter().all(|person| !person.nationalities.is_empty());
    let all_residences = question.persons.iter().all(|person| person.resides.is_some());
    for person in &question.persons {
        let national = |state| person.nationalities.contains(&state);
        for (fact, state) in [
            ("person.national-of-requested", question.requested),
            ("person.national-of-requesting", question.requesting),
        ] {
            if national(state) || all_nationalities {
                say(fact, national(state));
            }
        }
        let resident = person.resides == Some(question.requested);
        if resident || all_residences {
            say("person.resident-of-requested", resident);
        }
        if let Some(status) = person.status.filter(|_| question.form.is_surrender()) {
            say("person.sentenced", status == PersonStatus::Sentenced);
        }
    }
    Ok(())
}

/// What is known of each offence. What was said of the request as a whole about a fact of an offence answers for those offences that leave it open by themselves; if
/// none does, it contradicts what they settle, and the officer's word outweighs.
fn each(
    base: &Base,
    whole: &Known,
    question: &Question,
    stated: &[&Charge],
) -> Result<Vec<(String, Known)>, NotAQuestion> {
    let of_offences = question.facts.iter().filter(|(fact, _)| of_one_offence(fact));
    let mut general: BTreeMap<&str, bool> = of_offences.map(|(fact, holds)| (fact.as_str(), *holds)).collect();
    let mut whole = whole.clone();
    whole.facts.retain(|fact, _| !general.contains_key(fact.as_str()));
    let mut charges = Vec::new();
    let mut answered = BTreeSet::new();
    for charge in stated {
        charges.push(known_of(base, &whole, charge, &general, &mut answered)?);
    }
    general.retain(|fact, _| !answered.contains(fact));
    if general.is_empty() || stated.is_empty() {
        return Ok(charges);
    }
    let outweighing = general.iter().map(|(fact, holds)| ((*fact).to_owned(), *holds));
    let again = |charge: &&Charge| {
        let mut facts: BTreeMap<String, bool> = outweighing.clone().collect();
        facts.extend(charge.facts.clone());
        Charge { facts, ..(*charge).clone() }
    };
    let rest = question.facts.iter().filter(|(fact, _)| answered.contains(fact.as_str()));
    let rest: BTreeMap<&str, bool> = rest.map(|(fact, holds)| (fact.as_str(), *holds)).collect();
    stated.iter().map(again).map(|charge| known_of(base, &whole, &charge, &rest, &mut BTreeSet::new())).collect()
}

/// What is known of one offence: what was stated of it, what its code and its penalties settle, what follows, and of the rest what is said of all of them. Notes
/// which of that was needed.
fn known_of<'f>(
    base: &Base,
    whole: &Known,
    stated: &Charge,
    general: &BTreeMap<&'f str, bool>,
    answered: &mut BTreeSet<&'f str>,
) -> Result<(String, Known), NotAQuestion> {
    let code = &stated.offence;
    let offence = base.offence(code).ok_or_else(|| NotAQuestion::UnknownOffence(code.clone()))?;
    let mut known = whole.clone();
    known.facts.extend(offence.facts.iter().map(|(fact, holds)| (fact.clone(), *holds)));
    let mut number = |fact: &str, value: Option<u32>| {
        if let Some(value) = value {
            known.numbers.insert(fact.to_owned(), value);
        }
    };
    for (side, penalty) in [("requesting", &stated.requesting), ("requested", &stated.requested)] {
        number(&format!("penalty.{side}-max"), penalty.max());
        number(&format!("penalty.{side}-min"), penalty.min());
    }
    number("sentence.months", stated.sentence_months);
    number("sentence.remaining", stated.remaining_months);
    let both = match [stated.requesting.is_offence(), stated.requested.is_offence()] {
        [Some(false), _] | [_, Some(false)] => Some(false),
        [Some(true), Some(true)] => Some(true),
        _ => None,
    };
    for (fact, holds) in [
        ("offence.dual-criminality", both),
        ("offence.death-penalty", stated.requesting.death),
        ("offence.life-sentence", stated.requesting.life),
    ] {
        if let Some(holds) = holds {
            known.facts.insert(fact.to_owned(), holds);
        }
    }
    for (fact, holds) in &stated.facts {
        expect(base, fact, Answer::YesNo)?;
        known.facts.insert(fact.clone(), *holds);
    }
    let derived = |fact: &str| base.derived_facts().iter().any(|known| known.id == fact);
    for (fact, holds) in general.iter().filter(|(fact, _)| !derived(fact)) {
        if !known.facts.contains_key(*fact) {
            known.facts.insert((*fact).to_owned(), *holds);
            answered.insert(*fact);
        }
    }
    derive(base, &mut known, |fact| {
        let (fact, holds) = general.get_key_value(fact)?;
        answered.insert(*fact);
        Some(*holds)
    });
    Ok((code.clone(), known))
}

impl Penalty {
    fn is_offence(&self) -> Option<bool> {
        self.punishable.or(self.max().map(|_| true))
    }
    fn max(&self) -> Option<u32> {
        match (self.punishable, self.life, self.death) {
            (Some(false), ..) => Some(0),
            (_, Some(true), _) | (.., Some(true)) => Some(u32::MAX),
            _ => self.max_months,
        }
    }
    fn min(&self) -> Option<u32> {
        if self.punishable == Some(false) { Some(0) } else { self.min_months }
    }
}

/// What follows from what is known, by the rules of `law/facts.toml`; where they leave a fact open, `otherwise` may answer. Stated facts are left as they are.
fn derive(base: &Base, known: &mut Known, mut otherwise: impl FnMut(&str) -> Option<bool>) {
    for fact in base.derived_facts() {
        if known.facts.contains_key(&fact.id) {
            continue;
        }
        let yes = Condition { all: &fact.yes_if, any: &[], none: &[] };
        let no = Condition { all: &[], any: &fact.no_if, none: &[] };
        let follows = if !yes.is_empty() && yes.holds(known) == Truth::Yes {
            Some(true)
        } else if !no.is_empty() && no.holds(known) == Truth::Yes {
            Some(false)
        } else {
            otherwise(&fact.id)
        };
        if let Some(holds) = follows {
            known.facts.insert(fact.id.clone(), holds);
        }
    }
}

/// What holds for one of the offences, or for none of them.
fn united(charges: &[(String, Known)]) -> Vec<(String, bool)> {
    let Some((_, first)) = charges.first() else { return Vec::new() };
    let named = charges.iter().flat_map(|(_, known)| &known.facts);
    let mut one: Vec<(String, bool)> =
        named.filter(|(fact, holds)| **holds && of_one_offence(fact)).map(|(f, _)| (f.clone(), true)).collect();
    let none = first.facts.iter().filter(|(fact, _)| {
        of_one_offence(fact) && charges.iter().all(|(_, known)| known.facts.get(*fact) == Some(&false))
    });
    one.extend(none.map(|(fact, _)| (fact.clone(), false)));
    one
}
