//! One log asking another node to cosign its checkpoint: C2SP `tlog-witness` over the connection of peers.

use std::sync::Arc;

use exchange::answer::WitnessRefusal;
use exchange::{Answer, Desk, Limits, SUBMISSION_BYTES_MAX};

use crate::hostile_peers::http;
use crate::wire::{Parrot, Wire};
use crate::world::{Book, Recorder, authority, spain_and_morocco, spain_and_morocco_with};

fn request(body: &[u8]) -> Vec<u8> {
    let head =
        format!("POST /fed/v1/witness/add-checkpoint HTTP/1.1\r\nHost: x\r\nContent-Length: {}\r\n\r\n", body.len());
    [head.as_bytes(), body].concat()
}

#[tokio::test]
async fn the_statuses_are_those_of_tlog_witness() {
    let (es, _, node) = spain_and_morocco().await;
    let mut wire = Wire::connect(node.address, &es).await;
    for (body, status, code) in [
        ("malformed", 400, "exchange.witness-malformed"),
        ("not-signed", 403, "exchange.witness-not-signed"),
        ("unknown", 404, "exchange.witness-unknown-log"),
        ("not-consistent", 422, "exchange.witness-not-consistent"),
    ] {
        wire.say(&request(body.as_bytes())).await;
        let reply = wire.reply().await.expect("answered");
        assert_eq!((reply.status, reply.code().as_str()), (status, code));
    }
    wire.say(&request(b"other-size")).await;
    let other = wire.reply().await.expect("answered");
    assert_eq!((other.status, other.header("content-type")), (409, Some("text/x.tlog.size")));
    assert_eq!(other.body, b"20852014\n");
    wire.say(&request(b"old 0\n\n...")).await;
    let cosigned = wire.reply().await.expect("answered");
    assert_eq!((cosigned.status, cosigned.body), (200, "\u{2014} ma.moj/witness AAAA\n".as_bytes().to_vec()));
    let asked = node.desk.asked.lock().expect("sound");
    assert_eq!(asked.last(), Some(&(es.id.clone(), b"old 0\n\n...".to_vec())), "the desk is told whose log it is");
}

#[tokio::test]
async fn a_carrier_understands_each_of_them() {
    let (es, ma, node) = spain_and_morocco().await;
    let (carrier, route) = (es.carrier(&Book::of(&[&ma])), node.route(&ma));
    for (body, expected) in [
        ("malformed", Err(WitnessRefusal::Malformed)),
        ("not-signed", Err(WitnessRefusal::NotSigned)),
        ("unknown", Err(WitnessRefusal::UnknownLog)),
        ("other-size", Err(WitnessRefusal::OtherSize { latest: 20_852_014 })),
        ("not-consistent", Err(WitnessRefusal::NotConsistent)),
        ("later", Err(WitnessRefusal::Later { after_seconds: 9 })),
        ("good", Ok("\u{2014} ma.moj/witness AAAA\n".as_bytes().to_vec())),
    ] {
        assert_eq!(carrier.add_checkpoint(&route, body.into()).await.expect("answered"), expected, "{body}");
    }
    node.book.suspend(&es.id);
    let fault = carrier.add_checkpoint(&route, b"good".to_vec()).await.expect_err("turned away");
    assert_eq!(fault.code(), "exchange.turned-away", "a 403 of the node is not a 403 of the witness");
}

#[tokio::test]
async fn what_is_asked_is_bounded_and_only_asked_by_post() {
    let (es, ma, node) = spain_and_morocco().await;
    let (carrier, route) = (es.carrier(&Book::of(&[&ma])), node.route(&ma));
    let largest = vec![b'x'; SUBMISSION_BYTES_MAX];
    carrier.add_checkpoint(&route, largest.clone()).await.expect("answered").expect("cosigned");
    for wrong in [vec![], [largest.as_slice(), b"x"].concat()] {
        assert_eq!(carrier.add_checkpoint(&route, wrong).await.map_err(|f| f.code()), Err("exchange.too-large"));
    }
    let mut wire = Wire::connect(node.address, &es).await;
    let get = wire.ask(&crate::wire::get("/fed/v1/witness/add-checkpoint")).await.expect("answered");
    assert_eq!((get.status, get.header("allow")), (405, Some("post")));
    wire.say(&request(&[largest.as_slice(), b"x"].concat())).await;
    assert_eq!(wire.reply().await.expect("answered").status, 413);
    let mut wire = Wire::connect(node.address, &es).await;
    wire.say(b"POST /fed/v1/witness/add-checkpoint HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n").await;
    for _ in 0..17 {
        let _ = wire.try_say(format!("4000\r\n{}\r\n", "x".repeat(0x4000)).as_bytes()).await;
    }
    let _ = wire.try_say(b"0\r\n\r\n").await;
    assert_eq!(wire.reply().await.expect("answered").status, 413, "also when it does not say how much will come");
    assert_eq!(node.desk.asked.lock().expect("sound").len(), 1);
}

#[tokio::test]
async fn a_checkpoint_counts_among_the_batches_under_way() {
    let limits = Limits { batches_of_peer: 1, ..Limits::default() };
    let (es, ma, node) = spain_and_morocco_with(limits).await;
    let mut slow = Wire::connect(node.address, &es).await;
    let whole = request(b"good");
    slow.say(&whole[..whole.len() - 1]).await;
    tokio::time::sleep(std::time::Duration::from_millis(200)).await;
    let fault = es.carrier(&Book::of(&[&ma])).deliver(&node.route(&ma), crate::world::batch(&[b"x"])).await;
    assert_eq!(fault.map_err(|fault| fault.code()), Err("exchange.later"));
    slow.say(&whole[whole.len() - 1..]).await;
    assert_eq!(slow.reply().await.expect("answered").status, 200);
    let answers = es.carrier(&Book::of(&[&ma])).deliver(&node.route(&ma), crate::world::batch(&[b"x"])).await;
    assert_eq!(answers.expect("delivered"), [Answer::Taken]);
}

#[tokio::test]
async fn an_answer_that_no_witness_gives_is_a_fault() {
    let (es, ma, _node) = spain_and_morocco().await;
    let size = |text: &str| http("409 Conflict", "Content-Type: text/x.tlog.size\r\n", text.as_bytes());
    for (what, answer) in [
        ("a size with a sign", size("+5\n")),
        ("a size with a zero before it", size("05\n")),
        ("a size without its line end", size("5")),
        ("a size beyond counting", size("18446744073709551616\n")),
        ("another text", size("as you like\n")),
        (
            "a status with another's code",
            http("403 Forbidden", "", br#"{"code":"exchange.witness-malformed","sentence":"x"}"#),
        ),
        ("more than can be cosignatures", http("200 OK", "", &vec![b'x'; SUBMISSION_BYTES_MAX + 1])),
    ] {
        let parrot = Parrot::start(&ma, answer, None).await;
        let endpoints = vec![format!("https://{}", parrot.address)];
        let route = exchange::Route { authority: ma.id.clone(), endpoints };
        let outcome = es.hasty_carrier(&Book::of(&[&ma])).add_checkpoint(&route, b"good".to_vec()).await;
        let code = outcome.map_err(|fault| fault.code()).expect_err(what);
        assert!(["exchange.malformed-answer", "exchange.refused-by-peer"].contains(&code), "{what}: {code}");
    }
}

#[test]
fn a_node_that_says_nothing_else_is_nobodys_witness() {
    struct Plain;
    impl Desk for Plain {
        fn take(&self, _: &terms::AuthorityId, _: Vec<Vec<u8>>) -> Vec<Answer> {
            vec![]
        }
        fn exhibit(&self, _: &terms::AuthorityId, _: &terms::ExhibitId) -> Result<exchange::Exhibit, exchange::Denial> {
            Err(exchange::Denial::Later { after_seconds: 1 })
        }
        fn card(&self) -> Vec<u8> {
            vec![]
        }
        fn ledger_file(&self, _: &terms::AuthorityId, _: &str) -> Option<Vec<u8>> {
            None
        }
    }
    let _: Arc<dyn Desk> = Arc::new(Recorder::default());
    assert_eq!(Plain.add_checkpoint(&authority("es.moj"), vec![]), Err(WitnessRefusal::UnknownLog));
}
