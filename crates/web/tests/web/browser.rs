//! Every page in a real browser, at the width of a desk and of a telephone: axe-core finds nothing, no page must be scrolled sideways, the style is there.
//!
//! `COMITY_PICTURES=folder` also keeps a picture of each page, to be looked at by whoever changes one.

use std::io::Write as _;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use axum::Router;
use node::{NewDraft, NewExhibit};
use serde_json::{Value, json};
use terms::DocketId;

use crate::pages::Browser;
use crate::world::{Side, asked, request, request_body, settle, two};

const PREPARE: &str = "run `cargo xtask test -p web` once, which installs it";

/// The programs that the test calls. Without them it fails: a check that is left out would look like one that passed.
fn tools() -> (String, PathBuf) {
    let workspace = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../..");
    let axe = std::env::var_os("COMITY_AXE").map(PathBuf::from);
    let axe = axe.unwrap_or_else(|| workspace.join("target/axe/node_modules/axe-core/axe.min.js"));
    assert!(axe.exists(), "no axe-core at {}: {PREPARE}, or name it in COMITY_AXE", axe.display());
    let chromium = std::env::var("COMITY_CHROMIUM").unwrap_or_else(|_| "chromium".to_owned());
    for program in [chromium.as_str(), "node"] {
        let found = Command::new(program).arg("--version").stdout(Stdio::null()).stderr(Stdio::null()).status();
        assert!(found.is_ok_and(|status| status.success()), "no {program}: {PREPARE}");
    }
    (chromium, axe)
}

const ARABIC: &str = "نطلب من السلطة المختصة موافاتنا بكشوف الحساب رقم MA64 0000 للفترة من 1 يناير إلى 31 مارس 2026.\nوتفضلوا بقبول فائق الاحترام.";

/// A matter with a bit of everything: a request, a question in Arabic, an act without effect, exhibits, an alarm for nobody.
fn matter(es: &Side, ma: &Side) -> (DocketId, String) {
    let docket = asked(es, ma);
    ma.act(&docket, "acknowledge", json!({}), "تم استلام طلبكم وسجل تحت الرقم 118/2026");
    ma.act(&docket, "ask", json!({"measures": ["m1"]}), ARABIC);
    settle(es, ma);
    let question = ma.node.docket_page(ma.actor("officer"), "test", &docket, 0, 50).expect("a page").acts;
    let question = question.iter().find(|act| act.kind == "ask").expect("the question").id;
    es.act(
        &docket,
        "supplement",
        json!({"measures": ["m1"], "answers": [question]}),
        "La cuenta está en la sucursal de Tánger. <b>Nada</b> más.",
    );
    ma.act(&docket, "accept", json!({"measures": ["m1"]}), "Accepted.");
    settle(es, ma);
    let new = NewExhibit {
        docket,
        media: Some("application/pdf".into()),
        title: Some("كشف حساب MA64 0000, enero a marzo de 2026".into()),
        conditions: vec![],
        handling: Some("confidential".into()),
        place: "Rabat".into(),
        why: "execution of the request".into(),
        authority: "order 118/2026 of the investigating judge".into(),
        size: None,
        sha512: false,
        keep_until: None,
        unless_here: false,
        image_of: None,
    };
    let take = || {
        let content = vec![7_u8; 200_000];
        ma.node.take_exhibit(ma.actor("officer"), "test", new, &mut content.as_slice(), &mut evidence::unwatched)
    };
    let exhibit = std::thread::scope(|scope| scope.spawn(take).join()).expect("blocks").expect("taken in").id;
    ma.says(NewDraft {
        docket: Some(docket),
        kind: "transmit".into(),
        facts: json!({"measures": ["m1"]}).as_object().cloned().expect("facts"),
        body: Some(json!({"text": "The statements of the account."})),
        exhibits: vec![exhibit],
        ..NewDraft::default()
    });
    settle(es, ma);
    ma.act(&docket, "progress", json!({}), "More will follow.");
    (docket, exhibit.to_string())
}

/// Drafts in each state at Spain's desk: their names.
fn drafts(es: &Side) -> Vec<(&'static str, String)> {
    let write = |body: Value| {
        let new: NewDraft = serde_json::from_value(request(body)).expect("a draft");
        es.node.write_draft(es.actor("officer"), "test", new).expect("written").id
    };
    let mut lacking = request_body();
    lacking.as_object_mut().expect("an object").remove("purpose");
    let (writing, proposed, returned) = (write(lacking), write(request_body()), write(request_body()));
    es.node.propose(es.actor("officer"), &proposed).expect("proposed");
    es.node.propose(es.actor("officer"), &returned).expect("proposed");
    es.node.return_draft(es.actor("approver"), &returned, "The period is not stated: الفترة").expect("returned");
    vec![("writing", writing), ("proposed", proposed), ("returned", returned)]
}

/// Serves until the test ends; gives the address.
async fn served(router: Router) -> String {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address");
    tokio::spawn(async move { axum::serve(listener, router).await });
    format!("http://{address}")
}

fn judged(document: &Value) -> Vec<Value> {
    let script = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/web/axe.js");
    let mut child =
        Command::new("node").arg(script).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("node starts");
    child.stdin.take().expect("its input").write_all(document.to_string().as_bytes()).expect("asked");
    let output = child.wait_with_output().expect("it ends");
    assert!(output.status.success(), "the browser did not judge");
    serde_json::from_slice(&output.stdout).expect("its answers")
}

async fn visitor(router: &Router, side: &Side, who: &str, jobs: Vec<(String, String)>) -> Value {
    let browser = Browser::of(router, side, who).await;
    let name = format!("comity-session-{}", side.node.authority());
    let media = |name: &str| name.ends_with("-print").then_some("print");
    let job = |(name, path): (String, String)| json!({"name": name, "path": path, "media": media(&name)});
    let jobs: Vec<Value> = jobs.into_iter().map(job).collect();
    json!({"cookie": {"name": name, "value": browser.cookie(&name)}, "jobs": jobs})
}

async fn judge(router: Router, visitors: Vec<Value>) {
    let (chromium, axe) = tools();
    let base = served(router).await;
    let pictures = std::env::var("COMITY_PICTURES").ok();
    let profile = tempfile::tempdir().expect("a folder for the browser");
    let document = json!({"chromium": chromium, "axe": axe, "base": base, "widths": [1280, 360], "visitors": visitors, "pictures": pictures, "profile": profile.path()});
    let answers = tokio::task::spawn_blocking(move || judged(&document)).await.expect("judged");
    let jobs: usize = visitors.iter().map(|visitor| visitor["jobs"].as_array().expect("jobs").len()).sum();
    assert_eq!(answers.len(), 2 * jobs);
    let mut wrong = Vec::new();
    for answer in answers {
        let at = format!("{} at {}", answer["path"], answer["width"]);
        if answer["styled"] != 3 || answer["title"].as_str().is_none_or(|title| !title.ends_with("· Comity")) {
            wrong.push(format!("{at}: {} sheets, titled {}", answer["styled"], answer["title"]));
        }
        if answer["sideways"].as_i64() != Some(0) {
            wrong.push(format!("{at} must be scrolled sideways by {}", answer["sideways"]));
        }
        wrong.extend(
            answer["violations"].as_array().expect("violations").iter().map(|found| format!("{at}: {found:#}")),
        );
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[tokio::test(flavor = "multi_thread")]
async fn no_page_has_a_fault_that_axe_finds_or_must_be_scrolled_sideways() {
    let (mut es, ma) = two();
    let (docket, exhibit) = matter(&es, &ma);
    let disputed = asked(&es, &ma);
    es.lies(&disputed, &ma);
    let pages = |pages: &[(&str, String)]| {
        pages.iter().map(|(name, path)| ((*name).to_owned(), path.clone())).collect::<Vec<_>>()
    };
    let drafts = drafts(&es);
    let draft =
        |state: &str| drafts.iter().find(|(known, _)| *known == state).map(|(_, id)| id.clone()).expect("a draft");
    let theirs = web::pages(ma.node.clone());
    let fr = Side::found("fr.moj");
    es.node.propose_peer(es.actor("operator"), &fr.node.own_card().0).expect("entered");
    let ours = web::service(es.node.clone());
    let officer = visitor(
        &ours,
        &es,
        "officer",
        pages(&[
            ("home", "/".into()),
            ("docket", format!("/dockets/{docket}")),
            ("draft-writing", format!("/drafts/{}", draft("writing"))),
            ("draft-returned", format!("/drafts/{}", draft("returned"))),
            ("request-edit", format!("/drafts/{}/edit", draft("writing"))),
            ("request-new", "/requests/new".into()),
            ("say-supplement", format!("/dockets/{docket}/say/supplement")),
            ("say-receive", format!("/dockets/{docket}/say/receive")),
            ("exhibits", format!("/dockets/{docket}/exhibits")),
            ("law-empty", "/law".into()),
            ("law", "/law?requesting=ES&requested=MA&on=2026-11-23".into()),
            ("law-gh", "/law?requesting=GH&requested=ES&on=2026-11-23&measure=bank-records".into()),
            ("law-wrong", "/law?requesting=ES&requested=XX".into()),
            ("node", "/node".into()),
            ("missing", "/no-such-page".into()),
            ("forbidden", "/audit".into()),
        ]),
    )
    .await;
    let approver = visitor(
        &ours,
        &es,
        "approver",
        pages(&[
            ("home-approver", "/".into()),
            ("draft-proposed", format!("/drafts/{}", draft("proposed"))),
            ("peers", "/peers".into()),
        ]),
    )
    .await;
    let auditor = visitor(
        &ours,
        &es,
        "auditor",
        pages(&[
            ("audit", "/audit".into()),
            ("outbox", "/outbox".into()),
            ("quarantine", "/quarantine".into()),
            ("docket-auditor", format!("/dockets/{docket}")),
        ]),
    )
    .await;
    let nobody = json!({"jobs": [{"name": "sign-in", "path": "/sign-in"}]});
    judge(ours, vec![officer, approver, auditor, nobody]).await;

    let officer = visitor(
        &theirs,
        &ma,
        "officer",
        pages(&[
            ("ma-docket", format!("/dockets/{docket}")),
            ("ma-say-refuse", format!("/dockets/{docket}/say/refuse")),
            ("ma-say-transmit", format!("/dockets/{docket}/say/transmit")),
            ("ma-say-execute", format!("/dockets/{docket}/say/execute")),
            ("ma-exhibit", format!("/exhibits/{exhibit}")),
            ("ma-docket-print", format!("/dockets/{docket}")),
            ("ma-home", "/".into()),
            ("ma-disputed", format!("/dockets/{disputed}")),
            ("ma-outbox-forbidden", "/outbox".into()),
        ]),
    )
    .await;
    let approver = visitor(&theirs, &ma, "approver", pages(&[("ma-alarms", "/alarms".into())])).await;
    judge(theirs, vec![officer, approver]).await;
}
