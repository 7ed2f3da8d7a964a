//! Proof files, policies and leaves: three answers, each with what and where; no alteration passes.

mod common;

use common::{Log, at, keys, leaf, log_signer, signer, witnesses};
use ledger::proof_text::{Expected, Finding, check_file};
use ledger::submission::Submission;
use ledger::witness::consider;
use ledger::{Answer, Checkpoint, ConsistencyProof, KeyKind, LeafDisclosure, LeafKind, Note, NoteSigner, Policy};
use ledger::{SignedCheckpoint, TlogProof};
use proptest::prelude::*;
use terms::{Digest, Salt};

const SIGNATURE: &[u8] = b"a detached signature";

fn disclosure() -> LeafDisclosure {
    LeafDisclosure::new(LeafKind::Act, Digest::of(&[b"header"]), SIGNATURE, Salt::new([7; 16]))
}
fn expected() -> Expected {
    Expected { kind: LeafKind::Act, id: Digest::of(&[b"header"]), signature: SIGNATURE.to_vec() }
}

/// A log of `size` entries with the disclosed one at `index`, cosigned by the first `cosigners` witnesses at seconds 1, 2, 3.
fn proof(index: u64, size: u64, cosigners: usize) -> TlogProof {
    let mut log = Log::of(index, 0);
    for stored in log.frontier.append(disclosure().leaf_hash()).expect("not full") {
        log.hashes.insert(stored.node, stored.hash);
    }
    log.grow(size, 0);
    let mut checkpoint = log.checkpoint(&log_signer());
    for (second, witness) in (1..).zip(witnesses()).take(cosigners) {
        let submission = Submission { old_size: 0, proof: ConsistencyProof::default(), checkpoint: checkpoint.clone() };
        let accepted = consider(&keys(&[log_signer()]), None, &submission).expect("first seen");
        let line = accepted.cosign_stored(at(second), &witness).expect("cosigned");
        checkpoint.add_cosignature(line, witness.key()).expect("valid");
    }
    TlogProof { extra: Some(disclosure().to_bytes()), index, inclusion: log.inclusion(index, size), checkpoint }
}
fn any_of(k: usize) -> Policy {
    Policy::any_of(k, &keys(&[log_signer()]), &keys(&witnesses())).expect("a policy")
}
fn check(proof: &TlogProof, policy: &Policy) -> Answer {
    check_file(proof.to_string().as_bytes(), &expected(), policy, None)
}

#[test]
fn a_leaf_commits_to_kind_id_signature_and_salt() {
    // By hand: domain, kind, zero byte, id, SHA-256 of the signature, salt.
    let (id, signed) = (Digest::of(&[b"header"]), Digest::of(&[SIGNATURE]));
    let by_hand = [b"comity.leaf/1\nact\0".as_slice(), id.as_bytes(), signed.as_bytes(), &[7; 16]];
    let data = Digest::of(&by_hand);
    assert_eq!(disclosure().data(), data);
    assert_eq!(disclosure().leaf_hash(), Digest::of(&[&[0], data.as_bytes()]));
    let mut all = vec![disclosure()];
    all.extend(LeafKind::ALL.into_iter().skip(1).map(|kind| LeafDisclosure { kind, ..disclosure() }));
    all.push(LeafDisclosure { salt: Salt::new([8; 16]), ..disclosure() });
    all.push(LeafDisclosure { id: Digest::of(&[b"other"]), ..disclosure() });
    all.push(LeafDisclosure::new(LeafKind::Act, Digest::of(&[b"header"]), b"another signature", Salt::new([7; 16])));
    all.push(LeafDisclosure::padding(Digest::of(&[b"random"]), Salt::new([7; 16])));
    let mut hashes: Vec<Digest> = all.iter().map(LeafDisclosure::leaf_hash).collect();
    for one in &all {
        assert_eq!(LeafDisclosure::from_bytes(&one.to_bytes()).expect("its own bytes"), *one);
        for cut in 0..one.to_bytes().len() {
            assert!(LeafDisclosure::from_bytes(&one.to_bytes()[..cut]).is_err(), "{cut}");
        }
        assert!(LeafDisclosure::from_bytes(&[one.to_bytes(), vec![0]].concat()).is_err(), "a byte too many");
    }
    hashes.sort_unstable();
    hashes.dedup();
    assert_eq!(hashes.len(), all.len(), "each differs from each");
}

#[test]
fn a_proof_matches_under_the_policies_that_it_satisfies_and_says_since_when_the_entry_existed() {
    for (index, size) in [(0, 1), (0, 2), (5, 9), (8, 9), (40, 300)] {
        let text = proof(index, size, 3).to_string();
        assert_eq!(TlogProof::parse(text.as_bytes()).expect("its own text").to_string(), text);
        for k in 1..=3 {
            let Answer::Matches(proven) = check(&proof(index, size, 3), &any_of(k)) else {
                panic!("{index} of {size}, any {k}");
            };
            assert_eq!((proven.index, proven.size, proven.origin.as_str()), (index, size, "es.moj/ledger/1"));
            assert_eq!(proven.existed_by, Some(at(k as i64)), "the {k}th cosignature");
            assert_eq!(proven.cosigned.len(), 3);
        }
    }
    let Answer::Matches(proven) =
        check(&proof(3, 9, 0), &Policy::unwitnessed(&keys(&[log_signer()])).expect("a policy"))
    else {
        panic!("nobody is asked");
    };
    assert_eq!(proven.existed_by, None, "without witnesses no time is proven");
}

#[test]
fn what_is_missing_cannot_be_checked_and_what_contradicts_does_not_match() {
    let good = proof(5, 9, 2);
    let changed = |change: &dyn Fn(&mut TlogProof)| {
        let mut proof = good.clone();
        change(&mut proof);
        proof
    };
    let replaced = |from: &str, to: &str| {
        let text = good.checkpoint.to_string().replacen(from, to, 1);
        SignedCheckpoint::parse(text.as_bytes()).expect("well formed")
    };
    let other_log = Policy::any_of(1, &keys(&[signer("fr.moj/ledger/1", KeyKind::Log, 8)]), &keys(&witnesses()));
    let no_log = Policy::any_of(1, &[], &keys(&witnesses())).expect("a policy");
    let cosignature = good.checkpoint.note().signatures()[1].to_string();
    let of_log = good.checkpoint.note().signatures()[0].to_string();
    let spoil = |line: &str| format!("{}AAAA=\n", &line[..line.len() - 6]);
    let another_leaf = LeafDisclosure { salt: Salt::new([0; 16]), ..disclosure() }.to_bytes();
    let another_act = LeafDisclosure { id: Digest::of(&[b"other"]), ..disclosure() }.to_bytes();
    let (two, missing, wrong) = (any_of(2), "cannot be checked", "does not match");
    let cases: Vec<(&str, TlogProof, Policy, &str, &str, &str)> = vec![
        ("too few", good.clone(), any_of(3), missing, "ledger.quorum", "the cosignatures"),
        (
            "unknown log",
            good.clone(),
            other_log.expect("a policy"),
            missing,
            "ledger.no-known-signature",
            "the log's signature",
        ),
        ("no log", good.clone(), no_log, missing, "ledger.no-known-signature", "the log's signature"),
        ("no disclosure", changed(&|p| p.extra = None), two.clone(), missing, "ledger.malformed", "the disclosure"),
        (
            "another act",
            changed(&|p| p.extra = Some(another_act.clone())),
            two.clone(),
            wrong,
            "ledger.other-entry",
            "the disclosure",
        ),
        (
            "another salt",
            changed(&|p| p.extra = Some(another_leaf.clone())),
            two.clone(),
            wrong,
            "ledger.proof-mismatch",
            "the inclusion proof",
        ),
        (
            "another index",
            changed(&|p| p.index = 4),
            two.clone(),
            wrong,
            "ledger.proof-mismatch",
            "the inclusion proof",
        ),
        (
            "an index outside",
            changed(&|p| p.index = 9),
            two.clone(),
            wrong,
            "ledger.outside-tree",
            "the inclusion proof",
        ),
        (
            "a shorter proof",
            changed(&|p| p.inclusion.0.truncate(1)),
            two.clone(),
            wrong,
            "ledger.proof-length",
            "the inclusion proof",
        ),
        (
            "another hash",
            changed(&|p| p.inclusion.0[1] = leaf(0, 5)),
            two.clone(),
            wrong,
            "ledger.proof-mismatch",
            "the inclusion proof",
        ),
        (
            "another size",
            changed(&|p| p.checkpoint = replaced("\n9\n", "\n10\n")),
            two.clone(),
            wrong,
            "ledger.signature-invalid",
            "the log's signature",
        ),
        (
            "the log's signature",
            changed(&|p| p.checkpoint = replaced(&of_log, &spoil(&of_log))),
            two.clone(),
            wrong,
            "ledger.signature-invalid",
            "the log's signature",
        ),
        (
            "a cosignature",
            changed(&|p| p.checkpoint = replaced(&cosignature, &spoil(&cosignature))),
            two.clone(),
            wrong,
            "ledger.signature-invalid",
            "a cosignature",
        ),
    ];
    assert!(check(&good, &two).is_match());
    for (what, proof, policy, kind, code, place) in cases {
        let (found, finding) = match check(&proof, &policy) {
            Answer::CannotBeChecked(finding) => (missing, finding),
            Answer::DoesNotMatch(finding) => (wrong, finding),
            Answer::Matches(_) => panic!("{what} must not match"),
        };
        assert_eq!((found, finding.code, finding.place), (kind, code, place), "{what}: {}", finding.what);
    }
    let Answer::CannotBeChecked(Finding { place, .. }) = check_file(b"nonsense", &expected(), &two, None) else {
        panic!("nonsense cannot be checked");
    };
    assert_eq!(place, "the proof file");
    let other = Expected { signature: b"another signature".to_vec(), ..expected() };
    assert!(matches!(check_file(good.to_string().as_bytes(), &other, &two, None), Answer::DoesNotMatch(_)));
}

#[test]
fn cosignatures_from_the_future_do_not_count() {
    let (text, two) = (proof(5, 9, 3).to_string(), any_of(2));
    let check = |now| check_file(text.as_bytes(), &expected(), &two, Some(at(now)));
    assert!(check(2).is_match() && check(9).is_match());
    assert!(matches!(check(1), Answer::CannotBeChecked(Finding { code: "ledger.quorum", .. })));
}

#[test]
fn no_bit_of_a_proof_file_can_be_flipped_unnoticed() {
    let text = proof(5, 9, 3).to_string().into_bytes();
    let all = any_of(3);
    for at in 0..text.len() {
        for bit in 0..8 {
            let mut wrong = text.clone();
            wrong[at] ^= 1 << bit;
            let answer = check_file(&wrong, &expected(), &all, None);
            assert!(!answer.is_match(), "bit {bit} of byte {at}");
        }
    }
}

#[test]
fn a_proof_file_has_exactly_its_form() {
    let right = proof(5, 9, 1).to_string();
    let extra = right.lines().nth(1).expect("the extra line");
    let wrong = [
        right.replacen("@v1", "@v2", 1),
        right.replacen("index 5", "index 05", 1),
        right.replacen("index 5", "index  5", 1),
        right.replacen("index 5", "Index 5", 1),
        right.replacen("index 5\n", "", 1),
        right.replacen("index 5", &format!("{extra}\nindex 5"), 1),
        right.replacen("extra ", "extra  ", 1),
        right.replacen("\n\n", "\n", 1),
        right.replacen("\n\n", "\n\n\n", 1),
        right.replace('\n', "\r\n"),
        format!("\n{right}"),
        format!("{right}\n"),
    ];
    for wrong in wrong {
        assert!(TlogProof::parse(wrong.as_bytes()).is_err(), "{wrong:?}");
    }
    let with_empty_extra = right.replacen(extra, "extra ", 1);
    assert_eq!(TlogProof::parse(with_empty_extra.as_bytes()).expect("well formed").extra, Some(Vec::new()));
}

#[test]
fn a_nested_policy_counts_as_the_specification_says() {
    let [a, b, c] = keys(&witnesses()).try_into().expect("three");
    let log = log_signer();
    let text = format!(
        "# who is read\n\tlog {} https://es.example/log\nwitness A {a}\nwitness B\t{b}  \nwitness é {c}\n\ngroup AB any A B\ngroup all-of-them all AB é\nquorum all-of-them\n",
        log.key()
    );
    let policy = Policy::parse(text.as_bytes()).expect("a policy");
    assert_eq!((policy.logs().len(), policy.witnesses().len()), (1, 3));
    assert_eq!(policy.to_string(), text);
    for (signed, enough) in
        [(vec![], false), (vec![&a], false), (vec![&a, &b], false), (vec![&c], false), (vec![&b, &c], true)]
    {
        assert_eq!(policy.is_satisfied(|key| signed.contains(&key)), enough, "{signed:?}");
    }
    assert_eq!(policy.moment_reached(&[(&a, at(9)), (&b, at(4)), (&c, at(6))]), Some(at(6)));
}

#[test]
fn a_policy_that_could_be_read_in_two_ways_is_refused() {
    let [a, b, c] = keys(&witnesses()).try_into().expect("three");
    let log = log_signer();
    let log = log.key();
    let same_key = signer("other/name", KeyKind::Cosigner, 2);
    let same_key = same_key.key();
    let base = format!("log {log}\nwitness a {a}\nwitness b {b}\n");
    let wrong = [
        (String::new(), "ledger.malformed"),
        (base.clone(), "ledger.malformed"),
        (format!("{base}quorum a"), "ledger.malformed"),
        (format!("{base}quorum x\n"), "ledger.malformed"),
        (format!("{base}quorum a\nquorum a\n"), "ledger.malformed"),
        (format!("{base}quorum none\nquorum a\n"), "ledger.malformed"),
        (format!("quorum a\n{base}"), "ledger.malformed"),
        (format!("{base}group g 0 a b\nquorum g\n"), "ledger.malformed"),
        (format!("{base}group g 3 a b\nquorum g\n"), "ledger.malformed"),
        (format!("{base}group g 02 a b\nquorum g\n"), "ledger.malformed"),
        (format!("{base}group g any\nquorum g\n"), "ledger.malformed"),
        (format!("{base}group g any a a\nquorum g\n"), "ledger.malformed"),
        (format!("{base}group g any a b\ngroup h all g b\nquorum h\n"), "ledger.malformed"),
        (format!("{base}group g any g\nquorum g\n"), "ledger.malformed"),
        (format!("{base}group a any b\nquorum a\n"), "ledger.malformed"),
        (format!("{base}group none any b\nquorum none\n"), "ledger.malformed"),
        (format!("{base}group g any none\nquorum g\n"), "ledger.malformed"),
        (format!("{base}witness none {c}\nquorum a\n"), "ledger.malformed"),
        (format!("{base}witness a {c}\nquorum a\n"), "ledger.malformed"),
        (format!("{base}witness c {same_key}\nquorum a\n"), "ledger.malformed"),
        (format!("{base}log {log}\nquorum a\n"), "ledger.malformed"),
        (format!("{base}witness c {log}\nquorum a\n"), "ledger.key-purpose"),
        (format!("{base}log {c}\nquorum a\n"), "ledger.key-purpose"),
        (format!("{base}witness c x+00000000+AAAA\nquorum a\n"), "ledger.key-malformed"),
        (format!("{base}witness c {c} url more\nquorum a\n"), "ledger.malformed"),
        (format!("{base}nonsense\nquorum a\n"), "ledger.malformed"),
        (format!("{base}quorum\u{a0}a\n"), "ledger.malformed"),
        (format!("{base}quorum a\r\n"), "ledger.malformed"),
        (format!("{base}quorum a\u{7f}\n"), "ledger.malformed"),
    ];
    for (text, code) in wrong {
        assert_eq!(Policy::parse(text.as_bytes()).expect_err(&text).code(), code, "{text}");
    }
    assert!(Policy::parse(&vec![b'#'; 300_000]).is_err(), "too long");
    assert!(Policy::any_of(0, &[], &keys(&witnesses())).is_err());
    assert!(Policy::any_of(4, &[], &keys(&witnesses())).is_err());
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]
    #[test]
    fn whatever_bytes_come_they_are_read_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..600)) {
        read_all(&bytes);
    }
    #[test]
    fn whatever_is_cut_and_joined_from_a_right_file_is_read_or_refused(
        from in any::<prop::sample::Index>(), to in any::<prop::sample::Index>(), put in "[\\PC\n]{0,20}", twice in any::<bool>()
    ) {
        let text = proof(2, 3, 1).to_string().into_bytes();
        let (from, to) = (from.index(text.len()), to.index(text.len()));
        let (from, to) = (from.min(to), from.max(to));
        let middle = if twice { text[from..to].to_vec() } else { Vec::new() };
        read_all(&[&text[..to], put.as_bytes(), &middle, &text[if twice { to } else { from }..]].concat());
    }
}

/// Every reader of this crate; what is read is printed as it was read.
fn read_all(bytes: &[u8]) {
    if let Ok(note) = Note::parse(bytes) {
        assert_eq!(note.to_string().as_bytes(), bytes);
        assert!(note.verify(&keys(&[log_signer()])).is_err() || note.text().starts_with("es.moj"));
    }
    if let Ok(checkpoint) = SignedCheckpoint::parse(bytes) {
        assert_eq!(checkpoint.to_string().as_bytes(), bytes);
    }
    if let Ok(proof) = TlogProof::parse(bytes) {
        assert_eq!(proof.to_string().as_bytes(), bytes);
        let _ = check_file(bytes, &expected(), &any_of(1), None);
    }
    if let Ok(submission) = Submission::parse(bytes) {
        assert_eq!(submission.to_string().as_bytes(), bytes);
    }
    if let Ok(evidence) = ledger::evidence::Evidence::parse(bytes) {
        assert_eq!(evidence.to_string().as_bytes(), bytes);
    }
    let _ = (Policy::parse(bytes), LeafDisclosure::from_bytes(bytes), ledger::submission::parse_answer(bytes));
    let text = String::from_utf8_lossy(bytes);
    let _ = (Checkpoint::parse(&text), text.parse::<ledger::VerifierKey>(), text.parse::<ledger::tile::Tile>());
}
