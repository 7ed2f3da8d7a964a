//! One node: a disk that survives, a memory that does not, and the use cases between them.
//!
//! Every use case is two transactions, as in the product: T1 records the act with its queued leaf and its outbox entries; T2
//! sequences queued leaves, and only then are acts and receipts free to leave. A crash may come before, between and after them.

use std::collections::{BTreeMap, BTreeSet};

use docket::docket::NotAdmitted;
use docket::receipt::{Place, RECEIPT_VERSION, Receipt, SignedReceipt};
use docket::{AuthenticAct, Docket, Header, Said, SignedAct};
use terms::{ActId, AuthorityId, Canonical, Digest, DocketId, Moment};

/// What travels.
#[derive(Debug, Clone)]
pub enum Item {
    /// An act.
    Act(SignedAct),
    /// A receipt.
    Receipt(SignedReceipt),
    /// *I miss these*; empty for *send me all you hold of it*.
    Want(DocketId, Vec<ActId>),
    /// The daily digest: *these are my heads of this docket*.
    Digest(DocketId, Vec<ActId>),
    /// *I was restored: send me everything that concerns me.* The number tells answers to earlier questions apart.
    Recover(u64),
    /// *This is everything I hold that concerns you, admitted or waiting*: answered once all of it has arrived.
    Recovered(u64, Vec<ActId>),
}

impl Item {
    /// What tells it from every other item for the same recipient.
    fn key(&self) -> Digest {
        match self {
            Item::Act(act) => Digest::of(&[b"act\n", &act.header]),
            Item::Receipt(receipt) => Digest::of(&[b"receipt\n", &receipt.statement]),
            other => Digest::of(&[format!("{other:?}").as_bytes()]),
        }
    }
}

/// What must reach whom; nothing is owed twice.
pub type Outbox = BTreeMap<(AuthorityId, Digest), Item>;

/// Where a use case may be struck by a crash.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Crash {
    /// Nothing reached the disk.
    BeforeRecording,
    /// T1 is on disk, T2 is not.
    BeforeSequencing,
    /// Both are on disk, the caller never heard of it.
    AfterSequencing,
}

/// What is on a node's disk. Cloning it is a backup.
#[derive(Debug, Clone, Default)]
pub struct Disk {
    /// Admitted acts, each after its ancestors.
    pub acts: Vec<SignedAct>,
    /// Receipts of others.
    pub receipts: Vec<SignedReceipt>,
    /// Authentic acts whose parents are missing.
    pub waiting: Vec<SignedAct>,
    /// Leaves that T1 queued: the act, and to whom a receipt is due.
    pub queued: Vec<(ActId, Option<AuthorityId>)>,
    /// The ledger: which act stands at which index.
    pub ledger: Vec<ActId>,
    /// What must reach others: acts stay until they are receipted.
    pub outbox: Outbox,
    /// While set, the node authors and signs nothing: the question it asked, and who has answered.
    pub recovering: Option<(u64, BTreeSet<AuthorityId>)>,
}

/// A node.
#[derive(Debug)]
pub struct Node {
    /// Who it acts for.
    pub name: AuthorityId,
    /// What survives.
    pub disk: Disk,
    /// The dockets it has folded; `None` while it is down.
    pub memory: Option<BTreeMap<DocketId, Docket>>,
    /// An old copy of the disk.
    pub backup: Option<Disk>,
}

/// The toy seal.
pub fn toy_seal(author: &AuthorityId, bytes: &[u8]) -> Vec<u8> {
    Digest::of(&[author.as_str().as_bytes(), b"\n", bytes]).as_bytes().to_vec()
}

fn check(author: &AuthorityId, _: Moment, bytes: &[u8], signature: &[u8]) -> Result<Digest, String> {
    if signature == toy_seal(author, bytes) { Ok(Digest::of(&[b"toy"])) } else { Err("another hand".to_owned()) }
}

/// Seals a header with the toy seal.
pub fn seal(header: Header) -> SignedAct {
    let author = header.author.clone();
    let canonical = SignedAct::frame(header).expect("the simulation frames well-formed headers");
    SignedAct { header: canonical.bytes().to_vec(), signature: toy_seal(&author, canonical.bytes()), body: None }
}

/// Checks an act's form and toy seal.
pub fn authentic(act: &SignedAct) -> Option<AuthenticAct> {
    act.clone().authenticate(&check).ok()
}

impl Node {
    /// A node with an empty disk, running.
    pub fn new(name: AuthorityId) -> Self {
        Self { name, disk: Disk::default(), memory: Some(BTreeMap::new()), backup: None }
    }

    /// Whether it runs and may sign.
    pub fn may_sign(&self) -> bool {
        self.memory.is_some() && self.disk.recovering.is_none()
    }

    /// Loses everything that is not on disk.
    pub fn crash(&mut self) {
        self.memory = None;
    }

    /// Reads the disk again and finishes what T1 had begun.
    pub fn start(&mut self) {
        let mut dockets = BTreeMap::new();
        for act in &self.disk.acts {
            let act = authentic(act).expect("INVARIANT: only authentic acts reach the disk");
            admit(&mut dockets, act).expect("INVARIANT: acts stand on disk after their ancestors");
        }
        for receipt in &self.disk.receipts {
            file(&mut dockets, receipt);
        }
        self.memory = Some(dockets);
        if self.disk.recovering.is_none() {
            self.sequence();
        }
    }

    /// Goes back to the old backup, if there is one, and asks everybody for what it may have lost.
    pub fn restore(&mut self, question: u64, peers: &[AuthorityId]) -> bool {
        let Some(backup) = self.backup.clone() else { return false };
        self.disk = backup;
        self.disk.recovering = Some((question, BTreeSet::new()));
        for peer in peers {
            if *peer != self.name {
                self.owe(peer, Item::Recover(question));
            }
        }
        self.start();
        true
    }

    /// Seals and records what a person says; the act is returned once it is on disk.
    pub fn author(&mut self, docket: DocketId, said: Said, time: Moment, crash: Option<Crash>) -> Option<SignedAct> {
        let header = self.memory.as_ref()?.get(&docket)?.frame(&self.name, said, time);
        self.record_own(seal(header), crash)
    }

    /// Records an act of its own: T1, T2.
    pub fn record_own(&mut self, act: SignedAct, crash: Option<Crash>) -> Option<SignedAct> {
        if !self.may_sign() {
            return None;
        }
        if crash == Some(Crash::BeforeRecording) {
            self.crash();
            return None;
        }
        let admitted = authentic(&act).expect("sealed by this very node");
        let memory = self.memory.as_mut().expect("the node runs");
        let (id, docket) = (admitted.id(), admitted.docket());
        admit(memory, admitted).ok()?;
        self.disk.acts.push(act.clone());
        self.disk.queued.push((id, None));
        let docket = &memory[&docket];
        // Whoever is brought in by this act receives the whole graph; the others receive the act.
        let newcomers = docket.act(id).is_some_and(|a| !a.act().header().introduces.is_empty());
        let whole: Vec<SignedAct> = docket.acts().iter().map(|a| signed_again(a.act())).collect();
        let sent = if newcomers { whole.as_slice() } else { std::slice::from_ref(&act) };
        for party in docket.parties().iter().filter(|party| party.authority != self.name) {
            for act in sent {
                let item = Item::Act(act.clone());
                self.disk.outbox.insert((party.authority.clone(), item.key()), item);
            }
        }
        self.finish(crash);
        Some(act)
    }

    /// Takes in one thing from `from`.
    pub fn receive(&mut self, from: &AuthorityId, item: Item, crash: Option<Crash>) {
        if self.memory.is_none() {
            return;
        }
        if crash == Some(Crash::BeforeRecording) {
            self.crash();
            return;
        }
        match item {
            Item::Act(act) => self.receive_act(from, act),
            Item::Receipt(receipt) => self.receive_receipt(receipt),
            Item::Want(docket, wanted) => drop(self.answer(from, docket, &wanted)),
            Item::Digest(docket, heads) => {
                let ours = self.memory.as_ref().and_then(|memory| memory.get(&docket));
                let missing: Vec<ActId> =
                    heads.into_iter().filter(|id| ours.is_none_or(|docket| docket.act(*id).is_none())).collect();
                if !missing.is_empty() {
                    self.owe(from, Item::Want(docket, missing));
                }
            }
            Item::Recover(question) => {
                let dockets: Vec<DocketId> = self.memory.iter().flatten().map(|(docket, _)| *docket).collect();
                let mut told: Vec<ActId> =
                    dockets.into_iter().flat_map(|docket| self.answer(from, docket, &[])).collect();
                let may_know = |act: &&SignedAct| {
                    authentic(act).is_some_and(|act| {
                        let docket = self.memory.as_ref().and_then(|memory| memory.get(&act.docket()));
                        let party = docket.is_some_and(|d| d.parties().iter().any(|party| party.authority == *from));
                        party || act.header().author == *from
                    })
                };
                let waiting: Vec<SignedAct> = self.disk.waiting.iter().filter(may_know).cloned().collect();
                for act in waiting {
                    told.push(ActId::of_header(&act.header));
                    self.owe(from, Item::Act(act));
                }
                self.owe(from, Item::Recovered(question, told));
            }
            Item::Recovered(question, told) => {
                let waits = |id: &ActId| self.disk.waiting.iter().any(|act| ActId::of_header(&act.header) == *id);
                let arrived = told.iter().all(|id| self.holds(*id) || waits(id));
                if let Some((asked, answered)) = &mut self.disk.recovering
                    && *asked == question
                    && arrived
                {
                    answered.insert(from.clone());
                }
            }
        }
        self.finish(crash);
    }

    /// Ends a recovery that everybody has answered. What still waits then has ancestors that nobody holds any more.
    pub fn end_recovery(&mut self, peers: &[AuthorityId]) {
        let answered_by_all =
            |answered: &BTreeSet<AuthorityId>| peers.iter().all(|peer| *peer == self.name || answered.contains(peer));
        let done = self.disk.recovering.as_ref().is_some_and(|(_, answered)| answered_by_all(answered));
        if done && self.memory.is_some() {
            self.disk.recovering = None;
            self.owe_what_has_no_receipt();
            self.sequence();
        }
    }

    /// What this node sealed and nobody has receipted is owed again: the backup may have forgotten that it was.
    fn owe_what_has_no_receipt(&mut self) {
        let mut owed = Vec::new();
        for docket in self.memory.iter().flatten().map(|(_, docket)| docket) {
            let own = docket.acts().iter().filter(|act| *act.author() == self.name);
            for (act, party) in own.flat_map(|act| act.parties().iter().map(move |party| (act, &party.authority))) {
                let covers = |receipt: &Receipt| receipt.issuer == *party && receipt.acts.contains(&act.id());
                if *party != self.name && !docket.receipts().any(|receipt| covers(receipt.statement())) {
                    owed.push((party.clone(), Item::Act(signed_again(act.act()))));
                }
            }
        }
        for (to, item) in owed {
            self.owe(&to, item);
        }
    }

    fn finish(&mut self, crash: Option<Crash>) {
        if crash == Some(Crash::BeforeSequencing) {
            return self.crash();
        }
        if self.disk.recovering.is_none() {
            self.sequence();
        }
        if crash.is_some() {
            self.crash();
        }
    }

    fn receive_act(&mut self, from: &AuthorityId, act: SignedAct) {
        let Some(authentic_act) = authentic(&act) else { return };
        let own = authentic_act.header().author == self.name;
        let opens = authentic_act.header().open.is_some();
        let memory = self.memory.as_mut().expect("the node runs");
        let (id, docket) = (authentic_act.id(), authentic_act.docket());
        match admit(memory, authentic_act) {
            Ok(new) => {
                if new {
                    self.disk.acts.push(act);
                }
                if opens {
                    // Receipts may arrive before the docket they belong to.
                    self.disk.receipts.iter().for_each(|receipt| file(memory, receipt));
                }
                // A repeated act is receipted again: the receipt may have been lost.
                self.disk.queued.push((id, Some(from.clone())));
                self.retry_waiting();
                if new && own {
                    self.owe_what_has_no_receipt();
                }
            }
            Err(NotAdmitted::Waiting(missing)) => {
                if !self.disk.waiting.contains(&act) {
                    self.disk.waiting.push(act);
                }
                self.owe(from, Item::Want(docket, missing));
            }
            Err(_) => {}
        }
    }

    fn retry_waiting(&mut self) {
        loop {
            let memory = self.memory.as_mut().expect("the node runs");
            let ready = self.disk.waiting.iter().position(|act| {
                let act = authentic(act).expect("only authentic acts wait");
                !matches!(admit(memory, act), Err(NotAdmitted::Waiting(_)))
            });
            let Some(at) = ready else { return };
            let act = self.disk.waiting.remove(at);
            let authentic_act = authentic(&act).expect("only authentic acts wait");
            let held = memory.get(&authentic_act.docket()).is_some_and(|d| d.act(authentic_act.id()).is_some());
            if held && !self.disk.acts.contains(&act) {
                self.disk.queued.push((authentic_act.id(), Some(authentic_act.header().author.clone())));
                self.disk.acts.push(act);
                if authentic_act.header().author == self.name {
                    self.owe_what_has_no_receipt();
                }
            }
        }
    }

    fn receive_receipt(&mut self, receipt: SignedReceipt) {
        let Ok(authentic) = receipt.clone().authenticate(&check) else { return };
        let said = authentic.statement();
        let settled = |to: &AuthorityId, item: &Item| match item {
            Item::Act(act) => *to == said.issuer && said.acts.contains(&ActId::of_header(&act.header)),
            _ => false,
        };
        self.disk.outbox.retain(|(to, _), item| !settled(to, item));
        if !self.disk.receipts.contains(&receipt) {
            file(self.memory.as_mut().expect("the node runs"), &receipt);
            self.disk.receipts.push(receipt);
        }
    }

    /// Owes `to` the wanted acts of a docket in which it has a part, or all of them and the receipts; says which acts.
    fn answer(&mut self, to: &AuthorityId, docket: DocketId, wanted: &[ActId]) -> Vec<ActId> {
        let Some(docket) = self.memory.as_ref().and_then(|memory| memory.get(&docket)) else { return vec![] };
        if !docket.parties().iter().any(|party| party.authority == *to) {
            return vec![];
        }
        let asked = |id: ActId| wanted.is_empty() || wanted.contains(&id);
        let acts = docket.acts().iter().filter(|a| asked(a.id())).map(|a| Item::Act(signed_again(a.act())));
        let receipts = self.disk.receipts.iter().filter(|_| wanted.is_empty()).cloned().map(Item::Receipt);
        let told = docket.acts().iter().map(|a| a.id()).filter(|id| asked(*id)).collect();
        let items: Vec<Item> = acts.chain(receipts).collect();
        for item in items {
            self.owe(to, item);
        }
        told
    }

    fn owe(&mut self, to: &AuthorityId, item: Item) {
        self.disk.outbox.insert((to.clone(), item.key()), item);
    }

    /// Whether an act is admitted here.
    pub fn holds(&self, id: ActId) -> bool {
        self.memory.iter().flatten().any(|(_, docket)| docket.act(id).is_some())
    }

    /// T2: gives queued leaves their places, and releases the receipts over them.
    fn sequence(&mut self) {
        let memory = self.memory.as_ref().expect("the node runs");
        let mut receipts = Vec::new();
        for (id, due) in std::mem::take(&mut self.disk.queued) {
            let index = match self.disk.ledger.iter().position(|logged| *logged == id) {
                Some(index) => index,
                None => {
                    self.disk.ledger.push(id);
                    self.disk.ledger.len() - 1
                }
            };
            let (Some(to), Some(docket)) = (due, memory.values().find(|docket| docket.act(id).is_some())) else {
                continue;
            };
            if to == self.name {
                continue;
            }
            let statement = Receipt {
                v: RECEIPT_VERSION.to_owned(),
                issuer: self.name.clone(),
                to: to.clone(),
                docket: docket.id(),
                acts: vec![id],
                latest: docket.latest_of(&self.name),
                places: vec![Place { act: id, index: index as u64 }],
                checkpoint: String::new(),
                time: Moment::from_unix(0).expect("the epoch"),
            };
            let canonical: Canonical<Receipt> = SignedReceipt::frame(statement).expect("well formed");
            let signature = toy_seal(&self.name, canonical.bytes());
            receipts.push((to, SignedReceipt { statement: canonical.bytes().to_vec(), signature }));
        }
        for (to, receipt) in receipts {
            self.owe(&to, Item::Receipt(receipt));
        }
    }
}

fn signed_again(act: &AuthenticAct) -> SignedAct {
    SignedAct { header: act.header_bytes().to_vec(), signature: act.signature().to_vec(), body: None }
}

/// Admits into the docket the act names, opening it if need be. `Ok(true)` if it is new.
fn admit(dockets: &mut BTreeMap<DocketId, Docket>, act: AuthenticAct) -> Result<bool, NotAdmitted> {
    match dockets.get_mut(&act.docket()) {
        Some(docket) => docket.admit(act).map(|admission| admission == docket::Admission::Admitted),
        None if act.header().open.is_some() => {
            dockets.insert(act.docket(), Docket::open(act)?);
            Ok(true)
        }
        None => Err(NotAdmitted::Waiting(vec![act.docket().opening_act()])),
    }
}

fn file(dockets: &mut BTreeMap<DocketId, Docket>, receipt: &SignedReceipt) {
    let Ok(receipt) = receipt.clone().authenticate(&check) else { return };
    if let Some(docket) = dockets.get_mut(&receipt.statement().docket) {
        docket.file_receipt(receipt).expect("filed in the docket it names");
    }
}
