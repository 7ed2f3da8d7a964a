//! Grounds for refusal: whether each applies over what is known, charge by charge, whether a rule of another instrument
//! in force excludes it (1988 Convention article 3(10): not political, not fiscal), and what follows if it is relied upon.

use terms::Citation;

use crate::data::{Exclusion, Instrument};
use crate::question::Question;
use crate::ruling::{RuledGround, RuledLine, Ruling};
use crate::truth::{Condition, Truth};

use super::content::{Sources, sure};
use super::known::{Knowledge, Weighed};

pub(super) fn fill(ruling: &mut Ruling, instrument: &Instrument, sources: &Sources<'_>, known: &Knowledge) {
    for rule in &instrument.grounds {
        let question = &ruling.question;
        if !question.concerns(&rule.forms) || !question.touches(&rule.measures, &rule.except_measures) {
            continue;
        }
        if sources.amended(&rule.removed_by) || sources.excludes(&instrument.id, &rule.provision) {
            continue;
        }
        let weight = weigh(&rule.id, rule.condition(), sources, question, known);
        let Weight { applies, depends_on, only_for, perhaps_for, excluded_by, perhaps_excluded_by } = weight;
        let mut subject_to = sources.subject_to(instrument, &rule.provision, &rule.removed_by);
        subject_to.extend(perhaps_excluded_by);
        let certainty = sure(rule.certainty, instrument, &subject_to);
        let follows = rule.follows.iter().map(|next| RuledLine {
            topic: "follows".to_owned(),
            citation: Citation::new(&instrument.id, &next.provision),
            sentence: next.sentence.clone(),
            depends_on: Vec::new(),
            subject_to: Vec::new(),
            certainty,
        });
        ruling.grounds.push(RuledGround {
            id: rule.id.clone(),
            citation: Citation::new(&instrument.id, &rule.provision),
            kind: rule.kind,
            sentence: rule.sentence.clone(),
            applies,
            depends_on,
            only_for,
            perhaps_for,
            excluded_by,
            follows: follows.collect(),
            subject_to,
            certainty,
        });
    }
}

/// Whether a ground applies, and on what that turns.
pub(super) struct Weight {
    pub applies: Truth,
    pub depends_on: Vec<String>,
    pub only_for: Vec<String>,
    pub perhaps_for: Vec<String>,
    pub excluded_by: Option<Citation>,
    /// Instruments of unknown status with a rule that would exclude it.
    pub perhaps_excluded_by: Vec<String>,
}

/// Weighs a ground, and with it the rules that may exclude it. What does not apply anyway needs no exclusion.
pub(super) fn weigh(
    id: &str,
    condition: Condition<'_>,
    sources: &Sources<'_>,
    question: &Question,
    known: &Knowledge,
) -> Weight {
    let plain = known.weigh(condition);
    let all = exclusions(&sources.in_force, id, question, sources);
    let mut rules: Vec<(&Instrument, &Exclusion)> =
        all.filter(|(_, rule)| known.weigh_unless(condition, &[rule.condition()]) != plain).collect();
    // what surely excludes it is named before what may
    rules.sort_by_key(|(_, rule)| known.within(rule.condition()).0 != Truth::Yes);
    let unless: Vec<Condition<'_>> = rules.iter().map(|(_, rule)| rule.condition()).collect();
    let weighed = if unless.is_empty() { plain } else { known.weigh_unless(condition, &unless) };
    let Weighed { truth, open, only, perhaps } = weighed;
    let left = truth != Truth::No || !only.is_empty() || !perhaps.is_empty();
    let unsure = exclusions(&sources.uncertain, id, question, sources);
    let unsure = unsure.filter(|(_, rule)| left && known.within(rule.condition()).0 != Truth::No);
    Weight {
        applies: truth,
        depends_on: open,
        only_for: only,
        perhaps_for: perhaps,
        excluded_by: rules.first().map(|(i, rule)| Citation::new(&i.id, &rule.provision)),
        perhaps_excluded_by: unsure.map(|(i, _)| i.id.clone()).collect(),
    }
}

/// The rules of these instruments that may exclude a ground, unless they were reserved.
fn exclusions<'a>(
    of: &'a [&'a Instrument],
    ground: &'a str,
    question: &'a Question,
    sources: &'a Sources<'_>,
) -> impl Iterator<Item = (&'a Instrument, &'a Exclusion)> {
    let all = of.iter().flat_map(|i| i.exclusions.iter().map(move |rule| (*i, rule)));
    let stands = |i: &Instrument, rule: &Exclusion| !sources.excludes(&i.id, &rule.provision);
    all.filter(move |(i, rule)| {
        rule.grounds.iter().any(|known| known == ground) && question.concerns(&rule.forms) && stands(i, rule)
    })
}
