//! The table *Limits* of the specification, row by row, with small numbers: whoever is slow or loud uses up its own share only.

use std::time::Duration;

use exchange::{Answer, Limits};
use tokio::io::AsyncReadExt as _;
use tokio::net::TcpStream;
use tokio::time::{sleep, timeout};

use crate::wire::{Manner, Wire, get, post};
use crate::world::{Authority, Book, ENDLESS, HERE, Node, batch, spain_and_morocco_with};

const CARD: &str = "/fed/v1/card";
const SOON: Duration = Duration::from_secs(5);
const QUICK: Duration = Duration::from_millis(300);

/// Whether the other side closes a plain connection within `patience`.
async fn drops(socket: &mut TcpStream, patience: Duration) -> bool {
    let mut byte = [0; 64];
    let ended = async { while let Ok(1..) = socket.read(&mut byte).await {} };
    timeout(patience, ended).await.is_ok()
}

#[tokio::test]
async fn strangers_that_say_nothing_are_few_and_soon_gone() {
    let limits = Limits { strangers_of_address: 3, handshake: Duration::from_millis(800), ..Limits::default() };
    let (es, ma, node) = spain_and_morocco_with(limits).await;
    let mut silent = Vec::new();
    for _ in 0..3 {
        silent.push(TcpStream::connect(node.address).await.expect("connects"));
    }
    sleep(Duration::from_millis(100)).await;
    for _ in 0..20 {
        let mut one_more = TcpStream::connect(node.address).await.expect("connects");
        assert!(drops(&mut one_more, QUICK).await, "closed at once");
    }
    for socket in &mut silent {
        assert!(drops(socket, SOON).await, "no handshake in time");
    }
    es.carrier(&Book::of(&[&ma])).fetch_card(&node.route(&ma)).await.expect("and the node serves on");
}

#[tokio::test]
async fn all_strangers_together_are_bounded_too_and_those_inside_are_not_disturbed() {
    let limits = Limits { strangers: 2, handshake: Duration::from_secs(2), ..Limits::default() };
    let (es, _, node) = spain_and_morocco_with(limits).await;
    let mut inside = Wire::connect(node.address, &es).await;
    assert_eq!(inside.ask(&get(CARD)).await.expect("answered").status, 200);
    let _silent = [TcpStream::connect(node.address).await, TcpStream::connect(node.address).await];
    sleep(Duration::from_millis(100)).await;
    assert!(Wire::shake(node.address, Manner::of(&es).config()).await.is_err(), "no place for a third");
    assert_eq!(inside.ask(&get(CARD)).await.expect("answered").status, 200);
}

#[tokio::test]
async fn a_handshake_that_trickles_does_not_take_longer_than_one_that_stands_still() {
    let limits = Limits { handshake: Duration::from_millis(500), ..Limits::default() };
    let (_, _, node) = spain_and_morocco_with(limits).await;
    let mut socket = TcpStream::connect(node.address).await.expect("connects");
    // The beginning of a ClientHello, a byte at a time.
    let hello = [0x16, 0x03, 0x01, 0x02, 0x00, 0x01, 0x00, 0x01, 0xfc, 0x03, 0x03];
    let trickle = async {
        for byte in hello.into_iter().chain(std::iter::repeat(7)) {
            if tokio::io::AsyncWriteExt::write_all(&mut socket, &[byte]).await.is_err() {
                return;
            }
            sleep(Duration::from_millis(50)).await;
        }
    };
    timeout(SOON, trickle).await.expect("it was cut off");
}

#[tokio::test]
async fn one_peers_connections_are_bounded_and_another_peer_is_served() {
    let (es, ma, fr) = (Authority::new("es.moj"), Authority::new("ma.moj"), Authority::new("fr.moj"));
    let limits = Limits { connections_of_peer: 2, retry_after_seconds: 5, ..Limits::default() };
    let node = Node::start(&ma, &[&es, &fr], limits).await;
    let mut inside = [Wire::connect(node.address, &es).await, Wire::connect(node.address, &es).await];
    for wire in &mut inside {
        assert_eq!(wire.ask(&get(CARD)).await.expect("answered").status, 200);
    }
    for _ in 0..3 {
        let mut third = Wire::connect(node.address, &es).await;
        let reply = third.ask(&get(CARD)).await.expect("answered");
        assert_eq!(
            (reply.status, reply.code().as_str(), reply.header("retry-after")),
            (429, "exchange.too-many", Some("5"))
        );
        assert!(third.closes(SOON).await);
    }
    let fault = es.carrier(&Book::of(&[&ma])).fetch_card(&node.route(&ma)).await.expect_err("later");
    assert_eq!((fault.code(), fault.retry_after()), ("exchange.later", Some(5)));
    fr.carrier(&Book::of(&[&ma])).fetch_card(&node.route(&ma)).await.expect("France has a share of its own");
    drop(inside);
    sleep(QUICK).await;
    es.carrier(&Book::of(&[&ma])).fetch_card(&node.route(&ma)).await.expect("a place was given back");
}

#[tokio::test]
async fn all_connections_together_are_bounded() {
    let (es, ma, fr) = (Authority::new("es.moj"), Authority::new("ma.moj"), Authority::new("fr.moj"));
    let node = Node::start(&ma, &[&es, &fr], Limits { connections: 1, ..Limits::default() }).await;
    let mut inside = Wire::connect(node.address, &es).await;
    assert_eq!(inside.ask(&get(CARD)).await.expect("answered").status, 200);
    let reply = Wire::connect(node.address, &fr).await.ask(&get(CARD)).await.expect("answered");
    assert_eq!((reply.status, reply.code().as_str(), reply.header("retry-after")), (503, "exchange.busy", Some("5")));
}

#[tokio::test]
async fn an_idle_connection_and_a_trickling_head_are_closed() {
    let (es, _, node) = spain_and_morocco_with(Limits { headers: QUICK, ..Limits::default() }).await;
    let mut idle = Wire::connect(node.address, &es).await;
    assert!(idle.closes(SOON).await, "before its first request");
    let mut idle = Wire::connect(node.address, &es).await;
    assert_eq!(idle.ask(&get(CARD)).await.expect("answered").status, 200);
    assert!(idle.closes(SOON).await, "between two requests");
    let mut slow = Wire::connect(node.address, &es).await;
    let trickle = async {
        for byte in get(CARD).bytes().chain(std::iter::repeat(b'x')).take(400) {
            if slow.try_say(&[byte]).await.is_err() {
                return true;
            }
            sleep(Duration::from_millis(20)).await;
        }
        false
    };
    // The request is whole after some forty bytes, which take longer than allowed.
    assert!(timeout(2 * SOON, trickle).await.expect("in time"), "a head that trickles");
    assert_eq!(node.desk.calls(), 0);
}

#[tokio::test]
async fn one_peers_batches_under_way_are_bounded_and_another_peers_are_not_held_up() {
    let (es, ma, fr) = (Authority::new("es.moj"), Authority::new("ma.moj"), Authority::new("fr.moj"));
    let node = Node::start(&ma, &[&es, &fr], Limits { batches_of_peer: 1, ..Limits::default() }).await;
    let mut slow = Wire::connect(node.address, &es).await;
    let whole = post(&batch(&[b"slow"]).into_body());
    slow.say(&whole[..whole.len() - 1]).await;
    sleep(Duration::from_millis(200)).await;
    let mut second = Wire::connect(node.address, &es).await;
    second.say(&post(&batch(&[b"second"]).into_body())).await;
    let reply = second.reply().await.expect("answered");
    assert_eq!(
        (reply.status, reply.code().as_str(), reply.header("retry-after")),
        (429, "exchange.too-many", Some("5"))
    );
    let answers = fr.carrier(&Book::of(&[&ma])).deliver(&node.route(&ma), batch(&[b"from France"])).await;
    assert_eq!(answers.expect("delivered"), [Answer::Taken]);
    slow.say(&whole[whole.len() - 1..]).await;
    assert_eq!(slow.reply().await.expect("answered").status, 200);
}

#[tokio::test]
async fn bytes_of_batches_under_way_are_counted_as_they_arrive_and_given_back() {
    let (es, ma, fr) = (Authority::new("es.moj"), Authority::new("ma.moj"), Authority::new("fr.moj"));
    let node = Node::start(&ma, &[&es, &fr], Limits { batches_bytes: 100_000, ..Limits::default() }).await;
    let large = [7; 60_000];
    // Declaring much costs nothing: sixteen megabytes are announced, and France is served.
    let mut declares = Wire::connect(node.address, &es).await;
    declares
        .say(b"POST /fed/v1/envelopes HTTP/1.1\r\nHost: x\r\nContent-Length: 16777216\r\n\r\ncomity.batch/1\n")
        .await;
    let france = fr.carrier(&Book::of(&[&ma]));
    assert_eq!(france.deliver(&node.route(&ma), batch(&[&large])).await.expect("delivered"), [Answer::Taken]);
    drop(declares);
    let mut holds = Wire::connect(node.address, &es).await;
    let whole = post(&batch(&[&large]).into_body());
    holds.say(&whole[..whole.len() - 1]).await;
    sleep(QUICK).await;
    let fault = france.deliver(&node.route(&ma), batch(&[&large])).await.expect_err("too much in all");
    assert_eq!(fault.code(), "exchange.later");
    holds.say(&whole[whole.len() - 1..]).await;
    assert_eq!(holds.reply().await.expect("answered").status, 200);
    assert_eq!(france.deliver(&node.route(&ma), batch(&[&large])).await.expect("delivered"), [Answer::Taken]);
}

#[tokio::test]
async fn a_caller_that_asks_and_does_not_listen_is_cut_off() {
    let limits = Limits { unread: QUICK, connections_of_peer: 1, ..Limits::default() };
    let (es, ma, node) = spain_and_morocco_with(limits).await;
    let mut deaf = Wire::connect(node.address, &es).await;
    deaf.say(get(&format!("/fed/v1/exhibits/{ENDLESS}")).as_bytes()).await;
    let carrier = es.carrier(&Book::of(&[&ma]));
    let freed = async {
        while carrier.fetch_card(&node.route(&ma)).await.is_err() {
            sleep(Duration::from_millis(100)).await;
        }
    };
    timeout(2 * SOON, freed).await.expect("its place was given back");
    drop(deaf);
}

#[tokio::test]
async fn a_caller_that_asks_and_leaves_at_once_leaves_no_work_behind_beyond_its_share() {
    let limits = Limits { connections_of_peer: 2, ..Limits::default() };
    let (es, _, node) = spain_and_morocco_with(limits).await;
    node.desk.hold();
    for _ in 0..2 {
        let mut leaves = Wire::connect(node.address, &es).await;
        leaves.say(get(&format!("/fed/v1/exhibits/{HERE}")).as_bytes()).await;
        sleep(Duration::from_millis(100)).await;
    }
    sleep(QUICK).await;
    let reply = Wire::connect(node.address, &es).await.ask(&get(CARD)).await.expect("answered");
    assert_eq!(reply.status, 429, "the desk is still at work for both connections that are gone");
    node.desk.release();
    sleep(QUICK).await;
    let reply = Wire::connect(node.address, &es).await.ask(&get(CARD)).await.expect("answered");
    assert_eq!(reply.status, 200);
}

#[tokio::test]
async fn a_flood_of_callers_is_answered_or_closed_and_the_node_serves_on() {
    let limits = Limits { strangers: 16, strangers_of_address: 16, connections_of_peer: 4, ..Limits::default() };
    let (es, ma, node) = spain_and_morocco_with(limits).await;
    let stranger = Authority::new("al.moj");
    let mut flood = tokio::task::JoinSet::new();
    for n in 0..120usize {
        let who = if n % 2 == 0 { Manner::of(&es) } else { Manner::of(&stranger) };
        let (address, config) = (node.address, who.config());
        flood.spawn(async move {
            let Ok(mut wire) = Wire::shake(address, config).await else { return None };
            wire.try_say(&post(&batch(&[b"flood"]).into_body())).await.ok()?;
            wire.reply().await.map(|reply| reply.status)
        });
    }
    let mut statuses = std::collections::BTreeMap::new();
    while let Some(done) = flood.join_next().await {
        *statuses.entry(done.expect("ends")).or_insert(0) += 1;
    }
    assert!(statuses.keys().all(|status| matches!(status, None | Some(200 | 429 | 503))), "{statuses:?}");
    let carrier = es.carrier(&Book::of(&[&ma]));
    let served = async {
        while carrier.deliver(&node.route(&ma), batch(&[b"after"])).await.is_err() {
            sleep(Duration::from_millis(100)).await;
        }
    };
    timeout(2 * SOON, served).await.expect("it serves on");
    let calls = node.desk.calls.lock().expect("sound");
    assert!(calls.iter().all(|(from, _)| *from == es.id), "no stranger's word reached the desk");
}
