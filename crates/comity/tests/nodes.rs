//! Two authorities on one machine, each with a node of its own, used through the command line alone: as an officer, an approver and an operator
//! would type it. What is checked is what they would see: the words, the exit codes, the files.

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::Duration;

use serde_json::Value;

const PROGRAM: &str = env!("CARGO_BIN_EXE_comity");
const REQUEST: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../examples/es-ma-bank-records/request.json");
/// The size of the exhibit that travels: more than one range.
const EXHIBIT: usize = 5 * 1024 * 1024;
/// How often something that travels is looked for, a tenth of a second apart.
const LOOKS: usize = 600;

/// The program, without settings from around the test.
fn program(arguments: &[&str]) -> Command {
    let mut program = Command::new(PROGRAM);
    for (name, _) in std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("COMITY_")) {
        program.env_remove(name);
    }
    program.args(arguments).stdin(Stdio::null());
    program
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// Runs the program; its output, after its exit code was compared.
fn ran(arguments: &[&str], code: i32) -> Output {
    let output = program(arguments).output().expect("the program runs");
    let (out, err) = (text(&output.stdout), text(&output.stderr));
    assert_eq!(output.status.code(), Some(code), "{arguments:?}\n{out}\n{err}");
    output
}

fn out(arguments: &[&str]) -> String {
    text(&ran(arguments, 0).stdout)
}

fn refused(arguments: &[&str], code: i32) -> String {
    text(&ran(arguments, code).stderr)
}

fn until(what: &str, mut holds: impl FnMut() -> bool) {
    for _ in 0..LOOKS {
        if holds() {
            return;
        }
        std::thread::sleep(Duration::from_millis(100));
    }
    panic!("it did not come about that {what}");
}

/// An authority with its folder, and its node while it runs.
struct Side {
    root: PathBuf,
    authority: &'static str,
    node: Option<Child>,
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
    /// Founds it; the fingerprint as it is read aloud.
    fn found(root: &Path, authority: &'static str) -> (Self, String) {
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
    fn file(&self, name: &str) -> String {
        self.root.join(format!("{}.{name}", self.authority)).display().to_string()
    }
    fn config(&self) -> String {
        format!("{}/comity.toml", self.file("node"))
    }
    fn card(&self) -> String {
        format!("{}/{}.card.json", self.file("node"), self.authority)
    }
    /// Starts the node; what it said on standard output until it was ready, and the line for programs.
    fn serve(&mut self) -> (String, Value) {
        let log = fs::OpenOptions::new().create(true).append(true).open(self.file("log")).expect("a log");
        let config = self.config();
        let mut node = program(&["serve", "--config", &config, "--set", "people.listen=127.0.0.1:0"])
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
    fn kill(&mut self) {
        let mut node = self.node.take().expect("the node runs");
        node.kill().expect("it is killed");
        node.wait().expect("it has ended");
    }
    fn log(&self) -> String {
        fs::read_to_string(self.file("log")).unwrap_or_default()
    }
    fn signal(&self, signal: rustix::process::Signal) {
        let id = self.node.as_ref().expect("the node runs").id();
        let pid = rustix::process::Pid::from_raw(i32::try_from(id).expect("a number")).expect("a process");
        rustix::process::kill_process(pid, signal).expect("the signal is sent");
    }
    /// A command of one of its people.
    fn words<'a>(&'a self, who: &str, arguments: &[&'a str]) -> Vec<String> {
        let mut all: Vec<String> = arguments.iter().map(|one| (*one).to_owned()).collect();
        all.push(format!("--node=unix:{}", self.file("socket")));
        all.push(format!("--token-file={}", self.file(&format!("{who}.token"))));
        all
    }
    fn out(&self, who: &str, arguments: &[&str]) -> String {
        out(&self.words(who, arguments).iter().map(String::as_str).collect::<Vec<_>>())
    }
    fn refused(&self, who: &str, arguments: &[&str], code: i32) -> String {
        refused(&self.words(who, arguments).iter().map(String::as_str).collect::<Vec<_>>(), code)
    }
    fn ask(&self, who: &str, arguments: &[&str]) -> Value {
        let answer = self.out(who, &[arguments, &["--json"]].concat());
        serde_json::from_str(&answer).unwrap_or_else(|why| panic!("{arguments:?}: {why}: {answer}"))
    }
    fn staff(&self) {
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
    fn say(&self, docket: &str, kind: &str, more: &[&str]) -> String {
        let said = self.ask("officer", &[&["act", kind, docket], more].concat());
        let sent = if said["act"].is_string() { said } else { self.approve_and_send(&said) };
        let act = sent["act"].as_str().expect("an act").to_owned();
        self.delivered(docket, &act);
        act
    }
    fn approve_and_send(&self, draft: &Value) -> Value {
        let (id, digest) = (draft["id"].as_str().expect("an id"), draft["approved_digest"].as_str().expect("a digest"));
        let needed = draft["approvals_needed"].as_u64().expect("a number");
        for who in ["approver", "second"].into_iter().take(usize::try_from(needed).expect("few")) {
            self.out(who, &["draft", "approve", id, "--digest", digest]);
        }
        self.ask("officer", &["draft", "send", id])
    }
    fn page(&self, docket: &str) -> Value {
        self.ask("officer", &["docket", "show", docket, "--limit", "1000"])
    }
    fn delivered(&self, docket: &str, act: &str) {
        until(&format!("{act} is delivered"), || {
            let page = self.page(docket);
            let found = page["acts"].as_array().expect("acts").iter().find(|one| one["id"] == act);
            found.expect("our own act")["outstanding"].as_array().expect("a list").is_empty()
        });
    }
    fn has(&self, docket: &str, kind: &str) -> bool {
        let words = self.words("officer", &["docket", "show", docket, "--json"]);
        let shown = program(&words.iter().map(String::as_str).collect::<Vec<_>>()).output().expect("the program runs");
        let page: Value = serde_json::from_slice(&shown.stdout).unwrap_or_default();
        page["acts"].as_array().into_iter().flatten().any(|act| act["kind"] == kind)
    }
}

/// Two authorities whose nodes run and who have approved one another.
fn two(root: &Path) -> (Side, Side) {
    let (mut es, es_aloud) = Side::found(root, "es.moj");
    let (mut ma, ma_aloud) = Side::found(root, "ma.moj");
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

#[test]
fn a_request_travels_from_its_first_word_to_its_close_by_commands_alone() {
    let folder = tempfile::tempdir().expect("a folder");
    let (es, ma) = two(folder.path());

    // What lacks something is stopped with the provision for this pair, and kept.
    let mut aimless: Value = serde_json::from_slice(&fs::read(REQUEST).expect("the example")).expect("JSON");
    aimless.as_object_mut().expect("an object").remove("purpose");
    let lacking = es.file("lacking.json");
    fs::write(&lacking, aimless.to_string()).expect("written");
    let stopped = es.refused("officer", &["request", "new", "--to", "ma.moj", "--file", &lacking], 5);
    for part in ["/purpose", "es-ma-mla-2009", "[node.incomplete]", "is kept"] {
        assert!(stopped.contains(part), "{part} is missing in: {stopped}");
    }
    let kept = es.ask("officer", &["draft", "list"]);
    let kept = kept["items"][0]["id"].as_str().expect("the kept draft");
    let problem = es.refused("officer", &["draft", "propose", kept, "--json"], 5);
    let problem: Value = serde_json::from_str(&problem).expect("one JSON document on standard error");
    assert_eq!((&problem["code"], &problem["status"]), (&"node.incomplete".into(), &422.into()));
    es.out("officer", &["draft", "discard", kept]);

    // Written, approved by another person, sent; and each step refuses whom it must.
    let draft = es.ask("officer", &["request", "new", "--to", "ma.moj", "--file", REQUEST]);
    let (id, digest) = (draft["id"].as_str().expect("an id"), draft["approved_digest"].as_str().expect("a digest"));
    let shown = es.out("approver", &["draft", "show", id]);
    assert!(shown.lines().last().is_some_and(|line| line == format!("digest   {digest}")), "{shown}");
    assert!(es.refused("officer", &["draft", "approve", id, "--digest", digest], 4).contains("approver"));
    assert!(es.refused("operator", &["draft", "show", id], 4).contains("node.not-yours"));
    let old = "0".repeat(64);
    assert!(es.refused("approver", &["draft", "approve", id, "--digest", &old], 6).contains("node.changed"));
    assert!(es.refused("officer", &["draft", "send", id], 5).contains("approv"));
    let sent = es.approve_and_send(&draft);
    let docket = sent["docket"].as_str().expect("a docket");
    es.delivered(docket, sent["act"].as_str().expect("an act"));
    until("Morocco sees it", || ma.has(docket, "submit"));

    // The list and the page are the same for both, and say what is next.
    let listed = ma.out("officer", &["docket", "list"]);
    assert!(listed.contains(&docket[..12]) && listed.contains("es.moj (requesting)"), "{listed}");
    let shown = ma.out("officer", &["docket", "show", &docket[..8]]);
    for part in ["m1  bank-records: asked", "requested may say next:", "acknowledge", "| "] {
        assert!(shown.contains(part), "{part} is missing in:\n{shown}");
    }
    assert!(es.out("officer", &["docket", "show", docket]).contains("delivered to ma.moj"));
    assert!(!es.out("operator", &["docket", "show", docket]).contains("Doe"), "an operator sees no body");

    ma.say(docket, "acknowledge", &[]);
    let question = ma.say(docket, "ask", &["--measure", "m1", "--text", "Which branch?"]);
    until("Spain sees the question", || es.has(docket, "ask"));
    es.say(
        docket,
        "supplement",
        &["--measure", "m1", "--answers", &question[..10], "--text", "The branch in Tangier."],
    );
    until("Morocco sees the answer", || ma.has(docket, "supplement"));
    ma.say(docket, "accept", &["--measure", "m1"]);
    ma.say(docket, "execute", &["--measure", "m1", "--fact", "complete=true"]);

    // Evidence goes in on one side and comes out whole on the other.
    let file = ma.file("recording.bin");
    let bytes: Vec<u8> = (0..EXHIBIT).map(|at| (at * at / 7 + at / 251) as u8).collect();
    fs::write(&file, &bytes).expect("written");
    let handled = ["--where", "Tangier", "--why", "from the bank", "--authority", "order 12/2026"];
    let added =
        ma.ask("officer", &[&["exhibit", "add", docket, &file, "--title", "A recording"], &handled[..]].concat());
    let exhibit = added["id"].as_str().expect("an exhibit");
    assert_eq!(added["size"], EXHIBIT);
    ma.say(docket, "transmit", &["--measure", "m1", "--exhibit", exhibit]);
    until("the exhibit is whole in Spain", || {
        let list = es.ask("officer", &["exhibit", "list", docket]);
        list["items"].as_array().expect("a list").iter().any(|one| one["state"] == "here")
    });
    until("Morocco is told", || ma.has(docket, "receive"));
    let to = es.file("recording.bin");
    let get = [&["exhibit", "get", exhibit, "--to", &to], &handled[..]].concat();
    es.out("officer", &get);
    assert_eq!(fs::read(&to).expect("the exhibit"), bytes);
    assert_eq!(fs::metadata(&to).expect("a file").permissions().mode() & 0o777, 0o600);
    assert!(es.refused("officer", &get, 2).contains("nothing is overwritten"));
    let history = es.out("officer", &["exhibit", "show", exhibit]);
    assert!(history.contains("its history matches"), "{history}");

    es.say(docket, "close", &["--text", "Thank you."]);
    until("Morocco sees the close", || ma.has(docket, "close"));
    let standing = |side: &Side| side.page(docket)["summary"]["standing"].clone();
    assert_eq!((standing(&es), standing(&ma)), ("closed".into(), "closed".into()));

    // What is not there, not open, or not this person's; and who did what.
    assert!(es.refused("officer", &["docket", "show", "00000000"], 3).contains("node.not-here"));
    assert!(es.refused("officer", &["act", "accept", docket], 5).contains('['));
    assert_eq!(
        es.ask("officer", &["draft", "list"])["items"].as_array().map(Vec::len),
        Some(0),
        "nothing is left behind"
    );
    es.refused("officer", &["audit"], 4);
    assert!(es.out("auditor", &["audit", "--limit", "1000"]).contains("approver: approved draft"));
    for list in
        [&["outbox"][..], &["quarantine"], &["peer", "list"], &["person", "list"], &["node", "status"], &["whoami"]]
    {
        es.ask("operator", list);
    }
}

#[test]
fn the_pouch_carries_a_request_and_its_receipt_between_nodes_that_never_run_at_once() {
    let folder = tempfile::tempdir().expect("a folder");
    let (mut es, mut ma) = two(folder.path());
    ma.kill();
    let draft = es.ask("officer", &["request", "new", "--to", "ma.moj", "--file", REQUEST]);
    let sent = es.approve_and_send(&draft);
    let (docket, act) = (sent["docket"].as_str().expect("a docket"), sent["act"].as_str().expect("an act"));
    let there = es.file("pouch");
    es.refused("officer", &["pouch", "out", "ma.moj", "--to", &there], 4);
    assert!(es.refused("operator", &["pouch", "out", "fr.moj", "--to", &there], 5).contains("node.not-a-peer"));
    es.out("operator", &["pouch", "out", "ma.moj", "--to", &there]);
    assert_eq!(fs::metadata(&there).expect("a file").permissions().mode() & 0o777, 0o600);
    assert!(es.refused("operator", &["pouch", "out", "ma.moj", "--to", &there], 2).contains("nothing is overwritten"));
    es.kill();

    ma.serve();
    let mut bytes = fs::read(&there).expect("the pouch");
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    let damaged = ma.file("damaged");
    fs::write(&damaged, &bytes).expect("written");
    assert!(ma.refused("operator", &["pouch", "in", &damaged], 5).contains("exchange.pouch-damaged"));
    assert!(!ma.has(docket, "submit"), "nothing of a damaged pouch is taken");
    ma.out("operator", &["pouch", "in", &there]);
    assert!(ma.has(docket, "submit"));
    ma.out("operator", &["pouch", "in", &there]);
    let back = ma.file("pouch");
    ma.out("operator", &["pouch", "out", "es.moj", "--to", &back]);
    ma.kill();

    es.serve();
    es.out("operator", &["pouch", "in", &back]);
    es.delivered(docket, act);
}

#[test]
fn keys_change_under_a_running_node_and_it_goes_on_being_understood() {
    let folder = tempfile::tempdir().expect("a folder");
    let (es, ma) = two(folder.path());
    let (config, safe) = (es.config(), es.file("safe"));
    fs::create_dir(&safe).expect("a folder");
    fs::set_permissions(&safe, fs::Permissions::from_mode(0o700)).expect("a mode");

    assert!(out(&["key", "list", "--config", &config]).contains("HERE AND NOT OFFLINE"));
    let moved = out(&["key", "take-root-offline", &safe, "--config", &config]);
    let root = fs::read_dir(&safe).expect("the safe").next().expect("the root").expect("a file").path();
    assert!(moved.contains(&root.display().to_string()), "{moved}");
    assert!(!out(&["key", "list", "--config", &config]).contains("HERE AND NOT OFFLINE"));

    let secret = format!("key-file:{}", es.file("root-key"));
    let without = refused(&["key", "rotate", "tls", "--config", &config, "--root-secret", &secret], 1);
    assert!(without.contains("keys.absent"), "{without}");
    let root = root.display().to_string();
    let by = ["--config", &config, "--root-secret", &secret, "--root", &root];
    for (edition, what) in [(2, "tls"), (3, "seal"), (4, "encryption")] {
        let told = out(&[&["key", "rotate", what], &by[..]].concat());
        assert!(told.contains("kill -HUP"), "{told}");
        es.signal(rustix::process::Signal::HUP);
        until("the node holds the new card", || es.ask("operator", &["node", "status"])["edition"] == edition);
    }
    let wrong = format!("key-file:{}", es.file("node-key"));
    let wrong = refused(&["key", "rotate", "seal", "--config", &config, "--root-secret", &wrong, "--root", &root], 1);
    assert!(wrong.contains("keys.wrong-secret"), "{wrong}");
    refused(&[&["key", "revoke", "0123456789"][..], &["--since", "2026-01-01T00:00:00Z"], &by].concat(), 3);

    // Morocco's node still holds the first card: what Spain sends now must be understood all the same.
    let draft = es.ask("officer", &["request", "new", "--to", "ma.moj", "--file", REQUEST]);
    let sent = es.approve_and_send(&draft);
    let (docket, act) = (sent["docket"].as_str().expect("a docket"), sent["act"].as_str().expect("an act"));
    es.delivered(docket, act);
    until("Morocco sees it", || ma.has(docket, "submit"));
    ma.say(docket, "acknowledge", &[]);
    assert_eq!(
        ma.ask("operator", &["peer", "show", "es.moj"])["edition"],
        1,
        "it was not told the new card in between"
    );

    let found = es.words("operator", &["doctor", "--config", &config, "--json"]);
    let found = ran(&found.iter().map(String::as_str).collect::<Vec<_>>(), 0).stdout;
    let found: Value = serde_json::from_slice(&found).expect("one JSON document");
    assert!(found.as_array().expect("findings").iter().all(|one| one["grade"] != "wrong"), "{found}");
}

#[test]
fn a_node_says_what_it_trusts_and_refuses_what_is_not_safe() {
    let folder = tempfile::tempdir().expect("a folder");
    let (mut es, _) = Side::found(folder.path(), "es.moj");
    let config = es.config();
    let again = [
        "init",
        "es.moj",
        "--folder",
        &es.file("node"),
        "--name",
        "en=x",
        "--make-root-key",
        "a",
        "--make-node-key",
        "b",
    ];
    assert!(refused(&again, 2).contains("nothing is overwritten"));
    assert!(out(&["config", "check", "--config", &config]).contains("es.moj"));
    let shown: Value = serde_json::from_str(&out(&["config", "show", "--json", "--config", &config])).expect("JSON");
    assert_eq!((&shown["people.listen"]["origin"], &shown["authority"]["value"]), (&"file".into(), &"es.moj".into()));

    let (said, ready) = es.serve();
    for part in
        ["only certificates that approved cards name", "a token decides", "whoever has both can seal for es.moj"]
    {
        assert!(said.contains(part), "{part} is missing in:\n{said}");
    }
    assert!(ready["people"].as_str().is_some_and(|address| !address.ends_with(":0")), "{ready}");
    let mode = |name: &str| fs::metadata(es.file(name)).expect("a file").permissions().mode() & 0o777;
    assert_eq!((mode("socket"), mode("operator.token"), mode("node-key")), (0o600, 0o600, 0o600));

    // A second process on the same folder would write over the first.
    let second = refused(&["serve", "--config", &config, "--set", "people.listen=127.0.0.1:0"], 6);
    assert!(second.contains(&es.node.as_ref().expect("it runs").id().to_string()), "{second}");
    assert!(refused(&["person", "first", "x", "X", "--config", &config], 6).contains("in use by process"));

    // A token that others may read is no secret; a wrong one is nobody's.
    fs::set_permissions(es.file("operator.token"), fs::Permissions::from_mode(0o644)).expect("a mode");
    assert!(es.refused("operator", &["whoami"], 2).contains("chmod 600"));
    fs::set_permissions(es.file("operator.token"), fs::Permissions::from_mode(0o600)).expect("a mode");
    fs::write(es.file("nobody.token"), "A".repeat(43)).expect("written");
    fs::set_permissions(es.file("nobody.token"), fs::Permissions::from_mode(0o600)).expect("a mode");
    assert!(es.refused("nobody", &["whoami"], 4).contains("node.who"));
    let argument = refused(&["whoami", "--token", "secret"], 2);
    assert!(argument.contains("--token-file"), "no flag takes a token: {argument}");

    // Told to end, it ends in order and leaves no socket; then nobody answers.
    es.signal(rustix::process::Signal::TERM);
    let ended = es.node.take().expect("it runs").wait().expect("it ends");
    assert!(ended.success(), "{ended}: {}", es.log());
    assert!(!Path::new(&es.file("socket")).exists());
    assert!(es.refused("operator", &["whoami"], 7).contains("comity serve"));

    // A secret that others may read is refused with what to do.
    fs::set_permissions(es.file("node-key"), fs::Permissions::from_mode(0o644)).expect("a mode");
    let exposed = refused(&["serve", "--config", &config], 1);
    assert!(exposed.contains("keys.exposed") && exposed.contains("chmod 600"), "{exposed}");
    let sick = ran(&["doctor", "--config", &config, "--node", &format!("unix:{}", es.file("socket"))], 1);
    assert!(text(&sick.stdout).contains("consider it as known"), "{}", text(&sick.stdout));
}

#[test]
fn a_publishers_newer_law_base_is_loaded_into_a_running_node_and_the_ruling_of_the_day_stays() {
    let folder = tempfile::tempdir().expect("a folder");
    let (mut es, ma) = two(folder.path());
    let (publisher, _) = Side::found(folder.path(), "es.law");
    let config = publisher.config();

    // A request goes under the law base that is built in.
    let draft = es.ask("officer", &["request", "new", "--to", "ma.moj", "--file", REQUEST]);
    let docket = es.approve_and_send(&draft)["docket"].as_str().expect("a docket").to_owned();
    let read = es.out("officer", &["docket", "pre-check", &docket]);
    assert!(read.contains("1. es-ma-mla-2009") && read.contains("it decides nothing"), "{read}");
    until("Morocco sees it", || ma.has(&docket, "submit"));
    ma.refused("officer", &["docket", "pre-check", &docket], 3);

    // The publisher changes the folder, makes a document of it and signs it.
    let law = folder.path().join("law");
    let own = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../law");
    for (path, text) in law::Base::embedded_files() {
        let file = law.join(path);
        fs::create_dir_all(file.parent().expect("a folder")).expect("a folder");
        assert_eq!(&fs::read_to_string(own.join(path)).expect("the law base"), text);
        fs::write(&file, text).expect("written");
    }
    let day = law::Base::embedded().expect("a law base").version().date.to_string();
    let head = fs::read_to_string(law.join("base.toml")).expect("its head");
    fs::write(law.join("base.toml"), head.replace(&day, "2027-01-01")).expect("written");
    let (document, certificate) = (es.file("law.json"), es.file("publisher.pem"));
    fs::write(&document, out(&["law", "export", "--from", &law.display().to_string()])).expect("written");
    let signed = out(&["law", "sign", &document, "--config", &config, "--certificate", &certificate]);
    assert!(signed.contains("2027-01-01") && signed.contains("es.law"), "{signed}");
    assert!(
        refused(&["law", "sign", &document, "--config", &config], 1).contains("law.json.p7s"),
        "nothing is overwritten"
    );

    // Nobody is named: the node takes nothing.
    let stranger = es.refused("operator", &["law", "load", &document], 8);
    assert!(stranger.contains("law.edition-signature"), "{stranger}");
    let settings = fs::read_to_string(es.config()).expect("the configuration");
    let named = settings.replace("publishers_file = \"\"", &format!("publishers_file = {certificate:?}"));
    fs::write(es.config(), named).expect("written");
    es.kill();
    let (said, _) = es.serve();
    assert!(said.contains("built in") && said.contains("also whatever es.law signs with"), "{said}");

    assert!(es.refused("officer", &["law", "load", &document], 4).contains("node.not-yours"));
    let loaded = es.out("operator", &["law", "load", &document]);
    assert!(loaded.contains("2027-01-01") && loaded.contains("es.law"), "{loaded}");
    assert!(es.out("operator", &["node", "status"]).contains("2027-01-01"), "without a restart");
    fs::write(&document, out(&["law", "export"])).expect("written");
    fs::remove_file(format!("{document}.p7s")).expect("removed");
    out(&["law", "sign", &document, "--config", &config]);
    let older = es.refused("operator", &["law", "load", &document, "--json"], 6);
    let older: Value = serde_json::from_str(&older).expect("a problem");
    assert_eq!((&older["code"], &older["status"]), (&"law.edition-older".into(), &409.into()));

    es.kill();
    assert!(es.serve().0.contains("2027-01-01"), "and after one");
    assert_eq!(es.out("officer", &["docket", "pre-check", &docket]), read, "what was ruled that day stays");
    // The publisher is named no more: from the signal on, the base that is built in is used again.
    fs::remove_file(format!("{document}.p7s")).expect("removed");
    out(&["law", "sign", &document, "--config", &es.config(), "--certificate", &es.file("own.pem")]);
    fs::copy(es.file("own.pem"), &certificate).expect("copied");
    es.signal(rustix::process::Signal::HUP);
    until("the base that is built in is used", || es.out("operator", &["node", "status"]).contains(&day));
    assert!(es.log().contains("law.edition-signature"), "and it says why: {}", es.log());
}
