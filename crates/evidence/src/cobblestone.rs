//! The sealed form of an exhibit: C2SP *chunked-encryption*, instance Cobblestone-256, with the exhibit's id as context.
//!
//! ```text
//! salt (24) ‖ commitment (32) ‖ chunk 0 (16 KiB + 16) ‖ chunk 1 ‖ … ‖ last chunk (0 … 16383, + 16)
//!
//! chunk key (32) ‖ base nonce (12) ‖ commitment (32) =
//!     HKDF-Expand-SHA-512(content key, "c2sp.org/chunked-encryption@v1+AEAD_AES_256_GCM" ‖ 00 ‖ salt ‖ exhibit id)
//! chunk i = AES-256-GCM(chunk key, nonce = base nonce ⊕ i, no associated data)
//! ```
//!
//! The last chunk, and only it, is shorter than 16 KiB, so each size has one chunking and a cut is always noticed. Whoever opens
//! checks the commitment before anything else: it ties the ciphertext to one key and one exhibit.
//!
//! [`Sealer`] takes plaintext as it comes, [`Opener`] gives authentic plaintext in order, [`RandomAccess`] any range of it, and
//! [`Unlocked`] opens chunks that the caller fetched itself. A [`Fresh`] key is used up by the one stream that it seals.
//! Never here: continuing a stream after a cut; a local sealing that was cut starts again under another key.

mod cipher;
mod layout;
mod opener;
mod random;
mod sealer;

pub use cipher::{COMMITMENT_BYTES, Commitment, ContentKey, Fresh, Head, KEY_BYTES, SALT_BYTES, StreamSalt, Unlocked};
pub use layout::{
    CHUNK, CHUNKS_MAX, HEAD, SEALED_CHUNK, SIZE_MAX, TAG, chunk_count, plain_size, sealed_size, sealed_span,
};
pub use opener::Opener;
pub use random::{RandomAccess, ReadAt};
pub(crate) use sealer::ChunkWriter;
pub use sealer::Sealer;
