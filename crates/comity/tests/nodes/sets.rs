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

#[test]
fn several_files_are_taken_in_at_a_time_and_one_that_fails_takes_no_other_with_it() {
    let folder = tempfile::tempdir().expect("a folder");
    let (es, _ma) = two(folder.path(), [SQLITE; 2]);
    let draft = es.ask("officer", &["request", "new", "--to", "ma.moj", "--file", REQUEST]);
    let sent = es.approve_and_send(&draft);
    let docket = sent["docket"].as_str().expect("a docket");
    let files: Vec<String> = (0..9)
        .map(|n| {
            let file = es.file(&format!("{n}.csv"));
            // The fourth and the fifth are the same.
            fs::write(&file, format!("call {}\n", n.min(7) - usize::from(n == 4)).repeat(50_000)).expect("written");
            file
        })
        .collect();
    let handled = ["--where", "Madrid", "--why", "from the operator", "--authority", "order 9/2026"];
    let named: Vec<&str> = files.iter().map(String::as_str).collect();
    let add = [&["exhibit", "add", docket], &named[..], &handled[..]].concat();

    // What is wrong with the command or a name costs nothing.
    assert!(es.refused("officer", &[&add[..], &["--title", "Calls"]].concat(), 2).contains("--title"));
    assert!(es.refused("officer", &[&add[..], &["/no/such/file"]].concat(), 2).contains("/no/such/file"));
    let here = || es.ask("officer", &["exhibit", "list", docket])["items"].as_array().expect("a list").len();
    assert_eq!(here(), 0);

    let wanted = [&add[..4], &handled[..]].concat();
    assert!(es.ask("officer", &wanted)["id"].is_string(), "one file is answered as one");
    // The first is here already, one of the twins comes first, the last is the same as the eighth.
    let words = es.words("officer", &[&add[..], &["--unless-here"]].concat());
    let ran = crate::side::ran(&words.iter().map(String::as_str).collect::<Vec<_>>(), 9);
    let (told, failed) = (text(&ran.stdout), text(&ran.stderr));
    assert_eq!(told.matches("Taken in as exhibit").count(), 6, "{told}");
    assert_eq!(failed.matches("node.exhibit-known").count(), 3, "{failed}");
    assert!(failed.contains(&format!("{}: ", files[0])) && told.contains(&format!("{}: ", files[6])), "{told}{failed}");
    assert_eq!(here(), 7);
    let all = es.ask("officer", &add);
    assert_eq!(all["items"].as_array().map(Vec::len), Some(9));
    assert_eq!(here(), 16);
}
