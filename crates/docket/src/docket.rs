//! The engine: which acts a docket admits, how they descend from each other, and what each one did, judged once.
//!
//! Admission looks at form only: the docket is the right one, the author is a party, its predecessor and parents are here, the
//! Lamport number is right. Meaning is never a ground to refuse admission, so no act can jam a docket. What an act does is
//! judged by its procedure in the fold of the act's own ancestors, at admission, and that verdict never changes: the ancestors
//! of an act are part of the act. What *stands now* is another question, answered by [`crate::view`].
//!
//! INVARIANT: everything here is a function of the set of admitted acts, not of their order of arrival.
//! INVARIANT: an admitted act is never changed or removed; only its body can be forgotten.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use terms::{ActId, AuthorityId, DocketId, Moment};

use crate::act::{AuthenticAct, BodyBinding, Header, Party};
use crate::equivocation;
use crate::housekeeping;
use crate::procedure::{NoEffect, Procedure, Row, Step};
use crate::procedures;
use crate::receipt::AuthenticReceipt;
use crate::register::{Entry, Registers, Write};

/// One docket: its acts and receipts. Grows only. A clone shares the acts and receipts themselves.
#[derive(Clone)]
pub struct Docket {
    id: DocketId,
    procedure: &'static dyn Procedure,
    acts: Vec<Arc<Admitted>>,
    index: BTreeMap<ActId, usize>,
    heads: BTreeSet<ActId>,
    chains: Chains,
    receipts: BTreeMap<terms::Digest, Arc<AuthenticReceipt>>,
}

/// An author and its own act before: the place in a chain at which one act may stand, and two are an equivocation.
pub(crate) type ChainPlace = (AuthorityId, Option<ActId>);

/// Each author's chain, so that what follows an act is found without a search.
#[derive(Clone, Default)]
struct Chains {
    /// The acts at each place, as indices into [`Docket::acts`].
    next: BTreeMap<ChainPlace, Vec<usize>>,
    /// Places at which more than one act stands.
    forks: BTreeSet<ChainPlace>,
    /// Ends of each author's chain.
    ends: BTreeMap<AuthorityId, BTreeSet<ActId>>,
    /// Acts of the engine's own kinds, as indices.
    housekeeping: Vec<usize>,
}

/// An act in its docket, with what is known of it for ever.
#[derive(Clone)]
pub struct Admitted {
    act: AuthenticAct,
    ancestors: Ancestors,
    parties: Arc<[Party]>,
    after: Arc<Registers>,
    verdict: Verdict,
}

/// What an authority wants to say, before it is framed and sealed.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Said {
    /// The kind.
    pub kind: String,
    /// The kind's facts.
    pub facts: serde_json::Map<String, serde_json::Value>,
    /// The body that was approved.
    pub body: Option<BodyBinding>,
    /// Newcomers.
    pub introduces: Vec<Party>,
}

/// What an act did, judged in the fold of its own ancestors.
pub type Verdict = Result<Arc<[Write]>, NoEffect>;

/// What became of an act that was offered for admission.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Admission {
    /// It is new.
    Admitted,
    /// It was here already; nothing changed.
    Known,
}

/// Why an authentic act is not admitted.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotAdmitted {
    /// It belongs to another docket.
    #[error("it belongs to docket {0}")]
    OtherDocket(DocketId),
    /// Some of its ancestors are not here yet: keep it aside and ask for these.
    #[error("{} of its parents are not here yet", .0.len())]
    Waiting(Vec<ActId>),
    /// Its author is no party at that point: quarantine.
    #[error("{0} is no party to this docket")]
    NoParty(AuthorityId),
    /// It breaks a rule of the graph, provably by its own author: quarantine.
    #[error("it breaks a rule of the graph: {0}")]
    Graph(&'static str),
    /// An opening act of a procedure that is not spoken here.
    #[error("the procedure {0} is not spoken here")]
    UnknownProcedure(String),
}

impl NotAdmitted {
    /// Stable code for notices and quarantine.
    pub fn code(&self) -> &'static str {
        match self {
            Self::OtherDocket(_) => "docket.other-docket",
            Self::Waiting(_) => "docket.waiting",
            Self::NoParty(_) => "docket.no-party",
            Self::Graph(_) => "docket.graph",
            Self::UnknownProcedure(_) => "docket.unknown-procedure",
        }
    }
}

impl Docket {
    /// Opens the docket that `act` founds.
    pub fn open(act: AuthenticAct) -> Result<Self, NotAdmitted> {
        let Some(opening) = act.header().open.as_ref() else {
            return Err(NotAdmitted::Graph("it opens no docket"));
        };
        let procedure = procedures::by_edition(&opening.procedure)
            .ok_or_else(|| NotAdmitted::UnknownProcedure(opening.procedure.clone()))?;
        let parties: Arc<[Party]> = opening.parties.clone().into();
        let mut docket = Self {
            id: act.docket(),
            procedure,
            acts: Vec::new(),
            index: BTreeMap::new(),
            heads: BTreeSet::new(),
            chains: Chains::default(),
            receipts: BTreeMap::new(),
        };
        docket.enter(act, Ancestors::default(), parties, Registers::default());
        Ok(docket)
    }

    /// Admits an act, or says what is wrong with its form. Offering an act twice changes nothing.
    pub fn admit(&mut self, act: AuthenticAct) -> Result<Admission, NotAdmitted> {
        if act.docket() != self.id {
            return Err(NotAdmitted::OtherDocket(act.docket()));
        }
        if self.index.contains_key(&act.id()) {
            return Ok(Admission::Known);
        }
        let header = act.header();
        let named = header.parents.iter().chain(&header.previous);
        let missing: BTreeSet<ActId> = named.filter(|id| !self.index.contains_key(id)).copied().collect();
        if !missing.is_empty() {
            return Err(NotAdmitted::Waiting(missing.into_iter().collect()));
        }
        let parents: Vec<usize> = header.parents.iter().map(|id| self.index[id]).collect();
        let ancestors = Ancestors::of(parents.iter().map(|&at| (at, &self.acts[at].ancestors)));
        self.check_graph(&act, &parents, &ancestors)?;
        let parties = self.parties_after(&parents);
        if !parties.iter().any(|party| party.authority == header.author) {
            return Err(NotAdmitted::NoParty(header.author.clone()));
        }
        let before = self.fold(&ancestors, &parents);
        self.enter(act, ancestors, parties, before);
        Ok(Admission::Admitted)
    }

    /// Files a receipt. It need not concern acts that are here already: receipts and acts travel apart.
    pub fn file_receipt(&mut self, receipt: AuthenticReceipt) -> Result<Admission, NotAdmitted> {
        if receipt.statement().docket != self.id {
            return Err(NotAdmitted::OtherDocket(receipt.statement().docket));
        }
        match self.receipts.insert(receipt.id(), Arc::new(receipt)) {
            None => Ok(Admission::Admitted),
            Some(_) => Ok(Admission::Known),
        }
    }

    /// The docket's id: the hash of its opening act.
    pub fn id(&self) -> DocketId {
        self.id
    }
    /// The procedure by which every side folds it.
    pub fn procedure(&self) -> &'static dyn Procedure {
        self.procedure
    }
    /// The acts in order of arrival here; each stands after all its ancestors.
    pub fn acts(&self) -> &[Arc<Admitted>] {
        &self.acts
    }
    /// One act.
    pub fn act(&self, id: ActId) -> Option<&Admitted> {
        self.index.get(&id).map(|&at| &*self.acts[at])
    }
    /// The acts from which no other descends: the parents of the next act authored here.
    pub fn heads(&self) -> impl ExactSizeIterator<Item = ActId> {
        self.heads.iter().copied()
    }
    /// The receipts held, in the order of their ids.
    pub fn receipts(&self) -> impl Iterator<Item = &AuthenticReceipt> {
        self.receipts.values().map(|receipt| &**receipt)
    }
    /// The last act of an author's chain, if the chain does not fork. A fork has no last act until it is settled.
    pub fn latest_of(&self, author: &AuthorityId) -> Option<ActId> {
        let mut ends = self.chains.ends.get(author)?.iter();
        ends.next().filter(|_| ends.next().is_none()).copied()
    }
    /// Whether `descendant` descends from `ancestor` (and is not it).
    pub fn descends(&self, descendant: ActId, ancestor: ActId) -> bool {
        match (self.index.get(&descendant), self.index.get(&ancestor)) {
            (Some(&below), Some(&above)) => self.acts[below].ancestors.contains(above),
            _ => false,
        }
    }
    /// The parties after everything that is known here.
    pub fn parties(&self) -> Arc<[Party]> {
        let heads: Vec<usize> = self.heads.iter().map(|id| self.index[id]).collect();
        self.parties_after(&heads)
    }
    /// The row of the acts table for a kind in this docket, the engine's own kinds included.
    pub fn row(&self, kind: &str) -> Option<&'static Row> {
        housekeeping::row(kind).or_else(|| self.procedure.row(kind))
    }
    /// The frame around what `author` wants to say, on top of everything known here: predecessor, parents, Lamport number.
    /// If the author's chain forks, its next act follows the branch that stands, or the smallest end while none does.
    pub fn frame(&self, author: &AuthorityId, said: Said, time: Moment) -> Header {
        let ends = self.chains.ends.get(author);
        let standing = |end: &&ActId| {
            let forks = equivocation::forks_within(self, &self.everything());
            forks
                .iter()
                .filter(|fork| fork.author == *author)
                .all(|fork| fork.standing.is_some_and(|standing| standing == **end || self.descends(**end, standing)))
        };
        let previous = match ends {
            Some(ends) if ends.len() > 1 => ends.iter().find(standing).or_else(|| ends.first()),
            Some(ends) => ends.first(),
            None => None,
        };
        let highest = self.heads.iter().filter_map(|id| self.act(*id)).map(|head| head.act.header().lamport).max();
        Header {
            v: crate::act::ACT_VERSION.to_owned(),
            docket: Some(self.id),
            open: None,
            kind: said.kind,
            author: author.clone(),
            previous: previous.copied(),
            parents: self.heads.iter().copied().collect(),
            lamport: highest.unwrap_or(0) + 1,
            time,
            body: said.body,
            introduces: said.introduces,
            facts: said.facts,
        }
    }
    /// What an act of this kind would do if `author` sealed it now, on top of everything known here.
    pub fn would(
        &self,
        author: &AuthorityId,
        kind: &str,
        facts: &serde_json::Map<String, serde_json::Value>,
    ) -> Verdict {
        let heads: Vec<usize> = self.heads.iter().map(|id| self.index[id]).collect();
        let ancestors = Ancestors::of(heads.iter().map(|&at| (at, &self.acts[at].ancestors)));
        let parties = self.parties_after(&heads);
        let Some(party) = parties.iter().find(|party| party.authority == *author) else {
            return Err(NoEffect::new("no-party", format!("{author} is no party to this docket.")));
        };
        let before = self.fold(&ancestors, &heads);
        let step = Step {
            id: ActId::new([0; 32]),
            kind,
            author,
            role: &party.role,
            parties: &parties,
            opening: false,
            introduces: &[],
            facts,
        };
        self.judge(&before, &ancestors, &step)
    }
    /// Forgets the body of one act on this side. `false` if the act is not here.
    pub fn erase_body(&mut self, id: ActId) -> bool {
        let Some(&at) = self.index.get(&id) else { return false };
        Arc::make_mut(&mut self.acts[at]).act.erase_body();
        true
    }

    fn check_graph(&self, act: &AuthenticAct, parents: &[usize], ancestors: &Ancestors) -> Result<(), NotAdmitted> {
        let header = act.header();
        let redundant = parents.iter().any(|&p| parents.iter().any(|&q| self.acts[q].ancestors.contains(p)));
        if redundant {
            return Err(NotAdmitted::Graph("one of its parents descends from another"));
        }
        let highest = parents.iter().map(|&at| self.acts[at].act.header().lamport).max().unwrap_or(0);
        if header.lamport != highest + 1 {
            return Err(NotAdmitted::Graph("its Lamport number is not one more than its parents' largest"));
        }
        if let Some(previous) = header.previous {
            let at = self.index[&previous];
            if self.acts[at].author() != &header.author {
                return Err(NotAdmitted::Graph("its predecessor is another author's act"));
            }
            if !ancestors.contains(at) {
                return Err(NotAdmitted::Graph("it does not descend from its predecessor"));
            }
        }
        // Two acts at one place of a chain are admitted as an equivocation only where the second's author had not seen
        // the first; whoever descends from it must continue it.
        let place = (header.author.clone(), header.previous);
        if self.at_place(&place).any(|(at, _)| ancestors.contains(at)) {
            return Err(NotAdmitted::Graph("it descends from an act of its author that already stands in its place"));
        }
        Ok(())
    }

    /// The acts that stand at one place of a chain: none, one, or an equivocation.
    pub(crate) fn at_place(&self, place: &ChainPlace) -> impl Iterator<Item = (usize, &Admitted)> {
        self.chains.next.get(place).into_iter().flatten().map(|&at| (at, &*self.acts[at]))
    }
    pub(crate) fn forks(&self) -> impl Iterator<Item = &ChainPlace> {
        self.chains.forks.iter()
    }
    pub(crate) fn housekeeping(&self) -> impl Iterator<Item = (usize, &Admitted)> {
        self.chains.housekeeping.iter().map(|&at| (at, &*self.acts[at]))
    }
    pub(crate) fn place_of(&self, id: ActId) -> Option<usize> {
        self.index.get(&id).copied()
    }

    /// Parties at a point: those of all parents together; a newcomer stays one wherever it was effectively introduced.
    fn parties_after(&self, parents: &[usize]) -> Arc<[Party]> {
        match parents {
            [one] => self.acts[*one].parties.clone(),
            many => {
                let all = many.iter().flat_map(|&at| self.acts[at].parties.iter().cloned());
                let mut merged: BTreeMap<AuthorityId, Party> = BTreeMap::new();
                for party in all {
                    let standing = merged.entry(party.authority.clone()).or_insert_with(|| party.clone());
                    // Introduced twice at once in two roles: the smaller word, so that every node picks the same.
                    if party.role < standing.role {
                        *standing = party;
                    }
                }
                merged.into_values().collect::<Vec<_>>().into()
            }
        }
    }

    /// The registers after a downward-closed set: the parents' own if one dominates, else folded anew in an order that
    /// every node shares. Acts whose author equivocated *within the set* count only as far as they stand there.
    fn fold(&self, set: &Ancestors, heads: &[usize]) -> Registers {
        let lost = equivocation::without_standing(self, set);
        if lost.is_empty()
            && let [one] = heads
        {
            return (*self.acts[*one].after).clone();
        }
        self.fold_without(set, &lost)
    }

    /// What stands after everything, without what does not count: where one act dominates, what stood right after it.
    pub(crate) fn registers(&self, lost: &BTreeSet<ActId>) -> Registers {
        let mut heads = self.heads.iter().map(|id| self.index[id]);
        match (heads.next(), heads.next()) {
            (Some(one), None) if lost.is_empty() => (*self.acts[one].after).clone(),
            _ => self.fold_without(&self.everything(), lost),
        }
    }

    pub(crate) fn fold_without(&self, set: &Ancestors, lost: &BTreeSet<ActId>) -> Registers {
        let mut registers = Registers::default();
        for (at, admitted) in self.acts.iter().enumerate() {
            if !set.contains(at) || lost.contains(&admitted.id()) {
                continue;
            }
            if let Ok(writes) = &admitted.verdict {
                registers.apply(&admitted.entry(), writes, |id| {
                    self.index.get(&id).is_some_and(|&a| admitted.ancestors.contains(a))
                });
            }
        }
        registers
    }

    pub(crate) fn everything(&self) -> Ancestors {
        Ancestors::all(self.acts.len())
    }

    fn judge(&self, before: &Registers, seen: &Ancestors, step: &Step<'_>) -> Verdict {
        if housekeeping::row(step.kind).is_some() {
            return housekeeping::judge(self, seen, step).map(Into::into);
        }
        let Some(row) = self.procedure.row(step.kind) else {
            let sentence = format!("{} knows no act “{}”.", self.procedure.edition(), step.kind);
            return Err(NoEffect::new("unknown-kind", sentence));
        };
        if !row.who.contains(&step.role) {
            let sentence = format!("“{}” is not for the {} party.", step.kind, step.role);
            return Err(NoEffect::new("not-your-role", sentence));
        }
        self.procedure.judge(before, step).map(Into::into)
    }

    fn enter(&mut self, act: AuthenticAct, ancestors: Ancestors, parties: Arc<[Party]>, before: Registers) {
        let header = act.header();
        let role =
            parties.iter().find(|party| party.authority == header.author).map_or("", |party| party.role.as_str());
        let step = Step {
            id: act.id(),
            kind: &header.kind,
            author: &header.author,
            role,
            parties: &parties,
            opening: header.open.is_some(),
            introduces: &header.introduces,
            facts: &header.facts,
        };
        let verdict = self.judge(&before, &ancestors, &step);
        let mut after = before;
        let mut parties_after = parties.clone();
        if let Ok(writes) = &verdict {
            let value = serde_json::Value::Null;
            let entry = Entry { act: act.id(), author: header.author.clone(), role: role.to_owned(), value };
            after.apply(&entry, writes, |id| self.index.get(&id).is_some_and(|&at| ancestors.contains(at)));
            parties_after = with_newcomers(&parties, &header.introduces);
        }
        let id = act.id();
        let at = self.acts.len();
        let standing = self.chains.next.entry((header.author.clone(), header.previous)).or_default();
        standing.push(at);
        if standing.len() > 1 {
            self.chains.forks.insert((header.author.clone(), header.previous));
        }
        let ends = self.chains.ends.entry(header.author.clone()).or_default();
        if let Some(previous) = &header.previous {
            ends.remove(previous);
        }
        ends.insert(id);
        if housekeeping::row(&header.kind).is_some() {
            self.chains.housekeeping.push(at);
        }
        for parent in &header.parents {
            self.heads.remove(parent);
        }
        self.heads.insert(id);
        self.index.insert(id, at);
        let admitted = Admitted { act, ancestors, parties: parties_after, after: Arc::new(after), verdict };
        self.acts.push(Arc::new(admitted));
    }
}

impl std::fmt::Debug for Docket {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Docket({}, {}, {} acts)", self.id.short(), self.procedure.edition(), self.acts.len())
    }
}

impl Admitted {
    /// The act's id.
    pub fn id(&self) -> ActId {
        self.act.id()
    }
    /// The act itself.
    pub fn act(&self) -> &AuthenticAct {
        &self.act
    }
    /// Its author.
    pub fn author(&self) -> &AuthorityId {
        &self.act.header().author
    }
    /// The parties right after it.
    pub fn parties(&self) -> &[Party] {
        &self.parties
    }
    /// The author's role at that point; empty for none.
    pub fn role(&self) -> &str {
        self.parties.iter().find(|party| party.authority == *self.author()).map_or("", |party| party.role.as_str())
    }
    /// What it did, judged once.
    pub fn verdict(&self) -> &Verdict {
        &self.verdict
    }
    /// The registers right after it, as its author saw them.
    pub fn after(&self) -> &Registers {
        &self.after
    }
    pub(crate) fn ancestors(&self) -> &Ancestors {
        &self.ancestors
    }
    fn entry(&self) -> Entry {
        let value = serde_json::Value::Null;
        Entry { act: self.id(), author: self.author().clone(), role: self.role().to_owned(), value }
    }
}

fn with_newcomers(parties: &Arc<[Party]>, newcomers: &[Party]) -> Arc<[Party]> {
    let fresh = newcomers.iter().filter(|new| parties.iter().all(|old| old.authority != new.authority));
    let mut all: Vec<Party> = parties.iter().chain(fresh).cloned().collect();
    if all.len() == parties.len() {
        return parties.clone();
    }
    all.sort();
    all.into()
}

/// A downward-closed set of acts, by their places in [`Docket::acts`]. Where the history is a line it is one number.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Ancestors {
    /// All places below this are ancestors.
    below: usize,
    /// Further ancestors at or above `below`.
    scattered: BTreeSet<usize>,
}

impl Ancestors {
    fn of<'a>(parents: impl Iterator<Item = (usize, &'a Ancestors)>) -> Self {
        let mut all = Self::default();
        for (at, above) in parents {
            all.below = all.below.max(above.below);
            all.scattered.extend(&above.scattered);
            all.scattered.insert(at);
        }
        let below = all.below;
        all.scattered.retain(|at| *at >= below);
        while all.scattered.remove(&all.below) {
            all.below += 1;
        }
        all
    }
    fn all(count: usize) -> Self {
        Self { below: count, scattered: BTreeSet::new() }
    }
    pub(crate) fn contains(&self, at: usize) -> bool {
        at < self.below || self.scattered.contains(&at)
    }
}
