//! Two or three authorities with keys of their own, a desk that remembers what it was handed, and a node that serves on loopback.

use std::collections::{HashMap, HashSet};
use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::{Arc, Condvar, Mutex, RwLock};
use std::time::Duration;

use exchange::answer::{Cosigned, WitnessRefusal};
use exchange::carrier::Patience;
use exchange::{Answer, Batch, Carrier, Denial, Desk, Exhibit, Identity, Limits, Pins, Refused, Route, Source, serve};
use rand_core::{TryCryptoRng, TryRng};
use seal::certificate::{Period, issue_root, issue_seal, issue_tls};
use seal::{Certificate, P256Key, RootCertificate, SigningKey as _, TlsName};
use terms::{AuthorityId, Digest, ExhibitId, Moment};
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

/// Randomness for tests: SHA-256 over a seed and a counter.
pub struct Seeded(String, u64);

impl TryRng for Seeded {
    type Error = Infallible;
    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        Ok(self.try_next_u64()? as u32)
    }
    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        let mut bytes = [0; 8];
        self.try_fill_bytes(&mut bytes)?;
        Ok(u64::from_le_bytes(bytes))
    }
    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Infallible> {
        for chunk in bytes.chunks_mut(32) {
            let block = Digest::of(&[self.0.as_bytes(), &self.1.to_be_bytes()]);
            chunk.copy_from_slice(&block.as_bytes()[..chunk.len()]);
            self.1 += 1;
        }
        Ok(())
    }
}
impl TryCryptoRng for Seeded {}

pub fn authority(text: &str) -> AuthorityId {
    text.parse().expect("an authority")
}

fn period() -> Period {
    let at = |text: &str| text.parse::<Moment>().expect("a moment");
    Period::new(at("2026-01-01T00:00:00Z"), at("2056-01-01T00:00:00Z"))
}

/// An authority with a root, and what it can issue.
pub struct Authority {
    pub id: AuthorityId,
    pub root: RootCertificate,
    root_key: P256Key,
    pub tls: Certificate,
    pub key: P256Key,
    rng: Seeded,
}

impl Authority {
    pub fn new(name: &str) -> Self {
        let mut rng = Seeded(name.to_owned(), 0);
        let id = authority(name);
        let root_key = P256Key::generate(&mut rng);
        let root = issue_root(&id, &root_key, period(), &mut rng).expect("a root");
        let key = P256Key::generate(&mut rng);
        let names = [TlsName::Ip([127, 0, 0, 1].into())];
        let tls = issue_tls(&root, &root_key, key.public_key(), &names, period(), &mut rng).expect("a certificate");
        Self { id, root, root_key, tls, key, rng }
    }
    /// Another TLS certificate for the same key: it differs in its serial number alone.
    pub fn reissued(&mut self) -> Certificate {
        let names = [TlsName::Ip([127, 0, 0, 1].into())];
        let public = self.key.public_key();
        issue_tls(&self.root, &self.root_key, public, &names, period(), &mut self.rng).expect("a certificate")
    }
    pub fn seal(&mut self) -> Certificate {
        issue_seal(&self.root, &self.root_key, self.key.public_key(), period(), &mut self.rng).expect("a seal")
    }
    pub fn pkcs8(&self) -> Vec<u8> {
        self.key.to_pkcs8_der().expect("PKCS#8").to_vec()
    }
    pub fn identity(&self) -> Identity {
        Identity::new(&self.tls, &self.pkcs8()).expect("an identity")
    }
    pub fn carrier(&self, book: &Arc<Book>) -> Carrier {
        Carrier::new(self.identity(), book.clone(), Patience::default())
    }
    pub fn hasty_carrier(&self, book: &Arc<Book>) -> Carrier {
        let [connect, deliver, answer, whole] = [2000, 600, 300, 600].map(Duration::from_millis);
        Carrier::new(self.identity(), book.clone(), Patience { connect, deliver, answer, whole })
    }
}

/// Which certificates approved cards name.
#[derive(Default)]
pub struct Book(RwLock<HashMap<Vec<u8>, AuthorityId>>);

impl Book {
    pub fn of(peers: &[&Authority]) -> Arc<Self> {
        let book = Arc::new(Self::default());
        peers.iter().for_each(|peer| book.approve(&peer.tls, &peer.id));
        book
    }
    pub fn approve(&self, certificate: &Certificate, of: &AuthorityId) {
        self.0.write().expect("sound").insert(certificate.der().to_vec(), of.clone());
    }
    pub fn suspend(&self, who: &AuthorityId) {
        self.0.write().expect("sound").retain(|_, authority| authority != who);
    }
}
impl Pins for Book {
    fn authority_of(&self, certificate: &[u8]) -> Option<AuthorityId> {
        self.0.read().expect("sound").get(certificate).cloned()
    }
}

/// An exhibit that is there, one that is not ready, and one whose file ends too early.
pub const HERE: &str = "11111111111111111111111111111111";
pub const BUSY: &str = "22222222222222222222222222222222";
pub const TORN: &str = "33333333333333333333333333333333";
pub const EMPTY: &str = "44444444444444444444444444444444";
pub const ENDLESS: &str = "55555555555555555555555555555555";

pub fn exhibit(id: &str) -> ExhibitId {
    id.parse().expect("an exhibit's id")
}

/// The bytes of the exhibit that is there.
pub fn sealed_bytes() -> Vec<u8> {
    (0..700_001u32).map(|n| (n.wrapping_mul(2_654_435_761) >> 24) as u8).collect()
}

struct Memory(Vec<u8>);
impl Source for Memory {
    fn read_at(&mut self, offset: u64, piece: &mut [u8]) -> std::io::Result<()> {
        let from = usize::try_from(offset).expect("small");
        let bytes = self.0.get(from..from + piece.len()).ok_or(std::io::ErrorKind::UnexpectedEof)?;
        piece.copy_from_slice(bytes);
        Ok(())
    }
}

/// Zeros as far as one can read.
struct Zeros;
impl Source for Zeros {
    fn read_at(&mut self, _: u64, piece: &mut [u8]) -> std::io::Result<()> {
        piece.fill(0);
        Ok(())
    }
}

/// A desk that does what the envelopes say, and remembers.
#[derive(Default)]
pub struct Recorder {
    /// Each call: from whom, and what.
    pub calls: Mutex<Vec<(AuthorityId, Vec<Vec<u8>>)>>,
    /// What was taken, once each.
    pub kept: Mutex<HashSet<Vec<u8>>>,
    /// What a witness was asked.
    pub asked: Mutex<Vec<(AuthorityId, Vec<u8>)>>,
    held: Mutex<bool>,
    released: Condvar,
}

impl Recorder {
    /// Makes the envelope `wait` and the exhibits wait.
    pub fn hold(&self) {
        *self.held.lock().expect("sound") = true;
    }
    pub fn release(&self) {
        *self.held.lock().expect("sound") = false;
        self.released.notify_all();
    }
    fn wait(&self) {
        let held = self.held.lock().expect("sound");
        drop(self.released.wait_timeout_while(held, Duration::from_secs(20), |held| *held).expect("sound"));
    }
    pub fn calls(&self) -> usize {
        self.calls.lock().expect("sound").len()
    }
}

impl Desk for Recorder {
    fn take(&self, from: &AuthorityId, envelopes: Vec<Vec<u8>>) -> Vec<Answer> {
        self.calls.lock().expect("sound").push((from.clone(), envelopes.clone()));
        let mut answers = Vec::new();
        for envelope in envelopes {
            match envelope.as_slice() {
                b"refuse" => {
                    answers.push(Answer::Refused(Refused::new("seal.envelope-form", "It is no envelope.", true)))
                }
                b"later" => answers.push(Answer::Later { after_seconds: 30 }),
                b"panic" => panic!("the desk was asked to panic"),
                b"short" => return vec![],
                _ => {
                    if envelope == b"wait" {
                        self.wait();
                    }
                    self.kept.lock().expect("sound").insert(envelope);
                    answers.push(Answer::Taken);
                }
            }
        }
        answers
    }
    fn exhibit(&self, _: &AuthorityId, id: &ExhibitId) -> Result<Exhibit, Denial> {
        self.wait();
        let bytes = sealed_bytes();
        let size = bytes.len() as u64;
        match id.to_string().as_str() {
            HERE => Ok(Exhibit { size, source: Box::new(Memory(bytes)) }),
            TORN => Ok(Exhibit { size, source: Box::new(Memory(bytes[..300_000].to_vec())) }),
            EMPTY => Ok(Exhibit { size: 0, source: Box::new(Memory(vec![])) }),
            ENDLESS => Ok(Exhibit { size: 1 << 52, source: Box::new(Zeros) }),
            BUSY => Err(Denial::Later { after_seconds: 7 }),
            _ => Err(Denial::Refused(Refused::new("node.no-exhibit", "there is no such exhibit for you here", true))),
        }
    }
    fn card(&self) -> Vec<u8> {
        br#"{"v":"comity.signed-card/1"}"#.to_vec()
    }
    fn ledger_file(&self, _: &AuthorityId, path: &str) -> Option<Vec<u8>> {
        match path {
            "checkpoint" => Some(b"es.moj/ledger/1\n".to_vec()),
            "tile/0/000" => Some(vec![7; 8192]),
            "huge" => Some(vec![0; exchange::LEDGER_FILE_BYTES_MAX + 1]),
            _ => None,
        }
    }
    fn add_checkpoint(&self, from: &AuthorityId, body: Vec<u8>) -> Cosigned {
        self.asked.lock().expect("sound").push((from.clone(), body.clone()));
        match body.as_slice() {
            b"malformed" => Err(WitnessRefusal::Malformed),
            b"not-signed" => Err(WitnessRefusal::NotSigned),
            b"unknown" => Err(WitnessRefusal::UnknownLog),
            b"other-size" => Err(WitnessRefusal::OtherSize { latest: 20_852_014 }),
            b"not-consistent" => Err(WitnessRefusal::NotConsistent),
            b"later" => Err(WitnessRefusal::Later { after_seconds: 9 }),
            _ => Ok("\u{2014} ma.moj/witness AAAA\n".as_bytes().to_vec()),
        }
    }
}

/// A node that serves.
pub struct Node {
    pub address: SocketAddr,
    pub desk: Arc<Recorder>,
    pub book: Arc<Book>,
    stop: Option<oneshot::Sender<()>>,
    served: JoinHandle<()>,
}

impl Node {
    pub async fn start(who: &Authority, peers: &[&Authority], limits: Limits) -> Self {
        Self::start_at(who, peers, limits, "").await
    }
    pub async fn start_at(who: &Authority, peers: &[&Authority], limits: Limits, path: &str) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let (desk, book) = (Arc::new(Recorder::default()), Book::of(peers));
        let (stop, stopped) = oneshot::channel();
        let (identity, pins, at_desk, path) = (who.identity(), book.clone(), desk.clone(), path.to_owned());
        let served = tokio::spawn(async move {
            let shutdown = async { drop(stopped.await) };
            serve(listener, &path, &identity, pins, at_desk, limits, shutdown).await.expect("it serves");
        });
        Self { address, desk, book, stop: Some(stop), served }
    }
    pub fn route(&self, to: &Authority) -> Route {
        Route { authority: to.id.clone(), endpoints: vec![format!("https://{}", self.address)] }
    }
    pub async fn stop(mut self) {
        drop(self.stop.take());
        self.served.await.expect("it ends");
    }
}

pub fn batch(envelopes: &[&[u8]]) -> Batch {
    let mut batch = Batch::default();
    assert!(envelopes.iter().all(|envelope| batch.add(envelope)), "it has room");
    batch
}

/// Spain, Morocco, and Morocco's node, which knows Spain.
pub async fn spain_and_morocco() -> (Authority, Authority, Node) {
    spain_and_morocco_with(Limits::default()).await
}

pub async fn spain_and_morocco_with(limits: Limits) -> (Authority, Authority, Node) {
    let (es, ma) = (Authority::new("es.moj"), Authority::new("ma.moj"));
    let node = Node::start(&ma, &[&es], limits).await;
    (es, ma, node)
}
