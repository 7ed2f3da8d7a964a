//! The chain of custody: who did what with a thing, when, where, why and on what authority, as signed entries that follow one another.
//!
//! An [`entry`] says what happened to one thing, an exhibit or a physical item, and names the entry before it by its SHA-256. What is
//! personal in it (who, where, why, on what authority) stands in [`details`] beside it, bound by a salted digest: it can be erased,
//! and the chain still holds. [`history`] checks a whole line of entries and answers with one of three verdicts.
//! Never here: whether somebody was allowed to do what they did. That is for people, with the authority before them.

pub mod details;
pub mod entry;
pub mod history;
mod standing;

pub use details::{Details, Drug};
pub use entry::{CustodyEntry, Handling, Origin, Part, SealNumber, Thing};
pub use history::{Break, History, check, check_origin};
pub use standing::{Broken, Place, Standing};
