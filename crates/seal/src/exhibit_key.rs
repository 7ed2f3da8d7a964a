//! Wrapped exhibit keys: the 32-byte content key of one exhibit, sealed to one recipient, bound to both.
//!
//! The suite is the envelope's; the domain is its own, so that neither can be opened as the other. `info` is
//! `comity.exhibit-key/1⏎` and then the canonical JSON of exhibit, key and recipient. Wrapping again is all that sending an exhibit to a
//! further authority takes; the exhibit's ciphertext is never touched. Specification: `docs/spec/envelope.md`.

use rand_core::CryptoRng;
use serde::{Deserialize, Serialize};
use terms::{AuthorityId, ExhibitId};
use zeroize::Zeroizing;

use crate::encryption::{ENC_BYTES, TAG_BYTES};
use crate::{Base64, EncryptionKey, EncryptionKeyId, Failure, Flaw, Opener};

/// The domain line, with its line end.
pub const DOMAIN: &[u8] = b"comity.exhibit-key/1\n";
/// Bytes of a content key.
pub const CONTENT_KEY_BYTES: usize = 32;
/// Bytes of a wrapped key: `enc ‖ ciphertext`.
pub const WRAPPED_BYTES: usize = ENC_BYTES + CONTENT_KEY_BYTES + TAG_BYTES;

/// A content key sealed to one recipient, as it travels in an envelope.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WrappedKey {
    /// The exhibit that the key opens.
    pub exhibit: ExhibitId,
    /// The recipient's encryption key.
    pub key: EncryptionKeyId,
    /// The authority for which it is wrapped.
    pub recipient: AuthorityId,
    /// `enc ‖ ciphertext`.
    pub wrapped: Base64,
}

#[derive(Serialize)]
struct Bound<'a> {
    exhibit: &'a ExhibitId,
    key: &'a EncryptionKeyId,
    recipient: &'a AuthorityId,
}

fn info(bound: &Bound<'_>) -> Result<Vec<u8>, Flaw> {
    let line = terms::canonical::to_bytes(bound).map_err(|_| Flaw::EnvelopeForm("what is bound cannot be written"))?;
    Ok([DOMAIN, &line].concat())
}

/// Wraps the content key of `exhibit` for `recipient`.
pub fn wrap_key(
    exhibit: ExhibitId,
    recipient: &AuthorityId,
    recipient_key: &EncryptionKey,
    content_key: &[u8; CONTENT_KEY_BYTES],
    rng: &mut dyn CryptoRng,
) -> Result<WrappedKey, Flaw> {
    let key = recipient_key.id();
    let info = info(&Bound { exhibit: &exhibit, key: &key, recipient })?;
    let wrapped = Base64(recipient_key.seal(&info, content_key, rng)?);
    Ok(WrappedKey { exhibit, key, recipient: recipient.clone(), wrapped })
}

/// Unwraps the content key. The caller compares exhibit and recipient with those it expects.
pub fn unwrap_key(wrapped: &WrappedKey, opener: &dyn Opener) -> Result<Zeroizing<[u8; CONTENT_KEY_BYTES]>, Failure> {
    let form = || Flaw::EnvelopeForm("a wrapped key has not 1168 bytes");
    let bytes: &[u8; WRAPPED_BYTES] = wrapped.wrapped.as_slice().try_into().map_err(|_| form())?;
    let (enc, ciphertext) = bytes.split_first_chunk::<ENC_BYTES>().ok_or_else(form)?;
    let info = info(&Bound { exhibit: &wrapped.exhibit, key: &wrapped.key, recipient: &wrapped.recipient })?;
    let opened = opener.open(&wrapped.key, enc, &info, ciphertext)?;
    let mut content_key = Zeroizing::new([0; CONTENT_KEY_BYTES]);
    if opened.len() != CONTENT_KEY_BYTES {
        return Err(form().into());
    }
    content_key.copy_from_slice(&opened);
    Ok(content_key)
}
