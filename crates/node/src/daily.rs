//! The daily digest: each peer is told, signed, which dockets are shared with it and what their heads are here.
//!
//! What is missing on either side shows up and is asked for; so does an act in our name that we never authored. A digest is in parts
//! of at most a thousand dockets. It proves nothing about what the receiver holds and changes no docket.

use docket::contents::{Item, Statement, Want};
use serde::{Deserialize, Serialize};
use store::peer_digests::{self, PeerDigest, Side};
use store::{acts, dockets};
use terms::{ActId, AuthorityId, DocketId, Moment};

use crate::Trouble;
use crate::admit::{InTime, NotTaken};
use crate::node::{Node, Work};
use crate::recover;
use crate::statement::{self, Stated};

/// So many dockets stand in one part.
const DOCKETS_MAX: usize = 1_000;
/// How often, in seconds.
pub const EVERY: i64 = 86_400;

/// What a digest says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Digest {
    /// Always `comity.digest/1`.
    pub v: String,
    /// Whose it is.
    pub issuer: AuthorityId,
    /// To whom it is told.
    pub to: AuthorityId,
    /// The shared dockets, sorted, with the heads as the issuer has them.
    pub dockets: Vec<Heads>,
    /// When, by the issuer's clock.
    pub time: Moment,
}

/// A docket and its heads.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Heads {
    /// The docket.
    pub docket: DocketId,
    /// The acts from which no other descends, sorted.
    pub heads: Vec<ActId>,
}

impl Stated for Digest {
    const VERSION: &'static str = "comity.digest/1";
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

/// A digest that its issuer signed, with the bytes that say so.
pub struct Received(Digest, Statement);

/// Reads a digest.
pub fn read(signed: &Statement, seals: &InTime<'_>) -> Result<Received, NotTaken> {
    let digest: Digest = statement::read(signed, seals)?;
    if digest.dockets.len() > DOCKETS_MAX {
        return Err(NotTaken::new("node.statement-form", "the digest names too many dockets"));
    }
    Ok(Received(digest, signed.clone()))
}

impl Node {
    /// Owes every peer its digest, if the last one is a day old. Gives to how many.
    pub fn daily_digests(&self) -> Result<usize, Trouble> {
        self.0.write(|work| {
            if recover::recovering(work.tx)?.is_some() {
                return Ok(0);
            }
            let peers: Vec<AuthorityId> = work.trusted()?.peers().cloned().collect();
            let mut told = 0;
            for peer in peers {
                let last = peer_digests::last(work.tx, &peer, Side::Ours)?;
                if last.is_none_or(|last| last.stated_at.plus_seconds(EVERY) <= work.now) {
                    work.tell_digest(&peer)?;
                    told += 1;
                }
            }
            Ok(told)
        })
    }
}

impl Work<'_, '_> {
    /// Owes a peer its digest now.
    pub fn tell_digest(&mut self, to: &AuthorityId) -> Result<(), Trouble> {
        let mut after: Option<DocketId> = None;
        loop {
            let page = dockets::shared_with(self.tx, to, after.as_ref(), DOCKETS_MAX)?;
            let mut heads = Vec::new();
            for docket in page.rows {
                heads.push(Heads { docket, heads: acts::heads(self.tx, &docket, None, store::PAGE_MAX)?.rows });
            }
            let (issuer, time) = (self.inner.me.clone(), self.now);
            let digest = Digest { v: Digest::VERSION.to_owned(), issuer, to: to.clone(), dockets: heads, time };
            let stated = self.state(digest)?;
            let (statement, signature) = (stated.statement.0.clone(), stated.signature.0.clone());
            self.owe_item(to, "digest", &Item::Digest(stated))?;
            peer_digests::put(self.tx, to, Side::Ours, &PeerDigest { statement, signature, stated_at: time })?;
            after = page.next;
            if after.is_none() {
                return Ok(());
            }
        }
    }

    /// Compares a peer's digest with what is here, and asks for what is missing.
    pub fn take_digest(&mut self, from: &AuthorityId, received: &Received) -> Result<(), Trouble> {
        let Received(digest, signed) = received;
        if digest.issuer != *from || digest.to != self.inner.me {
            return Ok(());
        }
        let (statement, signature) = (signed.statement.0.clone(), signed.signature.0.clone());
        peer_digests::put(self.tx, from, Side::Theirs, &PeerDigest { statement, signature, stated_at: digest.time })?;
        for shared in &digest.dockets {
            let known = dockets::get(self.tx, &shared.docket)?.is_some();
            let mut missing = Vec::new();
            for head in shared.heads.iter().take(store::PAGE_MAX) {
                if !acts::exists(self.tx, head)? {
                    missing.push(*head);
                }
            }
            if !missing.is_empty() {
                let acts = if known { missing } else { vec![] };
                self.owe_item(from, "want", &Item::Want(Want { docket: shared.docket, acts }))?;
            }
        }
        Ok(())
    }
}
