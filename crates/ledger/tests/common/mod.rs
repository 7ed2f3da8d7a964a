//! What the tests share: keys with known secrets, a log kept in memory, and the tree's definition read literally.
#![allow(dead_code, reason = "each test program uses its part")]

use std::collections::BTreeMap;

use ledger::tree::{empty_root, leaf_hash, node_hash};
use ledger::{Checkpoint, Frontier, KeyKind, NodeId, Origin, SignedCheckpoint, SoftSigner, VerifierKey};
use ledger::{ConsistencyProof, InclusionProof, NoteSigner};
use terms::{Digest, Fault, Moment};

/// A log, all of whose final hashes lie in a map.
#[derive(Clone, Default)]
pub struct Log {
    pub frontier: Frontier,
    pub hashes: BTreeMap<NodeId, Digest>,
}

impl Log {
    /// With leaves that differ from one another and, by `flavour`, from those of another log.
    pub fn of(size: u64, flavour: u8) -> Self {
        let mut log = Self::default();
        log.grow(size, flavour);
        log
    }
    pub fn grow(&mut self, size: u64, flavour: u8) {
        for index in self.frontier.size()..size {
            for stored in self.frontier.append(leaf(index, flavour)).expect("the log is not full") {
                assert_eq!(self.hashes.insert(stored.node, stored.hash), None, "a final hash is written once");
            }
        }
    }
    pub fn size(&self) -> u64 {
        self.frontier.size()
    }
    pub fn root(&self) -> Digest {
        self.frontier.root()
    }
    pub fn inclusion(&mut self, index: u64, size: u64) -> InclusionProof {
        InclusionProof::make(index, size, &mut self.hashes).expect("within the log")
    }
    pub fn consistency(&mut self, old: u64, new: u64) -> ConsistencyProof {
        ConsistencyProof::make(old, new, &mut self.hashes).expect("within the log")
    }
    pub fn checkpoint(&self, signer: &SoftSigner) -> SignedCheckpoint {
        checkpoint(signer, self.size(), self.root())
    }
}

/// The hash of the leaf that [`Log::of`] has at `index`.
pub fn leaf(index: u64, flavour: u8) -> Digest {
    leaf_hash(&[index.to_be_bytes().as_slice(), &[flavour]].concat())
}

/// MTH of RFC 6962 §2.1, word for word.
pub fn mth(leaves: &[Digest]) -> Digest {
    match leaves {
        [] => empty_root(),
        [one] => *one,
        more => {
            let mut k = 1;
            while k * 2 < more.len() {
                k *= 2;
            }
            node_hash(&mth(&more[..k]), &mth(&more[k..]))
        }
    }
}

pub fn signer(name: &str, kind: KeyKind, secret: u8) -> SoftSigner {
    SoftSigner::new(name.parse().expect("a key name"), kind, &[secret; 32]).expect("a key")
}
/// The log of `es.moj`.
pub fn log_signer() -> SoftSigner {
    signer("es.moj/ledger/1", KeyKind::Log, 1)
}
/// The witnesses of Morocco, France and Portugal.
pub fn witnesses() -> [SoftSigner; 3] {
    [("ma.moj/witness", 2), ("fr.moj/witness", 3), ("pt.moj/witness", 4)]
        .map(|(name, secret)| signer(name, KeyKind::Cosigner, secret))
}
pub fn keys(signers: &[SoftSigner]) -> Vec<VerifierKey> {
    signers.iter().map(|signer| signer.key().clone()).collect()
}
pub fn checkpoint(signer: &SoftSigner, size: u64, root: Digest) -> SignedCheckpoint {
    let origin: Origin = signer.key().name().as_str().parse().expect("an origin");
    Checkpoint::new(origin, size, root).sign(signer).expect("signed")
}
pub fn at(seconds: i64) -> Moment {
    Moment::from_unix(1_795_000_000 + seconds).expect("a moment")
}

/// A secret that cannot be reached.
pub struct Broken(pub VerifierKey);
impl NoteSigner for Broken {
    fn key(&self) -> &VerifierKey {
        &self.0
    }
    fn sign(&self, _: &[u8]) -> Result<Vec<u8>, Fault> {
        Err(Fault::new("keys.locked", "the key file is locked"))
    }
}

/// All ways of damaging a list of hashes by one step.
pub fn damaged(proof: &[Digest]) -> Vec<(String, Vec<Digest>)> {
    let mut wrong = Vec::new();
    for at in 0..proof.len() {
        let mut flipped = proof.to_vec();
        let mut bytes = *flipped[at].as_bytes();
        bytes[(at * 7) % 32] ^= 1 << (at % 8);
        flipped[at] = Digest::new(bytes);
        wrong.push((format!("a bit of element {at} flipped"), flipped));
        let mut removed = proof.to_vec();
        removed.remove(at);
        wrong.push((format!("element {at} removed"), removed));
        if at + 1 < proof.len() && proof[at] != proof[at + 1] {
            let mut swapped = proof.to_vec();
            swapped.swap(at, at + 1);
            wrong.push((format!("elements {at} and {} swapped", at + 1), swapped));
        }
    }
    for at in 0..=proof.len() {
        let mut added = proof.to_vec();
        added.insert(at, Digest::new([at as u8; 32]));
        wrong.push((format!("an element added at {at}"), added));
    }
    wrong
}
