//! The outbox: what is to be carried to whom, until it is done. It never gives up by itself.
//!
//! ```text
//! queued ──leaf sequenced──▶ ready ──▶ due ──carried──▶ waits for the receipt ──settled──▶ gone
//!                                       ▲ └─failed: later again                 │
//!                                       └────────── no receipt came ────────────┘
//! ```
//!
//! An item that needs no receipt is gone once it is carried. One thing is in a recipient's outbox once.

use terms::{AuthorityId, Digest, Moment};

use crate::leaves::LeafRow;
use crate::value::{Record, Row};
use crate::{Page, ReadTx, StoreError, WriteTx, leaves};

/// Something to be carried.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outgoing {
    /// To whom.
    pub recipient: AuthorityId,
    /// What it is, in the caller's words: an act, a receipt, a question for missing acts, …
    pub kind: String,
    /// Its id.
    pub item: Vec<u8>,
    /// The thing itself, where it is not kept elsewhere under that id.
    pub payload: Option<Vec<u8>>,
    /// How long it is when carried, so that a batch can be cut to size without reading it.
    pub bytes: u64,
    /// Whether it stays until the recipient's receipt is held; otherwise it is gone once carried.
    pub until_receipt: bool,
    /// When it was queued, and first due.
    pub created_at: Moment,
}

/// Something in the outbox.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OutboxRow {
    /// The order in which things were queued.
    pub seq: i64,
    /// What is to be carried, and to whom.
    pub outgoing: Outgoing,
    /// Whether it may leave: its leaf is in the tree.
    pub ready: bool,
    /// How often carrying it failed or was not answered by a receipt.
    pub attempts: i64,
    /// When it is due.
    pub next_attempt: Moment,
    /// When it was last carried.
    pub carried_at: Option<Moment>,
    /// Why carrying it failed last time.
    pub last_error: Option<String>,
}

impl Record for OutboxRow {
    fn read(row: &mut Row) -> Result<Self, StoreError> {
        Ok(Self {
            seq: row.next()?,
            outgoing: Outgoing {
                recipient: row.next()?,
                kind: row.next()?,
                item: row.next()?,
                payload: row.next()?,
                bytes: row.next()?,
                until_receipt: row.next()?,
                created_at: row.next()?,
            },
            ready: row.next()?,
            attempts: row.next()?,
            next_attempt: row.next()?,
            carried_at: row.next()?,
            last_error: row.next()?,
        })
    }
}

/// Queues something that may leave at once; false if it is in this recipient's outbox already.
///
/// # Errors
/// The database could not be written.
pub fn queue(tx: &mut WriteTx<'_>, outgoing: &Outgoing) -> Result<bool, StoreError> {
    insert(tx, outgoing, None)
}

/// Queues something that was logged before, for instance the older acts of a docket for one who joins it. It may leave
/// at once if its leaf is in the tree, and waits for it otherwise.
///
/// # Errors
/// It was never logged, or the database could not be written.
pub fn queue_logged(
    tx: &mut WriteTx<'_>,
    outgoing: &Outgoing,
    leaf_kind: &str,
    id: &Digest,
) -> Result<bool, StoreError> {
    match leaves::of(tx, leaf_kind, id)? {
        Some(leaf) => insert(tx, outgoing, leaf.place.is_none().then_some(leaf.seq)),
        None => Err(StoreError::Misuse(format!("{leaf_kind} {} was never logged, so it may not leave", id.short()))),
    }
}

/// Queues something that may leave once a leaf is in the tree.
pub(crate) fn queue_after(tx: &mut WriteTx<'_>, outgoing: &Outgoing, leaf: i64) -> Result<bool, StoreError> {
    insert(tx, outgoing, Some(leaf))
}

fn insert(tx: &mut WriteTx<'_>, outgoing: &Outgoing, leaf: Option<i64>) -> Result<bool, StoreError> {
    let seq = tx.ticket()?;
    let sql = "INSERT INTO outbox (seq, recipient, kind, item, payload, bytes, until_receipt, leaf, ready,
        created_at, attempts, next_attempt) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, 0, $10)
        ON CONFLICT (recipient, kind, item) DO NOTHING";
    let params = [
        seq.into(),
        (&outgoing.recipient).into(),
        (&outgoing.kind).into(),
        (&outgoing.item).into(),
        outgoing.payload.as_ref().into(),
        crate::tree::signed(outgoing.bytes)?.into(),
        outgoing.until_receipt.into(),
        leaf.into(),
        leaf.is_none().into(),
        outgoing.created_at.into(),
    ];
    Ok(tx.execute(sql, &params)? == 1)
}

/// Lets everything leave that waited for these leaves.
pub(crate) fn release(tx: &mut WriteTx<'_>, leaves: &[LeafRow]) -> Result<(), StoreError> {
    let given: Vec<_> = leaves.iter().map(|leaf| vec![leaf.seq.into()]).collect();
    let sql = "UPDATE outbox SET ready = 1 FROM given WHERE outbox.leaf = given.a AND outbox.ready = 0";
    tx.execute_of(sql, &given).map(drop)
}

/// What is due for a recipient: what has waited longest first, at most `limit` items and `bytes` bytes, but always at
/// least one. Reading it changes nothing: say afterwards whether it was [`carried`] or has [`failed`].
///
/// # Errors
/// The database could not be read.
pub fn due(
    tx: &mut ReadTx<'_>,
    recipient: &AuthorityId,
    now: Moment,
    limit: usize,
    bytes: u64,
) -> Result<Vec<OutboxRow>, StoreError> {
    due_beyond(tx, recipient, now, limit, bytes, &[])
}

/// The same, leaving out what is under way at this moment.
///
/// # Errors
/// The database could not be read.
pub fn due_beyond(
    tx: &mut ReadTx<'_>,
    recipient: &AuthorityId,
    now: Moment,
    limit: usize,
    bytes: u64,
    under_way: &[i64],
) -> Result<Vec<OutboxRow>, StoreError> {
    let sql = "SELECT seq, bytes FROM outbox WHERE recipient = $1 AND ready = 1 AND next_attempt <= $2
        ORDER BY next_attempt, seq LIMIT $3";
    let most = limit.saturating_add(under_way.len());
    let sizes = tx.page(sql, &[recipient.into(), now.into()], most, |_: &(i64, u64)| ())?.rows;
    as_many(tx, sizes.into_iter().filter(|(seq, _)| !under_way.contains(seq)).take(limit), bytes)
}

/// What was queued for a recipient after `after` and has not been done, in that order, whenever it may be tried: at most `limit` items and `bytes` bytes, but
/// always at least one.
///
/// # Errors
/// The database could not be read.
pub fn undelivered(
    tx: &mut ReadTx<'_>,
    recipient: &AuthorityId,
    after: i64,
    limit: usize,
    bytes: u64,
) -> Result<Vec<OutboxRow>, StoreError> {
    let sql = "SELECT seq, bytes FROM outbox WHERE recipient = $1 AND ready = 1 AND seq > $2 ORDER BY seq LIMIT $3";
    let sizes = tx.page(sql, &[recipient.into(), after.into()], limit, |_: &(i64, u64)| ())?.rows;
    as_many(tx, sizes, bytes)
}

/// The rows from the front that fit, but always at least one.
fn as_many(
    tx: &mut ReadTx<'_>,
    sizes: impl IntoIterator<Item = (i64, u64)>,
    bytes: u64,
) -> Result<Vec<OutboxRow>, StoreError> {
    let (mut rows, mut total) = (Vec::new(), 0_u64);
    for (seq, size) in sizes {
        total = total.saturating_add(size);
        if total > bytes && !rows.is_empty() {
            break;
        }
        rows.extend(get(tx, seq)?);
    }
    Ok(rows)
}

/// One row.
///
/// # Errors
/// The database could not be read.
pub fn get(tx: &mut ReadTx<'_>, seq: i64) -> Result<Option<OutboxRow>, StoreError> {
    let sql =
        "SELECT seq, recipient, kind, item, payload, bytes, until_receipt, created_at, ready, attempts, next_attempt,
        carried_at, last_error FROM outbox WHERE seq = $1";
    tx.row(sql, &[seq.into()])
}

/// The recipients for whom something is due, by name.
///
/// # Errors
/// The database could not be read.
pub fn recipients_due(
    tx: &mut ReadTx<'_>,
    now: Moment,
    after: Option<&AuthorityId>,
    limit: usize,
) -> Result<Page<AuthorityId, AuthorityId>, StoreError> {
    let sql = "SELECT DISTINCT recipient FROM outbox WHERE ready = 1 AND next_attempt <= $1 AND recipient > $2
        ORDER BY recipient LIMIT $3";
    let after = after.map_or("", AuthorityId::as_str);
    let page = tx.page(sql, &[now.into(), after.into()], limit, |(id,): &(AuthorityId,)| id.clone())?;
    Ok(Page { rows: page.rows.into_iter().map(|(id,)| id).collect(), next: page.next })
}

/// When something will be due next, for anybody.
///
/// # Errors
/// The database could not be read.
pub fn next_due(tx: &mut ReadTx<'_>) -> Result<Option<Moment>, StoreError> {
    let row = tx.row::<(Option<Moment>,)>("SELECT MIN(next_attempt) FROM outbox WHERE ready = 1", &[])?;
    Ok(row.and_then(|(moment,)| moment))
}

/// The carrier has taken these. What needs no receipt is gone; the rest is due again at `again`, if no receipt comes.
///
/// # Errors
/// The database could not be written.
pub fn carried(tx: &mut WriteTx<'_>, seqs: &[i64], now: Moment, again: Moment) -> Result<(), StoreError> {
    for &seq in seqs {
        tx.execute("DELETE FROM outbox WHERE seq = $1 AND until_receipt = 0", &[seq.into()])?;
        let sql = "UPDATE outbox SET carried_at = $2, next_attempt = $3, attempts = attempts + 1, last_error = NULL
            WHERE seq = $1";
        tx.execute(sql, &[seq.into(), now.into(), again.into()])?;
    }
    Ok(())
}

/// Carrying these failed; they are due again at `again`.
///
/// # Errors
/// The database could not be written.
pub fn failed(tx: &mut WriteTx<'_>, seqs: &[i64], error: &str, again: Moment) -> Result<(), StoreError> {
    for &seq in seqs {
        let sql = "UPDATE outbox SET next_attempt = $2, last_error = $3, attempts = attempts + 1 WHERE seq = $1";
        tx.execute(sql, &[seq.into(), again.into(), error.into()])?;
    }
    Ok(())
}

/// The recipient's receipt names these: they are gone. Gives how many were there.
///
/// # Errors
/// The database could not be written.
pub fn settled<'i>(
    tx: &mut WriteTx<'_>,
    recipient: &AuthorityId,
    kind: &str,
    items: impl IntoIterator<Item = &'i [u8]>,
) -> Result<u64, StoreError> {
    let mut gone = 0;
    for item in items {
        let sql = "DELETE FROM outbox WHERE recipient = $1 AND kind = $2 AND item = $3";
        gone += tx.execute(sql, &[recipient.into(), kind.into(), item.into()])?;
    }
    Ok(gone)
}

/// Everything for a recipient that was approved again, or asks by itself, is due at once.
///
/// # Errors
/// The database could not be written.
pub fn hurry(tx: &mut WriteTx<'_>, recipient: &AuthorityId, now: Moment) -> Result<u64, StoreError> {
    let sql = "UPDATE outbox SET next_attempt = $2 WHERE recipient = $1 AND next_attempt > $2";
    tx.execute(sql, &[recipient.into(), now.into()])
}

/// All that is in the outbox, in the order in which it was queued: for the operator.
///
/// # Errors
/// The database could not be read.
pub fn list(tx: &mut ReadTx<'_>, after: i64, limit: usize) -> Result<Page<OutboxRow>, StoreError> {
    let sql =
        "SELECT seq, recipient, kind, item, payload, bytes, until_receipt, created_at, ready, attempts, next_attempt,
        carried_at, last_error FROM outbox WHERE seq > $1 ORDER BY seq LIMIT $2";
    tx.page(sql, &[after.into()], limit, |row: &OutboxRow| row.seq)
}
