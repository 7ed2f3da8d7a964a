//! The engine as its specification reads (`docs/spec/docket.md`): admission, judgement, equivocation, receipts.

use crate::world::*;
use docket::docket::NotAdmitted;
use docket::procedures::consultation;
use docket::{Admission, AuthenticAct, Docket, Header, View};
use serde_json::json;
use terms::{ActId, DocketId};

/// All acts of `from` into a fresh docket, in the given order, offering again what had to wait.
fn replay(acts: &[AuthenticAct]) -> Docket {
    let opening = acts.iter().find(|act| act.header().open.is_some()).expect("an opening act").clone();
    let mut docket = Docket::open(opening).expect("opens");
    let mut waiting: Vec<AuthenticAct> = acts.to_vec();
    while !waiting.is_empty() {
        let before = waiting.len();
        waiting.retain(|act| matches!(docket.admit(act.clone()), Err(NotAdmitted::Waiting(_))));
        assert!(waiting.len() < before, "acts wait for ever");
    }
    docket
}

fn acts(docket: &Docket) -> Vec<AuthenticAct> {
    docket.acts().iter().map(|admitted| admitted.act().clone()).collect()
}

#[test]
fn an_act_offered_twice_changes_nothing() {
    let mut docket = consultation();
    let id = speak(&mut docket, "ma.moj", "join", json!({}), 1);
    let before = View::of(&docket);
    let again = docket.act(id).expect("there").act().clone();
    assert_eq!(docket.admit(again), Ok(Admission::Known));
    assert_eq!(View::of(&docket), before);
}

#[test]
fn an_act_out_of_role_or_of_an_unknown_kind_is_admitted_and_has_no_effect() {
    let mut docket = consultation();
    speak(&mut docket, "ma.moj", "join", json!({}), 1);
    let cases = [
        ("ma.moj", "close", "not-your-role"),
        ("ma.moj", "dance", "unknown-kind"),
        ("fr.moj", "say", "not-taking-part"),
        ("es.moj", "open", "out-of-order"),
        ("es.moj", "invite", "malformed-facts"),
        ("es.moj", "settle-fork", "malformed-facts"),
    ];
    for (author, kind, code) in cases {
        let id = speak(&mut docket, author, kind, json!({}), 2);
        let verdict = docket.act(id).expect("admitted").verdict().clone();
        assert_eq!(verdict.map_err(|none| none.code).err(), Some(code), "{author} {kind}");
    }
    let said = speak(&mut docket, "ma.moj", "say", json!({}), 3);
    assert!(docket.act(said).expect("admitted").verdict().is_ok(), "no act can jam a docket");
}

#[test]
fn what_breaks_the_graph_is_not_admitted() {
    let mut docket = consultation();
    let joined = speak(&mut docket, "ma.moj", "join", json!({}), 1);
    let said_ = speak(&mut docket, "ma.moj", "say", json!({}), 2);
    let french = speak(&mut docket, "fr.moj", "join", json!({}), 3);
    let good = docket.frame(&authority("ma.moj"), said("say", json!({})), at(4));
    let stranger = authority("dk.moj");
    let unknown = ActId::new([9; 32]);
    type Break = Box<dyn Fn(&mut Header)>;
    let cases: Vec<(&str, Break, NotAdmitted)> = vec![
        (
            "another docket",
            Box::new(|h| h.docket = Some(DocketId::new([1; 32]))),
            NotAdmitted::OtherDocket(DocketId::new([1; 32])),
        ),
        (
            "a parent that is not here",
            Box::new(move |h| h.parents = vec![unknown]),
            NotAdmitted::Waiting(vec![unknown]),
        ),
        (
            "a predecessor that is not here",
            Box::new(move |h| h.previous = Some(unknown)),
            NotAdmitted::Waiting(vec![unknown]),
        ),
        (
            "a stranger",
            Box::new(move |h| (h.author, h.previous) = (stranger.clone(), None)),
            NotAdmitted::NoParty(authority("dk.moj")),
        ),
        (
            "a Lamport number too high",
            Box::new(|h| h.lamport += 1),
            NotAdmitted::Graph("its Lamport number is not one more than its parents' largest"),
        ),
        (
            "a Lamport number too low",
            Box::new(|h| h.lamport -= 1),
            NotAdmitted::Graph("its Lamport number is not one more than its parents' largest"),
        ),
        (
            "another's act as predecessor",
            Box::new(move |h| h.previous = Some(french)),
            NotAdmitted::Graph("its predecessor is another author's act"),
        ),
        (
            "a predecessor that was followed",
            Box::new(move |h| h.previous = Some(joined)),
            NotAdmitted::Graph("it descends from an act of its author that already stands in its place"),
        ),
        (
            "no predecessor after having spoken",
            Box::new(|h| h.previous = None),
            NotAdmitted::Graph("it descends from an act of its author that already stands in its place"),
        ),
        (
            "redundant parents",
            Box::new(move |h| {
                h.parents.push(said_);
                h.parents.sort();
            }),
            NotAdmitted::Graph("one of its parents descends from another"),
        ),
    ];
    for (what, break_it, expected) in cases {
        let mut header = good.clone();
        break_it(&mut header);
        assert_eq!(docket.clone().admit(authentic(header)), Err(expected), "{what}");
    }
    assert_eq!(docket.admit(authentic(good)), Ok(Admission::Admitted), "the unbroken one is admitted");
}

#[test]
fn an_unknown_edition_is_refused_at_the_opening_act() {
    let header =
        opening("assistance/99", "submit", "es.moj", &[("es.moj", "requesting"), ("ma.moj", "requested")], json!({}));
    assert_eq!(Docket::open(authentic(header)).err(), Some(NotAdmitted::UnknownProcedure("assistance/99".to_owned())));
}

#[test]
fn a_newcomer_is_a_party_once_it_was_effectively_introduced() {
    let mut docket = consultation();
    let newcomer = docket::Party { authority: authority("pt.moj"), role: "participant".to_owned() };
    let mut frame = docket.frame(&authority("fr.moj"), said("invite", json!({})), at(1));
    frame.introduces = vec![newcomer.clone()];
    docket.admit(authentic(frame)).expect("admitted, without effect: France has not joined");
    assert!(!docket.parties().contains(&newcomer));
    let mut frame = docket.frame(&authority("es.moj"), said("invite", json!({})), at(2));
    frame.introduces = vec![newcomer.clone()];
    docket.admit(authentic(frame)).expect("admitted");
    assert!(docket.parties().contains(&newcomer));
    speak(&mut docket, "pt.moj", "join", json!({}), 3);
    speak(&mut docket, "pt.moj", "say", json!({}), 4);
    assert_eq!(consultation::part(&View::of(&docket).registers, "pt.moj"), Some("takes-part"));
    speak(&mut docket, "pt.moj", "leave", json!({}), 5);
    speak(&mut docket, "es.moj", "close", json!({}), 6);
    let late = speak(&mut docket, "es.moj", "say", json!({}), 7);
    assert_eq!(docket.act(late).expect("there").verdict().clone().map_err(|none| none.code).err(), Some("closed"));
}

/// Morocco signs two histories: `one` is shown to Spain, `two` to France.
fn forked() -> (Docket, ActId, ActId, AuthenticAct, AuthenticAct) {
    let mut docket = consultation();
    speak(&mut docket, "ma.moj", "join", json!({}), 1);
    speak(&mut docket, "fr.moj", "join", json!({}), 2);
    let morocco = authority("ma.moj");
    let one = authentic(docket.frame(&morocco, said("leave", json!({})), at(3)));
    let two = authentic(docket.frame(&morocco, said("say", json!({})), at(4)));
    (docket, one.id(), two.id(), one, two)
}

#[test]
fn of_two_histories_neither_counts_until_somebody_relied_on_one() {
    let (mut docket, one, two, first, second) = forked();
    docket.admit(first).expect("admitted");
    assert!(!View::of(&docket).disputed());
    docket.admit(second).expect("an equivocation is admitted and shown");
    let view = View::of(&docket);
    assert!(view.disputed());
    assert_eq!(view.forks.len(), 1);
    assert!(!view.act(one).expect("shown").stands && !view.act(two).expect("shown").stands);
    assert_eq!(consultation::part(&view.registers, "ma.moj"), Some("takes-part"), "as before the fork");
}

#[test]
fn the_history_on_which_another_party_relied_stands() {
    let (mut docket, one, two, first, second) = forked();
    docket.admit(first).expect("admitted");
    speak(&mut docket, "es.moj", "say", json!({}), 5);
    docket.admit(second).expect("admitted");
    let both_seen = speak(&mut docket, "fr.moj", "say", json!({}), 6);
    let view = View::of(&docket);
    assert!(!view.disputed(), "an act that descends from both says nothing about either");
    assert!(view.act(one).expect("shown").stands && !view.act(two).expect("shown").stands);
    assert!(view.act(both_seen).expect("shown").stands);
    assert_eq!(consultation::part(&view.registers, "ma.moj"), Some("gone"));
}

#[test]
fn if_parties_relied_on_both_the_author_settles_and_the_others_confirm() {
    let (docket, one, two, first, second) = forked();
    let (mut spain, mut france) = (docket.clone(), docket);
    spain.admit(first).expect("admitted");
    france.admit(second).expect("admitted");
    speak(&mut spain, "es.moj", "say", json!({}), 5);
    speak(&mut france, "fr.moj", "say", json!({}), 6);
    let mut all = acts(&spain);
    all.extend(acts(&france));
    let mut docket = replay(&all);
    assert!(View::of(&docket).disputed());
    let foreign = speak(&mut docket, "es.moj", "settle-fork", json!({"keep": one}), 7);
    assert!(docket.act(foreign).expect("there").verdict().is_err(), "only the author of the fork may name a branch");
    let settle = speak(&mut docket, "ma.moj", "settle-fork", json!({"keep": two}), 8);
    let own = speak(&mut docket, "ma.moj", "confirm-fork", json!({"settle": settle}), 9);
    assert!(docket.act(own).expect("there").verdict().is_err(), "an author cannot confirm its own choice");
    speak(&mut docket, "es.moj", "confirm-fork", json!({"settle": settle}), 10);
    assert!(View::of(&docket).disputed(), "France has not confirmed");
    speak(&mut docket, "fr.moj", "confirm-fork", json!({"settle": settle}), 11);
    let view = View::of(&docket);
    assert!(!view.disputed());
    assert!(view.act(two).expect("shown").stands && !view.act(one).expect("shown").stands);
    let other = speak(&mut docket, "ma.moj", "settle-fork", json!({"keep": one}), 12);
    let second_thought = speak(&mut docket, "es.moj", "confirm-fork", json!({"settle": other}), 13);
    assert!(docket.act(second_thought).expect("there").verdict().is_err(), "nobody confirms two branches of one fork");
    assert!(View::of(&docket).act(two).expect("shown").stands);
    let afterwards = speak(&mut docket, "ma.moj", "say", json!({}), 14);
    assert!(View::of(&docket).act(afterwards).expect("shown").stands, "the author goes on from the branch that stands");
}

#[test]
fn what_follows_a_settlement_is_judged_by_the_branch_that_stands() {
    let (mut docket, one, _, first, second) = forked();
    docket.admit(first).expect("admitted");
    docket.admit(second).expect("admitted");
    let settle = speak(&mut docket, "ma.moj", "settle-fork", json!({"keep": one}), 5);
    speak(&mut docket, "es.moj", "confirm-fork", json!({"settle": settle}), 6);
    speak(&mut docket, "fr.moj", "confirm-fork", json!({"settle": settle}), 7);
    let said = speak(&mut docket, "ma.moj", "say", json!({}), 8);
    let verdict = docket.act(said).expect("there").verdict().clone();
    assert_eq!(
        verdict.map_err(|none| none.code).err(),
        Some("not-taking-part"),
        "it had left, on the branch that stands"
    );
}

#[test]
fn delivered_means_receipted_by_the_recipient_and_nothing_else() {
    let mut docket = consultation();
    let id = speak(&mut docket, "es.moj", "say", json!({}), 1);
    assert!(View::of(&docket).act(id).expect("shown").delivered_to.is_empty());
    let word = receipt(&docket, "ma.moj", "es.moj", &[id]);
    assert_eq!(docket.file_receipt(word.clone()), Ok(Admission::Admitted));
    assert_eq!(docket.file_receipt(word), Ok(Admission::Known));
    let delivered = View::of(&docket).act(id).expect("shown").delivered_to.clone();
    assert_eq!(delivered.into_iter().collect::<Vec<_>>(), [authority("ma.moj")]);
}

#[test]
fn who_receipts_an_act_and_then_speaks_as_if_it_had_not_is_caught() {
    let mut docket = consultation();
    speak(&mut docket, "ma.moj", "join", json!({}), 1);
    let without = docket.clone();
    let withdrawn = speak(&mut docket, "es.moj", "close", json!({}), 2);
    let word = receipt(&docket, "ma.moj", "es.moj", &[withdrawn]);
    docket.file_receipt(word.clone()).expect("filed");
    let mut honest = docket.clone();
    speak(&mut honest, "ma.moj", "leave", json!({}), 3);
    assert!(View::of(&honest).breaches.is_empty(), "an act that descends from what was receipted keeps the word");
    let backdated = authentic(without.frame(&authority("ma.moj"), said("say", json!({})), at(1)));
    docket.admit(backdated.clone()).expect("admitted");
    let breaches = View::of(&docket).breaches;
    assert_eq!(breaches.len(), 1);
    assert_eq!((breaches[0].receipt, breaches[0].receipted, breaches[0].act), (word.id(), withdrawn, backdated.id()));
}

#[test]
fn erasing_a_body_changes_nothing_but_the_body() {
    let mut docket = consultation();
    let body = docket::Body { salt: terms::Salt::new([3; 16]), bytes: b"the narrative".to_vec() };
    let mut header = docket.frame(&authority("es.moj"), said("say", json!({})), at(1));
    header.body = Some(docket::BodyBinding::of(&body.salt, &body.bytes));
    let mut with_body = signed(header);
    with_body.body = Some(body);
    let act = with_body.authenticate(&check).expect("authentic");
    let id = act.id();
    docket.admit(act).expect("admitted");
    let before = View::of(&docket);
    assert!(docket.act(id).expect("there").act().body().is_some());
    assert!(docket.erase_body(id));
    assert!(docket.act(id).expect("there").act().body().is_none());
    assert_eq!(View::of(&docket), before);
    let told =
        speak(&mut docket, "es.moj", "erase-bodies", json!({"acts": [id], "ground": "retention period over"}), 2);
    assert!(docket.act(told).expect("there").verdict().is_ok());
}
