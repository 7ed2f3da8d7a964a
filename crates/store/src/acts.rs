//! Acts: what was signed, kept as it came. A row is never changed and never removed; only its body can be erased.
//!
//! Acts are entered by [`crate::record`] alone, together with their leaf and what is to be sent.

use terms::{ActId, AuthorityId, DocketId, Moment, Salt};

use crate::value::{Record, Row};
use crate::{Page, ReadTx, StoreError, WriteTx};

/// An act that is to be kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewAct {
    /// The SHA-256 of the header.
    pub id: ActId,
    /// The docket, which must be there.
    pub docket: DocketId,
    /// Who signed.
    pub author: AuthorityId,
    /// What kind of act its header names.
    pub kind: String,
    /// Its Lamport number.
    pub lamport: i64,
    /// The canonical header.
    pub header: Vec<u8>,
    /// The detached signature.
    pub signature: Vec<u8>,
    /// The salt of the body's digest.
    pub salt: Option<Salt>,
    /// The body, sealed under the docket's key.
    pub body: Option<Vec<u8>>,
    /// The acts it names as its parents.
    pub parents: Vec<ActId>,
    /// When it was admitted here.
    pub received_at: Moment,
}

/// An act that is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ActRow {
    /// The SHA-256 of the header.
    pub id: ActId,
    /// The docket.
    pub docket: DocketId,
    /// The order of arrival in the docket, from 1.
    pub place: i64,
    /// Who signed.
    pub author: AuthorityId,
    /// What kind of act its header names.
    pub kind: String,
    /// Its Lamport number.
    pub lamport: i64,
    /// The canonical header.
    pub header: Vec<u8>,
    /// The detached signature.
    pub signature: Vec<u8>,
    /// The salt of the body's digest.
    pub salt: Option<Salt>,
    /// The body, sealed under the docket's key.
    pub body: Option<Vec<u8>>,
    /// Whether a body was erased here.
    pub body_erased: bool,
    /// When it was admitted here.
    pub received_at: Moment,
}

impl Record for ActRow {
    fn read(row: &mut Row) -> Result<Self, StoreError> {
        Ok(Self {
            id: row.next()?,
            docket: row.next()?,
            place: row.next()?,
            author: row.next()?,
            kind: row.next()?,
            lamport: row.next()?,
            header: row.next()?,
            signature: row.next()?,
            salt: row.next()?,
            body: row.next()?,
            body_erased: row.next()?,
            received_at: row.next()?,
        })
    }
}

/// Enters the act, unless it is there; gives its place if it is new.
pub(crate) fn insert(tx: &mut WriteTx<'_>, act: &NewAct) -> Result<Option<i64>, StoreError> {
    if exists(tx, &act.id)? {
        return Ok(None);
    }
    let seq = tx.ticket()?;
    let count = "UPDATE dockets SET acts = acts + 1, seq = $2 WHERE id = $1 RETURNING acts";
    let Some((place,)) = tx.row::<(i64,)>(count, &[(&act.docket).into(), seq.into()])? else {
        return Err(StoreError::Misuse(format!("an act cannot be kept before its docket {}", act.docket.short())));
    };
    let sql = "INSERT INTO acts (id, docket, place, author, kind, lamport, header, signature, salt, body,
        body_erased, received_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, 0, $11)";
    let params = [
        (&act.id).into(),
        (&act.docket).into(),
        place.into(),
        (&act.author).into(),
        (&act.kind).into(),
        act.lamport.into(),
        (&act.header).into(),
        (&act.signature).into(),
        act.salt.as_ref().into(),
        act.body.as_ref().into(),
        act.received_at.into(),
    ];
    tx.execute(sql, &params)?;
    for parent in &act.parents {
        let sql = "INSERT INTO act_parents (act, parent) VALUES ($1, $2) ON CONFLICT (act, parent) DO NOTHING";
        tx.execute(sql, &[(&act.id).into(), parent.into()])?;
    }
    Ok(Some(place))
}

/// Whether the act is kept here.
///
/// # Errors
/// The database could not be read.
pub fn exists(tx: &mut ReadTx<'_>, id: &ActId) -> Result<bool, StoreError> {
    tx.exists("SELECT id FROM acts WHERE id = $1", &[id.into()])
}

/// One act.
///
/// # Errors
/// The database could not be read.
pub fn get(tx: &mut ReadTx<'_>, id: &ActId) -> Result<Option<ActRow>, StoreError> {
    let sql = "SELECT id, docket, place, author, kind, lamport, header, signature, salt, body, body_erased, received_at
        FROM acts WHERE id = $1";
    tx.row(sql, &[id.into()])
}

/// The acts of a docket in the order of their arrival, after the place `after` (0 for the first page).
///
/// # Errors
/// The database could not be read.
pub fn of_docket(tx: &mut ReadTx<'_>, docket: &DocketId, after: i64, limit: usize) -> Result<Page<ActRow>, StoreError> {
    let sql = "SELECT id, docket, place, author, kind, lamport, header, signature, salt, body, body_erased, received_at
        FROM acts WHERE docket = $1 AND place > $2 ORDER BY place LIMIT $3";
    tx.page(sql, &[docket.into(), after.into()], limit, |act: &ActRow| act.place)
}

/// The act of `author` that came last in the docket.
///
/// # Errors
/// The database could not be read.
pub fn latest_of(tx: &mut ReadTx<'_>, docket: &DocketId, author: &AuthorityId) -> Result<Option<ActId>, StoreError> {
    let sql = "SELECT id FROM acts WHERE docket = $1 AND author = $2 ORDER BY place DESC LIMIT 1";
    Ok(tx.row::<(ActId,)>(sql, &[docket.into(), author.into()])?.map(|(id,)| id))
}

/// The acts of a docket that no other act kept here names as its parent, by id.
///
/// # Errors
/// The database could not be read.
pub fn heads(
    tx: &mut ReadTx<'_>,
    docket: &DocketId,
    after: Option<&ActId>,
    limit: usize,
) -> Result<Page<ActId, ActId>, StoreError> {
    let sql = "SELECT id FROM acts WHERE docket = $1 AND id > $2
        AND NOT EXISTS (SELECT 1 FROM act_parents WHERE act_parents.parent = acts.id) ORDER BY id LIMIT $3";
    let after: &[u8] = after.map_or(&[], |id| id.as_bytes());
    let page = tx.page(sql, &[docket.into(), after.into()], limit, |(id,): &(ActId,)| *id)?;
    Ok(Page { rows: page.rows.into_iter().map(|(id,)| id).collect(), next: page.next })
}

/// Erases the bodies of a docket here. Headers, signatures and salts remain; so does that there was a body.
/// Gives the number of bodies erased.
///
/// # Errors
/// The database could not be written.
pub fn erase_bodies(tx: &mut WriteTx<'_>, docket: &DocketId) -> Result<u64, StoreError> {
    let sql = "UPDATE acts SET body = NULL, body_erased = 1 WHERE docket = $1 AND body IS NOT NULL";
    tx.execute(sql, &[docket.into()])
}
