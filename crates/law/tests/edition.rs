//! A newer law base in one signed document: what opens and, mostly, what must not. The vectors of
//! `docs/spec/vectors/law-base.jsonl` are written here by hand; `COMITY_REGENERATE=1` writes the file, and without it the file must
//! agree. The signature is a toy: SHA-256 over the document; real ones are the business of `seal`.

use std::path::PathBuf;

use law::edition::{DOCUMENT_BYTES_MAX, FORMAT, open};
use law::{Base, Edition, LawVersion};
use serde::Serialize;
use sha2::{Digest, Sha256};

const SMALL: &[(&str, &str)] = &[
    ("base.toml", "date = \"2026-01-01\"\nnotice = \"n\"\n"),
    ("facts.toml", "[[fact]]\nid = \"offence.f\"\nasks = \"requesting\"\nquestion = \"q\"\n"),
    (
        "instruments/x.toml",
        "id = \"x\"\ntitle = \"t\"\nclass = \"universal\"\nkinds = [\"suppression-convention\"]\nregion = \"r\"\nbinding = true\nprecedence = 1\nadopted = \"1990-01-01\"\nforms = [\"assistance\"]\nmodelled = \"articles\"\n[text]\nsource = \"s\"\ncertainty = \"confirmed\"\nchecked = \"2026-01-01\"\n",
    ),
    (
        "offences.toml",
        "instrument = \"x\"\nsource = \"s\"\ncertainty = \"confirmed\"\nchecked = \"2026-01-01\"\noffence = [{ code = \"O\", provision = \"1\", sentence = \"s\", facts = { \"offence.f\" = true } }]\n",
    ),
    (
        "parties/x.csv",
        "state,status,side,consented,provisional,from,until,source,certainty,note\nES,party,,,,1995-01-01,,s,confirmed,\n",
    ),
    ("sources.toml", "[[source]]\nid = \"s\"\ntitle = \"t\"\nof = \"2020-01-01\"\n"),
];

/// One vector: the document, the hexadecimal toy signature, the base in use, and what must come of it.
#[derive(Serialize)]
struct Vector {
    name: &'static str,
    /// `opens`, or the code of the refusal.
    expect: &'static str,
    document: String,
    signature: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    current: Option<LawVersion>,
}

fn sign(document: &[u8]) -> String {
    Sha256::digest(document).iter().map(|byte| format!("{byte:02x}")).collect()
}

fn document() -> String {
    let edition = Edition::of(SMALL).expect("a law base");
    String::from_utf8(edition.bytes().to_vec()).expect("UTF-8")
}

/// The document changed, spelt canonically again.
fn changed(change: impl FnOnce(&mut Edition)) -> String {
    let mut edition = Edition::of(SMALL).expect("a law base").into_value();
    change(&mut edition);
    String::from_utf8(terms::canonical::to_bytes(&edition).expect("canonical")).expect("UTF-8")
}

/// The document with one more file, under its old digest.
fn put(path: &str, text: &str) -> String {
    changed(|edition| drop(edition.files.insert(path.to_owned(), text.to_owned())))
}

/// The small base with one file replaced, as a document of its own.
fn with(path: &str, text: &str) -> String {
    changed(|edition| {
        edition.files.insert(path.to_owned(), text.to_owned());
        let files: Vec<(&str, &str)> = edition.files.iter().map(|(p, t)| (p.as_str(), t.as_str())).collect();
        if let Ok(base) = Base::load(&files) {
            edition.digest = base.version().digest.clone();
        }
    })
}

fn version(date: &str, digest: &str) -> LawVersion {
    LawVersion { date: date.parse().expect("a day"), digest: digest.to_owned() }
}

fn vectors() -> Vec<Vector> {
    let sound = document();
    let digest = Edition::of(SMALL).expect("a law base").into_value().digest;
    let other = "0".repeat(64);
    let plain = |name, expect, document: String| {
        let signature = sign(document.as_bytes());
        Vector { name, expect, document, signature, current: None }
    };
    let over = |name, expect, current| Vector { current: Some(current), ..plain(name, expect, sound.clone()) };
    vec![
        plain("a sound base", "opens", sound.clone()),
        over("the base in use once more", "opens", version("2026-01-01", &digest)),
        over("a base of a later day", "opens", version("2025-12-31", &other)),
        over("a base of an earlier day", "law.edition-older", version("2026-01-02", &other)),
        over("another base of the same day", "law.edition-older", version("2026-01-01", &other)),
        Vector {
            signature: sign(b"something else"),
            ..plain("a signature over something else", "law.edition-signature", sound.clone())
        },
        Vector { signature: String::new(), ..plain("no signature", "law.edition-signature", sound.clone()) },
        plain("no JSON", "law.edition-form", "law".to_owned()),
        plain("spelt otherwise than canonically", "law.edition-form", sound.replacen(':', ": ", 1)),
        plain("another version of the format", "law.edition-form", changed(|d| d.v = "comity.law-base/2".to_owned())),
        plain("a member too many", "law.edition-form", sound.replacen("\"files\"", "\"extra\":\"x\",\"files\"", 1)),
        plain("no digest", "law.edition-form", sound.replacen(&format!("\"digest\":\"{digest}\","), "", 1)),
        plain("a path that leads elsewhere", "law.edition-form", put("../base.toml", "")),
        plain("a path of three parts", "law.edition-form", put("a/b/c.toml", "")),
        plain("a path in capitals", "law.edition-form", put("README.toml", "")),
        plain("another digest than its files give", "law.edition-differs", changed(|d| d.digest = other.clone())),
        plain(
            "another day than its base.toml",
            "law.edition-differs",
            changed(|d| d.date = "2027-01-01".parse().expect("a day")),
        ),
        plain(
            "a changed text under the old digest",
            "law.edition-differs",
            put("base.toml", "date = \"2026-01-01\"\nnotice = \"other\"\n"),
        ),
        plain("a file is missing", "law.missing-file", changed(|d| drop(d.files.remove("facts.toml")))),
        plain("a file of no known kind", "law.unknown-file", put("poems/x.toml", "")),
        plain("a file out of form", "law.malformed", with("facts.toml", "[[fact]]\nid = 7\n")),
        plain(
            "a base in which the linter finds something",
            "law.edition-unsound",
            with("sources.toml", "source = []\n"),
        ),
    ]
}

fn outcome(vector: &Vector) -> String {
    let verify =
        |document: &[u8]| if sign(document) == vector.signature { Ok("toy") } else { Err("another signature") };
    match open(vector.document.as_bytes(), verify, vector.current.as_ref()) {
        Ok((base, signer)) => {
            assert_eq!((base.instruments().count(), signer), (1, "toy"));
            "opens".to_owned()
        }
        Err(refused) => refused.code().to_owned(),
    }
}

#[test]
fn every_vector_opens_or_is_refused_for_its_reason() {
    for vector in vectors() {
        assert_eq!(outcome(&vector), vector.expect, "{}", vector.name);
    }
}

#[test]
fn the_published_vectors_are_these() {
    let line = |v: &Vector| String::from_utf8(terms::canonical::to_bytes(v).expect("canonical")).expect("UTF-8") + "\n";
    let text: String = vectors().iter().map(line).collect();
    let file = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../docs/spec/vectors/law-base.jsonl");
    if std::env::var_os("COMITY_REGENERATE").is_some() {
        std::fs::write(&file, &text).expect("written");
    }
    let held = std::fs::read_to_string(&file).expect("published vectors; COMITY_REGENERATE=1 writes them");
    assert_eq!(held, text, "docs/spec/vectors/law-base.jsonl is not what this edition makes");
}

#[test]
fn the_embedded_base_goes_into_a_document_and_comes_out_the_same() {
    let document = Edition::of(Base::embedded_files()).expect("a law base");
    assert!(document.bytes().len() * 4 < DOCUMENT_BYTES_MAX && document.value().v == FORMAT);
    let (base, ()) = open(document.bytes(), |_| Ok::<(), &str>(()), None).expect("opens");
    assert_eq!(base.version(), Base::embedded().expect("loads").version());
}

#[test]
fn a_document_beyond_the_limit_is_refused_before_anything_is_read() {
    let huge = vec![b' '; DOCUMENT_BYTES_MAX + 1];
    let refused = open(
        &huge,
        |_| -> Result<(), &str> { panic!("the signature of a document that is too large is not looked at") },
        None,
    );
    assert_eq!(refused.expect_err("too large").code(), "law.edition-too-large");
}
