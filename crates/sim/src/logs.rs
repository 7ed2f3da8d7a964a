//! Logs that watch each other in a seeded world, one of which may lie.
//!
//! The nodes here are a model of the shell (rounds, cosigning, following, comparing, looking for what was receipted) over the real ledger: real trees, proofs,
//! signed heads, and the real decisions of witness and follower. Links are cut, nodes are down, nodes are restored from old backups and begin a new
//! generation. In an honest world nobody ever finds anything. After a lie, one round in which everybody reaches everybody is enough.

use std::collections::BTreeMap;

use fastrand::Rng;
use ledger::evidence::Evidence;
use ledger::submission::Submission;
use ledger::tree::leaf_hash;
use ledger::witness::{Reason, Record, consider};
use ledger::{Checkpoint, ConsistencyProof, Frontier, HashReader, KeyKind, NodeId, NoteSigner as _, Origin};
use ledger::{SignedCheckpoint, SoftSigner, VerifierKey};
use terms::{Digest, Fault};

/// How many nodes there are.
const NODES: usize = 5;

/// What the first node does to the others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lie {
    /// It rewrites what it has shown, and shows the other history to everybody.
    Fork,
    /// It goes back to an earlier head and goes on from there.
    Rollback,
    /// It receipts an act, and logs something else in its place.
    Dropped,
    /// It puts an entry between earlier ones.
    Backdated,
    /// From now on it shows one half of its peers another log than the other half.
    TwoVersions,
}

/// What can go wrong without anybody lying.
#[derive(Debug, Clone, Copy)]
pub struct Weather {
    /// Links are cut and nodes are down, round by round.
    pub storms: bool,
    /// Nodes are restored from old backups.
    pub restores: bool,
    /// Peers tell each other what they saw of a third log.
    pub compare: bool,
}

/// A tree with all that it is made of.
#[derive(Clone, Default)]
struct Log {
    leaves: Vec<Digest>,
    frontier: Frontier,
    hashes: BTreeMap<NodeId, Digest>,
}

impl Log {
    fn of(leaves: &[Digest]) -> Self {
        let mut log = Self::default();
        leaves.iter().for_each(|leaf| log.append(*leaf));
        log
    }
    fn append(&mut self, leaf: Digest) {
        let stored = self.frontier.append(leaf).expect("no log here is full");
        self.hashes.extend(stored.into_iter().map(|stored| (stored.node, stored.hash)));
        self.leaves.push(leaf);
    }
    fn size(&self) -> u64 {
        self.frontier.size()
    }
}

/// What a log gives to whoever asks for its tiles.
struct Tiles<'l>(&'l Log);

impl HashReader for Tiles<'_> {
    fn read(&mut self, wanted: &[NodeId]) -> Result<Vec<Digest>, Fault> {
        let missing = || Fault::new("ledger.tile-missing", "the log has no such tile");
        wanted.iter().map(|node| self.0.hashes.get(node).copied().ok_or_else(missing)).collect()
    }
}

/// What another node's receipt promises: this leaf at this place of that log.
struct Promise {
    by: usize,
    origin: String,
    index: usize,
    leaf: Digest,
    head: SignedCheckpoint,
}

struct Member {
    generation: u32,
    log: Log,
    /// What the liar shows to the nodes with even numbers.
    other: Option<Log>,
    backup: Option<Log>,
    /// Restored, and not yet told by everybody what it had said.
    recovering: bool,
    /// The last heads that this node cosigned, and those that it followed, by origin.
    records: BTreeMap<String, Record>,
    followed: BTreeMap<String, SignedCheckpoint>,
    /// How large the own log was when each other cosigned it.
    cosigned: BTreeMap<usize, u64>,
    promises: Vec<Promise>,
}

/// The world.
pub struct Logs {
    rng: Rng,
    weather: Weather,
    members: Vec<Member>,
    /// Who found something about whom, and what.
    pub found: Vec<(usize, usize, String)>,
}

fn name(node: usize) -> String {
    format!("n{node}.moj")
}
fn signer(node: usize, generation: u32) -> SoftSigner {
    let origin = format!("{}/ledger/{generation}", name(node));
    let secret = [node as u8 + 1, generation as u8].repeat(16).try_into().expect("32 bytes");
    SoftSigner::new(origin.parse().expect("a name"), KeyKind::Log, &secret).expect("a key")
}

impl Logs {
    /// A world in which every node has said a little.
    pub fn new(seed: u64, weather: Weather) -> Self {
        let member = || Member {
            generation: 1,
            log: Log::default(),
            other: None,
            backup: None,
            recovering: false,
            records: BTreeMap::new(),
            followed: BTreeMap::new(),
            cosigned: BTreeMap::new(),
            promises: Vec::new(),
        };
        let members = (0..NODES).map(|_| member()).collect();
        Self { rng: Rng::with_seed(seed), weather, members, found: Vec::new() }
    }

    /// Lets so many rounds pass.
    pub fn pass(&mut self, rounds: usize) {
        for _ in 0..rounds {
            self.round(self.weather.storms);
        }
    }

    /// A round in which everybody reaches everybody.
    pub fn calm_round(&mut self) {
        self.round(false);
    }

    fn round(&mut self, storm: bool) {
        for node in 0..NODES {
            self.work(node);
        }
        let links: Vec<bool> = (0..NODES * NODES).map(|_| !storm || self.rng.u8(..4) > 0).collect();
        let up = |a: usize, b: usize| links[a.min(b) * NODES + a.max(b)];
        for node in 0..NODES {
            self.recover(node, (0..NODES).all(|peer| peer == node || up(node, peer)));
            let leaf = self.entry();
            self.append(node, leaf);
        }
        for node in 0..NODES {
            for peer in (0..NODES).filter(|peer| *peer != node && up(node, *peer)) {
                self.be_cosigned(node, peer);
                self.look_at(node, peer);
            }
        }
        if self.weather.compare {
            for node in 0..NODES {
                for peer in (0..NODES).filter(|peer| *peer != node && up(node, *peer)) {
                    for third in (0..NODES).filter(|third| ![node, peer].contains(third) && up(node, *third)) {
                        self.compare(node, peer, third);
                    }
                }
            }
        }
    }

    /// What happens between two rounds: acts that are logged, and receipted by whoever takes them; a copy of the disk; a restore.
    fn work(&mut self, node: usize) {
        for _ in 0..self.rng.usize(..4) {
            let (leaf, to) = (self.entry(), self.rng.usize(..NODES));
            self.append(node, leaf);
            if to != node && !self.members[to].recovering {
                let leaf = self.entry();
                self.receipt(to, node, leaf, leaf);
            }
        }
        if self.rng.u8(..8) == 0 && !self.members[node].recovering {
            self.members[node].backup = Some(self.members[node].log.clone());
        }
        if self.weather.restores && self.rng.u8(..12) == 0 {
            let member = &mut self.members[node];
            if let Some(backup) = member.backup.take().filter(|_| !member.recovering) {
                (member.log, member.recovering) = (backup, true);
            }
        }
    }

    /// `by` logs `logged` and gives `to` a receipt that says that it was `said`.
    fn receipt(&mut self, by: usize, to: usize, logged: Digest, said: Digest) {
        let index = self.members[by].log.leaves.len();
        self.append(by, logged);
        let head = self.head(by, to);
        let origin = head.checkpoint().origin.as_str().to_owned();
        self.members[to].promises.push(Promise { by, origin, index, leaf: said, head });
    }

    fn entry(&mut self) -> Digest {
        leaf_hash(&self.rng.u128(..).to_be_bytes())
    }
    fn append(&mut self, node: usize, leaf: Digest) {
        let member = &mut self.members[node];
        if !member.recovering {
            member.log.append(leaf);
            member.other.iter_mut().for_each(|other| other.append(leaf));
        }
    }

    /// A restored node that was told everything begins a new generation with the last head that anybody saw of the one before.
    fn recover(&mut self, node: usize, reached_by_all: bool) {
        if !self.members[node].recovering || !reached_by_all {
            return;
        }
        let before = signer(node, self.members[node].generation).key().name().to_string();
        let seen = self.members.iter().filter_map(|peer| peer.followed.get(&before));
        let last = seen.max_by_key(|head| head.checkpoint().size).map(ToString::to_string).unwrap_or_default();
        let member = &mut self.members[node];
        (member.generation, member.recovering, member.backup) = (member.generation + 1, false, None);
        (member.log, member.cosigned) = (Log::of(&[leaf_hash(last.as_bytes())]), BTreeMap::new());
    }

    /// The log that a node shows to another.
    fn shown(&self, node: usize, to: usize) -> &Log {
        let member = &self.members[node];
        member.other.as_ref().filter(|_| to.is_multiple_of(2)).unwrap_or(&member.log)
    }
    fn head(&self, node: usize, to: usize) -> SignedCheckpoint {
        let (log, signer) = (self.shown(node, to), signer(node, self.members[node].generation));
        let origin: Origin = signer.key().name().as_str().parse().expect("an origin");
        Checkpoint::new(origin, log.size(), log.frontier.root()).sign(&signer).expect("signed")
    }
    fn key(&self, node: usize) -> VerifierKey {
        signer(node, self.members[node].generation).key().clone()
    }

    /// `node` has its head cosigned by `peer`, going on from where the peer says that it stands.
    fn be_cosigned(&mut self, node: usize, peer: usize) {
        if self.members[node].recovering || self.members[peer].recovering {
            return;
        }
        let checkpoint = self.head(node, peer);
        let (origin, size) = (checkpoint.checkpoint().origin.as_str().to_owned(), checkpoint.checkpoint().size);
        let mut old_size = self.members[node].cosigned.get(&peer).copied().unwrap_or(0).min(size);
        for _ in 0..2 {
            let mut tiles = Tiles(self.shown(node, peer));
            let proof = ConsistencyProof::make(old_size, size, &mut tiles).expect("within the log");
            let submission = Submission { old_size, proof, checkpoint: checkpoint.clone() };
            match consider(&[self.key(node)], self.members[peer].records.get(&origin), &submission) {
                Ok(accepted) => {
                    let record = accepted.record().clone();
                    self.members[peer].records.insert(origin, record);
                    self.members[node].cosigned.insert(peer, size);
                    return;
                }
                Err(refused) => {
                    if let Some(evidence) = refused.evidence {
                        self.found.push((peer, node, format!("as a witness, {:?}", evidence.contradiction())));
                        return;
                    }
                    match refused.reason {
                        Reason::OtherSize { latest } if latest <= size => old_size = latest,
                        _ => return,
                    }
                }
            }
        }
    }

    /// `node` follows the log of `peer`, and looks for what `peer` receipted.
    fn look_at(&mut self, node: usize, peer: usize) {
        if self.members[peer].recovering {
            return;
        }
        let head = self.head(peer, node);
        self.judge(node, peer, &head);
        let origin = head.checkpoint().origin.as_str().to_owned();
        let (mine, kept) =
            std::mem::take(&mut self.members[node].promises).into_iter().partition(|promise| promise.by == peer);
        self.members[node].promises = kept;
        let mine: Vec<Promise> = mine;
        for promise in mine.into_iter().filter(|promise| promise.origin == origin) {
            self.judge(node, peer, &promise.head);
            if self.shown(peer, node).leaves.get(promise.index) != Some(&promise.leaf) {
                self.found.push((node, peer, "not in the log".to_owned()));
            }
        }
    }

    /// `node` asks `peer` what it saw of the log of `third`.
    fn compare(&mut self, node: usize, peer: usize, third: usize) {
        let origin = self.key(third).name().to_string();
        if let Some(seen) =
            self.members[peer].followed.get(&origin).cloned().filter(|_| !self.members[third].recovering)
        {
            self.judge(node, third, &seen);
        }
    }

    fn judge(&mut self, node: usize, about: usize, head: &SignedCheckpoint) {
        let origin = head.checkpoint().origin.as_str().to_owned();
        let seen = self.members[node].followed.get(&origin).cloned();
        let mut tiles = Tiles(self.shown(about, node));
        if let Some(evidence) = seen.as_ref().and_then(|seen| Evidence::between(seen, head, &mut tiles)) {
            self.found.push((node, about, format!("following, {:?}", evidence.contradiction())));
        } else if seen.is_none_or(|seen| seen.checkpoint().size <= head.checkpoint().size) {
            self.members[node].followed.insert(origin, head.clone());
        }
    }

    /// The first node lies.
    pub fn lie(&mut self, lie: Lie) {
        let leaves = self.members[0].log.leaves.clone();
        let cut = self.rng.usize(1..leaves.len());
        let (logged, said) = (self.entry(), self.entry());
        match lie {
            Lie::Fork => {
                let mut other = leaves.clone();
                other[cut] = logged;
                self.members[0].log = Log::of(&other);
            }
            Lie::Rollback => self.members[0].log = Log::of(&leaves[..cut]),
            Lie::Dropped => {
                let to = self.rng.usize(1..NODES);
                self.receipt(0, to, logged, said);
            }
            Lie::Backdated => {
                let mut other = leaves.clone();
                other.insert(cut, logged);
                self.members[0].log = Log::of(&other);
            }
            Lie::TwoVersions => {
                let mut other = self.members[0].log.clone();
                self.members[0].log.append(logged);
                other.append(said);
                self.members[0].other = Some(other);
            }
        }
    }
}
