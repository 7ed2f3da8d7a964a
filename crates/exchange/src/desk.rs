//! What the node does with what arrives: the side of this room that the node implements.
//!
//! The methods are synchronous and run on threads that may block. They are called only for a caller whose certificate an approved card names at
//! that moment, and at most a bounded number of times at once.

use std::io;

use terms::{AuthorityId, ExhibitId};

use crate::answer::{Answer, Cosigned, Denial, WitnessRefusal};

/// The node behind a server.
pub trait Desk: Send + Sync + 'static {
    /// Takes envelopes that arrived from `from`: one answer each, in order. Must be idempotent, since a caller that got no answer sends
    /// them again; [`Answer::Taken`] only when stored durably.
    fn take(&self, from: &AuthorityId, envelopes: Vec<Vec<u8>>) -> Vec<Answer>;
    /// The sealed bytes of an exhibit, if `from` may have them. Whoever may not should be answered as if there were none.
    fn exhibit(&self, from: &AuthorityId, exhibit: &ExhibitId) -> Result<Exhibit, Denial>;
    /// This authority's own signed card file.
    fn card(&self) -> Vec<u8>;
    /// A file of this authority's ledger for `from`; `path` has been checked by [`crate::is_ledger_path`]. What is not for it, is not there.
    fn ledger_file(&self, from: &AuthorityId, path: &str) -> Option<Vec<u8>>;
    /// Cosigns a checkpoint of the log of `from`, or says why not: `body` is what C2SP `tlog-witness` has a log ask, the answer the lines of
    /// cosignatures. A node that is nobody's witness knows no log.
    fn add_checkpoint(&self, from: &AuthorityId, body: Vec<u8>) -> Cosigned {
        let _ = (from, body);
        Err(WitnessRefusal::UnknownLog)
    }
}

/// An exhibit's sealed bytes, which never change.
pub struct Exhibit {
    /// How many.
    pub size: u64,
    /// Where they are read.
    pub source: Box<dyn Source>,
}

/// Bytes that can be read at any place.
pub trait Source: Send + 'static {
    /// Fills `piece` with the bytes from `offset` on; an error if there are not so many.
    fn read_at(&mut self, offset: u64, piece: &mut [u8]) -> io::Result<()>;
}

impl Source for std::fs::File {
    fn read_at(&mut self, offset: u64, piece: &mut [u8]) -> io::Result<()> {
        use io::{Read as _, Seek as _};
        self.seek(io::SeekFrom::Start(offset))?;
        self.read_exact(piece)
    }
}
