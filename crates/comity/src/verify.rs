//! `comity verify`: checks a court export, the folder into which one was unpacked, or a ledger proof, offline, with nothing but the cards that one
//! trusts. Three answers, never mixed: *matches*, *does not match* (what and where), *cannot be checked* (what is missing).
//!
//! A card that is named here is trusted as it is: its root's fingerprint is printed, to be compared with what the authority says of itself. No node
//! is asked, no configuration read. Exit status 0 only for *matches*, 8 for *does not match*, 1 for *cannot be checked*.

mod folder;

use std::fs::File;
use std::io::{self, IsTerminal as _, Read as _};
use std::ops::ControlFlow;
use std::os::unix::fs::FileExt as _;
use std::path::{Path, PathBuf};

use clap::Args;
use evidence::verify::{self, Proved, Report, Trust};
use evidence::{ReadAt, Verdict};
use ledger::Policy;
use ledger::proof_text::HEADER;
use node::Proofs;
use seal::{Card, SignedCard};
use serde_json::json;
use terms::Moment;

use crate::{Ended, FAILURE, NOT_FOUND, USAGE, VERIFICATION, now, say, time_roots};
use folder::Folder;

/// The most bytes of a card, a policy or a root that are read.
const SMALL: u64 = 1024 * 1024;

/// Check an export or a proof, offline.
#[derive(Args)]
#[command(after_long_help = "\
Examples:
  comity verify docket.asice --card es.moj.card.json --card ma.moj.card.json
  comity verify docket.asice --card … --quorum 2            any two of the authorities cosigned the logs
  comity verify docket.asice --card … --policy court.policy the policy of a court (C2SP tlog-policy)
  comity verify unpacked/ --card …                          the folder into which it was unpacked
  comity verify act.tlog-proof --card …                     a ledger proof alone
  comity verify act.tlog-proof --card … --document ID.json  with what it is about; the signature lies beside it as ID.p7s
  comity verify docket.asice --card … --json

Answers: “matches” (exit status 0), “does not match” (8), “cannot be checked” (1); the worst of all parts counts. A card is trusted because it
is named here: compare the fingerprint that is printed with what the authority says of itself.")]
pub struct Verify {
    /// The export, the folder into which it was unpacked, or a proof.
    what: PathBuf,
    /// The card of an authority that is trusted; may be repeated.
    #[arg(long = "card", value_name = "FILE")]
    cards: Vec<PathBuf>,
    /// How many of the other authorities must have cosigned a log. Otherwise one, if any other is trusted.
    #[arg(long, value_name = "N", conflicts_with = "policy")]
    quorum: Option<usize>,
    /// A policy that says whose cosignatures are enough (C2SP tlog-policy).
    #[arg(long, value_name = "FILE")]
    policy: Option<PathBuf>,
    /// The signed document that a proof is about, its signature beside it: the same name, ending in .p7s.
    #[arg(long, value_name = "FILE")]
    document: Option<PathBuf>,
    /// The root of a time-stamping authority that is trusted, in PEM; may be repeated.
    #[arg(long = "time-root", value_name = "FILE")]
    time_roots: Vec<PathBuf>,
    /// As of which moment, for example 2026-11-24T08:15:00Z. Otherwise now.
    #[arg(long, value_name = "MOMENT")]
    at: Option<Moment>,
    /// The report as one JSON document.
    #[arg(long)]
    json: bool,
    /// Only what does not match or cannot be checked, and the answer.
    #[arg(long, conflicts_with = "json")]
    quiet: bool,
}

impl Verify {
    /// Checks, prints, and ends with the status of the answer.
    pub fn run(self) -> Result<(), Ended> {
        let cards = self.cards.iter().map(|path| card(path)).collect::<Result<Vec<_>, _>>()?;
        let time_roots = time_roots::read(self.time_roots.iter().map(PathBuf::as_path))?;
        let proofs = match &self.policy {
            Some(path) => {
                let policy = Policy::parse(&small(path)?);
                let policy = policy.map_err(|why| Ended::new(USAGE, format!("{} is no policy: {why}", path.display())));
                Proofs::under(&policy?, time_roots.clone())
            }
            None => Proofs::of(&cards, self.quorum, time_roots.clone()).map_err(|why| Ended::new(USAGE, why))?,
        };
        let at = self.at.map_or_else(now, Ok)?;
        let trust = Trust { cards: &cards, time_roots: &time_roots, proofs: Some(&proofs), now: at };
        let meta = std::fs::metadata(&self.what).map_err(|why| absent(&self.what, &why))?;
        let report = if meta.is_dir() {
            verify::parts(&Folder::open(&self.what)?, &trust, &mut watched()).map_err(unreadable)?
        } else if begins_as_proof(&self.what)? {
            match &self.document {
                None => return self.proof_alone(&proofs, at),
                Some(document) => {
                    let (signed, signature) = (small(document)?, small(&document.with_extension("p7s"))?);
                    let proof = small(&self.what)?;
                    verify::document(&document.display().to_string(), &signed, &signature, Some(&proof), &trust)
                }
            }
        } else {
            let file = File::open(&self.what).map_err(|why| absent(&self.what, &why))?;
            verify::container(Stored(file), &trust, &mut watched()).map_err(unreadable)?
        };
        self.tell(&cards, &report)
    }

    fn proof_alone(&self, proofs: &Proofs, at: Moment) -> Result<(), Ended> {
        let Proved { verdict, what, existed } = proofs.alone(&small(&self.what)?, at);
        if self.json {
            say(
                json!({"v": "comity.proof-verification/1", "time": at, "verdict": verdict, "what": what, "existed": existed}),
            );
        } else {
            say(format!("{verdict}: {what}"));
        }
        ended(verdict)
    }

    fn tell(&self, cards: &[Card], report: &Report) -> Result<(), Ended> {
        if self.json {
            say(serde_json::to_string(report).map_err(|why| Ended::new(FAILURE, why))?);
            return ended(report.verdict);
        }
        for card in cards {
            let aloud = card.root().certificate().fingerprint().for_reading_aloud();
            say(format!("trusted            {}  root {aloud}", card.authority()));
        }
        for finding in &report.findings {
            if !self.quiet || finding.verdict != Verdict::Matches {
                say(finding);
            }
        }
        say("");
        say(match report.verdict {
            Verdict::Matches => {
                format!("{}: matches. All {} parts were checked and agree.", self.what.display(), report.findings.len())
            }
            Verdict::DoesNotMatch => format!("{}: does not match. What differs is named above.", self.what.display()),
            Verdict::CannotBeChecked => {
                let missing = verify::missing_cards(report);
                let hint = if missing.is_empty() {
                    String::new()
                } else {
                    format!(" A card of {} would help.", missing.into_iter().collect::<Vec<_>>().join(", "))
                };
                format!("{}: cannot be checked. What is missing is named above.{hint}", self.what.display())
            }
        });
        ended(report.verdict)
    }
}

/// The status with which an answer ends.
fn ended(verdict: Verdict) -> Result<(), Ended> {
    match verdict {
        Verdict::Matches => Ok(()),
        Verdict::DoesNotMatch => Err(Ended::new(VERIFICATION, "")),
        Verdict::CannotBeChecked => Err(Ended::new(FAILURE, "")),
    }
}

/// Whether a file begins as a ledger proof.
fn begins_as_proof(path: &Path) -> Result<bool, Ended> {
    let mut begins = vec![0; HEADER.len()];
    let mut file = File::open(path).map_err(|why| absent(path, &why))?;
    Ok(file.read_exact(&mut begins).is_ok() && begins == HEADER.as_bytes())
}

/// Reads a card and takes it as trusted: that is what naming it here means.
fn card(path: &Path) -> Result<Card, Ended> {
    let bad = |flaw: seal::Flaw| Ended::new(USAGE, format!("{} is no card: {flaw}.", path.display()));
    let claimed = SignedCard::parse(&small(path)?).and_then(|signed| signed.claim()).map_err(bad)?;
    let root = claimed.root_fingerprint();
    claimed.approve(&root).map_err(bad)
}

/// Reads a small file whole.
pub fn small(path: &Path) -> Result<Vec<u8>, Ended> {
    let file = File::open(path).map_err(|why| absent(path, &why))?;
    let mut bytes = Vec::new();
    file.take(SMALL + 1).read_to_end(&mut bytes).map_err(|why| absent(path, &why))?;
    if bytes.len() as u64 > SMALL {
        return Err(Ended::new(USAGE, format!("{} is larger than any such file.", path.display())));
    }
    Ok(bytes)
}

fn absent(path: &Path, why: &io::Error) -> Ended {
    let code = if why.kind() == io::ErrorKind::NotFound { NOT_FOUND } else { FAILURE };
    Ended::new(code, format!("{} cannot be read: {why}", path.display()))
}

fn unreadable(failure: evidence::Failure) -> Ended {
    Ended::new(FAILURE, failure)
}

/// A container on the disk.
struct Stored(File);

impl ReadAt for Stored {
    fn size(&self) -> io::Result<u64> {
        Ok(self.0.metadata()?.len())
    }
    fn read_exact_at(&self, offset: u64, into: &mut [u8]) -> io::Result<()> {
        self.0.read_exact_at(into, offset)
    }
}

/// Says on a terminal how far it is; large exhibits take a while.
fn watched() -> impl FnMut(u64) -> ControlFlow<()> {
    let terminal = io::stderr().is_terminal();
    let mut told = 0;
    move |done| {
        let now = done >> 28;
        if terminal && now > told {
            told = now;
            eprint!("\r{:.1} GiB read", done as f64 / f64::from(1 << 30));
        }
        ControlFlow::Continue(())
    }
}
