//! The pouch: envelopes on media that are copied, carried, mixed up and damaged.

use exchange::pouch::{Gathered, split};
use exchange::{Part, PouchFlaw, PouchReader, PouchWriter};
use proptest::prelude::*;
use terms::{AuthorityId, Digest, Salt};

use crate::world::authority;

pub fn part(part: u32, parts: u32) -> Part {
    Part {
        created: "2026-11-24T08:15:00Z".parse().expect("a moment"),
        from: authority("es.moj"),
        id: Salt::new([7; 16]),
        part,
        parts,
        to: authority("ma.moj"),
    }
}

pub fn written(part: &Part, envelopes: &[&[u8]]) -> Vec<u8> {
    let mut writer = PouchWriter::begin(Vec::new(), part).expect("begins");
    envelopes.iter().for_each(|envelope| writer.add(envelope).expect("adds"));
    writer.finish().expect("ends").0
}

pub type Whole = (Part, Vec<Vec<u8>>, Digest);

pub fn read(bytes: &[u8], here: &AuthorityId) -> Result<Whole, PouchFlaw> {
    let mut reader = PouchReader::open(bytes, here)?;
    let mut envelopes = Vec::new();
    while let Some(envelope) = reader.envelope()? {
        envelopes.push(envelope);
    }
    Ok((reader.part().clone(), envelopes, reader.digest().expect("it has ended")))
}

fn ma() -> AuthorityId {
    authority("ma.moj")
}

#[test]
fn what_was_put_in_comes_out_in_its_order() {
    let bytes = written(&part(1, 1), &[b"first", b"second", b"first"]);
    let (of, envelopes, _) = read(&bytes, &ma()).expect("whole");
    assert_eq!(of, part(1, 1));
    assert_eq!(envelopes, [b"first".to_vec(), b"second".to_vec(), b"first".to_vec()]);
}

#[test]
fn the_writers_digest_is_the_readers() {
    let mut writer = PouchWriter::begin(Vec::new(), &part(1, 1)).expect("begins");
    writer.add(b"first").expect("adds");
    let (bytes, digest) = writer.finish().expect("ends");
    assert_eq!(read(&bytes, &ma()).expect("whole").2, digest);
}

#[test]
fn every_single_bit_of_a_pouch_matters_and_nothing_wrong_is_handed_on() {
    let good = written(&part(1, 2), &[b"first envelope", b"second"]);
    for bit in 0..good.len() * 8 {
        let mut changed = good.clone();
        changed[bit / 8] ^= 1 << (bit % 8);
        let mut handed_on = Vec::new();
        let outcome = PouchReader::open(changed.as_slice(), &ma()).and_then(|mut reader| {
            while let Some(envelope) = reader.envelope()? {
                handed_on.push(envelope);
            }
            Ok(())
        });
        let flaw = outcome.expect_err("a changed bit was not noticed");
        let codes = ["exchange.pouch-form", "exchange.pouch-damaged", "exchange.pouch-cut"];
        assert!(codes.contains(&flaw.code()), "bit {bit}: {flaw}");
        assert!([b"first envelope".to_vec(), b"second".to_vec()].starts_with(&handed_on), "bit {bit}: {handed_on:?}");
    }
}

#[test]
fn a_pouch_that_is_cut_anywhere_is_cut_and_says_where() {
    let good = written(&part(1, 1), &[b"first", b"second"]);
    for length in 1..good.len() {
        let flaw = read(&good[..length], &ma()).expect_err("it is cut");
        assert!(matches!(flaw, PouchFlaw::Cut { at, .. } if at == length as u64), "{length}: {flaw}");
    }
}

#[test]
fn a_pouch_for_another_authority_is_not_opened() {
    let flaw = read(&written(&part(1, 1), &[b"first"]), &authority("fr.moj")).expect_err("not for France");
    assert_eq!(flaw.to_string(), "this pouch is for ma.moj, not for fr.moj; it was not opened");
}

#[test]
fn parts_come_in_any_order_none_twice_and_none_is_forgotten() {
    let files: Vec<Vec<u8>> = (1..=3).map(|n| written(&part(n, 3), &[&[n as u8]])).collect();
    let parts: Vec<Whole> = files.iter().map(|file| read(file, &ma()).expect("whole")).collect();
    let mut gathered = Gathered::new(parts[2].0.clone(), parts[2].2);
    let missing = gathered.complete().expect_err("two are missing");
    assert_eq!(
        (missing.code(), missing.to_string().as_str()),
        ("exchange.pouch-missing", "of 3 parts these have not been read: 1, 2")
    );
    gathered.expects(&parts[0].0).expect("the first may come second");
    gathered.add(&parts[0].0, parts[0].2).expect("and does");
    assert_eq!(gathered.expects(&parts[0].0).map_err(|f| f.code()), Err("exchange.pouch-twice"));
    assert_eq!(gathered.add(&parts[0].0, parts[0].2).map_err(|f| f.code()), Err("exchange.pouch-twice"));
    let other = Digest::of(&[b"another"]);
    assert_eq!(gathered.add(&parts[0].0, other).map_err(|f| f.code()), Err("exchange.pouch-other"));
    gathered.add(&parts[1].0, parts[1].2).expect("the last");
    gathered.complete().expect("all are there");
}

#[test]
fn a_part_of_another_pouch_is_noticed() {
    let gathered = Gathered::new(part(1, 3), Digest::of(&[b"one"]));
    let others = [
        Part { id: Salt::new([8; 16]), ..part(2, 3) },
        Part { created: "2026-11-24T08:15:01Z".parse().expect("a moment"), ..part(2, 3) },
        Part { from: authority("pt.moj"), ..part(2, 3) },
        Part { to: authority("fr.moj"), ..part(2, 3) },
        part(2, 4),
    ];
    for other in others {
        assert_eq!(gathered.expects(&other).map_err(|f| f.code()), Err("exchange.pouch-other"), "{other:?}");
    }
}

#[test]
fn many_missing_parts_are_not_all_spelt_out() {
    let told =
        Gathered::new(part(1, 9_999), Digest::of(&[b"one"])).complete().expect_err("most are missing").to_string();
    assert!(told.ends_with("21 and 9978 more"), "{told}");
}

#[test]
fn envelopes_are_split_so_that_each_part_fits_its_medium() {
    let medium = 2_000u64;
    let envelopes: Vec<Vec<u8>> = (0..40).map(|n| vec![n; 100 + 13 * usize::from(n)]).collect();
    let sizes: Vec<usize> = envelopes.iter().map(Vec::len).collect();
    let counts = split(&sizes, medium).expect("they fit");
    assert_eq!(counts.iter().sum::<usize>(), envelopes.len());
    let (parts, mut rest) = (u32::try_from(counts.len()).expect("few"), envelopes.as_slice());
    let mut out = Vec::new();
    for (number, count) in (1..).zip(&counts) {
        let (now, later) = rest.split_at(*count);
        let now: Vec<&[u8]> = now.iter().map(Vec::as_slice).collect();
        let file = written(&part(number, parts), &now);
        assert!(file.len() as u64 <= medium, "part {number} has {} bytes", file.len());
        out.extend(read(&file, &ma()).expect("whole").1);
        rest = later;
    }
    assert!(rest.is_empty() && out == envelopes);
    assert_eq!(split(&[1_990], medium).map_err(|f| f.code()), Err("exchange.pouch-form"), "no medium for this one");
    assert_eq!(split(&[], medium).expect("nothing"), [0], "nothing is one empty part");
    assert_eq!(
        split(&vec![1_000; 10_000], medium).map_err(|f| f.code()),
        Err("exchange.pouch-form"),
        "more parts than can be counted"
    );
}

#[test]
fn what_would_not_be_read_is_not_written() {
    for wrong in [part(0, 1), part(2, 1), part(1, 0), part(1, 10_000), Part { to: authority("es.moj"), ..part(1, 1) }] {
        assert!(PouchWriter::begin(Vec::new(), &wrong).is_err(), "{wrong:?}");
    }
    let mut writer = PouchWriter::begin(Vec::new(), &part(1, 1)).expect("begins");
    assert!(writer.add(b"").is_err());
    assert!(writer.add(&vec![0; seal::envelope::ENVELOPE_BYTES_MAX + 1]).is_err());
    writer.add(b"still").expect("a refused envelope leaves no trace");
    assert_eq!(read(&writer.finish().expect("ends").0, &ma()).expect("whole").1, [b"still".to_vec()]);
}

/// A medium that fails after some bytes, and gives them in small pieces before.
struct Worn<'a>(&'a [u8]);
impl std::io::Read for Worn<'_> {
    fn read(&mut self, into: &mut [u8]) -> std::io::Result<usize> {
        let now = self.0.len().min(into.len()).min(3);
        if now == 0 {
            return Err(std::io::Error::other("bad sector"));
        }
        into[..now].copy_from_slice(&self.0[..now]);
        self.0 = &self.0[now..];
        Ok(now)
    }
}

#[test]
fn a_medium_that_fails_is_not_a_pouch_that_is_cut() {
    let good = written(&part(1, 1), &[b"first", b"second"]);
    let mut reader = PouchReader::open(Worn(&good[..good.len() - 20]), &ma()).expect("begins");
    assert_eq!(reader.envelope().expect("the first"), Some(b"first".to_vec()));
    assert_eq!(reader.envelope().expect("the second"), Some(b"second".to_vec()));
    let flaw = reader.envelope().expect_err("the medium fails");
    assert!(matches!(&flaw, PouchFlaw::Medium { at, .. } if *at == (good.len() - 20) as u64), "{flaw}");
}

#[test]
fn a_length_that_was_never_written_sets_nothing_aside() {
    // The check before the contents is wrong, so eight megabytes are neither waited for nor reserved.
    let mut bytes = written(&part(1, 1), &[]);
    let body = bytes.len() - 13 - 32 - 32;
    bytes.truncate(body);
    bytes.extend_from_slice(&[1, 0, 0x80, 0, 0]);
    bytes.extend_from_slice(&[0; 8]);
    let flaw = read(&bytes, &ma()).expect_err("damaged");
    assert!(matches!(&flaw, PouchFlaw::Damaged { what, .. } if what == "beginning of record 1"), "{flaw}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn any_pouch_reads_back(envelopes in prop::collection::vec(prop::collection::vec(any::<u8>(), 1..3000), 0..8)) {
        let slices: Vec<&[u8]> = envelopes.iter().map(Vec::as_slice).collect();
        prop_assert_eq!(read(&written(&part(1, 1), &slices), &ma()).expect("whole").1, envelopes);
    }

    #[test]
    fn the_reader_of_pouches_survives_anything(noise in prop::collection::vec(any::<u8>(), 0..600), kept in 0usize..400) {
        let good = written(&part(1, 1), &[b"first", b"second"]);
        let bytes = [&good[..kept.min(good.len())], &noise].concat();
        prop_assert!(bytes == good || read(&bytes, &ma()).is_err());
        prop_assert!(read(&noise, &ma()).is_err());
    }

    #[test]
    fn the_reader_of_batches_survives_anything_in_any_pieces(
        noise in prop::collection::vec(any::<u8>(), 0..600), greeted: bool, size in 1usize..64,
    ) {
        let bytes = if greeted { [exchange::batch::FIRST_LINE, &noise].concat() } else { noise };
        let in_pieces = |size: usize| {
            let mut reader = exchange::BatchReader::default();
            bytes.chunks(size).try_for_each(|piece| reader.push(piece)).and_then(|()| reader.finish())
        };
        let whole = in_pieces(bytes.len().max(1));
        prop_assert_eq!(&in_pieces(size), &whole);
        if let Ok(envelopes) = whole {
            prop_assert!(bytes == crate::world::batch(&envelopes.iter().map(Vec::as_slice).collect::<Vec<_>>()).into_body());
        }
    }
}
