//! What a person may be shown of a docket: a function of its acts and receipts, and of nothing else.
//!
//! The view says what stands now, which acts have no effect and why, who has receipted what, which chains fork, and which
//! receipts prove that their issuer broke its word. It decides nothing and forgets nothing.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use terms::{ActId, AuthorityId, Digest};

use crate::act::Party;
use crate::docket::{Admitted, Docket, Verdict};
use crate::equivocation::{self, Fork};
use crate::register::Registers;

/// A docket as it stands, for one set of acts and receipts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct View {
    /// The acts in an order in which each stands after all its ancestors; the same on every node.
    pub acts: Vec<Shown>,
    /// What stands on every subject.
    pub registers: Registers,
    /// The parties.
    pub parties: Arc<[Party]>,
    /// Chains that fork.
    pub forks: Vec<Fork>,
    /// Provable breaches of a receipt's promise. Alarms; they change no effect.
    pub breaches: Vec<Breach>,
}

/// One act as it is shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shown {
    /// Which act.
    pub id: ActId,
    /// Its kind.
    pub kind: String,
    /// Its author.
    pub author: AuthorityId,
    /// The author's role.
    pub role: String,
    /// What it did, judged once.
    pub verdict: Verdict,
    /// Whether it counts; `false` only where its author equivocated.
    pub stands: bool,
    /// Who has receipted it: delivered to them, and to nobody else.
    pub delivered_to: BTreeSet<AuthorityId>,
}

/// A receipt and an act that contradict each other, both signed by the same authority.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Breach {
    /// Whose word was broken.
    pub by: AuthorityId,
    /// The receipt.
    pub receipt: Digest,
    /// The act it receipted.
    pub receipted: ActId,
    /// Its own later act that does not descend from the one it had receipted.
    pub act: ActId,
}

impl View {
    /// The view of a docket.
    pub fn of(docket: &Docket) -> Self {
        let all = docket.everything();
        let lost = equivocation::without_standing(docket, &all);
        let mut delivered: BTreeMap<ActId, BTreeSet<AuthorityId>> = BTreeMap::new();
        for receipt in docket.receipts() {
            let statement = receipt.statement();
            for act in &statement.acts {
                delivered.entry(*act).or_default().insert(statement.issuer.clone());
            }
        }
        let show = |admitted: &Arc<Admitted>| Shown {
            id: admitted.id(),
            kind: admitted.act().header().kind.clone(),
            author: admitted.author().clone(),
            role: admitted.role().to_owned(),
            verdict: admitted.verdict().clone(),
            stands: !lost.contains(&admitted.id()),
            delivered_to: delivered.get(&admitted.id()).cloned().unwrap_or_default(),
        };
        let mut ordered: Vec<&Arc<Admitted>> = docket.acts().iter().collect();
        ordered.sort_by_key(|admitted| (admitted.act().header().lamport, admitted.id()));
        Self {
            acts: ordered.into_iter().map(show).collect(),
            registers: docket.registers(&lost),
            parties: docket.parties(),
            forks: equivocation::forks_within(docket, &all),
            breaches: breaches(docket),
        }
    }

    /// Whether some fork has no branch that stands.
    pub fn disputed(&self) -> bool {
        self.forks.iter().any(|fork| fork.standing.is_none())
    }
    /// One act.
    pub fn act(&self, id: ActId) -> Option<&Shown> {
        self.acts.iter().find(|act| act.id == id)
    }
}

/// Every act that directly follows a receipt's *latest* must descend from all that was receipted; what comes later in the
/// chain then does too, or is itself the breach at its own place.
fn breaches(docket: &Docket) -> Vec<Breach> {
    let mut breaches = Vec::new();
    for receipt in docket.receipts() {
        let statement = receipt.statement();
        for (_, next) in docket.at_place(&(statement.issuer.clone(), statement.latest)) {
            for receipted in &statement.acts {
                let held = docket.act(*receipted).is_some();
                if held && *receipted != next.id() && !docket.descends(next.id(), *receipted) {
                    let by = statement.issuer.clone();
                    breaches.push(Breach { by, receipt: receipt.id(), receipted: *receipted, act: next.id() });
                }
            }
        }
    }
    breaches.sort();
    breaches
}
