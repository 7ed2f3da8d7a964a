//! Legal hold: a thing that must not be destroyed or given away, whoever wants to, until the hold is lifted on an authority of its own.
//!
//! Holding and lifting are signed custody entries with reason and authority (`custody.rs`), and whether a thing is held is read from its history and
//! kept nowhere else. A hold is the affair of whoever keeps the thing: whoever receives it from here is not bound by it, and sees that it was held.
//! Never here: how an exhibit is destroyed (`destruction.rs`), what else is done with an item (`items.rs`).

use evidence::custody::{Handling, Standing, Thing};
use serde::{Deserialize, Serialize};
use terms::{ExhibitId, Moment};

use crate::Trouble;
use crate::actor::{Action, Actor};
use crate::custody::{Chain, Handled};
use crate::node::{Node, Work};

/// A hold that is in force.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hold {
    /// Since when.
    pub since: Moment,
    /// Who, where, why, and on what authority, if this node knows.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub said: Option<Handled>,
}

/// The hold that stands after a history.
pub(crate) fn after(chain: &Chain, standing: Option<&Standing>) -> Option<Hold> {
    standing.filter(|standing| standing.held)?;
    let entry = chain.entries.iter().rev().find(|entry| entry.kind == Handling::Held {}.kind())?;
    Some(Hold { since: entry.time, said: entry.details.clone() })
}

impl Work<'_, '_> {
    /// The hold on a thing, if there is one.
    pub(crate) fn hold_of(&mut self, thing: &[u8]) -> Result<Option<Hold>, Trouble> {
        let told = self.inner.told(self.tx, thing)?;
        Ok(after(&told.chain, told.standing.as_ref()))
    }
    /// Refuses what may not happen to an exhibit that is held.
    pub(crate) fn not_held(&mut self, id: &ExhibitId) -> Result<(), Trouble> {
        let Some(held) = self.hold_of(id.as_bytes())? else { return Ok(()) };
        let authority = held.said.map(|said| format!(": {}", said.authority)).unwrap_or_default();
        let sentence = format!("Exhibit {id} is held since {}{authority}.", held.since);
        let remedy = "Lift the hold first, if that authority allows it.";
        Trouble::refuse("node.exhibit-held", sentence, remedy)
    }
}

impl Node {
    /// Holds an exhibit: until this is lifted it cannot be destroyed here.
    pub fn hold_exhibit(&self, actor: &Actor, id: &ExhibitId, said: Handled) -> Result<Hold, Trouble> {
        actor.may(Action::Write)?;
        let (person, id, said) = (actor.person.clone(), *id, said.by(actor));
        self.0.write(move |work| {
            let (row, entry) = work.inner.exhibit_here(work.tx, &id)?;
            if let Some(before) = work.hold_of(id.as_bytes())? {
                return Ok(before);
            }
            let thing = Thing::Exhibit { id, sha256: entry.digests.sha256 };
            work.handled_thing(thing, Handling::Held {}, said.details(), work.now)?;
            work.audit(&person, &said.why, &format!("held exhibit {id}: {}", said.authority), row.docket)?;
            work.sequence()?;
            Ok(Hold { since: work.now, said: Some(said) })
        })
    }
    /// Lifts a hold.
    pub fn lift_exhibit(&self, actor: &Actor, id: &ExhibitId, said: Handled) -> Result<(), Trouble> {
        actor.may(Action::Write)?;
        let (person, id, said) = (actor.person.clone(), *id, said.by(actor));
        self.0.write(move |work| {
            let (row, entry) = work.inner.exhibit_here(work.tx, &id)?;
            if work.hold_of(id.as_bytes())?.is_none() {
                let sentence = "Nobody holds this exhibit.";
                return Trouble::refuse("node.exhibit-not-held", sentence, "There is nothing to lift.");
            }
            let thing = Thing::Exhibit { id, sha256: entry.digests.sha256 };
            work.handled_thing(thing, Handling::Lifted {}, said.details(), work.now)?;
            work.audit(
                &person,
                &said.why,
                &format!("lifted the hold on exhibit {id}: {}", said.authority),
                row.docket,
            )?;
            work.sequence()
        })
    }
}
