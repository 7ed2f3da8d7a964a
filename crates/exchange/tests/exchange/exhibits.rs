//! Ranges of an exhibit: what was asked for and nothing else, resumed after a cut, and never for somebody who is no peer any more.

use std::time::Duration;

use exchange::ExchangeFault;

use crate::wire::{Wire, get};
use crate::world::{BUSY, Book, EMPTY, ENDLESS, HERE, TORN, exhibit, sealed_bytes, spain_and_morocco};

fn ask(id: &str, range: &str) -> String {
    format!("GET /fed/v1/exhibits/{id} HTTP/1.1\r\nHost: x\r\n{range}\r\n")
}

#[tokio::test]
async fn a_range_is_answered_with_exactly_its_bytes() {
    let (es, _, node) = spain_and_morocco().await;
    let bytes = sealed_bytes();
    let (size, mut wire) = (bytes.len(), Wire::connect(node.address, &es).await);
    for (range, from, to) in [
        ("0-0".to_owned(), 0, 1),
        ("0-55".to_owned(), 0, 56),
        ("131071-131072".to_owned(), 131_071, 131_073),
        ("100000-599999".to_owned(), 100_000, 600_000),
        (format!("{}-", size - 1), size - 1, size),
        ("5-99999999".to_owned(), 5, size),
        ("0-".to_owned(), 0, size),
    ] {
        let reply = wire.ask(&ask(HERE, &format!("Range: bytes={range}\r\n"))).await.expect("answered");
        assert_eq!(reply.status, 206, "{range}");
        assert_eq!(reply.header("content-range"), Some(format!("bytes {from}-{}/{size}", to - 1).as_str()), "{range}");
        assert!(reply.body == bytes[from..to], "{range}");
    }
    let whole = wire.ask(&get(&format!("/fed/v1/exhibits/{HERE}"))).await.expect("answered");
    assert_eq!(
        (whole.status, whole.header("content-range"), whole.header("accept-ranges")),
        (200, None, Some("bytes"))
    );
    assert!(whole.body == bytes);
    let nothing = wire.ask(&get(&format!("/fed/v1/exhibits/{EMPTY}"))).await.expect("answered");
    assert_eq!((nothing.status, nothing.body.len()), (200, 0));
}

#[tokio::test]
async fn every_other_range_is_refused_with_the_size() {
    let (es, _, node) = spain_and_morocco().await;
    let mut wire = Wire::connect(node.address, &es).await;
    for range in [
        "Range: bytes=700001-\r\n",
        "Range: bytes=5-4\r\n",
        "Range: bytes=-5\r\n",
        "Range: bytes=0-1,3-4\r\n",
        "Range: items=0-1\r\n",
        "Range: bytes=18446744073709551616-\r\n",
        "Range: bytes=+1-2\r\n",
        "Range: \r\n",
        "Range: bytes=0-1\r\nRange: bytes=2-3\r\n",
    ] {
        let reply = wire.ask(&ask(HERE, range)).await.expect("answered");
        assert_eq!((reply.status, reply.code().as_str()), (416, "exchange.range"), "{range}");
        assert_eq!(reply.header("content-range"), Some("bytes */700001"), "{range}");
    }
    let nothing = wire.ask(&ask(EMPTY, "Range: bytes=0-\r\n")).await.expect("answered");
    assert_eq!(nothing.status, 416, "nothing has no range");
}

#[tokio::test]
async fn what_is_not_there_or_not_ready_is_said() {
    let (es, ma, node) = spain_and_morocco().await;
    let mut wire = Wire::connect(node.address, &es).await;
    let unknown = wire.ask(&get("/fed/v1/exhibits/99999999999999999999999999999999")).await.expect("answered");
    assert_eq!((unknown.status, unknown.code().as_str()), (404, "node.no-exhibit"));
    for none in [
        "1",
        "1111111111111111111111111111111Z",
        "11111111111111111111111111111111/",
        "..%2fcard",
        "A1111111111111111111111111111111",
    ] {
        let reply = wire.ask(&get(&format!("/fed/v1/exhibits/{none}"))).await.expect("answered");
        assert_eq!((reply.status, reply.code().as_str()), (404, "exchange.no-such-place"), "{none}");
    }
    let fault = es.carrier(&Book::of(&[&ma])).fetch_range(&node.route(&ma), &exhibit(BUSY), 0, 10).await.err();
    assert!(matches!(fault, Some(ExchangeFault::Later { after_seconds: 7, .. })), "{fault:?}");
}

#[tokio::test]
async fn an_exhibit_arrives_in_ranges_and_goes_on_after_a_cut() {
    let (es, ma, node) = spain_and_morocco().await;
    let (carrier, route) = (es.carrier(&Book::of(&[&ma])), node.route(&ma));
    let (bytes, mut got) = (sealed_bytes(), Vec::new());
    // Break off after the first piece of each range, as a bad line would, and ask on from there.
    while got.len() < bytes.len() {
        let mut pieces = carrier.fetch_range(&route, &exhibit(HERE), got.len() as u64, 200_000).await.expect("a range");
        assert_eq!(pieces.size(), bytes.len() as u64);
        got.extend_from_slice(&pieces.next().await.expect("a piece").expect("not empty"));
    }
    assert!(got == bytes);
    let mut whole = Vec::new();
    let mut pieces = carrier.fetch_range(&route, &exhibit(HERE), 0, u64::MAX).await.expect("as much as there is");
    while let Some(piece) = pieces.next().await.expect("a piece") {
        assert!(piece.len() <= 512 * 1024, "a piece of {} bytes", piece.len());
        whole.extend_from_slice(&piece);
    }
    assert!(whole == bytes && pieces.remaining() == 0);
    assert!(carrier.fetch_range(&route, &exhibit(HERE), 0, 0).await.is_err(), "nothing is no range");
}

#[tokio::test]
async fn a_file_that_ends_too_early_breaks_the_answer_instead_of_shortening_it() {
    let (es, ma, node) = spain_and_morocco().await;
    let (carrier, route) = (es.carrier(&Book::of(&[&ma])), node.route(&ma));
    let mut pieces = carrier.fetch_range(&route, &exhibit(TORN), 0, 700_001).await.expect("a range");
    let broken = loop {
        match pieces.next().await {
            Ok(Some(_)) => {}
            Ok(None) => panic!("it was taken for whole"),
            Err(fault) => break fault,
        }
    };
    assert_eq!((broken.code(), broken.retryable()), ("exchange.broken", true));
    carrier.fetch_card(&route).await.expect("and the node serves on");
}

#[tokio::test]
async fn who_is_suspended_while_an_exhibit_travels_gets_no_further_piece() {
    let (es, ma, node) = spain_and_morocco().await;
    let (carrier, route) = (es.carrier(&Book::of(&[&ma])), node.route(&ma));
    let mut pieces = carrier.fetch_range(&route, &exhibit(ENDLESS), 0, 1 << 50).await.expect("a range");
    pieces.next().await.expect("a piece").expect("not empty");
    node.book.suspend(&es.id);
    let rest = async {
        let mut rest = 0u64;
        while let Ok(Some(piece)) = pieces.next().await {
            rest += piece.len() as u64;
        }
        rest
    };
    let rest = tokio::time::timeout(Duration::from_secs(20), rest).await.expect("it ends");
    assert!(rest < 64 << 20, "{rest} bytes more came: what buffers hold, and no more");
}
