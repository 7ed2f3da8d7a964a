//! What a check found, part by part; written as JSON for programs and line by line for people.

use std::fmt;

use serde::Serialize;
use terms::Moment;

use super::Existed;
use crate::Verdict;

/// The answer over all, and for each part.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Report {
    /// Always `comity.verification/1`.
    pub v: &'static str,
    /// As of this moment.
    pub time: Moment,
    /// The worst answer of all parts.
    pub verdict: Verdict,
    /// What was found, in the order in which it was looked at.
    pub findings: Vec<Finding>,
}

/// What was looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Part {
    /// The container and the signature over it.
    Container,
    /// A file in it, as a file.
    Member,
    /// A signed list of exhibits.
    Manifest,
    /// An exhibit.
    Exhibit,
    /// The files in an exhibit that is a set.
    Set,
    /// One custody entry.
    CustodyEntry,
    /// The history of one thing.
    Custody,
    /// An act.
    Act,
    /// A receipt.
    Receipt,
    /// A ledger proof.
    Proof,
    /// A card.
    Card,
    /// A time stamp.
    TimeStamp,
}

/// One answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// What was looked at.
    pub part: Part,
    /// Its file, or the id of the thing.
    pub name: String,
    /// The answer.
    pub verdict: Verdict,
    /// A word for programs; `ok` where all agrees.
    pub code: &'static str,
    /// One sentence for people.
    pub what: String,
    /// Who signed it and when, where that was established.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub signed: Option<SignedBy>,
    /// Whose card would be needed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub missing_card: Option<String>,
}

/// A signature that counts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SignedBy {
    /// The authority.
    pub authority: String,
    /// The moment that it claims.
    pub time: Moment,
    /// What a time-stamping authority that the reader believes says.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stamp: Option<Stamp>,
    /// The earliest moment by which something that the reader believes shows that it existed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub existed: Option<Existed>,
}

/// A time stamp that counts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Stamp {
    /// The signature existed by then.
    pub by: Moment,
    /// The time-stamping authority.
    pub authority: String,
    /// It says of itself that it is for demonstration and tests: it proves nothing.
    pub demonstration: bool,
}

impl Report {
    pub(super) fn new(time: Moment, findings: Vec<Finding>) -> Self {
        let verdict = Verdict::over(findings.iter().map(|finding| finding.verdict));
        Self { v: "comity.verification/1", time, verdict, findings }
    }
    /// The findings about one kind of part.
    pub fn about(&self, part: Part) -> impl Iterator<Item = &Finding> {
        self.findings.iter().filter(move |finding| finding.part == part)
    }
}

impl Finding {
    fn new(part: Part, name: &str, verdict: Verdict, code: &'static str, what: impl Into<String>) -> Self {
        Self { part, name: name.to_owned(), verdict, code, what: what.into(), signed: None, missing_card: None }
    }
    pub(super) fn matches(part: Part, name: &str, what: impl Into<String>) -> Self {
        Self::new(part, name, Verdict::Matches, "ok", what)
    }
    pub(super) fn differs(part: Part, name: &str, code: &'static str, what: impl Into<String>) -> Self {
        Self::new(part, name, Verdict::DoesNotMatch, code, what)
    }
    pub(super) fn cannot(part: Part, name: &str, code: &'static str, what: impl Into<String>) -> Self {
        Self::new(part, name, Verdict::CannotBeChecked, code, what)
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Matches => "matches",
            Self::DoesNotMatch => "does not match",
            Self::CannotBeChecked => "cannot be checked",
        })
    }
}
impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:<17}  {}: {}", self.verdict, self.name, self.what)
    }
}
impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.findings.iter().try_for_each(|finding| writeln!(f, "{finding}"))?;
        writeln!(f, "{}", self.verdict)
    }
}
