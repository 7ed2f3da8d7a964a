//! Sealing: plaintext comes in pieces of any size, chunks go out; hashed on the way, in one pass and constant memory.

use std::io::Write;

use zeroize::Zeroizing;

use super::cipher::{Cipher, Fresh, Head};
use super::layout::{CHUNK, CHUNKS_MAX, SEALED_CHUNK, TAG};
use crate::digests::Hashing;
use crate::pipeline::BATCH;
use crate::{Failure, Flaw, Sealed};

/// Seals chunks in order and writes them: what [`Sealer`] and [`crate::exhibit::seal`] have in common.
pub(crate) struct ChunkWriter<W> {
    head: Head,
    cipher: Cipher,
    next: u64,
    /// Ciphertext of one batch; kept from batch to batch.
    out: Vec<u8>,
    sink: W,
}

impl<W: Write> ChunkWriter<W> {
    /// Writes the head.
    pub(crate) fn begin(fresh: &Fresh, mut sink: W) -> Result<Self, Failure> {
        let (head, cipher) = fresh.derive();
        sink.write_all(&head.to_bytes()).map_err(Failure::sink)?;
        Ok(Self { head, cipher, next: 0, out: Vec::new(), sink })
    }
    pub(crate) fn head(&self) -> Head {
        self.head
    }
    /// Seals whole chunks; if the plaintext `ends` here, also the last one, which may be empty.
    pub(crate) fn push(&mut self, plain: &[u8], ends: bool) -> Result<(), Failure> {
        let (whole, rest) = (plain.len() / CHUNK, plain.len() % CHUNK);
        assert!(ends || rest == 0, "INVARIANT: only the last chunk is shorter than 16 KiB");
        let last = if ends { rest + TAG } else { 0 };
        if self.next + whole as u64 + u64::from(ends) > CHUNKS_MAX {
            return Err(Flaw::TooLarge.into());
        }
        let needed = whole * SEALED_CHUNK + last;
        if self.out.len() < needed {
            self.out.resize(needed, 0);
        }
        let mut out = &mut self.out[..needed];
        let pieces = plain.chunks_exact(CHUNK);
        let remainder = ends.then_some(pieces.remainder());
        for piece in pieces.chain(remainder) {
            let (here, after) = out.split_at_mut(piece.len() + TAG);
            self.cipher.seal(self.next, piece, here);
            self.next += 1;
            out = after;
        }
        self.sink.write_all(&self.out[..needed]).map_err(Failure::sink)
    }
    /// Flushes and gives the sink back.
    pub(crate) fn end(mut self) -> Result<W, Failure> {
        self.sink.flush().map_err(Failure::sink)?;
        Ok(self.sink)
    }
}

/// Seals one exhibit whose plaintext the caller pushes, on the caller's thread. Where a `Read` is at hand, [`crate::exhibit::seal`]
/// is about as fast as hashing alone. Dropped before [`Sealer::finish`], it leaves bytes that are no exhibit: they do not open.
pub struct Sealer<W> {
    fresh: Fresh,
    chunks: ChunkWriter<W>,
    hashing: Hashing,
    /// Plaintext that does not fill a batch yet.
    rest: Zeroizing<Vec<u8>>,
    size: u64,
}

impl<W: Write> Sealer<W> {
    /// Begins an exhibit and uses its key up.
    pub fn new(fresh: Fresh, also_sha512: bool, sink: W) -> Result<Self, Failure> {
        let chunks = ChunkWriter::begin(&fresh, sink)?;
        let rest = Zeroizing::new(Vec::with_capacity(BATCH));
        Ok(Self { fresh, chunks, hashing: Hashing::new(also_sha512), rest, size: 0 })
    }
    /// Takes the next bytes of plaintext.
    pub fn write(&mut self, mut plain: &[u8]) -> Result<(), Failure> {
        self.hashing.update(plain);
        self.size += plain.len() as u64;
        while self.rest.len() + plain.len() >= BATCH {
            let (now, later) = plain.split_at(BATCH - self.rest.len());
            if self.rest.is_empty() {
                self.chunks.push(now, false)?;
            } else {
                self.rest.extend_from_slice(now);
                self.chunks.push(&self.rest, false)?;
                self.rest.clear();
            }
            plain = later;
        }
        self.rest.extend_from_slice(plain);
        Ok(())
    }
    /// The plaintext ends here. Answers the receipt for the whole, and the sink.
    pub fn finish(mut self) -> Result<(Sealed, W), Failure> {
        self.chunks.push(&self.rest, true)?;
        let sealed = Sealed::new(self.fresh, self.chunks.head(), self.size, self.hashing.finish());
        Ok((sealed, self.chunks.end()?))
    }
}
impl<W> std::fmt::Debug for Sealer<W> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Sealer").field("id", &self.fresh.id).field("size", &self.size).finish_non_exhaustive()
    }
}
