//! The digests by which the world outside knows an exhibit: SHA-256 always, SHA-512 where it is asked for.

use std::io::Read;

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256, Sha512};
use terms::Digest;

use crate::pipeline::{BATCH, alongside, fill};
use crate::{Digest512, Failure, Progress};

/// Digests of one plaintext.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Digests {
    /// SHA-256.
    pub sha256: Digest,
    /// SHA-512, if it was asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sha512: Option<Digest512>,
}

impl Digests {
    /// Hashes a plaintext as a stream; answers its size too. For a file that is not sealed, for example one that a court holds.
    pub fn of(source: &mut dyn Read, also_sha512: bool, progress: Progress<'_>) -> Result<(u64, Self), Failure> {
        alongside(also_sha512, |feed| {
            let mut size = 0;
            loop {
                let mut batch = feed.buffer();
                fill(source, &mut batch, BATCH)?;
                let (read, ends) = (batch.len() as u64, batch.len() < BATCH);
                let hashed = feed.hash(batch);
                feed.give_back(hashed);
                size += read;
                if progress(size).is_break() {
                    return Err(Failure::Cancelled);
                }
                if ends {
                    return Ok(size);
                }
            }
        })
    }
}

/// Hashing that goes on while bytes pass by, on the thread of the caller.
#[derive(Clone)]
pub(crate) struct Hashing {
    sha256: Sha256,
    sha512: Option<Sha512>,
}

impl Hashing {
    pub(crate) fn new(also_sha512: bool) -> Self {
        Self { sha256: Sha256::new(), sha512: also_sha512.then(Sha512::new) }
    }
    pub(crate) fn update(&mut self, plaintext: &[u8]) {
        self.sha256.update(plaintext);
        if let Some(sha512) = &mut self.sha512 {
            sha512.update(plaintext);
        }
    }
    pub(crate) fn finish(self) -> Digests {
        let sha512 = self.sha512.map(|hash| Digest512::new(hash.finalize().into()));
        Digests { sha256: Digest::new(self.sha256.finalize().into()), sha512 }
    }
}
