//! Conditions over facts, as a lawyer writes them in a list: `offence.political` (it must hold), `not offence.eu-list`
//! (it must not), `penalty.requesting-max < 12` (a number). Lists are read as all of, one of, none of.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer};

/// One condition: a fact and what is asked of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Atom {
    /// The fact, by its id in `law/facts.toml`.
    pub fact: String,
    /// What is asked of it.
    pub test: Test,
}

/// What is asked of a fact.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Test {
    /// That it holds.
    Holds,
    /// That it does not.
    HoldsNot,
    /// That the number is smaller.
    Below(u32),
    /// That the number is at least so large.
    AtLeast(u32),
    /// That the number is larger.
    MoreThan(u32),
    /// That the number is at most so large.
    AtMost(u32),
}

impl Test {
    /// Whether it asks about a number.
    pub fn is_numeric(self) -> bool {
        !matches!(self, Test::Holds | Test::HoldsNot)
    }
}

impl FromStr for Atom {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        let words: Vec<&str> = text.split(' ').collect();
        let (fact, test) = match words[..] {
            [fact] => (fact, Test::Holds),
            ["not", fact] => (fact, Test::HoldsNot),
            [fact, sign, number] => {
                let number = number.parse().map_err(|_| format!("{number:?} in {text:?} is no whole number"))?;
                let test = match sign {
                    "<" => Test::Below(number),
                    ">=" => Test::AtLeast(number),
                    ">" => Test::MoreThan(number),
                    "<=" => Test::AtMost(number),
                    _ => return Err(format!("{sign:?} in {text:?} is none of < <= > >=")),
                };
                (fact, test)
            }
            _ => return Err(format!("{text:?} is no condition")),
        };
        if fact.is_empty() || !fact.contains('.') {
            return Err(format!("{text:?} names no fact"));
        }
        Ok(Self { fact: fact.to_owned(), test })
    }
}

impl fmt::Display for Atom {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let fact = &self.fact;
        match self.test {
            Test::Holds => f.write_str(fact),
            Test::HoldsNot => write!(f, "not {fact}"),
            Test::Below(n) => write!(f, "{fact} < {n}"),
            Test::AtLeast(n) => write!(f, "{fact} >= {n}"),
            Test::MoreThan(n) => write!(f, "{fact} > {n}"),
            Test::AtMost(n) => write!(f, "{fact} <= {n}"),
        }
    }
}

impl<'de> Deserialize<'de> for Atom {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

/// Reads one text or a list of texts: `"cets212"` or `["ets98", "cets212"]`.
pub(crate) fn one_or_more<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<String>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum OneOrMore {
        One(String),
        More(Vec<String>),
    }
    Ok(match OneOrMore::deserialize(deserializer)? {
        OneOrMore::One(text) => vec![text],
        OneOrMore::More(texts) => texts,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_condition_is_written_back_as_it_was_read_and_what_is_none_is_refused() {
        for text in ["offence.political", "not offence.eu-list", "penalty.requesting-max < 12", "sentence.months >= 4"]
        {
            assert_eq!(text.parse::<Atom>().expect("a condition").to_string(), text);
        }
        for wrong in ["", "political", "not", "a.b = 4", "a.b < x", "a.b < -1", "a.b  < 4", "not not a.b"] {
            assert!(wrong.parse::<Atom>().is_err(), "{wrong:?} must be refused");
        }
    }
}
