//! The vectors of `docs/spec/vectors/court-export/`: a container, changes to it, and the answer.

use std::path::PathBuf;

use evidence::verify::{self, Trust};
use evidence::{Verdict, unwatched};
use seal::{Card, SignedCard, TimeRoots};
use serde::{Deserialize, Serialize};

use crate::by_hand::pem;
use crate::dossier::*;
use crate::witnesses::hex;

/// A container, perhaps changed.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
pub struct Vector {
    pub name: String,
    pub expect: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pieces: Option<Vec<(usize, usize)>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub xor: Option<(usize, u8)>,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub append: String,
}

impl Vector {
    /// Nothing is changed.
    pub fn of(name: &str, expect: &str) -> Self {
        let (name, expect) = (name.to_owned(), expect.to_owned());
        Self { name, expect, pieces: None, xor: None, append: String::new() }
    }
    /// What it makes of good bytes.
    pub fn change(&self, good: &[u8]) -> Vec<u8> {
        let mut bytes: Vec<u8> = match &self.pieces {
            None => good.to_vec(),
            Some(pieces) => pieces.iter().flat_map(|(from, to)| &good[*from..*to]).copied().collect(),
        };
        if let Some((at, with)) = self.xor {
            bytes[at] ^= with;
        }
        let more = (0..self.append.len()).step_by(2);
        bytes.extend(more.map(|at| u8::from_str_radix(&self.append[at..at + 2], 16).expect("hexadecimal")));
        bytes
    }
}

fn path(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../docs/spec/vectors/court-export").join(name)
}

fn publish(name: &str, bytes: &[u8]) {
    if std::env::var_os("COMITY_REGENERATE").is_some() {
        std::fs::create_dir_all(path("")).expect("a folder");
        std::fs::write(path(name), bytes).expect("writes");
    }
    let held = std::fs::read(path(name)).expect("published; COMITY_REGENERATE=1 writes it");
    assert!(held == bytes, "docs/spec/vectors/court-export/{name} is not what this edition makes");
}

fn vectors(good: &[u8]) -> Vec<Vector> {
    let (end, size) = (good.len() - 22, good.len());
    let find = |text: &str| good.windows(text.len()).position(|window| window == text.as_bytes()).expect("is there");
    let directory = u32::from_le_bytes(good[end + 16..end + 20].try_into().expect("four")) as usize;
    let of = Vector::of;
    let (no, unknown) = ("does-not-match", "cannot-be-checked");
    let xor = |name: &str, at: usize, with: u8| Vector { xor: Some((at, with)), ..of(name, no) };
    vec![
        of("as it was written", "matches"),
        Vector { pieces: Some(vec![]), ..of("nothing", unknown) },
        Vector { pieces: Some(vec![(directory, size)]), ..of("a directory alone", unknown) },
        Vector { pieces: Some(vec![(0, size - 1)]), ..of("cut by one byte", no) },
        Vector { pieces: Some(vec![(0, directory)]), ..of("without its directory", no) },
        Vector { pieces: Some(vec![(0, directory), (end, size)]), ..of("an end without a directory", no) },
        Vector { pieces: Some(vec![(0, size), (0, size)]), ..of("twice in one file", no) },
        Vector { append: "00".into(), ..of("one byte appended", no) },
        Vector { append: hex(&good[end..]), ..of("a second end", no) },
        xor("a bit of the mimetype", 40, 1),
        xor("a bit of the list", find("<asic:Data") + 30, 1),
        xor("a bit of the time of the first header", 10, 1),
        xor("the flag of a data descriptor", directory + 8, 8),
        xor("the method", directory + 10, 8),
        xor("the lowest bit of a size in the directory", directory + 24, 1),
        xor("an offset in the directory", directory + 42, 1),
        xor("the attributes", directory + 38, 1),
        xor("the number of members", end + 10, 1),
        xor("the length of the comment", end + 20, 1),
        xor("a bit of the exhibit", find("%PDF-1.7"), 1),
        xor("a bit of the page", find("<!DOCTYPE"), 1),
    ]
}

#[test]
fn the_vectors_of_court_exports_hold() {
    let mut case = Case::minimal();
    case.dossier.proofs.clear();
    let good = case.container();
    publish("minimal.asice", &good);
    for office in [&case.es, &case.ma] {
        publish(&format!("{}.card.json", office.id), &office.signed_card().to_file());
        publish(&format!("{}.root.pem", office.id), pem(office.root.der()).as_bytes());
    }
    publish("tsa.root.pem", case.tsa.root_pem().expect("PEM").as_bytes());
    let lines: Vec<String> = vectors(&good).iter().map(|v| serde_json::to_string(v).expect("JSON")).collect();
    publish("container.jsonl", (lines.join("\n") + "\n").as_bytes());

    let cards: Vec<Card> = ["es.moj", "ma.moj"]
        .map(|authority| {
            let file = std::fs::read(path(&format!("{authority}.card.json"))).expect("reads");
            let claimed = SignedCard::parse(&file).and_then(|card| card.claim()).expect("a card");
            let root = claimed.root_fingerprint();
            claimed.approve(&root).expect("approved")
        })
        .into();
    let roots = TimeRoots::new([case.tsa.root().to_vec()]).expect("a certificate");
    let trust = Trust { cards: &cards, time_roots: &roots, proofs: None, now: minute(120) };
    let text = std::fs::read_to_string(path("container.jsonl")).expect("reads");
    for line in text.lines() {
        let vector: Vector = serde_json::from_str(line).expect("a vector");
        let bytes = vector.change(&good);
        let report = verify::container(bytes.as_slice(), &trust, &mut unwatched).expect("answers");
        let expected = match vector.expect.as_str() {
            "matches" => Verdict::Matches,
            "does-not-match" => Verdict::DoesNotMatch,
            _ => Verdict::CannotBeChecked,
        };
        assert_eq!(report.verdict, expected, "{}: {report}", vector.name);
    }
}
