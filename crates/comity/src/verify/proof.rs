//! Ledger proofs, checked under a policy: whose cosignatures are enough. The keys are those that the trusted cards name.
//!
//! A proof also shows by when its document existed: by the moment at which the policy's quorum had cosigned, or by that of a time stamp on the
//! checkpoint, under a root that the reader named; whichever is earlier. A time stamp does not make up for cosignatures that the policy asks for.

use std::fs::File;
use std::io::Read as _;
use std::path::Path;

use evidence::Verdict;
use evidence::verify::{Existed, ProofCheck, Proved, Subject};
use ledger::proof_text::{Answer, Expected, HEADER, TlogProof, check_file};
use ledger::{LeafKind, Policy, VerifierKey};
use seal::timestamp::ReceivedToken;
use seal::{Card, Flaw, Stamped, TimeRoots};
use terms::Moment;

use super::{absent, small};
use crate::{Ended, USAGE};

/// Clocks differ: a time stamp so many seconds ahead is not yet suspect.
const AHEAD_MAX: i64 = 300;

/// Whom the reader believes.
pub struct Proofs {
    /// By log: one policy for all if the reader brought one, else one for each card's log.
    policies: Vec<(VerifierKey, Policy)>,
    time_roots: TimeRoots,
}

/// Whether a file begins as a ledger proof.
pub fn is_one(path: &Path) -> Result<bool, Ended> {
    let mut begins = vec![0; HEADER.len()];
    let mut file = File::open(path).map_err(|why| absent(path, &why))?;
    Ok(file.read_exact(&mut begins).is_ok() && begins == HEADER.as_bytes())
}

impl Proofs {
    /// From the trusted cards and what the reader asks for.
    pub fn new(
        cards: &[Card],
        quorum: Option<usize>,
        policy: Option<&Path>,
        time_roots: TimeRoots,
    ) -> Result<Self, Ended> {
        if let Some(path) = policy {
            let policy = Policy::parse(&small(path)?);
            let policy = policy.map_err(|why| Ended::new(USAGE, format!("{} is no policy: {why}", path.display())))?;
            let policies = policy.logs().iter().map(|log| (log.clone(), policy.clone())).collect();
            return Ok(Self { policies, time_roots });
        }
        let key = |text: &str| {
            text.parse::<VerifierKey>().map_err(|why| Ended::new(USAGE, format!("a card's ledger key: {why}")))
        };
        let mut all = Vec::new();
        for card in cards {
            let log = key(&card.statement().ledger.key)?;
            let others = cards.iter().filter(|other| other.authority() != card.authority());
            let witnesses =
                others.map(|other| key(&other.statement().ledger.witness)).collect::<Result<Vec<_>, _>>()?;
            let quorum = quorum.unwrap_or(usize::from(!witnesses.is_empty()));
            if quorum > witnesses.len() {
                let sentence = format!(
                    "{quorum} cosignatures are asked for, and only {} other authorities are trusted: name their cards.",
                    witnesses.len()
                );
                return Err(Ended::new(USAGE, sentence));
            }
            let logs = std::slice::from_ref(&log);
            let policy = if quorum == 0 { Policy::unwitnessed(logs) } else { Policy::any_of(quorum, logs, &witnesses) };
            all.push((log.clone(), policy.map_err(|why| Ended::new(USAGE, why))?));
        }
        Ok(Self { policies: all, time_roots })
    }

    fn policy(&self, proof: &TlogProof) -> Option<&Policy> {
        let origin = proof.checkpoint.checkpoint().origin.as_str().to_owned();
        self.policies.iter().find(|(log, _)| log.name().as_str() == origin).map(|(_, policy)| policy)
    }

    /// Checks a proof by itself: that what it discloses stands in the log.
    pub fn alone(&self, bytes: &[u8], at: Moment) -> Proved {
        let opened = TlogProof::parse(bytes).and_then(|proof| proof.disclosure().map(|disclosed| (proof, disclosed)));
        let (proof, disclosed) = match opened {
            Ok(opened) => opened,
            Err(why) => return cannot(why.to_string()),
        };
        let what = format!("the {} with id {}", disclosed.kind, disclosed.id);
        match self.policy(&proof) {
            Some(policy) => self.told(&proof, proof.check(&disclosed.leaf_hash(), policy, Some(at)), &what, at),
            None => cannot(unknown_log(&proof)),
        }
    }

    /// What an answer says, with what the time stamps on the checkpoint add.
    fn told(&self, proof: &TlogProof, answer: Answer, what: &str, now: Moment) -> Proved {
        let origin = &proof.checkpoint.checkpoint().origin;
        let (verdict, mut what, quorum) = match answer {
            Answer::DoesNotMatch(finding) => return differs(format!("{}: {}", finding.place, finding.what)),
            // The path leads from the entry to the root, and the log signed it: what was stamped is above the entry.
            Answer::CannotBeChecked(finding) if finding.code == "ledger.quorum" => {
                (Verdict::CannotBeChecked, format!("{}: {}", finding.place, finding.what), None)
            }
            Answer::CannotBeChecked(finding) => return cannot(format!("{}: {}", finding.place, finding.what)),
            Answer::Matches(proven) => {
                let by: Vec<String> = proven.cosigned.iter().map(|(name, time)| format!("{name} at {time}")).collect();
                let by = if by.is_empty() { "nobody".to_owned() } else { by.join(", ") };
                let quorum = proven
                    .existed_by
                    .map(|at| Existed { by: at, basis: format!("cosigned in the log {origin} by {by}") });
                let place = format!("{what} stands at place {} of {} in the log {origin}", proven.index, proven.size);
                (Verdict::Matches, format!("{place}, cosigned by {by}"), quorum)
            }
        };
        let stamps = match self.stamps(proof) {
            Ok(stamps) => stamps,
            Err(flaw) => return differs(format!("the time stamp: {flaw}")),
        };
        let mut existed = quorum;
        for stamp in stamps {
            let Some(stamped) = stamp else {
                what.push_str("; it bears a time stamp under no root that is trusted here");
                continue;
            };
            let notice =
                if stamped.demonstration { " (for demonstration and tests only, it proves nothing)" } else { "" };
            what.push_str(&format!("; time-stamped by {} at {}{notice}", stamped.authority, stamped.by));
            let earlier = existed.as_ref().is_none_or(|known| stamped.by < known.by);
            if earlier && !stamped.demonstration && stamped.by.unix() <= now.unix() + AHEAD_MAX {
                let basis = format!("under a head of the log {origin} that {} time-stamped", stamped.authority);
                existed = Some(Existed { by: stamped.by, basis });
            }
        }
        if let Some(existed) = &existed {
            what.push_str(&format!("; it existed by {}", existed.by));
        }
        Proved { verdict, what, existed }
    }

    /// The time stamps on a proof's checkpoint: each read and believed, or under no root that is trusted.
    fn stamps(&self, proof: &TlogProof) -> Result<Vec<Option<Stamped>>, Flaw> {
        let note = proof.checkpoint.note();
        let imprint = ledger::stamp::imprint(note);
        let read = |token: &[u8]| match ReceivedToken::parse(token)?.verify(&imprint, &self.time_roots) {
            Ok(stamped) => Ok(Some(stamped)),
            Err(Flaw::TimeStampUntrusted(_)) => Ok(None),
            Err(flaw) => Err(flaw),
        };
        ledger::stamp::tokens(note).map(read).collect()
    }
}

impl ProofCheck for Proofs {
    fn check(&self, subject: &Subject<'_>, proof: &[u8], now: Moment) -> Proved {
        let read = match TlogProof::parse(proof) {
            Ok(read) => read,
            Err(why) => return differs(why.to_string()),
        };
        let Some(policy) = self.policy(&read) else { return cannot(unknown_log(&read)) };
        let Ok(kind) = subject.kind.parse::<LeafKind>() else {
            return cannot(format!("a log holds nothing of the kind {}", subject.kind));
        };
        let expected = Expected { kind, id: subject.id, signature: subject.signature.to_vec() };
        self.told(&read, check_file(proof, &expected, policy, Some(now)), "it", now)
    }
}

fn unknown_log(proof: &TlogProof) -> String {
    let origin = &proof.checkpoint.checkpoint().origin;
    format!("no trusted card names the log {origin}")
}

fn cannot(what: String) -> Proved {
    Proved { verdict: Verdict::CannotBeChecked, what, existed: None }
}

fn differs(what: String) -> Proved {
    Proved { verdict: Verdict::DoesNotMatch, what, existed: None }
}
