//! Conditions of use: for what an exhibit may not be used, as codes that travel with it.
//!
//! A code that this edition does not know is kept and binds like the strictest: nobody loses a condition because their software
//! is older. The words of the condition, and the article, stand in the act that imposed it.

use std::fmt;
use std::str::FromStr;

use terms::Malformed;

use crate::document::is_code;

/// One condition of use.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Condition(Box<str>);

impl Condition {
    /// Only for the offences named in the request (rule of speciality).
    pub const SPECIALITY: &str = "speciality";
    /// For leads only; not to be produced as evidence.
    pub const INTELLIGENCE_ONLY: &str = "intelligence-only";
    /// Not to be handed on to another State or body without consent.
    pub const NO_ONWARD_TRANSFER: &str = "no-onward-transfer";
    /// To be kept from the person concerned for the time being.
    pub const CONFIDENTIAL: &str = "confidential";
    /// To be returned or destroyed when the proceedings end.
    pub const RETURN_OR_DESTROY: &str = "return-or-destroy";

    const KNOWN: [&str; 5] = [
        Self::SPECIALITY,
        Self::INTELLIGENCE_ONLY,
        Self::NO_ONWARD_TRANSFER,
        Self::CONFIDENTIAL,
        Self::RETURN_OR_DESTROY,
    ];

    /// The code.
    pub fn as_str(&self) -> &str {
        &self.0
    }
    /// Whether this edition knows what the code asks for.
    pub fn is_known(&self) -> bool {
        Self::KNOWN.contains(&self.as_str())
    }
    /// Whether it stands against producing the exhibit in court: what is for intelligence only, and what nobody here understands.
    pub fn bars_court_export(&self) -> bool {
        !self.is_known() || self.as_str() == Self::INTELLIGENCE_ONLY
    }
    /// Whether it stands against handing the exhibit to a third State or body without consent.
    pub fn bars_onward_transfer(&self) -> bool {
        !self.is_known()
            || matches!(self.as_str(), Self::NO_ONWARD_TRANSFER | Self::SPECIALITY | Self::INTELLIGENCE_ONLY)
    }
}

impl FromStr for Condition {
    type Err = Malformed;
    fn from_str(text: &str) -> Result<Self, Malformed> {
        if is_code(text) {
            Ok(Self(text.into()))
        } else {
            Err(Malformed::new(text, "a condition such as “speciality”: a–z, 0–9 and -, at most 40 characters"))
        }
    }
}
impl fmt::Display for Condition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
crate::bytes::text_form!(Condition);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_condition_that_nobody_here_knows_binds_like_the_strictest() {
        let unknown: Condition = "only-on-tuesdays".parse().expect("a code");
        assert!(unknown.bars_court_export() && unknown.bars_onward_transfer());
    }

    #[test]
    fn what_known_conditions_bar() {
        //                 code                  court  onward
        for (code, court, onward) in [
            ("speciality", false, true),
            ("intelligence-only", true, true),
            ("no-onward-transfer", false, true),
            ("confidential", false, false),
            ("return-or-destroy", false, false),
        ] {
            let condition: Condition = code.parse().expect("a code");
            assert_eq!((condition.bars_court_export(), condition.bars_onward_transfer()), (court, onward), "{code}");
        }
    }
}
