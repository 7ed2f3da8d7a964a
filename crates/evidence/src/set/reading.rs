//! A set as it passes by, from its first byte to its last: each file compared with its digest, the whole with its one spelling.

use std::io;

use sha2::{Digest as _, Sha256};
use terms::Digest;

use super::{ENTRIES_MAX, FOLDER, Index, SUMS, SUMS_MAX, SetPath, is, listed, path, refuse};
use crate::asic::Checksum;
use crate::asic::layout::{self, Begins, Place};
use crate::{Failure, Flaw};

/// What becomes of the files of a set that passes by. Nothing is the set before [`Reading::finish`] answers.
pub trait Visit {
    /// A folder in which there is nothing.
    fn empty(&mut self, path: &SetPath) -> io::Result<()>;
    /// A file begins.
    fn file(&mut self, path: &SetPath) -> io::Result<()>;
    /// Bytes of the file that began last.
    fn bytes(&mut self, bytes: &[u8]) -> io::Result<()>;
}

/// Nothing becomes of them; they are only checked.
impl Visit for () {
    fn empty(&mut self, _: &SetPath) -> io::Result<()> {
        Ok(())
    }
    fn file(&mut self, _: &SetPath) -> io::Result<()> {
        Ok(())
    }
    fn bytes(&mut self, _: &[u8]) -> io::Result<()> {
        Ok(())
    }
}

/// The most bytes of a local header: of the longest name, with ZIP64.
const HEADER_MAX: usize = 30 + FOLDER.len() + path::BYTES_MAX + 1 + 20;

/// A set of which some bytes have passed by. Memory follows the number of files, never their size.
pub struct Reading<V> {
    visit: V,
    at: At,
    places: Vec<Place<String>>,
    sums: Vec<u8>,
    listed: Vec<(Digest, SetPath)>,
    /// How many files of the list have begun.
    begun: usize,
}

enum At {
    /// Between two members: what is there of the next header.
    Header(Vec<u8>),
    /// In a member; a file has a digest to be compared.
    Member { left: u64, sum: Checksum, hash: Option<Sha256> },
    /// After the members: what must follow, and how much of it has.
    Directory { expected: Vec<u8>, seen: usize },
}

impl<V: Visit> Reading<V> {
    /// Nothing has passed by yet.
    pub fn new(visit: V) -> Self {
        let (places, sums, listed) = (Vec::new(), Vec::new(), Vec::new());
        Self { visit, at: At::Header(Vec::new()), places, sums, listed, begun: 0 }
    }
    /// The next bytes pass by. After an error nothing more may be handed in.
    pub fn push(&mut self, mut bytes: &[u8]) -> Result<(), Failure> {
        while !bytes.is_empty() {
            match &mut self.at {
                At::Header(held) => {
                    held.push(bytes[0]);
                    bytes = &bytes[1..];
                    match layout::begins(held) {
                        Some(Begins::Member(length)) if length > HEADER_MAX => {
                            return Err(refuse("a name in it is longer than a path may be").into());
                        }
                        Some(Begins::Member(length)) if length == held.len() => self.member()?,
                        Some(Begins::Directory) => self.directory()?,
                        _ => {}
                    }
                }
                At::Member { left, sum, hash } => {
                    let now = usize::try_from(*left).unwrap_or(usize::MAX).min(bytes.len());
                    let (piece, rest) = bytes.split_at(now);
                    bytes = rest;
                    *left -= now as u64;
                    sum.add(piece);
                    match hash {
                        Some(hash) => {
                            hash.update(piece);
                            self.visit.bytes(piece).map_err(Failure::sink)?;
                        }
                        None => self.sums.extend_from_slice(piece),
                    }
                    if *left == 0 {
                        self.ended()?;
                    }
                }
                At::Directory { expected, seen } => {
                    if expected.get(*seen..*seen + bytes.len()) != Some(bytes) {
                        return Err(refuse("what follows its files is not the directory of them").into());
                    }
                    *seen += bytes.len();
                    return Ok(());
                }
            }
        }
        Ok(())
    }
    /// All has passed by: what the set holds, and what became of it.
    pub fn finish(self) -> Result<(Index, V), Failure> {
        match &self.at {
            At::Directory { expected, seen } if *seen == expected.len() => {}
            _ => return Err(refuse("it was cut").into()),
        }
        Ok((Index::of(&self.places, &self.listed)?, self.visit))
    }
    /// A header is whole.
    fn member(&mut self) -> Result<(), Failure> {
        let At::Header(held) = &self.at else { return Ok(()) };
        let place = layout::parse_local::<String>(held);
        let place = place.ok_or_else(|| refuse("the header of a file is not of the required form"))?;
        if self.places.len() > ENTRIES_MAX {
            return Err(refuse(format!("it has more than {ENTRIES_MAX} files")).into());
        }
        let first = self.places.is_empty();
        let misplaced = || Flaw::Set(format!("{} does not stand where it must", place.name));
        if first != (place.name == SUMS) || (first && place.size > SUMS_MAX) {
            return Err(misplaced().into());
        }
        if let Some(folder) = place.name.strip_suffix('/') {
            let path: Option<SetPath> = folder.strip_prefix(FOLDER).and_then(|path| path.parse().ok());
            let path = path.filter(|_| place.size == 0).ok_or_else(misplaced)?;
            self.visit.empty(&path).map_err(Failure::sink)?;
        } else if !first {
            let (_, path) = self.listed.get(self.begun).ok_or_else(misplaced)?;
            if place.name.strip_prefix(FOLDER) != Some(path.as_str()) {
                return Err(misplaced().into());
            }
            self.begun += 1;
            self.visit.file(path).map_err(Failure::sink)?;
        }
        let (left, hash) = (place.size, (!first).then(Sha256::new));
        self.places.push(place);
        self.at = At::Member { left, sum: Checksum::new(), hash };
        if left == 0 { self.ended() } else { Ok(()) }
    }
    /// The last byte of a member has passed by.
    fn ended(&mut self) -> Result<(), Failure> {
        let At::Member { sum, hash, .. } = std::mem::replace(&mut self.at, At::Header(Vec::new())) else {
            return Ok(());
        };
        let place = self.places.last().ok_or_else(|| refuse("there is nothing in it"))?;
        is(place, &sum)?;
        match hash {
            None => self.listed = listed(&self.sums)?,
            Some(_) if place.name.ends_with('/') => {}
            Some(hash) => {
                let stated = self.begun.checked_sub(1).and_then(|at| self.listed.get(at)).map(|(digest, _)| *digest);
                if stated != Some(Digest::new(hash.finalize().into())) {
                    return Err(refuse(format!("{} is not what {SUMS} says", place.name)).into());
                }
            }
        }
        Ok(())
    }
    /// The directory begins.
    fn directory(&mut self) -> Result<(), Failure> {
        let At::Header(held) = &self.at else { return Ok(()) };
        let seen = held.len();
        // What is wrong with the list as a whole is said now, before one looks at how the end is spelt.
        Index::of(&self.places, &self.listed)?;
        let expected = layout::directory(&self.places);
        let expected = expected.ok_or_else(|| refuse("its files add up to more than it can hold"))?;
        self.at = At::Directory { expected, seen };
        Ok(())
    }
}

/// A source of which every byte passes by a [`Reading`]. Whether it is a set is asked afterwards: what is none is read all the same.
#[derive(Debug)]
pub struct Watching<R> {
    source: R,
    reading: Result<Reading<()>, Failure>,
}

impl<R> Watching<R> {
    /// Nothing has been read yet.
    pub fn new(source: R) -> Self {
        Self { source, reading: Ok(Reading::new(())) }
    }
    /// The source has ended: what the set holds, or why it is none.
    pub fn finish(self) -> Result<Index, Failure> {
        self.reading?.finish().map(|(index, ())| index)
    }
}

impl<R: io::Read> io::Read for Watching<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let count = self.source.read(into)?;
        if let Ok(reading) = &mut self.reading
            && let Err(flaw) = reading.push(&into[..count])
        {
            self.reading = Err(flaw);
        }
        Ok(count)
    }
}

/// Names how much has passed by, and none of it.
impl<V> std::fmt::Debug for Reading<V> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Reading").field("members", &self.places.len()).finish_non_exhaustive()
    }
}
