//! Drafts and their approvals: what people write before the node seals it.
//!
//! A draft is changed only by one who has seen its last version. An approval is of one body: when the body changes,
//! it stays on record and counts no more. Nobody approves their own draft, whoever the caller asked.

use terms::{Digest, DocketId, Moment};

use crate::value::{Record, Row};
use crate::{Page, ReadTx, StoreError, WriteTx};

/// A draft.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DraftRow {
    /// Its name.
    pub id: String,
    /// The docket, if there is one yet.
    pub docket: Option<DocketId>,
    /// What kind of act it will be.
    pub kind: String,
    /// The person who writes it.
    pub author: String,
    /// What will stand in the header, in the caller's encoding.
    pub frame: Vec<u8>,
    /// The body.
    pub body: Vec<u8>,
    /// What is approved: the digest of the body, and of whatever else the caller binds to it.
    pub body_digest: Digest,
    /// Rises with every change, from 1.
    pub version: i64,
    /// Where it stands, in the caller's words.
    pub state: String,
    /// When it changed.
    pub changed_at: Moment,
    /// Rises with every change; the list is in this order, newest first. Ignored when a draft is written.
    pub seq: i64,
}

impl Record for DraftRow {
    fn read(row: &mut Row) -> Result<Self, StoreError> {
        Ok(Self {
            id: row.next()?,
            docket: row.next()?,
            kind: row.next()?,
            author: row.next()?,
            frame: row.next()?,
            body: row.next()?,
            body_digest: row.next()?,
            version: row.next()?,
            state: row.next()?,
            changed_at: row.next()?,
            seq: row.next()?,
        })
    }
}

/// Enters a new draft as version 1; false if its name is taken.
///
/// # Errors
/// The author is not a person known here, or the database could not be written.
pub fn create(tx: &mut WriteTx<'_>, draft: &DraftRow) -> Result<bool, StoreError> {
    let seq = tx.ticket()?;
    let sql = "INSERT INTO drafts (id, docket, kind, author, frame, body, body_digest, version, state, changed_at, seq)
        VALUES ($1, $2, $3, $4, $5, $6, $7, 1, $8, $9, $10) ON CONFLICT (id) DO NOTHING";
    let params = [
        (&draft.id).into(),
        draft.docket.as_ref().into(),
        (&draft.kind).into(),
        (&draft.author).into(),
        (&draft.frame).into(),
        (&draft.body).into(),
        (&draft.body_digest).into(),
        (&draft.state).into(),
        draft.changed_at.into(),
        seq.into(),
    ];
    Ok(tx.execute(sql, &params)? == 1)
}

/// Changes a draft of which `draft.version` was seen; its author and name stay. False if it has changed since.
///
/// # Errors
/// The database could not be written.
pub fn update(tx: &mut WriteTx<'_>, draft: &DraftRow) -> Result<bool, StoreError> {
    let seq = tx.ticket()?;
    let sql = "UPDATE drafts SET docket = $3, kind = $4, frame = $5, body = $6, body_digest = $7, state = $8,
        changed_at = $9, seq = $10, version = version + 1 WHERE id = $1 AND version = $2";
    let params = [
        (&draft.id).into(),
        draft.version.into(),
        draft.docket.as_ref().into(),
        (&draft.kind).into(),
        (&draft.frame).into(),
        (&draft.body).into(),
        (&draft.body_digest).into(),
        (&draft.state).into(),
        draft.changed_at.into(),
        seq.into(),
    ];
    Ok(tx.execute(sql, &params)? == 1)
}

/// One draft.
///
/// # Errors
/// The database could not be read.
pub fn get(tx: &mut ReadTx<'_>, id: &str) -> Result<Option<DraftRow>, StoreError> {
    let sql = "SELECT id, docket, kind, author, frame, body, body_digest, version, state, changed_at, seq
        FROM drafts WHERE id = $1";
    tx.row(sql, &[id.into()])
}

/// The drafts in one state, the one that changed last first.
///
/// # Errors
/// The database could not be read.
pub fn list(tx: &mut ReadTx<'_>, state: &str, after: Option<i64>, limit: usize) -> Result<Page<DraftRow>, StoreError> {
    let sql = "SELECT id, docket, kind, author, frame, body, body_digest, version, state, changed_at, seq
        FROM drafts WHERE state = $1 AND seq < $2 ORDER BY seq DESC LIMIT $3";
    tx.page(sql, &[state.into(), after.unwrap_or(i64::MAX).into()], limit, |draft: &DraftRow| draft.seq)
}

/// What became of an approval.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Approved {
    /// It counts.
    Yes,
    /// This person had approved this body already.
    Already,
    /// The body is no longer the one that was approved.
    BodyChanged,
    /// The person wrote the draft.
    OwnDraft,
    /// There is no such draft.
    NoDraft,
}

/// Records that `person` approves the body with this digest.
///
/// # Errors
/// The person is not known here, or the database could not be written.
pub fn approve(
    tx: &mut WriteTx<'_>,
    draft: &str,
    person: &str,
    body_digest: &Digest,
    now: Moment,
) -> Result<Approved, StoreError> {
    let seen = tx.row::<(String, Digest)>("SELECT author, body_digest FROM drafts WHERE id = $1", &[draft.into()])?;
    let Some((author, digest)) = seen else { return Ok(Approved::NoDraft) };
    if author == person {
        return Ok(Approved::OwnDraft);
    }
    if digest != *body_digest {
        return Ok(Approved::BodyChanged);
    }
    let sql = "INSERT INTO approvals (draft, person, body_digest, approved_at) VALUES ($1, $2, $3, $4)
        ON CONFLICT (draft, body_digest, person) DO NOTHING";
    let new = tx.execute(sql, &[draft.into(), person.into(), body_digest.into(), now.into()])? == 1;
    Ok(if new { Approved::Yes } else { Approved::Already })
}

/// The persons who approved the body that the draft has now, by id, at most `limit`: a row of the acts table asks for two.
///
/// # Errors
/// The database could not be read.
pub fn approvers(tx: &mut ReadTx<'_>, draft: &str, limit: usize) -> Result<Vec<(String, Moment)>, StoreError> {
    let sql = "SELECT person, approved_at FROM approvals JOIN drafts ON drafts.id = approvals.draft
        AND drafts.body_digest = approvals.body_digest WHERE draft = $1 ORDER BY person LIMIT $2";
    Ok(tx.page(sql, &[draft.into()], limit, |_: &(String, Moment)| ())?.rows)
}
