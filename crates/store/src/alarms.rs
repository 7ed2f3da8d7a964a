//! Alarms: what an officer must see, with the bytes that prove it to somebody else. Raised once for one thing, settled by a person with a reason,
//! never removed.

use terms::{AuthorityId, Digest, DocketId, Moment};

use crate::value::{Record, Row};
use crate::{Page, ReadTx, StoreError, WriteTx};

/// An alarm that is to be raised.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewAlarm {
    /// What it is about, so that the same thing is raised once.
    pub name: Digest,
    /// Its kind, in the caller's words.
    pub kind: String,
    /// Whose doing it is about.
    pub authority: AuthorityId,
    /// In which docket, if in one.
    pub docket: Option<DocketId>,
    /// What happened, in one sentence.
    pub sentence: String,
    /// What proves it.
    pub evidence: Vec<u8>,
    /// When.
    pub raised_at: Moment,
}

/// An alarm that was raised.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AlarmRow {
    /// The order in which alarms were raised.
    pub seq: i64,
    /// The alarm.
    pub alarm: NewAlarm,
    /// Who settled it.
    pub settled_by: Option<String>,
    /// Why it is settled.
    pub settled_why: Option<String>,
    /// When.
    pub settled_at: Option<Moment>,
}

impl Record for AlarmRow {
    fn read(row: &mut Row) -> Result<Self, StoreError> {
        Ok(Self {
            seq: row.next()?,
            alarm: NewAlarm {
                name: row.next()?,
                kind: row.next()?,
                authority: row.next()?,
                docket: row.next()?,
                sentence: row.next()?,
                evidence: row.next()?,
                raised_at: row.next()?,
            },
            settled_by: row.next()?,
            settled_why: row.next()?,
            settled_at: row.next()?,
        })
    }
}

/// Raises an alarm, unless it was raised before; true if it was not.
///
/// # Errors
/// The database could not be written.
pub fn raise(tx: &mut WriteTx<'_>, alarm: &NewAlarm) -> Result<bool, StoreError> {
    let seq = tx.ticket()?;
    let sql = "INSERT INTO alarms (seq, name, kind, authority, docket, sentence, evidence, raised_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (name) DO NOTHING";
    let params = [
        seq.into(),
        (&alarm.name).into(),
        (&alarm.kind).into(),
        (&alarm.authority).into(),
        alarm.docket.as_ref().into(),
        (&alarm.sentence).into(),
        (&alarm.evidence).into(),
        alarm.raised_at.into(),
    ];
    Ok(tx.execute(sql, &params)? == 1)
}

/// Settles an alarm; false if there is none that is open by this number.
///
/// # Errors
/// The database could not be written.
pub fn settle(tx: &mut WriteTx<'_>, seq: i64, by: &str, why: &str, now: Moment) -> Result<bool, StoreError> {
    let sql = "UPDATE alarms SET settled_by = $2, settled_why = $3, settled_at = $4
        WHERE seq = $1 AND settled_at IS NULL";
    Ok(tx.execute(sql, &[seq.into(), by.into(), why.into(), now.into()])? == 1)
}

/// One alarm.
///
/// # Errors
/// The database could not be read.
pub fn get(tx: &mut ReadTx<'_>, seq: i64) -> Result<Option<AlarmRow>, StoreError> {
    let sql = "SELECT seq, name, kind, authority, docket, sentence, evidence, raised_at, settled_by, settled_why,
        settled_at FROM alarms WHERE seq = $1";
    tx.row(sql, &[seq.into()])
}

/// The alarms that nobody has settled, first one first.
///
/// # Errors
/// The database could not be read.
pub fn open(tx: &mut ReadTx<'_>, after: i64, limit: usize) -> Result<Page<AlarmRow>, StoreError> {
    let sql = "SELECT seq, name, kind, authority, docket, sentence, evidence, raised_at, settled_by, settled_why,
        settled_at FROM alarms WHERE settled_at IS NULL AND seq > $1 ORDER BY seq LIMIT $2";
    tx.page(sql, &[after.into()], limit, |row: &AlarmRow| row.seq)
}
