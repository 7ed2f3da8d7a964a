//! A small world: nodes with real keys and cards over SQLite, a clock that the test moves, and envelopes carried by hand.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use keys::authority::Validity;
use keys::{Founding, Keyring, Secret, found};
use node::{Actor, Depot, Draft, Hands, NewDocket, NewDraft, Node, Role, Sent, Taken, Trouble, World};
use rand_core::CryptoRng;
use seal::TlsName;
use seal::certificate::Period;
use serde_json::{Map, Value, json};
use store::{Location, Options, Store};
use tempfile::TempDir;
use terms::{AuthorityId, DocketId, Moment};
use zeroize::Zeroizing;

/// A clock that the test moves; chance is the machine's.
#[derive(Clone, Default)]
pub struct Clock(pub Arc<AtomicI64>);

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

pub fn start() -> Moment {
    "2026-11-23T09:00:00Z".parse().expect("a moment")
}

pub fn authority(text: &str) -> AuthorityId {
    text.parse().expect("an authority")
}

pub fn root_of(keyring: &Keyring, fingerprint: &seal::Fingerprint) -> keys::RootKey {
    keyring.root(fingerprint, &secret(1)).expect("the root is still here")
}

pub fn secret(byte: u8) -> Secret {
    let mut key = [byte; 32];
    key[0] ^= 0xff;
    Secret::key(Zeroizing::new(key))
}

/// One authority: its folder, its node, and the people who work there.
pub struct Side {
    pub folder: TempDir,
    pub node: Node,
    pub clock: Clock,
    pub officer: Actor,
    pub approver: Actor,
    pub second_approver: Actor,
    pub operator: Actor,
    pub auditor: Actor,
}

pub fn person(id: &str, roles: &[Role]) -> Actor {
    Actor { person: id.to_owned(), name: format!("Name of {id}"), roles: roles.iter().copied().collect() }
}

impl Side {
    pub fn found(name: &str) -> Self {
        Self::found_at(name, "https://127.0.0.1:1")
    }
    pub fn found_at(name: &str, endpoint: &str) -> Self {
        Self::found_with(name, endpoint, |folder| Depot::folder(&folder.join("exhibits")).expect("a depot"))
    }
    /// The same with exhibits elsewhere.
    pub fn found_with(name: &str, endpoint: &str, depot: impl FnOnce(&Path) -> Depot) -> Self {
        Self::found_beneath(&std::env::temp_dir(), name, endpoint, depot)
    }
    /// The same with its folder beneath another one.
    pub fn found_beneath(home: &Path, name: &str, endpoint: &str, depot: impl FnOnce(&Path) -> Depot) -> Self {
        let folder = tempfile::tempdir_in(home).expect("a folder");
        let day = 86_400;
        let period = |years: i64| Period::new(start().plus_seconds(-day), start().plus_seconds(years * 365 * day));
        let founding = Founding {
            authority: authority(name),
            names: [("en".to_owned(), format!("Ministry of Justice ({name})"))].into(),
            languages: vec!["en".into()],
            procedures: vec!["assistance/1".into(), "consultation/1".into()],
            endpoints: vec![endpoint.to_owned()],
            tls_names: vec![TlsName::Ip([127, 0, 0, 1].into())],
            validity: Validity { root: period(20), leaf: period(3), encryption: period(1) },
        };
        let at = start().plus_seconds(-3_600);
        found(&folder.path().join("keys"), &founding, &secret(1), &secret(2), at).expect("founded");
        let clock = Clock::default();
        let node = open(folder.path(), &folder.path().join("node.db"), &clock, depot(folder.path()));
        let side = Self {
            folder,
            node,
            clock,
            officer: person("officer", &[Role::Officer]),
            approver: person("approver", &[Role::Approver]),
            second_approver: person("second", &[Role::Approver]),
            operator: person("operator", &[Role::Operator]),
            auditor: person("auditor", &[Role::Auditor]),
        };
        side.node.first_person("operator", "The operator").expect("the first person");
        for actor in [&side.officer, &side.approver, &side.second_approver, &side.auditor] {
            side.node.enter_person(&side.operator, &actor.person, &actor.name, &actor.roles).expect("entered");
        }
        side
    }
    /// The node again, over another copy of the database: as after a restore.
    pub fn restored_from(&mut self, database: &Path) {
        let depot = Depot::folder(&self.folder.path().join("exhibits")).expect("a depot");
        self.node = open(self.folder.path(), database, &self.clock, depot);
    }
    /// Somebody else who has this authority's keys and a copy of its database.
    pub fn stolen(&self, database: &Path) -> Self {
        let clock = self.clock.clone();
        let folder = tempfile::tempdir().expect("a folder");
        let depot = Depot::folder(&folder.path().join("exhibits")).expect("a depot");
        let node = open(self.folder.path(), database, &clock, depot);
        let [officer, approver, second_approver, operator, auditor] =
            [&self.officer, &self.approver, &self.second_approver, &self.operator, &self.auditor].map(Actor::clone);
        Self { folder, node, clock, officer, approver, second_approver, operator, auditor }
    }
    pub fn keyring(&self) -> Keyring {
        Keyring::open(&self.folder.path().join("keys")).expect("the keyring")
    }
    pub fn tls(&self) -> keys::TlsIdentity {
        let card = self.keyring().card().expect("a card").claim().expect("a claim");
        let certificate = card.statement().tls.first().expect("a TLS certificate").certificate.fingerprint();
        self.keyring().tls(&certificate, &secret(2)).expect("the TLS key")
    }
    pub fn name(&self) -> AuthorityId {
        self.node.authority().clone()
    }
    /// Enters and approves a peer, by two persons.
    pub fn knows(&self, other: &Self) {
        let (card, aloud) = other.node.own_card();
        self.node.propose_peer(&self.operator, &card).expect("entered");
        self.node.approve_peer(&self.approver, &other.name(), &aloud).expect("approved");
    }
    /// Drafts, proposes, has approved as often as needed, and sends.
    pub fn says(&self, new: NewDraft) -> Result<Sent, Trouble> {
        let draft = self.node.write_draft(&self.officer, "test", new)?;
        let draft = self.node.propose(&self.officer, &draft.id)?;
        self.approved(&draft)?;
        self.node.send(&self.officer, &draft.id, "test")
    }
    pub fn approved(&self, draft: &Draft) -> Result<(), Trouble> {
        let approvers = [&self.approver, &self.second_approver];
        for approver in approvers.iter().take(usize::from(draft.approvals_needed)) {
            self.node.approve(approver, &draft.id, &draft.approved_digest)?;
        }
        Ok(())
    }
    /// Says something in a docket.
    pub fn act(&self, docket: &DocketId, kind: &str, facts: Value) -> Result<Sent, Trouble> {
        self.says(NewDraft {
            docket: Some(*docket),
            kind: kind.to_owned(),
            facts: object(facts),
            body: Some(json!({"text": format!("{kind}, in words")})),
            ..NewDraft::default()
        })
    }
    /// Whether the last act of a kind was delivered to everybody.
    pub fn delivered(&self, docket: &DocketId, kind: &str) -> bool {
        let page = self.node.docket_page(&self.officer, "test", docket, 0, 1_000).expect("the page");
        page.acts.iter().rev().find(|act| act.kind == kind).is_some_and(|act| act.outstanding.is_empty())
    }
    pub fn standing(&self, docket: &DocketId) -> String {
        self.node.docket_page(&self.officer, "test", docket, 0, 1).expect("the page").summary.standing
    }
    pub fn kinds(&self, docket: &DocketId) -> Vec<String> {
        let page = self.node.docket_page(&self.officer, "test", docket, 0, 1_000).expect("the page");
        page.acts.into_iter().map(|act| act.kind).collect()
    }
}

fn open(folder: &Path, database: &Path, clock: &Clock, depot: Depot) -> Node {
    let store = Store::open(&Location::file(database), Options::default()).expect("a store");
    let keyring = Keyring::open(&folder.join("keys")).expect("the keyring");
    let hands = Hands::lent(&keyring, &secret(2), clock.now()).expect("the keys");
    Node::open(store, hands, Box::new(clock.clone()), depot).expect("a node")
}

pub fn object(value: Value) -> Map<String, Value> {
    value.as_object().cloned().expect("an object")
}

/// Carries everything that is due, both ways, until nothing is.
pub fn settle(sides: &[&Side]) {
    for _ in 0..64 {
        let mut carried = 0;
        for from in sides {
            for to in sides.iter().filter(|to| to.name() != from.name()) {
                while let Some(parcel) = from.node.parcel(&to.name()).expect("a parcel") {
                    let taken = to.node.receive(&from.name(), vec![parcel.envelope.clone()]);
                    assert_eq!(taken, [Taken::Yes], "from {} to {}", from.name(), to.name());
                    from.node.carried(&parcel).expect("noted");
                    carried += 1;
                }
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

/// A request from `from` to `to`.
pub fn request(from: &Side, to: &Side, body: Value) -> NewDraft {
    let party = |side: &Side, role: &str| docket::Party { authority: side.name(), role: role.to_owned() };
    NewDraft {
        open: Some(NewDocket {
            procedure: "assistance/1".to_owned(),
            parties: vec![party(from, "requesting"), party(to, "requested")],
        }),
        kind: "submit".to_owned(),
        body: Some(body),
        ..NewDraft::default()
    }
}

pub fn roles(list: &[Role]) -> BTreeSet<Role> {
    list.iter().copied().collect()
}

/// The code with which something was refused.
pub fn code<T>(result: Result<T, Trouble>) -> String {
    match result {
        Ok(_) => panic!("it must be refused"),
        Err(trouble) => trouble.code().to_owned(),
    }
}
