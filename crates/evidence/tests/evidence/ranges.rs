//! Any range is what reading from the beginning gives, or is refused as that would be.

use std::ops::Range;

use evidence::cobblestone::{HEAD, RandomAccess, SEALED_CHUNK, sealed_span};
use evidence::{Failure, Flaw, Head, Unlocked};
use proptest::prelude::*;

use crate::world::*;

fn range(sealed: &[u8], range: Range<u64>) -> Result<Vec<u8>, Failure> {
    let mut plain = Vec::new();
    RandomAccess::new(&key(), ID, sealed)?.open_range(range, &mut |bytes| {
        plain.extend_from_slice(bytes);
        Ok(())
    })?;
    Ok(plain)
}

#[test]
fn ranges_around_every_boundary_are_those_of_the_whole() {
    for size in [0, 1, 16_384, 2 * 16_384, 3 * 16_384 + 5] {
        let plain = plaintext(size);
        let (_, sealed) = sealed(&plain);
        let mut ends: Vec<usize> =
            [0, 1, 16_383, 16_384, 16_385, 32_768, size].into_iter().filter(|e| *e <= size).collect();
        ends.sort_unstable();
        for from in &ends {
            for to in ends.iter().filter(|to| *to >= from) {
                assert_eq!(
                    range(&sealed, *from as u64..*to as u64).expect("opens"),
                    &plain[*from..*to],
                    "{from}..{to}"
                );
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]
    #[test]
    fn a_range_is_the_same_part_of_the_whole(size in 0usize..2_500_000, a in 0.0..1.0f64, b in 0.0..1.0f64) {
        let plain = plaintext(size);
        let (_, sealed) = sealed(&plain);
        let (a, b) = ((a * size as f64) as usize, (b * size as f64) as usize);
        let (from, to) = (a.min(b), a.max(b));
        prop_assert_eq!(range(&sealed, from as u64..to as u64).expect("opens"), &plain[from..to]);
    }

    #[test]
    fn spans_that_are_fetched_one_by_one_are_authenticated_as_they_land(size in 0u64..200_000, span in 1u64..60_000) {
        let plain = plaintext(size as usize);
        let (_, sealed) = sealed(&plain);
        let unlocked = Unlocked::new(Head::read(&sealed).expect("a head"), &key(), ID).expect("its key");
        let (mut from, mut landed) = (0, Vec::new());
        loop {
            let to = size.min((from + span).next_multiple_of(16_384));
            let (bytes, first, ends) = sealed_span(&(from..to), size).expect("inside");
            let bytes = &sealed[bytes.start as usize..bytes.end as usize];
            unlocked.open_span(first, bytes, ends, &mut landed).expect("authentic");
            prop_assert_eq!(unlocked.open_span(first, bytes, !ends, &mut Vec::new()).is_err(), true);
            from = to;
            if ends { break }
            if from == size {
                // The last chunk of an exhibit of whole chunks is empty and has to be fetched too.
                let (bytes, first, ends) = sealed_span(&(size..size), size).expect("inside");
                prop_assert!(ends);
                unlocked.open_span(first, &sealed[bytes.start as usize..], ends, &mut landed).expect("authentic");
                break;
            }
        }
        prop_assert_eq!(landed, plain);
    }
}

#[test]
fn a_range_outside_the_exhibit_is_refused() {
    let (_, sealed) = sealed(&plaintext(100));
    #[expect(clippy::reversed_empty_ranges, reason = "a caller may be wrong in this way too")]
    for wrong in [0..101, 101..101, 60..50, u64::MAX..u64::MAX] {
        assert_eq!(range(&sealed, wrong).expect_err("outside").code(), "evidence.outside-exhibit");
    }
}

#[test]
fn random_access_notices_a_cut_at_once_and_a_change_where_it_reads() {
    let (_, good) = sealed(&plaintext(3 * 16_384 + 5));
    for length in [0, 55, 56, 71, 72, 100, HEAD + SEALED_CHUNK, HEAD + 2 * SEALED_CHUNK + 16, good.len() - 1] {
        assert!(range(&good[..length], 0..0).is_err(), "{length}");
    }
    let mut bytes = good.clone();
    bytes[HEAD + SEALED_CHUNK] ^= 1;
    assert_eq!(range(&bytes, 0..16_384).expect("the first chunk is untouched").len(), 16_384);
    let found = range(&bytes, 16_383..16_385).expect_err("the second is not");
    assert_eq!(found.to_string(), Flaw::Chunk(1).to_string());
    bytes = good;
    bytes[HEAD - 1] ^= 1;
    assert_eq!(range(&bytes, 0..0).expect_err("the head").code(), "evidence.commitment");
}
