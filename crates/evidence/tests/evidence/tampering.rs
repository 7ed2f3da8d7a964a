//! Every change is noticed: bits, cuts, order, doubles, additions, other keys, other exhibits.

use evidence::cobblestone::{HEAD, SEALED_CHUNK};
use evidence::{ContentKey, Digest512, Entry, Flaw, Fresh, Head, Opener, Sealer, exhibit, unwatched};
use seal::{WrappedKey, XWingKey, unwrap_key, wrap_key};
use terms::{Digest, ExhibitId};

use crate::world::*;

#[test]
fn every_single_bit_that_flips_is_caught_and_the_place_is_named() {
    let (_, good) = sealed(&plaintext(16_384 + 20));
    let mut bytes = good.clone();
    for at in 0..bytes.len() {
        let expected = match at {
            0..HEAD => Flaw::Commitment(ID),
            _ => Flaw::Chunk(((at - HEAD) / SEALED_CHUNK) as u64),
        };
        for bit in 0..8 {
            bytes[at] ^= 1 << bit;
            let found = open_all(&key(), ID, &bytes).err().map(|failure| failure.to_string());
            assert_eq!(found, Some(expected.to_string()), "byte {at}, bit {bit}");
            bytes[at] ^= 1 << bit;
        }
    }
    assert_eq!(refusal(&bytes), None, "and unchanged it opens");
}

#[test]
fn a_cut_at_every_byte_is_caught() {
    let (_, good) = sealed(&plaintext(16_384 + 20));
    for length in 0..good.len() {
        let expected = match length {
            0..HEAD => "evidence.head-cut",
            // Where fewer bytes than a tag remain, the last chunk is missing; elsewhere it is not authentic.
            _ if (length - HEAD) % SEALED_CHUNK < 16 => "evidence.cut",
            _ => "evidence.chunk",
        };
        assert_eq!(refusal(&good[..length]), Some(expected), "{length}");
    }
}

#[test]
fn chunks_that_are_swapped_doubled_dropped_or_added_are_caught() {
    let (_, good) = sealed(&plaintext(3 * 16_384 + 20));
    let (head, body) = good.split_at(HEAD);
    let chunks: Vec<&[u8]> = body.chunks(SEALED_CHUNK).collect();
    let [a, b, c, last] = chunks[..] else { panic!("four chunks") };
    let stranger = Fresh::from_bytes(ExhibitId::new([2; 16]), &KEY, SALT);
    let mut sealer = Sealer::new(stranger, false, Vec::new()).expect("begun");
    sealer.write(&plaintext(3 * 16_384 + 20)).expect("written");
    let other = sealer.finish().expect("finished").1;
    let foreign = &other[HEAD..HEAD + SEALED_CHUNK];
    for (name, order, expected) in [
        ("swapped", vec![b, a, c, last], "evidence.chunk"),
        ("doubled", vec![a, a, b, c, last], "evidence.chunk"),
        ("first dropped", vec![b, c, last], "evidence.chunk"),
        ("middle dropped", vec![a, c, last], "evidence.chunk"),
        ("last dropped", vec![a, b, c], "evidence.cut"),
        ("all dropped", vec![], "evidence.cut"),
        ("last doubled", vec![a, b, c, last, last], "evidence.chunk"),
        ("last moved to the front", vec![last, a, b, c], "evidence.chunk"),
        ("whole chunk appended", vec![a, b, c, last, a], "evidence.chunk"),
        ("one byte appended", vec![a, b, c, last, &[0]], "evidence.chunk"),
        ("an empty chunk appended", vec![a, b, c, last, &[0; 16]], "evidence.chunk"),
        ("another exhibit's first chunk", vec![foreign, b, c, last], "evidence.chunk"),
    ] {
        let bytes = [head, &order.concat()].concat();
        assert_eq!(refusal(&bytes), Some(expected), "{name}");
    }
}

#[test]
fn another_key_or_another_exhibit_is_caught_before_any_chunk() {
    let (_, good) = sealed(b"bank records");
    let other_id = ExhibitId::new([0x1e; 16]);
    let other_key = open_all(&ContentKey::new(&[0x4c; 32]), ID, &good).expect_err("another key");
    assert_eq!(other_key.to_string(), Flaw::Commitment(ID).to_string());
    let renamed = open_all(&key(), other_id, &good).expect_err("another exhibit");
    assert_eq!(renamed.to_string(), Flaw::Commitment(other_id).to_string());
}

#[test]
fn an_authentic_exhibit_that_is_not_the_announced_one_is_not_verified() {
    let plain = plaintext(20_000);
    let (sealed_, bytes) = sealed(&plain);
    let open = |entry: &Entry| {
        let verified = exhibit::open(entry, &key(), &mut &*bytes, &mut std::io::sink(), &mut unwatched);
        verified.map(|verified| verified.size()).map_err(|failure| failure.to_string())
    };
    let good = entry(&sealed_);
    assert_eq!(open(&good), Ok(20_000));
    let differs = |what| Err(Flaw::Differs { exhibit: ID, what }.to_string());
    let mut other = Entry { size: 19_999, ..good.clone() };
    assert_eq!(open(&other), differs("size"));
    other.size = 20_001;
    assert_eq!(open(&other), differs("size"));
    other = good.clone();
    other.digests.sha256 = Digest::new([0; 32]);
    assert_eq!(open(&other), differs("SHA-256"));
    other = good.clone();
    other.digests.sha512 = Some(Digest512::new([0; 64]));
    assert_eq!(open(&other), differs("SHA-512"));
    other.digests = digests(&plain, true);
    assert_eq!(open(&other), Ok(20_000), "a right SHA-512 is computed when the entry names one");
    let mut head = good.head().to_bytes();
    head[0] ^= 1;
    other = Entry { salt: Head::read(&head).expect("a head").salt, ..good.clone() };
    assert_eq!(open(&other), differs("salt"));
    head = good.head().to_bytes();
    head[HEAD - 1] ^= 1;
    other = Entry { commitment: Head::read(&head).expect("a head").commitment, ..good };
    assert_eq!(open(&other), differs("commitment"));
}

#[test]
fn after_a_flaw_an_opener_hands_out_nothing_even_if_what_follows_is_authentic() {
    let (_, good) = sealed(&plaintext(16_384 * 64 + 5));
    let (head, body) = good.split_at(HEAD);
    let (batch, last) = body.split_at(64 * SEALED_CHUNK);
    let mut flawed = batch.to_vec();
    flawed[0] ^= 1;
    let bytes = [head, &flawed, batch, last].concat();
    let mut opener = Opener::new(&key(), ID, &*bytes).expect("a good head");
    assert_eq!(opener.next_batch().expect_err("flawed").code(), "evidence.chunk");
    for _ in 0..3 {
        assert_eq!(opener.next_batch().expect_err("final").code(), "evidence.cut");
    }
}

#[test]
fn another_head_than_the_announced_one_is_refused_before_anything_is_handed_out() {
    let (sealed_, bytes) = sealed(&plaintext(20_000));
    let mut head = sealed_.head().to_bytes();
    head[0] ^= 1;
    let other = Entry { salt: Head::read(&head).expect("a head").salt, ..entry(&sealed_) };
    let mut opened = Vec::new();
    let refused = exhibit::open(&other, &key(), &mut &*bytes, &mut opened, &mut unwatched);
    assert_eq!((refused.expect_err("another salt").code(), opened.len()), ("evidence.differs", 0));
}

#[test]
fn every_single_bit_of_a_wrapped_key_counts() {
    let mut rng = Seeded(77, 0);
    let opener = XWingKey::from_seed(&XWingKey::draw_seed(&mut rng));
    let wrapped = wrap_key(ID, &authority("ma.moj"), opener.public(), &KEY, &mut rng).expect("wrapped");
    let written = serde_json::to_vec(&wrapped).expect("JSON");
    let (sealed_, ciphertext) = sealed(b"evidence");
    let entry = entry(&sealed_);
    // As an admitting node does: read, unwrap, and open the head that the manifest names.
    let usable = |bytes: &[u8]| {
        let Ok(read) = serde_json::from_slice::<WrappedKey>(bytes) else { return false };
        let key = unwrap_key(&read, &opener).map(|key| ContentKey::new(&key));
        let named = read.exhibit == entry.id && read.recipient == authority("ma.moj");
        named && key.is_ok_and(|key| evidence::Arrival::begin(&entry, &key).is_ok())
    };
    assert!(usable(&written) && !ciphertext.is_empty());
    let mut changed = written.clone();
    for bit in 0..written.len() * 8 {
        changed[bit / 8] ^= 1 << (bit % 8);
        assert!(!usable(&changed), "bit {bit} of byte {} of {}", bit / 8, written.len());
        changed[bit / 8] = written[bit / 8];
    }
}
