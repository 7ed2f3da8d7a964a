//! Moments and dates. A moment is whole seconds in UTC, written `2026-11-24T08:15:00Z`; a date is a civil day.
//!
//! Seconds suffice for law and keep one spelling per moment. Nothing here reads a clock.

use std::fmt;
use std::str::FromStr;

use jiff::Timestamp;

use crate::{Malformed, text_form};

/// A civil day, written `2026-11-24`.
pub use jiff::civil::Date;

/// A moment in UTC, to the second.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Moment(i64);

const EXPECTED: &str = "a moment such as 2026-11-24T08:15:00Z (UTC, whole seconds)";

impl Moment {
    /// From whole seconds since 1970-01-01T00:00:00Z; `None` outside the years that can be written with four digits.
    pub fn from_unix(seconds: i64) -> Option<Self> {
        const FIRST: i64 = -62_135_596_800; // 0001-01-01
        const LAST: i64 = 253_402_207_199; // 9999-12-30, the last day that every calendar library agrees on
        (FIRST..=LAST).contains(&seconds).then_some(Self(seconds))
    }
    /// Whole seconds since 1970-01-01T00:00:00Z.
    pub const fn unix(self) -> i64 {
        self.0
    }
    /// The day in UTC.
    pub fn date(self) -> Date {
        jiff::tz::Offset::UTC.to_datetime(self.timestamp()).date()
    }
    /// Later by so many seconds; saturates at the last moment that can be written.
    pub fn plus_seconds(self, seconds: i64) -> Self {
        Self::from_unix(self.0.saturating_add(seconds)).unwrap_or(self)
    }
    fn timestamp(self) -> Timestamp {
        Timestamp::from_second(self.0).expect("INVARIANT: the constructor checked the range")
    }
}

impl fmt::Display for Moment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.timestamp())
    }
}
impl fmt::Debug for Moment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}
impl FromStr for Moment {
    type Err = Malformed;
    fn from_str(text: &str) -> Result<Self, Malformed> {
        let refuse = || Malformed::new(text, EXPECTED);
        let stamp: Timestamp = text.parse().map_err(|_| refuse())?;
        let moment = Self::from_unix(stamp.as_second()).ok_or_else(refuse)?;
        if moment.to_string() == text { Ok(moment) } else { Err(refuse()) }
    }
}
text_form!(Moment);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_has_one_spelling() {
        let moment: Moment = "2026-11-24T08:15:00Z".parse().expect("well formed");
        assert_eq!(moment.to_string(), "2026-11-24T08:15:00Z");
        assert_eq!(moment.date().to_string(), "2026-11-24");
        for wrong in [
            "2026-11-24",
            "2026-11-24T08:15Z",
            "2026-11-24T08:15:00.5Z",
            "2026-11-24T09:15:00+01:00",
            "2026-11-24 08:15:00Z",
            "",
        ] {
            assert!(wrong.parse::<Moment>().is_err(), "{wrong:?} must be refused");
        }
    }
}
