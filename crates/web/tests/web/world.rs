//! A node with real keys over SQLite, the people who work there with their tokens, and callers of its doors.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use axum::Router;
use axum::body::{Body, Bytes};
use http::{HeaderMap, Method, Request, StatusCode, header};
use keys::authority::Validity;
use keys::{Founding, Keyring, Secret, found};
use node::{Actor, Draft, Hands, NewDraft, Node, Role, Sent, Taken, World};
use rand_core::CryptoRng;
use seal::TlsName;
use seal::certificate::Period;
use serde_json::{Value, json};
use store::{Location, Options, Store};
use tempfile::TempDir;
use terms::{DocketId, Moment};
use tower::ServiceExt as _;
use zeroize::Zeroizing;

/// A clock that the test moves; chance is the machine's.
#[derive(Clone, Default)]
pub struct Clock(Arc<AtomicI64>);

impl Clock {
    pub fn pass(&self, seconds: i64) {
        self.0.fetch_add(seconds, Ordering::SeqCst);
    }
}
impl World for Clock {
    fn now(&self) -> Moment {
        start().plus_seconds(self.0.load(Ordering::SeqCst))
    }
    fn chance(&self) -> Box<dyn CryptoRng + '_> {
        Box::new(keys::system_random().expect("randomness"))
    }
}

fn start() -> Moment {
    "2026-11-23T09:00:00Z".parse().expect("a moment")
}

fn secret(byte: u8) -> Secret {
    let mut key = [byte; 32];
    key[0] ^= 0xff;
    Secret::key(Zeroizing::new(key))
}

/// One authority's node and its people. Dropping it removes its folder.
pub struct Side {
    folder: TempDir,
    pub node: Node,
    pub clock: Clock,
    actors: BTreeMap<&'static str, Actor>,
    pub tokens: BTreeMap<&'static str, String>,
}

const PEOPLE: [(&str, &[Role]); 6] = [
    ("operator", &[Role::Operator]),
    ("officer", &[Role::Officer]),
    ("second-officer", &[Role::Officer]),
    ("approver", &[Role::Approver]),
    ("second-approver", &[Role::Approver]),
    ("auditor", &[Role::Auditor]),
];

impl Side {
    pub fn found(name: &str) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let day = 86_400;
        let period = |years: i64| Period::new(start().plus_seconds(-day), start().plus_seconds(years * 365 * day));
        let founding = Founding {
            authority: name.parse().expect("an authority"),
            names: [("en".to_owned(), format!("Ministry of Justice ({name})"))].into(),
            languages: vec!["en".into()],
            procedures: vec!["assistance/1".into(), "consultation/1".into()],
            endpoints: vec!["https://127.0.0.1:1".to_owned()],
            tls_names: vec![TlsName::Ip([127, 0, 0, 1].into())],
            validity: Validity { root: period(20), leaf: period(3), encryption: period(1) },
        };
        let at = start().plus_seconds(-3_600);
        found(&folder.path().join("keys"), &founding, &secret(1), &secret(2), at).expect("founded");
        let clock = Clock::default();
        let node = open(folder.path(), &folder.path().join("node.db"), &clock);
        let mut side = Self { folder, node, clock, actors: BTreeMap::new(), tokens: BTreeMap::new() };
        let first = side.node.first_person("operator", "Name of operator").expect("the first person");
        for (id, roles) in PEOPLE {
            let actor =
                Actor { person: id.into(), name: format!("Name of {id}"), roles: roles.iter().copied().collect() };
            let token = match side.actors.get("operator") {
                None => first.reveal().to_owned(),
                Some(operator) => {
                    let entered = side.node.enter_person(operator, id, &actor.name, &actor.roles);
                    entered.expect("entered").reveal().to_owned()
                }
            };
            side.actors.insert(id, actor);
            side.tokens.insert(id, token);
        }
        side
    }
    /// Says something, goes back to the backup of before, and says something else: two histories, each signed.
    pub fn lies(&mut self, docket: &DocketId, other: &Side) {
        let before = self.folder.path().join("before.db");
        self.node.backup_to(self.actor("operator"), &before).expect("a backup");
        self.act(docket, "consult", json!({}), "one history");
        settle(self, other);
        self.node = open(self.folder.path(), &before, &self.clock);
        self.act(docket, "consult", json!({}), "another history");
        while let Some(parcel) = self.node.parcel(other.node.authority()).expect("a parcel") {
            other.node.receive(self.node.authority(), vec![parcel.envelope.clone()]);
            self.node.carried(&parcel).expect("noted");
        }
    }
    /// Where the sealed bytes of an exhibit lie.
    pub fn exhibit_file(&self, id: &str) -> std::path::PathBuf {
        self.folder.path().join("exhibits/sealed").join(id)
    }
    pub fn actor(&self, who: &str) -> &Actor {
        &self.actors[who]
    }
    /// Enters and approves a peer, by two persons.
    pub fn knows(&self, other: &Self) {
        let (card, aloud) = other.node.own_card();
        self.node.propose_peer(self.actor("operator"), &card).expect("entered");
        self.node.approve_peer(self.actor("approver"), other.node.authority(), &aloud).expect("approved");
    }
    /// Drafts, proposes, has approved as often as needed, and sends.
    pub fn says(&self, new: NewDraft) -> Sent {
        let officer = self.actor("officer");
        let draft = self.node.write_draft(officer, "test", new).expect("written");
        let draft = self.node.propose(officer, &draft.id).expect("proposed");
        self.approved(&draft);
        self.node.send(officer, &draft.id, "test").expect("sent")
    }
    pub fn approved(&self, draft: &Draft) {
        let approvers = ["approver", "second-approver"];
        for approver in approvers.iter().take(usize::from(draft.approvals_needed)) {
            self.node.approve(self.actor(approver), &draft.id, &draft.approved_digest).expect("approved");
        }
    }
    /// Says something in a docket.
    pub fn act(&self, docket: &DocketId, kind: &str, facts: Value, text: &str) -> Sent {
        self.says(NewDraft {
            docket: Some(*docket),
            kind: kind.to_owned(),
            facts: facts.as_object().cloned().expect("an object"),
            body: Some(json!({ "text": text })),
            ..NewDraft::default()
        })
    }
}

fn open(folder: &Path, database: &Path, clock: &Clock) -> Node {
    let store = Store::open(&Location::file(database), Options::default()).expect("a store");
    let keyring = Keyring::open(&folder.join("keys")).expect("the keyring");
    let hands = Hands::lent(&keyring, &secret(2), clock.now()).expect("the keys");
    Node::open(store, hands, Box::new(clock.clone()), node::Depot::folder(&folder.join("exhibits")).expect("a depot"))
        .expect("a node")
}

/// Carries everything that is due, both ways, until nothing is.
pub fn settle(one: &Side, other: &Side) {
    for _ in 0..64 {
        let mut carried = 0;
        for (from, to) in [(one, other), (other, one)] {
            while let Some(parcel) = from.node.parcel(to.node.authority()).expect("a parcel") {
                let taken = to.node.receive(from.node.authority(), vec![parcel.envelope.clone()]);
                assert_eq!(taken, [Taken::Yes]);
                from.node.carried(&parcel).expect("noted");
                carried += 1;
            }
        }
        if carried == 0 {
            return;
        }
    }
    panic!("the nodes talk without end");
}

/// Spain and Morocco, who know each other.
pub fn two() -> (Side, Side) {
    let (es, ma) = (Side::found("es.moj"), Side::found("ma.moj"));
    es.knows(&ma);
    ma.knows(&es);
    (es, ma)
}

/// What a request for bank records says.
pub fn request_body() -> Value {
    json!({
        "addressee": {"authority": "ma.moj"},
        "authority": {"name": "Audiencia Nacional, Madrid"},
        "proceedings": {"subject": "Traffic of cannabis resin by sea; investigation", "conducted_by": "Special prosecutor against drugs: directs the investigation"},
        "persons": [{"family_name": "Doe", "nationality": "MA"}],
        "facts": {"summary": "On 3 March 2026 a consignment of 900 kg was seized off Almería. The carrier was paid from an account in Tangier."},
        "measures": [{"kind": "bank-records", "bank": {"not_known": "only the account number is known"},
            "account": "MA64 0000", "period": "2026-01-01 to 2026-03-31", "kinds": ["statements", "transfers"], "relevance": "the account paid the carrier"}],
        "assistance": "Certified copies of the statements and transfers of the account",
        "purpose": "Evidence at trial",
        "language": {"source": "es", "target": "fr"}
    })
}

/// The draft of a request from Spain to Morocco, as a program posts it.
pub fn request(body: Value) -> Value {
    json!({
        "open": {"procedure": "assistance/1", "parties": [
            {"authority": "es.moj", "role": "requesting"}, {"authority": "ma.moj", "role": "requested"}]},
        "kind": "submit", "body": body,
    })
}

/// Spain has sent its request, and Morocco holds it.
pub fn asked(es: &Side, ma: &Side) -> DocketId {
    let new: NewDraft = serde_json::from_value(request(request_body())).expect("a draft");
    let docket = es.says(new).docket;
    settle(es, ma);
    docket
}

/// What came back.
pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub bytes: Bytes,
}

impl Answer {
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.bytes).unwrap_or_else(|why| panic!("{why}: {}", self.text()))
    }
    pub fn text(&self) -> String {
        String::from_utf8(self.bytes.to_vec()).expect("text")
    }
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().expect("a plain header"))
    }
    /// The status and the code of a problem.
    pub fn problem(&self) -> (u16, String) {
        assert_eq!(self.header("content-type"), "application/problem+json", "{}", self.text());
        let problem = self.json();
        assert_eq!(problem["status"], self.status.as_u16());
        assert!(!problem["detail"].as_str().expect("a detail").is_empty());
        (self.status.as_u16(), problem["code"].as_str().expect("a code").to_owned())
    }
}

/// Sends a request through a router and reads the whole answer.
pub async fn ask(router: &Router, request: Request<Body>) -> Answer {
    let response = router.clone().oneshot(request).await.expect("a router answers");
    let (parts, body) = response.into_parts();
    let bytes = axum::body::to_bytes(body, 64 << 20).await.expect("a whole answer");
    Answer { status: parts.status, headers: parts.headers, bytes }
}

/// A caller of the API.
pub struct Program<'a> {
    pub router: &'a Router,
    pub token: Option<&'a str>,
}

impl Program<'_> {
    pub async fn call(&self, method: Method, path: &str, headers: &[(&str, &str)], body: impl Into<Body>) -> Answer {
        let mut request = Request::builder().method(method).uri(format!("/api/v1{path}"));
        if let Some(token) = self.token {
            request = request.header(header::AUTHORIZATION, format!("Bearer {token}"));
        }
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        ask(self.router, request.body(body.into()).expect("a request")).await
    }
    pub async fn get(&self, path: &str) -> Answer {
        self.call(Method::GET, path, &[], Body::empty()).await
    }
    pub async fn post(&self, path: &str, body: &Value) -> Answer {
        self.call(Method::POST, path, &[], body.to_string()).await
    }
}
