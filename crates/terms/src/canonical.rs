//! The canonical encoding: JSON as RFC 8785 (JCS) writes it, so that one value has one byte string.
//!
//! Everything that is hashed or signed is encoded here and nowhere else. On the way in we are stricter than
//! the RFC: what was received must already *be* canonical, byte for byte, or it is refused; then nobody has to ask which of
//! two spellings was signed. Fractions and integers beyond 2^53 are refused, because peers in other languages read
//! them differently (RFC 7493); amounts are text ([`crate::Money`]).

use serde::Serialize;
use serde::de::DeserializeOwned;

/// Depth of nesting that a canonical text may have; deeper ones are refused before they cost anything.
pub const DEPTH_MAX: usize = 32;

/// A value together with its canonical bytes; the bytes are what was hashed or signed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Canonical<T> {
    value: T,
    bytes: Box<[u8]>,
}

/// Why a text is not canonical.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotCanonical {
    /// Not JSON, or not of the expected shape.
    #[error("not of the expected shape: {0}")]
    Shape(String),
    /// JSON, but spelt otherwise than RFC 8785 spells it.
    #[error("not in canonical form (RFC 8785): differs at byte {0}")]
    Spelling(usize),
    /// Nested more deeply than [`DEPTH_MAX`].
    #[error("nested more than {DEPTH_MAX} deep")]
    Depth,
    /// A number that is no integer between -(2^53-1) and 2^53-1.
    #[error("a number that is not an integer of at most 53 bits")]
    Number,
}

impl<T: Serialize> Canonical<T> {
    /// Encodes a value of ours. Fails only for values that must not be signed (fractions, huge integers).
    pub fn new(value: T) -> Result<Self, NotCanonical> {
        let bytes = to_bytes(&value)?.into();
        Ok(Self { value, bytes })
    }
}

impl<T: DeserializeOwned + Serialize> Canonical<T> {
    /// Reads bytes from outside; refuses every spelling but the canonical one, and, since the value is
    /// written again and compared, every member that `T` does not know.
    pub fn parse(bytes: &[u8]) -> Result<Self, NotCanonical> {
        check_depth(bytes)?;
        let value: T = serde_json::from_slice(bytes).map_err(|e| NotCanonical::Shape(e.to_string()))?;
        let again = to_bytes(&value)?;
        if again != bytes {
            let at = again.iter().zip(bytes).position(|(a, b)| a != b).unwrap_or(again.len().min(bytes.len()));
            return Err(NotCanonical::Spelling(at));
        }
        Ok(Self { value, bytes: bytes.into() })
    }
}

impl<T> Canonical<T> {
    /// The canonical bytes.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }
    /// The value.
    pub fn value(&self) -> &T {
        &self.value
    }
    /// Gives up the bytes and keeps the value.
    pub fn into_value(self) -> T {
        self.value
    }
}

impl<T> std::ops::Deref for Canonical<T> {
    type Target = T;
    fn deref(&self) -> &T {
        &self.value
    }
}

/// The canonical bytes of a value.
pub fn to_bytes<T: Serialize>(value: &T) -> Result<Vec<u8>, NotCanonical> {
    let value = serde_json::to_value(value).map_err(|e| NotCanonical::Shape(e.to_string()))?;
    check_numbers(&value)?;
    serde_json_canonicalizer::to_vec(&value).map_err(|e| NotCanonical::Shape(e.to_string()))
}

fn check_numbers(value: &serde_json::Value) -> Result<(), NotCanonical> {
    use serde_json::Value;
    const MAX: i64 = (1 << 53) - 1;
    match value {
        Value::Number(n) => match n.as_i64() {
            Some(i) if (-MAX..=MAX).contains(&i) => Ok(()),
            _ => Err(NotCanonical::Number),
        },
        Value::Array(items) => items.iter().try_for_each(check_numbers),
        Value::Object(members) => members.values().try_for_each(check_numbers),
        _ => Ok(()),
    }
}

/// Counts brackets outside strings, so that a hostile text is refused before a parser recurses into it.
fn check_depth(bytes: &[u8]) -> Result<(), NotCanonical> {
    let (mut depth, mut in_string, mut escaped) = (0usize, false, false);
    for &byte in bytes {
        match (in_string, byte) {
            (true, _) if escaped => escaped = false,
            (true, b'\\') => escaped = true,
            (_, b'"') => in_string = !in_string,
            (false, b'{' | b'[') => depth += 1,
            (false, b'}' | b']') => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth > DEPTH_MAX {
            return Err(NotCanonical::Depth);
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests;
