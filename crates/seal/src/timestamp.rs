//! Time stamps (RFC 3161): a third party's signed word that a signature existed by a moment.
//!
//! ```text
//! TimeStampRequest::to_der ─▶ (POST, somebody else's business) ─▶ TimeStampRequest::answer ─▶ token + Stamped
//! signature + token ─▶ ReceivedSignature::with_timestamp (CAdES-T) ─▶ … ─▶ stamp_of(signature, roots) ─▶ Stamped
//! ```
//!
//! What is stamped is the SHA-256 of the signature's value. A token is believed if its signature verifies, if its certificate leads to one of
//! the [`TimeRoots`] that the reader chose, at the moment of the token, and is for time stamping alone. Real authorities sign with RSA as often
//! as not, so this is the one place where another algorithm than our own is read. Revocation is not asked: there is no network here; an
//! authority that was broken is taken out of the roots. [`demonstration`] is an authority for demonstrations and tests, and says so.

mod authorities;
pub mod demonstration;
mod form;
mod token;

use std::fmt;

use der::Encode as _;
use terms::{Digest, Moment};

pub use authorities::TimeRoots;
pub use demonstration::DemonstrationTsa;
pub use token::ReceivedToken;

use crate::{Flaw, ReceivedSignature};
use form::{MessageImprint, TimeStampReq};

/// The most bytes an answer of a time-stamping authority may have; the token must also fit into the signature.
pub const RESPONSE_BYTES_MAX: usize = 64 * 1024;

/// The receipt for a token: its signature and its certificate were checked, and it is about this very content.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stamped {
    /// The content existed by this moment: the token's own, rounded up to a second, its stated inaccuracy added.
    pub by: Moment,
    /// The moment as the token states it, fractions of a second cut.
    pub stated: Moment,
    /// The authority's number for the token, in hexadecimal.
    pub serial: String,
    /// The policy under which it was issued, as an object identifier.
    pub policy: String,
    /// The authority's name, as its certificate has it.
    pub authority: String,
    /// Whether the certificate says that it is for demonstration and tests: such a token proves nothing.
    pub demonstration: bool,
}

/// A question to a time-stamping authority: please stamp this digest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TimeStampRequest {
    imprint: Digest,
    nonce: [u8; 8],
}

impl TimeStampRequest {
    /// A request for the stamp on a signature. `nonce` is random; it ties the answer to this question.
    pub fn for_signature(signature: &ReceivedSignature, nonce: [u8; 8]) -> Self {
        Self::new(imprint_of(signature), nonce)
    }
    /// A request for the stamp on a SHA-256 digest.
    pub fn new(imprint: Digest, mut nonce: [u8; 8]) -> Self {
        // Positive, and always of eight bytes, so that it has one spelling as an integer.
        nonce[0] = nonce[0] & 0x3f | 0x40;
        Self { imprint, nonce }
    }
    /// The bytes to send, as `application/timestamp-query`. Asks for the certificates.
    pub fn to_der(&self) -> Result<Vec<u8>, Flaw> {
        let request = TimeStampReq {
            version: 1,
            imprint: MessageImprint::sha256(&self.imprint)?,
            policy: None,
            nonce: Some(form::integer(&self.nonce)?),
            certificates_wanted: true,
            extensions: None,
        };
        request.to_der().map_err(Flaw::unreadable("a time-stamp request"))
    }
    /// Reads the answer (`application/timestamp-reply`): granted, to this very question, and under one of the roots. Answers the token
    /// in DER, pruned to what vouches for it, to be put beside the signature; and what it proves.
    pub fn answer(&self, response: &[u8], roots: &TimeRoots) -> Result<(Vec<u8>, Stamped), Flaw> {
        let token = form::granted(response)?;
        let received = ReceivedToken::parse(&token)?;
        if received.nonce() != Some(&self.nonce[..]) {
            return Err(Flaw::TimeStamp("it answers another question: its nonce differs".into()));
        }
        received.pruned(&self.imprint, roots)
    }
}

/// What a time-stamping authority stamps of a signature: the SHA-256 of its value (EN 319 122-1, section 5.3).
pub fn imprint_of(signature: &ReceivedSignature) -> Digest {
    Digest::of(&[&signature.value()])
}

/// What the token beside a signature proves; `None` if there is no token.
pub fn stamp_of(signature: &ReceivedSignature, roots: &TimeRoots) -> Result<Option<Stamped>, Flaw> {
    let Some(token) = signature.unchecked_timestamp() else {
        return Ok(None);
    };
    ReceivedToken::parse(token)?.verify(&imprint_of(signature), roots).map(Some)
}

impl fmt::Display for Stamped {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "by {}, {} (serial number {})", self.by, self.authority, self.serial)
    }
}
