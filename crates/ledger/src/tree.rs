//! The Merkle tree of RFC 6962: how leaves and nodes are hashed, and how the tree grows by one leaf.
//!
//! A tree is known by its **frontier**: the roots of the complete subtrees along its right edge, one for each bit set in
//! its size. Appending touches at most log₂ n hashes and yields exactly the hashes that became final, which a store
//! persists under their coordinates ([`NodeId`]) and hands back through [`HashReader`].
//!
//! INVARIANT: a stored hash is never changed: it covers leaves that all exist. Incomplete subtrees are never stored.

use std::collections::BTreeMap;

use terms::{Digest, Fault};

use crate::{LedgerError, TREE_SIZE_MAX};

/// The hash of a leaf: SHA-256(0x00 ‖ data).
pub fn leaf_hash(data: &[u8]) -> Digest {
    Digest::of(&[&[0x00], data])
}

/// The hash of an inner node: SHA-256(0x01 ‖ left ‖ right).
pub fn node_hash(left: &Digest, right: &Digest) -> Digest {
    Digest::of(&[&[0x01], left.as_bytes(), right.as_bytes()])
}

/// The root of the tree without leaves: SHA-256 of nothing.
pub fn empty_root() -> Digest {
    Digest::of(&[])
}

/// Where a complete subtree stands: `level` 0 are the leaves; node `index` at `level` covers the leaves
/// `index · 2^level` up to `(index + 1) · 2^level`, exclusive.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NodeId {
    /// Height above the leaves, at most 62.
    pub level: u8,
    /// Position within the level, from the left.
    pub index: u64,
}

impl NodeId {
    /// The number of leaves in a tree that is just large enough to have this node; `None` if no tree may be so large.
    pub fn end(self) -> Option<u64> {
        let above = self.index.checked_add(1)?;
        let end = (self.level < 63).then(|| above.checked_mul(1 << self.level))??;
        (end <= TREE_SIZE_MAX).then_some(end)
    }

    /// The place of this hash in the order in which hashes become final: the dense index that Go's `tlog` calls
    /// *stored hash index*. A store may use it as its key. `None` if no tree may have this node.
    pub fn stored_index(self) -> Option<u64> {
        // The node became final with its last leaf, right after `level` smaller hashes of that same leaf.
        let last_leaf = self.end()? - 1;
        let before = u128::from(last_leaf) * 2 - u128::from(last_leaf.count_ones());
        u64::try_from(before + u128::from(self.level)).ok()
    }
}

/// A hash that became final with an append, and where it belongs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StoredHash {
    /// Where it stands.
    pub node: NodeId,
    /// The root of the complete subtree there.
    pub hash: Digest,
}

/// A store of final hashes. One call asks for all that one operation needs, so that a database answers it in one query.
pub trait HashReader {
    /// The hashes of `wanted`, in that order and all of them.
    ///
    /// # Errors
    /// The store's own fault, also if a hash is not there.
    fn read(&mut self, wanted: &[NodeId]) -> Result<Vec<Digest>, Fault>;
}

/// The smallest store.
impl HashReader for BTreeMap<NodeId, Digest> {
    fn read(&mut self, wanted: &[NodeId]) -> Result<Vec<Digest>, Fault> {
        let missing = |node: &NodeId| {
            Fault::new("ledger.hash-missing", format!("no hash at level {} index {}", node.level, node.index))
        };
        wanted.iter().map(|node| self.get(node).copied().ok_or_else(|| missing(node))).collect()
    }
}

/// Reads `wanted` and insists on one hash for each.
pub(crate) fn read_all(reader: &mut impl HashReader, wanted: &[NodeId]) -> Result<Vec<Digest>, LedgerError> {
    let hashes = reader.read(wanted)?;
    if hashes.len() != wanted.len() {
        return Err(LedgerError::ProofLength { what: "store's answer", expected: wanted.len(), found: hashes.len() });
    }
    Ok(hashes)
}

/// The complete subtrees, left to right, that make up the leaves `from..to`. `from` is a multiple of the largest power of
/// two within the range, as it always is where RFC 6962 cuts a tree.
pub(crate) fn subtrees(from: u64, to: u64) -> Vec<NodeId> {
    let mut nodes = Vec::new();
    let mut at = from;
    while at < to {
        let level = (to - at).ilog2();
        nodes.push(NodeId { level: level as u8, index: at >> level });
        at += 1 << level;
    }
    nodes
}

/// The root over the complete subtrees of one range, given left to right; `None` if there are none.
pub(crate) fn join(hashes: &[Digest]) -> Option<Digest> {
    let (last, rest) = hashes.split_last()?;
    Some(rest.iter().rev().fold(*last, |right, left| node_hash(left, &right)))
}

/// The right edge of a tree: all that is needed to append to it and to name its root.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Frontier {
    size: u64,
    hashes: Vec<Digest>,
}

impl Frontier {
    /// The tree without leaves.
    pub fn empty() -> Self {
        Self::default()
    }

    /// The nodes whose hashes are the frontier of a tree of this size, left to right.
    pub fn nodes(size: u64) -> Vec<NodeId> {
        subtrees(0, size)
    }

    /// Takes a frontier from its parts: the hashes of [`Frontier::nodes`]`(size)`.
    ///
    /// # Errors
    /// If the size is beyond [`TREE_SIZE_MAX`] or the number of hashes is not that of the bits set in it.
    pub fn from_parts(size: u64, hashes: Vec<Digest>) -> Result<Self, LedgerError> {
        if size > TREE_SIZE_MAX {
            return Err(LedgerError::OutsideTree { asked: size, size: TREE_SIZE_MAX });
        }
        let expected = size.count_ones() as usize;
        if hashes.len() != expected {
            return Err(LedgerError::ProofLength { what: "frontier", expected, found: hashes.len() });
        }
        Ok(Self { size, hashes })
    }

    /// Reads the frontier of the tree of this size from a store.
    ///
    /// # Errors
    /// The store's fault, or a size beyond [`TREE_SIZE_MAX`].
    pub fn read(size: u64, reader: &mut impl HashReader) -> Result<Self, LedgerError> {
        if size > TREE_SIZE_MAX {
            return Err(LedgerError::OutsideTree { asked: size, size: TREE_SIZE_MAX });
        }
        Self::from_parts(size, read_all(reader, &Self::nodes(size))?)
    }

    /// How many leaves the tree has.
    pub fn size(&self) -> u64 {
        self.size
    }

    /// The hashes of [`Frontier::nodes`], left to right.
    pub fn hashes(&self) -> &[Digest] {
        &self.hashes
    }

    /// The root of the tree.
    pub fn root(&self) -> Digest {
        join(&self.hashes).unwrap_or_else(empty_root)
    }

    /// Adds one leaf by its *leaf hash* and returns what became final: the leaf itself, then each subtree that it
    /// completed, upwards. A store that has persisted these for every leaf can answer every proof.
    ///
    /// # Errors
    /// [`LedgerError::Full`] at [`TREE_SIZE_MAX`] leaves.
    pub fn append(&mut self, leaf: Digest) -> Result<Vec<StoredHash>, LedgerError> {
        if self.size >= TREE_SIZE_MAX {
            return Err(LedgerError::Full);
        }
        let mut node = NodeId { level: 0, index: self.size };
        let mut hash = leaf;
        let mut stored = vec![StoredHash { node, hash }];
        for _ in 0..self.size.trailing_ones() {
            // One frontier hash stands for each bit set in the size, so each trailing one has its left sibling here.
            let left = self.hashes.pop().expect("a frontier has one hash per bit set in its size");
            node = NodeId { level: node.level + 1, index: node.index >> 1 };
            hash = node_hash(&left, &hash);
            stored.push(StoredHash { node, hash });
        }
        self.hashes.push(hash);
        self.size += 1;
        Ok(stored)
    }
}

/// The root of the tree of this size, from a store.
///
/// # Errors
/// As [`Frontier::read`].
pub fn root(size: u64, reader: &mut impl HashReader) -> Result<Digest, LedgerError> {
    Ok(Frontier::read(size, reader)?.root())
}
