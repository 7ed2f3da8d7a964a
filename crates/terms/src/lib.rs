//! The words every other room speaks: States, authorities, references, money, dates, identifiers,
//! the canonical encoding and the three families of error.
//!
//! Kept here: nouns whose meaning does not depend on any procedure, and the one encoding in which
//! anything is hashed or signed (RFC 8785). Never here: law, procedure, secrets, clocks, randomness, I/O.
//! Every constructor keeps an invariant, so a value that exists is a value that is well formed.
//! Where next: `seal` for signatures and envelopes, `docket` for what the identifiers name.

pub mod authority;
pub mod canonical;
pub mod citation;
pub mod error;
pub mod id;
pub mod money;
pub mod state;
pub mod time;

pub use authority::AuthorityId;
pub use canonical::Canonical;
pub use citation::Citation;
pub use error::{Bug, Fault, Refusal, Trouble};
pub use id::{ActId, Digest, DocketId, EnvelopeId, ExhibitId, Salt};
pub use money::Money;
pub use state::State;
pub use time::{Date, Moment};

/// A text that does not have the form its noun asks for: what it was, and what was expected.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("“{text}” is not {expected}")]
pub struct Malformed {
    /// The text as received, cut to 80 characters.
    pub text: String,
    /// What a well-formed text looks like.
    pub expected: &'static str,
}

impl Malformed {
    /// Says that `text` is not `expected`; only the first 80 characters are repeated.
    pub fn new(text: &str, expected: &'static str) -> Self {
        Self { text: text.chars().take(80).collect(), expected }
    }
}

/// Serialise a type through its `Display` and parse it back through `FromStr`: one text form for
/// JSON, command line, file names and people.
macro_rules! text_form {
    ($type:ty) => {
        impl serde::Serialize for $type {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }
        impl<'de> serde::Deserialize<'de> for $type {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = <std::borrow::Cow<'de, str>>::deserialize(deserializer)?;
                text.parse().map_err(serde::de::Error::custom)
            }
        }
    };
}
pub(crate) use text_form;
