//! The witness: sees every node at every step, and holds the invariants against what it saw.
//!
//! - An act admitted by an honest node is never lost, changed or doubled, whatever crashes; restores may forget, and recover.
//! - A verdict, once given anywhere, is the verdict everywhere.
//! - An act is shown as delivered to an honest authority only if that authority had admitted it.
//! - Honest authors never fork, and never break the word of a receipt; a lie never costs an honest author's act its effect.
//! - Once the world is healed, honest nodes hold the same acts and show the same view.

use std::collections::{BTreeMap, BTreeSet};

use docket::docket::Verdict;
use docket::{Docket, View};
use terms::{ActId, AuthorityId, DocketId};

use crate::node::Node;
use crate::world::Counts;

/// What was seen so far.
pub struct Witness {
    liar: Option<AuthorityId>,
    verdicts: BTreeMap<ActId, Verdict>,
    admitted: BTreeMap<AuthorityId, BTreeSet<ActId>>,
    on_disk: BTreeMap<AuthorityId, usize>,
    seen_until: BTreeMap<(AuthorityId, DocketId), usize>,
}

impl Witness {
    /// A witness who knows which node lies, if one does.
    pub fn new(liar: Option<AuthorityId>) -> Self {
        let (verdicts, admitted, on_disk, seen_until) = Default::default();
        Self { liar, verdicts, admitted, on_disk, seen_until }
    }

    fn honest(&self, name: &AuthorityId) -> bool {
        self.liar.as_ref() != Some(name)
    }

    /// Looks at all nodes that run. Only what is new since the last look is looked at closely.
    pub fn see(&mut self, nodes: &[Node]) -> Result<(), String> {
        for node in nodes {
            // The disk, since a node may be down when it is looked at.
            let on_disk = node.disk.acts.iter().map(|act| ActId::of_header(&act.header));
            let already = self.on_disk.entry(node.name.clone()).or_default();
            if *already > node.disk.acts.len() || node.disk.recovering.is_some() {
                *already = 0;
            }
            self.admitted.entry(node.name.clone()).or_default().extend(on_disk.skip(*already));
            *already = node.disk.acts.len();
            for (id, docket) in node.memory.iter().flatten() {
                let key = (node.name.clone(), *id);
                let from = self.seen_until.get(&key).copied().unwrap_or(0).min(docket.acts().len());
                for admitted in &docket.acts()[from..] {
                    let known = self.verdicts.entry(admitted.id()).or_insert_with(|| admitted.verdict().clone());
                    if known != admitted.verdict() {
                        return Err(format!("{} judges {} otherwise than before", node.name, admitted.id()));
                    }
                }
                self.seen_until.insert(key, if node.disk.recovering.is_some() { 0 } else { docket.acts().len() });
            }
            let mut once = BTreeSet::new();
            if let Some(twice) = node.disk.ledger.iter().find(|logged| !once.insert(**logged)) {
                return Err(format!("{} logged {twice} twice", node.name));
            }
        }
        Ok(())
    }

    /// Looks at the healed world.
    pub fn conclude(&self, nodes: &[Node]) -> Result<(), String> {
        let honest: Vec<&Node> = nodes.iter().filter(|node| self.honest(&node.name)).collect();
        for node in &honest {
            let memory = node.memory.as_ref().ok_or("an honest node is down in a healed world")?;
            for (id, docket) in memory {
                self.check_view(node, docket)?;
                for other in &honest {
                    let theirs = other.memory.as_ref().and_then(|memory| memory.get(id));
                    let party = docket.parties().iter().any(|party| party.authority == other.name);
                    match theirs {
                        None if party => return Err(format!("{} never heard of docket {id}", other.name)),
                        Some(theirs) => same_view(node, docket, other, theirs)?,
                        None => {}
                    }
                }
            }
            let acts = memory.values().flat_map(|docket| docket.acts().iter().map(|admitted| admitted.id()));
            let held: BTreeSet<ActId> = acts.collect();
            let lost = self.admitted.get(&node.name).into_iter().flatten().find(|act| !held.contains(act));
            if let Some(act) = lost
                && self.held_by_another(act, &node.name, nodes)
            {
                return Err(format!("{} lost {act}", node.name));
            }
            if let Some(act) = held.iter().find(|act| !node.disk.ledger.contains(act)) {
                return Err(format!("{} holds {act} and never logged it", node.name));
            }
        }
        Ok(())
    }

    fn held_by_another(&self, act: &ActId, name: &AuthorityId, nodes: &[Node]) -> bool {
        let holds = |node: &Node| node.memory.iter().flatten().any(|(_, docket)| docket.act(*act).is_some());
        nodes.iter().any(|node| node.name != *name && self.honest(&node.name) && holds(node))
    }

    fn check_view(&self, node: &Node, docket: &Docket) -> Result<(), String> {
        let view = View::of(docket);
        if let Some(fork) = view.forks.iter().find(|fork| self.honest(&fork.author)) {
            return Err(format!("{} sees a fork of honest {}", node.name, fork.author));
        }
        if let Some(breach) = view.breaches.iter().find(|breach| self.honest(&breach.by)) {
            return Err(format!("{} sees honest {} break the word of a receipt", node.name, breach.by));
        }
        for act in &view.acts {
            if self.honest(&act.author) && !act.stands {
                return Err(format!("{} takes effect from {} of honest {}", node.name, act.id, act.author));
            }
            for recipient in act.delivered_to.iter().filter(|recipient| self.honest(recipient)) {
                if !self.admitted.get(recipient).is_some_and(|held| held.contains(&act.id)) {
                    return Err(format!(
                        "{} shows {} as delivered to {recipient}, who never held it",
                        node.name, act.id
                    ));
                }
            }
            for party in view.parties.iter().filter(|party| party.authority != act.author) {
                let shown = act.delivered_to.contains(&party.authority);
                if act.author == node.name && self.honest(&party.authority) && !shown {
                    return Err(format!("{} has no receipt of {} for {}", node.name, party.authority, act.id));
                }
            }
        }
        Ok(())
    }

    /// How much every node holds, to see whether anything still moves.
    pub fn counts(&self, nodes: &[Node]) -> Counts {
        let of = |docket: &Docket| (docket.acts().len(), docket.receipts().count());
        let count = |node: &Node| node.memory.iter().flatten().map(|(id, docket)| (*id, of(docket))).collect();
        nodes.iter().map(count).collect()
    }
}

/// Receipts are between two; acts, and what they mean, are everybody's.
fn same_view(node: &Node, docket: &Docket, other: &Node, theirs: &Docket) -> Result<(), String> {
    let (ours, theirs) = (View::of(docket), View::of(theirs));
    let acts = |view: &View| -> Vec<_> { view.acts.iter().map(|a| (a.id, a.verdict.clone(), a.stands)).collect() };
    if acts(&ours) != acts(&theirs) || ours.registers != theirs.registers || ours.forks != theirs.forks {
        return Err(format!("{} and {} show docket {} differently", node.name, other.name, docket.id()));
    }
    Ok(())
}
