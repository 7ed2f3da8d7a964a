//! Keys and the cipher: from a content key, a salt and an exhibit's id to chunks that open in their place only.

use std::fmt;

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use aws_lc_rs::constant_time::verify_slices_are_equal;
use aws_lc_rs::hkdf::{HKDF_SHA512, KeyType, Prk};
use rand_core::CryptoRng;
use terms::ExhibitId;
use zeroize::Zeroizing;

use super::layout::{CHUNK, CHUNKS_MAX, HEAD, SEALED_CHUNK, TAG};
use crate::Flaw;
use crate::bytes::hexadecimal;

/// Bytes of a content key.
pub const KEY_BYTES: usize = 32;
/// Bytes of the salt at the head of a sealed exhibit.
pub const SALT_BYTES: usize = 24;
/// Bytes of the key commitment after it.
pub const COMMITMENT_BYTES: usize = 32;

const INFO: &[u8] = b"c2sp.org/chunked-encryption@v1+AEAD_AES_256_GCM\0";

hexadecimal!(
    /// The first 24 bytes of a sealed exhibit, drawn at random.
    StreamSalt, 24, "a salt of 48 lower-case hexadecimal digits"
);
hexadecimal!(
    /// The 32 bytes after the salt: they fit one key, one salt and one exhibit.
    Commitment, 32, "a key commitment of 64 lower-case hexadecimal digits"
);

/// The first bytes of a sealed exhibit. Not secret; named in the manifest, so that another ciphertext is noticed even without a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Head {
    /// Drawn at random when the exhibit was sealed.
    pub salt: StreamSalt,
    /// What ties the ciphertext to its key and exhibit.
    pub commitment: Commitment,
}

impl Head {
    /// Reads the head from the first bytes of a sealed exhibit.
    pub fn read(sealed: &[u8]) -> Result<Self, Flaw> {
        let (salt, rest) = sealed.split_first_chunk().ok_or(Flaw::HeadCut)?;
        let commitment = rest.first_chunk().ok_or(Flaw::HeadCut)?;
        Ok(Self { salt: StreamSalt::new(*salt), commitment: Commitment::new(*commitment) })
    }
    /// The bytes with which a sealed exhibit begins.
    pub fn to_bytes(&self) -> [u8; HEAD] {
        let mut bytes = [0; HEAD];
        bytes[..SALT_BYTES].copy_from_slice(self.salt.as_bytes());
        bytes[SALT_BYTES..].copy_from_slice(self.commitment.as_bytes());
        bytes
    }
}

/// The key of one exhibit. Erased when dropped; never printed. Destroying every copy of it destroys the exhibit.
#[derive(Clone)]
pub struct ContentKey(Zeroizing<[u8; KEY_BYTES]>);

impl ContentKey {
    /// A key that was unwrapped, or read from where keys are kept. For opening only: sealing draws a [`Fresh`] one.
    pub fn new(bytes: &[u8; KEY_BYTES]) -> Self {
        Self(Zeroizing::new(*bytes))
    }
    /// The bytes, to be wrapped for a recipient.
    pub fn expose(&self) -> &[u8; KEY_BYTES] {
        &self.0
    }
}
impl fmt::Debug for ContentKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ContentKey(…)")
    }
}

/// Id, key and salt of an exhibit that is not sealed yet. INVARIANT: it seals one stream and is gone; it cannot be copied.
#[derive(Debug)]
pub struct Fresh {
    pub(crate) id: ExhibitId,
    pub(crate) key: ContentKey,
    pub(crate) salt: StreamSalt,
}

impl Fresh {
    /// Draws all three.
    pub fn draw(rng: &mut dyn CryptoRng) -> Self {
        let (mut id, mut salt, mut key) = ([0; ExhibitId::LEN], [0; SALT_BYTES], Zeroizing::new([0; KEY_BYTES]));
        rng.fill_bytes(&mut id);
        rng.fill_bytes(&mut *key);
        rng.fill_bytes(&mut salt);
        Self { id: ExhibitId::new(id), key: ContentKey(key), salt: StreamSalt::new(salt) }
    }
    /// From bytes that the caller drew, each time anew, or that a vector prescribes.
    pub fn from_bytes(id: ExhibitId, key: &[u8; KEY_BYTES], salt: [u8; SALT_BYTES]) -> Self {
        Self { id, key: ContentKey::new(key), salt: StreamSalt::new(salt) }
    }
    /// The exhibit's id.
    pub fn id(&self) -> ExhibitId {
        self.id
    }
    pub(crate) fn derive(&self) -> (Head, Cipher) {
        let (commitment, cipher) = derive(&self.key, &self.salt, self.id);
        (Head { salt: self.salt, commitment }, cipher)
    }
}

/// What the key schedule gives: 32 bytes of key, 12 of nonce, 32 of commitment.
struct Schedule;

impl KeyType for Schedule {
    fn len(&self) -> usize {
        KEY_BYTES + NONCE_LEN + COMMITMENT_BYTES
    }
}

fn derive(key: &ContentKey, salt: &StreamSalt, id: ExhibitId) -> (Commitment, Cipher) {
    let mut derived = Zeroizing::new([0; KEY_BYTES + NONCE_LEN + COMMITMENT_BYTES]);
    let prk = Prk::new_less_safe(HKDF_SHA512, key.expose());
    prk.expand(&[INFO, salt.as_bytes(), id.as_bytes()], Schedule)
        .and_then(|schedule| schedule.fill(&mut *derived))
        .expect("INVARIANT: 76 bytes are less than HKDF can give");
    let (chunk_key, rest) = derived.split_first_chunk::<KEY_BYTES>().expect("76 bytes hold 32");
    let (base_nonce, commitment) = rest.split_first_chunk().expect("44 bytes hold 12");
    let key = UnboundKey::new(&AES_256_GCM, chunk_key).expect("INVARIANT: AES-256 takes 32 bytes");
    let commitment = commitment.try_into().expect("32 bytes remain");
    (Commitment::new(commitment), Cipher { key: LessSafeKey::new(key), base_nonce: *base_nonce })
}

/// The cipher of one exhibit. Each nonce is used for one chunk: `Fresh` seals one stream, in order.
pub(crate) struct Cipher {
    key: LessSafeKey,
    base_nonce: [u8; NONCE_LEN],
}

impl Cipher {
    fn nonce(&self, index: u64) -> Nonce {
        let mut nonce = self.base_nonce;
        for (byte, counter) in nonce[NONCE_LEN - 8..].iter_mut().zip(index.to_be_bytes()) {
            *byte ^= counter;
        }
        Nonce::assume_unique_for_key(nonce)
    }
    /// Seals one chunk into `sealed`, which is longer by the tag.
    pub(crate) fn seal(&self, index: u64, plain: &[u8], sealed: &mut [u8]) {
        let (text, tag) = sealed.split_at_mut(plain.len());
        self.key
            .seal_out_of_place_scatter(self.nonce(index), Aad::empty(), plain, text, &[], tag)
            .expect("INVARIANT: a chunk is within the limits of AES-GCM, and the lengths agree");
    }
    /// Opens one chunk into `plain`, which is shorter by the tag and is all zero if the chunk is not authentic.
    fn open(&self, index: u64, sealed: &[u8], plain: &mut [u8]) -> Result<(), Flaw> {
        let (text, tag) = sealed.split_at(plain.len());
        self.key.open_separate_gather(self.nonce(index), Aad::empty(), text, tag, plain).map_err(|_| {
            plain.fill(0);
            Flaw::Chunk(index)
        })
    }
}
impl fmt::Debug for Cipher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Cipher(…)")
    }
}

/// The receipt for the first check: this head agrees with this key and this exhibit. Opens chunks, wherever they come from.
#[derive(Debug)]
pub struct Unlocked {
    head: Head,
    cipher: Cipher,
}

impl Unlocked {
    /// Checks the commitment in the head.
    pub fn new(head: Head, key: &ContentKey, id: ExhibitId) -> Result<Self, Flaw> {
        let (commitment, cipher) = derive(key, &head.salt, id);
        let equal = verify_slices_are_equal(commitment.as_bytes(), head.commitment.as_bytes());
        equal.map(|()| Self { head, cipher }).map_err(|_| Flaw::Commitment(id))
    }
    /// The head that was checked.
    pub fn head(&self) -> Head {
        self.head
    }
    /// Opens consecutive chunks, of which the first has the number `first`, and appends their plaintext to `plain`. `ends` says
    /// that the ciphertext ends with them: then, and only then, the last one is shorter than 16 KiB. If anything is not authentic,
    /// nothing is appended.
    pub fn open_span(&self, first: u64, sealed: &[u8], ends: bool, plain: &mut Vec<u8>) -> Result<(), Flaw> {
        let before = plain.len();
        let (whole, rest) = (sealed.len() / SEALED_CHUNK, sealed.len() % SEALED_CHUNK);
        let last = first.saturating_add(whole as u64);
        if last > CHUNKS_MAX || (ends && last == CHUNKS_MAX) {
            return Err(Flaw::TooLarge);
        }
        if (ends && rest < TAG) || (!ends && rest > 0) {
            return Err(Flaw::Cut(last));
        }
        plain.resize(before + whole * CHUNK + rest.saturating_sub(TAG), 0);
        let mut opened = &mut plain[before..];
        for (index, piece) in (first..).zip(sealed.chunks(SEALED_CHUNK)) {
            let (here, after) = opened.split_at_mut(piece.len() - TAG);
            if let Err(flaw) = self.cipher.open(index, piece, here) {
                zeroize::Zeroize::zeroize(&mut plain[before..]);
                plain.truncate(before);
                return Err(flaw);
            }
            opened = after;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_counter_is_added_to_the_nonce_without_carry_into_other_bytes_than_its_own() {
        let (_, cipher) = derive(&ContentKey::new(&[1; 32]), &StreamSalt::new([2; 24]), ExhibitId::new([3; 16]));
        let base = cipher.base_nonce;
        for index in [0, 1, 255, 256, CHUNKS_MAX - 1] {
            let nonce = *cipher.nonce(index).as_ref();
            let counter: Vec<u8> = nonce.iter().zip(base).map(|(a, b)| a ^ b).collect();
            assert_eq!(counter, [&[0; 4], &index.to_be_bytes()[..]].concat());
        }
    }

    #[test]
    fn the_last_chunk_that_the_format_allows_opens_and_the_one_after_it_is_refused() {
        let fresh = Fresh::from_bytes(ExhibitId::new([3; 16]), &[1; 32], [2; 24]);
        let (head, cipher) = fresh.derive();
        let unlocked = Unlocked::new(head, &fresh.key, fresh.id).expect("its own key");
        let mut sealed = [0; 3 + TAG];
        cipher.seal(CHUNKS_MAX - 1, b"end", &mut sealed);
        let mut plain = b"kept ".to_vec();
        unlocked.open_span(CHUNKS_MAX - 1, &sealed, true, &mut plain).expect("in bounds");
        assert_eq!(plain, b"kept end");
        for beyond in [CHUNKS_MAX, u64::MAX] {
            assert_eq!(unlocked.open_span(beyond, &sealed, true, &mut plain), Err(Flaw::TooLarge));
        }
        assert_eq!(unlocked.open_span(7, &sealed, true, &mut plain), Err(Flaw::Chunk(7)));
        assert_eq!(plain, b"kept end", "what is not authentic is never handed out");
    }
}
