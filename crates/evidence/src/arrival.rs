//! An exhibit on its way in: pieces of ciphertext in any order, each authenticated as it lands, the whole compared at the end.
//!
//! The manifest names the head, so whoever receives writes [`Arrival::head`] itself and fetches chunks only. [`Arrival::missing`]
//! says which; [`Arrival::land`] authenticates what came, and only a piece that it calls [`Landed::New`] is written to the
//! store. After a cut [`Arrival::resume`] goes on from the note that [`Arrival::landed`] gave. [`Arrival::finish`] answers
//! [`Verified`] or says what is missing or differs.
//!
//! Plaintext is hashed as it lands, as far as it lands in order; what came out of order is read back by [`Arrival::catch_up`].
//! Never here: a request, a file, a retry. What is stored is not trusted: what is read back is authenticated again.

mod spans;

use std::ops::Range;

use zeroize::Zeroizing;

use crate::cobblestone::{CHUNK, HEAD, SEALED_CHUNK, chunk_count, sealed_size};
use crate::digests::Hashing;
use crate::pipeline::BATCH;
use crate::{ContentKey, Entry, Failure, Flaw, Head, Progress, ReadAt, Unlocked, Verified};
use spans::Spans;

/// Chunks that are opened at a time.
const CHUNKS: usize = BATCH / CHUNK;
const HEAD_64: u64 = HEAD as u64;
const SEALED_CHUNK_64: u64 = SEALED_CHUNK as u64;

/// What became of a piece.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Landed {
    /// It is authentic and new: write it to the store, at its offset.
    New,
    /// All of it had landed before: drop it. The first copy stays, so nobody can exchange what was checked.
    Already,
}

/// An exhibit of which pieces come in. INVARIANT: what counts as landed was authenticated in its place under the entry's head.
pub struct Arrival {
    entry: Entry,
    unlocked: Unlocked,
    /// Bytes of ciphertext in all, as the entry says.
    sealed_size: u64,
    /// Numbers of the chunks that landed.
    landed: Spans,
    hashing: Hashing,
    /// So many chunks from the beginning have been hashed, and of so many bytes of plaintext.
    hashed: u64,
    hashed_bytes: u64,
    plain: Zeroizing<Vec<u8>>,
}

impl Arrival {
    /// Nothing has come yet. Refuses a key that does not fit the entry, before anything is fetched.
    pub fn begin(entry: &Entry, key: &ContentKey) -> Result<Self, Flaw> {
        Ok(Self {
            entry: entry.clone(),
            unlocked: Unlocked::new(entry.head(), key, entry.id)?,
            sealed_size: sealed_size(entry.size)?,
            landed: Spans::default(),
            hashing: Hashing::new(entry.digests.sha512.is_some()),
            hashed: 0,
            hashed_bytes: 0,
            plain: Zeroizing::new(Vec::with_capacity(BATCH)),
        })
    }
    /// Goes on after a restart. `landed` are ranges of sealed bytes that an earlier arrival gave and that lie in the store.
    pub fn resume(entry: &Entry, key: &ContentKey, landed: impl IntoIterator<Item = Range<u64>>) -> Result<Self, Flaw> {
        let mut arrival = Self::begin(entry, key)?;
        for sealed in landed {
            let chunks = arrival.chunks(&sealed)?;
            arrival.landed.insert(chunks);
        }
        Ok(arrival)
    }
    /// The first bytes of the ciphertext: to be written to the store at offset 0, not fetched.
    pub fn head(&self) -> Head {
        self.unlocked.head()
    }
    /// Bytes of ciphertext in all, head included.
    pub fn sealed_size(&self) -> u64 {
        self.sealed_size
    }
    /// Ranges of sealed bytes that are still to be fetched, from the front, each of whole chunks and of at most `at_most` bytes
    /// (but of one chunk at least). Several may be fetched at a time, in any order.
    pub fn missing(&self, at_most: u64) -> impl Iterator<Item = Range<u64>> + '_ {
        let step = (at_most / SEALED_CHUNK_64).max(1);
        let gaps = self.landed.gaps(chunk_count(self.entry.size));
        gaps.flat_map(move |gap| {
            let firsts = (0..(gap.end - gap.start).div_ceil(step)).map(move |n| gap.start + n * step);
            firsts.map(move |first| self.sealed(&(first..gap.end.min(first + step))))
        })
    }
    /// Ranges of sealed bytes that have landed: to be noted once they lie safely in the store.
    pub fn landed(&self) -> impl Iterator<Item = Range<u64>> + '_ {
        self.landed.iter().map(|chunks| self.sealed(chunks))
    }
    /// Takes the sealed bytes that stand at `offset`. If any chunk is not authentic, nothing of the piece has landed.
    pub fn land(&mut self, offset: u64, sealed: &[u8]) -> Result<Landed, Flaw> {
        let piece = offset..offset.saturating_add(sealed.len() as u64);
        let chunks = self.chunks(&piece)?;
        match self.landed.count_in(&chunks) {
            0 => {}
            all if all == chunks.end - chunks.start => return Ok(Landed::Already),
            _ => return Err(self.no_piece(&piece)),
        }
        let mut hashing = (chunks.start == self.hashed).then(|| self.hashing.clone());
        for (n, batch) in sealed.chunks(CHUNKS * SEALED_CHUNK).enumerate() {
            self.open(chunks.start + (n * CHUNKS) as u64, batch)?;
            if let Some(hashing) = &mut hashing {
                hashing.update(&self.plain);
            }
        }
        if let Some(hashing) = hashing {
            self.hashing = hashing;
            self.count(chunks.end);
        }
        self.landed.insert(chunks);
        Ok(Landed::New)
    }
    /// Hashes what landed out of order and now follows on what is hashed, from the store. Worth calling now and then; [`Arrival::finish`]
    /// does it anyway. A stored batch that is not authentic any more is struck off, so that [`Arrival::missing`] names it again.
    pub fn catch_up(&mut self, stored: &(impl ReadAt + ?Sized), progress: Progress<'_>) -> Result<(), Failure> {
        let mut sealed = Vec::new();
        while let Some(ready) = self.landed.run_from(self.hashed) {
            let batch = self.hashed..ready.min(self.hashed + CHUNKS as u64);
            let place = self.sealed(&batch);
            sealed.resize((place.end - place.start) as usize, 0);
            stored.read_exact_at(place.start, &mut sealed).map_err(Failure::source)?;
            if let Err(flaw) = self.open(batch.start, &sealed) {
                self.landed.remove(&batch);
                return Err(flaw.into());
            }
            self.hashing.update(&self.plain);
            self.count(batch.end);
            if progress(self.hashed_bytes).is_break() {
                return Err(Failure::Cancelled);
            }
        }
        Ok(())
    }
    /// The receipt for the whole, if all has landed and is the exhibit of the entry. `progress` hears the bytes of plaintext hashed.
    pub fn finish(&mut self, stored: &(impl ReadAt + ?Sized), progress: Progress<'_>) -> Result<Verified, Failure> {
        self.catch_up(stored, progress)?;
        if self.hashed < chunk_count(self.entry.size) {
            let from = self.sealed(&(self.hashed..self.hashed + 1)).start;
            return Err(Flaw::Incomplete { exhibit: self.entry.id, from }.into());
        }
        Ok(Verified::compare(&self.entry, self.head(), self.hashed_bytes, self.hashing.clone().finish())?)
    }
    fn open(&mut self, first: u64, sealed: &[u8]) -> Result<(), Flaw> {
        let ends = self.at(first) + sealed.len() as u64 == self.sealed_size;
        self.plain.clear();
        self.unlocked.open_span(first, sealed, ends, &mut self.plain)
    }
    fn count(&mut self, chunks: u64) {
        self.hashed = chunks;
        self.hashed_bytes = self.entry.size.min(chunks * CHUNK as u64);
    }
    /// Where a chunk begins; for the number after the last one: where the ciphertext ends.
    fn at(&self, chunk: u64) -> u64 {
        self.sealed_size.min(HEAD_64 + chunk * SEALED_CHUNK_64)
    }
    fn sealed(&self, chunks: &Range<u64>) -> Range<u64> {
        self.at(chunks.start)..self.at(chunks.end)
    }
    /// Which chunks these sealed bytes are, if they are whole ones.
    fn chunks(&self, sealed: &Range<u64>) -> Result<Range<u64>, Flaw> {
        if sealed.start < HEAD_64 || sealed.is_empty() || sealed.end > self.sealed_size {
            return Err(self.no_piece(sealed));
        }
        let number = |at: u64| (at - HEAD_64).div_ceil(SEALED_CHUNK_64);
        let chunks = number(sealed.start)..number(sealed.end);
        if self.sealed(&chunks) == *sealed { Ok(chunks) } else { Err(self.no_piece(sealed)) }
    }
    fn no_piece(&self, sealed: &Range<u64>) -> Flaw {
        Flaw::Piece { exhibit: self.entry.id, from: sealed.start, to: sealed.end }
    }
}
impl std::fmt::Debug for Arrival {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (id, hashed) = (self.entry.id, self.hashed_bytes);
        f.debug_struct("Arrival")
            .field("id", &id)
            .field("hashed", &hashed)
            .field("landed", &self.landed)
            .finish_non_exhaustive()
    }
}
