//! The same set of acts gives the same view in any order, whoever wrote them; properties over random worlds.

use crate::world::*;
use docket::docket::NotAdmitted;
use docket::{AuthenticAct, Docket, View};
use proptest::prelude::*;
use proptest::sample::Index;
use serde_json::{Value, json};
use terms::ActId;

const AUTHORITIES: [&str; 3] = ["es.moj", "ma.moj", "fr.moj"];
const KINDS: [&str; 8] = ["join", "say", "leave", "close", "dance", "settle-fork", "confirm-fork", "erase-bodies"];

/// One thing that happens in a random world.
#[derive(Debug, Clone)]
enum Event {
    /// An authority speaks on top of what its own node holds.
    Speak { who: usize, kind: usize, about: Index },
    /// A lying authority speaks on top of an earlier state of its node.
    Lie { who: usize, kind: usize, past: Index },
    /// One node tells another everything it holds.
    Tell { from: usize, to: usize },
}

fn event() -> impl Strategy<Value = Event> {
    prop_oneof![
        4 => (0..3usize, 0..KINDS.len(), any::<Index>()).prop_map(|(who, kind, about)| Event::Speak { who, kind, about }),
        1 => (0..3usize, 0..KINDS.len(), any::<Index>()).prop_map(|(who, kind, past)| Event::Lie { who, kind, past }),
        3 => (0..3usize, 0..3usize).prop_map(|(from, to)| Event::Tell { from, to }),
    ]
}

fn facts(kind: &str, about: ActId) -> Value {
    match kind {
        "settle-fork" => json!({"keep": about}),
        "confirm-fork" => json!({"settle": about}),
        "erase-bodies" => json!({"acts": [about], "ground": "a random world"}),
        _ => json!({}),
    }
}

/// Runs the events and gives every act that anybody sealed.
fn run(events: &[Event]) -> Vec<AuthenticAct> {
    let start = consultation();
    let mut nodes = [start.clone(), start.clone(), start];
    let mut past: Vec<Vec<Docket>> = nodes.iter().map(|node| vec![node.clone()]).collect();
    let mut all: Vec<AuthenticAct> = vec![nodes[0].acts()[0].act().clone()];
    for (second, event) in events.iter().enumerate() {
        let (who, act) = match event {
            Event::Speak { who, kind, about } => {
                let about = nodes[*who].acts()[about.index(nodes[*who].acts().len())].id();
                let said = said(KINDS[*kind], facts(KINDS[*kind], about));
                (*who, authentic(nodes[*who].frame(&authority(AUTHORITIES[*who]), said, at(second as i64))))
            }
            Event::Lie { who, kind, past: when } => {
                let then = &past[*who][when.index(past[*who].len())];
                let said = said(KINDS[*kind], facts(KINDS[*kind], then.acts()[0].id()));
                (*who, authentic(then.frame(&authority(AUTHORITIES[*who]), said, at(second as i64))))
            }
            Event::Tell { from, to } => {
                let told: Vec<AuthenticAct> = nodes[*from].acts().iter().map(|a| a.act().clone()).collect();
                for act in told {
                    nodes[*to].admit(act).expect("what one node admitted, in its order, every other admits");
                }
                continue;
            }
        };
        nodes[who].admit(act.clone()).expect("admitted by its own author");
        all.push(act);
        past[who].push(nodes[who].clone());
    }
    all
}

/// Admits what can be admitted of `acts`, in their order, again and again until nothing changes.
fn settle(opening: &AuthenticAct, acts: &[AuthenticAct]) -> Docket {
    let mut docket = Docket::open(opening.clone()).expect("opens");
    let mut waiting = acts.to_vec();
    loop {
        let before = waiting.len();
        waiting.retain(|act| matches!(docket.admit(act.clone()), Err(NotAdmitted::Waiting(_))));
        if waiting.len() == before {
            return docket;
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn any_order_of_arrival_gives_the_same_view(
        events in prop::collection::vec(event(), 1..24),
        seed in any::<u64>(),
    ) {
        let all = run(&events);
        let mut shuffled = all.clone();
        let mut state = seed | 1;
        for i in (1..shuffled.len()).rev() {
            state = state.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
            shuffled.swap(i, (state >> 33) as usize % (i + 1));
        }
        let (straight, mixed) = (settle(&all[0], &all), settle(&all[0], &shuffled));
        prop_assert_eq!(straight.acts().len(), all.iter().map(AuthenticAct::id).collect::<std::collections::BTreeSet<_>>().len());
        prop_assert_eq!(View::of(&straight), View::of(&mixed));
    }

    #[test]
    fn a_verdict_never_changes_whatever_arrives_later(
        events in prop::collection::vec(event(), 1..24),
        cut in any::<Index>(),
    ) {
        let all = run(&events);
        let some = settle(&all[0], &all[..=cut.index(all.len())]);
        let whole = settle(&all[0], &all);
        for admitted in some.acts() {
            let later = whole.act(admitted.id()).expect("never removed");
            prop_assert_eq!(admitted.verdict(), later.verdict());
            prop_assert_eq!(admitted.parties(), later.parties());
        }
    }

    #[test]
    fn an_incomplete_set_admits_exactly_what_is_closed_under_ancestry(
        events in prop::collection::vec(event(), 1..24),
        missing in any::<Index>(),
    ) {
        let all = run(&events);
        let gone = all[missing.index(all.len())].id();
        prop_assume!(gone != all[0].id());
        let whole = settle(&all[0], &all);
        let rest: Vec<AuthenticAct> = all.iter().filter(|act| act.id() != gone).cloned().collect();
        let partial = settle(&all[0], &rest);
        for act in &all {
            let expected = act.id() != gone && !whole.descends(act.id(), gone);
            prop_assert_eq!(partial.act(act.id()).is_some(), expected);
        }
    }

    #[test]
    fn an_honest_history_never_forks_and_never_breaks_a_receipt(events in prop::collection::vec(event(), 1..24)) {
        let honest: Vec<Event> = events.into_iter().filter(|event| !matches!(event, Event::Lie { .. })).collect();
        let all = run(&honest);
        let view = View::of(&settle(&all[0], &all));
        prop_assert!(view.forks.is_empty() && view.breaches.is_empty());
    }
}
