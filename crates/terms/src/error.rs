//! The three families of error, never mixed.
//!
//! A **refusal** is the law's or the procedure's no: an officer reads it and can do something about it.
//! A **fault** is the world's no (disk, network, peer, configuration): an operator reads it, with its causes.
//! A **bug** is ours: an id and a log entry. Codes are stable: programs and runbooks may rely on them, so a
//! code is never given a second meaning (`docs/errors.md` lists them; a test compares).

use std::error::Error;
use std::fmt;

use serde::{Deserialize, Serialize};

use crate::Citation;

/// The law's or the procedure's no. Shown to officers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refusal {
    /// Stable code, for example `docket.not-your-turn`: the room, a dot, a few words.
    pub code: String,
    /// One sentence: what is refused and why, in the words of the practitioner.
    pub sentence: String,
    /// The provision, or the rule of the procedure, on which it rests.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub citation: Option<Citation>,
    /// What can be done, and by whom.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub remedy: String,
}

impl Refusal {
    /// Refuses with a code, a sentence and what can be done.
    pub fn new(code: &str, sentence: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self { code: code.to_owned(), sentence: sentence.into(), citation: None, remedy: remedy.into() }
    }
    /// Names the provision on which the refusal rests.
    pub fn citing(mut self, citation: Citation) -> Self {
        self.citation = Some(citation);
        self
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.code, self.sentence)?;
        if let Some(citation) = &self.citation {
            write!(f, " ({citation})")?;
        }
        if !self.remedy.is_empty() {
            write!(f, " {}", self.remedy)?;
        }
        Ok(())
    }
}
impl Error for Refusal {}

/// The world's no: disk, network, peer, configuration. Shown to operators, causes intact.
#[derive(Debug)]
pub struct Fault {
    /// Stable code, for example `store.full`.
    pub code: &'static str,
    /// What failed, and on what.
    pub what: String,
    /// Whether the same call may succeed later without anybody's doing.
    pub retryable: bool,
    source: Option<Box<dyn Error + Send + Sync>>,
}

impl Fault {
    /// A fault without a deeper cause.
    pub fn new(code: &'static str, what: impl Into<String>) -> Self {
        Self { code, what: what.into(), retryable: false, source: None }
    }
    /// Keeps the cause, so that the whole chain can be shown.
    pub fn because(mut self, cause: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        self.source = Some(cause.into());
        self
    }
    /// Marks that waiting may help.
    pub fn retryable(mut self) -> Self {
        self.retryable = true;
        self
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.code, self.what)?;
        let mut cause = self.source();
        while let Some(error) = cause {
            write!(f, ": {error}")?;
            cause = error.source();
        }
        Ok(())
    }
}
impl Error for Fault {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.source.as_deref().map(|cause| cause as _)
    }
}

/// Ours. What was believed and did not hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bug {
    /// Where and what, for the log; never shown to officers beyond its id.
    pub what: String,
}

impl Bug {
    /// Names the belief that did not hold.
    pub fn new(what: impl Into<String>) -> Self {
        Self { what: what.into() }
    }
    /// A short id by which the log entry can be found.
    pub fn id(&self) -> String {
        crate::Digest::of(&[self.what.as_bytes()]).short()
    }
}

impl fmt::Display for Bug {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "bug {}: {}", self.id(), self.what)
    }
}
impl Error for Bug {}

/// Any of the three, where a caller must carry all of them to a door.
#[derive(Debug, thiserror::Error)]
pub enum Trouble {
    /// The law's or the procedure's no.
    #[error(transparent)]
    Refusal(#[from] Refusal),
    /// The world's no.
    #[error(transparent)]
    Fault(#[from] Fault),
    /// Ours.
    #[error(transparent)]
    Bug(#[from] Bug),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_reads_as_code_sentence_citation_and_remedy() {
        let refusal = Refusal::new("forms.missing", "The purpose of the request is not stated.", "State it in box 9.")
            .citing(Citation::new("un1988", "7(10)(f)"));
        let read = "forms.missing: The purpose of the request is not stated. (un1988 art 7(10)(f)) State it in box 9.";
        assert_eq!(refusal.to_string(), read);
    }

    #[test]
    fn a_fault_shows_its_whole_chain() {
        let cause = std::io::Error::other("no space left");
        assert_eq!(
            Fault::new("store.full", "writing the act").because(cause).to_string(),
            "store.full: writing the act: no space left"
        );
    }
}
