//! What a use case can answer instead of its result: a refusal, a fault or a bug, never mixed, and what a request still lacks.
//!
//! The rooms below have errors in their own words; here each becomes one of the families, with its code and its causes intact.
//! A door maps a family to a status or an exit code and nothing else.

use forms::Missing;
use keys::KeyFault;
use ledger::LedgerError;
use seal::{Failure, Flaw};
use store::StoreError;
use terms::canonical::NotCanonical;
use terms::{Bug, Fault, Refusal};

/// Why a use case did not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub enum Trouble {
    /// The law's, the procedure's or the house's no: for officers.
    #[error(transparent)]
    Refusal(#[from] Refusal),
    /// The request is not complete: what is missing, each with its provision.
    #[error("the request lacks {} {}", .0.len(), if .0.len() == 1 { "thing" } else { "things" })]
    Incomplete(Vec<Missing>),
    /// The world's no: for operators.
    #[error(transparent)]
    Fault(#[from] Fault),
    /// Ours.
    #[error(transparent)]
    Bug(#[from] Bug),
}

impl Trouble {
    /// Refuses.
    pub fn refuse<T>(code: &str, sentence: impl Into<String>, remedy: impl Into<String>) -> Result<T, Self> {
        Err(Self::Refusal(Refusal::new(code, sentence, remedy)))
    }
    /// There is no such thing, or it is not for this person: the answer is the same.
    pub fn not_here(what: &str) -> Self {
        let sentence = format!("There is no {what} here that you may see.");
        Self::Refusal(Refusal::new(
            "node.not-here",
            sentence,
            "Check what was typed, or ask a colleague who works on it.",
        ))
    }
    /// The code with which a use case ends that was only to be tried, and would be done.
    pub const REHEARSED: &str = "node.rehearsed";

    pub(crate) fn rehearsed() -> Self {
        let (sentence, remedy) = ("It would be done; nothing was changed.", "Do it, if it is meant.");
        Self::Refusal(Refusal::new(Self::REHEARSED, sentence, remedy))
    }
    /// The stable code.
    pub fn code(&self) -> &str {
        match self {
            Self::Refusal(refusal) => &refusal.code,
            Self::Incomplete(_) => "node.incomplete",
            Self::Fault(fault) => fault.code,
            Self::Bug(_) => "bug",
        }
    }
}

impl From<StoreError> for Trouble {
    fn from(error: StoreError) -> Self {
        if let StoreError::NoRoom { .. } = error {
            let what = format!("there is too little room on this node's disk: {error}, of which some stay free");
            return Self::Fault(Fault::new(error.code(), what).because(error));
        }
        let fault = Fault::new(error.code(), "the store did not do what was asked");
        let fault = if error.retryable() { fault.retryable() } else { fault };
        Self::Fault(fault.because(error))
    }
}
impl From<KeyFault> for Trouble {
    fn from(error: KeyFault) -> Self {
        Self::Fault(Fault::new(error.code(), "the keys did not do what was asked").because(error))
    }
}
impl From<LedgerError> for Trouble {
    fn from(error: LedgerError) -> Self {
        Self::Fault(Fault::new(error.code(), "the ledger did not do what was asked").because(error))
    }
}
impl From<Failure> for Trouble {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Fault(fault) => Self::Fault(fault),
            Failure::Flaw(flaw) => flaw.into(),
        }
    }
}
impl From<Flaw> for Trouble {
    fn from(flaw: Flaw) -> Self {
        Self::Fault(Fault::new(flaw.code(), "what was signed or sealed is not in order").because(flaw))
    }
}
impl From<NotCanonical> for Trouble {
    fn from(why: NotCanonical) -> Self {
        Self::Refusal(Refusal::new(
            "node.not-json",
            format!("What was entered cannot be written: {why}."),
            "Change it.",
        ))
    }
}
