//! C2SP signed notes: a text, an empty line, and lines of signatures.
//!
//! ```text
//! the text, ending in a newline
//!
//! — name base64(key id ‖ signature)
//! ```
//!
//! The reader's rule: signatures by unknown keys are ignored; a signature that carries a known key's name and id and does
//! not verify spoils the whole note; without any known signature the text must not be looked at.
//! INVARIANT: [`Note::parse`] then `to_string` gives the same bytes, so a note may be kept either way.

use std::fmt;

use terms::Moment;

use crate::key::{KeyId, KeyKind, KeyName, NoteSigner, VerifierKey};
use crate::text::{base64, unbase64};
use crate::{LedgerError, cosignature, error::malformed};

/// Longest note that is read: far above sixteen post-quantum signatures and any checkpoint.
pub const NOTE_LEN_MAX: usize = 256 * 1024;
/// Most signature lines on one note; C2SP asks for at least sixteen.
pub const SIGNATURES_MAX: usize = 64;

const WHAT: &str = "signed note";
const DASH: &str = "\u{2014} ";

/// One signature line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NoteSignature {
    name: KeyName,
    id: KeyId,
    bytes: Vec<u8>,
}

impl NoteSignature {
    /// A signature by `key`; `bytes` as the key's type lays them out.
    pub(crate) fn by(key: &VerifierKey, bytes: Vec<u8>) -> Self {
        Self { name: key.name().clone(), id: key.id(), bytes }
    }
    /// A line under a name and an id that stand for no key of ours.
    pub(crate) fn claimed(name: KeyName, id: KeyId, bytes: Vec<u8>) -> Self {
        Self { name, id, bytes }
    }
    /// The name of the key that it claims.
    pub fn name(&self) -> &KeyName {
        &self.name
    }
    /// The id of the key that it claims.
    pub fn id(&self) -> KeyId {
        self.id
    }
    /// The bytes after the key id.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }
    /// Whether it claims to be by this key.
    pub fn claims(&self, key: &VerifierKey) -> bool {
        self.name == *key.name() && self.id == key.id()
    }
    /// Reads one line, without its newline; `line` is its number, for the message.
    pub(crate) fn parse(text: &str, line: usize) -> Result<Self, LedgerError> {
        let Some((name, encoded)) = text.strip_prefix(DASH).and_then(|rest| rest.split_once(' ')) else {
            return malformed(WHAT, line, "a signature line is an em dash, a key name and a signature");
        };
        let Ok(name) = name.parse() else {
            return malformed(WHAT, line, "that is not a key name");
        };
        match unbase64(encoded).as_deref() {
            Some([a, b, c, d, bytes @ ..]) if !bytes.is_empty() => {
                Ok(Self { name, id: KeyId([*a, *b, *c, *d]), bytes: bytes.to_vec() })
            }
            _ => malformed(WHAT, line, "the signature is not base64 of a key id and at least one byte"),
        }
    }
}

impl fmt::Display for NoteSignature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let bytes = [self.id.0.as_slice(), &self.bytes].concat();
        writeln!(f, "{DASH}{} {}", self.name, base64(&bytes))
    }
}

/// A signature that verified: by which of the reader's keys, and when, where the type says so.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct GoodSignature<'k> {
    /// The key.
    pub key: &'k VerifierKey,
    /// The time that a cosigner put under its signature.
    pub time: Option<Moment>,
}

/// A note as received or as being built. Holding one says nothing about its signatures.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Note {
    text: String,
    signatures: Vec<NoteSignature>,
}

impl Note {
    /// A text to be signed.
    ///
    /// # Errors
    /// If it does not end in a newline, has other control characters, or is too long.
    pub fn unsigned(text: impl Into<String>) -> Result<Self, LedgerError> {
        let text = text.into();
        check_characters(&text)?;
        if !text.ends_with('\n') {
            return malformed(WHAT, text.lines().count(), "the text does not end in a newline");
        }
        Ok(Self { text, signatures: Vec::new() })
    }

    /// Reads a note.
    ///
    /// # Errors
    /// If it is not UTF-8, too long, or not text, empty line and signature lines, to the byte.
    pub fn parse(bytes: &[u8]) -> Result<Self, LedgerError> {
        if bytes.len() > NOTE_LEN_MAX {
            return Err(LedgerError::TooLarge { what: WHAT, limit: NOTE_LEN_MAX, unit: "bytes" });
        }
        let Ok(whole) = std::str::from_utf8(bytes) else {
            return malformed(WHAT, 1, "it is not UTF-8");
        };
        check_characters(whole)?;
        let Some(cut) = whole.rfind("\n\n") else {
            return malformed(WHAT, whole.lines().count(), "there is no empty line before the signatures");
        };
        let (text, lines) = (&whole[..=cut], &whole[cut + 2..]);
        let first = text.lines().count() + 2;
        let Some(lines) = lines.strip_suffix('\n') else {
            return malformed(WHAT, first, "the signatures do not end in a newline");
        };
        let mut signatures = Vec::new();
        for (at, line) in lines.split('\n').enumerate() {
            if at == SIGNATURES_MAX {
                return Err(LedgerError::TooLarge { what: WHAT, limit: SIGNATURES_MAX, unit: "signatures" });
            }
            signatures.push(NoteSignature::parse(line, first + at)?);
        }
        Ok(Self { text: text.to_owned(), signatures })
    }

    /// The text, with its last newline.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The signatures, unverified, in their order.
    pub fn signatures(&self) -> &[NoteSignature] {
        &self.signatures
    }

    /// Puts a signature under the note; an earlier one that claims the same key is replaced.
    ///
    /// # Errors
    /// If the note has as many signatures as it may have.
    pub fn add(&mut self, signature: NoteSignature) -> Result<(), LedgerError> {
        self.signatures.retain(|other| (&other.name, other.id) != (&signature.name, signature.id));
        if self.signatures.len() >= SIGNATURES_MAX {
            return Err(LedgerError::TooLarge { what: WHAT, limit: SIGNATURES_MAX, unit: "signatures" });
        }
        self.signatures.push(signature);
        Ok(())
    }

    /// Signs the text (signature type 0x01).
    ///
    /// # Errors
    /// If the signer's key is for another purpose, the signer fails, or what it returned does not verify under its key.
    pub fn sign(&mut self, signer: &dyn NoteSigner) -> Result<(), LedgerError> {
        let key = signer.key();
        if key.kind() != KeyKind::Log {
            return Err(LedgerError::KeyPurpose { name: key.label(), purpose: "signing notes" });
        }
        let bytes = signer.sign(self.text.as_bytes())?;
        if !key.verifies(self.text.as_bytes(), &bytes) {
            return Err(LedgerError::SignatureInvalid { name: key.label() });
        }
        self.add(NoteSignature::by(key, bytes))
    }

    /// Verifies every signature that claims one of `keys`; the same line twice counts once.
    ///
    /// # Errors
    /// If two different keys share name and id, a claimed signature does not verify, or no known key signed.
    pub fn verify<'k>(&self, keys: &'k [VerifierKey]) -> Result<Vec<GoodSignature<'k>>, LedgerError> {
        let mut good = Vec::new();
        for (at, signature) in self.signatures.iter().enumerate() {
            let mut claimed = keys.iter().filter(|key| signature.claims(key));
            let Some(key) = claimed.next() else { continue };
            if claimed.any(|other| other != key) {
                return Err(LedgerError::KeysAmbiguous { name: key.label() });
            }
            if self.signatures[..at].contains(signature) {
                continue;
            }
            let time = match key.kind() {
                KeyKind::Log => key.verifies(self.text.as_bytes(), &signature.bytes).then_some(None),
                KeyKind::Cosigner => cosignature::verify(key, &self.text, &signature.bytes).map(Some),
            };
            let time = time.ok_or_else(|| LedgerError::SignatureInvalid { name: key.label() })?;
            good.push(GoodSignature { key, time });
        }
        if good.is_empty() { Err(LedgerError::NoKnownSignature) } else { Ok(good) }
    }
}

impl fmt::Display for Note {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", self.text)?;
        self.signatures.iter().try_for_each(|signature| signature.fmt(f))
    }
}

/// No control characters but newlines, and not too long.
fn check_characters(text: &str) -> Result<(), LedgerError> {
    if text.len() > NOTE_LEN_MAX {
        return Err(LedgerError::TooLarge { what: WHAT, limit: NOTE_LEN_MAX, unit: "bytes" });
    }
    match text.find(|c: char| c < ' ' && c != '\n') {
        Some(at) => malformed(WHAT, 1 + text[..at].matches('\n').count(), "there is a control character"),
        None => Ok(()),
    }
}
