//! Checking a court export, offline: three answers for each part, never mixed, and one over all.
//!
//! *Matches*: everything about the part that can be asked was asked, and agrees. *Does not match*: something differs, and it is said what and
//! where. *Cannot be checked*: something is missing, and it is said what. Nothing is believed because it came with the export: the
//! reader brings cards whose roots it approved, roots of time-stamping authorities, and the moment. [`Report`] is what `comity verify` prints.
//!
//! ```text
//! container() ─▶ form and outer signature ┐
//! parts()     ─▶ (an unpacked folder)     ┴─▶ digests ─▶ documents ─▶ signatures ─▶ exhibits, custody, acts, receipts, proofs ─▶ Report
//! file()      ─▶ one file against one manifest ─▶ Report
//! document()  ─▶ one signed document and the ledger proof about it ─▶ Report
//! ```
//!
//! Ledger proofs are another room's business: whoever has it hands in a [`ProofCheck`]; without one they cannot be checked.
//! Memory is that of the documents, which have sizes; exhibits pass by as streams.

mod documents;
mod file;
mod report;
mod signatures;
mod single;

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Read};

use seal::{Card, TimeRoots};
use serde::Serialize;
use terms::{AuthorityId, Digest, ExhibitId, Moment};

use crate::asic::{Container, MANIFEST, SIGNATURE};
use crate::court::names::{Form, Role, SET};
use crate::court::sha256sums;
use crate::manifest::Presented;
use crate::set::{Index, Watching};
use crate::{Digests, Failure, Flaw, Progress, ReadAt, Verdict};
pub use file::file;
pub use report::{Finding, Part, Report, SignedBy, Stamp};
use signatures::Signatures;
pub use single::document;

/// What the reader brings.
#[derive(Clone, Copy)]
pub struct Trust<'a> {
    /// Cards whose roots it approved.
    pub cards: &'a [Card],
    /// Time-stamping authorities that it believes.
    pub time_roots: &'a TimeRoots,
    /// How ledger proofs are checked, if they can be.
    pub proofs: Option<&'a dyn ProofCheck>,
    /// Now.
    pub now: Moment,
}

/// A document that a ledger proof is about.
#[derive(Debug, Clone, Copy)]
pub struct Subject<'a> {
    /// `act`, `receipt` or `custody`, as the leaf has it.
    pub kind: &'static str,
    /// SHA-256 of the document.
    pub id: Digest,
    /// Who signed it.
    pub author: &'a AuthorityId,
    /// The signature over it.
    pub signature: &'a [u8],
}

/// How ledger proofs are checked; the room of the ledger, or a door, has one.
pub trait ProofCheck: Sync {
    /// What a proof shows about a document and the signature over it.
    fn check(&self, subject: &Subject<'_>, proof: &[u8], now: Moment) -> Proved;
}

/// What a ledger proof shows.
#[derive(Debug, Clone)]
pub struct Proved {
    /// The answer.
    pub verdict: Verdict,
    /// One sentence: in which log, by when, or what is wrong or missing.
    pub what: String,
    /// By when document and signature existed, if the proof shows that to this reader.
    pub existed: Option<Existed>,
}

/// By when something existed at the latest, and on whose word that rests.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Existed {
    /// It existed by then.
    pub by: Moment,
    /// Who says so, as part of a sentence: *cosigned in the ledger by …*, *time-stamped by …*.
    pub basis: String,
}

/// Where the members of an export lie: a container, or the folder into which it was unpacked.
pub trait Parts {
    /// The names of all members, the container's own among them or not.
    fn names(&self) -> Vec<String>;
    /// The bytes of a member. `InvalidData` says that they were changed, any other error that they cannot be read.
    fn open(&self, name: &str) -> io::Result<Box<dyn Read + '_>>;
}

impl<S: ReadAt> Parts for Container<S> {
    fn names(&self) -> Vec<String> {
        self.listed().iter().map(|listed| listed.name.to_string()).collect()
    }
    fn open(&self, name: &str) -> io::Result<Box<dyn Read + '_>> {
        let member = self.member(name).ok_or(io::ErrorKind::NotFound)?;
        Ok(Box::new(member))
    }
}

/// The most bytes of a document that are read into memory; manifests and bodies of acts have no more.
const DOCUMENT_MAX: u64 = 1024 * 1024;

/// Checks a container. An answer is a [`Report`]; an error says that the source could not be read or that somebody cancelled.
pub fn container(source: impl ReadAt, trust: &Trust<'_>, progress: Progress<'_>) -> Result<Report, Failure> {
    let mut begins = [0; 38];
    let was_one = source.read_exact_at(0, &mut begins).is_ok() && begins[30..] == *b"mimetype";
    let opened = match Container::open(source) {
        Ok(opened) => opened,
        Err(Failure::Flaw(flaw)) => return Ok(Report::new(trust.now, vec![no_container(was_one, &flaw)])),
        Err(failure) => return Err(failure),
    };
    let signatures = Signatures::new(trust);
    let mut findings =
        vec![Finding::matches(Part::Container, MANIFEST, "every header is as it must be; nothing is hidden")];
    let author = signatures.claimed_author(opened.signature());
    findings.extend(match author {
        Ok(author) => {
            signatures.weigh(Part::Container, SIGNATURE, &author, opened.manifest(), opened.signature(), None, None)
        }
        Err(flaw) => vec![Finding::differs(Part::Container, SIGNATURE, "signature", flaw.to_string())],
    });
    let expected: BTreeMap<String, Digest> =
        opened.listed().iter().map(|listed| (listed.name.to_string(), listed.sha256)).collect();
    findings.extend(check(&opened, &expected, &signatures, trust, progress)?);
    Ok(Report::new(trust.now, findings))
}

/// Checks an export that was unpacked: the same, but for the container and the signature over it.
pub fn parts(parts: &dyn Parts, trust: &Trust<'_>, progress: Progress<'_>) -> Result<Report, Failure> {
    let signatures = Signatures::new(trust);
    let mut findings = vec![Finding::cannot(
        Part::Container,
        MANIFEST,
        "unpacked",
        "it was unpacked: the signature over the container was not checked here",
    )];
    findings.extend(check(parts, &BTreeMap::new(), &signatures, trust, progress)?);
    Ok(Report::new(trust.now, findings))
}

fn no_container(was_one: bool, flaw: &Flaw) -> Finding {
    // What begins as one of ours and is no longer of the form was changed. What never was one, nobody can compare with anything.
    if was_one {
        Finding::differs(Part::Container, MANIFEST, "form", flaw.to_string())
    } else {
        let what = format!(
            "it is not a court export in its container, or was packed anew: {flaw}. Unpack it and check the folder"
        );
        Finding::cannot(Part::Container, MANIFEST, "form", what)
    }
}

/// What the members hold, read once.
#[derive(Default)]
struct Held {
    documents: BTreeMap<Role, Vec<u8>>,
    exhibits: BTreeMap<ExhibitId, (String, Presented)>,
    /// Whether what says that it is a set is one.
    sets: Vec<Finding>,
}

fn check(
    parts: &dyn Parts,
    expected: &BTreeMap<String, Digest>,
    signatures: &Signatures<'_>,
    trust: &Trust<'_>,
    progress: Progress<'_>,
) -> Result<Vec<Finding>, Failure> {
    let (mut findings, mut held, mut sums) = (Vec::new(), Held::default(), Vec::new());
    let mut done = 0;
    for name in parts.names() {
        if name == "mimetype" || name.starts_with("META-INF/") {
            continue;
        }
        let Some(role) = Role::of(&name) else {
            findings.push(Finding::cannot(Part::Member, &name, "unknown", "a court export has no such member"));
            continue;
        };
        let digests = match read(parts, &name, &role, &mut held, &mut done, progress)? {
            Ok(digests) => digests,
            Err(finding) => {
                findings.push(finding);
                continue;
            }
        };
        if expected.get(&name).is_some_and(|sha256| *sha256 != digests) {
            findings.push(Finding::differs(
                Part::Member,
                &name,
                "digest",
                "its SHA-256 is not the one that was signed",
            ));
            if let Role::Exhibit(id) = role {
                held.exhibits.remove(&id);
            }
            held.documents.remove(&role);
            continue;
        }
        if role != Role::Sums {
            sums.push((name, digests));
        }
    }
    if let Some(found) = held.documents.get(&Role::Sums) {
        findings.extend(compare_sums(found, &sums));
    }
    findings.extend(documents::check(&held, signatures, trust));
    findings.append(&mut held.sets);
    Ok(findings)
}

/// What `sha256sum -c` would find, and what it would not: members that are not listed. The order does not matter; a folder has none.
fn compare_sums(found: &[u8], members: &[(String, Digest)]) -> Vec<Finding> {
    let line = |line: &str| {
        let (digest, name) = line.split_once("  ")?;
        Some((name.to_owned(), digest.parse::<Digest>().ok()?))
    };
    let text = std::str::from_utf8(found).unwrap_or_default();
    let listed: Option<BTreeMap<String, Digest>> = text.lines().map(line).collect();
    let sums = Role::Sums.name();
    let Some(mut listed) =
        listed.filter(|listed| sha256sums(listed.iter().map(|(n, d)| (n.as_str(), *d))).len() == found.len())
    else {
        return vec![Finding::differs(Part::Member, &sums, "form", "it is not a list of digests and names")];
    };
    let mut findings = Vec::new();
    for (name, digest) in members {
        match listed.remove(name) {
            Some(stated) if stated == *digest => {}
            Some(_) => {
                findings.push(Finding::differs(Part::Member, name, "sums", "its SHA-256 is not the one in SHA256SUMS"))
            }
            None => findings.push(Finding::differs(Part::Member, name, "sums", "SHA256SUMS does not list it")),
        }
    }
    let missing = listed
        .keys()
        .map(|name| Finding::cannot(Part::Member, name, "missing", "SHA256SUMS lists it, and it is not here"));
    findings.extend(missing);
    if findings.is_empty() {
        findings.push(Finding::matches(Part::Member, &sums, format!("the digests of all {} others", members.len())));
    }
    findings
}

/// Reads a member once: documents into memory, exhibits as a stream. Answers its SHA-256, or what is wrong with it.
fn read(
    parts: &dyn Parts,
    name: &str,
    role: &Role,
    held: &mut Held,
    done: &mut u64,
    progress: Progress<'_>,
) -> Result<Result<Digest, Finding>, Failure> {
    let before = *done;
    let mut source = match parts.open(name) {
        Ok(source) => source,
        Err(why) => return changed_or_fault(name, why),
    };
    if let Role::Exhibit(id) = role {
        let mut kept = None;
        let mut noting = Watching::new(Noting { source: &mut source, kept: &mut kept });
        let hashed = Digests::of(&mut noting, true, &mut |size| progress(before + size));
        let set = noting.finish();
        return match (hashed, kept) {
            (Ok((size, digests)), _) => {
                if name.ends_with(SET) {
                    held.sets.push(set_finding(name, set));
                }
                *done += size;
                held.exhibits.insert(*id, (name.to_owned(), Presented::Plain { size, digests }));
                Ok(Ok(digests.sha256))
            }
            (Err(Failure::Fault(_)), Some(why)) => changed_or_fault(name, why),
            (Err(failure), _) => Err(failure),
        };
    }
    let mut bytes = Vec::new();
    if let Err(why) = source.take(limit(role) + 1).read_to_end(&mut bytes) {
        return changed_or_fault(name, why);
    }
    if bytes.len() as u64 > limit(role) {
        let what = format!("it is larger than any document of its kind, {} bytes", limit(role));
        return Ok(Err(Finding::differs(Part::Member, name, "size", what)));
    }
    *done += bytes.len() as u64;
    let digest = Digest::of(&[&bytes]);
    held.documents.insert(role.clone(), bytes);
    Ok(Ok(digest))
}

/// What is inside an exhibit that says that it is a set.
fn set_finding(name: &str, set: Result<Index, Failure>) -> Finding {
    match set {
        Ok(index) => {
            let what = format!("its {} files are those that it lists, each with its digest", index.files.len());
            Finding::matches(Part::Set, name, what)
        }
        Err(flaw) => Finding::differs(Part::Set, name, "set", flaw.to_string()),
    }
}

/// Renderings grow with the number of documents; documents do not.
fn limit(role: &Role) -> u64 {
    match role {
        Role::Index | Role::Case | Role::Sums => 64 * DOCUMENT_MAX,
        Role::Document(_, _, Form::Salt) | Role::Custody(_, _, Form::Salt) => 16,
        _ => DOCUMENT_MAX,
    }
}

fn changed_or_fault<T>(name: &str, why: io::Error) -> Result<Result<T, Finding>, Failure> {
    match why.kind() {
        io::ErrorKind::InvalidData => Ok(Err(Finding::differs(Part::Member, name, "changed", why.to_string()))),
        _ => Err(Failure::source(why)),
    }
}

/// Remembers the error with which a source ended, which the hashing wraps.
struct Noting<'a, R> {
    source: R,
    kept: &'a mut Option<io::Error>,
}

impl<R: Read> Read for Noting<'_, R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        self.source.read(into).inspect_err(|why| {
            if why.kind() == io::ErrorKind::InvalidData {
                *self.kept = Some(io::Error::new(io::ErrorKind::InvalidData, why.to_string()));
            }
        })
    }
}

/// The authorities whose cards are needed and not trusted here, from a report's findings.
pub fn missing_cards(report: &Report) -> BTreeSet<String> {
    report.findings.iter().filter_map(|finding| finding.missing_card.clone()).collect()
}
