//! What no network carries: requests, receipts and evidence on media, between nodes that never run at once.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use crate::side::{REQUEST, SQLITE, Side, program, text, two, until};
use crate::{EXHIBIT, postgres};

#[test]
fn the_pouch_carries_a_request_and_its_receipt_between_nodes_that_never_run_at_once() {
    let folder = tempfile::tempdir().expect("a folder");
    let (mut es, mut ma) = two(folder.path(), [&postgres::server().fresh(), SQLITE]);
    ma.kill();
    let draft = es.ask("officer", &["request", "new", "--to", "ma.moj", "--file", REQUEST]);
    let sent = es.approve_and_send(&draft);
    let (docket, act) = (sent["docket"].as_str().expect("a docket"), sent["act"].as_str().expect("an act"));
    let there = es.file("pouch");
    es.refused("officer", &["pouch", "out", "ma.moj", "--to", &there], 4);
    assert!(es.refused("operator", &["pouch", "out", "fr.moj", "--to", &there], 5).contains("node.not-a-peer"));
    es.out("operator", &["pouch", "out", "ma.moj", "--to", &there]);
    assert_eq!(fs::metadata(&there).expect("a file").permissions().mode() & 0o777, 0o600);
    assert!(es.refused("operator", &["pouch", "out", "ma.moj", "--to", &there], 2).contains("nothing is overwritten"));
    es.kill();

    ma.serve();
    let mut bytes = fs::read(&there).expect("the pouch");
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    let damaged = ma.file("damaged");
    fs::write(&damaged, &bytes).expect("written");
    assert!(ma.refused("operator", &["pouch", "in", &damaged], 5).contains("exchange.pouch-damaged"));
    assert!(!ma.has(docket, "submit"), "nothing of a damaged pouch is taken");
    let read = ma.out("operator", &["pouch", "in", &there]);
    assert!(ma.has(docket, "submit"), "{read}{}", ma.log());
    ma.out("operator", &["pouch", "in", &there]);
    let back = ma.file("pouch");
    ma.out("operator", &["pouch", "out", "es.moj", "--to", &back]);
    ma.kill();

    es.serve();
    es.out("operator", &["pouch", "in", &back]);
    es.delivered(docket, act);
}

#[test]
fn the_pouch_carries_evidence_over_several_media_and_the_receipt_over_the_whole_comes_back() {
    let folder = tempfile::tempdir().expect("a folder");
    let (mut es, mut ma) = two(folder.path(), [SQLITE; 2]);
    let draft = es.ask("officer", &["request", "new", "--to", "ma.moj", "--file", REQUEST]);
    let sent = es.approve_and_send(&draft);
    let docket = sent["docket"].as_str().expect("a docket");
    es.delivered(docket, sent["act"].as_str().expect("an act"));
    ma.say(docket, "accept", &["--measure", "m1"]);
    es.kill();

    // No network any more: the evidence is announced, and goes with it on media of three million bytes.
    let file = ma.file("recording.bin");
    let bytes: Vec<u8> = (0..EXHIBIT).map(|at| (at * at / 11 + at / 253) as u8).collect();
    fs::write(&file, &bytes).expect("written");
    let handled = ["--where", "Tangier", "--why", "from the bank", "--authority", "order 12/2026"];
    let added = ma.ask("officer", &[&["exhibit", "add", docket, &file], &handled[..]].concat());
    let exhibit = added["id"].as_str().expect("an exhibit");
    let said = ma.ask("officer", &["act", "transmit", docket, "--measure", "m1", "--exhibit", exhibit]);
    let said = if said["act"].is_string() { said } else { ma.approve_and_send(&said) };
    let transmit = said["act"].as_str().expect("an act");
    let there = ma.file("pouch");
    let written = ma.ask("operator", &["pouch", "out", "es.moj", "--to", &there, "--exhibits", "--media-size", "3MB"]);
    let parts: Vec<String> = written["parts"]
        .as_array()
        .expect("parts")
        .iter()
        .map(|part| part["file"].as_str().expect("a file").to_owned())
        .collect();
    assert!(parts.len() > 1 && parts[0].ends_with(&format!(".1-of-{}", parts.len())), "{parts:?}");
    for part in &parts {
        assert!(fs::metadata(part).expect("a part").len() <= 3_000_000, "{part} does not fit its medium");
    }
    ma.kill();

    // Read on different days: first all but one, the last of them first; then that one.
    es.serve();
    let (last, others) = parts.split_last().expect("parts");
    let first = es.out("operator", &["pouch", "in", &others[0]]);
    assert!(first.contains("envelope(s) taken") && first.contains("not read yet: part"), "{first}");
    for part in others.iter().skip(1).rev() {
        es.out("operator", &["pouch", "in", part]);
    }
    assert!(es.has(docket, "transmit"), "it is announced");
    let state = |side: &Side| side.ask("officer", &["exhibit", "list", docket])["items"][0]["state"].clone();
    assert_eq!(state(&es), "announced", "a half is not presented as the whole");
    assert!(!es.has(docket, "receive"));
    let mut wrong = fs::read(last).expect("a part");
    let middle = wrong.len() / 2;
    wrong[middle] ^= 1;
    let damaged = es.file("damaged");
    fs::write(&damaged, &wrong).expect("written");
    let words = es.words("operator", &["pouch", "in", &damaged]);
    let read = program(&words.iter().map(String::as_str).collect::<Vec<_>>()).output().expect("it runs");
    assert!(!read.status.success(), "a flipped bit is noticed: {}", text(&read.stdout));
    assert_eq!(state(&es), "announced");
    // By now some of it may be here already; reading a part again does no harm.
    let whole = es.out("operator", &["pouch", "in", last]);
    assert!(whole.contains(", whole"), "{whole}");
    assert_eq!(state(&es), "here");
    until("Spain says that it received the whole", || es.has(docket, "receive"));
    let to = es.file("recording.bin");
    es.out("officer", &[&["exhibit", "get", exhibit, "--to", &to], &handled[..]].concat());
    assert_eq!(fs::read(&to).expect("the exhibit"), bytes);
    let back = es.file("pouch");
    es.out("operator", &["pouch", "out", "ma.moj", "--to", &back]);
    es.kill();

    ma.serve();
    ma.out("operator", &["pouch", "in", &back]);
    ma.delivered(docket, transmit);
    assert!(ma.has(docket, "receive"), "one receipt over the whole");
    // What was received does not travel again.
    let again = ma.file("again");
    ma.out("operator", &["pouch", "out", "es.moj", "--to", &again, "--exhibits"]);
    assert!(fs::metadata(&again).expect("a pouch").len() < 1_000_000, "the exhibit does not go twice");
}
