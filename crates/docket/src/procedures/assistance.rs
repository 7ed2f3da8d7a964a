//! `assistance/1`: one State asks another for evidence, step by step and measure by measure.
//!
//! ```text
//!  submit ─▶ asked ─▶ accepted ─▶ executed ─▶ transmitted ─▶ received ─▶ close
//!              │ ▲        │ postpone / resume
//!              │ └─ offer-conditions, agree, decline
//!              └─▶ refused (grounds and reasons; also after acceptance; may be reconsidered)     withdraw: at any time
//! ```
//!
//! Acceptance is optional: a State may simply execute. The table of acts (`assistance/acts.table`) is the source: who may, from where,
//! which facts, how many approvals. What declarations that crossed mean together is the other table
//! (`assistance/crossed.table`). Reports of fact never lose effect; [`matter`] flags the ones that came too late.
//! Basis: the common core of 1988 Convention art 7, European Convention of 1959 and the bilateral treaties; articles stand in
//! rulings, never here. Specification: `docs/spec/assistance.md`.

pub mod crossed;
mod judge;
pub mod matter;
pub mod standing;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::sync::LazyLock;

use crate::procedure::{IfMoved, Nature, NoEffect, Procedure, Row, Step};
use crate::register::{Registers, Write};

/// The procedure.
pub struct Assistance;
/// The one edition there is.
pub static ASSISTANCE_1: Assistance = Assistance;

/// Who asks.
pub const REQUESTING: &str = "requesting";
/// Who is asked.
pub const REQUESTED: &str = "requested";

const TABLE: &str = include_str!("assistance/acts.table");

/// A row of the table, with the facts that its kind has: name, and whether it must be there.
struct Line {
    row: Row,
    facts: Vec<(&'static str, bool)>,
}

static LINES: LazyLock<Vec<Line>> = LazyLock::new(|| cells(TABLE).map(line).collect());
static ROWS: LazyLock<Vec<Row>> = LazyLock::new(|| LINES.iter().map(|line| line.row).collect());
static FACTS: LazyLock<BTreeMap<&str, &[(&str, bool)]>> =
    LazyLock::new(|| LINES.iter().map(|line| (line.row.kind, line.facts.as_slice())).collect());

/// The cells of a table's lines, the heading aside.
fn cells(table: &'static str) -> impl Iterator<Item = Vec<&'static str>> {
    table.lines().skip(1).map(|line| line.split('|').map(str::trim).collect())
}

fn line(cells: Vec<&'static str>) -> Line {
    let [kind, who, approvals, nature, if_moved, facts, from, effect] = cells[..] else {
        panic!("INVARIANT: the embedded table has eight columns: {cells:?}")
    };
    let row = Row {
        kind,
        who: match who {
            "requesting" => &[REQUESTING],
            "requested" => &[REQUESTED],
            _ => &[REQUESTING, REQUESTED],
        },
        approvals: approvals.parse().expect("INVARIANT: the embedded table counts approvals"),
        nature: match nature {
            "declaration" => Nature::Declaration,
            "report" => Nature::Report,
            _ => Nature::Message,
        },
        if_moved: if if_moved == "show again" { IfMoved::ShowAgain } else { IfMoved::SendAnyway },
        from,
        effect,
    };
    let fact = |word: &'static str| word.strip_suffix('?').map_or((word, true), |name| (name, false));
    Line { row, facts: facts.split_whitespace().map(fact).collect() }
}

impl Procedure for Assistance {
    fn edition(&self) -> &'static str {
        "assistance/1"
    }
    fn rows(&self) -> &'static [Row] {
        &ROWS
    }
    fn judge(&self, before: &Registers, step: &Step<'_>) -> Result<Vec<Write>, NoEffect> {
        let facts = FACTS.get(step.kind).copied().unwrap_or_default();
        let lacks = facts.iter().find(|(name, required)| *required && !step.facts.contains_key(*name));
        if let Some((name, _)) = lacks {
            return Err(NoEffect::new("malformed-facts", format!("“{}” must say its {name}.", step.kind)));
        }
        let known = |name: &String| step.opening || facts.iter().any(|(known, _)| known == name);
        if let Some(name) = step.facts.keys().find(|name| !known(name)) {
            return Err(NoEffect::new("malformed-facts", format!("“{}” has no fact “{name}”.", step.kind)));
        }
        if !step.introduces.is_empty() {
            return Err(NoEffect::new(
                "malformed-facts",
                "A request has two parties; others are consulted in a docket of their own.",
            ));
        }
        judge::judge(before, step)
    }
}
