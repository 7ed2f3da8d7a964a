//! What acts have declared and reported, in a form that does not depend on the order of arrival.
//!
//! A **declaration** writes a value to a *subject* (`measure/m1/decision`). Of several declarations on one subject those
//! count from which no later one descends: one after an ordinary history, several when parties spoke without having
//! heard each other. What several mean together is decided by the procedure's own table, never here.
//! A **report of fact** (executed, transmitted, received) is added and never replaced.
//!
//! This is the multi-value register of the replication literature; it knows no procedure.

use std::collections::BTreeSet;
use std::sync::Arc;

use imbl::OrdMap;
use serde_json::Value;
use terms::{ActId, AuthorityId};

/// One value, and the act that said it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// The act.
    pub act: ActId,
    /// Its author.
    pub author: AuthorityId,
    /// The author's role in the docket.
    pub role: String,
    /// What was declared or reported, in the procedure's own shape.
    pub value: Value,
}

/// What one act does to the registers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Write {
    /// Replaces whatever the act's author had seen on this subject.
    Declare {
        /// For example `measure/m1/decision`.
        subject: String,
        /// For example `"accepted"`.
        value: Value,
    },
    /// Adds to what is known on this subject.
    Report {
        /// For example `measure/m1/execution`.
        subject: String,
        /// For example `{"complete":true}`.
        value: Value,
    },
}

impl Write {
    /// Declares `value` on `subject`.
    pub fn declare(subject: impl Into<String>, value: impl Into<Value>) -> Self {
        Self::Declare { subject: subject.into(), value: value.into() }
    }
    /// Reports `value` on `subject`.
    pub fn report(subject: impl Into<String>, value: impl Into<Value>) -> Self {
        Self::Report { subject: subject.into(), value: value.into() }
    }
}

/// All subjects of a docket after some set of acts. A copy shares whatever it has in common with the original, so that
/// every act can keep the registers as its author saw them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Registers {
    declared: Subjects,
    reported: Subjects,
}

type Subjects = OrdMap<Arc<str>, OrdMap<ActId, Arc<Entry>>>;

fn entries<'r>(subjects: &'r Subjects, subject: &str) -> impl Iterator<Item = &'r Entry> + use<'r> {
    subjects.get(subject).into_iter().flat_map(|standing| standing.values().map(Arc::as_ref))
}

impl Registers {
    /// The declarations that stand on a subject: none, one, or several that crossed. In the order of act ids.
    pub fn declared<'r>(&'r self, subject: &str) -> impl Iterator<Item = &'r Entry> + use<'r> {
        entries(&self.declared, subject)
    }
    /// The one declaration that stands, if exactly one does.
    pub fn only(&self, subject: &str) -> Option<&Entry> {
        let mut entries = self.declared(subject);
        entries.next().filter(|_| entries.next().is_none())
    }
    /// Everything reported on a subject, in the order of act ids.
    pub fn reported<'r>(&'r self, subject: &str) -> impl Iterator<Item = &'r Entry> + use<'r> {
        entries(&self.reported, subject)
    }
    /// The subjects under a prefix on which anything stands, sorted: `measure/` gives `measure/m1/decision`, …
    pub fn subjects(&self, prefix: &str) -> BTreeSet<&str> {
        let keys = self.declared.keys().chain(self.reported.keys());
        keys.map(Arc::as_ref).filter(|subject| subject.starts_with(prefix)).collect()
    }

    /// Applies what `by` writes. `sees(x)` says whether act `x` is among the ancestors of the writing act.
    pub(crate) fn apply(&mut self, by: &Entry, writes: &[Write], sees: impl Fn(ActId) -> bool) {
        for write in writes {
            let (subjects, subject, value, replaces) = match write {
                Write::Declare { subject, value } => (&mut self.declared, subject, value, true),
                Write::Report { subject, value } => (&mut self.reported, subject, value, false),
            };
            let mut standing = subjects.get(subject.as_str()).cloned().unwrap_or_default();
            if replaces {
                let seen: Vec<ActId> = standing.keys().filter(|act| sees(**act)).copied().collect();
                for act in seen {
                    standing.remove(&act);
                }
            }
            standing.insert(by.act, Arc::new(Entry { value: value.clone(), ..by.clone() }));
            subjects.insert(subject.as_str().into(), standing);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(n: u8, author: &str) -> Entry {
        let author = author.parse().expect("an authority");
        Entry { act: ActId::new([n; 32]), author, role: "party".to_owned(), value: Value::Null }
    }

    fn standing(registers: &Registers, subject: &str) -> Vec<Value> {
        registers.declared(subject).map(|entry| entry.value.clone()).collect()
    }

    #[test]
    fn a_declaration_replaces_what_its_author_had_seen_and_nothing_else() {
        let mut registers = Registers::default();
        registers.apply(&entry(1, "es.moj"), &[Write::declare("s", "first")], |_| false);
        registers.apply(&entry(2, "ma.moj"), &[Write::declare("s", "crossed")], |_| false);
        assert_eq!(standing(&registers, "s"), ["first", "crossed"], "two that crossed both stand");
        assert_eq!(registers.only("s"), None);
        registers.apply(&entry(3, "es.moj"), &[Write::declare("s", "later")], |act| act == ActId::new([1; 32]));
        assert_eq!(standing(&registers, "s"), ["crossed", "later"]);
        registers.apply(&entry(4, "es.moj"), &[Write::declare("s", "last")], |_| true);
        assert_eq!(standing(&registers, "s"), ["last"]);
    }

    #[test]
    fn a_report_is_added_and_never_replaced() {
        let mut registers = Registers::default();
        registers.apply(&entry(1, "es.moj"), &[Write::report("s", 1)], |_| false);
        registers.apply(&entry(2, "es.moj"), &[Write::report("s", 2), Write::declare("s", 3)], |_| true);
        assert_eq!(registers.reported("s").map(|entry| entry.value.clone()).collect::<Vec<_>>(), [1, 2]);
        assert_eq!(registers.subjects(""), ["s"].into());
    }
}
