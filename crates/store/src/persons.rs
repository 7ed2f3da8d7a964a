//! Persons who use this node: a name, roles as the policy words them, and the hash of a personal token.
//!
//! A person is never removed, since approvals and the audit trail name them; they can cease to be active.

use terms::Digest;

use crate::value::{Record, Row};
use crate::{Page, ReadTx, StoreError, WriteTx};

/// A person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PersonRow {
    /// A short name that stays.
    pub id: String,
    /// The name as others read it.
    pub name: String,
    /// The roles, in the caller's wording.
    pub roles: String,
    /// The hash of the personal token, if one is in force.
    pub token_hash: Option<Digest>,
    /// Whether the person may do anything at all.
    pub active: bool,
}

impl Record for PersonRow {
    fn read(row: &mut Row) -> Result<Self, StoreError> {
        Ok(Self {
            id: row.next()?,
            name: row.next()?,
            roles: row.next()?,
            token_hash: row.next()?,
            active: row.next()?,
        })
    }
}

/// Enters a person, or changes what is known of them.
///
/// # Errors
/// Another person has the same token, or the database could not be written.
pub fn put(tx: &mut WriteTx<'_>, person: &PersonRow) -> Result<(), StoreError> {
    let sql = "INSERT INTO persons (id, name, roles, token_hash, active) VALUES ($1, $2, $3, $4, $5)
        ON CONFLICT (id) DO UPDATE SET name = excluded.name, roles = excluded.roles, token_hash = excluded.token_hash,
        active = excluded.active";
    let params = [
        (&person.id).into(),
        (&person.name).into(),
        (&person.roles).into(),
        person.token_hash.as_ref().into(),
        person.active.into(),
    ];
    tx.execute(sql, &params).map(drop)
}

/// One person.
///
/// # Errors
/// The database could not be read.
pub fn get(tx: &mut ReadTx<'_>, id: &str) -> Result<Option<PersonRow>, StoreError> {
    tx.row("SELECT id, name, roles, token_hash, active FROM persons WHERE id = $1", &[id.into()])
}

/// The active person whose token has this hash.
///
/// # Errors
/// The database could not be read.
pub fn by_token(tx: &mut ReadTx<'_>, token_hash: &Digest) -> Result<Option<PersonRow>, StoreError> {
    let sql = "SELECT id, name, roles, token_hash, active FROM persons WHERE token_hash = $1 AND active = 1";
    tx.row(sql, &[token_hash.into()])
}

/// All persons, by id.
///
/// # Errors
/// The database could not be read.
pub fn list(tx: &mut ReadTx<'_>, after: &str, limit: usize) -> Result<Page<PersonRow, String>, StoreError> {
    let sql = "SELECT id, name, roles, token_hash, active FROM persons WHERE id > $1 ORDER BY id LIMIT $2";
    tx.page(sql, &[after.into()], limit, |person: &PersonRow| person.id.clone())
}
