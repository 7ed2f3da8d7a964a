//! Ledger proofs that others made, checked under a policy: whose cosignatures are enough. The keys are those that the trusted cards name. A node looks at what
//! it takes in by this, and `comity verify` at what it is given, so both find the same.
//!
//! A proof also shows by when its document existed: by the moment at which the policy's quorum had cosigned, or by that of a time stamp on the
//! checkpoint, under a root that the reader named; whichever is earlier. A time stamp does not make up for cosignatures that the policy asks for.

use evidence::Verdict;
use evidence::verify::{Existed, ProofCheck, Proved, Subject};
use ledger::proof_text::{Answer, Expected, TlogProof};
use ledger::{LeafDisclosure, LeafKind, Policy, VerifierKey};
use seal::timestamp::ReceivedToken;
use seal::{Card, Flaw, Stamped, TimeRoots};
use terms::Moment;

/// Clocks differ: a time stamp so many seconds ahead is not yet suspect.
const AHEAD_MAX: i64 = 300;

/// Whom the reader believes.
pub struct Proofs {
    /// By log: one policy for all if the reader brought one, else one for each card's log.
    policies: Vec<(VerifierKey, Policy)>,
    time_roots: TimeRoots,
}

/// Why nothing can be checked as it was asked.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NoPolicy {
    /// A card names a key that is none.
    #[error("a card's ledger key: {0}")]
    Key(String),
    /// More cosignatures are asked for than other authorities are trusted.
    #[error("{asked} cosignatures are asked for, and only {others} other authorities are trusted: name their cards.")]
    Quorum {
        /// So many are asked for.
        asked: usize,
        /// So many others are trusted.
        others: usize,
    },
    /// The policy made of them is none.
    #[error("{0}")]
    Policy(String),
}

impl Proofs {
    /// Under one policy for all logs that it names.
    pub fn under(policy: &Policy, time_roots: TimeRoots) -> Self {
        let policies = policy.logs().iter().map(|log| (log.clone(), policy.clone())).collect();
        Self { policies, time_roots }
    }
    /// Of the trusted cards: any so many of the others must have cosigned; absent: one, if there are others.
    pub fn of(cards: &[Card], quorum: Option<usize>, time_roots: TimeRoots) -> Result<Self, NoPolicy> {
        let key = |text: &str| text.parse::<VerifierKey>().map_err(|why| NoPolicy::Key(why.to_string()));
        let mut policies = Vec::new();
        for card in cards {
            let log = key(&card.statement().ledger.key)?;
            let others = cards.iter().filter(|other| other.authority() != card.authority());
            let witnesses =
                others.map(|other| key(&other.statement().ledger.witness)).collect::<Result<Vec<_>, _>>()?;
            let asked = quorum.unwrap_or(usize::from(!witnesses.is_empty()));
            if asked > witnesses.len() {
                return Err(NoPolicy::Quorum { asked, others: witnesses.len() });
            }
            let logs = std::slice::from_ref(&log);
            let policy = if asked == 0 { Policy::unwitnessed(logs) } else { Policy::any_of(asked, logs, &witnesses) };
            policies.push((log.clone(), policy.map_err(|why| NoPolicy::Policy(why.to_string()))?));
        }
        Ok(Self { policies, time_roots })
    }

    fn policy(&self, proof: &TlogProof) -> Option<&Policy> {
        let origin = proof.checkpoint.checkpoint().origin.as_str().to_owned();
        self.policies.iter().find(|(log, _)| log.name().as_str() == origin).map(|(_, policy)| policy)
    }

    /// Checks a proof by itself: that what it discloses stands in the log.
    pub fn alone(&self, bytes: &[u8], at: Moment) -> Proved {
        let opened = TlogProof::parse_all(bytes).and_then(|all| all[0].disclosure().map(|disclosed| (all, disclosed)));
        let (proofs, disclosed) = match opened {
            Ok(opened) => opened,
            Err(why) => return cannot(why.to_string()),
        };
        let what = format!("the {} with id {}", disclosed.kind, disclosed.id);
        self.all(&proofs, &disclosed, &what, at)
    }

    /// What proofs of one entry say together: none may contradict itself; the first that matches tells, and the earliest moment of any counts.
    fn all(&self, proofs: &[TlogProof], disclosed: &LeafDisclosure, what: &str, now: Moment) -> Proved {
        let one = |proof: &TlogProof| match self.policy(proof) {
            Some(policy) => self.told(proof, proof.check(&disclosed.leaf_hash(), policy, Some(now)), what, now),
            None => cannot(unknown_log(proof)),
        };
        let mut all: Vec<Proved> = proofs.iter().map(one).collect();
        let worst = all.iter().position(|one| one.verdict == Verdict::DoesNotMatch);
        let at = worst.or_else(|| all.iter().position(|one| one.verdict == Verdict::Matches)).unwrap_or(0);
        let earliest = all.iter().filter_map(|one| one.existed.clone()).min_by_key(|existed| existed.by);
        let mut told = all.swap_remove(at);
        if let Some(earliest) = earliest.filter(|_| worst.is_none())
            && told.existed.as_ref().is_none_or(|known| earliest.by < known.by)
        {
            told.what
                .push_str(&format!("; an earlier head shows that it existed by {}, {}", earliest.by, earliest.basis));
            told.existed = Some(earliest);
        }
        told
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
        let proofs = match TlogProof::parse_all(proof) {
            Ok(proofs) => proofs,
            Err(why) => return differs(why.to_string()),
        };
        let disclosed = match proofs[0].disclosure() {
            Ok(disclosed) => disclosed,
            Err(why) => return cannot(format!("the disclosure: {why}")),
        };
        let Ok(kind) = subject.kind.parse::<LeafKind>() else {
            return cannot(format!("a log holds nothing of the kind {}", subject.kind));
        };
        let expected = Expected { kind, id: subject.id, signature: subject.signature.to_vec() };
        if !expected.is_opened_by(&disclosed) {
            return differs(
                "the disclosure: the proof is for another entry, or for another signature under it".to_owned(),
            );
        }
        self.all(&proofs, &disclosed, "it", now)
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

#[cfg(test)]
mod tests {
    use ledger::submission::Submission;
    use ledger::witness::consider;
    use ledger::{
        Checkpoint, ConsistencyProof, Frontier, InclusionProof, KeyKind, NoteSigner as _, SoftSigner, StoredHash,
    };
    use terms::{Digest, Salt};

    use super::*;

    fn at(seconds: i64) -> Moment {
        Moment::from_unix(seconds).expect("a moment")
    }

    /// A file with two proofs of one leaf: under the second head both witnesses cosigned at second 100, under the first only one, at second 10.
    fn file() -> (Proofs, String) {
        let origin = "es.moj/ledger/1";
        let signer =
            |name: &str, kind, byte| SoftSigner::new(name.parse().expect("a name"), kind, &[byte; 32]).expect("a key");
        let log = signer(origin, KeyKind::Log, 1);
        let witnesses =
            [signer("ma.moj/witness", KeyKind::Cosigner, 2), signer("fr.moj/witness", KeyKind::Cosigner, 3)];
        let disclosed = LeafDisclosure::new(LeafKind::Act, Digest::of(&[b"act"]), b"signature", Salt::new([7; 16]));
        let mut frontier = Frontier::default();
        let mut hashes: Vec<StoredHash> = Vec::new();
        let mut proof = |cosigners: usize, time| {
            let beside = if frontier.size() == 0 {
                disclosed
            } else {
                LeafDisclosure::padding(Digest::of(&[b"x"]), Salt::new([8; 16]))
            };
            hashes.extend(frontier.append(beside.leaf_hash()).expect("not full"));
            let head = Checkpoint::new(origin.parse().expect("an origin"), frontier.size(), frontier.root());
            let mut checkpoint = head.sign(&log).expect("signed");
            for witness in witnesses.iter().take(cosigners) {
                let proof = ConsistencyProof::default();
                let submission = Submission { old_size: 0, proof, checkpoint: checkpoint.clone() };
                let accepted = consider(std::slice::from_ref(log.key()), None, &submission).expect("first seen");
                let line = accepted.cosign_stored(at(time), witness).expect("cosigned");
                checkpoint.add_cosignature(line, witness.key()).expect("valid");
            }
            let inclusion = InclusionProof(if cosigners == 1 { vec![] } else { vec![beside.leaf_hash()] });
            TlogProof { extra: Some(disclosed.to_bytes()), index: 0, inclusion, checkpoint }.to_string()
        };
        let (first, second) = (proof(1, 10), proof(2, 100));
        let keys = witnesses.map(|witness| witness.key().clone());
        let policy = Policy::any_of(1, std::slice::from_ref(log.key()), &keys).expect("a policy");
        let time_roots = TimeRoots::new([]).expect("none");
        (Proofs { policies: vec![(log.key().clone(), policy)], time_roots }, format!("{second}\n{first}"))
    }

    #[test]
    fn of_several_heads_the_earliest_says_by_when_it_existed_and_none_may_be_wrong() {
        let (proofs, text) = file();
        let author = "es.moj".parse().expect("an authority");
        let subject = Subject { kind: "act", id: Digest::of(&[b"act"]), signature: b"signature", author: &author };
        let now = at(1_000);
        for told in [proofs.alone(text.as_bytes(), now), proofs.check(&subject, text.as_bytes(), now)] {
            assert_eq!(told.verdict, Verdict::Matches, "{}", told.what);
            assert_eq!(told.existed.map(|existed| existed.by), Some(at(10)), "{}", told.what);
            assert!(told.what.contains("fr.moj/witness"), "{}", told.what);
        }
        let other = Subject { signature: b"another", ..subject };
        assert_eq!(proofs.check(&other, text.as_bytes(), now).verdict, Verdict::DoesNotMatch);
        // A letter or digit altered, in either proof: it never says the same. At best a cosignature less counts.
        let good = proofs.check(&subject, text.as_bytes(), now).what;
        for place in (0..text.len()).filter(|place| text.as_bytes()[*place].is_ascii_alphanumeric()) {
            let mut altered = text.clone().into_bytes();
            altered[place] = if altered[place] == b'x' { b'y' } else { b'x' };
            let told = proofs.check(&subject, &altered, now);
            assert!(told.verdict != Verdict::Matches || told.what != good, "letter {place} of\n{text}\n{}", told.what);
        }
    }
}
