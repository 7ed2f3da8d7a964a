//! The pages as a browser without scripts uses them: what each shows, what its forms do, and hostile content made harmless.

use axum::Router;
use axum::body::Body;
use http::{Method, Request, StatusCode, header};
use node::NewDraft;
use serde_json::{Value, json};
use terms::DocketId;

use crate::world::{Answer, Side, ask, asked, request, request_body, settle, two};

/// A browser that keeps cookies and sends forms as browsers do.
pub struct Browser<'a> {
    pub router: &'a Router,
    pub cookies: Vec<(String, String)>,
}

const HOST: &str = "127.0.0.1:7001";

impl<'a> Browser<'a> {
    pub fn new(router: &'a Router) -> Self {
        Self { router, cookies: vec![] }
    }
    /// Signs in.
    pub async fn of(router: &'a Router, side: &Side, who: &str) -> Self {
        let mut browser = Self::new(router);
        let answer = browser.sign_in(&side.tokens[who]).await;
        assert_eq!((answer.status, answer.header("location")), (StatusCode::SEE_OTHER, "/"), "{}", answer.text());
        browser
    }
    pub async fn sign_in(&mut self, token: &str) -> Answer {
        let page = self.get("/sign-in").await.text();
        let csrf = value_of(&page, "csrf");
        self.post("/sign-in", &[("csrf", &csrf), ("token", token), ("purpose", "caso 7")]).await
    }
    pub async fn get(&mut self, path: &str) -> Answer {
        self.send(Method::GET, path, &[], String::new()).await
    }
    /// Posts fields, as they are.
    pub async fn post(&mut self, path: &str, fields: &[(&str, &str)]) -> Answer {
        let headers = [
            ("content-type", "application/x-www-form-urlencoded"),
            ("origin", "http://127.0.0.1:7001"),
            ("sec-fetch-site", "same-origin"),
        ];
        self.send(Method::POST, path, &headers, encoded(fields)).await
    }
    /// Fills in the form of a page: its token is taken from there.
    pub async fn fill(&mut self, page: &str, path: &str, fields: &[(&str, &str)]) -> Answer {
        let shown = self.get(page).await;
        assert_eq!(shown.status, 200, "{page}: {}", shown.text());
        let csrf = value_of(&shown.text(), "csrf");
        let all: Vec<(&str, &str)> = [("csrf", csrf.as_str())].into_iter().chain(fields.iter().copied()).collect();
        self.post(path, &all).await
    }
    pub async fn send(&mut self, method: Method, path: &str, headers: &[(&str, &str)], body: String) -> Answer {
        let mut request = Request::builder().method(method).uri(path).header(header::HOST, HOST);
        if !self.cookies.is_empty() {
            let all: Vec<String> = self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
            request = request.header(header::COOKIE, all.join("; "));
        }
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let answer = ask(self.router, request.body(Body::from(body)).expect("a request")).await;
        for set in answer.headers.get_all(header::SET_COOKIE) {
            let (name, value) =
                set.to_str().expect("plain").split(';').next().and_then(|pair| pair.split_once('=')).expect("a cookie");
            self.cookies.retain(|(known, _)| known != name);
            self.cookies.push((name.to_owned(), value.to_owned()));
        }
        answer
    }
    pub fn cookie(&self, name: &str) -> &str {
        self.cookies.iter().find(|(known, _)| known == name).map_or("", |(_, value)| value)
    }
}

pub fn encoded(fields: &[(&str, &str)]) -> String {
    form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish()
}

/// The value of the first hidden field of that name.
pub fn value_of(page: &str, name: &str) -> String {
    let after =
        page.split(&format!("name=\"{name}\" value=\"")).nth(1).unwrap_or_else(|| panic!("no field {name} in {page}"));
    after.split('"').next().expect("a value").to_owned()
}

pub fn contains(page: &str, all: &[&str]) {
    for text in all {
        assert!(page.contains(text), "“{text}” does not stand in {page}");
    }
}

/// A request is written, approved and sent by hand on Spain's pages.
#[tokio::test]
async fn a_request_is_written_approved_and_sent_on_the_pages() {
    let (es, ma) = two();
    let pages = web::pages(es.node.clone());
    let mut officer = Browser::of(&pages, &es, "officer").await;
    let begun = officer.fill("/requests/new", "/requests/new", &[("to", "ma.moj")]).await;
    let edit = begun.header("location").to_owned();
    assert!(edit.ends_with("/edit"), "{edit}");
    let form = officer.get(&edit).await.text();
    contains(
        &form,
        &[
            "Request for mutual legal assistance",
            "Still missing",
            "“Name of the authority that makes the request” is not stated.",
            "id=\"measure-bank-records\"",
            "If it is not known: why not",
        ],
    );
    let version = value_of(&form, "version");
    let said = [
        ("version", version.as_str()),
        ("request/addressee/authority", "ma.moj"),
        ("request/authority/name", "Audiencia Nacional"),
        ("request/proceedings/subject", "Traffic of cannabis resin"),
        ("request/proceedings/conducted_by", "Special prosecutor"),
        ("request/persons?", "only the account is known"),
        ("request/offence/description", "Article 368"),
        ("request/facts/summary", "A consignment\r\nwas seized."),
        ("request/facts/link", "The account paid the carrier"),
        ("request/assistance", "Certified copies"),
        ("request/language/source", "es"),
        ("request/language/translation", "fr"),
        ("measures", "bank-records"),
        ("bank-records/bank?", "only the number"),
        ("bank-records/account", "MA64"),
        ("bank-records/period", "2026"),
        ("bank-records/kinds", "statements\r\ntransfers"),
        ("bank-records/relevance", "paid the carrier"),
    ];
    let saved = officer.fill(&edit, &edit, &said).await;
    let draft = saved.header("location").to_owned();
    let page = officer.get(&draft).await.text();
    contains(
        &page,
        &[
            "What is missing (1)",
            "Purpose for which the evidence",
            "class=\"cm-cite\"",
            &format!("{draft}/edit#purpose"),
            "Propose it for approval",
        ],
    );
    let refused = officer.fill(&draft, &format!("{draft}/propose"), &[]).await;
    assert_eq!(refused.status, 422);
    contains(&refused.text(), &["node.incomplete", "role=\"alert\""]);
    let stale: Vec<_> = said.into_iter().chain([("request/purpose", "Evidence at trial")]).collect();
    let conflict = officer.fill(&edit, &edit, &stale).await;
    assert_eq!(conflict.status, 409);
    contains(&conflict.text(), &["node.stale", "Evidence at trial"]);
    let version = value_of(&officer.get(&edit).await.text(), "version");
    let fresh: Vec<_> = stale
        .into_iter()
        .filter(|(name, _)| *name != "version")
        .chain([("version", version.as_str()), ("then", "stay")])
        .collect();
    assert_eq!(officer.fill(&edit, &edit, &fresh).await.header("location"), edit);
    contains(&officer.get(&edit).await.text(), &["Nothing is missing for these two States today."]);
    assert_eq!(officer.fill(&draft, &format!("{draft}/propose"), &[]).await.header("location"), draft);

    let mut approver = Browser::of(&pages, &es, "approver").await;
    contains(&approver.get("/").await.text(), &["Waiting for your approval", &format!("href=\"{draft}\"")]);
    let shown = approver.get(&draft).await.text();
    contains(
        &shown,
        &[
            "Approve exactly this",
            "A consignment",
            "was seized.",
            "Not known:",
            "only the number",
            "Account number or holder",
        ],
    );
    assert!(!shown.contains("Seal and send it"));
    let unexplained = approver.fill(&draft, &format!("{draft}/return"), &[("why", " ")]).await;
    contains(&unexplained.text(), &["web.no-reason"]);
    let digest = value_of(&shown, "digest");
    let other = approver.fill(&draft, &format!("{draft}/approve"), &[("digest", &"0".repeat(64))]).await;
    assert_eq!(other.status, 409);
    assert_eq!(
        approver.fill(&draft, &format!("{draft}/approve"), &[("digest", &digest)]).await.header("location"),
        draft
    );
    contains(&approver.get(&draft).await.text(), &["Approvals: 1 of 1", "You have approved it."]);

    contains(&officer.get("/").await.text(), &["Approved, ready to be sent"]);
    let sent = officer.fill(&draft, &format!("{draft}/send"), &[]).await;
    let docket = sent.header("location").split('#').next().expect("a path").to_owned();
    let open = officer.get(&docket).await.text();
    contains(&open, &["No receipt of <bdi>ma.moj</bdi> yet.", "Place ", " in our ledger", "asks for help", "Morocco"]);
    settle(&es, &ma);
    contains(&officer.get(&docket).await.text(), &["Delivered: <bdi>ma.moj</bdi>'s receipt is held."]);
    contains(&officer.get(&draft).await.text(), &["It was sent", &format!("href=\"{docket}\"")]);
}

#[tokio::test]
async fn the_page_of_a_docket_shows_where_it_stands_what_follows_and_on_what_it_rests() {
    let (es, ma) = two();
    let docket = asked(&es, &ma);
    let pages = web::pages(ma.node.clone());
    let mut officer = Browser::of(&pages, &ma, "officer").await;
    let page = officer.get(&format!("/dockets/{docket}")).await.text();
    contains(
        &page,
        &[
            "What was said",
            "Kept here",
            "its signature was checked",
            "We gave our receipt.",
            "Place ",
            "What we may say next",
            &format!("/dockets/{docket}/say/accept"),
            "bank records",
            "The ruling behind it",
            "Law base <code>",
            "Clocks",
            "cm-cite",
            "request received",
            "On what grounds it may be refused",
            "Evidence at trial",
            "23 November 2026, 09:00 UTC",
        ],
    );
    let ruling =
        ma.node.docket_page(ma.actor("officer"), "test", &docket, 0, 1).expect("a page").ruling.expect("a ruling");
    contains(&page, &[&ruling.law.to_string(), &ruling.notice]);
    assert!(!page.contains("As it was ruled when we sent it"), "Morocco rules by its own law base, and sent nothing");
    let sender = web::pages(es.node.clone());
    let theirs = Browser::of(&sender, &es, "officer").await.get(&format!("/dockets/{docket}")).await.text();
    contains(&theirs, &["As it was ruled when we sent it", "The ruling of that day", "1. es-ma-mla-2009"]);
    let short = officer.get(&format!("/dockets/{}", &docket.to_string()[..8])).await;
    assert_eq!(short.header("location"), format!("/dockets/{docket}"), "a beginning leads to the whole");

    let say = format!("/dockets/{docket}/say/ask");
    let asked = officer.fill(&say, &say, &[("measures", "m1"), ("text", "Which branch?")]).await;
    let draft = asked.header("location").to_owned();
    contains(&officer.get(&draft).await.text(), &["Which branch?", "measures", "m1"]);
    let bad = officer.fill(&say, &say, &[("text", "kept"), ("facts", "{no json")]).await;
    assert_eq!(bad.status, 400);
    contains(&bad.text(), &["web.body", ">kept</textarea>", "{no json"]);
    let closing = format!("/dockets/{docket}/say/close");
    contains(&officer.get(&closing).await.text(), &["web.not-possible"]);
    let mut auditor = Browser::of(&pages, &ma, "auditor").await;
    let page = auditor.get(&format!("/dockets/{docket}")).await.text();
    contains(&page, &["The contents are not shown to your role."]);
    assert!(!page.contains("Evidence at trial") && !page.contains("/say/"));
}

/// An act of each kind that the requested side may say, through its form.
#[tokio::test]
async fn forms_make_the_facts_that_acts_need() {
    let (es, ma) = two();
    let docket = asked(&es, &ma);
    let pages = web::pages(ma.node.clone());
    let mut officer = Browser::of(&pages, &ma, "officer").await;
    let page = ma.node.docket_page(ma.actor("officer"), "test", &docket, 0, 10).expect("a page");
    let ground = page.ruling.expect("a ruling").grounds.first().expect("a ground").id.clone();
    for (kind, fields, facts) in [
        ("acknowledge", vec![], json!({})),
        ("accept", vec![("measures", "m1")], json!({"measures": ["m1"]})),
        (
            "postpone",
            vec![("reason", "trial"), ("until", "2027-01-31")],
            json!({"reason": "trial", "until": "2027-01-31"}),
        ),
        ("refuse", vec![("grounds", ground.as_str())], json!({"grounds": [ground]})),
        ("execute", vec![("measures", "m1"), ("complete", "no")], json!({"measures": ["m1"], "complete": false})),
        ("not-competent", vec![("forwarded-to", "ma.police")], json!({"forwarded-to": "ma.police"})),
    ] {
        let say = format!("/dockets/{docket}/say/{kind}");
        let written = officer.fill(&say, &say, &fields).await;
        let draft = written.header("location").trim_start_matches("/drafts/").to_owned();
        let draft = ma.node.draft(ma.actor("officer"), &draft).expect("a draft");
        assert_eq!(Value::Object(draft.facts), facts, "{kind}");
        let proposed = ma.node.propose(ma.actor("officer"), &draft.id);
        assert!(proposed.is_ok(), "{kind}: {proposed:?}");
    }
}

const HOSTILE: &str =
    "<script>alert(1)</script><img src=x onerror=alert(1)> \u{202e}gnirts desrever\u{202c} \"'& </textarea></dd>";

#[tokio::test]
async fn hostile_content_is_shown_as_text() {
    let (es, ma) = two();
    let mut body = request_body();
    body["purpose"] = json!(HOSTILE);
    body[HOSTILE] = json!(HOSTILE);
    let new: NewDraft = serde_json::from_value(request(body)).expect("a draft");
    let docket: DocketId = es.says(new).docket;
    es.act(&docket, "consult", json!({}), HOSTILE);
    settle(&es, &ma);
    ma.act(&docket, "progress", json!({}), HOSTILE);
    settle(&es, &ma);
    let pages = web::pages(ma.node.clone());
    let mut officer = Browser::of(&pages, &ma, "officer").await;
    let page = officer.get(&format!("/dockets/{docket}")).await.text();
    contains(&page, &["&#60;script&#62;alert(1)", "<p dir=\"auto\">&#60;script", "\u{202e}gnirts"]);
    let mut shown = vec![page];
    let say = format!("/dockets/{docket}/say/ask");
    let draft = officer.fill(&say, &say, &[("text", HOSTILE)]).await.header("location").to_owned();
    shown.push(officer.get(&draft).await.text());
    shown.push(officer.fill(&say, &say, &[("text", HOSTILE), ("facts", HOSTILE)]).await.text());
    let mut auditor = Browser::of(&pages, &ma, "auditor").await;
    shown.push(auditor.get("/audit").await.text());
    shown.push(
        officer
            .get(&format!(
                "/law?requesting={0}&requested={0}&on={0}",
                encoded(&[("", HOSTILE)]).trim_start_matches('=')
            ))
            .await
            .text(),
    );
    for page in shown {
        assert!(!page.contains("<script") && !page.contains("<img"), "{page}");
        assert!(!page.contains("</textarea></dd>"), "{page}");
    }
}

#[tokio::test]
async fn a_peer_is_approved_on_the_page_by_whoever_heard_the_fingerprint() {
    let (es, ma) = (Side::found("es.moj"), Side::found("ma.moj"));
    let (card, aloud) = ma.node.own_card();
    es.node.propose_peer(es.actor("operator"), &card).expect("entered");
    let pages = web::pages(es.node.clone());
    let mut operator = Browser::of(&pages, &es, "operator").await;
    let own = operator.get("/peers").await.text();
    contains(&own, &["You entered it yourself", &aloud, &es.node.own_card().1, "Morocco"]);
    assert!(!own.contains("name=\"fingerprint\""));
    let mut approver = Browser::of(&pages, &es, "approver").await;
    let wrong = approver.fill("/peers", "/peers/ma.moj/approve", &[("fingerprint", "1234")]).await;
    assert_eq!(wrong.status, 422);
    contains(&wrong.text(), &["node.fingerprint", "entered, not approved"]);
    let right = approver.fill("/peers", "/peers/ma.moj/approve", &[("fingerprint", &aloud)]).await;
    assert_eq!(right.header("location"), "/peers");
    contains(&approver.get("/peers").await.text(), &[">approved</span>"]);
}

#[tokio::test]
async fn an_exhibit_shows_its_history_and_is_opened_as_a_file() {
    let (es, ma) = two();
    let docket = asked(&es, &ma);
    let new = node::NewExhibit {
        docket,
        media: Some("text/html".into()),
        title: Some("كشف حساب".into()),
        conditions: vec![],
        handling: None,
        place: "Madrid".into(),
        why: "evidence".into(),
        authority: "order 7".into(),
        size: None,
        sha512: false,
        keep_until: None,
        unless_here: false,
        image_of: None,
    };
    let take =
        || es.node.take_exhibit(es.actor("officer"), "test", new, &mut "<script>".as_bytes(), &mut evidence::unwatched);
    let exhibit = std::thread::scope(|scope| scope.spawn(take).join()).expect("blocks").expect("taken in").id;
    let pages = web::pages(es.node.clone());
    let mut officer = Browser::of(&pages, &es, "officer").await;
    contains(
        &officer.get(&format!("/dockets/{docket}")).await.text(),
        &["<bdi>كشف حساب</bdi>", &format!("/exhibits/{exhibit}")],
    );
    contains(&officer.get(&format!("/dockets/{docket}/exhibits")).await.text(), &["here, whole", "كشف حساب"]);
    let at = format!("/exhibits/{exhibit}");
    contains(&officer.get(&at).await.text(), &["The history matches", "Obtained", "Sealed", "order 7", "Open it"]);
    let said = [("where", "Madrid"), ("why", "to read it"), ("authority", "order 7")];
    let opened = officer.fill(&at, &format!("{at}/open"), &said).await;
    assert_eq!((opened.status.as_u16(), opened.text().as_str()), (200, "<script>"));
    assert_eq!(opened.header("content-type"), "application/octet-stream", "never as a page");
    assert_eq!(opened.header("content-disposition"), format!("attachment; filename=\"exhibit-{exhibit}\""));
    assert_eq!(opened.header("x-content-type-options"), "nosniff");
    assert_eq!(opened.header("content-security-policy"), "default-src 'none'; frame-ancestors 'none'; sandbox");
    contains(&officer.get(&at).await.text(), &["Opened", "to read it"]);
    let unsaid = officer.fill(&at, &format!("{at}/open"), &[("where", "x")]).await;
    contains(&unsaid.text(), &["node.custody-details"]);

    // What becomes of it: held, lifted, asked by one person and approved by another, of the very entry that asks.
    let decide = format!("{at}/decide");
    let deed = |deed| [("where", "Madrid"), ("why", "the case ended"), ("authority", "order 9"), ("deed", deed)];
    assert_eq!(officer.fill(&at, &decide, &deed("hold")).await.status, 303);
    let held = officer.get(&at).await.text();
    contains(&held, &["it cannot be destroyed", "Lift the hold"]);
    assert!(!held.contains("Ask that it be destroyed"));
    contains(&officer.fill(&at, &decide, &deed("destroy")).await.text(), &["node.exhibit-held"]);
    assert_eq!(officer.fill(&at, &decide, &deed("lift")).await.status, 303);
    assert_eq!(officer.fill(&at, &decide, &deed("destroy")).await.status, 303);
    let asked = officer.get(&at).await.text();
    contains(&asked, &["To be destroyed", "Do not destroy it"]);
    assert!(!asked.contains("Approve: destroy its key"), "not by an officer");
    contains(&officer.fill(&at, &decide, &deed("nonsense")).await.text(), &["node.not-here"]);
    let mut approver = Browser::of(&pages, &es, "approver").await;
    let page = approver.get(&at).await.text();
    contains(&page, &["Approve: destroy its key"]);
    let entry = value_of(&page, "entry");
    let other = "0".repeat(64);
    let stale = [&deed("approve")[..], &[("entry", &other)]].concat();
    contains(&approver.fill(&at, &decide, &stale).await.text(), &["node.changed"]);
    assert_eq!(approver.fill(&at, &decide, &[&deed("approve")[..], &[("entry", &entry)]].concat()).await.status, 303);
    let gone = approver.get(&at).await.text();
    contains(&gone, &["The history matches", "Destroyed", "order 9"]);
    assert!(!gone.contains("Open it") && !gone.contains("What becomes of it"));
}

#[tokio::test]
async fn the_page_of_a_docket_lists_its_items_and_each_has_a_page_with_its_history() {
    let (es, ma) = two();
    let docket = asked(&es, &ma);
    let new = serde_json::json!({
        "what": "a <b>block</b>", "substance": "cocaine", "came": "seized", "weight": "1 kg", "seals": ["A-1"],
        "drug": {"purity": "72 %"},
        "said": {"who": "Inspector 4711", "where": "Algeciras", "why": "seizure", "authority": "order 12"},
    });
    let new: node::NewItem = serde_json::from_value(new).expect("an item");
    let enter = || es.node.enter_item(es.actor("officer"), &docket, new);
    let item = std::thread::scope(|scope| scope.spawn(enter).join()).expect("blocks").expect("entered").id;
    let pages = web::pages(es.node.clone());
    let mut officer = Browser::of(&pages, &es, "officer").await;
    let link = format!("/items/{item}");
    contains(&officer.get(&format!("/dockets/{docket}")).await.text(), &["a &#60;b&#62;block", &link, "under seal"]);
    let page = officer.get(&link).await.text();
    contains(&page, &["The history matches", "Seized", "weight 1 kg", "seals A-1", "purity: 72 %", "Inspector 4711"]);
    let mut auditor = Browser::of(&pages, &es, "auditor").await;
    let page = auditor.get(&format!("/dockets/{docket}")).await.text();
    assert!(page.contains("Physical items") && !page.contains("block") && !page.contains(&link));
    assert_eq!(auditor.get(&link).await.status, 403);

    // What is done with it next is entered on its page; what cannot have happened, or cannot be read, is said there.
    let handle = format!("{link}/handle");
    let said = [("where", "Laboratory"), ("why", "analysis"), ("authority", "order 13")];
    let does = |fields: &[(&'static str, &'static str)]| [&said[..], fields].concat();
    for (fields, told) in [
        (&[("done", "opened"), ("seals", "B-9")][..], "node.item-history"),
        (&[("done", "opened"), ("seals", "b?")], "web.item"),
        (&[("done", "weighed"), ("weight", "heavy")], "web.item"),
        (&[("done", "transmitted"), ("to", "nobody at all")], "web.item"),
        (&[("done", "split")], "node.not-here"),
    ] {
        contains(&officer.fill(&link, &handle, &does(fields)).await.text(), &[told]);
    }
    let opened = does(&[("done", "opened"), ("seals", "A-1"), ("new_seals", "A-2, A-3")]);
    assert_eq!(officer.fill(&link, &handle, &opened).await.status, 303);
    contains(
        &officer.get(&link).await.text(),
        &["Laboratory", "<code>A-2</code>", "<code>A-3</code>", "What was done with it"],
    );
    assert_eq!(officer.fill(&link, &handle, &does(&[("done", "transmitted"), ("to", "ma.moj")])).await.status, 303);
    let under_way = officer.get(&link).await.text();
    contains(&under_way, &["under way to", "It arrived, or came back"]);
    assert!(!under_way.contains("What was done with it"), "nothing else can be done with it now");
    let found = does(&[("done", "received"), ("seals", "A-2"), ("as_found", "yes")]);
    assert_eq!(officer.fill(&link, &handle, &found).await.status, 303);
    contains(&officer.get(&link).await.text(), &["does not match", "the seals are not those that were put on"]);
}

#[tokio::test]
async fn what_is_due_has_a_page() {
    let (es, ma) = two();
    let docket = asked(&es, &ma);
    let new = node::NewExhibit {
        docket,
        media: None,
        title: Some("a <b>list</b>".to_owned()),
        conditions: vec![],
        handling: None,
        place: "Madrid".to_owned(),
        why: "seizure".to_owned(),
        authority: "order 7".to_owned(),
        size: None,
        sha512: false,
        keep_until: Some(es.node.now().plus_seconds(60)),
        unless_here: false,
        image_of: None,
    };
    let take = || es.node.take_exhibit(es.actor("officer"), "test", new, &mut "x".as_bytes(), &mut evidence::unwatched);
    let exhibit = std::thread::scope(|scope| scope.spawn(take).join()).expect("blocks").expect("taken in").id;
    let pages = web::pages(es.node.clone());
    let mut officer = Browser::of(&pages, &es, "officer").await;
    contains(&officer.get("/exhibits/due").await.text(), &["There are none"]);
    es.clock.pass(120);
    let mut officer = Browser::of(&pages, &es, "officer").await;
    contains(
        &officer.get("/exhibits/due").await.text(),
        &["a &#60;b&#62;list", &format!("/exhibits/{exhibit}"), "its term ended"],
    );
}

#[tokio::test]
async fn operators_and_auditors_see_the_node_and_what_waits() {
    let (es, _ma) = two();
    let new: NewDraft = serde_json::from_value(request(request_body())).expect("a draft");
    es.says(new);
    let pages = web::pages(es.node.clone());
    let mut operator = Browser::of(&pages, &es, "operator").await;
    contains(&operator.get("/outbox").await.text(), &["<bdi>ma.moj</bdi>", "not yet", "0 times"]);
    contains(&operator.get("/quarantine").await.text(), &["Nothing is in quarantine."]);
    contains(&operator.get("/node").await.text(), &["generation 1", "Last checkpoint", "law base"]);
    es.node.recover(es.actor("operator"), "restored <b>").expect("recovering");
    contains(&operator.get("/node").await.text(), &["Recovering", "restored &#60;b&#62;"]);
    contains(&operator.get("/").await.text(), &["is recovering"]);
}

#[tokio::test]
async fn the_law_is_asked_on_a_page_with_an_address() {
    let es = Side::found("es.moj");
    let pages = web::pages(es.node.clone());
    let mut officer = Browser::of(&pages, &es, "officer").await;
    let page = officer.get("/law?requesting=ES&requested=MA&on=2026-11-23&measure=bank-records").await;
    assert_eq!(page.status, 200);
    contains(
        &page.text(),
        &[
            "On what it may rest",
            "Spain asks Morocco",
            "23 November 2026",
            "<option value=\"ES\" selected>",
            "<option value=\"bank-records\" selected>",
        ],
    );
    for (query, code) in [
        ("requesting=ES&requested=XX", "web.query"),
        ("requesting=ES&requested=MA&on=yesterday", "web.query"),
        ("requesting=ES&requested=MA&measure=x", "web.query"),
    ] {
        let answer = officer.get(&format!("/law?{query}")).await;
        assert!(answer.status.is_client_error(), "{query}");
        contains(&answer.text(), &[code]);
    }
}
