//! Writes a folder that another implementation of the specifications can check, alone:
//! `cargo run -p ledger --example interop_fixture -- DIR`, then `go run . DIR` in `tests/interop/go`.
//!
//! In the folder: `log.vkey` and `witness.vkey`; for each size `checkpoint.<size>`, signed and cosigned; `tile/…`, all
//! tiles of all these sizes; `inclusion` (lines of size, index, leaf hash and proof) and `consistency` (lines of two sizes and a proof);
//! and `proof.tlog-proof`. The keys are those of a test and sign nothing else.

use std::error::Error;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ledger::submission::Submission;
use ledger::tile::tiles_between;
use ledger::witness::{Record, consider};
use ledger::{Checkpoint, ConsistencyProof, Frontier, InclusionProof, KeyKind, LeafDisclosure, LeafKind, NodeId};
use ledger::{NoteSigner, SoftSigner, TlogProof};
use terms::{Digest, Moment, Salt};

const SIZES: [u64; 9] = [1, 2, 7, 255, 256, 257, 1_000, 65_536, 70_000];

fn main() -> Result<(), Box<dyn Error>> {
    let folder = PathBuf::from(std::env::args_os().nth(1).ok_or("name a folder")?);
    fs::create_dir_all(&folder)?;
    let log = SoftSigner::new("es.moj/ledger/1".parse()?, KeyKind::Log, &[1; 32])?;
    let witness = SoftSigner::new("ma.moj/witness".parse()?, KeyKind::Cosigner, &[2; 32])?;
    fs::write(folder.join("log.vkey"), format!("{}\n", log.key()))?;
    fs::write(folder.join("witness.vkey"), format!("{}\n", witness.key()))?;

    let mut frontier = Frontier::empty();
    let mut hashes = std::collections::BTreeMap::<NodeId, Digest>::new();
    let mut seen: Option<Record> = None;
    let (mut inclusion, mut consistency) = (String::new(), String::new());
    for (at, size) in SIZES.into_iter().enumerate() {
        let before = frontier.size();
        while frontier.size() < size {
            let stored = frontier.append(entry(frontier.size()).leaf_hash())?;
            hashes.extend(stored.into_iter().map(|stored| (stored.node, stored.hash)));
        }
        for tile in tiles_between(before, size) {
            write(&folder.join(tile.to_string()), &tile.build(&mut hashes)?)?;
        }
        let checkpoint = Checkpoint::new("es.moj/ledger/1".parse()?, size, frontier.root()).sign(&log)?;
        let proof = ConsistencyProof::make(before, size, &mut hashes)?;
        let mut submission = Submission { old_size: before, proof, checkpoint };
        let accepted = consider(&[log.key().clone()], seen.as_ref(), &submission).map_err(|refused| refused.reason)?;
        seen = Some(accepted.record().clone());
        let time = Moment::from_unix(1_795_000_000 + at as i64).ok_or("a moment")?;
        submission.checkpoint.add_cosignature(accepted.cosign_stored(time, &witness)?, witness.key())?;
        fs::write(folder.join(format!("checkpoint.{size}")), submission.checkpoint.to_string())?;

        for old in SIZES.into_iter().filter(|old| *old <= size) {
            let proof = ConsistencyProof::make(old, size, &mut hashes)?;
            writeln!(consistency, "{old} {size}{}", spelt(&proof.0))?;
        }
        for index in [0, size / 3, size / 2, size - 1] {
            let proof = InclusionProof::make(index, size, &mut hashes)?;
            writeln!(inclusion, "{size} {index} {}{}", encode(&entry(index).leaf_hash()), spelt(&proof.0))?;
        }
        let entry = entry(size / 2);
        let proof = InclusionProof::make(size / 2, size, &mut hashes)?;
        let extra = Some(entry.to_bytes());
        let text = TlogProof { extra, index: size / 2, inclusion: proof, checkpoint: submission.checkpoint };
        fs::write(folder.join("proof.tlog-proof"), text.to_string())?;
    }
    fs::write(folder.join("inclusion"), inclusion)?;
    fs::write(folder.join("consistency"), consistency)?;
    println!("{} sizes, {} hashes, in {}", SIZES.len(), hashes.len(), folder.display());
    Ok(())
}

/// The entry at an index: a real leaf over invented digests.
fn entry(index: u64) -> LeafDisclosure {
    let id = Digest::of(&[b"entry", &index.to_be_bytes()]);
    LeafDisclosure::new(LeafKind::Act, id, &index.to_be_bytes(), Salt::new([index as u8; 16]))
}

fn encode(hash: &Digest) -> String {
    STANDARD.encode(hash.as_bytes())
}
fn spelt(hashes: &[Digest]) -> String {
    hashes.iter().map(|hash| format!(" {}", encode(hash))).collect()
}
fn write(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    path.parent().map_or(Ok(()), fs::create_dir_all)?;
    fs::write(path, bytes)
}
