//! Certificates: one form, issued by the right root, for one purpose, at the right time.

use seal::certificate::{Period, issue_root, issue_seal, issue_tls};
use seal::{Certificate, Certified, Flaw, P256Key, Purpose, RootCertificate, SigningKey as _, TlsName};

use crate::world::{Seeded, World, authority, leaf_period, moment, noon, root_period};

#[test]
fn a_certificate_says_who_for_what_and_how_long() {
    let world = World::new("es.moj");
    let read = Certificate::parse(world.tls.der()).expect("ours is well formed");
    assert_eq!((read.authority(), read.purpose()), (&authority("es.moj"), Purpose::Tls));
    assert_eq!((read.from(), read.until()), (leaf_period().from, leaf_period().until));
    assert_eq!(read.tls_names(), [TlsName::Dns("node.example".into()), TlsName::Ip([127, 0, 0, 1].into())]);
    assert_eq!(read.check_under(&world.root, noon()), Ok(()));
    assert_eq!(world.root.until(), moment("2056-01-01T00:00:00Z"), "also beyond the year 2050");
}

#[test]
fn certificates_are_the_same_for_the_same_randomness_and_differ_otherwise() {
    let [one, same, other] = ["a", "a", "b"].map(|seed| World::seeded("es.moj", seed).seal);
    assert_eq!(one.der(), same.der());
    assert_ne!(one.der(), other.der());
}

#[test]
fn every_single_bit_of_a_certificate_matters() {
    let world = World::new("es.moj");
    for certificate in [world.seal.der(), world.tls.der(), world.root.der()] {
        for bit in 0..certificate.len() * 8 {
            let mut changed = certificate.to_vec();
            changed[bit / 8] ^= 1 << (bit % 8);
            let accepted = Certificate::parse(&changed).is_ok_and(|read| {
                let as_root = RootCertificate::try_from(read.clone()).is_ok();
                as_root || read.check_under(&world.root, noon()).is_ok()
            });
            assert!(!accepted, "bit {bit} was changed and nobody noticed");
        }
    }
}

#[test]
fn a_certificate_stands_only_under_its_own_root_and_in_its_time() {
    let (world, stranger) = (World::new("es.moj"), World::new("ma.moj"));
    let impostor = World::seeded("es.moj", "somebody else");
    let code = |root: &RootCertificate, at| world.seal.check_under(root, at).map_err(|flaw| flaw.code());
    assert_eq!(code(&world.root, noon()), Ok(()));
    assert_eq!(code(&stranger.root, noon()), Err("seal.issuer"));
    assert_eq!(code(&impostor.root, noon()), Err("seal.issuer"));
    assert_eq!(code(&world.root, moment("2025-12-31T23:59:59Z")), Err("seal.validity"));
    assert_eq!(code(&world.root, leaf_period().until), Ok(()), "the last moment counts");
    assert_eq!(code(&world.root, leaf_period().until.plus_seconds(1)), Err("seal.validity"));
    assert!(world.root.check_issued_by(&world.root).is_err(), "a root is nobody's leaf");
    assert!(RootCertificate::try_from(world.seal.clone()).is_err(), "a leaf is no root");
}

#[test]
fn what_must_not_be_issued_is_not_issued() {
    let mut world = World::new("es.moj");
    let key = P256Key::generate(&mut world.rng);
    let beyond = Period::new(root_period().from, root_period().until.plus_seconds(1));
    let backwards = Period::new(noon(), noon().plus_seconds(-1));
    let seal = |public, period, rng: &mut Seeded| issue_seal(&world.root, &world.root_key, public, period, rng);
    let mut rng = Seeded::new("issue");
    assert!(seal(key.public_key(), beyond, &mut rng).is_err(), "a leaf does not outlive its root");
    assert!(seal(key.public_key(), backwards, &mut rng).is_err());
    assert!(seal(world.root_key.public_key(), leaf_period(), &mut rng).is_err(), "one key, one purpose");
    assert!(issue_seal(&world.root, &key, key.public_key(), leaf_period(), &mut rng).is_err(), "not the root's key");
    let ancient = Period::new(moment("1969-12-31T00:00:00Z"), noon());
    assert!(issue_root(&authority("es.moj"), &key, ancient, &mut rng).is_err());
    for names in
        [vec![], vec!["UPPER.example"], vec!["a b"], vec![""], vec!["-a.example"], vec!["127.0.0.1"], vec!["a"; 17]]
    {
        let list: Vec<_> = names.iter().map(|name| TlsName::Dns((*name).into())).collect();
        let issued = issue_tls(&world.root, &world.root_key, key.public_key(), &list, leaf_period(), &mut rng);
        assert!(issued.is_err(), "{names:?} must be refused");
    }
}

#[test]
fn a_private_key_comes_back_from_its_store_and_is_never_printed() {
    let world = World::new("es.moj");
    let stored = world.seal_key.to_pkcs8_der().expect("a key can be stored");
    let again = P256Key::from_pkcs8_der(&stored).expect("and read");
    assert_eq!(again.public_key(), world.seal_key.public_key());
    assert!(P256Key::from_pkcs8_der(&stored[..stored.len() - 1]).is_err());
    // In PKCS#8 the 32 bytes of the secret stand after a fixed beginning of 36 bytes.
    let secret = hex::encode(&stored[36..68]);
    let printed = format!("{again:?} {:?} {:?}", world.signer(), world.opener);
    assert!(!printed.contains(&secret) && !printed.contains(&secret[..8]), "{printed}");
    let wrong = Certified::new(again, world.root.certificate().clone()).map(|_| ());
    assert_eq!(wrong, Err(Flaw::KeyMismatch));
}
