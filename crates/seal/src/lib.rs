//! Formats and checks: who signed, for whom it is sealed, and whether the bytes are the ones they meant.
//!
//! Kept here: certificates under an authority's root, detached CAdES-B signatures, time stamps on them (RFC 3161), the HPKE envelope, wrapped
//! exhibit keys, and the card by which an authority describes itself. Never here: a clock, a file, a socket, or
//! randomness of its own; moments and randomness are arguments, and private keys stand behind the traits
//! [`SigningKey`] and [`Opener`], so that a hardware module can stand there as well as a file.
//!
//! ```text
//! root certificate ──signs──▶ seal and TLS certificates ──listed in──▶ card ──signed by──▶ root certificate
//! bytes ─▶ ReceivedSignature ─verify─▶ Signed           bytes ─▶ ReceivedEnvelope ─open─▶ OpenedEnvelope
//! file  ─▶ SignedCard ─claim─▶ ClaimedCard ─approve(fingerprint read aloud)─▶ Card
//! ```
//!
//! INVARIANT: whatever is read here has exactly one spelling. A certificate or a signature is accepted only if
//! writing it again from what was understood gives the same bytes, so there is nothing in it that was not understood.
//!
//! Specifications: `docs/spec/signature.md`, `docs/spec/envelope.md`, `docs/spec/card.md`.
//! Decisions: 0003 (CAdES on `cms`), 0004 (an envelope carries no signature of its own).

mod asn1;
pub mod base64;
pub mod cades;
pub mod card;
pub mod certificate;
pub mod encryption;
pub mod envelope;
pub mod exhibit_key;
pub mod flaw;
pub mod kept_key;
pub mod signature;
pub mod timestamp;

pub use base64::Base64;
pub use cades::{Expected, ReceivedSignature, Signed};
pub use card::{Card, CardStatement, ClaimedCard, SealStanding, SignedCard, Succession};
pub use certificate::{Certificate, Fingerprint, Purpose, RootCertificate, TlsName};
pub use encryption::{EncryptionKey, EncryptionKeyId, OpenFailure, Opener, XWingKey};
pub use envelope::{EnvelopeHeader, OpenedEnvelope, ReceivedEnvelope, seal_envelope};
pub use exhibit_key::{WrappedKey, unwrap_key, wrap_key};
pub use flaw::{Failure, Flaw};
pub use kept_key::{open_kept_key, seal_kept_key};
pub use signature::{Certified, EcdsaSignature, P256Key, PublicKey, Signer, SigningKey};
pub use timestamp::{DemonstrationTsa, Stamped, TimeRoots, TimeStampRequest};
