//! A peer with the right certificate that answers what no node answers: it is not believed, not followed, and not waited for.

use std::time::Duration;

use exchange::{ExchangeFault, Route};

use crate::wire::Parrot;
use crate::world::{Authority, Book, HERE, batch, exhibit};

/// An answer with a length.
pub fn http(status: &str, headers: &str, body: &[u8]) -> Vec<u8> {
    let head = format!("HTTP/1.1 {status}\r\n{headers}Content-Length: {}\r\n\r\n", body.len());
    [head.as_bytes(), body].concat()
}

fn pair() -> (Authority, Authority) {
    (Authority::new("es.moj"), Authority::new("ma.moj"))
}

fn route(parrot: &Parrot, to: &Authority) -> Route {
    Route { authority: to.id.clone(), endpoints: vec![format!("https://{}", parrot.address)] }
}

async fn deliver_to(answer: Vec<u8>) -> ExchangeFault {
    let (es, ma) = pair();
    let parrot = Parrot::start(&ma, answer, None).await;
    let carrier = es.hasty_carrier(&Book::of(&[&ma]));
    carrier.deliver(&route(&parrot, &ma), batch(&[b"x"])).await.expect_err("no answer of a node")
}

#[tokio::test]
async fn answers_that_no_node_gives_are_not_believed() {
    let taken = br#"{"answers":["taken"],"v":"comity.answers/1"}"#;
    let said = |text: &str| http("400 Bad Request", "", text.as_bytes());
    let endless =
        [&b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"[..], b"8000\r\n", &[b'x'; 0x8000], b"\r\n"];
    let endless = [endless.concat(), [&b"8000\r\n"[..], &[b'x'; 0x8000], b"\r\n"].concat().repeat(70)].concat();
    for (what, answer, code) in [
        ("a page", http("200 OK", "", b"<html>"), "exchange.malformed-answer"),
        (
            "two answers to one envelope",
            http("200 OK", "", br#"{"answers":["taken","taken"],"v":"comity.answers/1"}"#),
            "exchange.malformed-answer",
        ),
        (
            "no answer to it",
            http("200 OK", "", br#"{"answers":[],"v":"comity.answers/1"}"#),
            "exchange.malformed-answer",
        ),
        ("another status", http("201 Created", "", taken), "exchange.malformed-answer"),
        ("no content", b"HTTP/1.1 204 No Content\r\n\r\n".to_vec(), "exchange.malformed-answer"),
        ("more than any node says", endless, "exchange.malformed-answer"),
        ("a refusal in prose", http("400 Bad Request", "", b"no"), "exchange.malformed-answer"),
        (
            "a refusal that rings the bell",
            said(r#"{"code":"exchange.framing","sentence":"\u0007"}"#),
            "exchange.malformed-answer",
        ),
        (
            "a code that clears the screen",
            said("{\"code\":\"\\u001b[2J\",\"sentence\":\"x\"}"),
            "exchange.malformed-answer",
        ),
        (
            "a sentence without end",
            said(&format!(r#"{{"code":"a.b","sentence":"{}"}}"#, "x".repeat(301))),
            "exchange.malformed-answer",
        ),
        ("a refusal larger than any", http("400 Bad Request", "", &[b' '; 5000]), "exchange.malformed-answer"),
        ("a refusal", said(r#"{"code":"exchange.framing","sentence":"no"}"#), "exchange.refused-by-peer"),
        ("a bare 403, as a proxy gives", http("403 Forbidden", "", b""), "exchange.malformed-answer"),
        (
            "half an answer",
            [&b"HTTP/1.1 200 OK\r\nContent-Length: 44\r\n\r\n"[..], &taken[..20]].concat(),
            "exchange.broken",
        ),
        ("nothing", vec![], "exchange.broken"),
        ("noise", vec![0x80; 2000], "exchange.broken"),
        ("too many headers", http("200 OK", &"X: y\r\n".repeat(40), taken), "exchange.broken"),
        ("headers without end", http("200 OK", &"X: y\r\n".repeat(200_000), taken), "exchange.broken"),
    ] {
        let fault = deliver_to(answer).await;
        assert_eq!(fault.code(), code, "{what}: {fault}");
        assert!(!fault.to_string().chars().any(char::is_control), "{what}");
    }
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    let (es, ma) = pair();
    let trap = Parrot::start(&ma, http("200 OK", "", br#"{"answers":["taken"],"v":"comity.answers/1"}"#), None).await;
    for status in
        ["301 Moved Permanently", "302 Found", "303 See Other", "307 Temporary Redirect", "308 Permanent Redirect"]
    {
        let elsewhere = format!("Location: https://{}/fed/v1/envelopes\r\n", trap.address);
        let parrot = Parrot::start(&ma, http(status, &elsewhere, b""), None).await;
        let fault = es.hasty_carrier(&Book::of(&[&ma])).deliver(&route(&parrot, &ma), batch(&[b"x"])).await;
        assert_eq!(fault.map_err(|fault| fault.code()), Err("exchange.malformed-answer"), "{status}");
    }
    assert!(trap.heard.lock().expect("sound").is_empty(), "nobody went there");
}

#[tokio::test]
async fn a_peer_names_a_time_to_wait_and_is_believed_within_reason() {
    for (header, seconds) in [
        ("Retry-After: 7\r\n", 7),
        ("Retry-After: 0\r\n", 1),
        ("Retry-After: 99999999999999999999999\r\n", 30),
        ("Retry-After: 86400\r\n", 3600),
        ("Retry-After: -1\r\n", 30),
        ("Retry-After: Fri, 31 Dec 2999 23:59:59 GMT\r\n", 30),
        ("", 30),
    ] {
        for status in ["429 Too Many Requests", "503 Service Unavailable"] {
            let fault = deliver_to(http(status, header, b"")).await;
            assert_eq!((fault.code(), fault.retry_after()), ("exchange.later", Some(seconds)), "{status} {header}");
            assert!(fault.retryable());
        }
    }
}

#[tokio::test]
async fn a_peer_that_drips_its_answer_is_not_waited_for() {
    let (es, ma) = pair();
    let answer = http("200 OK", "", &[b' '; 500]);
    let parrot = Parrot::start(&ma, answer, Some(Duration::from_millis(20))).await;
    let carrier = es.hasty_carrier(&Book::of(&[&ma]));
    let drips = route(&parrot, &ma);
    let waiting = carrier.deliver(&drips, batch(&[b"x"]));
    let fault = tokio::time::timeout(Duration::from_secs(8), waiting).await.expect("in time").expect_err("too slow");
    assert_eq!((fault.code(), fault.retryable()), ("exchange.timeout", true));
    // And within an exhibit, where every piece comes in time and the whole never would.
    let head = "Content-Range: bytes 0-999999/1000000\r\n";
    let parrot =
        Parrot::start(&ma, http("206 Partial Content", head, &[7; 1_000_000]), Some(Duration::from_millis(3))).await;
    let began = async {
        let mut pieces = carrier.fetch_range(&route(&parrot, &ma), &exhibit(HERE), 0, 1_000_000).await?;
        while pieces.next().await?.is_some() {}
        Ok::<_, ExchangeFault>(())
    };
    let fault = tokio::time::timeout(Duration::from_secs(20), began).await.expect("in time").expect_err("too slow");
    assert_eq!(fault.code(), "exchange.timeout");
}

#[tokio::test]
async fn a_range_other_than_the_one_asked_for_is_not_believed() {
    let (es, ma) = pair();
    let carrier = es.hasty_carrier(&Book::of(&[&ma]));
    for (what, headers, length) in [
        ("none", "", 10),
        ("one that begins elsewhere", "Content-Range: bytes 1-10/1000\r\n", 10),
        ("a shorter one", "Content-Range: bytes 0-8/1000\r\n", 9),
        ("a longer one", "Content-Range: bytes 0-10/1000\r\n", 11),
        ("one of unknown size", "Content-Range: bytes 0-9/*\r\n", 10),
        ("one beyond the end", "Content-Range: bytes 0-9/5\r\n", 10),
    ] {
        let parrot = Parrot::start(&ma, http("206 Partial Content", headers, &vec![7; length]), None).await;
        let fault = carrier.fetch_range(&route(&parrot, &ma), &exhibit(HERE), 0, 10).await.err().expect(what);
        assert_eq!(fault.code(), "exchange.malformed-answer", "{what}");
    }
    let whole = Parrot::start(&ma, http("200 OK", "", &[7; 10]), None).await;
    let fault = carrier.fetch_range(&route(&whole, &ma), &exhibit(HERE), 0, 10).await.err().expect("refused");
    assert_eq!(fault.code(), "exchange.malformed-answer", "the whole in place of a range");
    for (what, length) in [("fewer bytes", 5), ("more bytes", 15)] {
        let head = "Content-Range: bytes 0-9/1000\r\n";
        let parrot = Parrot::start(&ma, http("206 Partial Content", head, &vec![7; length]), None).await;
        let mut pieces =
            carrier.fetch_range(&route(&parrot, &ma), &exhibit(HERE), 0, 10).await.expect("it begins well");
        let outcome = loop {
            match pieces.next().await {
                Ok(Some(_)) => {}
                Ok(None) => break "taken for whole",
                Err(fault) => break fault.code(),
            }
        };
        assert_eq!(outcome, "exchange.broken", "{what}");
    }
}

#[tokio::test]
async fn what_is_asked_of_a_peer_is_what_the_specification_says() {
    let (es, ma) = pair();
    let parrot = Parrot::start(&ma, http("404 Not Found", "", b""), None).await;
    let carrier = es.hasty_carrier(&Book::of(&[&ma]));
    let _ = carrier.deliver(&route(&parrot, &ma), batch(&[b"x"])).await;
    let _ = carrier.fetch_range(&route(&parrot, &ma), &exhibit(HERE), 5, 10).await;
    let heard = parrot.heard.lock().expect("sound").clone();
    let text = |at: usize| String::from_utf8_lossy(&heard[at]).to_ascii_lowercase();
    let host = format!("host: {}\r\n", parrot.address);
    assert!(text(0).starts_with("post /fed/v1/envelopes http/1.1\r\n") && text(0).contains(&host), "{}", text(0));
    assert!(
        text(0).contains("content-type: application/octet-stream\r\n") && text(0).contains("content-length: 20\r\n")
    );
    assert!(text(0).ends_with("\r\n\r\ncomity.batch/1\n\0\0\0\u{1}x"), "{}", text(0));
    assert!(text(1).starts_with(&format!("get /fed/v1/exhibits/{HERE} http/1.1\r\n")), "{}", text(1));
    assert!(text(1).contains("range: bytes=5-14\r\n"), "{}", text(1));
}
