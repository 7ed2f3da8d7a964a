//! Which instruments bind the two States on the day, ranked; which do not, and why.

use terms::{Citation, Date};

use crate::base::Base;
use crate::data::{Between, Certainty, Class, Effect, Form, Instrument, Kind};
use crate::force::{self, Force, PairForce};
use crate::provision::article_and_paragraph;
use crate::question::Question;
use crate::ruling::{Aside, Basis, Extent};
use crate::truth::Truth;

use super::known::Knowledge;

/// What was found.
pub(super) struct Found {
    /// In force and within scope (or perhaps so), by rank; whether it only supports a request.
    pub in_force: Vec<(Basis, bool)>,
    /// Every instrument in force between the two, whatever its form and scope: what displaces need not carry the request.
    pub binding: Vec<String>,
    /// Instruments of unknown status, whatever their form.
    pub perhaps_binding: Vec<String>,
    /// Of unknown status, for this form.
    pub uncertain: Vec<Aside>,
    /// Not in force, for this form.
    pub not_in_force: Vec<Aside>,
    /// In force, but not for this matter.
    pub out_of_scope: Vec<Aside>,
    /// In force and within scope, but by a reservation no basis: the instrument, and the provision that is reserved. What it
    /// says beside any basis stands.
    pub barred: Vec<(String, String)>,
}

pub(super) fn find(base: &Base, question: &Question, known: &Knowledge) -> Found {
    let pair = [question.requesting, question.requested];
    let mut found = Found {
        in_force: Vec::new(),
        binding: Vec::new(),
        perhaps_binding: Vec::new(),
        uncertain: Vec::new(),
        not_in_force: Vec::new(),
        out_of_scope: Vec::new(),
        barred: Vec::new(),
    };
    for instrument in base.between(pair) {
        let wanted = question.concerns(&instrument.forms);
        if wanted {
            found.not_in_force.extend(outside(base, instrument, question));
        }
        let Some(status) = force::for_pair(base, instrument, pair, question.on) else { continue };
        let status = ended_by_successor(base, instrument, question, status);
        match status.force {
            Force::In { .. } => {
                found.binding.push(instrument.id.clone());
                if wanted {
                    place(base, instrument, question, known, status, &mut found);
                }
            }
            Force::Unknown => {
                found.perhaps_binding.push(instrument.id.clone());
                if wanted {
                    found.uncertain.push(aside(instrument, status.why, None, Certainty::Unconfirmed));
                }
            }
            _ if instrument.adopted.is_some_and(|adopted| question.on < adopted) => {}
            _ if wanted => found.not_in_force.push(aside(instrument, status.why, None, status.certainty)),
            _ => {}
        }
    }
    let rank = |id: &str| base.instrument(id).map_or(u16::MAX, |i| i.rank(question.form, &question.measures));
    found.in_force.sort_by_cached_key(|(basis, _)| (rank(&basis.instrument), basis.instrument.clone()));
    found
}

fn aside(instrument: &Instrument, why: String, citation: Option<Citation>, certainty: Certainty) -> Aside {
    Aside { instrument: instrument.id.clone(), title: instrument.title.clone(), why, citation, certainty }
}

/// Acts to which one of the two might be thought to belong, and does not, while the other does.
fn outside(base: &Base, instrument: &Instrument, question: &Question) -> Option<Aside> {
    let pair = [(question.requesting, question.requested), (question.requested, question.requesting)];
    pair.into_iter().find_map(|(state, other)| {
        let stands = instrument.outside.iter().find(|o| o.state == state)?;
        let party = base.party(&instrument.id, other)?;
        matches!(force::for_state(base, instrument, party, question.on), Force::In { .. }).then_some(())?;
        let citation = Citation::new(&instrument.id, &stands.provision);
        Some(aside(instrument, stands.sentence.clone(), Some(citation), stands.certainty))
    })
}

/// A treaty that a later one replaces ends with the later one's entry into force, not with its provisional application,
/// and only for the forms of cooperation on which the later one speaks.
fn ended_by_successor(base: &Base, instrument: &Instrument, question: &Question, status: PairForce) -> PairForce {
    let pair = [question.requesting, question.requested];
    for successor in base.successors(&instrument.id) {
        if question.concerns(&instrument.forms) && !question.concerns(&successor.forms) {
            continue;
        }
        let Some(next) = force::for_pair(base, successor, pair, question.on) else { continue };
        if let Force::In { since, provisional: false } = next.force {
            let until = since.unwrap_or(question.on).yesterday().unwrap_or(Date::MIN);
            let why = match since {
                Some(day) => format!("replaced by {} from {day}", successor.id),
                None => format!("replaced by {}; the day is not held", successor.id),
            };
            return PairForce {
                force: Force::NoLonger { until },
                certainty: status.certainty.max(next.certainty),
                why,
            };
        }
        if let Force::In { provisional: true, .. } = next.force {
            let why = format!("{}; {} is applied provisionally and has not yet replaced it", status.why, successor.id);
            return PairForce { why, ..status };
        }
        if next.force == Force::Unknown {
            let why = format!("{}; {} may have replaced it: {}", status.why, successor.id, next.why);
            return PairForce { why, certainty: Certainty::Unconfirmed, ..status };
        }
    }
    status
}

fn place(
    base: &Base,
    instrument: &Instrument,
    question: &Question,
    known: &Knowledge,
    status: PairForce,
    found: &mut Found,
) {
    let (scope, not_covered, covers) = match instrument.scope_for(question.form) {
        None => (Truth::Yes, Vec::new(), None),
        Some(scope) => {
            let citation = Citation::new(&instrument.id, &scope.provision);
            let (truth, outside) = known.within(scope.condition());
            (truth, outside, Some((citation, scope.sentence.clone())))
        }
    };
    if !super::may_carry(scope) {
        let (citation, sentence) = covers.expect("only a scope that is stated can exclude");
        let certainty = instrument.scope_for(question.form).and_then(|scope| scope.certainty);
        let certainty = certainty.unwrap_or(instrument.text.certainty).max(status.certainty);
        found.out_of_scope.push(aside(instrument, sentence, Some(citation), certainty));
        return;
    }
    if let Some(bar) = no_basis(base, instrument, question) {
        let reserved = bar.citation.as_ref().map_or_else(String::new, |citation| citation.provision.clone());
        found.barred.push((instrument.id.clone(), reserved));
        found.out_of_scope.push(bar);
        return;
    }
    let Force::In { since, provisional } = status.force else { return };
    let basis = Basis {
        instrument: instrument.id.clone(),
        title: instrument.title.clone(),
        extent: Extent::Whole,
        why: format!("{}; {}", class(instrument, question.form), status.why),
        since,
        provisional,
        certainty: status.certainty,
        scope,
        covers,
        not_covered,
        modelled: instrument.modelled,
        own_procedure: instrument.own_procedure(question.form, &question.measures),
    };
    let supports = instrument.supports(question.form);
    found.in_force.push((basis, supports));
}

/// A reservation of the requested State by which the instrument is no basis for what is asked, or the exclusion, by either
/// State, of the article that carries it.
fn no_basis(base: &Base, instrument: &Instrument, question: &Question) -> Option<Aside> {
    let declared = base.declarations(&instrument.id)?;
    let pair = [question.requesting, question.requested];
    let made_for = instrument.scopes.iter().find(|scope| scope.forms.contains(&question.form));
    let carrying = made_for.map(|scope| article_and_paragraph(&scope.provision).0);
    let bar = declared.declarations.iter().find(|d| match d.effect {
        Effect::NoBasis => {
            let against = d.with.is_none_or(|other| other == question.requesting);
            d.state == question.requested && against && question.concerns(&d.forms)
        }
        Effect::Excludes => pair.contains(&d.state) && d.excluded().any(|article| carrying == Some(article)),
        _ => false,
    })?;
    let citation = Citation::new(&instrument.id, &bar.provision);
    Some(aside(instrument, bar.sentence.clone(), Some(citation), bar.certainty.unwrap_or(declared.certainty)))
}

fn class(instrument: &Instrument, form: Form) -> &'static str {
    match instrument.class {
        _ if instrument.between == Between::Requested => {
            "a duty towards the person, whichever treaty carries the request"
        }
        _ if instrument.is(Kind::GeneralDuty) && instrument.supports(form) => "a general duty without a procedure",
        Class::UnionAct => "an act of the Union binds both",
        Class::Bilateral => "a treaty made for this relation",
        Class::Regional => "a regional treaty binds both",
        Class::Universal => "a universal convention binds both",
        Class::Scheme => "a non-binding scheme",
    }
}
