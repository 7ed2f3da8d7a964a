//! The tree, its proofs, tiles, notes and checkpoints beside those of others: the published crates `ct-merkle` and `tlog_tiles` build the same
//! trees, and `signed_note` signs the same notes. What one makes the other accepts, and what one refuses the other refuses, in both directions.
//!
//! Never here: Go's implementation, which `tests/interop` asks.

mod common;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use common::{Log, at, damaged, keys, leaf, log_signer, witnesses};
use ct_merkle::RootHash;
use ct_merkle::mem_backed_tree::MemoryBackedTree;
use ledger::submission::Submission;
use ledger::tile::{Tile, tiles_between};
use ledger::tree::root;
use ledger::witness::consider;
use ledger::{
    ConsistencyProof, InclusionProof, KeyKind, NodeId, Note, NoteSigner, SignedCheckpoint, VerifierKey, cosignature,
};
use sha2::Sha256;
use signed_note::{StandardSigner, StandardVerifier, Verifier, VerifierList};
use terms::Digest;
use tlog_tiles::{HashReader, TileHashReader, TileReader};

/// Every pair of sizes up to here; the last leaves straddle a full tile.
const SIZES: u64 = 130;

/// What [`leaf`] hashes.
fn data(index: u64) -> Vec<u8> {
    [index.to_be_bytes().as_slice(), &[0]].concat()
}
fn theirs(hash: &Digest) -> tlog_tiles::Hash {
    tlog_tiles::Hash(*hash.as_bytes())
}
fn all(hashes: &[Digest]) -> Vec<tlog_tiles::Hash> {
    hashes.iter().map(theirs).collect()
}
fn ours(hashes: &[tlog_tiles::Hash]) -> Vec<Digest> {
    hashes.iter().map(|hash| Digest::new(hash.0)).collect()
}
fn joined(hashes: &[Digest]) -> Vec<u8> {
    hashes.iter().flat_map(|hash| *hash.as_bytes()).collect()
}
fn split(bytes: &[u8]) -> Vec<Digest> {
    bytes.chunks_exact(Digest::LEN).filter_map(Digest::from_slice).collect()
}

/// A tree of theirs: all final hashes under Go's dense index, and the same leaves in the other crate's memory.
#[derive(Default)]
struct Others {
    stored: Vec<tlog_tiles::Hash>,
    tree: MemoryBackedTree<Sha256, Vec<u8>>,
}

impl HashReader for Others {
    fn read_hashes(&self, indexes: &[u64]) -> Result<Vec<tlog_tiles::Hash>, tlog_tiles::Error> {
        Ok(indexes.iter().map(|index| self.stored[*index as usize]).collect())
    }
}

impl Others {
    fn push(&mut self) {
        let index = self.tree.len();
        let new = tlog_tiles::stored_hashes(index, &data(index), self).expect("theirs grows");
        self.stored.extend(new);
        self.tree.push(data(index));
    }
    fn of(size: u64) -> Self {
        let mut others = Self::default();
        (0..size).for_each(|_| others.push());
        others
    }
}

fn ct_root(hash: &Digest, size: u64) -> RootHash<Sha256> {
    RootHash::new((*hash.as_bytes()).into(), size)
}

/// The answers of the three about one inclusion proof.
fn included(proof: &[Digest], index: u64, size: u64, head: &Digest) -> [bool; 3] {
    let ct = ct_merkle::InclusionProof::try_from_bytes(joined(proof)).expect("whole hashes");
    [
        InclusionProof(proof.to_vec()).check(index, size, &leaf(index, 0), head).is_ok(),
        tlog_tiles::check_record(&all(proof), size, theirs(head), index, theirs(&leaf(index, 0))).is_ok(),
        ct_root(head, size).verify_inclusion(&data(index), index, &ct).is_ok(),
    ]
}

/// The answers of the three about one consistency proof, for `0 < old`.
fn consistent(proof: &[Digest], (old, old_root): (u64, &Digest), (new, new_root): (u64, &Digest)) -> [bool; 3] {
    let ct = ct_merkle::ConsistencyProof::try_from_bytes(joined(proof)).expect("whole hashes");
    [
        ConsistencyProof(proof.to_vec()).check(old, old_root, new, new_root).is_ok(),
        tlog_tiles::check_tree(&all(proof), new, theirs(new_root), old, theirs(old_root)).is_ok(),
        ct_root(new_root, new).verify_consistency(&ct_root(old_root, old), &ct).is_ok(),
    ]
}

#[test]
fn three_make_the_same_roots_and_inclusion_proofs_and_refuse_the_same_damage() {
    let mut log = Log::of(SIZES, 0);
    let mut others = Others::default();
    for size in 1..=SIZES {
        others.push();
        let head = root(size, &mut log.hashes).expect("stored");
        assert_eq!(tlog_tiles::tree_hash(size, &others).expect("theirs"), theirs(&head), "{size}");
        assert_eq!(others.tree.root().as_bytes().as_slice(), head.as_bytes(), "{size}");
        for index in 0..size {
            let proof = log.inclusion(index, size).0;
            assert_eq!(
                ours(&tlog_tiles::prove_record(size, index, &others).expect("theirs")),
                proof,
                "{index} of {size}"
            );
            assert_eq!(split(others.tree.prove_inclusion(index as usize).as_bytes()), proof, "{index} of {size}");
            assert_eq!(included(&proof, index, size, &head), [true; 3], "{index} of {size}");
            assert_eq!(included(&proof, index, size, &leaf(0, 1)), [false; 3], "another root: {index} of {size}");
            // Of each size the edges, where trees are lopsided; of all others one in seven.
            if index < 2 || index + 2 >= size || (index + size) % 7 == 0 {
                for (what, wrong) in damaged(&proof) {
                    assert_eq!(included(&wrong, index, size, &head), [false; 3], "{index} of {size}: {what}");
                }
            }
        }
    }
}

#[test]
fn three_make_the_same_consistency_proofs_and_refuse_the_same_damage() {
    let mut log = Log::of(SIZES, 0);
    let mut others = Others::default();
    let roots: Vec<Digest> = (0..=SIZES).map(|size| root(size, &mut log.hashes).expect("stored")).collect();
    for new in 1..=SIZES {
        others.push();
        let head = (new, &roots[new as usize]);
        for old in 1..=new {
            let before = (old, &roots[old as usize]);
            let proof = log.consistency(old, new).0;
            assert_eq!(ours(&tlog_tiles::prove_tree(new, old, &others).expect("theirs")), proof, "{old} in {new}");
            let ct = others.tree.prove_consistency((new - old) as usize);
            assert_eq!(split(ct.as_bytes()), proof, "{old} in {new}");
            assert_eq!(consistent(&proof, before, head), [true; 3], "{old} in {new}");
            assert_eq!(consistent(&proof, (old, &leaf(0, 1)), head), [false; 3], "another beginning: {old} in {new}");
            if old < 3 || old + 2 >= new || (old + new) % 7 == 0 {
                for (what, wrong) in damaged(&proof) {
                    assert_eq!(consistent(&wrong, before, head), [false; 3], "{old} in {new}: {what}");
                }
            }
        }
    }
}

#[test]
fn both_number_final_hashes_alike_to_the_ends_of_the_tree() {
    for level in 0..62_u8 {
        for index in [0, 1, 2, 3, 1_000, (1 << (62 - level)) - 1] {
            let node = NodeId { level, index };
            if let Some(stored) = node.stored_index() {
                assert_eq!(tlog_tiles::stored_hash_index(level, index), stored, "{node:?}");
                assert_eq!(tlog_tiles::split_stored_hash_index(stored), (level, index));
            }
        }
    }
}

/// Our tiles as their reader asks for them.
struct Tiles(std::cell::RefCell<Log>);
impl TileReader for Tiles {
    fn height(&self) -> u8 {
        8
    }
    fn read_tiles(&self, tiles: &[tlog_tiles::Tile]) -> Result<Vec<Vec<u8>>, tlog_tiles::Error> {
        let hashes = &mut self.0.borrow_mut().hashes;
        let bytes = |tile: &tlog_tiles::Tile| plain(tile).build(hashes).expect("ours has it");
        Ok(tiles.iter().map(bytes).collect())
    }
    fn save_tiles(&self, _: &[tlog_tiles::Tile], _: &[Vec<u8>]) {}
}
/// Their path names the height, which C2SP fixes at 8 and leaves out.
fn plain(tile: &tlog_tiles::Tile) -> Tile {
    tile.path().replacen("tile/8/", "tile/", 1).parse().expect("ours reads their path")
}

#[test]
fn both_cut_the_tree_into_the_same_tiles_and_theirs_makes_proofs_from_ours() {
    for (old, new) in [(0, 1), (0, 255), (0, 256), (0, 257), (256, 512), (300, 1_000), (0, 70_000), (65_535, 70_000)] {
        let mut others: Vec<Tile> = tlog_tiles::Tile::new_tiles(8, old, new).iter().map(plain).collect();
        let mut tiles = tiles_between(old, new);
        others.sort();
        tiles.sort();
        assert_eq!(tiles, others, "from {old} to {new}");
    }
    for size in [1, 255, 256, 257, 700] {
        let others = Others::of(size);
        let mut log = Log::of(size, 0);
        for tile in tlog_tiles::Tile::new_tiles(8, 0, size) {
            let bytes = plain(&tile).build(&mut log.hashes).expect("stored");
            assert_eq!(tile.read_data(&others).expect("theirs"), bytes, "{}", tile.path());
        }
        let head = log.root();
        let tiles = Tiles(log.clone().into());
        let reader = TileHashReader::new(size, theirs(&head), &tiles);
        for index in [0, size / 2, size - 1] {
            let proof = ours(&tlog_tiles::prove_record(size, index, &reader).expect("our tiles convince theirs"));
            assert_eq!(proof, log.inclusion(index, size).0, "{index} of {size}");
        }
        let reader = TileHashReader::new(size, theirs(&leaf(0, 1)), &tiles);
        assert!(reader.read_hashes(&[0]).is_err(), "tiles under another root");
    }
}

/// Their signer with the secret of [`log_signer`].
fn their_signer() -> StandardSigner {
    let key = log_signer().key().clone();
    let secret = STANDARD.encode([[1].as_slice(), &[1; 32]].concat());
    StandardSigner::new(&format!("PRIVATE+KEY+{}+{}+{secret}", key.name().as_str(), key.id())).expect("their key")
}
fn their_verifier(key: &VerifierKey) -> StandardVerifier {
    StandardVerifier::new(&key.to_string()).expect("theirs reads our key")
}
fn their_list(key: &VerifierKey) -> VerifierList {
    VerifierList::new(vec![Box::new(their_verifier(key))])
}
/// Theirs has no cosigners: the same key as one that signs bare messages.
fn bare(witness: &VerifierKey) -> StandardVerifier {
    their_verifier(&VerifierKey::new(witness.name().clone(), KeyKind::Log, witness.public_key()).expect("a key"))
}

#[test]
fn both_sign_the_same_notes_and_read_each_others_checkpoints() {
    let (signer, their_signer) = (log_signer(), their_signer());
    let known = their_list(signer.key());
    for size in [0, 1, 7, 256, 1_000] {
        let log = Log::of(size, 0);
        let mut made = log.checkpoint(&signer);
        let origin = signer.key().name().as_str();
        let other = tlog_tiles::Checkpoint::new(origin, size, theirs(&log.root()), "").expect("a checkpoint");
        let mut note = signed_note::Note::new(&other.to_bytes(), &[]).expect("a note");
        note.add_sigs(&[&their_signer]).expect("signed");
        assert_eq!(String::from_utf8(note.to_bytes()).expect("text"), made.to_string(), "Ed25519 has one signature");

        let read = SignedCheckpoint::parse(&note.to_bytes()).expect("ours reads theirs");
        read.verify(&[signer.key().clone()]).expect("ours believes theirs");
        assert_eq!((read.checkpoint().size, read.checkpoint().root), (size, log.root()));

        // Cosigned: theirs verifies the log's line, passes over the witnesses', and prints all back to the byte.
        for witness in &witnesses() {
            let submission = Submission { old_size: 0, proof: ConsistencyProof::default(), checkpoint: made.clone() };
            let accepted = consider(&[signer.key().clone()], None, &submission).expect("first seen");
            let answer = accepted.cosign_stored(at(0), witness).expect("cosigned");
            made.add_cosignature(answer, witness.key()).expect("a cosignature");
        }
        let text = made.to_string();
        let read = signed_note::Note::from_bytes(text.as_bytes()).expect("theirs reads ours");
        assert_eq!(read.to_bytes(), text.as_bytes());
        let (verified, unverified) = read.verify(&known).expect("theirs believes ours");
        assert_eq!((verified.len(), unverified.len()), (1, 3));
        let head = tlog_tiles::Checkpoint::from_bytes(read.text()).expect("theirs reads our head");
        assert_eq!((head.origin(), head.size(), *head.hash()), (origin, size, theirs(&log.root())));
        // The witnesses' lines, by their arithmetic: the id of type 4, and Ed25519 over the message with its time.
        for (line, witness) in unverified.iter().zip(keys(&witnesses())) {
            let material = [[4].as_slice(), witness.public_key()].concat();
            assert_eq!(line.id(), signed_note::key_id(witness.name().as_str(), &material));
            let (time, signature) = line.signature().split_at(8);
            assert_eq!(time, at(0).unix().to_be_bytes());
            let message = cosignature::message(at(0), made.note().text());
            assert!(bare(&witness).verify(&message, signature), "{witness:?}");
            assert!(!bare(&witness).verify(made.note().text().as_bytes(), signature), "without its time");
        }
    }
}

#[test]
fn both_read_and_refuse_the_same_notes() {
    let key = log_signer().key().clone();
    let good = Log::of(7, 0).checkpoint(&log_signer()).to_string();
    let both = |bytes: &[u8]| {
        let ours = Note::parse(bytes).is_ok_and(|note| note.verify(std::slice::from_ref(&key)).is_ok());
        let theirs = signed_note::Note::from_bytes(bytes).is_ok_and(|note| note.verify(&their_list(&key)).is_ok());
        (ours, theirs)
    };
    assert_eq!(both(good.as_bytes()), (true, true));
    let refused = (false, false);
    for at in 0..good.len() {
        let mut flipped = good.clone().into_bytes();
        flipped[at] ^= 1;
        assert_eq!(both(&flipped), refused, "byte {at}");
        assert_eq!(both(&good.as_bytes()[..at]), refused, "cut at {at}");
    }
    for (from, to) in [("\n\n", "\n"), ("\u{2014} ", "- "), ("\n", "\r\n"), ("\n7\n", "\n07\n"), ("\n7\n", "\n7\t\n")] {
        assert_eq!(both(good.replacen(from, to, 1).as_bytes()), refused, "{from:?} as {to:?}");
    }
}
