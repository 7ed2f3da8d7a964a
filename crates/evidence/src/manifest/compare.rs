//! Comparing what is held with a manifest: per exhibit, and over all, one of three answers, with what and where.

use std::collections::BTreeMap;

use terms::ExhibitId;

use super::{Entry, Manifest};
use crate::{Digests, Flaw, Head, Verdict, Verified};

/// What somebody holds of an exhibit.
#[derive(Debug, Clone)]
pub enum Presented {
    /// It was opened with its key and authenticated from end to end.
    Verified(Verified),
    /// A plain file, for example an export: its size and digests.
    Plain {
        /// Bytes.
        size: u64,
        /// Of the bytes.
        digests: Digests,
    },
    /// Ciphertext, and no key: only its head and size can be compared.
    SealedOnly {
        /// Salt and commitment, as they stand in the ciphertext.
        head: Head,
        /// Bytes of ciphertext.
        sealed_size: u64,
    },
    /// It was tried, and found flawed.
    Flawed(Flaw),
}

/// What was found about one exhibit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Finding {
    /// It is the exhibit of its entry.
    Matches,
    /// It is not, and why.
    Differs(Flaw),
    /// It was presented, and the manifest does not list it.
    NotListed,
    /// The manifest lists it, and nobody presented it.
    NotPresented,
    /// The key is missing; head and size of the ciphertext agree.
    KeyMissing,
    /// The manifest names a SHA-512 and it was not computed; all else agrees.
    DigestMissing,
}

impl Finding {
    /// The answer for this exhibit.
    pub fn verdict(&self) -> Verdict {
        match self {
            Self::Matches => Verdict::Matches,
            Self::Differs(_) | Self::NotListed => Verdict::DoesNotMatch,
            Self::NotPresented | Self::KeyMissing | Self::DigestMissing => Verdict::CannotBeChecked,
        }
    }
}

/// What was found about every exhibit that is listed or was presented.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Comparison {
    /// By exhibit.
    pub findings: BTreeMap<ExhibitId, Finding>,
}

impl Comparison {
    /// The answer over all.
    pub fn verdict(&self) -> Verdict {
        Verdict::over(self.findings.values().map(Finding::verdict))
    }
}

impl Manifest {
    /// Compares what is held with what is listed.
    pub fn compare(&self, presented: &BTreeMap<ExhibitId, Presented>) -> Comparison {
        let listed = self.exhibits.iter().map(|entry| match presented.get(&entry.id) {
            None => (entry.id, Finding::NotPresented),
            Some(held) => (entry.id, entry.compare(held)),
        });
        let more = presented.keys().filter(|id| self.entry(**id).is_none()).map(|id| (*id, Finding::NotListed));
        Comparison { findings: listed.chain(more).collect() }
    }
}

impl Entry {
    /// Compares what is held with this entry.
    pub fn compare(&self, held: &Presented) -> Finding {
        let checked = match held {
            Presented::Verified(verified) if verified.id() != self.id => Err(self.differs("id")),
            Presented::Verified(verified) => {
                self.compare_head(&verified.head()).and_then(|()| self.plain(verified.size(), &verified.digests()))
            }
            Presented::Plain { size, digests } => self.plain(*size, digests),
            Presented::SealedOnly { head, sealed_size } => self.compare_head(head).and_then(|()| {
                let same = self.sealed_size() == Ok(*sealed_size);
                if same { Ok(Finding::KeyMissing) } else { Err(self.differs("size")) }
            }),
            Presented::Flawed(flaw) => Err(flaw.clone()),
        };
        checked.unwrap_or_else(Finding::Differs)
    }
    fn plain(&self, size: u64, digests: &Digests) -> Result<Finding, Flaw> {
        let mut computed = *digests;
        let missing = self.digests.sha512.is_some() && digests.sha512.is_none();
        if missing {
            computed.sha512 = self.digests.sha512;
        }
        self.compare_plaintext(size, &computed)?;
        Ok(if missing { Finding::DigestMissing } else { Finding::Matches })
    }
}
