//! The three acts that belong to the shared docket itself, whatever its procedure: settling a fork, confirming that, and
//! telling the other parties that bodies were destroyed on this side.
//!
//! They are open to every party in any role. They never decide anything about the matter.

use serde::Deserialize;
use serde_json::{Value, json};
use terms::{ActId, AuthorityId};

use crate::docket::{Ancestors, ChainPlace, Docket};
use crate::procedure::{IfMoved, Nature, NoEffect, Row, Step};
use crate::register::Write;

/// The rows these acts add to every procedure's table.
pub static ROWS: [Row; 3] = [
    Row {
        kind: "settle-fork",
        who: &[],
        approvals: 2,
        nature: Nature::Declaration,
        if_moved: IfMoved::ShowAgain,
        from: "the author's own chain has forked",
        effect: "names the branch that is to stand, once every other party has confirmed it",
    },
    Row {
        kind: "confirm-fork",
        who: &[],
        approvals: 1,
        nature: Nature::Declaration,
        if_moved: IfMoved::ShowAgain,
        from: "another party has named a branch, and this party has confirmed no other",
        effect: "agrees that the named branch stands",
    },
    Row {
        kind: "erase-bodies",
        who: &[],
        approvals: 2,
        nature: Nature::Report,
        if_moved: IfMoved::SendAnyway,
        from: "any",
        effect: "tells that the bodies of these acts were destroyed on the author's side; headers and proofs remain",
    },
];

/// The row of one of the engine's own kinds.
pub fn row(kind: &str) -> Option<&'static Row> {
    ROWS.iter().find(|row| row.kind == kind)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Settle {
    keep: ActId,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Confirm {
    settle: ActId,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Erase {
    acts: Vec<ActId>,
    ground: String,
}

fn facts<T: serde::de::DeserializeOwned>(step: &Step<'_>) -> Result<T, NoEffect> {
    serde_json::from_value(Value::Object(step.facts.clone()))
        .map_err(|e| NoEffect::new("malformed-facts", format!("The facts of “{}” cannot be read: {e}.", step.kind)))
}

pub(crate) fn judge(docket: &Docket, seen: &Ancestors, step: &Step<'_>) -> Result<Vec<Write>, NoEffect> {
    let author = step.author;
    let known =
        |id: ActId| {
            docket.place_of(id).filter(|at| seen.contains(*at)).map(|at| &docket.acts()[at]).ok_or_else(|| {
                NoEffect::new("unknown-act", format!("Act {} is not among those before it.", id.short()))
            })
        };
    match step.kind {
        "settle-fork" => {
            let keep = known(facts::<Settle>(step)?.keep)?;
            let place = (keep.author().clone(), keep.act().header().previous);
            if place.0 != *author {
                return Err(NoEffect::new("not-your-fork", "Only the author of a fork can say which branch stands."));
            }
            if docket.at_place(&place).filter(|(at, _)| seen.contains(*at)).count() < 2 {
                return Err(NoEffect::new("no-fork", "The named act is no branch of a fork."));
            }
            Ok(vec![Write::report(format!("fork/{}/settled", keep.id()), json!({}))])
        }
        "confirm-fork" => {
            let settle = known(facts::<Confirm>(step)?.settle)?;
            let Some(place) = settled_place(docket, settle.id()) else {
                return Err(NoEffect::new("no-settlement", "The act to confirm names no branch of a fork."));
            };
            if settle.author() == author {
                return Err(NoEffect::new("own-settlement", "An author cannot confirm its own choice."));
            }
            let confirmed_another = docket.housekeeping().any(|(at, earlier)| {
                seen.contains(at)
                    && earlier.author() == author
                    && confirmed_settlement(docket, earlier.id())
                        .is_some_and(|other| settled_place(docket, other).as_ref() == Some(&place))
            });
            if confirmed_another {
                return Err(NoEffect::new("already-confirmed", "A branch of this fork was confirmed before."));
            }
            Ok(vec![Write::report(format!("fork/{}/confirmed", settle.id()), json!({}))])
        }
        _ => {
            let erase: Erase = facts(step)?;
            for id in &erase.acts {
                known(*id)?;
            }
            if erase.acts.is_empty() || erase.ground.is_empty() {
                return Err(NoEffect::new(
                    "malformed-facts",
                    "Which bodies were destroyed, and on what ground, must be said.",
                ));
            }
            let write =
                |id: &ActId| Write::report(format!("erased/{id}"), json!({"by": author, "ground": erase.ground}));
            Ok(erase.acts.iter().map(write).collect())
        }
    }
}

/// The fork that a valid `settle-fork` settles.
fn settled_place(docket: &Docket, settle: ActId) -> Option<ChainPlace> {
    let keep = docket.act(settled_branch(docket, settle)?)?;
    Some((keep.author().clone(), keep.act().header().previous))
}

fn settled_branch(docket: &Docket, settle: ActId) -> Option<ActId> {
    let header = valid(docket, settle, "settle-fork")?;
    serde_json::from_value(header.facts.get("keep")?.clone()).ok()
}

fn confirmed_settlement(docket: &Docket, confirm: ActId) -> Option<ActId> {
    let header = valid(docket, confirm, "confirm-fork")?;
    serde_json::from_value(header.facts.get("settle")?.clone()).ok()
}

fn valid<'d>(docket: &'d Docket, id: ActId, kind: &str) -> Option<&'d crate::act::Header> {
    let admitted = docket.act(id)?;
    let header = admitted.act().header();
    (header.kind == kind && admitted.verdict().is_ok()).then_some(header)
}

/// The branch of a fork that its author named and every other party confirmed, within `set`. If several were (which takes
/// a party that confirmed two), none is.
pub(crate) fn settled(docket: &Docket, set: &Ancestors, fork: &ChainPlace) -> Option<ActId> {
    let mut kept = std::collections::BTreeSet::new();
    for (at, settle) in docket.housekeeping() {
        if !set.contains(at) || settled_place(docket, settle.id()).as_ref() != Some(fork) {
            continue;
        }
        let confirmed = |party: &AuthorityId| {
            docket.housekeeping().any(|(at, act)| {
                set.contains(at) && act.author() == party && confirmed_settlement(docket, act.id()) == Some(settle.id())
            })
        };
        let mut others = settle.parties().iter().filter(|party| party.authority != fork.0);
        if others.all(|party| confirmed(&party.authority)) {
            kept.extend(settled_branch(docket, settle.id()));
        }
    }
    if kept.len() == 1 { kept.first().copied() } else { None }
}
