//! Time limits: which run, from which event to which last day, and what happens when they pass. How days are counted says
//! [`crate::clock`].

use terms::Citation;

use crate::clock::{self, Calendar, Counting};
use crate::data::{Clock, Instrument, Limit, Unit};
use crate::question::Question;
use crate::ruling::{RuledClock, Ruling};
use crate::truth::Truth;

use super::content::{Sources, sure};
use super::known::Knowledge;

/// What a reader must know where only the moment of an event was told, and days count from it.
const DAY_OF_A_MOMENT: &str = "Counted from the day of the event in UTC; where it was another day already in the State that must act, name that day.";

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
            let moved_for = (clock.counting == Counting::CalendarDaysMoved)
                .then(|| who_acts(&ruling.question, clock.binds.as_deref()));
            let calendar = Calendar { holidays: &ruling.question.holidays, moved_for };
            let end = clock::end(clock.amount, clock.unit, (day, None), &calendar);
            ruling.clocks[at].latest = end.map(|end| end.day);
        }
    }
}

/// The name of the State that a clock binds.
fn who_acts(question: &Question, binds: Option<&str>) -> &'static str {
    match binds {
        Some("requested") => question.requested.name(),
        Some("requesting") => question.requesting.name(),
        _ => "the State that must act",
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
        let told = question.events.get(&rule.event).copied();
        let from = told.or(moment.map(|moment| moment.date()));
        let moves = instrument.last_day.as_ref().filter(|_| rule.limit == Limit::Due);
        let moved_for = moves.map(|_| who_acts(question, rule.binds.as_deref()));
        let calendar = Calendar { holidays: &question.holidays, moved_for };
        let mut end = from.and_then(|day| clock::end(rule.amount, rule.unit, (day, moment), &calendar));
        if let Some(end) = end.as_mut().filter(|_| told.is_none() && rule.unit != Unit::Hours) {
            let note = end.note.take().map_or(String::new(), |note| format!(" {note}"));
            end.note = Some(format!("{DAY_OF_A_MOMENT}{note}"));
        }
        let unmoved = end.as_ref().and_then(|end| end.unmoved);
        let subject_to = sources.subject_to(instrument, &rule.provision, &rule.amended_by);
        let certainty = sure(rule.certainty, instrument, &subject_to);
        // How sure it is that a day is moved matters only where one was.
        let certainty = moves.filter(|_| unmoved.is_some()).map_or(certainty, |moves| certainty.max(moves.certainty));
        ruling.clocks.push(RuledClock {
            id: rule.id.clone(),
            citation: Citation::new(&instrument.id, &rule.provision),
            event: rule.event.clone(),
            amount: rule.amount,
            unit: rule.unit,
            counting: Counting::of(rule.unit, moves.is_some()),
            limit: rule.limit,
            binds: rule.binds.clone(),
            applies: weighed.truth,
            depends_on: weighed.open,
            from,
            due: end.as_ref().map(|end| end.day),
            latest: None,
            unmoved,
            due_at: end.as_ref().and_then(|end| end.moment),
            passed: end.as_ref().map(|end| end.day < question.on),
            note: end.and_then(|end| end.note),
            sentence: rule.sentence.clone(),
            then: rule.then.clone(),
            certainty,
            subject_to,
        });
    }
}
