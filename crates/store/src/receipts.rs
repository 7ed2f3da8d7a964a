//! Receipts: the signed words of recipients, ours and theirs. Named by the digest of their statement.

use terms::{ActId, AuthorityId, Digest, DocketId, Moment};

use crate::value::{Record, Row};
use crate::{Page, ReadTx, StoreError, WriteTx};

/// A receipt that is to be kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewReceipt {
    /// Who has received and says so.
    pub issuer: AuthorityId,
    /// To whom it is said.
    pub recipient: AuthorityId,
    /// In which docket.
    pub docket: DocketId,
    /// The acts received.
    pub acts: Vec<ActId>,
    /// The canonical statement.
    pub statement: Vec<u8>,
    /// The detached signature.
    pub signature: Vec<u8>,
    /// When it came, or was issued here.
    pub received_at: Moment,
}

impl NewReceipt {
    /// The name of the receipt.
    pub fn digest(&self) -> Digest {
        Digest::of(&[&self.statement])
    }
}

/// A receipt that is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReceiptRow {
    /// The SHA-256 of the statement.
    pub digest: Digest,
    /// Who has received and says so.
    pub issuer: AuthorityId,
    /// To whom it is said.
    pub recipient: AuthorityId,
    /// In which docket.
    pub docket: DocketId,
    /// The canonical statement.
    pub statement: Vec<u8>,
    /// The detached signature.
    pub signature: Vec<u8>,
    /// When it came, or was issued here.
    pub received_at: Moment,
    /// The order in which receipts were kept.
    pub seq: i64,
}

impl Record for ReceiptRow {
    fn read(row: &mut Row) -> Result<Self, StoreError> {
        Ok(Self {
            digest: row.next()?,
            issuer: row.next()?,
            recipient: row.next()?,
            docket: row.next()?,
            statement: row.next()?,
            signature: row.next()?,
            received_at: row.next()?,
            seq: row.next()?,
        })
    }
}

/// Keeps a receipt, unless it is there; true if it was not.
///
/// # Errors
/// The database could not be written.
pub fn insert(tx: &mut WriteTx<'_>, receipt: &NewReceipt) -> Result<bool, StoreError> {
    let (digest, seq) = (receipt.digest(), tx.ticket()?);
    let sql = "INSERT INTO receipts (digest, issuer, recipient, docket, statement, signature, received_at, seq)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (digest) DO NOTHING";
    let params = [
        (&digest).into(),
        (&receipt.issuer).into(),
        (&receipt.recipient).into(),
        (&receipt.docket).into(),
        (&receipt.statement).into(),
        (&receipt.signature).into(),
        receipt.received_at.into(),
        seq.into(),
    ];
    if tx.execute(sql, &params)? == 0 {
        return Ok(false);
    }
    for act in &receipt.acts {
        let sql = "INSERT INTO receipt_acts (act, receipt) VALUES ($1, $2) ON CONFLICT (act, receipt) DO NOTHING";
        tx.execute(sql, &[act.into(), (&digest).into()])?;
    }
    Ok(true)
}

/// One receipt.
///
/// # Errors
/// The database could not be read.
pub fn get(tx: &mut ReadTx<'_>, digest: &Digest) -> Result<Option<ReceiptRow>, StoreError> {
    let sql = "SELECT digest, issuer, recipient, docket, statement, signature, received_at, seq
        FROM receipts WHERE digest = $1";
    tx.row(sql, &[digest.into()])
}

/// The receipts of a docket in the order in which they were kept.
///
/// # Errors
/// The database could not be read.
pub fn of_docket(
    tx: &mut ReadTx<'_>,
    docket: &DocketId,
    after: i64,
    limit: usize,
) -> Result<Page<ReceiptRow>, StoreError> {
    let sql = "SELECT digest, issuer, recipient, docket, statement, signature, received_at, seq
        FROM receipts WHERE docket = $1 AND seq > $2 ORDER BY seq LIMIT $3";
    tx.page(sql, &[docket.into(), after.into()], limit, |receipt: &ReceiptRow| receipt.seq)
}

/// The number of the receipt of a docket that was kept last.
///
/// # Errors
/// The database could not be read.
pub fn last_of_docket(tx: &mut ReadTx<'_>, docket: &DocketId) -> Result<Option<i64>, StoreError> {
    let sql = "SELECT seq FROM receipts WHERE docket = $1 ORDER BY seq DESC LIMIT 1";
    Ok(tx.row::<(i64,)>(sql, &[docket.into()])?.map(|(seq,)| seq))
}

/// The receipts that name an act, in the order in which they were kept.
///
/// # Errors
/// The database could not be read.
pub fn of_act(tx: &mut ReadTx<'_>, act: &ActId, after: i64, limit: usize) -> Result<Page<ReceiptRow>, StoreError> {
    let sql = "SELECT digest, issuer, recipient, docket, statement, signature, received_at, seq
        FROM receipts JOIN receipt_acts ON receipt = digest WHERE act = $1 AND seq > $2 ORDER BY seq LIMIT $3";
    tx.page(sql, &[act.into(), after.into()], limit, |receipt: &ReceiptRow| receipt.seq)
}

/// The statements of the last receipts that `issuer` gave to `recipient`, as far as they are kept here, newest first.
///
/// # Errors
/// The database could not be read.
pub fn last_from(
    tx: &mut ReadTx<'_>,
    issuer: &AuthorityId,
    recipient: &AuthorityId,
    limit: usize,
) -> Result<Vec<Vec<u8>>, StoreError> {
    let sql = "SELECT statement FROM receipts WHERE issuer = $1 AND recipient = $2 ORDER BY seq DESC LIMIT $3";
    let page = tx.page(sql, &[issuer.into(), recipient.into()], limit, |_: &(Vec<u8>,)| ())?;
    Ok(page.rows.into_iter().map(|(statement,)| statement).collect())
}

/// The receipts that `issuer` gave to `recipient`, in the order in which they were kept.
///
/// # Errors
/// The database could not be read.
pub fn given(
    tx: &mut ReadTx<'_>,
    issuer: &AuthorityId,
    recipient: &AuthorityId,
    after: i64,
    limit: usize,
) -> Result<Page<ReceiptRow>, StoreError> {
    let sql = "SELECT digest, issuer, recipient, docket, statement, signature, received_at, seq
        FROM receipts WHERE issuer = $1 AND recipient = $2 AND seq > $3 ORDER BY seq LIMIT $4";
    tx.page(sql, &[issuer.into(), recipient.into(), after.into()], limit, |receipt: &ReceiptRow| receipt.seq)
}

/// A receipt that is still to be issued.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Owed {
    /// Over which act.
    pub act: ActId,
    /// To whom.
    pub recipient: AuthorityId,
    /// In which docket.
    pub docket: DocketId,
}

impl Record for Owed {
    fn read(row: &mut Row) -> Result<Self, StoreError> {
        Ok(Self { act: row.next()?, recipient: row.next()?, docket: row.next()? })
    }
}

/// Notes that a receipt over the act is owed; once, however often the act came.
///
/// # Errors
/// The database could not be written.
pub fn owe(tx: &mut WriteTx<'_>, owed: &Owed) -> Result<(), StoreError> {
    let seq = tx.ticket()?;
    let sql = "INSERT INTO receipts_owed (act, recipient, docket, seq) VALUES ($1, $2, $3, $4)
        ON CONFLICT (act, recipient) DO NOTHING";
    tx.execute(sql, &[(&owed.act).into(), (&owed.recipient).into(), (&owed.docket).into(), seq.into()]).map(drop)
}

/// The receipts that are owed, longest first, at most `limit`.
///
/// # Errors
/// The database could not be read.
pub fn owed(tx: &mut ReadTx<'_>, limit: usize) -> Result<Vec<Owed>, StoreError> {
    let sql = "SELECT act, recipient, docket FROM receipts_owed ORDER BY seq LIMIT $1";
    Ok(tx.page(sql, &[], limit, |_: &Owed| ())?.rows)
}

/// Notes that a receipt over these was kept.
///
/// # Errors
/// The database could not be written.
pub fn paid(tx: &mut WriteTx<'_>, owed: &[Owed]) -> Result<(), StoreError> {
    for one in owed {
        let sql = "DELETE FROM receipts_owed WHERE act = $1 AND recipient = $2";
        tx.execute(sql, &[(&one.act).into(), (&one.recipient).into()])?;
    }
    Ok(())
}

/// Whether `issuer` has receipted the act.
///
/// # Errors
/// The database could not be read.
pub fn receipted_by(tx: &mut ReadTx<'_>, act: &ActId, issuer: &AuthorityId) -> Result<bool, StoreError> {
    let sql =
        "SELECT digest FROM receipts JOIN receipt_acts ON receipt = digest WHERE act = $1 AND issuer = $2 LIMIT 1";
    tx.exists(sql, &[act.into(), issuer.into()])
}
