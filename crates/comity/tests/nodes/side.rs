//! An authority with its folder, its node and its people, as commands alone see them; and how the program is run and what it said is looked at.

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::Duration;

use serde_json::Value;

pub const PROGRAM: &str = env!("CARGO_BIN_EXE_comity");
pub const REQUEST: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../examples/es-ma-bank-records/request.json");
/// How often something that travels is looked for, a tenth of a second apart.
pub const LOOKS: usize = 600;

/// The program, without settings from around the test.
pub fn program(arguments: &[&str]) -> Command {
    let mut program = Command::new(PROGRAM);
    for (name, _) in std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("COMITY_")) {
        program.env_remove(name);
    }
    program.args(arguments).stdin(Stdio::null());
    program
}

pub fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// Runs the program; its output, after its exit code was compared.
pub fn ran(arguments: &[&str], code: i32) -> Output {
    let output = program(arguments).output().expect("the program runs");
    let (out, err) = (text(&output.stdout), text(&output.stderr));
    assert_eq!(output.status.code(), Some(code), "{arguments:?}\n{out}\n{err}");
    output
}

pub fn out(arguments: &[&str]) -> String {
    text(&ran(arguments, 0).stdout)
}

pub fn refused(arguments: &[&str], code: i32) -> String {
    text(&ran(arguments, code).stderr)
}

pub fn until(what: &str, mut holds: impl FnMut() -> bool) {
    for _ in 0..LOOKS {
        if holds() {
            return;
        }
        std::thread::sleep(Duration::from_millis(100));
    }
    panic!("it did not come about that {what}");
}

/// An authority with its folder, and its node while it runs.
pub struct Side {
    pub root: PathBuf,
    pub authority: &'static str,
    pub node: Option<Child>,
}

impl Drop for Side {
    fn drop(&mut self) {
        if let Some(mut node) = self.node.take() {
            let _ = node.kill();
            let _ = node.wait();
        }
    }
}

impl Side {
    /// Founds it over a database; the fingerprint as it is read aloud.
    pub fn found(root: &Path, authority: &'static str, database: &str) -> (Self, String) {
        // Asked and given back: another program could take it meanwhile, and then the node says so.
        let port = TcpListener::bind("127.0.0.1:0").expect("a port").local_addr().expect("an address").port();
        let side = Self { root: root.to_owned(), authority, node: None };
        let told = out(&[
            "init",
            authority,
            "--folder",
            &side.file("node"),
            "--name",
            "en=Ministry of Justice",
            "--endpoint",
            &format!("https://127.0.0.1:{port}"),
            "--make-root-key",
            &side.file("root-key"),
            "--make-node-key",
            &side.file("node-key"),
            "--database",
            database,
            "--people-socket",
            &side.file("socket"),
            "--operator",
            "operator",
            "--operator-name",
            "The operator",
            "--operator-token",
            &side.file("operator.token"),
        ]);
        let four = |group: &str| group.len() == 4 && group.bytes().all(|b| b.is_ascii_hexdigit());
        let aloud: Vec<&str> = told.lines().filter(|line| line.split(' ').all(four)).collect();
        assert_eq!(aloud.len(), 4, "four lines are read aloud: {told}");
        (side, aloud.join(" "))
    }
    pub fn file(&self, name: &str) -> String {
        self.root.join(format!("{}.{name}", self.authority)).display().to_string()
    }
    pub fn config(&self) -> String {
        format!("{}/comity.toml", self.file("node"))
    }
    pub fn card(&self) -> String {
        format!("{}/{}.card.json", self.file("node"), self.authority)
    }
    /// Starts the node; what it said on standard output until it was ready, and the line for programs.
    pub fn serve(&mut self) -> (String, Value) {
        self.serve_with(&[])
    }
    pub fn serve_with(&mut self, environment: &[(&str, &String)]) -> (String, Value) {
        let log = fs::OpenOptions::new().create(true).append(true).open(self.file("log")).expect("a log");
        let config = self.config();
        let mut node = program(&["serve", "--config", &config, "--set", "people.listen=127.0.0.1:0"])
            .envs(environment.iter().copied())
            .stdout(Stdio::piped())
            .stderr(log)
            .spawn()
            .expect("the node starts");
        let mut lines = BufReader::new(node.stdout.take().expect("its output")).lines().map_while(Result::ok);
        self.node = Some(node);
        let mut said = String::new();
        for line in lines.by_ref() {
            if let Some(ready) = line.strip_prefix("ready ") {
                let ready = serde_json::from_str(ready).expect("JSON");
                std::thread::spawn(move || lines.for_each(drop));
                return (said, ready);
            }
            said += &line;
            said.push('\n');
        }
        panic!("the node of {} did not start: {}", self.authority, self.log());
    }
    /// Kills it: what it acknowledged must have been kept.
    pub fn kill(&mut self) {
        let mut node = self.node.take().expect("the node runs");
        node.kill().expect("it is killed");
        node.wait().expect("it has ended");
    }
    pub fn log(&self) -> String {
        fs::read_to_string(self.file("log")).unwrap_or_default()
    }
    pub fn signal(&self, signal: rustix::process::Signal) {
        let id = self.node.as_ref().expect("the node runs").id();
        let pid = rustix::process::Pid::from_raw(i32::try_from(id).expect("a number")).expect("a process");
        rustix::process::kill_process(pid, signal).expect("the signal is sent");
    }
    /// A command of one of its people.
    pub fn words<'a>(&'a self, who: &str, arguments: &[&'a str]) -> Vec<String> {
        let mut all: Vec<String> = arguments.iter().map(|one| (*one).to_owned()).collect();
        all.push(format!("--node=unix:{}", self.file("socket")));
        all.push(format!("--token-file={}", self.file(&format!("{who}.token"))));
        all
    }
    pub fn out(&self, who: &str, arguments: &[&str]) -> String {
        out(&self.words(who, arguments).iter().map(String::as_str).collect::<Vec<_>>())
    }
    pub fn refused(&self, who: &str, arguments: &[&str], code: i32) -> String {
        refused(&self.words(who, arguments).iter().map(String::as_str).collect::<Vec<_>>(), code)
    }
    pub fn ask(&self, who: &str, arguments: &[&str]) -> Value {
        let answer = self.out(who, &[arguments, &["--json"]].concat());
        serde_json::from_str(&answer).unwrap_or_else(|why| panic!("{arguments:?}: {why}: {answer}"))
    }
    pub fn staff(&self) {
        for (id, role) in
            [("officer", "officer"), ("approver", "approver"), ("second", "approver"), ("auditor", "auditor")]
        {
            self.out(
                "operator",
                &["person", "add", id, id, "--role", role, "--to", &self.file(&format!("{id}.token"))],
            );
        }
    }
    /// Says one thing, has it approved as often as it needs, and waits for the other side's receipt.
    pub fn say(&self, docket: &str, kind: &str, more: &[&str]) -> String {
        let said = self.ask("officer", &[&["act", kind, docket], more].concat());
        let sent = if said["act"].is_string() { said } else { self.approve_and_send(&said) };
        let act = sent["act"].as_str().expect("an act").to_owned();
        self.delivered(docket, &act);
        act
    }
    pub fn approve_and_send(&self, draft: &Value) -> Value {
        let (id, digest) = (draft["id"].as_str().expect("an id"), draft["approved_digest"].as_str().expect("a digest"));
        let needed = draft["approvals_needed"].as_u64().expect("a number");
        for who in ["approver", "second"].into_iter().take(usize::try_from(needed).expect("few")) {
            self.out(who, &["draft", "approve", id, "--digest", digest]);
        }
        self.ask("officer", &["draft", "send", id])
    }
    pub fn page(&self, docket: &str) -> Value {
        self.ask("officer", &["docket", "show", docket, "--limit", "1000"])
    }
    pub fn delivered(&self, docket: &str, act: &str) {
        until(&format!("{act} is delivered"), || {
            let page = self.page(docket);
            let found = page["acts"].as_array().expect("acts").iter().find(|one| one["id"] == act);
            found.expect("our own act")["outstanding"].as_array().expect("a list").is_empty()
        });
    }
    pub fn has(&self, docket: &str, kind: &str) -> bool {
        let words = self.words("officer", &["docket", "show", docket, "--json"]);
        let shown = program(&words.iter().map(String::as_str).collect::<Vec<_>>()).output().expect("the program runs");
        let page: Value = serde_json::from_slice(&shown.stdout).unwrap_or_default();
        page["acts"].as_array().into_iter().flatten().any(|act| act["kind"] == kind)
    }
}

/// A database in the node's folder.
pub const SQLITE: &str = "node.db";

/// Two authorities whose nodes run, each over its database, and who have approved one another.
pub fn two(root: &Path, [over, over_there]: [&str; 2]) -> (Side, Side) {
    let (mut es, es_aloud) = Side::found(root, "es.moj", over);
    let (mut ma, ma_aloud) = Side::found(root, "ma.moj", over_there);
    for side in [&mut es, &mut ma] {
        side.serve();
        side.staff();
    }
    for (here, there, aloud) in [(&es, &ma, &ma_aloud), (&ma, &es, &es_aloud)] {
        let entered = here.out("operator", &["peer", "add", &there.card()]);
        assert!(entered.contains("Another person"), "{entered}");
        let own = here.refused("operator", &["peer", "approve", there.authority, "--fingerprint", aloud], 5);
        assert!(own.contains("node.same-person"), "{own}");
        let wrong = aloud.replace(char::is_alphanumeric, "0");
        let differs = here.refused("approver", &["peer", "approve", there.authority, "--fingerprint", &wrong], 8);
        assert!(differs.contains("Do not approve it"), "{differs}");
        here.out("approver", &["peer", "approve", there.authority, "--fingerprint", aloud]);
    }
    (es, ma)
}
