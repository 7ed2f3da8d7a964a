//! A folder as one exhibit: many files with their paths, sizes and digests under one key, one manifest entry and one history.
//!
//! ```text
//! folder, each file measured ─▶ Set ──write (a stream, once)──▶ exhibit::seal
//! plaintext, from its beginning ─▶ Reading ─▶ every file compared with its digest ─▶ Index
//! plaintext, at any place       ─▶ Index ─▶ one file
//! ```
//! The plaintext is a ZIP of stored members in the spelling of [`crate::asic`]: first `SHA256SUMS`, as `sha256sum -c` reads it, then the files under
//! `files/`, sorted, and folders that are empty. So any `unzip` lays it out, and the list is signed with the exhibit: its digest stands in the manifest.
//! What a path may be is [`SetPath`]'s business: none leads out of the folder. Never here: a link, a device, an owner, a date; whoever needs those
//! takes in an image or an archive as a file.
//!
//! INVARIANT: a set is determined by its files; there is one spelling of it. Specification: `docs/spec/exhibit.md`, *Set*. Decision 0024.

mod index;
mod path;
mod reading;

use std::collections::BTreeSet;
use std::io::Write;

use crate::asic::layout::{self, Place};
use crate::asic::plan::measured;
use crate::asic::{Checksum, Measure};
use crate::{Failure, Flaw};
use terms::Digest;

pub use index::{Index, Indexed};
pub use path::SetPath;
pub use reading::{Reading, Visit, Watching};

/// The media type by which a set says that it is one.
pub const MEDIA: &str = "application/vnd.comity.set+zip";
/// The member with the digests of all files.
pub const SUMS: &str = "SHA256SUMS";
/// Where the files stand.
const FOLDER: &str = "files/";
/// So many files and empty folders one set holds at most.
pub const ENTRIES_MAX: usize = 60_000;
/// The most bytes of `SHA256SUMS`: a line of the longest path for each.
const SUMS_MAX: u64 = (ENTRIES_MAX * (64 + 2 + FOLDER.len() + path::BYTES_MAX + 1)) as u64;
/// The most bytes of a directory.
const DIRECTORY_MAX: u64 = (ENTRIES_MAX * (46 + FOLDER.len() + path::BYTES_MAX + 1 + 28)) as u64;

/// One file of a set, as it was measured.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SetFile {
    /// Where it stands below the folder.
    pub path: SetPath,
    /// Its size and digests.
    pub measure: Measure,
}

/// A set that is to be written.
#[derive(Debug, Clone)]
pub struct Set {
    files: Vec<SetFile>,
    places: Vec<Place<String>>,
    sums: Vec<u8>,
}

fn refuse(why: impl Into<String>) -> Flaw {
    Flaw::Set(why.into())
}

impl Set {
    /// A set of these files, and of folders in which there is nothing; their order does not matter.
    pub fn new(mut files: Vec<SetFile>, empty: &[SetPath]) -> Result<Self, Flaw> {
        files.sort_by(|a, b| a.path.cmp(&b.path));
        let sums = sums(files.iter().map(|file| (file.measure.sha256, &file.path)));
        let file = |file: &SetFile| Place {
            name: format!("{FOLDER}{}", file.path),
            size: file.measure.size,
            crc32: file.measure.crc32,
        };
        let folder = |path: &SetPath| Place { name: format!("{FOLDER}{path}/"), size: 0, crc32: 0 };
        let mut places: Vec<Place<String>> = files.iter().map(file).chain(empty.iter().map(folder)).collect();
        places.sort_by(|a, b| a.name.cmp(&b.name));
        let Measure { size, crc32, .. } = Measure::of(&sums);
        places.insert(0, Place { name: SUMS.to_owned(), size, crc32 });
        Index::of(&places, &listed(&sums)?)?;
        Ok(Self { files, places, sums })
    }
    /// Its files, by path.
    pub fn files(&self) -> &[SetFile] {
        &self.files
    }
    /// Bytes of the whole; `None` if they are more than can be.
    pub fn size(&self) -> Option<u64> {
        layout::offsets(&self.places)?.1.checked_add(layout::directory(&self.places)?.len() as u64)
    }
    /// Writes it. `content` writes the bytes of each file, in the order of [`Set::files`]; a file that is not as it was measured ends the writing, and
    /// what was written is no set.
    pub fn write(
        &self,
        sink: &mut dyn Write,
        content: &mut dyn FnMut(&SetFile, &mut dyn Write) -> Result<(), Failure>,
    ) -> Result<(), Failure> {
        let too_large = || refuse("its files add up to more than it can hold");
        let directory = layout::directory(&self.places).ok_or_else(too_large)?;
        let mut files = self.files.iter();
        for place in &self.places {
            sink.write_all(&layout::local_header(place)).map_err(Failure::sink)?;
            if place.name == SUMS {
                sink.write_all(&self.sums).map_err(Failure::sink)?;
            } else if let Some(file) = Some(()).filter(|()| !place.name.ends_with('/')).and_then(|()| files.next()) {
                measured(place, sink, &mut |out| content(file, out))?;
            }
        }
        sink.write_all(&directory).and_then(|()| sink.flush()).map_err(Failure::sink)
    }
}

/// The lines of `SHA256SUMS`.
fn sums<'a>(files: impl Iterator<Item = (Digest, &'a SetPath)>) -> Vec<u8> {
    files.map(|(sha256, path)| format!("{sha256}  {FOLDER}{path}\n")).collect::<String>().into_bytes()
}

/// Reads `SHA256SUMS`; refuses every spelling but the one of [`sums`].
fn listed(bytes: &[u8]) -> Result<Vec<(Digest, SetPath)>, Flaw> {
    let line = |line: &str| {
        let (digest, name) = line.split_once("  ")?;
        Some((digest.parse().ok()?, name.strip_prefix(FOLDER)?.parse().ok()?))
    };
    let text = std::str::from_utf8(bytes).unwrap_or_default();
    let listed: Option<Vec<(Digest, SetPath)>> = text.split_terminator('\n').map(line).collect();
    listed
        .filter(|listed| sums(listed.iter().map(|(digest, path)| (*digest, path))) == bytes)
        .ok_or_else(|| refuse(format!("{SUMS} is not a list of digests and harmless paths")))
}

/// Whether any folder above a path is among these.
fn above<'a>(path: &'a str, among: &BTreeSet<&str>) -> Option<&'a str> {
    path.match_indices('/').map(|(at, _)| &path[..at]).find(|folder| among.contains(folder))
}

/// Whether bytes of this measure were read.
fn is(place: &Place<String>, sum: &Checksum) -> Result<(), Flaw> {
    if sum.is(place.size, place.crc32) { Ok(()) } else { Err(refuse(format!("the CRC-32 of {} differs", place.name))) }
}
