//! How many rows a second the store makes durable: `cargo run --release -p store --example rows [address]`.
//!
//! Without an address it writes an SQLite file into a temporary folder. Each line says what was durable before it was
//! answered; *acts* are whole first transactions (act, leaf, outbox), written one by one by as many threads.

#![expect(clippy::disallowed_methods, reason = "this program measures elapsed time")]

use std::time::Instant;

use store::acts::NewAct;
use store::leaves::NewLeaf;
use store::outbox::Outgoing;
use store::{Location, Options, Store, StoreError, dockets, settings};
use terms::{ActId, Digest, DocketId, Moment, Salt};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let folder = tempfile::tempdir()?;
    let address = std::env::args().nth(1);
    let location: Location = match address {
        Some(address) => address.parse()?,
        None => Location::file(folder.path().join("rows.db")),
    };
    let store = Store::open(&location, Options::default())?;
    println!("{location}");
    rows(&store, 100, 50_000)?;
    rows(&store, 1, 5_000)?;
    let docket = DocketId::new([1; 32]);
    store.write(move |tx| dockets::open(tx, &docket, "consultation/1", moment(), ""))?;
    for threads in [1, 8, 32] {
        acts(&store, docket, threads, 6_400)?;
    }
    Ok(())
}

fn moment() -> Moment {
    Moment::from_unix(1_795_000_000).expect("in range")
}

/// Rows of 200 bytes, `batch` of them in one commit.
fn rows(store: &Store, batch: usize, count: usize) -> Result<(), StoreError> {
    let start = Instant::now();
    for group in 0..count / batch {
        store.write(move |tx| {
            (0..batch).try_for_each(|n| settings::put(tx, &format!("{batch} {group} {n}"), &[7; 200]))
        })?;
    }
    report(&format!("rows of 200 bytes, {batch} in a commit"), count, start);
    Ok(())
}

fn acts(store: &Store, docket: DocketId, threads: usize, count: usize) -> Result<(), StoreError> {
    let start = Instant::now();
    let one = |thread: usize, n: usize| {
        let header = format!("{threads} {thread} {n} {}", "x".repeat(700)).into_bytes();
        let act = NewAct {
            id: ActId::of_header(&header),
            docket,
            author: "es.moj".parse().expect("well formed"),
            kind: "say".into(),
            lamport: 1,
            header,
            signature: vec![5; 1_200],
            salt: Some(Salt::new([2; 16])),
            body: Some(vec![6; 1_000]),
            parents: vec![docket.opening_act()],
            received_at: moment(),
        };
        let leaf = NewLeaf {
            kind: "act".into(),
            id: Digest::new(*act.id.as_bytes()),
            signature_hash: Digest::of(&[&act.signature]),
            salt: Salt::new([3; 16]),
        };
        let outgoing = Outgoing {
            recipient: "ma.moj".parse().expect("well formed"),
            kind: "act".into(),
            item: act.id.as_bytes().to_vec(),
            payload: None,
            bytes: 3_000,
            until_receipt: true,
            created_at: moment(),
        };
        store.write(move |tx| store::record(tx, &act, &leaf, &[outgoing]).map(drop))
    };
    std::thread::scope(|scope| {
        let running: Vec<_> = (0..threads)
            .map(|thread| scope.spawn(move || (0..count / threads).try_for_each(|n| one(thread, n))))
            .collect();
        running.into_iter().try_for_each(|thread| thread.join().unwrap_or(Err(StoreError::Closed)))
    })?;
    report(&format!("acts, one in a write, {threads} at a time"), count, start);
    Ok(())
}

fn report(what: &str, count: usize, start: Instant) {
    println!("{what}: {:.0} a second", count as f64 / start.elapsed().as_secs_f64());
}
