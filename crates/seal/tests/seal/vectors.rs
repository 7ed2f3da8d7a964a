//! The vectors under `docs/spec/vectors/`: each file names its expected outcome, and any implementation can run them.
//!
//! `COMITY_REGENERATE=1 cargo test -p seal` writes them anew; otherwise what stands there is compared with what we would write.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use seal::card::SealEntry;
use seal::{Base64, Expected, Fingerprint, RootCertificate, SignedCard, Succession, XWingKey, cades};
use seal::{unwrap_key, wrap_key};
use serde::{Deserialize, Serialize};
use terms::ExhibitId;

use crate::cards;
use crate::envelopes::{self, PLAINTEXT};
use crate::signatures::CONTENT;
use crate::world::{Seeded, World, authority, moment, noon};

#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Vector {
    /// One sentence.
    about: String,
    /// `ok`, or the code of the refusal.
    expected: String,
    #[serde(flatten)]
    input: Input,
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
enum Input {
    Envelope { seed: String, envelope: Base64, contents: Option<Base64> },
    WrappedKey { seed: String, wrapped: seal::WrappedKey, content_key: Option<String> },
    Signature { root: Base64, content: Base64, signature: Base64 },
    Card { approved_root: Fingerprint, file: String },
    Succession { approved_root: Fingerprint, held: String, received: String },
}

fn run(input: &Input) -> String {
    let key = |seed: &str| {
        let mut bytes = [0; 32];
        hex::decode_to_slice(seed, &mut bytes).expect("a seed of 32 bytes");
        XWingKey::from_seed(&bytes)
    };
    match input {
        Input::Envelope { seed, envelope, contents } => match envelopes::outcome(&envelope.0, &key(seed)) {
            Ok(found) => {
                assert_eq!(Some(Base64(found)), *contents);
                "ok".into()
            }
            Err(code) => code.into(),
        },
        Input::WrappedKey { seed, wrapped, content_key } => match unwrap_key(wrapped, &key(seed)) {
            Ok(found) => {
                assert_eq!(Some(hex::encode(found.as_slice())), *content_key);
                "ok".into()
            }
            Err(failure) => failure.code().into(),
        },
        Input::Signature { root, content, signature } => RootCertificate::parse(&root.0)
            .and_then(|root| cades::verify(&content.0, &signature.0, &Expected::SealUnder(&root)))
            .map_or_else(|flaw| flaw.code().into(), |_| "ok".into()),
        Input::Card { approved_root, file } => SignedCard::parse(file.as_bytes())
            .and_then(|card| card.verify(approved_root))
            .map_or_else(|flaw| flaw.code().into(), |_| "ok".into()),
        Input::Succession { approved_root, held, received } => {
            let held = SignedCard::parse(held.as_bytes()).and_then(|card| card.verify(approved_root)).expect("held");
            match SignedCard::parse(received.as_bytes()).and_then(|next| held.succeeded_by(&next)) {
                Ok(Succession::Unchanged) => "unchanged".into(),
                Ok(Succession::Accepted(_)) => "ok".into(),
                Ok(Succession::NeedsApproval(_)) => "needs-approval".into(),
                Err(flaw) => flaw.code().into(),
            }
        }
    }
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/spec/vectors")
}

type Vectors = BTreeMap<String, Vector>;

fn add(vectors: &mut Vectors, name: &str, about: &str, expected: &str, input: Input) {
    let vector = Vector { about: about.into(), expected: expected.into(), input };
    assert!(vectors.insert(name.into(), vector).is_none(), "two vectors are called {name}");
}

fn changed(bytes: &[u8], at: usize) -> Vec<u8> {
    let mut changed = bytes.to_vec();
    changed[at] ^= 1;
    changed
}

fn replaced(bytes: &[u8], old: &str, new: &str) -> Vec<u8> {
    let at = bytes.windows(old.len()).position(|window| window == old.as_bytes()).expect("stands there");
    [&bytes[..at], new.as_bytes(), &bytes[at + old.len()..]].concat()
}

fn envelope_vectors(vectors: &mut Vectors) {
    let seed = [0x42; 32];
    let mut world = World::new("ma.moj");
    world.opener = XWingKey::from_seed(&seed);
    let seed = hex::encode(seed);
    let good = envelopes::sealed(&world);
    let mut put = |name: &str, about: &str, expected: &str, envelope: Vec<u8>| {
        let contents = (expected == "ok").then(|| PLAINTEXT.into());
        let input = Input::Envelope { seed: seed.clone(), envelope: envelope.into(), contents };
        add(vectors, &format!("envelope/{name}"), about, expected, input);
    };
    let form = "seal.envelope-form";
    let line_end = good.iter().skip(18).position(|b| *b == b'\n').expect("two lines") + 18;
    put("good", "A well-formed envelope.", "ok", good.clone());
    put("other-version", "The first line names version 2.", form, replaced(&good, "/1\n", "/2\n"));
    put("crlf", "The first line ends as on other systems.", form, replaced(&good, "/1\n", "/1\r\n"));
    put("space-in-header", "The header is JSON, but not canonical.", form, replaced(&good, "\":\"", "\": \""));
    put("member-more", "The header has a member more.", form, replaced(&good, "{\"id\"", "{\"a\":\"b\",\"id\""));
    put("upper-case-id", "Identifiers are lower case.", form, replaced(&good, "0707", "0A07"));
    put("no-authority", "The sender is no authority.", form, replaced(&good, "es.moj", "es moj"));
    put(
        "other-sender",
        "The sender was changed: it is bound.",
        "seal.does-not-open",
        replaced(&good, "es.moj", "fr.moj"),
    );
    put(
        "other-recipient",
        "The recipient was changed: it is bound.",
        "seal.does-not-open",
        replaced(&good, "ma.moj", "tn.moj"),
    );
    put(
        "other-id",
        "The envelope's id was changed: it is bound.",
        "seal.does-not-open",
        replaced(&good, "0707", "0807"),
    );
    put(
        "other-key",
        "Sealed to a key that is not held.",
        "seal.key-not-held",
        replaced(&good, &world.opener.public().id().to_string()[..8], "00000000"),
    );
    put(
        "enc-changed",
        "One bit of the encapsulated key was changed.",
        "seal.does-not-open",
        changed(&good, line_end + 1),
    );
    put("tag-changed", "The last bit was changed.", "seal.does-not-open", changed(&good, good.len() - 1));
    put("cut", "The last byte is missing.", "seal.does-not-open", good[..good.len() - 1].to_vec());
    put("cut-in-enc", "It ends within the encapsulated key.", form, good[..line_end + 100].to_vec());
    put("no-header", "There is only the first line.", form, good[..18].to_vec());
    put("empty", "There is nothing.", form, vec![]);

    let (exhibit, recipient) = (ExhibitId::new([5; 16]), authority("ma.moj"));
    let wrapped = wrap_key(exhibit, &recipient, world.opener.public(), &[6; 32], &mut Seeded::new("w")).expect("wraps");
    let mut put = |name: &str, about: &str, expected: &str, wrapped: seal::WrappedKey| {
        let content_key = (expected == "ok").then(|| hex::encode([6; 32]));
        let input = Input::WrappedKey { seed: seed.clone(), wrapped, content_key };
        add(vectors, &format!("envelope/{name}"), about, expected, input);
    };
    put("key-good", "A well-formed wrapped exhibit key.", "ok", wrapped.clone());
    let mut other = wrapped.clone();
    other.exhibit = ExhibitId::new([4; 16]);
    put("key-other-exhibit", "Wrapped for another exhibit.", "seal.does-not-open", other);
    let mut other = wrapped;
    other.wrapped.0.pop();
    put("key-cut", "The last byte is missing.", form, other);
}

fn signature_vectors(vectors: &mut Vectors) {
    let world = World::new("es.moj");
    let good = cades::sign(CONTENT, &world.signer(), noon()).expect("signs");
    let mut put = |name: &str, about: &str, expected: &str, root: &[u8], content: &[u8], signature: &[u8]| {
        let input = Input::Signature { root: root.into(), content: content.into(), signature: signature.into() };
        add(vectors, &format!("signature/{name}"), about, expected, input);
    };
    let root = world.root.der();
    let impostor = World::seeded("es.moj", "impostor").root;
    let by_root = cades::sign(CONTENT, &world.root_signer(), noon()).expect("signs");
    let serial_at = good.len() - 300;
    put("good", "A seal's signature over the content.", "ok", root, CONTENT, &good);
    put(
        "other-content",
        "One letter of the content was changed.",
        "seal.content",
        root,
        b"{\"v\":\"comity.act/2\"}",
        &good,
    );
    put("other-root", "Another root of the same name.", "seal.issuer", impostor.der(), CONTENT, &good);
    put("by-root", "The root signed where a seal was expected.", "seal.signer", root, CONTENT, &by_root);
    let last = changed(&good, good.len() - 1);
    put("value-changed", "The last bit of the signature value was changed.", "seal.signature", root, CONTENT, &last);
    put(
        "serial-changed",
        "A bit within the signer's information was changed.",
        "seal.signature-form",
        root,
        CONTENT,
        &changed(&good, serial_at),
    );
    put("byte-more", "A byte follows.", "seal.unreadable", root, CONTENT, &[good.as_slice(), b"\0"].concat());
    put("cut", "The last byte is missing.", "seal.unreadable", root, CONTENT, &good[..good.len() - 1]);
    put("empty", "There is nothing.", "seal.unreadable", root, CONTENT, b"");
}

fn card_vectors(vectors: &mut Vectors) {
    let mut world = World::new("es.moj");
    let impostor = World::seeded("es.moj", "impostor");
    let (_, second) = world.further_seal();
    let text = |card: &SignedCard| String::from_utf8(card.to_file()).expect("JSON is text");
    let good = cards::sign(&world, |_| ());
    let approved_root = world.root.fingerprint();
    let mut put = |name: &str, about: &str, expected: &str, file: String| {
        add(vectors, &format!("card/{name}"), about, expected, Input::Card { approved_root, file });
    };
    put("good", "A well-formed card.", "ok", text(&good));
    put(
        "other-root",
        "A card of the same authority under a root that nobody approved.",
        "seal.root",
        text(&cards::sign(&impostor, |_| ())),
    );
    let own_name = String::from_utf8(replaced(&good.statement, "Justicia", "Justizia")).expect("JSON").into_bytes();
    put(
        "statement-changed",
        "One letter of a name was changed.",
        "seal.content",
        text(&SignedCard { statement: own_name, ..good.clone() }),
    );
    let by_seal = cades::sign(&good.statement, &world.signer(), noon()).expect("signs");
    put(
        "by-seal",
        "Signed by a seal instead of the root.",
        "seal.signer",
        text(&SignedCard { signature: by_seal, ..good.clone() }),
    );
    let later = cades::sign(&good.statement, &world.root_signer(), noon().plus_seconds(1)).expect("signs");
    put(
        "other-moment",
        "Signed at another moment than it was issued.",
        "seal.card",
        text(&SignedCard { signature: later, ..good.clone() }),
    );
    put(
        "file-version",
        "The file names version 2.",
        "seal.unreadable",
        text(&good).replacen("signed-card/1", "signed-card/2", 1),
    );
    put("file-spelling", "The file is JSON, but not canonical.", "seal.unreadable", format!("{}\n", text(&good)));
    let mut broken = |name: &str, about: &str, old: &str, new: &str| {
        let statement = replaced(&good.statement, old, new);
        let signature = cades::sign(&statement, &world.root_signer(), noon()).expect("signs");
        put(name, about, "seal.card", text(&SignedCard { statement, signature, ..good.clone() }));
    };
    broken(
        "member-more",
        "The root signed a member that the format does not know.",
        "\"edition\":1",
        "\"edition\":1,\"editor\":1",
    );
    broken("edition-zero", "The root signed edition 0.", "\"edition\":1", "\"edition\":0");
    broken("endpoint-http", "The root signed an endpoint without TLS.", "https://", "http://");
    broken("procedures-unsorted", "The root signed procedures out of order.", "assistance/1", "zassistance/1");
    broken(
        "other-authority",
        "The root signed another authority's card.",
        "\"authority\":\"es.moj\"",
        "\"authority\":\"es.mof\"",
    );
    broken(
        "used-too-early",
        "A seal is used before its certificate is valid.",
        "2026-01-01T00:00:00Z\"}],\"tls\"",
        "2025-01-01T00:00:00Z\"}],\"tls\"",
    );

    let revoked = |c: &mut seal::CardStatement| {
        c.seals.push(SealEntry {
            certificate: second.clone(),
            since: noon(),
            until: None,
            compromised_since: Some(noon()),
        });
    };
    let held = text(&cards::sign(&world, revoked));
    let mut put = |name: &str, about: &str, expected: &str, received: &SignedCard| {
        let input = Input::Succession { approved_root, held: held.clone(), received: text(received) };
        add(vectors, &format!("card/next-{name}"), about, expected, input);
    };
    let next = |change: &dyn Fn(&mut seal::CardStatement)| {
        cards::sign(&world, |c| {
            revoked(c);
            (c.edition, c.issued) = (2, moment("2026-07-01T00:00:00Z"));
            change(c);
        })
    };
    put("good", "The next edition.", "ok", &next(&|_| ()));
    put(
        "unrevoked",
        "A revoked seal is no longer revoked.",
        "seal.succession",
        &next(&|c| c.seals[1].compromised_since = None),
    );
    put("same-edition", "Another card of the same edition.", "seal.succession", &next(&|c| c.edition = 1));
    put("seal-missing", "A seal that was listed is missing.", "seal.succession", &next(&|c| drop(c.seals.remove(0))));
    let heir = World::seeded("es.moj", "the next generation");
    let statement = || {
        let mut statement = next(&|_| ()).claim().expect("good").statement().clone();
        (statement.root, statement.former_roots, statement.tls) = (heir.root.clone(), vec![world.root.clone()], vec![]);
        statement
    };
    let both = SignedCard::sign(statement(), &heir.root_signer(), Some(&world.root_signer())).expect("signs");
    put("new-root", "A new root that the former root signed, too.", "needs-approval", &both);
    let alone = SignedCard { former_root_signature: None, ..both };
    put("new-root-alone", "A new root that the former root did not sign.", "seal.succession", &alone);
}

#[test]
fn every_vector_has_the_outcome_that_it_names_and_is_the_one_we_would_write() {
    let mut vectors = Vectors::new();
    envelope_vectors(&mut vectors);
    signature_vectors(&mut vectors);
    card_vectors(&mut vectors);
    let regenerate = std::env::var_os("COMITY_REGENERATE").is_some();
    for (name, vector) in &vectors {
        let path = folder().join(format!("{name}.json"));
        let mut text = serde_json::to_string_pretty(vector).expect("writes");
        text.push('\n');
        if regenerate {
            std::fs::create_dir_all(path.parent().expect("a folder")).expect("creates");
            std::fs::write(&path, &text).expect("writes");
        }
        let found = std::fs::read_to_string(&path).unwrap_or_else(|why| panic!("{}: {why}", path.display()));
        assert!(found == text, "{name} differs; COMITY_REGENERATE=1 writes it anew");
    }
    let mut seen = 0;
    for kind in ["envelope", "signature", "card"] {
        for entry in std::fs::read_dir(folder().join(kind)).expect("a folder of vectors") {
            let path = entry.expect("an entry").path();
            let text = std::fs::read_to_string(&path).expect("a text");
            let vector: Vector = serde_json::from_str(&text).unwrap_or_else(|why| panic!("{}: {why}", path.display()));
            assert_eq!(run(&vector.input), vector.expected, "{}: {}", path.display(), vector.about);
            seen += 1;
        }
    }
    assert_eq!(seen, vectors.len(), "a file stands there that nobody generates");
}
