//! Large exhibits under SIGKILL: killed during the intake there is the whole or nothing; killed during the transfer, on either side, it goes on where it
//! was, asks for nothing again that was verified, and shows nothing half.
//!
//! A counter stands between the two nodes, so that what is sent again is seen on the wire. `COMITY_CRASH_EXHIBIT_MIB` (64) and
//! `COMITY_CRASH_EXHIBIT_KILLS` (60) say how much and how often.

use std::sync::atomic::AtomicU64;

use super::*;

/// How much is asked for at once, as the node is told.
const RANGE: u64 = 256 * 1024;
/// So many ranges are under way at a time; with what TLS, heads and sockets hold, this is what a cut costs.
const UNDER_WAY: u64 = 4;

/// Stands before a node and counts what it sends.
struct Counter {
    port: u16,
    sent: Arc<AtomicU64>,
}

impl Counter {
    fn before(federation: u16) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let (port, sent) = (listener.local_addr().expect("an address").port(), Arc::new(AtomicU64::new(0)));
        let counted = Arc::clone(&sent);
        std::thread::spawn(move || {
            for from in listener.incoming().flatten() {
                let Ok(to) = TcpStream::connect(("127.0.0.1", federation)) else { continue };
                let (Ok(from_too), Ok(to_too)) = (from.try_clone(), to.try_clone()) else { continue };
                let counted = Arc::clone(&counted);
                std::thread::spawn(move || pass_on(from, to, &AtomicU64::new(0)));
                std::thread::spawn(move || pass_on(to_too, from_too, &counted));
            }
        });
        Self { port, sent }
    }
}

fn pass_on(mut from: TcpStream, mut to: TcpStream, counted: &AtomicU64) {
    let mut piece = vec![0; 64 * 1024];
    while let Ok(count @ 1..) = from.read(&mut piece) {
        if to.write_all(&piece[..count]).is_err() {
            break;
        }
        counted.fetch_add(count as u64, Ordering::Relaxed);
    }
    let _ = (from.shutdown(std::net::Shutdown::Both), to.shutdown(std::net::Shutdown::Both));
}

fn kill(running: &mut Option<Child>) {
    let mut child = running.take().expect("it runs");
    child.kill().expect("SIGKILL");
    child.wait().expect("gone");
}

/// The exhibits of the docket at a side, by id.
fn exhibits(side: &Side, docket: &str) -> BTreeMap<String, Value> {
    let list = side.get("officer", &format!("/dockets/{docket}/exhibits?limit=1000")).expect("the list");
    let items = list["items"].as_array().expect("items").clone();
    items.into_iter().map(|one| (one["id"].as_str().expect("an id").to_owned(), one)).collect()
}

fn take_in(side: &Side, docket: &str, bytes: &[u8]) -> Option<(u16, Value)> {
    use base64::Engine as _;
    let about = format!("Comity-About: {}\r\n", base64::prelude::BASE64_STANDARD.encode(ABOUT));
    side.ask("officer", "POST", &format!("/dockets/{docket}/exhibits"), &about, bytes)
}

#[test]
fn a_large_exhibit_is_whole_or_not_there_and_its_transfer_goes_on_where_it_was() {
    let _alone = ALONE.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    let (mib, kills) = (number("COMITY_CRASH_EXHIBIT_MIB", 64), number("COMITY_CRASH_EXHIBIT_KILLS", 60));
    let seed = number("COMITY_CRASH_SEED", 20_261_124);
    println!("exhibits of {mib} MiB, {kills} kills, seed {seed}");
    let root = tempfile::tempdir().expect("a folder");
    let federation = free_port();
    let counter = Counter::before(federation);
    let range = format!("--set=federation.range={RANGE}");
    let (mut es, es_root) = Side::found(root.path(), "es.moj");
    let (mut ma, ma_root) = Side::found_behind(root.path(), "ma.moj", federation, counter.port);
    let start = |side: &Side| side.start_with(&[&range]);
    let (mut at_es, mut at_ma) = (Some(start(&es)), Some(start(&ma)));
    es.staff();
    ma.staff();
    es.knows(&ma, &ma_root);
    ma.knows(&es, &es_root);
    let docket = opened(&es, &ma);
    let mut chance = Chance(seed ^ 0x5eed);
    let size = usize::try_from(mib << 20).expect("it fits");
    let bytes: Vec<u8> = (0..size).map(|n| (n.wrapping_mul(2_654_435_761) >> 13) as u8).collect();

    // The intake, a third of the kills.
    let (mut begun, mut whole) = (0, 0);
    for _ in 0..kills / 3 {
        std::thread::scope(|scope| {
            let taking = scope.spawn(|| take_in(&ma, &docket, &bytes));
            std::thread::sleep(Duration::from_millis(chance.below(900)));
            kill(&mut at_ma);
            at_ma = Some(start(&ma));
            let said = taking.join().expect("it ends");
            begun += 1;
            whole += usize::from(matches!(said, Some((201, _))));
        });
        let here = exhibits(&ma, &docket);
        assert!(here.len() >= whole, "what was answered is there");
        assert!(
            here.values().all(|one| one["state"] == "here" && one["size"] == size),
            "no half is presented: {here:?}"
        );
    }
    println!("{begun} intakes were begun and killed, {whole} of them too late");
    let (status, taken) = take_in(&ma, &docket, &bytes).expect("nobody kills it now");
    assert_eq!(status, 201, "{taken}");
    let (id, sha256) = (taken["id"].as_str().expect("an id").to_owned(), taken["sha256"].clone());
    for one in exhibits(&ma, &docket).values() {
        assert_eq!(one["sha256"], sha256, "whatever is there is the whole");
    }

    // The transfer, the others: now the one, now the other.
    let before = counter.sent.load(Ordering::Relaxed);
    let transmit = json!({"docket": docket, "kind": "transmit", "facts": {"measures": ["m1"]}, "exhibits": [id]});
    ma.say(&transmit).expect("transmitted");
    let far = |es: &Side| {
        let one = exhibits(es, &docket).remove(&id)?;
        Some((one["state"].as_str()?.to_owned(), one["landed"].as_u64().unwrap_or(0)))
    };
    let (mut killed, mut reached) = (0, 0);
    while killed < kills - kills / 3 {
        std::thread::sleep(Duration::from_millis(40 + chance.below(250)));
        match far(&es) {
            Some((state, _)) if state == "here" => break,
            Some((state, landed)) => {
                assert!(state != "announced" || landed >= reached, "{landed} bytes had landed, and before {reached}");
                reached = landed;
            }
            None => {}
        }
        killed += 1;
        if chance.below(4) == 0 {
            kill(&mut at_ma);
            at_ma = Some(start(&ma));
        } else {
            kill(&mut at_es);
            at_es = Some(start(&es));
        }
    }
    println!("the transfer was killed {killed} times; {reached} bytes had landed at the last of them");
    until("the exhibit arrived", || far(&es).is_some_and(|(state, _)| state == "here"));
    let sent = counter.sent.load(Ordering::Relaxed) - before;
    let sealed = size as u64 + (size as u64 / 16_384 + 1) * 16 + 56;
    // What was on its way at each cut is sent again, and nothing else; handshakes, acts and receipts are small beside it.
    let most = sealed + sealed / 50 + (killed + 2) * (UNDER_WAY * RANGE + 128 * 1024);
    println!("{sent} bytes were sent for {sealed}, of at most {most}");
    assert!(sent <= most, "something that was verified was sent again");
    until("it was received", || {
        es.post("operator", "/peers/ma.moj/hurry", &json!({}));
        ma.acts(&docket).iter().any(|act| act["kind"] == "receive")
    });
    assert_eq!(exhibits(&es, &docket)[&id]["sha256"], sha256);
    let opened = json!({"who": "officer", "where": "Madrid", "why": "reading", "authority": "order 2/2026"});
    let (status, _) = es.post("officer", &format!("/exhibits/{id}/open"), &opened).expect("it opens, whole");
    assert_eq!(status, 200);
    kill(&mut at_es);
    kill(&mut at_ma);
}
