//! The vectors under `docs/spec/vectors/ledger`: made anew here and compared, then read and judged one by one.
//!
//! `COMITY_WRITE_VECTORS=1 cargo test -p ledger --test vectors` writes them. A changed vector is a changed format.

mod common;

use std::collections::BTreeMap;
use std::path::PathBuf;

use common::{Log, at, keys, log_signer, witnesses};
use ledger::evidence::Evidence;
use ledger::proof_text::{Expected, check_file};
use ledger::submission::Submission;
use ledger::tree::{leaf_hash, root};
use ledger::witness::consider;
use ledger::{Answer, ConsistencyProof, Frontier, LeafDisclosure, LeafKind, NodeId, NoteSigner, Policy};
use ledger::{SignedCheckpoint, TlogProof, VerifierKey};
use terms::{Digest, Salt};

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../docs/spec/vectors/ledger")
}
fn opening() -> LeafDisclosure {
    LeafDisclosure::new(LeafKind::Act, Digest::of(&[b"header"]), b"signature", Salt::new([7; 16]))
}
fn expected() -> Expected {
    Expected { kind: LeafKind::Act, id: Digest::of(&[b"header"]), signature: b"signature".to_vec() }
}
fn policy() -> String {
    let [ma, fr, _] = witnesses();
    let log = log_signer();
    format!(
        "log {}\nwitness ma {}\nwitness fr {}\ngroup peers all ma fr\nquorum peers\n",
        log.key(),
        ma.key(),
        fr.key()
    )
}
fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// A proof of the opening's leaf, at index 2 of 7, cosigned by both witnesses.
fn proof() -> TlogProof {
    let mut log = Log::of(2, 0);
    for stored in log.frontier.append(opening().leaf_hash()).expect("not full") {
        log.hashes.insert(stored.node, stored.hash);
    }
    log.grow(7, 0);
    let mut checkpoint = log.checkpoint(&log_signer());
    for (second, witness) in (0..2).zip(witnesses()) {
        let submission = Submission { old_size: 0, proof: ConsistencyProof::default(), checkpoint: checkpoint.clone() };
        let accepted = consider(&keys(&[log_signer()]), None, &submission).expect("first seen");
        checkpoint
            .add_cosignature(accepted.cosign_stored(at(second), &witness).expect("cosigned"), witness.key())
            .expect("valid");
    }
    TlogProof { extra: Some(opening().to_bytes()), index: 2, inclusion: log.inclusion(2, 7), checkpoint }
}

/// Every file: how it is read, the outcome, its text.
fn cases() -> Vec<(String, &'static str, &'static str, String)> {
    let proof = proof();
    let text = proof.to_string();
    let path: Vec<&str> = text.lines().skip(3).take(3).collect();
    let head = proof.checkpoint.to_string();
    let lines: Vec<&str> = head.lines().collect();
    let cosigned = format!("{}\n", lines[5]);
    let swapped = text.replacen(&format!("{}\n{}", path[0], path[1]), &format!("{}\n{}", path[1], path[0]), 1);
    let mut log = Log::of(10, 0);
    let mut grown = Log::of(20, 0);
    let asked =
        Submission { old_size: 10, proof: grown.consistency(10, 20), checkpoint: grown.checkpoint(&log_signer()) };
    let fork = Evidence::of(log.checkpoint(&log_signer()), Log::of(10, 1).checkpoint(&log_signer())).expect("a fork");
    let asked_text = asked.to_string();
    log.grow(11, 0);
    let case = |name: &str, reader, outcome, text: String| (name.to_owned(), reader, outcome, text);
    vec![
        case("proof-right.tlog-proof", "proof", "ok", text.clone()),
        case("proof-one-cosignature.tlog-proof", "proof", "ledger.quorum", text.replacen(&cosigned, "", 1)),
        case("proof-other-index.tlog-proof", "proof", "ledger.proof-mismatch", text.replacen("index 2", "index 3", 1)),
        case("proof-index-outside.tlog-proof", "proof", "ledger.outside-tree", text.replacen("index 2", "index 7", 1)),
        case(
            "proof-hash-missing.tlog-proof",
            "proof",
            "ledger.proof-length",
            text.replacen(&format!("{}\n", path[0]), "", 1),
        ),
        case(
            "proof-hash-twice.tlog-proof",
            "proof",
            "ledger.proof-length",
            text.replacen(path[0], &format!("{}\n{}", path[0], path[0]), 1),
        ),
        case("proof-hashes-swapped.tlog-proof", "proof", "ledger.proof-mismatch", swapped),
        case("proof-size-changed.tlog-proof", "proof", "ledger.signature-invalid", text.replacen("\n7\n", "\n8\n", 1)),
        case(
            "proof-other-origin.tlog-proof",
            "proof",
            "ledger.signature-invalid",
            text.replacen("\nes.moj/ledger/1\n", "\nes.moj/ledger/2\n", 1),
        ),
        case(
            "proof-no-extra.tlog-proof",
            "proof",
            "ledger.malformed",
            text.lines().filter(|line| !line.starts_with("extra")).map(|line| format!("{line}\n")).collect(),
        ),
        case(
            "proof-index-leading-zero.tlog-proof",
            "proof",
            "ledger.malformed",
            text.replacen("index 2", "index 02", 1),
        ),
        case("proof-other-version.tlog-proof", "proof", "ledger.malformed", text.replacen("@v1", "@v2", 1)),
        case("checkpoint-right", "checkpoint", "ok", head.clone()),
        case("checkpoint-extension", "checkpoint", "ledger.signature-invalid", head.replacen("\n\n", "\nmore\n\n", 1)),
        case("checkpoint-size-leading-zero", "checkpoint", "ledger.malformed", head.replacen("\n7\n", "\n07\n", 1)),
        case(
            "checkpoint-size-beyond",
            "checkpoint",
            "ledger.malformed",
            head.replacen("\n7\n", "\n4611686018427387905\n", 1),
        ),
        case("checkpoint-no-newline", "checkpoint", "ledger.malformed", head.trim_end().to_owned()),
        case("checkpoint-carriage-return", "checkpoint", "ledger.malformed", head.replace('\n', "\r\n")),
        case("checkpoint-hyphen", "checkpoint", "ledger.malformed", head.replacen('—', "-", 1)),
        case("checkpoint-unsigned", "checkpoint", "ledger.malformed", format!("{}\n\n", lines[..3].join("\n"))),
        case(
            "checkpoint-witness-only",
            "checkpoint",
            "ledger.no-known-signature",
            format!("{}\n\n{cosigned}", lines[..3].join("\n")),
        ),
        case("submission-right", "submission", "ok", asked_text.clone()),
        case(
            "submission-old-size-spelt",
            "submission",
            "ledger.malformed",
            asked_text.replacen("old 10", "old  10", 1),
        ),
        case("submission-no-empty-line", "submission", "ledger.malformed", asked_text.replacen("\n\n", "\n", 1)),
        case("evidence-fork", "evidence", "ok", fork.to_string()),
        case("evidence-length", "evidence", "ledger.malformed", fork.to_string().replacen("/1\n1", "/1\n2", 1)),
        case("evidence-same-head", "evidence", "ledger.malformed", {
            let head = log.checkpoint(&log_signer()).to_string();
            format!("comity.ledger-evidence/1\n{}\n{head}{}\n{head}", head.len(), head.len())
        }),
    ]
}

fn files() -> BTreeMap<String, String> {
    let mut files: BTreeMap<String, String> = cases().into_iter().map(|(name, _, _, text)| (name, text)).collect();
    let index: String =
        cases().iter().map(|(name, reader, outcome, _)| format!("{name} {reader} {outcome}\n")).collect();
    files.insert("index.txt".to_owned(), index);
    let [ma, fr, _] = witnesses();
    files.insert("keys.txt".to_owned(), format!("{}\n{}\n{}\n", log_signer().key(), ma.key(), fr.key()));
    files.insert("policy.txt".to_owned(), policy());
    let leaf = opening();
    files.insert(
        "leaf.txt".to_owned(),
        format!("preimage {}\ndata {}\nhash {}\n", hex(&leaf.to_bytes()), leaf.data(), leaf.leaf_hash()),
    );
    let mut frontier = Frontier::empty();
    let mut hashes = BTreeMap::<NodeId, Digest>::new();
    for index in 0..70_000_u64 {
        let stored = frontier.append(leaf_hash(&index.to_be_bytes())).expect("not full");
        hashes.extend(stored.into_iter().map(|stored| (stored.node, stored.hash)));
    }
    let sizes = [0, 1, 2, 3, 4, 5, 6, 7, 8, 15, 16, 17, 255, 256, 257, 1_000, 65_536, 70_000];
    let roots = sizes.map(|size| format!("{size} {}\n", root(size, &mut hashes).expect("stored"))).concat();
    files.insert("roots.txt".to_owned(), roots);
    files
}

#[test]
fn the_vectors_are_what_this_code_makes() {
    let write = std::env::var_os("COMITY_WRITE_VECTORS").is_some();
    let made = files();
    for (name, text) in &made {
        let path = folder().join(name);
        if write {
            std::fs::write(&path, text).expect("the folder can be written");
        }
        let kept = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!(kept, *text, "{name}");
    }
    for entry in std::fs::read_dir(folder()).expect("the folder is there") {
        let name = entry.expect("an entry").file_name().into_string().expect("UTF-8");
        assert!(made.contains_key(&name), "{name} is no longer made");
    }
}

#[test]
fn each_vector_is_accepted_or_refused_as_its_index_says() {
    let read = |name: &str| std::fs::read(folder().join(name)).unwrap_or_else(|error| panic!("{name}: {error}"));
    let text = |name: &str| String::from_utf8(read(name)).expect("UTF-8");
    let keys: Vec<VerifierKey> = text("keys.txt").lines().map(|line| line.parse().expect("a key")).collect();
    let policy = Policy::parse(&read("policy.txt")).expect("a policy");
    let index = text("index.txt");
    for line in index.lines() {
        let [name, reader, outcome] = line.split(' ').collect::<Vec<_>>().try_into().expect("three items");
        let bytes = read(name);
        let found = match reader {
            "proof" => match check_file(&bytes, &expected(), &policy, None) {
                Answer::Matches(_) => "ok",
                Answer::DoesNotMatch(finding) | Answer::CannotBeChecked(finding) => finding.code,
            },
            "checkpoint" => SignedCheckpoint::parse(&bytes)
                .and_then(|head| head.verify(&keys).map(|_| ()))
                .map_or_else(|error| error.code(), |()| "ok"),
            "submission" => Submission::parse(&bytes).map_or_else(|error| error.code(), |_| "ok"),
            "evidence" => Evidence::parse(&bytes)
                .and_then(|evidence| evidence.proves_misconduct(&keys[..1]))
                .map_or_else(|error| error.code(), |proves| if proves { "ok" } else { "suspicion" }),
            other => panic!("no reader {other}"),
        };
        assert_eq!(found, outcome, "{name}");
    }
}
