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
        (&["request", "check", "/no/such/file", "--from", "GH", "--to", "ES", "--on", "2026-11-23"], 2),
        (&["--help"], 0),
    ] {
        printed(arguments, code);
    }
}
