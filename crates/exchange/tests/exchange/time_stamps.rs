//! Asking a time-stamping authority: what is sent, what is believed to be an answer, and how long is waited.

use std::sync::Arc;
use std::time::Duration;

use exchange::tsa::{TimeAuthority, Way};
use rustls::ServerConfig;
use rustls::pki_types::{CertificateDer, PrivatePkcs8KeyDer};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::TcpListener;
use tokio::sync::mpsc;
use tokio_rustls::TlsAcceptor;

use crate::hostile_peers::http;
use crate::world::Authority;

const REPLY: &str = "Content-Type: application/timestamp-reply\r\n";

async fn answer(mut stream: impl AsyncRead + AsyncWrite + Unpin, with: &[u8], heard: &mpsc::UnboundedSender<Vec<u8>>) {
    let mut said = vec![0; 65536];
    let length = stream.read(&mut said).await.unwrap_or(0);
    let _ = heard.send(said[..length].to_vec());
    let _ = stream.write_all(with).await;
    let _ = stream.shutdown().await;
}

/// An authority that answers everybody with the same bytes. Says where it is, and what it hears.
async fn authority(with: Vec<u8>, tls: Option<&Authority>) -> (String, mpsc::UnboundedReceiver<Vec<u8>>) {
    let acceptor = tls.map(|who| {
        let chain = vec![CertificateDer::from(who.tls.der().to_vec())];
        let config = ServerConfig::builder().with_no_client_auth();
        let config = config.with_single_cert(chain, PrivatePkcs8KeyDer::from(who.pkcs8()).into()).expect("a key");
        TlsAcceptor::from(Arc::new(config))
    });
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.expect("a port");
    let place = listener.local_addr().expect("an address").to_string();
    let (tells, heard) = mpsc::unbounded_channel();
    tokio::spawn(async move {
        while let Ok((socket, _)) = listener.accept().await {
            match &acceptor {
                None => answer(socket, &with, &tells).await,
                Some(acceptor) => match acceptor.accept(socket).await {
                    Ok(stream) => answer(stream, &with, &tells).await,
                    Err(_) => continue,
                },
            }
        }
    });
    (place, heard)
}

#[tokio::test]
async fn the_question_goes_there_and_the_answer_comes_back_unread() {
    let (place, mut heard) = authority(http("200 OK", REPLY, b"a token"), None).await;
    let asked = TimeAuthority::new(&format!("http://{place}/stamp?policy=1"), &Way::Web).expect("on this machine");
    assert_eq!(asked.ask(b"a question".to_vec()).await.expect("answered"), b"a token");
    let said = String::from_utf8(heard.recv().await.expect("heard")).expect("text").to_ascii_lowercase();
    assert!(said.starts_with("post /stamp?policy=1 http/1.1\r\n"), "{said}");
    assert!(said.contains(&format!("host: {place}\r\n")), "{said}");
    assert!(said.contains("content-type: application/timestamp-query\r\ncontent-length: 10\r\n"), "{said}");
    assert!(said.ends_with("\r\n\r\na question"), "{said}");
}

#[tokio::test]
async fn over_tls_the_authority_is_checked_whatever_is_allowed_otherwise() {
    let (fr, de) = (Authority::new("fr.moj"), Authority::new("de.moj"));
    let (place, _heard) = authority(http("200 OK", REPLY, b"a token"), Some(&fr)).await;
    let address = format!("https://{place}/");
    let root = |of: &Authority| Way::Roots(vec![of.root.der().to_vec()]);
    let ask = |way: Way| {
        let authority = TimeAuthority::new(&address, &way).expect("an address");
        async move { authority.ask(b"?".to_vec()).await.map_err(|fault| fault.code()) }
    };
    assert_eq!(ask(root(&fr)).await, Ok(b"a token".to_vec()));
    assert_eq!(ask(root(&de)).await, Err("exchange.unreachable"), "another root");
    assert_eq!(ask(Way::Web).await, Err("exchange.unreachable"), "no root of the web");
    assert_eq!(ask(Way::Plain).await, Err("exchange.unreachable"), "https is checked whatever else is allowed");
}

#[tokio::test]
async fn what_is_no_answer_is_refused() {
    let large = vec![0; seal::timestamp::RESPONSE_BYTES_MAX + 1];
    for (what, with, code) in [
        ("a page", http("200 OK", "Content-Type: text/html\r\n", b"<html>"), "exchange.malformed-answer"),
        ("bytes without a name", http("200 OK", "", b"a token"), "exchange.malformed-answer"),
        ("more than any token", http("200 OK", REPLY, &large), "exchange.malformed-answer"),
        ("a redirect", http("302 Found", "Location: http://127.0.0.1/\r\n", b""), "exchange.malformed-answer"),
        ("a refusal", http("403 Forbidden", "", b""), "exchange.malformed-answer"),
        ("an authority in trouble", http("500 Internal Server Error", REPLY, b""), "exchange.broken"),
        ("a busy one", http("503 Service Unavailable", "Retry-After: 999999\r\n", b""), "exchange.later"),
        ("half an answer", http("200 OK", REPLY, b"a token")[..85].to_vec(), "exchange.broken"),
        ("nothing", vec![], "exchange.broken"),
        ("noise", vec![0x80; 500], "exchange.broken"),
    ] {
        let (place, _heard) = authority(with, None).await;
        let asked = TimeAuthority::new(&format!("http://{place}"), &Way::Web).expect("on this machine");
        let fault = asked.ask(b"?".to_vec()).await.expect_err(what);
        assert_eq!(fault.code(), code, "{what}: {fault}");
    }
    let kind = "Content-Type: Application/Timestamp-Reply; charset=binary\r\n";
    let (place, _heard) = authority(http("200 OK", kind, b"a token"), None).await;
    let asked = TimeAuthority::new(&format!("http://{place}"), &Way::Web).expect("on this machine");
    assert_eq!(asked.ask(b"?".to_vec()).await.expect("spelt otherwise, and the same"), b"a token");
}

#[tokio::test]
async fn an_authority_that_says_nothing_is_not_waited_for() {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.expect("a port");
    let address = format!("http://{}", listener.local_addr().expect("an address"));
    let asked = TimeAuthority::new(&address, &Way::Web).expect("on this machine");
    let fault = asked.patient_for(Duration::from_millis(300)).ask(b"?".to_vec()).await.expect_err("silent");
    assert_eq!((fault.code(), fault.retryable()), ("exchange.timeout", true));
}

#[test]
fn an_address_is_https_or_expressly_plain() {
    let code = |address: &str, way: &Way| TimeAuthority::new(address, way).map(drop).map_err(|fault| fault.code());
    for good in ["https://tsa.example", "https://tsa.example:8443/a?b=c", "http://127.0.0.1:318", "http://[::1]/"] {
        assert_eq!(code(good, &Way::Web), Ok(()), "{good}");
    }
    assert_eq!(code("http://tsa.example", &Way::Plain), Ok(()));
    for wrong in [
        "http://tsa.example",
        "http://127.0.0.1.example",
        "ftp://tsa.example",
        "tsa.example",
        "",
        "https://",
        "https://a@tsa.example",
        "https://tsa.example:0x",
        "https://tsa.example:99999",
    ] {
        assert_eq!(code(wrong, &Way::Web), Err("exchange.address"), "{wrong}");
    }
    assert_eq!(code("https://tsa.example", &Way::Roots(vec![b"no certificate".to_vec()])), Err("exchange.address"));
}
