//! How long evidence stays: holds, terms, destruction by two persons, and the same content twice.

use std::io::Cursor;

use evidence::Verdict;
use node::{ExhibitShown, Keep, NewExhibit, Reason};
use serde_json::json;
use terms::{Digest, DocketId, ExhibitId};

use crate::evidence::{about, fetch, go_on, opened, opened_by, said, take, transmit};
use crate::world::{Side, code, person, settle};

const DAY: i64 = 86_400;

fn kinds(side: &Side, id: &ExhibitId) -> Vec<String> {
    let (_, chain) = side.node.exhibit(&side.officer, id).expect("shown");
    assert_eq!(chain.verdict, Verdict::Matches, "{:?}", chain.breaks);
    chain.entries.into_iter().map(|entry| entry.kind).collect()
}

fn due(side: &Side) -> Vec<(ExhibitId, Reason)> {
    let (due, next) = side.node.due_exhibits(&side.officer, 0, 50).expect("listed");
    assert!(next.is_none());
    due.into_iter().map(|due| (due.exhibit.id, due.reason)).collect()
}

fn asked(side: &Side, id: &ExhibitId) -> Digest {
    let shown = side.node.ask_destruction(&side.officer, id, said()).expect("asked");
    shown.destruction.expect("it is said who asked").entry
}

/// Destroys as the two persons do.
pub fn destroy(side: &Side, id: &ExhibitId) -> ExhibitShown {
    let entry = asked(side, id);
    side.node.approve_destruction(&side.approver, id, &entry, said()).expect("destroyed")
}

#[test]
fn an_exhibit_is_destroyed_by_two_persons_and_leaves_its_history() {
    let (_, ma, docket) = opened();
    let id = take(&ma, docket, b"statement").id;
    let other = Digest::new([7; 32]);
    let nobody = ma.node.approve_destruction(&ma.approver, &id, &other, said());
    assert_eq!(code(nobody), "node.destruction-not-asked");
    let both = person("officer", &[node::Role::Officer, node::Role::Approver]);
    let entry = asked(&ma, &id);
    assert_eq!(code(ma.node.ask_destruction(&ma.officer, &id, said())), "node.destruction-asked");
    assert_eq!(code(ma.node.approve_destruction(&ma.officer, &id, &entry, said())), "node.not-yours");
    assert_eq!(code(ma.node.approve_destruction(&both, &id, &entry, said())), "node.same-person");
    assert_eq!(code(ma.node.approve_destruction(&ma.approver, &id, &other, said())), "node.changed");
    let mut plain = Vec::new();
    ma.node.open_exhibit(&ma.officer, &id, said(), &mut plain, &mut go_on).expect("it is here until it is approved");
    let shown = ma.node.approve_destruction(&ma.approver, &id, &entry, said()).expect("destroyed");
    assert_eq!((shown.state.as_str(), shown.destruction), ("destroyed", None));
    let again = ma.node.open_exhibit(&ma.officer, &id, said(), &mut Vec::new(), &mut go_on);
    assert_eq!(code(again), "node.exhibit-state");
    assert_eq!(kinds(&ma, &id), ["acquired", "sealed", "destruction-asked", "opened", "destroyed"]);
    let file = ma.folder.path().join("exhibits/sealed").join(id.to_string());
    assert!(!file.exists(), "the ciphertext is gone too");
}

#[test]
fn what_was_asked_can_be_dropped_and_asked_anew_and_an_old_approval_is_worth_nothing() {
    let (_, ma, docket) = opened();
    let id = take(&ma, docket, b"statement").id;
    let colleague = person("colleague", &[node::Role::Officer]);
    let first = asked(&ma, &id);
    assert_eq!(code(ma.node.drop_destruction(&colleague, &id, said())), "node.not-yours");
    ma.node.drop_destruction(&ma.officer, &id, said()).expect("whoever asked may drop it");
    ma.clock.pass(60);
    asked(&ma, &id);
    assert_eq!(code(ma.node.approve_destruction(&ma.approver, &id, &first, said())), "node.changed");
    ma.node.drop_destruction(&ma.approver, &id, said()).expect("an approver may drop it");
    assert_eq!(code(ma.node.drop_destruction(&ma.approver, &id, said())), "node.destruction-not-asked");
    let dropped =
        ["acquired", "sealed", "destruction-asked", "destruction-dropped", "destruction-asked", "destruction-dropped"];
    assert_eq!(kinds(&ma, &id), dropped);
}

#[test]
fn a_hold_is_signed_and_stands_against_destruction_even_if_it_came_after_the_asking() {
    let (_, ma, docket) = opened();
    let id = take(&ma, docket, b"statement").id;
    let entry = asked(&ma, &id);
    let mut order = said();
    order.authority = "order 9/2026: keep".to_owned();
    let hold = ma.node.hold_exhibit(&ma.officer, &id, order.clone()).expect("held");
    assert_eq!(ma.node.hold_exhibit(&ma.officer, &id, said()).expect("held already"), hold);
    assert_eq!(hold.said, Some(order));
    assert_eq!(code(ma.node.approve_destruction(&ma.approver, &id, &entry, said())), "node.exhibit-held");
    assert!(ma.node.exhibit(&ma.officer, &id).expect("shown").0.held_since.is_some());
    ma.node.lift_exhibit(&ma.officer, &id, said()).expect("lifted");
    assert_eq!(code(ma.node.lift_exhibit(&ma.officer, &id, said())), "node.exhibit-not-held");
    ma.node.approve_destruction(&ma.approver, &id, &entry, said()).expect("destroyed");
    assert_eq!(kinds(&ma, &id), ["acquired", "sealed", "destruction-asked", "held", "lifted", "destroyed"]);
    let held = take(&ma, docket, b"another").id;
    ma.node.hold_exhibit(&ma.officer, &held, said()).expect("held");
    assert_eq!(code(ma.node.ask_destruction(&ma.officer, &held, said())), "node.exhibit-held");
    assert_eq!(code(ma.node.hold_exhibit(&ma.officer, &id, said())), "node.exhibit-state");
}

#[test]
fn a_hold_and_what_was_asked_do_not_bind_the_recipient_and_do_not_break_its_history() {
    let (es, ma, docket) = opened();
    let exhibit = take(&ma, docket, b"statement");
    ma.node.hold_exhibit(&ma.officer, &exhibit.id, said()).expect("held");
    transmit(&ma, docket, std::slice::from_ref(&exhibit));
    settle(&[&es, &ma]);
    fetch(&es, &ma);
    assert!(es.node.exhibit(&es.officer, &exhibit.id).expect("shown").0.held_since.is_none());
    destroy(&es, &exhibit.id);
    let expected = ["acquired", "sealed", "held", "transmitted", "received", "destruction-asked", "destroyed"];
    assert_eq!(kinds(&es, &exhibit.id), expected);
    assert!(ma.node.exhibit(&ma.officer, &exhibit.id).expect("shown").0.held_since.is_some(), "here it is held still");
}

#[test]
fn what_is_due_is_listed_until_somebody_decides_and_nothing_goes_by_itself() {
    let keeping = |name: &str| {
        Side::found_with(name, "https://127.0.0.1:1", |folder| {
            node::Depot::folder(&folder.join("exhibits")).expect("a depot").keeping(Some(10))
        })
    };
    let (es, ma) = (keeping("es.moj"), keeping("ma.moj"));
    es.knows(&ma);
    ma.knows(&es);
    let (es, ma, docket) = opened_by(es, ma);
    let in_days = |days: i64| ma.node.now().plus_seconds(days * DAY);
    let with = |content: &[u8], keep_until| {
        let new = NewExhibit { keep_until, ..about(docket) };
        let mut source = Cursor::new(content.to_vec());
        ma.node.take_exhibit(&ma.officer, "test", new, &mut source, &mut go_on).expect("taken in")
    };
    let (plain, long, short) = (with(b"a", None), with(b"b", Some(in_days(30))), with(b"c", Some(in_days(5))));
    assert_eq!((plain.keep_until, long.keep_until), (Some(in_days(10)), Some(in_days(30))));
    assert_eq!(due(&ma), []);
    ma.clock.pass(5 * DAY);
    assert_eq!(due(&ma), [(short.id, Reason::TermEnded)]);
    ma.clock.pass(5 * DAY - 1);
    assert_eq!(due(&ma), [(short.id, Reason::TermEnded)], "a second before");
    ma.clock.pass(1);
    assert_eq!(due(&ma), [(plain.id, Reason::TermEnded), (short.id, Reason::TermEnded)]);
    let (first, next) = ma.node.due_exhibits(&ma.officer, 0, 1).expect("a page");
    let (second, end) = ma.node.due_exhibits(&ma.officer, next.expect("one more"), 1).expect("a page");
    assert_eq!((first[0].exhibit.id, second[0].exhibit.id, end), (plain.id, short.id, None));
    ma.node.hold_exhibit(&ma.officer, &plain.id, said()).expect("held");
    let past = Keep { until: ma.node.now(), said: said() };
    assert_eq!(code(ma.node.keep_exhibit(&ma.officer, &short.id, past)), "node.exhibit-term");
    let keep = Keep { until: in_days(20), said: said() };
    ma.node.keep_exhibit(&ma.officer, &short.id, keep).expect("kept longer");
    assert_eq!(due(&ma), []);
    let (_, chain) = ma.node.exhibit(&ma.officer, &short.id).expect("shown");
    let last = chain.entries.last().expect("an entry");
    assert_eq!((last.kind.as_str(), chain.verdict), ("kept", evidence::Verdict::Matches), "signed, in its history");
    assert_eq!(last.said(), [format!("until {}", in_days(20))]);
    assert_eq!(last.details.as_ref().map(|said| said.authority.as_str()), Some("order 3/2026"));
    ma.node.lift_exhibit(&ma.officer, &plain.id, said()).expect("lifted");
    assert_eq!(due(&ma), [(plain.id, Reason::TermEnded)]);
    ma.node.sweep_exhibits().expect("swept");
    assert_eq!(ma.node.exhibit(&ma.officer, &plain.id).expect("shown").0.state, "here", "nothing went by itself");
    destroy(&ma, &plain.id);
    assert_eq!(due(&ma), []);
    let (unseen, _) = es.node.due_exhibits(&es.operator, 0, 9).expect("listed");
    assert!(unseen.iter().all(|due| due.exhibit.title.is_none()), "titles are personal");
}

#[test]
fn what_is_to_be_returned_or_destroyed_is_due_once_its_docket_is_closed() {
    let (es, ma, docket) = opened();
    let conditions = |list: &[&str]| {
        let conditions = list.iter().map(|code| (*code).to_owned()).collect();
        let new = NewExhibit { conditions, ..about(docket) };
        let mut source = Cursor::new(list.concat().into_bytes());
        es.node.take_exhibit(&es.officer, "test", new, &mut source, &mut go_on).expect("taken in")
    };
    let (_, bound) = (conditions(&["speciality"]), conditions(&["return-or-destroy"]));
    let later = Keep { until: es.node.now().plus_seconds(900 * DAY), said: said() };
    es.node.keep_exhibit(&es.officer, &bound.id, later).expect("kept longer");
    assert_eq!(due(&es), []);
    ma.act(&docket, "execute", json!({"measures": ["m1"], "complete": true})).expect("executed");
    settle(&[&es, &ma]);
    es.act(&docket, "close", json!({})).expect("closed");
    assert!(es.standing(&docket).starts_with("closed"), "{}", es.standing(&docket));
    assert_eq!(due(&es), [(bound.id, Reason::ProceedingsEnded)], "a term of our own does not outweigh the condition");
}

#[test]
fn the_same_content_twice_is_said_and_kept_twice_unless_that_was_not_wanted() {
    let (_, ma, docket) = opened();
    let first = take(&ma, docket, b"statement");
    assert_eq!(first.alike, []);
    let second = take(&ma, docket, b"statement");
    let named = |shown: &ExhibitShown| shown.alike.iter().map(|other| other.id).collect::<Vec<_>>();
    assert_eq!((named(&second), second.alike[0].docket), (vec![first.id], Some(docket)));
    assert_eq!(named(&ma.node.exhibit(&ma.officer, &first.id).expect("shown").0), [second.id]);
    let unless_here = |docket: DocketId, content: &[u8]| {
        let new = NewExhibit { unless_here: true, ..about(docket) };
        ma.node.take_exhibit(&ma.officer, "test", new, &mut Cursor::new(content.to_vec()), &mut go_on)
    };
    assert_eq!(code(unless_here(docket, b"statement")), "node.exhibit-known");
    let sealed = ma.folder.path().join("exhibits/sealed");
    assert_eq!(std::fs::read_dir(&sealed).expect("a folder").count(), 2, "nothing of it stays");
    unless_here(docket, b"another statement").expect("taken in");
    destroy(&ma, &first.id);
    destroy(&ma, &second.id);
    let third = unless_here(docket, b"statement").expect("what was destroyed is not here");
    assert_eq!(third.alike.iter().map(|other| other.state.as_str()).collect::<Vec<_>>(), ["destroyed", "destroyed"]);
}

#[test]
fn a_second_digest_that_was_wanted_travels_in_the_manifest() {
    let (es, ma, docket) = opened();
    let new = NewExhibit { sha512: true, ..about(docket) };
    let taken = ma.node.take_exhibit(&ma.officer, "test", new, &mut Cursor::new(b"abc".to_vec()), &mut go_on);
    let taken = taken.expect("taken in");
    let sha512 = taken.sha512.expect("it was wanted").to_string();
    assert!(sha512.starts_with("ddaf35a193617abacc417349ae204131"), "{sha512}");
    assert!(take(&ma, docket, b"x").sha512.is_none());
    transmit(&ma, docket, std::slice::from_ref(&taken));
    settle(&[&es, &ma]);
    fetch(&es, &ma);
    let there = es.node.exhibit(&es.officer, &taken.id).expect("shown").0;
    assert_eq!((there.sha512, there.state.as_str()), (taken.sha512, "here"));
}
