//! The engine: from a question and a law base to a ruling. Pure; the same question under the same base gives the same ruling.
//!
//! In order: the facts that the offences settle; which instruments bind the two on the day ([`bases`]); what gives way
//! to what ([`displaced`]); what the leading basis and its protocols ask and allow ([`content`]); what is still to be
//! found out ([`open`]). Displacement of fallback paragraphs (1988 Convention art 7(7) and its like) happens only by
//! an instrument flagged as a mutual assistance treaty that binds the pair that day.

mod bases;
mod content;
mod displaced;
mod open;

use std::collections::BTreeMap;

use crate::base::Base;
use crate::data::Kind;
use crate::question::Question;
use crate::ruling::{Extent, Ruling};
use crate::truth::Truth;

/// Why a question cannot be answered as put.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotAQuestion {
    /// A State does not request from itself.
    #[error("law.same-state: a State does not ask itself for cooperation")]
    SameState,
    /// An offence code that the base does not know.
    #[error("law.unknown-offence: the law base knows no offence {0}")]
    UnknownOffence(String),
    /// A fact that the base does not know.
    #[error("law.unknown-fact: the law base knows no fact {0}")]
    UnknownFact(String),
}

/// Rules on a question.
pub fn rule(question: &Question, base: &Base) -> Result<Ruling, NotAQuestion> {
    if question.requesting == question.requested {
        return Err(NotAQuestion::SameState);
    }
    let facts = settle(question, base)?;
    let found = bases::find(base, question, &facts);
    let displaced = displaced::find(base, &found, &facts);
    let mut ruling = Ruling {
        question: question.clone(),
        bases: Vec::new(),
        supporting: Vec::new(),
        displaced: displaced.all,
        standing: Vec::new(),
        uncertain: found.uncertain,
        not_in_force: found.not_in_force,
        out_of_scope: found.out_of_scope,
        reciprocity: None,
        requirements: Vec::new(),
        grounds: Vec::new(),
        clocks: Vec::new(),
        lines: Vec::new(),
        declarations: Vec::new(),
        questions: Vec::new(),
        law: base.version().clone(),
        notice: base.notice().to_owned(),
    };
    for (mut basis, supports) in found.in_force {
        let id = basis.instrument.as_str();
        if let Some(parent) = displaced.supplements.get(id) {
            basis.why = format!("{}; applied with {parent}, not instead of it", basis.why);
            ruling.supporting.push(basis);
        } else if displaced.replaced.contains(id) {
            continue;
        } else if supports {
            ruling.supporting.push(basis);
        } else {
            basis.extent = displaced.extent.get(id).copied().unwrap_or(Extent::Whole);
            ruling.bases.push(basis);
        }
    }
    lead_by_treaty(&mut ruling, base);
    if ruling.leading().is_none() {
        ruling.reciprocity = Some(
            "No treaty basis is held for this pair, day and matter: comity and reciprocity under the law of the requested State."
                .to_owned(),
        );
    }
    content::fill(&mut ruling, base, &facts);
    ruling.questions = open::questions(&ruling, base, &facts);
    Ok(ruling)
}

/// A treaty that usually goes with another one carries the request where that other one is missing.
fn lead_by_treaty(ruling: &mut Ruling, base: &Base) {
    let of_kind = |id: &str, kinds: &[Kind]| base.instrument(id).is_some_and(|i| kinds.iter().any(|kind| i.is(*kind)));
    let carries = [Kind::MutualAssistanceTreaty, Kind::MutualRecognition];
    if ruling.bases.iter().any(|basis| of_kind(&basis.instrument, &carries)) {
        return;
    }
    let treaty = |basis: &crate::ruling::Basis| of_kind(&basis.instrument, &[Kind::MutualAssistanceTreaty]);
    if let Some(at) = ruling.supporting.iter().position(treaty) {
        let basis = ruling.supporting.remove(at);
        ruling.bases.insert(0, basis);
    }
}

/// The known facts: those stated, and those that the offences settle. One offence within a convention suffices.
fn settle(question: &Question, base: &Base) -> Result<BTreeMap<String, bool>, NotAQuestion> {
    let mut facts = BTreeMap::new();
    for code in &question.offences {
        let offence = base.offence(code).ok_or_else(|| NotAQuestion::UnknownOffence(code.clone()))?;
        for (fact, holds) in &offence.facts {
            let known = facts.entry(fact.clone()).or_insert(*holds);
            *known |= holds;
        }
    }
    for (fact, holds) in &question.facts {
        if base.fact(fact).is_none() {
            return Err(NotAQuestion::UnknownFact(fact.clone()));
        }
        facts.insert(fact.clone(), *holds);
    }
    Ok(facts)
}

/// Whether the request would rest on this basis at all.
fn may_carry(scope: Truth) -> bool {
    scope != Truth::No
}
