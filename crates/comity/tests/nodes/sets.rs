//! A folder as evidence, by commands alone: taken in, transmitted, read file by file, given to a court and back, held, destroyed by two persons.

use std::fs;
use std::path::Path;

use crate::side::{REQUEST, SQLITE, text, two, until};

#[test]
fn a_folder_of_many_files_travels_as_one_exhibit_and_is_destroyed_by_two_persons() {
    let folder = tempfile::tempdir().expect("a folder");
    let (es, ma) = two(folder.path(), [SQLITE, SQLITE]);
    let draft = es.ask("officer", &["request", "new", "--to", "ma.moj", "--file", REQUEST]);
    let sent = es.approve_and_send(&draft);
    let docket = sent["docket"].as_str().expect("a docket");
    until("Morocco sees it", || ma.has(docket, "submit"));
    ma.say(docket, "accept", &["--measure", "m1"]);

    let from = Path::new(&ma.file("telephone")).to_owned();
    for n in 0..10_000 {
        let at = from.join(format!("chats/{:02}", n % 50));
        fs::create_dir_all(&at).expect("made");
        fs::write(at.join(format!("{n:05} رسالة.txt")), format!("message {n}\n").repeat(n % 40)).expect("written");
    }
    fs::create_dir(from.join("calls")).expect("made");
    std::os::unix::fs::symlink("/etc/passwd", from.join("link")).expect("linked");
    let from = from.display().to_string();
    let handled = ["--where", "Tangier", "--why", "extraction", "--authority", "order 12/2026"];
    let add = [&["exhibit", "add", docket, &from], &handled[..]].concat();
    let links = ma.refused("officer", &add, 2);
    assert!(links.contains("link is a link or no file") && links.contains("--without-links"), "{links}");
    let added = ma.ask("officer", &[&add[..], &["--without-links", "--sha512"]].concat());
    let set = added["id"].as_str().expect("an exhibit");
    assert_eq!(added["sha512"].as_str().map(str::len), Some(128));
    assert!(ma.refused("officer", &[&add[..], &["--without-links", "--unless-here"]].concat(), 5).contains(set));
    ma.say(docket, "transmit", &["--measure", "m1", "--exhibit", set]);
    until("the set is whole in Spain", || {
        es.ask("officer", &["exhibit", "list", docket])["items"][0]["state"] == "here"
    });
    let listed = es.ask("officer", &["exhibit", "files", set, "--after", "9999"]);
    assert_eq!(listed["items"].as_array().map(Vec::len), Some(1));
    let path = listed["items"][0]["path"].as_str().expect("a path");
    assert_eq!(path, "chats/49/09999 رسالة.txt");
    let one = es.file("one.txt");
    es.out("officer", &[&["exhibit", "get", set, "--file", path, "--to", &one], &handled[..]].concat());
    assert_eq!(fs::read_to_string(&one).expect("a file"), "message 9999\n".repeat(39));
    let to = es.file("telephone");
    es.out("officer", &[&["exhibit", "get", set, "--unpack", "--to", &to], &handled[..]].concat());
    let same = std::process::Command::new("diff").args(["-r", &from, &to]).output().expect("diff runs");
    assert_eq!(text(&same.stdout), format!("Only in {from}: link\n"), "the same but for the link");
    let zip = es.file("telephone.zip");
    es.out("officer", &[&["exhibit", "get", set, "--to", &zip], &handled[..]].concat());
    assert!(fs::read(&zip).expect("a file").starts_with(b"PK"));

    // What the court hands back is verified before it is taken in, and what it says of itself stays its own word.
    let court = es.file("court.asice");
    es.out("officer", &[&["docket", "export", docket, "--exhibits", "--to", &court], &handled[..]].concat());
    let import = [&["exhibit", "import", docket, &court], &handled[..]].concat();
    let came = ma.ask("officer", &import);
    assert_eq!((came["verdict"].as_str(), came["findings"].as_array().map(Vec::len)), (Some("matches"), Some(0)));
    let back = came["exhibits"][0]["id"].as_str().expect("an exhibit");
    let shown = ma.out("officer", &["exhibit", "show", back]);
    assert!(
        shown.contains(&format!("{set}; this node saw none of it:")) && shown.contains("  exported  es.moj"),
        "{shown}"
    );
    assert!(ma.out("officer", &[&import[..], &["--unless-here"]].concat()).contains("is here already"));
    let mut changed = fs::read(&court).expect("the export");
    let middle = changed.len() / 2;
    changed[middle] ^= 1;
    fs::write(&court, changed).expect("written");
    assert!(ma.refused("officer", &import, 5).contains("node.import-differs"));

    let asked = es.ask("officer", &[&["exhibit", "destroy", set], &handled[..]].concat());
    let entry = asked["destruction"]["entry"].as_str().expect("the entry that asks");
    assert!(es.out("approver", &["exhibit", "show", set]).contains(&format!("--entry {entry}")));
    let approve = [&["exhibit", "approve-destruction", set, "--entry", entry], &handled[..]].concat();
    assert!(es.refused("officer", &approve, 4).contains("approver"));
    es.out("officer", &[&["exhibit", "hold", set], &handled[..]].concat());
    assert!(es.refused("approver", &approve, 5).contains("is held"));
    es.out("officer", &[&["exhibit", "lift", set], &handled[..]].concat());
    assert!(es.out("approver", &approve).contains("its keys are gone"));
    assert!(es.refused("officer", &["exhibit", "files", set], 5).contains("node.exhibit-state"));
    assert!(es.out("officer", &["exhibit", "show", set]).contains("its history matches"));
    assert_eq!(es.out("officer", &["exhibit", "due"]), "Nothing is due.\n");
}
