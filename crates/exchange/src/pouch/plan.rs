//! What goes into which part, before any is written: each says how many there are.

use std::ops::Range;

use terms::ExhibitId;

use super::{
    CONTENTS_BYTES_MAX, DIGEST_BYTES, FIRST_LINE, HEADER_BYTES_MAX, PARTS_MAX, PIECE_START_BYTES, Part, PouchFlaw,
    RECORD_EXTRA_BYTES,
};

/// What a part takes beside its records, at most: the three lines and the end.
const PART_EXTRA_BYTES: usize = FIRST_LINE.len() + HEADER_BYTES_MAX + 1 + 65 + RECORD_EXTRA_BYTES + 32;

/// Sealed bytes of an exhibit that travel: a range, in pieces that begin at its start or so many steps behind it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ranged {
    /// Which exhibit.
    pub exhibit: ExhibitId,
    /// Its sealed bytes.
    pub range: Range<u64>,
}

/// One record of a part.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Load {
    /// The envelope of this number.
    Envelope(usize),
    /// A piece of an exhibit.
    Piece(Ranged),
}

impl Load {
    fn bytes(&self, envelopes: &[usize]) -> u64 {
        let contents = match self {
            Self::Envelope(number) => envelopes.get(*number).copied().unwrap_or(0) as u64,
            Self::Piece(Ranged { range, .. }) => PIECE_START_BYTES as u64 + (range.end - range.start),
        };
        contents + RECORD_EXTRA_BYTES as u64
    }
}

/// Distributes envelopes (their sizes in bytes) and then exhibits, in their order, so that no part has more than `medium` bytes. An exhibit is cut
/// every so many `step` bytes only, where it need be. What fits on no medium is a flaw.
pub fn plan(envelopes: &[usize], exhibits: &[Ranged], step: u64, medium: u64) -> Result<Vec<Vec<Load>>, PouchFlaw> {
    let room = medium.saturating_sub(PART_EXTRA_BYTES as u64);
    let extra = (RECORD_EXTRA_BYTES + PIECE_START_BYTES) as u64;
    if step == 0 || step > (CONTENTS_BYTES_MAX - PIECE_START_BYTES) as u64 {
        return Err(PouchFlaw::Form("an exhibit is cut into pieces larger than a record"));
    }
    let (mut parts, mut left) = (vec![Vec::new()], room);
    for number in 0..envelopes.len() {
        let load = Load::Envelope(number);
        let bytes = load.bytes(envelopes);
        if bytes > room {
            return Err(PouchFlaw::Form("an envelope is larger than the medium"));
        }
        if bytes > left {
            parts.push(Vec::new());
            left = room;
        }
        left -= bytes;
        parts.last_mut().expect("it began with one").push(load);
    }
    let largest = (CONTENTS_BYTES_MAX - PIECE_START_BYTES) as u64 / step * step;
    for Ranged { exhibit, range } in exhibits {
        let mut at = range.start;
        while at < range.end {
            let steps = left.saturating_sub(extra) / step * step;
            let length = steps.max(if left.saturating_sub(extra) >= range.end - at { range.end - at } else { 0 });
            let length = length.min(largest).min(range.end - at);
            if length == 0 {
                if left == room {
                    return Err(PouchFlaw::Form("a piece of an exhibit is larger than the medium"));
                }
                parts.push(Vec::new());
                left = room;
                continue;
            }
            let load = Load::Piece(Ranged { exhibit: *exhibit, range: at..at + length });
            left -= load.bytes(envelopes);
            parts.last_mut().expect("it began with one").push(load);
            at += length;
        }
        if parts.len() > PARTS_MAX as usize {
            break;
        }
    }
    if parts.len() > PARTS_MAX as usize {
        return Err(PouchFlaw::Form("it would have more than 9,999 parts"));
    }
    Ok(parts)
}

/// The bytes of a part that says this about itself and holds this.
pub fn part_bytes(part: &Part, loads: &[Load], envelopes: &[usize]) -> Result<u64, PouchFlaw> {
    let lines = part.lines()?.0.len() as u64;
    let end = (RECORD_EXTRA_BYTES + DIGEST_BYTES) as u64;
    Ok(lines + end + loads.iter().map(|load| load.bytes(envelopes)).sum::<u64>())
}
