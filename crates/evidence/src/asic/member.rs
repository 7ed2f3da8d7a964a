//! One file in a container: its name, its kind, and its measure, taken before anything is written.

use std::fmt;
use std::io::{self, Write};
use std::str::FromStr;

use terms::{Digest, Malformed};

use crate::MediaType;

/// The name of a member: one to eight words joined by `/`, each of `A–Z a–z 0–9 . _ -` and not beginning with a dot. So it is a harmless path
/// on every system, and needs no escaping in XML, HTML or a shell.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MemberName(Box<str>);

/// The most characters of a name.
const NAME_MAX: usize = 200;
/// The most words of a name.
const DEPTH_MAX: usize = 8;

impl MemberName {
    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl AsRef<str> for MemberName {
    fn as_ref(&self) -> &str {
        &self.0
    }
}
impl FromStr for MemberName {
    type Err = Malformed;
    fn from_str(text: &str) -> Result<Self, Malformed> {
        let known = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'-');
        let word = |w: &str| !w.is_empty() && !w.starts_with('.') && !w.ends_with('.') && w.bytes().all(known);
        if text.len() <= NAME_MAX && text.split('/').count() <= DEPTH_MAX && text.split('/').all(word) {
            Ok(Self(text.into()))
        } else {
            Err(Malformed::new(text, "a member's name such as “exhibits/1.pdf”: harmless words joined by “/”"))
        }
    }
}
impl fmt::Display for MemberName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
impl fmt::Debug for MemberName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
crate::bytes::text_form!(MemberName);

/// How large a member is and what it hashes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Measure {
    /// Bytes.
    pub size: u64,
    /// CRC-32, as ZIP has it: against accidents, not against people.
    pub crc32: u32,
    /// SHA-256.
    pub sha256: Digest,
}

impl Measure {
    /// Of bytes in memory.
    pub fn of(bytes: &[u8]) -> Self {
        Self { size: bytes.len() as u64, crc32: crc32fast::hash(bytes), sha256: Digest::of(&[bytes]) }
    }
}

/// A sink that counts and computes the CRC-32, and forgets. An exhibit that is opened into it was verified *and* measured; the SHA-256 comes
/// from [`crate::Verified`].
#[derive(Debug, Clone, Default)]
pub struct Checksum {
    size: u64,
    crc: crc32fast::Hasher,
}

impl Checksum {
    /// Nothing yet.
    pub fn new() -> Self {
        Self::default()
    }
    /// The measure of what was written, whose SHA-256 is known from elsewhere.
    pub fn measure(self, sha256: Digest) -> Measure {
        Measure { size: self.size, crc32: self.crc.finalize(), sha256 }
    }
    pub(crate) fn is(&self, size: u64, crc32: u32) -> bool {
        self.size == size && self.crc.clone().finalize() == crc32
    }
    pub(crate) fn add(&mut self, bytes: &[u8]) {
        self.size += bytes.len() as u64;
        self.crc.update(bytes);
    }
}

impl Write for Checksum {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.add(bytes);
        Ok(bytes.len())
    }
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// A file that is to stand in a container.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    /// Its name.
    pub name: MemberName,
    /// What program might show it.
    pub media: MediaType,
    /// Its measure.
    pub measure: Measure,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_a_harmless_path() {
        for right in
            ["index.html", "exhibits/aa.bin", "META-INF/ASiCManifest.xml", "a/b/c/d/e/f/g/h", "acts/1.details.json"]
        {
            assert!(right.parse::<MemberName>().is_ok(), "{right}");
        }
        let long = "x".repeat(201);
        for wrong in [
            "",
            "/",
            "/etc/passwd",
            "../x",
            "a/../b",
            "a//b",
            "a/",
            ".htaccess",
            "a/.b",
            "a\\b",
            "C:x",
            "a b",
            "ä",
            "a\0b",
            "x.",
            "a/b/c/d/e/f/g/h/i",
            "<x>",
            "a&b",
            "a'b",
            "a\"b",
            "a%2e",
            long.as_str(),
        ] {
            assert!(wrong.parse::<MemberName>().is_err(), "{wrong:?} must be refused");
        }
    }
}
