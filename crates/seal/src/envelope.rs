//! The envelope: what travels between two authorities, sealed so that only the recipient authority reads it.
//!
//! ```text
//! comity.envelope/1⏎
//! {"id":"…","key":"…","recipient":"ma.moj","sender":"es.moj"}⏎   ← canonical; both lines are HPKE's `info`
//! enc (1120 bytes) ‖ ciphertext
//! ```
//!
//! It has no signature of its own (decision 0004): whatever is inside is signed by its author, and the sender named outside is a
//! claim that helps to route. What the contents mean is for `docket` and `exchange`. Specification: `docs/spec/envelope.md`.

use rand_core::CryptoRng;
use serde::{Deserialize, Serialize};
use terms::{AuthorityId, Canonical, EnvelopeId};
use zeroize::Zeroizing;

use crate::encryption::{ENC_BYTES, TAG_BYTES};
use crate::{EncryptionKey, EncryptionKeyId, Failure, Flaw, Opener};

/// The first line, with its line end.
pub const FIRST_LINE: &[u8] = b"comity.envelope/1\n";
/// The most bytes an envelope may have.
pub const ENVELOPE_BYTES_MAX: usize = 8 * 1024 * 1024;
/// The most bytes the header line may have, without its line end.
pub const HEADER_BYTES_MAX: usize = 512;
/// The most bytes that always fit into an envelope.
pub const PLAINTEXT_BYTES_MAX: usize =
    ENVELOPE_BYTES_MAX - FIRST_LINE.len() - HEADER_BYTES_MAX - 1 - ENC_BYTES - TAG_BYTES;

/// The header line: readable by the carrier, bound into the encryption.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EnvelopeHeader {
    /// 128 random bits, drawn first.
    pub id: EnvelopeId,
    /// The recipient's encryption key.
    pub key: EncryptionKeyId,
    /// The authority for which it is sealed.
    pub recipient: AuthorityId,
    /// The authority that says it sealed it: a claim, until the contents prove it.
    pub sender: AuthorityId,
}

impl EnvelopeHeader {
    /// Both lines: HPKE's `info`.
    fn info(&self) -> Result<Vec<u8>, Flaw> {
        let line = terms::canonical::to_bytes(self).map_err(|_| Flaw::EnvelopeForm("the header cannot be written"))?;
        if line.len() > HEADER_BYTES_MAX {
            return Err(Flaw::TooLarge { what: "an envelope's header", size: line.len(), max: HEADER_BYTES_MAX });
        }
        Ok([FIRST_LINE, &line, b"\n"].concat())
    }
}

/// Seals `plaintext` to the recipient's public key. The header must name that very key.
pub fn seal_envelope(
    header: &EnvelopeHeader,
    recipient: &EncryptionKey,
    plaintext: &[u8],
    rng: &mut dyn CryptoRng,
) -> Result<Vec<u8>, Flaw> {
    if header.key != recipient.id() {
        return Err(Flaw::EnvelopeForm("the header names another key than the one it is sealed to"));
    }
    if plaintext.len() > PLAINTEXT_BYTES_MAX {
        let (what, size) = ("an envelope's contents", plaintext.len());
        return Err(Flaw::TooLarge { what, size, max: PLAINTEXT_BYTES_MAX });
    }
    let mut envelope = header.info()?;
    let sealed = recipient.seal(&envelope, plaintext, rng)?;
    envelope.extend_from_slice(&sealed);
    Ok(envelope)
}

/// Bytes that have the form of an envelope. Nothing is known yet about what is inside or who sealed it.
#[derive(Debug, Clone)]
pub struct ReceivedEnvelope {
    header: EnvelopeHeader,
    bytes: Vec<u8>,
    info_len: usize,
}

impl ReceivedEnvelope {
    /// Reads the two lines; refuses every other form.
    pub fn parse(bytes: impl Into<Vec<u8>>) -> Result<Self, Flaw> {
        let bytes = bytes.into();
        if bytes.len() > ENVELOPE_BYTES_MAX {
            return Err(Flaw::TooLarge { what: "an envelope", size: bytes.len(), max: ENVELOPE_BYTES_MAX });
        }
        let rest = bytes.strip_prefix(FIRST_LINE).ok_or(Flaw::EnvelopeForm("it does not begin as an envelope"))?;
        let line_len = rest.iter().take(HEADER_BYTES_MAX + 1).position(|byte| *byte == b'\n');
        let line_len = line_len.ok_or(Flaw::EnvelopeForm("its header line is too long or does not end"))?;
        let header = Canonical::<EnvelopeHeader>::parse(&rest[..line_len])
            .map_err(|_| Flaw::EnvelopeForm("its header is not the canonical JSON of the specification"))?
            .into_value();
        let info_len = FIRST_LINE.len() + line_len + 1;
        if bytes.len() < info_len + ENC_BYTES + TAG_BYTES {
            return Err(Flaw::EnvelopeForm("it is cut short"));
        }
        Ok(Self { header, bytes, info_len })
    }
    /// The header: claims, until it is opened.
    pub const fn header(&self) -> &EnvelopeHeader {
        &self.header
    }
    /// All bytes, for carrying and storing.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }
    /// Opens it with the recipient's key.
    pub fn open(self, opener: &dyn Opener) -> Result<OpenedEnvelope, Failure> {
        let (info, sealed) = self.bytes.split_at(self.info_len);
        let (enc, ciphertext) = sealed.split_first_chunk::<ENC_BYTES>().ok_or(Flaw::EnvelopeForm("it is cut short"))?;
        let plaintext = opener.open(&self.header.key, enc, info, ciphertext)?;
        Ok(OpenedEnvelope { header: self.header, plaintext })
    }
}

/// The receipt: these contents were sealed under this header, to a key that is ours.
pub struct OpenedEnvelope {
    header: EnvelopeHeader,
    plaintext: Zeroizing<Vec<u8>>,
}

impl OpenedEnvelope {
    /// The header. `sender` is still only a claim: anybody can seal to a public key.
    pub const fn header(&self) -> &EnvelopeHeader {
        &self.header
    }
    /// What was inside.
    pub fn plaintext(&self) -> &[u8] {
        &self.plaintext
    }
}
impl std::fmt::Debug for OpenedEnvelope {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "OpenedEnvelope({:?}, {} bytes)", self.header, self.plaintext.len())
    }
}
