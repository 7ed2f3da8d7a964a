//! Opening any range: the same plaintext as reading from the beginning, or the same refusal.

use std::io;
use std::ops::Range;

use terms::ExhibitId;
use zeroize::Zeroizing;

use super::cipher::{ContentKey, Head, Unlocked};
use super::layout::{CHUNK, HEAD, plain_size, sealed_span};
use crate::{Failure, Flaw};

/// Sealed bytes that can be read anywhere: a file, an object in a store, a slice.
pub trait ReadAt {
    /// How many bytes there are.
    fn size(&self) -> io::Result<u64>;
    /// Fills `into` from the bytes at `offset`; fails if there are fewer.
    fn read_exact_at(&self, offset: u64, into: &mut [u8]) -> io::Result<()>;
}

impl ReadAt for [u8] {
    fn size(&self) -> io::Result<u64> {
        Ok(self.len() as u64)
    }
    fn read_exact_at(&self, offset: u64, into: &mut [u8]) -> io::Result<()> {
        let from = usize::try_from(offset).ok().and_then(|start| self.get(start..start.checked_add(into.len())?));
        into.copy_from_slice(from.ok_or(io::ErrorKind::UnexpectedEof)?);
        Ok(())
    }
}
impl<T: ReadAt + ?Sized> ReadAt for &T {
    fn size(&self) -> io::Result<u64> {
        (**self).size()
    }
    fn read_exact_at(&self, offset: u64, into: &mut [u8]) -> io::Result<()> {
        (**self).read_exact_at(offset, into)
    }
}

/// An exhibit opened at any place. INVARIANT: its size is authentic, since the last chunk was opened first.
#[derive(Debug)]
pub struct RandomAccess<S> {
    source: S,
    unlocked: Unlocked,
    size: u64,
}

impl<S: ReadAt> RandomAccess<S> {
    /// Checks the commitment, and the end by opening the last chunk. Chunks between are authenticated when they are read.
    pub fn new(key: &ContentKey, id: ExhibitId, source: S) -> Result<Self, Failure> {
        let sealed = source.size().map_err(Failure::source)?;
        let size = plain_size(sealed)?;
        let mut head = [0; HEAD];
        source.read_exact_at(0, &mut head).map_err(Failure::source)?;
        let unlocked = Unlocked::new(Head::read(&head)?, key, id)?;
        let opened = Self { source, unlocked, size };
        opened.chunks(&(size..size), &mut Zeroizing::new(Vec::with_capacity(CHUNK)))?;
        Ok(opened)
    }
    /// The authentic size of the plaintext.
    pub fn size(&self) -> u64 {
        self.size
    }
    /// Hands the plaintext bytes `range` to `sink`, in order, each authenticated before. Memory is that of one batch, whatever the range.
    pub fn open_range(
        &self,
        range: Range<u64>,
        sink: &mut dyn FnMut(&[u8]) -> Result<(), Failure>,
    ) -> Result<(), Failure> {
        if range.start > range.end || range.end > self.size {
            return Err(Flaw::OutsideExhibit { from: range.start, to: range.end, size: self.size }.into());
        }
        const BATCH: u64 = crate::pipeline::BATCH as u64;
        // Room for the largest batch from the start, so that growing never leaves a copy of plaintext behind.
        let room = (range.end - range.start).min(BATCH) as usize + 2 * CHUNK;
        let mut plain = Zeroizing::new(Vec::with_capacity(room));
        let mut from = range.start;
        while from < range.end {
            // To the end of the batch in which it lies, so that every batch but the first begins with a chunk.
            let to = range.end.min((from / BATCH + 1) * BATCH);
            plain.clear();
            self.chunks(&(from..to), &mut plain)?;
            let skip = (from % CHUNK as u64) as usize;
            sink(&plain[skip..skip + (to - from) as usize])?;
            from = to;
        }
        Ok(())
    }
    /// The plaintext of the chunks that hold `range`.
    fn chunks(&self, range: &Range<u64>, plain: &mut Vec<u8>) -> Result<(), Failure> {
        let (span, first, ends) = sealed_span(range, self.size)?;
        let mut sealed = vec![0; (span.end - span.start) as usize];
        self.source.read_exact_at(span.start, &mut sealed).map_err(Failure::source)?;
        Ok(self.unlocked.open_span(first, &sealed, ends, plain)?)
    }
}

/// The plaintext as bytes that can be read anywhere; each was authenticated before it is handed out.
impl<S: ReadAt> ReadAt for RandomAccess<S> {
    fn size(&self) -> io::Result<u64> {
        Ok(self.size)
    }
    fn read_exact_at(&self, offset: u64, into: &mut [u8]) -> io::Result<()> {
        let end = offset.checked_add(into.len() as u64).ok_or(io::ErrorKind::UnexpectedEof)?;
        let mut at = 0;
        let mut copy = |plain: &[u8]| {
            into[at..at + plain.len()].copy_from_slice(plain);
            at += plain.len();
            Ok(())
        };
        self.open_range(offset..end, &mut copy).map_err(io::Error::other)
    }
}
