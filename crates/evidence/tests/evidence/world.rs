//! What the tests share: plaintext, keys and randomness from seeds, and opening in one call.

use std::convert::Infallible;
use std::path::PathBuf;

use evidence::{ContentKey, Digests, Entry, Failure, Fresh, MediaType, Opener, Sealed, exhibit, unwatched};
use rand_core::{Rng as _, TryCryptoRng, TryRng};
use terms::{AuthorityId, Digest, ExhibitId, Moment};

pub const KEY: [u8; 32] = [0x4b; 32];
pub const ID: ExhibitId = ExhibitId::new([0x1d; 16]);
pub const SALT: [u8; 24] = [0x5a; 24];

/// Sizes around which chunks begin and end.
pub const SIZES: [usize; 9] = [0, 1, 100, 16_383, 16_384, 16_385, 2 * 16_384, 64 * 16_384, 64 * 16_384 + 5];

/// Randomness for tests: SHA-256 over a seed and a counter.
pub struct Seeded(pub u64, pub u64);

impl TryRng for Seeded {
    type Error = Infallible;
    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        let mut bytes = [0; 4];
        self.try_fill_bytes(&mut bytes)?;
        Ok(u32::from_le_bytes(bytes))
    }
    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        let mut bytes = [0; 8];
        self.try_fill_bytes(&mut bytes)?;
        Ok(u64::from_le_bytes(bytes))
    }
    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Infallible> {
        for chunk in bytes.chunks_mut(32) {
            let block = Digest::of(&[&self.0.to_be_bytes(), &self.1.to_be_bytes()]);
            chunk.copy_from_slice(&block.as_bytes()[..chunk.len()]);
            self.1 += 1;
        }
        Ok(())
    }
}
impl TryCryptoRng for Seeded {}

pub fn key() -> ContentKey {
    ContentKey::new(&KEY)
}

pub fn fresh() -> Fresh {
    Fresh::from_bytes(ID, &KEY, SALT)
}

/// Plaintext of which no two chunks are alike. The vectors depend on it; their specification says how it is made.
pub fn plaintext(size: usize) -> Vec<u8> {
    let mut plain = vec![0; size];
    Seeded(size as u64, 0).fill_bytes(&mut plain);
    plain
}

pub fn sealed(plain: &[u8]) -> (Sealed, Vec<u8>) {
    let mut sink = Vec::new();
    let sealed = exhibit::seal(fresh(), false, &mut &*plain, &mut sink, &mut unwatched).expect("sealed");
    (sealed, sink)
}

pub fn entry(sealed: &Sealed) -> Entry {
    Entry::new(&sealed.exhibit(MediaType::unknown(), None), Vec::new(), None)
}

/// Reads to the end, or to the refusal.
pub fn open_all(key: &ContentKey, id: ExhibitId, sealed: &[u8]) -> Result<Vec<u8>, Failure> {
    let mut opener = Opener::new(key, id, sealed)?;
    let mut plain = Vec::new();
    while let Some(batch) = opener.next_batch()? {
        plain.extend_from_slice(batch);
    }
    Ok(plain)
}

/// The code with which a whole is refused; `None` if it opens.
pub fn refusal(sealed: &[u8]) -> Option<&'static str> {
    open_all(&key(), ID, sealed).err().map(|failure| failure.code())
}

pub fn digests(plain: &[u8], also_sha512: bool) -> Digests {
    Digests::of(&mut &*plain, also_sha512, &mut unwatched).expect("hashed").1
}

pub fn authority(text: &str) -> AuthorityId {
    text.parse().expect("tests write authorities well")
}

pub fn moment(text: &str) -> Moment {
    text.parse().expect("tests write moments well")
}

pub fn vectors(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../docs/spec/vectors/exhibit").join(name)
}
