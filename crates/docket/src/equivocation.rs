//! Equivocation: two acts of one author at one place of its chain, and which of them stands.
//!
//! Nobody can prevent a lying node from signing two histories; everybody who holds both can prove it, since both carry its
//! signature and name the same predecessor. What then holds is a function of the set of acts alone:
//!
//! - the branch from which another party's act descends, and from no other branch of the fork, keeps effect;
//! - if that is true of none or of several, none has effect and the docket is *disputed*, until the author names one
//!   (`settle-fork`) and every other party has confirmed it (`confirm-fork`), see [`crate::housekeeping`].
//!
//! An act that descends from both branches says nothing about either: its author had to name all heads it knew.
//! Verdicts never change; an act without standing simply does not count in the fold.

use std::collections::BTreeSet;

use terms::{ActId, AuthorityId};

use crate::docket::{Admitted, Ancestors, ChainPlace, Docket};
use crate::housekeeping;

/// A fork in an author's chain, as a set of acts shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fork {
    /// Who signed both.
    pub author: AuthorityId,
    /// The act after which both stand; `None` if they are both the author's first.
    pub after: Option<ActId>,
    /// The acts at that place, sorted.
    pub branches: Vec<ActId>,
    /// The branch that stands; `None` while the docket is disputed.
    pub standing: Option<ActId>,
}

/// The forks that can be seen within `set`.
pub(crate) fn forks_within(docket: &Docket, set: &Ancestors) -> Vec<Fork> {
    let mut forks = Vec::new();
    for place in docket.forks() {
        let branches: Vec<(usize, ActId)> =
            docket.at_place(place).filter(|(at, _)| set.contains(*at)).map(|(at, act)| (at, act.id())).collect();
        if branches.len() < 2 {
            continue;
        }
        let standing = housekeeping::settled(docket, set, place).or_else(|| vouched(docket, set, place, &branches));
        let mut ids: Vec<ActId> = branches.into_iter().map(|(_, id)| id).collect();
        ids.sort();
        forks.push(Fork { author: place.0.clone(), after: place.1, branches: ids, standing });
    }
    forks
}

/// The one branch from which another party's act descends, and from no other branch.
fn vouched(docket: &Docket, set: &Ancestors, place: &ChainPlace, branches: &[(usize, ActId)]) -> Option<ActId> {
    let mut vouched = BTreeSet::new();
    for (at, admitted) in docket.acts().iter().enumerate() {
        if !set.contains(at) || *admitted.author() == place.0 {
            continue;
        }
        let mut under = branches.iter().filter(|(branch, _)| admitted.ancestors().contains(*branch));
        if let (Some((_, one)), None) = (under.next(), under.next()) {
            vouched.insert(*one);
        }
    }
    if vouched.len() == 1 { vouched.first().copied() } else { None }
}

/// The acts that do not count within `set`: on each fork, what its author did on or after a branch that does not stand.
pub(crate) fn without_standing(docket: &Docket, set: &Ancestors) -> BTreeSet<ActId> {
    let mut lost = BTreeSet::new();
    if docket.forks().next().is_none() {
        return lost;
    }
    for fork in forks_within(docket, set) {
        let on = |admitted: &Admitted, branch: ActId| admitted.id() == branch || docket.descends(admitted.id(), branch);
        for (at, admitted) in docket.acts().iter().enumerate() {
            let counts = !set.contains(at)
                || *admitted.author() != fork.author
                || housekeeping::row(&admitted.act().header().kind).is_some()
                || !fork.branches.iter().any(|branch| on(admitted, *branch))
                || fork.standing.is_some_and(|standing| on(admitted, standing));
            if !counts {
                lost.insert(admitted.id());
            }
        }
    }
    lost
}
