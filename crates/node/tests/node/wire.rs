//! Two nodes over mutual TLS on loopback: what is due travels by itself, evidence included.

use std::time::{Duration, Instant};

use node::{NewDraft, NewExhibit};
use serde_json::json;
use tokio::net::TcpListener;

use crate::serving;
use crate::world::{Side, request, request_body};

/// A side that listens and carries.
async fn start(side: &Side, listener: TcpListener) {
    let carrier = serving::start(side, listener);
    tokio::spawn(node::carry(side.node.clone(), carrier, node::Rhythm::default(), std::future::pending()));
}

#[expect(clippy::disallowed_methods, reason = "a test waits for the network; nothing is measured")]
async fn until(what: &str, holds: impl Fn() -> bool) {
    let begun = Instant::now();
    while !holds() {
        assert!(begun.elapsed() < Duration::from_secs(60), "{what} did not come about");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_request_and_its_evidence_travel_by_themselves() {
    let (at_es, at_ma) = (
        TcpListener::bind("127.0.0.1:0").await.expect("a port"),
        TcpListener::bind("127.0.0.1:0").await.expect("a port"),
    );
    let endpoint = |listener: &TcpListener| format!("https://{}", listener.local_addr().expect("an address"));
    let (es, ma) = (Side::found_at("es.moj", &endpoint(&at_es)), Side::found_at("ma.moj", &endpoint(&at_ma)));
    es.knows(&ma);
    ma.knows(&es);
    start(&es, at_es).await;
    // Morocco's node is not there yet: what is sent waits.
    let docket = es.says(request(&es, &ma, request_body())).expect("sent").docket;
    until("a failed attempt", || {
        es.node
            .outbox(&es.operator, 0, 10)
            .expect("read")
            .0
            .iter()
            .any(|row| row.attempts > 0 && row.last_error.is_some())
    })
    .await;
    start(&ma, at_ma).await;
    // What failed is due again.
    es.clock.pass(5);
    ma.clock.pass(5);
    until("delivery", || es.delivered(&docket, "submit")).await;
    ma.act(&docket, "accept", json!({})).expect("accepted");
    let about = NewExhibit {
        docket,
        media: None,
        title: None,
        conditions: vec![],
        handling: None,
        place: "Tangier".to_owned(),
        why: "the bank's answer".to_owned(),
        authority: "order 12/2026".to_owned(),
        size: None,
        sha512: false,
        keep_until: None,
        unless_here: false,
        image_of: None,
    };
    let mut content = std::io::Read::take(std::io::repeat(7), 20_000_000);
    let take = || {
        let mut go_on = |_| std::ops::ControlFlow::Continue(());
        ma.node.take_exhibit(&ma.officer, "test", about, &mut content, &mut go_on).expect("taken in")
    };
    // Like every use case it blocks: not on a thread that carries tasks.
    let exhibit = std::thread::scope(|scope| scope.spawn(take).join()).expect("taken in");
    until("the acceptance", || ma.delivered(&docket, "accept")).await;
    ma.says(NewDraft {
        docket: Some(docket),
        kind: "transmit".to_owned(),
        facts: json!({"measures": ["m1"]}).as_object().cloned().expect("an object"),
        exhibits: vec![exhibit.id],
        ..NewDraft::default()
    })
    .expect("transmitted");
    until("the receipt of the whole", || ma.kinds(&docket).contains(&"receive".to_owned())).await;
    let (rows, _) = es.node.exhibits(&es.officer, &docket, 0, 10).expect("listed");
    assert_eq!((rows[0].state.as_str(), rows[0].sha256, rows[0].size), ("here", exhibit.sha256, 20_000_000));
}
