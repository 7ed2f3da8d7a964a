//! The shared file of one matter: a set of signed acts, and what that set means.
//!
//! A docket is not rows that somebody updates; it is the acts that its parties signed, and everything a person sees is a
//! function of those acts and of the receipts for them. The same set gives the same view on every node, in whatever order it
//! came (`docs/spec/docket.md`).
//!
//! ```text
//!  SignedAct ──authenticate──▶ AuthenticAct ──admit──▶ Docket ──view──▶ View
//!  what arrived    form,         signature holds   parents   judged once    what holds now
//!                  seal, body                      present   by procedure
//! ```
//!
//! Kept here: acts, receipts, chains, parents, parties, equivocation, and as modules the procedures. Never here: a clock, a disk, a
//! socket, randomness, a question to `law`. What effect depends on stands in the act itself.
//! Where next: [`docket`] for the engine, [`procedure`] for what a procedure must say, `procedures/` for those there are.

pub mod act;
pub mod cards;
pub mod contents;
pub mod docket;
pub mod equivocation;
pub mod housekeeping;
pub mod procedure;
pub mod procedures;
pub mod receipt;
pub mod register;
pub mod view;

pub use act::{AuthenticAct, Body, BodyBinding, Header, Opening, Party, SealCheck, SignedAct};
pub use cards::Cards;
pub use docket::{Admission, Admitted, Docket, NotAdmitted, Said};
pub use receipt::{AuthenticReceipt, Receipt};
pub use view::{Shown, View};
