//! Writing a part: three lines, a record for each envelope and piece, and the end.

use std::io::Write;

use seal::envelope::ENVELOPE_BYTES_MAX;
use sha2::{Digest as _, Sha256};
use terms::{Digest, ExhibitId};

use super::{
    CONTENTS_BYTES_MAX, KIND_END, KIND_ENVELOPE, KIND_PIECE, PIECE_START_BYTES, Part, PouchFlaw, record_check,
    record_digest,
};

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
    /// Adds sealed bytes of an exhibit, from `offset` on.
    pub fn add_piece(&mut self, exhibit: &ExhibitId, offset: u64, sealed: &[u8]) -> Result<(), PouchFlaw> {
        if sealed.is_empty() || sealed.len() > CONTENTS_BYTES_MAX - PIECE_START_BYTES {
            return Err(PouchFlaw::Form("a piece of an exhibit is empty or larger than a record"));
        }
        self.record(KIND_PIECE, &[exhibit.as_bytes().as_slice(), &offset.to_be_bytes(), sealed].concat())
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
