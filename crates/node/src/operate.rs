//! What an operator sees: how the node stands, what waits to be carried and why, what was not admitted. No body is shown.

use serde::Serialize;
use store::{leaves, outbox, quarantine, tree, witnesses};
use terms::{AuthorityId, Digest, Moment};

use crate::Trouble;
use crate::actor::{Action, Actor};
use crate::manifest_time::Unstamped;
use crate::node::Node;
use crate::recover::{self, Recovering};
use crate::time::TimeStanding;

/// How the node stands.
#[derive(Debug, Clone, Serialize)]
pub struct Standing {
    /// Whose it is.
    pub authority: AuthorityId,
    /// The time by its clock.
    pub now: Moment,
    /// The edition of its card.
    pub edition: u64,
    /// Its log's generation.
    pub generation: i64,
    /// How many leaves its tree has.
    pub leaves: u64,
    /// The last checkpoint.
    pub checkpoint: Option<String>,
    /// Whether leaves wait for their places.
    pub queued: bool,
    /// How many approved peers it has.
    pub peers: usize,
    /// A recovery under way.
    pub recovering: Option<Recovering>,
    /// Time stamps on the log, if an authority was named.
    pub time: Option<TimeStanding>,
    /// Manifests that were sent and that no token vouches for yet.
    pub unstamped: Option<Unstamped>,
    /// The law base's version.
    pub law: String,
}

/// Something that waits in the outbox.
#[derive(Debug, Clone, Serialize)]
pub struct Outstanding {
    /// The order in which things were queued.
    pub seq: i64,
    /// To whom.
    pub to: AuthorityId,
    /// What it is: `act`, `receipt`.
    pub kind: String,
    /// How often it was tried.
    pub attempts: i64,
    /// When it is tried next.
    pub next_attempt: Moment,
    /// When the peer's node last took it; only a receipt proves more.
    pub carried_at: Option<Moment>,
    /// Why it is held back, or did not travel last time.
    pub last_error: Option<String>,
}

/// Something that was not admitted.
#[derive(Debug, Clone, Serialize)]
pub struct Quarantined {
    /// The order of arrival.
    pub seq: i64,
    /// From whom.
    pub from: String,
    /// Why.
    pub reason: String,
    /// How long it was.
    pub bytes: i64,
    /// SHA-256 of all of it.
    pub digest: Digest,
    /// When it came.
    pub received_at: Moment,
}

impl Node {
    /// How the node stands.
    pub fn standing(&self, actor: &Actor) -> Result<Standing, Trouble> {
        actor.may(Action::ReadDockets)?;
        let hands = self.0.hands();
        self.0.read(|tx| {
            let head = tree::head(tx, hands.generation())?;
            let stamp = witnesses::last_stamp(tx, hands.generation())?;
            Ok(Standing {
                authority: self.0.me.clone(),
                now: self.now(),
                edition: hands.card.edition(),
                generation: hands.generation(),
                leaves: head.as_ref().map_or(0, |head| head.size),
                checkpoint: head.map(|head| head.checkpoint),
                queued: leaves::any_queued(tx)?,
                peers: self.0.trusted(tx)?.peers().count(),
                recovering: recover::recovering(tx)?,
                time: self.time_standing(stamp.as_ref()),
                unstamped: self.0.unstamped_manifests(tx)?,
                law: self.0.law.now().base.version().to_string(),
            })
        })
    }
    /// What waits to be carried, first one first.
    pub fn outbox(&self, actor: &Actor, after: i64, limit: usize) -> Result<(Vec<Outstanding>, Option<i64>), Trouble> {
        actor.may(Action::Operate)?;
        self.0.read(|tx| {
            let (page, trusted) = (outbox::list(tx, after, limit)?, self.0.trusted(tx)?);
            let held_back = |to: &AuthorityId| {
                let why =
                    format!("{to} is no approved peer now: it waits until {to} is approved, or its suspension lifted");
                (!trusted.approved(to)).then_some(why)
            };
            let row = |row: outbox::OutboxRow| Outstanding {
                last_error: held_back(&row.outgoing.recipient).or(row.last_error),
                seq: row.seq,
                to: row.outgoing.recipient,
                kind: row.outgoing.kind,
                attempts: row.attempts,
                next_attempt: row.next_attempt,
                carried_at: row.carried_at,
            };
            Ok((page.rows.into_iter().map(row).collect(), page.next))
        })
    }
    /// What was not admitted, first one first.
    pub fn quarantine(
        &self,
        actor: &Actor,
        after: i64,
        limit: usize,
    ) -> Result<(Vec<Quarantined>, Option<i64>), Trouble> {
        actor.may(Action::Operate)?;
        self.0.read(|tx| {
            let page = quarantine::list(tx, after, limit)?;
            let row = |row: quarantine::QuarantineRow| Quarantined {
                seq: row.seq,
                from: row.sender,
                reason: row.reason,
                bytes: row.bytes,
                digest: row.digest,
                received_at: row.received_at,
            };
            Ok((page.rows.into_iter().map(row).collect(), page.next))
        })
    }
    /// Brings what is due to a peer at once.
    pub fn hurry(&self, actor: &Actor, peer: &AuthorityId) -> Result<u64, Trouble> {
        actor.may(Action::Operate)?;
        let peer = peer.clone();
        self.0.write(move |work| Ok(outbox::hurry(work.tx, &peer, work.now)?))
    }
}
