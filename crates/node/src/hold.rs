//! Legal hold: an exhibit that must not be destroyed, whoever wants to, until the hold is lifted on an authority of its own.
//!
//! Holding and lifting need a reason and an authority, and stand in the audit trail. A hold is this node's own affair: it does not travel. Never
//! here: how an exhibit is destroyed (`exhibits.rs`).

use serde::{Deserialize, Serialize};
use store::{ReadTx, exhibits, settings};
use terms::{Bug, ExhibitId, Moment};

use crate::Trouble;
use crate::actor::{Action, Actor};
use crate::custody::Handled;
use crate::node::Node;

/// A hold that is in force.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hold {
    /// Since when.
    pub since: Moment,
    /// Who, where, why, and on what authority.
    pub said: Handled,
}

fn name(id: &ExhibitId) -> String {
    format!("hold/{id}")
}

/// The hold on an exhibit, if there is one.
pub(crate) fn of(tx: &mut ReadTx<'_>, id: &ExhibitId) -> Result<Option<Hold>, Trouble> {
    let Some(kept) = settings::get(tx, &name(id))? else { return Ok(None) };
    Ok(Some(serde_json::from_slice(&kept).map_err(|why| Bug::new(format!("a hold that was kept: {why}")))?))
}

impl Node {
    /// Holds an exhibit: until this is lifted it cannot be destroyed here.
    pub fn hold_exhibit(&self, actor: &Actor, id: &ExhibitId, said: Handled) -> Result<Hold, Trouble> {
        actor.may(Action::Write)?;
        let (person, id) = (actor.person.clone(), *id);
        self.0.write(move |work| {
            let row = exhibits::get(work.tx, &id)?.ok_or_else(|| Trouble::not_here("exhibit"))?;
            if let Some(before) = of(work.tx, &id)? {
                return Ok(before);
            }
            let hold = Hold { since: work.now, said };
            let kept = serde_json::to_vec(&hold).map_err(|why| Bug::new(format!("a hold cannot be written: {why}")))?;
            settings::put(work.tx, &name(&id), &kept)?;
            let what = format!("held exhibit {id}: {}", hold.said.authority);
            work.audit(&person, &hold.said.why, &what, row.docket)?;
            Ok(hold)
        })
    }
    /// Lifts a hold.
    pub fn lift_exhibit(&self, actor: &Actor, id: &ExhibitId, said: Handled) -> Result<(), Trouble> {
        actor.may(Action::Write)?;
        let (person, id) = (actor.person.clone(), *id);
        self.0.write(move |work| {
            let row = exhibits::get(work.tx, &id)?.ok_or_else(|| Trouble::not_here("exhibit"))?;
            if of(work.tx, &id)?.is_none() {
                return Trouble::refuse(
                    "node.exhibit-not-held",
                    "Nobody holds this exhibit.",
                    "There is nothing to lift.",
                );
            }
            settings::remove(work.tx, &name(&id))?;
            work.audit(&person, &said.why, &format!("lifted the hold on exhibit {id}: {}", said.authority), row.docket)
        })
    }
}
