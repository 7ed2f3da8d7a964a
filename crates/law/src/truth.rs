//! Three-valued truth (Kleene): yes, no, or not known. What is not known is a question, never a silent "no".

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

/// Whether something holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Truth {
    /// It holds.
    Yes,
    /// It does not.
    No,
    /// It depends on a fact that is not known.
    Depends,
}

impl Truth {
    /// Both.
    pub fn and(self, other: Truth) -> Truth {
        match (self, other) {
            (Truth::No, _) | (_, Truth::No) => Truth::No,
            (Truth::Yes, Truth::Yes) => Truth::Yes,
            _ => Truth::Depends,
        }
    }
    /// Either.
    pub fn or(self, other: Truth) -> Truth {
        self.negated().and(other.negated()).negated()
    }
    /// The contrary; what is not known stays so.
    pub fn negated(self) -> Truth {
        match self {
            Truth::Yes => Truth::No,
            Truth::No => Truth::Yes,
            Truth::Depends => Truth::Depends,
        }
    }
}

impl From<Option<bool>> for Truth {
    fn from(known: Option<bool>) -> Truth {
        known.map_or(Truth::Depends, |yes| if yes { Truth::Yes } else { Truth::No })
    }
}

/// A condition over facts: all of these, one of these, none of these. Empty lists ask nothing.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Condition<'a> {
    /// Every one must hold.
    pub all: &'a [String],
    /// At least one must hold.
    pub any: &'a [String],
    /// None may hold.
    pub none: &'a [String],
}

impl Condition<'_> {
    /// Evaluates over the known facts; returns also the unknown facts on which the answer turns.
    pub fn eval(&self, facts: &BTreeMap<String, bool>) -> (Truth, BTreeSet<String>) {
        let value = |fact: &String| Truth::from(facts.get(fact).copied());
        let all = self.all.iter().map(value).fold(Truth::Yes, Truth::and);
        let any = if self.any.is_empty() { Truth::Yes } else { self.any.iter().map(value).fold(Truth::No, Truth::or) };
        let none = self.none.iter().map(value).fold(Truth::No, Truth::or).negated();
        let truth = all.and(any).and(none);
        let named = self.all.iter().chain(self.any).chain(self.none);
        let open = match truth {
            Truth::Depends => named.filter(|fact| !facts.contains_key(*fact)).cloned().collect(),
            _ => BTreeSet::new(),
        };
        (truth, open)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_no_settles_a_conjunction_and_one_yes_a_disjunction_whatever_is_unknown() {
        use Truth::{Depends, No, Yes};
        for (a, b, and, or) in [(Yes, Yes, Yes, Yes), (Yes, Depends, Depends, Yes), (No, Depends, No, Depends)] {
            assert_eq!((a.and(b), a.or(b)), (and, or), "{a:?} {b:?}");
            assert_eq!((b.and(a), b.or(a)), (and, or), "{b:?} {a:?}");
        }
        assert_eq!(Depends.negated(), Depends);
    }

    #[test]
    fn a_condition_names_only_the_facts_that_are_still_open() {
        let (all, none) = (["a".to_owned(), "b".to_owned()], ["c".to_owned()]);
        let condition = Condition { all: &all, any: &[], none: &none };
        let mut facts = BTreeMap::from([("a".to_owned(), true)]);
        let (truth, open) = condition.eval(&facts);
        assert_eq!(
            (truth, open.into_iter().collect::<Vec<_>>()),
            (Truth::Depends, vec!["b".to_owned(), "c".to_owned()])
        );
        facts.insert("c".to_owned(), true);
        assert_eq!(condition.eval(&facts), (Truth::No, BTreeSet::new()));
    }
}
