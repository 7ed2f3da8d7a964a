//! What of a log is seen outside, and when: rounds, by one process or several, and what a follower concludes from them.

use exchange::Desk;
use ledger::{LeafKind, Policy, VerifierKey, proof_text};
use node::Role;
use seal::card::SignedCard;
use serde_json::json;
use terms::Digest;

use crate::witnesses::{alarms, follow};
use crate::world::{Side, code, request, request_body, settle, start, two};

/// Everything that a peer can ask of a log without knowing an act of it.
fn outside(of: &Side, by: &Side) -> Vec<Option<Vec<u8>>> {
    let mut paths = vec!["checkpoint".to_owned(), "tile/1/000.p/1".to_owned(), "tile/0/000".to_owned()];
    paths.extend((1..256).map(|width| format!("tile/0/000.p/{width}")));
    let mut seen: Vec<_> = paths.iter().map(|path| of.node.ledger_file(&by.name(), path)).collect();
    seen.push(of.node.head_for(&by.name(), Some(0)).expect("read").map(|head| head.body));
    seen
}

#[test]
fn whoever_polls_between_two_rounds_sees_nothing_change() {
    let (mut es, ma) = two();
    assert!(outside(&es, &ma).iter().all(Option::is_none), "no round has ended");
    es.node.end_round().expect("a round");
    let before = outside(&es, &ma);
    assert!(before[0].is_some() && before.last().expect("a head").is_some());
    let docket = es.says(request(&es, &ma, request_body())).expect("sent").docket;
    settle(&[&es, &ma]);
    for _ in 0..9 {
        es.act(&docket, "consult", json!({})).expect("said");
        settle(&[&es, &ma]);
        assert_eq!(outside(&es, &ma), before, "neither head nor tile, however wide");
    }
    let leaves = es.node.standing(&es.operator).expect("read").leaves;
    let size = |seen: &[Option<Vec<u8>>]| {
        let head = ledger::SignedCheckpoint::parse(seen[0].as_ref().expect("a head")).expect("a checkpoint");
        head.checkpoint().size
    };
    assert!(leaves > size(&before) + 9, "though much was logged: {leaves}");
    // A restart and another process on the same database show the same.
    let database = es.folder.path().join("node.db");
    es.restored_from(&database);
    assert_eq!(outside(&es, &ma), before);
    let beside = es.stolen(&database);
    assert_eq!(outside(&beside, &ma), before);
    // What a round would show is not shown to a time-stamping authority or in a proof either; and the proof says when.
    let last = es.act(&docket, "consult", json!({})).expect("said");
    es.clock.pass(59);
    let Err(node::Trouble::Refusal(refusal)) = es.node.proof(&es.officer, &last.act) else { panic!("it is pending") };
    let when = start().plus_seconds(60);
    assert!(refusal.sentence.contains(&format!("at about {when}")), "{refusal:?}");
    es.node.end_round().expect("a round");
    let after = outside(&es, &ma);
    assert_ne!(after, before);
    assert!((size(&after) - size(&before)).is_power_of_two());
    es.node.proof(&es.officer, &last.act).expect("now there is one");
    assert_eq!(outside(&beside, &ma), after, "the other process shows it too");
}

#[test]
fn several_processes_on_one_database_end_one_round_in_turn() {
    let (es, ma) = two();
    let beside = es.stolen(&es.folder.path().join("node.db"));
    let minute = std::time::Duration::from_secs(60);
    let ends = |side: &Side| side.node.end_due_round(minute).expect("considered");
    assert_eq!((ends(&es), ends(&beside), ends(&es)), (true, false, false));
    let mut rounds = 0;
    for _ in 0..60 {
        es.clock.pass(10);
        // Both timers ring now, at once.
        let ended = std::thread::scope(|both| {
            [&es, &beside].map(|side| both.spawn(move || ends(side))).map(|one| one.join().expect("no panic"))
        });
        assert!(ended != [true, true], "one of them");
        rounds += usize::from(ended != [false, false]);
        assert_eq!(outside(&es, &ma)[0], outside(&beside, &ma)[0]);
    }
    assert_eq!(rounds, 12, "ten minutes, each looked at every ten seconds: a round is at least 45 seconds long");
    // A clock that was set back stops nothing.
    es.clock.pass(-7_200);
    assert!(ends(&es));
}

#[test]
fn an_honest_log_between_rounds_is_no_alarm_and_one_that_passes_over_a_receipted_act_is() {
    let (es, ma) = two();
    let docket = es.says(request(&es, &ma, request_body())).expect("sent").docket;
    settle(&[&es, &ma]);
    ma.node.end_round().expect("a round");
    let copy = ma.folder.path().join("copy.db");
    ma.node.backup_to(&ma.operator, &copy).expect("a copy");
    let lying = ma.stolen(&copy);
    let pass = |seconds| [&es, &ma].iter().for_each(|side| side.clock.pass(seconds));
    follow(&es, &ma);
    let log = || es.node.peer_logs(&es.officer).expect("read").remove(0);
    assert_eq!((log().unlooked, log().awaited), (0, 0));
    for _ in 0..9 {
        es.act(&docket, "consult", json!({})).expect("said");
        settle(&[&es, &ma]);
        follow(&es, &ma);
    }
    assert_eq!((log().unlooked, log().awaited, alarms(&es)), (9, 9, vec![]), "receipted, and not shown yet");
    pass(61);
    follow(&es, &ma);
    assert!(alarms(&es).is_empty(), "the round is late, and no later one was shown");
    let honest = es.folder.path().join("honest.db");
    es.node.backup_to(&es.operator, &honest).expect("a copy");
    // The honest log's next round covers all of it.
    let watching = es.stolen(&honest);
    ma.node.end_round().expect("a round");
    follow(&watching, &ma);
    let seen = watching.node.peer_logs(&watching.officer).expect("read").remove(0);
    assert_eq!((seen.unlooked, seen.awaited, alarms(&watching)), (0, 0, vec![]));
    // One that goes on without them, round after round, is found with the first.
    pass(60);
    lying.node.end_round().expect("a round");
    follow(&es, &lying);
    let raised = alarms(&es);
    assert_eq!(raised.iter().filter(|kind| *kind == "not-in-log").count(), 9, "each of them: {raised:?}");
    assert!(raised.contains(&"two-logs".to_owned()), "the head in a receipt is compared, too: {raised:?}");
    let found = es.node.alarms(&es.officer).expect("read");
    let evidence = es.node.alarm_evidence(&es.officer, found[0].seq).expect("kept");
    let evidence: serde_json::Value = serde_json::from_slice(&evidence).expect("JSON");
    assert!(evidence["head"].is_string() && evidence["receipt"]["signature"].is_string(), "{evidence}");
}

/// Whether this text proves that the log holds the digest of an audit entry.
fn proves(side: &Side, text: &str, digest: Digest) -> bool {
    let card = SignedCard::parse(&side.node.own_card().0).expect("a card").claim().expect("a claim");
    let log: VerifierKey = card.statement().ledger.key.parse().expect("a key");
    let policy = Policy::unwitnessed(std::slice::from_ref(&log)).expect("a policy");
    let expected = proof_text::Expected { kind: LeafKind::Audit, id: digest, signature: vec![] };
    proof_text::check_file(text.as_bytes(), &expected, &policy, None).is_match()
}

#[test]
fn a_round_logs_the_audit_trail_and_the_nodes_own_card_where_they_are_new() {
    let (es, ma) = two();
    es.says(request(&es, &ma, request_body())).expect("sent");
    let trail = || es.node.trail(&es.auditor, 0, 1_000).expect("the trail");
    assert!(trail().entries.iter().all(|entry| !entry.logged), "no round has ended");
    es.node.end_round().expect("a round");
    let newest = trail().entries.pop().expect("an entry");
    assert!(newest.logged && trail().unbroken);
    let text = es.node.audit_proof(&es.auditor, &newest.digest).expect("a proof");
    assert!(proves(&es, &text, newest.digest), "{text}");
    let first = trail().entries.remove(0);
    assert!(!proves(&es, &text, first.digest), "of this entry and of no other");
    assert_eq!(code(es.node.audit_proof(&es.auditor, &first.digest)), "node.not-here");
    assert_eq!(code(es.node.audit_proof(&es.officer, &newest.digest)), "node.not-yours");

    // Nothing happened: a round adds no more than hides that. Something did: the newest entry is logged, and again only the newest.
    let leaves = || es.node.standing(&es.operator).expect("read").leaves;
    let before = leaves();
    es.node.end_round().expect("a round");
    assert_eq!(leaves(), before + 1, "one leaf that says nothing");
    es.node.enter_person(&es.operator, "eva", "Eva", &[Role::Officer].into()).expect("entered");
    es.node.end_round().expect("a round");
    assert_eq!(trail().entries.iter().filter(|entry| entry.logged).count(), 2);
    assert!(trail().entries.last().expect("an entry").logged);
}
