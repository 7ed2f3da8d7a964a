//! `consultation/1`: authorities talk to each other about a matter, as liaison officers and diplomats do.
//!
//! Two parties or more; each may bring in others, who join, speak and leave. Nobody is asked for anything that a treaty
//! would have to allow, so there is little to judge: whoever takes part may speak until the consultation is closed by
//! the one that convened it. What only some may know belongs in a docket of its own.
//! Basis: the duty to consult, for example 1988 Convention arts 7(17), 7(19) and 9(1)(a).
//!
//! ```text
//!  open ──▶ (convener and invited take part) ──say──▶ … ──close (convener)──▶ closed
//!              invite ▶ invited ──join──▶ takes part ──leave──▶ gone
//! ```

use serde_json::json;

use crate::procedure::{IfMoved, Nature, NoEffect, Procedure, Row, Step};
use crate::register::{Registers, Write};

/// The procedure.
pub struct Consultation;
/// The one edition there is.
pub static CONSULTATION_1: Consultation = Consultation;

const CONVENER: &str = "convener";
const PARTICIPANT: &str = "participant";
const EVERYBODY: &[&str] = &[CONVENER, PARTICIPANT];

const fn row(
    kind: &'static str,
    who: &'static [&'static str],
    approvals: u8,
    from: &'static str,
    effect: &'static str,
) -> Row {
    Row { kind, who, approvals, nature: Nature::Declaration, if_moved: IfMoved::SendAnyway, from, effect }
}

static ROWS: [Row; 6] = [
    row("open", &[CONVENER], 1, "nothing", "the consultation is open; the convener takes part, the others are invited"),
    row("invite", EVERYBODY, 1, "open; the author takes part", "the newcomers may read everything, join and speak"),
    row("join", &[PARTICIPANT], 1, "open; invited, or gone", "the author takes part"),
    row("say", EVERYBODY, 1, "open; the author takes part", "something is said"),
    row("leave", EVERYBODY, 1, "the author takes part", "the author no longer takes part"),
    row("close", &[CONVENER], 1, "open", "nothing more is said"),
];

impl Procedure for Consultation {
    fn edition(&self) -> &'static str {
        "consultation/1"
    }
    fn rows(&self) -> &'static [Row] {
        &ROWS
    }
    fn judge(&self, before: &Registers, step: &Step<'_>) -> Result<Vec<Write>, NoEffect> {
        if step.opening {
            return opened(step);
        }
        let refuse = |code, sentence: &str| Err(NoEffect::new(code, sentence));
        if step.kind != "invite" && !step.introduces.is_empty() {
            return refuse("malformed-facts", "Only an invitation brings in newcomers.");
        }
        if closed(before) && step.kind != "leave" {
            return refuse("closed", "The consultation is closed.");
        }
        let me = step.author.as_str();
        let takes_part = part(before, me) == Some("takes-part");
        match step.kind {
            "open" => refuse("out-of-order", "The consultation is open already."),
            "join" if takes_part => refuse("out-of-order", "The author takes part already."),
            "join" => Ok(vec![declare_part(me, "takes-part")]),
            _ if !takes_part => refuse("not-taking-part", "The author has not joined, or has left."),
            "invite" if step.introduces.iter().any(|new| new.role != PARTICIPANT) => {
                refuse("malformed-facts", "Newcomers come in as participants.")
            }
            "invite" if step.introduces.is_empty() => refuse("malformed-facts", "An invitation names nobody."),
            "invite" => Ok(step.introduces.iter().map(|new| declare_part(new.authority.as_str(), "invited")).collect()),
            "leave" => Ok(vec![declare_part(me, "gone")]),
            "close" => Ok(vec![Write::declare("consultation", "closed")]),
            _ => Ok(vec![Write::report("said", json!({}))]),
        }
    }
}

fn opened(step: &Step<'_>) -> Result<Vec<Write>, NoEffect> {
    if step.kind != "open" {
        return Err(NoEffect::new("out-of-order", "A consultation begins with “open”."));
    }
    if step.parties.iter().filter(|party| party.role == CONVENER).count() != 1 {
        return Err(NoEffect::new("malformed-facts", "A consultation has exactly one convener."));
    }
    let parts = step.parties.iter().map(|party| {
        let part = if party.role == CONVENER { "takes-part" } else { "invited" };
        declare_part(party.authority.as_str(), part)
    });
    Ok(parts.chain([Write::declare("consultation", "open")]).collect())
}

fn declare_part(authority: &str, part: &str) -> Write {
    Write::declare(format!("part/{authority}"), part)
}

/// What part an authority has: `invited`, `takes-part` or `gone`. If it spoke and was invited at once, its own word counts;
/// if it joined and left without one having seen the other, it has left.
pub fn part<'r>(registers: &'r Registers, authority: &str) -> Option<&'r str> {
    let rank = |part: &str| match part {
        "gone" => 2,
        "takes-part" => 1,
        _ => 0,
    };
    let parts = registers.declared(&format!("part/{authority}"));
    parts.filter_map(|entry| entry.value.as_str()).max_by_key(|part| rank(part))
}

/// Whether the convener has closed it. A word that crossed the closing was said in time.
pub fn closed(registers: &Registers) -> bool {
    registers.declared("consultation").any(|entry| entry.value == "closed")
}
