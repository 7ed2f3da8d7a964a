//! The outbox, quarantine, peers and their digests.

use store::Store;
use store::outbox::{self, Outgoing};
use store::peer_digests::{self, PeerDigest, Side};
use store::peers::{self, PeerStatus};
use store::quarantine::{self, QuarantineBounds};

use crate::support::{Place, at, authority, digest, read, write};

fn item(name: &str, bytes: u64, until_receipt: bool) -> Outgoing {
    Outgoing {
        recipient: authority("ma.moj"),
        kind: "act".into(),
        item: name.as_bytes().to_vec(),
        payload: Some(b"payload".to_vec()),
        bytes,
        until_receipt,
        created_at: at(0),
    }
}

fn fill(store: &Store, items: Vec<Outgoing>) {
    write(store, move |tx| items.iter().try_for_each(|item| outbox::queue(tx, item).map(drop)));
}

fn due(store: &Store, seconds: i64, limit: usize, bytes: u64) -> Vec<(i64, String)> {
    let rows = read(store, |tx| outbox::due(tx, &authority("ma.moj"), at(seconds), limit, bytes));
    rows.into_iter().map(|row| (row.seq, String::from_utf8_lossy(&row.outgoing.item).into_owned())).collect()
}

fn names(rows: &[(i64, String)]) -> Vec<&str> {
    rows.iter().map(|(_, name)| name.as_str()).collect()
}

pub fn what_is_due_is_cut_to_size_but_never_to_nothing(place: &Place) {
    let store = place.open();
    fill(&store, vec![item("a", 400, true), item("b", 400, true), item("c", 400, true)]);
    let cases =
        [(-1, 9, u64::MAX, 0), (0, 9, u64::MAX, 3), (0, 2, u64::MAX, 2), (0, 9, 900, 2), (0, 9, 800, 2), (0, 9, 1, 1)];
    for (seconds, limit, bytes, expected) in cases {
        assert_eq!(due(&store, seconds, limit, bytes).len(), expected, "{seconds} {limit} {bytes}");
    }
    assert_eq!(names(&due(&store, 0, 9, u64::MAX)), ["a", "b", "c"]);
    let again = item("a", 400, true);
    assert!(!write(&store, move |tx| outbox::queue(tx, &again)), "once per recipient");
    let other = Outgoing { recipient: authority("fr.moj"), ..item("a", 400, true) };
    assert!(write(&store, move |tx| outbox::queue(tx, &other)));
}

pub fn what_is_under_way_is_not_put_together_again(place: &Place) {
    let store = place.open();
    fill(&store, ["a", "b", "c", "d"].map(|name| item(name, 10, true)).to_vec());
    let seqs: Vec<i64> = due(&store, 0, 9, 99).into_iter().map(|(seq, _)| seq).collect();
    let beyond = |limit: usize, bytes: u64, under_way: &[i64]| {
        let rows = read(&store, |tx| outbox::due_beyond(tx, &authority("ma.moj"), at(0), limit, bytes, under_way));
        rows.into_iter().map(|row| String::from_utf8_lossy(&row.outgoing.item).into_owned()).collect::<Vec<_>>()
    };
    assert_eq!(beyond(2, 99, &seqs[..2]), ["c", "d"], "the limit counts what is left");
    assert_eq!(beyond(9, 10, &seqs[..1]), ["b"], "so does the size");
    assert_eq!(beyond(9, 99, &[seqs[1], 9_999]), ["a", "c", "d"]);
    assert!(beyond(9, 99, &seqs).is_empty());
}

pub fn a_failure_waits_and_a_receipt_settles(place: &Place) {
    let store = place.open();
    fill(&store, vec![item("a", 1, true), item("b", 1, true)]);
    let seqs: Vec<i64> = due(&store, 0, 9, 99).into_iter().map(|(seq, _)| seq).collect();
    let (first, second) = (seqs[0], seqs[1]);
    write(&store, move |tx| outbox::failed(tx, &[first], "no route", at(60)));
    write(&store, move |tx| outbox::carried(tx, &[second], at(1), at(300)));
    assert_eq!(names(&due(&store, 59, 9, 99)), Vec::<&str>::new());
    let undelivered = |after: i64, limit: usize, bytes: u64| {
        let rows = read(&store, |tx| outbox::undelivered(tx, &authority("ma.moj"), after, limit, bytes));
        rows.into_iter().map(|row| row.seq).collect::<Vec<_>>()
    };
    assert_eq!(undelivered(0, 9, 99), [first, second], "a pouch does not wait for the network");
    assert_eq!((undelivered(first, 9, 99), undelivered(second, 9, 99)), (vec![second], vec![]));
    assert_eq!((undelivered(0, 1, 99), undelivered(0, 9, 1)), (vec![first], vec![first]));
    assert_eq!(read(&store, outbox::next_due), Some(at(60)));
    assert_eq!(names(&due(&store, 60, 9, 99)), ["a"]);
    assert_eq!(names(&due(&store, 300, 9, 99)), ["a", "b"], "no receipt came: it is carried again");
    let rows = read(&store, |tx| outbox::list(tx, 0, 9)).rows;
    let told = rows.iter().map(|row| (row.attempts, row.last_error.as_deref(), row.carried_at)).collect::<Vec<_>>();
    assert_eq!(told, [(1, Some("no route"), None), (1, None, Some(at(1)))]);
    let receipt = |from: &'static str, name: &'static str| {
        write(&store, move |tx| outbox::settled(tx, &authority(from), "act", [name.as_bytes()]))
    };
    assert_eq!(receipt("fr.moj", "b"), 0, "another's receipt settles nothing");
    assert_eq!(receipt("ma.moj", "b"), 1);
    assert_eq!(receipt("ma.moj", "b"), 0);
    assert_eq!(write(&store, |tx| outbox::hurry(tx, &authority("ma.moj"), at(10))), 1);
    assert_eq!(names(&due(&store, 10, 9, 99)), ["a"]);
}

pub fn what_needs_no_receipt_is_gone_once_carried(place: &Place) {
    let store = place.open();
    fill(&store, vec![item("a", 1, false)]);
    let seq = due(&store, 0, 9, 99)[0].0;
    assert_eq!(
        read(&store, |tx| outbox::get(tx, seq)).and_then(|row| row.outgoing.payload).as_deref(),
        Some(&b"payload"[..])
    );
    write(&store, move |tx| outbox::carried(tx, &[seq], at(1), at(2)));
    assert_eq!(read(&store, |tx| outbox::list(tx, 0, 9)).rows, []);
}

pub fn quarantine_is_bounded_by_count_and_bytes(place: &Place) {
    let store = place.open();
    let put = |text: String, bounds: QuarantineBounds| {
        write(&store, move |tx| quarantine::put(tx, "10.0.0.1", "not canonical", text.as_bytes(), at(0), bounds));
    };
    let samples = || {
        let rows = read(&store, |tx| quarantine::list(tx, 0, 100)).rows;
        rows.into_iter().map(|row| String::from_utf8_lossy(&row.sample).into_owned()).collect::<Vec<_>>()
    };
    let by_count = QuarantineBounds { samples: 3, bytes: 1_000, sample: 4 };
    for n in 0..10 {
        put(format!("item {n}"), by_count);
    }
    assert_eq!(samples(), ["item", "item", "item"], "three, each cut to four bytes");
    let last = read(&store, |tx| quarantine::list(tx, 0, 9)).rows.pop().expect("three are there");
    assert_eq!((last.bytes, last.digest, last.reason.as_str()), (6, digest("item 9"), "not canonical"));
    put("x".repeat(20), QuarantineBounds { samples: 100, bytes: 24, sample: 20 });
    assert_eq!(samples(), ["item".to_owned(), "x".repeat(20)]);
    put("y".repeat(20), QuarantineBounds { samples: 100, bytes: 10, sample: 20 });
    assert_eq!(samples(), Vec::<String>::new(), "what alone is beyond the bound is not kept either");
    assert!(!write(&store, move |tx| quarantine::remove(tx, last.seq)));
}

fn propose(store: &Store, root: &'static str, person: &'static str) {
    write(store, move |tx| {
        peers::propose(tx, &authority("ma.moj"), &digest(root), root.as_bytes(), b"s", person, at(0))
    });
}

fn approve(store: &Store, root: &'static str, person: &'static str) -> bool {
    write(store, move |tx| peers::approve(tx, &authority("ma.moj"), &digest(root), person, at(1)))
}

fn status(store: &Store) -> Option<PeerStatus> {
    read(store, |tx| peers::get(tx, &authority("ma.moj"))).map(|peer| peer.status)
}

pub fn a_peer_needs_two_persons(place: &Place) {
    let store = place.open();
    assert!(!approve(&store, "root", "ben"), "nobody proposed it");
    propose(&store, "root", "ana");
    assert!(!approve(&store, "root", "ana"), "nobody approves what they proposed");
    assert!(!approve(&store, "another root", "ben"), "another fingerprint");
    assert_eq!(status(&store), Some(PeerStatus::Proposed));
    assert!(approve(&store, "root", "ben"));
    assert_eq!(status(&store), Some(PeerStatus::Approved));
    propose(&store, "new root", "ben");
    assert_eq!(status(&store), Some(PeerStatus::Proposed), "a new root is a new beginning");
    assert!(!approve(&store, "root", "ana") && approve(&store, "new root", "ana"));
    let peer = read(&store, |tx| peers::list(tx, None, 9)).rows.pop().expect("one peer");
    assert_eq!((peer.proposed_by.as_str(), peer.approved_by.as_deref()), ("ben", Some("ana")));
}

pub fn a_peers_status_moves_only_as_the_table_says(place: &Place) {
    use PeerStatus::{Approved, Proposed, Revoked, Suspended};
    let store = place.open();
    let set = |to| write(&store, move |tx| peers::set_status(tx, &authority("ma.moj"), to, at(2)));
    propose(&store, "root", "ana");
    for (to, moves, then) in [(Approved, false, Proposed), (Suspended, false, Proposed), (Revoked, false, Proposed)] {
        assert_eq!((set(to), status(&store)), (moves, Some(then)), "from proposed to {to:?}");
    }
    assert!(approve(&store, "root", "ben"));
    for (to, moves, then) in [
        (Approved, false, Approved),
        (Suspended, true, Suspended),
        (Suspended, false, Suspended),
        (Approved, true, Approved),
        (Suspended, true, Suspended),
        (Revoked, true, Revoked),
        (Approved, false, Revoked),
        (Suspended, false, Revoked),
        (Proposed, false, Revoked),
    ] {
        assert_eq!((set(to), status(&store)), (moves, Some(then)), "to {to:?}");
    }
    assert!(!approve(&store, "root", "ben"), "an old approval revives nothing");
}

pub fn old_cards_stay(place: &Place) {
    let store = place.open();
    propose(&store, "root", "ana");
    let renew = |root: &'static str, card: &'static [u8]| {
        write(&store, move |tx| peers::renew_card(tx, &authority("ma.moj"), &digest(root), card, b"s2", at(3)))
    };
    assert!(renew("root", b"second card"));
    assert!(!renew("another root", b"forged card"));
    assert_eq!(
        read(&store, |tx| peers::get(tx, &authority("ma.moj"))).map(|peer| peer.card),
        Some(b"second card".to_vec())
    );
    let cards = read(&store, |tx| peers::cards(tx, &authority("ma.moj"), 0, 9)).rows;
    assert_eq!(cards.iter().map(|card| card.card.as_slice()).collect::<Vec<_>>(), [&b"root"[..], b"second card"]);
}

pub fn an_older_digest_never_replaces_a_newer(place: &Place) {
    let store = place.open();
    let stated = |seconds| PeerDigest { statement: b"s".to_vec(), signature: b"g".to_vec(), stated_at: at(seconds) };
    let put = |side, seconds| {
        let digest = stated(seconds);
        write(&store, move |tx| peer_digests::put(tx, &authority("ma.moj"), side, &digest))
    };
    assert!(put(Side::Theirs, 10) && put(Side::Theirs, 20) && !put(Side::Theirs, 15));
    let last = |side| read(&store, |tx| peer_digests::last(tx, &authority("ma.moj"), side));
    assert_eq!((last(Side::Theirs), last(Side::Ours)), (Some(stated(20)), None));
    assert!(put(Side::Ours, 5));
    assert_eq!(last(Side::Theirs), Some(stated(20)));
}
