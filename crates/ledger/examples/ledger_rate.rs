//! What the tree costs as it grows: `cargo run --release -p ledger --example ledger_rate`.
//!
//! For trees of a thousand, a hundred thousand and ten million entries: appending one more, making and checking proofs, and the round trip of a witness
//! without a network: it reads a submission, checks the proof, cosigns, and the log checks the cosignature. No line should rise with the size but by the
//! logarithm. All hashes lie in memory, as in a store that answers at once; what a store costs, `store --example store_rate` says.

#![expect(clippy::disallowed_methods, reason = "this program measures elapsed time")]

use std::error::Error;
use std::time::Instant;

use ledger::submission::Submission;
use ledger::tree::leaf_hash;
use ledger::witness::{Record, consider};
use ledger::{Checkpoint, ConsistencyProof, Frontier, HashReader, InclusionProof, KeyKind, NodeId};
use ledger::{NoteSigner as _, SoftSigner};
use terms::{Digest, Fault, Moment};

const SIZES: [u64; 3] = [1_000, 100_000, 10_000_000];
const TIMES: u64 = 2_000;

/// All final hashes, level by level.
#[derive(Default)]
struct Levels(Vec<Vec<Digest>>);

impl HashReader for Levels {
    fn read(&mut self, wanted: &[NodeId]) -> Result<Vec<Digest>, Fault> {
        let missing = || Fault::new("ledger.hash-missing", "the tree has no such hash");
        let one = |node: &NodeId| self.0.get(usize::from(node.level))?.get(usize::try_from(node.index).ok()?).copied();
        wanted.iter().map(|node| one(node).ok_or_else(missing)).collect()
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let log = SoftSigner::new("es.moj/ledger/1".parse()?, KeyKind::Log, &[1; 32])?;
    let witness = SoftSigner::new("ma.moj/witness".parse()?, KeyKind::Cosigner, &[2; 32])?;
    let (mut frontier, mut levels) = (Frontier::empty(), Levels::default());
    for size in SIZES {
        let (before, begun) = (frontier.size(), Instant::now());
        grow(&mut frontier, &mut levels, size)?;
        report(size, "appended, up to here", size - before, begun);

        let places: Vec<u64> = (0..TIMES).map(|n| n * 0x9e37_79b9 % size).collect();
        let begun = Instant::now();
        let proofs: Result<Vec<_>, _> =
            places.iter().map(|place| InclusionProof::make(*place, size, &mut levels)).collect();
        let proofs = proofs?;
        report(size, "inclusion proofs made", TIMES, begun);
        let root = frontier.root();
        let begun = Instant::now();
        for (place, proof) in places.iter().zip(&proofs) {
            proof.check(*place, size, &leaf(*place), &root)?;
        }
        report(size, "inclusion proofs checked", TIMES, begun);
        let begun = Instant::now();
        for place in &places {
            ConsistencyProof::make(place + 1, size, &mut levels)?;
        }
        report(size, "consistency proofs made", TIMES, begun);

        let mut seen: Option<Record> = None;
        let rounds = 200;
        let begun = Instant::now();
        for _ in 0..rounds {
            let old_size = seen.as_ref().map_or(0, Record::size);
            let now = frontier.size() + 1;
            grow(&mut frontier, &mut levels, now)?;
            let checkpoint = Checkpoint::new("es.moj/ledger/1".parse()?, now, frontier.root()).sign(&log)?;
            let proof = ConsistencyProof::make(old_size, now, &mut levels)?;
            let body = Submission { old_size, proof, checkpoint }.to_string();
            let mut submission = Submission::parse(body.as_bytes())?;
            let accepted = consider(&[log.key().clone()], seen.as_ref(), &submission).map_err(|why| why.reason)?;
            seen = Some(accepted.record().clone());
            let time = Moment::from_unix(1_795_000_000).ok_or("a moment")?;
            submission.checkpoint.add_cosignature(accepted.cosign_stored(time, &witness)?, witness.key())?;
        }
        report(size, "rounds of a witness, no network", rounds, begun);
    }
    Ok(())
}

fn grow(frontier: &mut Frontier, levels: &mut Levels, size: u64) -> Result<(), Box<dyn Error>> {
    while frontier.size() < size {
        for stored in frontier.append(leaf(frontier.size()))? {
            let level = usize::from(stored.node.level);
            if levels.0.len() <= level {
                levels.0.push(Vec::new());
            }
            levels.0[level].push(stored.hash);
        }
    }
    Ok(())
}

fn leaf(index: u64) -> Digest {
    leaf_hash(&index.to_be_bytes())
}

fn report(size: u64, what: &str, count: u64, begun: Instant) {
    let took = begun.elapsed();
    let each = took.as_secs_f64() * 1e6 / count as f64;
    println!("{size:>9} entries: {what:<32} {:>10.0}/s, {each:>7.2} µs each", count as f64 / took.as_secs_f64());
}
