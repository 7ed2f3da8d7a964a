//! Who may speak to a node at all: the certificates that approved cards name, byte for byte, and nobody else.

use std::sync::Arc;
use std::time::Duration;

use exchange::{Batch, ExchangeFault, Identity, Limits, Route};
use rustls::client::Resumption;
use rustls::crypto::aws_lc_rs::{self, kx_group};
use rustls::{HandshakeKind, NamedGroup, ProtocolVersion};

use crate::wire::{Manner, Wire, get};
use crate::world::{Authority, Book, Node, authority, batch, spain_and_morocco};

const CARD: &str = "/fed/v1/card";
const SOON: Duration = Duration::from_secs(5);

fn code(fault: &ExchangeFault) -> &'static str {
    fault.code()
}

#[tokio::test]
async fn a_caller_whom_no_card_names_is_turned_away_and_the_desk_hears_nothing() {
    let (_, ma, node) = spain_and_morocco().await;
    let stranger = Authority::new("al.moj");
    let fault = stranger.carrier(&Book::of(&[&ma])).deliver(&node.route(&ma), batch(&[b"hello"])).await;
    assert_eq!(code(&fault.expect_err("turned away")), "exchange.turned-away");
    assert_eq!(node.desk.calls(), 0);
}

#[tokio::test]
async fn another_certificate_of_the_same_key_under_the_same_root_is_another_certificate() {
    let (mut es, ma, node) = spain_and_morocco().await;
    let reissued = es.reissued();
    assert_eq!(reissued.public_key(), es.tls.public_key());
    let shown = Manner { chain: vec![reissued.der().to_vec()], ..Manner::of(&es) };
    let refused = Wire::shake(node.address, shown.config()).await;
    assert!(closed(refused).await, "at the node");
    // And the other way round: Morocco shows a certificate that its card, as Spain holds it, does not name.
    let mut other = Authority::new("ma.moj");
    let book = Arc::new(Book::default());
    book.approve(&other.reissued(), &other.id);
    let fault = es.carrier(&book).deliver(&node.route(&ma), batch(&[b"hello"])).await.expect_err("refused");
    assert_eq!(code(&fault), "exchange.tls-pin", "at the caller");
    assert_eq!(node.desk.calls(), 0);
}

/// Whether nothing can be asked on the connection, or there is none.
async fn closed(shaken: std::io::Result<Wire>) -> bool {
    match shaken {
        Err(_) => true,
        Ok(mut wire) => wire.try_say(get(CARD).as_bytes()).await.is_err() || wire.reply().await.is_none(),
    }
}

#[tokio::test]
async fn a_handshake_in_any_other_manner_is_refused() {
    let (es, ma, node) = spain_and_morocco().await;
    let own = || vec![es.tls.der().to_vec()];
    let with = |chain: Vec<Vec<u8>>| Manner { chain, ..Manner::of(&es) };
    let mut only_p384 = aws_lc_rs::default_provider();
    only_p384.kx_groups = vec![kx_group::SECP384R1];
    let mut bit = own();
    let last = bit[0].len() - 1;
    bit[0][last] ^= 1;
    let table: Vec<(&str, Manner, bool)> = vec![
        ("as the specification wants it", Manner::of(&es), true),
        ("with another group that is allowed", Manner { provider: only_p384, ..Manner::of(&es) }, true),
        ("without a certificate", Manner { chain: vec![], pkcs8: None, ..Manner::of(&es) }, false),
        ("with the root behind the certificate", with([own(), vec![es.root.der().to_vec()]].concat()), false),
        ("with the certificate twice", with([own(), own()].concat()), false),
        ("with one bit of the certificate changed", with(bit), false),
        ("with the root itself", with(vec![es.root.der().to_vec()]), false),
        ("with the node's own certificate", with(vec![ma.tls.der().to_vec()]), false),
        ("in TLS 1.2", Manner { versions: vec![&rustls::version::TLS12], ..Manner::of(&es) }, false),
        ("with HTTP/2", Manner { alpn: vec![b"h2".to_vec()], ..Manner::of(&es) }, false),
        ("without a protocol", Manner { alpn: vec![], ..Manner::of(&es) }, false),
    ];
    for (how, manner, expected) in table {
        // A library checks that key and certificate fit; whoever steals a certificate would not.
        let Ok(config) = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| manner.config())) else {
            assert!(!expected, "{how}");
            continue;
        };
        assert_eq!(!closed(Wire::shake(node.address, config).await).await, expected, "{how}");
    }
    assert_eq!(node.desk.calls(), 0);
}

/// Shows a certificate that everybody may know, and signs with a key of its own.
#[derive(Debug)]
struct Thief(Arc<rustls::sign::CertifiedKey>);
impl rustls::client::ResolvesClientCert for Thief {
    fn resolve(&self, _: &[&[u8]], _: &[rustls::SignatureScheme]) -> Option<Arc<rustls::sign::CertifiedKey>> {
        Some(self.0.clone())
    }
    fn has_certs(&self) -> bool {
        true
    }
}

#[tokio::test]
async fn whoever_has_the_certificate_but_not_its_key_is_nobody() {
    let (es, _, node) = spain_and_morocco().await;
    let thief = Authority::new("al.moj");
    let key = rustls::pki_types::PrivatePkcs8KeyDer::from(thief.pkcs8());
    let key = aws_lc_rs::sign::any_ecdsa_type(&key.into()).expect("a key");
    let shown = rustls::sign::CertifiedKey::new(vec![es.tls.der().to_vec().into()], key);
    let mut config = Arc::unwrap_or_clone(Manner::of(&es).config());
    config.client_auth_cert_resolver = Arc::new(Thief(Arc::new(shown)));
    assert!(closed(Wire::shake(node.address, Arc::new(config)).await).await);
}

#[tokio::test]
async fn tls_1_3_with_the_hybrid_group_is_spoken_and_nothing_is_resumed() {
    let (es, _, node) = spain_and_morocco().await;
    let config = Manner { resumption: Resumption::in_memory_sessions(8), ..Manner::of(&es) }.config();
    for _ in 0..3 {
        let mut wire = Wire::shake(node.address, config.clone()).await.expect("shakes hands");
        assert_eq!(wire.ask(&get(CARD)).await.expect("answered").status, 200);
        let connection = wire.0.get_ref().1;
        assert_eq!(connection.protocol_version(), Some(ProtocolVersion::TLSv1_3));
        assert_eq!(connection.negotiated_key_exchange_group().map(|g| g.name()), Some(NamedGroup::X25519MLKEM768));
        assert_eq!(
            connection.handshake_kind(),
            Some(HandshakeKind::Full),
            "every handshake asks again who is approved"
        );
        assert_eq!(connection.tls13_tickets_received(), 0);
    }
}

#[tokio::test]
async fn another_authority_behind_the_endpoint_is_noticed_before_anything_is_sent() {
    let (es, ma, fr) = (Authority::new("es.moj"), Authority::new("ma.moj"), Authority::new("fr.moj"));
    let node = Node::start(&fr, &[&es], Limits::default()).await;
    // Spain knows both, and means Morocco.
    let fault = es.carrier(&Book::of(&[&ma, &fr])).deliver(&node.route(&ma), batch(&[b"for Morocco"])).await;
    let fault = fault.expect_err("refused");
    assert!(matches!(&fault, ExchangeFault::Pin { peer, .. } if peer == "ma.moj"), "{fault}");
    assert!(!fault.retryable(), "somebody has to look at it");
    assert_eq!(node.desk.calls(), 0);
}

#[tokio::test]
async fn a_suspended_peer_is_refused_at_its_next_request_on_a_connection_that_stands() {
    let (es, _, node) = spain_and_morocco().await;
    let mut wire = Wire::connect(node.address, &es).await;
    assert_eq!(wire.ask(&get(CARD)).await.expect("answered").status, 200);
    node.book.suspend(&es.id);
    let refused = wire.ask(&get(CARD)).await.expect("answered");
    assert_eq!((refused.status, refused.code().as_str()), (403, "exchange.not-a-peer"));
    assert_eq!(refused.header("connection"), Some("close"));
    assert!(wire.closes(SOON).await);
    assert!(closed(Wire::shake(node.address, Manner::of(&es).config()).await).await, "and no new connection");
}

#[tokio::test]
async fn a_certificate_that_now_belongs_to_another_authority_does_not_carry_the_old_name_on() {
    let (es, _, node) = spain_and_morocco().await;
    let mut wire = Wire::connect(node.address, &es).await;
    assert_eq!(wire.ask(&get(CARD)).await.expect("answered").status, 200);
    node.book.approve(&es.tls, &authority("pt.moj"));
    assert_eq!(wire.ask(&get(CARD)).await.expect("answered").status, 403);
}

#[tokio::test]
async fn a_batch_of_a_peer_that_is_suspended_while_it_arrives_is_not_handed_on() {
    let (es, _, node) = spain_and_morocco().await;
    let mut wire = Wire::connect(node.address, &es).await;
    let request = crate::wire::post(&batch(&[b"hello"]).into_body());
    wire.say(&request[..request.len() - 1]).await;
    tokio::time::sleep(Duration::from_millis(200)).await;
    node.book.suspend(&es.id);
    wire.say(&request[request.len() - 1..]).await;
    assert_eq!(wire.reply().await.expect("answered").status, 403);
    assert_eq!(node.desk.calls(), 0);
}

#[tokio::test]
async fn the_caller_asks_again_too_before_it_uses_a_connection_that_stands() {
    let (es, ma, node) = spain_and_morocco().await;
    let book = Book::of(&[&ma]);
    let carrier = es.carrier(&book);
    carrier.fetch_card(&node.route(&ma)).await.expect("a card");
    book.suspend(&ma.id);
    let fault = carrier.deliver(&node.route(&ma), batch(&[b"hello"])).await.expect_err("refused");
    assert_eq!(code(&fault), "exchange.tls-pin");
    assert_eq!(node.desk.calls(), 0);
}

#[tokio::test]
async fn a_turned_away_caller_is_told_why_in_words_for_its_operator() {
    let (es, ma, node) = spain_and_morocco().await;
    let carrier = es.carrier(&Book::of(&[&ma]));
    carrier.fetch_card(&node.route(&ma)).await.expect("a card");
    node.book.suspend(&es.id);
    for _ in 0..2 {
        let fault = carrier.fetch_card(&node.route(&ma)).await.expect_err("turned away");
        assert_eq!(code(&fault), "exchange.turned-away", "{fault}");
        assert!(fault.to_string().contains("may not hold our present card"), "{fault}");
    }
}

#[tokio::test]
async fn a_rotated_certificate_is_shown_from_the_next_handshake_on() {
    let (mut es, ma, node) = spain_and_morocco().await;
    let identity = es.identity();
    let patience = exchange::carrier::Patience::default();
    let carrier = exchange::Carrier::new(identity.clone(), Book::of(&[&ma]), patience);
    carrier.fetch_card(&node.route(&ma)).await.expect("a card");
    let next = es.reissued();
    identity.replace(&next, &es.pkcs8()).expect("fits");
    let fault = carrier.fetch_card(&node.route(&ma)).await.expect_err("Morocco does not hold the next card yet");
    assert_eq!(code(&fault), "exchange.turned-away");
    node.book.approve(&next, &es.id);
    carrier.fetch_card(&node.route(&ma)).await.expect("now it does");
}

#[test]
fn an_identity_is_a_tls_certificate_and_its_own_key() {
    let (mut es, ma) = (Authority::new("es.moj"), Authority::new("ma.moj"));
    let seal = es.seal();
    for (why, outcome) in [
        ("a seal", Identity::new(&seal, &es.pkcs8())),
        ("a root", Identity::new(es.root.certificate(), &es.pkcs8())),
        ("another's key", Identity::new(&es.tls, &ma.pkcs8())),
        ("no key", Identity::new(&es.tls, b"")),
    ] {
        assert_eq!(outcome.map_err(|fault| code(&fault)).err(), Some("exchange.identity"), "{why}");
    }
    assert_eq!(format!("{:?}", es.identity()), "Identity(private key not shown)");
}

#[tokio::test]
async fn an_authority_without_an_endpoint_is_for_the_pouch() {
    let (es, ma, _node) = spain_and_morocco().await;
    let carrier = es.carrier(&Book::of(&[&ma]));
    for endpoints in [vec![], vec!["http://127.0.0.1:1".to_owned()], vec!["https://127.0.0.1:99999".to_owned()]] {
        let route = Route { authority: ma.id.clone(), endpoints };
        let fault = carrier.deliver(&route, Batch::default()).await.expect_err("nowhere");
        assert_eq!(code(&fault), "exchange.no-endpoint");
        assert!(fault.to_string().contains("pouch"), "{fault}");
    }
}
