//! What a flood of batches costs in memory, measured: a process of its own, so that nothing else is counted.
//!
//! The bound is the one of `docs/spec/exchange.md`, *Limits*: twice the bytes of batches under way, and the connections.
#![cfg(target_os = "linux")]

#[expect(dead_code, reason = "shared with the tests of the exchange, which use all of it")]
#[path = "../exchange/wire.rs"]
mod wire;
#[expect(dead_code, reason = "shared with the tests of the exchange, which use all of it")]
#[path = "../exchange/world.rs"]
mod world;

use std::time::Duration;

use exchange::Limits;
use exchange::batch::{BATCH_BYTES_MAX, FIRST_LINE};
use tokio::task::JoinSet;
use tokio::time::timeout;

use wire::{Manner, Wire};
use world::{Authority, Book, Node, batch};

const MIB: u64 = 1024 * 1024;
const PEERS: [&str; 12] = ["es", "fr", "pt", "it", "de", "be", "nl", "ie", "gr", "pl", "se", "fi"];

/// The most memory that this process has had, in bytes.
fn peak() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").expect("Linux tells");
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).expect("its peak");
    line.trim().trim_end_matches(" kB").trim().parse::<u64>().expect("a number") * 1024
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_flood_of_the_largest_batches_stays_within_the_formula() {
    let ma = Authority::new("ma.moj");
    let peers: Vec<Authority> = PEERS.map(|state| Authority::new(&format!("{state}.moj"))).into();
    let limits = Limits { strangers_of_address: 64, ..Limits::default() };
    let node = Node::start(&ma, &peers.iter().collect::<Vec<_>>(), limits.clone()).await;
    // An envelope as large as may be, and all but the last byte of another: so every batch stays under way.
    let largest = [&[0, 0x80, 0, 0][..], &vec![7; 8 * MIB as usize]].concat();
    let body: &'static [u8] =
        [FIRST_LINE, &largest, &largest[..BATCH_BYTES_MAX - FIRST_LINE.len() - largest.len()]].concat().leak();
    let before = peak();
    let mut flood = JoinSet::new();
    for peer in peers.iter().chain(&peers) {
        let (address, config) = (node.address, Manner::of(peer).config());
        flood.spawn(async move {
            let mut wire = Wire::shake(address, config).await.ok()?;
            let head =
                format!("POST /fed/v1/envelopes HTTP/1.1\r\nHost: x\r\nContent-Length: {}\r\n\r\n", BATCH_BYTES_MAX);
            wire.try_say(head.as_bytes()).await.ok()?;
            for piece in body[..BATCH_BYTES_MAX - 1].chunks(64 * 1024) {
                if wire.try_say(piece).await.is_err() {
                    break;
                }
            }
            // Answered (503) if there was no room, or held until the end.
            timeout(Duration::from_secs(3), wire.0.get_mut().0.readable()).await.ok()?.ok()?;
            Some(wire)
        });
    }
    let mut answered = 0;
    while let Some(done) = flood.join_next().await {
        answered += usize::from(done.expect("ends").is_some());
    }
    let grown = peak() - before;
    println!("{} batches of 16 MiB offered at once, {answered} turned away: {} MiB more", 2 * PEERS.len(), grown / MIB);
    assert!(answered >= 10, "only {answered} were turned away");
    let connections = 2 * PEERS.len() as u64 * 2 * MIB;
    let bound = 2 * limits.batches_bytes as u64 + connections;
    assert!(grown <= bound, "{} MiB, and the formula says {}", grown / MIB, bound / MIB);
    assert!(grown >= 64 * MIB, "{} MiB: this measures nothing", grown / MIB);
    let es = &peers[0];
    let carrier = es.carrier(&Book::of(&[&ma]));
    let served = async {
        while carrier.deliver(&node.route(&ma), batch(&[b"after the flood"])).await.is_err() {
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    };
    timeout(Duration::from_secs(20), served).await.expect("it serves on");
}
