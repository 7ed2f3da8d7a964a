//! Exhibits: where the sealed bytes lie, what they should hash to, and the wrapped key without which they are nothing.
//!
//! The bytes themselves are not in the database. Custody entries are signed elsewhere and only added to here.

use terms::{Digest, DocketId, ExhibitId, Moment, Salt};

use crate::value::{Record, Row};
use crate::{Page, ReadTx, StoreError, WriteTx};

/// An exhibit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExhibitRow {
    /// Its id.
    pub id: ExhibitId,
    /// The docket, once it belongs to one.
    pub docket: Option<DocketId>,
    /// The length of the plaintext.
    pub bytes: u64,
    /// The SHA-256 of the plaintext.
    pub digest: Digest,
    /// The commitment to its key.
    pub commitment: Vec<u8>,
    /// Its content key, wrapped; nothing once destroyed.
    pub wrapped_key: Option<Vec<u8>>,
    /// Where the sealed bytes lie.
    pub place: String,
    /// Where it stands, in the caller's words.
    pub state: String,
    /// What a manifest says of it, in the caller's encoding.
    pub record: Vec<u8>,
    /// What people call it, sealed by the caller.
    pub title: Option<Vec<u8>>,
    /// Since when it lies here whole.
    pub since: Option<Moment>,
    /// Until when it is to be kept, if somebody said.
    pub keep_until: Option<Moment>,
    /// Who asked that it be destroyed, while nobody has decided.
    pub destruction_asked_by: Option<String>,
    /// When any of this changed.
    pub changed_at: Moment,
    /// The order in which exhibits were entered. Ignored when one is written.
    pub seq: i64,
}

impl Record for ExhibitRow {
    fn read(row: &mut Row) -> Result<Self, StoreError> {
        Ok(Self {
            id: row.next()?,
            docket: row.next()?,
            bytes: row.next()?,
            digest: row.next()?,
            commitment: row.next()?,
            wrapped_key: row.next()?,
            place: row.next()?,
            state: row.next()?,
            record: row.next::<Option<Vec<u8>>>()?.unwrap_or_default(),
            title: row.next()?,
            since: row.next()?,
            keep_until: row.next()?,
            destruction_asked_by: row.next()?,
            changed_at: row.next()?,
            seq: row.next()?,
        })
    }
}

macro_rules! columns {
    () => {
        "id, docket, bytes, digest, commitment, wrapped_key, place, state, record, title, since, keep_until, destruction_asked_by, changed_at, seq"
    };
}

/// Enters an exhibit, or changes docket, key, place and state of one. Length, digest and commitment never change: false
/// if it is there with others.
///
/// # Errors
/// The database could not be written.
pub fn put(tx: &mut WriteTx<'_>, exhibit: &ExhibitRow) -> Result<bool, StoreError> {
    let seq = tx.ticket()?;
    let sql = concat!(
        "INSERT INTO exhibits (",
        columns!(),
        ") VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15) ON CONFLICT (id) DO UPDATE SET
        docket = excluded.docket, wrapped_key = excluded.wrapped_key, place = excluded.place, state = excluded.state, record = excluded.record,
        title = excluded.title, since = excluded.since, keep_until = excluded.keep_until, destruction_asked_by = excluded.destruction_asked_by,
        changed_at = excluded.changed_at
        WHERE exhibits.bytes = excluded.bytes AND exhibits.digest = excluded.digest AND exhibits.commitment = excluded.commitment"
    );
    let params = [
        (&exhibit.id).into(),
        exhibit.docket.as_ref().into(),
        crate::tree::signed(exhibit.bytes)?.into(),
        (&exhibit.digest).into(),
        (&exhibit.commitment).into(),
        exhibit.wrapped_key.as_ref().into(),
        (&exhibit.place).into(),
        (&exhibit.state).into(),
        (&exhibit.record).into(),
        exhibit.title.as_ref().into(),
        exhibit.since.into(),
        exhibit.keep_until.into(),
        exhibit.destruction_asked_by.as_ref().into(),
        exhibit.changed_at.into(),
        seq.into(),
    ];
    Ok(tx.execute(sql, &params)? == 1)
}

/// One exhibit.
///
/// # Errors
/// The database could not be read.
pub fn get(tx: &mut ReadTx<'_>, id: &ExhibitId) -> Result<Option<ExhibitRow>, StoreError> {
    let sql = concat!("SELECT ", columns!(), " FROM exhibits WHERE id = $1");
    tx.row(sql, &[id.into()])
}

/// The exhibits of a docket, in the order in which they were entered.
///
/// # Errors
/// The database could not be read.
pub fn of_docket(
    tx: &mut ReadTx<'_>,
    docket: &DocketId,
    after: i64,
    limit: usize,
) -> Result<Page<ExhibitRow>, StoreError> {
    let sql = concat!("SELECT ", columns!(), " FROM exhibits WHERE docket = $1 AND seq > $2 ORDER BY seq LIMIT $3");
    tx.page(sql, &[docket.into(), after.into()], limit, |exhibit: &ExhibitRow| exhibit.seq)
}

/// The exhibits that stand somewhere, in the order in which they were entered.
///
/// # Errors
/// The database could not be read.
pub fn in_state(tx: &mut ReadTx<'_>, state: &str, after: i64, limit: usize) -> Result<Page<ExhibitRow>, StoreError> {
    let sql = concat!("SELECT ", columns!(), " FROM exhibits WHERE state = $1 AND seq > $2 ORDER BY seq LIMIT $3");
    tx.page(sql, &[state.into(), after.into()], limit, |exhibit: &ExhibitRow| exhibit.seq)
}

/// The exhibits whose plaintext has this SHA-256, in the order in which they were entered, at most `limit`.
///
/// # Errors
/// The database could not be read.
pub fn of_digest(tx: &mut ReadTx<'_>, digest: &Digest, limit: usize) -> Result<Vec<ExhibitRow>, StoreError> {
    let sql = concat!("SELECT ", columns!(), " FROM exhibits WHERE digest = $1 ORDER BY seq LIMIT $2");
    Ok(tx.page(sql, &[digest.into()], limit, |_: &ExhibitRow| ())?.rows)
}

/// The sealed bytes of all exhibits that stand somewhere, as far as their plaintext says.
///
/// # Errors
/// The database could not be read.
pub fn kept_bytes(tx: &mut ReadTx<'_>, state: &str) -> Result<u64, StoreError> {
    let sql = "SELECT CAST(COALESCE(SUM(bytes), 0) AS BIGINT) FROM exhibits WHERE state = $1";
    Ok(tx.row::<(u64,)>(sql, &[state.into()])?.map_or(0, |(bytes,)| bytes))
}

/// A custody entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CustodyRow {
    /// The order of entries.
    pub seq: i64,
    /// The canonical entry.
    pub entry: Vec<u8>,
    /// The detached signature.
    pub signature: Vec<u8>,
    /// When it was entered here.
    pub entered_at: Moment,
}

impl Record for CustodyRow {
    fn read(row: &mut Row) -> Result<Self, StoreError> {
        Ok(Self { seq: row.next()?, entry: row.next()?, signature: row.next()?, entered_at: row.next()? })
    }
}

/// Adds a custody entry about the thing that the caller names by these bytes: an exhibit by its id.
///
/// # Errors
/// The database could not be written.
pub fn add_custody(
    tx: &mut WriteTx<'_>,
    thing: &[u8],
    entry: &[u8],
    signature: &[u8],
    now: Moment,
) -> Result<i64, StoreError> {
    let seq = tx.ticket()?;
    let sql = "INSERT INTO custody (seq, exhibit, entry, signature, entered_at, name) VALUES ($1, $2, $3, $4, $5, $6)
        ON CONFLICT (exhibit, name) DO NOTHING";
    let name = Digest::of(&[entry]);
    tx.execute(sql, &[seq.into(), thing.into(), entry.into(), signature.into(), now.into(), (&name).into()])?;
    Ok(seq)
}

/// The custody of a thing, first entry first.
///
/// # Errors
/// The database could not be read.
pub fn custody(tx: &mut ReadTx<'_>, thing: &[u8], after: i64, limit: usize) -> Result<Page<CustodyRow>, StoreError> {
    let sql =
        "SELECT seq, entry, signature, entered_at FROM custody WHERE exhibit = $1 AND seq > $2 ORDER BY seq LIMIT $3";
    tx.page(sql, &[thing.into(), after.into()], limit, |entry: &CustodyRow| entry.seq)
}

/// Keeps what is personal in a custody entry, sealed by the caller, beside the entry of this name.
///
/// # Errors
/// The database could not be written.
pub fn put_details(tx: &mut WriteTx<'_>, entry: &Digest, salt: &Salt, details: &[u8]) -> Result<(), StoreError> {
    let sql = "INSERT INTO custody_details (entry, salt, details) VALUES ($1, $2, $3) ON CONFLICT (entry) DO NOTHING";
    tx.execute(sql, &[entry.into(), salt.into(), details.into()]).map(drop)
}

/// What is personal in a custody entry, as it was kept; nothing if it was erased or never came here.
///
/// # Errors
/// The database could not be read.
pub fn details(tx: &mut ReadTx<'_>, entry: &Digest) -> Result<Option<(Salt, Vec<u8>)>, StoreError> {
    tx.row("SELECT salt, details FROM custody_details WHERE entry = $1", &[entry.into()])
}

/// Keeps what somebody else said of an exhibit, sealed by the caller.
///
/// # Errors
/// The database could not be written.
pub fn put_account(tx: &mut WriteTx<'_>, exhibit: &ExhibitId, account: &[u8]) -> Result<(), StoreError> {
    let sql = "INSERT INTO accounts (exhibit, account) VALUES ($1, $2) ON CONFLICT (exhibit) DO NOTHING";
    tx.execute(sql, &[exhibit.into(), account.into()]).map(drop)
}

/// What somebody else said of an exhibit, as it was kept.
///
/// # Errors
/// The database could not be read.
pub fn account(tx: &mut ReadTx<'_>, exhibit: &ExhibitId) -> Result<Option<Vec<u8>>, StoreError> {
    let row = tx.row::<(Vec<u8>,)>("SELECT account FROM accounts WHERE exhibit = $1", &[exhibit.into()])?;
    Ok(row.map(|(account,)| account))
}
