//! The table *Refusals* of the specification, row by row, and what is no HTTP at all.

use std::time::Duration;

use exchange::Limits;
use exchange::batch::{BATCH_BYTES_MAX, ENVELOPES_MAX, FIRST_LINE};

use crate::wire::{Wire, get, post};
use crate::world::{Book, EMPTY, HERE, batch, spain_and_morocco, spain_and_morocco_with};

const SOON: Duration = Duration::from_secs(5);

fn framed(envelopes: &[(u32, &[u8])]) -> Vec<u8> {
    let frames = envelopes.iter().flat_map(|(length, bytes)| [&length.to_be_bytes()[..], bytes].concat());
    FIRST_LINE.iter().copied().chain(frames).collect()
}

#[tokio::test]
async fn a_body_that_is_no_batch_is_refused_as_a_whole() {
    let (es, ma, node) = spain_and_morocco().await;
    let many = vec![(1, &b"x"[..]); ENVELOPES_MAX + 1];
    for (what, body, status, code) in [
        ("nothing", vec![], 400, "exchange.framing"),
        ("another version", b"comity.batch/2\n".to_vec(), 400, "exchange.framing"),
        ("half a first line", b"comity.bat".to_vec(), 400, "exchange.framing"),
        ("half a length", [framed(&[(1, b"x")]), vec![0, 0]].concat(), 400, "exchange.framing"),
        ("half an envelope", framed(&[(1, b"x"), (5, b"1234")]), 400, "exchange.framing"),
        ("an empty envelope", framed(&[(1, b"x"), (0, b"")]), 400, "exchange.framing"),
        ("an envelope beyond the largest", framed(&[(8_388_609, b"x")]), 413, "exchange.too-large"),
        ("a length beyond everything", framed(&[(u32::MAX, b"x")]), 413, "exchange.too-large"),
        ("more envelopes than allowed", framed(&many), 413, "exchange.too-large"),
    ] {
        let mut wire = Wire::connect(node.address, &es).await;
        wire.say(&post(&body)).await;
        let reply = wire.reply().await.expect(what);
        assert_eq!((reply.status, reply.code().as_str()), (status, code), "{what}");
        assert!(wire.closes(SOON).await, "{what}");
    }
    assert_eq!(node.desk.calls(), 0, "nothing of them was taken");
    es.carrier(&Book::of(&[&ma])).deliver(&node.route(&ma), batch(&[b"x"])).await.expect("and the node serves on");
}

#[tokio::test]
async fn a_batch_beyond_the_largest_is_refused_whether_it_says_so_or_not() {
    let (es, _, node) = spain_and_morocco().await;
    let mut wire = Wire::connect(node.address, &es).await;
    let head = format!("POST /fed/v1/envelopes HTTP/1.1\r\nHost: x\r\nContent-Length: {}\r\n\r\n", BATCH_BYTES_MAX + 1);
    let declared = wire.ask(&head).await.expect("answered, although nothing more came");
    assert_eq!((declared.status, declared.code().as_str()), (413, "exchange.too-large"));
    let mut wire = Wire::connect(node.address, &es).await;
    wire.say(
        b"POST /fed/v1/envelopes HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nf\r\ncomity.batch/1\n\r\n",
    )
    .await;
    let piece = vec![0u8; 1 << 20];
    let mut sent = 0;
    // Envelopes of one megabyte less their length: seventeen of them are too much.
    while sent < 20 {
        let mut chunk = format!("{:x}\r\n", piece.len()).into_bytes();
        chunk.extend_from_slice(&(u32::try_from(piece.len() - 4).expect("small")).to_be_bytes());
        chunk.extend_from_slice(&piece[4..]);
        chunk.extend_from_slice(b"\r\n");
        if wire.try_say(&chunk).await.is_err() {
            break;
        }
        sent += 1;
    }
    let reply = wire.reply().await.expect("answered, although it had not finished");
    assert_eq!((reply.status, reply.code().as_str()), (413, "exchange.too-large"));
    assert_eq!(node.desk.calls(), 0);
}

#[tokio::test]
async fn other_places_and_methods_are_refused_and_the_connection_goes_on() {
    let (es, _, node) = spain_and_morocco().await;
    let mut wire = Wire::connect(node.address, &es).await;
    for path in [
        "/",
        "/fed/v1",
        "/fed/v1/",
        "/fed/v2/card",
        "/fed/v1/cards",
        "/fed/v1/card/",
        "/fed/v1/ledger",
        "/fed/v1/ledger/",
        "/fed/v1/ledger/../card",
        "/fed/v1/ledger/%2e%2e",
        "/fed/v1/exhibits",
        "/fed/v1//card",
        "//fed/v1/card",
        "/fed/v1/witness",
        "*",
    ] {
        let reply = wire.ask(&get(path)).await.expect(path);
        assert_eq!((reply.status, reply.code().as_str()), (404, "exchange.no-such-place"), "{path}");
    }
    for (method, path, allow) in [
        ("GET", "/fed/v1/envelopes", "post"),
        ("PUT", "/fed/v1/envelopes", "post"),
        ("POST", "/fed/v1/card", "get"),
        ("DELETE", "/fed/v1/ledger/checkpoint", "get"),
        ("PATCH", &format!("/fed/v1/exhibits/{HERE}"), "get"),
        ("BREW", &format!("/fed/v1/exhibits/{EMPTY}"), "get"),
    ] {
        let request = format!("{method} {path} HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n");
        let reply = wire.ask(&request).await.expect(path);
        assert_eq!((reply.status, reply.code().as_str()), (405, "exchange.method"), "{method} {path}");
        assert_eq!(reply.header("allow"), Some(allow), "{method} {path}");
    }
    assert_eq!(wire.ask(&get("/fed/v1/card")).await.expect("the same connection").status, 200);
    assert_eq!(node.desk.calls(), 0);
}

#[tokio::test]
async fn a_body_that_does_not_come_in_time_is_refused() {
    let quick = Duration::from_millis(300);
    for limits in [Limits { pause: quick, ..Limits::default() }, Limits { batch: quick, ..Limits::default() }] {
        let (es, _, node) = spain_and_morocco_with(Limits { handshake: Duration::from_secs(1), ..limits }).await;
        let mut wire = Wire::connect(node.address, &es).await;
        let whole = post(&batch(&[&[7; 4000]]).into_body());
        wire.say(&whole[..200]).await;
        let reply = wire.reply().await.expect("answered");
        assert_eq!((reply.status, reply.code().as_str()), (408, "exchange.too-slow"));
        assert!(wire.closes(SOON).await);
        assert_eq!(node.desk.calls(), 0);
    }
}

#[tokio::test]
async fn a_trickle_within_the_pause_ends_at_the_limit_for_the_whole() {
    let limits = Limits { pause: SOON, batch: Duration::from_millis(600), handshake: SOON, ..Limits::default() };
    let (es, _, node) = spain_and_morocco_with(limits).await;
    let mut wire = Wire::connect(node.address, &es).await;
    let whole = post(&batch(&[&[7; 4000]]).into_body());
    for byte in &whole[..120] {
        if wire.try_say(&[*byte]).await.is_err() {
            break;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    assert_eq!(wire.reply().await.expect("answered").code(), "exchange.too-slow");
}

#[tokio::test]
async fn a_desk_that_breaks_its_promise_is_a_bug_of_the_node_and_harms_nobody_else() {
    let (es, ma, node) = spain_and_morocco().await;
    let mut wire = Wire::connect(node.address, &es).await;
    for bad in [&b"panic"[..], b"short"] {
        wire.say(&post(&batch(&[bad]).into_body())).await;
        let reply = wire.reply().await.expect("answered");
        assert_eq!((reply.status, reply.code().as_str()), (500, "exchange.bug"));
        assert!(!String::from_utf8_lossy(&reply.body).contains("asked to panic"), "what broke is for the log alone");
        wire = Wire::connect(node.address, &es).await;
    }
    let huge = wire.ask(&get("/fed/v1/ledger/huge")).await.expect("answered");
    assert_eq!((huge.status, huge.code().as_str()), (500, "exchange.bug"));
    let fault = es.carrier(&Book::of(&[&ma])).deliver(&node.route(&ma), batch(&[b"panic"])).await.expect_err("a bug");
    assert_eq!(
        (fault.code(), fault.retryable()),
        ("exchange.refused-by-peer", true),
        "it may be mended, so it is tried again"
    );
    es.carrier(&Book::of(&[&ma])).deliver(&node.route(&ma), batch(&[b"x"])).await.expect("and the node serves on");
}

#[tokio::test]
async fn what_is_no_http_1_1_is_cut_off_and_reaches_no_desk() {
    let (es, ma, node) = spain_and_morocco().await;
    let long = format!("GET /fed/v1/card HTTP/1.1\r\nHost: x\r\nX: {}\r\n\r\n", "x".repeat(20_000));
    let many = format!("GET /fed/v1/card HTTP/1.1\r\nHost: x\r\n{}\r\n", "X: y\r\n".repeat(40));
    let path = format!("GET /{} HTTP/1.1\r\nHost: x\r\n\r\n", "x".repeat(20_000));
    let body = batch(&[b"smuggled"]).into_body();
    let twice = [
        &b"POST /fed/v1/envelopes HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\n"[..],
        body.as_slice(),
    ]
    .concat();
    for (what, bytes) in [
        ("noise", vec![0xff; 300]),
        ("HTTP/2", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".to_vec()),
        ("HTTP/3.7", b"GET /fed/v1/card HTTP/3.7\r\n\r\n".to_vec()),
        ("a header that is too long", long.into_bytes()),
        ("too many headers", many.into_bytes()),
        ("a path that is too long", path.into_bytes()),
        ("a header without a colon", b"GET /fed/v1/card HTTP/1.1\r\nHost\r\n\r\n".to_vec()),
        ("a header with a control character", b"GET /fed/v1/card HTTP/1.1\r\nHost: a\x00b\r\n\r\n".to_vec()),
        ("a space before the colon", b"GET /fed/v1/card HTTP/1.1\r\nHost : x\r\n\r\n".to_vec()),
        ("two lengths", twice),
        ("a length that is none", b"POST /fed/v1/envelopes HTTP/1.1\r\nContent-Length: -1\r\n\r\n".to_vec()),
        ("a coding that is none", b"POST /fed/v1/envelopes HTTP/1.1\r\nTransfer-Encoding: gzip\r\n\r\n".to_vec()),
    ] {
        let mut wire = Wire::connect(node.address, &es).await;
        let _ = wire.try_say(&bytes).await;
        if let Some(reply) = wire.reply().await {
            assert!((400..500).contains(&reply.status), "{what}: {reply:?}");
        }
        assert!(wire.closes(SOON).await, "{what}");
    }
    assert_eq!(node.desk.calls(), 0);
    es.carrier(&Book::of(&[&ma])).deliver(&node.route(&ma), batch(&[b"x"])).await.expect("and the node serves on");
}

#[tokio::test]
async fn one_request_is_answered_after_the_other_even_if_they_come_at_once() {
    let (es, _, node) = spain_and_morocco().await;
    let mut wire = Wire::connect(node.address, &es).await;
    let both = [post(&batch(&[b"first"]).into_body()), post(&batch(&[b"second"]).into_body())].concat();
    wire.say(&both).await;
    for _ in 0..2 {
        assert_eq!(wire.reply().await.expect("answered").status, 200);
    }
    let calls = node.desk.calls.lock().expect("sound");
    let order: Vec<_> = calls.iter().map(|(_, envelopes)| envelopes[0].clone()).collect();
    assert_eq!(order, [b"first".to_vec(), b"second".to_vec()]);
}
