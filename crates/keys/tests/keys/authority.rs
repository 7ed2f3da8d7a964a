//! Founded once, then changed by the next edition: what peers who hold the former card accept.

use keys::authority::{NewKey, Validity, replace_root, unlisted};
use keys::{Changes, KeyFault, Keyring, Kind, RootKey, found, reissue};
use seal::{Card, SealStanding, SignedCard, Succession, cades};
use terms::Moment;

use crate::world::{World, code, founding, key, moment, now, period};

fn root(world: &World) -> RootKey {
    world.founded.keyring.root(&world.founded.root, &world.root).expect("the root is here")
}

fn next(world: &World, held: &Card, changes: &Changes, at: Moment) -> Result<SignedCard, KeyFault> {
    reissue(&world.founded.keyring, held, &root(world), &world.node, changes, at)
}

fn accepted(held: &Card, card: &SignedCard) -> Card {
    match held.succeeded_by(card).expect("a peer takes it") {
        Succession::Accepted(card) => *card,
        other => panic!("not accepted: {other:?}"),
    }
}

fn keys_held(world: &World) -> usize {
    world.founded.keyring.list().expect("listed").entries.len()
}

#[test]
fn an_authority_is_founded_with_a_card_that_names_every_key_it_holds() {
    let world = World::new();
    let card = world.card();
    assert_eq!((card.edition(), card.issued()), (1, now()));
    assert!(unlisted(&world.founded.keyring, &card).expect("compared").is_empty());
    assert_eq!(world.founded.keyring.card().expect("kept"), world.founded.card);
    assert_eq!(card.statement().ledger.origin, "es.moj/ledger/1");
    let reopened = Keyring::open(&world.folder.path().join("keys")).expect("stands where it was asked for");
    assert_eq!(reopened.list().expect("listed").entries.len(), 6);
}

#[test]
fn founding_appears_whole_or_not_at_all_and_never_over_something_else() {
    let folder = tempfile::tempdir().expect("a folder");
    let place = folder.path().join("keys");
    let nameless = keys::Founding { names: [].into(), ..founding() };
    assert_eq!(code(found(&place, &nameless, &key(1), &key(2), now())), "seal.card");
    assert_eq!(std::fs::read_dir(folder.path()).expect("a folder").count(), 0, "nothing was left behind");
    std::fs::create_dir(&place).expect("a folder");
    assert_eq!(code(found(&place, &founding(), &key(1), &key(2), now())), "keys.exists");
}

#[test]
fn every_key_is_rotated_by_a_card_that_supersedes_the_former_one() {
    let world = World::new();
    let held = world.card();
    let at = moment("2027-05-01T00:00:00Z");
    let new = NewKey {
        period: period("2027-05-01T00:00:00Z", "2029-05-01T00:00:00Z"),
        former_until: Some(moment("2027-06-01T00:00:00Z")),
    };
    let changes = Changes {
        new_seal: Some(new),
        new_tls: Some((founding().tls_names, new)),
        new_encryption: Some(new),
        new_ledger_generation: true,
        endpoints: Some(vec!["https://other.example/comity".into()]),
        ..Changes::default()
    };
    let signed = next(&world, &held, &changes, at).expect("issued");
    let card = accepted(&held, &signed);
    assert_eq!((card.edition(), card.issued()), (2, at));
    let statement = card.statement();
    assert_eq!((statement.seals.len(), statement.tls.len(), statement.encryption.len()), (2, 2, 2));
    assert_eq!(statement.seals[0].last(), moment("2027-06-01T00:00:00Z"));
    assert_eq!((statement.ledger.origin.as_str(), statement.ledger.generation), ("es.moj/ledger/2", 2));
    assert_eq!(card.encryption_at(at).expect("in use").public, statement.encryption[1].public);
    assert_eq!(keys_held(&world), 10, "six, and a new seal, TLS, encryption and log key");
    assert_eq!(statement.ledger.witness, held.statement().ledger.witness, "the witness key stays");
    let old = unlisted(&world.founded.keyring, &card).expect("compared");
    assert_eq!(old.iter().map(keys::Entry::kind).collect::<Vec<_>>(), [Kind::Ledger], "the key of the former log");
    let new_seal = statement.seals[1].certificate.fingerprint();
    let signer = world.founded.keyring.seal(&new_seal, &world.node).expect("lent");
    let signature = cades::sign(b"an act", &signer, at).expect("signed");
    assert_eq!(card.verify_seal(b"an act", &signature).expect("verified").1, SealStanding::Valid);
    assert_eq!(world.founded.keyring.card().expect("kept"), signed);
}

#[test]
fn a_card_revokes_a_seal_since_a_moment_and_a_tls_key_at_once() {
    let world = World::new();
    let held = world.card();
    let seal = held.statement().seals[0].certificate.fingerprint();
    let tls = held.statement().tls[0].certificate.fingerprint();
    let since = moment("2026-07-01T00:00:00Z");
    let at = moment("2026-07-03T00:00:00Z");
    let changes = Changes { compromised: vec![(seal, since), (tls, since)], ..Changes::default() };
    let card = accepted(&held, &next(&world, &held, &changes, at).expect("issued"));
    assert_eq!(card.seal_at(&seal, moment("2026-06-30T23:59:59Z")), SealStanding::Valid);
    assert_eq!(card.seal_at(&seal, since), SealStanding::CompromisedSince(since));
    assert!(held.tls_at(&tls, at) && !card.tls_at(&tls, at));

    let earlier = moment("2026-06-15T00:00:00Z");
    let later = moment("2026-07-04T00:00:00Z");
    let changes = Changes { compromised: vec![(seal, later), (seal, earlier)], ..Changes::default() };
    let again = accepted(&card, &next(&world, &card, &changes, later).expect("issued"));
    assert_eq!(again.seal_at(&seal, earlier), SealStanding::CompromisedSince(earlier), "only ever earlier");
    let unmoved = Changes { compromised: vec![(seal, later)], ..Changes::default() };
    assert_eq!(code(next(&world, &again, &unmoved, later)), "keys.nothing-changes");
}

#[test]
fn what_a_peer_would_refuse_is_not_issued_and_leaves_no_key_behind() {
    let world = World::new();
    let held = world.card();
    let stranger = seal::Fingerprint::of(b"stranger");
    let seal = held.statement().seals[0].certificate.fingerprint();
    let at = moment("2027-01-01T00:00:00Z");
    let new = |from: &str, until: &str, former: Option<&str>| {
        Some(NewKey { period: period(from, until), former_until: former.map(moment) })
    };
    let (from, until) = ("2027-01-01T00:00:00Z", "2028-01-01T00:00:00Z");
    let past = Changes { new_seal: new(from, until, Some("2026-12-01T00:00:00Z")), ..Changes::default() };
    let beyond = Changes { new_seal: new(from, "2050-01-01T00:00:00Z", None), ..Changes::default() };
    let backwards = Changes { new_encryption: new(until, from, None), ..Changes::default() };
    let unknown =
        Changes { compromised: vec![(stranger, now())], new_seal: new(from, until, None), ..Changes::default() };
    let future = Changes { compromised: vec![(seal, moment("2027-02-01T00:00:00Z"))], ..Changes::default() };
    let keyless =
        Changes { withdrawn_encryption: vec![held.statement().encryption[0].public.id()], ..Changes::default() };
    let plain = Changes { endpoints: Some(vec!["http://plain.example".into()]), ..Changes::default() };
    for (changes, at, expected) in [
        (past, at, "seal.succession"),
        (beyond, at, "seal.issuer"),
        (backwards, at, "seal.card"),
        (unknown, at, "keys.not-listed"),
        (future, at, "seal.card"),
        (keyless, at, "seal.card"),
        (plain, at, "seal.card"),
        (
            Changes { new_ledger_generation: true, ..Changes::default() },
            moment("2026-06-01T11:00:00Z"),
            "seal.succession",
        ),
        (Changes::default(), at, "keys.nothing-changes"),
    ] {
        assert_eq!(code(next(&world, &held, &changes, at)), expected, "{changes:?}");
        assert_eq!(keys_held(&world), 6, "{changes:?}");
        assert_eq!(world.founded.keyring.card().expect("kept"), world.founded.card, "{changes:?}");
    }
}

#[test]
fn an_edition_is_never_given_twice() {
    let world = World::new();
    let held = world.card();
    let to = |address: &str| Changes { endpoints: Some(vec![address.to_owned()]), ..Changes::default() };
    next(&world, &held, &to("https://one.example"), now()).expect("issued");
    assert_eq!(code(next(&world, &held, &to("https://two.example"), now())), "keys.edition-spent");
    let last = world.founded.keyring.card().expect("kept").verify(&world.founded.root).expect("ours");
    let third = next(&world, &last, &to("https://two.example"), now()).expect("issued");
    assert_eq!(accepted(&last, &third).edition(), 3);
}

#[test]
fn only_the_root_of_the_card_issues_its_next_edition() {
    let (world, other) = (World::new(), World::new());
    let changes = Changes { endpoints: Some(vec![]), ..Changes::default() };
    let refused = reissue(&world.founded.keyring, &world.card(), &root(&other), &world.node, &changes, now());
    assert_eq!(code(refused), "keys.mismatch");
}

#[test]
fn rotation_works_with_a_root_that_is_kept_offline() {
    let world = World::new();
    let keyring = &world.founded.keyring;
    let medium = world.folder.path().join("medium");
    std::fs::create_dir(&medium).expect("a medium");
    let entry = keyring.find(Kind::Root, &world.founded.root.to_string()).expect("the root");
    let copy = keyring.take_root_offline(&entry, &medium).expect("offline");
    let root = RootKey::open(&copy, &world.root).expect("opened there");
    let new = NewKey { period: period("2027-05-01T00:00:00Z", "2029-05-01T00:00:00Z"), former_until: None };
    let changes = Changes { new_seal: Some(new), ..Changes::default() };
    let at = moment("2027-05-01T00:00:00Z");
    let card = reissue(keyring, &world.card(), &root, &world.node, &changes, at).expect("issued");
    assert_eq!(accepted(&world.card(), &card).statement().seals.len(), 2);
}

#[test]
fn a_new_root_is_signed_by_the_former_one_and_waits_for_approval_by_peers() {
    let world = World::new();
    let held = world.card();
    let leaf = period("2027-01-01T00:00:00Z", "2029-01-01T00:00:00Z");
    let validity = Validity { root: period("2027-01-01T00:00:00Z", "2047-01-01T00:00:00Z"), leaf, encryption: leaf };
    let at = moment("2027-01-01T00:00:00Z");
    let names = founding().tls_names;
    let (keyring, new_secret) = (&world.founded.keyring, key(3));
    let signed =
        replace_root(keyring, &held, &root(&world), &new_secret, &world.node, &names, validity, at).expect("issued");
    let Succession::NeedsApproval(claimed) = held.succeeded_by(&signed).expect("a peer considers it") else {
        panic!("a new root never counts by itself");
    };
    let fingerprint = claimed.root_fingerprint();
    assert_ne!(fingerprint, world.founded.root);
    let card = claimed.approve(&fingerprint).expect("read over a second channel");
    let statement = card.statement();
    assert_eq!((statement.seals.len(), statement.tls.len(), statement.former_roots.len()), (2, 1, 1));
    assert_eq!(keyring.root(&fingerprint, &new_secret).expect("lent").certificate(), card.root());
    let changes = Changes { endpoints: Some(vec![]), ..Changes::default() };
    let new_root = keyring.root(&fingerprint, &new_secret).expect("lent");
    accepted(&card, &reissue(keyring, &card, &new_root, &world.node, &changes, at).expect("issued"));
}
