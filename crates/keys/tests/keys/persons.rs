//! What proves a person: a token that is kept as its digest, a passphrase that is kept as a costly hash.

use keys::{PassphraseHash, Token, TokenDigest};

use crate::world::{PASSPHRASE, cheap, code};

#[test]
fn a_token_is_shown_once_and_known_again_by_its_digest() {
    let token = Token::draw().expect("drawn");
    let kept = token.digest();
    assert_eq!(token.reveal().len(), 43);
    assert!(kept.verify(token.reveal()));
    assert_eq!(kept.digest(), TokenDigest::of(token.reveal()).expect("a token").digest());
    let other = Token::draw().expect("drawn");
    for wrong in [
        other.reveal().to_owned(),
        String::new(),
        format!("{}=", token.reveal()),
        format!(" {}", token.reveal()),
        token.reveal()[..42].to_owned(),
        format!("{}A", token.reveal()),
    ] {
        assert!(!kept.verify(&wrong), "{wrong}");
    }
    assert!(!format!("{token:?} {kept:?}").contains(token.reveal()));
}

#[test]
fn a_passphrase_is_verified_against_its_hash_and_every_hash_has_its_own_salt() {
    let [one, two] = [(); 2].map(|()| PassphraseHash::of(PASSPHRASE, cheap()).expect("hashed"));
    assert_ne!(one.as_str(), two.as_str());
    assert!(one.as_str().starts_with("$argon2id$v=19$m=16,t=1,p=1$"), "{}", one.as_str());
    let kept = PassphraseHash::parse(one.as_str()).expect("what was kept");
    assert!(kept.verify(PASSPHRASE));
    for wrong in ["", "correct horse battery stapl", "Correct horse battery staple", &"x".repeat(5000)] {
        assert!(!kept.verify(wrong), "{wrong:?}");
    }
    assert!(!PassphraseHash::stand_in(cheap()).expect("a hash").verify(PASSPHRASE));
    assert!(!format!("{one:?}").contains("argon2id"));
    assert_eq!(code(PassphraseHash::of("", cheap())), "keys.secret");
}

#[test]
fn a_hash_that_would_cost_too_much_or_is_of_another_kind_is_refused() {
    let good = PassphraseHash::of(PASSPHRASE, cheap()).expect("hashed").as_str().to_owned();
    for (wrong, expected) in [
        (good.replace("m=16", "m=4000000"), "keys.too-costly"),
        (good.replace("t=1", "t=99999"), "keys.too-costly"),
        (good.replace("p=1", "p=200"), "keys.malformed"),
        (good.replace("argon2id", "argon2d"), "keys.malformed"),
        (good.replace("v=19", "v=16"), "keys.malformed"),
        (good.rsplit_once('$').expect("parts").0.to_owned(), "keys.malformed"),
        ("$argon2id$".to_owned(), "keys.malformed"),
        (format!("{good}{}", "A".repeat(300)), "keys.malformed"),
        (String::new(), "keys.malformed"),
    ] {
        assert_eq!(code(PassphraseHash::parse(&wrong)), expected, "{wrong}");
    }
}
