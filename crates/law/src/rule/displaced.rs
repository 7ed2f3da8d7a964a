//! What gives way to what: fallback paragraphs to a mutual assistance treaty, corresponding provisions to an act that
//! replaces them between its parties, bilateral treaties to a convention that leaves them only as supplements.

use std::collections::{BTreeMap, BTreeSet};

use terms::Citation;

use crate::base::Base;
use crate::data::{Certainty, Fallback, Kind, RelationKind};
use crate::question::Question;
use crate::ruling::{Displaced, Extent};
use crate::truth::Truth;

use super::bases::Found;
use super::known::Knowledge;

/// What gives way.
pub(super) struct Outcome {
    /// The lines of the ruling.
    pub all: Vec<Displaced>,
    /// Instruments of which the fallback paragraphs give way, or may.
    pub extent: BTreeMap<String, Extent>,
    /// Instruments that another replaces between the two.
    pub replaced: BTreeSet<String>,
    /// Bilateral treaties that stand only with a convention: treaty to convention.
    pub supplements: BTreeMap<String, String>,
}

pub(super) fn find(base: &Base, question: &Question, found: &Found, known: &Knowledge) -> Outcome {
    let mut outcome =
        Outcome { all: Vec::new(), extent: BTreeMap::new(), replaced: BTreeSet::new(), supplements: BTreeMap::new() };
    let listed: Vec<&str> = found.in_force.iter().map(|(basis, _)| basis.instrument.as_str()).collect();
    for id in &listed {
        for rule in base.instrument(id).into_iter().flat_map(|i| &i.fallbacks) {
            fallback(base, question, found, known, (id, rule), &mut outcome);
        }
        replaced_between(base, id, &listed, Truth::Yes, &mut outcome);
    }
    for unsure in &found.uncertain {
        replaced_between(base, &unsure.instrument, &listed, Truth::Depends, &mut outcome);
    }
    for id in &listed {
        only_supplements(base, id, &listed, &mut outcome);
        supersedes(base, found, id, &listed, &mut outcome);
    }
    outcome
}

fn fallback(
    base: &Base,
    question: &Question,
    found: &Found,
    known: &Knowledge,
    (id, rule): (&str, &Fallback),
    outcome: &mut Outcome,
) {
    if !question.concerns(&rule.forms) || known.whole.facts.get(&rule.unless) == Some(&true) {
        return;
    }
    let treaties = |ids: &[String]| -> Vec<String> {
        let mut treaties: Vec<_> = ids
            .iter()
            .filter_map(|other| base.instrument(other))
            .filter(|i| i.is(Kind::MutualAssistanceTreaty))
            .map(|i| (i.precedence, i.id.clone()))
            .collect();
        treaties.sort();
        treaties.into_iter().map(|(_, id)| id).collect()
    };
    let (because, holds) = match treaties(&found.binding) {
        some if !some.is_empty() => (some, Truth::Yes),
        _ => (treaties(&found.perhaps_binding), Truth::Depends),
    };
    if because.is_empty() {
        return;
    }
    let extent = if holds == Truth::Yes { Extent::InPart } else { Extent::PerhapsInPart };
    outcome.extent.insert(id.to_owned(), extent);
    let certainty = found
        .in_force
        .iter()
        .filter(|(basis, _)| because.contains(&basis.instrument))
        .map(|(basis, _)| basis.certainty)
        .min()
        .unwrap_or(Certainty::Unconfirmed);
    outcome.all.push(Displaced {
        instrument: id.to_owned(),
        provisions: format!("{}({})-({})", rule.article, rule.from, rule.to),
        by: Citation::new(id, &rule.by),
        because,
        holds,
        sentence: rule.sentence.clone(),
        certainty,
    });
}

/// What an instrument takes the place of between its parties; perhaps, where it is not known whether it binds the two.
fn replaced_between(base: &Base, id: &str, listed: &[&str], holds: Truth, outcome: &mut Outcome) {
    let Some(instrument) = base.instrument(id) else { return };
    for relation in instrument.relations.iter().filter(|r| r.kind == RelationKind::ReplacesBetween) {
        let Some(other) = relation.instrument.as_deref().filter(|other| listed.contains(other)) else { continue };
        if holds == Truth::Yes {
            outcome.replaced.insert(other.to_owned());
        }
        if base.instrument(other).is_some_and(|i| i.is(Kind::GeneralDuty)) {
            continue; // the amended text simply takes the place of the unamended one; nothing is lost that an officer would miss
        }
        let sure = relation.certainty.unwrap_or(instrument.text.certainty);
        outcome.all.push(Displaced {
            instrument: other.to_owned(),
            provisions: "corresponding provisions".to_owned(),
            by: Citation::new(id, &relation.provision),
            because: vec![id.to_owned()],
            holds,
            sentence: relation.sentence.clone(),
            certainty: if holds == Truth::Yes { sure } else { Certainty::Unconfirmed },
        });
    }
}

fn only_supplements(base: &Base, id: &str, listed: &[&str], outcome: &mut Outcome) {
    let Some(instrument) = base.instrument(id).filter(|_| !outcome.replaced.contains(id)) else { return };
    for relation in instrument.relations.iter().filter(|r| r.kind == RelationKind::BilateralsOnlySupplement) {
        for other in listed.iter().filter_map(|other| base.instrument(other)) {
            if other.bilateral.is_some() && other.is(relation.of) {
                let parent = format!("{id} ({})", Citation::new(id, &relation.provision));
                outcome.supplements.insert(other.id.clone(), parent);
            }
        }
    }
}

/// Older bilateral treaties end between the parties of a convention that says so; later ones stand as supplements to it.
fn supersedes(base: &Base, found: &Found, id: &str, listed: &[&str], outcome: &mut Outcome) {
    let Some(instrument) = base.instrument(id).filter(|_| !outcome.replaced.contains(id)) else { return };
    let since = found.in_force.iter().find(|(basis, _)| basis.instrument == id).and_then(|(basis, _)| basis.since);
    for relation in instrument.relations.iter().filter(|r| r.kind == RelationKind::SupersedesBilaterals) {
        let bilateral = listed
            .iter()
            .filter_map(|other| base.instrument(other))
            .filter(|other| other.bilateral.is_some() && other.is(relation.of) && !other.is(Kind::Supplement));
        for other in bilateral {
            let citation = Citation::new(id, &relation.provision);
            if since.zip(other.adopted).is_some_and(|(since, adopted)| since <= adopted) {
                outcome.supplements.insert(other.id.clone(), format!("{id} ({citation})"));
                continue;
            }
            let dated = since.is_some() && other.adopted.is_some();
            let sure = relation.certainty.unwrap_or(instrument.text.certainty);
            outcome.replaced.insert(other.id.clone());
            outcome.all.push(Displaced {
                instrument: other.id.clone(),
                provisions: "corresponding provisions".to_owned(),
                by: citation,
                because: vec![id.to_owned()],
                holds: Truth::Yes,
                sentence: relation.sentence.clone(),
                certainty: if dated { sure } else { Certainty::Unconfirmed },
            });
        }
    }
}
