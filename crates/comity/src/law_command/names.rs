//! What people type for a name, and what they probably meant: States by code or by name, and near names for all else.

use law::Base;
use terms::{Date, State};

use crate::{Ended, NOT_FOUND};

/// Names that are not in ISO 3166-1 but are what people type.
const ALIASES: &[(&str, &str)] = &[
    ("uk", "GB"),
    ("great britain", "GB"),
    ("england", "GB"),
    ("usa", "US"),
    ("united states", "US"),
    ("holland", "NL"),
    ("turkey", "TR"),
    ("czech republic", "CZ"),
    ("ivory coast", "CI"),
    ("south korea", "KR"),
    ("north korea", "KP"),
    ("russia", "RU"),
    ("iran", "IR"),
    ("syria", "SY"),
    ("bolivia", "BO"),
    ("venezuela", "VE"),
    ("vietnam", "VN"),
    ("tanzania", "TZ"),
    ("laos", "LA"),
    ("america", "US"),
    ("bosnia", "BA"),
    ("britain", "GB"),
    ("brunei", "BN"),
    ("burma", "MM"),
    ("cape verde", "CV"),
    ("cote d'ivoire", "CI"),
    ("democratic republic of the congo", "CD"),
    ("dr congo", "CD"),
    ("east timor", "TL"),
    ("macau", "MO"),
    ("macedonia", "MK"),
    ("micronesia", "FM"),
    ("palestine", "PS"),
    ("scotland", "GB"),
    ("swaziland", "SZ"),
    ("the netherlands", "NL"),
    ("trinidad", "TT"),
    ("turkiye", "TR"),
    ("uae", "AE"),
    ("vatican", "VA"),
];

/// A State by its code in either case, or by its name.
pub fn state(text: &str) -> Result<State, String> {
    let typed = text.trim().to_lowercase();
    if let Some(found) = State::from_lower(&typed) {
        return Ok(found);
    }
    let alias = ALIASES.iter().find(|(name, _)| *name == typed).and_then(|(_, code)| code.parse().ok());
    let named = || State::all().find(|state| state.name().to_lowercase() == typed);
    if let Some(found) = alias.or_else(named) {
        return Ok(found);
    }
    let names: Vec<String> = State::all().map(|state| format!("{state} ({})", state.name())).collect();
    let spelt: Vec<(String, &str)> = State::all()
        .flat_map(|s| [s.code().to_lowercase(), s.name().to_lowercase()])
        .zip(names.iter().flat_map(|n| [n.as_str(), n.as_str()]))
        .collect();
    Err(format!(
        "no State has this code or name{}",
        meant(&typed, spelt.iter().map(|(spelt, name)| (spelt.as_str(), *name)))
    ))
}

/// What was meant by a State in a file that is written otherwise than by its code, as the reader's complaint quotes it; or nothing.
pub fn state_meant(complaint: &str) -> String {
    let quoted =
        complaint.split_once('“').and_then(|(_, rest)| rest.split_once("” is not a State")).map(|(word, _)| word);
    match quoted.map(state) {
        Some(Ok(meant)) => format!("; did you mean {meant} ({})?", meant.name()),
        Some(Err(why)) => why.split_once("; ").map_or_else(String::new, |(_, near)| format!("; {near}")),
        None => String::new(),
    }
}

/// That there is no such instrument, with near ids.
pub fn no_instrument(base: &Base, id: &str) -> Ended {
    let near = meant(&id.to_lowercase(), base.instruments().map(|i| (i.id.as_str(), i.id.as_str())));
    let end = if near.is_empty() { "." } else { "" };
    Ended::coded(NOT_FOUND, "law.unknown-instrument", format!("The law base has no instrument “{id}”{near}{end}"))
}

/// A day.
pub fn day(text: &str) -> Result<Date, String> {
    law::day::parse(text).map_err(str::to_owned)
}

/// The day that was given, or today by this machine's clock.
pub fn or_today(given: Option<Date>) -> Result<Date, Ended> {
    given.map_or_else(|| Ok(crate::now()?.date()), Ok)
}

/// “; did you mean a, b?”, or nothing.
pub fn meant<'a>(typed: &str, known: impl Iterator<Item = (&'a str, &'a str)>) -> String {
    let mut near: Vec<(usize, &str)> = known
        .filter_map(|(spelt, shown)| {
            let distance = distance(typed, spelt);
            let begins = typed.len() >= 3 && spelt.starts_with(typed);
            // a third of the letters may be wrong; of a two-letter code, one
            let allowed = (spelt.chars().count().max(typed.chars().count()) / 3).max(1);
            (begins || distance <= allowed).then_some((if begins { 0 } else { distance }, shown))
        })
        .collect();
    near.sort();
    near.dedup_by_key(|(_, shown)| *shown);
    let shown: Vec<&str> = near.into_iter().take(4).map(|(_, shown)| shown).collect();
    if shown.is_empty() { String::new() } else { format!("; did you mean {}?", shown.join(", ")) }
}

/// How many letters are added, left out, changed, or swapped with their neighbour.
fn distance(one: &str, other: &str) -> usize {
    let (one, other): (Vec<char>, Vec<char>) = (one.chars().collect(), other.chars().collect());
    let mut rows = vec![(0..=other.len()).collect::<Vec<usize>>()];
    for i in 1..=one.len() {
        let mut row = vec![i];
        for j in 1..=other.len() {
            let changed = rows[i - 1][j - 1] + usize::from(one[i - 1] != other[j - 1]);
            let mut least = changed.min(rows[i - 1][j] + 1).min(row[j - 1] + 1);
            if i > 1 && j > 1 && one[i - 1] == other[j - 2] && one[i - 2] == other[j - 1] {
                least = least.min(rows[i - 2][j - 2] + 1);
            }
            row.push(least);
        }
        rows.push(row);
    }
    rows[one.len()][other.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_state_is_found_by_what_people_type() {
        for (typed, code) in [
            ("UAE", "AE"),
            ("The Netherlands", "NL"),
            ("ES", "ES"),
            ("es", "ES"),
            ("Spain", "ES"),
            ("UK", "GB"),
            ("Turkey", "TR"),
            ("morocco", "MA"),
        ] {
            assert_eq!(state(typed).expect("a State").code(), code, "{typed}");
        }
    }

    #[test]
    fn every_other_name_stands_for_a_state() {
        assert!(ALIASES.iter().all(|(name, code)| state(name).is_ok_and(|found| found.code() == *code)));
    }

    #[test]
    fn swapped_letters_count_once() {
        for (one, other, far) in [("spian", "spain", 1), ("", "abc", 3), ("same", "same", 0), ("kitten", "sitting", 3)]
        {
            assert_eq!(distance(one, other), far, "{one} {other}");
        }
    }

    #[test]
    fn what_is_no_state_is_answered_with_near_names() {
        for (typed, near) in [("Spian", "ES (Spain)"), ("Moroco", "MA (Morocco)"), ("Germ", "DE (Germany)")] {
            let refused = state(typed).expect_err("no State");
            assert!(refused.contains(near), "{typed}: {refused}");
        }
        for (complaint, near) in [
            ("line 1\n“Spain” is not a State's two-letter code", "; did you mean ES (Spain)?"),
            ("“es” is not a State's two-letter code", "; did you mean ES (Spain)?"),
            ("“Spian” is not a State's two-letter code", "; did you mean ES (Spain)?"),
            ("“xqzvwk” is not a State's two-letter code", ""),
            ("unknown field `on`", ""),
        ] {
            assert_eq!(state_meant(complaint), near, "{complaint}");
        }
        assert!(!state("xqzvwk").expect_err("no State").contains("did you mean"));
    }
}
