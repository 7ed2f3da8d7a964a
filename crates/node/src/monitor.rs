//! Following the logs of peers: each must only grow, must continue what this node has seen of it, and every act that a receipt held here promises must
//! stand in it at the place that the receipt names. What contradicts that is an alarm with the evidence.
//!
//! A log can show each of its peers another version, each consistent in itself. So peers are also asked which head they have seen of each other log, and that is
//! judged like one that the log showed here.
//!
//! The hashes that a proof takes are read from the peer's own tiles; they need not be trusted, since they either lead from the old head to the new one or
//! do not. Leaves are salted, so only their log can open them: it is asked for the proof of each receipted act, once, as soon as a round of the log covers it;
//! the first round that ends after a receipt must. Never here: the network; what was fetched is handed in.

use std::collections::BTreeMap;

use base64::prelude::{BASE64_STANDARD, Engine as _};
use docket::Receipt;
use docket::receipt::Place;
use ledger::evidence::Evidence;
use ledger::proof::Plan;
use ledger::tile::{Tile, TileHashes, TileReader};
use ledger::{LeafKind, SignedCheckpoint, TlogProof};
use serde::{Deserialize, Serialize};
use serde_json::json;
use store::peer_digests::{self, Side};
use store::receipts::{self, ReceiptRow};
use store::witnesses::{self, Followed};
use store::{ReadTx, acts, alarms, settings};
use terms::{AuthorityId, Bug, Digest, Fault, Moment};

use crate::actor::{Action, Actor};
use crate::alarms::{Found, file};
use crate::node::{Node, Work};
use crate::witness::log_key;
use crate::{Trouble, recover};

/// The settings that hold the last receipt of each peer that was looked for in its log.
const LOOKED: &str = "log.looked.";
/// The settings that hold the head that each peer showed last when it was asked for it, and when.
const ASKED: &str = "log.asked.";
/// Clocks of processes differ by so many seconds at most when it is asked what came first.
const APART: i64 = 60;
/// So many receipts are looked for in one round.
const PROMISES: usize = 16;

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
    /// When it was last seen; nothing if it never was.
    pub seen_at: Option<Moment>,
    /// When it was last seen to have grown.
    pub grown_at: Option<Moment>,
    /// How many receipts of this peer have not been looked for in its log yet; a thousand stands for more.
    pub unlooked: usize,
    /// How many of them name a place that no round of its log covers yet, as far as was seen.
    pub awaited: usize,
    /// When the peer last stated its digest of the shared dockets.
    pub digest_at: Option<Moment>,
    /// How many alarms about this peer nobody has settled.
    pub alarms: usize,
}

/// A head that a peer shows, and what must be read to judge it.
pub struct Shown {
    peer: AuthorityId,
    head: SignedCheckpoint,
    /// The head that was seen before.
    before: Option<SignedCheckpoint>,
    /// The tiles that the proofs are made of.
    pub tiles: Vec<Tile>,
}

/// A receipt of a peer whose acts must stand in its log.
pub struct Promised {
    /// The acts, each with its place; none if the receipt names those of a generation before.
    pub places: Vec<Place>,
    /// The head that the receipt names. It stands between two rounds.
    pub checkpoint: Vec<u8>,
    receipt: ReceiptRow,
}

impl Promised {
    fn read(receipt: ReceiptRow, origin: &str) -> Self {
        let said = serde_json::from_slice::<Receipt>(&receipt.statement).ok();
        // The log of a generation before is closed: its places are those of another log.
        let said = said.filter(|said| said.checkpoint.split('\n').next() == Some(origin));
        let (places, checkpoint) = said.map(|said| (said.places, said.checkpoint.into_bytes())).unwrap_or_default();
        Self { places, checkpoint, receipt }
    }
    /// The file that shows a promise which was not kept: receipt, act, and the peer's answer or the head that ends before it.
    fn not_there(&self, place: &Place, answer: Option<&[u8]>, head: Option<&SignedCheckpoint>) -> Vec<u8> {
        let base64 = |bytes: &[u8]| BASE64_STANDARD.encode(bytes);
        file(json!({
            "v": "comity.not-in-log/1",
            "receipt": { "statement": base64(&self.receipt.statement), "signature": base64(&self.receipt.signature) },
            "act": place.act,
            "answer": answer.map(base64),
            "head": head.map(|head| base64(head.to_string().as_bytes())),
        }))
    }
    /// The first place beyond a log of this size.
    fn beyond(&self, size: u64) -> Option<&Place> {
        self.places.iter().find(|place| place.index >= size)
    }
}

/// What a peer showed when it was asked for its head.
#[derive(Serialize, Deserialize)]
struct Answered {
    checkpoint: String,
    asked_at: Moment,
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
            let open = alarms::open(tx, 0, store::PAGE_MAX)?.rows;
            for peer in trusted.peers() {
                let Some(card) = trusted.peer(peer) else { continue };
                let origin = card.statement().ledger.origin.clone();
                let log = witnesses::followed(tx, &origin)?;
                let size = log.as_ref().map_or(0, |log| log.size);
                let unlooked = unlooked(tx, peer, &self.0.me, &origin, store::PAGE_MAX)?;
                all.push(PeerLog {
                    authority: peer.clone(),
                    origin,
                    size,
                    seen_at: log.as_ref().map(|log| log.seen_at),
                    grown_at: log.as_ref().map(|log| log.grown_at),
                    awaited: unlooked.iter().filter(|promised| promised.beyond(size).is_some()).count(),
                    unlooked: unlooked.len(),
                    digest_at: peer_digests::last(tx, peer, Side::Theirs)?.map(|digest| digest.stated_at),
                    alarms: open.iter().filter(|row| row.alarm.authority == *peer).count(),
                });
            }
            Ok(all)
        })
    }

    /// Has every peer's log looked at, and every peer told the digest of what is shared, at once instead of in its time.
    pub fn look_at_logs(&self, actor: &Actor) -> Result<(), Trouble> {
        actor.may(Action::Operate)?;
        self.0.write(|work| {
            if recover::recovering(work.tx)?.is_some() {
                return Ok(());
            }
            let peers: Vec<AuthorityId> = work.trusted()?.peers().cloned().collect();
            peers.iter().try_for_each(|peer| work.tell_digest(peer))
        })?;
        self.0.look.notify_one();
        Ok(())
    }

    /// The receipts of a peer whose acts have not been looked for in its log and may be now, since the log was seen to go that far: first one first, a few at a
    /// time.
    pub fn promised(&self, peer: &AuthorityId) -> Result<Vec<Promised>, Trouble> {
        let trusted = self.0.believed();
        let Some(card) = trusted.peer(peer) else { return Ok(vec![]) };
        let origin = &card.statement().ledger.origin;
        self.0.read(|tx| {
            let size = witnesses::followed(tx, origin)?.map_or(0, |log| log.size);
            let unlooked = unlooked(tx, peer, &self.0.me, origin, PROMISES)?;
            Ok(unlooked.into_iter().take_while(|promised| promised.beyond(size).is_none()).collect())
        })
    }

    /// Notes which head a peer showed when it was asked for it, and finds what the log should cover by now. A round that ended after a receipt was given covers it.
    /// So does one that was seen to follow another which was the last when the receipt had come: no clock but our own is asked.
    pub fn answered(&self, peer: &AuthorityId, checkpoint: &[u8], asked_at: Moment) -> Result<(), Trouble> {
        let Some(key) = log_key(self, peer) else { return Ok(()) };
        let Ok(head) = SignedCheckpoint::parse(checkpoint) else { return Ok(()) };
        if head.verify(std::slice::from_ref(&key)).is_err() {
            return Ok(());
        }
        let peer = peer.clone();
        self.0.write(move |work| {
            let name = format!("{ASKED}{peer}");
            let before = settings::get(work.tx, &name)?.and_then(|kept| serde_json::from_slice::<Answered>(&kept).ok());
            let answered = Answered { checkpoint: head.to_string(), asked_at };
            let kept =
                serde_json::to_vec(&answered).map_err(|why| Bug::new(format!("a head that was shown: {why}")))?;
            settings::put(work.tx, &name, &kept)?;
            work.quiet();
            let Some(before) = before else { return Ok(()) };
            let (now, then) = (head.checkpoint(), SignedCheckpoint::parse(before.checkpoint.as_bytes())?);
            if then.checkpoint().origin != now.origin || then.checkpoint().size >= now.size {
                return Ok(());
            }
            for promised in unlooked(work.tx, &peer, &work.inner.me, now.origin.as_str(), PROMISES)? {
                let came = promised.receipt.received_at.plus_seconds(APART) < before.asked_at;
                let Some(place) = promised.beyond(now.size).filter(|_| came) else { continue };
                work.alarm(Found {
                    kind: "not-in-log",
                    sentence: format!(
                        "{peer} receipted act {} at place {} of its log, and a later round of the log ends before it.",
                        place.act.short(),
                        place.index
                    ),
                    authority: peer.clone(),
                    docket: None,
                    evidence: promised.not_there(place, None, Some(&head)),
                })?;
            }
            Ok(())
        })
    }

    /// Judges what a peer gave as the proof that an act stands where its receipt says; nothing: it says that there is none. Gives the checkpoint of the proof,
    /// which must be a part of the log that is followed.
    pub fn redeemed(
        &self,
        peer: &AuthorityId,
        promised: &Promised,
        place: &Place,
        proof: Option<&[u8]>,
    ) -> Result<Option<Vec<u8>>, Trouble> {
        let Some(key) = log_key(self, peer) else { return Ok(None) };
        let Some(kept) = self.0.read(|tx| Ok(acts::get(tx, &place.act)?))? else { return Ok(None) };
        let stands = proof.and_then(|text| {
            let proof = TlogProof::parse(text).ok()?;
            let disclosed = proof.disclosure().ok()?;
            let head = proof.checkpoint.checkpoint();
            let same = disclosed.kind == LeafKind::Act
                && disclosed.id.as_bytes() == place.act.as_bytes()
                && disclosed.signature_hash == Digest::of(&[&kept.signature])
                && proof.index == place.index;
            let leads = proof.inclusion.check(proof.index, head.size, &disclosed.leaf_hash(), &head.root).is_ok();
            let signed = proof.checkpoint.verify(std::slice::from_ref(&key)).is_ok();
            (same && leads && signed).then(|| proof.checkpoint.to_string().into_bytes())
        });
        if stands.is_none() {
            let (peer, act, index) = (peer.clone(), place.act, place.index);
            let evidence = promised.not_there(place, proof, None);
            self.0.write(move |work| {
                work.alarm(Found {
                    kind: "not-in-log",
                    sentence: format!(
                        "{peer} receipted act {} at place {index} of its log, and does not show it there.",
                        act.short()
                    ),
                    authority: peer,
                    docket: None,
                    evidence,
                })
            })?;
        }
        Ok(stands)
    }

    /// Notes that a receipt was looked for in its issuer's log, whatever was found.
    pub fn looked_for(&self, peer: &AuthorityId, promised: &Promised) -> Result<(), Trouble> {
        let (name, seq) = (format!("{LOOKED}{peer}"), promised.receipt.seq);
        self.0.write(move |work| Ok(settings::put(work.tx, &name, &seq.to_be_bytes())?))
    }

    /// The head of another log as this node last saw it, for a peer that compares.
    pub(crate) fn seen_of(tx: &mut ReadTx<'_>, origin: &str) -> Result<Option<Vec<u8>>, Trouble> {
        Ok(witnesses::followed(tx, origin)?.map(|log| log.checkpoint.into_bytes()))
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
        let before = self.0.read(|tx| Ok(witnesses::followed(tx, head.checkpoint().origin.as_str())?))?;
        let before = before.and_then(|log| SignedCheckpoint::parse(log.checkpoint.as_bytes()).ok());
        let before = before.filter(|seen| seen.verify(std::slice::from_ref(&key)).is_ok());
        let mut tiles = Vec::new();
        if let Some(seen) = &before {
            let (old, new) = (seen.checkpoint().size, head.checkpoint().size);
            let mut asked = Asked::default();
            if let Ok(plan) = Plan::consistency(old.min(new), new.max(old)) {
                let _ = ledger::HashReader::read(&mut TileHashes::new(new.max(old), &mut asked), &plan.nodes());
            }
            tiles = asked.0;
        }
        tiles.sort_unstable();
        tiles.dedup();
        Ok(Some(Shown { peer: peer.clone(), head, before, tiles }))
    }

    /// Judges a head with the tiles that were read for it. A tile that the peer does not have is left out: then nothing leads from head to head.
    pub fn follow(&self, shown: Shown, tiles: &BTreeMap<Tile, Vec<u8>>) -> Result<(), Trouble> {
        let Shown { peer, head, before, .. } = shown;
        let late = before.as_ref().is_some_and(|seen| seen.checkpoint().size > head.checkpoint().size);
        let contradiction = before.and_then(|seen| {
            let larger = seen.checkpoint().size.max(head.checkpoint().size);
            Evidence::between(&seen, &head, &mut TileHashes::new(larger, Fetched(tiles)))
        });
        self.0.write(move |work| match &contradiction {
            Some(evidence) => work.log_contradicts(&peer, evidence),
            None if late => Ok(()),
            None => work.note_head(&peer, &head),
        })
    }
}

/// The receipts of a peer that were not looked for in its log.
fn unlooked(
    tx: &mut ReadTx<'_>,
    peer: &AuthorityId,
    me: &AuthorityId,
    origin: &str,
    limit: usize,
) -> Result<Vec<Promised>, Trouble> {
    let looked = looked(tx, peer)?;
    let rows = receipts::given(tx, peer, me, looked, limit)?.rows;
    Ok(rows.into_iter().map(|row| Promised::read(row, origin)).collect())
}

/// The last receipt of a peer that was looked for in its log.
fn looked(tx: &mut ReadTx<'_>, peer: &AuthorityId) -> Result<i64, Trouble> {
    let kept = settings::get(tx, &format!("{LOOKED}{peer}"))?;
    Ok(kept.and_then(|bytes| bytes.try_into().ok()).map_or(0, i64::from_be_bytes))
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
