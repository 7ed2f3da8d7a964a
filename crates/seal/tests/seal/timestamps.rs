//! Time stamps: what a token proves, what it does not, and what OpenSSL and pyHanko say about it.

use std::process::Command;

use proptest::prelude::*;
use seal::timestamp::{ReceivedToken, imprint_of, stamp_of};
use seal::{DemonstrationTsa, Expected, Flaw, ReceivedSignature, TimeRoots, TimeStampRequest, cades};
use terms::Digest;

use crate::signatures::CONTENT;
use crate::witnesses::{folder, openssl, python, run, script, text};
use crate::world::{Seeded, World, leaf_period, moment, noon};

fn tsa(seed: &str) -> (DemonstrationTsa, TimeRoots) {
    let tsa = DemonstrationTsa::found(leaf_period(), &mut Seeded::new(seed)).expect("an authority");
    let roots = TimeRoots::new([tsa.root().to_vec()]).expect("a certificate");
    (tsa, roots)
}

fn request() -> TimeStampRequest {
    TimeStampRequest::new(Digest::of(&[b"evidence"]), *b"a nonce!")
}

fn token() -> (Vec<u8>, TimeRoots) {
    let (tsa, roots) = tsa("tsa");
    let response = tsa.respond(&request().to_der().expect("DER"), 4711, noon()).expect("answers");
    (request().answer(&response, &roots).expect("granted").0, roots)
}

#[test]
fn a_token_proves_that_its_content_existed_by_its_moment() {
    let (token, roots) = token();
    let received = ReceivedToken::parse(&token).expect("a token");
    let stamped = received.verify(&Digest::of(&[b"evidence"]), &roots).expect("verifies");
    assert_eq!((stamped.by, stamped.stated, stamped.serial.as_str()), (noon(), noon(), "1267"));
    assert!(stamped.demonstration && stamped.authority.contains("For demonstration and tests only"), "{stamped}");
    assert_eq!(received.verify(&Digest::of(&[b"another"]), &roots).map_err(|f| f.code()), Err("seal.time-stamp"));
    let strangers = tsa("another").1;
    let untrusted = received.verify(&Digest::of(&[b"evidence"]), &strangers).map_err(|f| f.code());
    assert_eq!(untrusted, Err("seal.time-stamp-untrusted"));
    assert_eq!(received.verify(&Digest::of(&[b"evidence"]), &TimeRoots::default()).map_err(|f| f.code()), untrusted);
}

#[test]
fn an_answer_counts_only_for_its_question_and_within_the_certificates_time() {
    let (tsa, roots) = tsa("tsa");
    let response = tsa.respond(&request().to_der().expect("DER"), 1, noon()).expect("answers");
    let other = TimeStampRequest::new(Digest::of(&[b"evidence"]), *b"another!");
    assert!(matches!(other.answer(&response, &roots), Err(Flaw::TimeStamp(why)) if why.contains("nonce")));
    let late = tsa.respond(&request().to_der().expect("DER"), 1, moment("2030-01-01T00:00:00Z")).expect("answers");
    assert_eq!(request().answer(&late, &roots).map_err(|f| f.code()), Err("seal.time-stamp-untrusted"));
    for nonsense in [&b""[..], b"\x30\x00", &response[..response.len() - 1], b"<html>"] {
        assert_eq!(request().answer(nonsense, &roots).map_err(|f| f.code()), Err("seal.unreadable"));
        let refused = tsa.respond(nonsense, 1, noon()).expect("answers");
        let said = request().answer(&refused, &roots).expect_err("refused");
        assert_eq!((said.code(), said.to_string().contains("version 1")), ("seal.time-stamp-refused", true), "{said}");
    }
}

#[test]
fn every_single_bit_of_a_token_counts() {
    let (token, roots) = token();
    let imprint = Digest::of(&[b"evidence"]);
    let mut changed = token.clone();
    for bit in 0..token.len() * 8 {
        changed[bit / 8] ^= 1 << (bit % 8);
        let read = ReceivedToken::parse(&changed).and_then(|token| token.verify(&imprint, &roots));
        assert!(read.is_err(), "bit {bit} (byte {} of {})", bit / 8, token.len());
        changed[bit / 8] = token[bit / 8];
    }
    assert!(ReceivedToken::parse(&changed).and_then(|token| token.verify(&imprint, &roots)).is_ok());
}

#[test]
fn a_token_stands_beside_a_signature_and_changes_nothing_in_it() {
    let world = World::new("es.moj");
    let signature = cades::sign(CONTENT, &world.signer(), noon()).expect("signs");
    let received = ReceivedSignature::parse(&signature).expect("reads");
    let (tsa, roots) = tsa("tsa");
    assert_eq!(stamp_of(&received, &roots).expect("no token"), None);
    let request = TimeStampRequest::for_signature(&received, [7; 8]);
    let response = tsa.respond(&request.to_der().expect("DER"), 1, noon().plus_seconds(5)).expect("answers");
    let (token, _) = request.answer(&response, &roots).expect("granted");
    let stamped = received.clone().with_timestamp(&token).expect("fits");
    let read = ReceivedSignature::parse(&stamped).expect("reads");
    assert_eq!(stamp_of(&read, &roots).expect("verifies").expect("is there").by, noon().plus_seconds(5));
    assert_eq!(imprint_of(&read), imprint_of(&received));
    let signed = read.verify(CONTENT, &Expected::OneOf(std::slice::from_ref(&world.seal))).expect("still verifies");
    assert_eq!(signed.time(), noon());
    // A token of another signature is noticed, though the form holds.
    let other = cades::sign(b"other", &world.signer(), noon()).expect("signs");
    let moved = ReceivedSignature::parse(&other).expect("reads").with_timestamp(&token).expect("form");
    let moved = ReceivedSignature::parse(&moved).expect("reads");
    assert_eq!(stamp_of(&moved, &roots).map_err(|f| f.code()), Err("seal.time-stamp"));
}

#[test]
fn openssl_and_pyhanko_accept_our_token_and_our_stamped_signature() {
    let world = World::new("es.moj");
    let signature = cades::sign(CONTENT, &world.signer(), noon()).expect("signs");
    let received = ReceivedSignature::parse(&signature).expect("reads");
    let (tsa, roots) = tsa("tsa");
    let request = TimeStampRequest::for_signature(&received, [7; 8]);
    let query = request.to_der().expect("DER");
    let response = tsa.respond(&query, 1, noon()).expect("answers");
    let (token, _) = request.answer(&response, &roots).expect("granted");
    let folder = folder(&world, &received.clone().with_timestamp(&token).expect("fits"));
    let at = noon().unix().to_string();
    let pem = tsa.root_pem().expect("PEM");
    let files: [(&str, &[u8]); 5] = [
        ("query.tsq", &query),
        ("response.tsr", &response),
        ("token.der", &token),
        ("value", &received.value()),
        ("tsa.pem", pem.as_bytes()),
    ];
    for (name, bytes) in files {
        std::fs::write(folder.path().join(name), bytes).expect("writes");
    }
    let verify = |arguments: &[&str]| {
        let output =
            openssl(&[&["ts", "-verify", "-CAfile", "tsa.pem", "-attime", &at], arguments].concat(), folder.path());
        (output.status.success(), text(&output))
    };
    for good in
        [&["-queryfile", "query.tsq", "-in", "response.tsr"][..], &["-data", "value", "-in", "token.der", "-token_in"]]
    {
        let (success, said) = verify(good);
        assert!(success && said.contains("Verification: OK"), "{good:?}: {said}");
    }
    assert!(!verify(&["-data", "content", "-in", "token.der", "-token_in"]).0);
    let query = openssl(&["ts", "-query", "-in", "query.tsq", "-text"], folder.path());
    assert!(text(&query).contains("Hash Algorithm: sha256"), "{}", text(&query));
    let mut cms =
        vec!["cms", "-verify", "-cades", "-binary", "-inform", "DER", "-in", "signature.p7s", "-content", "content"];
    cms.extend(["-CAfile", "root.pem", "-purpose", "any", "-attime", &at, "-out", "out"]);
    let said = openssl(&cms, folder.path());
    assert!(said.status.success() && text(&said).contains("CAdES Verification successful"), "{}", text(&said));
    std::fs::write(folder.path().join("tsa.der"), tsa.root()).expect("writes");
    let mut command = Command::new(python());
    command.arg(script("signature.py")).args([
        "root.der",
        "signature.p7s",
        "content",
        "2026-06-01T12:00:00+00:00",
        "tsa.der",
    ]);
    let said = text(&run(command.current_dir(folder.path()), b""));
    assert!(said.contains("intact=True valid=True trusted=True"), "{said}");
    assert!(said.contains("stamp intact=True valid=True trusted=True at=2026-06-01T12:00:00+00:00"), "{said}");
}

#[test]
fn we_answer_openssls_question_and_read_openssls_answer_with_rsa() {
    let world = World::new("es.moj");
    let folder = folder(&world, b"");
    let (tsa, _) = tsa("tsa");
    let made = openssl(&["ts", "-query", "-data", "content", "-sha256", "-cert", "-out", "query.tsq"], folder.path());
    assert!(made.status.success(), "{}", text(&made));
    let query = std::fs::read(folder.path().join("query.tsq")).expect("reads");
    std::fs::write(folder.path().join("response.tsr"), tsa.respond(&query, 2, noon()).expect("answers"))
        .expect("writes");
    std::fs::write(folder.path().join("tsa.pem"), tsa.root_pem().expect("PEM")).expect("writes");
    let at = noon().unix().to_string();
    let verify =
        ["ts", "-verify", "-queryfile", "query.tsq", "-in", "response.tsr", "-CAfile", "tsa.pem", "-attime", &at];
    let said = openssl(&verify, folder.path());
    assert!(said.status.success(), "{}", text(&said));

    // The other way: an RSA authority with an intermediate, made and run by OpenSSL.
    std::fs::write(folder.path().join("ca.cnf"), OPENSSL_TSA).expect("writes");
    let request = TimeStampRequest::new(Digest::of(&[CONTENT]), [9; 8]);
    std::fs::write(folder.path().join("ours.tsq"), request.to_der().expect("DER")).expect("writes");
    for line in [
        "req -x509 -newkey rsa:2048 -nodes -days 2 -config ca.cnf -extensions ca -subj /CN=Root -keyout rk -out r.pem",
        "req -newkey rsa:2048 -nodes -config ca.cnf -subj /CN=Middle -keyout mk -out m.csr",
        "x509 -req -in m.csr -CA r.pem -CAkey rk -CAcreateserial -days 2 -extfile ca.cnf -extensions ca -out m.pem",
        "req -newkey rsa:2048 -nodes -config ca.cnf -subj /CN=Stamps -keyout tk -out t.csr",
        "x509 -req -in t.csr -CA m.pem -CAkey mk -CAcreateserial -days 2 -extfile ca.cnf -extensions tsa -out t.pem",
        "x509 -in r.pem -outform DER -out r.der",
    ] {
        let done = openssl(&line.split(' ').collect::<Vec<_>>(), folder.path());
        assert!(done.status.success(), "{line}: {}", text(&done));
    }
    let chain = ["m.pem", "r.pem"].map(|name| std::fs::read(folder.path().join(name)).expect("reads")).concat();
    std::fs::write(folder.path().join("chain.pem"), chain).expect("writes");
    let reply = ["ts", "-reply", "-config", "ca.cnf", "-section", "it", "-queryfile", "ours.tsq", "-out", "theirs.tsr"];
    let done = openssl(&reply, folder.path());
    assert!(done.status.success(), "{}", text(&done));
    let response = std::fs::read(folder.path().join("theirs.tsr")).expect("reads");
    let roots = TimeRoots::new([std::fs::read(folder.path().join("r.der")).expect("reads")]).expect("a certificate");
    let (token, stamped) = request.answer(&response, &roots).expect("granted");
    assert_eq!((stamped.authority.as_str(), stamped.demonstration), ("CN=Stamps", false));
    assert_eq!(
        (stamped.policy.as_str(), stamped.by.unix() - stamped.stated.unix()),
        ("1.2.3.4.1", 2),
        "1 s 500 ms, rounded up"
    );
    let read = ReceivedToken::parse(&token).expect("reads").verify(&Digest::of(&[CONTENT]), &roots);
    assert_eq!(read, Ok(stamped), "pruned of the root's certificate, it still verifies");
}

const OPENSSL_TSA: &str = "[req]
distinguished_name = dn
[dn]
[ca]
basicConstraints = critical, CA:true
keyUsage = critical, keyCertSign
subjectKeyIdentifier = hash
[tsa]
basicConstraints = critical, CA:false
keyUsage = critical, digitalSignature
extendedKeyUsage = critical, timeStamping
[it]
dir = .
serial = $dir/serial
signer_cert = $dir/t.pem
certs = $dir/chain.pem
signer_key = $dir/tk
signer_digest = sha512
default_policy = 1.2.3.4.1
digests = sha256
accuracy = secs:1, millisecs:500
ess_cert_id_chain = no
ess_cert_id_alg = sha256
";

proptest! {
    #[test]
    fn arbitrary_bytes_are_answered_by_every_reader_of_time_stamps(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        let (tsa, roots) = tsa("tsa");
        prop_assert!(ReceivedToken::parse(&bytes).is_err());
        prop_assert!(request().answer(&bytes, &roots).is_err());
        prop_assert!(TimeRoots::new([bytes.clone()]).is_err());
        prop_assert!(tsa.respond(&bytes, 1, noon()).is_ok(), "a refusal is an answer");
    }

    #[test]
    fn a_response_with_some_bytes_changed_is_refused_or_says_the_same(
        changes in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..4)
    ) {
        let (tsa, roots) = tsa("tsa");
        let good = tsa.respond(&request().to_der().expect("DER"), 7, noon()).expect("answers");
        let (token, stamped) = request().answer(&good, &roots).expect("granted");
        let mut bytes = good.clone();
        for (at, byte) in changes {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        // What an authority sends is pruned: a change to what is cut off (a root's certificate, the wording of the status) changes nothing.
        if let Ok(answer) = request().answer(&bytes, &roots) {
            prop_assert_eq!(answer, (token, stamped));
        }
    }
}
