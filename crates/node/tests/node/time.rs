//! Time stamps on the log: what is asked, what is kept, and that nothing waits for an authority that does not answer.

use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use exchange::TimeAuthority;
use exchange::tsa::Way;
use ledger::TlogProof;
use node::{TimeAuthorities, TimeStanding};
use seal::certificate::Period;
use seal::timestamp::ReceivedToken;
use seal::{DemonstrationTsa, TimeRoots};
use terms::Moment;

use crate::world::{Side, request, request_body, settle, start, two};

/// A time-stamping authority on this machine whose clock the test sets, and that can be struck dumb.
pub struct Tsa {
    pub address: String,
    pub roots: TimeRoots,
    pub clock: Arc<AtomicI64>,
    pub speaks: Arc<Mutex<bool>>,
}

impl Tsa {
    pub fn open() -> Self {
        let period = Period::new(start().plus_seconds(-86_400), start().plus_seconds(20 * 365 * 86_400));
        let tsa = DemonstrationTsa::found(period, &mut keys::system_random().expect("randomness")).expect("founded");
        let roots = TimeRoots::new([tsa.root().to_vec()]).expect("a root");
        let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a port");
        let address = format!("http://{}/", listener.local_addr().expect("an address"));
        let (clock, speaks) = (Arc::new(AtomicI64::new(0)), Arc::new(Mutex::new(true)));
        let (time, voice) = (clock.clone(), speaks.clone());
        std::thread::spawn(move || {
            for (serial, stream) in (1..).zip(listener.incoming()) {
                let mut stream = stream.expect("a connection");
                let mut heard = Vec::new();
                let request = loop {
                    let mut piece = [0; 4_096];
                    let n = stream.read(&mut piece).expect("heard");
                    heard.extend_from_slice(&piece[..n]);
                    let Some(cut) = heard.windows(4).position(|four| four == b"\r\n\r\n") else { continue };
                    let head = String::from_utf8_lossy(&heard[..cut]).to_ascii_lowercase();
                    let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")?.parse().ok());
                    if heard.len() >= cut + 4 + length.unwrap_or(0) {
                        break heard.split_off(cut + 4);
                    }
                };
                if !*voice.lock().expect("not poisoned") {
                    continue;
                }
                let at = start().plus_seconds(time.load(Ordering::SeqCst));
                let reply = tsa.respond(&request, serial, at).expect("answered");
                let head = "HTTP/1.1 200 OK\r\nContent-Type: application/timestamp-reply\r\n";
                write!(stream, "{head}Content-Length: {}\r\n\r\n", reply.len()).expect("said");
                stream.write_all(&reply).expect("said");
            }
        });
        Self { address, roots, clock, speaks }
    }
    /// As an operator would configure it.
    pub fn authorities(&self, every: u64) -> TimeAuthorities {
        let asked = TimeAuthority::new(&self.address, &Way::Plain).expect("an address");
        TimeAuthorities::new(vec![asked], self.roots.clone(), Duration::from_secs(every))
    }
}

pub fn stamp(side: &Side) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a thread");
    runtime.block_on(side.node.stamp_head());
}

fn standing(side: &Side) -> TimeStanding {
    side.node.standing(&side.operator).expect("read").time.expect("somebody stamps")
}

fn by(side: &Side) -> Option<Moment> {
    standing(side).last.map(|last| last.by)
}

#[test]
fn the_head_is_stamped_now_and_then_and_the_token_stands_in_every_proof_below() {
    let (es, ma) = two();
    let tsa = Tsa::open();
    assert!(es.node.standing(&es.operator).expect("read").time.is_none(), "nobody was named");
    stamp(&es);
    es.node.trust_time(tsa.authorities(600));
    let first = es.says(request(&es, &ma, request_body())).expect("sent");
    settle(&[&es, &ma]);
    es.node.end_round().expect("a round");
    tsa.clock.store(7, Ordering::SeqCst);
    stamp(&es);
    let text = es.node.proof(&es.officer, &first.act).expect("a proof");
    let proof = TlogProof::parse(text.as_bytes()).expect("it can be read");
    let tokens: Vec<_> = ledger::stamp::tokens(proof.checkpoint.note()).collect();
    assert_eq!(tokens.len(), 1, "{text}");
    let token = ReceivedToken::parse(tokens[0]).expect("a token");
    let stamped =
        token.verify(&ledger::stamp::imprint(proof.checkpoint.note()), &tsa.roots).expect("it is about this head");
    assert_eq!(stamped.stated, start().plus_seconds(7), "the authority's word and not the node's");
    let last = standing(&es).last.expect("a token");
    assert!(last.demonstration && last.by == stamped.by && last.authority.is_some());

    let second = es.act(&first.docket, "consult", serde_json::json!({})).expect("said");
    es.clock.pass(60);
    es.node.end_round().expect("a round");
    stamp(&es);
    let proof = |act| TlogProof::parse(es.node.proof(&es.officer, act).expect("a proof").as_bytes()).expect("read");
    let stamps = |act| ledger::stamp::tokens(proof(act).checkpoint.note()).count();
    assert_eq!((stamps(&first.act), stamps(&second.act)), (1, 0), "not more often than the operator wants");
    es.clock.pass(600);
    tsa.clock.store(660, Ordering::SeqCst);
    stamp(&es);
    assert_eq!((stamps(&first.act), stamps(&second.act)), (1, 1));
    assert!(proof(&first.act).checkpoint.checkpoint().size < proof(&second.act).checkpoint.checkpoint().size);
}

#[test]
fn an_authority_that_is_down_holds_up_nothing_and_is_asked_again() {
    let (es, ma) = two();
    let tsa = Tsa::open();
    es.node.trust_time(tsa.authorities(1));
    *tsa.speaks.lock().expect("not poisoned") = false;
    let sent = es.says(request(&es, &ma, request_body())).expect("sent all the same");
    settle(&[&es, &ma]);
    assert!(es.delivered(&sent.docket, "submit"));
    for _ in 0..2 {
        es.node.end_round().expect("a round");
        stamp(&es);
        es.clock.pass(60);
    }
    let waiting = standing(&es).waiting.expect("it is shown");
    assert_eq!(waiting.since, start(), "since the first time");
    assert!(waiting.why.contains(&tsa.address), "{}", waiting.why);
    assert!(by(&es).is_none());
    *tsa.speaks.lock().expect("not poisoned") = true;
    tsa.clock.store(120, Ordering::SeqCst);
    stamp(&es);
    assert!(standing(&es).waiting.is_none());
    assert!(by(&es).is_some_and(|by| by >= start().plus_seconds(120)));
    let text = es.node.proof(&es.officer, &sent.act).expect("a proof");
    assert!(text.contains("\u{2014} time-stamp "), "the later token vouches for the earlier act");
}

#[test]
fn a_token_that_is_not_believed_is_not_kept() {
    let (es, _ma) = two();
    let (tsa, other) = (Tsa::open(), Tsa::open());
    let asked = TimeAuthority::new(&tsa.address, &Way::Plain).expect("an address");
    es.node.trust_time(TimeAuthorities::new(vec![asked], other.roots.clone(), Duration::from_secs(1)));
    es.node.end_round().expect("a round");
    stamp(&es);
    assert!(by(&es).is_none() && standing(&es).waiting.is_some(), "another root");

    let (fr, tsa) = (Side::found("fr.moj"), Tsa::open());
    fr.node.trust_time(tsa.authorities(1));
    fr.node.end_round().expect("a round");
    tsa.clock.store(-86_400 + 3_600, Ordering::SeqCst);
    stamp(&fr);
    assert!(by(&fr).is_none(), "a clock that is hours away");
    assert!(standing(&fr).waiting.is_some_and(|waiting| waiting.why.contains("apart")));
    tsa.clock.store(-300, Ordering::SeqCst);
    stamp(&fr);
    assert!(by(&fr).is_some());
}

fn stamp_manifests(side: &Side) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a thread");
    runtime.block_on(side.node.stamp_manifests());
}

/// The token in the signature of the one manifest that an export holds, and what it says.
fn manifest_stamp(side: &Side, docket: &terms::DocketId, tsa: &Tsa) -> Option<seal::Stamped> {
    let mut container = Vec::new();
    let wish = node::Wish { exhibits: false, items: false, said: crate::evidence::said() };
    side.node.export(&side.officer, docket, wish, &mut container).expect("exported");
    let container = evidence::asic::Container::open(container.as_slice()).expect("a container");
    let mut names = container.listed().iter().map(|listing| listing.name.as_str());
    let name = names.find(|name| name.starts_with("manifests/") && name.ends_with(".p7s")).expect("one");
    let signature = container.read(name, 1 << 20).expect("read");
    let signature = seal::ReceivedSignature::parse(&signature).expect("a signature");
    seal::timestamp::stamp_of(&signature, &tsa.roots).expect("a token that counts")
}

#[test]
fn a_manifest_is_stamped_later_if_nobody_answers_and_both_sides_hold_the_token() {
    use crate::evidence::{bytes, fetch, opened, take, transmit};
    let (es, ma, docket) = opened();
    let tsa = Tsa::open();
    ma.node.trust_time(tsa.authorities(600));
    *tsa.speaks.lock().expect("not poisoned") = false;
    let exhibit = take(&ma, docket, &bytes(100_000));
    transmit(&ma, docket, &[exhibit]);
    settle(&[&es, &ma]);
    fetch(&es, &ma);
    settle(&[&es, &ma]);
    assert_eq!(es.kinds(&docket).last().map(String::as_str), Some("receive"), "nothing waits for the token");
    stamp_manifests(&ma);
    let unstamped = || ma.node.standing(&ma.operator).expect("read").unstamped;
    let waits = unstamped().expect("it is shown");
    assert!(waits.manifests == 1 && waits.since == start() && waits.why.contains(&tsa.address), "{waits:?}");
    assert!(manifest_stamp(&ma, &docket, &tsa).is_none());
    *tsa.speaks.lock().expect("not poisoned") = true;
    tsa.clock.store(30, Ordering::SeqCst);
    stamp_manifests(&ma);
    assert!(unstamped().is_none());
    assert_eq!(manifest_stamp(&ma, &docket, &tsa).map(|stamped| stamped.stated), Some(start().plus_seconds(30)));
    assert!(manifest_stamp(&es, &docket, &tsa).is_none(), "it has not travelled yet");
    settle(&[&es, &ma]);
    assert_eq!(manifest_stamp(&es, &docket, &tsa).map(|stamped| stamped.stated), Some(start().plus_seconds(30)));
    let (rows, _) = es.node.exhibits(&es.officer, &docket, 0, 10).expect("listed");
    assert_eq!(rows[0].state, "here", "nothing else changed");
}
