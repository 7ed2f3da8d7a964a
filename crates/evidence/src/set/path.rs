//! The path of a file in a set: relative, downwards only, the same on every system that can hold it.

use std::fmt;
use std::str::FromStr;

use terms::Malformed;

/// The most bytes of a path.
pub(super) const BYTES_MAX: usize = 1_000;
/// The most bytes of one name in it, as most file systems have it.
const NAME_MAX: usize = 255;

/// Names joined by `/`: UTF-8, at most 1,000 bytes, each name at most 255. None is empty, `.` or `..`; there is no backslash and no control character,
/// so that none leads out of its folder, looks like two on another system, or writes to a terminal.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SetPath(Box<str>);

impl SetPath {
    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for SetPath {
    type Err = Malformed;
    fn from_str(text: &str) -> Result<Self, Malformed> {
        let harmless = |c: char| !c.is_control() && c != '\\';
        let name =
            |name: &str| !matches!(name, "" | "." | "..") && name.len() <= NAME_MAX && name.chars().all(harmless);
        if text.len() <= BYTES_MAX && text.split('/').all(name) {
            Ok(Self(text.into()))
        } else {
            let what = "a path in a set: names joined by “/”, none of them “.” or “..”, without backslash or control character";
            Err(Malformed::new(text, what))
        }
    }
}
impl fmt::Display for SetPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
crate::bytes::text_form!(SetPath);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_leads_downwards_and_nowhere_else() {
        let longest = ["x".repeat(255), "y".repeat(255), "z".repeat(255), "w".repeat(232)].join("/");
        for right in
            ["a", "a b/c.d", ".hidden", "…/état (1).pdf", "كشف/حساب.csv", "a:b", "CON", "x.", "-rf", longest.as_str()]
        {
            assert!(right.parse::<SetPath>().is_ok(), "{right}");
        }
        let (long, name) = (format!("{longest}x"), "x".repeat(256));
        for wrong in [
            "",
            "/",
            "/etc/passwd",
            "..",
            "../x",
            "a/../b",
            "a/..",
            ".",
            "./a",
            "a/./b",
            "a//b",
            "a/",
            "a\\..\\b",
            "a\nb",
            "a\0b",
            "\u{1b}[2J",
            "a\u{85}b",
            &long,
            &name,
        ] {
            assert!(wrong.parse::<SetPath>().is_err(), "{wrong:?} must be refused");
        }
    }
}
