//! What an independent program says: Python's `cryptography`, from `docs/spec/vault.md` alone, in both directions.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use keys::{Kind, Vault};

use crate::vault::{CONTENT, header, locked};
use crate::vectors::{Vector, vectors};
use crate::world::{PASSPHRASE, key, passphrase};

const PREPARE: &str = "prepare the independent witnesses with `cargo xtask test`";

fn python() -> PathBuf {
    let workspace = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let python = std::env::var_os("COMITY_PYTHON").map(PathBuf::from);
    let python = python.unwrap_or_else(|| workspace.join("target/witness/bin/python3"));
    assert!(python.exists(), "no Python at {}: {PREPARE}, or name one in COMITY_PYTHON", python.display());
    python
}

fn vault_py(what: &str, by: &str, secret: &[u8], file: &[u8], input: &[u8]) -> Output {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("file");
    std::fs::write(&path, file).expect("writes");
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/witness/vault.py");
    let mut command = Command::new(python());
    command.arg(script).args([what, by, &hex::encode(secret)]).arg(path);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap_or_else(|why| panic!("{command:?} did not start ({why}): {PREPARE}"));
    child.stdin.take().expect("piped").write_all(input).expect("the witness reads");
    child.wait_with_output().expect("the witness ends")
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).trim().to_owned()
}

#[test]
fn python_opens_our_vaults_and_gives_the_same_answer_to_every_vector() {
    for (name, vector) in vectors() {
        let (by, secret) = vector.secret_given();
        let theirs = vault_py("open", by, &secret, vector.file.as_slice(), b"");
        let Vector { expected, secret, .. } = vector;
        let answer = if theirs.status.success() { "ok".to_owned() } else { said(&theirs) };
        assert_eq!(answer, expected, "{name}");
        if let Some(secret) = secret {
            assert_eq!(hex::encode(&theirs.stdout), secret, "{name}");
        }
    }
}

#[test]
fn we_open_what_python_locked() {
    let mut key_bytes = [9; 32];
    key_bytes[0] = 10;
    let public = serde_json::json!({"kind": "ledger", "label": header().label, "public": header().public}).to_string();
    for (by, secret, ours) in
        [("key", key_bytes.as_slice(), key(9)), ("passphrase", PASSPHRASE.as_bytes(), passphrase(PASSPHRASE))]
    {
        let theirs = vault_py("lock", by, secret, public.as_bytes(), CONTENT);
        assert!(theirs.status.success(), "{}", said(&theirs));
        let vault = Vault::parse(&theirs.stdout).expect("a vault");
        assert_eq!((vault.header().kind, vault.open(&ours).expect("opens").as_slice()), (Kind::Ledger, CONTENT));
        let again = vault_py("open", by, secret, locked(&ours).bytes(), b"");
        assert_eq!(again.stdout, CONTENT, "{}", said(&again));
    }
}
