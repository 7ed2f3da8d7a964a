//! The bytes of a ZIP around its members (PKWARE APPNOTE 6.3), in one spelling: stored, no extra but ZIP64 where a number needs it, no comment,
//! no data descriptor, one disk, the first of January 1980 as date; flag 11 where a name is not ASCII, and no other. What happened when stands in
//! signed documents.

use std::str::FromStr;

/// What a directory says of a member. A container's names are [`super::MemberName`]s; those of a set are freer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Place<N> {
    pub name: N,
    pub size: u64,
    pub crc32: u32,
}

const LOCAL: u32 = 0x0403_4b50;
const CENTRAL: u32 = 0x0201_4b50;
const END: u32 = 0x0605_4b50;
const END_64: u32 = 0x0606_4b50;
const LOCATOR_64: u32 = 0x0706_4b50;

/// From this number on a field of four bytes says that the true one stands in ZIP64.
const ESCAPE: u64 = 0xffff_ffff;
const DATE: u16 = 0x0021;
/// Bytes of the fixed part of a local header.
const LOCAL_SIZE: usize = 30;
/// Bytes of the fixed part of a directory entry.
const ENTRY: usize = 46;
/// Bytes of the end, and of the end with ZIP64 before it.
pub(super) const END_SIZE: u64 = 22;
pub(super) const END_64_SIZE: u64 = 56 + 20 + END_SIZE;

/// A number in four bytes, or the escape.
fn short(number: u64) -> [u8; 4] {
    u32::try_from(number).unwrap_or(u32::MAX).to_le_bytes()
}

fn version(escaped: bool) -> [u8; 2] {
    (if escaped { 45u16 } else { 20 }).to_le_bytes()
}

/// That a name is UTF-8, where it is not ASCII.
fn flags(name: &str) -> [u8; 2] {
    (if name.is_ascii() { 0u16 } else { 0x0800 }).to_le_bytes()
}

/// By what it was made: version 4.5 on a FAT file system, or on one with long names where a name is UTF-8. Programs that read the first as the
/// letters of an old code page take the second as it is.
fn made_by(name: &str) -> [u8; 2] {
    [45, if name.is_ascii() { 0 } else { 14 }]
}

/// The ZIP64 field with these numbers; nothing if there are none.
fn extra(numbers: &[u64]) -> Vec<u8> {
    if numbers.is_empty() {
        return Vec::new();
    }
    let length = u16::try_from(numbers.len() * 8).unwrap_or_default();
    let mut field = [1u16.to_le_bytes(), length.to_le_bytes()].concat();
    numbers.iter().for_each(|number| field.extend(number.to_le_bytes()));
    field
}

fn length(bytes: usize) -> [u8; 2] {
    u16::try_from(bytes).expect("INVARIANT: names have at most 1,010 bytes, extras fewer").to_le_bytes()
}

/// What stands before a member's bytes.
pub(crate) fn local_header<N: AsRef<str>>(place: &Place<N>) -> Vec<u8> {
    let large = place.size >= ESCAPE;
    let extra = if large { extra(&[place.size, place.size]) } else { Vec::new() };
    let mut header = LOCAL.to_le_bytes().to_vec();
    header.extend(version(large));
    header.extend(flags(place.name.as_ref()));
    header.extend([0; 4]); // method (stored), time
    header.extend(DATE.to_le_bytes());
    header.extend(place.crc32.to_le_bytes());
    header.extend(short(place.size));
    header.extend(short(place.size));
    header.extend(length(place.name.as_ref().len()));
    header.extend(length(extra.len()));
    header.extend(place.name.as_ref().as_bytes());
    header.extend(extra);
    header
}

/// Where each member's header begins, and where the directory does.
pub(crate) fn offsets<N: AsRef<str>>(places: &[Place<N>]) -> Option<(Vec<u64>, u64)> {
    let mut at = 0u64;
    let mut offsets = Vec::with_capacity(places.len());
    for place in places {
        offsets.push(at);
        at = at.checked_add(local_header(place).len() as u64)?.checked_add(place.size)?;
    }
    Some((offsets, at))
}

/// The directory and the end: all that follows the members. `None` if the sizes add up to more than can be written.
pub(crate) fn directory<N: AsRef<str>>(places: &[Place<N>]) -> Option<Vec<u8>> {
    let (offsets, begins) = offsets(places)?;
    let mut bytes = Vec::new();
    for (place, at) in places.iter().zip(offsets) {
        let sizes: &[u64] = if place.size >= ESCAPE { &[place.size, place.size] } else { &[] };
        let offset: &[u64] = if at >= ESCAPE { &[at] } else { &[] };
        let extra = extra(&[sizes, offset].concat());
        bytes.extend(CENTRAL.to_le_bytes());
        bytes.extend(made_by(place.name.as_ref()));
        bytes.extend(version(!extra.is_empty()));
        bytes.extend(flags(place.name.as_ref()));
        bytes.extend([0; 4]); // method, time
        bytes.extend(DATE.to_le_bytes());
        bytes.extend(place.crc32.to_le_bytes());
        bytes.extend(short(place.size));
        bytes.extend(short(place.size));
        bytes.extend(length(place.name.as_ref().len()));
        bytes.extend(length(extra.len()));
        bytes.extend([0; 10]); // comment, disk, attributes
        bytes.extend(short(at));
        bytes.extend(place.name.as_ref().as_bytes());
        bytes.extend(extra);
    }
    let (count, size) = (places.len() as u64, bytes.len() as u64);
    if begins >= ESCAPE {
        bytes.extend(END_64.to_le_bytes());
        bytes.extend(44u64.to_le_bytes());
        bytes.extend(version(true));
        bytes.extend(version(true));
        bytes.extend([0; 8]); // disks
        [count, count, size, begins].iter().for_each(|number| bytes.extend(number.to_le_bytes()));
        bytes.extend(LOCATOR_64.to_le_bytes());
        bytes.extend([0; 4]);
        bytes.extend(begins.checked_add(size)?.to_le_bytes());
        bytes.extend(1u32.to_le_bytes());
    }
    let count = u16::try_from(count).ok()?.to_le_bytes();
    bytes.extend(END.to_le_bytes());
    bytes.extend([0; 4]);
    bytes.extend(count);
    bytes.extend(count);
    bytes.extend(short(size));
    bytes.extend(short(begins));
    bytes.extend([0; 2]);
    Some(bytes)
}

/// Where the directory begins, how long it and the end are, according to the last bytes of a file of `size` bytes. `tail` holds the last
/// [`END_64_SIZE`] bytes, or all of them.
pub(super) fn find_directory(tail: &[u8], size: u64) -> Option<(u64, u64)> {
    let end = tail.len().checked_sub(END_SIZE as usize)?;
    let signed = |at: usize, signature: u32| tail.get(at..at + 4) == Some(&signature.to_le_bytes()[..]);
    if !signed(end, END) {
        return None;
    }
    let begins = u64::from(number(tail, end + 16, 4)? as u32);
    if begins < ESCAPE {
        return Some((begins, END_SIZE))
            .filter(|(begins, end)| begins.checked_add(*end).is_some_and(|all| all <= size));
    }
    let record = tail.len().checked_sub(END_64_SIZE as usize)?;
    let begins = signed(record, END_64).then(|| number(tail, record + 48, 8)).flatten()?;
    Some((begins, END_64_SIZE)).filter(|(begins, end)| begins.checked_add(*end).is_some_and(|all| all <= size))
}

/// A little-endian number of so many bytes.
fn number(bytes: &[u8], at: usize, width: usize) -> Option<u64> {
    let found = bytes.get(at..at.checked_add(width)?)?;
    Some(found.iter().rev().fold(0, |sum, byte| sum << 8 | u64::from(*byte)))
}

/// What the entries of a directory say, `None` at the first thing that is not like ours. That the rest is like ours, the caller learns by writing
/// the directory again.
pub(super) fn parse_entries<N: FromStr>(mut bytes: &[u8], at_most: usize) -> Option<Vec<Place<N>>> {
    let mut places = Vec::new();
    while bytes.starts_with(&CENTRAL.to_le_bytes()) {
        if places.len() == at_most {
            return None;
        }
        let name_length = number(bytes, 28, 2)? as usize;
        let extra_length = number(bytes, 30, 2)? as usize;
        let name = std::str::from_utf8(bytes.get(ENTRY..ENTRY + name_length)?).ok()?.parse().ok()?;
        let extra = bytes.get(ENTRY + name_length..ENTRY + name_length + extra_length)?;
        let size = match number(bytes, 24, 4)? {
            ESCAPE => number(extra, 4, 8)?,
            size => size,
        };
        let crc32 = u32::try_from(number(bytes, 16, 4)?).ok()?;
        places.push(Place { name, size, crc32 });
        bytes = &bytes[ENTRY + name_length + extra_length..];
    }
    Some(places)
}

/// How many bytes a local header has that begins so, and whether the directory begins here instead. `None` until enough of it is there.
pub(crate) fn begins(bytes: &[u8]) -> Option<Begins> {
    if bytes.starts_with(&CENTRAL.to_le_bytes()) {
        return Some(Begins::Directory);
    }
    let length = number(bytes, 26, 2)?.checked_add(number(bytes, 28, 2)?)?;
    Some(Begins::Member(LOCAL_SIZE + usize::try_from(length).ok()?))
}

/// What begins at some place.
pub(crate) enum Begins {
    /// A member, with a header of so many bytes.
    Member(usize),
    /// The directory.
    Directory,
}

/// A member from its whole local header; `None` if the header is spelt otherwise.
pub(crate) fn parse_local<N: FromStr + AsRef<str>>(header: &[u8]) -> Option<Place<N>> {
    let name_length = number(header, 26, 2)? as usize;
    let name = std::str::from_utf8(header.get(LOCAL_SIZE..LOCAL_SIZE + name_length)?).ok()?.parse().ok()?;
    let size = match number(header, 22, 4)? {
        ESCAPE => number(header, LOCAL_SIZE + name_length + 4, 8)?,
        size => size,
    };
    let crc32 = u32::try_from(number(header, 14, 4)?).ok()?;
    let place = Place { name, size, crc32 };
    (local_header(&place) == header).then_some(place)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(name: &str, size: u64) -> Place<String> {
        Place { name: name.to_owned(), size, crc32: 7 }
    }

    #[test]
    fn numbers_move_to_zip64_exactly_where_four_bytes_end() {
        for (size, zip64) in [(0, false), (ESCAPE - 1, false), (ESCAPE, true), (1 << 50, true)] {
            let header = local_header(&place("a", size));
            assert_eq!(header.len(), if zip64 { 51 } else { 31 }, "{size}");
        }
        for sizes in
            [vec![1, 2], vec![ESCAPE - 1, 1, 1], vec![ESCAPE, 1], vec![ESCAPE - 40, 1], vec![1 << 50, 1 << 51, 3]]
        {
            let places: Vec<_> = sizes.iter().enumerate().map(|(n, size)| place(&format!("m{n}"), *size)).collect();
            let (_, begins) = offsets(&places).expect("fits");
            let bytes = directory(&places).expect("fits");
            let total = begins + bytes.len() as u64;
            let tail = &bytes[bytes.len().saturating_sub(END_64_SIZE as usize)..];
            let (found, end) = find_directory(tail, total).expect("found");
            assert_eq!(found, begins, "{sizes:?}");
            assert_eq!(parse_entries(&bytes[..bytes.len() - end as usize], 10), Some(places), "{sizes:?}");
        }
        assert_eq!(directory(&[place("a", u64::MAX), place("b", 1)]), None);
    }
}
