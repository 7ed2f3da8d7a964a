//! A process that is killed in the middle of its writes: what it was told is kept is there, once, and in order.
//!
//! The test runs itself as a child that records and sequences from several threads and says on its output which acts
//! are kept; the parent kills it (SIGKILL), opens the same file and checks. What a power cut adds to this is the
//! disk's own honesty about having written; no test can kill that.

use std::collections::BTreeSet;
use std::io::{BufRead, BufReader, Write};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};

use store::sequence::{self, Sequenced};
use store::tree::{TreeHash, TreeHead};
use store::{Location, Options, Store, StoreError, acts, dockets, leaves, outbox};
use terms::{ActId, Digest, DocketId};

use crate::support;

const DATABASE: &str = "COMITY_TEST_CRASH_DATABASE";
const LIFE: &str = "COMITY_TEST_CRASH_LIFE";
const LIVES: u64 = 20;

fn name(life: &str, thread: usize, n: usize) -> String {
    format!("life {life}, thread {thread}, act {n}")
}

fn the_docket() -> DocketId {
    support::docket("crash")
}

fn sequence_some(store: &Store) -> usize {
    support::write(store, |tx| {
        sequence::sequence(tx, 1, 7, |_, pending| {
            let size = pending.size() + pending.leaves.len() as u64;
            let hashes = pending.leaves.iter().zip(pending.size()..);
            Ok::<_, StoreError>(Sequenced {
                head: TreeHead { size, root: support::digest(&size.to_string()), checkpoint: size.to_string() },
                hashes: hashes.map(|(leaf, place)| TreeHash { level: 0, place, hash: leaf.id }).collect(),
                receipts: Vec::new(),
            })
        })
    })
}

#[test]
fn child_that_writes_until_it_is_killed() {
    let (Ok(database), Ok(life)) = (std::env::var(DATABASE), std::env::var(LIFE)) else { return };
    let store = Store::open(&Location::file(database), Options::default()).expect("the store opens");
    let gone = AtomicBool::new(false);
    std::thread::scope(|scope| {
        for thread in 0..3 {
            let (store, life, gone) = (&store, &life, &gone);
            scope.spawn(move || {
                for n in 0.. {
                    let act = support::act(the_docket(), "es.moj", &name(life, thread, n), &[]);
                    let (id, leaf, item) = (act.id, support::leaf(&act), support::outgoing("ma.moj", &act));
                    support::write(store, move |tx| store::record(tx, &act, &leaf, &[item]));
                    // One line in one call: a line is either whole or not there. A parent that is gone ends the child.
                    if gone.load(Ordering::Relaxed)
                        || std::io::stdout().write_all(format!("\nkept {id}\n").as_bytes()).is_err()
                    {
                        gone.store(true, Ordering::Relaxed);
                        return;
                    }
                }
            });
        }
        while !gone.load(Ordering::Relaxed) {
            sequence_some(&store);
        }
    });
}

/// Runs one life and gives the acts that were told to be kept.
fn one_life(database: &str, life: u64) -> BTreeSet<ActId> {
    // The number of acts after which the child dies: spread, and the same in every run.
    let last = 1 + life * 2_654_435_761 % 97;
    let mut child = Command::new(std::env::current_exe().expect("the test program"))
        .args(["--exact", "crash::child_that_writes_until_it_is_killed", "--nocapture", "--test-threads=1"])
        .env(DATABASE, database)
        .env(LIFE, life.to_string())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("the child starts");
    let mut lines = BufReader::new(child.stdout.take().expect("its output is ours")).lines();
    let mut told = BTreeSet::new();
    let mut count = 0;
    while let Some(Ok(line)) = lines.next() {
        if let Some(id) = line.strip_prefix("kept ") {
            assert!(told.insert(id.parse().expect("a whole id")), "told twice");
            count += 1;
        }
        if count == last {
            child.kill().expect("it is killed");
        }
    }
    child.wait().expect("it is gone");
    assert!(count >= last, "life {life} ended by itself after {count} acts");
    told
}

fn check(store: &Store, told: &BTreeSet<ActId>) -> usize {
    let (mut kept, mut after, mut place) = (BTreeSet::new(), Some(0), 0);
    while let Some(start) = after {
        let page = support::read(store, |tx| acts::of_docket(tx, &the_docket(), start, 500));
        for act in &page.rows {
            place += 1;
            assert_eq!(act.place, place, "arrival has no gap");
            assert!(kept.insert(act.id), "an act is kept twice");
        }
        after = page.next;
    }
    assert_eq!(told.difference(&kept).count(), 0, "an act that was told to be kept is lost");
    let head = support::read(store, |tx| store::tree::head(tx, 1)).map_or(0, |head| head.size);
    let mut placed = 0;
    for id in &kept {
        let digest = Digest::new(*id.as_bytes());
        let leaf = support::read(store, |tx| leaves::of(tx, "act", &digest)).expect("an act without its leaf");
        if let Some((_, index)) = leaf.place {
            placed += 1;
            assert!(index < head, "a leaf beyond the head");
            assert_eq!(support::read(store, |tx| store::tree::hashes(tx, 1, &[(0, index)])), [Some(digest)]);
        }
    }
    assert_eq!(placed, head, "the head counts other leaves than stand in the tree");
    let (mut items, mut after) = (0, Some(0));
    while let Some(start) = after {
        let page = support::read(store, |tx| outbox::list(tx, start, 500));
        for row in &page.rows {
            let id = Digest::from_slice(&row.outgoing.item).expect("an act's id");
            let leaf = support::read(store, |tx| leaves::of(tx, "act", &id)).expect("an item without its leaf");
            assert_eq!(row.ready, leaf.place.is_some(), "it may leave if and only if its leaf is in the tree");
        }
        items += page.rows.len();
        after = page.next;
    }
    assert_eq!(items, kept.len(), "an act without its way out, or twice");
    kept.len()
}

#[test]
fn what_was_told_to_be_kept_outlives_twenty_kills() {
    let place = support::Place::on_sqlite();
    let database = place.location.path().expect("a file").display().to_string();
    {
        let store = place.open();
        support::write(&store, |tx| dockets::open(tx, &the_docket(), "p/1", support::at(0), ""));
    }
    let mut told = BTreeSet::new();
    for life in 0..LIVES {
        told.extend(one_life(&database, life));
        check(&place.open(), &told);
    }
    let store = place.open();
    while sequence_some(&store) > 0 {}
    let kept = check(&store, &told);
    assert!(kept >= told.len());
}
