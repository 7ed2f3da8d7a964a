//! Time stamps: a third party's signed word on by when something existed (RFC 3161), asked for over the network.
//!
//! The head of the log's last round is stamped, at most once in the time that the operator chose; one token vouches for every leaf below. An
//! authority that does not answer holds up nothing: the next round asks again, about a later head, and until then the node says since when it
//! waits and why. A token is kept only if it is believed here: its certificate leads to a root that the operator chose, and its clock and ours agree.
//! Never here: what a token proves to somebody else, and how tokens are written (`seal::timestamp`, `ledger::stamp`).

use std::sync::PoisonError;
use std::time::Duration;

use exchange::TimeAuthority;
use ledger::SignedCheckpoint;
use seal::timestamp::ReceivedToken;
use seal::{Stamped, TimeRoots, TimeStampRequest};
use serde::Serialize;
use store::witnesses::{self, Stamp};
use terms::{Digest, Fault, Moment};

use crate::carry::blocking;
use crate::node::Node;
use crate::{Trouble, recover, round, world};

/// Clocks differ: so many seconds between an authority's and ours are not yet suspect.
const APART_MAX: i64 = 300;

/// The time-stamping authorities that a node asks, and those that it believes.
#[derive(Debug)]
pub struct TimeAuthorities {
    asked: Vec<TimeAuthority>,
    roots: TimeRoots,
    every: i64,
}

impl TimeAuthorities {
    /// Those that are asked, each in turn until one answers; the roots to which their tokens must lead; and the least time between two stamps of the log.
    pub fn new(asked: Vec<TimeAuthority>, roots: TimeRoots, every: Duration) -> Self {
        Self { asked, roots, every: i64::try_from(every.as_secs()).unwrap_or(i64::MAX) }
    }
    /// The roots to which tokens must lead.
    pub(crate) fn roots(&self) -> &TimeRoots {
        &self.roots
    }
}

/// How it stands with time stamps.
#[derive(Debug, Clone, Serialize)]
pub struct TimeStanding {
    /// The authorities that are asked.
    pub authorities: Vec<String>,
    /// What the last token over a head of the log says.
    pub last: Option<LastStamp>,
    /// Since when this process has asked without a token that is believed, and why.
    pub waiting: Option<Waiting>,
}

/// The last token over a head of the log.
#[derive(Debug, Clone, Serialize)]
pub struct LastStamp {
    /// How many leaves it vouches for.
    pub leaves: u64,
    /// By when they existed.
    pub by: Moment,
    /// Who says so; nothing if its root is not among those that are believed any more.
    pub authority: Option<String>,
    /// It says of itself that it is for demonstration and tests: it proves nothing.
    pub demonstration: bool,
}

/// A time stamp that does not come.
#[derive(Debug, Clone, Serialize)]
pub struct Waiting {
    /// Since when.
    pub since: Moment,
    /// Why, the last time.
    pub why: String,
}

/// A head of the log that no token vouches for yet.
#[derive(Debug, Clone)]
struct Unstamped {
    generation: i64,
    checkpoint: SignedCheckpoint,
}

impl Unstamped {
    /// What is to be stamped.
    fn imprint(&self) -> Digest {
        ledger::stamp::imprint(self.checkpoint.note())
    }
}

impl Node {
    /// Has the log's heads stamped by these authorities from now on.
    pub fn trust_time(&self, authorities: TimeAuthorities) {
        // A second call changes nothing: settings are read when the process starts.
        let _ = self.0.time.set(authorities);
    }

    /// Asks for a stamp on a digest: the token, to be kept beside what was stamped, and what it says. Nothing if no authority was named.
    pub async fn time_stamp(&self, imprint: Digest) -> Result<Option<(Vec<u8>, Stamped)>, Trouble> {
        let Some(time) = self.0.time.get() else { return Ok(None) };
        let mut failed = Vec::new();
        for authority in &time.asked {
            match self.ask(authority, imprint, &time.roots).await {
                Ok(answered) => return Ok(Some(answered)),
                Err(why) => failed.push(format!("{}: {why}", authority.address())),
            }
        }
        Err(Fault::new("node.no-time-stamp", failed.join("; ")).retryable().into())
    }
    async fn ask(
        &self,
        authority: &TimeAuthority,
        imprint: Digest,
        roots: &TimeRoots,
    ) -> Result<(Vec<u8>, Stamped), Trouble> {
        let request = TimeStampRequest::new(imprint, world::bytes(&*self.0.world));
        let response = authority.ask(request.to_der()?).await.map_err(Fault::from)?;
        let (token, stamped) = request.answer(&response, roots)?;
        let apart = (stamped.stated.unix() - self.now().unix()).abs();
        if apart > APART_MAX {
            let sentence = format!("its clock and this node's are {apart} s apart");
            return Err(Fault::new("node.time-apart", sentence).into());
        }
        Ok((token, stamped))
    }

    /// Has the log's head stamped, if that is due. What fails is shown, and tried again when this is called again.
    pub async fn stamp_head(&self) {
        let outcome = self.stamp_due().await;
        if let Err(trouble) = &outcome {
            tracing::warn!(%trouble, "the head of the log was not time-stamped");
        }
        let mut waiting = self.0.time_waiting.lock().unwrap_or_else(PoisonError::into_inner);
        match outcome {
            Ok(false) => {}
            Ok(true) => *waiting = None,
            Err(why) => {
                let since = waiting.as_ref().map_or_else(|| self.now(), |before| before.since);
                *waiting = Some(Waiting { since, why: why.to_string() });
            }
        }
    }
    /// Whether a token came; none may have been due.
    async fn stamp_due(&self) -> Result<bool, Trouble> {
        let Some(head) = blocking(self, Self::unstamped).await? else { return Ok(false) };
        let Some((token, stamped)) = self.time_stamp(head.imprint()).await? else { return Ok(false) };
        blocking(self, move |node| node.keep_stamp(&head, token, &stamped)).await.map(|()| true)
    }

    /// The head of the log's last round, if it is due to be stamped.
    fn unstamped(&self) -> Result<Option<Unstamped>, Trouble> {
        let Some(time) = self.0.time.get() else { return Ok(None) };
        let generation = self.0.hands().generation();
        self.0.read(|tx| {
            if recover::recovering(tx)?.is_some() {
                return Ok(None);
            }
            let Some(round) = round::last(tx, generation)? else { return Ok(None) };
            let checkpoint = round.head()?;
            let (size, last) = (checkpoint.checkpoint().size, witnesses::last_stamp(tx, generation)?);
            let due =
                last.is_none_or(|last| last.size < size && last.stamped_at.plus_seconds(time.every) <= self.now());
            Ok(due.then_some(Unstamped { generation, checkpoint }))
        })
    }

    /// Keeps a token over a head.
    fn keep_stamp(&self, head: &Unstamped, token: Vec<u8>, stamped: &Stamped) -> Result<(), Trouble> {
        let stamp = Stamp {
            generation: head.generation,
            size: head.checkpoint.checkpoint().size,
            checkpoint: head.checkpoint.to_string(),
            token,
            stamped_at: stamped.by,
        };
        self.0.write(move |work| Ok(witnesses::stamped(work.tx, &stamp)?))
    }

    /// How it stands with time stamps; nothing if no authority was named.
    pub(crate) fn time_standing(&self, last: Option<&Stamp>) -> Option<TimeStanding> {
        let time = self.0.time.get()?;
        let read = |stamp: &Stamp| {
            let checkpoint = SignedCheckpoint::parse(stamp.checkpoint.as_bytes()).ok()?;
            let token = ReceivedToken::parse(&stamp.token).ok()?;
            token.verify(&ledger::stamp::imprint(checkpoint.note()), &time.roots).ok()
        };
        let last = last.map(|stamp| {
            let believed = read(stamp);
            LastStamp {
                leaves: stamp.size,
                by: stamp.stamped_at,
                demonstration: believed.as_ref().is_some_and(|stamped| stamped.demonstration),
                authority: believed.map(|stamped| stamped.authority),
            }
        });
        let waiting = self.0.time_waiting.lock().unwrap_or_else(PoisonError::into_inner).clone();
        Some(TimeStanding { authorities: time.asked.iter().map(TimeAuthority::address).collect(), last, waiting })
    }
}
