//! Where things stand: sizes, chunks and offsets, as arithmetic alone.

use std::ops::Range;

use crate::Flaw;

/// Bytes of plaintext in every chunk but the last.
pub const CHUNK: usize = 16 * 1024;
/// Bytes of the authentication tag after each chunk.
pub const TAG: usize = 16;
/// Bytes of a whole chunk as it is sealed.
pub const SEALED_CHUNK: usize = CHUNK + TAG;
/// Bytes before the first chunk: salt and commitment.
pub const HEAD: usize = 56;
/// So many chunks an exhibit has at most.
pub const CHUNKS_MAX: u64 = 1 << 38;
/// The largest exhibit in bytes of plaintext: 4 PiB less one byte.
pub const SIZE_MAX: u64 = CHUNKS_MAX * CHUNK as u64 - 1;

const CHUNK_64: u64 = CHUNK as u64;
const SEALED_CHUNK_64: u64 = SEALED_CHUNK as u64;
const HEAD_64: u64 = HEAD as u64;
const TAG_64: u64 = TAG as u64;

/// How many chunks a plaintext of this size has; the last one, perhaps empty, included.
pub const fn chunk_count(size: u64) -> u64 {
    size / CHUNK_64 + 1
}

/// How many bytes a plaintext of this size has when sealed.
pub fn sealed_size(size: u64) -> Result<u64, Flaw> {
    if size > SIZE_MAX {
        return Err(Flaw::TooLarge);
    }
    Ok(HEAD_64 + size + TAG_64 * chunk_count(size))
}

/// The size of the plaintext in so many sealed bytes. That the bytes are authentic is another question.
pub fn plain_size(sealed: u64) -> Result<u64, Flaw> {
    let body = sealed.checked_sub(HEAD_64).ok_or(Flaw::HeadCut)?;
    let (whole, last) = (body / SEALED_CHUNK_64, body % SEALED_CHUNK_64);
    let last = last.checked_sub(TAG_64).ok_or(Flaw::SealedSize(sealed))?;
    if whole >= CHUNKS_MAX { Err(Flaw::TooLarge) } else { Ok(whole * CHUNK_64 + last) }
}

/// Which sealed bytes hold the plaintext bytes `range` of an exhibit of `size` bytes, in whole chunks. Also answers the number of
/// the first chunk and whether the last chunk is among them. An empty range still names one chunk.
pub fn sealed_span(range: &Range<u64>, size: u64) -> Result<(Range<u64>, u64, bool), Flaw> {
    if range.start > range.end || range.end > size || size > SIZE_MAX {
        return Err(Flaw::OutsideExhibit { from: range.start, to: range.end, size });
    }
    let first = range.start / CHUNK_64;
    let after = if range.end > range.start { (range.end - 1) / CHUNK_64 + 1 } else { first + 1 };
    let ends = after == chunk_count(size);
    let end = if ends { sealed_size(size)? } else { HEAD_64 + after * SEALED_CHUNK_64 };
    Ok((HEAD_64 + first * SEALED_CHUNK_64..end, first, ends))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn sizes_are_those_of_the_specification() {
        for (size, sealed) in [
            (0, 56 + 16),
            (1, 56 + 17),
            (16_383, 56 + 16_383 + 16),
            (16_384, 56 + 16_384 + 32),
            (16_385, 56 + 16_385 + 32),
            (20 * 1024, 56 + 20 * 1024 + 32),
            (SIZE_MAX, 56 + SIZE_MAX + 16 * CHUNKS_MAX),
        ] {
            assert_eq!((sealed_size(size), plain_size(sealed)), (Ok(sealed), Ok(size)));
        }
        assert_eq!(sealed_size(SIZE_MAX + 1), Err(Flaw::TooLarge));
        assert_eq!(plain_size(u64::MAX), Err(Flaw::TooLarge));
    }

    #[test]
    fn sizes_that_no_exhibit_has_are_refused() {
        for sealed in (0..56).chain(56..72).chain(56 + 16_400..56 + 16_416).chain([56 + 2 * 16_400]) {
            assert!(plain_size(sealed).is_err(), "{sealed}");
        }
    }

    proptest! {
        #[test]
        fn every_size_has_one_sealed_size(size in 0..=SIZE_MAX) {
            prop_assert_eq!(plain_size(sealed_size(size)?)?, size);
        }

        #[test]
        fn a_span_covers_its_range_in_whole_chunks(size in 0u64..200_000, a in 0u64..200_000, b in 0u64..200_000) {
            let range = a.min(b)..a.max(b);
            let span = sealed_span(&range, size);
            prop_assert_eq!(span.is_ok(), range.end <= size);
            if let Ok((sealed, first, ends)) = span {
                let chunks = (sealed.end - sealed.start).div_ceil(SEALED_CHUNK as u64);
                prop_assert!(first * CHUNK as u64 <= range.start && range.end <= (first + chunks) * CHUNK as u64);
                prop_assert_eq!(ends, sealed.end == sealed_size(size)?);
            }
        }
    }
}
