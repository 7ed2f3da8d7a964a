//! Peers: which authorities are trusted, on whose word, and under which signed card.
//!
//! The database itself refuses an approval by the person who proposed. Cards are kept for ever: an old signature is
//! checked against the card that was in force. What a card says is `seal`'s business.

use terms::{AuthorityId, Digest, Moment};

use crate::value::{Column, Record, Row, Value};
use crate::{Page, ReadTx, StoreError, WriteTx};

/// How a peer stands here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PeerStatus {
    /// One person has entered it; nothing is exchanged yet.
    Proposed,
    /// A second person has approved its root.
    Approved,
    /// Nothing is exchanged until somebody lifts it.
    Suspended,
    /// It is over; a new root needs a new approval.
    Revoked,
}

impl PeerStatus {
    /// The word in the database.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Proposed => "proposed",
            Self::Approved => "approved",
            Self::Suspended => "suspended",
            Self::Revoked => "revoked",
        }
    }
}

impl Column for PeerStatus {
    fn read(value: Value) -> Result<Self, StoreError> {
        let text = String::read(value)?;
        let all = [Self::Proposed, Self::Approved, Self::Suspended, Self::Revoked];
        let found = all.into_iter().find(|status| status.as_str() == text);
        found.ok_or_else(|| StoreError::Corrupt(format!("“{text}” is no status of a peer")))
    }
}

/// A peer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PeerRow {
    /// Which authority.
    pub authority: AuthorityId,
    /// The fingerprint of its root, as two persons have compared it.
    pub fingerprint: Digest,
    /// Its card in force.
    pub card: Vec<u8>,
    /// The root's signature over it.
    pub card_signature: Vec<u8>,
    /// How it stands here.
    pub status: PeerStatus,
    /// Who entered it.
    pub proposed_by: String,
    /// Who approved it.
    pub approved_by: Option<String>,
    /// When any of this changed.
    pub changed_at: Moment,
}

impl Record for PeerRow {
    fn read(row: &mut Row) -> Result<Self, StoreError> {
        Ok(Self {
            authority: row.next()?,
            fingerprint: row.next()?,
            card: row.next()?,
            card_signature: row.next()?,
            status: row.next()?,
            proposed_by: row.next()?,
            approved_by: row.next()?,
            changed_at: row.next()?,
        })
    }
}

/// Enters a peer as proposed, or proposes it anew with another root. Whatever stood, nothing is exchanged until a
/// second person approves.
///
/// # Errors
/// The database could not be written.
pub fn propose(
    tx: &mut WriteTx<'_>,
    authority: &AuthorityId,
    fingerprint: &Digest,
    card: &[u8],
    card_signature: &[u8],
    person: &str,
    now: Moment,
) -> Result<(), StoreError> {
    let sql =
        "INSERT INTO peers (authority, fingerprint, card, card_signature, status, proposed_by, approved_by, changed_at)
        VALUES ($1, $2, $3, $4, 'proposed', $5, NULL, $6) ON CONFLICT (authority) DO UPDATE SET
        fingerprint = excluded.fingerprint, card = excluded.card, card_signature = excluded.card_signature,
        status = 'proposed', proposed_by = excluded.proposed_by, approved_by = NULL, changed_at = excluded.changed_at";
    let params = [authority.into(), fingerprint.into(), card.into(), card_signature.into(), person.into(), now.into()];
    tx.execute(sql, &params)?;
    keep_card(tx, authority, card, card_signature, now)
}

/// Approves the root with this fingerprint. False if there is no such proposal, or `person` proposed it.
///
/// # Errors
/// The database could not be written.
pub fn approve(
    tx: &mut WriteTx<'_>,
    authority: &AuthorityId,
    fingerprint: &Digest,
    person: &str,
    now: Moment,
) -> Result<bool, StoreError> {
    let sql = "UPDATE peers SET status = 'approved', approved_by = $3, changed_at = $4
        WHERE authority = $1 AND fingerprint = $2 AND status = 'proposed' AND proposed_by <> $3";
    Ok(tx.execute(sql, &[authority.into(), fingerprint.into(), person.into(), now.into()])? == 1)
}

/// Suspends a peer that is approved, lifts a suspension, or revokes. False if this is no step from where it stands:
/// only an approval leads out of *proposed*, and nothing but a new proposal out of *revoked*.
///
/// # Errors
/// The database could not be written.
pub fn set_status(
    tx: &mut WriteTx<'_>,
    authority: &AuthorityId,
    status: PeerStatus,
    now: Moment,
) -> Result<bool, StoreError> {
    let (first, second) = match status {
        PeerStatus::Proposed => return Ok(false),
        PeerStatus::Approved => ("suspended", "suspended"),
        PeerStatus::Suspended => ("approved", "approved"),
        PeerStatus::Revoked => ("approved", "suspended"),
    };
    let sql = "UPDATE peers SET status = $2, changed_at = $3 WHERE authority = $1 AND (status = $4 OR status = $5)";
    Ok(tx.execute(sql, &[authority.into(), status.as_str().into(), now.into(), first.into(), second.into()])? == 1)
}

/// Puts a newer card under the same root in force; false if the peer is not there with this root.
///
/// # Errors
/// The database could not be written.
pub fn renew_card(
    tx: &mut WriteTx<'_>,
    authority: &AuthorityId,
    fingerprint: &Digest,
    card: &[u8],
    card_signature: &[u8],
    now: Moment,
) -> Result<bool, StoreError> {
    let sql =
        "UPDATE peers SET card = $3, card_signature = $4, changed_at = $5 WHERE authority = $1 AND fingerprint = $2";
    let params = [authority.into(), fingerprint.into(), card.into(), card_signature.into(), now.into()];
    let known = tx.execute(sql, &params)? == 1;
    if known {
        keep_card(tx, authority, card, card_signature, now)?;
    }
    Ok(known)
}

fn keep_card(
    tx: &mut WriteTx<'_>,
    authority: &AuthorityId,
    card: &[u8],
    signature: &[u8],
    now: Moment,
) -> Result<(), StoreError> {
    let seq = tx.ticket()?;
    let sql = "INSERT INTO cards (digest, authority, card, signature, received_at, seq)
        VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (digest) DO NOTHING";
    let digest = Digest::of(&[card]);
    let params = [(&digest).into(), authority.into(), card.into(), signature.into(), now.into(), seq.into()];
    tx.execute(sql, &params).map(drop)
}

/// One peer.
///
/// # Errors
/// The database could not be read.
pub fn get(tx: &mut ReadTx<'_>, authority: &AuthorityId) -> Result<Option<PeerRow>, StoreError> {
    let sql = "SELECT authority, fingerprint, card, card_signature, status, proposed_by, approved_by, changed_at
        FROM peers WHERE authority = $1";
    tx.row(sql, &[authority.into()])
}

/// All peers, by name.
///
/// # Errors
/// The database could not be read.
pub fn list(
    tx: &mut ReadTx<'_>,
    after: Option<&AuthorityId>,
    limit: usize,
) -> Result<Page<PeerRow, AuthorityId>, StoreError> {
    let sql = "SELECT authority, fingerprint, card, card_signature, status, proposed_by, approved_by, changed_at
        FROM peers WHERE authority > $1 ORDER BY authority LIMIT $2";
    let after = after.map_or("", AuthorityId::as_str);
    tx.page(sql, &[after.into()], limit, |peer: &PeerRow| peer.authority.clone())
}

/// A card that is or was in force here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CardRow {
    /// The card.
    pub card: Vec<u8>,
    /// The root's signature over it.
    pub signature: Vec<u8>,
    /// When it came.
    pub received_at: Moment,
    /// The order in which cards came.
    pub seq: i64,
}

impl Record for CardRow {
    fn read(row: &mut Row) -> Result<Self, StoreError> {
        Ok(Self { card: row.next()?, signature: row.next()?, received_at: row.next()?, seq: row.next()? })
    }
}

/// All cards of an authority, in the order in which they came.
///
/// # Errors
/// The database could not be read.
pub fn cards(
    tx: &mut ReadTx<'_>,
    authority: &AuthorityId,
    after: i64,
    limit: usize,
) -> Result<Page<CardRow>, StoreError> {
    let sql =
        "SELECT card, signature, received_at, seq FROM cards WHERE authority = $1 AND seq > $2 ORDER BY seq LIMIT $3";
    tx.page(sql, &[authority.into(), after.into()], limit, |card: &CardRow| card.seq)
}
