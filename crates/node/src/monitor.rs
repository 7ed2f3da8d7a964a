//! Following the logs of peers: each must only grow, must continue what this node has seen of it, and what stands in the receipts that
//! this node holds must be a part of it. What contradicts that is an alarm with both heads as evidence.
//!
//! The hashes that a proof takes are read from the peer's own tiles; they need not be trusted, since they either lead from the old head to the new one or
//! do not. Never here: the network; tiles are handed in.

use std::collections::BTreeMap;

use ledger::evidence::Evidence;
use ledger::proof::Plan;
use ledger::tile::{Tile, TileHashes, TileReader};
use ledger::{ConsistencyProof, SignedCheckpoint};
use serde::Serialize;
use store::receipts;
use store::witnesses::{self, Followed};
use terms::{AuthorityId, Fault, Moment};

use crate::Trouble;
use crate::actor::{Action, Actor};
use crate::alarms::Found;
use crate::node::{Node, Work};
use crate::witness::log_key;

/// A log that did not grow for so many seconds, although its node answers, is an alarm: every node pads its log once a minute.
pub const STANDS_STILL: i64 = 6 * 3_600;

/// What is known of a peer's log.
#[derive(Debug, Clone, Serialize)]
pub struct PeerLog {
    /// Whose.
    pub authority: AuthorityId,
    /// Its origin.
    pub origin: String,
    /// How many leaves it had when it was last seen.
    pub size: u64,
    /// When it was last seen.
    pub seen_at: Moment,
    /// When it was last seen to have grown.
    pub grown_at: Moment,
}

/// A head that a peer shows, and what must be read to judge it.
pub struct Shown {
    peer: AuthorityId,
    head: SignedCheckpoint,
    /// Heads that were seen before: the followed one, and the one in the last receipt.
    before: Vec<SignedCheckpoint>,
    /// The tiles that the proofs are made of.
    pub tiles: Vec<Tile>,
}

/// Tiles that were fetched.
struct Fetched<'t>(&'t BTreeMap<Tile, Vec<u8>>);

impl TileReader for Fetched<'_> {
    fn read_tiles(&mut self, tiles: &[Tile]) -> Result<Vec<Vec<u8>>, Fault> {
        let missing = |tile: &Tile| Fault::new("ledger.tile-missing", tile.to_string());
        tiles.iter().map(|tile| self.0.get(tile).cloned().ok_or_else(|| missing(tile))).collect()
    }
}

/// Notes which tiles are asked for.
#[derive(Default)]
struct Asked(Vec<Tile>);

impl TileReader for &mut Asked {
    fn read_tiles(&mut self, tiles: &[Tile]) -> Result<Vec<Vec<u8>>, Fault> {
        self.0.extend_from_slice(tiles);
        Err(Fault::new("ledger.tile-missing", "they are only noted here"))
    }
}

impl Node {
    /// What is known of the peers' logs.
    pub fn peer_logs(&self, actor: &Actor) -> Result<Vec<PeerLog>, Trouble> {
        actor.may(Action::ReadDockets)?;
        let trusted = self.0.believed();
        self.0.read(|tx| {
            let mut all = Vec::new();
            for peer in trusted.peers() {
                let Some(card) = trusted.peer(peer) else { continue };
                if let Some(log) = witnesses::followed(tx, &card.statement().ledger.origin)? {
                    let Followed { origin, authority, size, seen_at, grown_at, .. } = log;
                    all.push(PeerLog { authority, origin, size, seen_at, grown_at });
                }
            }
            Ok(all)
        })
    }

    /// Reads a checkpoint that a peer shows; nothing if its log's key did not sign it.
    pub fn shown(&self, peer: &AuthorityId, checkpoint: &[u8]) -> Result<Option<Shown>, Trouble> {
        let Some(key) = log_key(self, peer) else { return Ok(None) };
        let Ok(head) = SignedCheckpoint::parse(checkpoint) else {
            tracing::warn!(%peer, "a peer shows a checkpoint that cannot be read");
            return Ok(None);
        };
        if let Err(why) = head.verify(std::slice::from_ref(&key)) {
            tracing::warn!(%peer, %why, "a peer shows a checkpoint that its log's key did not sign");
            return Ok(None);
        }
        let me = self.0.me.clone();
        let before = self.0.read(|tx| {
            let followed = witnesses::followed(tx, head.checkpoint().origin.as_str())?.map(|log| log.checkpoint);
            let receipt = receipts::last_from(tx, peer, &me, 1)?.pop();
            let receipt = receipt.and_then(|bytes| serde_json::from_slice::<docket::Receipt>(&bytes).ok());
            Ok([followed, receipt.map(|receipt| receipt.checkpoint)])
        })?;
        let before: Vec<SignedCheckpoint> = before
            .into_iter()
            .flatten()
            .filter_map(|text| SignedCheckpoint::parse(text.as_bytes()).ok())
            .filter(|seen| {
                seen.checkpoint().origin == head.checkpoint().origin && seen.verify(std::slice::from_ref(&key)).is_ok()
            })
            .collect();
        let mut tiles = Vec::new();
        for seen in &before {
            let (old, new) = (seen.checkpoint().size, head.checkpoint().size);
            let Ok(plan) = Plan::consistency(old.min(new), new.max(old)) else { continue };
            let mut asked = Asked::default();
            let _ = ledger::HashReader::read(&mut TileHashes::new(new.max(old), &mut asked), &plan.nodes());
            tiles.extend(asked.0);
        }
        tiles.sort_unstable();
        tiles.dedup();
        Ok(Some(Shown { peer: peer.clone(), head, before, tiles }))
    }

    /// Judges a head with the tiles that were read for it.
    pub fn follow(&self, shown: Shown, tiles: &BTreeMap<Tile, Vec<u8>>) -> Result<(), Trouble> {
        let Shown { peer, head, before, .. } = shown;
        let mut contradictions = Vec::new();
        for seen in before {
            let (first, second) = (seen.checkpoint(), head.checkpoint());
            if first.size > second.size {
                // A late answer looks the same; what was larger stays what is followed, and an officer is told.
                contradictions.extend(Evidence::of(seen.clone(), head.clone()));
                continue;
            }
            let proof =
                ConsistencyProof::make(first.size, second.size, &mut TileHashes::new(second.size, Fetched(tiles)));
            let holds = match &proof {
                Ok(proof) => proof.check(first.size, &first.root, second.size, &second.root).is_ok(),
                Err(why) => {
                    tracing::info!(%peer, %why, "the tiles of a peer's log could not be read");
                    continue;
                }
            };
            if !holds {
                contradictions.extend(Evidence::of(seen.clone(), head.clone()));
            }
        }
        self.0.write(move |work| {
            for evidence in &contradictions {
                work.log_contradicts(&peer, evidence)?;
            }
            if contradictions.is_empty() { work.note_head(&peer, &head) } else { Ok(()) }
        })
    }
}

impl Work<'_, '_> {
    fn note_head(&mut self, peer: &AuthorityId, head: &SignedCheckpoint) -> Result<(), Trouble> {
        let seen = head.checkpoint();
        let known = witnesses::followed(self.tx, seen.origin.as_str())?;
        let grown_at = known.filter(|log| log.size == seen.size).map_or(self.now, |log| log.grown_at);
        let log = Followed {
            origin: seen.origin.as_str().to_owned(),
            authority: peer.clone(),
            size: seen.size,
            checkpoint: head.to_string(),
            seen_at: self.now,
            grown_at,
        };
        witnesses::follow(self.tx, &log)?;
        if grown_at.plus_seconds(STANDS_STILL) < self.now {
            self.alarm(Found {
                kind: "log-stands-still",
                authority: peer.clone(),
                docket: None,
                sentence: format!("The log of {peer} has not grown since {grown_at}, although its node answers."),
                evidence: head.to_string().into_bytes(),
            })?;
        }
        Ok(())
    }
}
