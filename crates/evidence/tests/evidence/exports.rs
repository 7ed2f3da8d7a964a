//! Court exports: written, read, checked; what matches, what does not, and what cannot be checked.

use std::collections::BTreeMap;
use std::io::{self, Read};

use evidence::asic::{Container, Member};
use evidence::court::{Denied, Export};
use evidence::verify::{self, Part, Parts, Report, missing_cards};
use evidence::{Failure, Verdict, unwatched};
use seal::{Card, TimeRoots, cades};

use crate::dossier::*;

fn verify(bytes: &[u8], cards: &[Card], roots: &TimeRoots) -> Report {
    verify::container(bytes, &trust(cards, roots), &mut unwatched).expect("answers")
}

/// An export that was unpacked, in memory.
#[derive(Clone)]
pub struct Folder(pub BTreeMap<String, Vec<u8>>);

impl Folder {
    pub fn of(container: &[u8]) -> Self {
        let opened = Container::open(container).expect("opens");
        let read = |name: String| (name.clone(), opened.read(&name, 1 << 20).expect("reads"));
        Self(opened.names().into_iter().map(read).collect())
    }
    /// The worst answer, the container aside, which is not asked here.
    pub fn verdict(&self, case: &Case) -> Verdict {
        let (cards, roots) = (case.cards(), case.time_roots());
        self.worst(&trust(&cards, &roots))
    }
    pub fn worst(&self, trust: &verify::Trust<'_>) -> Verdict {
        let report = verify::parts(self, trust, &mut unwatched).expect("answers");
        Verdict::over(report.findings.iter().filter(|f| f.part != Part::Container).map(|f| f.verdict))
    }
}

impl Parts for Folder {
    fn names(&self) -> Vec<String> {
        self.0.keys().cloned().collect()
    }
    fn open(&self, name: &str) -> io::Result<Box<dyn Read + '_>> {
        self.0.get(name).map(|bytes| Box::new(bytes.as_slice()) as Box<dyn Read>).ok_or(io::ErrorKind::NotFound.into())
    }
}

#[test]
fn an_export_matches_in_every_part_for_who_trusts_the_authorities() {
    let case = Case::new();
    let report = verify(&case.container(), &case.cards(), &case.time_roots());
    assert_eq!(report.verdict, Verdict::Matches, "{report}");
    for (part, count) in [
        (Part::Container, 2),
        (Part::Member, 1),
        (Part::TimeStamp, 2),
        (Part::Manifest, 2),
        (Part::Exhibit, 2),
        (Part::CustodyEntry, 28),
        (Part::Custody, 4),
        (Part::Act, 2),
        (Part::Receipt, 1),
        (Part::Proof, 1),
        (Part::Card, 2),
    ] {
        assert_eq!(report.about(part).count(), count, "{part:?}: {report}");
    }
    let stamp = report.about(Part::TimeStamp).next().expect("stamped");
    assert!(stamp.what.contains("for demonstration and tests only, it proves nothing"), "{stamp}");
    let written = serde_json::to_value(&report).expect("JSON");
    assert_eq!((&written["v"], &written["verdict"]), (&"comity.verification/1".into(), &"matches".into()));
    assert_eq!(written["findings"][1]["signed"]["authority"], "ma.moj");
}

#[test]
fn what_the_reader_does_not_have_is_named_and_is_not_called_a_mismatch() {
    let case = Case::new();
    let bytes = case.container();
    let without_cards = verify(&bytes, &[], &case.time_roots());
    assert_eq!(without_cards.verdict, Verdict::CannotBeChecked);
    assert_eq!(missing_cards(&without_cards).into_iter().collect::<Vec<_>>(), ["es.moj", "ma.moj"]);
    assert!(without_cards.findings.iter().all(|f| f.verdict != Verdict::DoesNotMatch), "{without_cards}");
    let exhibits: Vec<_> = without_cards.about(Part::Exhibit).map(|f| f.verdict).collect();
    assert_eq!(exhibits, [Verdict::Matches, Verdict::Matches], "digests need no card");

    let without_time = verify(&bytes, &case.cards(), &TimeRoots::default());
    assert_eq!(without_time.verdict, Verdict::CannotBeChecked);
    assert!(without_time.about(Part::TimeStamp).all(|f| f.code == "no-time-root"), "{without_time}");

    let (cards, roots) = (case.cards(), case.time_roots());
    let trust = verify::Trust { proofs: None, ..trust(&cards, &roots) };
    let without_proofs = verify::container(bytes.as_slice(), &trust, &mut unwatched).expect("answers");
    let open: Vec<_> = without_proofs.findings.iter().filter(|f| f.verdict != Verdict::Matches).collect();
    assert_eq!(open.iter().map(|f| (f.part, f.verdict)).collect::<Vec<_>>(), [(Part::Proof, Verdict::CannotBeChecked)]);
}

#[test]
fn a_card_of_another_root_is_not_the_authority_that_the_reader_trusts() {
    let case = Case::new();
    let impostor = Office::new("es.moj", 99);
    let report = verify(&case.container(), &[impostor.card(), case.ma.card()], &case.time_roots());
    assert_eq!(report.verdict, Verdict::DoesNotMatch);
    assert!(report.about(Part::Card).any(|f| f.code == "root"), "{report}");
    assert!(report.about(Part::Manifest).any(|f| f.code == "signer"), "{report}");
}

#[test]
fn a_seal_that_was_revoked_later_counts_only_with_a_time_stamp_that_is_older() {
    let case = Case::new();
    let bytes = case.container();
    //                  revoked since   of the manifest     why
    for (since, verdict, code) in
        [(minute(5), Verdict::DoesNotMatch, "revoked"), (minute(15), Verdict::CannotBeChecked, "revoked-later")]
    {
        let cards = [case.es.card_compromised_since(since), case.ma.card()];
        let report = verify(&bytes, &cards, &case.time_roots());
        let manifest = report.about(Part::Manifest).next().expect("a manifest");
        // The stamp is of the demonstration authority, which proves nothing, so it does not help either.
        assert_eq!((manifest.verdict, manifest.code), (verdict, code), "{report}");
    }
}

#[test]
fn a_signature_counts_in_time_if_a_checkpoint_above_its_leaf_is_older_than_the_end_of_its_seal() {
    let case = Case::new();
    let (bytes, roots) = (case.container(), case.time_roots());
    let weighed = |es: seal::Card, proof: Option<ToyProofs>, now: terms::Moment| {
        let cards = [es, case.ma.card()];
        let proofs = proof.as_ref().map(|proof| proof as &dyn verify::ProofCheck);
        let trust = verify::Trust { cards: &cards, time_roots: &roots, proofs, now };
        let report = verify::container(bytes.as_slice(), &trust, &mut unwatched).expect("answers");
        report.about(Part::Act).next().expect("an act").clone()
    };
    // The act was signed in minute 10. Its seal was compromised since, or its use ended with, minute 30.
    let (revoked, ended) = (|| case.es.card_compromised_since(minute(30)), || case.es.card_until(minute(30)));
    for (what, es, limit, code) in [
        ("revoked", &revoked as &dyn Fn() -> seal::Card, minute(30), "revoked-later"),
        ("ended", &ended, minute(30).plus_seconds(1), "expired-since"),
    ] {
        let just_before = weighed(es(), Some(ToyProofs(limit.plus_seconds(-1))), minute(120));
        assert_eq!(just_before.verdict, Verdict::Matches, "{what}: {just_before}");
        assert!(just_before.what.contains("cosigned in the toy ledger; so it counts although"), "{just_before}");
        let existed = just_before.signed.expect("signed").existed.expect("a basis");
        assert_eq!(existed.by, limit.plus_seconds(-1));
        for (proof, when) in [(Some(ToyProofs(limit)), "too late"), (None, "no proof")] {
            let late = weighed(es(), proof, minute(120));
            assert_eq!((late.verdict, late.code), (Verdict::CannotBeChecked, code), "{what}, {when}: {late}");
            assert!(late.signed.is_none());
        }
    }
    // As long as the seal is good, its own word is enough.
    let good = weighed(ended(), None, minute(30));
    assert_eq!((good.verdict, good.signed.and_then(|signed| signed.existed)), (Verdict::Matches, None));
    // A seal whose use had ended before it claims to have signed never counts, whatever is proven.
    let after = weighed(case.es.card_until(minute(9)), Some(ToyProofs(minute(8))), minute(120));
    assert_eq!((after.verdict, after.code), (Verdict::DoesNotMatch, "not-in-use"));
    let after = weighed(case.es.card_compromised_since(minute(10)), Some(ToyProofs(minute(9))), minute(120));
    assert_eq!((after.verdict, after.code), (Verdict::DoesNotMatch, "revoked"));
}

#[test]
fn conditions_of_use_bar_an_export() {
    let mut case = Case::new();
    let sealed = &case.sealed[&ANSWER].0;
    let mut entry = sealed.clone();
    for (condition, barred) in [("confidential", false), ("intelligence-only", true), ("only-on-tuesdays", true)] {
        entry.conditions = vec![condition.parse().expect("a condition")];
        let docket = case.dossier.manifests[0].document().docket;
        let manifest = evidence::Manifest::new(case.es.id.clone(), docket, minute(10), vec![entry.clone()]);
        let manifest = evidence::document::frame(manifest).expect("in form");
        let signed = case.es.sign(manifest.bytes(), minute(10));
        let claimed = evidence::Claimed::parse(&signed.document, &signed.signature).expect("in form");
        let expected = std::slice::from_ref(&case.es.seal);
        case.dossier.manifests = vec![claimed.authenticate(&seal::Expected::OneOf(expected)).expect("signed")];
        case.dossier.exhibits.retain(|produced| produced.id == ANSWER);
        match Export::assemble(&case.dossier) {
            Ok(_) => assert!(!barred, "{condition}"),
            Err(Denied::Refusal(refusal)) => {
                assert!(barred && refusal.sentence.contains(condition), "{condition}: {refusal:?}");
            }
            Err(other) => panic!("{other}"),
        }
    }
}

#[test]
fn an_exhibit_that_changes_between_measuring_and_writing_leaves_no_container() {
    let case = Case::new();
    let export = case.export();
    let signature = cades::sign(&export.manifest(), &case.ma.signer, minute(61)).expect("signed");
    for (what, other) in [("shorter", 99), ("longer", 101), ("other", 100)] {
        let mut sink = Vec::new();
        let outcome = export.write(&signature, &mut sink, &mut |_, out| {
            out.write_all(&vec![b'x'; other]).map_err(|why| terms::Fault::new("evidence.sink", "full").because(why))?;
            Ok(())
        });
        assert!(matches!(outcome, Err(Failure::Flaw(_) | Failure::Fault(_))), "{what}");
        assert!(Container::open(sink.as_slice()).is_err(), "{what}");
    }
}

#[test]
fn an_unpacked_export_is_checked_like_a_packed_one_but_for_its_wrapping() {
    let case = Case::new();
    let folder = Folder::of(&case.container());
    assert_eq!(folder.verdict(&case), Verdict::Matches);
    let (cards, roots) = (case.cards(), case.time_roots());
    let report = verify::parts(&folder, &trust(&cards, &roots), &mut unwatched).expect("answers");
    assert_eq!((report.verdict, report.findings[0].code), (Verdict::CannotBeChecked, "unpacked"));
    // Taking something away, and adding something.
    let mut bare = folder.clone();
    bare.0.remove("SHA256SUMS");
    let renderings = ["index.html", "case.jsonld", "SHA256SUMS"];
    for name in folder.0.keys() {
        let mut less = folder.clone();
        less.0.remove(name);
        let expected = if name == "SHA256SUMS" { Verdict::Matches } else { Verdict::CannotBeChecked };
        assert!(less.verdict(&case) >= expected, "without {name}");
        // Even if nobody lists the files: what is gone leaves a gap that another document shows, but for what nothing refers to.
        let mut less = bare.clone();
        less.0.remove(name);
        let refers = !renderings.contains(&name.as_str())
            && !["cards/", "receipts/", "proofs/"].iter().any(|f| name.starts_with(f));
        let last = name.starts_with("custody/")
            && (name.contains("/0005.") || name.contains("/0004.") || name.contains("disclosed"));
        if refers && !last && !name.contains("disclosed") && !name.ends_with(".salt") {
            assert!(less.verdict(&case) > Verdict::Matches, "without {name} and without SHA256SUMS");
        }
    }
    for (name, bytes, verdict) in [
        ("exhibits/readme.txt".to_owned(), "hello", Verdict::CannotBeChecked),
        (format!("exhibits/{}.bin", "ff".repeat(16)), "planted", Verdict::DoesNotMatch),
        (format!("acts/{}.salt", "ff".repeat(32)), "planted", Verdict::CannotBeChecked),
        (format!("acts/{}.json", "ff".repeat(32)), "{}", Verdict::DoesNotMatch),
        (format!("proofs/{}.tlog-proof", "ff".repeat(32)), "planted", Verdict::CannotBeChecked),
    ] {
        let mut more = bare.clone();
        more.0.insert(name.clone(), bytes.into());
        assert_eq!(more.verdict(&case), verdict, "with {name}");
    }
}

#[test]
fn a_container_is_read_as_it_was_written_and_its_size_is_known_before() {
    let case = Case::new();
    let export = case.export();
    let signature = cades::sign(&export.manifest(), &case.ma.signer, minute(61)).expect("signed");
    let bytes = case.write(&export, &signature);
    assert_eq!(export.plan().size(signature.len()), Some(bytes.len() as u64));
    let opened = Container::open(bytes.as_slice()).expect("opens");
    assert_eq!((opened.manifest(), opened.signature()), (&export.manifest()[..], &signature[..]));
    for (id, plain) in &case.plain {
        let name =
            opened.names().into_iter().find(|name| name.contains(&id.to_string()) && name.starts_with("exhibits"));
        assert_eq!(&opened.read(&name.expect("is there"), 1 << 20).expect("reads"), plain);
    }
    let page = String::from_utf8(opened.read("index.html", 1 << 20).expect("reads")).expect("text");
    assert!(
        page.contains("image of the &lt;telephone&gt;") && !page.contains("<telephone>") && !page.contains("<script")
    );
    assert_eq!(page.matches("not disclosed").count(), 0);
}

#[test]
fn a_plan_refuses_names_that_would_collide() {
    let member = |name: &str| Member {
        name: name.parse().expect("a name"),
        media: evidence::MediaType::unknown(),
        measure: measure(b""),
    };
    let mut plan = evidence::asic::Plan::new();
    plan.add(member("a/b")).expect("is new");
    for taken in ["a/b", "A/B", "mimetype", "META-INF/x.xml", "meta-inf/ASiCManifest1.xml"] {
        assert_eq!(plan.add(member(taken)).map_err(|flaw| flaw.code()), Err("evidence.container"), "{taken}");
    }
}

#[test]
fn a_single_file_is_checked_against_its_manifest() {
    let case = Case::new();
    let (cards, roots) = (case.cards(), case.time_roots());
    let manifest = &case.dossier.manifests[0];
    let check = |bytes: &[u8], cards: &[Card]| {
        let trust = trust(cards, &roots);
        let (document, signature) = (manifest.bytes(), manifest.signature());
        let report = verify::file(&mut &*bytes, document, signature, &trust, &mut unwatched).expect("answers");
        let last = report.findings.last().expect("a finding");
        (report.verdict, last.verdict, last.code)
    };
    let (plain, sealed) = (&case.plain[&ANSWER], &case.sealed[&ANSWER].1);
    use Verdict::{CannotBeChecked, DoesNotMatch, Matches};
    assert_eq!(check(plain, &cards), (Matches, Matches, "ok"));
    assert_eq!(
        check(plain, &[]),
        (CannotBeChecked, Matches, "ok"),
        "the digest agrees; whose word it is, nobody knows"
    );
    assert_eq!(check(&plain[1..], &cards), (DoesNotMatch, DoesNotMatch, "not-listed"));
    assert_eq!(check(b"", &cards), (DoesNotMatch, DoesNotMatch, "not-listed"));
    assert_eq!(check(sealed, &cards), (CannotBeChecked, CannotBeChecked, "sealed"));
    assert_eq!(check(&sealed[..sealed.len() - 1], &cards), (DoesNotMatch, DoesNotMatch, "differs"));
}
