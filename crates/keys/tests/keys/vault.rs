//! One secret in one file: it opens with its secret, and with nothing else, and not if a bit of it was changed.

use keys::{Header, KdfCost, Kind, Secret, Vault, system_random};
use proptest::prelude::*;
use zeroize::Zeroizing;

use crate::world::{PASSPHRASE, Seeded, code, key, passphrase};

pub const CONTENT: &[u8] = b"the secret that is kept here";

pub fn header() -> Header {
    Header { kind: Kind::Ledger, label: "log es.moj/ledger/1".into(), public: "whatever is public".into() }
}

pub fn locked(by: &Secret) -> Vault {
    Vault::lock(header(), CONTENT, by, &mut Seeded("vault", 0)).expect("locked")
}

fn opened(bytes: &[u8], by: &Secret) -> Result<Zeroizing<Vec<u8>>, keys::KeyFault> {
    Vault::parse(bytes)?.open(by)
}

#[test]
fn a_vault_opens_with_the_passphrase_or_key_that_locked_it() {
    for make in [|| key(7), || passphrase(PASSPHRASE)] {
        let vault = locked(&make());
        let read = Vault::parse(vault.bytes()).expect("well formed");
        assert_eq!(*read.header(), header());
        assert_eq!(read.open(&make()).expect("opens").as_slice(), CONTENT);
        assert!(!vault.bytes().windows(CONTENT.len()).any(|window| window == CONTENT), "it is encrypted");
    }
}

#[test]
fn a_wrong_secret_a_damaged_file_and_the_other_kind_of_lock_are_told_apart() {
    let (by_key, by_passphrase) = (locked(&key(7)), locked(&passphrase(PASSPHRASE)));
    assert_eq!(code(by_key.open(&key(8))), "keys.wrong-secret");
    assert_eq!(code(by_passphrase.open(&passphrase("correct horse battery stapler"))), "keys.wrong-secret");
    assert_eq!(code(by_key.open(&passphrase(PASSPHRASE))), "keys.other-lock");
    assert_eq!(code(by_passphrase.open(&key(7))), "keys.other-lock");
    let mut damaged = by_passphrase.bytes().to_vec();
    *damaged.last_mut().expect("not empty") ^= 1;
    assert_eq!(code(opened(&damaged, &passphrase(PASSPHRASE))), "keys.damaged");
    let relabelled = String::from_utf8_lossy(by_key.bytes()).into_owned();
    assert!(relabelled.contains("es.moj/ledger/1"));
    let at = by_key.bytes().windows(6).position(|window| window == b"es.moj").expect("the label");
    let mut damaged = by_key.bytes().to_vec();
    damaged[at] = b'f';
    assert_eq!(code(opened(&damaged, &key(7))), "keys.damaged", "the first line is authenticated too");
}

#[test]
fn every_flipped_bit_of_a_vault_is_refused() {
    let vault = locked(&key(7));
    let mut outcomes = std::collections::BTreeMap::new();
    for bit in 0..vault.bytes().len() * 8 {
        let mut bytes = vault.bytes().to_vec();
        bytes[bit / 8] ^= 1 << (bit % 8);
        *outcomes.entry(code(opened(&bytes, &key(7)))).or_insert(0) += 1;
    }
    let codes: Vec<_> = outcomes.keys().copied().collect();
    assert_eq!(codes, ["keys.damaged", "keys.malformed", "keys.wrong-secret"], "{outcomes:?}");
}

#[test]
fn a_vault_that_was_cut_or_lengthened_is_refused() {
    let vault = locked(&key(7));
    for size in 0..vault.bytes().len() {
        assert!(opened(&vault.bytes()[..size], &key(7)).is_err(), "cut to {size} bytes");
    }
    assert_eq!(code(opened(&[vault.bytes(), b"\n"].concat(), &key(7))), "keys.damaged");
    assert_eq!(code(Vault::parse(&vec![b'x'; 70_000])), "keys.malformed");
}

#[test]
fn a_file_that_would_cost_too_much_to_open_is_refused_before_anything_is_spent() {
    let text = String::from_utf8_lossy(locked(&passphrase(PASSPHRASE)).bytes()).into_owned();
    assert!(text.contains("\"m\":16,") && text.contains("\"t\":1}") || text.contains("\"t\":1"), "{text}");
    let bytes = locked(&passphrase(PASSPHRASE)).bytes().to_vec();
    let with = |from: &str, to: &str| {
        let at = bytes.windows(from.len()).position(|window| window == from.as_bytes()).expect("it is there");
        [&bytes[..at], to.as_bytes(), &bytes[at + from.len()..]].concat()
    };
    for bomb in [
        with("\"m\":16", "\"m\":262145"),
        with("\"m\":16", "\"m\":4294967295"),
        with("\"m\":16", "\"m\":7"),
        with("\"t\":1", "\"t\":17"),
        with("\"t\":1", "\"t\":0"),
        with("\"t\":1", "\"t\":4294967295"),
        with("\"p\":1", "\"p\":5"),
        with("\"p\":1", "\"p\":0"),
        with("\"p\":1", "\"p\":3"),
    ] {
        assert_eq!(code(Vault::parse(&bomb)), "keys.too-costly", "{}", String::from_utf8_lossy(&bomb[..200]));
    }
    assert_eq!(code(Vault::parse(&with("\"m\":16", "\"m\":4294967296"))), "keys.malformed");
    assert_eq!(code(KdfCost::new(u32::MAX, 3, u32::MAX)), "keys.too-costly");
}

#[test]
fn a_first_line_in_another_spelling_or_version_is_refused() {
    let bytes = locked(&key(7)).bytes().to_vec();
    let line = bytes.iter().position(|byte| *byte == b'\n').expect("a line");
    let text = String::from_utf8(bytes[..line].to_vec()).expect("text");
    for other in [
        text.replace("comity.vault/1", "comity.vault/2"),
        text.replacen('{', "{ ", 1),
        text.replacen('{', "{\"a\":1,", 1),
        text.replace("\"kind\":\"ledger\"", "\"kind\":\"master\""),
        text.replace("\"by\":\"key\"", "\"by\":\"nothing\""),
        text.replace("\"label\":\"log es.moj/ledger/1\"", "\"label\":\"\""),
        text.replace("\"label\":\"log es.moj/ledger/1\"", "\"label\":\"a\\nb\""),
        text.replace("log es.moj/ledger/1", &"x".repeat(201)),
    ] {
        assert_ne!(other, text);
        assert_eq!(code(Vault::parse(&[other.as_bytes(), &bytes[line..]].concat())), "keys.malformed", "{other}");
    }
}

#[test]
fn nothing_new_is_locked_by_a_short_passphrase_and_old_ones_still_open() {
    let short = passphrase("eleven char");
    assert_eq!(code(Vault::lock(header(), CONTENT, &short, &mut Seeded("short", 0))), "keys.secret");
    assert_eq!(code(locked(&passphrase(PASSPHRASE)).open(&short)), "keys.wrong-secret");
}

#[test]
fn two_vaults_of_one_secret_share_its_stretching_and_nothing_else() {
    let secret = passphrase(PASSPHRASE);
    let mut rng = system_random().expect("randomness");
    let [one, two] = [(); 2].map(|()| Vault::lock(header(), CONTENT, &secret, &mut rng).expect("locked"));
    let member = |vault: &Vault, path: &str| {
        let end = vault.bytes().iter().position(|byte| *byte == b'\n').expect("a line");
        let line: serde_json::Value = serde_json::from_slice(&vault.bytes()[..end]).expect("JSON");
        line.pointer(path).expect("a member").clone()
    };
    assert_eq!(member(&one, "/lock/salt"), member(&two, "/lock/salt"), "stretched once");
    for own in ["/salt", "/check"] {
        assert_ne!(member(&one, own), member(&two, own));
    }
    let tail = |vault: &Vault| vault.bytes()[vault.bytes().len() - CONTENT.len() - 16..].to_vec();
    assert_ne!(tail(&one), tail(&two));
    let fresh = Vault::lock(header(), CONTENT, &passphrase(PASSPHRASE), &mut rng).expect("locked");
    assert_ne!(member(&one, "/lock/salt"), member(&fresh, "/lock/salt"), "another run, another salt");
}

proptest! {
    #[test]
    fn whatever_is_locked_comes_out_again(
        secret in proptest::collection::vec(any::<u8>(), 1..600),
        label in "[^\\p{C}]{1,50}",
    ) {
        let header = Header { label, ..header() };
        let vault = Vault::lock(header.clone(), &secret, &key(3), &mut Seeded("any", 0)).expect("locked");
        let read = Vault::parse(vault.bytes()).expect("well formed");
        prop_assert_eq!(read.header(), &header);
        let opened = read.open(&key(3)).expect("opens");
        prop_assert_eq!(opened.as_slice(), secret.as_slice());
    }

    #[test]
    fn no_bytes_make_the_reader_panic(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        prop_assert!(Vault::parse(&bytes).is_err());
    }
}
