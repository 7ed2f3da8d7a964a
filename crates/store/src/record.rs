//! The first of the two transactions of an act (T1): the act, its queued leaf, and what is to be sent because of it,
//! together or not at all. What is sent because of an act waits until its leaf is in the tree ([`crate::sequence`]).

use terms::Digest;

use crate::acts::{self, NewAct};
use crate::leaves::{self, NewLeaf};
use crate::outbox::{self, Outgoing};
use crate::{StoreError, WriteTx};

/// What became of an act.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Recorded {
    /// It is kept.
    New {
        /// The order of arrival in its docket, from 1.
        place: i64,
        /// The number of its queued leaf.
        leaf: i64,
    },
    /// It was kept before: nothing was changed, nothing more will be sent.
    Already,
}

/// Keeps an act, queues its leaf, and queues what is to be sent once the leaf is in the tree.
///
/// # Errors
/// The docket is not there, the leaf is not of this act, or the database could not be written.
pub fn record(
    tx: &mut WriteTx<'_>,
    act: &NewAct,
    leaf: &NewLeaf,
    outgoing: &[Outgoing],
) -> Result<Recorded, StoreError> {
    if leaf.id.as_bytes() != act.id.as_bytes() || leaf.signature_hash != Digest::of(&[&act.signature]) {
        return Err(StoreError::Misuse("the leaf is not of this act and signature".into()));
    }
    let Some(place) = acts::insert(tx, act)? else { return Ok(Recorded::Already) };
    let leaf = leaves::queue(tx, leaf)?;
    for item in outgoing {
        outbox::queue_after(tx, item, leaf)?;
    }
    Ok(Recorded::New { place, leaf })
}
