//! Crash truth: two real processes exchange acts and evidence while one or the other is killed by SIGKILL at random moments. Afterwards nothing
//! that was acknowledged is lost, nothing is there twice, both dockets are the same, and every exhibit is whole or not there.
//!
//! `COMITY_CRASH_KILLS` says how often (140), `COMITY_CRASH_SEED` when. The other 60 of the two hundred fall on large exhibits (`crash/exhibits.rs`).

#[path = "crash/exhibits.rs"]
mod exhibits;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

const PROGRAM: &str = env!("CARGO_BIN_EXE_comity");
/// The size of an exhibit.
const EXHIBIT: usize = 4 * 1024 * 1024;

/// One test at a time: each is to have the machine for itself.
static ALONE: Mutex<()> = Mutex::new(());

struct Side {
    authority: &'static str,
    folder: PathBuf,
    people: u16,
    tokens: BTreeMap<&'static str, String>,
}

/// The program, without the variables that say how the tests are run: it refuses those that it does not know.
fn program() -> Command {
    let mut program = Command::new(PROGRAM);
    for (name, _) in std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("COMITY_")) {
        program.env_remove(name);
    }
    program
}

fn comity(arguments: &[String]) -> String {
    let ran = program().args(arguments).output().expect("the program runs");
    assert!(ran.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&ran.stderr));
    String::from_utf8(ran.stdout).expect("text")
}

fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").expect("a port").local_addr().expect("an address").port()
}

impl Side {
    fn found(root: &Path, authority: &'static str) -> (Self, String) {
        let federation = free_port();
        Self::found_behind(root, authority, federation, federation)
    }
    /// The same with something before it, at which its peers reach it.
    fn found_behind(root: &Path, authority: &'static str, federation: u16, endpoint: u16) -> (Self, String) {
        let folder = root.join(authority);
        let people = free_port();
        let file = |name: &str| root.join(format!("{authority}.{name}")).display().to_string();
        let made = comity(&[
            "init".into(),
            authority.into(),
            format!("--folder={}", folder.display()),
            format!("--name=en=Ministry of Justice ({authority})"),
            format!("--endpoint=https://127.0.0.1:{endpoint}"),
            format!("--federation-listen=127.0.0.1:{federation}"),
            format!("--people-listen=127.0.0.1:{people}"),
            format!("--make-root-key={}", file("root-key")),
            format!("--make-node-key={}", file("node-key")),
            "--operator=operator".into(),
            "--operator-name=Operator".into(),
            format!("--operator-token={}", file("operator")),
            "--json".into(),
        ]);
        let made: Value = serde_json::from_str(&made).expect("JSON");
        let operator = fs::read_to_string(file("operator")).expect("a token").trim().to_owned();
        let side = Self { authority, folder, people, tokens: BTreeMap::from([("operator", operator)]) };
        (side, made["fingerprint"].as_str().expect("a fingerprint").to_owned())
    }
    fn card(&self) -> Vec<u8> {
        fs::read(self.folder.join(format!("{}.card.json", self.authority))).expect("the card")
    }
    /// Starts the node; waits until it is ready.
    fn start(&self) -> Child {
        self.start_with(&[])
    }
    /// The same with more settings.
    fn start_with(&self, settings: &[&str]) -> Child {
        let log = fs::OpenOptions::new().create(true).append(true).open(self.folder.join("node.log")).expect("a log");
        let mut child = program()
            .args([
                "serve",
                &format!("--config={}", self.folder.join("comity.toml").display()),
                "--set=ledger.round_seconds=1",
            ])
            .args(settings)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(log)
            .spawn()
            .expect("the node starts");
        let mut lines = BufReader::new(child.stdout.take().expect("its output")).lines();
        let ready = lines.by_ref().map_while(Result::ok).any(|line| line.starts_with("ready "));
        assert!(ready, "the node of {} did not start: {}", self.authority, self.log());
        std::thread::spawn(move || lines.for_each(drop));
        child
    }
    fn log(&self) -> String {
        let text = fs::read_to_string(self.folder.join("node.log")).unwrap_or_default();
        text.lines().rev().take(20).collect::<Vec<_>>().join("\n")
    }
    /// One request; nothing if the node is not there or went away before it answered.
    fn ask(&self, who: &str, method: &str, path: &str, headers: &str, body: &[u8]) -> Option<(u16, Value)> {
        let mut stream = TcpStream::connect(("127.0.0.1", self.people)).ok()?;
        // What is large takes its time on a machine that has other things to do: a second more for every 16 MiB.
        let patience = 20 + (body.len() >> 24) as u64;
        stream.set_read_timeout(Some(Duration::from_secs(patience))).ok()?;
        let token = &self.tokens[who];
        let head = format!(
            "{method} /api/v1{path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nAuthorization: Bearer {token}\r\nContent-Length: {}\r\n{headers}\r\n",
            body.len()
        );
        stream.write_all(head.as_bytes()).ok()?;
        stream.write_all(body).ok()?;
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).ok()?;
        let at = answer.windows(4).position(|four| four == b"\r\n\r\n")?;
        let head = String::from_utf8_lossy(&answer[..at]).into_owned();
        let status: u16 = head.split(' ').nth(1)?.parse().ok()?;
        let length = head
            .lines()
            .find_map(|line| line.to_ascii_lowercase().strip_prefix("content-length: ")?.trim().parse::<usize>().ok());
        let body = &answer[at + 4..];
        // An answer that broke off is no answer.
        if length.is_some_and(|length| length != body.len()) {
            return None;
        }
        Some((status, serde_json::from_slice(body).unwrap_or(Value::Null)))
    }
    fn get(&self, who: &str, path: &str) -> Option<Value> {
        self.ask(who, "GET", path, "", b"").filter(|(status, _)| *status == 200).map(|(_, value)| value)
    }
    fn post(&self, who: &str, path: &str, body: &Value) -> Option<(u16, Value)> {
        self.ask(who, "POST", path, "Content-Type: application/json\r\n", body.to_string().as_bytes())
    }
    fn must(&self, who: &str, path: &str, body: &Value) -> Value {
        let (status, value) = self.post(who, path, body).expect("the node answers");
        assert!((200..300).contains(&status), "{path}: {status} {value}");
        value
    }
    fn staff(&mut self) {
        for (id, role) in [("officer", "officer"), ("approver", "approver")] {
            let entered = self.must("operator", "/persons", &json!({"id": id, "name": id, "roles": [role]}));
            self.tokens.insert(id, entered["token"].as_str().expect("a token").to_owned());
        }
    }
    fn knows(&self, other: &Side, aloud: &str) {
        let (status, value) = self.ask("operator", "POST", "/peers", "", &other.card()).expect("the node answers");
        assert!((200..300).contains(&status), "{value}");
        self.must("approver", &format!("/peers/{}/approve", other.authority), &json!({"fingerprint": aloud}));
    }
    /// Says something; the act if the node said that it was sent.
    fn say(&self, draft: &Value) -> Option<Value> {
        let (_, written) = self.post("officer", "/drafts", draft).filter(|(status, _)| *status < 300)?;
        let id = written["id"].as_str()?.to_owned();
        let (_, proposed) =
            self.post("officer", &format!("/drafts/{id}/propose"), &json!({})).filter(|(status, _)| *status < 300)?;
        if proposed["approvals_needed"].as_u64()? > 0 {
            let digest = json!({"digest": proposed["approved_digest"]});
            self.post("approver", &format!("/drafts/{id}/approve"), &digest).filter(|(status, _)| *status < 300)?;
        }
        let (_, sent) =
            self.post("officer", &format!("/drafts/{id}/send"), &json!({})).filter(|(status, _)| *status < 300)?;
        Some(sent)
    }
    fn acts(&self, docket: &str) -> Vec<Value> {
        let (mut all, mut from) = (Vec::new(), 0);
        loop {
            let page = self.get("officer", &format!("/dockets/{docket}?limit=1000&from={from}")).expect("the page");
            all.extend(page["acts"].as_array().expect("acts").iter().cloned());
            match page["next"].as_u64() {
                Some(next) => from = next,
                None => return all,
            }
        }
    }
}

/// A small generator, so that a seed says when the kills fall.
struct Chance(u64);

impl Chance {
    fn below(&mut self, n: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % n
    }
}

fn number(name: &str, otherwise: u64) -> u64 {
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(otherwise)
}

const ABOUT: &str = r#"{"media":"application/octet-stream","title":"a recording","where":"Tangier","why":"from the bank","authority":"order 1/2026"}"#;

/// What the writers were told.
#[derive(Default)]
struct Told {
    acts: Vec<String>,
    exhibits: BTreeMap<String, String>,
    transmitted: BTreeSet<String>,
}

fn write(side: &Side, kind: &str, docket: &str, stop: &AtomicBool, next: &AtomicUsize, told: &Mutex<Told>) {
    use base64::Engine as _;
    while !stop.load(Ordering::Relaxed) {
        let at = next.fetch_add(1, Ordering::Relaxed);
        let text = format!("{kind} {at}");
        let sent = side.say(&json!({"docket": docket, "kind": kind, "body": {"text": text}}));
        match sent.as_ref().and_then(|sent| sent["act"].as_str()) {
            Some(act) => told.lock().expect("held").acts.push(act.to_owned()),
            None => std::thread::sleep(Duration::from_millis(20)),
        }
        if kind == "progress" && at % 40 == 7 {
            let bytes: Vec<u8> = (0..EXHIBIT).map(|n| (n.wrapping_mul(at + 1) >> 3) as u8).collect();
            let about = format!("Comity-About: {}\r\n", base64::prelude::BASE64_STANDARD.encode(ABOUT));
            let taken = side.ask("officer", "POST", &format!("/dockets/{docket}/exhibits"), &about, &bytes);
            let Some((201, exhibit)) = taken else { continue };
            let (id, sha256) = (exhibit["id"].as_str().expect("an id"), exhibit["sha256"].as_str().expect("a digest"));
            told.lock().expect("held").exhibits.insert(id.to_owned(), sha256.to_owned());
            let transmit =
                json!({"docket": docket, "kind": "transmit", "facts": {"measures": ["m1"]}, "exhibits": [id]});
            if side.say(&transmit).is_some() {
                told.lock().expect("held").transmitted.insert(id.to_owned());
            }
        }
    }
}

#[expect(clippy::disallowed_methods, reason = "a test waits for processes; nothing is measured")]
fn until(what: &str, mut holds: impl FnMut() -> bool) {
    let begun = Instant::now();
    while !holds() {
        assert!(begun.elapsed() < Duration::from_secs(180), "{what} did not come about");
        std::thread::sleep(Duration::from_millis(100));
    }
}

/// A request that was accepted.
fn opened(es: &Side, ma: &Side) -> String {
    let request: Value =
        serde_json::from_str(include_str!("../../../examples/es-ma-bank-records/request.json")).expect("JSON");
    let parties = json!([{"authority": "es.moj", "role": "requesting"}, {"authority": "ma.moj", "role": "requested"}]);
    let sent =
        es.say(&json!({"open": {"procedure": "assistance/1", "parties": parties}, "kind": "submit", "body": request}));
    let docket = sent.expect("sent")["docket"].as_str().expect("a docket").to_owned();
    until("the request arrived", || ma.get("officer", &format!("/dockets/{docket}")).is_some());
    ma.say(&json!({"docket": docket, "kind": "accept", "facts": {"measures": ["m1"]}})).expect("accepted");
    docket
}

#[test]
fn whoever_is_killed_whenever_nothing_is_lost_and_nothing_is_doubled() {
    let _alone = ALONE.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    let (kills, seed) = (number("COMITY_CRASH_KILLS", 140), number("COMITY_CRASH_SEED", 20_261_124));
    println!("{kills} kills, seed {seed}");
    let root = tempfile::tempdir().expect("a folder");
    let ((mut es, es_root), (mut ma, ma_root)) =
        (Side::found(root.path(), "es.moj"), Side::found(root.path(), "ma.moj"));
    let mut running = [Some(es.start()), Some(ma.start())];
    es.staff();
    ma.staff();
    es.knows(&ma, &ma_root);
    ma.knows(&es, &es_root);
    let docket = opened(&es, &ma);

    let (es, ma) = (Arc::new(es), Arc::new(ma));
    let (stop, next, told) =
        (Arc::new(AtomicBool::new(false)), Arc::new(AtomicUsize::new(0)), Arc::new(Mutex::new(Told::default())));
    let writers: Vec<_> = [(&ma, "progress"), (&ma, "progress"), (&es, "consult")]
        .into_iter()
        .map(|(side, kind)| {
            let (side, docket, stop, next, told) =
                (Arc::clone(side), docket.clone(), Arc::clone(&stop), Arc::clone(&next), Arc::clone(&told));
            std::thread::spawn(move || write(&side, kind, &docket, &stop, &next, &told))
        })
        .collect();
    let mut chance = Chance(seed);
    for _ in 0..kills {
        std::thread::sleep(Duration::from_millis(chance.below(250)));
        let which = usize::try_from(chance.below(2)).expect("0 or 1");
        let mut child = running[which].take().expect("it runs");
        child.kill().expect("SIGKILL");
        child.wait().expect("gone");
        running[which] = Some([&es, &ma][which].start());
    }
    stop.store(true, Ordering::Relaxed);
    writers.into_iter().for_each(|writer| writer.join().expect("a writer"));

    for (side, other) in [(&es, &ma), (&ma, &es)] {
        side.must("operator", &format!("/peers/{}/hurry", other.authority), &json!({}));
    }
    let outstanding = |side: &Side| side.acts(&docket).iter().filter(|act| act["outstanding"] != json!([])).count();
    until("every act was delivered and receipted", || {
        for (side, other) in [(&es, &ma), (&ma, &es)] {
            side.post("operator", &format!("/peers/{}/hurry", other.authority), &json!({}));
        }
        outstanding(&es) == 0 && outstanding(&ma) == 0
    });
    let told = Arc::try_unwrap(told).ok().expect("the writers have gone").into_inner().expect("held");
    let whole = |side: &Side| {
        let list = side.get("officer", &format!("/dockets/{docket}/exhibits?limit=1000")).expect("the list");
        let items = list["items"].as_array().expect("items").clone();
        items.into_iter().map(|one| (one["id"].as_str().expect("an id").to_owned(), one)).collect::<BTreeMap<_, _>>()
    };
    until("every exhibit that was transmitted arrived", || {
        let here = whole(&es);
        told.transmitted.iter().all(|id| here.get(id).is_some_and(|one| one["state"] == "here"))
    });
    // The last `receive` may still be on its way.
    until("both sides hold the same", || {
        let ids = |side: &Side| side.acts(&docket).iter().map(|act| act["id"].to_string()).collect::<BTreeSet<_>>();
        ids(&es) == ids(&ma)
    });

    let acts = es.acts(&docket);
    let ids: BTreeSet<&str> = acts.iter().map(|act| act["id"].as_str().expect("an id")).collect();
    assert_eq!(ids.len(), acts.len(), "no act is there twice");
    let lost: Vec<_> = told.acts.iter().filter(|act| !ids.contains(act.as_str())).collect();
    assert!(lost.is_empty(), "sent, and lost: {lost:?}");
    let mut said: BTreeMap<&str, usize> = BTreeMap::new();
    for text in acts.iter().filter_map(|act| act["body"]["says"]["text"].as_str()) {
        *said.entry(text).or_default() += 1;
    }
    let doubled: Vec<_> = said.iter().filter(|(_, times)| **times > 1).collect();
    assert!(doubled.is_empty(), "said once, and there twice: {doubled:?}");
    for side in [&es, &ma] {
        let alarms = side.get("officer", "/alarms").expect("the alarms");
        assert_eq!(alarms["items"], json!([]), "a crash is taken for no lie");
        let page = side.get("officer", &format!("/dockets/{docket}?limit=1")).expect("the page");
        assert_eq!((&page["disputed"], &page["breaches"]), (&json!(false), &json!([])));
    }
    for (id, one) in whole(&es) {
        assert_eq!(one["state"], "here", "no half is presented");
        if let Some(sha256) = told.exhibits.get(&id) {
            assert_eq!(one["sha256"].as_str(), Some(sha256.as_str()));
        }
        let opened = json!({"who": "officer", "where": "Madrid", "why": "reading", "authority": "order 2/2026"});
        let (status, _) = es.post("officer", &format!("/exhibits/{id}/open"), &opened).expect("it opens, whole");
        assert_eq!(status, 200);
    }
    println!("{} acts, {} exhibits transmitted", acts.len(), told.transmitted.len());
    for child in running.iter_mut().flatten() {
        let _ = child.kill();
        let _ = child.wait();
    }
}
