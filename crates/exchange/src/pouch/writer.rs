//! Writing a part: three lines, a record for each envelope, and the end.

use std::io::Write;

use seal::envelope::ENVELOPE_BYTES_MAX;
use sha2::{Digest as _, Sha256};
use terms::Digest;

use super::{
    FIRST_LINE, HEADER_BYTES_MAX, KIND_END, KIND_ENVELOPE, PARTS_MAX, Part, PouchFlaw, RECORD_EXTRA_BYTES,
    record_check, record_digest,
};

/// What a part takes beside its envelopes' records, at most: the three lines and the end.
const PART_EXTRA_BYTES: usize = FIRST_LINE.len() + HEADER_BYTES_MAX + 1 + 65 + RECORD_EXTRA_BYTES + 32;

/// How many envelopes go into each part, in their order, so that no part has more than `medium` bytes. Sizes are in bytes; an envelope that
/// fits on no medium is a flaw.
pub fn split(sizes: &[usize], medium: u64) -> Result<Vec<usize>, PouchFlaw> {
    let room = medium.saturating_sub(PART_EXTRA_BYTES as u64);
    let (mut counts, mut filled) = (vec![0], 0u64);
    for size in sizes {
        let taken = (size + RECORD_EXTRA_BYTES) as u64;
        if taken > room {
            return Err(PouchFlaw::Form("an envelope is larger than the medium"));
        }
        if filled + taken > room {
            counts.push(0);
            filled = 0;
        }
        filled += taken;
        *counts.last_mut().expect("it began with one") += 1;
    }
    if counts.len() > PARTS_MAX as usize {
        return Err(PouchFlaw::Form("it would have more than 9,999 parts"));
    }
    Ok(counts)
}

/// Writes one part of a pouch.
pub struct PouchWriter<W: Write> {
    out: W,
    lines: [u8; 32],
    whole: Sha256,
    records: u64,
    written: u64,
}

impl<W: Write> PouchWriter<W> {
    /// Begins a part.
    pub fn begin(out: W, part: &Part) -> Result<Self, PouchFlaw> {
        let (text, lines) = part.lines()?;
        let mut writer = Self { out, lines, whole: Sha256::new(), records: 0, written: 0 };
        writer.put(&text)?;
        Ok(writer)
    }
    /// Adds an envelope.
    pub fn add(&mut self, envelope: &[u8]) -> Result<(), PouchFlaw> {
        if envelope.is_empty() || envelope.len() > ENVELOPE_BYTES_MAX {
            return Err(PouchFlaw::Form("an envelope is empty or larger than an envelope may be"));
        }
        self.record(KIND_ENVELOPE, envelope)
    }
    /// Ends the part; the digest is that of the whole file but its end, and the writer is what was handed in, flushed.
    pub fn finish(mut self) -> Result<(W, Digest), PouchFlaw> {
        let digest: [u8; 32] = self.whole.clone().finalize().into();
        self.record(KIND_END, &digest)?;
        self.out.flush().map_err(|cause| PouchFlaw::Medium { at: self.written, cause })?;
        Ok((self.out, Digest::new(digest)))
    }
    fn record(&mut self, kind: u8, contents: &[u8]) -> Result<(), PouchFlaw> {
        let length = u32::try_from(contents.len()).map_err(|_| PouchFlaw::Form("a record is too large"))?;
        self.records += 1;
        let [a, b, c, d] = length.to_be_bytes();
        let start = [kind, a, b, c, d];
        let check = record_check(&self.lines, self.records, &start);
        self.put(&start)?;
        self.put(&check)?;
        self.put(contents)?;
        self.put(&record_digest(&check, contents))
    }
    fn put(&mut self, bytes: &[u8]) -> Result<(), PouchFlaw> {
        self.out.write_all(bytes).map_err(|cause| PouchFlaw::Medium { at: self.written, cause })?;
        self.whole.update(bytes);
        self.written += bytes.len() as u64;
        Ok(())
    }
}
