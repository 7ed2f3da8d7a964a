//! A folder of vaults: found by kind and id, lent to those who sign and open, destroyed, taken offline.

use std::path::Path;

use keys::{Entry, Keyring, Kind, PublicPart, RootKey, SecretSource};
use ledger::key::NoteSigner as _;
use ledger::{KeyKind, Origin, VerifierKey};
use seal::{EnvelopeHeader, Expected, Flaw, ReceivedEnvelope, SigningKey as _, cades, seal_envelope};
use terms::EnvelopeId;

use crate::world::{PASSPHRASE, Seeded, World, chmod, code, key, mode, now, passphrase};

fn only(world: &World, kind: Kind) -> Entry {
    let mut entries = world.founded.keyring.list().expect("listed").entries;
    entries.retain(|entry| entry.kind() == kind);
    assert_eq!(entries.len(), 1, "one {kind}");
    entries.remove(0)
}

fn certificate(entry: &Entry) -> seal::Certificate {
    match &entry.public {
        PublicPart::Certificate(certificate) => certificate.clone(),
        other => panic!("no certificate: {other:?}"),
    }
}

fn files(folder: &Path) -> usize {
    std::fs::read_dir(folder).expect("a folder").count()
}

#[test]
fn what_stands_in_a_keyring_is_listed_without_any_secret() {
    let world = World::new();
    let listing = world.founded.keyring.list().expect("listed");
    assert!(listing.unreadable.is_empty());
    let kinds: Vec<_> = listing.entries.iter().map(Entry::kind).collect();
    assert_eq!(
        kinds,
        [Kind::Root, Kind::Seal, Kind::Tls, Kind::Encryption, Kind::Ledger, Kind::Ledger],
        "log and witness"
    );
    for entry in &listing.entries {
        assert_eq!(world.founded.keyring.find(entry.kind(), &entry.id()).expect("found"), *entry);
        assert_eq!(mode(&entry.file), 0o600);
        assert!(entry.label.contains("es.moj") && !entry.wants_passphrase, "{entry:?}");
    }
    assert_eq!(mode(world.founded.keyring.folder()), 0o700);
    assert_eq!(listing.entries[0].id(), world.founded.root.to_string());
}

#[test]
fn a_folder_or_file_that_others_may_use_is_refused() {
    let world = World::new();
    let (folder, entry) = (world.founded.keyring.folder(), only(&world, Kind::Seal));
    for open in [0o755, 0o750, 0o701, 0o770] {
        chmod(folder, open);
        let fault = Keyring::open(folder).expect_err("others may look");
        assert!(fault.code() == "keys.exposed" && fault.to_string().contains("chmod 700"), "{fault}");
    }
    chmod(folder, 0o700);
    Keyring::open(folder).expect("its owner's alone");
    chmod(&entry.file, 0o644);
    let fingerprint = certificate(&entry).fingerprint();
    let fault = world.founded.keyring.seal(&fingerprint, &world.node).expect_err("others may read");
    assert!(fault.code() == "keys.exposed" && fault.to_string().contains("chmod 600"), "{fault}");
    assert_eq!(world.founded.keyring.list().expect("listed").unreadable.len(), 1);
    assert_eq!(code(world.founded.keyring.encryption(&world.node)), "keys.exposed", "it is said before it is missed");
}

#[test]
fn a_seal_from_the_keyring_signs_what_its_card_proves() {
    let world = World::new();
    let fingerprint = certificate(&only(&world, Kind::Seal)).fingerprint();
    let signer = world.founded.keyring.seal(&fingerprint, &world.node).expect("lent");
    let signature = cades::sign(b"an act", &signer, now()).expect("signed");
    let (signed, standing) = world.card().verify_seal(b"an act", &signature).expect("verified");
    assert_eq!((signed.fingerprint(), standing), (fingerprint, seal::SealStanding::Valid));
    assert!(cades::verify(b"another", &signature, &Expected::Root(world.card().root())).is_err());
}

#[test]
fn the_root_and_the_node_keys_stand_under_different_secrets() {
    let world = World::new();
    let keyring = &world.founded.keyring;
    let seal = certificate(&only(&world, Kind::Seal)).fingerprint();
    assert_eq!(code(keyring.root(&world.founded.root, &world.node)), "keys.wrong-secret");
    assert_eq!(code(keyring.seal(&seal, &world.root)), "keys.wrong-secret");
    assert_eq!(code(keyring.seal(&seal, &passphrase(PASSPHRASE))), "keys.other-lock");
    assert_eq!(code(keyring.seal(&world.founded.root, &world.node)), "keys.absent", "a root is no seal");
    let root = keyring.root(&world.founded.root, &world.root).expect("lent");
    assert_eq!(root.certificate().fingerprint(), world.founded.root);
}

#[test]
fn an_opener_opens_by_key_id_with_old_keys_until_they_are_destroyed() {
    let world = World::new();
    let keyring = &world.founded.keyring;
    let authority = world.card().authority().clone();
    let newer = keyring.new_encryption(&authority, &world.node).expect("a further key");
    let older = world.card().statement().encryption[0].public.clone();
    let opener = keyring.encryption(&world.node).expect("lent");
    assert_eq!(opener.len(), 2);
    let sealed = |public: &seal::EncryptionKey| {
        let id = EnvelopeId::new([1; 16]);
        let sender = "ma.moj".parse().expect("an authority");
        let header = EnvelopeHeader { id, key: public.id(), recipient: authority.clone(), sender };
        seal_envelope(&header, public, b"acts", &mut Seeded("envelope", 0)).expect("sealed")
    };
    for public in [&older, &newer] {
        let received = ReceivedEnvelope::parse(sealed(public)).expect("an envelope");
        assert_eq!(received.open(&opener).expect("opens").plaintext(), b"acts");
    }
    let entry = keyring.find(Kind::Encryption, &older.id().to_string()).expect("the old key");
    let said = keyring.destroy(&entry).expect("destroyed").to_string();
    assert!(said.contains("Solid-state") && said.contains("backups"), "{said}");
    let opener = keyring.encryption(&world.node).expect("lent");
    let failure = ReceivedEnvelope::parse(sealed(&older)).expect("an envelope").open(&opener).expect_err("gone");
    assert_eq!(failure.code(), Flaw::KeyNotHeld(String::new()).code());
    assert!(ReceivedEnvelope::parse(sealed(&newer)).expect("an envelope").open(&opener).is_ok());
}

#[test]
fn a_ledger_key_signs_under_its_origin() {
    let world = World::new();
    let origin = Origin::of_node(world.card().authority(), 1);
    let signer = world.founded.keyring.ledger(&origin, &world.node).expect("lent");
    let key: VerifierKey = world.card().statement().ledger.key.parse().expect("the card names it");
    assert_eq!((signer.key(), key.kind()), (&key, KeyKind::Log));
    assert_eq!(signer.sign(b"a head").expect("signed").len(), 64);
    assert_eq!(world.founded.keyring.ledger_key(&key, &world.node).expect("lent").key(), &key);
    let next = Origin::of_node(world.card().authority(), 2);
    assert_eq!(code(world.founded.keyring.ledger(&next, &world.node)), "keys.absent");
}

#[test]
fn a_tls_key_is_one_that_the_tls_library_takes() {
    use aws_lc_rs::signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, KeyPair as _};
    let world = World::new();
    let fingerprint = certificate(&only(&world, Kind::Tls)).fingerprint();
    let identity = world.founded.keyring.tls(&fingerprint, &world.node).expect("lent");
    let pair = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_ASN1_SIGNING, identity.pkcs8_der()).expect("a key");
    assert_eq!(pair.public_key().as_ref(), identity.certificate.public_key().to_sec1());
}

#[test]
fn a_file_under_another_keys_name_or_with_an_exchanged_first_line_lends_nothing() {
    let world = World::new();
    let keyring = &world.founded.keyring;
    let [seal, tls] = [Kind::Seal, Kind::Tls].map(|kind| only(&world, kind));
    std::fs::copy(&tls.file, &seal.file).expect("exchanged");
    assert_eq!(code(keyring.seal(&certificate(&seal).fingerprint(), &world.node)), "keys.mismatch");

    // Locked by the right secret, but with the public half of another key.
    let world = World::new();
    let keyring = &world.founded.keyring;
    let entry = only(&world, Kind::Encryption);
    let other = seal::XWingKey::from_seed(&[5; 32]);
    let header = keys::Header { kind: Kind::Encryption, label: "x".into(), public: entry.public.to_text() };
    let forged = keys::Vault::lock(header, &[6; 32], &world.node, &mut Seeded("forged", 0)).expect("locked");
    std::fs::write(&entry.file, forged.bytes()).expect("exchanged");
    assert_eq!(code(keyring.encryption(&world.node)), "keys.mismatch");
    assert_ne!(other.public().id().to_string(), entry.id());
}

#[test]
fn the_root_is_taken_offline_and_opened_there() {
    let world = World::new();
    let keyring = &world.founded.keyring;
    let medium = world.folder.path().join("medium");
    std::fs::create_dir(&medium).expect("a medium");
    let root = only(&world, Kind::Root);
    assert_eq!(code(keyring.take_root_offline(&only(&world, Kind::Seal), &medium)), "keys.mismatch");
    let copy = keyring.take_root_offline(&root, &medium).expect("taken offline");
    assert!(!root.file.exists() && mode(&copy) == 0o600);
    let fault = keyring.root(&world.founded.root, &world.root).expect_err("away");
    assert!(fault.code() == "keys.absent" && fault.to_string().contains("offline"), "{fault}");
    assert_eq!(keyring.list().expect("listed").entries.len(), 5);
    assert_eq!(files(keyring.folder()), 6, "five keys and the card, and nothing else");
    let opened = RootKey::open(&copy, &world.root).expect("opened where it is kept");
    assert_eq!(opened.certificate(), world.card().root());
}

#[test]
fn the_root_stays_if_the_copy_cannot_be_made() {
    let world = World::new();
    let keyring = &world.founded.keyring;
    let root = only(&world, Kind::Root);
    assert_eq!(code(keyring.take_root_offline(&root, &world.folder.path().join("nowhere"))), "keys.io");
    let medium = world.folder.path().join("medium");
    std::fs::create_dir(&medium).expect("a medium");
    let taken = medium.join(root.file.file_name().expect("a name"));
    std::fs::write(&taken, b"something else").expect("writes");
    assert_eq!(code(keyring.take_root_offline(&root, &medium)), "keys.exists");
    assert_eq!(std::fs::read(taken).expect("reads"), b"something else", "it was not touched");
    assert_eq!(code(keyring.take_root_offline(&root, keyring.folder())), "keys.exists");
    keyring.root(&world.founded.root, &world.root).expect("still here");
}

#[test]
fn a_key_is_locked_anew_under_another_secret_and_a_failed_attempt_changes_nothing() {
    let world = World::new();
    let keyring = &world.founded.keyring;
    let entry = only(&world, Kind::Seal);
    let fingerprint = certificate(&entry).fingerprint();
    let before = std::fs::read(&entry.file).expect("reads");
    assert_eq!(code(keyring.relock(&entry, &key(9), &passphrase(PASSPHRASE))), "keys.wrong-secret");
    assert_eq!(code(keyring.relock(&entry, &world.node, &passphrase("too short"))), "keys.secret");
    assert_eq!(std::fs::read(&entry.file).expect("reads"), before);
    keyring.relock(&entry, &world.node, &passphrase(PASSPHRASE)).expect("locked anew");
    assert_eq!(code(keyring.seal(&fingerprint, &world.node)), "keys.other-lock");
    keyring.seal(&fingerprint, &passphrase(PASSPHRASE)).expect("opens");
    assert_eq!((mode(&entry.file), files(keyring.folder())), (0o600, 7));
}

#[test]
fn what_an_interrupted_write_left_is_never_read_and_is_swept() {
    let world = World::new();
    let keyring = &world.founded.keyring;
    let seal = only(&world, Kind::Seal);
    for name in [".seal-00.vault.0011.new", ".seal-00.vault.0011.gone"] {
        std::fs::write(keyring.folder().join(name), b"half").expect("writes");
    }
    std::fs::write(keyring.folder().join("seal-00.vault"), b"half").expect("writes");
    let listing = keyring.list().expect("listed");
    assert_eq!((listing.entries.len(), listing.unreadable.len()), (6, 1), "a half file stops nothing else");
    keyring.seal(&certificate(&seal).fingerprint(), &world.node).expect("opens");
    assert_eq!(keyring.sweep().expect("swept"), 2);
    assert_eq!(files(keyring.folder()), 8);
}

#[test]
fn one_passphrase_opens_a_whole_keyring() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("passphrase");
    std::fs::write(&path, PASSPHRASE).expect("writes");
    chmod(&path, 0o600);
    let secret = passphrase(PASSPHRASE);
    let place = folder.path().join("keys");
    let founded = keys::found(&place, &crate::world::founding(), &key(1), &secret, now()).expect("founded");
    let read = SecretSource::PassphraseFile(path).read().expect("the passphrase");
    let listing = founded.keyring.list().expect("listed");
    assert_eq!(listing.entries.iter().filter(|entry| entry.wants_passphrase).count(), 5);
    let seal = listing.entries.iter().find(|entry| entry.kind() == Kind::Seal).expect("a seal");
    founded.keyring.seal(&certificate(seal).fingerprint(), &read).expect("opens");
    founded.keyring.encryption(&read).expect("opens");
}

#[test]
fn no_type_that_lends_a_key_prints_it() {
    let world = World::new();
    let keyring = &world.founded.keyring;
    let tls = keyring.tls(&certificate(&only(&world, Kind::Tls)).fingerprint(), &world.node).expect("lent");
    let root = keyring.root(&world.founded.root, &world.root).expect("lent");
    let seal = keyring.seal(&certificate(&only(&world, Kind::Seal)).fingerprint(), &world.node).expect("lent");
    let opener = keyring.encryption(&world.node).expect("lent");
    let origin = Origin::of_node(world.card().authority(), 1);
    let note = keyring.ledger(&origin, &world.node).expect("lent");
    let shown = format!("{tls:?} {root:?} {seal:?} {opener:?} {note:?} {keyring:?} {:?}", world.founded);
    // The private scalar stands in PKCS#8 behind its head of 36 bytes; its first bytes in any common notation must not appear.
    let secret = &tls.pkcs8_der()[36..44];
    let decimal = secret.iter().map(u8::to_string).collect::<Vec<_>>().join(", ");
    let upper: String = secret.iter().map(|b| format!("{b:02X}")).collect();
    for form in [decimal, upper.to_lowercase(), upper] {
        assert!(!shown.contains(&form), "{form} in {shown}");
    }
    assert!(shown.contains("private key not shown") && shown.contains("secret of"), "{shown}");
    assert_eq!(seal.public_key(), *certificate(&only(&world, Kind::Seal)).public_key());
}
