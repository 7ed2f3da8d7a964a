//! Writing a container: first all is measured and listed, then the list is signed, then everything is written once, as a stream.

use std::collections::BTreeSet;
use std::fmt;
use std::io::{self, Write};

use super::layout::{self, Place};
use super::{Checksum, Listing, MANIFEST, MEMBERS_MAX, MIMETYPE, Measure, Member, MemberName, SIGNATURE, listing};
use crate::{Failure, Flaw};

/// What will stand in a container, in order.
#[derive(Debug, Clone, Default)]
pub struct Plan {
    members: Vec<Member>,
    /// In lower case: a file system that does not tell capitals apart must not lose a member.
    names: BTreeSet<String>,
}

impl Plan {
    /// Nothing yet.
    pub fn new() -> Self {
        Self::default()
    }
    /// Adds a member. Refuses a name twice, the names of the container's own members, and one member too many.
    pub fn add(&mut self, member: Member) -> Result<(), Flaw> {
        let lower = member.name.as_str().to_ascii_lowercase();
        if lower == "mimetype" || lower.starts_with("meta-inf") {
            return Err(Flaw::Container(format!("{} is the container's own", member.name)));
        }
        if self.members.len() == MEMBERS_MAX {
            return Err(Flaw::Container(format!("it would have more than {MEMBERS_MAX} members")));
        }
        if !self.names.insert(lower) {
            return Err(Flaw::Container(format!("{} stands twice", member.name)));
        }
        self.members.push(member);
        Ok(())
    }
    /// The members.
    pub fn members(&self) -> &[Member] {
        &self.members
    }
    /// `ASiCManifest.xml`, which is what gets signed.
    pub fn manifest(&self) -> Vec<u8> {
        listing::write(&self.members.iter().map(Listing::from).collect::<Vec<_>>())
    }
    /// Bytes of the whole container with a signature of this size.
    pub fn size(&self, signature: usize) -> Option<u64> {
        let places = self.places(&self.manifest(), &vec![0; signature]);
        layout::offsets(&places)?.1.checked_add(layout::directory(&places)?.len() as u64)
    }
    /// Writes the container. `content` writes the bytes of each member, in the order of [`Plan::members`]; a member that does not come out as
    /// it was measured ends the writing, and what was written is no container.
    pub fn write<W: Write>(
        &self,
        signature: &[u8],
        mut sink: W,
        content: &mut dyn FnMut(&Member, &mut dyn Write) -> Result<(), Failure>,
    ) -> Result<W, Failure> {
        let manifest = self.manifest();
        let places = self.places(&manifest, signature);
        let directory = layout::directory(&places)
            .ok_or_else(|| Flaw::Container("its members add up to more than a container can hold".into()))?;
        let own: [&[u8]; 3] = [MIMETYPE.as_bytes(), &manifest, signature];
        for (place, bytes) in places.iter().zip(own) {
            sink.write_all(&layout::local_header(place)).and_then(|()| sink.write_all(bytes)).map_err(Failure::sink)?;
        }
        for (place, member) in places.iter().skip(own.len()).zip(&self.members) {
            sink.write_all(&layout::local_header(place)).map_err(Failure::sink)?;
            measured(place, &mut sink, &mut |out| content(member, out))?;
        }
        sink.write_all(&directory).and_then(|()| sink.flush()).map_err(Failure::sink)?;
        Ok(sink)
    }
    fn places(&self, manifest: &[u8], signature: &[u8]) -> Vec<Place<MemberName>> {
        let own = [("mimetype", MIMETYPE.as_bytes()), (MANIFEST, manifest), (SIGNATURE, signature)];
        let own = own.map(|(name, bytes)| {
            let Measure { size, crc32, .. } = Measure::of(bytes);
            Place { name: name.parse().expect("INVARIANT: the container's own names are names"), size, crc32 }
        });
        let members = self.members.iter().map(|Member { name, measure, .. }| Place {
            name: name.clone(),
            size: measure.size,
            crc32: measure.crc32,
        });
        own.into_iter().chain(members).collect()
    }
}

/// Writes what `content` gives; refuses what is not what was measured before.
pub(crate) fn measured<N: fmt::Display>(
    place: &Place<N>,
    sink: &mut dyn Write,
    content: &mut dyn FnMut(&mut dyn Write) -> Result<(), Failure>,
) -> Result<(), Failure> {
    let mut checked = Checked { sink, sum: Checksum::new(), room: place.size };
    content(&mut checked)?;
    if !checked.sum.is(place.size, place.crc32) {
        return Err(Flaw::Container(format!("{} is not what was measured before", place.name)).into());
    }
    Ok(())
}

/// Passes bytes on, counts them, and takes no more than were announced.
struct Checked<'a> {
    sink: &'a mut dyn Write,
    sum: Checksum,
    room: u64,
}

impl Write for Checked<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if bytes.len() as u64 > self.room {
            return Err(io::Error::other("the member is longer than it was measured"));
        }
        let written = self.sink.write(bytes)?;
        self.sum.add(&bytes[..written]);
        self.room -= written as u64;
        Ok(written)
    }
    fn flush(&mut self) -> io::Result<()> {
        self.sink.flush()
    }
}
