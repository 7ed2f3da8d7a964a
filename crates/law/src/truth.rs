//! Three-valued truth (Kleene): yes, no, or not known. What is not known is a question, never a silent "no".

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::data::{Atom, Test};

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

/// What is known: facts that hold or do not, and numbers.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Known {
    /// Facts.
    pub facts: BTreeMap<String, bool>,
    /// Numbers; `u32::MAX` stands for a penalty for life.
    pub numbers: BTreeMap<String, u32>,
}

impl Known {
    /// Whether the atom holds.
    pub fn ask(&self, atom: &Atom) -> Truth {
        let number = |holds: &dyn Fn(u32) -> bool| Truth::from(self.numbers.get(&atom.fact).map(|n| holds(*n)));
        match atom.test {
            Test::Holds => Truth::from(self.facts.get(&atom.fact).copied()),
            Test::HoldsNot => Truth::from(self.facts.get(&atom.fact).copied()).negated(),
            Test::Below(limit) => number(&|n| n < limit),
            Test::AtLeast(limit) => number(&|n| n >= limit),
            Test::MoreThan(limit) => number(&|n| n > limit),
            Test::AtMost(limit) => number(&|n| n <= limit),
        }
    }
}

/// A condition over facts: all of these, one of these, none of these. Empty lists ask nothing.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Condition<'a> {
    /// Every one must hold.
    pub all: &'a [Atom],
    /// At least one must hold.
    pub any: &'a [Atom],
    /// None may hold.
    pub none: &'a [Atom],
}

impl<'a> Condition<'a> {
    /// Whether it asks nothing.
    pub fn is_empty(self) -> bool {
        self.all.is_empty() && self.any.is_empty() && self.none.is_empty()
    }
    /// Every atom that it names.
    pub fn atoms(self) -> impl Iterator<Item = &'a Atom> {
        self.all.iter().chain(self.any).chain(self.none)
    }
    /// Its three lists, each with whether it is met.
    fn lists(self, known: &Known) -> [(&'a [Atom], Truth); 3] {
        let one = |atoms: &[Atom]| atoms.iter().map(|atom| known.ask(atom)).fold(Truth::No, Truth::or);
        [
            (self.all, self.all.iter().map(|atom| known.ask(atom)).fold(Truth::Yes, Truth::and)),
            (self.any, if self.any.is_empty() { Truth::Yes } else { one(self.any) }),
            (self.none, one(self.none).negated()),
        ]
    }
    /// Whether it holds.
    pub fn holds(self, known: &Known) -> Truth {
        self.lists(known).into_iter().map(|(_, met)| met).fold(Truth::Yes, Truth::and)
    }
    /// Evaluates; returns also the unknown facts on which the answer turns. A list that is met asks nothing more.
    pub fn eval(self, known: &Known) -> (Truth, BTreeSet<&'a str>) {
        let lists = self.lists(known);
        let truth = lists.iter().map(|(_, met)| *met).fold(Truth::Yes, Truth::and);
        let mut open = BTreeSet::new();
        if truth == Truth::Depends {
            let unmet = lists.into_iter().filter(|(_, met)| *met == Truth::Depends).flat_map(|(atoms, _)| atoms);
            open.extend(unmet.filter(|atom| known.ask(atom) == Truth::Depends).map(|atom| atom.fact.as_str()));
        }
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

    fn atoms(texts: &[&str]) -> Vec<Atom> {
        texts.iter().map(|text| text.parse().expect("a condition")).collect()
    }

    #[test]
    fn a_condition_names_only_the_facts_that_are_still_open() {
        let (all, none) = (atoms(&["x.a", "x.b"]), atoms(&["x.c"]));
        let condition = Condition { all: &all, any: &[], none: &none };
        let mut known = Known::default();
        known.facts.insert("x.a".to_owned(), true);
        let (truth, open) = condition.eval(&known);
        assert_eq!((truth, open.into_iter().collect::<Vec<_>>()), (Truth::Depends, vec!["x.b", "x.c"]));
        known.facts.insert("x.c".to_owned(), true);
        assert_eq!(condition.eval(&known), (Truth::No, BTreeSet::new()));
    }

    #[test]
    fn what_one_of_several_has_met_is_not_asked_of_the_others() {
        let (all, any) = (atoms(&["x.a"]), atoms(&["x.b", "x.c"]));
        let condition = Condition { all: &all, any: &any, none: &[] };
        let known = Known { facts: BTreeMap::from([("x.b".to_owned(), true)]), ..Known::default() };
        assert_eq!(condition.eval(&known), (Truth::Depends, BTreeSet::from(["x.a"])));
    }

    #[test]
    fn a_number_meets_its_limit_on_the_side_that_the_treaty_names() {
        let known = Known { numbers: BTreeMap::from([("p.max".to_owned(), 12)]), ..Known::default() };
        for (text, truth) in [
            ("p.max >= 12", Truth::Yes),
            ("p.max > 12", Truth::No),
            ("p.max < 12", Truth::No),
            ("p.max <= 12", Truth::Yes),
            ("p.min >= 12", Truth::Depends),
            ("not p.fact", Truth::Depends),
        ] {
            assert_eq!(known.ask(&atoms(&[text])[0]), truth, "{text}");
        }
    }
}
