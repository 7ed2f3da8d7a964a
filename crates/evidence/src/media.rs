//! The media type of an exhibit: what program might show it. It is a claim of whoever sealed it, never a reason to run anything.

use std::fmt;
use std::str::FromStr;

use terms::Malformed;

/// A type and a subtype in lower case, without parameters: `application/pdf`.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MediaType(Box<str>);

/// What the first bytes of a file say: where, which bytes, which type. The longest match that stands first counts.
const MARKS: [(usize, &[u8], &str); 22] = [
    (0, b"%PDF-", "application/pdf"),
    (0, b"\x89PNG\r\n\x1a\n", "image/png"),
    (0, b"\xff\xd8\xff", "image/jpeg"),
    (0, b"GIF8", "image/gif"),
    (0, b"II*\0", "image/tiff"),
    (0, b"MM\0*", "image/tiff"),
    (8, b"WAVE", "audio/wav"),
    (8, b"AVI ", "video/x-msvideo"),
    (0, b"ID3", "audio/mpeg"),
    (4, b"ftypqt", "video/quicktime"),
    (4, b"ftypM4A", "audio/mp4"),
    (4, b"ftyp", "video/mp4"),
    (0, b"\x1a\x45\xdf\xa3", "video/x-matroska"),
    (0, b"OggS", "audio/ogg"),
    (0, b"EVF\t\r\n\xff\0", "application/x-ewf"),
    (0, b"EVF2\r\n\x81\0", "application/x-ewf"),
    (0, b"SQLite format 3\0", "application/vnd.sqlite3"),
    (0, b"\xd4\xc3\xb2\xa1", "application/vnd.tcpdump.pcap"),
    (0, b"7z\xbc\xaf\x27\x1c", "application/x-7z-compressed"),
    (0, b"\x1f\x8b", "application/gzip"),
    (0, b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "application/x-ole-storage"),
    (0, b"PK\x03\x04", "application/zip"),
];

/// What the ending of a name says, where the first bytes say nothing or only of what it is made.
const NAMES: [(&str, &str); 16] = [
    ("csv", "text/csv"),
    ("doc", "application/msword"),
    ("docx", "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
    ("dd", "application/x-raw-disk-image"),
    ("eml", "message/rfc822"),
    ("htm", "text/html"),
    ("html", "text/html"),
    ("json", "application/json"),
    ("log", "text/plain"),
    ("mp3", "audio/mpeg"),
    ("raw", "application/x-raw-disk-image"),
    ("txt", "text/plain"),
    ("ufd", "application/x-ufd"),
    ("xls", "application/vnd.ms-excel"),
    ("xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
    ("xml", "application/xml"),
];

/// What files of many kinds are made of: then a name may say more.
const MADE_OF: [&str; 2] = ["application/zip", "application/x-ole-storage"];

/// So many first bytes of a file are enough to ask.
pub const BEGINS: usize = 64;

/// The longest media type that is read.
const LONGEST: usize = 100;

impl MediaType {
    /// What is not known to be anything else: `application/octet-stream`.
    pub fn unknown() -> Self {
        Self("application/octet-stream".into())
    }
    /// What a file seems to be by its first bytes and, where these do not say, by its name. Nobody runs or shows anything because of it.
    pub fn of(begins: &[u8], name: Option<&str>) -> Self {
        let marked = |(at, mark, _): &&(usize, &[u8], &str)| begins.get(*at..at + mark.len()) == Some(*mark);
        let marked = MARKS.iter().find(marked).map(|(_, _, media)| *media);
        let ending = name.and_then(|name| Some(name.rsplit_once('.')?.1.to_ascii_lowercase()));
        let named = || NAMES.iter().find(|(known, _)| ending.as_deref() == Some(*known)).map(|(_, media)| *media);
        let found = match marked {
            Some(media) if MADE_OF.contains(&media) => named().or(Some(media)),
            None => named(),
            marked => marked,
        };
        found.map_or_else(Self::unknown, |media| Self(media.into()))
    }
    /// The text, for example `application/pdf`.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for MediaType {
    type Err = Malformed;
    fn from_str(text: &str) -> Result<Self, Malformed> {
        let word = |w: &str| {
            w.bytes().all(|b| matches!(b, b'a'..=b'z' | b'0'..=b'9' | b'.' | b'+' | b'-' | b'_'))
                && w.starts_with(|c: char| c.is_ascii_alphanumeric())
        };
        match text.split_once('/') {
            Some((kind, subtype)) if text.len() <= LONGEST && word(kind) && word(subtype) => Ok(Self(text.into())),
            _ => Err(Malformed::new(text, "a media type such as “application/pdf”, in lower case, without parameters")),
        }
    }
}
impl fmt::Display for MediaType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
impl fmt::Debug for MediaType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
crate::bytes::text_form!(MediaType);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_what_its_first_bytes_say_and_else_what_its_name_says() {
        let mp4 = b"\0\0\0\x20ftypisom";
        for (begins, name, media) in [
            (&b"%PDF-1.7"[..], None, "application/pdf"),
            (b"%PDF-1.7", Some("statement.csv"), "application/pdf"),
            (b"a;b\n1;2", Some("CDR.CSV"), "text/csv"),
            (b"a;b\n1;2", None, "application/octet-stream"),
            (b"EVF\t\r\n\xff\0\x01", Some("phone.E01"), "application/x-ewf"),
            (mp4, Some("clip.bin"), "video/mp4"),
            (b"RIFF\0\0\0\0AVI LIST", None, "video/x-msvideo"),
            (b"PK\x03\x04", Some("book.xlsx"), "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
            (b"PK\x03\x04", Some("dump.ufdr"), "application/zip"),
            (b"", Some("empty.txt"), "text/plain"),
            (b"%PD", Some(".pdf"), "application/octet-stream"),
            (b"<script>", Some("x.html"), "text/html"),
        ] {
            let found = MediaType::of(begins, name);
            assert_eq!(found.as_str(), media, "{name:?}");
            assert!(found.as_str().parse::<MediaType>().is_ok());
        }
        for (_, _, media) in MARKS {
            assert!(media.parse::<MediaType>().is_ok(), "{media}");
        }
        assert!(MARKS.iter().all(|(at, mark, _)| at + mark.len() <= BEGINS));
    }

    #[test]
    fn a_media_type_is_two_words_in_lower_case() {
        for right in ["application/pdf", "image/svg+xml", "application/vnd.ms-excel", "application/octet-stream"] {
            assert!(right.parse::<MediaType>().is_ok(), "{right}");
        }
        for wrong in ["", "pdf", "/pdf", "text/", "Text/plain", "text/plain; charset=utf-8", "a/b/c", "a/-b", "a /b"] {
            assert!(wrong.parse::<MediaType>().is_err(), "{wrong:?} must be refused");
        }
        assert!(format!("a/{}", "b".repeat(LONGEST)).parse::<MediaType>().is_err());
    }
}
