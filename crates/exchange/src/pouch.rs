//! The pouch: the same envelopes, and pieces of exhibits, as files on a medium, for an authority that no network reaches (`docs/spec/exchange.md`,
//! *Pouch*).
//!
//! It carries no signature of its own, because what it carries does. Its digests find accidents and say where; so an envelope may be handed
//! on as soon as its record is whole, weeks after it was written, and a courier who changes one only makes it unreadable; a piece of an exhibit
//! is authenticated by whoever lands it. Nothing here holds more than one record.

mod flaw;
mod parts;
mod plan;
mod reader;
mod writer;

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use terms::{AuthorityId, Canonical, ExhibitId, Moment, Salt};

pub use flaw::PouchFlaw;
pub use parts::Gathered;
pub use plan::{Load, Ranged, part_bytes, plan};
pub use reader::PouchReader;
pub use writer::PouchWriter;

/// The first line, with its line end.
const FIRST_LINE: &[u8] = b"comity.pouch/1\n";
/// The most bytes of the second line, without its line end.
const HEADER_BYTES_MAX: usize = 512;
/// The most parts of a pouch.
pub const PARTS_MAX: u32 = 9_999;
const DIGEST_BYTES: usize = 32;
/// Kind and length.
const RECORD_START_BYTES: usize = 5;
const CHECK_BYTES: usize = 8;
/// What a record takes beside its contents.
const RECORD_EXTRA_BYTES: usize = RECORD_START_BYTES + CHECK_BYTES + DIGEST_BYTES;
const KIND_END: u8 = 0;
const KIND_ENVELOPE: u8 = 1;
const KIND_PIECE: u8 = 2;
/// The most bytes of a record's contents: those of the largest envelope.
const CONTENTS_BYTES_MAX: usize = seal::envelope::ENVELOPE_BYTES_MAX;
/// The exhibit's id and where the piece begins.
const PIECE_START_BYTES: usize = ExhibitId::LEN + 8;

/// What a part brings, record by record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Record {
    /// An envelope.
    Envelope(Vec<u8>),
    /// Sealed bytes of an exhibit.
    Piece {
        /// Of which.
        exhibit: ExhibitId,
        /// From which of its sealed bytes on.
        offset: u64,
        /// The bytes; not authenticated here.
        sealed: Vec<u8>,
    },
}

/// What a part says about itself on its second line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Part {
    /// When the pouch was made, by its maker's clock.
    pub created: Moment,
    /// The authority that says it made it.
    pub from: AuthorityId,
    /// The pouch: 128 random bits, the same in each part.
    pub id: Salt,
    /// Which part this is, from 1.
    pub part: u32,
    /// How many there are.
    pub parts: u32,
    /// For whom.
    pub to: AuthorityId,
}

impl Part {
    fn check(&self) -> Result<(), PouchFlaw> {
        match () {
            () if self.parts == 0 || self.parts > PARTS_MAX => {
                Err(PouchFlaw::Form("the number of parts is not 1 to 9,999"))
            }
            () if self.part == 0 || self.part > self.parts => {
                Err(PouchFlaw::Form("the number of the part is none of its parts"))
            }
            () if self.from == self.to => Err(PouchFlaw::Form("it goes from an authority to itself")),
            () => Ok(()),
        }
    }
    /// All that is the same in each part.
    fn pouch(&self) -> (&Salt, &AuthorityId, &AuthorityId, Moment, u32) {
        (&self.id, &self.from, &self.to, self.created, self.parts)
    }
    /// The three lines with which a part begins.
    fn lines(&self) -> Result<(Vec<u8>, [u8; DIGEST_BYTES]), PouchFlaw> {
        self.check()?;
        let header = Canonical::new(self.clone()).map_err(|_| PouchFlaw::Form("its header cannot be written"))?;
        let lines = [FIRST_LINE, header.bytes(), b"\n"].concat();
        let digest: [u8; DIGEST_BYTES] = Sha256::digest(&lines).into();
        Ok(([&lines, hex::encode(digest).as_bytes(), b"\n"].concat(), digest))
    }
}

/// The eight bytes that bind kind, length and number of a record to its part.
fn record_check(lines: &[u8; DIGEST_BYTES], number: u64, start: &[u8]) -> [u8; CHECK_BYTES] {
    let digest = Sha256::new().chain_update(lines).chain_update(number.to_be_bytes()).chain_update(start).finalize();
    let mut check = [0; CHECK_BYTES];
    check.copy_from_slice(&digest[..CHECK_BYTES]);
    check
}

/// The digest with which a record ends.
fn record_digest(check: &[u8], contents: &[u8]) -> [u8; DIGEST_BYTES] {
    Sha256::new().chain_update(check).chain_update(contents).finalize().into()
}
