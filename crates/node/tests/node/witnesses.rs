//! The log and its witnesses: what a peer cosigns, what it refuses, what a proof is worth, and how a restored node begins anew.

use std::collections::BTreeMap;

use exchange::{Desk, WitnessRefusal};
use keys::authority::NewKey;
use keys::{Changes, reissue};
use ledger::{Policy, VerifierKey, proof_text};
use seal::SignedCard;
use seal::certificate::Period;
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
pub fn follow(by: &Side, of: &Side) {
    let asked_at = by.node.now();
    let checkpoint = of.node.ledger_file(&by.name(), "checkpoint").expect("a head");
    judge(by, of, &checkpoint);
    by.node.answered(&of.name(), &checkpoint, asked_at).expect("noted");
    for promised in by.node.promised(&of.name()).expect("read") {
        if !promised.places.is_empty() {
            judge(by, of, &promised.checkpoint);
        }
        for place in &promised.places {
            let proof = of.node.ledger_file(&by.name(), &format!("proof/{}", place.act));
            let stands = by.node.redeemed(&of.name(), &promised, place, proof.as_deref()).expect("judged");
            stands.iter().for_each(|head| judge(by, of, head));
        }
        by.node.looked_for(&of.name(), &promised).expect("noted");
    }
}

fn judge(by: &Side, of: &Side, checkpoint: &[u8]) {
    let shown = by.node.shown(&of.name(), checkpoint).expect("read").expect("signed by the log");
    let tile = |tile: &ledger::tile::Tile| Some((*tile, of.node.ledger_file(&by.name(), &tile.to_string())?));
    let tiles: BTreeMap<_, _> = shown.tiles.iter().filter_map(tile).collect();
    by.node.follow(shown, &tiles).expect("judged");
}

pub fn alarms(side: &Side) -> Vec<String> {
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
    assert_eq!(code(es.node.proof(&es.officer, &sent.act)), "node.proof-pending", "no round has ended");
    es.node.end_round().expect("a round");
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
fn a_proof_made_today_holds_the_earlier_heads_that_a_later_revocation_may_ask_for() {
    let (es, ma) = two();
    let fr = Side::found("fr.moj");
    es.knows(&fr);
    fr.knows(&es);
    let sent = es.says(request(&es, &ma, request_body())).expect("sent");
    let round = |seconds, witnesses: &[&Side]| {
        [&es, &ma, &fr].iter().for_each(|side| side.clock.pass(seconds));
        es.node.end_round().expect("a round");
        witnesses.iter().for_each(|by| assert_eq!(cosign(&es, by), Ok(())));
    };
    round(10, &[&ma]);
    round(60, &[&ma]);
    round(60, &[&ma, &fr]);
    round(60, &[&ma, &fr]);
    let text = es.node.proof(&es.officer, &sent.act).expect("a proof");
    let proofs = ledger::TlogProof::parse_all(text.as_bytes()).expect("read");
    let (logs, witnesses) = ([keys_of(&es).0], [keys_of(&ma).1, keys_of(&fr).1]);
    let by = |proof: &ledger::TlogProof, quorum| {
        let policy = Policy::any_of(quorum, &logs, &witnesses).expect("a policy");
        match proof.check(&proof.disclosure().expect("a leaf").leaf_hash(), &policy, None) {
            proof_text::Answer::Matches(proven) => proven.existed_by.map(|by| by.unix() - start().unix()),
            _ => None,
        }
    };
    let told: Vec<_> = proofs.iter().map(|proof| (by(proof, 1), by(proof, 2))).collect();
    assert_eq!(told, [(Some(130), Some(130)), (Some(10), None)], "first what most cosigned, then what one did before");
    // A peer that asks is given one.
    let given = es.node.ledger_file(&ma.name(), &format!("proof/{}", sent.act)).expect("a proof");
    assert_eq!(ledger::TlogProof::parse(&given).expect("one"), proofs[0]);
    // Whatever is put together otherwise is no proof.
    assert!(ledger::TlogProof::parse_all(format!("{text}\n").as_bytes()).is_err());
    let many = vec![proofs[0].to_string(); proof_text::PROOFS_MAX + 1];
    assert!(ledger::TlogProof::parse_all(many[1..].join("\n").as_bytes()).is_ok());
    assert!(ledger::TlogProof::parse_all(many.join("\n").as_bytes()).is_err());
    let other = ledger::TlogProof { index: 0, ..proofs[0].clone() };
    assert!(ledger::TlogProof::parse_all(format!("{}\n{other}", proofs[0]).as_bytes()).is_err(), "another entry");
}

/// Spain puts a card with these changes in force.
fn reissued(es: &Side, changes: &Changes) {
    let keyring = es.keyring();
    let held = keyring.card().expect("a card").claim().expect("a claim");
    let fingerprint = held.root_fingerprint();
    let held = held.approve(&fingerprint).expect("our own");
    let now = es.node.now();
    reissue(&keyring, &held, &root_of(&keyring, &fingerprint), &secret(2), changes, now).expect("issued");
    es.node.replace_hands(node::Hands::lent(&keyring, &secret(2), now).expect("lent")).expect("replaced");
}

#[test]
fn a_seal_that_ended_or_was_revoked_keeps_the_proof_from_before() {
    let seal = |side: &Side| {
        let card = SignedCard::parse(&side.node.own_card().0).expect("a card").claim().expect("a claim");
        card.statement().seals[0].certificate.fingerprint()
    };
    let after = |seconds| start().plus_seconds(seconds);
    // One act; one witness at second 10, two an hour later. How many witnesses stand in its proof, before and after the change?
    let told = |ends: Option<i64>, compromised: Option<i64>| {
        let (es, ma) = two();
        let fr = Side::found("fr.moj");
        es.knows(&fr);
        fr.knows(&es);
        let key = |last| NewKey { period: Period::new(after(last), after(100_000)), former_until: Some(after(last)) };
        if let Some(last) = ends {
            reissued(&es, &Changes { new_seal: Some(key(last)), ..Changes::default() });
        }
        let sent = es.says(request(&es, &ma, request_body())).expect("sent");
        let round = |seconds, witnesses: &[&Side]| {
            [&es, &ma, &fr].iter().for_each(|side| side.clock.pass(seconds));
            es.node.end_round().expect("a round");
            witnesses.iter().for_each(|by| assert_eq!(cosign(&es, by), Ok(())));
        };
        round(10, &[&ma]);
        round(3_590, &[&ma, &fr]);
        if let Some(since) = compromised {
            es.clock.pass(60);
            let compromised = vec![(seal(&es), after(since))];
            reissued(&es, &Changes { compromised, new_seal: Some(key(3_660)), ..Changes::default() });
        }
        let text = es.node.proof(&es.officer, &sent.act).expect("a proof");
        let proofs = ledger::TlogProof::parse_all(text.as_bytes()).expect("read");
        proofs[0].checkpoint.note().signatures().len() - 1
    };
    assert_eq!(told(None, None), 2, "while the seal is good, most witnesses");
    assert_eq!(told(Some(10), None), 1, "one still cosigned at the last moment of its use");
    assert_eq!(told(Some(9), None), 2, "nobody did; so most");
    assert_eq!(told(None, Some(3_601)), 2, "both cosigned before it was in other hands");
    assert_eq!(told(None, Some(11)), 1, "one did");
    assert_eq!(told(None, Some(10)), 2, "nobody did; so most");
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
fn a_restored_node_hears_of_heads_that_were_only_cosigned_or_followed() {
    for cosigned in [true, false] {
        let (mut es, ma) = two();
        let docket = es.says(request(&es, &ma, request_body())).expect("sent").docket;
        settle(&[&es, &ma]);
        let old = es.folder.path().join("old.db");
        es.node.backup_to(&es.operator, &old).expect("a backup");
        // Nothing more is receipted; the log only grows by its rounds.
        (0..3).for_each(|_| es.node.end_round().expect("a round"));
        match cosigned {
            true => assert_eq!(cosign(&es, &ma), Ok(())),
            false => follow(&ma, &es),
        }
        es.restored_from(&old);
        es.node.recover(&es.operator, "the disk failed").expect("declared");
        settle(&[&es, &ma]);
        assert_eq!(code(es.act(&docket, "consult", json!({}))), "node.recovering", "it would write a second history");
    }
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

#[test]
fn a_log_that_went_back_is_noticed_even_if_it_no_longer_has_the_tiles() {
    let (mut es, ma) = two();
    let docket = es.says(request(&es, &ma, request_body())).expect("sent").docket;
    settle(&[&es, &ma]);
    es.node.end_round().expect("a round");
    let old = es.folder.path().join("old.db");
    es.node.backup_to(&es.operator, &old).expect("a backup");
    for _ in 0..3 {
        es.act(&docket, "consult", json!({})).expect("said");
    }
    es.node.end_round().expect("a round");
    follow(&ma, &es);
    let larger = es.node.ledger_file(&ma.name(), "checkpoint").expect("a head");
    assert!(alarms(&ma).is_empty());
    es.restored_from(&old);
    follow(&ma, &es);
    assert_eq!(alarms(&ma), ["log-shrank"]);
    // Declared as a restore, it shows no log until it knows what it had said.
    es.node.recover(&es.operator, "the disk failed").expect("declared");
    assert_eq!(es.node.ledger_file(&ma.name(), "checkpoint"), None);
    // An old head that arrives late from an honest log is a part of what is known, and no alarm.
    let (fr, de) = (Side::found("fr.moj"), Side::found("de.moj"));
    fr.knows(&de);
    de.knows(&fr);
    fr.node.end_round().expect("a round");
    let early = fr.node.ledger_file(&de.name(), "checkpoint").expect("a head");
    fr.node.end_round().expect("a round");
    follow(&de, &fr);
    judge(&de, &fr, &early);
    assert!(alarms(&de).is_empty(), "{:?}", alarms(&de));
    assert_ne!(larger, early);
}

#[test]
fn what_a_peer_receipted_is_looked_for_in_its_log() {
    let (es, ma) = two();
    let sent = es.says(request(&es, &ma, request_body())).expect("sent");
    settle(&[&es, &ma]);
    let unlooked = || es.node.peer_logs(&es.officer).expect("read")[0].unlooked;
    assert_eq!(unlooked(), 1);
    ma.node.end_round().expect("a round");
    // A peer that is no party of the docket gets no proof of it.
    let path = format!("proof/{}", sent.act);
    assert_eq!(ma.node.ledger_file(&crate::world::authority("fr.moj"), &path), None);
    follow(&es, &ma);
    assert_eq!((unlooked(), alarms(&es)), (0, vec![]));

    // Morocco receipts another act, and then does not show it: it has none, or shows the proof of something else.
    let other = es.act(&sent.docket, "consult", json!({})).expect("said");
    settle(&[&es, &ma]);
    assert!(es.node.promised(&ma.name()).expect("read").is_empty(), "it waits for a round that covers it");
    assert_eq!(ma.node.ledger_file(&es.name(), &format!("proof/{}", other.act)), None);
    ma.node.end_round().expect("a round");
    judge(&es, &ma, &ma.node.ledger_file(&es.name(), "checkpoint").expect("a head"));
    let promised = es.node.promised(&ma.name()).expect("read").pop().expect("a receipt");
    let place = promised.places[0];
    assert_eq!(place.act, other.act);
    let (good, wrong) = (format!("proof/{}", other.act), ma.node.ledger_file(&es.name(), &path).expect("a proof"));
    let good = ma.node.ledger_file(&es.name(), &good).expect("a proof");
    assert!(es.node.redeemed(&ma.name(), &promised, &place, Some(&good)).expect("judged").is_some());
    assert!(alarms(&es).is_empty());
    for answer in [None, Some(wrong.as_slice()), Some(b"nothing".as_slice())] {
        assert!(es.node.redeemed(&ma.name(), &promised, &place, answer).expect("judged").is_none());
    }
    assert_eq!(alarms(&es), ["not-in-log"], "one alarm, however often it is asked");
    let moved = docket::receipt::Place { index: place.index + 1, ..place };
    assert!(es.node.redeemed(&ma.name(), &promised, &moved, Some(&good)).expect("judged").is_none(), "another place");
    let found = es.node.alarms(&es.officer).expect("read");
    let evidence = es.node.alarm_evidence(&es.officer, found[0].seq).expect("kept");
    assert!(String::from_utf8(evidence).expect("text").contains("comity.not-in-log/1"));
    let logs = es.node.peer_logs(&es.officer).expect("read");
    assert_eq!(logs[0].alarms, 2);
}

#[test]
fn an_act_in_our_name_that_we_never_sealed_shows_up_with_the_daily_digest() {
    let (es, ma) = two();
    let docket = es.says(request(&es, &ma, request_body())).expect("sent").docket;
    settle(&[&es, &ma]);
    for side in [&es, &ma] {
        side.node.daily_digests().expect("told");
    }
    settle(&[&es, &ma]);
    assert!(alarms(&es).is_empty() && alarms(&ma).is_empty());
    // Whoever stole Spain's keys and a copy of its data says something to Morocco, and nothing to Spain.
    let copy = es.folder.path().join("stolen.db");
    es.node.backup_to(&es.operator, &copy).expect("a copy");
    let thief = es.stolen(&copy);
    thief.act(&docket, "consult", json!({})).expect("sealed with Spain's seal");
    settle(&[&thief, &ma]);
    assert_eq!(ma.kinds(&docket).len(), es.kinds(&docket).len() + 1, "Morocco cannot tell");
    settle(&[&es, &ma]);
    assert!(alarms(&es).is_empty(), "and Spain does not know");
    for side in [&es, &ma] {
        side.clock.pass(86_400);
        side.node.daily_digests().expect("told");
    }
    settle(&[&es, &ma]);
    assert_eq!(alarms(&es), ["unknown-own-act"]);
    assert_eq!(es.kinds(&docket), ma.kinds(&docket), "now Spain sees it too");
    let found = es.node.alarms(&es.officer).expect("read");
    assert!(!es.node.alarm_evidence(&es.officer, found[0].seq).expect("kept").is_empty());
}

/// All leaf hashes that a log's tiles show to a peer.
fn leaves_shown(of: &Side, to: &Side) -> Vec<terms::Digest> {
    let head = of.node.ledger_file(&to.name(), "checkpoint").expect("a head");
    let size = ledger::SignedCheckpoint::parse(&head).expect("a checkpoint").checkpoint().size;
    let tiles = ledger::tile::tiles_between(0, size);
    let bytes = tiles.iter().filter(|tile| tile.to_string().starts_with("tile/0/"));
    let bytes: Vec<u8> =
        bytes.flat_map(|tile| of.node.ledger_file(&to.name(), &tile.to_string()).expect("a tile")).collect();
    assert_eq!(bytes.len() as u64, size * 32);
    bytes.chunks(32).map(|hash| terms::Digest::new(hash.try_into().expect("32 bytes"))).collect()
}

#[test]
fn from_all_tiles_of_two_logs_nobody_can_pair_their_entries_or_test_a_guess() {
    let (es, ma) = two();
    let sent = es.says(request(&es, &ma, request_body())).expect("sent");
    settle(&[&es, &ma]);
    for _ in 0..3 {
        es.act(&sent.docket, "consult", json!({})).expect("said");
        settle(&[&es, &ma]);
    }
    es.node.end_round().expect("a round");
    ma.node.end_round().expect("a round");
    let (shown_es, shown_ma) = (leaves_shown(&es, &ma), leaves_shown(&ma, &es));
    assert!(
        shown_es.iter().all(|leaf| !shown_ma.contains(leaf)),
        "both logged the same acts, and show nothing in common"
    );
    // Whoever knows an act and its signature, and even the salt of the same act in the other log, finds it in no tile.
    let opened = |of: &Side| {
        let proof = of.node.proof(&of.officer, &sent.act).expect("a proof");
        ledger::TlogProof::parse(proof.as_bytes()).expect("read").disclosure().expect("a leaf")
    };
    let (at_es, at_ma) = (opened(&es), opened(&ma));
    assert!(shown_es.contains(&at_es.leaf_hash()) && shown_ma.contains(&at_ma.leaf_hash()), "its own salt opens it");
    assert_eq!((at_es.id, at_es.signature_hash), (at_ma.id, at_ma.signature_hash));
    assert_ne!(at_es.salt, at_ma.salt);
    for salt in [at_ma.salt, terms::Salt::new([0; 16])] {
        let guess = ledger::LeafDisclosure { salt, ..at_es };
        assert!(!shown_es.contains(&guess.leaf_hash()), "a guess without the salt of this very leaf tells nothing");
    }
    // Padding looks like anything else, and entry bundles are not served.
    assert_eq!(es.node.ledger_file(&ma.name(), "tile/entries/000.p/1"), None);
}

#[test]
fn two_versions_of_a_log_are_found_when_two_peers_compare_what_they_saw() {
    let (es, ma, fr) = (Side::found("es.moj"), Side::found("ma.moj"), Side::found("fr.moj"));
    for (one, other) in [(&es, &ma), (&es, &fr), (&ma, &fr)] {
        one.knows(other);
        other.knows(one);
    }
    es.node.end_round().expect("a round");
    let copy = es.folder.path().join("copy.db");
    es.node.backup_to(&es.operator, &copy).expect("a copy");
    let other = es.stolen(&copy);
    es.node.end_round().expect("a round");
    other.node.end_round().expect("a round");
    assert_eq!((cosign(&es, &ma), cosign(&other, &fr)), (Ok(()), Ok(())), "each sees one history");
    follow(&ma, &es);
    follow(&fr, &other);
    assert!(alarms(&ma).is_empty() && alarms(&fr).is_empty());
    let seen = fr.node.ledger_file(&ma.name(), "seen/es.moj/ledger/1").expect("what France saw");
    judge(&ma, &es, &seen);
    assert_eq!(alarms(&ma), ["two-logs"]);
    let found = ma.node.alarms(&ma.officer).expect("read");
    let evidence = ma.node.alarm_evidence(&ma.officer, found[0].seq).expect("kept");
    let evidence = ledger::evidence::Evidence::parse(&evidence).expect("it can be read");
    assert!(evidence.proves_misconduct(&[keys_of(&es).0]).expect("both signed"), "a fork proves itself to anybody");
}
