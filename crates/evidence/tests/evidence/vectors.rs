//! The vectors of `docs/spec/vectors/exhibit/`: what any implementation must accept and, mostly, refuse.
//!
//! The expectations are written here by hand; `COMITY_REGENERATE=1` writes the files, and without it the files must agree.
//! A vector of a sealed exhibit names a file and what was done to its bytes, so that a hundred changes do not need a hundred files.

use evidence::cobblestone::{HEAD, SEALED_CHUNK};
use evidence::custody::{self, CustodyEntry, Details, Drug};
use evidence::document::{Document, parse};
use evidence::{ContentKey, Manifest, Verdict};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use terms::canonical::to_bytes;
use terms::{Digest, ExhibitId, Moment};

use crate::custody::{at, history_cases};
use crate::documents::{good_details, good_entry, good_manifest};
use crate::world::*;

/// A sealed exhibit, perhaps changed.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
pub struct Sealed {
    pub name: String,
    /// `accept`, or `refuse: ` and the code.
    pub expect: String,
    /// The file beside this one.
    file: String,
    /// Byte ranges of the file that are kept, in this order; absent: all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pieces: Option<Vec<(usize, usize)>>,
    /// A byte of the result that is changed: where, and with what it is xored.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    xor: Option<(usize, u8)>,
    /// What is appended at last, in hexadecimal.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    append: String,
    /// The content key, in hexadecimal.
    key: String,
    pub exhibit: ExhibitId,
    /// What is inside, if it opens.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub size: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sha256: Option<Digest>,
}

impl Sealed {
    pub fn key_bytes(&self) -> [u8; 32] {
        hex(&self.key).try_into().expect("32 bytes")
    }
    pub fn bytes(&self) -> Vec<u8> {
        let file = std::fs::read(vectors(&self.file)).expect("published; COMITY_REGENERATE=1 writes it");
        let mut bytes = match &self.pieces {
            None => file,
            Some(pieces) => pieces.iter().flat_map(|(from, to)| &file[*from..*to]).copied().collect(),
        };
        if let Some((at, with)) = self.xor {
            bytes[at] ^= with;
        }
        bytes.extend(hex(&self.append));
        bytes
    }
}

fn hex(text: &str) -> Vec<u8> {
    (0..text.len()).step_by(2).map(|at| u8::from_str_radix(&text[at..at + 2], 16).expect("hexadecimal")).collect()
}

fn regenerate() -> bool {
    std::env::var_os("COMITY_REGENERATE").is_some()
}

/// Compares a file with what this edition makes, or writes it.
pub fn publish(name: &str, bytes: &[u8]) {
    if regenerate() {
        std::fs::create_dir_all(vectors("")).expect("a folder for vectors");
        std::fs::write(vectors(name), bytes).expect("written");
    }
    let held = std::fs::read(vectors(name)).expect("published; COMITY_REGENERATE=1 writes it");
    assert!(held == bytes, "docs/spec/vectors/exhibit/{name} is not what this edition makes");
}

pub fn publish_lines<T: Serialize>(name: &str, lines: &[T]) {
    let lines: Vec<String> = lines.iter().map(|line| serde_json::to_string(line).expect("JSON")).collect();
    publish(name, (lines.join("\n") + "\n").as_bytes());
}

pub fn read<T: DeserializeOwned>(name: &str) -> Vec<T> {
    let text = std::fs::read_to_string(vectors(name)).expect("published; COMITY_REGENERATE=1 writes it");
    text.lines().map(|line| serde_json::from_str(line).expect("a vector a line")).collect()
}

const FILES: [(&str, usize); 4] = [
    ("empty.sealed", 0),
    ("short.sealed", 100),
    ("one-chunk.sealed", 16_384),
    ("three-chunks.sealed", 2 * 16_384 + 100),
];

fn sealed_vectors() -> Vec<Sealed> {
    let good = |file: &str| Sealed {
        name: String::new(),
        expect: String::new(),
        file: file.to_owned(),
        pieces: None,
        xor: None,
        append: String::new(),
        key: KEY.iter().map(|byte| format!("{byte:02x}")).collect(),
        exhibit: ID,
        size: None,
        sha256: None,
    };
    let mut all: Vec<Sealed> = FILES
        .into_iter()
        .map(|(file, size)| Sealed {
            name: format!("{size} bytes"),
            expect: "accept".to_owned(),
            size: Some(size as u64),
            sha256: Some(Digest::of(&[&plaintext(size)])),
            ..good(file)
        })
        .collect();
    let three = "three-chunks.sealed";
    let (a, b) = ((HEAD, HEAD + SEALED_CHUNK), (HEAD + SEALED_CHUNK, HEAD + 2 * SEALED_CHUNK));
    let (head, last) = ((0, HEAD), (b.1, b.1 + 116));
    let refused: Vec<(&str, &str, Sealed)> = vec![
        ("no bytes at all", "head-cut", Sealed { pieces: Some(vec![]), ..good("empty.sealed") }),
        ("cut in the salt", "head-cut", Sealed { pieces: Some(vec![(0, 23)]), ..good("empty.sealed") }),
        ("cut in the commitment", "head-cut", Sealed { pieces: Some(vec![(0, 55)]), ..good("empty.sealed") }),
        ("nothing but a head", "cut", Sealed { pieces: Some(vec![head]), ..good("empty.sealed") }),
        ("cut in the only tag", "cut", Sealed { pieces: Some(vec![(0, 71)]), ..good("empty.sealed") }),
        ("empty, one byte appended", "chunk", Sealed { append: "00".into(), ..good("empty.sealed") }),
        ("first bit of the salt", "commitment", Sealed { xor: Some((0, 0x80)), ..good("short.sealed") }),
        ("last bit of the salt", "commitment", Sealed { xor: Some((23, 1)), ..good("short.sealed") }),
        ("first bit of the commitment", "commitment", Sealed { xor: Some((24, 0x80)), ..good("short.sealed") }),
        ("last bit of the commitment", "commitment", Sealed { xor: Some((55, 1)), ..good("short.sealed") }),
        ("first bit of a chunk", "chunk", Sealed { xor: Some((56, 0x80)), ..good("short.sealed") }),
        ("last bit of the last tag", "chunk", Sealed { xor: Some((171, 1)), ..good("short.sealed") }),
        ("another key", "commitment", Sealed { key: "4c".repeat(32), ..good("short.sealed") }),
        ("another exhibit", "commitment", Sealed { exhibit: ExhibitId::new([0x1e; 16]), ..good("short.sealed") }),
        ("cut by one byte", "chunk", Sealed { pieces: Some(vec![(0, 171)]), ..good("short.sealed") }),
        ("cut to one byte and a tag", "chunk", Sealed { pieces: Some(vec![(0, 73)]), ..good("short.sealed") }),
        (
            "the empty last chunk is missing",
            "cut",
            Sealed { pieces: Some(vec![(0, HEAD + SEALED_CHUNK)]), ..good("one-chunk.sealed") },
        ),
        (
            "the empty last chunk stands twice",
            "chunk",
            Sealed { pieces: Some(vec![(0, 16_472), (16_456, 16_472)]), ..good("one-chunk.sealed") },
        ),
        ("the last chunk is missing", "cut", Sealed { pieces: Some(vec![head, a, b]), ..good(three) }),
        ("the first chunk is missing", "chunk", Sealed { pieces: Some(vec![head, b, last]), ..good(three) }),
        ("chunks swapped", "chunk", Sealed { pieces: Some(vec![head, b, a, last]), ..good(three) }),
        ("a chunk doubled", "chunk", Sealed { pieces: Some(vec![head, a, a, b, last]), ..good(three) }),
        ("the last chunk doubled", "chunk", Sealed { pieces: Some(vec![head, a, b, last, last]), ..good(three) }),
        ("the last chunk first", "chunk", Sealed { pieces: Some(vec![head, last, a, b]), ..good(three) }),
        ("a chunk appended", "chunk", Sealed { pieces: Some(vec![head, a, b, last, a]), ..good(three) }),
        ("an empty chunk appended", "chunk", Sealed { append: "00".repeat(16), ..good(three) }),
        ("one byte appended", "chunk", Sealed { append: "00".into(), ..good(three) }),
        ("a bit of the second chunk", "chunk", Sealed { xor: Some((HEAD + SEALED_CHUNK + 9, 4)), ..good(three) }),
        ("a bit of the first tag", "chunk", Sealed { xor: Some((HEAD + SEALED_CHUNK - 1, 1)), ..good(three) }),
    ];
    all.extend(refused.into_iter().map(|(name, code, vector)| Sealed {
        name: name.to_owned(),
        expect: format!("refuse: evidence.{code}"),
        ..vector
    }));
    all
}

#[test]
fn the_vectors_of_sealed_exhibits_hold() {
    for (file, size) in FILES {
        publish(file, &sealed(&plaintext(size)).1);
    }
    publish_lines("cobblestone.jsonl", &sealed_vectors());
    for vector in read::<Sealed>("cobblestone.jsonl") {
        let opened = open_all(&ContentKey::new(&vector.key_bytes()), vector.exhibit, &vector.bytes());
        match (vector.expect.strip_prefix("refuse: "), opened) {
            (None, Ok(plain)) => {
                assert_eq!((vector.size, vector.sha256), (Some(plain.len() as u64), Some(Digest::of(&[&plain]))));
            }
            (Some(code), Err(failure)) => assert_eq!(failure.code(), code, "{}: {failure}", vector.name),
            (_, outcome) => panic!("{}: {outcome:?}", vector.name),
        }
    }
}

/// A document, perhaps one that must be refused.
#[derive(Debug, Serialize, Deserialize)]
struct Text {
    name: String,
    /// `accept`, or `refuse: ` and words of the reason.
    expect: String,
    /// The bytes, as text.
    document: String,
}

fn text(name: &str, expect: &str, document: impl Into<String>) -> Text {
    Text { name: name.to_owned(), expect: expect.to_owned(), document: document.into() }
}

/// The document with one member set (or, for `null`, taken away), written canonically.
fn with(good: &impl Serialize, pointer: &str, value: Value) -> String {
    let mut document = serde_json::to_value(good).expect("JSON");
    let (parent, member) = pointer.rsplit_once('/').expect("a pointer");
    let parent = document.pointer_mut(parent).expect("the parent stands in the good one");
    match (parent, value) {
        (Value::Object(members), Value::Null) => drop(members.remove(member)),
        (parent, value) => parent[member] = value,
    }
    String::from_utf8(to_bytes(&document).expect("canonical")).expect("text")
}

fn good(document: &impl Serialize) -> String {
    String::from_utf8(to_bytes(document).expect("canonical")).expect("text")
}

fn hold<D: Document>(file: &str, vectors: &[Text]) {
    publish_lines(file, vectors);
    for vector in read::<Text>(file) {
        let outcome = parse::<D>(vector.document.as_bytes()).map(drop).map_err(|flaw| flaw.to_string());
        match (vector.expect.strip_prefix("refuse: "), &outcome) {
            (None, Ok(())) => {}
            (Some(words), Err(reason)) if reason.contains(words) => {}
            _ => panic!("{file}, {}: {outcome:?}, expected {}", vector.name, vector.expect),
        }
    }
}

#[test]
fn the_vectors_of_manifests_hold() {
    let manifest = good_manifest();
    let canonical = good(&manifest);
    let mut swapped = manifest.clone();
    swapped.exhibits.reverse();
    let mut doubled = manifest.clone();
    doubled.exhibits[1] = doubled.exhibits[0].clone();
    let form = "refuse: not of the required form";
    let mut vectors = vec![
        text("two exhibits", "accept", &canonical),
        text("one exhibit without conditions", "accept", with(&manifest, "/exhibits", json!([manifest.exhibits[0]]))),
        text(
            "a condition that this edition does not know",
            "accept",
            with(&manifest, "/exhibits/1/conditions", json!(["z-9"])),
        ),
        text("empty text", form, ""),
        text("white space at the end", "refuse: canonical", canonical.clone() + "\n"),
        text("white space inside", "refuse: canonical", canonical.replace(":[{", ": [{")),
        text("an unknown member", "refuse: unknown field", with(&manifest, "/title", json!("accounts"))),
        text(
            "an unknown member in an exhibit",
            "refuse: canonical",
            with(&manifest, "/exhibits/0/title", json!("accounts")),
        ),
        text("an exhibit twice", "refuse: stands twice", good(&doubled)),
        text("exhibits not sorted", "refuse: not sorted", good(&swapped)),
        text("no exhibit", "refuse: no exhibit", with(&manifest, "/exhibits", json!([]))),
        text("a member twice", form, canonical.replacen("\"docket\"", "\"author\":\"es.moj\",\"docket\"", 1)),
    ];
    for (name, words, pointer, value) in [
        ("another version", "version", "/v", json!("comity.manifest/2")),
        ("no version", "required form", "/v", Value::Null),
        ("no author", "required form", "/author", Value::Null),
        ("no docket", "required form", "/docket", Value::Null),
        ("a time with an offset", "moment", "/time", json!("2026-06-01T12:00:00+00:00")),
        ("an id in upper case", "exhibit's id", "/exhibits/0/id", json!("AA".repeat(16))),
        ("an id cut", "exhibit's id", "/exhibits/0/id", json!("aa".repeat(15))),
        ("a negative size", "required form", "/exhibits/0/size", json!(-1)),
        ("a size as text", "required form", "/exhibits/0/size", json!("1")),
        ("a size beyond the format", "larger", "/exhibits/0/size", json!(1u64 << 52)),
        ("no SHA-256", "required form", "/exhibits/0/sha256", Value::Null),
        ("a SHA-512 of the length of a SHA-256", "SHA-512", "/exhibits/0/sha512", json!("ab".repeat(32))),
        ("no commitment", "required form", "/exhibits/0/commitment", Value::Null),
        ("a salt of 32 bytes", "salt", "/exhibits/0/salt", json!("ab".repeat(32))),
        ("a media type with a parameter", "media type", "/exhibits/0/media", json!("text/plain; charset=utf-8")),
        ("conditions not sorted", "not sorted", "/exhibits/1/conditions", json!(["speciality", "confidential"])),
        ("a condition twice", "stands twice", "/exhibits/1/conditions", json!(["speciality", "speciality"])),
        ("a condition in capitals", "condition", "/exhibits/1/conditions", json!(["Speciality"])),
        ("an empty list of conditions", "canonical", "/exhibits/1/conditions", json!([])),
        ("a handling code with a space", "handling code", "/exhibits/1/handling", json!("for police")),
    ] {
        vectors.push(text(name, &format!("refuse: {words}"), with(&manifest, pointer, value)));
    }
    vectors.push(text("a null", form, canonical.replacen("\"size\":", "\"sha512\":null,\"size\":", 1)));
    hold::<Manifest>("manifest.jsonl", &vectors);
}

#[test]
fn the_vectors_of_custody_entries_and_details_hold() {
    let item = |handling: Value| with(&good_entry(), "/handling", handling);
    let split = |whole: &str, a: &str, b: &str, loss: &str| {
        let parts = json!([{"item": "aa".repeat(16), "weight": a}, {"item": "bb".repeat(16), "weight": b}]);
        item(json!({"kind": "split", "whole": whole, "parts": parts, "loss": loss}))
    };
    let exhibit = json!({"exhibit": {"id": ID, "sha256": Digest::new([9; 32])}});
    let of_exhibit = |handling: Value| {
        let entry: Value = serde_json::from_str(&item(handling)).expect("JSON");
        with(&entry, "/thing", exhibit.clone())
    };
    let first = |handling: Value| {
        let entry: Value = serde_json::from_str(&item(handling)).expect("JSON");
        with(&entry, "/previous", Value::Null)
    };
    let until = || json!({"kind": "kept", "until": "2031-06-01T00:00:00Z"});
    let vectors = vec![
        text("weighed", "accept", good(&good_entry())),
        text("seized", "accept", first(json!({"kind": "seized", "weight": "1.500 kg"}))),
        text("sealed under two seals", "accept", item(json!({"kind": "sealed", "seals": ["A-1", "A-2"]}))),
        text("a split that adds up", "accept", split("1.5 kg", "1000 g", "499.9 g", "100 mg")),
        text("an exhibit exported", "accept", of_exhibit(json!({"kind": "exported"}))),
        text("held", "accept", item(json!({"kind": "held"}))),
        text("lifted", "accept", of_exhibit(json!({"kind": "lifted"}))),
        text("an exhibit to be kept until a day", "accept", of_exhibit(until())),
        text("an item to be kept until a day", "refuse: does not fit", item(until())),
        text("to be kept, and nobody says until when", "refuse: required form", of_exhibit(json!({"kind": "kept"}))),
        text("destruction asked for", "accept", of_exhibit(json!({"kind": "destruction-asked"}))),
        text("destruction dropped", "accept", of_exhibit(json!({"kind": "destruction-dropped"}))),
        text("an item's destruction asked for", "refuse: does not fit", item(json!({"kind": "destruction-asked"}))),
        text("a history that begins with a hold", "refuse: cannot begin", first(json!({"kind": "held"}))),
        text("a split that loses a milligram", "refuse: add up", split("1.5 kg", "1000 g", "499.9 g", "99 mg")),
        text("a split that gains", "refuse: add up", split("1 g", "1 g", "1 g", "0 g")),
        text("a split of grams into pieces", "refuse: add up", split("2 g", "1 pcs", "1 pcs", "0 g")),
        text("a part that weighs nothing", "refuse: weighs nothing", split("1 g", "0 g", "1 g", "0 g")),
        text("parts not sorted", "refuse: not sorted", split("2 g", "1 g", "1 g", "0 g").replace("bb", "11")),
        text(
            "the whole as its own part",
            "refuse: part of itself",
            split("2 g", "1 g", "1 g", "0 g").replace("bbbb", "eeee"),
        ),
        text("an item exported", "refuse: does not fit", item(json!({"kind": "exported"}))),
        text("an exhibit weighed", "refuse: does not fit", of_exhibit(json!({"kind": "weighed", "weight": "1 g"}))),
        text("an exhibit with seals", "refuse: does not fit", of_exhibit(json!({"kind": "sealed", "seals": ["A-1"]}))),
        text("an item sealed without seals", "refuse: does not fit", item(json!({"kind": "sealed"}))),
        text("seals not sorted", "refuse: not sorted", item(json!({"kind": "sealed", "seals": ["B", "A"]}))),
        text("a seal twice", "refuse: stands twice", item(json!({"kind": "sealed", "seals": ["A", "A"]}))),
        text("a seal in lower case", "refuse: seal's number", item(json!({"kind": "sealed", "seals": ["a-1"]}))),
        text("seized after something else", "refuse: follows another", item(json!({"kind": "seized"}))),
        text("a history that begins with its end", "refuse: cannot begin", first(json!({"kind": "destroyed"}))),
        text("an unknown handling", "refuse: unknown variant", item(json!({"kind": "lost"}))),
        text("a weight with a comma", "refuse: quantity", item(json!({"kind": "weighed", "weight": "1,5 g"}))),
        text("a weight as a number", "refuse: required form", item(json!({"kind": "weighed", "weight": 1}))),
        text("another version", "refuse: version", with(&good_entry(), "/v", json!("comity.custody/2"))),
        text("an unknown member", "refuse: unknown field", with(&good_entry(), "/who", json!("A. Person"))),
        text("no details", "refuse: required form", with(&good_entry(), "/details", Value::Null)),
        text("white space inside", "refuse: canonical", good(&good_entry()).replace("\":\"", "\": \"")),
    ];
    hold::<CustodyEntry>("custody.jsonl", &vectors);
    let details = good_details();
    let line = |text: &str| Some(text.to_owned());
    let known = Drug {
        salt: line("hydrochloride"),
        purity: line("72.4 % by mass"),
        gross: Some("1.052 kg".parse().expect("a weight")),
        net: Some("1.0000 kg".parse().expect("a weight")),
        report: line("LAB-2026-118"),
        seized_at: Some(at(1)),
        retained: line("two samples, until the judgment is final"),
        ..Drug::default()
    };
    let vectors = [
        text("details", "accept", good(&details)),
        text("nobody", "refuse: “who”", with(&details, "/who", json!(" "))),
        text("two lines", "refuse: “why”", with(&details, "/why", json!("a\nb"))),
        text("no authority", "refuse: required form", with(&details, "/authority", Value::Null)),
        text("too long", "refuse: “where”", with(&details, "/where", json!("x".repeat(2_001)))),
        text("of a drug", "accept", good(&details.clone().about("a taped block", Some("cocaine".to_owned())))),
        text("with what is known of the drug", "accept", good(&details.clone().drug(Some(known.clone())))),
        text("of a drug of which nothing is known", "refuse: “drug”", with(&details, "/drug", json!({}))),
        text("a purity of two lines", "refuse: “purity”", with(&details, "/drug", json!({"purity": "72 %\n73 %"}))),
        text("a gross weight without a unit", "refuse: quantity", with(&details, "/drug", json!({"gross": "12"}))),
        text(
            "an unknown member of the drug",
            "refuse: unknown field",
            with(&details, "/drug", json!({"colour": "white"})),
        ),
        text("of nothing", "refuse: “what”", with(&details, "/what", json!(""))),
        text("of two substances", "refuse: “substance”", with(&details, "/substance", json!("heroin\ncocaine"))),
    ];
    hold::<Details>("details.jsonl", &vectors);
}

/// A line of custody entries and what a reader must say of it.
#[derive(Debug, Serialize, Deserialize)]
struct Line {
    name: String,
    /// `matches`, `cannot-be-checked`, or `does-not-match: ` and words of the reason.
    expect: String,
    now: Moment,
    /// Canonical entries, first one first; signatures are left out here.
    entries: Vec<String>,
}

#[test]
fn the_vectors_of_histories_hold() {
    let lines: Vec<Line> = history_cases()
        .into_iter()
        .map(|(name, expect, entries)| Line {
            name: name.to_owned(),
            expect: expect.to_owned(),
            now: at(1_000),
            entries: entries.iter().map(good).collect(),
        })
        .collect();
    publish_lines("history.jsonl", &lines);
    for line in read::<Line>("history.jsonl") {
        let entries: Vec<_> =
            line.entries.iter().map(|text| parse::<CustodyEntry>(text.as_bytes()).expect(&line.name)).collect();
        let history = custody::check(entries.iter().map(|e| (Digest::of(&[e.bytes()]), e.value())), line.now);
        let found: Vec<String> = history.breaks.iter().map(|b| b.what.to_string()).collect();
        let (verdict, words) = line.expect.split_once(": ").unwrap_or((line.expect.as_str(), ""));
        let expected = match verdict {
            "matches" => Verdict::Matches,
            "cannot-be-checked" => Verdict::CannotBeChecked,
            _ => Verdict::DoesNotMatch,
        };
        assert_eq!(history.verdict(), expected, "{}: {found:?}", line.name);
        assert!(words.is_empty() || found.iter().any(|what| what.contains(words)), "{}: {found:?}", line.name);
    }
}
