//! Rounds: outside, the log is what it was at the end of its last round, and never what it is between two.
//!
//! ```text
//! leaves  … 9 10 │ 11 12 13 (14) │ 15 …        (14): padding
//!     head of 10 ┘    head of 14 ┘  15 and on: not seen outside
//! ```
//!
//! Whoever could ask for the head, or for tiles, while acts are logged would see each act by itself: that something happened, and when. So a round ends
//! once a minute: the tree is padded until it grew by a power of two, and that head alone is served, cosigned, time-stamped and put under proofs until the
//! next round ends; tiles end where it ends (`docs/spec/ledger.md`, *Rounds*).
//!
//! INVARIANT: whatever was logged or receipted before a round ended stands below its head, since a round ends in one transaction; its followers count on it.
//! Several processes on one database end one round in turn: the kept round says when the next is due, and who comes before that ends none.
//! Never here: who cosigns and who stamps.

use std::time::Duration;

use ledger::{LeafKind, SignedCheckpoint};
use serde::{Deserialize, Serialize};
use store::leaves::{self, NewLeaf};
use store::{ReadTx, audit, settings, tree};
use terms::{Bug, Digest, Moment};

use crate::node::{Node, Work};
use crate::{Trouble, recover, world};

/// The setting that holds the last round.
const ROUND: &str = "log.round";
/// How long a round is, if nobody says otherwise.
pub(crate) const EVERY: Duration = Duration::from_secs(60);

/// A round that has ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Round {
    /// The head with which it ended, as the log signed it.
    pub checkpoint: String,
    /// When it ended.
    pub ended_at: Moment,
    /// When the next is due.
    pub next_at: Moment,
}

impl Round {
    /// The head with which it ended.
    pub fn head(&self) -> Result<SignedCheckpoint, Trouble> {
        let read = SignedCheckpoint::parse(self.checkpoint.as_bytes());
        Ok(read.map_err(|why| Bug::new(format!("the head of a round that was kept: {why}")))?)
    }
    /// Whether the next may end now. A timer is not exact: a quarter of the time may be missing. A clock that was set back stops nothing.
    fn is_over(&self, now: Moment) -> bool {
        let early = (self.next_at.unix() - self.ended_at.unix()) / 4;
        now < self.ended_at || now.plus_seconds(early) >= self.next_at
    }
}

/// The last round of this generation of the log; nothing if none has ended.
pub(crate) fn last(tx: &mut ReadTx<'_>, generation: i64) -> Result<Option<Round>, Trouble> {
    let Some(bytes) = settings::get(tx, ROUND)? else { return Ok(None) };
    let read = serde_json::from_slice::<Round>(&bytes);
    let round = read.map_err(|why| Bug::new(format!("the last round of the log cannot be read: {why}")))?;
    let of = round.head()?.checkpoint().origin.node().map(|(_, generation)| i64::from(generation));
    Ok(Some(round).filter(|_| of == Some(generation)))
}

impl Node {
    /// Ends a round of the own log now.
    pub fn end_round(&self) -> Result<(), Trouble> {
        self.end(EVERY, |_, _| true).map(drop)
    }

    /// Ends a round of the own log, if the last one is over: by anybody on this database. Rounds are `every` long. Says whether it did.
    pub fn end_due_round(&self, every: Duration) -> Result<bool, Trouble> {
        self.end(every, Round::is_over)
    }

    fn end(&self, every: Duration, over: fn(&Round, Moment) -> bool) -> Result<bool, Trouble> {
        let every = i64::try_from(every.as_secs()).unwrap_or(i64::MAX);
        self.0.write(move |work| {
            let generation = work.inner.hands().generation();
            let last = last(work.tx, generation)?;
            if recover::recovering(work.tx)?.is_some() || last.as_ref().is_some_and(|last| !over(last, work.now)) {
                work.quiet();
                return Ok(false);
            }
            let before = last.map(|last| last.head()).transpose()?.map_or(0, |head| head.checkpoint().size);
            work.log_own_state()?;
            work.place_all()?;
            let size = tree::head(work.tx, generation)?.map_or(0, |head| head.size);
            let grown = size.saturating_sub(before);
            let padding: Vec<_> = (grown..grown.next_power_of_two()).map(|_| padding(&*work.inner.world)).collect();
            leaves::queue_all(work.tx, &padding)?;
            work.place_all()?;
            let head = tree::head(work.tx, generation)?.ok_or_else(|| Bug::new("a round without a head"))?;
            let (ended_at, next_at) = (work.now, work.now.plus_seconds(every));
            let round = Round { checkpoint: head.checkpoint, ended_at, next_at };
            let bytes = serde_json::to_vec(&round).map_err(|why| Bug::new(format!("a round: {why}")))?;
            settings::put(work.tx, ROUND, &bytes)?;
            Ok(true)
        })
    }
}

impl Work<'_, '_> {
    /// Queues what is logged once in a round, where it is new: the own card, and with it each change of a key; and the newest entry of the audit trail, which
    /// covers all before it.
    fn log_own_state(&mut self) -> Result<(), Trouble> {
        let hands = self.inner.hands();
        let card = hands.card.signed();
        let mut states = vec![(LeafKind::Key, Digest::of(&[&card.to_file()]), Digest::of(&[&card.signature]))];
        states.extend(audit::newest(self.tx)?.map(|newest| (LeafKind::Audit, newest, Digest::of(&[]))));
        for (kind, id, signature_hash) in states {
            let leaf = NewLeaf { kind: kind.to_string(), id, signature_hash, salt: world::salt(&*self.inner.world) };
            leaves::queue(self.tx, &leaf)?;
        }
        Ok(())
    }
    /// Gives everything that is queued its place, and the receipts that follow from it too.
    fn place_all(&mut self) -> Result<(), Trouble> {
        while leaves::any_queued(self.tx)? {
            self.place()?;
        }
        Ok(())
    }
}

/// A leaf that says nothing.
fn padding(world: &dyn world::World) -> NewLeaf {
    NewLeaf {
        kind: LeafKind::Padding.to_string(),
        id: world::digest(world),
        signature_hash: Digest::of(&[]),
        salt: world::salt(world),
    }
}
