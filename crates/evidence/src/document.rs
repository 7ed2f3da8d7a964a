//! Signed documents of this room: canonical JSON of a known form, at first only claimed, then authentic.
//!
//! [`frame`] writes one of our own, whose bytes somebody else signs (detached CAdES, `docs/spec/signature.md`). [`Claimed`] is one
//! that came from outside: its form is right, and it says who signed. [`Authentic`] is the receipt for the signature.

use serde::Serialize;
use serde::de::DeserializeOwned;
use terms::{AuthorityId, Canonical, Digest, Moment};

use crate::Flaw;

/// A kind of document.
pub trait Document: Serialize + DeserializeOwned {
    /// What people call it.
    const WHAT: &'static str;
    /// What stands in its member `v`.
    const VERSION: &'static str;
    /// The most bytes it may have.
    const BYTES_MAX: usize;
    /// What stands in the member `v` of this one.
    fn version(&self) -> &str;
    /// The rules of form beyond the shape, as a sentence where one is broken.
    fn check(&self) -> Result<(), String>;
}

/// A kind of document that an authority answers for with its signature.
pub trait Authored: Document {
    /// The authority.
    fn author(&self) -> &AuthorityId;
    /// The moment of what it says.
    fn time(&self) -> Moment;
}

/// Checks the form of a document of our own and writes its canonical bytes.
pub fn frame<D: Document>(document: D) -> Result<Canonical<D>, Flaw> {
    let framed = Canonical::new(document).map_err(|why| Flaw::form(D::WHAT, why.to_string()))?;
    checked(framed)
}

/// Reads a document; refuses every spelling and every member but those of its specification.
pub fn parse<D: Document>(bytes: &[u8]) -> Result<Canonical<D>, Flaw> {
    check_size::<D>(bytes)?;
    checked(Canonical::parse(bytes).map_err(|why| Flaw::form(D::WHAT, why.to_string()))?)
}

fn checked<D: Document>(document: Canonical<D>) -> Result<Canonical<D>, Flaw> {
    check_size::<D>(document.bytes())?;
    if document.version() != D::VERSION {
        return Err(Flaw::form(D::WHAT, format!("its version is not {}", D::VERSION)));
    }
    document.check().map_err(|why| Flaw::form(D::WHAT, why))?;
    Ok(document)
}

fn check_size<D: Document>(bytes: &[u8]) -> Result<(), Flaw> {
    if bytes.len() > D::BYTES_MAX {
        return Err(Flaw::DocumentTooLarge { what: D::WHAT, size: bytes.len(), max: D::BYTES_MAX });
    }
    Ok(())
}

/// A document in form, with a signature that nobody has checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claimed<D> {
    document: Canonical<D>,
    signature: Box<[u8]>,
}

impl<D: Authored> Claimed<D> {
    /// Reads a document and keeps its signature for later.
    pub fn parse(document: &[u8], signature: &[u8]) -> Result<Self, Flaw> {
        Ok(Self { document: parse(document)?, signature: signature.into() })
    }
    /// What it says, to look up whose signature to expect. Not to be shown as true.
    pub fn claims(&self) -> &D {
        &self.document
    }
    /// Checks the signature, that it is the author's, and that it was not made before what it vouches for. The caller names the certificates of the author that were good at the time.
    pub fn authenticate(self, expected: &seal::Expected<'_>) -> Result<Authentic<D>, Flaw> {
        let id = Digest::of(&[self.document.bytes()]);
        let signed = seal::cades::verify(self.document.bytes(), &self.signature, expected)
            .map_err(|why| Flaw::Signature { what: D::WHAT, id, why })?;
        let (author, signer) = (self.document.author(), signed.certificate().authority());
        if author != signer {
            return Err(Flaw::Author { what: D::WHAT, id, author: author.clone(), signer: signer.clone() });
        }
        let (time, signing) = (self.document.time(), signed.time());
        if signing < time {
            return Err(Flaw::SignedBefore { what: D::WHAT, id, time, signed: signing });
        }
        Ok(Authentic { id, document: self.document, signature: self.signature, signed })
    }
}

/// A document in form whose signature was checked.
#[derive(Debug, Clone)]
pub struct Authentic<D> {
    id: Digest,
    document: Canonical<D>,
    signature: Box<[u8]>,
    signed: seal::Signed,
}

impl<D> Authentic<D> {
    /// SHA-256 of the document: the name under which acts and later entries refer to it.
    pub fn id(&self) -> Digest {
        self.id
    }
    /// What it says.
    pub fn document(&self) -> &D {
        self.document.value()
    }
    /// The signed bytes.
    pub fn bytes(&self) -> &[u8] {
        self.document.bytes()
    }
    /// The detached CAdES signature.
    pub fn signature(&self) -> &[u8] {
        &self.signature
    }
    /// Who signed and when, as was checked.
    pub fn signed(&self) -> &seal::Signed {
        &self.signed
    }
}

/// A word of a code: `a–z`, `0–9` and inner hyphens, 1 to 40 characters.
pub(crate) fn is_code(text: &str) -> bool {
    (1..=40).contains(&text.len())
        && text.bytes().all(|b| matches!(b, b'a'..=b'z' | b'0'..=b'9' | b'-'))
        && !text.starts_with('-')
        && !text.ends_with('-')
}

/// Whether a list rises strictly: sorted, and nothing stands twice.
pub(crate) fn rises<T: PartialOrd>(list: impl IntoIterator<Item = T>) -> bool {
    list.into_iter().is_sorted_by(|a, b| a < b)
}
