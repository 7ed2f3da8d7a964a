//! Reading a part: nothing is handed on before its record is whole, and the end says whether the part is.

use std::io::{self, Read};

use sha2::{Digest as _, Sha256};
use terms::{AuthorityId, Canonical, Digest, ExhibitId};

use super::{
    CHECK_BYTES, CONTENTS_BYTES_MAX, DIGEST_BYTES, FIRST_LINE, HEADER_BYTES_MAX, KIND_END, KIND_ENVELOPE, KIND_PIECE,
    PIECE_START_BYTES, Part, PouchFlaw, RECORD_START_BYTES, Record, record_check, record_digest,
};

/// Reads one part of a pouch.
pub struct PouchReader<R: Read> {
    from: R,
    part: Part,
    lines: [u8; DIGEST_BYTES],
    whole: Sha256,
    records: u64,
    at: u64,
    ended: Option<Digest>,
}

impl<R: Read> std::fmt::Debug for PouchReader<R> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "PouchReader({:?}, byte {})", self.part, self.at)
    }
}

impl<R: Read> PouchReader<R> {
    /// Reads the three lines; refuses a part for another authority than `here`. Hand in a buffered reader.
    pub fn open(mut from: R, here: &AuthorityId) -> Result<Self, PouchFlaw> {
        let mut first = [0; FIRST_LINE.len()];
        let got = fill(&mut from, &mut first, 0)?;
        if first[..got] != FIRST_LINE[..got] || got == 0 {
            return Err(PouchFlaw::Form("its first line is not comity.pouch/1"));
        }
        let mut whole = Sha256::new_with_prefix(&first[..got]);
        let header = line(&mut from, HEADER_BYTES_MAX, got as u64)?;
        whole.update(&header);
        let lines: [u8; DIGEST_BYTES] = whole.clone().finalize().into();
        let at = (got + header.len()) as u64;
        let digest = line(&mut from, 2 * DIGEST_BYTES, at)?;
        whole.update(&digest);
        if digest != [hex::encode(lines).as_bytes(), b"\n"].concat() {
            return Err(PouchFlaw::Damaged { what: "header".to_owned(), at: 0 });
        }
        let header = header.strip_suffix(b"\n").unwrap_or(&header);
        let part = Canonical::<Part>::parse(header).map_err(|_| PouchFlaw::Form("its header cannot be read"))?;
        let part = part.into_value();
        part.check()?;
        if part.to != *here {
            return Err(PouchFlaw::Recipient { to: part.to.to_string(), here: here.to_string() });
        }
        let at = at + digest.len() as u64;
        Ok(Self { from, part, lines, whole, records: 0, at, ended: None })
    }
    /// What the part says about itself.
    pub fn part(&self) -> &Part {
        &self.part
    }
    /// The next record; `None` once the part has ended as it should.
    pub fn record(&mut self) -> Result<Option<Record>, PouchFlaw> {
        if self.ended.is_some() {
            return Ok(None);
        }
        let written: [u8; DIGEST_BYTES] = self.whole.clone().finalize().into();
        let begins = self.at;
        let (kind, mut contents) = self.next()?;
        match kind {
            KIND_ENVELOPE => return Ok(Some(Record::Envelope(contents))),
            KIND_PIECE => {
                let sealed = contents.split_off(PIECE_START_BYTES);
                let (id, offset) = contents.split_at(ExhibitId::LEN);
                let exhibit = ExhibitId::new(id.try_into().expect("it was split there"));
                let offset = u64::from_be_bytes(offset.try_into().expect("eight bytes remain"));
                return Ok(Some(Record::Piece { exhibit, offset, sealed }));
            }
            _ => {}
        }
        let what = "end".to_owned();
        if contents != written {
            return Err(PouchFlaw::Damaged { what, at: begins });
        }
        if fill(&mut self.from, &mut [0], self.at)? > 0 {
            return Err(PouchFlaw::Damaged { what, at: self.at });
        }
        self.ended = Some(Digest::new(written));
        Ok(None)
    }
    /// The digest of the part, once it has ended as it should.
    pub fn digest(&self) -> Option<Digest> {
        self.ended
    }
    fn next(&mut self) -> Result<(u8, Vec<u8>), PouchFlaw> {
        self.records += 1;
        let (begins, number) = (self.at, self.records);
        let damaged = |part: &str| PouchFlaw::Damaged { what: format!("{part} of record {number}"), at: begins };
        let start = self.take(RECORD_START_BYTES, "beginning")?;
        let check = self.take(CHECK_BYTES, "beginning")?;
        if check != record_check(&self.lines, number, &start) {
            return Err(damaged("beginning"));
        }
        let length = start[1..].iter().fold(0, |length, byte| length << 8 | usize::from(*byte));
        match start[0] {
            KIND_ENVELOPE if (1..=CONTENTS_BYTES_MAX).contains(&length) => {}
            KIND_PIECE if (PIECE_START_BYTES + 1..=CONTENTS_BYTES_MAX).contains(&length) => {}
            KIND_END if length == DIGEST_BYTES => {}
            KIND_ENVELOPE | KIND_PIECE | KIND_END => {
                return Err(PouchFlaw::Form("a record has another length than its kind allows"));
            }
            _ => return Err(PouchFlaw::Form("a record is of a kind that this version does not know")),
        }
        let contents = self.take(length, "contents")?;
        let digest = self.take(DIGEST_BYTES, "digest")?;
        if digest != record_digest(&check, &contents) {
            return Err(damaged("contents"));
        }
        Ok((start[0], contents))
    }
    fn take(&mut self, length: usize, part: &str) -> Result<Vec<u8>, PouchFlaw> {
        let mut bytes = vec![0; length];
        let got = fill(&mut self.from, &mut bytes, self.at)?;
        self.at += got as u64;
        if got < length {
            return Err(PouchFlaw::Cut { what: format!("{part} of record {}", self.records), at: self.at });
        }
        self.whole.update(&bytes);
        Ok(bytes)
    }
}

/// A line of at most `max` bytes and its line feed.
fn line(from: &mut impl Read, max: usize, begins: u64) -> Result<Vec<u8>, PouchFlaw> {
    let mut line = Vec::new();
    while line.last() != Some(&b'\n') {
        let mut byte = [0];
        if line.len() > max {
            return Err(PouchFlaw::Damaged { what: "header".to_owned(), at: begins });
        }
        if fill(from, &mut byte, begins)? == 0 {
            return Err(PouchFlaw::Cut { what: "header".to_owned(), at: begins + line.len() as u64 });
        }
        line.push(byte[0]);
    }
    Ok(line)
}

/// Fills `bytes` as far as the medium goes, and says how far.
fn fill(from: &mut impl Read, bytes: &mut [u8], begins: u64) -> Result<usize, PouchFlaw> {
    let mut got = 0;
    while got < bytes.len() {
        match from.read(&mut bytes[got..]) {
            Ok(0) => break,
            Ok(more) => got += more,
            Err(cause) if cause.kind() == io::ErrorKind::Interrupted => {}
            Err(cause) => return Err(PouchFlaw::Medium { at: begins + got as u64, cause }),
        }
    }
    Ok(got)
}
