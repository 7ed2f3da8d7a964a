//! Reading a container that came from anywhere: its form is checked as a whole before anything in it is believed.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Read};
use std::str::FromStr;

use super::layout::{self, END_64_SIZE, Place};
use super::{Checksum, Listing, MANIFEST, MEMBERS_MAX, MIMETYPE, MemberName, SIGNATURE, listing};
use crate::{Failure, Flaw, ReadAt};

/// The most bytes of directory that are read: a generous entry for each member.
const DIRECTORY_MAX: u64 = (MEMBERS_MAX as u64 + 3) * 300;

/// A container in form. Its signature and its members' digests are for the caller to check; its members' CRC is checked as they are read.
pub struct Container<S> {
    source: S,
    /// Where the bytes of each member begin, and what the directory says of it.
    members: BTreeMap<String, (u64, Place<MemberName>)>,
    manifest: Vec<u8>,
    listed: Vec<Listing>,
    signature: Vec<u8>,
}

impl<S: ReadAt> Container<S> {
    /// Reads directory and headers, writes them again, and compares; then reads the list of members and the signature.
    pub fn open(source: S) -> Result<Self, Failure> {
        let refuse = |why: &str| Failure::from(Flaw::Container(why.to_owned()));
        let places: Vec<Place<MemberName>> = places(&source, MEMBERS_MAX + 3, DIRECTORY_MAX)?;
        let (offsets, _) =
            layout::offsets(&places).ok_or_else(|| refuse("its members add up to more than it can hold"))?;
        let mut members = BTreeMap::new();
        let mut lower = BTreeSet::new();
        for (place, at) in places.iter().zip(offsets) {
            let expected = layout::local_header(place);
            let mut header = vec![0; expected.len()];
            source.read_exact_at(at, &mut header).map_err(Failure::source)?;
            if header != expected {
                return Err(refuse(&format!("what stands before {} is not what its directory says", place.name)));
            }
            if !lower.insert(place.name.as_str().to_ascii_lowercase()) {
                return Err(refuse(&format!("{} stands twice", place.name)));
            }
            members.insert(place.name.to_string(), (at + expected.len() as u64, place.clone()));
        }
        let mut opened = Self { source, members, manifest: Vec::new(), listed: Vec::new(), signature: Vec::new() };
        let own: Vec<&str> = places.iter().take(3).map(|place| place.name.as_str()).collect();
        if own != ["mimetype", MANIFEST, SIGNATURE] {
            return Err(refuse("it does not begin with mimetype, ASiCManifest.xml and signature.p7s"));
        }
        if opened.read("mimetype", MIMETYPE.len())? != MIMETYPE.as_bytes() {
            return Err(refuse("its mimetype is not that of ASiC-E"));
        }
        opened.manifest = opened.read(MANIFEST, listing::BYTES_MAX)?;
        opened.signature = opened.read(SIGNATURE, seal::cades::SIGNATURE_BYTES_MAX)?;
        opened.listed = listing::parse(&opened.manifest)?;
        if !places.iter().skip(3).map(|place| &place.name).eq(opened.listed.iter().map(|listed| &listed.name)) {
            return Err(refuse("its members are not those that ASiCManifest.xml lists, in their order"));
        }
        Ok(opened)
    }
    /// The signed list of members.
    pub fn manifest(&self) -> &[u8] {
        &self.manifest
    }
    /// What stands in that list: every member but the container's own three.
    pub fn listed(&self) -> &[Listing] {
        &self.listed
    }
    /// The signature over [`Container::manifest`].
    pub fn signature(&self) -> &[u8] {
        &self.signature
    }
    /// How many bytes a member has; `None` if there is no such member.
    pub fn size(&self, name: &str) -> Option<u64> {
        Some(self.members.get(name)?.1.size)
    }
    /// A member's bytes, as a stream; the last read fails if the CRC does not agree.
    pub fn member(&self, name: &str) -> Option<MemberReader<'_, S>> {
        let (at, place) = self.members.get(name)?;
        Some(MemberReader { source: &self.source, at: *at, left: place.size, place, sum: Checksum::new() })
    }
    /// A small member as a whole; refused if it has more than `at_most` bytes, before anything is allocated.
    pub fn read(&self, name: &str, at_most: usize) -> Result<Vec<u8>, Failure> {
        let missing = || Failure::from(Flaw::Container(format!("{name} is missing")));
        let mut reader = self.member(name).ok_or_else(missing)?;
        if reader.left > at_most as u64 {
            return Err(Flaw::Container(format!("{name} has more than {at_most} bytes")).into());
        }
        let mut bytes = Vec::new();
        reader.read_to_end(&mut bytes).map_err(|why| match why.kind() {
            io::ErrorKind::InvalidData => Flaw::Container(format!("{name} {why}")).into(),
            _ => Failure::source(why),
        })?;
        Ok(bytes)
    }
}

/// Names how much there is, and none of it: what is inside may be evidence.
impl<S> std::fmt::Debug for Container<S> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Container").field("members", &self.listed.len()).finish_non_exhaustive()
    }
}

/// The list of members, from a directory that is spelt as ours and stands where it must.
pub(crate) fn places<N: FromStr + AsRef<str>>(
    source: &impl ReadAt,
    members_max: usize,
    directory_max: u64,
) -> Result<Vec<Place<N>>, Failure> {
    let refuse = |why: &str| Failure::from(Flaw::Container(why.to_owned()));
    let size = source.size().map_err(Failure::source)?;
    let mut tail = vec![0; size.min(END_64_SIZE) as usize];
    source.read_exact_at(size - tail.len() as u64, &mut tail).map_err(Failure::source)?;
    let no_end = || refuse("it does not end as a container ends: it is none, was cut, or something follows it");
    let (begins, end) = layout::find_directory(&tail, size).ok_or_else(no_end)?;
    let length = size - begins;
    if length > directory_max + end {
        return Err(refuse("its directory is larger than that of any container"));
    }
    let mut directory = vec![0; length as usize];
    source.read_exact_at(begins, &mut directory).map_err(Failure::source)?;
    let places = layout::parse_entries(&directory[..(length - end) as usize], members_max);
    let places = places.ok_or_else(|| refuse("its directory is not of the required form"))?;
    if layout::directory(&places).as_ref() != Some(&directory) {
        return Err(refuse("its directory is not of the required form: written again, it differs"));
    }
    // The offsets follow from the sizes, and the members end where the directory begins: no gap, no overlap.
    if layout::offsets(&places).map(|(_, ends)| ends) != Some(begins) {
        return Err(refuse("its members do not fill it exactly"));
    }
    Ok(places)
}

/// The bytes of one member.
pub struct MemberReader<'a, S> {
    source: &'a S,
    at: u64,
    left: u64,
    place: &'a Place<MemberName>,
    sum: Checksum,
}

impl<S: ReadAt> Read for MemberReader<'_, S> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let wanted = into.len().min(usize::try_from(self.left).unwrap_or(usize::MAX));
        let into = &mut into[..wanted];
        self.source.read_exact_at(self.at, into)?;
        self.sum.add(into);
        self.at += wanted as u64;
        self.left -= wanted as u64;
        if self.left == 0 && !self.sum.is(self.place.size, self.place.crc32) {
            return Err(io::Error::new(io::ErrorKind::InvalidData, "was changed: its CRC-32 differs"));
        }
        Ok(wanted)
    }
}
