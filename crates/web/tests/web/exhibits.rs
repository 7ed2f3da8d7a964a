//! Exhibits through the door: streamed both ways, whole or not at all.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use axum::body::{Body, Bytes};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use futures_util::{StreamExt as _, stream};
use http::{Method, Request, header};
use serde_json::{Value, json};
use terms::Digest;
use tower::ServiceExt as _;

use crate::world::{Program, Side, asked, two};

fn about(said: &Value) -> String {
    STANDARD.encode(said.to_string())
}
fn plain() -> Value {
    json!({"media": "text/plain", "title": "Extractos de cuenta, كشف حساب", "where": "Madrid", "why": "evidence", "authority": "order 7/2026"})
}

/// Many megabytes that nobody could guess the length of, in pieces.
fn pieces(count: usize) -> Vec<Vec<u8>> {
    (0..count).map(|at| vec![u8::try_from(at % 251).expect("small"); 100_003]).collect()
}

async fn take(side: &Side, docket: &str, body: Body, said: &Value) -> crate::world::Answer {
    let api = web::api(side.node.clone());
    let officer = Program { router: &api, token: Some(&side.tokens["officer"]) };
    officer.call(Method::POST, &format!("/dockets/{docket}/exhibits"), &[("comity-about", &about(said))], body).await
}

#[tokio::test]
async fn a_file_goes_in_and_comes_out_as_it_was_with_its_history() {
    let (es, ma) = two();
    let docket = asked(&es, &ma).to_string();
    let whole: Vec<u8> = pieces(120).concat();
    let body = Body::from_stream(stream::iter(pieces(120).into_iter().map(Ok::<_, io::Error>)));
    let taken = take(&es, &docket, body, &plain()).await;
    assert_eq!(taken.status, 201, "{}", taken.text());
    let exhibit = taken.json();
    let digest = Digest::of(&[&whole]).to_string();
    assert_eq!(
        (exhibit["size"].as_u64(), exhibit["sha256"].as_str()),
        (Some(whole.len() as u64), Some(digest.as_str()))
    );

    let api = web::api(es.node.clone());
    let officer = Program { router: &api, token: Some(&es.tokens["officer"]) };
    let at = format!("/exhibits/{}", exhibit["id"].as_str().expect("an id"));
    let handled = json!({"who": "Officer", "where": "Madrid", "why": "to read it", "authority": "order 7/2026"});
    let opened = officer.post(&format!("{at}/open"), &handled).await;
    assert_eq!(opened.status, 200);
    assert_eq!(opened.header("content-length"), whole.len().to_string());
    assert_eq!(opened.header("comity-sha256"), digest);
    assert_eq!(opened.header("content-type"), "application/octet-stream");
    assert!(opened.bytes == whole, "the same bytes");
    let found = officer.get(&at).await.json();
    let kinds: Vec<&str> = found["custody"]["entries"]
        .as_array()
        .expect("entries")
        .iter()
        .map(|entry| entry["kind"].as_str().expect("a kind"))
        .collect();
    assert_eq!((kinds, found["custody"]["verdict"].as_str()), (vec!["acquired", "sealed", "opened"], Some("matches")));
    assert_eq!(found["custody"]["entries"][2]["details"]["why"], "to read it");
    let listed = officer.get(&format!("/dockets/{docket}/exhibits")).await.json();
    assert_eq!(listed["items"][0]["title"], "Extractos de cuenta, كشف حساب");
    let auditor = Program { router: &api, token: Some(&es.tokens["auditor"]) };
    assert!(auditor.get(&format!("/dockets/{docket}/exhibits")).await.json()["items"][0].get("title").is_none());

    let unsaid = json!({"who": "x", "where": "", "why": "x", "authority": "x"});
    assert_eq!(officer.post(&format!("{at}/open"), &unsaid).await.problem(), (422, "node.custody-details".to_owned()));
    let asked = officer.post(&format!("{at}/destroy"), &handled).await.json();
    assert_eq!((asked["state"].as_str(), asked["destruction"]["by"].as_str()), (Some("here"), Some("officer")));
    let approval = json!({"entry": asked["destruction"]["entry"], "said": handled});
    let approver = Program { router: &api, token: Some(&es.tokens["approver"]) };
    let destroyed = approver.post(&format!("{at}/destroy/approve"), &approval).await;
    assert_eq!(destroyed.json()["state"], "destroyed");
    assert_eq!(officer.post(&format!("{at}/open"), &handled).await.problem(), (422, "node.exhibit-state".to_owned()));
    let again = take(&es, &docket, Body::from(whole), &plain()).await.json();
    assert_eq!((&again["alike"][0]["id"], again["alike"][0]["state"].as_str()), (&exhibit["id"], Some("destroyed")));
    let keep = json!({"until": "2000-01-01T00:00:00Z", "said": handled});
    let kept = officer.post(&format!("/exhibits/{}/keep", again["id"].as_str().expect("an id")), &keep).await;
    assert_eq!(kept.problem(), (422, "node.exhibit-term".to_owned()));
    assert_eq!(officer.get("/exhibits/due").await.json(), json!({"items": [], "next": null}));
    for unknown in ["x", &"0".repeat(32)] {
        assert_eq!(officer.get(&format!("/exhibits/{unknown}")).await.problem(), (404, "node.not-here".to_owned()));
    }
}

#[tokio::test]
async fn a_set_is_listed_and_one_file_of_it_is_given_out_and_never_shown() {
    let (es, ma) = two();
    let docket = asked(&es, &ma).to_string();
    let vector = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/spec/vectors/exhibit/files.set.zip");
    let set = std::fs::read(vector).expect("a vector");
    let mut said = plain();
    said["media"] = json!(evidence::set::MEDIA);
    let exhibit = take(&es, &docket, Body::from(set), &said).await.json();
    let api = web::api(es.node.clone());
    let officer = Program { router: &api, token: Some(&es.tokens["officer"]) };
    let at = format!("/exhibits/{}", exhibit["id"].as_str().expect("an id"));
    let listed = officer.get(&format!("{at}/files?limit=2")).await.json();
    assert_eq!((listed["items"][1]["path"].as_str(), &listed["next"]), (Some("image/phone.E01"), &json!(2)));
    let handled = json!({"who": "x", "where": "x", "why": "x", "authority": "x"});
    let opened = officer.post(&format!("{at}/open?file=image%2Fphone.E01"), &handled).await;
    assert_eq!((opened.status.as_u16(), opened.text().as_str()), (200, "EVF image"));
    assert_eq!(opened.header("comity-sha256"), Digest::of(&[b"EVF image"]).to_string());
    assert_eq!(
        (opened.header("content-type"), opened.header("x-content-type-options")),
        ("application/octet-stream", "nosniff")
    );
    let all = officer.post(&format!("{at}/open"), &handled).await;
    for file in [&opened, &all] {
        assert_eq!(file.header("content-disposition"), "attachment");
        assert!(
            file.header("content-security-policy").ends_with("sandbox"),
            "{}",
            file.header("content-security-policy")
        );
    }
    let missing = officer.post(&format!("{at}/open?file=image%2F..%2Flog.txt"), &handled).await;
    assert_eq!(missing.problem(), (404, "node.not-here".to_owned()));
    let none = take(&es, &docket, Body::from("no set"), &said).await;
    assert_eq!(none.problem(), (422, "node.exhibit-set".to_owned()));
}

#[tokio::test]
async fn an_empty_file_is_a_file() {
    let (es, ma) = two();
    let docket = asked(&es, &ma).to_string();
    let exhibit = take(&es, &docket, Body::empty(), &plain()).await.json();
    let api = web::api(es.node.clone());
    let officer = Program { router: &api, token: Some(&es.tokens["officer"]) };
    let handled = json!({"who": "x", "where": "x", "why": "x", "authority": "x"});
    let opened = officer.post(&format!("/exhibits/{}/open", exhibit["id"].as_str().expect("an id")), &handled).await;
    assert_eq!((opened.status.as_u16(), opened.bytes.len(), opened.header("content-length")), (200, 0, "0"));
}

#[tokio::test]
async fn an_upload_that_breaks_off_leaves_nothing() {
    let (es, ma) = two();
    let docket = asked(&es, &ma).to_string();
    let broken = pieces(30).into_iter().map(Ok).chain([Err(io::Error::other("the line is cut"))]);
    let answer = take(&es, &docket, Body::from_stream(stream::iter(broken)), &plain()).await;
    assert_eq!(answer.problem(), (500, "evidence.source".to_owned()));
    let api = web::api(es.node.clone());
    let officer = Program { router: &api, token: Some(&es.tokens["officer"]) };
    assert_eq!(officer.get(&format!("/dockets/{docket}/exhibits")).await.json()["items"], json!([]));
}

#[tokio::test]
async fn a_caller_who_goes_away_leaves_nothing() {
    let (es, ma) = two();
    let docket = asked(&es, &ma).to_string();
    let api = web::api(es.node.clone());
    let body = Body::from_stream(stream::iter(pieces(3).into_iter().map(Ok::<_, io::Error>)).chain(stream::pending()));
    let request = Request::post(format!("/api/v1/dockets/{docket}/exhibits"))
        .header(header::AUTHORIZATION, format!("Bearer {}", es.tokens["officer"]))
        .header("comity-about", about(&plain()))
        .body(body)
        .expect("a request");
    let gone = tokio::time::timeout(std::time::Duration::from_millis(300), api.clone().oneshot(request)).await;
    assert!(gone.is_err(), "it was still under way");
    let officer = Program { router: &api, token: Some(&es.tokens["officer"]) };
    assert_eq!(officer.get(&format!("/dockets/{docket}/exhibits")).await.json()["items"], json!([]));
}

#[tokio::test]
async fn what_is_said_of_a_file_is_asked_for_before_its_bytes_are_read() {
    let (es, ma) = two();
    let docket = asked(&es, &ma).to_string();
    let read = Arc::new(AtomicUsize::new(0));
    let body = || {
        let read = Arc::clone(&read);
        let watched = stream::iter(pieces(1_000)).map(move |piece| {
            read.fetch_add(1, Ordering::SeqCst);
            Ok::<_, io::Error>(piece)
        });
        Body::from_stream(watched)
    };
    let api = web::api(es.node.clone());
    let officer = Program { router: &api, token: Some(&es.tokens["officer"]) };
    let at = format!("/dockets/{docket}/exhibits");
    for (name, value) in [
        ("x", "x".to_owned()),
        ("comity-about", "no base64!".to_owned()),
        ("comity-about", about(&json!({}))),
        ("comity-about", about(&json!([]))),
    ] {
        let answer = officer.call(Method::POST, &at, &[(name, &value)], body()).await;
        assert_eq!(answer.problem(), (400, "web.query".to_owned()), "{value}");
    }
    let nobody = Program { router: &api, token: None };
    assert_eq!(nobody.call(Method::POST, &at, &[("comity-about", &about(&plain()))], body()).await.status, 401);
    assert_eq!(read.load(Ordering::SeqCst), 0, "nothing was read");
    let mut odd = plain();
    odd["media"] = json!("not a media type");
    assert_eq!(
        officer.call(Method::POST, &at, &[("comity-about", &about(&odd))], body()).await.problem(),
        (422, "node.exhibit".to_owned())
    );
    let elsewhere = format!("/dockets/{}/exhibits", "f".repeat(64));
    let answer = officer.call(Method::POST, &elsewhere, &[("comity-about", &about(&plain()))], body()).await;
    assert_eq!(answer.problem(), (404, "node.not-here".to_owned()));
    assert!(read.load(Ordering::SeqCst) < 100, "no more than what waits in between");
}

#[tokio::test]
async fn a_download_that_was_cut_goes_on_where_it_was_and_every_part_is_in_the_history() {
    let (es, ma) = two();
    let docket = asked(&es, &ma).to_string();
    let whole = pieces(30).concat();
    let exhibit = take(&es, &docket, Body::from(whole.clone()), &plain()).await.json();
    let at = format!("/exhibits/{}", exhibit["id"].as_str().expect("an id"));
    let (tag, size) = (format!("\"{}\"", exhibit["sha256"].as_str().expect("a digest")), whole.len());
    let api = web::api(es.node.clone());
    let officer = Program { router: &api, token: Some(&es.tokens["officer"]) };
    let handled = json!({"who": "x", "where": "x", "why": "x", "authority": "x"}).to_string();
    let ask = async |range: &str, tag: &str| {
        let headers = [("range", range), ("if-range", tag)];
        officer.call(Method::POST, &format!("{at}/open"), &headers, Body::from(handled.clone())).await
    };
    for (range, from, to) in [
        ("bytes=100000-".to_owned(), 100_000, size),
        ("bytes=16384-16384".to_owned(), 16_384, 16_385),
        (format!("bytes=7-{}", u64::MAX - 1), 7, size),
    ] {
        let part = ask(&range, &tag).await;
        assert_eq!(part.status, 206, "{range}");
        assert_eq!(part.headers["content-range"], format!("bytes {from}-{}/{size}", to - 1));
        assert_eq!(part.headers["etag"], tag);
        assert!(part.bytes == whole[from..to], "{range}");
    }
    for range in ["bytes=-5", "bytes=1-2,5-6", "lines=1-", "bytes=x-"] {
        assert_eq!(ask(range, &tag).await.status, 200, "{range} is not known here: all of it");
    }
    assert_eq!(ask("bytes=5-", "\"other\"").await.bytes.len(), size, "of another exhibit: all of it");
    for range in [format!("bytes={size}-"), "bytes=9-8".to_owned()] {
        assert_eq!(ask(&range, &tag).await.problem(), (416, "web.range".to_owned()));
    }
    let history = officer.get(&at).await.json()["custody"]["entries"].clone();
    let opened = history.as_array().expect("entries").iter().filter(|entry| entry["kind"] == "opened").count();
    assert_eq!(opened, 8);
}

#[tokio::test]
async fn an_exhibit_that_was_changed_on_the_disk_never_looks_whole() {
    let (es, ma) = two();
    let docket = asked(&es, &ma).to_string();
    let exhibit = take(&es, &docket, Body::from(pieces(20).concat()), &plain()).await.json();
    let id = exhibit["id"].as_str().expect("an id");
    let path = es.exhibit_file(id);
    let mut sealed = std::fs::read(&path).expect("the sealed file");
    let near_the_end = sealed.len() - 20_000;
    sealed[near_the_end] ^= 1;
    std::fs::write(&path, sealed).expect("written");
    let api = web::api(es.node.clone());
    let handled = json!({"who": "x", "where": "x", "why": "x", "authority": "x"}).to_string();
    let request = Request::post(format!("/api/v1/exhibits/{id}/open"))
        .header(header::AUTHORIZATION, format!("Bearer {}", es.tokens["officer"]))
        .body(Body::from(handled))
        .expect("a request");
    let response = api.oneshot(request).await.expect("an answer");
    assert_eq!(response.status(), 200, "its beginning was whole");
    let mut stream = response.into_body().into_data_stream();
    let (mut came, mut broke) = (0, false);
    while let Some(piece) = stream.next().await {
        match piece {
            Ok(bytes) => came += Bytes::len(&bytes),
            Err(_) => broke = true,
        }
    }
    assert!(broke && (came as u64) < exhibit["size"].as_u64().expect("a size"), "{came} bytes came");
}
