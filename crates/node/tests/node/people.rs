//! Who may do what, and what an auditor can read of it.

use node::{NewDraft, Role, Step};
use serde_json::json;

use crate::world::{Side, authority, code, person, request, request_body, roles, settle, two};

#[test]
fn a_person_without_the_role_is_refused_before_anything_is_looked_at() {
    let (es, ma) = two();
    let new = || request(&es, &ma, request_body());
    for actor in [&es.approver, &es.operator, &es.auditor] {
        assert_eq!(code(es.node.write_draft(actor, "test", new())), "node.not-yours");
    }
    let draft = es.node.write_draft(&es.officer, "test", new()).expect("kept");
    for actor in [&es.operator, &es.auditor] {
        assert_eq!(code(es.node.draft(actor, &draft.id)), "node.not-yours", "a body is not for {}", actor.person);
    }
    assert_eq!(code(es.node.approve(&es.officer, &draft.id, &draft.approved_digest)), "node.not-yours");
    assert_eq!(code(es.node.trail(&es.officer, 0, 10)), "node.not-yours");
    assert_eq!(code(es.node.outbox(&es.officer, 0, 10)), "node.not-yours");
    assert_eq!(code(es.node.enter_person(&es.officer, "x", "X", &roles(&[Role::Officer]))), "node.not-yours");
    assert_eq!(code(es.node.propose_peer(&es.officer, b"{}")), "node.not-yours");
    assert_eq!(code(es.node.recover(&es.officer, "because")), "node.not-yours");
}

#[test]
fn a_token_is_shown_once_and_ends_when_another_is_given() {
    let side = Side::found("es.moj");
    assert_eq!(code(side.node.first_person("again", "Again")), "node.not-first");
    let first = side.node.enter_person(&side.operator, "amal", "Amal", &roles(&[Role::Officer])).expect("entered");
    let actor = side.node.actor(first.reveal()).expect("known");
    assert_eq!((actor.person.as_str(), actor.roles.contains(&Role::Officer)), ("amal", true));
    let second = side.node.enter_person(&side.operator, "amal", "Amal", &roles(&[Role::Auditor])).expect("again");
    assert_eq!(code(side.node.actor(first.reveal())), "node.who");
    assert!(side.node.actor(second.reveal()).expect("known").roles.contains(&Role::Auditor));
    side.node.retire_person(&side.operator, "amal").expect("retired");
    assert_eq!(code(side.node.actor(second.reveal())), "node.who");
    assert_eq!(code(side.node.actor("not a token")), "node.who");
}

#[test]
fn a_peer_needs_two_persons_and_the_right_fingerprint() {
    let (es, ma) = (Side::found("es.moj"), Side::found("ma.moj"));
    let (card, aloud) = ma.node.own_card();
    es.node.propose_peer(&es.operator, &card).expect("entered");
    let mut both = es.operator.clone();
    both.roles.insert(Role::Approver);
    assert_eq!(code(es.node.approve_peer(&both, &ma.name(), &aloud)), "node.same-person");
    let wrong = es.node.own_card().1;
    assert_eq!(code(es.node.approve_peer(&es.approver, &ma.name(), &wrong)), "node.fingerprint");
    assert_eq!(code(es.node.approve_peer(&es.approver, &ma.name(), "12")), "node.fingerprint");
    assert_eq!(code(es.node.approve_peer(&es.approver, &authority("fr.moj"), &aloud)), "node.not-here");
    es.node.approve_peer(&es.approver, &ma.name(), &aloud.to_uppercase()).expect("approved");
    assert_eq!(code(es.node.propose_peer(&es.operator, &es.node.own_card().0)), "node.own-card");
    assert_eq!(code(es.node.propose_peer(&es.operator, b"{}")), "node.card");

    // Nothing goes to a suspended peer, and what waited goes when the suspension is lifted.
    ma.knows(&es);
    let docket = es.says(request(&es, &ma, request_body())).expect("sent").docket;
    es.node.step_peer(&es.operator, &ma.name(), Step::Suspend, "their seal may be stolen").expect("suspended");
    assert!(es.node.parcel(&ma.name()).expect("asked").is_none());
    es.node.step_peer(&es.operator, &ma.name(), Step::Lift, "it was not").expect("lifted");
    settle(&[&es, &ma]);
    assert!(es.delivered(&docket, "submit"));
    es.node.step_peer(&es.operator, &ma.name(), Step::Revoke, "over").expect("revoked");
    assert_eq!(code(es.node.step_peer(&es.operator, &ma.name(), Step::Lift, "no")), "node.peer-step");
}

#[test]
fn the_trail_says_who_did_and_who_looked() {
    let (es, ma) = two();
    let docket = es.says(request(&es, &ma, request_body())).expect("sent").docket;
    es.node.docket_page(&es.officer, "preparing a hearing", &docket, 0, 10).expect("looked");
    let trail = es.node.trail(&es.auditor, 0, 1_000).expect("read");
    assert!(trail.unbroken);
    let told = |person: &str, what: &str| {
        trail.entries.iter().any(|entry| entry.person == person && entry.what.contains(what))
    };
    assert!(told("officer", "wrote draft") && told("approver", "approved draft") && told("officer", "sent draft"));
    let look = trail.entries.iter().find(|entry| entry.purpose == "preparing a hearing").expect("the look");
    assert_eq!((look.person.as_str(), look.docket), ("officer", Some(docket)));
}

#[test]
fn a_draft_returns_to_its_author_with_a_reason_and_only_the_author_writes_in_it() {
    let (es, ma) = two();
    let draft = es.node.write_draft(&es.officer, "test", request(&es, &ma, request_body())).expect("kept");
    es.node.propose(&es.officer, &draft.id).expect("proposed");
    let returned = es.node.return_draft(&es.approver, &draft.id, "name the bank").expect("returned");
    assert_eq!((returned.state.as_str(), returned.returned.as_deref()), ("writing", Some("approver: name the bank")));
    let other = person("other", &[Role::Officer]);
    let theirs = es.node.rewrite_draft(&other, &draft.id, returned.version, request(&es, &ma, request_body()));
    assert_eq!(code(theirs), "node.not-author");
    let stale = es.node.rewrite_draft(&es.officer, &draft.id, 1, request(&es, &ma, request_body()));
    assert_eq!(code(stale), "node.stale");
    es.node.discard(&es.officer, &draft.id).expect("discarded");
    assert_eq!(code(es.node.propose(&es.officer, &draft.id)), "node.draft-state");
    let nowhere = NewDraft { kind: "say".to_owned(), body: Some(json!({})), ..NewDraft::default() };
    assert_eq!(code(es.node.write_draft(&es.officer, "test", nowhere)), "node.draft");
}
