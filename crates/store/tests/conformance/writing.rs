//! Group commit, concurrency, back-pressure.

use std::sync::mpsc::{Sender, channel};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use store::{Attendant, Options, Store, StoreError, WriteTx, dockets, persons, settings};

use crate::support::{Place, act, at, code, digest, docket, leaf, read, write};

type Work = Box<dyn FnOnce(&mut WriteTx<'_>) -> Result<(), StoreError> + Send>;

/// Holds the writer until the returned sender is used, so that what is queued meanwhile becomes one group.
fn hold(store: &Store) -> Sender<()> {
    let (go, wait) = channel();
    let (started, begun) = channel();
    let work = move |_: &mut WriteTx<'_>| {
        let _ = started.send(());
        let _ = wait.recv();
        Ok::<(), StoreError>(())
    };
    store.submit(work, drop).expect("the queue has room");
    begun.recv().expect("the writer has begun");
    go
}

fn note(name: &'static str) -> Work {
    Box::new(move |tx| settings::put(tx, name, b"here"))
}

fn twice_the_same_token(tx: &mut WriteTx<'_>) -> Result<(), StoreError> {
    let person = |id: &str| persons::PersonRow {
        id: id.to_owned(),
        name: id.to_owned(),
        roles: String::new(),
        token_hash: Some(digest("token")),
        active: true,
    };
    persons::put(tx, &person("one"))?;
    persons::put(tx, &person("two"))
}

pub fn a_job_that_fails_in_a_group_takes_only_itself(place: &Place) {
    let store = place.open();
    let go = hold(&store);
    let jobs: Vec<(&str, Work, &str)> = vec![
        ("first", note("first"), "kept"),
        (
            "refused",
            Box::new(|tx| {
                settings::put(tx, "refused", b"x")?;
                Err(StoreError::Misuse("no".into()))
            }),
            "store.misuse",
        ),
        (
            "panicking",
            Box::new(|tx| {
                settings::put(tx, "panicking", b"x")?;
                panic!("on purpose");
            }),
            "store.panicked",
        ),
        (
            "swallowing",
            Box::new(|tx| {
                settings::put(tx, "swallowing", b"x")?;
                assert!(twice_the_same_token(tx).is_err());
                Ok(())
            }),
            "store.database",
        ),
        ("last", note("last"), "kept"),
    ];
    let (answers, answered) = channel();
    let mut expected = Vec::new();
    for (name, work, outcome) in jobs {
        let answers = answers.clone();
        store
            .submit(work, move |told| answers.send((name, code(told))).expect("the test listens"))
            .expect("the queue has room");
        expected.push((name, outcome));
    }
    go.send(()).expect("the writer waits");
    let told: Vec<_> = answered.iter().take(expected.len()).collect();
    assert_eq!(told, expected);
    for (name, outcome) in expected {
        let kept = read(&store, |tx| settings::get(tx, name)).is_some();
        assert_eq!(kept, outcome == "kept", "{name}");
    }
    assert_eq!(read(&store, |tx| persons::get(tx, "one")), None, "half of a broken job");
}

pub fn a_job_that_fails_alone_leaves_nothing(place: &Place) {
    let store = place.open();
    let outcome = store.write(|tx| {
        settings::put(tx, "half", b"x")?;
        twice_the_same_token(tx)
    });
    assert_eq!(code(outcome), "store.database");
    assert_eq!(read(&store, |tx| settings::get(tx, "half")), None);
    write(&store, |tx| settings::put(tx, "half", b"whole"));
    assert_eq!(read(&store, |tx| settings::get(tx, "half")).as_deref(), Some(&b"whole"[..]));
}

/// Writes down what it is told, and closes as the last thing written to the setting `closing` says.
#[derive(Default)]
struct Clerk(Mutex<Vec<String>>);

impl Attendant for Clerk {
    fn begun(&self) {
        self.0.lock().expect("a list").push("begun".to_owned());
    }
    fn closing(&self, tx: &mut WriteTx<'_>) -> bool {
        let how = settings::get(tx, "closing").expect("read").unwrap_or_default();
        let count = settings::get(tx, "closed").expect("read").map_or(0, |bytes| bytes[0]);
        settings::put(tx, "closed", &[count + 1]).expect("written");
        match how.as_slice() {
            b"panics" => panic!("on purpose"),
            b"breaks" => twice_the_same_token(tx).is_err(),
            how => how != b"gives up",
        }
    }
    fn ended(&self, kept: bool) {
        self.0.lock().expect("a list").push(format!("ended {kept}"));
    }
}

pub fn a_group_is_closed_once_and_stands_if_its_closing_fails(place: &Place) {
    let store = place.open();
    let clerk = Arc::new(Clerk::default());
    store.attend(clerk.clone());
    let closed = || read(&store, |tx| settings::get(tx, "closed")).map_or(0, |bytes| bytes[0]);
    let told = || std::mem::take(&mut *clerk.0.lock().expect("a list"));
    for (at, how) in ["well", "gives up", "panics", "breaks", "well"].into_iter().enumerate() {
        let before = closed();
        let go = hold(&store);
        let (answers, answered) = channel();
        for name in ["one", "two", "three"] {
            let answers = answers.clone();
            let work = move |tx: &mut WriteTx<'_>| {
                settings::put(tx, "closing", how.as_bytes())?;
                settings::put(tx, name, &[u8::try_from(at).expect("few")])
            };
            store.submit(work, move |told| answers.send(code(told)).expect("heard")).expect("room");
        }
        go.send(()).expect("the writer waits");
        assert_eq!(answered.iter().take(3).collect::<Vec<_>>(), ["kept"; 3], "{how}");
        let kept = read(&store, |tx| settings::get(tx, "three"));
        assert_eq!(kept, Some(vec![u8::try_from(at).expect("few")]), "{how}: the jobs stand");
        // The job that held the writer was a group of its own, and closed as the one before did.
        let well = |how: &str| u8::from(how == "well");
        let first = if at == 0 { 1 } else { well(["well", "gives up", "panics", "breaks"][at - 1]) };
        assert_eq!(closed() - before, first + well(how), "{how}: once for three, or not at all");
        assert_eq!(told(), ["begun", "ended true", "begun", "ended true"], "{how}");
        assert_eq!(read(&store, |tx| persons::get(tx, "one")), None, "{how}: half of a closing");
    }
    let refused = store.write(|_| Err::<(), _>(StoreError::Misuse("no".into())));
    assert!(refused.is_err());
    assert_eq!(told(), ["begun", "ended false"], "nothing to close where nothing is kept");
}

fn record_many(store: &Store, label: &str, count: usize) {
    for n in 0..count {
        let act = act(docket("d"), "es.moj", &format!("{label} {n}"), &[]);
        let leaf = leaf(&act);
        write(store, move |tx| store::record(tx, &act, &leaf, &[]).map(drop));
    }
}

fn assert_places(store: &Store, count: usize) {
    let mut places = Vec::new();
    let mut after = Some(0);
    while let Some(start) = after {
        let page = read(store, |tx| store::acts::of_docket(tx, &docket("d"), start, 64));
        places.extend(page.rows.iter().map(|act| act.place));
        after = page.next;
    }
    assert_eq!(places, (1..=count as i64).collect::<Vec<_>>());
}

pub fn concurrent_writers_lose_nothing_and_double_nothing(place: &Place) {
    let store = place.open();
    write(&store, |tx| dockets::open(tx, &docket("d"), "p/1", at(0), "").map(drop));
    std::thread::scope(|scope| {
        for writer in 0..8 {
            let store = &store;
            scope.spawn(move || record_many(store, &format!("writer {writer}"), 20));
        }
    });
    assert_places(&store, 160);
}

pub fn two_stores_on_one_database_take_turns(place: &Place) {
    let stores = [place.open(), place.open()];
    write(&stores[0], |tx| dockets::open(tx, &docket("d"), "p/1", at(0), "").map(drop));
    std::thread::scope(|scope| {
        for (which, store) in stores.iter().enumerate() {
            for writer in 0..3 {
                scope.spawn(move || record_many(store, &format!("{which} {writer}"), 15));
            }
        }
    });
    assert_places(&stores[0], 90);
    assert_places(&stores[1], 90);
}

pub fn a_write_from_inside_a_write_is_refused(place: &Place) {
    let store = place.open();
    let inner = store.clone();
    let told = write(&store, move |_| Ok(code(inner.write(|tx| settings::put(tx, "a", b"b")))));
    assert_eq!(told, "store.nested");
}

pub fn a_full_queue_says_so(place: &Place) {
    let store = place.open_with(Options { queue: 1, ..Options::default() });
    let go = hold(&store);
    let (answers, answered) = channel();
    let queued = store.submit(note("queued"), move |told| answers.send(code(told)).expect("the test listens"));
    assert_eq!(code(queued), "kept");
    assert_eq!(code(store.submit(note("too much"), |_| panic!("this was never queued"))), "store.busy");
    go.send(()).expect("the writer waits");
    assert_eq!(answered.recv(), Ok("kept"));
    assert_eq!(read(&store, |tx| settings::get(tx, "too much")), None);
}

pub fn a_reader_sees_one_state_however_long_it_reads(place: &Place) {
    let store = place.open();
    write(&store, |tx| settings::put(tx, "n", b"1"));
    read(&store, |tx| {
        let before = settings::get(tx, "n")?;
        write(&store, |tx| settings::put(tx, "n", b"2"));
        assert_eq!(settings::get(tx, "n")?, before);
        Ok(())
    });
    assert_eq!(read(&store, |tx| settings::get(tx, "n")).as_deref(), Some(&b"2"[..]));
}

pub fn closing_waits_for_what_is_queued(place: &Place) {
    let store = place.open();
    let go = hold(&store);
    store.submit(note("late"), drop).expect("the queue has room");
    std::thread::spawn(move || {
        std::thread::sleep(Duration::from_millis(20));
        go.send(())
    });
    drop(store);
    assert!(read(&place.open(), |tx| settings::get(tx, "late")).is_some());
}

pub fn a_text_with_a_zero_byte_is_refused(place: &Place) {
    let store = place.open();
    assert_eq!(code(store.write(|tx| settings::put(tx, "a\0b", b"x"))), "store.zero-in-text");
}
