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
        let subject_to = sources.subject_to(&rule.removed_by);
        let certainty = sure(rule.certainty, instrument, &subject_to);
        let Weight { applies, depends_on, only_for, perhaps_for, excluded_by } =
            weigh(&rule.id, rule.condition(), sources, question, known);
        let follows = rule.follows.iter().map(|next| RuledLine {
            topic: "follows".to_owned(),
            citation: Citation::new(&instrument.id, &next.provision),
            sentence: next.sentence.clone(),
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
}

/// Weighs a ground, and with it the rule that may exclude it. What does not apply anyway needs no exclusion.
pub(super) fn weigh(
    id: &str,
    condition: Condition<'_>,
    sources: &Sources<'_>,
    question: &Question,
    known: &Knowledge,
) -> Weight {
    let plain = known.weigh(condition);
    let exclusion = exclusion(id, sources, question)
        .filter(|(_, rule)| plain.truth != Truth::No && known.within(rule.condition()).0 != Truth::No);
    let Some((instrument, rule)) = exclusion else {
        return Weight::of(plain, None);
    };
    let weighed = known.weigh_unless(condition, Some(rule.condition()));
    Weight::of(weighed, Some(Citation::new(&instrument.id, &rule.provision)))
}

impl Weight {
    fn of(weighed: Weighed, excluded_by: Option<Citation>) -> Self {
        let Weighed { truth, open, only, perhaps } = weighed;
        Self { applies: truth, depends_on: open, only_for: only, perhaps_for: perhaps, excluded_by }
    }
}

fn exclusion<'a>(id: &str, sources: &Sources<'a>, question: &Question) -> Option<(&'a Instrument, &'a Exclusion)> {
    let all = sources.in_force.iter().flat_map(|i| i.exclusions.iter().map(move |rule| (*i, rule)));
    all.into_iter().find(|(instrument, rule)| {
        let names = rule.grounds.iter().any(|known| known == id);
        names && question.concerns(&rule.forms) && !sources.excludes(&instrument.id, &rule.provision)
    })
}
