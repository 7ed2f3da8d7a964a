//! What two nodes carry: acts authored, sealed, delivered over mutual TLS, admitted, durable on both, receipted; and how long one takes.
//!
//! `cargo run --release -p node --example traffic -- [acts]`. Everything runs in one process on this machine: both nodes, both databases, the
//! network between them. Two rates: acts that people write one by one while they are carried, from the first draft to the last receipt held; and acts
//! that waited while the peer was not reached, from the moment in which it is reached to the last receipt held.

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

#[path = "../tests/node/serving.rs"]
mod serving;
#[path = "../tests/node/world.rs"]
#[allow(dead_code)]
mod world;

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use exchange::Carrier;
use node::NewDraft;
use serde_json::json;
use serving::start;
use terms::DocketId;
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use world::{Side, request, request_body};

/// Carries for a side until what is given back is dropped or used.
fn carry(side: &Side, carrier: Carrier) -> oneshot::Sender<()> {
    let (stop, stopped) = oneshot::channel::<()>();
    let until = async move { drop(stopped.await) };
    tokio::spawn(node::carry(side.node.clone(), carrier, node::Rhythm::default(), until));
    stop
}

fn progress(docket: DocketId) -> NewDraft {
    NewDraft {
        docket: Some(docket),
        kind: "progress".to_owned(),
        body: Some(json!({"text": "The bank was asked again on Monday; it answers within ten days, as the law asks."})),
        ..NewDraft::default()
    }
}

#[expect(clippy::disallowed_methods, reason = "this is a measurement")]
fn clock() -> Instant {
    Instant::now()
}

/// The processor time that this process has used, in seconds, as Linux tells it; nothing elsewhere.
fn processor() -> Option<f64> {
    let text = std::fs::read_to_string("/proc/self/stat").ok()?;
    let ticks = text.rsplit_once(')')?.1.split_whitespace().skip(11).take(2).map(str::parse::<f64>);
    Some(ticks.sum::<Result<f64, _>>().ok()? / 100.0)
}

fn undelivered(side: &Side) -> usize {
    let mut after = None;
    let mut all = 0;
    loop {
        let (rows, next) = side.node.dockets(&side.officer, after, 1_000).expect("read");
        all += rows.iter().map(|row| row.summary.undelivered).sum::<usize>();
        match next {
            Some(next) => after = Some(next),
            None => return all,
        }
    }
}

#[tokio::main(flavor = "multi_thread", worker_threads = 2)]
async fn main() {
    let acts: usize = std::env::args().nth(1).and_then(|text| text.parse().ok()).unwrap_or(10_000);
    let (at_es, at_ma) = (
        TcpListener::bind("127.0.0.1:0").await.expect("a port"),
        TcpListener::bind("127.0.0.1:0").await.expect("a port"),
    );
    let endpoint = |listener: &TcpListener| format!("https://{}", listener.local_addr().expect("an address"));
    let (es, ma) = (Side::found_at("es.moj", &endpoint(&at_es)), Side::found_at("ma.moj", &endpoint(&at_ma)));
    es.knows(&ma);
    ma.knows(&es);
    let _es_carries = carry(&es, start(&es, at_es));
    let carrier = start(&ma, at_ma);
    let ma_carries = carry(&ma, carrier.clone());
    let dockets: Vec<DocketId> =
        (0..50).map(|_| es.says(request(&es, &ma, request_body())).expect("sent").docket).collect();
    while undelivered(&es) > 0 {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }

    let mut took: Vec<Duration> = Vec::new();
    for at in 0..100 {
        let docket = dockets[at % dockets.len()];
        let begun = clock();
        let draft = ma.node.write_draft(&ma.officer, "bench", progress(docket)).expect("kept");
        ma.node.send(&ma.officer, &draft.id, "bench").expect("sent");
        while undelivered(&ma) > 0 {
            tokio::time::sleep(Duration::from_micros(200)).await;
        }
        took.push(begun.elapsed());
    }
    took.sort();
    println!("one act, from its draft to the receipt held: median {:?}, 90th of 100 {:?}", took[50], took[90]);

    let (side, all) = (Arc::new(ma), Arc::new(dockets));
    let (begun, used) = (clock(), processor());
    write(&side, &all, acts).await;
    let authored = begun.elapsed();
    delivered(&side).await;
    let whole = begun.elapsed();
    println!(
        "{acts} acts in 50 dockets, written one by one by 32 people: written at {:.0}/s, delivered, admitted, durable and receipted at {:.0}/s{}",
        rate(acts, authored),
        rate(acts, whole),
        cost(acts, used)
    );

    drop(ma_carries);
    write(&side, &all, acts).await;
    let (begun, used) = (clock(), processor());
    let _ma_carries = carry(&side, carrier);
    delivered(&side).await;
    println!(
        "{acts} acts that had waited: delivered, admitted, durable and receipted at {:.0}/s{}",
        rate(acts, begun.elapsed()),
        cost(acts, used)
    );
}

fn rate(acts: usize, time: Duration) -> f64 {
    acts as f64 / time.as_secs_f64()
}

fn cost(acts: usize, before: Option<f64>) -> String {
    let used = before.zip(processor()).map(|(before, after)| (after - before) * 1_000.0 / acts as f64);
    used.map_or_else(String::new, |used| format!("; processor time of both nodes {used:.2} ms an act"))
}

/// Waits until everything is receipted.
async fn delivered(side: &Side) {
    while undelivered(side) > 0 {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

/// So many acts, by thirty-two writers at a time.
async fn write(side: &Arc<Side>, all: &Arc<Vec<DocketId>>, acts: usize) {
    let next = Arc::new(AtomicUsize::new(0));
    let writers: Vec<_> = (0..32)
        .map(|_| {
            let (side, all, next) = (Arc::clone(side), Arc::clone(all), Arc::clone(&next));
            std::thread::spawn(move || {
                loop {
                    let at = next.fetch_add(1, Ordering::Relaxed);
                    if at >= acts {
                        return;
                    }
                    let draft =
                        side.node.write_draft(&side.officer, "bench", progress(all[at % all.len()])).expect("kept");
                    side.node.send(&side.officer, &draft.id, "bench").expect("sent");
                }
            })
        })
        .collect();
    let written = tokio::task::spawn_blocking(move || writers.into_iter().for_each(|one| one.join().expect("writes")));
    written.await.expect("written");
}
