//! Time limits: which run, from which event to which last day, and what happens when they pass. How days are counted says
//! [`crate::clock`].

use terms::Citation;

use crate::clock::{self, Counting};
use crate::data::{Clock, Instrument};
use crate::ruling::{RuledClock, Ruling};
use crate::truth::Truth;

use super::content::{Sources, sure};
use super::known::Knowledge;

/// Where the day of an event is not known, but a clock that runs brings it by its last day: the latest last day of the clock
/// that runs from it. Chains are short; two passes are enough for decision and execution after receipt.
pub(super) fn chain(ruling: &mut Ruling, sources: &Sources<'_>) {
    let rules: Vec<&Clock> =
        sources.asked.iter().flat_map(|i| &i.clocks).filter(|rule| rule.brings.is_some()).collect();
    for _ in 0..2 {
        for at in 0..ruling.clocks.len() {
            let clock = &ruling.clocks[at];
            if clock.due.is_some() {
                continue;
            }
            let bringing = rules.iter().filter(|rule| rule.brings.as_deref() == Some(&clock.event));
            let ends = bringing.filter_map(|rule| {
                let same = |c: &&RuledClock| c.id == rule.id && c.citation.provision == rule.provision;
                let end = ruling.clocks.iter().filter(|c| c.applies == Truth::Yes).find(same)?;
                end.due.or(end.latest)
            });
            let Some(day) = ends.max() else { continue };
            let end =
                clock::end(clock.amount, clock.unit, (day, None), |d| ruling.question.holidays.contains(&d), true);
            ruling.clocks[at].latest = end.map(|end| end.day);
        }
    }
}

pub(super) fn fill(ruling: &mut Ruling, instrument: &Instrument, sources: &Sources<'_>, known: &Knowledge) {
    for rule in &instrument.clocks {
        let question = &ruling.question;
        if !question.concerns(&rule.forms)
            || !question.touches(&rule.measures, &[])
            || sources.amended(&rule.amended_by)
            || sources.excludes(&instrument.id, &rule.provision)
        {
            continue;
        }
        let weighed = known.weigh(rule.condition());
        if weighed.truth == Truth::No {
            continue;
        }
        let moment = question.moments.get(&rule.event).copied();
        let from = question.events.get(&rule.event).copied().or(moment.map(|moment| moment.date()));
        let holiday = |day| question.holidays.contains(&day);
        let named = !question.holidays.is_empty();
        let end = from.and_then(|day| clock::end(rule.amount, rule.unit, (day, moment), holiday, named));
        let subject_to = sources.subject_to(&rule.amended_by);
        ruling.clocks.push(RuledClock {
            id: rule.id.clone(),
            citation: Citation::new(&instrument.id, &rule.provision),
            event: rule.event.clone(),
            amount: rule.amount,
            unit: rule.unit,
            counting: Counting::of(rule.unit),
            limit: rule.limit,
            binds: rule.binds.clone(),
            applies: weighed.truth,
            depends_on: weighed.open,
            from,
            due: end.as_ref().map(|end| end.day),
            latest: None,
            due_at: end.as_ref().and_then(|end| end.moment),
            passed: end.as_ref().map(|end| end.day < question.on),
            note: end.and_then(|end| end.note),
            sentence: rule.sentence.clone(),
            then: rule.then.clone(),
            certainty: sure(rule.certainty, instrument, &subject_to),
            subject_to,
        });
    }
}
