//! How sealed envelopes and exhibits travel from one authority's node to another's: over mutual TLS, or as a pouch.
//!
//! Kept here: the wire (`docs/spec/exchange.md`), who may be spoken to at all (certificates that approved cards name), bounds on time and
//! memory, and what a failed attempt is called. Never here: what is inside an envelope, what was stored, what is tried again when. The node
//! answers by implementing [`Desk`] and [`Pins`], and calls by a [`Carrier`].
//!
//! ```text
//! Carrier ── TLS 1.3, both certificates pinned ──▶ serve ──▶ Desk (the node)
//!    ▲                                               │
//!    └── one Answer per envelope: taken, refused, later ◀┘        PouchWriter ── files on a medium ──▶ PouchReader
//! ```
//!
//! Decision: 0014 (HTTP/1.1 alone, pinned). Where next: [`server`] for hostile callers, [`carrier`] for absent ones, [`pouch`] for couriers, [`tsa`] for
//! time stamps.

pub mod again;
pub mod answer;
pub mod batch;
pub mod carrier;
pub mod desk;
pub mod fault;
pub mod pouch;
pub mod server;
pub mod tls;
pub mod tsa;

pub use again::{again, at_a_peers_word};
pub use answer::{Answer, Cosigned, Denial, Refused, WitnessRefusal};
pub use batch::{Batch, BatchReader};
pub use carrier::{Carrier, Pieces, Route};
pub use desk::{Desk, Exhibit, Source};
pub use fault::{ExchangeFault, Wrong};
pub use pouch::{Part, PouchFlaw, PouchReader, PouchWriter, Record};
pub use server::{Limits, serve};
pub use tls::{Identity, Pins};
pub use tsa::TimeAuthority;

/// Where the routes begin, after an endpoint's own path.
pub const ROOT: &str = "/fed/v1";
/// The most bytes of a ledger file that travels.
pub const LEDGER_FILE_BYTES_MAX: usize = 256 * 1024;

/// The most bytes that a log sends to have a checkpoint cosigned.
pub const SUBMISSION_BYTES_MAX: usize = 260 * 1024;

/// Whether `path` is one of those under which a ledger's files may be asked for.
pub fn is_ledger_path(path: &str) -> bool {
    let letter = |b: u8| matches!(b, b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.');
    let segment = |s: &str| !s.is_empty() && !s.starts_with('.') && s.bytes().all(letter);
    path.len() <= 128 && path.split('/').all(segment)
}
