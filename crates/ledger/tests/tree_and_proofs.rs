//! The tree and its proofs: every size to 260, every pair, every damage; published roots; indices beyond 2^40.

mod common;

use common::{Log, damaged, leaf, mth};
use ledger::proof::{PROOF_LEN_MAX, Plan};
use ledger::tree::{empty_root, leaf_hash, node_hash, root};
use ledger::{ConsistencyProof, Frontier, HashReader, InclusionProof, LedgerError, NodeId, TREE_SIZE_MAX};
use proptest::prelude::*;
use terms::{Digest, Fault};

const SIZES: u64 = 260;

#[test]
fn the_published_tree_of_eight_leaves_has_its_published_roots() {
    // The reference leaves and roots that accompany the first implementation of RFC 6962.
    let leaves = ["", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"];
    let roots = [
        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
        "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
        "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
        "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
        "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
        "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
        "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
        "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
    ];
    let mut frontier = Frontier::empty();
    for (size, published) in roots.iter().enumerate() {
        assert_eq!(frontier.root().to_string(), *published, "at {size} leaves");
        if let Some(leaf) = leaves.get(size) {
            let data: Vec<u8> = (0..leaf.len() / 2)
                .map(|at| u8::from_str_radix(&leaf[2 * at..2 * at + 2], 16).expect("hexadecimal"))
                .collect();
            frontier.append(leaf_hash(&data)).expect("not full");
        }
    }
}

#[test]
fn the_root_is_the_definition_read_literally_at_every_size() {
    let leaves: Vec<Digest> = (0..SIZES).map(|index| leaf(index, 0)).collect();
    let mut log = Log::default();
    for size in 0..=SIZES {
        log.grow(size, 0);
        assert_eq!(log.root(), mth(&leaves[..size as usize]), "{size}");
        assert_eq!(root(size, &mut log.hashes).expect("stored"), log.root(), "{size}");
        let read = Frontier::read(size, &mut log.hashes).expect("stored");
        assert_eq!(read, log.frontier, "{size}");
        assert_eq!(Frontier::from_parts(size, read.hashes().to_vec()).expect("its own parts"), log.frontier);
        assert!(Frontier::from_parts(size + 1, [read.hashes(), &[leaf(0, 9)], &[leaf(1, 9)]].concat()).is_err());
    }
}

#[test]
fn hashes_become_final_in_the_dense_order_of_their_stored_index() {
    let mut frontier = Frontier::empty();
    let mut expected = 0;
    for index in 0..SIZES {
        for stored in frontier.append(leaf(index, 0)).expect("not full") {
            assert_eq!(stored.node.stored_index(), Some(expected));
            expected += 1;
        }
    }
    assert_eq!(NodeId { level: 0, index: u64::MAX }.stored_index(), None);
    assert_eq!(NodeId { level: 62, index: 1 }.stored_index(), None);
    assert_eq!(NodeId { level: 62, index: 0 }.stored_index(), Some((1 << 63) - 2), "the last of all");
}

#[test]
fn every_leaf_of_every_tree_is_proven_and_every_damage_refused() {
    let mut log = Log::of(SIZES, 0);
    for size in 1..=SIZES {
        let root = root(size, &mut log.hashes).expect("stored");
        for index in 0..size {
            let proof = log.inclusion(index, size);
            let this = leaf(index, 0);
            proof.check(index, size, &this, &root).unwrap_or_else(|error| panic!("{index} of {size}: {error}"));
            for (what, wrong) in damaged(&proof.0) {
                assert!(InclusionProof(wrong).check(index, size, &this, &root).is_err(), "{index} of {size}: {what}");
            }
            assert!(proof.check(index, size, &leaf(index, 1), &root).is_err(), "another leaf at {index} of {size}");
            assert!(proof.check(index, size, &this, &this).is_err() || size == 1, "another root at {index} of {size}");
            for other in [index ^ 1, index + 1, index / 2, size] {
                assert!(
                    other == index || proof.check(other, size, &this, &root).is_err(),
                    "{index} as {other} of {size}"
                );
            }
        }
    }
}

#[test]
fn every_tree_begins_every_larger_one_and_every_damage_is_refused() {
    let mut log = Log::of(SIZES, 0);
    let mut forked = Log::of(SIZES, 1);
    let roots: Vec<Digest> = (0..=SIZES).map(|size| root(size, &mut log.hashes).expect("stored")).collect();
    let forks: Vec<Digest> = (0..=SIZES).map(|size| root(size, &mut forked.hashes).expect("stored")).collect();
    for new in 0..=SIZES {
        for old in 0..=new {
            let proof = log.consistency(old, new);
            let (old_root, new_root) = (&roots[old as usize], &roots[new as usize]);
            proof.check(old, old_root, new, new_root).unwrap_or_else(|error| panic!("{old} in {new}: {error}"));
            for (what, wrong) in damaged(&proof.0) {
                let wrong = ConsistencyProof(wrong);
                assert!(wrong.check(old, old_root, new, new_root).is_err(), "{old} in {new}: {what}");
            }
            let (old_fork, new_fork) = (&forks[old as usize], &forks[new as usize]);
            assert!(
                old == 0 || proof.check(old, old_fork, new, new_root).is_err(),
                "a forked beginning: {old} in {new}"
            );
            assert!(old == 0 || proof.check(old, old_root, new, new_fork).is_err(), "a forked end: {old} in {new}");
            assert!(old == 0 || proof.check(old, old_root, new, old_root).is_err() || old == new, "{old} in {new}");
        }
    }
}

#[test]
fn a_tree_without_leaves_begins_every_tree_and_has_one_root() {
    let none = ConsistencyProof::default();
    none.check(0, &empty_root(), 7, &leaf(0, 0)).expect("nothing contradicts");
    none.check(0, &empty_root(), 0, &empty_root()).expect("the same");
    assert!(none.check(0, &leaf(0, 0), 7, &leaf(0, 0)).is_err(), "another root of nothing");
    assert!(none.check(0, &empty_root(), 0, &leaf(0, 0)).is_err(), "another root of nothing");
    assert!(ConsistencyProof(vec![empty_root()]).check(0, &empty_root(), 7, &leaf(0, 0)).is_err(), "needless hashes");
}

#[test]
fn what_lies_outside_the_tree_is_refused_and_said() {
    let mut log = Log::of(5, 0);
    for (index, size) in [(5, 5), (0, 0), (u64::MAX, 5), (0, u64::MAX), (0, TREE_SIZE_MAX + 1)] {
        let made = InclusionProof::make(index, size, &mut log.hashes);
        assert!(matches!(made, Err(LedgerError::OutsideTree { .. })), "{index} of {size}");
        let checked = InclusionProof::default().check(index, size, &leaf(0, 0), &leaf(0, 0));
        assert!(matches!(checked, Err(LedgerError::OutsideTree { .. })), "{index} of {size}");
    }
    for (old, new) in [(6, 5), (u64::MAX, u64::MAX), (0, u64::MAX)] {
        assert!(matches!(Plan::consistency(old, new), Err(LedgerError::OutsideTree { .. })), "{old} in {new}");
        assert!(ConsistencyProof::default().check(old, &empty_root(), new, &empty_root()).is_err());
    }
    assert!(matches!(InclusionProof::make(0, 6, &mut log.hashes), Err(LedgerError::Store(_))), "a hash not stored");
    assert!(Frontier::from_parts(u64::MAX, vec![empty_root(); 64]).is_err());
}

#[test]
fn a_store_that_answers_too_little_or_too_much_is_not_believed() {
    struct Answers(usize);
    impl HashReader for Answers {
        fn read(&mut self, _: &[NodeId]) -> Result<Vec<Digest>, Fault> {
            Ok(vec![empty_root(); self.0])
        }
    }
    for wrong in [0, 2, 4] {
        let made = InclusionProof::make(0, 8, &mut Answers(wrong));
        assert!(matches!(made, Err(LedgerError::ProofLength { expected: 3, .. })), "{wrong}");
        assert!(Plan::inclusion(0, 8).expect("within").assemble(&vec![empty_root(); wrong]).is_err());
    }
}

#[test]
fn a_log_can_be_filled_to_the_last_leaf_and_no_further() {
    let mut far = Virtual { special: None };
    let mut frontier = Frontier::read(TREE_SIZE_MAX - 1, &mut far).expect("virtual");
    assert_eq!(frontier.append(plain()).expect("the last leaf").len(), 63, "it completes every level");
    assert_eq!(Plan::inclusion(TREE_SIZE_MAX - 1, TREE_SIZE_MAX).expect("within").proof_len(), 62);
    assert_eq!(Plan::consistency(TREE_SIZE_MAX - 1, TREE_SIZE_MAX).expect("within").proof_len(), PROOF_LEN_MAX);
    assert_eq!(frontier.root(), root(TREE_SIZE_MAX, &mut far).expect("virtual"));
    assert!(matches!(frontier.append(plain()), Err(LedgerError::Full)));
}

/// A tree of any size whose leaves are all alike but one, so that the hash of any subtree is a walk of its height.
struct Virtual {
    special: Option<u64>,
}
fn plain() -> Digest {
    leaf_hash(b"plain")
}
fn special() -> Digest {
    leaf_hash(b"special")
}
impl HashReader for Virtual {
    fn read(&mut self, wanted: &[NodeId]) -> Result<Vec<Digest>, Fault> {
        // At each level: the hash of a subtree without the special leaf, and of the one with it, whose path its bits fix.
        let mut levels = vec![(plain(), special())];
        for level in 0..62 {
            let (plain, mixed) = levels[level];
            let right = self.special.is_some_and(|leaf| (leaf >> level) & 1 == 1);
            let (left, right) = if right { (plain, mixed) } else { (mixed, plain) };
            levels.push((node_hash(&plain, &plain), node_hash(&left, &right)));
        }
        let hash = |node: &NodeId| {
            let (plain, mixed) = levels[usize::from(node.level)];
            if self.special.is_some_and(|leaf| leaf >> node.level == node.index) { mixed } else { plain }
        };
        Ok(wanted.iter().map(hash).collect())
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]
    #[test]
    fn far_leaves_are_proven_and_no_neighbour_passes_for_them(
        bits in 30_u32..62, offset in any::<u64>(), place in any::<u64>(), damage in any::<prop::sample::Index>()
    ) {
        let size = (1 << bits) | (offset & ((1 << bits) - 1));
        let index = place % size;
        let mut reader = Virtual { special: Some(index) };
        let root = root(size, &mut reader).expect("virtual");
        let proof = InclusionProof::make(index, size, &mut reader).expect("virtual");
        prop_assert!(proof.0.len() <= PROOF_LEN_MAX);
        proof.check(index, size, &special(), &root).expect("the special leaf");
        prop_assert!(proof.check(index, size, &plain(), &root).is_err());
        for other in [index ^ 1, index.wrapping_sub(1), index.wrapping_add(1), index ^ (1 << (bits - 1)), index >> 1] {
            prop_assert!(other == index || proof.check(other, size, &special(), &root).is_err(), "{other} for {index}");
        }
        let wrong = damaged(&proof.0);
        let (what, wrong) = &wrong[damage.index(wrong.len())];
        prop_assert!(InclusionProof(wrong.clone()).check(index, size, &special(), &root).is_err(), "{}", what);
    }

    #[test]
    fn far_trees_begin_larger_ones_and_a_changed_leaf_in_the_past_is_seen(
        bits in 40_u32..62, offset in any::<u64>(), cut in any::<u64>(), place in any::<u64>(),
        damage in any::<prop::sample::Index>()
    ) {
        let new = (1 << bits) | (offset & ((1 << bits) - 1));
        let old = 1 + cut % new;
        let changed = place % old;
        let mut honest = Virtual { special: None };
        let mut lying = Virtual { special: Some(changed) };
        let before = root(old, &mut honest).expect("virtual");
        let (after, other) = (root(new, &mut honest).expect("virtual"), root(new, &mut lying).expect("virtual"));
        let proof = ConsistencyProof::make(old, new, &mut honest).expect("virtual");
        prop_assert!(proof.0.len() <= PROOF_LEN_MAX);
        proof.check(old, &before, new, &after).expect("honest growth");
        let excuse = ConsistencyProof::make(old, new, &mut lying).expect("virtual");
        for attempt in [&proof, &excuse] {
            prop_assert!(attempt.check(old, &before, new, &other).is_err(), "leaf {} was changed", changed);
        }
        let wrong = damaged(&proof.0);
        let (what, wrong) = &wrong[damage.index(wrong.len())];
        prop_assert!(ConsistencyProof(wrong.clone()).check(old, &before, new, &after).is_err(), "{}", what);
    }
}
