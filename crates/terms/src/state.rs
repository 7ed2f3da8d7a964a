//! A State: a country of ISO 3166-1, or the European Union as a party to treaties of its own.
//!
//! Being in this list says nothing about recognition; it only means that an authority may be named under
//! the code. Which State is bound by what is the business of `law`.

use std::fmt;
use std::str::FromStr;

use crate::{Malformed, text_form};

mod iso_3166_1;

/// A State or the Union, by its two-letter code.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct State([u8; 2]);

/// The Union is not in ISO 3166-1; `EU` is reserved there for exactly this use.
const UNION: (&str, &str, &str) = ("EU", "EUE", "European Union");

impl State {
    /// The European Union.
    pub const EU: State = State(*b"EU");

    /// The two-letter code in upper case.
    pub fn code(&self) -> &str {
        std::str::from_utf8(&self.0).expect("INVARIANT: two ASCII letters")
    }
    /// The English short name.
    pub fn name(&self) -> &'static str {
        row(self.code()).expect("INVARIANT: the constructor found the row").2
    }
    /// From the lower-case code, as authorities are named; `None` if there is no such State.
    pub fn from_lower(code: &str) -> Option<Self> {
        if code.bytes().any(|b| b.is_ascii_uppercase()) {
            return None;
        }
        code.to_ascii_uppercase().parse().ok()
    }
    /// All States in the order of their codes, the Union last.
    pub fn all() -> impl Iterator<Item = State> {
        iso_3166_1::ISO_3166_1.iter().chain([&UNION]).map(|(code, _, _)| State::of_row(code))
    }
    fn of_row(code: &str) -> Self {
        let bytes = code.as_bytes();
        Self([bytes[0], bytes[1]])
    }
}

fn row(code: &str) -> Option<&'static (&'static str, &'static str, &'static str)> {
    if code == UNION.0 {
        return Some(&UNION);
    }
    let table = iso_3166_1::ISO_3166_1;
    table.binary_search_by_key(&code, |(two, _, _)| two).ok().map(|at| &table[at])
}

impl FromStr for State {
    type Err = Malformed;
    /// Reads the two-letter code, in upper case only.
    fn from_str(text: &str) -> Result<Self, Malformed> {
        let (code, _, _) =
            row(text).ok_or_else(|| Malformed::new(text, "a State's two-letter code of ISO 3166-1, or EU"))?;
        Ok(Self::of_row(code))
    }
}
impl fmt::Display for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}
impl fmt::Debug for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}
text_form!(State);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_sorted_and_names_every_member_of_the_demo() {
        assert!(iso_3166_1::ISO_3166_1.is_sorted_by_key(|(code, _, _)| *code));
        for (code, name) in
            [("ES", "Spain"), ("MA", "Morocco"), ("FR", "France"), ("GH", "Ghana"), ("EU", "European Union")]
        {
            assert_eq!(code.parse::<State>().expect("a State").name(), name);
        }
        assert_eq!(State::all().count(), 250);
    }

    #[test]
    fn what_is_no_state_is_refused() {
        for wrong in ["", "E", "es", "ESP", "ZZ", "UK", "XX", " ES"] {
            assert!(wrong.parse::<State>().is_err(), "{wrong:?} must be refused");
        }
    }
}
