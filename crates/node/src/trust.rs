//! Whom this node believes, and as what: the approved cards, read from the store and checked once.
//!
//! A signature counts only under a card whose root two persons here have approved. What is held in memory is rebuilt whenever the
//! store says that something about a peer changed, also if another process of this node changed it.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use docket::{Cards, SealCheck};
use seal::card::SignedCard;
use seal::{Card, Fingerprint, ReceivedSignature};
use store::peers::{self, PeerStatus};
use store::{ReadTx, WriteTx, settings};
use terms::{AuthorityId, Digest, Moment};

use crate::Trouble;

/// The setting that rises with every change to a peer.
const VERSION: &str = "peers.version";

/// The peers as they stand.
#[derive(Debug, Default)]
pub struct Trusted {
    /// Cards of approved and suspended peers, and the node's own: what signatures are checked against.
    pub cards: Cards,
    /// How each peer stands.
    pub standing: BTreeMap<AuthorityId, PeerStatus>,
}

impl Trusted {
    /// Whether something may be exchanged with this peer now.
    pub fn approved(&self, authority: &AuthorityId) -> bool {
        self.standing.get(authority) == Some(&PeerStatus::Approved)
    }
    /// The card of an approved peer.
    pub fn peer(&self, authority: &AuthorityId) -> Option<&Card> {
        self.cards.of(authority).filter(|_| self.approved(authority))
    }
    /// The approved peers, by name.
    pub fn peers(&self) -> impl Iterator<Item = &AuthorityId> {
        self.standing.iter().filter(|(_, status)| **status == PeerStatus::Approved).map(|(authority, _)| authority)
    }
}

/// The last reading.
#[derive(Debug, Default)]
pub struct Trust(Mutex<Option<(Vec<u8>, Arc<Trusted>)>>);

impl Trust {
    /// The peers as the store has them.
    pub fn read(&self, tx: &mut ReadTx<'_>, own: &Card) -> Result<Arc<Trusted>, Trouble> {
        self.held(tx, own, true)
    }
    /// The peers as a write has them so far. What it changed may still be taken back, so that is not remembered.
    pub fn within(&self, tx: &mut WriteTx<'_>, own: &Card) -> Result<Arc<Trusted>, Trouble> {
        self.held(tx, own, false)
    }
    fn held(&self, tx: &mut ReadTx<'_>, own: &Card, remember: bool) -> Result<Arc<Trusted>, Trouble> {
        let version = settings::get(tx, VERSION)?.unwrap_or_default();
        let mut held = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((seen, trusted)) = &*held
            && *seen == version
        {
            return Ok(Arc::clone(trusted));
        }
        let trusted = Arc::new(rebuild(tx, own)?);
        if remember {
            *held = Some((version, Arc::clone(&trusted)));
        }
        Ok(trusted)
    }
    /// Says that something about a peer changes in this transaction.
    pub fn changes(tx: &mut WriteTx<'_>) -> Result<(), Trouble> {
        let version = settings::get(tx, VERSION)?.and_then(|bytes| bytes.try_into().ok()).map_or(0, u64::from_be_bytes);
        settings::put(tx, VERSION, &(version + 1).to_be_bytes())?;
        Ok(())
    }
}

fn rebuild(tx: &mut ReadTx<'_>, own: &Card) -> Result<Trusted, Trouble> {
    let mut trusted = Trusted::default();
    trusted.cards.hold(own.clone());
    let mut after: Option<AuthorityId> = None;
    loop {
        let page = peers::list(tx, after.as_ref(), store::PAGE_MAX)?;
        for peer in page.rows {
            let usable = matches!(peer.status, PeerStatus::Approved | PeerStatus::Suspended);
            trusted.standing.insert(peer.authority.clone(), peer.status);
            if usable {
                let signed = SignedCard::parse(&peer.card)?;
                trusted.cards.hold(signed.verify(&fingerprint(&peer.fingerprint)?)?);
            }
        }
        after = page.next;
        if after.is_none() {
            return Ok(trusted);
        }
    }
}

/// What is kept here was authenticated before it was kept; read again, its form is read and its body compared, and its
/// signature is not verified anew: a seal that was revoked since does not unmake what was admitted.
#[derive(Debug, Clone, Copy)]
pub struct Kept;

impl SealCheck for Kept {
    fn check(&self, _: &AuthorityId, _: Moment, _: &[u8], signature: &[u8]) -> Result<Digest, String> {
        let received = ReceivedSignature::parse(signature).map_err(|flaw| flaw.to_string())?;
        Ok(*received.claimed_signer().digest())
    }
}

/// A root's fingerprint as the store keeps it.
pub(crate) fn fingerprint(digest: &Digest) -> Result<Fingerprint, Trouble> {
    let read = digest.to_string().parse();
    Ok(read.map_err(|_| terms::Bug::new("a digest is a fingerprint"))?)
}
