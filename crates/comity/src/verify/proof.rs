//! Ledger proofs, checked under a policy: whose cosignatures are enough. The keys are those that the trusted cards name.

use std::fs::File;
use std::io::Read as _;
use std::path::Path;

use evidence::Verdict;
use evidence::verify::{ProofCheck, Subject};
use ledger::proof_text::{Answer, Expected, HEADER, TlogProof, check_file};
use ledger::{LeafKind, Policy, VerifierKey};
use seal::Card;
use terms::Moment;

use super::{absent, small};
use crate::{Ended, USAGE};

/// The policies by log: one for all if the reader brought one, else one for each card's log.
pub struct Proofs(Vec<(VerifierKey, Policy)>);

/// Whether a file begins as a ledger proof.
pub fn is_one(path: &Path) -> Result<bool, Ended> {
    let mut begins = vec![0; HEADER.len()];
    let mut file = File::open(path).map_err(|why| absent(path, &why))?;
    Ok(file.read_exact(&mut begins).is_ok() && begins == HEADER.as_bytes())
}

impl Proofs {
    /// From the trusted cards and what the reader asks for.
    pub fn new(cards: &[Card], quorum: Option<usize>, policy: Option<&Path>) -> Result<Self, Ended> {
        if let Some(path) = policy {
            let policy = Policy::parse(&small(path)?);
            let policy = policy.map_err(|why| Ended::new(USAGE, format!("{} is no policy: {why}", path.display())))?;
            return Ok(Self(policy.logs().iter().map(|log| (log.clone(), policy.clone())).collect()));
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
        Ok(Self(all))
    }

    fn policy(&self, proof: &TlogProof) -> Option<&Policy> {
        let origin = proof.checkpoint.checkpoint().origin.as_str().to_owned();
        self.0.iter().find(|(log, _)| log.name().as_str() == origin).map(|(_, policy)| policy)
    }

    /// Checks a proof by itself: that what it discloses stands in the log.
    pub fn alone(&self, bytes: &[u8], at: Moment) -> (Verdict, String) {
        let opened = TlogProof::parse(bytes).and_then(|proof| proof.disclosure().map(|disclosed| (proof, disclosed)));
        let (proof, disclosed) = match opened {
            Ok(opened) => opened,
            Err(why) => return (Verdict::CannotBeChecked, why.to_string()),
        };
        let what = format!("the {} with id {}", disclosed.kind, disclosed.id);
        match self.policy(&proof) {
            Some(policy) => told(proof.check(&disclosed.leaf_hash(), policy, Some(at)), &what),
            None => (Verdict::CannotBeChecked, unknown_log(&proof)),
        }
    }
}

impl ProofCheck for Proofs {
    fn check(&self, subject: &Subject<'_>, proof: &[u8], now: Moment) -> (Verdict, String) {
        let read = match TlogProof::parse(proof) {
            Ok(read) => read,
            Err(why) => return (Verdict::DoesNotMatch, why.to_string()),
        };
        let Some(policy) = self.policy(&read) else { return (Verdict::CannotBeChecked, unknown_log(&read)) };
        let Ok(kind) = subject.kind.parse::<LeafKind>() else {
            return (Verdict::CannotBeChecked, format!("a log holds nothing of the kind {}", subject.kind));
        };
        let expected = Expected { kind, id: subject.id, signature: subject.signature.to_vec() };
        told(check_file(proof, &expected, policy, Some(now)), "it")
    }
}

fn unknown_log(proof: &TlogProof) -> String {
    let origin = &proof.checkpoint.checkpoint().origin;
    format!("no trusted card names the log {origin}")
}

fn told(answer: Answer, what: &str) -> (Verdict, String) {
    match answer {
        Answer::Matches(proven) => {
            let by: Vec<String> = proven.cosigned.iter().map(|(name, time)| format!("{name} at {time}")).collect();
            let by =
                if by.is_empty() { "cosigned by nobody".to_owned() } else { format!("cosigned by {}", by.join(", ")) };
            let existed = proven.existed_by.map(|time| format!("; it existed by {time}")).unwrap_or_default();
            (
                Verdict::Matches,
                format!(
                    "{what} stands at place {} of {} in the log {}, {by}{existed}",
                    proven.index, proven.size, proven.origin
                ),
            )
        }
        Answer::DoesNotMatch(finding) => (Verdict::DoesNotMatch, format!("{}: {}", finding.place, finding.what)),
        Answer::CannotBeChecked(finding) => (Verdict::CannotBeChecked, format!("{}: {}", finding.place, finding.what)),
    }
}
