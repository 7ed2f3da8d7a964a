//! Identifiers: what a thing is called is either what it hashes to, or random bits drawn before it existed.
//!
//! Acts and dockets are named by the SHA-256 of their canonical header (`docs/spec/act.md`), so nobody can
//! give one name to two acts. Exhibits and envelopes are named by 128 random bits drawn first, because their
//! names are bound into their own encryption. All are written as lower-case hexadecimal; upper case, white
//! space or another length is refused, so one identifier has one spelling.

use std::fmt;
use std::str::FromStr;

use sha2::{Digest as _, Sha256};

use crate::{Malformed, text_form};

macro_rules! identifier {
    ($(#[$doc:meta])* $name:ident, $bytes:literal, $expected:literal) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name([u8; $bytes]);

        impl $name {
            /// How many bytes the identifier has.
            pub const LEN: usize = $bytes;
            /// Names the thing by these bytes.
            pub const fn new(bytes: [u8; $bytes]) -> Self {
                Self(bytes)
            }
            /// The bytes, as they are hashed and stored.
            pub const fn as_bytes(&self) -> &[u8; $bytes] {
                &self.0
            }
            /// Reads the bytes back from a store or a frame; `None` if the length is another.
            pub fn from_slice(bytes: &[u8]) -> Option<Self> {
                bytes.try_into().ok().map(Self)
            }
            /// The first eight characters: enough for a person to tell two apart on a page.
            pub fn short(&self) -> String {
                hex::encode(&self.0[..4])
            }
        }
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&hex::encode(self.0))
            }
        }
        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}({})", stringify!($name), self.short())
            }
        }
        impl FromStr for $name {
            type Err = Malformed;
            fn from_str(text: &str) -> Result<Self, Malformed> {
                let mut bytes = [0; $bytes];
                let lower = text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
                if !lower || hex::decode_to_slice(text, &mut bytes).is_err() {
                    return Err(Malformed::new(text, $expected));
                }
                Ok(Self(bytes))
            }
        }
        text_form!($name);
    };
}

identifier!(
    /// A SHA-256 digest of anything.
    Digest, 32, "a SHA-256 digest of 64 lower-case hexadecimal digits"
);
identifier!(
    /// The SHA-256 of an act's canonical header.
    ActId, 32, "an act's id of 64 lower-case hexadecimal digits"
);
identifier!(
    /// The id of the docket's opening act.
    DocketId, 32, "a docket's id of 64 lower-case hexadecimal digits"
);
identifier!(
    /// 128 random bits drawn before the exhibit was sealed.
    ExhibitId, 16, "an exhibit's id of 32 lower-case hexadecimal digits"
);
identifier!(
    /// 128 random bits drawn before the envelope was sealed.
    EnvelopeId, 16, "an envelope's id of 32 lower-case hexadecimal digits"
);
identifier!(
    /// Sixteen random bytes that keep a digest from being guessed.
    Salt, 16, "a salt of 32 lower-case hexadecimal digits"
);

impl Digest {
    /// Hashes the concatenation of `parts`. Callers put a domain or a fixed-length part first, so that
    /// no two lists of parts can be confused.
    pub fn of(parts: &[&[u8]]) -> Self {
        let mut hasher = Sha256::new();
        for part in parts {
            hasher.update(part);
        }
        Self(hasher.finalize().into())
    }
}

impl ActId {
    /// The id of the act with this canonical header.
    pub fn of_header(canonical: &[u8]) -> Self {
        Self(*Digest::of(&[canonical]).as_bytes())
    }
    /// The docket that an opening act with this id opens.
    pub const fn opens(self) -> DocketId {
        DocketId(self.0)
    }
}

impl DocketId {
    /// The act that opened this docket.
    pub const fn opening_act(self) -> ActId {
        ActId(self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_identifier_has_exactly_one_spelling() {
        let id = ExhibitId::new([0xab; 16]);
        assert_eq!(id.to_string().parse(), Ok(id));
        for wrong in ["", "AB", &"AB".repeat(16), &"ab".repeat(15), &"ab".repeat(17), &format!(" {}", "ab".repeat(16))]
        {
            assert!(wrong.parse::<ExhibitId>().is_err(), "{wrong:?} must be refused");
        }
    }

    #[test]
    fn a_digest_is_sha_256() {
        let expected = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        assert_eq!(Digest::of(&[b"a", b"bc"]).to_string(), expected);
    }
}
