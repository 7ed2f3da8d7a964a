//! Which instruments name a State, so that a ruling looks only at those that may have something to say between two.

use std::collections::BTreeMap;

use terms::State;

use crate::csv::Party;
use crate::data::{Between, Instrument, Roster};

/// Ids by State, each list in order.
#[derive(Debug, Clone, Default)]
pub(crate) struct Index {
    by_state: BTreeMap<State, Vec<String>>,
    always: Vec<String>,
}

impl Index {
    /// Of all instruments and party tables.
    pub fn of(instruments: &BTreeMap<String, Instrument>, parties: &BTreeMap<String, BTreeMap<State, Party>>) -> Self {
        let special =
            |i: &&Instrument| i.roster == Roster::Partial || i.between == Between::Requested || !i.outside.is_empty();
        let mut index =
            Self { always: instruments.values().filter(special).map(|i| i.id.clone()).collect(), ..Self::default() };
        for (id, rows) in parties {
            for state in rows.keys() {
                index.by_state.entry(*state).or_default().push(id.clone());
            }
        }
        index
    }

    /// The States that some party table names, in the order of their codes.
    pub fn states(&self) -> impl Iterator<Item = State> {
        self.by_state.keys().copied()
    }

    /// The ids that both lists hold, and those that are always looked at, in order.
    pub fn between(&self, [one, other]: [State; 2]) -> impl Iterator<Item = &str> {
        let list = |state| self.by_state.get(&state).map_or(&[][..], Vec::as_slice);
        let (first, second) = (list(one), list(other));
        let both = first.iter().filter(|id| second.binary_search(id).is_ok());
        let mut ids: Vec<&str> = both.chain(&self.always).map(String::as_str).collect();
        ids.sort_unstable();
        ids.dedup();
        ids.into_iter()
    }
}
