//! An authority: a body that can act for a State, named like `es.moj`.
//!
//! The name is the State's code in lower case, a dot, and one to three words of `a-z`, `0-9` and `-`.
//! It is what other States' records will say for decades, so it never carries a person or a host name.

use std::fmt;
use std::str::FromStr;

use crate::{Malformed, State, text_form};

/// A body that can act for a State: `es.moj`, `ma.moj`, `eu.eppo`.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AuthorityId(Box<str>);

const EXPECTED: &str = "an authority such as “es.moj”: a State's code, a dot and a name of a–z, 0–9 or -";

impl AuthorityId {
    /// The text, for example `es.moj`.
    pub fn as_str(&self) -> &str {
        &self.0
    }
    /// The State for which the authority acts.
    pub fn state(&self) -> State {
        State::from_lower(&self.0[..2]).expect("INVARIANT: the constructor checked the State's code")
    }
}

impl FromStr for AuthorityId {
    type Err = Malformed;
    fn from_str(text: &str) -> Result<Self, Malformed> {
        let refuse = || Malformed::new(text, EXPECTED);
        let (state, name) = text.split_once('.').ok_or_else(refuse)?;
        State::from_lower(state).ok_or_else(refuse)?;
        let word = |w: &str| {
            !w.is_empty()
                && w.bytes().all(|b| matches!(b, b'a'..=b'z' | b'0'..=b'9' | b'-'))
                && !w.starts_with('-')
                && !w.ends_with('-')
        };
        if text.len() > 48 || name.split('.').count() > 3 || !name.split('.').all(word) {
            return Err(refuse());
        }
        Ok(Self(text.into()))
    }
}

impl fmt::Display for AuthorityId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
impl fmt::Debug for AuthorityId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
text_form!(AuthorityId);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_authority_names_its_state() {
        let id: AuthorityId = "es.moj".parse().expect("well formed");
        assert_eq!(id.state().code(), "ES");
        let union: AuthorityId = "eu.eppo".parse().expect("the Union is a party too");
        assert_eq!(union.state().code(), "EU");
    }

    #[test]
    fn malformed_authorities_are_refused() {
        for wrong in
            ["", "es", "es.", "ES.moj", "zz.moj", "es.MOJ", "es.mo j", "es.-moj", "es.a.b.c.d", "es/moj", "es.mój"]
        {
            assert!(wrong.parse::<AuthorityId>().is_err(), "{wrong:?} must be refused");
        }
    }
}
