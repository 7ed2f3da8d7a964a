//! Which instruments name a State, so that a ruling looks only at those that may have something to say between two.

use std::collections::BTreeMap;

use terms::State;

use crate::csv::Party;
use crate::data::{Between, Instrument, Roster};

/// Instruments by State: their places in the order of their ids.
#[derive(Debug, Clone, Default)]
pub(crate) struct Index {
    ids: Vec<String>,
    by_state: BTreeMap<State, Vec<usize>>,
    always: Vec<usize>,
}

impl Index {
    /// Of all instruments and party tables.
    pub fn of(instruments: &BTreeMap<String, Instrument>, parties: &BTreeMap<String, BTreeMap<State, Party>>) -> Self {
        let special =
            |i: &Instrument| i.roster == Roster::Partial || i.between == Between::Requested || !i.outside.is_empty();
        let mut index = Self { ids: instruments.keys().cloned().collect(), ..Self::default() };
        for (at, (id, instrument)) in instruments.iter().enumerate() {
            if special(instrument) {
                index.always.push(at);
            }
            for state in parties.get(id).into_iter().flat_map(BTreeMap::keys) {
                index.by_state.entry(*state).or_default().push(at);
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
        let both = first.iter().filter(|at| second.binary_search(at).is_ok());
        let mut places: Vec<usize> = both.chain(&self.always).copied().collect();
        places.sort_unstable();
        places.dedup();
        places.into_iter().map(|at| self.ids[at].as_str())
    }
}
