//! Who acts, and whether a person of that role may: the first form of the access policy, as one small table.
//!
//! Every use case takes an [`Actor`] and a purpose, and asks [`Actor::may`] before it looks at anything. Roles add up; none implies
//! another. An operator keeps the node running and sees no body; an auditor sees who did what. That author and approver are two persons
//! is not a matter of roles and is checked where approvals are. Decision 0015 says why this is a table and not yet a policy language.

use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use terms::Refusal;

use crate::Trouble;

/// What a person is here for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// Works on matters: reads dockets, writes, proposes and sends.
    Officer,
    /// Approves what others wrote.
    Approver,
    /// Keeps the node running: peers, persons, outbox, pouch. Sees no body.
    Operator,
    /// Reads the audit trail and what was quarantined. Sees no body.
    Auditor,
}

impl Role {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Officer, Self::Approver, Self::Operator, Self::Auditor];
    /// The word.
    pub fn word(self) -> &'static str {
        match self {
            Self::Officer => "officer",
            Self::Approver => "approver",
            Self::Operator => "operator",
            Self::Auditor => "auditor",
        }
    }
}
impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}
impl FromStr for Role {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        let known = Self::ALL.into_iter().find(|role| role.word() == text);
        known.ok_or_else(|| format!("“{text}” is no role; there are officer, approver, operator and auditor"))
    }
}

/// What can be done here, as far as it needs a right.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    /// See the list of dockets and what stands in them, without bodies.
    ReadDockets,
    /// See bodies and exhibits.
    ReadBodies,
    /// Write, propose, return and send.
    Write,
    /// Approve what another person wrote.
    Approve,
    /// Enter, suspend and revoke peers; approve one that another person entered.
    ManagePeers,
    /// Enter persons and give them tokens.
    ManagePersons,
    /// See outbox, quarantine, jobs and the state of the node; carry the pouch.
    Operate,
    /// Load a law base that a publisher signed.
    LoadLaw,
    /// Read the audit trail.
    ReadAudit,
}

impl Action {
    /// The roles that may.
    pub fn roles(self) -> &'static [Role] {
        use Role::{Approver, Auditor, Officer, Operator};
        match self {
            Self::ReadDockets => &[Officer, Approver, Operator, Auditor],
            Self::ReadBodies => &[Officer, Approver],
            Self::Write => &[Officer],
            Self::Approve => &[Approver],
            Self::ManagePeers => &[Operator, Approver],
            Self::ManagePersons | Self::LoadLaw => &[Operator],
            Self::Operate => &[Operator, Auditor],
            Self::ReadAudit => &[Auditor],
        }
    }
}

/// A person who is known here, with the roles that hold now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Actor {
    /// The short name that stays.
    pub person: String,
    /// The name as others read it.
    pub name: String,
    /// What the person is here for.
    pub roles: BTreeSet<Role>,
}

impl Actor {
    /// Refuses unless one of the person's roles allows the action.
    pub fn may(&self, action: Action) -> Result<(), Trouble> {
        if action.roles().iter().any(|role| self.roles.contains(role)) {
            return Ok(());
        }
        let roles: Vec<&str> = action.roles().iter().map(|role| role.word()).collect();
        let sentence = format!("This is for a person with the role {}.", roles.join(" or "));
        Err(Refusal::new("node.not-yours", sentence, "Ask a colleague who has that role.").into())
    }
}

/// Reads a list of roles as it stands in the store: words between commas.
pub fn roles(text: &str) -> BTreeSet<Role> {
    text.split(',').filter_map(|word| word.trim().parse().ok()).collect()
}
