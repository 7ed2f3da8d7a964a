//! Kept keys: 32-byte keys that a node keeps for itself, sealed to its own encryption key so that the disk alone opens nothing.
//!
//! The suite is the envelope's; the domain is its own, so that a kept key can be opened neither as an envelope nor as an exhibit's key.
//! `info` is `comity.kept-key/1⏎` and then the canonical JSON of authority, key and what the kept key is for. Never here: what it
//! encrypts. Specification: `docs/spec/envelope.md`, *Kept keys*.

use rand_core::CryptoRng;
use serde::Serialize;
use terms::AuthorityId;
use zeroize::Zeroizing;

use crate::encryption::{ENC_BYTES, TAG_BYTES};
use crate::{EncryptionKey, EncryptionKeyId, Failure, Flaw, Opener};

/// The domain line, with its line end.
pub const DOMAIN: &[u8] = b"comity.kept-key/1\n";
/// Bytes of a kept key.
pub const KEPT_KEY_BYTES: usize = 32;
/// Bytes of its sealed form: key id ‖ `enc` ‖ ciphertext.
pub const SEALED_BYTES: usize = 16 + ENC_BYTES + KEPT_KEY_BYTES + TAG_BYTES;

fn info(authority: &AuthorityId, key: &EncryptionKeyId, purpose: &str) -> Result<Vec<u8>, Flaw> {
    #[derive(Serialize)]
    struct Line<'a> {
        authority: &'a AuthorityId,
        key: &'a EncryptionKeyId,
        purpose: &'a str,
    }
    let line = terms::canonical::to_bytes(&Line { authority, key, purpose });
    let line = line.map_err(|_| Flaw::EnvelopeForm("what is bound cannot be written"))?;
    Ok([DOMAIN, &line].concat())
}

/// Seals a key of `authority` for `purpose` to one of its own encryption keys.
pub fn seal_kept_key(
    kept: &[u8; KEPT_KEY_BYTES],
    authority: &AuthorityId,
    purpose: &str,
    to: &EncryptionKey,
    rng: &mut dyn CryptoRng,
) -> Result<Vec<u8>, Flaw> {
    let id = to.id();
    let sealed = to.seal(&info(authority, &id, purpose)?, kept, rng)?;
    Ok([id.as_bytes().as_slice(), &sealed].concat())
}

/// The encryption key to which a kept key is sealed: whether it must be sealed anew before that key is destroyed.
pub fn sealed_to(sealed: &[u8]) -> Result<EncryptionKeyId, Flaw> {
    let id = sealed.first_chunk::<16>().ok_or(Flaw::EnvelopeForm("a kept key is cut short"))?;
    hex::encode(id).parse().map_err(|_| Flaw::EnvelopeForm("a kept key names no encryption key"))
}

/// Opens a kept key; authority and purpose must be those under which it was sealed.
pub fn open_kept_key(
    sealed: &[u8],
    authority: &AuthorityId,
    purpose: &str,
    opener: &dyn Opener,
) -> Result<Zeroizing<[u8; KEPT_KEY_BYTES]>, Failure> {
    let form = || Flaw::EnvelopeForm("a kept key has not 1184 bytes");
    let bytes: &[u8; SEALED_BYTES] = sealed.try_into().map_err(|_| form())?;
    let id = sealed_to(bytes)?;
    let (enc, ciphertext) = bytes[16..].split_first_chunk::<ENC_BYTES>().ok_or_else(form)?;
    let opened = opener.open(&id, enc, &info(authority, &id, purpose)?, ciphertext)?;
    let mut kept = Zeroizing::new([0; KEPT_KEY_BYTES]);
    if opened.len() != KEPT_KEY_BYTES {
        return Err(form().into());
    }
    kept.copy_from_slice(&opened);
    Ok(kept)
}
