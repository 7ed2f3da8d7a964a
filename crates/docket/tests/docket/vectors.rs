//! The vectors of `docs/spec/vectors/{act,receipt,docket}.jsonl`: what any implementation must accept and, mostly, refuse.
//!
//! The expectations are written here by hand; `COMITY_REGENERATE=1` writes the files, and without it the files must agree.
//! A vector that says `refuse` names the words that the reason must contain. Signatures are the toy seal of the tests, since
//! real ones are the business of the vectors of `seal`: SHA-256(author ‖ LF ‖ bytes).

use std::path::PathBuf;

use docket::receipt::{Place, RECEIPT_VERSION, Receipt, SignedReceipt};
use docket::{Docket, Header, Party, SignedAct, View};
use serde::{Deserialize, Serialize};
use serde_json::json;
use terms::{ActId, Canonical, DocketId, Salt};

use crate::world::*;

#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Vector {
    name: String,
    /// `accept`, or `refuse: ` and words of the reason.
    expect: String,
    /// The signed bytes, as text.
    signed: String,
    /// Hexadecimal.
    signature: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    salt: Option<Salt>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    body: Option<String>,
}

fn file(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../docs/spec/vectors").join(name)
}

/// Compares the vectors with the published file, or publishes them.
fn published<T: Serialize>(name: &str, vectors: &[T]) -> String {
    let lines: Vec<String> = vectors.iter().map(|v| serde_json::to_string(v).expect("JSON")).collect();
    let text = lines.join("\n") + "\n";
    if std::env::var_os("COMITY_REGENERATE").is_some() {
        std::fs::create_dir_all(file("")).expect("a folder for vectors");
        std::fs::write(file(name), &text).expect("written");
    }
    let held = std::fs::read_to_string(file(name)).expect("published vectors; COMITY_REGENERATE=1 writes them");
    assert_eq!(held, text, "docs/spec/vectors/{name} is not what this edition makes");
    held
}

fn hold(vector: &Vector, outcome: Result<(), String>) {
    match (vector.expect.strip_prefix("refuse: "), outcome) {
        (None, Ok(())) => assert_eq!(vector.expect, "accept", "{}", vector.name),
        (None, Err(reason)) => panic!("{}: must be accepted, was refused: {reason}", vector.name),
        (Some(words), Ok(())) => panic!("{}: must be refused ({words}), was accepted", vector.name),
        (Some(words), Err(reason)) => assert!(reason.contains(words), "{}: “{reason}” lacks “{words}”", vector.name),
    }
}

fn good_header() -> Header {
    let parties = [("es.moj", "requesting"), ("ma.moj", "requested")];
    opening("assistance/1", "submit", "es.moj", &parties, json!({"measures": [{"id": "m1", "kind": "bank-records"}]}))
}

fn later_header() -> Header {
    let docket = ActId::of_header(Canonical::new(good_header()).expect("canonical").bytes());
    let mut header = good_header();
    (header.docket, header.open, header.kind) = (Some(docket.opens()), None, "consult".to_owned());
    (header.previous, header.parents, header.lamport, header.facts) =
        (Some(docket), vec![docket], 2, Default::default());
    header
}

fn of_header(name: &str, expect: &str, header: &Header) -> Vector {
    of_text(
        name,
        expect,
        String::from_utf8(Canonical::new(header).expect("canonical").bytes().to_vec()).expect("UTF-8"),
    )
}

fn of_text(name: &str, expect: &str, signed: String) -> Vector {
    let signature = hex(&toy_seal(&authority("es.moj"), signed.as_bytes()));
    Vector { name: name.into(), expect: expect.into(), signed, signature, salt: None, body: None }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|b| format!("{b:02x}")).collect()
}

fn unhex(text: &str) -> Vec<u8> {
    (0..text.len() / 2).map(|i| u8::from_str_radix(&text[2 * i..2 * i + 2], 16).expect("hexadecimal")).collect()
}

fn act_vectors() -> Vec<Vector> {
    let (good, later) = (good_header(), later_header());
    let text = |header: &Header| of_header("", "", header).signed;
    let with = |from: &Header, change: &dyn Fn(&mut Header)| {
        let mut header = from.clone();
        change(&mut header);
        header
    };
    let act = |n: u8| ActId::new([n; 32]);
    let party = |name: &str, role: &str| Party { authority: authority(name), role: role.to_owned() };
    let rule = "refuse: rule of form";
    let mut all = vec![
        of_header("an opening act", "accept", &good),
        of_header("a later act", "accept", &later),
        of_text("white space between members", "refuse: not in canonical form", text(&good).replacen(',', ", ", 1)),
        of_text("a line end after the header", "refuse: not in canonical form", text(&good) + "\n"),
        of_text(
            "members out of order",
            "refuse: not in canonical form",
            text(&later).replacen(r#"{"author":"es.moj","#, r#"{"#, 1).replacen(
                r#","v":"#,
                r#","author":"es.moj","v":"#,
                1,
            ),
        ),
        of_text(
            "a member twice",
            "refuse: expected shape",
            text(&good).replacen(r#""kind":"submit""#, r#""kind":"submit","kind":"submit""#, 1),
        ),
        of_text("an unknown member", "refuse: expected shape", text(&good).replacen('{', r#"{"aaa":1,"#, 1)),
        of_text(
            "an escaped letter that needs none",
            "refuse: not in canonical form",
            text(&good).replacen("submit", r"sub\u006dit", 1),
        ),
        of_text(
            "null instead of absence",
            "refuse: not in canonical form",
            text(&good).replacen(r#""facts""#, r#""docket":null,"facts""#, 1),
        ),
        of_text(
            "a fraction among the facts",
            "refuse: 53 bits",
            text(&later).replacen(r#""facts":{}"#, r#""facts":{"share":0.5}"#, 1),
        ),
        of_text(
            "an integer of 54 bits among the facts",
            "refuse: 53 bits",
            text(&later).replacen(r#""facts":{}"#, r#""facts":{"n":9007199254740993}"#, 1),
        ),
        of_text(
            "facts that are no object",
            "refuse: expected shape",
            text(&later).replacen(r#""facts":{}"#, r#""facts":[]"#, 1),
        ),
        of_text(
            "facts nested too deeply",
            "refuse: nested",
            text(&later).replacen(
                r#""facts":{}"#,
                &format!(r#""facts":{{"a":{}{}}}"#, "[".repeat(40), "]".repeat(40)),
                1,
            ),
        ),
        of_text("an empty text", "refuse: expected shape", String::new()),
        of_text(
            "a digest in upper case",
            "refuse: expected shape",
            text(&later).replacen(r#""docket":""#, r#""docket":"AB"#, 1),
        ),
        of_text("a time with an offset", "refuse: expected shape", text(&good).replacen("Z\"", "+00:00\"", 1)),
        of_text(
            "an author that names no State",
            "refuse: expected shape",
            text(&good).replacen("\"author\":\"es.moj\"", "\"author\":\"zz.moj\"", 1),
        ),
        of_header("another version", rule, &with(&good, &|h| h.v = "comity.act/2".into())),
        of_header("a kind with an upper-case letter", rule, &with(&good, &|h| h.kind = "Submit".into())),
        of_header("no kind", rule, &with(&good, &|h| h.kind = String::new())),
        of_header("a kind of 49 characters", rule, &with(&good, &|h| h.kind = "k".repeat(49))),
        of_header("parents out of order", rule, &with(&later, &|h| h.parents = vec![act(2), act(1)])),
        of_header("a parent twice", rule, &with(&later, &|h| h.parents = vec![act(1), act(1)])),
        of_header("no parents", rule, &with(&later, &|h| h.parents.clear())),
        of_header(
            "257 parents",
            rule,
            &with(&later, &|h| {
                h.parents = (0..257u16)
                    .map(|n| {
                        let mut b = [0; 32];
                        b[..2].copy_from_slice(&n.to_be_bytes());
                        ActId::new(b)
                    })
                    .collect()
            }),
        ),
        of_header("Lamport number 1 in a later act", rule, &with(&later, &|h| h.lamport = 1)),
        of_header("Lamport number 2 in an opening act", rule, &with(&good, &|h| h.lamport = 2)),
        of_header("neither docket nor opening", rule, &with(&later, &|h| h.docket = None)),
        of_header(
            "an opening act that names a docket",
            rule,
            &with(&good, &|h| h.docket = Some(DocketId::new([1; 32]))),
        ),
        of_header("an opening act with a predecessor", rule, &with(&good, &|h| h.previous = Some(act(1)))),
        of_header("an opening act with parents", rule, &with(&good, &|h| h.parents = vec![act(1)])),
        of_header("parties out of order", rule, &with(&good, &|h| h.open.as_mut().expect("open").parties.reverse())),
        of_header(
            "a party twice",
            rule,
            &with(&good, &|h| h.open.as_mut().expect("open").parties.push(party("ma.moj", "requested"))),
        ),
        of_header("one party alone", rule, &with(&good, &|h| h.open.as_mut().expect("open").parties.truncate(1))),
        of_header(
            "an opening author who is no party",
            rule,
            &with(&good, &|h| h.open.as_mut().expect("open").parties[0].authority = authority("dk.moj")),
        ),
        of_header(
            "a role that is no word",
            rule,
            &with(&good, &|h| h.open.as_mut().expect("open").parties[0].role = "the boss".into()),
        ),
        of_header(
            "a procedure without an edition",
            rule,
            &with(&good, &|h| h.open.as_mut().expect("open").procedure = "assistance".into()),
        ),
        of_header(
            "newcomers out of order",
            rule,
            &with(&later, &|h| h.introduces = vec![party("pt.moj", "a"), party("fr.moj", "a")]),
        ),
        of_header(
            "a body of more than 1 MiB",
            rule,
            &with(&later, &|h| {
                h.body = Some(docket::BodyBinding::of(&Salt::new([1; 16]), b""));
                h.body.as_mut().expect("body").size = 1_048_577;
            }),
        ),
    ];
    let salt = Salt::new([5; 16]);
    let bound = with(&later, &|h| h.body = Some(docket::BodyBinding::of(&salt, b"the narrative")));
    for (name, expect, salt, body) in [
        ("the body that was signed", "accept", Some(salt), Some("the narrative")),
        ("a body that is erased", "accept", None, None),
        ("a body changed by one letter", "refuse: not the one that was signed", Some(salt), Some("the narrativf")),
        (
            "a body under another salt",
            "refuse: not the one that was signed",
            Some(Salt::new([6; 16])),
            Some("the narrative"),
        ),
    ] {
        let body = body.map(str::to_owned);
        all.push(Vector { salt, body, ..of_header(name, expect, &bound) });
    }
    all.push(Vector {
        salt: Some(salt),
        body: Some("x".into()),
        ..of_header("a body where none is bound", "refuse: not the one that was signed", &later)
    });
    let mut foreign = of_header("a signature by another hand", "refuse: not the author's", &good);
    foreign.signature = hex(&toy_seal(&authority("ma.moj"), foreign.signed.as_bytes()));
    all.push(foreign);
    all
}

#[test]
fn acts_are_accepted_and_refused_as_published() {
    for line in published("act.jsonl", &act_vectors()).lines() {
        let vector: Vector = serde_json::from_str(line).expect("a vector");
        let body =
            vector.salt.zip(vector.body.clone()).map(|(salt, text)| docket::Body { salt, bytes: text.into_bytes() });
        let act = SignedAct { header: vector.signed.clone().into_bytes(), signature: unhex(&vector.signature), body };
        hold(&vector, act.authenticate(&check).map(drop).map_err(|e| e.to_string()));
    }
}

fn receipt_vectors() -> Vec<Vector> {
    let docket = ActId::of_header(Canonical::new(good_header()).expect("canonical").bytes());
    let other = ActId::new([0xee; 32]);
    let good = Receipt {
        v: RECEIPT_VERSION.to_owned(),
        issuer: authority("es.moj"),
        to: authority("ma.moj"),
        docket: docket.opens(),
        acts: vec![docket, other],
        latest: None,
        places: vec![Place { act: docket, index: 4 }, Place { act: other, index: 9 }],
        checkpoint: "es.moj/ledger/1\n10\nAAAA\n".to_owned(),
        time: at(5),
    };
    let of = |name: &str, expect: &str, change: &dyn Fn(&mut Receipt)| {
        let mut receipt = good.clone();
        change(&mut receipt);
        of_text(
            name,
            expect,
            String::from_utf8(terms::canonical::to_bytes(&receipt).expect("canonical")).expect("UTF-8"),
        )
    };
    let rule = "refuse: rule of form";
    let mut all = vec![
        of("a receipt", "accept", &|_| {}),
        of("a receipt that names its issuer's latest act", "accept", &|r| r.latest = Some(other)),
        of("another version", rule, &|r| r.v = "comity.receipt/2".into()),
        of("to itself", rule, &|r| r.to = authority("es.moj")),
        of("for nothing", rule, &|r| (r.acts, r.places) = (vec![], vec![])),
        of("acts out of order", rule, &|r| {
            r.acts.reverse();
            r.places.reverse();
        }),
        of("an act twice", rule, &|r| {
            r.acts[1] = docket;
            r.places[1].act = docket;
        }),
        of("a place missing", rule, &|r| {
            r.places.pop();
        }),
        of("a place of another act", rule, &|r| r.places[1].act = docket),
    ];
    let text = all[0].signed.clone();
    all.push(of_text("white space", "refuse: not in canonical form", text.replacen(':', ": ", 1)));
    all.push(of_text("an unknown member", "refuse: expected shape", text.replacen('{', r#"{"a":1,"#, 1)));
    let mut foreign = of("a signature by another hand", "refuse: not the author's", &|_| {});
    foreign.signature = hex(&toy_seal(&authority("ma.moj"), foreign.signed.as_bytes()));
    all.push(foreign);
    all
}

#[test]
fn receipts_are_accepted_and_refused_as_published() {
    for line in published("receipt.jsonl", &receipt_vectors()).lines() {
        let vector: Vector = serde_json::from_str(line).expect("a vector");
        let receipt =
            SignedReceipt { statement: vector.signed.clone().into_bytes(), signature: unhex(&vector.signature) };
        hold(&vector, receipt.authenticate(&check).map(drop).map_err(|e| e.to_string()));
    }
}

/// A docket as it arrives act by act, and what must be shown of it.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct GraphVector {
    name: String,
    /// Canonical headers in order of arrival.
    headers: Vec<String>,
    /// What becomes of each: `admitted`, `known`, or the code of the refusal.
    admission: Vec<String>,
    /// For each act of the view, in its order: id, `effect` or the code of its lack, and whether it stands.
    view: Vec<(ActId, String, bool)>,
    disputed: bool,
}

fn record(name: &str, headers: Vec<Header>) -> GraphVector {
    let mut docket = Docket::open(authentic(headers[0].clone())).expect("opens");
    let mut admission = vec!["admitted".to_owned()];
    for header in &headers[1..] {
        admission.push(match docket.admit(authentic(header.clone())) {
            Ok(docket::Admission::Admitted) => "admitted".to_owned(),
            Ok(docket::Admission::Known) => "known".to_owned(),
            Err(not) => not.code().to_owned(),
        });
    }
    let view = View::of(&docket);
    let shown = view.acts.iter().map(|act| {
        let effect = act.verdict.as_ref().map_or_else(|none| none.code.to_owned(), |_| "effect".to_owned());
        (act.id, effect, act.stands)
    });
    let headers = headers.iter().map(|header| of_header("", "", header).signed).collect();
    GraphVector { name: name.into(), headers, admission, view: shown.collect(), disputed: view.disputed() }
}

fn graph_vectors() -> Vec<GraphVector> {
    let start = consultation();
    let open = start.acts()[0].act().header().clone();
    let mut joined = start.clone();
    let join_frame = start.frame(&authority("ma.moj"), said("join", json!({})), at(1));
    speak(&mut joined, "ma.moj", "join", json!({}), 1);
    let say = joined.frame(&authority("ma.moj"), said("say", json!({})), at(2));
    let leave = joined.frame(&authority("ma.moj"), said("leave", json!({})), at(3));
    let mut relied = joined.clone();
    relied.admit(authentic(leave.clone())).expect("admitted");
    let spain = relied.frame(&authority("es.moj"), said("say", json!({})), at(4));
    let mut stranger = say.clone();
    (stranger.author, stranger.previous) = (authority("dk.moj"), None);
    let mut hopping = say.clone();
    hopping.lamport = 9;
    let dance = joined.frame(&authority("ma.moj"), said("dance", json!({})), at(2));
    let h = |list: &[&Header]| list.iter().map(|header| (*header).clone()).collect::<Vec<_>>();
    vec![
        record("a line of acts", h(&[&open, &join_frame, &say])),
        record("an act before its parent has to wait", h(&[&open, &say, &join_frame])),
        record("an act twice is known", h(&[&open, &join_frame, &join_frame])),
        record("a stranger's act is not admitted", h(&[&open, &join_frame, &stranger])),
        record("a wrong Lamport number is not admitted", h(&[&open, &join_frame, &hopping])),
        record("an unknown kind is admitted without effect", h(&[&open, &join_frame, &dance])),
        record("two histories: neither stands", h(&[&open, &join_frame, &say, &leave])),
        record("two histories, in the other order: neither stands", h(&[&open, &join_frame, &leave, &say])),
        record("two histories, another party relied on one: it stands", h(&[&open, &join_frame, &say, &leave, &spain])),
    ]
}

#[test]
fn dockets_are_folded_as_published() {
    let expected: [(&str, &[&str], bool); 9] = [
        ("a line of acts", &["admitted", "admitted", "admitted"], false),
        ("an act before its parent has to wait", &["admitted", "docket.waiting", "admitted"], false),
        ("an act twice is known", &["admitted", "admitted", "known"], false),
        ("a stranger's act is not admitted", &["admitted", "admitted", "docket.no-party"], false),
        ("a wrong Lamport number is not admitted", &["admitted", "admitted", "docket.graph"], false),
        ("an unknown kind is admitted without effect", &["admitted", "admitted", "admitted"], false),
        ("two histories: neither stands", &["admitted"; 4], true),
        ("two histories, in the other order: neither stands", &["admitted"; 4], true),
        ("two histories, another party relied on one: it stands", &["admitted"; 5], false),
    ];
    let held = published("docket.jsonl", &graph_vectors());
    for (line, (name, admission, disputed)) in held.lines().zip(expected) {
        let vector: GraphVector = serde_json::from_str(line).expect("a vector");
        assert_eq!((vector.name.as_str(), vector.disputed), (name, disputed));
        assert_eq!(vector.admission, admission, "{name}");
        let headers = vector.headers.iter().map(|text| Canonical::<Header>::parse(text.as_bytes()).expect("canonical"));
        assert_eq!(record(name, headers.map(Canonical::into_value).collect()), vector);
    }
}
