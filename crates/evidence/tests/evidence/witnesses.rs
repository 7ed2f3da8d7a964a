//! What Python's `cryptography` says: it opens what we seal, we open what it seals, and it refuses what we refuse.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use terms::{Digest, ExhibitId};

use crate::vectors::{Sealed, read};
use crate::world::*;

pub const PREPARE: &str = "prepare the independent witnesses with `cargo xtask test`";

pub fn python() -> PathBuf {
    let workspace = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let python = std::env::var_os("COMITY_PYTHON").map(PathBuf::from);
    let python = python.unwrap_or_else(|| workspace.join("target/witness/bin/python3"));
    assert!(python.exists(), "no Python at {}: {PREPARE}, or name one in COMITY_PYTHON", python.display());
    python
}

pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn case(act: &str, key: &[u8; 32], exhibit: &ExhibitId, bytes: &[u8]) -> Value {
    json!({"do": act, "key": hex(key), "exhibit": exhibit, "bytes": STANDARD.encode(bytes)})
}

/// Hands all cases to one process and reads its answers.
fn ask(cases: &[Value]) -> Vec<Value> {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/witness/cobblestone.py");
    let mut command = Command::new(python());
    command.arg(script).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap_or_else(|why| panic!("Python did not start ({why}): {PREPARE}"));
    let mut input = child.stdin.take().expect("piped");
    let lines: Vec<u8> = cases.iter().flat_map(|case| format!("{case}\n").into_bytes()).collect();
    let writing = std::thread::spawn(move || input.write_all(&lines));
    let output = child.wait_with_output().expect("the witness ends");
    let written = writing.join().expect("written");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && written.is_ok(), "{said}{PREPARE}");
    let answers: Vec<Value> =
        String::from_utf8_lossy(&output.stdout).lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    assert_eq!(answers.len(), cases.len(), "{said}");
    answers
}

fn sizes() -> impl Iterator<Item = usize> {
    SIZES.into_iter().chain([17, 5_000, 32_767, 99_999, 163_840, 262_145, 400_003])
}

#[test]
fn python_opens_what_we_seal() {
    let plain: Vec<Vec<u8>> = sizes().map(plaintext).collect();
    let cases: Vec<Value> = plain.iter().map(|plain| case("open", &KEY, &ID, &sealed(plain).1)).collect();
    for (plain, answer) in plain.iter().zip(ask(&cases)) {
        assert_eq!(answer, json!({"size": plain.len(), "sha256": Digest::of(&[plain])}));
    }
}

#[test]
fn we_open_what_python_seals() {
    let plain: Vec<Vec<u8>> = sizes().map(plaintext).collect();
    let cases: Vec<Value> = plain.iter().map(|plain| case("seal", &KEY, &ID, plain)).collect();
    for (plain, answer) in plain.iter().zip(ask(&cases)) {
        let sealed = STANDARD.decode(answer["bytes"].as_str().expect("bytes")).expect("base64");
        assert_eq!(&open_all(&key(), ID, &sealed).expect("opens"), plain);
    }
}

#[test]
fn python_agrees_with_every_vector() {
    let vectors: Vec<Sealed> = read("cobblestone.jsonl");
    let cases: Vec<Value> = vectors.iter().map(|v| case("open", &v.key_bytes(), &v.exhibit, &v.bytes())).collect();
    for (vector, answer) in vectors.iter().zip(ask(&cases)) {
        let expected = match vector.expect.as_str() {
            "accept" => json!({"size": vector.size, "sha256": vector.sha256}),
            _ => json!({"refused": true}),
        };
        assert_eq!(answer, expected, "{}", vector.name);
    }
}
