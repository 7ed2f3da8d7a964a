//! Dockets, acts, receipts, and acts that wait for their parents.

use proptest::prelude::*;
use store::acts;
use store::dockets;
use store::receipts::{self, NewReceipt};
use store::waiting::{self, Held, WaitingAct, WaitingBounds};
use store::{Recorded, Store, StoreError};
use terms::ActId;

use crate::support::{Place, act, at, authority, code, docket, leaf, outgoing, read, record_line, write};

pub fn an_act_is_kept_once_whatever_comes_again(place: &Place) {
    let store = place.open();
    let record = |signature: &'static str| {
        write(&store, move |tx| {
            dockets::open(tx, &docket("d"), "p/1", at(0), "")?;
            let mut act = act(docket("d"), "es.moj", "once", &[]);
            act.signature = signature.as_bytes().to_vec();
            store::record(tx, &act, &leaf(&act), &[outgoing("ma.moj", &act)])
        })
    };
    assert!(matches!(record("first"), Recorded::New { place: 1, .. }));
    assert_eq!(record("first"), Recorded::Already);
    assert_eq!(record("another valid signature"), Recorded::Already);
    let kept = read(&store, |tx| acts::get(tx, &ActId::of_header(b"once"))).expect("it is there");
    assert_eq!(kept.signature, b"first");
    assert_eq!(read(&store, |tx| store::leaves::queued(tx, 10)).len(), 1);
    assert_eq!(read(&store, |tx| store::outbox::list(tx, 0, 10)).rows.len(), 1);
    assert_eq!(read(&store, |tx| dockets::get(tx, &docket("d"))).map(|docket| docket.acts), Some(1));
}

pub fn an_act_needs_its_docket_and_its_own_leaf(place: &Place) {
    let store = place.open();
    let orphan = act(docket("nowhere"), "es.moj", "a", &[]);
    assert_eq!(code(store.write(move |tx| store::record(tx, &orphan, &leaf(&orphan), &[]))), "store.misuse");
    write(&store, |tx| dockets::open(tx, &docket("d"), "p/1", at(0), ""));
    let (one, other) = (act(docket("d"), "es.moj", "a", &[]), act(docket("d"), "es.moj", "b", &[]));
    assert_eq!(code(store.write(move |tx| store::record(tx, &one, &leaf(&other), &[]))), "store.misuse");
    assert_eq!(read(&store, |tx| dockets::get(tx, &docket("d"))).map(|docket| docket.acts), Some(0));
}

pub fn acts_come_back_as_they_went_in(place: &Place) {
    let store = place.open();
    let acts = write(&store, |tx| record_line(tx, docket("d"), &["a", "b"]));
    let page = read(&store, |tx| acts::of_docket(tx, &docket("d"), 0, 10));
    for ((kept, act), place) in page.rows.iter().zip(&acts).zip(1..) {
        let same = (kept.id, kept.docket, &kept.author, &kept.kind, kept.lamport, &kept.header, &kept.signature)
            == (act.id, act.docket, &act.author, &act.kind, act.lamport, &act.header, &act.signature);
        assert!(same && kept.salt == act.salt && kept.body == act.body && kept.received_at == act.received_at);
        assert_eq!((kept.place, kept.body_erased), (place, false));
    }
    assert_eq!(page.rows.len(), 2);
    let latest = |author| read(&store, |tx| acts::latest_of(tx, &docket("d"), &authority(author)));
    assert_eq!((latest("es.moj"), latest("ma.moj")), (Some(acts[1].id), None));
}

pub fn erasing_bodies_leaves_headers_and_signatures(place: &Place) {
    let store = place.open();
    let acts = write(&store, |tx| {
        record_line(tx, docket("other"), &["x"])?;
        dockets::open(tx, &docket("d"), "p/1", at(0), "")?;
        dockets::set_body_key(tx, &docket("d"), Some(b"wrapped"))?;
        record_line(tx, docket("d"), &["a", "b"])
    });
    assert_eq!(read(&store, |tx| dockets::body_key(tx, &docket("d"))).as_deref(), Some(&b"wrapped"[..]));
    let erased = write(&store, |tx| {
        dockets::set_body_key(tx, &docket("d"), None)?;
        acts::erase_bodies(tx, &docket("d"))
    });
    assert_eq!(erased, 2);
    assert_eq!(read(&store, |tx| dockets::body_key(tx, &docket("d"))), None);
    let kept = read(&store, |tx| acts::get(tx, &acts[0].id)).expect("the act stays");
    assert_eq!((kept.body, kept.body_erased), (None, true));
    assert_eq!((kept.header, kept.signature), (acts[0].header.clone(), acts[0].signature.clone()));
    let other = read(&store, |tx| acts::get(tx, &ActId::of_header(b"x"))).expect("of another docket");
    assert!(other.body.is_some() && !other.body_erased);
}

pub fn heads_are_the_acts_that_no_other_names(place: &Place) {
    let store = place.open();
    write(&store, |tx| {
        let line = record_line(tx, docket("d"), &["a", "b"])?;
        let aside = act(docket("d"), "ma.moj", "c", &[line[0].id]);
        store::record(tx, &aside, &leaf(&aside), &[])
    });
    let mut expected = vec![ActId::of_header(b"b"), ActId::of_header(b"c")];
    expected.sort();
    assert_eq!(read(&store, |tx| acts::heads(tx, &docket("d"), None, 10)).rows, expected);
}

pub fn pages_join_without_gap_or_overlap(place: &Place) {
    let store = place.open();
    let texts: Vec<String> = (0..23).map(|n| format!("act {n}")).collect();
    write(&store, move |tx| {
        let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
        record_line(tx, docket("d"), &texts)?;
        for n in 0..23 {
            let shared = docket(&format!("shared {n}"));
            dockets::open(tx, &shared, "p/1", at(n), "")?;
            dockets::add_party(tx, &shared, &authority("ma.moj"))?;
        }
        Ok(())
    });
    let joined = |store: &Store, limit: usize| {
        let (mut places, mut after) = (Vec::new(), Some(0));
        while let Some(start) = after {
            let page = read(store, |tx| acts::of_docket(tx, &docket("d"), start, limit));
            assert!(page.rows.len() <= limit && !page.rows.is_empty());
            places.extend(page.rows.iter().map(|act| act.place));
            after = page.next;
        }
        let (mut ids, mut after) = (Vec::new(), None);
        loop {
            let page = read(store, |tx| dockets::shared_with(tx, &authority("ma.moj"), after.as_ref(), limit));
            ids.extend(page.rows);
            after = page.next;
            if after.is_none() {
                return (places, ids);
            }
        }
    };
    let (all_places, all_ids) = joined(&store, 1_000);
    assert_eq!((all_places.len(), all_ids.len()), (23, 23));
    assert!(all_ids.is_sorted());
    proptest!(ProptestConfig::with_cases(12), |(limit in 1_usize..30)| {
        prop_assert_eq!(joined(&store, limit), (all_places.clone(), all_ids.clone()));
    });
}

pub fn dockets_are_listed_by_their_last_change(place: &Place) {
    let store = place.open();
    write(&store, |tx| {
        for name in ["a", "b", "c"] {
            assert!(dockets::open(tx, &docket(name), "p/1", at(0), name)?);
        }
        assert!(!dockets::open(tx, &docket("a"), "p/1", at(0), "again")?);
        dockets::summarise(tx, &docket("b"), "b changed")
    });
    write(&store, |tx| record_line(tx, docket("a"), &["act"]));
    let summaries = |after, limit| {
        let page = read(&store, |tx| dockets::list(tx, after, limit));
        (page.rows.into_iter().map(|docket| docket.summary).collect::<Vec<_>>(), page.next)
    };
    let (first, next) = summaries(None, 2);
    assert_eq!(first, ["a", "b changed"]);
    assert_eq!(summaries(next, 2), (vec!["c".to_owned()], None));
}

pub fn receipts_are_found_by_docket_and_by_act(place: &Place) {
    let store = place.open();
    let acts = write(&store, |tx| record_line(tx, docket("d"), &["a", "b"]));
    let receipt = NewReceipt {
        issuer: authority("ma.moj"),
        recipient: authority("es.moj"),
        docket: docket("d"),
        acts: vec![acts[0].id],
        statement: b"statement".to_vec(),
        signature: b"signature".to_vec(),
        received_at: at(5),
    };
    let again = receipt.clone();
    assert!(write(&store, move |tx| receipts::insert(tx, &receipt)));
    let digest = again.digest();
    assert!(!write(&store, move |tx| receipts::insert(tx, &again)));
    let kept = read(&store, |tx| receipts::get(tx, &digest)).expect("it is there");
    assert_eq!((kept.statement.as_slice(), kept.received_at), (&b"statement"[..], at(5)));
    assert_eq!(
        read(&store, |tx| receipts::of_docket(tx, &docket("d"), 0, 9)).rows.as_slice(),
        std::slice::from_ref(&kept)
    );
    assert_eq!(read(&store, |tx| receipts::of_act(tx, &acts[0].id, 0, 9)).rows, [kept]);
    assert_eq!(read(&store, |tx| receipts::of_act(tx, &acts[1].id, 0, 9)).rows, []);
    let receipted = |act: ActId, issuer| read(&store, |tx| receipts::receipted_by(tx, &act, &authority(issuer)));
    assert!(receipted(acts[0].id, "ma.moj"));
    assert!(!receipted(acts[0].id, "fr.moj"));
    assert!(!receipted(acts[1].id, "ma.moj"));
}

const BOUNDS: WaitingBounds = WaitingBounds { acts: 3, bytes: 1_000 };

fn waits(text: &str, sender: &str, length: usize) -> WaitingAct {
    WaitingAct {
        id: ActId::of_header(text.as_bytes()),
        docket: docket("d"),
        sender: authority(sender),
        header: text.as_bytes().to_vec(),
        signature: vec![0; length],
        salt: None,
        body: None,
        received_at: at(0),
    }
}

pub fn a_waiting_act_is_released_by_its_last_parent(place: &Place) {
    let store = place.open();
    let id = |text: &str| ActId::of_header(text.as_bytes());
    // a ← b ← d, and c ← d: d waits for b and c, b waits for a.
    write(&store, move |tx| {
        waiting::hold(tx, &waits("d", "ma.moj", 1), &[id("b"), id("c")], BOUNDS)?;
        waiting::hold(tx, &waits("b", "ma.moj", 1), &[id("a")], BOUNDS)
    });
    let mut asked = vec![id("a"), id("c")];
    asked.sort();
    assert_eq!(read(&store, |tx| waiting::missing(tx, &docket("d"), None, 9)).rows, asked, "b is here, it waits");
    let arrive = |text: &'static str| {
        write(&store, move |tx| {
            record_line(tx, docket("d"), &[text])?;
            let freed = waiting::release(tx, &id(text), 10)?;
            Ok(freed.into_iter().map(|act| String::from_utf8_lossy(&act.header).into_owned()).collect::<Vec<_>>())
        })
    };
    assert_eq!(arrive("c"), Vec::<String>::new(), "d still lacks b");
    assert_eq!(arrive("a"), ["b"]);
    assert_eq!(arrive("b"), ["d"]);
    assert_eq!(read(&store, |tx| waiting::missing(tx, &docket("d"), None, 9)).rows, []);
}

pub fn what_waits_is_bounded_per_sender(place: &Place) {
    let store = place.open();
    let hold = |text: &'static str, sender: &'static str, length: usize| {
        let held =
            store.write(move |tx| waiting::hold(tx, &waits(text, sender, length), &[ActId::of_header(b"p")], BOUNDS));
        held.map_err(|error: StoreError| error.code())
    };
    assert_eq!(hold("1", "ma.moj", 600), Ok(Held::Waits));
    assert_eq!(hold("1", "ma.moj", 600), Ok(Held::Already));
    assert_eq!(hold("2", "ma.moj", 600), Ok(Held::NoRoom), "bytes");
    assert_eq!(hold("2", "ma.moj", 1), Ok(Held::Waits));
    assert_eq!(hold("3", "ma.moj", 1), Ok(Held::Waits));
    assert_eq!(hold("4", "ma.moj", 1), Ok(Held::NoRoom), "count");
    assert_eq!(hold("5", "fr.moj", 1), Ok(Held::Waits), "another sender has room of its own");
    write(&store, |tx| waiting::forget(tx, &ActId::of_header(b"3")));
    assert_eq!(hold("4", "ma.moj", 1), Ok(Held::Waits));
}
