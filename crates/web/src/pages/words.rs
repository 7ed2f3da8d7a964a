//! How days, moments, sizes and identifiers are written for people. Words stand in the templates; here are numbers and names only.

use terms::{Date, Moment};

const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

/// `23 November 2026`.
pub fn day(date: &Date) -> String {
    let month = usize::try_from(date.month() - 1).ok().and_then(|at| MONTHS.get(at)).copied().unwrap_or_default();
    format!("{} {month} {}", date.day(), date.year())
}

/// `23 November 2026, 09:00 UTC`.
pub fn moment(moment: &Moment) -> String {
    let text = moment.to_string();
    let clock = text.get(11..16).unwrap_or_default();
    format!("{}, {clock} UTC", day(&moment.date()))
}

/// `12,345,678`.
pub fn number(number: &u64) -> String {
    let digits = number.to_string();
    let mut grouped = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

/// Enough of a long identifier to tell two apart.
pub fn short(id: &impl ToString) -> String {
    id.to_string().chars().take(8).collect()
}

/// A word of the data as a person reads it: `bank-records` is `bank records`.
pub fn plain(word: &str) -> String {
    word.replace(['-', '_'], " ")
}

/// Names in one line.
pub fn listed(names: &[String]) -> String {
    names.join(", ")
}

/// The beginning of what somebody typed.
pub fn cut(text: &str) -> String {
    text.chars().take(80).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_and_numbers_are_written_for_people() {
        let at: Moment = "2026-03-01T22:05:59Z".parse().expect("a moment");
        assert_eq!(moment(&at), "1 March 2026, 22:05 UTC");
        assert_eq!(day(&at.date()), "1 March 2026");
        for (plain, grouped) in [(0, "0"), (999, "999"), (1_000, "1,000"), (1_234_567, "1,234,567")] {
            assert_eq!(number(&plain), grouped);
        }
        assert_eq!(plain("bank-records"), "bank records");
    }
}
