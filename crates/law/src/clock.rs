//! How time limits are counted. Nothing here reads a clock: the event's day or moment is an argument.
//!
//! Days: the day of the event is not counted; the last day is, to its end (the rule of article 3 of the European
//! Convention on the Calculation of Time-Limits and of Regulation 1182/71). No last day is moved here because it
//! is a Sunday or a holiday: that is a matter of the law of the State that must act, so the day shown is the safe one, and a
//! note says if it is a Saturday or a Sunday. Hours run from the moment of the event; where only its day is known they
//! are counted from the beginning of that day.

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
    /// Days that are neither Saturday, Sunday nor a holiday that was named; the event's day is not counted.
    WorkingDays,
    /// Hours from moment to moment.
    Hours,
}

impl Counting {
    /// The convention for a unit.
    pub fn of(unit: Unit) -> Self {
        match unit {
            Unit::Hours => Counting::Hours,
            Unit::WorkingDays => Counting::WorkingDays,
            Unit::Days | Unit::Weeks | Unit::Months => Counting::CalendarDays,
        }
    }
    /// In one sentence.
    pub fn sentence(self) -> &'static str {
        match self {
            Counting::CalendarDays => {
                "Calendar days: the day of the event is not counted, the last day is, to its end; no day is moved for weekends or holidays."
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
    /// What a reader must know about the day.
    pub note: Option<String>,
}

/// Counts from an event. `None` if the day lies outside the calendar.
pub fn end(
    amount: u16,
    unit: Unit,
    (day, moment): (Date, Option<Moment>),
    is_holiday: impl Fn(Date) -> bool,
    holidays_known: bool,
) -> Option<End> {
    let number = i64::from(amount);
    let plain = |last: Date| {
        let note = match last.weekday() {
            Weekday::Saturday => Some("The last day is a Saturday: the law of the State that must act may move it."),
            Weekday::Sunday => Some("The last day is a Sunday: the law of the State that must act may move it."),
            _ => None,
        };
        End { day: last, moment: None, note: note.map(str::to_owned) }
    };
    Some(match unit {
        Unit::Days => plain(day.checked_add(Span::new().days(number)).ok()?),
        Unit::Weeks => plain(day.checked_add(Span::new().weeks(number)).ok()?),
        Unit::Months => plain(day.checked_add(Span::new().months(number)).ok()?),
        Unit::WorkingDays => {
            let mut last = day;
            let mut left = amount;
            while left > 0 {
                last = last.tomorrow().ok()?;
                let rest = matches!(last.weekday(), Weekday::Saturday | Weekday::Sunday) || is_holiday(last);
                left -= u16::from(!rest);
            }
            let unknown = "Public holidays were not named: the last day may be later.";
            End { day: last, moment: None, note: (!holidays_known).then(|| unknown.to_owned()) }
        }
        Unit::Hours => match moment {
            Some(moment) => {
                let last = moment.plus_seconds(number * 3600);
                End { day: last.date(), moment: Some(last), note: Some("Moment and day in UTC.".to_owned()) }
            }
            None => {
                let last = day.at(0, 0, 0, 0).checked_add(Span::new().hours(number)).ok()?.date();
                let note = "The moment of the event is not known: counted from the beginning of its day.";
                End { day: last, moment: None, note: Some(note.to_owned()) }
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
            let holiday = |d: Date| d == day("2026-05-01");
            let found = end(amount, unit, (day(from), None), holiday, true).expect("in the calendar");
            assert_eq!((found.day, found.note.is_some()), (day(last), noted), "{amount} {unit:?} from {from}");
        }
    }

    #[test]
    fn hours_run_from_moment_to_moment() {
        let moment: Moment = "2026-03-02T22:30:00Z".parse().expect("a moment");
        let found = end(4, Unit::Hours, (moment.date(), Some(moment)), |_| false, false).expect("in the calendar");
        assert_eq!(found.moment.map(|m| m.to_string()).as_deref(), Some("2026-03-03T02:30:00Z"));
        assert_eq!(found.day.to_string(), "2026-03-03");
    }
}
