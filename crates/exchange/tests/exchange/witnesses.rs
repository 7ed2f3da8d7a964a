//! What independent programs say: OpenSSL's client about the handshake, Python from the specification alone about batches and pouches.

use std::path::{Path, PathBuf};
use std::process::Stdio;

use der::EncodePem as _;
use der::pem::LineEnding;
use tokio::io::AsyncWriteExt as _;
use tokio::process::Command;

use crate::world::{Authority, spain_and_morocco};

fn files(who: &Authority, folder: &Path) {
    let certificate: x509_cert::Certificate = der::Decode::from_der(who.tls.der()).expect("DER");
    std::fs::write(folder.join("tls.pem"), certificate.to_pem(LineEnding::LF).expect("PEM")).expect("writes");
    let key = der::pem::encode_string("PRIVATE KEY", LineEnding::LF, &who.pkcs8()).expect("PEM");
    std::fs::write(folder.join("key.pem"), key).expect("writes");
}

/// What `openssl s_client` printed after asking for the card.
async fn s_client(address: &str, folder: &Path, arguments: &[&str]) -> String {
    let mut command = Command::new("openssl");
    command.args(["s_client", "-connect", address, "-alpn", "http/1.1", "-ign_eof"]).args(arguments);
    command.current_dir(folder).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().expect("OpenSSL is installed: `cargo xtask test` sees to it");
    let mut input = child.stdin.take().expect("piped");
    let _ = input.write_all(b"GET /fed/v1/card HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").await;
    let output = child.wait_with_output().await.expect("it ends");
    drop(input);
    [output.stdout, output.stderr].map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).concat()
}

#[tokio::test]
async fn openssl_shakes_hands_as_the_specification_says_and_in_no_other_way() {
    let (es, _, node) = spain_and_morocco().await;
    let folder = tempfile::tempdir().expect("a folder");
    files(&es, folder.path());
    let address = node.address.to_string();
    let own = ["-cert", "tls.pem", "-key", "key.pem"];
    let served = s_client(&address, folder.path(), &own).await;
    for expected in ["HTTP/1.1 200 OK", r#"{"v":"comity.signed-card/1"}"#, "TLSv1.3", "ALPN protocol: http/1.1"] {
        assert!(served.contains(expected), "{expected}: {served}");
    }
    // Shown is one certificate without a chain, and no ticket is given.
    assert_eq!(served.matches("-----BEGIN CERTIFICATE-----").count(), 1, "{served}");
    assert!(!served.contains("TLS session ticket"), "{served}");
    assert!(served.contains("Peer signature type: ECDSA"), "{served}");
    for refused in [
        &[][..],
        &["-cert", "tls.pem", "-key", "key.pem", "-tls1_2"],
        &["-cert", "tls.pem", "-key", "key.pem", "-groups", "ffdhe2048"],
    ] {
        let told = s_client(&address, folder.path(), refused).await;
        assert!(!told.contains("HTTP/1.1") && told.contains("alert"), "{refused:?}: {told}");
    }
}

fn python() -> PathBuf {
    let workspace = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let python = std::env::var_os("COMITY_PYTHON").map(PathBuf::from);
    let python = python.unwrap_or_else(|| workspace.join("target/witness/bin/python3"));
    let prepare = "prepare the independent witnesses with `cargo xtask test`, or name one in COMITY_PYTHON";
    assert!(python.exists(), "no Python at {}: {prepare}", python.display());
    python
}

#[tokio::test]
async fn python_gives_the_same_answer_to_every_vector() {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    for name in ["exchange/batches.jsonl", "pouch/parts.jsonl"] {
        let vectors = here.join("../../docs/spec/vectors").join(name);
        let mut command = Command::new(python());
        let output = command.arg(here.join("tests/witness/exchange.py")).arg(&vectors).output().await.expect("it runs");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let theirs = String::from_utf8(output.stdout).expect("text");
        let text = std::fs::read_to_string(&vectors).expect("the vectors are there");
        let vectors: Vec<serde_json::Value> =
            text.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
        assert_eq!(theirs.lines().count(), vectors.len(), "{name}");
        for (vector, theirs) in vectors.iter().zip(theirs.lines()) {
            assert_eq!(vector["expect"], theirs, "{}", vector["about"]);
        }
    }
}
