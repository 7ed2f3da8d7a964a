//! Two authorities on one machine, each with a node of its own, used through the command line alone: as an officer, an approver and an operator
//! would type it. What is checked is what they would see: the words, the exit codes, the files. Nodes over SQLite speak with nodes over a PostgreSQL
//! that this program starts.

#[path = "../../store/tests/support/postgres.rs"]
#[expect(dead_code, reason = "the store's own tests ask more of it")]
mod postgres;
#[path = "nodes/pouch.rs"]
mod pouch;
#[path = "nodes/sets.rs"]
mod sets;
#[path = "nodes/side.rs"]
mod side;

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::net::UnixDatagram;
use std::path::Path;
use std::time::Duration;

use serde_json::Value;

use side::{REQUEST, SQLITE, Side, out, ran, refused, text, two, until};

/// The size of the exhibit that travels: more than one range.
const EXHIBIT: usize = 5 * 1024 * 1024;

#[test]
fn a_request_travels_from_its_first_word_to_its_close_by_commands_alone() {
    let folder = tempfile::tempdir().expect("a folder");
    let (es, ma) = two(folder.path(), [SQLITE, &postgres::server().fresh()]);

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

    // A thing is entered, sampled, and goes into the export with its history.
    let block = ["--what", "a taped block", "--substance", "cocaine", "--weight", "1 kg", "--seal", "MA-1"];
    let item = ma.ask("officer", &[&["item", "add", docket], &block[..], &handled[..]].concat());
    let item = item["id"].as_str().expect("an item");
    let does =
        |kind: &'static str, more: &[&'static str]| [&["item", "handle", item, kind], more, &handled[..]].concat();
    assert!(ma.refused("officer", &does("opened", &["--seal", "MA-2"]), 5).contains("node.item-history"));
    ma.out("officer", &does("opened", &["--seal", "MA-1"]));
    let split = does("split", &["--part", "5 g; sample 1; MA-2", "--part", "994.5 g; the rest", "--loss", "0.5 g"]);
    assert!(ma.out("officer", &split).contains("sealed MA-2  cocaine  sample 1"));
    let history = ma.out("officer", &["item", "show", item]);
    assert!(history.contains("its history matches") && history.contains("    loss 0.5 g"), "{history}");
    assert!(ma.out("officer", &["item", "list", docket]).contains("the rest"));
    let to = ma.file("items.asice");
    let export = [&["docket", "export", docket, "--items", "--to", &to], &handled[..]].concat();
    let unproved = ma.ask("officer", &export)["unproved"].as_u64().expect("a number");
    let acts = ma.page(docket)["acts"].as_array().map_or(0, Vec::len);
    assert!(unproved <= acts as u64, "of {acts} acts {unproved} wait for the next round of the log");
    let cards = [es.card(), ma.card()];
    // The exhibit does not go along, and that is said.
    let checked = text(&ran(&["verify", &to, "--card", &cards[0], "--card", &cards[1]], 1).stdout);
    assert!(checked.contains(&format!("comes from item {item}")), "{checked}");

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

    // The first round of the log took the trail up as it was then; whoever has the proof can show later that it was changed.
    let trail = es.ask("auditor", &["audit", "--limit", "1000"]);
    let logged = trail["items"].as_array().expect("a list").iter().find(|entry| entry["logged"] == true);
    let digest = logged.expect("an entry in the log")["digest"].as_str().expect("a digest");
    let proof = es.file("trail.tlog-proof");
    fs::write(&proof, es.out("auditor", &["audit", "--proof", digest])).expect("written");
    let checked = out(&["verify", &proof, "--card", &es.card()]);
    assert!(checked.contains("the audit with id") && checked.contains(digest), "{checked}");
    assert!(es.refused("auditor", &["audit", "--proof", &"0".repeat(64)], 3).contains("node.not-here"));

    // A list line by line, through to its end; by hand it comes in pages.
    let page = es.ask("auditor", &["audit", "--limit", "5"]);
    assert_eq!(page["items"].as_array().map(Vec::len), Some(5));
    assert!(
        es.out("auditor", &["audit", "--limit", "5"])
            .lines()
            .last()
            .is_some_and(|line| line.starts_with("More: --after "))
    );
    // Whether the ledger holds an entry may change with each round, that is at any moment.
    let trail = || es.out("auditor", &["audit", "--ndjson"]).replace("\"logged\":true", "\"logged\":false");
    let all = trail();
    let entries: Vec<Value> = all.lines().map(|line| serde_json::from_str(line).expect("an object a line")).collect();
    assert!(entries.len() > 40, "more than is asked for at a time: {}", entries.len());
    let mut whole = es.ask("auditor", &["audit", "--limit", "1000"]);
    for entry in whole["items"].as_array_mut().expect("a list") {
        entry["logged"] = false.into();
    }
    assert_eq!(Some(&entries), whole["items"].as_array());
    assert_eq!(es.out("auditor", &["audit", "--ndjson", "--limit", "5"]).lines().count(), 5);
    assert_eq!(es.out("officer", &["draft", "list", "--ndjson"]), "");
    es.refused("auditor", &["audit", "--ndjson", "--json"], 2);

    // A backup is whole, its owner's alone, and there is no name for it before; PostgreSQL has tools of its own.
    let copy = es.file("backup.db");
    es.refused("officer", &["backup", "--to", &copy], 4);
    assert!(!Path::new(&copy).exists(), "what was refused leaves nothing");
    assert!(es.out("operator", &["backup", "--to", &copy]).contains("sha256"));
    assert_eq!(&fs::read(&copy).expect("the copy")[..16], b"SQLite format 3\0");
    assert_eq!(fs::metadata(&copy).expect("the copy").permissions().mode() & 0o777, 0o600);
    assert!(es.refused("operator", &["backup", "--to", &copy], 2).contains("nothing is overwritten"));
    assert!(ma.refused("operator", &["backup", "--to", &ma.file("backup.db")], 5).contains("pg_dump"));
    assert!(es.out("operator", &["job", "list"]).contains("Nothing that takes long"));
    es.refused("operator", &["job", "stop", "0123456789ab"], 3);

    // What is only tried is refused as it would be, and leaves no trace.
    let state = || {
        let dockets = es.out("officer", &["docket", "list", "--ndjson"]);
        [es.out("operator", &["outbox", "--ndjson"]), trail(), dockets]
    };
    // An act looks at its docket first, and looking is noted as ever.
    assert!(es.refused("officer", &["act", "accept", docket, "--dry-run"], 5).contains("node.no-effect"));
    let before = state();
    let dry = |who: &str, words: &[&str]| es.out(who, &[words, &["--dry-run"]].concat());
    assert!(dry("operator", &["peer", "suspend", "ma.moj", "--why", "a call"]).contains("nothing was changed"));
    let suspended = es.ask("operator", &["peer", "suspend", "ma.moj", "--why", "a call", "--dry-run"]);
    assert_eq!(suspended["dry_run"], true);
    assert!(dry("operator", &["person", "add", "x", "X", "--role", "officer"]).contains("nothing was changed"));
    assert!(es.refused("officer", &["person", "retire", "auditor", "--dry-run"], 4).contains("node.not-yours"));
    assert!(
        dry("officer", &["request", "new", "--to", "ma.moj", "--file", REQUEST])
            .contains("would wait for the approval")
    );
    assert!(
        es.refused("officer", &["request", "new", "--to", "ma.moj", "--file", &lacking, "--dry-run"], 5)
            .contains("/purpose")
    );
    assert!(
        es.refused("officer", &["pouch", "out", "ma.moj", "--to", &es.file("none"), "--dry-run"], 5)
            .contains("web.untried")
    );
    assert!(state() == before);
    assert!(!Path::new(&es.file("none")).exists());

    // What is held back says why.
    es.out("operator", &["peer", "suspend", "ma.moj", "--why", "a call"]);
    let draft = es.ask("officer", &["request", "new", "--to", "ma.moj", "--file", REQUEST]);
    es.approve_and_send(&draft);
    assert!(es.out("operator", &["outbox"]).contains("no approved peer"));
    es.out("operator", &["peer", "lift", "ma.moj", "--why", "it was nothing"]);
    for list in
        [&["outbox"][..], &["quarantine"], &["peer", "list"], &["person", "list"], &["node", "status"], &["whoami"]]
    {
        es.ask("operator", list);
    }
}

#[test]
fn keys_change_under_a_running_node_and_it_goes_on_being_understood() {
    let folder = tempfile::tempdir().expect("a folder");
    let (es, ma) = two(folder.path(), [SQLITE; 2]);
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
    let typed = refused(&["key", "rotate", "tls", "--config", &config], 2);
    assert!(typed.contains("no terminal") && typed.contains("passphrase-file:"), "{typed}");
    let root = root.display().to_string();
    let by = ["--config", &config, "--root-secret", &secret, "--root", &root];
    for (edition, what) in [(2, "tls"), (3, "seal"), (4, "encryption")] {
        let told = out(&[&["key", "rotate", what], &by[..]].concat());
        assert!(told.contains("kill -HUP"), "{told}");
        es.signal(rustix::process::Signal::HUP);
        until("the node holds the new card", || es.ask("operator", &["node", "status"])["edition"] == edition);
    }
    let files = || {
        let mut all: Vec<_> = fs::read_dir(format!("{}/keys", es.file("node")))
            .expect("the keyring")
            .map(|file| file.expect("a file").path())
            .collect();
        all.sort();
        all.into_iter().map(|file| fs::read(file).expect("readable")).collect::<Vec<_>>()
    };
    let before = files();
    let tried = out(&[&["key", "rotate", "seal", "--dry-run"], &by[..]].concat());
    assert!(tried.contains("Edition 5") && tried.contains("nothing was changed"), "{tried}");
    assert!(files() == before, "the keyring is as it was");
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

    // And now under a seal that Morocco's card of Spain does not name: it asks for the card before it judges.
    let begins = node::World::now(&node::Machine::new().expect("a clock")).plus_seconds(3);
    out(&[&["key", "rotate", "seal", "--begins", &begins.to_string()][..], &by].concat());
    std::thread::sleep(Duration::from_secs(4));
    es.signal(rustix::process::Signal::HUP);
    until("the node holds the new card", || es.ask("operator", &["node", "status"])["edition"] == 5);
    let draft = es.ask("officer", &["request", "new", "--to", "ma.moj", "--file", REQUEST]);
    let sent = es.approve_and_send(&draft);
    es.delivered(sent["docket"].as_str().expect("a docket"), sent["act"].as_str().expect("an act"));
    assert_eq!(ma.ask("operator", &["peer", "show", "es.moj"])["edition"], 5, "it asked for the card at once");
    assert_eq!(ma.ask("operator", &["quarantine"])["items"].as_array().map(Vec::len), Some(0));

    let found = es.words("operator", &["doctor", "--config", &config, "--json"]);
    let found = ran(&found.iter().map(String::as_str).collect::<Vec<_>>(), 0).stdout;
    let found: Value = serde_json::from_slice(&found).expect("one JSON document");
    assert!(found.as_array().expect("findings").iter().all(|one| one["grade"] != "wrong"), "{found}");
}

#[test]
fn a_node_says_what_it_trusts_and_refuses_what_is_not_safe() {
    let folder = tempfile::tempdir().expect("a folder");
    let (mut es, _) = Side::found(folder.path(), "es.moj", SQLITE);
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

    // The service manager is told when it is ready, that it lives, and that it ends.
    es.signal(rustix::process::Signal::TERM);
    es.node.take().expect("it runs").wait().expect("it ends");
    let notified = UnixDatagram::bind(es.file("notify")).expect("a socket");
    notified.set_read_timeout(Some(Duration::from_secs(60))).expect("a time-out");
    let next = || {
        let mut word = [0; 64];
        let length = notified.recv(&mut word).expect("the service manager is told something");
        text(&word[..length]).trim_end().to_owned()
    };
    let (place, often) = (es.file("notify"), "400000".to_owned());
    es.serve_with(&[("NOTIFY_SOCKET", &place), ("WATCHDOG_USEC", &often)]);
    let mut told = vec![next(), next(), next(), next()];
    told.sort();
    assert_eq!(told, ["READY=1", "WATCHDOG=1", "WATCHDOG=1", "WATCHDOG=1"]);
    es.signal(rustix::process::Signal::TERM);
    while next() != "STOPPING=1" {}
    assert!(es.node.take().expect("it runs").wait().expect("it ends").success());
    es.serve();

    // A second process on the same folder would write over the first.
    let second = refused(&["serve", "--config", &config, "--set", "people.listen=127.0.0.1:0"], 6);
    assert!(second.contains(&es.node.as_ref().expect("it runs").id().to_string()), "{second}");
    assert!(refused(&["person", "first", "x", "X", "--config", &config], 6).contains("in use by process"));

    // Whoever's token could not be written is not entered.
    es.refused("operator", &["person", "add", "eva", "Eva", "--role", "officer", "--to", "/no/such/folder/token"], 1);
    assert!(!es.out("operator", &["person", "list"]).contains("eva"));
    let problem: Value = serde_json::from_str(&refused(&["whoami", "--json"], 4)).expect("a problem in JSON");
    assert!(problem["detail"].as_str().is_some_and(|detail| detail.contains("--token-file")), "{problem}");

    // A token that others may read is no secret; a wrong one is nobody's.
    fs::set_permissions(es.file("operator.token"), fs::Permissions::from_mode(0o644)).expect("a mode");
    assert!(es.refused("operator", &["whoami"], 2).contains("chmod 600"));
    let found = es.words("operator", &["doctor", "--config", &config]);
    let found = text(&ran(&found.iter().map(String::as_str).collect::<Vec<_>>(), 1).stdout);
    assert!(found.contains("ok     keyring") && found.contains("WRONG  token"), "one finding hides no other: {found}");
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
    let (mut es, ma) = two(folder.path(), [SQLITE; 2]);
    let (publisher, _) = Side::found(folder.path(), "es.law", SQLITE);
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
        refused(&["law", "sign", &document, "--config", &config], 2).contains("law.json.p7s"),
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
    until("it says why", || es.log().contains("law.edition-signature"));
}
