//! A group of writes: what they have in hand together, and what is done once for them all at the end of their transaction.
//!
//! Two writes that follow each other in one commit see each other's dockets here and read nothing twice. When all have run, queued leaves get
//! their places and receipts are issued (T2, [`crate::sequence`]), summaries are written, and once the commit is durable the dockets are
//! laid on the shelf, before anybody is answered, and the bell is rung once. INVARIANT: what lies on the shelf was committed. If the closing fails, the writes stand without it: their
//! leaves are queued and their dockets remembered, and the next group, which comes with the next round of the log at the latest, closes for both.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, PoisonError, Weak};

use docket::Docket;
use docket::view::View;
use store::{Attendant, WriteTx, dockets, receipts};
use terms::DocketId;

use crate::Trouble;
use crate::node::{Inner, Work};
use crate::shelf::Held;
use crate::summary::Summary;

/// What the writes of one group have in hand.
#[derive(Default)]
pub struct Group {
    /// Dockets as the transaction has them, each with the last receipt that was read from the store.
    dockets: BTreeMap<DocketId, (Docket, i64)>,
    changed: BTreeSet<DocketId>,
    /// What groups before recorded in without coming to their closing.
    left: BTreeSet<DocketId>,
    /// Whether the closing came to its end.
    closed: bool,
    /// Whether some write queued what ought to be sequenced at the end.
    to_sequence: bool,
    /// Whether something may be due now.
    pub ring: bool,
    /// What may lie on the shelf once the group is durable.
    held: Vec<(DocketId, Held)>,
}

impl Group {
    /// Whether a docket is in hand.
    pub fn has(&self, id: &DocketId) -> bool {
        self.dockets.contains_key(id)
    }
    /// Takes a docket in hand.
    pub fn take_in(&mut self, docket: Docket, receipts: i64) {
        self.dockets.insert(docket.id(), (docket, receipts));
    }
    /// A docket in hand.
    pub fn docket(&mut self, id: &DocketId) -> Option<&mut Docket> {
        self.dockets.get_mut(id).map(|(docket, _)| docket)
    }
    /// A docket is no longer what the transaction has.
    pub fn forget(&mut self, id: &DocketId) {
        self.dockets.remove(id);
    }
    /// Something was recorded in a docket.
    pub fn changed(&mut self, id: &DocketId) {
        self.changed.insert(*id);
    }
    /// Something was queued for the log, or a receipt is owed.
    pub fn sequence(&mut self) {
        self.to_sequence = true;
    }
}

/// Attends the store's groups for a node, as long as there is one.
pub struct Attending(pub Weak<Inner>);

impl Attendant for Attending {
    fn begun(&self) {
        if let Some(inner) = self.0.upgrade() {
            let mut group = inner.group.lock().unwrap_or_else(PoisonError::into_inner);
            *group = Group { left: std::mem::take(&mut group.left), ..Group::default() };
        }
    }

    fn closing(&self, tx: &mut WriteTx<'_>) -> bool {
        let Some(inner) = self.0.upgrade() else { return true };
        let mut group = inner.group.lock().unwrap_or_else(PoisonError::into_inner);
        let mut work = Work::begin(&inner, tx, &mut group);
        match work.close() {
            Ok(held) => {
                work.group.held = held;
                work.group.closed = true;
                work.quiet();
                work.stands();
                true
            }
            Err(trouble) => {
                tracing::error!(%trouble, "what closes a group of writes failed; it is tried again with the next");
                false
            }
        }
    }

    fn ended(&self, kept: bool) {
        let Some(inner) = self.0.upgrade() else { return };
        let mut there = inner.group.lock().unwrap_or_else(PoisonError::into_inner);
        let group = std::mem::take(&mut *there);
        there.left = match (kept, group.closed) {
            (true, true) => BTreeSet::new(),
            (true, false) => group.left.into_iter().chain(group.changed).collect(),
            (false, _) => group.left,
        };
        // What lies on the shelf lacks what was written, and nothing in the store says so until it is closed.
        there.left.iter().for_each(|id| inner.shelf.forget(id));
        drop(there);
        if kept {
            group.held.into_iter().for_each(|(id, held)| inner.shelf.put(id, held));
            if group.ring {
                inner.bell.notify_one();
            }
        }
    }
}

impl Work<'_, '_> {
    /// Sequences, writes the summaries of what changed, and gives back what may lie on the shelf once this is committed.
    fn close(&mut self) -> Result<Vec<(DocketId, Held)>, Trouble> {
        if self.group.to_sequence {
            self.place()?;
        }
        let changed: Vec<DocketId> = self.group.changed.union(&self.group.left).copied().collect();
        for id in changed {
            // A write that opened it may have failed.
            if self.docket(&id)?.is_none() {
                continue;
            }
            let Some((docket, read)) = self.group.dockets.remove(&id) else { continue };
            self.summarise(&docket)?;
            self.group.take_in(docket, read);
        }
        let mut all = Vec::new();
        for (id, (docket, read)) in std::mem::take(&mut self.group.dockets) {
            let Some(row) = dockets::get(self.tx, &id)? else { continue };
            let receipts = receipts::last_of_docket(self.tx, &id)?.unwrap_or(read);
            all.push((id, Held { docket: Arc::new(docket), seq: row.seq, acts: row.acts, receipts }));
        }
        Ok(all)
    }
    /// Writes what a list shows of a docket, who its parties are, and what about it is an alarm.
    fn summarise(&mut self, docket: &Docket) -> Result<(), Trouble> {
        let view = View::of(docket);
        let summary = Summary::of(docket, &view, &self.inner.me).to_json();
        self.alarms_of(docket, &view)?;
        dockets::summarise(self.tx, &docket.id(), &summary)?;
        for party in docket.parties().iter() {
            dockets::add_party(self.tx, &docket.id(), &party.authority)?;
        }
        Ok(())
    }
}
