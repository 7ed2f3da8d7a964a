//! Acts that are authentic but came before their parents. They wait here, bounded per sender, until the gap is
//! filled; they are not admitted, not receipted and not shown as part of the docket.

use terms::{ActId, AuthorityId, DocketId, Moment, Salt};

use crate::value::{Record, Row};
use crate::{Page, ReadTx, StoreError, WriteTx};

/// An act that waits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WaitingAct {
    /// The SHA-256 of the header.
    pub id: ActId,
    /// The docket it names.
    pub docket: DocketId,
    /// The authority whose node sent it.
    pub sender: AuthorityId,
    /// The canonical header.
    pub header: Vec<u8>,
    /// The detached signature.
    pub signature: Vec<u8>,
    /// The salt of the body's digest.
    pub salt: Option<Salt>,
    /// The body, sealed.
    pub body: Option<Vec<u8>>,
    /// When it came.
    pub received_at: Moment,
}

impl WaitingAct {
    fn bytes(&self) -> i64 {
        let body = self.body.as_ref().map_or(0, Vec::len);
        i64::try_from(self.header.len() + self.signature.len() + body).unwrap_or(i64::MAX)
    }
}

impl Record for WaitingAct {
    fn read(row: &mut Row) -> Result<Self, StoreError> {
        Ok(Self {
            id: row.next()?,
            docket: row.next()?,
            sender: row.next()?,
            header: row.next()?,
            signature: row.next()?,
            salt: row.next()?,
            body: row.next()?,
            received_at: row.next()?,
        })
    }
}

/// How much may wait from one sender.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WaitingBounds {
    /// Acts, at most.
    pub acts: i64,
    /// Bytes of headers, signatures and bodies, at most.
    pub bytes: i64,
}

/// What became of an act that should wait.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Held {
    /// It waits.
    Waits,
    /// It was waiting already.
    Already,
    /// Too much waits from this sender: it is not kept, and the sender should send the parents first.
    NoRoom,
}

/// Lets an act wait for the parents that are missing.
///
/// # Errors
/// The database could not be written.
pub fn hold(
    tx: &mut WriteTx<'_>,
    act: &WaitingAct,
    missing: &[ActId],
    bounds: WaitingBounds,
) -> Result<Held, StoreError> {
    if tx.exists("SELECT id FROM waiting WHERE id = $1", &[(&act.id).into()])? {
        return Ok(Held::Already);
    }
    let sum = "SELECT COUNT(*), CAST(COALESCE(SUM(bytes), 0) AS BIGINT) FROM waiting WHERE sender = $1";
    let (acts, bytes) = tx.row::<(i64, i64)>(sum, &[(&act.sender).into()])?.unwrap_or_default();
    if acts >= bounds.acts || bytes.saturating_add(act.bytes()) > bounds.bytes {
        return Ok(Held::NoRoom);
    }
    let seq = tx.ticket()?;
    let sql = "INSERT INTO waiting (id, docket, sender, header, signature, salt, body, received_at, bytes, seq)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)";
    let params = [
        (&act.id).into(),
        (&act.docket).into(),
        (&act.sender).into(),
        (&act.header).into(),
        (&act.signature).into(),
        act.salt.as_ref().into(),
        act.body.as_ref().into(),
        act.received_at.into(),
        act.bytes().into(),
        seq.into(),
    ];
    tx.execute(sql, &params)?;
    for parent in missing {
        let sql = "INSERT INTO waiting_parents (parent, act) VALUES ($1, $2) ON CONFLICT (parent, act) DO NOTHING";
        tx.execute(sql, &[parent.into(), (&act.id).into()])?;
    }
    Ok(Held::Waits)
}

/// Says that `parent` is here now, and takes out the acts that waited for nothing else, in the order they came.
/// At most `limit` at a time: call again until none comes.
///
/// # Errors
/// The database could not be written.
pub fn release(tx: &mut WriteTx<'_>, parent: &ActId, limit: usize) -> Result<Vec<WaitingAct>, StoreError> {
    // An act stays bound to this parent until it is taken out, so that a later call finds it again.
    let sql = "SELECT id, docket, sender, header, signature, salt, body, received_at FROM waiting
        JOIN waiting_parents ON waiting_parents.act = waiting.id
        WHERE waiting_parents.parent = $1 AND NOT EXISTS
            (SELECT 1 FROM waiting_parents AS other WHERE other.act = waiting.id AND other.parent <> $1
             AND NOT EXISTS (SELECT 1 FROM acts WHERE acts.id = other.parent))
        ORDER BY waiting.seq LIMIT $2";
    let ready: Vec<WaitingAct> = tx.page(sql, &[parent.into()], limit, |_| ())?.rows;
    for act in &ready {
        forget(tx, &act.id)?;
    }
    Ok(ready)
}

/// Takes an act out of the waiting room, for instance because it proved to be forged.
///
/// # Errors
/// The database could not be written.
pub fn forget(tx: &mut WriteTx<'_>, id: &ActId) -> Result<(), StoreError> {
    tx.execute("DELETE FROM waiting_parents WHERE act = $1", &[id.into()])?;
    tx.execute("DELETE FROM waiting WHERE id = $1", &[id.into()]).map(drop)
}

/// The acts that are waited for and neither kept nor waiting themselves, by id: what to ask for.
///
/// # Errors
/// The database could not be read.
pub fn missing(
    tx: &mut ReadTx<'_>,
    docket: &DocketId,
    after: Option<&ActId>,
    limit: usize,
) -> Result<Page<ActId, ActId>, StoreError> {
    let sql = "SELECT DISTINCT parent FROM waiting_parents JOIN waiting ON waiting.id = waiting_parents.act
        WHERE waiting.docket = $1 AND parent > $2
        AND NOT EXISTS (SELECT 1 FROM acts WHERE acts.id = parent)
        AND NOT EXISTS (SELECT 1 FROM waiting AS here WHERE here.id = parent) ORDER BY parent LIMIT $3";
    let after: &[u8] = after.map_or(&[], |id| id.as_bytes());
    let page = tx.page(sql, &[docket.into(), after.into()], limit, |(id,): &(ActId,)| *id)?;
    Ok(Page { rows: page.rows.into_iter().map(|(id,)| id).collect(), next: page.next })
}

/// Whether the act waits here.
///
/// # Errors
/// The database could not be read.
pub fn exists(tx: &mut ReadTx<'_>, id: &ActId) -> Result<bool, StoreError> {
    tx.exists("SELECT id FROM waiting WHERE id = $1", &[id.into()])
}

/// Everything that waits, by id.
///
/// # Errors
/// The database could not be read.
pub fn list(tx: &mut ReadTx<'_>, after: Option<&ActId>, limit: usize) -> Result<Page<WaitingAct, ActId>, StoreError> {
    let sql = "SELECT id, docket, sender, header, signature, salt, body, received_at FROM waiting
        WHERE id > $1 ORDER BY id LIMIT $2";
    let after: &[u8] = after.map_or(&[], |id| id.as_bytes());
    tx.page(sql, &[after.into()], limit, |act: &WaitingAct| act.id)
}
