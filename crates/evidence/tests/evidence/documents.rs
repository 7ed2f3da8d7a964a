//! Manifests and their comparison with what is held; signatures over documents.

use std::collections::BTreeMap;

use evidence::custody::{Details, Handling, Thing};
use evidence::document::{frame, parse};
use evidence::manifest::{EXHIBITS_MAX, Finding, Presented};
use evidence::{
    Authentic, Claimed, CustodyEntry, Document as _, Entry, Exhibit, Flaw, ItemId, Manifest, MediaType, Verdict,
    exhibit, unwatched,
};
use seal::certificate::{Period, issue_root, issue_seal};
use seal::{Certified, Expected, P256Key, SigningKey as _};
use terms::{Digest, DocketId, ExhibitId, Salt};

use crate::world::*;

fn exhibit_of(id: u8, plain: &[u8], also_sha512: bool) -> Exhibit {
    let (sealed, _) = sealed(plain);
    let digests = digests(plain, also_sha512);
    let exhibit =
        sealed.exhibit("application/pdf".parse().expect("a media type"), Some("accounts of A. Person".into()));
    Exhibit { id: ExhibitId::new([id; 16]), digests, ..exhibit }
}

pub fn good_manifest() -> Manifest {
    let conditions = ["speciality", "confidential"].map(|code| code.parse().expect("a condition")).to_vec();
    let entries = vec![
        Entry::new(&exhibit_of(0xbb, b"second", true), conditions, Some("restricted".into())),
        Entry::new(&exhibit_of(0xaa, b"first", false), Vec::new(), None),
    ];
    Manifest::new(authority("es.moj"), DocketId::new([7; 32]), moment("2026-06-01T12:00:00Z"), entries)
}

pub fn good_details() -> Details {
    Details::new(
        "Inspector 4711",
        "Laboratory, room 3",
        "weighed before analysis",
        "order of the investigating judge, 12/2026",
    )
}

pub fn good_entry() -> CustodyEntry {
    let details = frame(good_details()).expect("in form");
    CustodyEntry {
        v: CustodyEntry::VERSION.to_owned(),
        author: authority("es.lab"),
        thing: Thing::Item { id: ItemId::new([0xee; 16]) },
        handling: Handling::Weighed { weight: "12.340 g".parse().expect("a weight") },
        time: moment("2026-06-01T12:00:00Z"),
        previous: Some(Digest::new([1; 32])),
        details: Details::digest(&Salt::new([5; 16]), details.bytes()),
    }
}

#[test]
fn a_manifest_holds_nothing_that_would_have_to_be_erased() {
    let framed = frame(good_manifest()).expect("in form");
    let text = String::from_utf8(framed.bytes().to_vec()).expect("text");
    assert!(!text.contains("Person") && !text.contains("title"), "{text}");
    assert_eq!(parse::<Manifest>(framed.bytes()).expect("reads").value(), &good_manifest());
}

#[test]
fn a_manifest_of_as_many_exhibits_as_it_may_list_fits_its_size() {
    let one = good_manifest().exhibits[0].clone();
    let entry = |n: usize| Entry {
        id: ExhibitId::new((n as u128).to_be_bytes()),
        digests: good_manifest().exhibits[1].digests,
        conditions: (0..5).map(|c| format!("condition-{c}").parse().expect("a code")).collect(),
        handling: Some("x".repeat(40)),
        media: format!("a/{}", "b".repeat(98)).parse().expect("a media type"),
        ..one.clone()
    };
    let mut manifest = good_manifest();
    manifest.exhibits = (0..EXHIBITS_MAX).map(entry).collect();
    assert!(frame(manifest.clone()).expect("fits").bytes().len() < Manifest::BYTES_MAX);
    manifest.exhibits.push(entry(EXHIBITS_MAX));
    assert_eq!(frame(manifest).expect_err("one too many").code(), "evidence.form");
    let long = vec![b' '; Manifest::BYTES_MAX + 1];
    assert_eq!(parse::<Manifest>(&long).expect_err("too long").code(), "evidence.document-too-large");
}

#[test]
fn what_is_held_matches_differs_or_cannot_be_checked() {
    let (sealed_, bytes) = sealed(b"evidence");
    let exhibit_ = Exhibit { digests: digests(b"evidence", true), ..sealed_.exhibit(MediaType::unknown(), None) };
    let entry = Entry::new(&exhibit_, Vec::new(), None);
    let manifest =
        Manifest::new(authority("es.moj"), DocketId::new([7; 32]), moment("2026-06-01T12:00:00Z"), vec![entry.clone()]);
    let verified = exhibit::open(&entry, &key(), &mut &*bytes, &mut std::io::sink(), &mut unwatched).expect("verified");
    let plain =
        |text: &[u8], also_sha512| Presented::Plain { size: text.len() as u64, digests: digests(text, also_sha512) };
    let differs = |what| Finding::Differs(Flaw::Differs { exhibit: ID, what });
    let mut other_head = sealed_.head().to_bytes();
    other_head[30] ^= 1;
    let other_head = evidence::Head::read(&other_head).expect("a head");
    let size = bytes.len() as u64;
    let broken = Flaw::Chunk(0);
    use Verdict::{CannotBeChecked, DoesNotMatch, Matches};
    for (held, finding, verdict) in [
        (Some(Presented::Verified(verified)), Finding::Matches, Matches),
        (Some(plain(b"evidence", true)), Finding::Matches, Matches),
        (Some(plain(b"evidence", false)), Finding::DigestMissing, CannotBeChecked),
        (Some(plain(b"evidencf", true)), differs("SHA-256"), DoesNotMatch),
        (Some(plain(b"evidencf", false)), differs("SHA-256"), DoesNotMatch),
        (Some(plain(b"evidence!", true)), differs("size"), DoesNotMatch),
        (Some(Presented::SealedOnly { head: sealed_.head(), sealed_size: size }), Finding::KeyMissing, CannotBeChecked),
        (Some(Presented::SealedOnly { head: sealed_.head(), sealed_size: size - 1 }), differs("size"), DoesNotMatch),
        (Some(Presented::SealedOnly { head: other_head, sealed_size: size }), differs("commitment"), DoesNotMatch),
        (Some(Presented::Flawed(broken.clone())), Finding::Differs(broken), DoesNotMatch),
        (None, Finding::NotPresented, CannotBeChecked),
    ] {
        let presented: BTreeMap<_, _> = held.into_iter().map(|held| (ID, held)).collect();
        let comparison = manifest.compare(&presented);
        assert_eq!((&comparison.findings[&ID], comparison.verdict()), (&finding, verdict));
    }
    let more = BTreeMap::from([(ID, plain(b"evidence", true)), (ExhibitId::new([1; 16]), plain(b"x", false))]);
    assert_eq!(manifest.compare(&more).verdict(), DoesNotMatch, "what the manifest does not list is not covered by it");
}

#[test]
fn a_document_is_authentic_only_under_its_own_bytes_and_an_expected_seal() {
    let mut rng = Seeded(9, 0);
    let period = Period::new(moment("2026-01-01T00:00:00Z"), moment("2028-01-01T00:00:00Z"));
    let mut authority_of = |name: &str| {
        let root_key = P256Key::generate(&mut rng);
        let root = issue_root(&authority(name), &root_key, period, &mut rng).expect("a root");
        let key = P256Key::generate(&mut rng);
        let seal = issue_seal(&root, &root_key, key.public_key(), period, &mut rng).expect("a seal");
        (Certified::new(key, seal.clone()).expect("belongs"), seal)
    };
    let (signer, seal) = authority_of("es.moj");
    let (stranger, other) = authority_of("ma.moj");
    let manifest = frame(good_manifest()).expect("in form");
    let signature = seal::cades::sign(manifest.bytes(), &signer, manifest.time).expect("signed");
    let claimed = Claimed::<Manifest>::parse(manifest.bytes(), &signature).expect("in form");
    assert_eq!(claimed.claims().author, authority("es.moj"));
    let authentic: Authentic<Manifest> =
        claimed.clone().authenticate(&Expected::OneOf(std::slice::from_ref(&seal))).expect("signed");
    assert_eq!((authentic.id(), authentic.document()), (Digest::of(&[manifest.bytes()]), manifest.value()));
    let theirs = seal::cades::sign(manifest.bytes(), &stranger, manifest.time).expect("signed");
    let theirs = Claimed::<Manifest>::parse(manifest.bytes(), &theirs).expect("in form");
    let wrong = theirs
        .authenticate(&Expected::OneOf(std::slice::from_ref(&other)))
        .expect_err("in another's name, even if the caller errs");
    assert_eq!(wrong.code(), "evidence.author");
    let [early, late] = [-1, 3600].map(|seconds| {
        let signature =
            seal::cades::sign(manifest.bytes(), &signer, manifest.time.plus_seconds(seconds)).expect("signed");
        let claimed = Claimed::<Manifest>::parse(manifest.bytes(), &signature).expect("in form");
        claimed.authenticate(&Expected::OneOf(std::slice::from_ref(&seal))).map(drop).map_err(|flaw| flaw.code())
    });
    assert_eq!((early, late), (Err("evidence.signed-before"), Ok(())));
    let stranger = claimed.authenticate(&Expected::OneOf(&[other])).expect_err("another's seal");
    assert_eq!(stranger.code(), "evidence.signature");
    let mut changed = good_manifest();
    changed.exhibits[0].size += 1;
    let changed = Claimed::<Manifest>::parse(frame(changed).expect("in form").bytes(), &signature).expect("in form");
    assert_eq!(changed.authenticate(&Expected::OneOf(&[seal])).expect_err("other bytes").code(), "evidence.signature");
}

#[test]
fn details_belong_to_an_entry_only_as_they_are_and_with_their_salt() {
    let (entry, details) = (good_entry(), frame(good_details()).expect("in form"));
    assert!(entry.binds(&Salt::new([5; 16]), &details));
    assert!(!entry.binds(&Salt::new([6; 16]), &details));
    let other = Details { who: "Inspector 4712".to_owned(), ..good_details() };
    assert!(!entry.binds(&Salt::new([5; 16]), &frame(other).expect("in form")));
}
