//! The transparency log of one node: a Merkle tree over salted hashes, whose head is signed, cosigned and provable.
//!
//! Kept here: RFC 6962 hashing and an append-only frontier ([`tree`]), inclusion and consistency proofs ([`proof`]),
//! tiles ([`tile`]), signed notes ([`note`], [`key`]), checkpoints, cosignatures, quorum policies, the witness's decision,
//! and proof files that are checked offline ([`proof_text`]). The formats are those of C2SP; what Comity binds on top of
//! them (leaf, origin, generations, evidence) is `docs/spec/ledger.md`; why this and not a chain is decision 0007.
//!
//! Never here: files, sockets, clocks, randomness, and what was logged. The log sees a kind, two digests and a salt.
//!
//! INVARIANT: nothing in this crate signs or accepts a tree head that is not an extension of the last one it was given.
//! Where next: `store` keeps the hashes, `keys` implements [`key::NoteSigner`], `node` sequences and asks for cosignatures.
//!
//! ```text
//! act ─► leaf (salted) ─► tree ─► checkpoint ─► note signed by the log ─► cosigned by witnesses
//!                           └────► inclusion proof ──────────┬─────────────────┘
//!                                                   proof file, checked by a policy
//! ```

pub mod checkpoint;
pub mod cosignature;
pub mod error;
pub mod evidence;
pub mod key;
pub mod leaf;
pub mod note;
pub mod policy;
pub mod proof;
pub mod proof_text;
pub mod stamp;
pub mod submission;
mod text;
pub mod tile;
pub mod tree;
pub mod witness;

pub use checkpoint::{Checkpoint, Origin, SignedCheckpoint};
pub use error::LedgerError;
pub use key::{KeyId, KeyKind, KeyName, NoteSigner, SoftSigner, VerifierKey};
pub use leaf::{LeafDisclosure, LeafKind};
pub use note::{Note, NoteSignature};
pub use policy::Policy;
pub use proof::{ConsistencyProof, InclusionProof};
pub use proof_text::{Answer, TlogProof};
pub use tree::{Frontier, HashReader, NodeId, StoredHash};

/// The largest tree: 2^62 leaves. Beyond it a consistency proof could have 64 hashes, and `tlog-witness` allows 63; below it
/// every size, index and stored index fits a signed 64-bit column and Go's `int64`.
pub const TREE_SIZE_MAX: u64 = 1 << 62;
