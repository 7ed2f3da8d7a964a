//! Days as they are written in questions and tables: `2026-11-24` and nothing else. The calendar's own reader takes a moment for a day and drops the
//! hour, so that a time limit in hours would silently run from midnight.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde::de::{Deserialize, Deserializer, Error, Visitor};
use terms::Date;

/// How a day is written.
const EXPECTED: &str = "a day is written YYYY-MM-DD, such as \"2026-11-24\", and must be in the calendar";

/// Reads a day, or says how one is written.
pub fn parse(text: &str) -> Result<Date, &'static str> {
    let day: Date = text.parse().map_err(|_| EXPECTED)?;
    if day.to_string() == text { Ok(day) } else { Err(EXPECTED) }
}

#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Day(Date);

impl<'de> Deserialize<'de> for Day {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Written;
        impl Visitor<'_> for Written {
            type Value = Day;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a day in quotes, \"2026-11-24\"")
            }
            fn visit_str<E: Error>(self, text: &str) -> Result<Day, E> {
                parse(text).map(Day).map_err(E::custom)
            }
        }
        deserializer.deserialize_str(Written)
    }
}

pub(crate) fn one<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Date, D::Error> {
    Day::deserialize(deserializer).map(|day| day.0)
}

pub(crate) fn named<'de, D: Deserializer<'de>>(deserializer: D) -> Result<BTreeMap<String, Date>, D::Error> {
    let days = BTreeMap::<String, Day>::deserialize(deserializer)?;
    Ok(days.into_iter().map(|(name, day)| (name, day.0)).collect())
}

pub(crate) fn several<'de, D: Deserializer<'de>>(deserializer: D) -> Result<BTreeSet<Date>, D::Error> {
    let days = BTreeSet::<Day>::deserialize(deserializer)?;
    Ok(days.into_iter().map(|day| day.0).collect())
}

#[cfg(test)]
mod tests {
    use super::parse;

    #[test]
    fn a_day_is_read_and_a_moment_is_not_cut_down_to_one() {
        assert_eq!(parse("2024-02-29").map(|day| day.to_string()).as_deref(), Ok("2024-02-29"));
        for wrong in [
            "2026-02-29",
            "2026-3-2",
            "20260302",
            "2026-03-02T10:00",
            "2026-03-02 10:00",
            "2026-03-02T10:00:00+01:00",
            "",
            "today",
        ] {
            assert!(parse(wrong).is_err(), "{wrong}");
        }
    }
}
