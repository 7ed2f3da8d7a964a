//! The daily digests that two peers exchange: the last one each has stated to the other, signed.

use terms::{AuthorityId, Moment};

use crate::value::{Record, Row};
use crate::{ReadTx, StoreError, WriteTx};

/// Whose statement it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    /// What we stated to the peer.
    Ours,
    /// What the peer stated to us.
    Theirs,
}

/// A digest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PeerDigest {
    /// The canonical statement.
    pub statement: Vec<u8>,
    /// The detached signature.
    pub signature: Vec<u8>,
    /// When it was stated.
    pub stated_at: Moment,
}

impl Record for PeerDigest {
    fn read(row: &mut Row) -> Result<Self, StoreError> {
        Ok(Self { statement: row.next()?, signature: row.next()?, stated_at: row.next()? })
    }
}

/// Keeps a digest in place of the last one, unless it is older; true if it is kept.
///
/// # Errors
/// The database could not be written.
pub fn put(tx: &mut WriteTx<'_>, peer: &AuthorityId, side: Side, digest: &PeerDigest) -> Result<bool, StoreError> {
    let sql = "INSERT INTO peer_digests (peer, ours, statement, signature, stated_at) VALUES ($1, $2, $3, $4, $5)
        ON CONFLICT (peer, ours) DO UPDATE SET statement = excluded.statement, signature = excluded.signature,
        stated_at = excluded.stated_at WHERE peer_digests.stated_at <= excluded.stated_at";
    let params = [
        peer.into(),
        (side == Side::Ours).into(),
        (&digest.statement).into(),
        (&digest.signature).into(),
        digest.stated_at.into(),
    ];
    Ok(tx.execute(sql, &params)? == 1)
}

/// The last digest.
///
/// # Errors
/// The database could not be read.
pub fn last(tx: &mut ReadTx<'_>, peer: &AuthorityId, side: Side) -> Result<Option<PeerDigest>, StoreError> {
    let sql = "SELECT statement, signature, stated_at FROM peer_digests WHERE peer = $1 AND ours = $2";
    tx.row(sql, &[peer.into(), (side == Side::Ours).into()])
}
