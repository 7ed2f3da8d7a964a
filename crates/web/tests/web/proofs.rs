//! What convinces somebody who does not ask the node: signed acts, proofs, exports, and alarms with their evidence, through both doors.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use terms::ActId;

use crate::pages::{Browser, contains};
use crate::world::{Program, asked, two};

fn bytes(value: &Value) -> Vec<u8> {
    STANDARD.decode(value.as_str().expect("base64")).expect("base64")
}

#[tokio::test]
async fn an_act_is_given_out_as_it_was_signed_and_with_its_proof() {
    let (es, ma) = two();
    let docket = asked(&es, &ma);
    let api = web::api(es.node.clone());
    let officer = Program { router: &api, token: Some(&es.tokens["officer"]) };
    let at = format!("/acts/{}", docket.opening_act());
    let act = officer.get(&at).await.json();
    assert_eq!(ActId::of_header(&bytes(&act["header"])), docket.opening_act(), "the very header that was signed");
    assert!(!bytes(&act["signature"]).is_empty());
    assert!(String::from_utf8(bytes(&act["body"])).expect("text").contains("Evidence at trial"));
    assert_eq!(officer.get(&format!("{at}/proof")).await.problem(), (409, "node.proof-pending".to_owned()));
    es.node.end_round().expect("a round");
    let proof = officer.get(&format!("{at}/proof")).await;
    assert_eq!(proof.status, 200);
    contains(&proof.text(), &["c2sp.org/tlog-proof@v1", "es.moj/ledger/1"]);
    for unknown in ["x", &"0".repeat(64)] {
        assert_eq!(officer.get(&format!("/acts/{unknown}")).await.problem(), (404, "node.not-here".to_owned()));
        assert_eq!(officer.get(&format!("/acts/{unknown}/proof")).await.problem(), (404, "node.not-here".to_owned()));
    }
    let auditor = Program { router: &api, token: Some(&es.tokens["auditor"]) };
    assert_eq!(auditor.get(&at).await.problem(), (403, "node.not-yours".to_owned()), "it has a body");
    let logs = officer.get("/logs").await.json();
    let log = &logs["items"][0];
    assert_eq!(
        (&log["authority"], &log["size"], &log["seen_at"]),
        (&json!("ma.moj"), &json!(0), &Value::Null),
        "{logs}"
    );
    assert_eq!(log["unlooked"], 1, "a receipt came, and its log was not looked at yet: {logs}");

    let pages = web::pages(es.node.clone());
    let mut browser = Browser::of(&pages, &es, "officer").await;
    let same = browser.get(&format!("{at}/proof")).await;
    assert_eq!((same.text(), same.header("content-type")), (proof.text(), "application/octet-stream"));
}

#[tokio::test]
async fn a_docket_is_exported_as_a_container() {
    let (es, ma) = two();
    let docket = asked(&es, &ma);
    let api = web::api(es.node.clone());
    let said = json!({"who": "Officer", "where": "Madrid", "why": "for the court", "authority": "order 7"});
    let officer = Program { router: &api, token: Some(&es.tokens["officer"]) };
    let at = format!("/dockets/{docket}/export");
    let exported = officer.post(&at, &json!({"exhibits": false, "said": said})).await;
    assert_eq!(exported.status, 200, "{:?}", exported.bytes);
    assert_eq!(exported.header("content-type"), "application/vnd.etsi.asic-e+zip");
    assert!(exported.bytes.starts_with(b"PK"), "a container");
    assert_eq!(officer.post(&at, &json!({"said": {}})).await.problem(), (400, "web.body".to_owned()));
    let none = format!("/dockets/{}/export", "0".repeat(64));
    assert_eq!(officer.post(&none, &json!({"said": said})).await.problem(), (404, "node.not-here".to_owned()));
    let approver = Program { router: &api, token: Some(&es.tokens["approver"]) };
    assert_eq!(approver.post(&at, &json!({"said": said})).await.problem(), (403, "node.not-yours".to_owned()));
}

#[tokio::test]
async fn two_histories_raise_an_alarm_that_everybody_sees_until_it_is_settled_with_a_reason() {
    let (mut es, ma) = two();
    let docket = asked(&es, &ma);
    es.lies(&docket, &ma);
    let (api, pages) = (web::api(ma.node.clone()), web::pages(ma.node.clone()));
    let officer = Program { router: &api, token: Some(&ma.tokens["officer"]) };
    let page = officer.get(&format!("/dockets/{docket}")).await.json();
    assert_eq!(page["disputed"], true, "{page}");
    let alarms = officer.get("/alarms").await.json();
    let alarm = &alarms["items"][0];
    assert_eq!((alarm["kind"].as_str(), alarm["authority"].as_str()), (Some("two-histories"), Some("es.moj")));
    let at = format!("/alarms/{}", alarm["seq"]);
    assert!(!officer.get(&format!("{at}/evidence")).await.bytes.is_empty());
    assert_eq!(officer.get("/alarms/999/evidence").await.problem(), (404, "node.not-here".to_owned()));
    assert_eq!(officer.get("/alarms/x/evidence").await.problem(), (404, "node.not-here".to_owned()));
    assert_eq!(officer.post(&format!("{at}/settle"), &json!({"why": "x"})).await.problem().0, 403);

    let mut browser = Browser::of(&pages, &ma, "officer").await;
    let sentence = alarm["sentence"].as_str().expect("a sentence").split('.').next().expect("its beginning").to_owned();
    contains(
        &browser.get("/").await.text(),
        &["An alarm that nobody has settled", &sentence, "href=\"/alarms\"", ">disputed</span>"],
    );
    contains(
        &browser.get(&format!("/dockets/{docket}")).await.text(),
        &["This docket is disputed", "role=\"alert\"", "Does not count:"],
    );
    let shown = browser.get("/alarms").await.text();
    contains(&shown, &["Two histories were signed by", &sentence]);
    assert!(!shown.contains("Settle it"), "an officer does not settle it");
    let evidence = browser.get(&format!("{at}/evidence")).await;
    assert!(evidence.header("content-disposition").starts_with("attachment"));

    let mut approver = Browser::of(&pages, &ma, "approver").await;
    let unsaid = approver.fill("/alarms", &format!("{at}/settle"), &[("why", " ")]).await;
    contains(&unsaid.text(), &["node.alarm", "Settle it"]);
    let settled = approver.fill("/alarms", &format!("{at}/settle"), &[("why", "Madrid restored a backup")]).await;
    assert_eq!(settled.header("location"), "/alarms");
    contains(&approver.get("/alarms").await.text(), &["There is no alarm that nobody has settled."]);
    let again = Program { router: &api, token: Some(&ma.tokens["approver"]) };
    assert_eq!(again.post(&format!("{at}/settle"), &json!({"why": "x"})).await.problem().0, 404);
}
