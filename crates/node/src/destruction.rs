//! The end of an exhibit: one person asks, another decides, and its key here is destroyed, so that the ciphertext opens nothing any more.
//!
//! ```text
//! here ──ask (officer)──▶ asked ──approve (approver, another person)──▶ destroyed
//!   ▲                       │
//!   └────────drop───────────┘
//! ```
//! Each step is a signed custody entry with reason and authority; history and proofs remain. Whoever approves names the entry that asks, so that it is
//! what they read. Nothing is ever destroyed by itself: what is due is listed (`retention.rs`), and what is held stays (`hold.rs`).

use evidence::custody::Handling;
use serde::{Deserialize, Serialize};
use store::exhibits::{self, ExhibitRow};
use terms::{Digest, ExhibitId};

use crate::Trouble;
use crate::actor::{Action, Actor};
use crate::custody::{Chain, Handled};
use crate::exhibits::{DESTROYED, ExhibitShown};
use crate::node::{Node, Work};

/// A destruction that somebody asked for and nobody has decided.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Asked {
    /// Who asked.
    pub by: String,
    /// The custody entry that asks: what is approved.
    pub entry: Digest,
}

/// What stands of a destruction after a history.
pub(crate) fn asked(chain: &Chain, by: Option<&String>) -> Option<Asked> {
    let kind = Handling::DestructionAsked {}.kind();
    let entry = chain.entries.iter().rev().find(|entry| entry.kind == kind)?.entry;
    Some(Asked { by: by?.clone(), entry })
}

impl Node {
    /// Asks that an exhibit be destroyed. Nothing happens to it before another person approves.
    pub fn ask_destruction(&self, actor: &Actor, id: &ExhibitId, said: Handled) -> Result<ExhibitShown, Trouble> {
        actor.may(Action::Write)?;
        let (person, id, said) = (actor.person.clone(), *id, said.by(actor));
        self.0.write(move |work| {
            let (row, entry) = work.inner.exhibit_here(work.tx, &id)?;
            work.not_held(&id)?;
            if let Some(by) = &row.destruction_asked_by {
                let sentence = format!("{by} has asked for this already.");
                return Trouble::refuse("node.destruction-asked", sentence, "Another person approves it, or drops it.");
            }
            work.handled(id, &entry.digests, Handling::DestructionAsked {}, &said)?;
            exhibits::put(work.tx, &ExhibitRow { destruction_asked_by: Some(person.clone()), ..row.clone() })?;
            let what = format!("asked that exhibit {id} be destroyed: {}", said.authority);
            work.audit(&person, &said.why, &what, row.docket)?;
            work.sequence()?;
            work.inner.exhibit_whole(work.tx, &id).map(|(shown, _)| shown)
        })
    }

    /// Destroys an exhibit's key here, as another person asked by the custody entry `asked`. Proofs and history remain.
    pub fn approve_destruction(
        &self,
        actor: &Actor,
        id: &ExhibitId,
        asked: &Digest,
        said: Handled,
    ) -> Result<ExhibitShown, Trouble> {
        actor.may(Action::Approve)?;
        let (person, id, asked, said) = (actor.person.clone(), *id, *asked, said.by(actor));
        let shown = self.0.write(move |work| {
            let (row, stands) = work.asked_of(&id)?;
            if stands.by == person {
                let sentence = "You asked for this yourself.";
                return Trouble::refuse("node.same-person", sentence, "Another person approves it.");
            }
            if stands.entry != asked {
                let sentence = "What was asked is no longer what was shown to you.";
                return Trouble::refuse("node.changed", sentence, "Read it again.");
            }
            work.not_held(&id)?;
            let (_, entry) = work.inner.exhibit_here(work.tx, &id)?;
            work.handled(id, &entry.digests, Handling::Destroyed {}, &said)?;
            let docket = row.docket;
            let (wrapped_key, state, changed_at) = (None, DESTROYED.to_owned(), work.now);
            exhibits::put(work.tx, &ExhibitRow { wrapped_key, state, changed_at, destruction_asked_by: None, ..row })?;
            let what = format!("destroyed exhibit {id}, as {} had asked: {}", stands.by, said.authority);
            work.audit(&person, &said.why, &what, docket)?;
            work.sequence()?;
            work.inner.exhibit_whole(work.tx, &id).map(|(shown, _)| shown)
        })?;
        if let Err(why) = self.0.depot.blobs.remove(&id) {
            tracing::warn!(%id, %why, "the ciphertext of a destroyed exhibit was not removed; without its key it opens nothing");
        }
        Ok(shown)
    }

    /// Says that an exhibit is not to be destroyed after all: for whoever asked, and for those who could approve it.
    pub fn drop_destruction(&self, actor: &Actor, id: &ExhibitId, said: Handled) -> Result<ExhibitShown, Trouble> {
        let approves = actor.may(Action::Approve);
        if approves.is_err() {
            actor.may(Action::Write)?;
        }
        let (person, id, said) = (actor.person.clone(), *id, said.by(actor));
        self.0.write(move |work| {
            let (row, stands) = work.asked_of(&id)?;
            if stands.by != person {
                approves?;
            }
            let (_, entry) = work.inner.exhibit_here(work.tx, &id)?;
            work.handled(id, &entry.digests, Handling::DestructionDropped {}, &said)?;
            let docket = row.docket;
            exhibits::put(work.tx, &ExhibitRow { destruction_asked_by: None, ..row })?;
            let what = format!("dropped that exhibit {id} be destroyed, as {} had asked", stands.by);
            work.audit(&person, &said.why, &what, docket)?;
            work.sequence()?;
            work.inner.exhibit_whole(work.tx, &id).map(|(shown, _)| shown)
        })
    }
}

impl Work<'_, '_> {
    /// An exhibit that somebody asked to destroy.
    fn asked_of(&mut self, id: &ExhibitId) -> Result<(ExhibitRow, Asked), Trouble> {
        let (row, _) = self.inner.exhibit_here(self.tx, id)?;
        let chain = self.inner.chain(self.tx, id)?;
        let Some(asked) = asked(&chain, row.destruction_asked_by.as_ref()) else {
            let sentence = "Nobody has asked that this exhibit be destroyed.";
            return Trouble::refuse("node.destruction-not-asked", sentence, "Ask for it, with reason and authority.");
        };
        Ok((row, asked))
    }
}
