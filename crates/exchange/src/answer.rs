//! What a node answers to each envelope of a batch, and how a list of answers is written.
//!
//! *Taken* means stored durably, and nothing more: whether an act was delivered, only its signed receipt says (`docs/spec/receipt.md`).

use serde::{Deserialize, Serialize};
use terms::Canonical;

use crate::batch::ENVELOPES_MAX;

/// The version that a list of answers names.
const VERSION: &str = "comity.answers/1";
/// The most bytes that a list of answers may have.
pub const ANSWERS_BYTES_MAX: usize = 2 * 1024 * 1024;
/// The most characters of a sentence.
pub const SENTENCE_CHARS_MAX: usize = 300;
/// The most characters of a code.
pub const CODE_CHARS_MAX: usize = 64;

/// What became of one envelope.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Answer {
    /// Stored durably, now or before.
    Taken,
    /// Not taken, for a reason.
    Refused(Refused),
    /// Not now.
    Later {
        /// How many seconds to wait.
        after_seconds: u64,
    },
}

/// Why something was not taken or not given.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Refused {
    /// A stable code of `docs/errors.md`.
    pub code: String,
    /// Asking again never helps.
    pub for_good: bool,
    /// One sentence for the operator on the other side.
    pub sentence: String,
}

/// Why an exhibit was not given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Denial {
    /// Not given, for a reason.
    Refused(Refused),
    /// Not now.
    Later {
        /// How many seconds to wait.
        after_seconds: u64,
    },
}

/// The content type in which a witness names the size that it cosigned last.
pub(crate) const SIZE_TYPE: &str = "text/x.tlog.size";

/// What a witness answers: lines of cosignatures, or why there are none.
pub type Cosigned = Result<Vec<u8>, WitnessRefusal>;

/// Why a checkpoint was not cosigned (C2SP `tlog-witness`).
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum WitnessRefusal {
    /// What was asked is not of the form of `tlog-witness`, or names an old size beyond the checkpoint's.
    #[error("this is no checkpoint with the proof that a witness needs")]
    Malformed,
    /// Not signed by the log.
    #[error("the checkpoint is not signed by its log")]
    NotSigned,
    /// The witness has no key of this log, or the caller is not the authority whose log it is.
    #[error("this log is not known here, or is not the caller's")]
    UnknownLog,
    /// The witness stands elsewhere; ask again from there.
    #[error("the last checkpoint cosigned here has {latest} leaves")]
    OtherSize {
        /// How many leaves the last checkpoint had that it cosigned.
        latest: u64,
    },
    /// Not shown to extend what was cosigned before.
    #[error("the checkpoint is not shown to extend the last one cosigned here")]
    NotConsistent,
    /// Not now.
    #[error("not now; again in {after_seconds} s")]
    Later {
        /// How many seconds to wait.
        after_seconds: u64,
    },
}

impl WitnessRefusal {
    /// The stable code.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Malformed => "exchange.witness-malformed",
            Self::NotSigned => "exchange.witness-not-signed",
            Self::UnknownLog => "exchange.witness-unknown-log",
            Self::OtherSize { .. } => "exchange.witness-other-size",
            Self::NotConsistent => "exchange.witness-not-consistent",
            Self::Later { .. } => "exchange.later",
        }
    }
    pub(crate) const fn status(&self) -> u16 {
        match self {
            Self::Malformed => 400,
            Self::NotSigned => 403,
            Self::UnknownLog => 404,
            Self::OtherSize { .. } => 409,
            Self::NotConsistent => 422,
            Self::Later { .. } => 503,
        }
    }
    /// What a status and a code say, if they are one of these.
    pub(crate) fn of(status: u16, code: &str) -> Option<Self> {
        let all = [Self::Malformed, Self::NotSigned, Self::UnknownLog, Self::NotConsistent];
        all.into_iter().find(|one| one.status() == status && one.code() == code)
    }
}

impl Refused {
    /// A refusal within the bounds of the wire: what is longer is cut, control characters become spaces.
    pub fn new(code: &str, sentence: &str, for_good: bool) -> Self {
        let spoken = |c: char| if c.is_control() { ' ' } else { c };
        let sentence = sentence.chars().map(spoken).take(SENTENCE_CHARS_MAX).collect();
        Self { code: code.chars().take(CODE_CHARS_MAX).collect(), for_good, sentence }
    }
    /// Whether it keeps the bounds of the wire.
    pub(crate) fn well_formed(&self) -> bool {
        let code = |b: u8| matches!(b, b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.');
        (1..=CODE_CHARS_MAX).contains(&self.code.len())
            && self.code.bytes().all(code)
            && self.sentence.chars().count() <= SENTENCE_CHARS_MAX
            && !self.sentence.chars().any(char::is_control)
    }
}

/// What stands in an answer that is a refusal.
#[derive(Serialize, Deserialize)]
pub(crate) struct Said {
    pub code: String,
    pub sentence: String,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Answers {
    answers: Vec<Answer>,
    v: String,
}

/// Writes a list of answers; a refusal that is too long is cut.
pub(crate) fn write(answers: Vec<Answer>) -> Vec<u8> {
    let within = |answer| match answer {
        Answer::Refused(why) => Answer::Refused(Refused::new(&why.code, &why.sentence, why.for_good)),
        // Larger numbers have no canonical form.
        Answer::Later { after_seconds } => Answer::Later { after_seconds: after_seconds.min(u32::MAX.into()) },
        taken => taken,
    };
    let list = Answers { answers: answers.into_iter().map(within).collect(), v: VERSION.to_owned() };
    terms::canonical::to_bytes(&list).expect("INVARIANT: texts, truths and small numbers are always canonical JSON")
}

/// Reads a list of answers to `expected` envelopes; says what is wrong with any other.
pub(crate) fn read(bytes: &[u8], expected: usize) -> Result<Vec<Answer>, String> {
    let list = Canonical::<Answers>::parse(bytes).map_err(|why| why.to_string())?.into_value();
    let refusals = |answer: &Answer| if let Answer::Refused(why) = answer { why.well_formed() } else { true };
    match list.answers.len() {
        _ if list.v != VERSION => Err(format!("its version is not {VERSION}")),
        found if found != expected || found > ENVELOPES_MAX => Err(format!("{found} answers to {expected} envelopes")),
        _ if !list.answers.iter().all(refusals) => Err("a refusal is not of the required form".to_owned()),
        _ => Ok(list.answers),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_are_written_and_read_back() {
        let answers = vec![
            Answer::Taken,
            Answer::Refused(Refused::new("seal.envelope-form", "It is no envelope.", true)),
            Answer::Later { after_seconds: 30 },
        ];
        let text = r#"{"answers":["taken",{"refused":{"code":"seal.envelope-form","for_good":true,"sentence":"It is no envelope."}},{"later":{"after_seconds":30}}],"v":"comity.answers/1"}"#;
        assert_eq!(String::from_utf8(write(answers.clone())).expect("text"), text);
        assert_eq!(read(text.as_bytes(), 3), Ok(answers));
    }

    #[test]
    fn the_longest_answers_still_fit() {
        let longest = Refused::new(&"c".repeat(1000), &"\u{1d54f}\n\"\\".repeat(1000), true);
        assert_eq!(longest.sentence.chars().count(), SENTENCE_CHARS_MAX);
        let written = write(vec![Answer::Refused(longest); ENVELOPES_MAX]);
        assert!(written.len() <= ANSWERS_BYTES_MAX, "{}", written.len());
        assert_eq!(read(&written, ENVELOPES_MAX).map(|answers| answers.len()), Ok(ENVELOPES_MAX));
    }

    #[test]
    fn other_answers_are_refused() {
        let loud = r#"{"answers":[{"refused":{"code":"a.b","for_good":true,"sentence":"bell \u0007"}}],"v":"comity.answers/1"}"#;
        for (wrong, expected) in [
            (r#"{"answers":[],"v":"comity.answers/1"}"#, "0 answers to 1"),
            (r#"{"answers":["taken","taken"],"v":"comity.answers/1"}"#, "2 answers to 1"),
            (r#"{"answers":["taken"],"v":"comity.answers/2"}"#, "version"),
            (r#"{"answers":["taken"], "v":"comity.answers/1"}"#, ""),
            (r#"{"answers":["receipted"],"v":"comity.answers/1"}"#, ""),
            (r#"{"answers":[{"later":{"after_seconds":-1}}],"v":"comity.answers/1"}"#, ""),
            (loud, "required form"),
            ("<html>", ""),
            ("", ""),
        ] {
            let why = read(wrong.as_bytes(), 1).expect_err(wrong);
            assert!(why.contains(expected), "{wrong}: {why}");
        }
    }
}
