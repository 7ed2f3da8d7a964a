//! What a node keeps: acts, receipts, the log's tree, the outbox, peers, persons, drafts, exhibits, the audit trail.
//! All SQL of Comity stands in this crate; none of it knows what an act means.
//!
//! ```text
//! Store::write(|tx| …) ─▶ one writer, group commit ─▶ SQLite (a file, WAL, every commit synced)
//! Store::read(|tx| …)  ─▶ a pool of readers        ─▶ or PostgreSQL, with the same statements
//! ```
//!
//! INVARIANTS: what was acknowledged survives a crash at any instant, and nothing of what was not acknowledged stands
//! in halves. An act that is kept is never changed or removed; only its body can be erased. Nothing leaves the outbox
//! before its leaf is in the tree. Every list is paged. One writer at a time, of all processes: inside a write, a docket
//! is locked by the mere fact of writing.
//!
//! One file is one concept: its table, its types, its statements. [`record`] and [`sequence`] are the two transactions of an
//! act's life. The schema is in `migrations/`; why these two libraries, in `docs/decisions/0010-*.md`; how to
//! run it, in `docs/operating/store.md`.

pub mod acts;
pub mod alarms;
pub mod audit;
pub mod blobs;
pub mod dockets;
pub mod drafts;
mod engine;
mod error;
pub mod exhibits;
pub mod items;
pub mod jobs;
pub mod leaves;
pub mod manifests;
pub mod outbox;
mod page;
pub mod peer_digests;
pub mod peers;
pub mod persons;
pub mod pre_checks;
pub mod quarantine;
pub mod receipts;
mod record;
pub mod sequence;
pub mod settings;
mod store;
pub mod tree;
mod tx;
mod value;
pub mod waiting;
pub mod witnesses;

pub use engine::location::Location;
pub use engine::writer::Attendant;
pub use error::{Cause, StoreError};
pub use page::{PAGE_MAX, Page};
pub use record::{Recorded, record};
pub use store::{Options, Store};
pub use tx::{ReadTx, WriteTx};
