//! What a request must contain: sections, fields, conditions and completeness, from `forms/*.toml`.
//!
//! One form engine for screens, documents, API and the completeness check. A field points to a *requirement id* of the
//! ruling (`req.purpose`); which provision that is, is the ruling's word for this pair of States, handed in as [`Asked`].
//! So no article stands here, and none is cited that the pair is not bound by. A draft becomes a [`CompleteRequest`]
//! only through [`check`]; nobody can forget the step. Knows neither HTML nor PDF.

mod check;
mod form;

pub use check::{Asked, CompleteRequest, Draft, Missing, check};
pub use form::{Field, FieldKind, Form, Need, NotAForm, Section, When};
