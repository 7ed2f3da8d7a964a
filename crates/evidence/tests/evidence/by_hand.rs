//! `docs/verify-by-hand.md`, followed literally: its blocks are run in their order, on a good export and on bad ones.

use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use crate::dossier::*;
use crate::witnesses::{PREPARE, hex, python};
use crate::world::*;

fn page() -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/verify-by-hand.md");
    std::fs::read_to_string(path).expect("the page")
}

/// The contents of the page's blocks in a language.
fn blocks(page: &str, language: &str) -> Vec<String> {
    let opens = format!("```{language}\n");
    page.split(&opens).skip(1).map(|rest| rest.split("```").next().expect("a block ends").to_owned()).collect()
}

/// A folder with all that the page asks for.
fn folder(case: &Case) -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    let put = |name: &str, bytes: &[u8]| std::fs::write(folder.path().join(name), bytes).expect("writes");
    put("evidence.asice", &case.container());
    for office in [&case.es, &case.ma] {
        put(&format!("{}.root.pem", office.id), pem(office.root.der()).as_bytes());
    }
    put("tsa.root.pem", case.tsa.root_pem().expect("PEM").as_bytes());
    put("exhibit.sealed", &case.sealed[&IMAGE].1);
    std::fs::create_dir(folder.path().join("bin")).expect("a folder");
    // A link would not do: an environment of Python knows itself by the path of its interpreter.
    let python3 = folder.path().join("bin/python3");
    let call = format!("#!/bin/sh\nexec '{}' \"$@\"\n", python().display());
    std::fs::write(&python3, call).expect("writes");
    std::fs::set_permissions(&python3, std::os::unix::fs::PermissionsExt::from_mode(0o755)).expect("runs");
    folder
}

pub fn pem(der: &[u8]) -> String {
    use base64::Engine as _;
    let text = base64::engine::general_purpose::STANDARD.encode(der);
    let lines: Vec<_> = text.as_bytes().chunks(64).map(|line| std::str::from_utf8(line).expect("ASCII")).collect();
    format!("-----BEGIN CERTIFICATE-----\n{}\n-----END CERTIFICATE-----\n", lines.join("\n"))
}

/// Follows the page; `meanwhile` is done after unpacking.
fn follow(folder: &Path, meanwhile: &str) -> Output {
    follow_twice_disturbed(folder, meanwhile, "")
}

/// The same; `later` is done after every digest was compared.
fn follow_twice_disturbed(folder: &Path, meanwhile: &str, later: &str) -> Output {
    let page = page();
    let script: String = blocks(&page, "sh").concat();
    let (before, after) = script.split_once("cd export\n").expect("the page unpacks");
    let (compared, after) = after.split_once("mkdir ../times\n").expect("the page goes on to times");
    let script = format!("{before}cd export\n{meanwhile}\n{compared}\n{later}\nmkdir ../times\n{after}");
    for block in blocks(&page, "python") {
        let name = block.split_once("# ").and_then(|(_, rest)| rest.split_once(':')).expect("the script has a name").0;
        std::fs::write(folder.join(name), &block).expect("writes");
    }
    let path = format!("{}:{}", folder.join("bin").display(), std::env::var("PATH").unwrap_or_default());
    let mut shell = Command::new("sh");
    shell.arg("-c").arg(script).current_dir(folder).env("PATH", path).env("AT", minute(120).unix().to_string());
    shell.env("KEY", hex(&KEY)).env("EXHIBIT", IMAGE.to_string());
    shell.stdin(Stdio::null()).output().unwrap_or_else(|why| panic!("sh did not start ({why}): {PREPARE}"))
}

fn text(output: &Output) -> String {
    [output.stdout.as_slice(), &output.stderr].map(String::from_utf8_lossy).concat()
}

#[test]
fn who_follows_the_page_finds_that_a_good_export_agrees() {
    let case = with_ledger(Case::new(), minute(61));
    let folder = folder(&case);
    let followed = follow(folder.path(), "");
    let said = text(&followed);
    assert!(followed.status.success(), "{said}");
    assert_eq!(said.matches("CAdES Verification successful").count(), 1 + 1 + 1 + 1 + 14, "{said}");
    // In the signatures of export and manifest, and above act, receipt and fourteen entries.
    assert_eq!(said.matches("Verification: OK").count(), 2 + 1 + 1 + 14, "{said}");
    assert_eq!(std::fs::read(folder.path().join("exhibit.plain")).expect("opened"), case.plain[&IMAGE]);
}

#[test]
fn a_certificate_that_ended_does_no_harm_to_what_is_shown_to_be_older() {
    // The page is followed in minute 120. A token shows that everything existed by minute 61.
    let followed = |ends: i64, stamped: Option<i64>, before: Option<i64>| {
        let case = Case::whose_seal_ends(minute(ends));
        let case = match stamped {
            Some(at) => with_heads(case, minute(at), before.map(minute)),
            None => case,
        };
        let folder = folder(&case);
        follow_twice_disturbed(folder.path(), "", if stamped.is_none() { "rm proofs/*" } else { "" })
    };
    let good = followed(90, Some(61), None);
    assert!(good.status.success(), "{}", text(&good));
    // Of several heads above an entry the earliest counts, wherever it stands in the file.
    for (at, before, in_time) in [(95, 61, true), (61, 95, true), (95, 95, false)] {
        let several = followed(90, Some(at), Some(before));
        let said = text(&several);
        assert_eq!(several.status.success(), in_time, "{at} and {before}: {said}");
        assert_eq!(said.contains("certificate has expired"), !in_time, "{at} and {before}: {said}");
        let tokens = said.matches("Verification: OK").count();
        assert_eq!(tokens, 2 + (1 + 1 + 14) + (1 + 1 + 13), "each head above each entry: {said}");
    }
    let none = (followed(60, Some(61), None), followed(90, None, None));
    for (what, followed) in [("too late", none.0), ("no proof", none.1)] {
        let said = text(&followed);
        assert!(!followed.status.success() && said.contains("certificate has expired"), "{what}: {said}");
    }
}

#[test]
fn who_follows_the_page_finds_what_was_changed() {
    let case = with_ledger(Case::new(), minute(61));
    let sums = "sha256sum $(cut -c 67- SHA256SUMS) > s && mv s SHA256SUMS";
    for (what, change) in [
        ("an exhibit", "printf x >> exhibits/*.pdf".to_owned()),
        ("an exhibit and the sums", format!("printf x >> exhibits/*.pdf; {sums}")),
        ("the signed list", "sed -i 's/index/indey/' META-INF/ASiCManifest.xml; cp index.html indey.html".to_owned()),
        ("a manifest", format!("sed -i 's/speciality/specialitz/' manifests/*.json; {sums}")),
        ("details", "sed -i 's/4711/4712/' custody/a1*/0001.disclosed.json".to_owned()),
    ] {
        let folder = folder(&case);
        let followed = follow(folder.path(), &change);
        assert!(!followed.status.success(), "{what} was changed: {}", text(&followed));
    }
    for (what, change) in [
        ("a proof's place", "sed -i 's/^index 0$/index 1/' proofs/*"),
        ("a proof's path", "sed -i '/^index 0$/{n;s/^[A-Za-z]/9/}' proofs/*"),
        ("a checkpoint", "sed -i 's/^16$/17/' proofs/*"),
        ("what a proof is about", "cd proofs; set -- *; mv $1 x; mv $2 $1; mv x $2; cd .."),
        ("a token", "sed -i 's/^\\(— time-stamp .\\{90\\}\\)[A-Z]/\\17/' proofs/*"),
    ] {
        let folder = folder(&case);
        let followed = follow_twice_disturbed(folder.path(), "", change);
        let said = text(&followed);
        assert!(!followed.status.success() && !said.contains("CAdES Verification"), "{what} was changed: {said}");
    }
    let folder = folder(&case);
    let mut sealed = case.sealed[&IMAGE].1.clone();
    sealed[60] ^= 1;
    std::fs::write(folder.path().join("exhibit.sealed"), sealed).expect("writes");
    let followed = follow(folder.path(), "");
    assert!(!followed.status.success() && text(&followed).contains("InvalidTag"), "{}", text(&followed));
}

#[test]
fn case_validate_accepts_the_record_and_notices_a_wrong_one() {
    let export = Case::new().container();
    let record = evidence::asic::Container::open(export.as_slice()).expect("opens").read("case.jsonld", 1 << 20);
    let record = String::from_utf8(record.expect("reads")).expect("text");
    let validate = |text: &str| {
        let file = tempfile::Builder::new().suffix(".jsonld").tempfile().expect("a file");
        std::fs::write(file.path(), text).expect("writes");
        let program: PathBuf = python().with_file_name("case_validate");
        let mut command = Command::new(program);
        command.args(["--built-version", "case-1.5.0"]).arg(file.path()).stdin(Stdio::null());
        let output = command.output().unwrap_or_else(|why| panic!("case_validate did not start ({why}): {PREPARE}"));
        (output.status.success(), self::text(&output))
    };
    let (conforms, said) = validate(&record);
    assert!(conforms && said.contains("Conforms: True"), "{said}");
    let (conforms, said) = validate(&record.replace("xsd:hexBinary", "xsd:string"));
    assert!(!conforms && said.contains("Conforms: False"), "{said}");
}
