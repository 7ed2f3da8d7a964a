//! The audit trail: who did or looked at what, and for which purpose. Entered in the same transaction as what was done.

use serde::Serialize;
use store::audit::{self, AuditEntry};
use terms::{Digest, DocketId, Moment};

use crate::Trouble;
use crate::actor::{Action, Actor};
use crate::node::{Node, Work};

/// An entry as an auditor reads it.
#[derive(Debug, Clone, Serialize)]
pub struct Entry {
    /// The order of entries.
    pub seq: i64,
    /// When.
    pub at: Moment,
    /// Who.
    pub person: String,
    /// For which purpose.
    pub purpose: String,
    /// What was done or looked at.
    pub what: String,
    /// In which docket.
    pub docket: Option<DocketId>,
    /// The digest of this entry, which covers all before.
    pub digest: Digest,
}

/// A page of the trail.
#[derive(Debug, Clone, Serialize)]
pub struct Trail {
    /// The entries, first one first.
    pub entries: Vec<Entry>,
    /// Whether each continues the one before. False: somebody changed the trail.
    pub unbroken: bool,
    /// Where the next page starts after.
    pub next: Option<i64>,
}

impl Node {
    /// A page of the trail, checked.
    pub fn trail(&self, actor: &Actor, after: i64, limit: usize) -> Result<Trail, Trouble> {
        actor.may(Action::ReadAudit)?;
        self.0.read(|tx| {
            let page = audit::list(tx, after, limit)?;
            let before = page.rows.first().map_or(Digest::new([0; 32]), |row| row.previous);
            let unbroken = audit::check(&page.rows, before).is_ok();
            let entry = |row: audit::AuditRow| Entry {
                seq: row.seq,
                at: row.entry.at,
                person: row.entry.person,
                purpose: row.entry.purpose,
                what: row.entry.what,
                docket: row.entry.docket,
                digest: row.digest,
            };
            Ok(Trail { entries: page.rows.into_iter().map(entry).collect(), unbroken, next: page.next })
        })
    }
}

impl Work<'_, '_> {
    /// Enters what was done.
    pub fn audit(&mut self, person: &str, purpose: &str, what: &str, docket: Option<DocketId>) -> Result<(), Trouble> {
        let (person, purpose, what) = (person.to_owned(), purpose.to_owned(), what.to_owned());
        audit::enter(self.tx, &AuditEntry { at: self.now, person, purpose, what, docket })?;
        Ok(())
    }
}
