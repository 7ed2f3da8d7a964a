//! Fixed numbers of bytes with one text form: lower-case hexadecimal, as the identifiers of `terms` have it.

/// Declares a type of so many bytes that is read and written as lower-case hexadecimal and as nothing else.
macro_rules! hexadecimal {
    ($(#[$doc:meta])* $name:ident, $bytes:literal, $expected:literal) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name([u8; $bytes]);
        impl $name {
            /// From the bytes themselves.
            pub const fn new(bytes: [u8; $bytes]) -> Self {
                Self(bytes)
            }
            /// The bytes.
            pub const fn as_bytes(&self) -> &[u8; $bytes] {
                &self.0
            }
        }
        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(&hex::encode(self.0))
            }
        }
        impl std::fmt::Debug for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                write!(f, "{}({})", stringify!($name), hex::encode(&self.0[..4]))
            }
        }
        impl std::str::FromStr for $name {
            type Err = terms::Malformed;
            fn from_str(text: &str) -> Result<Self, terms::Malformed> {
                let mut bytes = [0; $bytes];
                let lower = text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
                if !lower || hex::decode_to_slice(text, &mut bytes).is_err() {
                    return Err(terms::Malformed::new(text, $expected));
                }
                Ok(Self(bytes))
            }
        }
        $crate::bytes::text_form!($name);
    };
}

/// One text form for JSON and for people: `Display` on the way out, `FromStr` on the way in.
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
pub(crate) use {hexadecimal, text_form};

hexadecimal!(
    /// A SHA-512 digest, for those whose rules ask for it beside SHA-256.
    Digest512, 64, "a SHA-512 digest of 128 lower-case hexadecimal digits"
);
hexadecimal!(
    /// 128 random bits that name a physical item: a phone, a parcel, a drug sample. Its description stands elsewhere.
    ItemId, 16, "an item's id of 32 lower-case hexadecimal digits"
);
