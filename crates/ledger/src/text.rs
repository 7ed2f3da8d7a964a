//! The two spellings that all C2SP texts share: decimals without leading zeros and hashes in base64.
//!
//! INVARIANT: each value has one spelling, so that a text that parses is printed back byte for byte.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use terms::Digest;

use crate::TREE_SIZE_MAX;

/// A tree size or index: ASCII digits, no leading zero, no sign, at most [`TREE_SIZE_MAX`].
pub(crate) fn decimal(text: &str) -> Option<u64> {
    let plain = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    if !plain || (text.len() > 1 && text.starts_with('0')) {
        return None;
    }
    text.parse().ok().filter(|value| *value <= TREE_SIZE_MAX)
}

/// One SHA-256 hash in padded base64.
pub(crate) fn hash(text: &str) -> Option<Digest> {
    if text.len() != 44 {
        return None;
    }
    Digest::from_slice(&unbase64(text)?)
}

/// Bytes from padded, canonical base64; `None` for any other spelling.
pub(crate) fn unbase64(text: &str) -> Option<Vec<u8>> {
    STANDARD.decode(text).ok()
}

/// Bytes as padded base64.
pub(crate) fn base64(bytes: &[u8]) -> String {
    STANDARD.encode(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_has_one_spelling() {
        assert_eq!(decimal("0"), Some(0));
        assert_eq!(decimal("4611686018427387904"), Some(TREE_SIZE_MAX));
        for wrong in [
            "",
            "00",
            "01",
            "+1",
            "-1",
            " 1",
            "1 ",
            "1_0",
            "4611686018427387905",
            "9223372036854775808",
            "18446744073709551616",
            "١",
        ] {
            assert_eq!(decimal(wrong), None, "{wrong:?} must be refused");
        }
    }

    #[test]
    fn a_hash_has_one_spelling() {
        let right = base64(&[0xff; 32]);
        assert_eq!(hash(&right), Some(Digest::new([0xff; 32])));
        let loose_bits = right.replace("8=", "9=");
        for wrong in [right.trim_end_matches('='), &right.replace('/', "_"), &loose_bits, "", &base64(&[0; 31])] {
            assert_eq!(hash(wrong), None, "{wrong:?} must be refused");
        }
    }
}
