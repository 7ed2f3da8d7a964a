//! What an operator sees: how the node stands, what waits to be carried and why, what was not admitted. No body is shown.

use serde::Serialize;
use store::{leaves, outbox, quarantine, tree};
use terms::{AuthorityId, Digest, Moment};

use crate::Trouble;
use crate::actor::{Action, Actor};
use crate::node::Node;
use crate::recover::{self, Recovering};

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
    /// Why it did not travel last time.
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
                law: self.0.law.now().base.version().to_string(),
            })
        })
    }
    /// What waits to be carried, first one first.
    pub fn outbox(&self, actor: &Actor, after: i64, limit: usize) -> Result<(Vec<Outstanding>, Option<i64>), Trouble> {
        actor.may(Action::Operate)?;
        self.0.read(|tx| {
            let page = outbox::list(tx, after, limit)?;
            let row = |row: outbox::OutboxRow| Outstanding {
                seq: row.seq,
                to: row.outgoing.recipient,
                kind: row.outgoing.kind,
                attempts: row.attempts,
                next_attempt: row.next_attempt,
                carried_at: row.carried_at,
                last_error: row.last_error,
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
    /// Writes one consistent state of the database into a new file, for a backup. Keys and exhibits are copied apart.
    pub fn backup_to(&self, actor: &Actor, file: &std::path::Path) -> Result<(), Trouble> {
        actor.may(Action::Operate)?;
        let (person, what) = (actor.person.clone(), format!("wrote a backup of the database to {}", file.display()));
        self.0.store.backup_to(file)?;
        self.0.write(move |work| work.audit(&person, "backup", &what, None))
    }
    /// Brings what is due to a peer at once.
    pub fn hurry(&self, actor: &Actor, peer: &AuthorityId) -> Result<u64, Trouble> {
        actor.may(Action::Operate)?;
        let peer = peer.clone();
        self.0.write(move |work| Ok(outbox::hurry(work.tx, &peer, work.now)?))
    }
}
