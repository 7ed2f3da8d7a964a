//! The procedures this edition of Comity speaks, each in a module of its own.
//!
//! To add one: write `procedures/<name>.rs` and add its line to [`by_edition`]. Nothing else in the engine changes;
//! `consultation` exists beside `assistance` to prove that.

pub mod assistance;
pub mod consultation;

use crate::procedure::Procedure;

/// The procedure that an opening act names; `None` for an edition unknown here, which is refused at the opening act only.
pub fn by_edition(edition: &str) -> Option<&'static dyn Procedure> {
    [&assistance::ASSISTANCE_1 as &dyn Procedure, &consultation::CONSULTATION_1]
        .into_iter()
        .find(|procedure| procedure.edition() == edition)
}
