//! One file against one manifest: is this the exhibit that was announced?

use std::io::{self, Read};

use super::signatures::{Says, Signatures};
use super::{Finding, Part, Report, Trust, set_finding};
use crate::cobblestone::HEAD;
use crate::document::{self, Authored as _};
use crate::manifest::{Finding as Found, Presented};
use crate::set::{self, Watching};
use crate::{Digests, Failure, Flaw, Head, Manifest, Progress};

/// The name under which the file stands in the report.
const FILE: &str = "file";
/// The name under which the manifest does.
const MANIFEST: &str = "manifest";

/// Checks a file, in plaintext or sealed, against a manifest and the signature over it. Without the key a sealed file can only be recognised, not
/// checked. Other exhibits of the manifest are not asked for.
pub fn file(
    source: &mut dyn Read,
    manifest: &[u8],
    signature: &[u8],
    trust: &Trust<'_>,
    progress: Progress<'_>,
) -> Result<Report, Failure> {
    let read = match document::parse::<Manifest>(manifest) {
        Ok(read) => read,
        Err(flaw) => {
            let finding = Finding::differs(Part::Manifest, MANIFEST, "form", flaw.to_string());
            return Ok(Report::new(trust.now, vec![finding]));
        }
    };
    let says = Some(Says::NotBefore(read.time));
    let mut findings =
        Signatures::new(trust).weigh(Part::Manifest, MANIFEST, read.author(), manifest, signature, says, None);
    let mut begins = Vec::new();
    let mut source = Watching::new(source);
    (&mut source).take(HEAD as u64).read_to_end(&mut begins).map_err(Failure::source)?;
    let head = Head::read(&begins).ok();
    let (size, digests) = Digests::of(&mut io::Cursor::new(begins).chain(&mut source), true, progress)?;
    let sealed =
        head.and_then(|head| read.exhibits.iter().find(|entry| entry.head() == head).map(|entry| (entry, head)));
    let plain = read.exhibits.iter().find(|entry| entry.digests.sha256 == digests.sha256);
    let is_set = plain.is_some_and(|entry| entry.media.as_str() == set::MEDIA);
    findings.push(match (plain, sealed) {
        (Some(entry), _) => match entry.compare(&Presented::Plain { size, digests }) {
            Found::Matches => Finding::matches(Part::Exhibit, FILE, format!("it is exhibit {}", entry.id)),
            Found::Differs(flaw) => Finding::differs(Part::Exhibit, FILE, "differs", flaw.to_string()),
            _ => Finding::cannot(Part::Exhibit, FILE, "not-opened", "not every digest could be compared"),
        },
        (None, Some((entry, head))) => match entry.compare(&Presented::SealedOnly { head, sealed_size: size }) {
            Found::Differs(flaw @ Flaw::Differs { .. }) => {
                Finding::differs(Part::Exhibit, FILE, "differs", flaw.to_string())
            }
            _ => {
                let what =
                    format!("it looks like exhibit {} in its sealed form; its key is needed to check it", entry.id);
                Finding::cannot(Part::Exhibit, FILE, "sealed", what)
            }
        },
        (None, None) => {
            let what = "no exhibit of the manifest has this content".to_owned();
            Finding::differs(Part::Exhibit, FILE, "not-listed", what)
        }
    });
    if is_set {
        findings.push(set_finding(FILE, source.finish()));
    }
    Ok(Report::new(trust.now, findings))
}
