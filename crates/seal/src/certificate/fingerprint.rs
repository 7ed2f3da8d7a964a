//! A certificate's fingerprint, and how two officers read it to one another.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use terms::{Digest, Malformed};

/// SHA-256 of a certificate in DER.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Fingerprint(Digest);

impl Fingerprint {
    /// The fingerprint of a certificate in DER.
    pub fn of(der: &[u8]) -> Self {
        Self(Digest::of(&[der]))
    }
    /// The digest.
    pub const fn digest(&self) -> &Digest {
        &self.0
    }
    /// The first eight digits, for logs; never for comparing.
    pub fn short(&self) -> String {
        self.0.short()
    }
    /// Four lines of four groups of four digits, for reading aloud over a second channel. All sixteen groups are compared.
    pub fn for_reading_aloud(&self) -> String {
        let digits = self.0.to_string();
        let mut text = String::with_capacity(80);
        for (at, digit) in digits.chars().enumerate() {
            match at {
                0 => {}
                _ if at % 16 == 0 => text.push('\n'),
                _ if at % 4 == 0 => text.push(' '),
                _ => {}
            }
            text.push(digit);
        }
        text
    }
    /// Reads what a person typed: groups, spaces, line ends, colons and capitals do not matter; every digit does.
    pub fn as_typed(text: &str) -> Result<Self, Malformed> {
        let digits: String = text.chars().filter(|c| !c.is_whitespace() && *c != ':').collect();
        digits.to_ascii_lowercase().parse()
    }
}

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}
impl fmt::Debug for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Fingerprint({})", self.short())
    }
}
impl FromStr for Fingerprint {
    type Err = Malformed;
    fn from_str(text: &str) -> Result<Self, Malformed> {
        text.parse().map(Self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fingerprint_is_read_aloud_in_sixteen_groups_and_typed_back() {
        let fingerprint = Fingerprint::of(b"abc");
        let aloud = fingerprint.for_reading_aloud();
        let lines = "ba78 16bf 8f01 cfea\n4141 40de 5dae 2223\nb003 61a3 9617 7a9c\nb410 ff61 f200 15ad";
        assert_eq!(aloud, lines);
        for typed in [aloud.clone(), aloud.to_uppercase(), aloud.replace(' ', ":"), fingerprint.to_string()] {
            assert_eq!(Fingerprint::as_typed(&typed), Ok(fingerprint));
        }
        assert!(Fingerprint::as_typed(&aloud[1..]).is_err(), "a missing digit is noticed");
    }
}
