//! What the law says: which instruments bind two States on a day, what they demand of a request, on which grounds it
//! may be refused, which clocks run, each line with its citation and its certainty.
//!
//! Treaties are data (`law/`, reviewed by lawyers), rules are code (here), and they meet at a citation (decision 0009).
//! Nothing here knows a docket, reads a clock, a file or a socket; the law base is embedded at build time or handed in
//! as text. Conditions are three-valued ([`Truth`]): what is not known becomes a question to the officer, never a
//! silent "no". A ruling assists a lawyer; it decides nothing.
//!
//! Where to look: [`data`] for the shape of the files, [`force`] for who is bound when, [`rule`] for the engine,
//! [`clock`] for how days are counted, [`lint`] for what is wrong with a law base, [`edition`] for
//! newer bases that were signed, [`explain`] for what stands behind a line, `law/cases/` for rulings that a lawyer can read.

pub mod base;
pub mod clock;
pub mod coverage;
mod csv;
pub mod data;
pub mod day;
pub mod edition;
pub mod explain;
pub mod force;
mod index;
pub mod lint;
mod provision;
pub mod question;
pub mod registers;
pub mod rule;
pub mod ruling;
mod text;
pub mod truth;

pub use base::{Base, LawVersion, NotLawBase};
pub use coverage::{Cover, Coverage, coverage};
pub use csv::{Party, Status};
pub use data::{Certainty, Form, Instrument, Kind, Mode};
pub use edition::{Edition, NotOpened};
pub use explain::{Explained, explain};
pub use force::{Force, PairForce};
pub use lint::{Finding, lint};
pub use question::Question;
pub use rule::{NotAQuestion, rule};
pub use ruling::Ruling;
pub use truth::Truth;
