//! How time limits are counted. Nothing here reads a clock: the event's day or moment is an argument.
//!
//! Days: the day of the event is not counted; the last day is, to its end (the rule of article 3 of the European
//! Convention on the Calculation of Time-Limits and of Regulation 1182/71). Where the instrument's own law says so (`last_day`
//! in its file), a last day that is a Saturday, a Sunday or a public holiday of the State that must act is moved to the next working
//! day, and a time limit of two days or more has two working days in it. Everywhere else no day is moved: that is a matter of the law of
//! the State that must act, so the day shown is the safe one, and a note says if it is a Saturday or a Sunday. Holidays are those that the
//! question names; the base holds none, and the note says so. Hours run from the moment of the event; where only its day is known they
//! are counted from the beginning of that day.

use std::collections::BTreeSet;

use jiff::Span;
use jiff::civil::Weekday;
use serde::Serialize;
use terms::{Date, Moment};

use crate::data::Unit;

/// By which convention a time limit is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Counting {
    /// Calendar days, weeks or months: the event's day is not counted, the last day is; no day is moved.
    CalendarDays,
    /// The same, but a last day that is no working day is moved to the next one.
    CalendarDaysMoved,
    /// Days that are neither Saturday, Sunday nor a holiday that was named; the event's day is not counted.
    WorkingDays,
    /// Hours from moment to moment.
    Hours,
}

impl Counting {
    /// The convention for a unit, where last days are moved or not.
    pub fn of(unit: Unit, moved: bool) -> Self {
        match unit {
            Unit::Hours => Counting::Hours,
            Unit::WorkingDays => Counting::WorkingDays,
            Unit::Days | Unit::Weeks | Unit::Months if moved => Counting::CalendarDaysMoved,
            Unit::Days | Unit::Weeks | Unit::Months => Counting::CalendarDays,
        }
    }
    /// In one sentence.
    pub fn sentence(self) -> &'static str {
        match self {
            Counting::CalendarDays => {
                "Calendar days: the day of the event is not counted, the last day is, to its end; no day is moved for weekends or holidays."
            }
            Counting::CalendarDaysMoved => {
                "Calendar days: the day of the event is not counted, the last day is, to its end; a last day that is a Saturday, a Sunday or a public holiday of the State that must act is moved to the next working day, and two days or more have two working days in them."
            }
            Counting::WorkingDays => {
                "Working days: the day of the event, Saturdays, Sundays and the holidays that were named are not counted."
            }
            Counting::Hours => {
                "Hours from the moment of the event; where only its day is known, from the beginning of that day."
            }
        }
    }
}

/// Where a time limit ends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct End {
    /// The last day.
    pub day: Date,
    /// The last moment, where hours count and the event's moment is known.
    pub moment: Option<Moment>,
    /// The last day before it was moved, if it was.
    pub unmoved: Option<Date>,
    /// What a reader must know about the day.
    pub note: Option<String>,
}

/// The days of the State that must act.
#[derive(Debug, Clone, Copy)]
pub struct Calendar<'a> {
    /// The public holidays that were named; none: they are not known.
    pub holidays: &'a BTreeSet<Date>,
    /// The name of the State that must act, where last days are moved to its next working day.
    pub moved_for: Option<&'a str>,
}

impl Calendar<'_> {
    fn rests(&self, day: Date) -> bool {
        matches!(day.weekday(), Weekday::Saturday | Weekday::Sunday) || self.holidays.contains(&day)
    }
    /// Moves a last day, counted from the day of an event, to the next working day. `None` outside the calendar.
    fn moved(&self, event: Date, last: Date, state: &str) -> Option<End> {
        let mut end = last;
        // Two days or more have two working days in them, and the last day is one.
        let two = event.tomorrow().ok()? < last;
        let mut working = event
            .series(Span::new().days(1))
            .skip(1)
            .take_while(|day| *day <= last)
            .filter(|day| !self.rests(*day))
            .take(2)
            .count();
        while self.rests(end) || (two && working < 2) {
            end = end.tomorrow().ok()?;
            working += usize::from(!self.rests(end));
        }
        let unknown = if self.holidays.is_empty() {
            format!("public holidays of {state} are not in the base and were not named")
        } else {
            String::new()
        };
        let note = match (end == last, unknown.is_empty()) {
            (true, true) => None,
            (true, false) => Some(format!("Not moved; {unknown}: if it is one, the next working day counts.")),
            (false, known) => {
                let later = if known { String::new() } else { format!("; {unknown}: it may be later still") };
                Some(format!("Moved from {} {last}, no working day or too soon after the event{later}.", weekday(last)))
            }
        };
        Some(End { day: end, moment: None, unmoved: (end != last).then_some(last), note })
    }
}

fn weekday(day: Date) -> &'static str {
    match day.weekday() {
        Weekday::Monday => "Monday",
        Weekday::Tuesday => "Tuesday",
        Weekday::Wednesday => "Wednesday",
        Weekday::Thursday => "Thursday",
        Weekday::Friday => "Friday",
        Weekday::Saturday => "Saturday",
        Weekday::Sunday => "Sunday",
    }
}

/// Counts from an event. `None` if the day lies outside the calendar.
pub fn end(amount: u16, unit: Unit, (day, moment): (Date, Option<Moment>), calendar: &Calendar<'_>) -> Option<End> {
    let number = i64::from(amount);
    let plain = |last: Date| {
        if let Some(state) = calendar.moved_for {
            return calendar.moved(day, last, state);
        }
        let note = match last.weekday() {
            Weekday::Saturday => Some("The last day is a Saturday: the law of the State that must act may move it."),
            Weekday::Sunday => Some("The last day is a Sunday: the law of the State that must act may move it."),
            _ => None,
        };
        Some(End { day: last, moment: None, unmoved: None, note: note.map(str::to_owned) })
    };
    Some(match unit {
        Unit::Days => plain(day.checked_add(Span::new().days(number)).ok()?)?,
        Unit::Weeks => plain(day.checked_add(Span::new().weeks(number)).ok()?)?,
        Unit::Months => plain(day.checked_add(Span::new().months(number)).ok()?)?,
        Unit::WorkingDays => {
            let mut last = day;
            let mut left = amount;
            while left > 0 {
                last = last.tomorrow().ok()?;
                left -= u16::from(!calendar.rests(last));
            }
            let unknown = "Public holidays were not named: the last day may be later.";
            let note = calendar.holidays.is_empty().then(|| unknown.to_owned());
            End { day: last, moment: None, unmoved: None, note }
        }
        Unit::Hours => match moment {
            Some(moment) => {
                let last = moment.plus_seconds(number * 3600);
                End {
                    day: last.date(),
                    moment: Some(last),
                    unmoved: None,
                    note: Some("Moment and day in UTC.".to_owned()),
                }
            }
            None => {
                let last = day.at(0, 0, 0, 0).checked_add(Span::new().hours(number)).ok()?.date();
                let note = "The moment of the event is not known: counted from the beginning of its day.";
                End { day: last, moment: None, unmoved: None, note: Some(note.to_owned()) }
            }
        },
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn time_limits_end_where_a_lawyer_counts_them_to() {
        for (amount, unit, from, last, noted) in [
            (7, Unit::Days, "2026-03-02", "2026-03-09", false),
            (30, Unit::Days, "2026-03-02", "2026-04-01", false),
            (18, Unit::Days, "2026-05-10", "2026-05-28", false),
            (40, Unit::Days, "2026-05-10", "2026-06-19", false),
            (1, Unit::Weeks, "2026-03-01", "2026-03-08", true),
            (2, Unit::Months, "2025-12-31", "2026-02-28", true),
            (2, Unit::Months, "2027-12-31", "2028-02-29", false),
            (5, Unit::WorkingDays, "2026-04-30", "2026-05-08", false),
            (5, Unit::WorkingDays, "2026-05-02", "2026-05-08", false),
            (48, Unit::Hours, "2026-03-02", "2026-03-04", true),
            (4, Unit::Hours, "2026-03-02", "2026-03-02", true),
        ] {
            let day = |text: &str| text.parse::<Date>().expect("a day");
            let calendar = Calendar { holidays: &BTreeSet::from([day("2026-05-01")]), moved_for: None };
            let found = end(amount, unit, (day(from), None), &calendar).expect("in the calendar");
            assert_eq!((found.day, found.note.is_some()), (day(last), noted), "{amount} {unit:?} from {from}");
        }
    }

    #[test]
    fn a_last_day_that_is_no_working_day_is_moved_where_the_law_of_the_instrument_says_so() {
        let day = |text: &str| text.parse::<Date>().expect("a day");
        let named = BTreeSet::from([day("2026-05-01"), day("2026-04-03"), day("2026-04-06")]);
        let none = BTreeSet::new();
        for (amount, unit, from, holidays, last, unmoved) in [
            // The order of the issue: no day of rest is in the way.
            (7, Unit::Days, "2026-03-02", &none, "2026-03-09", None),
            (30, Unit::Days, "2026-03-02", &none, "2026-04-01", None),
            (7, Unit::Days, "2026-02-28", &none, "2026-03-09", Some("2026-03-07")),
            (7, Unit::Days, "2026-03-01", &none, "2026-03-09", Some("2026-03-08")),
            // Good Friday, Saturday, Sunday, Easter Monday.
            (30, Unit::Days, "2026-03-04", &named, "2026-04-07", Some("2026-04-03")),
            (30, Unit::Days, "2026-03-04", &none, "2026-04-03", None),
            (1, Unit::Months, "2026-04-01", &named, "2026-05-04", Some("2026-05-01")),
            // Two days from a Friday: Sunday, moved to Monday, and a second working day.
            (2, Unit::Days, "2026-03-06", &none, "2026-03-10", Some("2026-03-08")),
            (1, Unit::Days, "2026-03-06", &none, "2026-03-09", Some("2026-03-07")),
            (48, Unit::Hours, "2026-03-06", &none, "2026-03-08", None),
        ] {
            let calendar = Calendar { holidays, moved_for: Some("Germany") };
            let found = end(amount, unit, (day(from), None), &calendar).expect("in the calendar");
            assert_eq!((found.day, found.unmoved), (day(last), unmoved.map(day)), "{amount} {unit:?} from {from}");
            let says = found.note.is_some_and(|note| note.contains("Germany are not in the base"));
            assert_eq!(says, holidays.is_empty() && unit != Unit::Hours, "{amount} {unit:?} from {from}");
        }
    }

    #[test]
    fn hours_run_from_moment_to_moment() {
        let moment: Moment = "2026-03-02T22:30:00Z".parse().expect("a moment");
        let calendar = Calendar { holidays: &BTreeSet::new(), moved_for: None };
        let found = end(4, Unit::Hours, (moment.date(), Some(moment)), &calendar).expect("in the calendar");
        assert_eq!(found.moment.map(|m| m.to_string()).as_deref(), Some("2026-03-03T02:30:00Z"));
        assert_eq!(found.day.to_string(), "2026-03-03");
    }
}
