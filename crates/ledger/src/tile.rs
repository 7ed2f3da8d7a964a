//! C2SP `tlog-tiles`: the tree cut into files of 256 hashes that never change, so that anybody can keep and serve them.
//!
//! A tile at level L holds the roots of 256 neighbouring complete subtrees of 256^L leaves each. What lies between two
//! tile levels is recomputed by hashing. Tiles hold hashes of salted leaves only; bundles of entries do not exist here.
//!
//! Whoever reads tiles of another's log believes nothing: [`check_edge`] compares the partial tiles with a signed root,
//! [`check_full`] each full one with the tile above it, and proofs made through [`TileHashes`] are checked like any other.

use std::fmt;
use std::str::FromStr;

use terms::{Digest, Fault};

use crate::error::malformed;
use crate::tree::{self, HashReader, NodeId, node_hash};
use crate::{LedgerError, TREE_SIZE_MAX};

/// Hashes in a full tile.
pub const TILE_WIDTH: u64 = 256;
/// Tree levels in a tile.
const HEIGHT: u32 = 8;
/// The highest level at which a tree of [`TREE_SIZE_MAX`] leaves has a tile.
pub const TILE_LEVEL_MAX: u8 = 7;

const WHAT: &str = "tile path";

/// Which tile: level, number within the level, and how many hashes of it exist.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Tile {
    level: u8,
    index: u64,
    width: u16,
}

impl Tile {
    /// The tile `index` of `level`, as wide as it is in a tree of `size` leaves; `None` if it has no hash there.
    pub fn in_tree(level: u8, index: u64, size: u64) -> Option<Self> {
        let there = hashes_at(level, size);
        let width = there.checked_sub(index.checked_mul(TILE_WIDTH)?)?.min(TILE_WIDTH);
        (width > 0 && size <= TREE_SIZE_MAX).then_some(Self { level, index, width: width as u16 })
    }

    /// Tile level: hashes of subtrees of 256^level leaves.
    pub fn level(self) -> u8 {
        self.level
    }
    /// Number within the level.
    pub fn index(self) -> u64 {
        self.index
    }
    /// Hashes in it, 1 to 256.
    pub fn width(self) -> u16 {
        self.width
    }
    /// Whether it is complete and will never be replaced by a wider one.
    pub fn is_full(self) -> bool {
        u64::from(self.width) == TILE_WIDTH
    }
    /// Bytes in it.
    pub fn len_bytes(self) -> usize {
        usize::from(self.width) * Digest::LEN
    }
    /// The full tile of which this is a beginning: a server may have dropped the partial one.
    pub fn full(self) -> Self {
        Self { width: TILE_WIDTH as u16, ..self }
    }

    /// The nodes whose hashes it holds, in order.
    pub fn nodes(self) -> Vec<NodeId> {
        let first = self.index * TILE_WIDTH;
        let level = self.level * HEIGHT as u8;
        (first..first + u64::from(self.width)).map(|index| NodeId { level, index }).collect()
    }

    /// The node one tile level up that stands for this tile once it is full.
    pub fn parent(self) -> NodeId {
        NodeId { level: (self.level + 1) * HEIGHT as u8, index: self.index }
    }

    /// Its bytes, from the hashes of a store.
    ///
    /// # Errors
    /// The store's fault.
    pub fn build(self, reader: &mut impl HashReader) -> Result<Vec<u8>, LedgerError> {
        Ok(tree::read_all(reader, &self.nodes())?.iter().flat_map(|hash| *hash.as_bytes()).collect())
    }

    /// Its hashes, from its bytes.
    ///
    /// # Errors
    /// If there are too few or too many bytes. A wider version of the tile must be cut by the caller.
    pub fn parse(self, bytes: &[u8]) -> Result<Vec<Digest>, LedgerError> {
        if bytes.len() != self.len_bytes() {
            let expected = usize::from(self.width);
            return Err(LedgerError::ProofLength { what: "tile", expected, found: bytes.len() / Digest::LEN });
        }
        Ok(bytes.chunks_exact(Digest::LEN).filter_map(Digest::from_slice).collect())
    }
}

/// `tile/<level>/<number>[.p/<width>]`, the number in groups of three digits, all but the last behind an `x`.
impl fmt::Display for Tile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut number = format!("{:03}", self.index % 1000);
        let mut rest = self.index / 1000;
        while rest > 0 {
            number = format!("x{:03}/{number}", rest % 1000);
            rest /= 1000;
        }
        write!(f, "tile/{}/{number}", self.level)?;
        if self.is_full() { Ok(()) } else { write!(f, ".p/{}", self.width) }
    }
}

impl FromStr for Tile {
    type Err = LedgerError;
    fn from_str(path: &str) -> Result<Self, LedgerError> {
        let read = || {
            let (level, rest) = path.strip_prefix("tile/")?.split_once('/')?;
            let (number, width) = match rest.split_once(".p/") {
                Some((number, width)) => (number, width.parse().ok().filter(|width| (1..256).contains(width))?),
                None => (rest, TILE_WIDTH as u16),
            };
            let mut index: u64 = 0;
            for group in number.split('/') {
                let digits = group.trim_start_matches('x');
                index = index.checked_mul(1000)?.checked_add(digits.parse().ok()?)?;
            }
            let tile = Self { level: level.parse().ok()?, index, width };
            let last = index.checked_mul(TILE_WIDTH)?.checked_add(u64::from(width) - 1)?;
            let node = NodeId { level: tile.level.checked_mul(HEIGHT as u8)?, index: last };
            // One spelling: what was read must be what would be written; and some tree must have it.
            (tile.to_string() == path && node.end().is_some()).then_some(tile)
        };
        match read() {
            Some(tile) => Ok(tile),
            None => malformed(WHAT, 1, "expected tile/<level>/<number>[.p/<width>] of a tree of at most 2^62 leaves"),
        }
    }
}

/// How many hashes stand at a tile level in a tree of `size` leaves.
fn hashes_at(level: u8, size: u64) -> u64 {
    size.checked_shr(HEIGHT * u32::from(level)).unwrap_or(0)
}

/// All tiles to write when a tree grows from `old` to `new` leaves, partial ones included; for a first tree `old` is zero.
pub fn tiles_between(old: u64, new: u64) -> Vec<Tile> {
    let mut tiles = Vec::new();
    for level in 0..=TILE_LEVEL_MAX {
        let (before, after) = (hashes_at(level, old), hashes_at(level, new));
        if after > before {
            let numbers = before / TILE_WIDTH..after.div_ceil(TILE_WIDTH);
            tiles.extend(numbers.filter_map(|index| Tile::in_tree(level, index, new)));
        }
    }
    tiles
}

/// Where tiles are read: a folder, a peer, a cache.
pub trait TileReader {
    /// The bytes of exactly these tiles, in order. Whoever finds only a wider version cuts it to width.
    ///
    /// # Errors
    /// The reader's own fault, also if a tile is not there.
    fn read_tiles(&mut self, tiles: &[Tile]) -> Result<Vec<Vec<u8>>, Fault>;
}

/// Any hash of a tree, read from its tiles.
#[derive(Debug)]
pub struct TileHashes<R> {
    size: u64,
    tiles: R,
}

impl<R: TileReader> TileHashes<R> {
    /// The hashes of the tree of `size` leaves.
    pub fn new(size: u64, tiles: R) -> Self {
        Self { size, tiles }
    }

    /// The tile that holds what a node is made of, and the span of its hashes within.
    fn locate(&self, node: NodeId) -> Result<(Tile, std::ops::Range<usize>), Fault> {
        let absent =
            || Fault::new("ledger.hash-missing", format!("no hash at level {} index {}", node.level, node.index));
        let level = u32::from(node.level) / HEIGHT;
        let within = u32::from(node.level) % HEIGHT;
        node.end().filter(|end| *end <= self.size).ok_or_else(absent)?;
        let first = node.index << within;
        let tile = Tile::in_tree(level as u8, first / TILE_WIDTH, self.size).ok_or_else(absent)?;
        let start = (first % TILE_WIDTH) as usize;
        Ok((tile, start..start + (1 << within)))
    }
}

impl<R: TileReader> HashReader for TileHashes<R> {
    fn read(&mut self, wanted: &[NodeId]) -> Result<Vec<Digest>, Fault> {
        let places = wanted.iter().map(|node| self.locate(*node)).collect::<Result<Vec<_>, _>>()?;
        let mut tiles: Vec<Tile> = places.iter().map(|(tile, _)| *tile).collect();
        tiles.sort_unstable();
        tiles.dedup();
        let answers = self.tiles.read_tiles(&tiles)?;
        if answers.len() != tiles.len() {
            return Err(Fault::new("ledger.tile-missing", "the reader did not answer for every tile"));
        }
        let mut hashes = Vec::with_capacity(tiles.len());
        for (tile, bytes) in tiles.iter().zip(&answers) {
            let refused = |error| Fault::new("ledger.tile-malformed", tile.to_string()).because(error);
            hashes.push(tile.parse(bytes).map_err(refused)?);
        }
        let found = places.into_iter().filter_map(|(tile, span)| {
            let at = tiles.binary_search(&tile).ok()?;
            complete_root(hashes[at].get(span)?)
        });
        Ok(found.collect())
    }
}

/// The root over a power of two of neighbouring hashes.
fn complete_root(hashes: &[Digest]) -> Option<Digest> {
    match hashes {
        [] => None,
        [one] => Some(*one),
        more => {
            let (left, right) = more.split_at(more.len() / 2);
            Some(node_hash(&complete_root(left)?, &complete_root(right)?))
        }
    }
}

/// The tiles at the right edge that are not full, one for a level at most: what [`check_edge`] reads.
pub fn edge_tiles(size: u64) -> Vec<Tile> {
    let last = |level| Tile::in_tree(level, hashes_at(level, size) / TILE_WIDTH, size);
    (0..=TILE_LEVEL_MAX).filter_map(last).collect()
}

/// Checks all partial tiles of another's tree at once: every hash in them takes part in the root, so if the root is the
/// signed one they are the tree's. This is where reading another's tiles begins; [`check_full`] leads down from there.
///
/// # Errors
/// If they lead to another root, or cannot be read.
pub fn check_edge<R: TileReader>(size: u64, root: &Digest, tiles: R) -> Result<(), LedgerError> {
    let found = tree::root(size, &mut TileHashes::new(size, tiles))?;
    if found == *root { Ok(()) } else { Err(LedgerError::ProofMismatch { what: "tile" }) }
}

/// Checks a full tile of another's tree against the hash that stands for it one level up, in a tile checked before.
///
/// # Errors
/// If its bytes do not lead to that hash.
pub fn check_full(tile: Tile, bytes: &[u8], parent: &Digest) -> Result<(), LedgerError> {
    let holds = tile.is_full() && complete_root(&tile.parse(bytes)?) == Some(*parent);
    if holds { Ok(()) } else { Err(LedgerError::ProofMismatch { what: "tile" }) }
}
