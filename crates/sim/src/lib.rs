//! Many nodes in one seeded world, where everything that can go wrong does.
//!
//! Envelopes are lost, delayed, repeated and reordered; links are cut; nodes crash at any point of a use case, restart from their
//! disk, or are restored from an old backup; one node may lie. Then the world is healed, and the invariants that concern acts,
//! receipts and views are checked ([`checks`]). One thread, no clock, one seed: the same seed gives the same world,
//! so a failure is replayed by its number.
//!
//! [`logs`] does the same for the logs: they cosign, follow and compare, and one of them may lie about its history.
//!
//! The nodes here are a model of the use cases (admit, author, receipt, recover) over the real docket engine; seals are toys, since
//! what is tested is not cryptography. Disks are values: a crash forgets everything that was not on them.

pub mod checks;
pub mod logs;
pub mod node;
pub mod world;

pub use world::{Weather, World};
