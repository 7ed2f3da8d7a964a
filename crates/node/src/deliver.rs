//! What leaves: the things that are due for one peer, sealed into one envelope, and what became of it.
//!
//! Bodies are opened here and sealed again for the recipient alone. What needs a receipt stays in the outbox until the receipt is held; a
//! failure is written beside it with the time of the next attempt, which never stops coming.

use docket::contents::{self, Bytes, Item, Statement};
use docket::{Body, SignedAct};
use seal::{EnvelopeHeader, seal_envelope};
use store::acts::ActRow;
use store::outbox::{self, OutboxRow};
use store::{ReadTx, StoreError, acts, receipts};
use terms::{ActId, AuthorityId, Bug, Digest, EnvelopeId, Moment};

use crate::node::{Inner, Node};
use crate::record::ACT;
use crate::sequence::RECEIPT;
use crate::{Trouble, world};

/// So many things travel in one envelope.
const ITEMS: usize = 256;
/// So many bytes of things, unless a single one is larger.
const BYTES: u64 = 4 * 1024 * 1024;
/// If no receipt has come, the thing is carried again after so many seconds, doubling.
const AGAIN_FIRST: i64 = 30;
/// Never later than this, in seconds.
const AGAIN_MAX: i64 = 3_600;

/// An envelope for one peer, and what of the outbox is in it.
#[derive(Debug)]
pub struct Parcel {
    /// The recipient.
    pub to: AuthorityId,
    /// The envelope's id.
    pub id: EnvelopeId,
    /// The envelope.
    pub envelope: Vec<u8>,
    /// How many things are in it.
    pub items: usize,
    seqs: Vec<(i64, i64)>,
}

impl Parcel {
    /// What of the outbox is in it.
    pub(crate) fn things(&self) -> Vec<i64> {
        self.seqs.iter().map(|(seq, _)| *seq).collect()
    }
}

impl Node {
    /// The peers for whom something is due, or who may be reached again.
    pub fn due(&self) -> Result<Vec<AuthorityId>, Trouble> {
        let now = self.now();
        self.0.read(|tx| {
            let trusted = self.0.trusted(tx)?;
            let page = outbox::recipients_due(tx, now, None, store::PAGE_MAX)?;
            Ok(page.rows.into_iter().filter(|peer| trusted.approved(peer)).collect())
        })
    }
    /// The next envelope for a peer; nothing if nothing is due or the peer is not approved.
    pub fn parcel(&self, to: &AuthorityId) -> Result<Option<Parcel>, Trouble> {
        self.parcel_beyond(to, &[])
    }
    /// The envelope after one that is under way, of which these things are part.
    pub(crate) fn parcel_beyond(&self, to: &AuthorityId, under_way: &[i64]) -> Result<Option<Parcel>, Trouble> {
        self.parcel_of(to, |tx, now| outbox::due_beyond(tx, to, now, ITEMS, BYTES, under_way))
    }
    /// The envelope for a pouch of what was queued after this: also of what the network will be tried with later only.
    pub(crate) fn parcel_for_pouch(&self, to: &AuthorityId, after: i64) -> Result<Option<Parcel>, Trouble> {
        self.parcel_of(to, |tx, _| outbox::undelivered(tx, to, after, ITEMS, BYTES))
    }
    fn parcel_of(
        &self,
        to: &AuthorityId,
        read: impl FnOnce(&mut ReadTx<'_>, Moment) -> Result<Vec<OutboxRow>, StoreError>,
    ) -> Result<Option<Parcel>, Trouble> {
        let now = self.now();
        let (items, seqs, key) = {
            let found = self.0.read(|tx| {
                let trusted = self.0.trusted(tx)?;
                let Some(card) = trusted.peer(to) else { return Ok(None) };
                let Some(key) = card.encryption_at(now).map(|entry| entry.public.clone()) else { return Ok(None) };
                let rows = read(tx, now)?;
                let mut items = Vec::new();
                for row in &rows {
                    self.0.item(tx, to, row, &key, &mut items)?;
                }
                let seqs: Vec<(i64, i64)> = rows.iter().map(|row| (row.seq, row.attempts)).collect();
                Ok(Some((items, seqs, key)))
            })?;
            let Some(found) = found.filter(|(_, seqs, _)| !seqs.is_empty()) else { return Ok(None) };
            found
        };
        let id = world::envelope_id(&*self.0.world);
        let header = EnvelopeHeader { id, key: key.id(), recipient: to.clone(), sender: self.0.me.clone() };
        let count = items.len();
        let document = contents::write(items)?;
        let envelope = seal_envelope(&header, &key, &document, &mut *self.0.world.chance())?;
        Ok(Some(Parcel { to: to.clone(), id, envelope, items: count, seqs }))
    }
    /// The peer has taken it: what needs no receipt is done, the rest waits for one.
    pub fn carried(&self, parcel: &Parcel) -> Result<(), Trouble> {
        let seqs = parcel.seqs.clone();
        self.0.write(move |work| {
            let now = work.now;
            for (seq, attempts) in seqs {
                outbox::carried(work.tx, &[seq], now, now.plus_seconds(again(attempts)))?;
            }
            Ok(())
        })
    }
    /// It could not be brought, or was refused: it is tried again later, each time later, or when the peer said; the reason stands beside it.
    pub fn not_carried(&self, parcel: &Parcel, why: &str, peers_word: Option<u64>) -> Result<(), Trouble> {
        let attempts = parcel.seqs.iter().map(|(_, attempts)| *attempts).max().unwrap_or(0).saturating_add(1);
        let chance = u64::from_le_bytes(world::bytes(&*self.0.world));
        let wait = match peers_word {
            Some(seconds) => exchange::at_a_peers_word(seconds),
            None => exchange::again(u32::try_from(attempts).unwrap_or(u32::MAX), chance),
        };
        let seconds = i64::try_from(wait).unwrap_or(AGAIN_MAX);
        let seqs: Vec<i64> = parcel.seqs.iter().map(|(seq, _)| *seq).collect();
        let why = why.to_owned();
        self.0.write(move |work| Ok(outbox::failed(work.tx, &seqs, &why, work.now.plus_seconds(seconds))?))
    }
}

/// When something is carried again, if no receipt comes: in 30 s, 60 s, 120 s …, at last every hour.
fn again(attempts: i64) -> i64 {
    let doubled = u32::try_from(attempts).ok().and_then(|n| AGAIN_FIRST.checked_shl(n.min(16))).unwrap_or(AGAIN_MAX);
    doubled.min(AGAIN_MAX)
}

impl Inner {
    /// What a row of the outbox stands for, as it travels.
    fn item(
        &self,
        tx: &mut ReadTx<'_>,
        to: &AuthorityId,
        row: &OutboxRow,
        key: &seal::EncryptionKey,
        items: &mut Vec<Item>,
    ) -> Result<(), Trouble> {
        let gone = || Bug::new(format!("the {} in the outbox is not in the store", row.outgoing.kind));
        match row.outgoing.kind.as_str() {
            ACT => {
                let id = ActId::from_slice(&row.outgoing.item).ok_or_else(gone)?;
                let act = acts::get(tx, &id)?.ok_or_else(gone)?;
                let signed = self.whole_act(tx, act)?;
                items.extend(self.exhibits_beside(tx, to, &signed, key)?);
                items.push(Item::Act(signed.into()));
            }
            RECEIPT => {
                let id = Digest::from_slice(&row.outgoing.item).ok_or_else(gone)?;
                let receipt = receipts::get(tx, &id)?.ok_or_else(gone)?;
                let (statement, signature) = (Bytes(receipt.statement), Bytes(receipt.signature));
                items.push(Item::Receipt(Statement { statement, signature }));
            }
            _ => {
                let payload = row.outgoing.payload.as_ref().ok_or_else(gone)?;
                items.push(serde_json::from_slice(payload).map_err(|_| gone())?);
            }
        }
        Ok(())
    }

    /// A kept act with its body opened, as it was signed.
    pub fn whole_act(&self, tx: &mut ReadTx<'_>, act: ActRow) -> Result<SignedAct, Trouble> {
        let key = self.body_key(tx, &act.docket)?;
        let body = match (&act.body, act.salt, key) {
            (Some(sealed), Some(salt), Some(key)) => {
                Some(Body { salt, bytes: key.open(act.id.as_bytes(), sealed)?.to_vec() })
            }
            _ => None,
        };
        Ok(SignedAct { header: act.header, signature: act.signature, body })
    }
}
