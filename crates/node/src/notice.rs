//! The signed word to a peer that something it brought was not taken, and why; and what becomes of such a word from a peer.
//!
//! A notice changes nothing; it is kept where an officer and an operator see it. One notice for one thing and one reason.

use docket::contents::{Item, Statement};
use serde::{Deserialize, Serialize};
use store::quarantine::{self, QuarantineBounds};
use terms::{ActId, AuthorityId, Digest, Moment};

use crate::Trouble;
use crate::admit::{InTime, NotTaken};
use crate::node::Work;
use crate::recover;
use crate::statement::{self, Stated};

/// How much is kept of what peers said about our own sendings.
const BOUNDS: QuarantineBounds = QuarantineBounds { samples: 1_000, bytes: 8 * 1024 * 1024, sample: 4 * 1024 };

/// What a notice says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Notice {
    /// Always `comity.notice/1`.
    pub v: String,
    /// Who did not take it.
    pub issuer: AuthorityId,
    /// Who brought it.
    pub to: AuthorityId,
    /// SHA-256 of what was not taken.
    pub about: Digest,
    /// The act, where it could be named.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub act: Option<ActId>,
    /// Stable code.
    pub code: String,
    /// One sentence.
    pub sentence: String,
    /// When, by the issuer's clock.
    pub time: Moment,
}

impl Stated for Notice {
    const VERSION: &'static str = "comity.notice/1";
    fn version(&self) -> &str {
        &self.v
    }
    fn issuer(&self) -> &AuthorityId {
        &self.issuer
    }
    fn time(&self) -> Moment {
        self.time
    }
}

/// A notice that its issuer signed, with the bytes that say so.
pub struct Received(Notice, Statement);

/// Reads a notice.
pub fn read(signed: &Statement, seals: &InTime<'_>) -> Result<Received, NotTaken> {
    Ok(Received(statement::read(signed, seals)?, signed.clone()))
}

impl Work<'_, '_> {
    /// Tells a peer that something was not taken. A node that recovers signs nothing, so it stays silent.
    pub fn give_notice(&mut self, to: &AuthorityId, reason: &NotTaken, bytes: &[u8]) -> Result<(), Trouble> {
        if recover::recovering(self.tx)?.is_some() || !self.trusted()?.approved(to) {
            return Ok(());
        }
        let notice = Notice {
            v: Notice::VERSION.to_owned(),
            issuer: self.inner.me.clone(),
            to: to.clone(),
            about: Digest::of(&[bytes]),
            act: reason.act,
            code: reason.code.clone(),
            sentence: reason.sentence.chars().take(1_000).collect(),
            time: self.now,
        };
        let stated = self.state(notice)?;
        self.owe_item(to, "notice", &Item::Notice(stated))
    }

    /// Keeps what a peer said about something of ours.
    pub fn take_notice(&mut self, from: &AuthorityId, received: &Received) -> Result<(), Trouble> {
        let Received(notice, signed) = received;
        tracing::warn!(peer = %from, code = notice.code, "a peer did not take something that we sent");
        let about = notice.act.map_or_else(|| notice.about.short(), |act| format!("act {}", act.short()));
        let why = format!("notice from {}: {about}: {}: {}", notice.issuer, notice.code, notice.sentence);
        Ok(quarantine::put(self.tx, from.as_str(), &why, &signed.statement.0, self.now, BOUNDS)?)
    }
}
