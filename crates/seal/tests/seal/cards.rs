//! Cards: what one proves by itself, what needs two officers, and what a new edition may change.

use seal::card::{CardStatement, EncryptionEntry, SealEntry};
use seal::{Card, Fingerprint, Flaw, SealStanding, SignedCard, Succession, XWingKey, cades};
use terms::Moment;

use crate::world::{World, leaf_period, moment, noon};

pub fn sign(world: &World, change: impl FnOnce(&mut CardStatement)) -> SignedCard {
    let mut statement = world.statement();
    change(&mut statement);
    SignedCard::sign(statement, &world.root_signer(), None).expect("a card that keeps the rules")
}

fn card(world: &World) -> Card {
    sign(world, |_| ()).verify(&world.root.fingerprint()).expect("our card")
}

fn why<T>(result: Result<T, Flaw>) -> String {
    result.err().map_or_else(|| "accepted".into(), |flaw| flaw.to_string())
}

#[test]
fn a_card_counts_once_its_root_was_compared() {
    let world = World::new("es.moj");
    let file = sign(&world, |_| ()).to_file();
    let claimed = SignedCard::parse(&file).expect("reads").claim().expect("proves itself");
    let aloud = claimed.root_fingerprint().for_reading_aloud();
    let heard = Fingerprint::as_typed(&aloud).expect("typed");
    let card = claimed.clone().approve(&heard).expect("the right root");
    assert_eq!((card.authority(), card.edition(), card.issued()), (&world.authority, 1, noon()));
    assert_eq!(card.signed().to_file(), file);
    let impostor = World::seeded("es.moj", "impostor");
    assert_eq!(claimed.approve(&impostor.root.fingerprint()).map_err(|e| e.code()).map(|_| ()), Err("seal.root"));
}

#[test]
fn a_card_that_breaks_a_rule_is_not_signed() {
    let (mut world, stranger) = (World::new("es.moj"), World::new("ma.moj"));
    let impostor = World::seeded("es.moj", "impostor");
    let (_, further) = world.further_seal();
    let second = SealEntry { certificate: further, since: noon(), until: None, compromised_since: None };
    type Change<'a> = Box<dyn Fn(&mut CardStatement) + 'a>;
    let table: Vec<(&str, Change<'_>)> = vec![
        ("accepted", Box::new(|_| ())),
        ("accepted", Box::new(|c| c.seals.push(second.clone()))),
        ("accepted", Box::new(|c| c.tls.clear())),
        ("version", Box::new(|c| c.v = "comity.card/2".into())),
        ("edition", Box::new(|c| c.edition = 0)),
        ("no name", Box::new(|c| c.names.clear())),
        ("a name is empty", Box::new(|c| drop(c.names.insert("fr".into(), "\u{7}".into())))),
        ("language", Box::new(|c| drop(c.names.insert("Español".into(), "x".into())))),
        ("language", Box::new(|c| c.languages.clear())),
        ("language", Box::new(|c| c.languages = vec!["es".into(), "es".into()])),
        ("procedure", Box::new(|c| c.procedures.reverse())),
        ("procedure", Box::new(|c| c.procedures = vec!["assistance/01".into()])),
        ("endpoint", Box::new(|c| c.endpoints = vec!["http://node.example".into()])),
        ("endpoint", Box::new(|c| c.endpoints = vec!["https://user@node.example".into()])),
        ("log", Box::new(|c| c.ledger.origin = "two\nlines".into())),
        ("log generation", Box::new(|c| c.ledger.generation = 0)),
        ("witness key", Box::new(|c| c.ledger.witness = String::new())),
        ("witness key", Box::new(|c| c.ledger.witness = c.ledger.key.clone())),
        ("no seal", Box::new(|c| c.seals.clear())),
        ("not sorted", Box::new(|c| c.seals.insert(0, second.clone()))),
        ("one key", Box::new(|c| c.seals.push(c.seals[0].clone()))),
        ("another purpose", Box::new(|c| c.seals[0].certificate = world.tls.clone())),
        ("another purpose", Box::new(|c| c.tls[0].certificate = world.seal.clone())),
        ("another authority", Box::new(|c| c.seals[0].certificate = stranger.seal.clone())),
        ("before it is valid", Box::new(|c| c.seals[0].since = moment("2025-12-31T00:00:00Z"))),
        ("after it is valid", Box::new(|c| c.seals[0].until = Some(moment("2028-01-01T00:00:01Z")))),
        ("ends before it begins", Box::new(|c| c.seals[0].until = Some(moment("2025-01-01T00:00:01Z")))),
        ("after the card was issued", Box::new(|c| c.seals[0].compromised_since = Some(noon().plus_seconds(1)))),
        ("encryption key", Box::new(|c| c.encryption.clear())),
        ("repeated", Box::new(|c| c.encryption.push(c.encryption[0].clone()))),
        ("encryption key ends", Box::new(|c| c.encryption[0].until = moment("2025-01-01T00:00:01Z"))),
        ("not issued by this root", Box::new(|c| c.tls[0].certificate = impostor.tls.clone())),
        ("not issued by this root", Box::new(|c| c.seals[0].certificate = impostor.seal.clone())),
        ("another authority", Box::new(|c| c.authority = stranger.authority.clone())),
        ("root is repeated", Box::new(|c| c.former_roots = vec![c.root.clone()])),
    ];
    for (at, (expected, change)) in table.iter().enumerate() {
        let mut statement = world.statement();
        change(&mut statement);
        let result = SignedCard::sign(statement, &world.root_signer(), None);
        let found = result.err().map_or_else(|| "accepted".to_owned(), |failure| failure.to_string());
        assert!(found.contains(expected), "row {at}: expected “{expected}”, found “{found}”");
    }
}

#[test]
fn a_card_is_signed_by_its_own_root_at_the_moment_it_was_issued() {
    let (world, impostor) = (World::new("es.moj"), World::seeded("es.moj", "impostor"));
    let good = sign(&world, |_| ());
    let by = |signature| SignedCard { signature, ..good.clone() }.claim().map(|_| ()).map_err(|flaw| flaw.code());
    let signature = |signer: &dyn seal::Signer, at| cades::sign(&good.statement, signer, at).expect("signs");
    assert_eq!(by(signature(&world.root_signer(), noon())), Ok(()));
    assert_eq!(by(signature(&world.root_signer(), noon().plus_seconds(1))), Err("seal.card"));
    assert_eq!(by(signature(&world.signer(), noon())), Err("seal.signer"), "a seal does not sign cards");
    assert_eq!(by(signature(&impostor.root_signer(), noon())), Err("seal.signer"));
    let spaced = String::from_utf8(good.statement.clone()).expect("JSON").replacen(':', ": ", 1).into_bytes();
    assert_eq!(
        SignedCard { statement: spaced, ..good.clone() }.claim().map_err(|e| e.code()).map(|_| ()),
        Err("seal.card")
    );
    let large = SignedCard { statement: vec![b' '; 256 * 1024 + 1], ..good };
    assert_eq!(large.claim().map_err(|e| e.code()).map(|_| ()), Err("seal.too-large"));
}

#[test]
fn bits_of_a_card_matter() {
    let world = World::new("es.moj");
    let (file, root) = (sign(&world, |_| ()).to_file(), world.root.fingerprint());
    // Every seventh bit: at least one in every byte, every place in turn, and the test stays short.
    for bit in (0..file.len() * 8).step_by(7) {
        let mut changed = file.clone();
        changed[bit / 8] ^= 1 << (bit % 8);
        let accepted = SignedCard::parse(&changed).and_then(|card| card.verify(&root)).is_ok();
        assert!(!accepted, "bit {bit} was changed and nobody noticed");
    }
}

#[test]
fn a_seal_is_worth_what_the_card_says_at_that_moment() {
    let mut world = World::new("es.moj");
    let (_, second) = world.further_seal();
    let (june, july, august) = ("2026-06-01T12:00:00Z", "2026-07-01T00:00:00Z", "2026-08-01T00:00:00Z");
    let card = sign(&world, |c| {
        c.issued = moment(august);
        c.seals[0].until = Some(moment(july));
        c.seals.push(SealEntry {
            certificate: second.clone(),
            since: noon(),
            until: None,
            compromised_since: Some(moment(july)),
        });
    });
    let card = card.verify(&world.root.fingerprint()).expect("good");
    let (first, second) = (world.seal.fingerprint(), second.fingerprint());
    let last = moment(july);
    let table = [
        (first, "2025-12-31T23:59:59Z", SealStanding::NotYet(leaf_period().from)),
        (first, june, SealStanding::Valid),
        (first, july, SealStanding::Valid),
        (first, "2026-07-01T00:00:01Z", SealStanding::Expired(last)),
        (second, "2026-06-01T11:59:59Z", SealStanding::NotYet(noon())),
        (second, june, SealStanding::Valid),
        (second, "2026-06-30T23:59:59Z", SealStanding::Valid),
        (second, july, SealStanding::CompromisedSince(last)),
        (second, "2030-01-01T00:00:00Z", SealStanding::CompromisedSince(last)),
        (world.tls.fingerprint(), june, SealStanding::Unknown),
    ];
    for (seal, at, standing) in table {
        assert_eq!(card.seal_at(&seal, moment(at)), standing, "{seal:?} at {at}");
    }
    let signature = cades::sign(b"act", &world.signer(), moment(august)).expect("signs");
    let (signed, standing) = card.verify_seal(b"act", &signature).expect("authentic");
    assert_eq!((signed.fingerprint(), standing), (first, SealStanding::Expired(last)));
    assert!(card.tls_at(&world.tls.fingerprint(), noon()) && !card.tls_at(&first, noon()));
}

#[test]
fn others_seal_to_the_newest_key_in_use() {
    let mut world = World::new("es.moj");
    let second = XWingKey::from_seed(&XWingKey::draw_seed(&mut world.rng));
    let entry =
        EncryptionEntry { public: second.public().clone(), since: noon(), until: moment("2027-01-01T00:00:00Z") };
    let card = sign(&world, |c| c.encryption.push(entry)).verify(&world.root.fingerprint()).expect("good");
    let key = |at: Moment| card.encryption_at(at).map(|entry| entry.public.id());
    let (first, second) = (Some(world.opener.public().id()), Some(second.public().id()));
    assert_eq!(key(noon().plus_seconds(-1)), first);
    assert_eq!(key(noon()), second);
    assert_eq!(key(moment("2027-06-01T00:00:00Z")), first, "the elder key lasts longer");
    assert_eq!(key(moment("2029-01-01T00:00:00Z")), None);
}

#[test]
fn a_new_edition_may_change_only_what_the_rules_allow() {
    let mut world = World::new("es.moj");
    let (_, second) = world.further_seal();
    let second = SealEntry { certificate: second, since: noon(), until: None, compromised_since: None };
    let (may, june, july) = (moment("2026-05-01T00:00:00Z"), noon(), moment("2026-07-01T00:00:00Z"));
    let base = |c: &mut CardStatement| {
        c.edition = 5;
        c.ledger.generation = 2;
        c.seals.push(second.clone());
        c.seals[1].compromised_since = Some(june);
    };
    let old = sign(&world, |c| base(c)).verify(&world.root.fingerprint()).expect("good");
    type Change<'a> = Box<dyn Fn(&mut CardStatement) + 'a>;
    let table: Vec<(&str, Change<'_>)> = vec![
        ("accepted", Box::new(|_| ())),
        ("accepted", Box::new(|c| c.edition = 9)),
        ("accepted", Box::new(|c| c.seals[0].compromised_since = Some(may))),
        ("accepted", Box::new(|c| c.seals[1].compromised_since = Some(may))),
        ("accepted", Box::new(|c| c.seals[0].until = Some(july))),
        ("accepted", Box::new(|c| c.ledger.generation = 3)),
        ("edition is older", Box::new(|c| c.edition = 4)),
        ("same edition", Box::new(|c| c.edition = 5)),
        (
            "issued earlier",
            Box::new(|c| {
                c.issued = may;
                c.seals[1].compromised_since = Some(may);
            }),
        ),
        ("is missing", Box::new(|c| drop(c.seals.remove(0)))),
        ("is missing", Box::new(|c| drop(c.seals.remove(1)))),
        ("no longer revoked", Box::new(|c| c.seals[1].compromised_since = None)),
        ("moved later", Box::new(|c| c.seals[1].compromised_since = Some(july))),
        ("beginning", Box::new(|c| c.seals[0].since = may)),
        ("into the past", Box::new(|c| c.seals[0].until = Some(may))),
        ("log generation", Box::new(|c| c.ledger.generation = 1)),
    ];
    for (at, (expected, change)) in table.iter().enumerate() {
        let next = sign(&world, |c| {
            base(c);
            c.edition = 6;
            c.issued = july;
            change(c);
        });
        let found = match old.succeeded_by(&next) {
            Ok(Succession::Accepted(_)) => "accepted".to_owned(),
            Ok(other) => format!("{other:?}"),
            Err(flaw) => flaw.to_string(),
        };
        assert!(found.contains(expected), "row {at}: expected “{expected}”, found “{found}”");
    }
    assert_eq!(old.succeeded_by(old.signed()), Ok(Succession::Unchanged));
    let stranger = sign(&World::new("ma.moj"), |c| c.edition = 6);
    assert!(why(old.succeeded_by(&stranger)).contains("another authority"));
}

#[test]
fn the_past_end_of_a_seals_use_stays() {
    let world = World::new("es.moj");
    let june = noon();
    let old = sign(&world, |c| c.seals[0].until = Some(june)).verify(&world.root.fingerprint()).expect("good");
    let later = sign(&world, |c| (c.edition, c.issued) = (2, june.plus_seconds(60)));
    assert!(why(old.succeeded_by(&later)).contains("had passed"), "what expired does not come back to life");
}

#[test]
fn a_new_root_needs_the_former_roots_signature_and_two_officers() {
    let (old_world, new_world) = (World::new("es.moj"), World::seeded("es.moj", "the next generation"));
    let impostor = World::seeded("es.moj", "impostor");
    let old = card(&old_world);
    let statement = || {
        let mut statement = new_world.statement();
        statement.edition = 2;
        statement.former_roots = vec![old_world.root.clone()];
        statement.seals.insert(0, old_world.statement().seals[0].clone());
        statement
    };
    let root = new_world.root_signer();
    let next = SignedCard::sign(statement(), &root, Some(&old_world.root_signer())).expect("signs");
    let Ok(Succession::NeedsApproval(claimed)) = old.succeeded_by(&next) else {
        panic!("a new root needs approval");
    };
    assert!(claimed.clone().approve(&old_world.root.fingerprint()).is_err(), "the former approval does not count");
    let approved = claimed.approve(&new_world.root.fingerprint()).expect("approved anew");
    let signature = cades::sign(b"old act", &old_world.signer(), noon()).expect("signs");
    let (_, standing) = approved.verify_seal(b"old act", &signature).expect("old acts stay checkable");
    assert_eq!(standing, SealStanding::Valid);
    assert_eq!(SignedCard::parse(&next.to_file()), Ok(next.clone()));

    let alone = SignedCard { former_root_signature: None, ..next.clone() };
    assert!(why(old.succeeded_by(&alone)).contains("has not signed"));
    let by_impostor = SignedCard::sign(statement(), &root, Some(&impostor.root_signer())).expect("signs");
    assert!(why(old.succeeded_by(&by_impostor)).contains("another certificate"));
    let stolen = cades::sign(b"something else", &old_world.root_signer(), noon()).expect("signs");
    let elsewhere = SignedCard { former_root_signature: Some(stolen), ..next };
    assert!(why(old.succeeded_by(&elsewhere)).contains("digest differs"));
    let mut unlisted = statement();
    unlisted.former_roots.clear();
    assert!(SignedCard::sign(unlisted, &root, None).is_err(), "a seal under a root that is not listed");
}

#[test]
fn a_new_root_names_the_one_before_it_even_if_no_seal_stands_under_that() {
    let [first, second, third] = ["es.moj", "second root", "third root"].map(|seed| World::seeded("es.moj", seed));
    let statement = |root: &World, edition, former: &[&World]| CardStatement {
        edition,
        former_roots: former.iter().map(|world| world.root.clone()).collect(),
        seals: first.statement().seals,
        ..root.statement()
    };
    let held = SignedCard::sign(statement(&second, 2, &[&first]), &second.root_signer(), None).expect("signs");
    let held = held.verify(&second.root.fingerprint()).expect("good");
    let next = |former: &[&World]| {
        let by_former = second.root_signer();
        SignedCard::sign(statement(&third, 3, former), &third.root_signer(), Some(&by_former)).expect("signs")
    };
    assert!(matches!(held.succeeded_by(&next(&[&first, &second])), Ok(Succession::NeedsApproval(_))));
    assert!(why(held.succeeded_by(&next(&[&first]))).contains("former root is not listed"));
}
