//! The API as a program speaks it: every route of `docs/api.md`, with and without the right to it, with bodies that are wrong or too large, and lists in pages.

use axum::Router;
use axum::body::Body;
use http::{Method, Request};
use serde_json::{Value, json};

use crate::world::{Program, Side, ask, asked, request, request_body, two};

fn as_<'a>(side: &'a Side, router: &'a Router, who: &str) -> Program<'a> {
    Program { router, token: Some(&side.tokens[who]) }
}

/// The routes of the contract: method, path with made-up names, the roles that may.
fn routes() -> Vec<(Method, String)> {
    let page = include_str!("../../../../docs/api.md");
    let mut routes = Vec::new();
    for line in page.lines().filter(|line| line.starts_with("| `")) {
        let cell = line.split('|').nth(1).expect("a first cell");
        let (mut method, mut stem) = (Method::GET, String::new());
        for quoted in cell.split('`').skip(1).step_by(2) {
            let path = match quoted.split_once(' ') {
                Some((word, path)) => {
                    method = word.parse().expect("a method");
                    path
                }
                None => quoted,
            };
            if path.ends_with('z') || path == "/api/v1" {
                continue;
            }
            let path = path.split('?').next().expect("a path").replace('…', "/");
            // `/lift` beside `/peers/{authority}/suspend` stands for the same address with another last word.
            let path = match path.starts_with("/") && stem.is_empty() || quoted.contains(' ') && !quoted.contains('…')
            {
                true => path,
                false => format!("{}/{}", stem.rsplit_once('/').expect("a stem").0, path.trim_start_matches('/')),
            };
            stem.clone_from(&path);
            routes.push((method.clone(), path));
        }
    }
    assert!(routes.len() >= 36, "{routes:?}");
    routes
}

fn filled(path: &str) -> String {
    let path =
        path.replace("/persons/{id}", "/persons/nobody").replace("{seq}", "999").replace("{authority}", "ma.moj");
    match path.starts_with("/exhibits") || path.starts_with("/items") {
        true => path.replace("{id}", &"0".repeat(32)),
        false => path.replace("{id}", &"0".repeat(64)),
    }
}

#[tokio::test]
async fn every_route_of_the_contract_is_served_and_asks_who_calls() {
    let es = Side::found("es.moj");
    let api = web::api(es.node.clone());
    for (method, path) in routes() {
        let path = filled(&path);
        let nobody = Program { router: &api, token: None };
        let answer = nobody.call(method.clone(), &path, &[], "{}").await;
        assert_eq!(answer.problem(), (401, "node.who".to_owned()), "{method} {path}");
        assert!(answer.header("www-authenticate").starts_with("Bearer"));
        let wrong = Program { router: &api, token: Some("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA") };
        assert_eq!(wrong.call(method.clone(), &path, &[], "{}").await.status, 401, "{method} {path}");
        let known = as_(&es, &api, "officer").call(method.clone(), &path, &[], "{}").await;
        if known.status.is_client_error() {
            let (_, code) = known.problem();
            assert!(code != "web.nowhere" && code != "web.method", "{method} {path}: {code}");
        }
        let delete = as_(&es, &api, "officer").call(Method::DELETE, &path, &[], "").await;
        assert_eq!(delete.problem(), (405, "web.method".to_owned()), "{path}");
    }
    let officer = as_(&es, &api, "officer");
    assert_eq!(officer.get("/no-such").await.problem(), (404, "web.nowhere".to_owned()));
    let outside = ask(&api, Request::get("/no-such").body(Body::empty()).expect("a request")).await;
    assert_eq!(outside.problem(), (404, "web.nowhere".to_owned()));
}

#[tokio::test]
async fn rights_are_asked_on_every_route_that_needs_one() {
    let es = Side::found("es.moj");
    let api = web::api(es.node.clone());
    let handled = json!({"who": "x", "where": "x", "why": "x", "authority": "x"});
    let (exhibit, none) = (format!("/exhibits/{}", "0".repeat(32)), json!({}));
    let item = format!("/items/{}", "0".repeat(32));
    for (who, method, path, body) in [
        ("operator", Method::GET, "/drafts".to_owned(), none.clone()),
        ("operator", Method::GET, "/drafts/x".to_owned(), none.clone()),
        ("approver", Method::POST, "/drafts".to_owned(), request(request_body())),
        ("approver", Method::PUT, "/drafts/x?version=1".to_owned(), request(request_body())),
        ("approver", Method::POST, "/drafts/x/propose".to_owned(), none.clone()),
        ("officer", Method::POST, "/drafts/x/approve".to_owned(), json!({"digest": "0".repeat(64)})),
        ("officer", Method::POST, "/drafts/x/return".to_owned(), json!({"why": "x"})),
        ("approver", Method::POST, "/drafts/x/send".to_owned(), none.clone()),
        ("approver", Method::POST, "/drafts/x/discard".to_owned(), none.clone()),
        ("auditor", Method::GET, exhibit.clone(), none.clone()),
        ("auditor", Method::POST, format!("{exhibit}/open"), handled.clone()),
        ("approver", Method::POST, format!("{exhibit}/destroy"), handled.clone()),
        (
            "officer",
            Method::POST,
            format!("{exhibit}/destroy/approve"),
            json!({"entry": "0".repeat(64), "said": handled.clone()}),
        ),
        ("auditor", Method::POST, format!("{exhibit}/destroy/drop"), handled.clone()),
        (
            "approver",
            Method::POST,
            format!("{exhibit}/keep"),
            json!({"until": "2036-01-01T00:00:00Z", "said": handled.clone()}),
        ),
        ("auditor", Method::GET, item.clone(), none.clone()),
        ("approver", Method::POST, format!("{item}/handle"), json!({"done": {"kind": "destroyed"}, "said": handled})),
        ("officer", Method::POST, "/peers".to_owned(), none.clone()),
        ("officer", Method::POST, "/peers/ma.moj/approve".to_owned(), json!({"fingerprint": "x"})),
        ("auditor", Method::POST, "/peers/ma.moj/suspend".to_owned(), json!({"why": "x"})),
        ("auditor", Method::POST, "/peers/ma.moj/lift".to_owned(), json!({"why": "x"})),
        ("auditor", Method::POST, "/peers/ma.moj/revoke".to_owned(), json!({"why": "x"})),
        ("officer", Method::POST, "/peers/ma.moj/hurry".to_owned(), none.clone()),
        ("officer", Method::GET, "/persons".to_owned(), none.clone()),
        ("auditor", Method::POST, "/persons".to_owned(), json!({"id": "x", "name": "x", "roles": ["officer"]})),
        ("auditor", Method::POST, "/persons/officer/retire".to_owned(), none.clone()),
        ("officer", Method::GET, "/outbox".to_owned(), none.clone()),
        ("officer", Method::GET, "/quarantine".to_owned(), none.clone()),
        ("operator", Method::GET, "/audit".to_owned(), none.clone()),
        ("officer", Method::POST, "/recovery".to_owned(), json!({"because": "x"})),
        (
            "operator",
            Method::POST,
            "/requests/check".to_owned(),
            json!({"requesting": "ES", "requested": "MA", "body": {}}),
        ),
    ] {
        let answer = as_(&es, &api, who).call(method.clone(), &path, &[], body.to_string()).await;
        assert_eq!(answer.problem(), (403, "node.not-yours".to_owned()), "{who}: {method} {path}");
    }
}

#[tokio::test]
async fn a_request_goes_from_a_draft_to_a_docket() {
    let (es, ma) = two();
    let api = web::api(es.node.clone());
    let (officer, approver) = (as_(&es, &api, "officer"), as_(&es, &api, "approver"));

    let mut lacking = request_body();
    lacking.as_object_mut().expect("an object").remove("purpose");
    let written = officer.post("/drafts", &request(lacking.clone())).await;
    assert_eq!(written.status, 201);
    let draft = written.json();
    let at = format!("/drafts/{}", draft["id"].as_str().expect("an id"));
    let refused = officer.post(&format!("{at}/propose"), &json!({})).await;
    assert_eq!(refused.problem(), (422, "node.incomplete".to_owned()));
    let missing = &refused.json()["missing"];
    assert_eq!(missing[0]["path"], "/purpose");
    assert!(missing[0]["refusal"]["citation"]["instrument"].is_string(), "{missing}");
    let checked = json!({"requesting": "ES", "requested": "MA", "body": lacking});
    let checked = officer.post("/requests/check", &checked).await.json();
    assert_eq!(&checked["missing"], missing);
    assert!(!checked["ruling"]["notice"].as_str().expect("a notice").is_empty());

    let again = request(request_body()).to_string();
    let stale = officer.call(Method::PUT, &format!("{at}?version=99"), &[], again.clone()).await;
    assert_eq!(stale.problem(), (409, "node.stale".to_owned()));
    assert_eq!(officer.call(Method::PUT, &at, &[], again.clone()).await.problem(), (400, "web.query".to_owned()));
    let version = draft["version"].as_i64().expect("a version");
    let rewritten = officer.call(Method::PUT, &format!("{at}?version={version}"), &[], again).await;
    assert_eq!(rewritten.status, 200, "{}", rewritten.text());
    assert_eq!(officer.post(&format!("{at}/propose"), &json!({})).await.json()["state"], "proposed");

    let waiting = approver.get("/drafts?state=proposed").await.json();
    let digest = &waiting["items"][0]["approved_digest"];
    let other = approver.post(&format!("{at}/approve"), &json!({"digest": "0".repeat(64)})).await;
    assert_eq!(other.problem(), (409, "node.changed".to_owned()));
    let unsent = officer.post(&format!("{at}/send"), &json!({})).await;
    assert_eq!(unsent.problem(), (422, "node.not-approved".to_owned()));
    assert_eq!(approver.post(&format!("{at}/approve"), &json!({"digest": digest})).await.status, 200);
    let sent = officer.call(Method::POST, &format!("{at}/send"), &[("comity-purpose", "caso%20n%C2%BA%207")], "").await;
    let docket = sent.json()["docket"].as_str().expect("a docket").to_owned();
    assert_eq!(
        officer.post(&format!("{at}/propose"), &json!({})).await.problem(),
        (409, "node.draft-state".to_owned())
    );

    let outbox = as_(&es, &api, "operator").get("/outbox").await.json();
    assert_eq!(outbox["items"][0]["to"], "ma.moj");
    let hurried = as_(&es, &api, "operator").post("/peers/ma.moj/hurry", &json!({})).await.json();
    assert!(hurried["items"].is_u64());
    crate::world::settle(&es, &ma);
    let page = officer.get(&format!("/dockets/{}", &docket[..6])).await.json();
    assert_eq!(page["id"].as_str(), Some(docket.as_str()));
    assert_eq!(page["acts"][0]["outstanding"], json!([]));
    assert_eq!(page["acts"][0]["body"]["says"]["purpose"], "Evidence at trial");
    assert_eq!(page["summary"]["standing"], "asked");
    let unseen = as_(&es, &api, "operator").get(&format!("/dockets/{docket}")).await.json();
    assert_eq!(unseen["acts"][0]["body"]["is"], "withheld");
    assert_eq!(officer.get("/dockets/ffffffff").await.problem(), (404, "node.not-here".to_owned()));
    assert_eq!(officer.get(&format!("/dockets/{}", "f".repeat(64))).await.problem(), (404, "node.not-here".to_owned()));

    let trail = as_(&es, &api, "auditor").get("/audit?limit=1000").await.json();
    assert_eq!(trail["unbroken"], true);
    let sent = trail["items"].as_array().expect("entries").iter().find(|entry| entry["purpose"] == "caso nº 7");
    assert!(sent.expect("the purpose stands in the trail")["what"].as_str().expect("what").contains("sent draft"));
}

#[tokio::test]
async fn a_draft_is_returned_with_a_reason_and_discarded_by_its_author() {
    let (es, _ma) = two();
    let api = web::api(es.node.clone());
    let (officer, approver) = (as_(&es, &api, "officer"), as_(&es, &api, "approver"));
    let draft = officer.post("/drafts", &request(request_body())).await.json();
    let at = format!("/drafts/{}", draft["id"].as_str().expect("an id"));
    officer.post(&format!("{at}/propose"), &json!({})).await;
    let returned = approver.post(&format!("{at}/return"), &json!({"why": "the period"})).await.json();
    assert_eq!(
        (returned["state"].as_str(), returned["returned"].as_str()),
        (Some("writing"), Some("approver: the period"))
    );
    let other = as_(&es, &api, "second-officer").post(&format!("{at}/discard"), &json!({})).await;
    assert_eq!(other.problem(), (422, "node.not-author".to_owned()));
    let gone = officer.post(&format!("{at}/discard"), &json!({})).await;
    assert_eq!((gone.status.as_u16(), gone.bytes.len()), (204, 0));
    assert_eq!(officer.get(&at).await.json()["state"], "discarded");
    assert_eq!(officer.get("/drafts?state=lost").await.problem(), (400, "web.query".to_owned()));
    assert_eq!(officer.get("/drafts/no-such").await.problem(), (404, "node.not-here".to_owned()));
}

#[tokio::test]
async fn peers_are_entered_by_one_and_approved_by_another_who_heard_the_fingerprint() {
    let (es, ma) = (Side::found("es.moj"), Side::found("ma.moj"));
    let (api, theirs) = (web::api(es.node.clone()), web::api(ma.node.clone()));
    let (operator, approver) = (as_(&es, &api, "operator"), as_(&es, &api, "approver"));
    let card = as_(&ma, &theirs, "officer").get("/card").await;
    let aloud = card.header("comity-fingerprint").to_owned();
    assert_eq!((card.status.as_u16(), aloud.is_empty()), (200, false), "{}", card.text());
    let entered = operator.call(Method::POST, "/peers", &[], card.bytes.clone()).await;
    assert_eq!(
        (entered.status.as_u16(), entered.json()["status"].as_str()),
        (201, Some("proposed")),
        "{}",
        entered.text()
    );
    assert_eq!(operator.post("/peers", &json!({})).await.problem(), (422, "node.card".to_owned()));
    let approve = json!({ "fingerprint": aloud });
    assert_eq!(operator.post("/peers/ma.moj/approve", &approve).await.problem(), (422, "node.same-person".to_owned()));
    let wrong = json!({"fingerprint": "0".repeat(64)});
    assert_eq!(approver.post("/peers/ma.moj/approve", &wrong).await.problem(), (422, "node.fingerprint".to_owned()));
    for unknown in ["fr.moj", "no%20name", "X"] {
        let answer = approver.post(&format!("/peers/{unknown}/approve"), &approve).await;
        assert_eq!(answer.problem(), (404, "node.not-here".to_owned()), "{unknown}");
    }
    assert_eq!(approver.post("/peers/ma.moj/approve", &approve).await.json()["status"], "approved");
    for (step, status) in [("suspend", "suspended"), ("lift", "approved"), ("revoke", "revoked")] {
        let stepped = operator.post(&format!("/peers/ma.moj/{step}"), &json!({"why": "test"})).await;
        assert_eq!(stepped.json()["status"], status);
    }
    assert_eq!(operator.get("/peers").await.json()["items"][0]["authority"], "ma.moj");
    assert_eq!(operator.get("/node").await.json()["authority"], "es.moj");
}

#[tokio::test]
async fn a_person_is_entered_used_and_ended() {
    let es = Side::found("es.moj");
    let api = web::api(es.node.clone());
    let operator = as_(&es, &api, "operator");
    let new = json!({"id": "amal", "name": "أمل بنعلي", "roles": ["officer", "approver"]});
    let entered = operator.post("/persons", &new).await;
    assert_eq!(entered.status, 201);
    let token = entered.json()["token"].as_str().expect("a token").to_owned();
    let amal = Program { router: &api, token: Some(&token) };
    assert_eq!(
        amal.get("/whoami").await.json(),
        json!({"person": "amal", "name": "أمل بنعلي", "roles": ["officer", "approver"]})
    );
    let listed = operator.get("/persons?limit=1000").await.json();
    assert!(
        listed["items"]
            .as_array()
            .expect("persons")
            .iter()
            .any(|person| person["id"] == "amal" && person["active"] == true)
    );
    assert_eq!(operator.post("/persons/amal/retire", &json!({})).await.status, 204);
    assert_eq!(amal.get("/whoami").await.problem(), (401, "node.who".to_owned()));
    assert_eq!(operator.post("/persons/nobody/retire", &json!({})).await.problem(), (404, "node.not-here".to_owned()));
    let no_role = json!({"id": "x", "name": "x", "roles": ["king"]});
    assert_eq!(operator.post("/persons", &no_role).await.problem(), (400, "web.body".to_owned()));
    let no_name = json!({"id": "X Y", "name": "x", "roles": []});
    assert_eq!(operator.post("/persons", &no_name).await.problem(), (422, "node.person-name".to_owned()));
}

#[tokio::test]
async fn the_law_is_asked_and_answers_with_citations() {
    let es = Side::found("es.moj");
    let api = web::api(es.node.clone());
    let officer = as_(&es, &api, "officer");
    let ruling = officer.post("/law", &json!({"requesting": "ES", "requested": "MA", "on": "2026-11-23"})).await.json();
    assert!(!ruling["bases"].as_array().expect("bases").is_empty());
    assert!(ruling["law"]["digest"].is_string() && ruling["notice"].is_string());
    let unknown = json!({"requesting": "ES", "requested": "MA", "on": "2026-11-23", "offences": ["no-such"]});
    assert_eq!(officer.post("/law", &unknown).await.problem().1, "node.question");
    assert_eq!(officer.post("/law", &json!({"requesting": "Spain"})).await.problem(), (400, "web.body".to_owned()));
}

#[tokio::test]
async fn a_law_base_is_loaded_by_an_operator_with_a_signature_that_counts_or_not_at_all() {
    let es = Side::found("es.moj");
    let api = web::api(es.node.clone());
    let (operator, officer) = (as_(&es, &api, "operator"), as_(&es, &api, "officer"));
    let before = officer.get("/law/base").await.json();
    assert!(before["version"]["digest"].is_string() && before["publisher"].is_null());
    let signed: &[(&str, &str)] = &[("comity-signature", "AAAA")];
    for (who, headers, refused) in [
        (&operator, &[][..], (400, "web.query")),
        (&operator, &[("comity-signature", "no base64!")], (400, "web.query")),
        (&officer, signed, (403, "node.not-yours")),
        (&operator, signed, (422, "law.edition-signature")),
    ] {
        let (status, code) = who.call(Method::POST, "/law/base", headers, "{}").await.problem();
        assert_eq!((status, code.as_str()), refused);
    }
    assert_eq!(officer.get("/law/base").await.json(), before, "and nothing has changed");
    for digest in ["0".repeat(64), "x".to_owned()] {
        assert_eq!(officer.get(&format!("/law/base/{digest}/proof")).await.problem().0, 404);
    }
}

#[tokio::test]
async fn bodies_queries_and_headers_that_cannot_be_read_are_refused() {
    let es = Side::found("es.moj");
    let api = web::api(es.node.clone());
    let officer = as_(&es, &api, "officer");
    for body in ["", "{", "[]", "null", "\"x\"", "{\"kind\":1}", "{\"kind\":\"ask\",\"extra\":1}"] {
        let answer = officer.call(Method::POST, "/drafts", &[], body).await;
        assert_eq!(answer.problem(), (400, "web.body".to_owned()), "{body:?}");
    }
    let deep = format!("{{\"kind\":\"ask\",\"body\":{}{}}}", "[".repeat(50_000), "]".repeat(50_000));
    assert_eq!(officer.call(Method::POST, "/drafts", &[], deep).await.problem(), (400, "web.body".to_owned()));
    let large = format!("{{\"kind\":\"{}\"}}", "x".repeat(1_572_864));
    assert_eq!(officer.call(Method::POST, "/drafts", &[], large).await.problem(), (413, "web.too-large".to_owned()));
    let endless = futures_util::stream::iter((0..1_000).map(|_| Ok::<_, std::io::Error>(vec![b' '; 64 * 1024])));
    let endless = officer.call(Method::POST, "/peers", &[], Body::from_stream(endless)).await;
    assert_eq!(endless.problem(), (413, "web.too-large".to_owned()));
    for query in ["limit=0", "limit=1001", "limit=x", "limit=-1", "after=x", "other=1", "limit=1&limit=2"] {
        let answer = officer.get(&format!("/dockets?{query}")).await;
        assert_eq!(answer.problem(), (400, "web.query".to_owned()), "{query}");
    }
    assert_eq!(officer.get("/peers?after=no%20name").await.problem(), (400, "web.query".to_owned()));
    let long = "x".repeat(201);
    for purpose in ["%FF", "a%0Ab", "%20", long.as_str()] {
        let answer = officer.call(Method::GET, "/dockets", &[("comity-purpose", purpose)], "").await;
        assert_eq!(answer.problem(), (400, "web.query".to_owned()), "{purpose:?}");
    }
}

/// Reads a list page by page and gives all of its items.
async fn all(program: &Program<'_>, path: &str, limit: usize) -> Vec<Value> {
    let (mut items, mut after) = (Vec::new(), String::new());
    loop {
        let page = program.get(&format!("{path}?limit={limit}{after}")).await.json();
        let some = page["items"].as_array().expect("items").clone();
        assert!(some.len() <= limit);
        items.extend(some);
        match &page["next"] {
            Value::Null => return items,
            Value::String(next) => after = format!("&after={next}"),
            next => after = format!("&after={next}"),
        }
    }
}

#[tokio::test]
async fn lists_come_in_pages_and_nothing_is_lost_between_two() {
    let (es, ma) = two();
    let api = web::api(es.node.clone());
    for _ in 0..3 {
        asked(&es, &ma);
    }
    for (who, path) in [
        ("officer", "/dockets"),
        ("auditor", "/audit"),
        ("operator", "/persons"),
        ("officer", "/peers"),
        ("operator", "/outbox"),
        ("auditor", "/quarantine"),
    ] {
        let program = as_(&es, &api, who);
        let (whole, piecewise) = (all(&program, path, 1_000).await, all(&program, path, 2).await);
        assert_eq!(whole, piecewise, "{path}");
    }
    assert_eq!(all(&as_(&es, &api, "officer"), "/dockets", 1).await.len(), 3);
    let docket = all(&as_(&es, &api, "officer"), "/dockets", 1).await[0]["id"].as_str().expect("an id").to_owned();
    let id = docket.parse().expect("a docket");
    for _ in 0..4 {
        es.act(&id, "consult", json!({}), "a word");
    }
    let officer = as_(&es, &api, "officer");
    let mut seen = Vec::new();
    let mut from = 0;
    loop {
        let page = officer.get(&format!("/dockets/{docket}?from={from}&limit=2")).await.json();
        seen.extend(page["acts"].as_array().expect("acts").iter().map(|act| act["id"].clone()));
        match page["next"].as_u64() {
            Some(next) => from = next,
            None => break,
        }
    }
    let whole = officer.get(&format!("/dockets/{docket}")).await.json();
    let whole: Vec<Value> = whole["acts"].as_array().expect("acts").iter().map(|act| act["id"].clone()).collect();
    assert_eq!((seen.len(), seen), (5, whole));
}

#[tokio::test]
async fn a_recovery_is_declared_and_then_nothing_is_sealed() {
    let (es, _ma) = two();
    let api = web::api(es.node.clone());
    let (operator, officer) = (as_(&es, &api, "operator"), as_(&es, &api, "officer"));
    assert_eq!(officer.get("/recovery").await.json(), Value::Null);
    let begun = operator.post("/recovery", &json!({"because": "restored on Monday"})).await.json();
    assert_eq!(begun["because"], "restored on Monday");
    assert_eq!(officer.get("/node").await.json()["recovering"]["because"], "restored on Monday");
}

#[tokio::test]
async fn every_answer_is_guarded_and_bears_the_id_of_its_log_entry() {
    let es = Side::found("es.moj");
    let api = web::api(es.node.clone());
    let mut ids = std::collections::BTreeSet::new();
    for path in ["/healthz", "/readyz", "/api/v1/node", "/api/v1/no-such", "/no-such"] {
        let answer = ask(&api, Request::get(path).body(Body::empty()).expect("a request")).await;
        for (name, value) in [
            ("content-security-policy", "default-src 'none'; frame-ancestors 'none'"),
            ("x-content-type-options", "nosniff"),
            ("x-frame-options", "DENY"),
            ("referrer-policy", "same-origin"),
            ("cross-origin-resource-policy", "same-origin"),
            ("cache-control", "no-store"),
        ] {
            assert_eq!(answer.header(name), value, "{path}: {name}");
        }
        assert_eq!(answer.header("comity-request").len(), 16, "{path}");
        ids.insert(answer.header("comity-request").to_owned());
        if path.ends_with('z') {
            assert_eq!((answer.status.as_u16(), answer.bytes.len()), (200, 0), "{path}");
        }
    }
    assert_eq!(ids.len(), 5, "each request has an id of its own");
}
