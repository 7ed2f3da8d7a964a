//! A node and a peer that is not Comity witness each other's logs: `cargo run -p node --example witness_interop -- PROGRAM`.
//!
//! The program is `tests/interop/witness` (Go): a C2SP witness and a log of others' making. Here is one real node, with its store, its keys, its server and
//! its carrier. The peer's card names the keys that the program drew. The program first has the node cosign its log and is refused whatever C2SP says is to
//! be refused; then the node's own log grows, round by round, and is cosigned; and what is not consistent is not.

#![expect(clippy::disallowed_methods, reason = "this program measures elapsed time")]

use std::error::Error;
use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use exchange::carrier::Patience;
use exchange::{Carrier, Identity, Limits, Route, WitnessRefusal};
use keys::authority::Validity;
use keys::{Founding, Keyring, Secret, found};
use ledger::submission::{Submission, parse_answer};
use ledger::{Checkpoint, ConsistencyProof, SignedCheckpoint, VerifierKey};
use node::{Actor, Depot, Hands, Machine, Node, Role, World};
use seal::card::{EncryptionEntry, LedgerEntry, SealEntry, TlsEntry};
use seal::certificate::{Period, issue_root, issue_seal, issue_tls};
use seal::{CardStatement, Certified, P256Key, SignedCard, SigningKey as _, TlsName, XWingKey};
use store::{Location, Options, Store};
use terms::{AuthorityId, Digest, Moment};
use tokio::net::TcpListener;
use zeroize::Zeroizing;

const DAY: i64 = 86_400;

fn main() -> Result<(), Box<dyn Error>> {
    let program = std::env::args_os().nth(1).ok_or("name the program that plays the peer")?;
    let mut peer = Command::new(program).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
    let mut tell = peer.stdin.take().ok_or("no standard input")?;
    let mut lines = BufReader::new(peer.stdout.take().ok_or("no standard output")?).lines();
    let mut line = || lines.next().ok_or("the program ended early")?.map_err(Box::<dyn Error>::from);
    let said = line()?;
    let [log, witness, address] = said.split(' ').collect::<Vec<_>>()[..] else { return Err("no keys".into()) };

    let folder = tempfile::tempdir()?;
    let (es, card_file) = stranger(log, witness, address)?;
    std::fs::write(folder.path().join("es.pem"), pem("CERTIFICATE", &es.certificate))?;
    std::fs::write(folder.path().join("es.key.pem"), pem("PRIVATE KEY", &es.key))?;
    let runtime = tokio::runtime::Runtime::new()?;
    let listener = runtime.block_on(TcpListener::bind("127.0.0.1:0"))?;
    let own = format!("https://{}", listener.local_addr()?);
    let (node, tls) = founded(folder.path(), &own)?;
    std::fs::write(folder.path().join("ma.der"), tls.certificate.der())?;
    approve(&node, &card_file)?;

    let identity = Identity::new(&tls.certificate, tls.pkcs8_der())?;
    let (server, pins, desk) = (identity.clone(), Arc::new(node.clone()), Arc::new(node.clone()));
    runtime.spawn(async move {
        exchange::serve(listener, "", &server, pins, desk, Limits::default(), std::future::pending()).await
    });
    let ledger = SignedCard::parse(&node.own_card().0)?.claim()?.statement().ledger.clone();
    writeln!(tell, "{} {own} {} {}", folder.path().display(), ledger.key, ledger.witness)?;
    let done = line()?;
    let checks = done.strip_prefix("done ").ok_or("the program was not satisfied")?;

    let carrier = Carrier::new(identity, Arc::new(node.clone()), Patience::default());
    let (rounds, middle) = runtime.block_on(be_cosigned(&node, &carrier, &witness.parse()?, address))?;
    drop(tell);
    println!("the peer made {checks} checks of our witness; it cosigned {rounds} rounds of our log, and nothing else");
    println!("a round of a witness over mutual TLS, in the middle: {:.1} ms", middle.as_secs_f64() * 1e3);
    if peer.wait()?.success() { Ok(()) } else { Err("the program ended badly".into()) }
}

/// The node's own log, round by round, before a witness that is not Comity.
async fn be_cosigned(
    node: &Node,
    carrier: &Carrier,
    witness: &VerifierKey,
    address: &str,
) -> Result<(usize, Duration), Box<dyn Error>> {
    let peer: AuthorityId = "es.moj".parse()?;
    let route = Route { authority: peer.clone(), endpoints: vec![format!("https://{address}")] };
    let mut took = Vec::new();
    let mut last = None;
    for _ in 0..25 {
        node.end_round()?;
        let head = node.head_for(&peer, None)?.ok_or("no head to be cosigned")?;
        let submission = Submission::parse(&head.body)?;
        let asked = Instant::now();
        let answer = carrier.add_checkpoint(&route, head.body.clone()).await?;
        took.push(asked.elapsed());
        let answered = answer.clone().map_err(|refused| format!("refused: {refused}"))?;
        // Two lines: one by the key that the card names, and one of ML-DSA-44, which is passed over.
        assert_eq!(parse_answer(&answered)?.len(), 2, "an Ed25519 and an ML-DSA-44 cosignature");
        assert_eq!(node.cosigned(&peer, &head, answer)?, None);
        assert!(node.head_for(&peer, None)?.is_none(), "the cosignature by {witness} is kept");
        last = Some(submission);
    }
    let last = last.ok_or("no rounds")?;
    let size = last.checkpoint.checkpoint().size;
    // Asked from another size than it stands at, it says where it stands.
    let stale = carrier.add_checkpoint(&route, last.to_string().into_bytes()).await?;
    assert_eq!(stale, Err(WitnessRefusal::OtherSize { latest: size }));
    // What another key signed, or nobody's log is, it does not cosign.
    let root = Digest::of(&[b"another history"]);
    let forged = SignedCheckpoint::parse(
        last.checkpoint.to_string().replace(&last.checkpoint.checkpoint().to_string(), &head(&last, root)?).as_bytes(),
    )?;
    let forged = Submission { old_size: size, proof: ConsistencyProof(vec![]), checkpoint: forged };
    let refused = carrier.add_checkpoint(&route, forged.to_string().into_bytes()).await;
    assert!(!matches!(refused, Ok(Ok(_))), "a forged head was cosigned");
    took.sort_unstable();
    Ok((took.len(), took[took.len() / 2]))
}

fn head(like: &Submission, root: Digest) -> Result<String, Box<dyn Error>> {
    let head = like.checkpoint.checkpoint();
    Ok(Checkpoint::new(head.origin.as_str().parse()?, head.size, root).to_string())
}

/// What the peer's program proves itself with.
struct Tls {
    certificate: Vec<u8>,
    key: Vec<u8>,
}

/// The card of an authority whose log and witness are somebody else's program.
fn stranger(log: &str, witness: &str, address: &str) -> Result<(Tls, Vec<u8>), Box<dyn Error>> {
    let world = Machine::new()?;
    let mut rng = world.chance();
    let now = world.now();
    let period = Period::new(now.plus_seconds(-DAY), now.plus_seconds(365 * DAY));
    let authority: AuthorityId = "es.moj".parse()?;
    let (root_key, seal_key, tls_key) =
        (P256Key::generate(&mut *rng), P256Key::generate(&mut *rng), P256Key::generate(&mut *rng));
    let root = issue_root(&authority, &root_key, period, &mut *rng)?;
    let seal = issue_seal(&root, &root_key, seal_key.public_key(), period, &mut *rng)?;
    let names = [TlsName::Ip([127, 0, 0, 1].into())];
    let tls = issue_tls(&root, &root_key, tls_key.public_key(), &names, period, &mut *rng)?;
    let opener = XWingKey::from_seed(&XWingKey::draw_seed(&mut *rng));
    let Period { from: since, until } = period;
    let statement = CardStatement {
        v: "comity.card/1".into(),
        authority: authority.clone(),
        edition: 1,
        issued: now.plus_seconds(-60),
        names: [("en".to_owned(), "A peer that is not Comity".to_owned())].into(),
        languages: vec!["en".into()],
        procedures: vec!["assistance/1".into()],
        endpoints: vec![format!("https://{address}")],
        root: root.clone(),
        former_roots: vec![],
        seals: vec![SealEntry { certificate: seal, since, until: None, compromised_since: None }],
        tls: vec![TlsEntry { certificate: tls.clone(), since, until }],
        encryption: vec![EncryptionEntry { public: opener.public().clone(), since, until }],
        ledger: LedgerEntry {
            key: log.to_owned(),
            witness: witness.to_owned(),
            origin: "es.moj/ledger/1".to_owned(),
            generation: 1,
        },
    };
    let signer = Certified::new(root_key, root.certificate().clone())?;
    let card = SignedCard::sign(statement, &signer, None)?;
    let key = tls_key.to_pkcs8_der()?.to_vec();
    Ok((Tls { certificate: tls.der().to_vec(), key }, card.to_file()))
}

/// A node of its own, with the keys that `comity init` makes.
fn founded(folder: &std::path::Path, endpoint: &str) -> Result<(Node, keys::TlsIdentity), Box<dyn Error>> {
    let world = Machine::new()?;
    let now = world.now();
    let period = |years: i64| Period::new(now.plus_seconds(-DAY), now.plus_seconds(years * 365 * DAY));
    let founding = Founding {
        authority: "ma.moj".parse()?,
        names: [("en".to_owned(), "Ministry of Justice".to_owned())].into(),
        languages: vec!["en".into()],
        procedures: vec!["assistance/1".into()],
        endpoints: vec![endpoint.to_owned()],
        tls_names: vec![TlsName::Ip([127, 0, 0, 1].into())],
        validity: Validity { root: period(20), leaf: period(3), encryption: period(1) },
    };
    let (root, own) = (Secret::key(Zeroizing::new([7; 32])), Secret::key(Zeroizing::new([9; 32])));
    let issued: Moment = now.plus_seconds(-60);
    found(&folder.join("keys"), &founding, &root, &own, issued)?;
    let keyring = Keyring::open(&folder.join("keys"))?;
    let store = Store::open(&Location::file(folder.join("node.db")), Options::default())?;
    let hands = Hands::lent(&keyring, &own, now)?;
    let certificate = hands.card.statement().tls.first().ok_or("no TLS certificate")?.certificate.fingerprint();
    let tls = keyring.tls(&certificate, &own)?;
    Ok((Node::open(store, hands, Box::new(world), Depot::folder(&folder.join("exhibits"))?)?, tls))
}

/// Enters and approves the peer, by two persons.
fn approve(node: &Node, card: &[u8]) -> Result<(), Box<dyn Error>> {
    let actor = |id: &str, role: Role| Actor { person: id.to_owned(), name: id.to_owned(), roles: [role].into() };
    let (operator, approver) = (actor("operator", Role::Operator), actor("approver", Role::Approver));
    node.first_person("operator", "operator")?;
    node.enter_person(&operator, "approver", "approver", &approver.roles)?;
    let claimed = SignedCard::parse(card)?.claim()?;
    node.propose_peer(&operator, card)?;
    node.approve_peer(&approver, &claimed.statement().authority, &claimed.root_fingerprint().for_reading_aloud())?;
    Ok(())
}

fn pem(label: &str, der: &[u8]) -> String {
    use base64::prelude::{BASE64_STANDARD, Engine as _};
    let text = BASE64_STANDARD.encode(der);
    let lines: Vec<_> = text.as_bytes().chunks(64).map(String::from_utf8_lossy).collect();
    format!("-----BEGIN {label}-----\n{}\n-----END {label}-----\n", lines.join("\n"))
}
