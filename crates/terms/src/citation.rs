//! A citation: the place in a text of law on which a statement rests.

use std::fmt;

use serde::{Deserialize, Serialize};

/// An instrument of the law base and the article, paragraph and letter in it, for example `un1988` and `7(10)(f)`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Citation {
    /// The instrument's id in the law base.
    pub instrument: String,
    /// The provision as it is written by lawyers: `7(10)(f)`.
    pub provision: String,
}

impl Citation {
    /// Cites `provision` of `instrument`.
    pub fn new(instrument: impl Into<String>, provision: impl Into<String>) -> Self {
        Self { instrument: instrument.into(), provision: provision.into() }
    }
}

impl fmt::Display for Citation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} art {}", self.instrument, self.provision)
    }
}
