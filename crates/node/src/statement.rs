//! Signed statements between two nodes that are neither acts nor receipts: notices and daily digests share this shape.
//!
//! A statement is canonical JSON with a detached CAdES signature over it, by the seal of the authority that it names as its issuer.

use docket::act::SealCheck;
use docket::contents::{Bytes, Statement};
use serde::Serialize;
use serde::de::DeserializeOwned;
use terms::{AuthorityId, Canonical, Moment};

use crate::Trouble;
use crate::admit::{InTime, NotTaken};
use crate::node::Work;

/// A statement larger than this is refused before it is parsed.
pub const STATEMENT_MAX: usize = 256 * 1024;

/// What every statement says of itself.
pub trait Stated: Serialize + DeserializeOwned {
    /// The version it must carry.
    const VERSION: &'static str;
    /// The version it carries.
    fn version(&self) -> &str;
    /// Whose word it is.
    fn issuer(&self) -> &AuthorityId;
    /// When.
    fn time(&self) -> Moment;
}

/// Reads a statement and checks that its issuer signed it.
pub fn read<S: Stated>(statement: &Statement, seals: &InTime<'_>) -> Result<S, NotTaken> {
    if statement.statement.0.len() > STATEMENT_MAX {
        return Err(NotTaken::new("node.statement-form", "the statement is too large"));
    }
    let form = |why: &dyn std::fmt::Display| NotTaken::new("node.statement-form", format!("the statement is {why}"));
    let said: Canonical<S> = Canonical::parse(&statement.statement.0).map_err(|why| form(&why))?;
    if said.version() != S::VERSION {
        return Err(form(&"of another version"));
    }
    let checked = seals.check(said.issuer(), said.time(), said.bytes(), &statement.signature.0);
    checked.map_err(|why| NotTaken::new("node.statement-signature", why))?;
    Ok(said.into_value())
}

impl Work<'_, '_> {
    /// Signs a statement of ours.
    pub fn state<S: Stated>(&mut self, said: S) -> Result<Statement, Trouble> {
        let said = Canonical::new(said)?;
        let signature = self.inner.hands().sign(said.bytes(), self.now)?;
        Ok(Statement { statement: Bytes(said.bytes().to_vec()), signature: Bytes(signature) })
    }
}
