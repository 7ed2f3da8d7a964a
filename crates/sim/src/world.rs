//! The world: who exists, what is under way, and what happens next.

use std::collections::{BTreeMap, BTreeSet};

use docket::{Docket, Header, Opening, Party, Said, SignedAct};
use fastrand::Rng;
use serde_json::{Map, Value, json};
use terms::{ActId, AuthorityId, DocketId, Moment, Salt};

use crate::checks::Witness;
use crate::node::{Crash, Item, Node, authentic, seal};

/// What this world is made of.
#[derive(Debug, Clone, Copy)]
pub struct Weather {
    /// How many things happen before the world is healed.
    pub steps: usize,
    /// Whether one node signs whatever it likes.
    pub liar: bool,
    /// Whether nodes are restored from old backups.
    pub restores: bool,
}

/// Three nodes, their network, and a witness who sees everything.
pub struct World {
    /// What the weather is.
    pub weather: Weather,
    /// The nodes.
    pub nodes: Vec<Node>,
    /// What was seen; [`Witness`] holds the invariants against it.
    pub witness: Witness,
    rng: Rng,
    names: Vec<AuthorityId>,
    dockets: Vec<DocketId>,
    flights: Vec<(AuthorityId, AuthorityId, Item)>,
    cut: BTreeSet<(usize, usize)>,
    /// Earlier states of the liar's dockets, from which it speaks as if nothing had happened since.
    past: Vec<Docket>,
    clock: i64,
    questions: u64,
}

/// The node that lies, where one does.
pub const LIAR: usize = 1;

impl World {
    /// A world with one consultation of three and one request between two.
    pub fn new(seed: u64, weather: Weather) -> Self {
        let names: Vec<AuthorityId> =
            ["es.moj", "ma.moj", "fr.moj"].iter().map(|name| name.parse().expect("an authority")).collect();
        let mut world = Self {
            weather,
            nodes: names.iter().cloned().map(Node::new).collect(),
            witness: Witness::new(if weather.liar { Some(names[LIAR].clone()) } else { None }),
            rng: Rng::with_seed(seed),
            names,
            dockets: Vec::new(),
            flights: Vec::new(),
            cut: BTreeSet::new(),
            past: Vec::new(),
            clock: 0,
            questions: 0,
        };
        let measures = json!({"measures": [{"id": "m1", "kind": "bank-records"}, {"id": "m2", "kind": "statement"}]});
        world.open("consultation/1", "open", &["convener", "participant", "participant"], json!({}));
        world.open("assistance/1", "submit", &["requesting", "requested"], measures);
        world
    }

    fn open(&mut self, procedure: &str, kind: &str, roles: &[&str], facts: Value) {
        let party = |(name, role): (&AuthorityId, &&str)| Party { authority: name.clone(), role: (*role).to_owned() };
        let mut parties: Vec<Party> = self.names.iter().zip(roles).map(party).collect();
        parties.sort();
        let mut nonce = [0; 16];
        self.rng.fill(&mut nonce);
        let header = Header {
            v: docket::act::ACT_VERSION.to_owned(),
            docket: None,
            open: Some(Opening { procedure: procedure.to_owned(), parties, nonce: Salt::new(nonce) }),
            kind: kind.to_owned(),
            author: self.names[0].clone(),
            previous: None,
            parents: vec![],
            lamport: 1,
            time: self.tick(),
            body: None,
            introduces: vec![],
            facts: object(facts),
        };
        let act = self.nodes[0].record_own(seal(header), None).expect("the first act of a running node");
        self.dockets.push(ActId::of_header(&act.header).opens());
    }

    /// Lets everything happen, heals the world, and asks the witness.
    pub fn run(mut self) -> Result<(), String> {
        for _ in 0..self.weather.steps {
            self.step();
            self.witness.see(&self.nodes)?;
        }
        self.heal()?;
        self.witness.conclude(&self.nodes)
    }

    fn step(&mut self) {
        match self.rng.u8(0..100) {
            0..25 => self.speak(),
            25..50 => self.send(),
            50..82 => self.deliver(),
            82..85 => self.toggle_link(),
            85..89 => {
                let victim = self.any();
                self.nodes[victim].crash();
            }
            89..95 => {
                let risen = self.any();
                if self.nodes[risen].memory.is_none() {
                    self.nodes[risen].start();
                }
            }
            95..97 => {
                let careful = self.any();
                self.nodes[careful].backup = Some(self.nodes[careful].disk.clone());
            }
            97..98 if self.weather.restores => {
                let victim = self.any();
                self.restore(victim);
            }
            _ if self.weather.liar => self.lie(),
            _ => {}
        }
        for at in 0..self.nodes.len() {
            let names = self.names.clone();
            self.nodes[at].end_recovery(&names);
        }
    }

    fn restore(&mut self, victim: usize) {
        // Two that are restored at once can lose what only they held, and nobody can give it back: that is an operator's
        // decision, not a recovery. So one at a time.
        if self.nodes.iter().any(|node| node.disk.recovering.is_some()) {
            return;
        }
        // Connections end with the machine. What a courier carries would still arrive; then the docket is disputed
        // and settled, which the engine's own tests show.
        let name = self.names[victim].clone();
        self.questions += 1;
        if self.nodes[victim].restore(self.questions, &self.names) {
            self.flights.retain(|(from, _, _)| *from != name);
        }
    }

    fn speak(&mut self) {
        let (who, docket, crash) = (self.any(), self.dockets[self.rng.usize(0..2)], self.crash());
        let time = self.tick();
        let Some(said) = self.something_to_say(who, docket) else { return };
        self.nodes[who].author(docket, said, time, crash);
    }

    /// The liar speaks from its past: an equivocation, or a word against its own receipts.
    fn lie(&mut self) {
        let Some(memory) = &self.nodes[LIAR].memory else { return };
        let docket = self.dockets[self.rng.usize(0..2)];
        if let Some(now) = memory.get(&docket) {
            self.past.push(now.clone());
        }
        if self.past.is_empty() {
            return;
        }
        let time = self.tick();
        let then = self.past[self.rng.usize(0..self.past.len())].clone();
        let Some(said) = self.something_to_say(LIAR, then.id()) else { return };
        let act = seal(then.frame(&self.names[LIAR], said, time));
        // It shows the lie to some, and may or may not keep it itself.
        for to in [0, 2] {
            if self.rng.bool() {
                self.flights.push((self.names[LIAR].clone(), self.names[to].clone(), Item::Act(act.clone())));
            }
        }
        if self.rng.bool() {
            self.nodes[LIAR].record_own(act, None);
        }
    }

    fn something_to_say(&mut self, who: usize, docket: DocketId) -> Option<Said> {
        let docket = self.nodes[who].memory.as_ref()?.get(&docket)?;
        let rows = docket.procedure().rows();
        let pick = self.rng.usize(0..rows.len() + 4);
        let kind = rows.get(pick).map_or(
            ["settle-fork", "confirm-fork", "erase-bodies", "nonsense"][pick.saturating_sub(rows.len()) % 4],
            |row| row.kind,
        );
        let about = docket.acts()[self.rng.usize(0..docket.acts().len())].id();
        let facts = match self.rng.u8(0..9) {
            0 => json!({}),
            1 => json!({"measures": ["m1"]}),
            2 => json!({"measures": ["m1"], "grounds": ["g1"]}),
            3 => json!({"act": about}),
            4 => json!({"answers": [about]}),
            5 => json!({"keep": about}),
            6 => json!({"settle": about}),
            7 => json!({"measures": ["m2"], "complete": true}),
            _ => json!({"acts": [about], "ground": "retention"}),
        };
        let newcomer = kind == "invite" && self.rng.bool();
        let party = Party { authority: self.names[2].clone(), role: "participant".to_owned() };
        let introduces = if newcomer { vec![party] } else { vec![] };
        Some(Said { kind: kind.to_owned(), facts: object(facts), body: None, introduces })
    }

    /// Some node sends some of what its outbox holds. Acts stay there until they are receipted.
    fn send(&mut self) {
        let who = self.any();
        self.send_from(who, false);
    }

    fn send_from(&mut self, who: usize, everything: bool) {
        if self.nodes[who].memory.is_none() {
            return;
        }
        let name = self.names[who].clone();
        let signs = self.nodes[who].may_sign();
        for ((to, key), item) in std::mem::take(&mut self.nodes[who].disk.outbox) {
            let free = match &item {
                // Nothing leaves before T2; what waits here is not this node's to log.
                Item::Act(act) => {
                    let disk = &self.nodes[who].disk;
                    disk.ledger.contains(&ActId::of_header(&act.header)) || disk.waiting.contains(act)
                }
                Item::Receipt(_) => signs,
                _ => true,
            };
            // Only what is answered by a receipt, or by the end of a recovery, is sent again.
            let again = match &item {
                Item::Act(act) => self.nodes[who].disk.ledger.contains(&ActId::of_header(&act.header)),
                Item::Recover(question) => {
                    let recovering = self.nodes[who].disk.recovering.as_ref();
                    recovering.is_some_and(|(q, done)| q == question && !done.contains(&to))
                }
                _ => false,
            };
            let sent = free && (everything || self.rng.u8(0..3) > 0);
            if sent {
                self.flights.push((name.clone(), to.clone(), item.clone()));
            }
            if !sent || again {
                self.nodes[who].disk.outbox.insert((to, key), item);
            }
        }
    }

    /// One envelope arrives, late, twice or never.
    fn deliver(&mut self) {
        if self.flights.is_empty() {
            return;
        }
        let at = self.rng.usize(0..self.flights.len());
        let (from, to) = (self.place(&self.flights[at].0), self.place(&self.flights[at].1));
        if self.cut.contains(&(from.min(to), from.max(to))) || self.nodes[to].memory.is_none() {
            return;
        }
        let repeated = self.rng.u8(0..8) == 0;
        let (sender, _, item) = if repeated { self.flights[at].clone() } else { self.flights.swap_remove(at) };
        if self.rng.u8(0..6) > 0 {
            let crash = self.crash();
            self.nodes[to].receive(&sender, item, crash);
        }
    }

    /// Ends all trouble and lets everybody hear everybody, until nothing moves any more.
    fn heal(&mut self) -> Result<(), String> {
        self.cut.clear();
        let names = self.names.clone();
        for node in &mut self.nodes {
            if node.memory.is_none() {
                node.start();
            }
        }
        for _ in 0..60 {
            let before = self.witness.counts(&self.nodes);
            // The daily digest of shared dockets finds what nobody owes anybody.
            for (from, to) in (0..3).flat_map(|from| (0..3).map(move |to| (from, to))).filter(|(from, to)| from != to) {
                for (docket, held) in self.nodes[from].memory.as_ref().expect("the node runs") {
                    if held.parties().iter().any(|party| party.authority == names[to]) {
                        let item = Item::Digest(*docket, held.heads().collect());
                        self.flights.push((names[from].clone(), names[to].clone(), item));
                    }
                }
            }
            for _ in 0..3 {
                for who in 0..self.nodes.len() {
                    self.send_from(who, true);
                }
                for (from, to, item) in std::mem::take(&mut self.flights) {
                    let to = self.place(&to);
                    self.nodes[to].receive(&from, item, None);
                }
                for node in &mut self.nodes {
                    node.end_recovery(&names);
                }
            }
            self.witness.see(&self.nodes)?;
            if self.quiet() && before == self.witness.counts(&self.nodes) && self.nothing_owed() {
                return Ok(());
            }
        }
        let state = |node: &Node| {
            let owed = node.disk.outbox.values().filter(|item| matches!(item, Item::Act(_))).count();
            let recovering = node.disk.recovering.as_ref().map(|(_, answered)| answered.len());
            format!("{}: {} waiting, {owed} owed, recovering {recovering:?}", node.name, node.disk.waiting.len())
        };
        let states: Vec<String> = self.nodes.iter().map(state).collect();
        Err(format!("the world does not come to rest: {}", states.join("; ")))
    }

    /// Nobody recovers, and nothing waits but what can never be admitted: what lost its ancestors to a restore, or what the
    /// liar sent to somebody who has no part in its docket.
    fn quiet(&self) -> bool {
        let held = |id: &ActId| self.nodes.iter().any(|node| node.holds(*id));
        let hopeless = |act: &SignedAct| {
            authentic(act).is_some_and(|act| {
                let lie = self.weather.liar && act.header().author == self.names[LIAR];
                lie || !act.header().parents.iter().chain(&act.header().previous).all(held)
            })
        };
        self.nodes.iter().all(|node| node.may_sign() && node.disk.waiting.iter().all(hopeless))
    }

    fn nothing_owed(&self) -> bool {
        let owes = |node: &Node| node.disk.outbox.values().any(|item| matches!(item, Item::Act(_)));
        !self.nodes.iter().any(owes)
    }

    fn any(&mut self) -> usize {
        self.rng.usize(0..self.nodes.len())
    }
    fn place(&self, name: &AuthorityId) -> usize {
        self.names.iter().position(|known| known == name).expect("one of ours")
    }
    fn toggle_link(&mut self) {
        let pair = [(0, 1), (0, 2), (1, 2)][self.rng.usize(0..3)];
        if !self.cut.remove(&pair) {
            self.cut.insert(pair);
        }
    }
    fn crash(&mut self) -> Option<Crash> {
        match self.rng.u8(0..40) {
            0 => Some(Crash::BeforeRecording),
            1 => Some(Crash::BeforeSequencing),
            2 => Some(Crash::AfterSequencing),
            _ => None,
        }
    }
    fn tick(&mut self) -> Moment {
        self.clock += 1;
        Moment::from_unix(1_790_000_000 + self.clock).expect("within range")
    }
}

fn object(value: Value) -> Map<String, Value> {
    value.as_object().cloned().unwrap_or_default()
}

/// What a witness counts: acts and receipts per node and docket.
pub type Counts = Vec<BTreeMap<DocketId, (usize, usize)>>;
