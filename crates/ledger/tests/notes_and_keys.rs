//! Notes, keys, checkpoints and cosignatures: the examples of their specifications hold, and what differs is refused.

mod common;

use common::{Broken, at, checkpoint, keys, leaf, log_signer, signer, witnesses};
use ledger::note::{NOTE_LEN_MAX, SIGNATURES_MAX};
use ledger::witness::consider;
use ledger::{Checkpoint, ConsistencyProof, KeyKind, LedgerError, Note, NoteSigner, Origin, SignedCheckpoint};
use ledger::{VerifierKey, submission::Submission};
use proptest::prelude::*;

const PETER: &str = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";
const ENOCH: &str = "EnochRoot+af0cfe78+ATtqJ7zOtqQtYqOo0CpvDXNlMhV3HeJDpjrASKGLWdop";
const TEXT: &str =
    "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n";
const PETER_SIGNED: &str =
    "— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n";
const ENOCH_SIGNED: &str =
    "— EnochRoot rwz+eBzmZa0SO3NbfRGzPCpDckykFXSdeX+MNtCOXm2/5n2tiOHp+vAF1aGrQ5ovTG01oOTGwnWLox33WWd1RvMc+QQ=\n";

fn key(text: &str) -> VerifierKey {
    text.parse().expect("a published key")
}
fn note(parts: &[&str]) -> Result<Note, LedgerError> {
    Note::parse(parts.concat().as_bytes())
}

#[test]
fn the_published_notes_verify_and_print_as_they_were_read() {
    let spec = (
        "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k",
        "This is an example message.\n\n— example.com/foo Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM=\n",
    );
    let go = [TEXT, "\n", PETER_SIGNED, ENOCH_SIGNED].concat();
    for (published, text) in [spec, (PETER, &go), (ENOCH, &go)] {
        let note = Note::parse(text.as_bytes()).expect("a published note");
        assert_eq!(note.to_string(), text);
        assert_eq!(key(published).to_string(), published);
        let keys = [key(published)];
        let good = note.verify(&keys).expect("a published signature");
        assert_eq!((good.len(), good[0].key, good[0].time), (1, &keys[0], None));
    }
    let both = [key(PETER), key(ENOCH)];
    assert_eq!(note(&[&go]).expect("a note").verify(&both).expect("two signatures").len(), 2);
}

#[test]
fn we_sign_what_go_signs_byte_for_byte() {
    // The secret of Go's documented example: PRIVATE+KEY+PeterNeumann+c74f20a3+AYEKFALV…
    let secret = [
        0x81, 0x0a, 0x14, 0x02, 0xd5, 0x14, 0x6c, 0x8d, 0x84, 0xf2, 0x44, 0x33, 0x30, 0xf5, 0x40, 0x80, 0xeb, 0xf9,
        0x8e, 0xe1, 0x7d, 0x9c, 0x74, 0xf6, 0x25, 0x2f, 0xc5, 0xd5, 0xc7, 0x28, 0x31, 0x73,
    ];
    let peter = ledger::SoftSigner::new("PeterNeumann".parse().expect("a name"), KeyKind::Log, &secret).expect("a key");
    assert_eq!(peter.key().to_string(), PETER);
    let mut note = Note::unsigned(TEXT).expect("a text");
    note.sign(&peter).expect("signed");
    note.sign(&peter).expect("signed again, in place of the first");
    assert_eq!(note.to_string(), [TEXT, "\n", PETER_SIGNED].concat());
}

#[test]
fn no_part_of_a_key_and_no_altered_key_is_a_key() {
    for published in [PETER, ENOCH] {
        for from in 0..published.len() {
            for to in from..=published.len() {
                let part = &published[from..to];
                assert!(part == published || part.parse::<VerifierKey>().is_err(), "{part:?}");
            }
            let mut altered = published.as_bytes().to_vec();
            altered[from] ^= 1;
            let altered = String::from_utf8(altered).expect("still ASCII");
            assert!(altered.parse::<VerifierKey>().is_err(), "{altered:?}");
        }
    }
    let refused = [
        ("PeterNeumann+cc469956+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TWBADKEY==", "ledger.key-malformed"),
        ("PeterNeumann+173116ae+ZRpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW", "ledger.key-type-unsupported"),
        ("Peter Neumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW", "ledger.key-malformed"),
        ("PeterNeumann+C74F20A3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW", "ledger.key-malformed"),
        ("PeterNeumann+c74f20a3", "ledger.key-malformed"),
    ];
    for (text, code) in refused {
        assert_eq!(text.parse::<VerifierKey>().expect_err(text).code(), code, "{text:?}");
    }
    let mut identity = [0; 32];
    identity[0] = 1;
    assert!(VerifierKey::new("weak".parse().expect("a name"), KeyKind::Log, &identity).is_err(), "small order");
}

#[test]
fn the_same_key_under_another_name_or_purpose_is_another_key() {
    let log = signer("es.moj", KeyKind::Log, 1);
    let ids = [&log, &signer("ma.moj", KeyKind::Log, 1), &signer("es.moj", KeyKind::Cosigner, 1)].map(|s| s.key().id());
    assert!(ids[0] != ids[1] && ids[0] != ids[2] && ids[1] != ids[2]);
    assert!(!format!("{log:?}").contains("0101010101"), "a signer never prints its secret");
}

#[test]
fn a_note_is_text_empty_line_and_signatures_and_nothing_else() {
    let refused: &[&[&str]] = &[
        &[],
        &["\n"],
        &["\n\n"],
        &[TEXT],
        &[TEXT, "\n"],
        &[TEXT, PETER_SIGNED],
        &[TEXT, "\n", PETER_SIGNED.trim_end()],
        &[TEXT, "\n", PETER_SIGNED, "\n"],
        &[TEXT, "\n", PETER_SIGNED, "x\n"],
        &[TEXT, "\r\n\r\n", PETER_SIGNED],
        &["a\tb\n\n", PETER_SIGNED],
        &["a\0b\n\n", PETER_SIGNED],
        &[TEXT, "\n", &PETER_SIGNED.replace("— ", "- ")],
        &[TEXT, "\n", &PETER_SIGNED.replace("— ", "—")],
        &[TEXT, "\n", &PETER_SIGNED.replace("PeterNeumann", "Peter Neumann")],
        &[TEXT, "\n", &PETER_SIGNED.replace("PeterNeumann", "Peter+Neumann")],
        &[TEXT, "\n", &PETER_SIGNED.replace("PeterNeumann", "Peter\u{2003}Neumann")],
        &[TEXT, "\n", &PETER_SIGNED.replace("PeterNeumann ", "PeterNeumann  ")],
        &[TEXT, "\n", &PETER_SIGNED.replace("PeterNeumann ", " ")],
        &[TEXT, "\n", &PETER_SIGNED.replace("AM=", "AM")],
        &[TEXT, "\n", &PETER_SIGNED.replace("AM=", "AN=")],
        &[TEXT, "\n", &PETER_SIGNED.replace('/', "_")],
        &[TEXT, "\n", "— PeterNeumann x08gow==\n"],
        &[TEXT, "\n", "— PeterNeumann \n"],
        &[TEXT, "\n", "— PeterNeumann\n"],
    ];
    for parts in refused {
        assert_eq!(note(parts).expect_err(&parts.concat()).code(), "ledger.malformed", "{:?}", parts.concat());
    }
    let invalid = [TEXT.as_bytes(), b"\xff\n\n", PETER_SIGNED.as_bytes()].concat();
    assert!(Note::parse(&invalid).is_err(), "not UTF-8");
    for strange in ["\n", "é\u{feff}\u{7f}\n", "a\n\n\n", "a\n\n— b c\n"] {
        let note = note(&[strange, "\n", PETER_SIGNED]).expect("a strange text is a text");
        assert_eq!(note.text(), strange);
    }
}

#[test]
fn a_malformed_note_is_refused_with_the_line_at_which_it_is() {
    let Err(LedgerError::Malformed { line, .. }) = note(&[TEXT, "\n", PETER_SIGNED, "nonsense\n"]) else {
        panic!("must be refused");
    };
    assert_eq!(line, 5);
}

#[test]
fn what_is_too_large_is_refused_before_it_is_read() {
    let long = "x".repeat(NOTE_LEN_MAX);
    assert!(matches!(note(&[&long, "\n\n", PETER_SIGNED]), Err(LedgerError::TooLarge { .. })));
    let most = PETER_SIGNED.repeat(SIGNATURES_MAX);
    assert!(note(&[TEXT, "\n", &most]).is_ok());
    assert!(matches!(note(&[TEXT, "\n", &most, PETER_SIGNED]), Err(LedgerError::TooLarge { .. })));
}

#[test]
fn unknown_keys_are_ignored_and_a_known_key_that_does_not_verify_spoils_the_note() {
    let keys = [key(PETER)];
    let bad_peter = PETER_SIGNED.replace("ZJkuBS", "ZJkuBT");
    let bad_enoch = ENOCH_SIGNED.replace("zmZa0S", "zmZa0T");
    let cases: &[(&[&str], Result<usize, &str>)] = &[
        (&[PETER_SIGNED], Ok(1)),
        (&[PETER_SIGNED, ENOCH_SIGNED], Ok(1)),
        (&[PETER_SIGNED, &bad_enoch], Ok(1)),
        (&[PETER_SIGNED, PETER_SIGNED, PETER_SIGNED], Ok(1)),
        (&[ENOCH_SIGNED], Err("ledger.no-known-signature")),
        (&[&bad_peter], Err("ledger.signature-invalid")),
        (&[PETER_SIGNED, &bad_peter], Err("ledger.signature-invalid")),
        (&[&PETER_SIGNED.replace("PeterNeumann", "Someone")], Err("ledger.no-known-signature")),
        (&[&PETER_SIGNED.replace("x08go", "y08go")], Err("ledger.no-known-signature")),
    ];
    for (lines, expected) in cases {
        let note = note(&[TEXT, "\n", &lines.concat()]).expect("well formed");
        let found = note.verify(&keys).map(|good| good.len());
        assert_eq!(found.as_ref().map_err(LedgerError::code), expected.as_ref().map_err(|code| *code), "{lines:?}");
    }
    let other_text = note(&["Another text.\n\n", PETER_SIGNED]).expect("well formed");
    assert_eq!(other_text.verify(&keys).expect_err("another text").code(), "ledger.signature-invalid");
}

#[test]
fn the_published_checkpoint_is_read_and_printed() {
    let text = "example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n\n— example.com/behind-the-sofa Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=\n— witness.example.com/w1 jWbPPwAAAABkGFDLEZMHwSRaJNiIDoe9DYn/zXcrtPHeolMI5OWXEhZCB9dlrDJsX3b2oyin1nPZqhf5nNo0xUe+mbIUBkBIfZ+qnA==\n";
    let signed = SignedCheckpoint::parse(text.as_bytes()).expect("a published checkpoint");
    assert_eq!(signed.to_string(), text);
    assert_eq!(
        (signed.checkpoint().origin.as_str(), signed.checkpoint().size),
        ("example.com/behind-the-sofa", 20_852_163)
    );
    let time = signed.note().signatures()[1].bytes().first_chunk::<8>().expect("a time");
    assert_eq!(u64::from_be_bytes(*time), 1_679_315_147, "the time of the published cosignature");
}

#[test]
fn a_checkpoint_has_exactly_its_lines() {
    let root = "CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=";
    let loose = root.replace("2I=", "2J=");
    for right in [format!("o\n0\n{root}\n"), format!("an origin\n4611686018427387904\n{root}\nextension\n+\n")] {
        assert_eq!(Checkpoint::parse(&right).expect("well formed").to_string(), right);
    }
    let refused = [
        String::new(),
        "\n".to_owned(),
        format!("o\n0\n{root}"),
        format!("\n0\n{root}\n"),
        format!("o\n00\n{root}\n"),
        format!("o\n-1\n{root}\n"),
        format!("o\n1 \n{root}\n"),
        format!("o\n4611686018427387905\n{root}\n"),
        format!("o\n\n{root}\n"),
        "o\n0\n".to_owned(),
        "o\n0\n\n".to_owned(),
        format!("o\n0\n{}\n", &root[..40]),
        format!("o\n0\n{root}=\n"),
        format!("o\n0\n{loose}\n"),
        format!("o\n0\n{root}\n\n"),
        format!("o\n0\n{root}\na\n\nb\n"),
        format!("{}\n0\n{root}\n", "o".repeat(256)),
    ];
    for wrong in refused {
        assert_eq!(Checkpoint::parse(&wrong).expect_err(&wrong).code(), "ledger.malformed", "{wrong:?}");
    }
}

#[test]
fn a_log_signs_only_under_its_own_name_and_purpose() {
    let head = |origin: &str| Checkpoint::new(origin.parse().expect("an origin"), 1, leaf(0, 0));
    assert!(head("es.moj/ledger/1").sign(&log_signer()).is_ok());
    assert_eq!(head("es.moj/ledger/2").sign(&log_signer()).expect_err("another log").code(), "ledger.key-purpose");
    let cosigner = signer("es.moj/ledger/1", KeyKind::Cosigner, 1);
    assert_eq!(head("es.moj/ledger/1").sign(&cosigner).expect_err("not for signing").code(), "ledger.key-purpose");
    let broken = Broken(log_signer().key().clone());
    assert_eq!(head("es.moj/ledger/1").sign(&broken).expect_err("the fault comes through").code(), "ledger.store");

    let signed = checkpoint(&log_signer(), 1, leaf(0, 0));
    assert!(signed.verify(&keys(&[log_signer()])).is_ok());
    let stranger = signer("es.moj/ledger/1", KeyKind::Log, 9);
    assert_eq!(signed.verify(&keys(&[stranger])).expect_err("another key").code(), "ledger.no-known-signature");
    // A key that is trusted for another log does not speak for this one.
    let mut foreign = Note::unsigned(signed.note().text()).expect("a text");
    foreign.sign(&signer("ma.moj/ledger/1", KeyKind::Log, 7)).expect("signed");
    let foreign = SignedCheckpoint::parse(foreign.to_string().as_bytes()).expect("well formed");
    let trusted = keys(&[log_signer(), signer("ma.moj/ledger/1", KeyKind::Log, 7)]);
    assert_eq!(foreign.verify(&trusted).expect_err("another's log").code(), "ledger.no-known-signature");
}

#[test]
fn the_origin_of_a_node_names_authority_and_generation() {
    let authority = "es.moj".parse().expect("an authority");
    let origin = Origin::of_node(&authority, 2);
    assert_eq!(origin.as_str(), "es.moj/ledger/2");
    assert_eq!(origin.node(), Some((authority, 2)));
    for foreign in ["example.com/log", "es.moj/ledger/02", "es.moj/ledger/", "es.moj/ledger/1/2", "ES.moj/ledger/1"] {
        assert_eq!(foreign.parse::<Origin>().expect("a line").node(), None, "{foreign}");
    }
}

#[test]
fn a_cosignature_binds_time_and_text_and_is_counted_once() {
    let [ma, fr, _] = witnesses();
    let mut signed = checkpoint(&log_signer(), 3, leaf(0, 0));
    let cosign = |signed: &SignedCheckpoint, time, by: &dyn NoteSigner| {
        let submission = Submission { old_size: 0, proof: ConsistencyProof::default(), checkpoint: signed.clone() };
        consider(&keys(&[log_signer()]), None, &submission).expect("first seen").cosign_stored(time, by)
    };
    let (early, late) = (cosign(&signed, at(1), &ma).expect("made"), cosign(&signed, at(2), &ma).expect("made"));
    let other = cosign(&checkpoint(&log_signer(), 4, leaf(0, 0)), at(1), &ma).expect("made");
    assert_eq!(cosign(&signed, at(1), &log_signer()).expect_err("not a cosigner").code(), "ledger.key-purpose");
    let epoch = terms::Moment::from_unix(0).expect("a moment");
    assert_eq!(cosign(&signed, epoch, &ma).expect_err("without a time").code(), "ledger.key-purpose");

    assert!(signed.add_cosignature(early.clone(), fr.key()).is_err(), "another witness's");
    assert!(signed.add_cosignature(other, ma.key()).is_err(), "over another checkpoint");
    assert_eq!(signed.add_cosignature(early.clone(), ma.key()).expect("valid"), at(1));
    assert_eq!(signed.add_cosignature(late, ma.key()).expect("replaces the first"), at(2));
    let witnesses = keys(&witnesses());
    assert_eq!(signed.cosignatures(&witnesses).expect("valid"), [(&witnesses[0], at(2))]);

    let twice = format!("{signed}{early}");
    let twice = SignedCheckpoint::parse(twice.as_bytes()).expect("well formed");
    assert_eq!(twice.cosignatures(&witnesses).expect("valid"), [(&witnesses[0], at(1))], "once, with the earlier time");

    // Moving the time by a second breaks the signature.
    let line = early.to_string();
    let bytes = [early.id().0.as_slice(), early.bytes()].concat();
    for byte in 0..bytes.len() {
        use base64::Engine as _;
        let mut wrong = bytes.clone();
        wrong[byte] ^= 1;
        let encode = |bytes: &[u8]| base64::engine::general_purpose::STANDARD.encode(bytes);
        let text =
            format!("{}{}", checkpoint(&log_signer(), 3, leaf(0, 0)), line.replace(&encode(&bytes), &encode(&wrong)));
        let found = SignedCheckpoint::parse(text.as_bytes()).expect("well formed");
        match found.cosignatures(&witnesses) {
            Ok(none) => assert!(byte < 4 && none.is_empty(), "with another key id it is a stranger's; byte {byte}"),
            Err(error) => assert_eq!(error.code(), "ledger.signature-invalid", "byte {byte}"),
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]
    #[test]
    fn what_parses_is_printed_byte_for_byte(text in "([ -~é—]{0,12}\n){1,5}", names in prop::collection::vec("[a-z./é]{1,9}", 1..5), bytes in prop::collection::vec(any::<u8>(), 5..80)) {
        use base64::Engine as _;
        let encoded = base64::engine::general_purpose::STANDARD.encode(&bytes);
        let lines: String = names.iter().map(|name| format!("— {name} {encoded}\n")).collect();
        let whole = format!("{text}\n{lines}");
        let note = Note::parse(whole.as_bytes()).expect("well formed by construction");
        prop_assert_eq!(note.text(), &text);
        prop_assert_eq!(note.to_string(), whole);
    }
}

#[test]
fn there_is_room_for_ml_dsa_44_beside_ed25519() {
    use base64::Engine as _;
    let base64 = |bytes: &[u8]| base64::engine::general_purpose::STANDARD.encode(bytes);
    // FIPS 204: a public key has 1,312 bytes, a signature 2,420; C2SP puts a time of eight bytes before it.
    let (public_key, signature) = ([7; 1_312], [9; 8 + 2_420]);
    let name: ledger::KeyName = "ma.moj/witness".parse().expect("a name");
    let id = ledger::KeyId::derive(&name, ledger::key::TYPE_ML_DSA_44_COSIGNATURE, &public_key);
    let material = [&[ledger::key::TYPE_ML_DSA_44_COSIGNATURE], public_key.as_slice()].concat();
    let vkey = format!("{name}+{id}+{}", base64(&material));
    assert!(
        matches!(vkey.parse::<VerifierKey>(), Err(LedgerError::KeyTypeUnsupported(6))),
        "read, and not yet verified"
    );
    let wrong = format!("{name}+00000000+{}", base64(&material));
    assert!(
        matches!(wrong.parse::<VerifierKey>(), Err(LedgerError::KeyMalformed(_))),
        "its id is checked all the same"
    );

    let witnesses = witnesses();
    let keys = keys(&witnesses);
    assert!(keys.iter().all(|key| key.id() != id), "the type is part of the id, so the same name may have both");
    let mut cosigned = checkpoint(&log_signer(), 7, leaf(1, 0));
    let submission = Submission { old_size: 0, proof: ConsistencyProof(vec![]), checkpoint: cosigned.clone() };
    let log = [log_signer().key().clone()];
    let accepted = consider(&log, None, &submission).map_err(|refused| refused.reason).expect("accepted");
    let line = accepted.cosign_stored(at(1), &witnesses[0]).expect("signed");
    cosigned.add_cosignature(line, witnesses[0].key()).expect("a cosignature");
    let mut text = cosigned.to_string();
    let post_quantum = [id.0.as_slice(), &signature].concat();
    for _ in 0..SIGNATURES_MAX - 2 {
        text.push_str(&format!("— {name} {}\n", base64(&post_quantum)));
    }
    let read = SignedCheckpoint::parse(text.as_bytes()).expect("as many as may stand there, and it is not too long");
    assert_eq!(read.cosignatures(&keys).expect("verified").len(), 1, "what is not known is passed over");
}
