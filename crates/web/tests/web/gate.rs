//! The gate before the pages: signing in and out, sessions that end, forms that were not given out, headers, and what is not there.

use axum::body::Body;
use http::{Method, Request, StatusCode};
use node::NewDraft;
use serde_json::json;

use crate::pages::{Browser, contains, encoded, value_of};
use crate::world::{Side, ask, request, request_body, two};

#[tokio::test]
async fn nobody_sees_a_page_before_signing_in_and_then_goes_where_they_wanted() {
    let es = Side::found("es.moj");
    let pages = web::pages(es.node.clone());
    let mut browser = Browser::new(&pages);
    for path in ["/", "/node", "/law?requesting=ES", "/no-such"] {
        let answer = browser.get(path).await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER, "{path}");
        assert!(answer.header("location").starts_with("/sign-in"), "{path}");
        assert!(answer.text().is_empty());
    }
    let to = browser.get("/law?requesting=ES").await.header("location").to_owned();
    let page = browser.get(&to).await.text();
    let (csrf, then) = (value_of(&page, "csrf"), value_of(&page, "then"));
    let token = es.tokens["officer"].clone();
    let signed_in = browser.post("/sign-in", &[("csrf", &csrf), ("then", &then), ("token", &token)]).await;
    assert_eq!(signed_in.header("location"), "/law?requesting=ES");
    let cookie = signed_in.header("set-cookie").to_owned();
    contains(&cookie, &["comity-session-es.moj=", "; HttpOnly", "; SameSite=Strict", "; Path=/"]);
    assert_eq!(browser.cookie("comity-session-es.moj").len(), 64);
    assert_eq!(browser.get("/").await.status, 200);
    let elsewhere = ["//evil.example/", "https://evil.example/", "/\\evil.example", "javascript:alert(1)"];
    for then in elsewhere {
        let page = Browser::new(&pages)
            .get(&format!("/sign-in?then={}", encoded(&[("", then)]).trim_start_matches('=')))
            .await
            .text();
        assert_eq!(value_of(&page, "then"), "/", "{then}");
    }
}

#[tokio::test]
async fn a_wrong_token_is_told_and_too_many_make_everybody_wait() {
    let es = Side::found("es.moj");
    let pages = web::pages(es.node.clone());
    let mut browser = Browser::new(&pages);
    for _ in 0..20 {
        let answer = browser.sign_in("wrong").await;
        assert_eq!(answer.status, 401);
        contains(&answer.text(), &["node.who", "role=\"alert\"", "<title>Error: "]);
        assert!(browser.cookie("comity-session-es.moj").is_empty());
    }
    let right = es.tokens["officer"].clone();
    let waits = browser.sign_in(&right).await;
    assert_eq!((waits.status.as_u16(), waits.header("retry-after")), (429, "60"));
    es.clock.pass(61);
    assert_eq!(browser.sign_in(&right).await.status, StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn a_session_ends_by_signing_out_by_silence_and_with_the_persons_access() {
    let es = Side::found("es.moj");
    let pages = web::pages(es.node.clone());
    let mut browser = Browser::of(&pages, &es, "officer").await;
    let old = browser.cookies.clone();
    assert_eq!(browser.fill("/", "/sign-out", &[]).await.header("location"), "/sign-in");
    assert_eq!(browser.get("/").await.status, StatusCode::SEE_OTHER);
    browser.cookies = old;
    assert_eq!(browser.get("/").await.status, StatusCode::SEE_OTHER, "the old cookie opens nothing");

    let mut silent = Browser::of(&pages, &es, "officer").await;
    es.clock.pass(4 * 3_600 + 1);
    assert_eq!(silent.get("/").await.status, StatusCode::SEE_OTHER);

    let mut retired = Browser::of(&pages, &es, "second-officer").await;
    assert_eq!(retired.get("/").await.status, 200);
    es.node.retire_person(es.actor("operator"), "second-officer").expect("retired");
    assert_eq!(retired.get("/").await.status, StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn a_form_that_was_not_given_out_to_this_session_does_nothing() {
    let (es, _ma) = two();
    let pages = web::pages(es.node.clone());
    let mut officer = Browser::of(&pages, &es, "officer").await;
    let mut approver = Browser::of(&pages, &es, "approver").await;
    let theirs = value_of(&approver.get("/").await.text(), "csrf");
    let mine = value_of(&officer.get("/").await.text(), "csrf");
    assert_ne!(mine, theirs);
    let new: NewDraft = serde_json::from_value(request(request_body())).expect("a draft");
    let draft = es.node.write_draft(es.actor("officer"), "test", new).expect("written");
    let at = |step: &str| format!("/drafts/{}/{step}", draft.id);
    for path in [
        at("propose"),
        at("approve"),
        at("return"),
        at("send"),
        at("discard"),
        at("edit"),
        "/requests/new".into(),
        "/sign-out".into(),
        "/peers/ma.moj/approve".into(),
        format!("/exhibits/{}/open", "0".repeat(32)),
        format!("/dockets/{}/say/ask", "0".repeat(64)),
    ] {
        for csrf in ["", "0", &theirs, &mine[1..]] {
            let answer = officer.post(&path, &[("csrf", csrf)]).await;
            assert_eq!(answer.status, 403, "{path} with {csrf:?}");
            contains(&answer.text(), &["web.not-our-form"]);
        }
        for foreign in [
            ("origin", "https://evil.example"),
            ("origin", "null"),
            ("sec-fetch-site", "cross-site"),
            ("sec-fetch-site", "same-site"),
        ] {
            let headers = [("content-type", "application/x-www-form-urlencoded"), foreign];
            let answer = officer.send(Method::POST, &path, &headers, encoded(&[("csrf", &mine)])).await;
            assert_eq!(answer.status, 403, "{path} from {foreign:?}");
        }
    }
    let headers = [("content-type", "application/json")];
    let json = officer.send(Method::POST, &at("propose"), &headers, json!({ "csrf": mine }).to_string()).await;
    assert_eq!(json.status, 400);
    let large = "x".repeat(1_600_000);
    assert_eq!(officer.post(&at("propose"), &[("csrf", &mine), ("text", &large)]).await.status, 413);
    let many: Vec<(&str, &str)> = (0..2_001).map(|_| ("a", "b")).collect();
    assert_eq!(officer.post(&at("propose"), &many).await.status, 400);
    let unchanged = es.node.draft(es.actor("officer"), &draft.id).expect("still there");
    assert_eq!((unchanged.state.as_str(), unchanged.version), ("writing", draft.version));
    let mut stranger = Browser::new(&pages);
    let page = stranger.get("/sign-in").await.text();
    let csrf = value_of(&page, "csrf");
    stranger.cookies.clear();
    let token = es.tokens["officer"].clone();
    assert_eq!(
        stranger.post("/sign-in", &[("csrf", &csrf), ("token", &token)]).await.status,
        403,
        "without the cookie beside it"
    );
}

#[tokio::test]
async fn every_page_is_guarded_and_loads_nothing_but_its_own_style() {
    let es = Side::found("es.moj");
    let pages = web::pages(es.node.clone());
    let mut browser = Browser::of(&pages, &es, "officer").await;
    for path in ["/", "/law", "/peers", "/node", "/sign-in", "/no-such", "/audit"] {
        let answer = browser.get(path).await;
        let policy = answer.header("content-security-policy").to_owned();
        assert!(
            policy.starts_with("default-src 'none'; style-src 'self'; ") && !policy.contains("script"),
            "{path}: {policy}"
        );
        for (name, value) in [
            ("x-content-type-options", "nosniff"),
            ("x-frame-options", "DENY"),
            ("referrer-policy", "same-origin"),
            ("cache-control", "no-store"),
        ] {
            assert_eq!(answer.header(name), value, "{path}: {name}");
        }
        let html = answer.text();
        assert!(!html.contains("<script") && !html.contains(" style=") && !html.contains("<style"), "{path}");
        assert!(!html.contains("http://") && !html.contains("https://"), "{path} points elsewhere");
    }
    let html = browser.get("/").await.text();
    let styles: Vec<&str> =
        html.split("rel=\"stylesheet\" href=\"").skip(1).filter_map(|rest| rest.split('"').next()).collect();
    assert_eq!(styles.len(), 3);
    for style in styles {
        let answer = browser.get(style).await;
        assert_eq!((answer.status.as_u16(), answer.header("content-type")), (200, "text/css; charset=utf-8"));
        assert_eq!(answer.header("cache-control"), "public, max-age=31536000, immutable");
        let (_, name) = style.rsplit_once('/').expect("a path");
        assert_eq!(browser.get(&format!("/assets/0000000000000000/{name}")).await.status, 404);
    }
}

#[tokio::test]
async fn what_is_not_there_or_not_allowed_is_told_with_a_code_and_a_way_back() {
    let es = Side::found("es.moj");
    let pages = web::pages(es.node.clone());
    let mut officer = Browser::of(&pages, &es, "officer").await;
    for (path, status, code) in [
        ("/no-such".to_owned(), 404, "web.nowhere"),
        ("/dockets/ffff".to_owned(), 404, "node.not-here"),
        (format!("/dockets/{}", "0".repeat(64)), 404, "node.not-here"),
        ("/drafts/none".to_owned(), 404, "node.not-here"),
        ("/exhibits/none".to_owned(), 404, "node.not-here"),
        ("/audit".to_owned(), 403, "node.not-yours"),
        ("/outbox".to_owned(), 403, "node.not-yours"),
        ("/quarantine".to_owned(), 403, "node.not-yours"),
    ] {
        let answer = officer.get(&path).await;
        assert_eq!(answer.status.as_u16(), status, "{path}");
        contains(&answer.text(), &[code, "href=\"/\"", "<h1", "Sign out"]);
    }
    let method = officer.post("/law", &[]).await;
    assert_eq!(method.status, 405);
    contains(&method.text(), &["web.method"]);
    let mut auditor = Browser::of(&pages, &es, "auditor").await;
    let home = auditor.get("/").await.text();
    contains(&home, &["href=\"/audit\"", "href=\"/outbox\""]);
    assert!(!home.contains("/requests/new"));
    let audit = auditor.get("/audit").await;
    contains(&audit.text(), &["Each entry on this page continues the one before it", "entered officer as officer"]);
    assert_eq!(auditor.get("/requests/new").await.status, 403);
}

#[tokio::test]
async fn both_doors_stand_at_one_place() {
    let es = Side::found("es.moj");
    let service = web::service(es.node.clone());
    let health = ask(&service, Request::get("/healthz").body(Body::empty()).expect("a request")).await;
    assert_eq!(health.status, 200);
    let nobody = ask(&service, Request::get("/api/v1/no-such").body(Body::empty()).expect("a request")).await;
    assert_eq!(nobody.problem(), (401, "node.who".to_owned()));
    assert_eq!(nobody.header("content-security-policy"), "default-src 'none'; frame-ancestors 'none'");
    let mut browser = Browser::of(&service, &es, "officer").await;
    assert_eq!(browser.get("/").await.status, 200);
    assert_eq!(browser.get("/api/v1/node").await.problem().1, "node.who", "a session of the pages is none of the API");
}
