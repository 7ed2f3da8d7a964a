//! Tiles: their paths, what they hold, and that a whole tree can be read from them and nothing else.

mod common;

use std::collections::BTreeMap;

use common::{Log, leaf};
use ledger::tile::{Tile, TileHashes, TileReader, check_edge, check_full, edge_tiles, tiles_between};
use ledger::tree::root;
use ledger::{ConsistencyProof, InclusionProof, NodeId, TREE_SIZE_MAX};
use proptest::prelude::*;
use terms::{Digest, Fault};

/// Tiles in memory, by path.
#[derive(Clone, Default)]
struct Folder(BTreeMap<String, Vec<u8>>);
impl TileReader for Folder {
    fn read_tiles(&mut self, tiles: &[Tile]) -> Result<Vec<Vec<u8>>, Fault> {
        let missing = |tile: &Tile| Fault::new("test.no-tile", tile.to_string());
        tiles.iter().map(|tile| self.0.get(&tile.to_string()).cloned().ok_or_else(|| missing(tile))).collect()
    }
}
impl Folder {
    fn write(&mut self, log: &mut Log, old: u64) {
        for tile in tiles_between(old, log.size()) {
            self.0.insert(tile.to_string(), tile.build(&mut log.hashes).expect("stored"));
        }
    }
}

#[test]
fn the_published_example_of_70_000_leaves_has_its_published_tiles() {
    let tiles = tiles_between(0, 70_000);
    let count = |level, full| tiles.iter().filter(|tile| tile.level() == level && tile.is_full() == full).count();
    assert_eq!((count(0, true), count(0, false)), (273, 1));
    assert_eq!((count(1, true), count(1, false)), (1, 1));
    assert_eq!((count(2, true), count(2, false)), (0, 1));
    let edge: Vec<String> = edge_tiles(70_000).iter().map(Tile::to_string).collect();
    assert_eq!(edge, ["tile/0/273.p/112", "tile/1/001.p/17", "tile/2/000.p/1"]);
    let of_256: Vec<String> = tiles_between(0, 256).iter().map(Tile::to_string).collect();
    assert_eq!(of_256, ["tile/0/000", "tile/1/000.p/1"]);
}

#[test]
fn a_path_has_one_spelling() {
    let right = [
        "tile/0/000",
        "tile/0/000.p/1",
        "tile/0/x001/x234/067",
        "tile/3/x001/x234/067.p/255",
        "tile/7/000.p/64",
        "tile/0/x018/x014/x398/x509/x481/983",
    ];
    for path in right {
        assert_eq!(path.parse::<Tile>().expect(path).to_string(), path);
    }
    let wrong = [
        "",
        "tile",
        "tile/",
        "tile/0",
        "tile/0/",
        "tile/0/0",
        "tile/0/00",
        "tile/0/0000",
        "tile/00/000",
        "tile/-1/000",
        "tile/+0/000",
        "tile/64/000",
        "tile/8/000",
        "tile/0/x000/001",
        "tile/0/001/002",
        "tile/0/x001",
        "tile/0/xx01/002",
        "tile/0/x001/x002",
        "tile/0/000.p/0",
        "tile/0/000.p/256",
        "tile/0/000.p/01",
        "tile/0/000.p/+1",
        "tile/0/000.p",
        "tile/0/000.p/",
        "tile/0/000.p/1/",
        "/tile/0/000",
        "tile/0/000/",
        "tile/0/../000",
        "tile/entries/000",
        "tile/data/000",
        "tile/8/0/000",
        "tile/0/1000",
        "tile/0/é",
        "tile/0/x999/x999/x999/x999/x999/x999/x999/999",
        "tile/0/x018/x014/x398/x509/x481/984",
        "tile/7/000.p/65",
    ];
    for path in wrong {
        assert!(path.parse::<Tile>().is_err(), "{path:?} must be refused");
    }
}

#[test]
fn every_proof_can_be_made_from_tiles_alone() {
    let mut log = Log::default();
    let mut folder = Folder::default();
    for size in [1, 2, 3, 255, 256, 257, 511, 512, 1_000, 65_535, 65_536, 65_537] {
        let old = log.size();
        log.grow(size, 0);
        folder.write(&mut log, old);
        check_edge(size, &log.root(), folder.clone()).expect("its own tiles");
        let mut tiles = TileHashes::new(size, folder.clone());
        assert_eq!(root(size, &mut tiles).expect("all tiles are there"), log.root());
        for index in [0, size / 3, size / 2, size - 1] {
            let proof = InclusionProof::make(index, size, &mut tiles).expect("all tiles are there");
            assert_eq!(proof, log.inclusion(index, size), "{index} of {size}");
            proof.check(index, size, &leaf(index, 0), &log.root()).expect("it holds");
        }
        let proof = ConsistencyProof::make(old, size, &mut tiles).expect("all tiles are there");
        assert_eq!(proof, log.consistency(old, size), "{old} in {size}");
    }
}

#[test]
fn a_changed_tile_is_noticed_wherever_it_is_changed() {
    let size = 66_000;
    let mut log = Log::of(size, 0);
    let mut folder = Folder::default();
    folder.write(&mut log, 0);
    for tile in edge_tiles(size) {
        for at in [0, tile.len_bytes() / 2, tile.len_bytes() - 1] {
            let mut changed = folder.clone();
            changed.0.get_mut(&tile.to_string()).expect("written")[at] ^= 0x10;
            assert!(check_edge(size, &log.root(), changed).is_err(), "{tile} at {at}");
        }
    }
    for tile in tiles_between(0, size).into_iter().filter(|tile| tile.is_full()).step_by(50) {
        let parent = log.hashes[&tile.parent()];
        let bytes = &folder.0[&tile.to_string()];
        check_full(tile, bytes, &parent).expect("its own tile");
        let mut changed = bytes.clone();
        changed[4_097] ^= 1;
        assert!(check_full(tile, &changed, &parent).is_err(), "{tile}");
        assert!(check_full(tile, &bytes[32..], &parent).is_err(), "{tile} too short");
    }
}

#[test]
fn a_tile_of_another_length_and_a_hash_outside_the_tree_are_faults() {
    let mut log = Log::of(300, 0);
    let mut folder = Folder::default();
    folder.write(&mut log, 0);
    for cut in [0, 31, 32, 44 * 32 - 1, 45 * 32] {
        let mut changed = folder.clone();
        changed.0.get_mut("tile/0/001.p/44").expect("written").resize(cut, 0);
        assert!(InclusionProof::make(299, 300, &mut TileHashes::new(300, changed)).is_err(), "{cut} bytes");
    }
    let mut tiles = TileHashes::new(300, folder);
    for (level, index) in [(0, 300), (8, 1), (9, 0), (62, 0), (63, 0), (255, u64::MAX), (0, u64::MAX)] {
        let read = ledger::HashReader::read(&mut tiles, &[NodeId { level, index }]);
        assert!(read.is_err(), "level {level} index {index}");
    }
    assert_eq!(Tile::in_tree(0, 0, 0), None);
    assert_eq!(Tile::in_tree(0, u64::MAX, TREE_SIZE_MAX), None);
    assert_eq!(Tile::in_tree(200, 0, TREE_SIZE_MAX), None);
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]
    #[test]
    fn growing_in_two_steps_writes_the_tiles_of_growing_in_one(first in 0_u64..200_000, more in 0_u64..200_000) {
        let last = first + more;
        let steps: Vec<Tile> = [tiles_between(0, first), tiles_between(first, last)].concat();
        for tile in tiles_between(0, last) {
            prop_assert!(steps.contains(&tile), "{} is missing", tile);
        }
    }
    #[test]
    fn every_tile_that_a_tree_has_reads_back_from_its_path(level in 0_u8..8, place in any::<u64>(), size in 1..=TREE_SIZE_MAX) {
        let there = (size >> (8 * u32::from(level))).div_ceil(256).max(1);
        if let Some(tile) = Tile::in_tree(level, place % there, size) {
            prop_assert_eq!(tile.to_string().parse::<Tile>().expect("its own path"), tile);
        }
    }
    #[test]
    fn no_text_makes_the_path_reader_fail_otherwise_than_by_refusing(text in "(tile/)?[0-9x/.p]{0,40}|\\PC{0,40}") {
        if let Ok(tile) = text.parse::<Tile>() {
            prop_assert_eq!(tile.to_string(), text);
            prop_assert_eq!(tile.nodes().len(), usize::from(tile.width()));
        }
    }
}

#[test]
fn tile_bytes_are_the_hashes_in_order() {
    let mut log = Log::of(3, 0);
    let tile = Tile::in_tree(0, 0, 3).expect("a partial tile");
    let bytes = tile.build(&mut log.hashes).expect("stored");
    let expected: Vec<Digest> = (0..3).map(|index| leaf(index, 0)).collect();
    assert_eq!(tile.parse(&bytes).expect("its own bytes"), expected);
}
