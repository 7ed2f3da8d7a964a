//! Inclusion and consistency proofs (RFC 6962 §2.1.1 and §2.1.2; checked as in RFC 9162 §2.1.3.2 and §2.1.4.2).
//!
//! An **inclusion proof** shows that a leaf stands at an index of a tree with a known root. A **consistency proof** shows
//! that a smaller tree is the beginning of a larger one: nothing was changed, removed or put between.
//!
//! Making follows the recursive definition, turned into a *plan*: the stored hashes to fetch, all at once, and how they
//! join. An asynchronous store fetches [`Plan::nodes`] itself and calls [`Plan::assemble`]. Checking is another algorithm,
//! bit arithmetic over the two positions, so that one error cannot hide in both. Lengths are known beforehand; a proof of
//! another length is refused before anything is hashed.

use terms::Digest;

use crate::tree::{self, HashReader, NodeId, empty_root, join, node_hash, subtrees};
use crate::{LedgerError, TREE_SIZE_MAX};

/// No proof over a tree of at most [`TREE_SIZE_MAX`] leaves has more hashes than this (as `tlog-witness` demands).
pub const PROOF_LEN_MAX: usize = 63;

const INCLUSION: &str = "inclusion proof";
const CONSISTENCY: &str = "consistency proof";

/// What to fetch for a proof, and how it is put together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    ranges: Vec<Vec<NodeId>>,
}

impl Plan {
    /// For an inclusion proof of leaf `index` in the tree of `size` leaves.
    ///
    /// # Errors
    /// If there is no such leaf or no such tree.
    pub fn inclusion(index: u64, size: u64) -> Result<Self, LedgerError> {
        within(size, TREE_SIZE_MAX)?;
        if index >= size {
            return Err(LedgerError::OutsideTree { asked: index, size });
        }
        let (mut from, mut to) = (0, size);
        let mut ranges = Vec::new();
        while to - from > 1 {
            let middle = from + split(to - from);
            if index < middle {
                ranges.push(subtrees(middle, to));
                to = middle;
            } else {
                ranges.push(subtrees(from, middle));
                from = middle;
            }
        }
        ranges.reverse();
        Ok(Self { ranges })
    }

    /// For a consistency proof from the tree of `old` leaves to the tree of `new` leaves. Empty if `old` is zero or `new`.
    ///
    /// # Errors
    /// If `old` is larger than `new`, or `new` than any tree.
    pub fn consistency(old: u64, new: u64) -> Result<Self, LedgerError> {
        within(new, TREE_SIZE_MAX)?;
        within(old, new)?;
        let (mut from, mut to) = (0, new);
        let mut ranges = Vec::new();
        while old != to && old != 0 {
            let middle = from + split(to - from);
            if old <= middle {
                ranges.push(subtrees(middle, to));
                to = middle;
            } else {
                ranges.push(subtrees(from, middle));
                from = middle;
            }
        }
        if from != 0 {
            ranges.push(subtrees(from, to));
        }
        ranges.reverse();
        Ok(Self { ranges })
    }

    /// How many hashes the finished proof has.
    pub fn proof_len(&self) -> usize {
        self.ranges.len()
    }

    /// The stored hashes to fetch, in the order in which [`Plan::assemble`] wants them.
    pub fn nodes(&self) -> Vec<NodeId> {
        self.ranges.concat()
    }

    /// Puts the proof together from the hashes of [`Plan::nodes`].
    ///
    /// # Errors
    /// If there are not exactly as many hashes as nodes.
    pub fn assemble(&self, hashes: &[Digest]) -> Result<Vec<Digest>, LedgerError> {
        let expected = self.ranges.iter().map(Vec::len).sum();
        if hashes.len() != expected {
            return Err(LedgerError::ProofLength { what: "store's answer", expected, found: hashes.len() });
        }
        let mut rest = hashes;
        let mut proof = Vec::with_capacity(self.ranges.len());
        for range in &self.ranges {
            let (these, others) = rest.split_at(range.len());
            proof.extend(join(these));
            rest = others;
        }
        Ok(proof)
    }
}

/// Shows that a leaf stands at an index of a tree; from the leaf's sibling up to the root's child.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct InclusionProof(pub Vec<Digest>);

impl InclusionProof {
    /// Makes the proof for leaf `index` in the tree of `size` leaves.
    ///
    /// # Errors
    /// If there is no such leaf, or the store fails.
    pub fn make(index: u64, size: u64, reader: &mut impl HashReader) -> Result<Self, LedgerError> {
        let plan = Plan::inclusion(index, size)?;
        Ok(Self(plan.assemble(&tree::read_all(reader, &plan.nodes())?)?))
    }

    /// How many hashes a proof for `index` in a tree of `size` leaves has. `index` must be less than `size`.
    fn expected_len(index: u64, size: u64) -> usize {
        // Below the point where the paths of this leaf and of the last leaf part there is a sibling at every level;
        // above it only where the path turns right.
        let parted = 64 - (index ^ (size - 1)).leading_zeros();
        let turns = index.checked_shr(parted).unwrap_or(0).count_ones();
        (parted + turns) as usize
    }

    /// Checks that `leaf` (a leaf *hash*) stands at `index` of the tree of `size` leaves with this root.
    ///
    /// # Errors
    /// Says whether position, length or hashes are wrong.
    pub fn check(&self, index: u64, size: u64, leaf: &Digest, root: &Digest) -> Result<(), LedgerError> {
        within(size, TREE_SIZE_MAX)?;
        if index >= size {
            return Err(LedgerError::OutsideTree { asked: index, size });
        }
        of_length(INCLUSION, Self::expected_len(index, size), self.0.len())?;
        let (mut at, mut last) = (index, size - 1);
        let mut hash = *leaf;
        for sibling in &self.0 {
            if at & 1 == 1 || at == last {
                hash = node_hash(sibling, &hash);
                while at & 1 == 0 && at != 0 {
                    at >>= 1;
                    last >>= 1;
                }
            } else {
                hash = node_hash(&hash, sibling);
            }
            at >>= 1;
            last >>= 1;
        }
        matches(INCLUSION, last == 0 && hash == *root)
    }
}

/// Shows that one tree is the beginning of another.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ConsistencyProof(pub Vec<Digest>);

impl ConsistencyProof {
    /// Makes the proof from the tree of `old` leaves to the tree of `new` leaves.
    ///
    /// # Errors
    /// If `old` is larger than `new`, or the store fails.
    pub fn make(old: u64, new: u64, reader: &mut impl HashReader) -> Result<Self, LedgerError> {
        let plan = Plan::consistency(old, new)?;
        Ok(Self(plan.assemble(&tree::read_all(reader, &plan.nodes())?)?))
    }

    /// Checks that the tree of `old` leaves with root `old_root` is the beginning of the tree of `new` leaves with
    /// root `new_root`. A tree without leaves is the beginning of every tree, and its root is that of RFC 6962.
    ///
    /// # Errors
    /// Says whether sizes, length or hashes are wrong.
    pub fn check(&self, old: u64, old_root: &Digest, new: u64, new_root: &Digest) -> Result<(), LedgerError> {
        let expected = Plan::consistency(old, new)?.proof_len();
        of_length(CONSISTENCY, expected, self.0.len())?;
        if old == 0 {
            matches(CONSISTENCY, *old_root == empty_root() && (new > 0 || new_root == old_root))
        } else if old == new {
            matches(CONSISTENCY, old_root == new_root)
        } else {
            matches(CONSISTENCY, self.roots(old, old_root, new) == Some((*old_root, *new_root)))
        }
    }

    /// The two roots to which the proof leads, for `0 < old < new`; `None` if it ends below the top.
    fn roots(&self, old: u64, old_root: &Digest, new: u64) -> Option<(Digest, Digest)> {
        let (mut at, mut last) = (old - 1, new - 1);
        let up = at.trailing_ones();
        at >>= up;
        last >>= up;
        // Where the old tree is one complete subtree the proof starts from its root, which the checker knows.
        let mut steps = self.0.iter();
        let start = if old.is_power_of_two() { *old_root } else { *steps.next().unwrap_or(old_root) };
        let (mut old_found, mut new_found) = (start, start);
        for step in steps {
            if at & 1 == 1 || at == last {
                old_found = node_hash(step, &old_found);
                new_found = node_hash(step, &new_found);
                while at & 1 == 0 && at != 0 {
                    at >>= 1;
                    last >>= 1;
                }
            } else {
                new_found = node_hash(&new_found, step);
            }
            at >>= 1;
            last >>= 1;
        }
        (last == 0).then_some((old_found, new_found))
    }
}

/// The size of the left subtree of a tree of `size` leaves: the largest power of two below `size`, which is at least 2.
fn split(size: u64) -> u64 {
    1 << (size - 1).ilog2()
}

fn within(asked: u64, size: u64) -> Result<(), LedgerError> {
    if asked > size { Err(LedgerError::OutsideTree { asked, size }) } else { Ok(()) }
}

fn of_length(what: &'static str, expected: usize, found: usize) -> Result<(), LedgerError> {
    if expected == found { Ok(()) } else { Err(LedgerError::ProofLength { what, expected, found }) }
}

fn matches(what: &'static str, holds: bool) -> Result<(), LedgerError> {
    if holds { Ok(()) } else { Err(LedgerError::ProofMismatch { what }) }
}
