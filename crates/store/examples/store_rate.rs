//! How many entries a second the ledger makes durable: `cargo run --release -p store --example store_rate [leaves] [address]`.
//!
//! An append is what the node does: a leaf is queued, and one sequencer gives places, grows the tree, keeps every hash that became final, signs the checkpoint and
//! moves the head by compare-and-swap, all in the transaction that is durable before anybody is answered. Lines differ in how many leaves one commit takes, and
//! in how many threads write at once (the store's writer then commits what waits together). Then the tree is filled to 10^5, 10^6, … up to so many leaves (10^6 if no
//! number is given) and measured again: the cost must not rise. Without an address: an SQLite file in a temporary folder, and a PostgreSQL of its own if one is installed.

#![expect(clippy::disallowed_methods, reason = "this program measures elapsed time")]

#[path = "../tests/support/postgres.rs"]
#[allow(dead_code, reason = "the tests use more of it")]
mod postgres;

use std::error::Error;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use ledger::{Checkpoint, Frontier, HashReader, KeyKind, LeafDisclosure, LeafKind, NodeId, SoftSigner};
use store::leaves::{self, NewLeaf};
use store::sequence::{self, Pending, Sequenced};
use store::tree::{self, TreeHash, TreeHead};
use store::{Location, Options, ReadTx, Store, StoreError};
use terms::{Digest, Fault, Salt};

static LEAVES: AtomicU64 = AtomicU64::new(0);

fn main() -> Result<(), Box<dyn Error>> {
    let folder = tempfile::tempdir()?;
    let leaves = std::env::args().nth(1).map_or(Ok(1_000_000), |leaves| leaves.parse())?;
    match std::env::args().nth(2) {
        Some(address) => measure(&address.parse()?, leaves),
        None => {
            measure(&Location::file(folder.path().join("rate.db")), leaves)?;
            match postgres::durable() {
                Some(server) => measure(&server.fresh().parse()?, leaves),
                None => {
                    println!("skipped: PostgreSQL is not installed here");
                    Ok(())
                }
            }
        }
    }
}

fn measure(location: &Location, leaves: u64) -> Result<(), Box<dyn Error>> {
    let store = Store::open(location, Options::default())?;
    println!("{location}");
    append(&store, 1, 1, 1_000)?;
    append(&store, 1, 32, 8_000)?;
    append(&store, 100, 1, 20_000)?;
    append(&store, 1_000, 1, 20_000)?;
    let mut size = 100_000;
    while size <= leaves {
        let there = store.read(|tx| tree::head(tx, 1))?.map_or(0, |head| head.size);
        (0..size.saturating_sub(there) / 1_000).try_for_each(|_| one(&store, 1_000))?;
        append(&store, 1, 1, 1_000)?;
        append(&store, 1_000, 1, 20_000)?;
        size *= 10;
    }
    Ok(())
}

/// `count` leaves, `batch` of them in one write, by so many threads.
fn append(store: &Store, batch: usize, threads: usize, count: usize) -> Result<(), Box<dyn Error>> {
    let begun = Instant::now();
    let each = count / batch / threads;
    std::thread::scope(|scope| {
        let writers: Vec<_> =
            (0..threads).map(|_| scope.spawn(move || (0..each).try_for_each(|_| one(store, batch)))).collect();
        writers.into_iter().try_for_each(|writer| writer.join().expect("no writer panics"))
    })?;
    let size = store.read(|tx| tree::head(tx, 1))?.map_or(0, |head| head.size);
    let rate = (each * batch * threads) as f64 / begun.elapsed().as_secs_f64();
    println!("  {batch:>5} leaves in a write, {threads:>2} threads: {rate:>8.0} durable appends/s (tree of {size})");
    Ok(())
}

fn one(store: &Store, batch: usize) -> Result<(), StoreError> {
    store.write(move |tx| {
        let leaf = |_| {
            let n = LEAVES.fetch_add(1, Ordering::Relaxed).to_be_bytes();
            NewLeaf {
                kind: "act".into(),
                id: Digest::of(&[&n]),
                signature_hash: Digest::of(&[b"signature", &n]),
                salt: Salt::new([7; 16]),
            }
        };
        leaves::queue_all(tx, &(0..batch).map(leaf).collect::<Vec<_>>())?;
        sequence::sequence(tx, 1, batch, grow).map(drop)
    })
}

/// The tree's next head over what is queued, as the node builds it.
fn grow(tx: &mut ReadTx<'_>, pending: &Pending) -> Result<Sequenced, StoreError> {
    let wrong = |why: &dyn std::fmt::Display| StoreError::Misuse(why.to_string());
    let origin = "es.moj/ledger/1";
    let log = SoftSigner::new(origin.parse().map_err(|why| wrong(&why))?, KeyKind::Log, &[1; 32]);
    let log = log.map_err(|why| wrong(&why))?;
    let mut frontier = Frontier::read(pending.size(), &mut Hashes(tx)).map_err(|why| wrong(&why))?;
    let mut hashes = Vec::new();
    for leaf in &pending.leaves {
        let (id, signature_hash, salt) = (leaf.id, leaf.signature_hash, leaf.salt);
        let disclosed = LeafDisclosure { kind: LeafKind::Act, id, signature_hash, salt };
        for stored in frontier.append(disclosed.leaf_hash()).map_err(|why| wrong(&why))? {
            hashes.push(TreeHash { level: stored.node.level, place: stored.node.index, hash: stored.hash });
        }
    }
    let origin = origin.parse().map_err(|why| wrong(&why))?;
    let checkpoint = Checkpoint::new(origin, frontier.size(), frontier.root()).sign(&log).map_err(|why| wrong(&why))?;
    let head = TreeHead { size: frontier.size(), root: frontier.root(), checkpoint: checkpoint.to_string() };
    Ok(Sequenced { head, hashes, receipts: vec![] })
}

struct Hashes<'t, 'c>(&'t mut ReadTx<'c>);

impl HashReader for Hashes<'_, '_> {
    fn read(&mut self, wanted: &[NodeId]) -> Result<Vec<Digest>, Fault> {
        let places: Vec<(u8, u64)> = wanted.iter().map(|node| (node.level, node.index)).collect();
        let missing = || Fault::new("ledger.hash-missing", "the store lacks a hash that the tree needs");
        let hashes = tree::hashes(self.0, 1, &places).map_err(|_| missing())?;
        hashes.into_iter().map(|hash| hash.ok_or_else(missing)).collect()
    }
}
