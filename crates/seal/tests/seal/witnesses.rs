//! What independent programs say: OpenSSL and pyHanko about signatures, Python's `cryptography` about envelopes.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use der::Decode as _;
use der::EncodePem as _;
use der::pem::LineEnding;
use seal::{Expected, ReceivedSignature, cades, wrap_key};
use tempfile::TempDir;
use terms::ExhibitId;

use crate::envelopes::{PLAINTEXT, header, outcome, sealed};
use crate::signatures::CONTENT;
use crate::world::{Seeded, World, noon};

const PREPARE: &str = "prepare the independent witnesses with `cargo xtask test`";

pub fn python() -> PathBuf {
    let workspace = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let python = std::env::var_os("COMITY_PYTHON").map(PathBuf::from);
    let python = python.unwrap_or_else(|| workspace.join("target/witness/bin/python3"));
    assert!(python.exists(), "no Python at {}: {PREPARE}, or name one in COMITY_PYTHON", python.display());
    python
}

pub fn script(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/witness").join(name)
}

pub fn run(command: &mut Command, input: &[u8]) -> Output {
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap_or_else(|why| panic!("{command:?} did not start ({why}): {PREPARE}"));
    child.stdin.take().expect("piped").write_all(input).expect("the witness reads");
    child.wait_with_output().expect("the witness ends")
}

pub fn openssl(arguments: &[&str], folder: &Path) -> Output {
    run(Command::new("openssl").args(arguments).current_dir(folder), b"")
}

pub fn text(output: &Output) -> String {
    [output.stdout.as_slice(), &output.stderr].map(String::from_utf8_lossy).concat()
}

/// A folder with root, seal, content and signature as an outsider would find them.
pub fn folder(world: &World, signature: &[u8]) -> TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    let pem = |certificate: &[u8]| {
        x509_cert::Certificate::from_der(certificate).expect("DER").to_pem(LineEnding::LF).expect("PEM")
    };
    let key = world.seal_key.to_pkcs8_der().expect("PKCS#8");
    let key = der::pem::encode_string("PRIVATE KEY", LineEnding::LF, &key).expect("PEM");
    let (root, seal) = (pem(world.root.der()), pem(world.seal.der()));
    let files: [(&str, &[u8]); 7] = [
        ("root.pem", root.as_bytes()),
        ("root.der", world.root.der()),
        ("seal.pem", seal.as_bytes()),
        ("key.pem", key.as_bytes()),
        ("content", CONTENT),
        ("changed", b"{\"v\":\"comity.bct/1\"}"),
        ("signature.p7s", signature),
    ];
    for (name, bytes) in files {
        std::fs::write(folder.path().join(name), bytes).expect("writes");
    }
    folder
}

fn openssl_verify(folder: &Path, content: &str, at: i64) -> Output {
    let at = at.to_string();
    let mut arguments = vec!["cms", "-verify", "-cades", "-binary", "-inform", "DER", "-in", "signature.p7s"];
    arguments.extend(["-content", content, "-CAfile", "root.pem", "-purpose", "any", "-attime", &at, "-out", "out"]);
    openssl(&arguments, folder)
}

#[test]
fn openssl_accepts_our_signature_and_refuses_it_over_other_content() {
    let world = World::new("es.moj");
    for signer in [world.signer(), world.root_signer()] {
        let signature = cades::sign(CONTENT, &signer, noon()).expect("signs");
        let folder = folder(&world, &signature);
        let good = openssl_verify(folder.path(), "content", noon().unix());
        assert!(good.status.success() && text(&good).contains("CAdES Verification successful"), "{}", text(&good));
        let changed = openssl_verify(folder.path(), "changed", noon().unix());
        assert!(!changed.status.success() && text(&changed).contains("content verify error"), "{}", text(&changed));
        std::fs::write(folder.path().join("root.pem"), {
            let other = World::seeded("es.moj", "impostor").root;
            let other = x509_cert::Certificate::from_der(other.der()).expect("DER");
            other.to_pem(LineEnding::LF).expect("PEM")
        })
        .expect("writes");
        let stranger = openssl_verify(folder.path(), "content", noon().unix());
        assert!(!stranger.status.success(), "another root of the same name: {}", text(&stranger));
    }
}

#[test]
fn openssl_finds_our_certificates_in_order() {
    let world = World::new("es.moj");
    let folder = folder(&world, b"");
    let tls = x509_cert::Certificate::from_der(world.tls.der()).expect("DER").to_pem(LineEnding::LF).expect("PEM");
    std::fs::write(folder.path().join("tls.pem"), tls).expect("writes");
    let at = noon().unix().to_string();
    for (file, purpose) in [("seal.pem", "smimesign"), ("tls.pem", "sslserver"), ("tls.pem", "sslclient")] {
        let mut arguments = vec!["verify", "-x509_strict", "-CAfile", "root.pem", "-purpose", purpose, "-attime", &at];
        arguments.push(file);
        let found = openssl(&arguments, folder.path());
        assert!(found.status.success(), "{file} for {purpose}: {}", text(&found));
    }
    let shown = text(&openssl(&["x509", "-in", "tls.pem", "-noout", "-text"], folder.path()));
    for expected in ["C = ES, OU = tls, CN = es.moj", "URI:comity:es.moj, DNS:node.example, IP Address:127.0.0.1"] {
        assert!(shown.contains(expected), "“{expected}” is not in:\n{shown}");
    }
}

#[test]
fn we_accept_what_openssl_signs_if_its_s_is_the_lower_and_refuse_its_twin() {
    let world = World::new("es.moj");
    let folder = folder(&world, b"");
    let (mut accepted, mut refused) = (0, 0);
    // OpenSSL draws its nonces, so each form comes with a chance of one half; 64 of one kind in a row do not happen.
    for _ in 0..64 {
        let mut arguments =
            vec!["cms", "-sign", "-cades", "-binary", "-nosmimecap", "-md", "sha256", "-signer", "seal.pem"];
        arguments.extend(["-inkey", "key.pem", "-in", "content", "-outform", "DER", "-out", "theirs.p7s"]);
        let made = openssl(&arguments, folder.path());
        assert!(made.status.success(), "{}", text(&made));
        let theirs = std::fs::read(folder.path().join("theirs.p7s")).expect("reads");
        // OpenSSL signs at the moment of the machine, so the seal's own period is not asked about.
        match cades::verify(CONTENT, &theirs, &Expected::OneOf(std::slice::from_ref(&world.seal))) {
            Ok(_) => {
                accepted += 1;
                let again = ReceivedSignature::parse(&theirs).expect("just read");
                assert!(again.verify(b"other", &Expected::OneOf(std::slice::from_ref(&world.seal))).is_err());
            }
            Err(flaw) => {
                assert!(flaw.to_string().contains("higher of the two"), "{flaw}");
                refused += 1;
            }
        }
        if accepted > 0 && refused > 0 {
            return;
        }
    }
    panic!("accepted {accepted}, refused {refused}: both must occur");
}

#[test]
fn pyhanko_accepts_our_signature_and_refuses_it_over_other_content() {
    let world = World::new("es.moj");
    let signature = cades::sign(CONTENT, &world.signer(), noon()).expect("signs");
    let folder = folder(&world, &signature);
    let validate = |content: &str| {
        let mut command = Command::new(python());
        command.arg(script("signature.py")).args(["root.der", "signature.p7s", content, "2026-06-01T12:00:00+00:00"]);
        text(&run(command.current_dir(folder.path()), b""))
    };
    assert!(validate("content").contains("intact=True valid=True trusted=True"), "{}", validate("content"));
    assert!(validate("changed").contains("intact=False valid=True trusted=False"), "{}", validate("changed"));
}

/// The seed of the world's encryption key, in hexadecimal, as the witness takes it.
fn known_key() -> (seal::XWingKey, String) {
    let seed = [0x42; 32];
    (seal::XWingKey::from_seed(&seed), hex::encode(seed))
}

fn envelope_py(what: &str, seed: &str, file: &[u8], input: &[u8]) -> Output {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("file");
    std::fs::write(&path, file).expect("writes");
    run(Command::new(python()).arg(script("envelope.py")).args([what, seed]).arg(path), input)
}

#[test]
fn python_opens_our_envelope_and_we_open_pythons() {
    let mut world = World::new("ma.moj");
    let (key, seed) = known_key();
    world.opener = key;
    let theirs = envelope_py("open", &seed, &sealed(&world), b"");
    assert_eq!(theirs.stdout, PLAINTEXT, "{}", text(&theirs));
    let mut changed = sealed(&world);
    *changed.last_mut().expect("not empty") ^= 1;
    assert!(!envelope_py("open", &seed, &changed, b"").status.success(), "Python refuses a changed one");

    let line = terms::canonical::to_bytes(&header(&world)).expect("writes");
    let made = envelope_py("seal", &seed, &line, PLAINTEXT);
    assert_eq!(outcome(&made.stdout, &world.opener), Ok(PLAINTEXT.to_vec()), "{}", text(&made));
}

#[test]
fn python_unwraps_our_exhibit_key() {
    let (key, seed) = known_key();
    let recipient = World::new("ma.moj").authority;
    let exhibit = ExhibitId::new([5; 16]);
    let wrapped = wrap_key(exhibit, &recipient, key.public(), &[6; 32], &mut Seeded::new("w")).expect("wraps");
    let file = serde_json::to_vec(&wrapped).expect("writes");
    let theirs = envelope_py("unwrap", &seed, &file, b"");
    assert_eq!(theirs.stdout, [6; 32], "{}", text(&theirs));
}
