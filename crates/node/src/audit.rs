//! The audit trail: who did or looked at what, and for which purpose. Entered in the same transaction as what was done.

use ledger::LeafKind;
use serde::Serialize;
use store::audit::{self, AuditEntry};
use store::leaves;
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
    /// Whether the ledger holds that digest: then nobody can change this entry or one before it unseen, the node itself included.
    pub logged: bool,
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
            let mut entry = |row: audit::AuditRow| -> Result<Entry, Trouble> {
                let logged = leaves::of(tx, LeafKind::Audit.word(), &row.digest)?.is_some();
                Ok(Entry {
                    seq: row.seq,
                    at: row.entry.at,
                    person: row.entry.person,
                    purpose: row.entry.purpose,
                    what: row.entry.what,
                    docket: row.entry.docket,
                    digest: row.digest,
                    logged,
                })
            };
            let entries: Result<_, Trouble> = page.rows.into_iter().map(&mut entry).collect();
            Ok(Trail { entries: entries?, unbroken, next: page.next })
        })
    }

    /// The proof that the ledger holds the digest of an entry, and with it the trail up to there.
    pub fn audit_proof(&self, actor: &Actor, digest: &Digest) -> Result<String, Trouble> {
        actor.may(Action::ReadAudit)?;
        self.0.logged_proof(LeafKind::Audit, digest, "entry of the audit trail whose digest was logged", "Audit entry")
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
