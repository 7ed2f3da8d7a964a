//! The second transaction: places, head, hashes, receipts, and what may leave after it.

use store::leaves::{self, NewLeaf};
use store::outbox;
use store::receipts::NewReceipt;
use store::sequence::{self, IssuedReceipt, Pending, Sequenced};
use store::tree::{self, TreeHash, TreeHead};
use store::{Store, StoreError};
use terms::Salt;

use crate::support::{Place, act, at, authority, code, digest, docket, outgoing, read, record_line, write};

/// Builds without hashing anything: what stands in a tree is not this room's business.
fn build(pending: &Pending, label: &str) -> Sequenced {
    let size = pending.size() + pending.leaves.len() as u64;
    let hashes = pending.leaves.iter().zip(pending.size()..);
    Sequenced {
        head: TreeHead {
            size,
            root: digest(&format!("{label} {size}")),
            checkpoint: format!("checkpoint {label} {size}\n"),
        },
        hashes: hashes.map(|(leaf, place)| TreeHash { level: 0, place, hash: leaf.id }).collect(),
        receipts: Vec::new(),
    }
}

fn sequence_all(store: &Store) -> usize {
    write(store, |tx| sequence::sequence(tx, 1, 100, |_, pending| Ok::<_, StoreError>(build(pending, "tree"))))
}

fn due_for_ma(store: &Store) -> usize {
    read(store, |tx| outbox::due(tx, &authority("ma.moj"), at(0), 100, u64::MAX)).len()
}

pub fn nothing_is_due_before_its_leaf_is_in_the_tree(place: &Place) {
    let store = place.open();
    write(&store, |tx| record_line(tx, docket("d"), &["a", "b"]));
    assert_eq!(due_for_ma(&store), 0);
    assert_eq!(read(&store, |tx| outbox::recipients_due(tx, at(0), None, 9)).rows, []);
    assert_eq!(read(&store, outbox::next_due), None);
    assert_eq!(sequence_all(&store), 2);
    assert_eq!(due_for_ma(&store), 2);
    assert_eq!(read(&store, |tx| outbox::recipients_due(tx, at(0), None, 9)).rows, [authority("ma.moj")]);
    assert_eq!(sequence_all(&store), 0, "nothing waits any more");
}

pub fn leaves_get_their_places_in_the_order_of_commits(place: &Place) {
    let store = place.open();
    write(&store, |tx| record_line(tx, docket("d"), &["a", "b", "c"]));
    let receipt = IssuedReceipt {
        receipt: NewReceipt {
            issuer: authority("es.moj"),
            recipient: authority("ma.moj"),
            docket: docket("d"),
            acts: Vec::new(),
            statement: b"receipt".to_vec(),
            signature: b"signature".to_vec(),
            received_at: at(1),
        },
        leaf: NewLeaf {
            kind: "receipt".into(),
            id: digest("receipt"),
            signature_hash: digest("signature"),
            salt: Salt::new([1; 16]),
        },
        outgoing: vec![outbox::Outgoing {
            kind: "receipt".into(),
            ..outgoing("ma.moj", &act(docket("d"), "es.moj", "r", &[]))
        }],
    };
    let sequenced = write(&store, move |tx| {
        sequence::sequence(tx, 1, 2, |_, pending| {
            Ok::<_, StoreError>(Sequenced { receipts: vec![receipt], ..build(pending, "tree") })
        })
    });
    assert_eq!(sequenced, 2, "no more than asked for");
    let due = read(&store, |tx| outbox::due(tx, &authority("ma.moj"), at(0), 10, u64::MAX));
    assert_eq!(due.iter().map(|row| row.outgoing.kind.as_str()).collect::<Vec<_>>(), ["act", "act", "receipt"]);
    assert_eq!(sequence_all(&store), 2, "the third act, and the receipt's own leaf");
    let at_place = |n| read(&store, |tx| leaves::at(tx, 1, n)).map(|leaf| leaf.id);
    let expected = ["a", "b", "c", "receipt"].map(|text| Some(digest(text)));
    assert_eq!([0, 1, 2, 3].map(at_place), expected);
    assert_eq!(at_place(4), None);
    assert_eq!(read(&store, |tx| leaves::of(tx, "act", &digest("b"))).and_then(|leaf| leaf.place), Some((1, 1)));
    assert_eq!(read(&store, |tx| tree::head(tx, 1)).map(|head| head.size), Some(4));
}

pub fn many_leaves_are_queued_in_their_order_and_none_twice(place: &Place) {
    let store = place.open();
    let leaf = |name: &str| NewLeaf {
        kind: "padding".into(),
        id: digest(name),
        signature_hash: digest("signature"),
        salt: Salt::new([1; 16]),
    };
    let names = ["z", "m", "a"];
    write(&store, move |tx| leaves::queue_all(tx, &[]).and_then(|()| leaves::queue_all(tx, &names.map(leaf))));
    let kept = write(&store, move |tx| {
        leaves::queue_all(tx, &["b", "m", "a"].map(leaf))?;
        Ok::<_, StoreError>([leaves::queue(tx, &leaf("m"))?, leaves::queue(tx, &leaf("c"))?])
    });
    let queued = read(&store, |tx| leaves::queued(tx, 10));
    let ids: Vec<_> = queued.iter().map(|row| row.id).collect();
    assert_eq!(ids, ["z", "m", "a", "b", "c"].map(digest));
    assert_eq!(kept, [queued[1].seq, queued[4].seq], "what was there keeps its number");
    assert_eq!(sequence_all(&store), 5);
}

pub fn of_two_sequencers_one_moves_the_head(place: &Place) {
    for round in 0..2 {
        let store = place.open();
        write(&store, move |tx| record_line(tx, docket("d"), &[["a", "b"][round], ["c", "e"][round]]));
        // The first round is the race for the first head, the second for one that stands.
        let seen = read(&store, |tx| sequence::pending(tx, 1, 100));
        let [mine, theirs] = ["mine", "theirs"].map(|label| (seen.clone(), build(&seen, label)));
        let root = mine.1.head.root;
        write(&store, move |tx| sequence::commit(tx, &mine.0, &mine.1));
        let before = read(&store, |tx| outbox::list(tx, 0, 100));
        let second = store.write(move |tx| sequence::commit(tx, &theirs.0, &theirs.1));
        assert_eq!(code(second), "store.head-moved");
        assert_eq!(read(&store, |tx| tree::head(tx, 1)).map(|head| head.root), Some(root));
        assert_eq!(read(&store, |tx| outbox::list(tx, 0, 100)), before);
    }
}

pub fn a_sequencer_that_fails_changes_nothing(place: &Place) {
    let store = place.open();
    write(&store, |tx| record_line(tx, docket("d"), &["a"]));
    let failed = store.write(|tx| {
        sequence::sequence(tx, 1, 9, |_, _| Err::<Sequenced, _>(StoreError::Misuse("no signature today".into())))
    });
    assert_eq!(code(failed), "store.misuse");
    // It fails late: everything but the last hash is written before the second of two equal hashes is refused.
    let late = store.write(|tx| {
        sequence::sequence(tx, 1, 9, |_, pending| {
            let mut built = build(pending, "tree");
            built.hashes.push(built.hashes[0]);
            Ok::<_, StoreError>(built)
        })
    });
    assert_eq!(code(late), "store.database");
    assert_eq!(read(&store, |tx| tree::head(tx, 1)), None);
    assert_eq!(read(&store, |tx| leaves::queued(tx, 9)).len(), 1);
    assert_eq!(due_for_ma(&store), 0);
    assert_eq!(sequence_all(&store), 1);
}

pub fn a_head_that_does_not_fit_the_batch_is_refused(place: &Place) {
    let store = place.open();
    write(&store, |tx| record_line(tx, docket("d"), &["a", "b"]));
    for wrong in [0, 1, 3] {
        let refused = store.write(move |tx| {
            sequence::sequence(tx, 1, 9, |_, pending| {
                let mut built = build(pending, "tree");
                built.head.size = wrong;
                Ok::<_, StoreError>(built)
            })
        });
        assert_eq!(code(refused), "store.misuse", "size {wrong}");
    }
}

pub fn a_generation_is_opened_once(place: &Place) {
    let store = place.open();
    let head = |label: &str| TreeHead { size: 0, root: digest(label), checkpoint: label.to_owned() };
    assert_eq!(read(&store, tree::last_generation), None);
    let (first, second) = (head("first"), head("second"));
    write(&store, move |tx| sequence::open_generation(tx, 2, &first));
    assert_eq!(code(store.write(move |tx| sequence::open_generation(tx, 2, &second))), "store.head-moved");
    assert_eq!(read(&store, |tx| tree::head(tx, 2)), Some(head("first")));
    assert_eq!(read(&store, tree::last_generation), Some(2));
    write(&store, |tx| record_line(tx, docket("d"), &["a"]));
    write(&store, |tx| sequence::sequence(tx, 2, 9, |_, pending| Ok::<_, StoreError>(build(pending, "tree"))));
    assert_eq!(read(&store, |tx| leaves::of(tx, "act", &digest("a"))).and_then(|leaf| leaf.place), Some((2, 0)));
}

pub fn hashes_are_read_in_the_order_asked_for(place: &Place) {
    let store = place.open();
    write(&store, |tx| record_line(tx, docket("d"), &["a", "b", "c"]));
    sequence_all(&store);
    let found = read(&store, |tx| tree::hashes(tx, 1, &[(0, 2), (0, 0), (1, 0), (0, 1)]));
    assert_eq!(found, [Some(digest("c")), Some(digest("a")), None, Some(digest("b"))]);
    assert_eq!(read(&store, |tx| tree::row_of_hashes(tx, 1, 0, 1, 9)), [digest("b"), digest("c")]);
    assert_eq!(read(&store, |tx| tree::row_of_hashes(tx, 2, 0, 0, 9)), []);
}

pub fn what_was_logged_before_may_leave_at_once(place: &Place) {
    let store = place.open();
    let acts = write(&store, |tx| record_line(tx, docket("d"), &["a"]));
    sequence_all(&store);
    let late = write(&store, |tx| record_line(tx, docket("d"), &["b"]));
    let (logged, queued) = (outgoing("fr.moj", &acts[0]), outgoing("fr.moj", &late[0]));
    write(&store, move |tx| {
        assert!(outbox::queue_logged(tx, &logged, "act", &digest("a"))?);
        assert!(outbox::queue_logged(tx, &queued, "act", &digest("b"))?);
        Ok(())
    });
    let due = || read(&store, |tx| outbox::due(tx, &authority("fr.moj"), at(0), 9, u64::MAX)).len();
    assert_eq!(due(), 1);
    sequence_all(&store);
    assert_eq!(due(), 2);
    let never = outgoing("fr.moj", &act(docket("d"), "es.moj", "never", &[]));
    assert_eq!(code(store.write(move |tx| outbox::queue_logged(tx, &never, "act", &digest("never")))), "store.misuse");
}
