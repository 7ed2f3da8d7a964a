//! The witness: what it cosigns, what it refuses and how it is answered, what it keeps as evidence.

mod common;

use common::{Log, at, checkpoint, keys, leaf, log_signer, signer, witnesses};
use ledger::evidence::{Contradiction, Evidence};
use ledger::submission::{Submission, parse_answer};
use ledger::tree::empty_root;
use ledger::witness::{Accepted, Reason, Record, Refused, consider};
use ledger::{ConsistencyProof, KeyKind, SignedCheckpoint};
use proptest::prelude::*;

fn ask(log: &mut Log, old_size: u64) -> Submission {
    let proof = log.consistency(old_size.min(log.size()), log.size());
    Submission { old_size, proof, checkpoint: log.checkpoint(&log_signer()) }
}
fn decide(last: Option<&Record>, submission: &Submission) -> Result<Accepted, Refused> {
    // As over the wire: what is judged is what was read.
    let read = Submission::parse(submission.to_string().as_bytes()).expect("its own text");
    assert_eq!(read, *submission);
    consider(&keys(&[log_signer()]), last, &read)
}
fn record(log: &Log) -> Record {
    Record::restored(log.checkpoint(&log_signer()))
}

#[test]
fn a_log_that_grows_is_cosigned_at_every_step() {
    let [ma, ..] = witnesses();
    let mut log = Log::default();
    let mut last: Option<Record> = None;
    for size in [0, 1, 1, 2, 7, 8, 8, 9, 300] {
        let old = log.size();
        log.grow(size, 0);
        let submission = ask(&mut log, old);
        let accepted = decide(last.as_ref(), &submission).expect("honest growth");
        assert_eq!((accepted.record().size(), accepted.record().root()), (size, log.root()));
        last = Some(accepted.record().clone());
        let answer = accepted.cosign_stored(at(1), &ma).expect("cosigned").to_string();
        let lines = parse_answer(answer.as_bytes()).expect("one line");
        let mut signed = submission.checkpoint;
        assert_eq!(signed.add_cosignature(lines[0].clone(), &keys(&[ma_again()])[0]).expect("valid"), at(1));
    }
}
fn ma_again() -> ledger::SoftSigner {
    signer("ma.moj/witness", KeyKind::Cosigner, 2)
}

/// A case: what the witness holds, what it is asked, the status it answers, the evidence it keeps.
type Case = (&'static str, Option<Record>, Submission, u16, Option<Contradiction>);

fn cases() -> Vec<Case> {
    let (mut ten, mut twenty) = (Log::of(10, 0), Log::of(20, 0));
    let (mut fork_ten, mut fork_twenty) = (Log::of(10, 1), Log::of(20, 1));
    let (ten_held, twenty_held) = (Some(record(&ten)), Some(record(&twenty)));
    let good = ask(&mut twenty, 10);
    let with = |change: &dyn Fn(&mut Submission)| {
        let mut changed = good.clone();
        change(&mut changed);
        changed
    };
    let by = |name: &str, secret| checkpoint(&signer(name, KeyKind::Log, secret), 20, leaf(0, 0));
    let tampered = |from: &str, to: &str| {
        let text = good.checkpoint.to_string().replacen(from, to, 1);
        SignedCheckpoint::parse(text.as_bytes()).expect("well formed")
    };
    let empty_lie = Submission {
        old_size: 0,
        proof: ConsistencyProof::default(),
        checkpoint: checkpoint(&log_signer(), 0, leaf(0, 0)),
    };
    use Contradiction::{Fork, Rollback, Unproven};
    vec![
        ("another log", ten_held.clone(), with(&|s| s.checkpoint = by("fr.moj/ledger/1", 9)), 404, None),
        (
            "the log's name, another's key",
            ten_held.clone(),
            with(&|s| s.checkpoint = by("es.moj/ledger/1", 9)),
            403,
            None,
        ),
        ("an altered size", ten_held.clone(), with(&|s| s.checkpoint = tampered("\n20\n", "\n21\n")), 403, None),
        ("an old size beyond", ten_held.clone(), with(&|s| s.old_size = 21), 400, None),
        ("another old size", ten_held.clone(), with(&|s| s.old_size = 9), 409, None),
        ("an old size where nothing is held", None, good.clone(), 409, None),
        ("a proof too long", ten_held.clone(), with(&|s| s.proof.0.push(empty_root())), 422, Some(Unproven)),
        ("no proof", ten_held.clone(), with(&|s| s.proof.0.clear()), 422, Some(Unproven)),
        ("a forked growth", ten_held.clone(), ask(&mut fork_twenty, 10), 422, Some(Unproven)),
        ("a fork at the same size", ten_held.clone(), ask(&mut fork_ten, 10), 422, Some(Fork)),
        ("a fork from the start", ten_held.clone(), ask(&mut fork_ten, 0), 409, Some(Fork)),
        ("an older head", twenty_held.clone(), ask(&mut ten, 10), 409, Some(Rollback)),
        (
            "an older head, with my size",
            twenty_held,
            with(&|s| {
                s.checkpoint = checkpoint(&log_signer(), 10, leaf(0, 0));
                s.old_size = 20;
            }),
            400,
            Some(Rollback),
        ),
        ("nothing, with a root", None, empty_lie, 422, None),
        ("a needless proof for the first", None, with(&|s| s.old_size = 0), 422, None),
    ]
}

#[test]
fn each_refusal_has_its_status_and_keeps_its_evidence() {
    for (what, held, submission, status, kept) in cases() {
        let Refused { reason, evidence } = decide(held.as_ref(), &submission).expect_err(what);
        assert_eq!(reason.http_status(), status, "{what}: {reason}");
        assert_eq!(evidence.as_ref().map(|evidence| evidence.contradiction()), kept, "{what}");
        if let Reason::OtherSize { latest } = reason {
            assert_eq!(latest, held.map_or(0, |record| record.size()), "{what}");
        }
        let Some(evidence) = evidence else { continue };
        let read = Evidence::parse(evidence.to_string().as_bytes()).expect("its own text");
        assert_eq!(read, *evidence, "{what}");
        let proves = read.proves_misconduct(&keys(&[log_signer()])).expect("both heads are signed");
        assert_eq!(proves, kept == Some(Contradiction::Fork), "{what}");
        let stranger = keys(&[signer("es.moj/ledger/1", KeyKind::Log, 9)]);
        assert!(read.proves_misconduct(&stranger).is_err(), "{what}: nobody is accused under another key");
    }
}

#[test]
fn a_late_message_is_cleared_by_a_proof_and_a_rollback_is_not() {
    let mut twenty = Log::of(20, 0);
    let proof = twenty.consistency(10, 20);
    let first = twenty.checkpoint(&log_signer());
    let late = Log::of(10, 0).checkpoint(&log_signer());
    let rolled_back = Log::of(10, 1).checkpoint(&log_signer());
    assert!(Evidence::of(first.clone(), late.clone()).expect("smaller").is_cleared_by(&proof));
    assert!(!Evidence::of(first.clone(), rolled_back).expect("smaller").is_cleared_by(&proof));
    let unproven = Evidence::of(late, first.clone()).expect("larger");
    assert_eq!(unproven.contradiction(), Contradiction::Unproven);
    assert!(unproven.is_cleared_by(&proof));
    let fork = Evidence::of(first.clone(), Log::of(20, 1).checkpoint(&log_signer())).expect("another root");
    assert!(!fork.is_cleared_by(&ConsistencyProof::default()), "a fork is never cleared");
    assert_eq!(Evidence::of(first.clone(), first.clone()), None, "nothing to keep");
    let other = checkpoint(&signer("es.moj/ledger/2", KeyKind::Log, 1), 5, leaf(0, 0));
    assert_eq!(Evidence::of(first, other), None, "another generation is another log");
}

#[test]
fn a_damaged_file_of_evidence_is_refused() {
    let evidence = Evidence::of(Log::of(5, 0).checkpoint(&log_signer()), Log::of(5, 1).checkpoint(&log_signer()));
    let text = evidence.expect("a fork").to_string();
    let wrong = [
        String::new(),
        text.replacen("/1\n", "/2\n", 1),
        format!("{text}x"),
        text[..text.len() - 1].to_owned(),
        text.replacen("/1\n1", "/1\n01", 1),
        text.replacen("/1\n1", "/1\n9", 1),
        "comity.ledger-evidence/1\n".to_owned(),
        "comity.ledger-evidence/1\n9223372036854775807\n".to_owned(),
    ];
    for wrong in wrong {
        assert!(Evidence::parse(wrong.as_bytes()).is_err(), "{wrong:?}");
    }
}

#[test]
fn a_submission_has_exactly_its_form() {
    let right = ask(&mut Log::of(20, 0), 10).to_string();
    let (head, tail) = right.split_once("\n\n").expect("an empty line");
    let hash = head.lines().nth(1).expect("a proof").to_owned();
    let wrong = [
        String::new(),
        tail.to_owned(),
        right.replacen("old 10", "old 010", 1),
        right.replacen("old 10", "old -1", 1),
        right.replacen("old 10", "new 10", 1),
        right.replacen("old 10", "old  10", 1),
        right.replacen("old 10", "old 10 ", 1),
        right.replacen(&hash, &hash[1..], 1),
        right.replacen("\n\n", "\n", 1),
        right.replacen("\n\n", "\n\n\n", 1),
        format!("old 1\n{}\n{tail}", format!("{hash}\n").repeat(64)),
    ];
    for wrong in wrong {
        assert!(Submission::parse(wrong.as_bytes()).is_err(), "{wrong:?}");
    }
    assert!(Submission::parse(format!("old 1\n{}\n{tail}", format!("{hash}\n").repeat(63)).as_bytes()).is_ok());
    assert!(parse_answer(b"").is_err() && parse_answer(b"\n").is_err() && parse_answer(b"nonsense\n").is_err());
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]
    /// Whatever a log with two histories asks for, in whatever order, one witness cosigns heads of one history only.
    #[test]
    fn a_witness_never_cosigns_two_histories(asked in prop::collection::vec((1_u64..40, 0_u64..40, any::<bool>()), 1..40)) {
        let mut last: Option<Record> = None;
        let mut cosigned: Vec<Record> = Vec::new();
        for (size, old, lie) in asked {
            // Both histories agree on their first twelve entries.
            let mut log = Log::of(size.min(12), 0);
            log.grow(size, u8::from(lie));
            // It learns what the witness holds, as from a 409, every other time.
            let old = if old % 2 == 0 { last.as_ref().map_or(0, Record::size) } else { old };
            if let Ok(accepted) = decide(last.as_ref(), &ask(&mut log, old)) {
                cosigned.push(accepted.record().clone());
                last = Some(accepted.record().clone());
            }
        }
        let histories = |lie: u8| {
            cosigned.iter().all(|record| {
                let mut log = Log::of(record.size().min(12), 0);
                log.grow(record.size(), lie);
                log.root() == record.root()
            })
        };
        prop_assert!(histories(0) || histories(1));
        prop_assert!(cosigned.is_sorted_by_key(Record::size));
    }
}
