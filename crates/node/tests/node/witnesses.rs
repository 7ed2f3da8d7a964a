//! The log and its witnesses: what a peer cosigns, what it refuses, what a proof is worth, and how a restored node begins anew.

use std::collections::BTreeMap;

use exchange::{Desk, WitnessRefusal};
use keys::{Changes, reissue};
use ledger::{Policy, VerifierKey, proof_text};
use seal::SignedCard;
use serde_json::json;

use crate::world::{Side, code, request, request_body, root_of, secret, settle, start, two};

/// Has `of`'s head cosigned by `by`, as the carrier would.
fn cosign(of: &Side, by: &Side) -> Result<(), WitnessRefusal> {
    let mut from = None;
    for _ in 0..2 {
        let Some(head) = of.node.head_for(&by.name(), from).expect("read") else { return Ok(()) };
        let answer = Desk::add_checkpoint(&by.node, &of.name(), head.body.clone());
        let refused = answer.clone().err();
        from = of.node.cosigned(&by.name(), &head, answer).expect("noted");
        match refused {
            Some(refused) if from.is_none() => return Err(refused),
            _ => {}
        }
    }
    Ok(())
}

/// `by` looks at the log of `of`.
fn follow(by: &Side, of: &Side) {
    let checkpoint = of.node.ledger_file("checkpoint").expect("a head");
    let shown = by.node.shown(&of.name(), &checkpoint).expect("read").expect("signed by the log");
    let tiles: BTreeMap<_, _> =
        shown.tiles.iter().map(|tile| (*tile, of.node.ledger_file(&tile.to_string()).expect("a tile"))).collect();
    by.node.follow(shown, &tiles).expect("judged");
}

fn alarms(side: &Side) -> Vec<String> {
    side.node.alarms(&side.officer).expect("read").into_iter().map(|alarm| alarm.kind).collect()
}

fn keys_of(side: &Side) -> (VerifierKey, VerifierKey) {
    let card = SignedCard::parse(&side.node.own_card().0).expect("a card").claim().expect("a claim");
    let ledger = card.statement().ledger.clone();
    (ledger.key.parse().expect("a key"), ledger.witness.parse().expect("a key"))
}

#[test]
fn a_proof_of_an_act_holds_under_a_policy_that_asks_for_the_peer() {
    let (es, ma) = two();
    let sent = es.says(request(&es, &ma, request_body())).expect("sent");
    settle(&[&es, &ma]);
    let (log, _) = keys_of(&es);
    let (_, witness) = keys_of(&ma);
    let unwitnessed = es.node.proof(&es.officer, &sent.act).expect("a proof");
    let policy = Policy::any_of(1, std::slice::from_ref(&log), std::slice::from_ref(&witness)).expect("a policy");
    let page = es.node.docket_page(&es.officer, "test", &sent.docket, 0, 1).expect("the page");
    let exported = es.node.signed_act(&es.officer, &sent.act).expect("kept");
    let expected = proof_text::Expected {
        kind: ledger::LeafKind::Act,
        id: terms::Digest::new(*sent.act.as_bytes()),
        signature: exported.signature,
    };
    let check = |text: &str| proof_text::check_file(text.as_bytes(), &expected, &policy, None);
    assert!(matches!(check(&unwitnessed), proof_text::Answer::CannotBeChecked(_)), "nobody has cosigned");

    es.node.end_round().expect("a round");
    assert_eq!(cosign(&es, &ma), Ok(()));
    let text = es.node.proof(&es.officer, &sent.act).expect("a proof");
    let proof_text::Answer::Matches(proven) = check(&text) else { panic!("it must match: {:?}", check(&text)) };
    assert_eq!(proven.existed_by, Some(start()), "Morocco's word on when it existed");
    assert_eq!(Some(proven.index), page.acts[0].place.map(|(_, index)| index));
    // Any letter changed, and it no longer matches.
    let bytes = text.clone().into_bytes();
    for at in (0..bytes.len()).filter(|at| bytes[*at].is_ascii_alphanumeric()) {
        let mut changed = bytes.clone();
        changed[at] = if changed[at] == b'x' { b'y' } else { b'x' };
        let answer = proof_text::check_file(&changed, &expected, &policy, None);
        assert!(!answer.is_match(), "letter {at} of\n{text}");
    }
}

#[test]
fn honest_logs_grow_are_cosigned_and_raise_no_alarm() {
    let (es, ma) = two();
    let docket = es.says(request(&es, &ma, request_body())).expect("sent").docket;
    for round in 0..4 {
        settle(&[&es, &ma]);
        for _ in 0..round {
            ma.act(&docket, "consult", json!({})).expect("said");
        }
        for side in [&es, &ma] {
            side.clock.pass(60);
            side.node.end_round().expect("a round");
        }
        assert_eq!((cosign(&es, &ma), cosign(&ma, &es)), (Ok(()), Ok(())));
        assert_eq!(cosign(&es, &ma), Ok(()), "once more changes nothing");
        follow(&es, &ma);
        follow(&ma, &es);
    }
    assert!(alarms(&es).is_empty() && alarms(&ma).is_empty(), "{:?} {:?}", alarms(&es), alarms(&ma));
    let logs = es.node.peer_logs(&es.officer).expect("read");
    assert_eq!((logs.len(), logs[0].authority.as_str()), (1, "ma.moj"));
}

#[test]
fn a_log_that_shows_two_versions_is_refused_and_the_proof_of_it_is_kept() {
    let (mut es, ma) = two();
    let docket = es.says(request(&es, &ma, request_body())).expect("sent").docket;
    settle(&[&es, &ma]);
    let old = es.folder.path().join("old.db");
    es.node.backup_to(&es.operator, &old).expect("a backup");
    es.act(&docket, "consult", json!({})).expect("said");
    settle(&[&es, &ma]);
    es.node.end_round().expect("a round");
    assert_eq!(cosign(&es, &ma), Ok(()));
    follow(&ma, &es);
    // Spain goes back to the backup, says nothing, and writes another history of the same length and more.
    es.restored_from(&old);
    for _ in 0..8 {
        es.act(&docket, "consult", json!({})).expect("it lies: no recovery was declared");
    }
    es.node.end_round().expect("a round");
    follow(&ma, &es);
    let found = ma.node.alarms(&ma.officer).expect("read");
    assert!(found.iter().any(|alarm| alarm.kind == "log-unproven" || alarm.kind == "two-logs"), "{found:?}");
    let evidence = ma.node.alarm_evidence(&ma.officer, found[0].seq).expect("kept");
    let evidence = ledger::evidence::Evidence::parse(&evidence).expect("it can be read");
    let (log, _) = keys_of(&es);
    assert!(evidence.proves_misconduct(&[log]).is_ok(), "both heads bear Spain's own signature");
    // And Morocco does not cosign it.
    let head = es.node.head_for(&ma.name(), Some(0)).expect("read").expect("a head");
    let answer = Desk::add_checkpoint(&ma.node, &es.name(), head.body);
    assert!(matches!(answer, Err(WitnessRefusal::OtherSize { .. })), "{answer:?}");
    assert!(es.node.recovery(&es.operator).expect("read").is_none());
    es.node
        .cosigned(&ma.name(), &es.node.head_for(&ma.name(), Some(0)).expect("read").expect("a head"), answer)
        .expect("noted");
}

#[test]
fn a_node_whose_log_is_behind_begins_a_new_generation_and_speaks_again() {
    let (mut es, ma) = two();
    let docket = es.says(request(&es, &ma, request_body())).expect("sent").docket;
    settle(&[&es, &ma]);
    let old = es.folder.path().join("old.db");
    es.node.backup_to(&es.operator, &old).expect("a backup");
    ma.act(&docket, "acknowledge", json!({})).expect("said");
    es.act(&docket, "consult", json!({})).expect("said");
    settle(&[&es, &ma]);
    es.restored_from(&old);
    es.node.recover(&es.operator, "the disk failed").expect("declared");
    settle(&[&es, &ma]);
    assert_eq!(code(es.act(&docket, "consult", json!({}))), "node.recovering", "Morocco holds a larger checkpoint");

    // The root opens the next generation of the log.
    let keyring = es.keyring();
    let held = keyring.card().expect("a card").claim().expect("a claim");
    let fingerprint = held.root_fingerprint();
    let held = held.approve(&fingerprint).expect("our own");
    let changes = Changes { new_ledger_generation: true, ..Changes::default() };
    reissue(&keyring, &held, &root_of(&keyring, &fingerprint), &secret(2), &changes, start().plus_seconds(10))
        .expect("issued");
    es.clock.pass(20);
    ma.clock.pass(20);
    es.node
        .replace_hands(node::Hands::lent(&keyring, &secret(2), start().plus_seconds(20)).expect("lent"))
        .expect("replaced");
    assert!(es.node.recovery(&es.operator).expect("read").is_none());
    assert!(ma.node.renew_peer(&es.name(), &es.node.own_card().0).expect("shown"), "Morocco sees the new card");
    es.act(&docket, "consult", json!({})).expect("it speaks again");
    es.clock.pass(3_600);
    ma.clock.pass(3_600);
    settle(&[&es, &ma]);
    assert!(es.delivered(&docket, "consult"));
    assert_eq!(es.kinds(&docket), ma.kinds(&docket));
    assert_eq!(alarms(&ma), ["new-log"], "and a person in Morocco asks why");
    es.node.end_round().expect("a round");
    assert_eq!(cosign(&es, &ma), Ok(()));
    follow(&ma, &es);
    assert_eq!(alarms(&ma), ["new-log"], "the honest restore is taken for no lie");
    assert_eq!(es.node.standing(&es.operator).expect("read").generation, 2);
}

#[test]
fn rounds_hide_how_much_happened() {
    let (es, ma) = two();
    let size = |side: &Side| side.node.standing(&side.operator).expect("read").leaves;
    es.node.end_round().expect("a round");
    let before = size(&es);
    es.node.end_round().expect("a round");
    assert_eq!(size(&es) - before, 1, "a quiet minute grows by one, too");
    let docket = es.says(request(&es, &ma, request_body())).expect("sent").docket;
    settle(&[&es, &ma]);
    for _ in 0..3 {
        es.act(&docket, "consult", json!({})).expect("said");
    }
    let before = size(&es);
    es.node.end_round().expect("a round");
    assert!(size(&es) > before, "what happened is rounded up");
    es.node.end_round().expect("a round");
    let after = size(&es);
    es.node.end_round().expect("a round");
    assert_eq!(size(&es) - after, 1);
}
