//! The pouch: envelopes on media that are copied, carried, mixed up and damaged.

use exchange::pouch::{Gathered, Load, Ranged, part_bytes, plan};
use exchange::{Part, PouchFlaw, PouchReader, PouchWriter, Record};
use proptest::prelude::*;
use terms::{AuthorityId, Digest, ExhibitId, Salt};

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
    while let Some(record) = reader.record()? {
        if let Record::Envelope(envelope) = record {
            envelopes.push(envelope);
        }
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
    let piece = || Record::Piece { exhibit: ExhibitId::new([9; 16]), offset: 56, sealed: b"a piece".to_vec() };
    let mut writer = PouchWriter::begin(Vec::new(), &part(1, 2)).expect("begins");
    writer.add(b"first envelope").expect("adds");
    writer.add_piece(&ExhibitId::new([9; 16]), 56, b"a piece").expect("adds");
    let good = writer.finish().expect("ends").0;
    for bit in 0..good.len() * 8 {
        let mut changed = good.clone();
        changed[bit / 8] ^= 1 << (bit % 8);
        let mut handed_on = Vec::new();
        let outcome = PouchReader::open(changed.as_slice(), &ma()).and_then(|mut reader| {
            while let Some(record) = reader.record()? {
                handed_on.push(record);
            }
            Ok(())
        });
        let flaw = outcome.expect_err("a changed bit was not noticed");
        let codes = ["exchange.pouch-form", "exchange.pouch-damaged", "exchange.pouch-cut"];
        assert!(codes.contains(&flaw.code()), "bit {bit}: {flaw}");
        let written = [Record::Envelope(b"first envelope".to_vec()), piece()];
        assert!(written.starts_with(&handed_on), "bit {bit}: {handed_on:?}");
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

/// Bytes of an exhibit that say where they stand.
fn sealed(range: &std::ops::Range<u64>) -> Vec<u8> {
    range.clone().map(|at| (at.wrapping_mul(31) >> 3) as u8).collect()
}

/// Plans, writes each part, checks its size, and reads all of them again.
fn carried(envelopes: &[Vec<u8>], exhibits: &[Ranged], step: u64, medium: u64) -> Result<Vec<Record>, PouchFlaw> {
    let sizes: Vec<usize> = envelopes.iter().map(Vec::len).collect();
    let planned = plan(&sizes, exhibits, step, medium)?;
    let parts = u32::try_from(planned.len()).expect("few");
    let mut out = Vec::new();
    for (number, loads) in (1..).zip(&planned) {
        let part = part(number, parts);
        let mut writer = PouchWriter::begin(Vec::new(), &part)?;
        for load in loads {
            match load {
                Load::Envelope(number) => writer.add(&envelopes[*number])?,
                Load::Piece(piece) => writer.add_piece(&piece.exhibit, piece.range.start, &sealed(&piece.range))?,
            }
        }
        let file = writer.finish()?.0;
        assert!(file.len() as u64 <= medium, "part {number} has {} bytes", file.len());
        assert_eq!(file.len() as u64, part_bytes(&part, loads, &sizes)?, "what was announced");
        let mut reader = PouchReader::open(file.as_slice(), &ma())?;
        while let Some(record) = reader.record()? {
            out.push(record);
        }
    }
    Ok(out)
}

fn ranged(exhibit: u8, range: std::ops::Range<u64>) -> Ranged {
    Ranged { exhibit: ExhibitId::new([exhibit; 16]), range }
}

#[test]
fn what_fits_on_no_medium_is_refused_before_anything_is_written() {
    let code = |planned: Result<Vec<Vec<Load>>, PouchFlaw>| planned.map(|parts| parts.len()).map_err(|f| f.code());
    assert_eq!(code(plan(&[1_990], &[], 100, 2_000)), Err("exchange.pouch-form"), "no medium for this envelope");
    assert_eq!(code(plan(&[], &[ranged(1, 0..5_000)], 1_990, 2_000)), Err("exchange.pouch-form"), "nor for this piece");
    assert_eq!(code(plan(&vec![1_000; 10_000], &[], 100, 2_000)), Err("exchange.pouch-form"), "too many parts");
    assert_eq!(code(plan(&[], &[ranged(1, 0..100_000_000)], 100, 2_000)), Err("exchange.pouch-form"), "too many parts");
    assert_eq!(code(plan(&[], &[ranged(1, 0..1)], 0, 2_000)), Err("exchange.pouch-form"), "no step");
    assert_eq!(code(plan(&[], &[], 100, 2_000)), Ok(1), "nothing is one empty part");
}

#[test]
fn what_would_not_be_read_is_not_written() {
    for wrong in [part(0, 1), part(2, 1), part(1, 0), part(1, 10_000), Part { to: authority("es.moj"), ..part(1, 1) }] {
        assert!(PouchWriter::begin(Vec::new(), &wrong).is_err(), "{wrong:?}");
    }
    let mut writer = PouchWriter::begin(Vec::new(), &part(1, 1)).expect("begins");
    assert!(writer.add(b"").is_err());
    assert!(writer.add(&vec![0; seal::envelope::ENVELOPE_BYTES_MAX + 1]).is_err());
    assert!(writer.add_piece(&ExhibitId::new([9; 16]), 0, b"").is_err());
    let large = vec![0; seal::envelope::ENVELOPE_BYTES_MAX - 23];
    assert!(writer.add_piece(&ExhibitId::new([9; 16]), 0, &large).is_err());
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
    assert_eq!(reader.record().expect("the first"), Some(Record::Envelope(b"first".to_vec())));
    assert_eq!(reader.record().expect("the second"), Some(Record::Envelope(b"second".to_vec())));
    let flaw = reader.record().expect_err("the medium fails");
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
    fn whatever_the_medium_everything_travels_once_in_its_order_and_in_whole_steps(
        lengths in prop::collection::vec(1usize..900, 0..12),
        exhibits in prop::collection::vec((0u64..100, 0u64..9_000), 0..4),
        step in 1u64..700,
        medium in 2_000u64..6_000,
    ) {
        let envelopes: Vec<Vec<u8>> = (0u8..).zip(&lengths).map(|(n, length)| vec![n; *length]).collect();
        let exhibits: Vec<Ranged> =
            (0u8..).zip(&exhibits).map(|(n, (start, length))| ranged(n, *start..start + length)).collect();
        let mut came: std::collections::BTreeMap<ExhibitId, u64> =
            exhibits.iter().map(|one| (one.exhibit, one.range.start)).collect();
        let mut left = envelopes.iter();
        for record in carried(&envelopes, &exhibits, step, medium).expect("it fits") {
            match record {
                Record::Envelope(envelope) => prop_assert_eq!(Some(&envelope), left.next()),
                Record::Piece { exhibit, offset, sealed: bytes } => {
                    prop_assert!(left.len() == 0, "envelopes first: they announce the exhibits");
                    let start = exhibits.iter().find(|one| one.exhibit == exhibit).expect("planned").range.start;
                    prop_assert_eq!((offset - start) % step, 0);
                    prop_assert_eq!(Some(&offset), came.get(&exhibit));
                    prop_assert_eq!(&bytes, &sealed(&(offset..offset + bytes.len() as u64)));
                    came.insert(exhibit, offset + bytes.len() as u64);
                }
            }
        }
        prop_assert!(left.len() == 0);
        prop_assert!(exhibits.iter().all(|one| came[&one.exhibit] == one.range.end));
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
