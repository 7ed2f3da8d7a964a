//! Cards that may be newer than those held: a seal that a held card does not name may stand in the one that its authority issued meanwhile.
//!
//! Whatever bears such a seal is answered *later*, and the card is asked for at once; when it comes again it counts, or it is put aside
//! (`docs/spec/exchange.md`, *Answers*). Anybody who may send at all can send a seal that nobody knows, so one card is asked for once a
//! minute at most. Never here: fetching (`carry`), and whether a card may succeed the one held (`peers`). Kept in memory alone: when a node starts
//! it asks for every card anyway.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use terms::{AuthorityId, Moment};

/// So many seconds lie between two fetches of one authority's card.
const APART: i64 = 60;
/// After so many seconds nobody waits any more for a fetch of which nothing was heard.
const PATIENCE: i64 = 600;

/// Whose cards were asked for lately.
#[derive(Debug, Default)]
pub struct NewerCards(Mutex<BTreeMap<AuthorityId, Asked>>);

#[derive(Debug)]
struct Asked {
    at: Moment,
    state: State,
}

#[derive(Debug, PartialEq, Eq)]
enum State {
    Wanted,
    UnderWay,
    Ended,
}

impl NewerCards {
    /// Has a card fetched because a person approved its authority: that is no arrival, and leaves the next one its fetch.
    pub fn want(&self, of: &AuthorityId, now: Moment) {
        self.all().insert(of.clone(), Asked { at: now.plus_seconds(-APART), state: State::Wanted });
    }
    /// Whether a fetch may still bring a card that names an unknown seal; has one done if none was for a minute.
    pub fn may_come(&self, of: &AuthorityId, now: Moment) -> bool {
        let mut all = self.all();
        if let Some(asked) = all.get(of) {
            let patience = if asked.state == State::Ended { APART } else { PATIENCE };
            if now < asked.at.plus_seconds(patience) {
                return asked.state != State::Ended;
            }
        }
        all.insert(of.clone(), Asked { at: now, state: State::Wanted });
        true
    }
    /// The cards to be fetched now; each is given out once.
    pub fn wanted(&self) -> Vec<AuthorityId> {
        let mut all = self.all();
        let wanted = all.iter_mut().filter(|(_, asked)| asked.state == State::Wanted);
        let given = wanted.map(|(of, asked)| {
            asked.state = State::UnderWay;
            of.clone()
        });
        given.collect()
    }
    /// The fetch has ended, well or badly.
    pub fn ended(&self, of: &AuthorityId) {
        if let Some(asked) = self.all().get_mut(of) {
            asked.state = State::Ended;
        }
    }

    fn all(&self) -> MutexGuard<'_, BTreeMap<AuthorityId, Asked>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_card_is_fetched_once_a_minute_however_often_an_unknown_seal_comes() {
        let (cards, es) = (NewerCards::default(), "es.moj".parse::<AuthorityId>().expect("an authority"));
        let at = |seconds: i64| "2026-11-23T09:00:00Z".parse::<Moment>().expect("a moment").plus_seconds(seconds);
        let mut fetched = 0;
        for second in 0..180 {
            let may_come = cards.may_come(&es, at(second));
            assert_eq!(may_come, second % 60 == 0, "second {second}: it waits for a fetch, and for no other thing");
            for of in cards.wanted() {
                assert!(cards.may_come(&of, at(second)), "it waits while the fetch is under way");
                assert!(cards.wanted().is_empty(), "and no second one is begun");
                cards.ended(&of);
                fetched += 1;
            }
        }
        assert_eq!(fetched, 3);
        cards.want(&es, at(150));
        assert_eq!(cards.wanted(), std::slice::from_ref(&es), "an approval does not wait for the minute");
        cards.ended(&es);
        assert!(cards.may_come(&es, at(151)), "and leaves an arrival its fetch");
        assert_eq!(cards.wanted(), std::slice::from_ref(&es));
        assert!(cards.may_come(&es, at(151 + PATIENCE)), "a fetch that was lost is done again");
        assert_eq!(cards.wanted(), std::slice::from_ref(&es));
    }
}
