//! What stands in a set and where: for whoever wants one file of it and not the rest.

use std::collections::BTreeSet;
use std::io::Write;

use sha2::{Digest as _, Sha256};
use terms::Digest;
use zeroize::Zeroizing;

use super::{DIRECTORY_MAX, ENTRIES_MAX, FOLDER, SUMS, SUMS_MAX, SetPath, above, listed, refuse};
use crate::asic::container::places;
use crate::asic::layout::{self, Place};
use crate::asic::{Checksum, Measure};
use crate::pipeline::BATCH;
use crate::{Failure, Flaw, ReadAt};

/// One file in a set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Indexed {
    /// Where it stands below the folder.
    pub path: SetPath,
    /// Its size and digests, as the set states them.
    pub measure: Measure,
    /// Where its header begins in the plaintext.
    at: u64,
}

/// What a set holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Index {
    /// The files, sorted by path.
    pub files: Vec<Indexed>,
    /// Folders in which there is nothing.
    pub empty: Vec<SetPath>,
}

impl Index {
    /// What members in this order say, with the list that the first of them holds.
    pub(super) fn of(places: &[Place<String>], listed: &[(Digest, SetPath)]) -> Result<Self, Flaw> {
        let (offsets, _) =
            layout::offsets(places).ok_or_else(|| refuse("its files add up to more than it can hold"))?;
        let [sums, entries @ ..] = places else { return Err(refuse("there is nothing in it")) };
        if sums.name != SUMS {
            return Err(refuse(format!("it does not begin with {SUMS}")));
        }
        if entries.len() > ENTRIES_MAX {
            return Err(refuse(format!("it has more than {ENTRIES_MAX} files; divide it")));
        }
        if listed.is_empty() {
            return Err(refuse("there is no file in it"));
        }
        if let Some(pair) = entries.windows(2).find(|pair| pair[0].name >= pair[1].name) {
            return Err(refuse(format!("{} stands twice, or not where it must", pair[1].name)));
        }
        let (mut files, mut empty, mut lines) = (Vec::new(), Vec::new(), listed.iter());
        for (place, at) in entries.iter().zip(offsets.into_iter().skip(1)) {
            let no_name = || refuse(format!("{} is no path below {FOLDER}", place.name));
            let name = place.name.strip_prefix(FOLDER).ok_or_else(no_name)?;
            if let Some(folder) = name.strip_suffix('/') {
                if (place.size, place.crc32) != (0, 0) {
                    return Err(refuse(format!("the folder {folder} has content")));
                }
                empty.push(folder.parse().map_err(|_| no_name())?);
                continue;
            }
            let path: SetPath = name.parse().map_err(|_| no_name())?;
            let other = || refuse(format!("{SUMS} does not list {path} where it stands"));
            let (sha256, _) = lines.next().filter(|(_, listed)| *listed == path).ok_or_else(other)?;
            let measure = Measure { size: place.size, crc32: place.crc32, sha256: *sha256 };
            files.push(Indexed { path, measure, at });
        }
        if let Some((_, path)) = lines.next() {
            return Err(refuse(format!("{SUMS} lists {path}, and it is not there")));
        }
        let taken: BTreeSet<&str> =
            files.iter().map(|file| file.path.as_str()).chain(empty.iter().map(SetPath::as_str)).collect();
        let all = files.iter().map(|file| &file.path).chain(&empty);
        if let Some(inside) = all.map(SetPath::as_str).find_map(|path| above(path, &taken)) {
            return Err(refuse(format!("{inside} is a file, or empty, and something stands below it")));
        }
        if taken.len() != files.len() + empty.len() {
            return Err(refuse("one of its files is a folder too"));
        }
        Ok(Self { files, empty })
    }

    /// Reads the index of a set in plaintext: directory and list. Files are compared when they are read.
    pub fn open(source: &impl ReadAt) -> Result<Self, Failure> {
        let places: Vec<Place<String>> = places(source, ENTRIES_MAX + 1, DIRECTORY_MAX)?;
        let sums = places.first().filter(|first| first.name == SUMS && first.size <= SUMS_MAX);
        let sums = sums.ok_or_else(|| refuse(format!("it does not begin with {SUMS}")))?;
        let mut bytes = Zeroizing::new(Vec::new());
        content(source, sums, 0, &mut |piece| {
            bytes.extend_from_slice(piece);
            Ok(())
        })?;
        Ok(Self::of(&places, &listed(&bytes)?)?)
    }
    /// The file of this path.
    pub fn file(&self, path: &str) -> Option<&Indexed> {
        let at = self.files.binary_search_by(|file| file.path.as_str().cmp(path)).ok()?;
        self.files.get(at)
    }
}

impl Indexed {
    /// Writes the file; what was written is it only if this succeeds: its digest is compared at the end.
    pub fn read(&self, source: &impl ReadAt, sink: &mut dyn Write) -> Result<(), Failure> {
        let Measure { size, crc32, sha256 } = self.measure;
        let place = Place { name: format!("{FOLDER}{}", self.path), size, crc32 };
        let mut hash = Sha256::new();
        content(source, &place, self.at, &mut |piece| {
            hash.update(piece);
            sink.write_all(piece).map_err(Failure::sink)
        })?;
        if Digest::new(hash.finalize().into()) != sha256 {
            return Err(refuse(format!("{} is not what {SUMS} says", self.path)).into());
        }
        sink.flush().map_err(Failure::sink)
    }
}

/// The bytes of a member whose header begins at `at`, piece by piece; the header is compared first, the CRC-32 last.
fn content(
    source: &impl ReadAt,
    place: &Place<String>,
    at: u64,
    sink: &mut dyn FnMut(&[u8]) -> Result<(), Failure>,
) -> Result<(), Failure> {
    let expected = layout::local_header(place);
    let mut header = vec![0; expected.len()];
    source.read_exact_at(at, &mut header).map_err(Failure::source)?;
    if header != expected {
        return Err(refuse(format!("what stands before {} is not what its directory says", place.name)).into());
    }
    let (mut at, mut left, mut sum) = (at + expected.len() as u64, place.size, Checksum::new());
    let mut piece = Zeroizing::new(vec![0; usize::try_from(left).unwrap_or(usize::MAX).min(BATCH)]);
    while left > 0 {
        let now = usize::try_from(left).unwrap_or(usize::MAX).min(piece.len());
        source.read_exact_at(at, &mut piece[..now]).map_err(Failure::source)?;
        sum.add(&piece[..now]);
        sink(&piece[..now])?;
        (at, left) = (at + now as u64, left - now as u64);
    }
    Ok(super::is(place, &sum)?)
}
