//! The vectors under `docs/spec/vectors/vault/`: each file names its expected outcome, and any implementation can run them.
//!
//! `COMITY_REGENERATE=1 cargo test -p keys` writes them anew; otherwise what stands there is compared with what we would write.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use keys::{KdfCost, Secret, Vault};
use seal::Base64;
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use crate::vault::{CONTENT, header};
use crate::world::{PASSPHRASE, Seeded, cheap};

#[derive(Debug, PartialEq, Serialize, Deserialize)]
pub struct Vector {
    /// One sentence.
    pub about: String,
    /// `ok`, or the answer of the specification.
    pub expected: String,
    pub file: Base64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub passphrase: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub secret: Option<String>,
}

impl Vector {
    /// What the vector says to open it with: a word for the witness, and the bytes.
    pub fn secret_given(&self) -> (&'static str, Vec<u8>) {
        match (&self.passphrase, &self.key) {
            (Some(text), None) => ("passphrase", text.as_bytes().to_vec()),
            (None, Some(key)) => ("key", hex::decode(key).expect("hexadecimal")),
            other => panic!("one of passphrase and key, not {other:?}"),
        }
    }
    fn outcome(&self) -> (String, Option<String>) {
        let secret = match self.secret_given() {
            ("key", bytes) => Secret::key(Zeroizing::new(bytes.try_into().expect("32 bytes"))),
            (_, bytes) => Secret::passphrase(Zeroizing::new(bytes)).expect("a passphrase"),
        };
        match Vault::parse(self.file.as_slice()).and_then(|vault| vault.open(&secret)) {
            Ok(opened) => ("ok".into(), Some(hex::encode(opened.as_slice()))),
            Err(fault) => (fault.code().into(), None),
        }
    }
}

const KEY: &str = "5e0c2f9b7a41d68e33f0b1c4a7925d8e6f13c0ab9e4d72581b6fa03c94de7785";

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/spec/vectors/vault")
}

/// The published vectors by name.
pub fn vectors() -> BTreeMap<String, Vector> {
    let read = |path: PathBuf| {
        let name = path.file_stem().expect("a name").to_string_lossy().into_owned();
        (name, serde_json::from_slice(&std::fs::read(path).expect("reads")).expect("a vector"))
    };
    let entries = std::fs::read_dir(folder()).expect("published vectors; COMITY_REGENERATE=1 writes them");
    entries.map(|entry| read(entry.expect("an entry").path())).collect()
}

fn by_key() -> Vec<u8> {
    let key = hex::decode(KEY).expect("hexadecimal").try_into().expect("32 bytes");
    let locked = Vault::lock(header(), CONTENT, &Secret::key(Zeroizing::new(key)), &mut Seeded("vectors", 0));
    locked.expect("locked").bytes().to_vec()
}

fn by_passphrase(text: &str, cost: KdfCost) -> Vec<u8> {
    let secret = Secret::passphrase(Zeroizing::new(text.as_bytes().to_vec())).expect("a passphrase").with_cost(cost);
    Vault::lock(header(), CONTENT, &secret, &mut Seeded("vectors", 9)).expect("locked").bytes().to_vec()
}

/// The file with one text in its first line exchanged for another.
fn exchanged(file: &[u8], from: &str, to: &str) -> Vec<u8> {
    let at = file.windows(from.len()).position(|window| window == from.as_bytes()).expect("it stands there");
    [&file[..at], to.as_bytes(), &file[at + from.len()..]].concat()
}

/// The file with the lowest bit of the byte at `at` (from the end) flipped.
fn flipped(mut file: Vec<u8>, at: usize) -> Vec<u8> {
    let size = file.len();
    file[size - at] ^= 1;
    file
}

/// The file with the first digit of a hexadecimal member exchanged.
fn other_digit(file: &[u8], member: &str) -> Vec<u8> {
    let mut file = file.to_vec();
    let at = file.windows(member.len()).rposition(|window| window == member.as_bytes()).expect("a member");
    let digit = &mut file[at + member.len()];
    *digit = if *digit == b'0' { b'1' } else { b'0' };
    file
}

fn published() -> BTreeMap<String, Vector> {
    let (file, cheap_file) = (by_key(), by_passphrase(PASSPHRASE, cheap()));
    let other_key = hex::encode([7; 32]);
    let key = |file: Vec<u8>| (file, None, Some(KEY.to_owned()));
    let text = |file: Vec<u8>, text: &str| (file, Some(text.to_owned()), None);
    let cost = |from: &str, to: &str| text(exchanged(&cheap_file, from, to), PASSPHRASE);
    let rows = [
        ("key", "Locked by a key.", "ok", key(file.clone())),
        ("passphrase", "Locked by a passphrase.", "ok", text(cheap_file.clone(), PASSPHRASE)),
        (
            "passphrase-standard",
            "Locked by a passphrase at the standard cost; it is not plain ASCII.",
            "ok",
            text(by_passphrase("contraseña de doce", KdfCost::STANDARD), "contraseña de doce"),
        ),
        ("key-wrong", "Another key.", "keys.wrong-secret", (file.clone(), None, Some(other_key))),
        (
            "passphrase-wrong",
            "Another passphrase.",
            "keys.wrong-secret",
            text(cheap_file.clone(), "correct horse battery stapler"),
        ),
        (
            "passphrase-for-key",
            "A passphrase for a file under a key.",
            "keys.other-lock",
            text(file.clone(), PASSPHRASE),
        ),
        ("key-for-passphrase", "A key for a file under a passphrase.", "keys.other-lock", key(cheap_file.clone())),
        ("label-changed", "The label was changed.", "keys.damaged", key(exchanged(&file, "log es.moj", "log ma.moj"))),
        ("kind-changed", "The kind was changed.", "keys.damaged", key(exchanged(&file, "\"ledger\"", "\"seal\""))),
        (
            "public-changed",
            "The public half was changed.",
            "keys.damaged",
            key(exchanged(&file, "is public", "was public")),
        ),
        ("tag-changed", "A bit of the tag was flipped.", "keys.damaged", key(flipped(file.clone(), 1))),
        ("secret-changed", "A bit of the ciphertext was flipped.", "keys.damaged", key(flipped(file.clone(), 20))),
        ("longer", "A byte was added.", "keys.damaged", key([file.as_slice(), b"\n"].concat())),
        ("salt-changed", "The salt was changed.", "keys.wrong-secret", key(other_digit(&file, "\"salt\":\""))),
        ("check-changed", "The check was changed.", "keys.wrong-secret", key(other_digit(&file, "\"check\":\""))),
        (
            "cut",
            "Nothing stands behind the first line.",
            "keys.malformed",
            key(file[..file.len() - CONTENT.len() - 16].to_vec()),
        ),
        ("no-secret", "A tag and no secret.", "keys.malformed", key(file[..file.len() - CONTENT.len()].to_vec())),
        ("no-line", "The first line does not end.", "keys.malformed", key(vec![b'{'; 20_000])),
        ("version", "Another version.", "keys.malformed", key(exchanged(&file, "vault/1\"", "vault/2\""))),
        (
            "member-more",
            "A member that nobody knows.",
            "keys.malformed",
            key(exchanged(&file, "{\"check\"", "{\"a\":1,\"check\"")),
        ),
        (
            "member-twice",
            "A member stands twice.",
            "keys.malformed",
            key(exchanged(&file, "\"v\":", "\"v\":\"x\",\"v\":")),
        ),
        (
            "spelling",
            "A space that canonical JSON does not have.",
            "keys.malformed",
            key(exchanged(&file, "{\"check\"", "{ \"check\"")),
        ),
        ("line-end", "The first line ends in CR LF.", "keys.malformed", key(exchanged(&file, "}\n", "}\r\n"))),
        ("label-empty", "The label is empty.", "keys.malformed", key(exchanged(&file, "log es.moj/ledger/1", ""))),
        (
            "label-control",
            "The label holds a control character.",
            "keys.malformed",
            key(exchanged(&file, "log es", "log\\tes")),
        ),
        ("kdf", "Another way of stretching.", "keys.malformed", cost("argon2id", "argon2d")),
        ("memory", "One KiB more than is allowed.", "keys.too-costly", cost("\"m\":16", "\"m\":262145")),
        ("memory-low", "Less memory than one lane has.", "keys.too-costly", cost("\"m\":16", "\"m\":7")),
        ("passes", "One pass more than is allowed.", "keys.too-costly", cost("\"t\":1", "\"t\":17")),
        ("lanes", "One lane more than is allowed.", "keys.too-costly", cost("\"p\":1", "\"p\":5")),
    ];
    let vector = |(name, about, expected, (file, passphrase, key)): (&str, &str, &str, (Vec<u8>, _, _))| {
        let secret = (expected == "ok").then(|| hex::encode(CONTENT));
        let (about, expected) = (about.to_owned(), expected.to_owned());
        (name.to_owned(), Vector { about, expected, file: file.into(), passphrase, key, secret })
    };
    rows.into_iter().map(vector).collect()
}

#[test]
fn the_published_vectors_are_those_that_we_would_write() {
    if std::env::var_os("COMITY_REGENERATE").is_some() {
        std::fs::create_dir_all(folder()).expect("a folder");
        for (name, vector) in published() {
            let text = serde_json::to_string_pretty(&vector).expect("writes") + "\n";
            std::fs::write(folder().join(format!("{name}.json")), text).expect("writes");
        }
    }
    assert_eq!(vectors(), published(), "COMITY_REGENERATE=1 writes them anew");
}

#[test]
fn every_vector_has_the_outcome_that_it_names() {
    for (name, vector) in vectors() {
        assert_eq!(vector.outcome(), (vector.expected.clone(), vector.secret.clone()), "{name}");
    }
}
