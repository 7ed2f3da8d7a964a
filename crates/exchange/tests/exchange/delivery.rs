//! What travels between two nodes that know one another.

use exchange::{Answer, Batch, Limits, Refused, Route};

use crate::wire::{Wire, post};
use crate::world::{Authority, Book, Node, batch, spain_and_morocco, spain_and_morocco_with};

#[tokio::test]
async fn each_envelope_of_a_batch_is_answered_in_its_order() {
    let (es, ma, node) = spain_and_morocco().await;
    let (carrier, batch) = (es.carrier(&Book::of(&[&ma])), batch(&[b"one", b"refuse", b"later", b"two"]));
    let answers = carrier.deliver(&node.route(&ma), batch).await.expect("delivered");
    let refused = Answer::Refused(Refused::new("seal.envelope-form", "It is no envelope.", true));
    let expected = vec![Answer::Taken, refused, Answer::Later { after_seconds: 30 }, Answer::Taken];
    assert_eq!(answers, expected);
    let calls = node.desk.calls.lock().expect("sound");
    let [(from, envelopes)] = calls.as_slice() else { panic!("{calls:?}") };
    assert_eq!(from, &es.id, "the desk is told who called, as the handshake proved it");
    assert_eq!(envelopes, &[b"one".to_vec(), b"refuse".to_vec(), b"later".to_vec(), b"two".to_vec()]);
}

#[tokio::test]
async fn an_empty_batch_is_answered_with_an_empty_list() {
    let (es, ma, node) = spain_and_morocco().await;
    assert_eq!(es.carrier(&Book::of(&[&ma])).deliver(&node.route(&ma), Batch::default()).await.expect("heard"), []);
}

#[tokio::test]
async fn the_largest_batch_arrives_whole() {
    let (es, ma, node) = spain_and_morocco().await;
    let large = vec![0xa5; seal::envelope::ENVELOPE_BYTES_MAX];
    let rest = exchange::batch::BATCH_BYTES_MAX - exchange::batch::FIRST_LINE.len() - 8 - large.len();
    let batch = batch(&[&large, &large[..rest]]);
    let answers = es.carrier(&Book::of(&[&ma])).deliver(&node.route(&ma), batch).await.expect("delivered");
    assert_eq!(answers, [Answer::Taken, Answer::Taken]);
    let kept = node.desk.kept.lock().expect("sound");
    assert!(kept.contains(&large) && kept.contains(&large[..rest]));
}

#[tokio::test]
async fn a_caller_that_got_no_answer_sends_again_and_nothing_is_doubled() {
    let (es, ma, node) = spain_and_morocco().await;
    node.desk.hold();
    let mut wire = Wire::connect(node.address, &es).await;
    wire.say(&post(&batch(&[b"wait"]).into_body())).await;
    while node.desk.calls() == 0 {
        tokio::task::yield_now().await;
    }
    drop(wire);
    node.desk.release();
    let answers = es.carrier(&Book::of(&[&ma])).deliver(&node.route(&ma), batch(&[b"wait"])).await.expect("delivered");
    assert_eq!(answers, [Answer::Taken]);
    assert_eq!(node.desk.calls(), 2, "it came twice");
    assert_eq!(node.desk.kept.lock().expect("sound").len(), 1, "and is there once");
}

#[tokio::test]
async fn a_connection_is_used_again_and_one_that_the_peer_closed_is_replaced() {
    let quick = std::time::Duration::from_millis(300);
    let limits = Limits { connections_of_peer: 1, headers: quick, ..Limits::default() };
    let (es, ma, node) = spain_and_morocco_with(limits).await;
    let carrier = es.carrier(&Book::of(&[&ma]));
    for _ in 0..20 {
        carrier.deliver(&node.route(&ma), batch(&[b"again"])).await.expect("on the only connection there may be");
    }
    tokio::time::sleep(4 * quick).await;
    carrier.deliver(&node.route(&ma), batch(&[b"after a pause"])).await.expect("on a fresh one");
}

#[tokio::test]
async fn many_deliveries_at_once_all_arrive() {
    let limits = Limits { connections_of_peer: 32, batches_of_peer: 32, strangers_of_address: 32, ..Limits::default() };
    let (es, ma, node) = spain_and_morocco_with(limits).await;
    let (carrier, route) = (es.carrier(&Book::of(&[&ma])), node.route(&ma));
    let mut all = tokio::task::JoinSet::new();
    for n in 0..24u8 {
        let (carrier, route) = (carrier.clone(), route.clone());
        all.spawn(async move { carrier.deliver(&route, batch(&[&[n, n]])).await.map(|answers| answers.len()) });
    }
    while let Some(done) = all.join_next().await {
        assert_eq!(done.expect("ends").expect("delivered"), 1);
    }
    assert_eq!(node.desk.kept.lock().expect("sound").len(), 24);
}

#[tokio::test]
async fn endpoints_are_tried_in_their_order_and_their_path_comes_first() {
    let (es, ma) = (Authority::new("es.moj"), Authority::new("ma.moj"));
    let node = Node::start_at(&ma, &[&es], Limits::default(), "/comity/").await;
    let other = Node::start(&ma, &[&es], Limits::default()).await;
    // Nobody listens on port 1 of this machine.
    let endpoints = [
        "https://127.0.0.1:1".to_owned(),
        format!("https://{}/comity", node.address),
        format!("https://{}", other.address),
    ];
    let route = Route { authority: ma.id.clone(), endpoints: endpoints.to_vec() };
    let carrier = es.carrier(&Book::of(&[&ma]));
    assert_eq!(carrier.deliver(&route, batch(&[b"x"])).await.expect("delivered"), [Answer::Taken]);
    assert_eq!((node.desk.calls(), other.desk.calls()), (1, 0));
    let without = Route { endpoints: vec![format!("https://{}", node.address)], ..route };
    let fault = es.carrier(&Book::of(&[&ma])).deliver(&without, batch(&[b"x"])).await.expect_err("another place");
    assert!(fault.to_string().contains("exchange.no-such-place"), "{fault}");
}

#[tokio::test]
async fn where_nobody_answers_every_endpoint_is_named() {
    let (es, ma) = (Authority::new("es.moj"), Authority::new("ma.moj"));
    let endpoints = vec!["https://127.0.0.1:1".to_owned(), "https://127.0.0.1:2/x".to_owned()];
    let route = Route { authority: ma.id.clone(), endpoints };
    let fault = es.carrier(&Book::of(&[&ma])).deliver(&route, batch(&[b"x"])).await.expect_err("nobody");
    assert_eq!((fault.code(), fault.retryable()), ("exchange.unreachable", true));
    let told = fault.to_string();
    assert!(told.contains("127.0.0.1:1:") && told.contains("127.0.0.1:2/x:"), "{told}");
}

#[tokio::test]
async fn card_and_ledger_can_be_read() {
    let (es, ma, node) = spain_and_morocco().await;
    let (carrier, route) = (es.carrier(&Book::of(&[&ma])), node.route(&ma));
    assert_eq!(carrier.fetch_card(&route).await.expect("a card"), br#"{"v":"comity.signed-card/1"}"#);
    assert_eq!(carrier.fetch_ledger(&route, "checkpoint").await.expect("a file"), b"es.moj/ledger/1\n");
    assert_eq!(carrier.fetch_ledger(&route, "tile/0/000").await.expect("a file").len(), 8192);
    for nothing in ["tile/0/001", "../card", "tile//0", "TILE", ".hidden", "tile/0/"] {
        let fault = carrier.fetch_ledger(&route, nothing).await.expect_err(nothing);
        assert!(fault.to_string().contains("exchange.no-such-place"), "{nothing}: {fault}");
        assert!(!fault.retryable(), "{nothing}");
    }
}

#[test]
fn a_ledgers_paths_are_few() {
    let longest = "a".repeat(128);
    for path in ["checkpoint", "tile/0/x001/234.p/5", "a-b_c.d", longest.as_str()] {
        assert!(exchange::is_ledger_path(path), "{path}");
    }
    for path in [
        "",
        "/",
        "a/",
        "/a",
        "a//b",
        ".",
        "..",
        "a/../b",
        "a/.b",
        "A",
        "a b",
        "a%2e",
        "a\\b",
        "é",
        "a\n",
        &format!("{longest}a"),
    ] {
        assert!(!exchange::is_ledger_path(path), "{path}");
    }
}

#[tokio::test]
async fn a_node_that_stops_finishes_what_it_was_doing() {
    let (es, ma, node) = spain_and_morocco().await;
    node.desk.hold();
    let carrier = es.carrier(&Book::of(&[&ma]));
    let route = node.route(&ma);
    let under_way = tokio::spawn(async move { carrier.deliver(&route, batch(&[b"wait"])).await });
    while node.desk.calls() == 0 {
        tokio::task::yield_now().await;
    }
    let (address, desk) = (node.address, node.desk.clone());
    let stopping = tokio::spawn(node.stop());
    tokio::time::sleep(std::time::Duration::from_millis(200)).await;
    assert!(tokio::net::TcpStream::connect(address).await.is_err(), "it takes nothing new");
    desk.release();
    assert_eq!(under_way.await.expect("ends").expect("delivered"), [Answer::Taken]);
    stopping.await.expect("ends");
}
