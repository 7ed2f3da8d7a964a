//! How several envelopes stand in one body: a first line, then length and bytes, until the body ends.
//!
//! The reader is fed as bytes arrive and keeps nothing but envelopes. INVARIANT: what it holds is at most twice what has arrived, whatever
//! lengths were declared. Vectors: `docs/spec/vectors/exchange`.

use seal::envelope::ENVELOPE_BYTES_MAX;

use crate::fault::Wrong;

/// The first line, with its line end.
pub const FIRST_LINE: &[u8] = b"comity.batch/1\n";
/// The most bytes of a batch, first line and lengths included.
pub const BATCH_BYTES_MAX: usize = 16 * 1024 * 1024;
/// The most envelopes of a batch.
pub const ENVELOPES_MAX: usize = 1024;
const LENGTH_BYTES: usize = 4;
/// What is set aside for an envelope before any of it has arrived.
const FIRST_ROOM: usize = 4096;

/// A batch that is being put together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Batch {
    body: Vec<u8>,
    count: usize,
}

impl Default for Batch {
    fn default() -> Self {
        Self { body: FIRST_LINE.to_vec(), count: 0 }
    }
}

impl Batch {
    /// Adds an envelope; `false` if there is no room, and then it belongs into the next batch. An envelope that no batch could
    /// carry (empty, or larger than an envelope may be) never finds room.
    #[must_use]
    pub fn add(&mut self, envelope: &[u8]) -> bool {
        let fits = (1..=ENVELOPE_BYTES_MAX).contains(&envelope.len())
            && self.count < ENVELOPES_MAX
            && self.body.len() + LENGTH_BYTES + envelope.len() <= BATCH_BYTES_MAX;
        if let (true, Ok(length)) = (fits, u32::try_from(envelope.len())) {
            self.body.extend_from_slice(&length.to_be_bytes());
            self.body.extend_from_slice(envelope);
            self.count += 1;
            return true;
        }
        false
    }
    /// How many envelopes it holds.
    pub fn count(&self) -> usize {
        self.count
    }
    /// The body that travels.
    pub fn into_body(self) -> Vec<u8> {
        self.body
    }
}

/// Reads a batch as its bytes arrive.
#[derive(Debug, Default)]
pub struct BatchReader {
    arrived: usize,
    /// A first line or a length that has arrived in part.
    head: Vec<u8>,
    greeted: bool,
    envelopes: Vec<Vec<u8>>,
    /// How many bytes the last envelope still lacks.
    lacking: usize,
}

impl BatchReader {
    /// Takes the next bytes of the body.
    pub fn push(&mut self, mut bytes: &[u8]) -> Result<(), Wrong> {
        self.arrived += bytes.len();
        if self.arrived > BATCH_BYTES_MAX {
            return Err(Wrong::TooLarge("the batch"));
        }
        while !bytes.is_empty() {
            bytes = if self.lacking > 0 { self.fill(bytes) } else { self.begin(bytes)? };
        }
        Ok(())
    }
    /// The envelopes, in order, once the body has ended.
    pub fn finish(self) -> Result<Vec<Vec<u8>>, Wrong> {
        match () {
            () if !self.greeted => Err(Wrong::Framing("the first line is not whole")),
            () if self.lacking > 0 => Err(Wrong::Framing("the last envelope is not whole")),
            () if !self.head.is_empty() => Err(Wrong::Framing("the last length is not whole")),
            () => Ok(self.envelopes),
        }
    }
    /// Bytes of the envelope that is under way.
    fn fill<'a>(&mut self, bytes: &'a [u8]) -> &'a [u8] {
        let (now, rest) = bytes.split_at(self.lacking.min(bytes.len()));
        if let Some(envelope) = self.envelopes.last_mut() {
            if envelope.capacity() - envelope.len() < now.len() {
                let whole = envelope.len() + self.lacking;
                let room = (envelope.len() + now.len()).max(2 * envelope.capacity()).min(whole);
                envelope.reserve_exact(room - envelope.len());
            }
            envelope.extend_from_slice(now);
        }
        self.lacking -= now.len();
        rest
    }
    /// Bytes of the first line or of a length.
    fn begin<'a>(&mut self, bytes: &'a [u8]) -> Result<&'a [u8], Wrong> {
        let wanted = if self.greeted { LENGTH_BYTES } else { FIRST_LINE.len() };
        let (now, rest) = bytes.split_at((wanted - self.head.len()).min(bytes.len()));
        self.head.extend_from_slice(now);
        if !self.greeted && !FIRST_LINE.starts_with(&self.head) {
            return Err(Wrong::Framing("the first line is not comity.batch/1"));
        }
        if self.head.len() == wanted {
            if self.greeted {
                self.announce()?;
            }
            self.greeted = true;
            self.head.clear();
        }
        Ok(rest)
    }
    fn announce(&mut self) -> Result<(), Wrong> {
        let length = self.head.iter().fold(0, |length, byte| length << 8 | usize::from(*byte));
        match length {
            0 => Err(Wrong::Framing("an envelope has no bytes")),
            _ if length > ENVELOPE_BYTES_MAX => Err(Wrong::TooLarge("an envelope")),
            _ if self.envelopes.len() == ENVELOPES_MAX => Err(Wrong::TooLarge("the number of envelopes")),
            _ => {
                self.envelopes.push(Vec::with_capacity(length.min(FIRST_ROOM)));
                self.lacking = length;
                Ok(())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn read(pieces: &[&[u8]]) -> Result<Vec<Vec<u8>>, Wrong> {
        let mut reader = BatchReader::default();
        pieces.iter().try_for_each(|piece| reader.push(piece))?;
        reader.finish()
    }

    proptest! {
        #[test]
        fn a_batch_reads_back_however_it_is_cut(
            envelopes in prop::collection::vec(prop::collection::vec(any::<u8>(), 1..9000), 0..6),
            size in 1usize..10_000,
        ) {
            let mut batch = Batch::default();
            prop_assert!(envelopes.iter().all(|envelope| batch.add(envelope)));
            let body = batch.into_body();
            let pieces: Vec<&[u8]> = body.chunks(size).collect();
            prop_assert_eq!(read(&pieces), Ok(envelopes.clone()));
            for cut in [0, 7, FIRST_LINE.len() + 2, body.len().saturating_sub(1)] {
                let whole = cut >= body.len() || (cut == FIRST_LINE.len() && envelopes.is_empty());
                prop_assert!(whole || read(&[&body[..cut]]).is_err() || envelopes.is_empty());
            }
        }
    }

    #[test]
    fn room_follows_what_arrived_and_not_what_was_declared() {
        let mut reader = BatchReader::default();
        reader.push(FIRST_LINE).expect("greets");
        reader.push(&u32::try_from(ENVELOPE_BYTES_MAX).expect("fits").to_be_bytes()).expect("the largest length");
        for arrived in 1..200usize {
            reader.push(&[0; 1000]).expect("more");
            let room = reader.envelopes[0].capacity();
            assert!(room <= (2 * 1000 * arrived).max(FIRST_ROOM), "{room} bytes for {arrived},000");
        }
    }

    #[test]
    fn what_a_batch_cannot_carry_finds_no_room() {
        let mut batch = Batch::default();
        assert!(!batch.add(b"") && !batch.add(&vec![0; ENVELOPE_BYTES_MAX + 1]));
        assert!((0..ENVELOPES_MAX).all(|_| batch.add(b"x")) && !batch.add(b"x"));
        let mut batch = Batch::default();
        let large = vec![0; ENVELOPE_BYTES_MAX - 8];
        assert!(batch.add(&large) && !batch.add(&large) && batch.count() == 1, "16 MiB hold one and a half of them");
    }
}
