//! A law base in one document, signed, so that a node can load a newer one than it was built with (`docs/spec/law-base.md`).
//!
//! Pure: who signs law bases, and how a signature is checked, is the caller's; it is handed in as a function over the
//! document's bytes and runs before anything in the document is believed. What opens is the whole base: canonical, of its own
//! digest, without a finding of the linter, and not older than the one in use. Nothing here takes one file of a base alone.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use terms::{Canonical, Date};

use crate::base::{Base, LawVersion, NotLawBase};
use crate::lint::lint;

/// The version of the format.
pub const FORMAT: &str = "comity.law-base/1";
/// Bytes that a document may have.
pub const DOCUMENT_BYTES_MAX: usize = 16 << 20;
/// Files that it may hold.
pub const FILES_MAX: usize = 4096;

/// The document: every file of `law/` that the engine reads.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Edition {
    /// [`FORMAT`].
    pub v: String,
    /// The day of the base, as in its `base.toml`.
    pub date: Date,
    /// The digest of the base ([`LawVersion::digest`]).
    pub digest: String,
    /// Text by path below `law/`.
    pub files: BTreeMap<String, String>,
}

/// Why a document does not open.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotOpened<E> {
    /// It is larger than allowed, or holds too many files.
    #[error("it has {size} bytes or files; {max} are allowed")]
    TooLarge {
        /// How large.
        size: usize,
        /// How large it may be.
        max: usize,
    },
    /// The signature does not count.
    #[error("its signature does not count: {0}")]
    Unsigned(E),
    /// It is not of the form of its specification.
    #[error("it is not of its form: {0}")]
    Form(String),
    /// It names another digest or day than those of its files.
    #[error("it names {named}, but holds {held}")]
    Differs {
        /// What it names.
        named: LawVersion,
        /// What its files give.
        held: LawVersion,
    },
    /// Its files are no law base.
    #[error("its files are no law base: {0}")]
    NotLawBase(NotLawBase),
    /// The linter finds something wrong.
    #[error("the base is unsound: {0}")]
    Unsound(String),
    /// It is older than the base in use, or of the same day and another text.
    #[error("it is {offered}; in use is {current}")]
    Older {
        /// What was offered.
        offered: LawVersion,
        /// What is in use.
        current: LawVersion,
    },
}

impl<E> NotOpened<E> {
    /// The stable code (`docs/errors.md`).
    pub fn code(&self) -> &'static str {
        match self {
            NotOpened::TooLarge { .. } => "law.edition-too-large",
            NotOpened::Unsigned(_) => "law.edition-signature",
            NotOpened::Form(_) => "law.edition-form",
            NotOpened::Differs { .. } => "law.edition-differs",
            NotOpened::NotLawBase(why) => why.code(),
            NotOpened::Unsound(_) => "law.edition-unsound",
            NotOpened::Older { .. } => "law.edition-older",
        }
    }
}

impl Edition {
    /// The document of these files of `law/`; the bytes to sign are those of the canonical form.
    pub fn of(files: &[(&str, &str)]) -> Result<Canonical<Self>, NotOpened<std::convert::Infallible>> {
        let base = Base::load(files).map_err(NotOpened::NotLawBase)?;
        let LawVersion { date, digest } = base.version().clone();
        let files = files.iter().map(|(path, text)| ((*path).to_owned(), (*text).to_owned())).collect();
        let edition = Self { v: FORMAT.to_owned(), date, digest, files };
        Canonical::new(edition).map_err(|why| NotOpened::Form(why.to_string()))
    }
}

/// Opens a signed document. `verify` checks the detached signature over these very bytes and says who made it. With a
/// base in use, only that one again or one of a later day opens.
pub fn open<W, E>(
    document: &[u8],
    verify: impl FnOnce(&[u8]) -> Result<W, E>,
    current: Option<&LawVersion>,
) -> Result<(Base, W), NotOpened<E>> {
    let small = |size: usize, max: usize| if size <= max { Ok(()) } else { Err(NotOpened::TooLarge { size, max }) };
    small(document.len(), DOCUMENT_BYTES_MAX)?;
    let signer = verify(document).map_err(NotOpened::Unsigned)?;
    let edition: Canonical<Edition> = Canonical::parse(document).map_err(|why| NotOpened::Form(why.to_string()))?;
    let edition = edition.into_value();
    if edition.v != FORMAT {
        return Err(NotOpened::Form(format!("its version is not {FORMAT}")));
    }
    small(edition.files.len(), FILES_MAX)?;
    if let Some(path) = edition.files.keys().find(|path| !is_path(path)) {
        return Err(NotOpened::Form(format!("{path:?} is no path of a law base")));
    }
    let files: Vec<(&str, &str)> = edition.files.iter().map(|(path, text)| (path.as_str(), text.as_str())).collect();
    let base = Base::load(&files).map_err(NotOpened::NotLawBase)?;
    let named = LawVersion { date: edition.date, digest: edition.digest };
    if named != *base.version() {
        return Err(NotOpened::Differs { named, held: base.version().clone() });
    }
    if let Some(finding) = lint(&base).first() {
        return Err(NotOpened::Unsound(finding.to_string()));
    }
    if let Some(current) = current.filter(|current| named != **current && named.date <= current.date) {
        return Err(NotOpened::Older { offered: named, current: current.clone() });
    }
    Ok((base, signer))
}

/// `base.toml`, `parties/un1988.csv`: at most one folder, lower-case names, nothing that leads elsewhere.
fn is_path(path: &str) -> bool {
    let word = |word: &str| {
        !word.is_empty() && word.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
    };
    let Some((stem, ending)) = path.rsplit_once('.') else { return false };
    let parts: Vec<&str> = stem.split('/').collect();
    ["toml", "csv"].contains(&ending) && parts.len() <= 2 && parts.into_iter().all(word)
}
