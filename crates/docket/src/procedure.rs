//! What a procedure must say so that the engine can run it; the engine knows nothing else about it.
//!
//! A procedure is a table of kinds (who may, approvals, what an act is) and two pure functions: `judge`, which says what
//! one act does in the light of its own ancestors, once and for ever; and, in the procedure's own module, the reading
//! of the registers. A procedure never sees a clock, never asks `law`, and never refuses admission: an act
//! that it does not understand is shown, without effect.
//!
//! To add a procedure: a module under `procedures/`, its table, and one line in [`crate::procedures::by_edition`].

use serde_json::{Map, Value};
use terms::ActId;

use crate::act::Party;
use crate::register::{Registers, Write};

/// What an act of a kind is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Nature {
    /// Changes what holds between the parties: accept, refuse, withdraw. May lose to one it crossed.
    Declaration,
    /// Says what happened: executed, transmitted, received. Never loses effect; flagged where it came too late.
    Report,
    /// Says something that changes nothing by itself: consult, progress.
    Message,
}

/// What happens to an approved act if other acts arrived before it was sealed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum IfMoved {
    /// It says the same whatever arrived.
    SendAnyway,
    /// The officer must look again.
    ShowAgain,
}

/// One row of the acts table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Row {
    /// The kind, as it stands in headers.
    pub kind: &'static str,
    /// The roles that may author it.
    pub who: &'static [&'static str],
    /// How many persons other than the author approve the body before it leaves: 0, 1 or 2. Policy may only raise it.
    pub approvals: u8,
    /// What it is.
    pub nature: Nature,
    /// What happens if heads moved between approval and sealing.
    pub if_moved: IfMoved,
    /// From which state, in words, as the acts table of the specification prints it.
    pub from: &'static str,
    /// What it does, in words.
    pub effect: &'static str,
}

/// Why an admitted act has no effect. It is shown with this sentence beside it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NoEffect {
    /// Stable code: `not-your-role`, `unknown-kind`, `out-of-order`, `unknown-measure`, `malformed-facts`, …
    pub code: &'static str,
    /// One sentence for the officer.
    pub sentence: String,
}

impl NoEffect {
    /// Says why.
    pub fn new(code: &'static str, sentence: impl Into<String>) -> Self {
        Self { code, sentence: sentence.into() }
    }
}

/// The act to be judged, as far as a procedure may see it.
#[derive(Debug, Clone, Copy)]
pub struct Step<'a> {
    /// Its id.
    pub id: ActId,
    /// Its kind.
    pub kind: &'a str,
    /// The author.
    pub author: &'a terms::AuthorityId,
    /// The author's role in the docket.
    pub role: &'a str,
    /// The author and every other party at that point, with roles.
    pub parties: &'a [Party],
    /// Whether this is the opening act.
    pub opening: bool,
    /// Newcomers whom it introduces.
    pub introduces: &'a [Party],
    /// The kind's own facts.
    pub facts: &'a Map<String, Value>,
}

/// A procedure and edition.
pub trait Procedure: Sync {
    /// As opening acts name it: `assistance/1`.
    fn edition(&self) -> &'static str;
    /// The acts table.
    fn rows(&self) -> &'static [Row];
    /// What the act does in the light of `before`, which is the fold of exactly its ancestors. The engine has already
    /// checked that the kind is in the table and that the author's role may use it.
    fn judge(&self, before: &Registers, step: &Step<'_>) -> Result<Vec<Write>, NoEffect>;
    /// The row of a kind.
    fn row(&self, kind: &str) -> Option<&'static Row> {
        self.rows().iter().find(|row| row.kind == kind)
    }
}
