//! T2: queued leaves get their places, the checkpoint is signed, and the receipts over them are issued. Nothing leaves before.
//!
//! It runs once at the end of every group of writes in which one asked for it, so that both are one commit, and by itself for what other writes
//! queued. The store fences it: if two processes meet, the second finds the tree head moved and begins anew.

use std::collections::BTreeMap;

use docket::receipt::{ACTS_MAX, Place, RECEIPT_VERSION, Receipt, SignedReceipt};
use ledger::{Checkpoint, Frontier, HashReader, LeafDisclosure, LeafKind, NodeId, Origin, StoredHash};
use store::leaves::{self, LeafRow, NewLeaf};
use store::outbox::{self, Outgoing};
use store::receipts::{self, NewReceipt, Owed};
use store::sequence::{self, IssuedReceipt, Pending, Sequenced};
use store::tree::{self, TreeHash, TreeHead};
use store::{ReadTx, StoreError};
use terms::{ActId, AuthorityId, Bug, Digest, DocketId, Fault};

use crate::hands::Hands;
use crate::node::{Node, Work};
use crate::record::ACT_LEAF;
use crate::{Trouble, recover, world};

/// The outbox's and the ledger's word for a receipt.
pub(crate) const RECEIPT: &str = "receipt";
/// So many leaves get their places in one commit.
const BATCH: usize = 1_000;

impl Node {
    /// Sequences what is queued. Gives how many leaves got a place.
    pub fn sequence(&self) -> Result<usize, Trouble> {
        let mut all = 0;
        let place = |work: &mut Work<'_, '_>| {
            let placed = work.place()?;
            if placed == 0 {
                work.quiet();
            }
            Ok(placed)
        };
        loop {
            let waits = |tx: &mut ReadTx<'_>| {
                Ok::<_, Trouble>(
                    (leaves::any_queued(tx)? || !receipts::owed(tx, 1)?.is_empty())
                        && recover::recovering(tx)?.is_none(),
                )
            };
            if !self.0.read(waits)? {
                return Ok(all);
            }
            let placed = match self.0.write(place) {
                Err(Trouble::Fault(fault)) if fault.code == StoreError::HeadMoved.code() => continue,
                placed => placed?,
            };
            all += placed;
            if placed < BATCH {
                return Ok(all);
            }
        }
    }
}

impl Work<'_, '_> {
    /// Asks that what is queued gets its places in this very commit, once for all writes that share it.
    pub fn sequence(&mut self) -> Result<(), Trouble> {
        self.group.sequence();
        Ok(())
    }

    /// Gives queued leaves their places and issues what receipts are owed. While the node recovers, nothing is signed.
    pub fn place(&mut self) -> Result<usize, Trouble> {
        if recover::recovering(self.tx)?.is_some() {
            return Ok(0);
        }
        let hands = self.inner.hands();
        self.bridge(hands.generation())?;
        let pending = sequence::pending(self.tx, hands.generation(), BATCH)?;
        let owed = receipts::owed(self.tx, BATCH)?;
        if pending.leaves.is_empty() && owed.is_empty() {
            return Ok(0);
        }
        let (head, hashes) = grow(self.tx, &hands, &pending)?;
        let (receipts, paid) = self.issue(&hands, &pending, &head, owed)?;
        let dockets: Vec<DocketId> = receipts.iter().map(|issued| issued.receipt.docket).collect();
        let placed = pending.leaves.len();
        if placed > 0 {
            sequence::commit(self.tx, &pending, &Sequenced { head, hashes, receipts })?;
        } else {
            for issued in &receipts {
                receipts::insert(self.tx, &issued.receipt)?;
                leaves::queue(self.tx, &issued.leaf)?;
                issued.outgoing.iter().try_for_each(|item| outbox::queue(self.tx, item).map(drop))?;
            }
        }
        dockets.iter().for_each(|docket| self.changed(docket));
        receipts::paid(self.tx, &paid)?;
        Ok(placed)
    }

    /// A new generation of the log begins with the last checkpoint of the one before: the larger of what was kept and what peers told.
    fn bridge(&mut self, generation: i64) -> Result<(), Trouble> {
        let before = tree::last_generation(self.tx)?.filter(|last| *last < generation);
        let Some(before) = before.filter(|_| tree::head(self.tx, generation).is_ok_and(|head| head.is_none())) else {
            return Ok(());
        };
        let Some(last) = self.last_checkpoint(before)? else { return Ok(()) };
        let note = last.to_string();
        let leaf = NewLeaf {
            kind: LeafKind::Generation.to_string(),
            id: Digest::of(&[last.note().text().as_bytes()]),
            signature_hash: Digest::of(&[note.as_bytes()]),
            salt: world::salt(&*self.inner.world),
        };
        leaves::queue_first(self.tx, &leaf)?;
        Ok(())
    }

    /// The receipts over what has a place by now: one for each docket, recipient and log generation; and what they cover.
    fn issue(
        &mut self,
        hands: &Hands,
        pending: &Pending,
        head: &TreeHead,
        owed: Vec<Owed>,
    ) -> Result<(Vec<IssuedReceipt>, Vec<Owed>), Trouble> {
        let places = pending.leaves.iter().zip(pending.size()..);
        let fresh: BTreeMap<Digest, u64> =
            places.filter(|(leaf, _)| leaf.kind == ACT_LEAF).map(|(leaf, place)| (leaf.id, place)).collect();
        let mut groups: BTreeMap<(DocketId, AuthorityId, i64), BTreeMap<ActId, u64>> = BTreeMap::new();
        let mut paid = Vec::new();
        for one in owed {
            let digest = Digest::new(*one.act.as_bytes());
            let place = match fresh.get(&digest) {
                Some(place) => Some((pending.generation, *place)),
                None => leaves::of(self.tx, ACT_LEAF, &digest)?.and_then(|leaf| leaf.place),
            };
            if let Some((generation, place)) = place {
                let group = groups.entry((one.docket, one.recipient.clone(), generation)).or_default();
                if group.len() < ACTS_MAX {
                    group.insert(one.act, place);
                    paid.push(one);
                }
            }
        }
        let mut receipts = Vec::new();
        for ((docket, to, generation), acts) in groups {
            let earlier = match generation == pending.generation {
                true => None,
                false => tree::head(self.tx, generation)?,
            };
            receipts.push(self.receipt(hands, docket, to, &acts, earlier.as_ref().unwrap_or(head))?);
        }
        Ok((receipts, paid))
    }

    fn receipt(
        &mut self,
        hands: &Hands,
        docket: DocketId,
        to: AuthorityId,
        acts: &BTreeMap<ActId, u64>,
        head: &TreeHead,
    ) -> Result<IssuedReceipt, Trouble> {
        let me = self.inner.me.clone();
        let statement = Receipt {
            v: RECEIPT_VERSION.to_owned(),
            issuer: me.clone(),
            to: to.clone(),
            docket,
            acts: acts.keys().copied().collect(),
            latest: self.the_docket(&docket)?.latest_of(&me),
            places: acts.iter().map(|(act, index)| Place { act: *act, index: *index }).collect(),
            checkpoint: head.checkpoint.clone(),
            time: self.now,
        };
        let framed = SignedReceipt::frame(statement).map_err(|why| Bug::new(format!("a receipt of our own: {why}")))?;
        let signature = hands.sign(framed.bytes(), self.now)?;
        let authentic = SignedReceipt::sealed(framed, signature);
        let (id, statement, signature) =
            (authentic.id(), authentic.statement_bytes().to_vec(), authentic.signature().to_vec());
        let there = self.the_docket(&docket)?;
        there.file_receipt(authentic).map_err(|why| Bug::new(format!("a receipt of our own: {why}")))?;
        let bytes = (statement.len() + signature.len()) as u64 * 4 / 3 + 128;
        Ok(IssuedReceipt {
            leaf: receipt_leaf(id, &signature, &*self.inner.world),
            outgoing: vec![receipt_to(&to, id, bytes, self.now)],
            receipt: NewReceipt {
                issuer: me,
                recipient: to,
                docket,
                acts: acts.keys().copied().collect(),
                statement,
                signature,
                received_at: self.now,
            },
        })
    }
}

/// The leaf of a receipt, given or taken.
pub(crate) fn receipt_leaf(id: Digest, signature: &[u8], world: &dyn world::World) -> NewLeaf {
    NewLeaf { kind: RECEIPT.to_owned(), id, signature_hash: Digest::of(&[signature]), salt: world::salt(world) }
}

/// A receipt on its way.
pub(crate) fn receipt_to(to: &AuthorityId, id: Digest, bytes: u64, now: terms::Moment) -> Outgoing {
    Outgoing {
        recipient: to.clone(),
        kind: RECEIPT.to_owned(),
        item: id.as_bytes().to_vec(),
        payload: None,
        bytes,
        until_receipt: false,
        created_at: now,
    }
}

/// Builds the tree's next head over what is queued.
fn grow(tx: &mut ReadTx<'_>, hands: &Hands, pending: &Pending) -> Result<(TreeHead, Vec<TreeHash>), Trouble> {
    if let Some(head) = pending.head.as_ref().filter(|_| pending.leaves.is_empty()) {
        return Ok((head.clone(), vec![]));
    }
    let mut frontier = Frontier::read(pending.size(), &mut Hashes { tx, generation: pending.generation })?;
    let mut hashes = Vec::new();
    for leaf in &pending.leaves {
        hashes.extend(frontier.append(disclosure(leaf)?.leaf_hash())?.into_iter().map(stored));
    }
    let generation = u32::try_from(pending.generation).map_err(|_| Bug::new("a log generation beyond all"))?;
    let origin = Origin::of_node(hands.authority(), generation);
    let checkpoint = Checkpoint::new(origin, frontier.size(), frontier.root()).sign(&*hands.log)?;
    Ok((TreeHead { size: frontier.size(), root: frontier.root(), checkpoint: checkpoint.to_string() }, hashes))
}

/// What a kept leaf discloses.
pub(crate) fn disclosure(leaf: &LeafRow) -> Result<LeafDisclosure, Trouble> {
    let kind: LeafKind = leaf.kind.parse()?;
    Ok(LeafDisclosure { kind, id: leaf.id, signature_hash: leaf.signature_hash, salt: leaf.salt })
}

fn stored(hash: StoredHash) -> TreeHash {
    TreeHash { level: hash.node.level, place: hash.node.index, hash: hash.hash }
}

/// The tree as the store keeps it.
pub(crate) struct Hashes<'t, 'c> {
    pub tx: &'t mut ReadTx<'c>,
    pub generation: i64,
}

impl HashReader for Hashes<'_, '_> {
    fn read(&mut self, wanted: &[NodeId]) -> Result<Vec<Digest>, Fault> {
        let places: Vec<(u8, u64)> = wanted.iter().map(|node| (node.level, node.index)).collect();
        let fault = |why: StoreError| Fault::new(why.code(), "the tree could not be read").because(why);
        let hashes = tree::hashes(self.tx, self.generation, &places).map_err(fault)?;
        let missing = || Fault::new("ledger.hash-missing", "the store lacks a hash that the tree needs");
        hashes.into_iter().map(|hash| hash.ok_or_else(missing)).collect()
    }
}
