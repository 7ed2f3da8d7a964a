//! An exhibit from end to end: sealed in one pass while it is hashed, and opened only against the entry that describes it.
//!
//! Reading, encrypting and writing happen on one thread, hashing on another; memory is a few MiB at any size. A [`Sealed`]
//! is the receipt that the whole was written, a [`Verified`] that the whole was authenticated and is the one that was announced.
//! There is no way to continue a sealing: whoever was interrupted throws the ciphertext away and draws a [`Fresh`] key.

use std::io::{Read, Write};

use serde::{Deserialize, Serialize};
use terms::ExhibitId;

use crate::cobblestone::{ChunkWriter, Commitment, StreamSalt, sealed_size};
use crate::pipeline::{BATCH, alongside, fill};
use crate::{ContentKey, Digests, Entry, Failure, Flaw, Fresh, Head, MediaType, Opener, Progress};

/// The receipt for a sealing: every byte was hashed, encrypted and written, and the sink was flushed.
#[derive(Debug)]
pub struct Sealed {
    id: ExhibitId,
    key: ContentKey,
    head: Head,
    size: u64,
    digests: Digests,
}

impl Sealed {
    pub(crate) fn new(fresh: Fresh, head: Head, size: u64, digests: Digests) -> Self {
        Self { id: fresh.id, key: fresh.key, head, size, digests }
    }
    /// The exhibit's id.
    pub fn id(&self) -> ExhibitId {
        self.id
    }
    /// The content key: to be kept sealed, and wrapped for each recipient.
    pub fn key(&self) -> &ContentKey {
        &self.key
    }
    /// Salt and commitment.
    pub fn head(&self) -> Head {
        self.head
    }
    /// Bytes of plaintext.
    pub fn size(&self) -> u64 {
        self.size
    }
    /// Bytes of ciphertext.
    pub fn sealed_size(&self) -> u64 {
        sealed_size(self.size).expect("INVARIANT: what was sealed was not too large")
    }
    /// Digests of the plaintext.
    pub fn digests(&self) -> Digests {
        self.digests
    }
    /// The record of the exhibit.
    pub fn exhibit(&self, media: MediaType, title: Option<String>) -> Exhibit {
        let Head { salt, commitment } = self.head;
        Exhibit { id: self.id, title, media, size: self.size, digests: self.digests, salt, commitment }
    }
}

/// What an authority keeps about an exhibit of its own or of a peer. The title is for people here; it never enters a manifest.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Exhibit {
    /// Drawn before it was sealed.
    pub id: ExhibitId,
    /// What people call it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// What program might show it.
    pub media: MediaType,
    /// Bytes of plaintext.
    pub size: u64,
    /// Digests of the plaintext.
    #[serde(flatten)]
    pub digests: Digests,
    /// With which its ciphertext begins.
    pub salt: StreamSalt,
    /// What follows the salt.
    pub commitment: Commitment,
}

/// Seals what `source` gives until it ends, and writes the ciphertext to `sink`. On any error or `Break`, what was written is no exhibit.
pub fn seal(
    fresh: Fresh,
    also_sha512: bool,
    source: &mut dyn Read,
    sink: &mut dyn Write,
    progress: Progress<'_>,
) -> Result<Sealed, Failure> {
    let mut chunks = ChunkWriter::begin(&fresh, sink)?;
    let head = chunks.head();
    let (size, digests) = alongside(also_sha512, |feed| {
        let mut size = 0;
        loop {
            let mut batch = feed.buffer();
            fill(source, &mut batch, BATCH)?;
            let (read, ends) = (batch.len() as u64, batch.len() < BATCH);
            let shared = feed.hash(batch);
            chunks.push(&shared, ends)?;
            feed.give_back(shared);
            size += read;
            if progress(size).is_break() {
                return Err(Failure::Cancelled);
            }
            if ends {
                chunks.end()?;
                return Ok(size);
            }
        }
    })?;
    Ok(Sealed::new(fresh, head, size, digests))
}

/// The receipt for a whole exhibit: it was authenticated from the first byte to the last and is the one of its entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verified {
    id: ExhibitId,
    head: Head,
    size: u64,
    digests: Digests,
}

impl Verified {
    /// INVARIANT: whoever calls has authenticated `size` bytes from the first chunk to the last under `head`, and hashed them.
    pub(crate) fn compare(entry: &Entry, head: Head, size: u64, digests: Digests) -> Result<Self, Flaw> {
        entry.compare_head(&head)?;
        entry.compare_plaintext(size, &digests)?;
        Ok(Self { id: entry.id, head, size, digests })
    }
    /// The exhibit's id.
    pub fn id(&self) -> ExhibitId {
        self.id
    }
    /// Salt and commitment.
    pub fn head(&self) -> Head {
        self.head
    }
    /// Bytes of plaintext.
    pub fn size(&self) -> u64 {
        self.size
    }
    /// Digests of the plaintext.
    pub fn digests(&self) -> Digests {
        self.digests
    }
}

/// Opens a sealed exhibit into `sink` ([`std::io::sink`] if only the check matters) and compares it with its entry. What was
/// written to the sink is the exhibit only if this answers [`Verified`].
pub fn open(
    entry: &Entry,
    key: &ContentKey,
    source: &mut dyn Read,
    sink: &mut dyn Write,
    progress: Progress<'_>,
) -> Result<Verified, Failure> {
    let mut opener = Opener::new(key, entry.id, source)?;
    let head = opener.head();
    entry.compare_head(&head)?;
    let (size, digests) = alongside(entry.digests.sha512.is_some(), |feed| {
        let mut size = 0;
        loop {
            let mut batch = feed.buffer();
            let more = opener.next_into(&mut batch)?;
            size += batch.len() as u64;
            let shared = feed.hash(batch);
            sink.write_all(&shared).map_err(Failure::sink)?;
            feed.give_back(shared);
            if size > entry.size {
                return Err(Flaw::Differs { exhibit: entry.id, what: "size" }.into());
            }
            if progress(size).is_break() {
                return Err(Failure::Cancelled);
            }
            if !more {
                sink.flush().map_err(Failure::sink)?;
                return Ok(size);
            }
        }
    })?;
    Ok(Verified::compare(entry, head, size, digests)?)
}
