//! The second of the two transactions (T2): queued leaves get their places, the tree grows, the head moves, the receipts
//! over the batch are kept with their own queued leaves, and what waited for these leaves may leave.
//!
//! ```text
//!            head (size 7)                     head (size 10)
//! leaves  a b c   ── decide(pending) ──▶  a=7 b=8 c=9, hashes, checkpoint, receipts ──▶ outbox ready
//!            └──────── compare-and-swap on the head's size and root ────────┘
//! ```
//!
//! Two sequencers that saw one head cannot both move it: the second gets [`StoreError::HeadMoved`] and has changed
//! nothing. After a crash in the middle the leaves are still queued and the head is where it was.
//! What a leaf or a receipt says is the caller's business.

use crate::leaves::{self, LeafRow, NewLeaf};
use crate::outbox::{self, Outgoing};
use crate::receipts::{self, NewReceipt};
use crate::tree::{self, TreeHash, TreeHead};
use crate::{ReadTx, StoreError, WriteTx};

/// What waits to be sequenced.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pending {
    /// The generation of the log.
    pub generation: i64,
    /// The head as it stands; nothing if the generation has no tree yet.
    pub head: Option<TreeHead>,
    /// The leaves, oldest first. The first will have the place `head.size`, and so on.
    pub leaves: Vec<LeafRow>,
}

impl Pending {
    /// How many leaves the tree has now.
    pub fn size(&self) -> u64 {
        self.head.as_ref().map_or(0, |head| head.size)
    }
}

/// What a sequencer has built on a [`Pending`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sequenced {
    /// The new head, with its signed checkpoint.
    pub head: TreeHead,
    /// The hashes that became final.
    pub hashes: Vec<TreeHash>,
    /// The receipts over the batch.
    pub receipts: Vec<IssuedReceipt>,
}

/// A receipt issued over a batch, its own leaf, and its way to those who should have it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IssuedReceipt {
    /// The receipt.
    pub receipt: NewReceipt,
    /// Its leaf, for the next batch.
    pub leaf: NewLeaf,
    /// Its copies; they may leave at once.
    pub outgoing: Vec<Outgoing>,
}

/// Reads what waits: at most `max` leaves and the head they will be built on.
///
/// # Errors
/// The database could not be read.
pub fn pending(tx: &mut ReadTx<'_>, generation: i64, max: usize) -> Result<Pending, StoreError> {
    Ok(Pending { generation, head: tree::head(tx, generation)?, leaves: leaves::queued(tx, max)? })
}

/// Keeps what was built on `pending`, if the head is still where it was seen.
///
/// # Errors
/// [`StoreError::HeadMoved`] if another sequencer was first; the size of the new head does not fit the batch;
/// the database could not be written.
pub fn commit(tx: &mut WriteTx<'_>, pending: &Pending, built: &Sequenced) -> Result<(), StoreError> {
    if built.head.size != pending.size() + pending.leaves.len() as u64 {
        let sizes = format!("{} leaves on {} do not make {}", pending.leaves.len(), pending.size(), built.head.size);
        return Err(StoreError::Misuse(sizes));
    }
    tree::advance(tx, pending.generation, pending.head.as_ref(), &built.head)?;
    if !leaves::settle(tx, pending.generation, pending.size(), &pending.leaves)? {
        return Err(StoreError::HeadMoved);
    }
    outbox::release(tx, &pending.leaves)?;
    tree::insert(tx, pending.generation, &built.hashes)?;
    for issued in &built.receipts {
        receipts::insert(tx, &issued.receipt)?;
        leaves::queue(tx, &issued.leaf)?;
        for item in &issued.outgoing {
            outbox::queue(tx, item)?;
        }
    }
    Ok(())
}

/// Reads, decides and keeps in one transaction; gives the number of leaves that got their place, 0 if none waits.
/// `decide` runs while no other writer can: what it reads of a docket is what its receipts may say.
///
/// # Errors
/// What `decide` returns, or as [`commit`].
pub fn sequence<E: From<StoreError>>(
    tx: &mut WriteTx<'_>,
    generation: i64,
    max: usize,
    decide: impl FnOnce(&mut ReadTx<'_>, &Pending) -> Result<Sequenced, E>,
) -> Result<usize, E> {
    let pending = pending(tx, generation, max)?;
    if pending.leaves.is_empty() {
        return Ok(0);
    }
    let built = decide(tx, &pending)?;
    commit(tx, &pending, &built)?;
    Ok(pending.leaves.len())
}

/// Opens a generation of the log with a head that was agreed elsewhere: a restored node goes on after what its peers hold.
///
/// # Errors
/// [`StoreError::HeadMoved`] if the generation has a head already.
pub fn open_generation(tx: &mut WriteTx<'_>, generation: i64, head: &TreeHead) -> Result<(), StoreError> {
    tree::advance(tx, generation, None, head)
}
