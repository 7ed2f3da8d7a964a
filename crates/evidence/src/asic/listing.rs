//! `ASiCManifest.xml`: the SHA-256 of every member, in one spelling of the XML of EN 319 162-1, annex A.4.
//!
//! Because there is one spelling, no XML parser is needed: what is read is taken apart line by line, written again and compared.

use base64::prelude::{BASE64_STANDARD, Engine as _};
use terms::Digest;

use super::{MANIFEST, MEMBERS_MAX, Member, MemberName, SIGNATURE};
use crate::{Flaw, MediaType};

const HEAD: &str = concat!(
    "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n",
    "<asic:ASiCManifest xmlns:asic=\"http://uri.etsi.org/02918/v1.2.1#\" xmlns:ds=\"http://www.w3.org/2000/09/xmldsig#\">\n",
    "<asic:SigReference URI=\"META-INF/signature.p7s\" MimeType=\"application/pkcs7-signature\"/>\n",
);
const METHOD: &str = "<ds:DigestMethod Algorithm=\"http://www.w3.org/2001/04/xmlenc#sha256\"/>";
const TAIL: &str = "</asic:ASiCManifest>\n";
/// The most bytes one line of the list can have, generously.
const LINE_MAX: usize = 600;

/// The most bytes that a list may have.
pub(super) const BYTES_MAX: usize = HEAD.len() + TAIL.len() + MEMBERS_MAX * LINE_MAX;

/// One line: a member as the signature sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listing {
    /// Its name.
    pub name: MemberName,
    /// What program might show it.
    pub media: MediaType,
    /// Its digest.
    pub sha256: Digest,
}

impl From<&Member> for Listing {
    fn from(member: &Member) -> Self {
        Self { name: member.name.clone(), media: member.media.clone(), sha256: member.measure.sha256 }
    }
}

/// The document for these members.
pub(super) fn write<'a>(members: impl IntoIterator<Item = &'a Listing>) -> Vec<u8> {
    let mut text = HEAD.to_owned();
    for Listing { name, media, sha256 } in members {
        let value = BASE64_STANDARD.encode(sha256.as_bytes());
        text.push_str(&format!(
            "<asic:DataObjectReference URI=\"{name}\" MimeType=\"{media}\">{METHOD}<ds:DigestValue>{value}</ds:DigestValue></asic:DataObjectReference>\n"
        ));
    }
    text.push_str(TAIL);
    text.into_bytes()
}

/// Reads the document; refuses every spelling but the one of [`write`].
pub(super) fn parse(bytes: &[u8]) -> Result<Vec<Listing>, Flaw> {
    let refuse = || Flaw::Container(format!("{MANIFEST} is not of the required form"));
    let text = std::str::from_utf8(bytes).map_err(|_| refuse())?;
    let body = text.strip_prefix(HEAD).and_then(|rest| rest.strip_suffix(TAIL)).ok_or_else(refuse)?;
    let line = |line: &str| {
        let mut quoted = line.split('"');
        let (name, media) = (quoted.nth(1)?.parse().ok()?, quoted.nth(1)?.parse().ok()?);
        let value = line.split_once("<ds:DigestValue>")?.1.split_once('<')?.0;
        let sha256 = Digest::from_slice(&BASE64_STANDARD.decode(value).ok()?)?;
        Some(Listing { name, media, sha256 })
    };
    let mut listed = Vec::new();
    for text in body.lines() {
        if listed.len() == MEMBERS_MAX {
            return Err(Flaw::Container(format!("it lists more than {MEMBERS_MAX} members")));
        }
        listed.push(line(text).ok_or_else(refuse)?);
    }
    if write(&listed) != bytes {
        return Err(refuse());
    }
    if listed.iter().any(|member| [MANIFEST, SIGNATURE, "mimetype"].contains(&member.name.as_str())) {
        return Err(refuse());
    }
    Ok(listed)
}
