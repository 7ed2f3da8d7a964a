//! The media type of an exhibit: what program might show it. It is a claim of whoever sealed it, never a reason to run anything.

use std::fmt;
use std::str::FromStr;

use terms::Malformed;

/// A type and a subtype in lower case, without parameters: `application/pdf`.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MediaType(Box<str>);

/// The longest media type that is read.
const LONGEST: usize = 100;

impl MediaType {
    /// What is not known to be anything else: `application/octet-stream`.
    pub fn unknown() -> Self {
        Self("application/octet-stream".into())
    }
    /// The text, for example `application/pdf`.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for MediaType {
    type Err = Malformed;
    fn from_str(text: &str) -> Result<Self, Malformed> {
        let word = |w: &str| {
            w.bytes().all(|b| matches!(b, b'a'..=b'z' | b'0'..=b'9' | b'.' | b'+' | b'-' | b'_'))
                && w.starts_with(|c: char| c.is_ascii_alphanumeric())
        };
        match text.split_once('/') {
            Some((kind, subtype)) if text.len() <= LONGEST && word(kind) && word(subtype) => Ok(Self(text.into())),
            _ => Err(Malformed::new(text, "a media type such as “application/pdf”, in lower case, without parameters")),
        }
    }
}
impl fmt::Display for MediaType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
impl fmt::Debug for MediaType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
crate::bytes::text_form!(MediaType);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_media_type_is_two_words_in_lower_case() {
        for right in ["application/pdf", "image/svg+xml", "application/vnd.ms-excel", "application/octet-stream"] {
            assert!(right.parse::<MediaType>().is_ok(), "{right}");
        }
        for wrong in ["", "pdf", "/pdf", "text/", "Text/plain", "text/plain; charset=utf-8", "a/b/c", "a/-b", "a /b"] {
            assert!(wrong.parse::<MediaType>().is_err(), "{wrong:?} must be refused");
        }
        assert!(format!("a/{}", "b".repeat(LONGEST)).parse::<MediaType>().is_err());
    }
}
