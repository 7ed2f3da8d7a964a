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

/// Everything that a node keeps in its database, as one consistent copy.
fn kept(side: &Side, name: &str) -> Vec<u8> {
    let (database, copy) = (side.folder.path().join("node.db"), side.folder.path().join(name));
    let store = store::Store::open(&store::Location::file(&database), store::Options::default()).expect("the store");
    store.backup_to(&copy).expect("a copy");
    std::fs::read(copy).expect("read")
}

#[test]
fn a_rehearsal_is_refused_like_the_deed_and_leaves_no_trace() {
    let (es, ma) = two();
    let fr = Side::found("fr.moj");
    let docket = es.says(request(&es, &ma, request_body())).expect("sent").docket;
    settle(&[&es, &ma]);
    let draft = es.node.write_draft(&es.officer, "test", request(&es, &ma, request_body())).expect("kept");
    let draft = es.node.propose(&es.officer, &draft.id).expect("proposed");
    let consult = NewDraft { docket: Some(docket), kind: "consult".to_owned(), ..NewDraft::default() };
    let ready = es.node.write_draft(&es.officer, "test", consult.clone()).expect("kept");
    let ready = es.node.propose(&es.officer, &ready.id).expect("proposed");
    es.approved(&ready).expect("approved");
    let (dry, before) = (es.node.rehearsal(), kept(&es, "before.db"));

    let would = "node.rehearsed";
    assert_eq!(code(dry.write_draft(&es.officer, "test", consult.clone())), would);
    assert_eq!(code(dry.approve(&es.approver, &draft.id, &draft.approved_digest)), would);
    assert_eq!(code(dry.send(&es.officer, &draft.id, "test")), "node.not-approved");
    assert_eq!(code(dry.send(&es.officer, &ready.id, "test")), would, "framed, sealed and thrown away");
    assert_eq!(code(dry.discard(&es.officer, &draft.id)), would);
    assert_eq!(code(dry.enter_person(&es.operator, "amal", "Amal", &roles(&[Role::Officer]))), would);
    assert_eq!(code(dry.enter_person(&es.officer, "amal", "Amal", &roles(&[Role::Officer]))), "node.not-yours");
    assert_eq!(code(dry.retire_person(&es.operator, "auditor")), would);
    assert_eq!(code(dry.propose_peer(&es.operator, &fr.node.own_card().0)), would);
    assert_eq!(code(dry.propose_peer(&es.operator, &es.node.own_card().0)), "node.own-card");
    assert_eq!(code(dry.step_peer(&es.operator, &ma.name(), Step::Suspend, "why")), would);
    assert_eq!(code(dry.step_peer(&es.operator, &ma.name(), Step::Lift, "why")), "node.peer-step");
    assert_eq!(code(dry.recover(&es.operator, "why")), would);
    let checked = es.node.check_draft(&es.officer, consult).expect("complete");
    assert_eq!((checked.state.as_str(), checked.approvals_needed), ("proposed", 1));
    let mut aimless = request_body();
    aimless.as_object_mut().expect("an object").remove("purpose");
    assert_eq!(code(es.node.check_draft(&es.officer, request(&es, &ma, aimless))), "node.incomplete");
    assert!(kept(&es, "after.db") == before, "nothing was changed, not even the audit trail");

    // Nor is anything remembered: the peer is no more suspended than the act was sent.
    es.node.send(&es.officer, &ready.id, "test").expect("sent");
    settle(&[&es, &ma]);
    assert!(es.delivered(&docket, "consult"));
    assert!(kept(&es, "changed.db") != before, "what is done does leave a trace");
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
