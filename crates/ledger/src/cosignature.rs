//! C2SP cosignature/v1: a witness's signed word that, at a time, this was the largest consistent tree it had seen.
//!
//! The signed message is two lines and the checkpoint's text; the signature line carries `key id ‖ time ‖ signature`:
//!
//! ```text
//! cosignature/v1
//! time 1679315147
//! example.com/behind-the-sofa
//! 20852163
//! CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=
//! ```
//!
//! The message does not name the cosigner, so every cosigner has a key of its own, used for nothing else.
//! This module only makes and checks signatures. Whether to cosign is decided by [`crate::witness`].

use terms::Moment;

use crate::key::{KeyKind, NoteSigner, VerifierKey};
use crate::{LedgerError, NoteSignature};

/// The message that a cosigner signs at `time` under a checkpoint with this text.
pub fn message(time: Moment, checkpoint_text: &str) -> Vec<u8> {
    format!("cosignature/v1\ntime {}\n{checkpoint_text}", time.unix()).into_bytes()
}

/// Makes the signature line.
///
/// # Errors
/// If the key is not a cosigner's, the time is not after 1970, the signer fails, or what it returned does not verify.
pub(crate) fn make(checkpoint_text: &str, time: Moment, signer: &dyn NoteSigner) -> Result<NoteSignature, LedgerError> {
    let key = signer.key();
    let seconds = u64::try_from(time.unix()).ok().filter(|seconds| *seconds > 0);
    let (KeyKind::Cosigner, Some(seconds)) = (key.kind(), seconds) else {
        return Err(LedgerError::KeyPurpose { name: key.label(), purpose: "cosigning at this time" });
    };
    let signature = signer.sign(&message(time, checkpoint_text))?;
    let bytes = [seconds.to_be_bytes().as_slice(), &signature].concat();
    if verify(key, checkpoint_text, &bytes) != Some(time) {
        return Err(LedgerError::SignatureInvalid { name: key.label() });
    }
    Ok(NoteSignature::by(key, bytes))
}

/// The time of a cosignature that verifies under `key`; `None` if it does not, or names no time.
pub(crate) fn verify(key: &VerifierKey, checkpoint_text: &str, bytes: &[u8]) -> Option<Moment> {
    let (seconds, signature) = bytes.split_first_chunk::<8>()?;
    let seconds = i64::try_from(u64::from_be_bytes(*seconds)).ok().filter(|seconds| *seconds > 0)?;
    let time = Moment::from_unix(seconds)?;
    key.verifies(&message(time, checkpoint_text), signature).then_some(time)
}
