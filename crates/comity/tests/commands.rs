//! The commands as a person types them: what is printed, where, and with which exit code.

use std::process::{Command, Output, Stdio};

const FROM_GHANA: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../examples/requests/gh-es-bank-records.json");

fn comity(arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_comity"));
    command.args(arguments).stdin(Stdio::null()).output().expect("the binary runs")
}

fn printed(arguments: &[&str], code: i32) -> String {
    let output = comity(arguments);
    let errors = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(code), "{arguments:?}: {errors}");
    String::from_utf8(output.stdout).expect("UTF-8")
}

/// The example without one of its members, in a file of its own.
fn without(member: &str) -> tempfile::NamedTempFile {
    let mut draft: serde_json::Value =
        serde_json::from_slice(&std::fs::read(FROM_GHANA).expect("the example")).expect("JSON");
    draft.as_object_mut().expect("an object").remove(member).expect("it was there");
    let file = tempfile::NamedTempFile::new().expect("a file");
    std::fs::write(file.path(), draft.to_string()).expect("written");
    file
}

#[test]
fn spain_to_morocco_rests_on_the_bilateral_treaty_and_displaces_the_1988_convention() {
    let ruling = printed(&["law", "between", "ES", "MA", "--on", "2026-11-23", "--measure", "bank-records"], 0);
    for line in [
        "1. es-ma-mla-2009:",
        "un1988 7(8)-(19) by un1988 art 7(7)",
        "un1988 art 7(5): Bank secrecy",
        "it decides nothing",
    ] {
        assert!(ruling.contains(line), "{line} is missing in:\n{ruling}");
    }
}

#[test]
fn ghana_to_spain_rests_on_the_1988_convention_with_its_own_paragraphs() {
    let ruling = printed(&["law", "between", "GH", "ES", "--on", "2026-11-23", "--json"], 0);
    let ruling: serde_json::Value = serde_json::from_str(&ruling).expect("one JSON document");
    assert_eq!(ruling["bases"][0]["instrument"], "un1988", "{}", ruling["bases"]);
    assert!(ruling["displaced"].as_array().is_some_and(Vec::is_empty));
}

#[test]
fn without_a_day_the_law_of_today_is_meant_and_said() {
    let day_of = |more: &[&str]| {
        let ruling = printed(&[&["law", "between", "ES", "MA", "--json"], more].concat(), 0);
        let ruling: serde_json::Value = serde_json::from_str(&ruling).expect("JSON");
        ruling["question"]["on"].as_str().expect("a day").to_owned()
    };
    assert_eq!(day_of(&["--on", "2020-02-29"]), "2020-02-29");
    assert!(day_of(&[]).as_str() > "2026-11-01");
}

#[test]
fn a_request_is_stopped_with_the_provision_that_applies_to_that_pair() {
    let day = ["--on", "2026-11-23"];
    let check = |file: &str, from, to, code| {
        printed(&[["request", "check", file, "--from", from, "--to", to].as_slice(), &day].concat(), code)
    };
    assert!(check(FROM_GHANA, "GH", "ES", 0).contains("Nothing is missing"));
    let aimless = without("purpose");
    let file = aimless.path().display().to_string();
    assert!(check(&file, "GH", "ES", 5).contains("un1988 art 7(10)(f)"));
    let bilateral = check(&file, "ES", "MA", 5);
    assert!(bilateral.contains("es-ma-mla-2009") && bilateral.contains("unconfirmed") && !bilateral.contains("7(10)"));
}

#[test]
fn what_makes_no_sense_is_answered_with_its_own_exit_code() {
    for (arguments, code) in [
        (&[][..], 2),
        (&["law", "between", "ES", "ZZ", "--on", "2026-11-23"], 2),
        (&["law", "between", "ES", "MA", "--on", "yesterday"], 2),
        (&["law", "between", "ES", "ES", "--on", "2026-11-23"], 2),
        (&["law", "between", "ES", "MA", "--on", "2026-11-23", "--fact", "x"], 2),
        (&["law", "between", "ES", "MA", "--on", "2026-11-23", "--offence", "NONSENSE"], 2),
        (&["law", "instrument", "no-such"], 3),
        (&["law", "instrument", "un1988"], 0),
        (&["law", "version"], 0),
        (&["law", "between", "ES", "MA", "--on", "2026-02-30"], 2),
        (&["law", "between", "ES", "MA", "--on", "2026-11-23", "--for", "nonsense"], 2),
        (&["law", "between", "ES", "MA", "--on", "2026-11-23", "--event", "nonsense=2026-11-23"], 2),
        (&["law", "between", "ES", "MA", "--on", "2026-11-23", "--number", "offence.political=3"], 2),
        (&["law", "explain", "un1988"], 2),
        (&["law", "explain", "un1988 99"], 3),
        (&["law", "explain", "no-such 1"], 3),
        (&["law", "ask", "--file", "/no/such/file"], 3),
        (&["law", "ask", "--file", concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml")], 2),
        (&["request", "check", "/no/such/file", "--from", "GH", "--to", "ES", "--on", "2026-11-23"], 2),
        (&["--help"], 0),
    ] {
        printed(arguments, code);
    }
}

fn complained(arguments: &[&str]) -> String {
    String::from_utf8(comity(arguments).stderr).expect("UTF-8")
}

#[test]
fn a_slip_of_the_pen_is_answered_with_what_was_probably_meant() {
    for (arguments, meant) in [
        (&["law", "between", "Spian", "MA", "--on", "2026-11-23"][..], "ES (Spain)"),
        (&["law", "between", "ES", "MA", "--on", "2026-11-23", "--fact", "offence.politcal=yes"], "offence.political"),
        (&["law", "between", "ES", "MA", "--on", "2026-11-23", "--offence", "TRAFF"], "TRAF"),
        (&["law", "between", "ES", "MA", "--on", "2026-11-23", "--event", "recieved=2026-11-23"], "received"),
        (&["law", "between", "ES", "MA", "--on", "2026-11-23", "--offence", "MURDER"], "it knows CULT"),
        (&["law", "between", "ES", "MA", "--on", "2026-11-23", "--event", "birthday=2026-11-23"], "they run from"),
        (&["law", "instrument", "un198"], "un1988"),
        (&["law", "instrument", "UN1988"], "un1988"),
        (&["law", "explain", "est24:10"], "ets24"),
    ] {
        assert!(complained(arguments).contains(meant), "{arguments:?}: {}", complained(arguments));
    }
    assert_eq!(
        printed(&["law", "between", "Spain", "uk", "--on", "2026-11-23"], 0),
        printed(&["law", "between", "ES", "GB", "--on", "2026-11-23"], 0)
    );
}

#[test]
fn what_goes_wrong_is_a_problem_for_programs_that_asked_for_json() {
    let asked = ["law", "between", "ES", "MA", "--on", "2026-11-23", "--json"];
    for (arguments, code, says, stable) in [
        (
            &["law", "between", "ES", "ES", "--on", "2026-11-23", "--json"][..],
            2,
            "does not ask itself",
            "law.same-state",
        ),
        (&[&asked[..], &["--fact", "offence.politcal=yes"]].concat(), 2, "offence.political", "law.unknown-fact"),
        (&[&asked[..], &["--measure", "bank-record"]].concat(), 2, "bank-records", "law.unknown-measure"),
        (&[&asked[..], &["--measure", "tarot"]].concat(), 2, "service-of-documents", "law.unknown-measure"),
        (&[&asked[..], &["--offence", "NONSENSE"]].concat(), 2, "NONSENSE", "law.unknown-offence"),
        (&["law", "between", "Spian", "MA", "--json"], 2, "ES (Spain)", ""),
        (&["law", "between", "ES", "MA", "--on", "2026-02-30", "--json"], 2, "must be in the calendar", ""),
        (&["law", "coverage", "--for", "nonsense", "--json"], 2, "nonsense", ""),
        (&["law", "explain", "est24:10", "--json"], 3, "ets24", "law.unknown-instrument"),
        (&["law", "explain", "un1988 99", "--json"], 3, "un1988 art 99", "law.no-rule"),
        (&["law", "instrument", "un198", "--json"], 3, "un1988", "law.unknown-instrument"),
        (&["law", "ask", "--file", "/no/such/file", "--json"], 3, "/no/such/file", ""),
        (&["request", "check", "/no/such/file", "--from", "GH", "--to", "ES", "--json"], 2, "/no/such/file", ""),
        (&["law", "load", "/no/such/file", "--json"], 3, "/no/such/file", ""),
    ] {
        let output = comity(arguments);
        assert_eq!((output.status.code(), output.stdout.as_slice()), (Some(code), &b""[..]), "{arguments:?}");
        let problem: serde_json::Value = serde_json::from_slice(&output.stderr)
            .unwrap_or_else(|why| panic!("{arguments:?}: {why}: {}", String::from_utf8_lossy(&output.stderr)));
        assert_eq!((&problem["type"], problem["code"].as_str().unwrap_or_default()), (&"about:blank".into(), stable));
        let detail = problem["detail"].as_str().expect("a sentence");
        assert!(detail.contains(says), "{arguments:?}: {detail}");
    }
}

#[test]
fn an_instrument_and_the_version_are_told_to_programs_too() {
    let told = |arguments: &[&str]| -> serde_json::Value {
        serde_json::from_str(&printed(arguments, 0)).expect("one JSON document")
    };
    let convention = told(&["law", "instrument", "un1988", "--json"]);
    assert_eq!((&convention["id"], &convention["in_force"]), (&"un1988".into(), &"1990-11-11".into()));
    let rules = convention["rules"].as_array().expect("rules");
    assert!(rules.iter().any(|rule| rule["citation"]["provision"] == "7(10)(f)" && rule["kind"] == "requirement"));
    let spain =
        convention["parties"].as_array().expect("parties").iter().find(|party| party["state"] == "ES").expect("Spain");
    assert_eq!(spain["status"], "party");
    assert_eq!(told(&["law", "version", "--json"])["digest"], convention["law"]["digest"]);
}

#[test]
fn a_law_base_is_made_from_a_folder_as_from_the_one_that_is_built_in() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../law");
    assert!(printed(&["law", "export", "--from", folder], 0) == printed(&["law", "export"], 0), "the documents differ");
    printed(&["law", "export", "--from", "/no/such/folder"], 3);
    let empty = tempfile::tempdir().expect("a folder");
    printed(&["law", "export", "--from", &empty.path().display().to_string()], 5);
}

#[test]
fn provisional_arrest_between_chile_and_germany_has_both_its_ends() {
    let asked = ["law", "between", "CL", "DE", "--for", "provisional-arrest", "--on", "2026-05-10"];
    let ruling = printed(&[&asked[..], &["--event", "provisional-arrest=2026-05-10"]].concat(), 0);
    for line in ["may from 2026-05-28", "must end by 2026-06-19", "(ets24 art 16(4))"] {
        assert!(ruling.contains(line), "{line} is missing in:\n{ruling}");
    }
}

#[test]
fn what_is_typed_about_penalties_and_persons_reaches_the_ruling() {
    let asked = ["law", "between", "IL", "ZA", "--for", "extradition", "--on", "2026-03-02", "--json"];
    let known = ["--penalty", "TRAF=240/180", "--penalty", "PERS=24/6", "--nationality", "ZA"];
    let ruling: serde_json::Value =
        serde_json::from_str(&printed(&[&asked[..], &known].concat(), 0)).expect("one JSON document");
    let ground = |id: &str| {
        let grounds = ruling["grounds"].as_array().expect("grounds");
        grounds.iter().find(|g| g["id"] == id && g["citation"]["instrument"] == "ets24").expect("the ground").clone()
    };
    assert_eq!(ground("threshold")["only_for"], serde_json::json!(["PERS"]));
    assert_eq!(ground("own-national")["applies"], "yes");
    let death = printed(&[&asked[..], &["--penalty", "TRAF=death/240"]].concat(), 0);
    let death: serde_json::Value = serde_json::from_str(&death).expect("one JSON document");
    let open = |fact: &str| death["questions"].as_array().expect("questions").iter().any(|open| open["fact"] == fact);
    assert!(open("assurance.death-penalty") && !open("offence.death-penalty"));
}

#[test]
fn a_line_is_explained_with_its_rule_its_source_and_its_certainty() {
    let dotted = printed(&["law", "explain", "ets24:16.4"], 0);
    assert_eq!(dotted, printed(&["law", "explain", "ets24 art 16(4)"], 0));
    for line in ["40 days from the event provisional-arrest", "Calendar days", "When it passes", "Confirmed; source:"] {
        assert!(dotted.contains(line), "{line} is missing in:\n{dotted}");
    }
    let political = printed(&["law", "explain", "ets24", "3(1)"], 0);
    assert!(political.contains("May be excluded by un1988 art 3(10)"), "{political}");
}

#[test]
fn every_line_of_a_ruling_can_be_pasted_to_be_explained() {
    for asked in [
        &["law", "between", "ES", "MA", "--on", "2026-11-23"][..],
        &["law", "between", "CL", "DE", "--for", "provisional-arrest", "--on", "2026-05-10"],
        &["law", "between", "ES", "DE", "--for", "extradition", "--on", "2026-11-23"],
    ] {
        let ruling = printed(asked, 0);
        let cited: Vec<&str> = ruling.lines().filter(|line| line.contains(" art ")).collect();
        assert!(cited.len() > 10, "{ruling}");
        for line in cited {
            printed(&["law", "explain", line], 0);
        }
    }
}

#[test]
fn every_member_of_an_answer_in_json_is_documented() {
    fn members(value: &serde_json::Value, all: &mut std::collections::BTreeSet<String>) {
        match value {
            serde_json::Value::Array(items) => items.iter().for_each(|item| members(item, all)),
            serde_json::Value::Object(object) => {
                for (member, value) in object {
                    all.insert(member.clone());
                    // the question is documented with the law base
                    if member != "question" {
                        members(value, all);
                    }
                }
            }
            _ => {}
        }
    }
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../");
    let documented = std::fs::read_to_string(format!("{folder}docs/spec/ruling.md")).expect("the page");
    let example = format!("{folder}examples/questions/es-de-surrender.toml");
    for asked in [
        &["law", "between", "ES", "MA", "--on", "2026-11-23", "--event", "received=2026-11-23"][..],
        &["law", "between", "AL", "CH", "--for", "extradition", "--on", "2026-11-24", "--offence", "TRAF"],
        &["law", "between", "FO", "SY", "--for", "boarding", "--on", "1985-01-01"],
        &["law", "ask", "--file", &example],
        &["law", "explain", "ets24:16.4"],
        &["law", "instrument", "un1988"],
        &["law", "coverage", "--on", "2026-11-24", "--state", "ES"],
        &["law", "version"],
    ] {
        let answer = printed(&[asked, &["--json"]].concat(), 0);
        let mut named = std::collections::BTreeSet::new();
        members(&serde_json::from_str(&answer).expect("one JSON document"), &mut named);
        for member in named {
            assert!(documented.contains(&format!("`{member}`")), "{member} of {asked:?} is not in docs/spec/ruling.md");
        }
    }
}

#[test]
fn a_slip_of_the_pen_in_a_file_is_answered_with_its_place_and_what_was_meant() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("q.toml");
    for (question, says) in [
        (
            "requesting = \"Spain\"\nrequested = \"MA\"\non = \"2026-01-01\"\n",
            &["line 1", "did you mean ES (Spain)?"][..],
        ),
        ("requesting = \"es\"\nrequested = \"MA\"\non = \"2026-01-01\"\n", &["did you mean ES (Spain)?"]),
        ("requesting = \"ES\"\nrequested = \"MA\"\non = \"2026-01-01\"\nmesures = []\n", &["line 4", "`measures`"]),
        ("requesting = \"ES\"\nrequested = \"MA\"\non = \"2026-01-01\"\nform = \"x\"\n", &["line 4", "`boarding`"]),
        ("requesting = \"ES\nrequested = \"MA\"\n", &["line 1"]),
    ] {
        std::fs::write(&file, question).expect("written");
        let output = comity(&["law", "ask", "--file", &file.display().to_string()]);
        let said = String::from_utf8(output.stderr).expect("UTF-8");
        assert_eq!(output.status.code(), Some(2), "{said}");
        assert!(says.iter().all(|words| said.contains(words)) && said.contains("law.question-form"), "{said}");
    }
}

#[test]
fn a_question_in_a_file_is_answered_like_one_that_was_typed() {
    let case = concat!(env!("CARGO_MANIFEST_DIR"), "/../../law/cases/cl-de-provisional-arrest.toml");
    let asked = ["law", "between", "CL", "DE", "--for", "provisional-arrest", "--on", "2026-05-10"];
    let typed = printed(&[&asked[..], &["--event", "provisional-arrest=2026-05-10"]].concat(), 0);
    assert_eq!(printed(&["law", "ask", "--file", case], 0), typed);
}

#[test]
fn the_example_questions_are_answered() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../examples/questions");
    for (file, words) in [("es-de-surrender.toml", "by 2027-01-19"), ("de-nl-boarding.json", "by 2026-11-25T02:30:00Z")]
    {
        let ruling = printed(&["law", "ask", "--file", &format!("{folder}/{file}")], 0);
        assert!(ruling.contains(words), "{file}: {words} is missing in:\n{ruling}");
    }
}

#[test]
fn coverage_says_for_every_pair_what_it_has() {
    let table = printed(&["law", "coverage", "--on", "2026-11-23", "--for", "extradition", "--state", "ES"], 0);
    assert!(table.contains("DE  Germany: act of the Union: eu-eaw"), "{table}");
    let document = printed(&["law", "coverage", "--on", "2026-11-23", "--state", "ES", "--json"], 0);
    let coverage: serde_json::Value = serde_json::from_str(&document).expect("one JSON document");
    let states = coverage["states"].as_array().expect("states").len();
    assert_eq!(coverage["relations"].as_array().expect("relations").len(), states - 1);
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("matrix.svg");
    printed(&["law", "coverage", "--on", "2026-11-23", "--state", "ES", "--svg", &file.display().to_string()], 0);
    let svg = std::fs::read_to_string(file).expect("written");
    assert!(svg.starts_with("<svg") && svg.ends_with("</svg>\n") && svg.contains("act of the Union"));
}

#[test]
fn completions_and_the_manual_know_every_command() {
    let nouns = ["law", "init", "serve", "docket", "draft", "peer", "key", "completion", "verify"];
    for shell in ["bash", "zsh", "fish"] {
        let script = printed(&["completion", shell], 0);
        let missing: Vec<_> = nouns.iter().filter(|noun| !script.contains(**noun)).collect();
        assert!(missing.is_empty(), "{shell} lacks {missing:?}");
    }
    let bash = tempfile::NamedTempFile::new().expect("a file");
    std::fs::write(bash.path(), printed(&["completion", "bash"], 0)).expect("written");
    let read = Command::new("bash").arg("-n").arg(bash.path()).output().expect("bash runs");
    assert!(read.status.success(), "{}", String::from_utf8_lossy(&read.stderr));

    let folder = tempfile::tempdir().expect("a folder");
    let to = folder.path().display().to_string();
    printed(&["man", "--to", &to], 0);
    for noun in
        nouns.iter().map(|noun| format!("comity-{noun}.1")).chain(["comity.1".into(), "comity-peer-approve.1".into()])
    {
        let page = std::fs::read_to_string(folder.path().join(&noun)).unwrap_or_else(|why| panic!("{noun}: {why}"));
        assert!(page.contains(".TH comity"), "{noun}: {page}");
    }
    let approve = std::fs::read_to_string(folder.path().join("comity-peer-approve.1")).expect("the page");
    assert!(approve.contains("fingerprint"), "{approve}");
    printed(&["man", "--to", &format!("{to}/no-such-folder")], 1);
}

#[test]
fn founding_can_be_tried_and_leaves_nothing_and_a_passphrase_is_never_waited_for_without_a_terminal() {
    let folder = tempfile::tempdir().expect("a folder");
    let there = |name: &str| folder.path().join(name).display().to_string();
    let init = |more: &[&str]| -> Vec<String> {
        let words = [
            "init",
            "es.moj",
            "--folder",
            &there("node"),
            "--name",
            "en=Ministry",
            "--make-node-key",
            &there("node-key"),
        ];
        words.iter().chain(more).map(|word| (*word).to_owned()).collect()
    };
    let run = |more: &[&str], code| {
        let words = init(more);
        let output = comity(&words.iter().map(String::as_str).collect::<Vec<_>>());
        let told = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(code), "{words:?}: {told}");
        told
    };
    let told = run(&["--make-root-key", &there("root-key"), "--dry-run"], 0);
    assert!(told.contains("nothing was made") && told.contains("es.moj.card.json"), "{told}");
    let bad = run(&["--make-root-key", &there("root-key"), "--language", "not a tag", "--dry-run"], 1);
    assert!(bad.contains("tag"), "what a card may not say is found: {bad}");
    for more in [&[][..], &["--root-secret", "passphrase-prompt:root"], &["--dry-run"]] {
        let told = run(more, 2);
        assert!(told.contains("no terminal") && told.contains("passphrase-file:"), "{told}");
    }
    let exposed = run(&["--root-secret", &format!("passphrase-file:{}", there("no-such-file")), "--dry-run"], 1);
    assert!(exposed.contains("no-such-file"), "{exposed}");
    assert_eq!(std::fs::read_dir(folder.path()).expect("the folder").count(), 0, "nothing was made by any of them");
}
