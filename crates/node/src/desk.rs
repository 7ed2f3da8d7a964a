//! What this node answers to its peers: envelopes taken, exhibits given, card and ledger shown; and whom it speaks to at all.
//!
//! Who is a peer is answered from memory at every request; memory is renewed by every change here and, once a second, by what other processes
//! of this node changed. Whoever may not have an exhibit is answered as if there were none.

use exchange::{Answer, Cosigned, Denial, Desk, Exhibit, Pins, Refused, WitnessRefusal};
use ledger::tile::Tile;
use terms::{AuthorityId, ExhibitId};

use crate::Trouble;
use crate::admit::Taken;
use crate::depot::Served;
use crate::node::Node;
use crate::sequence::Hashes;
use crate::{recover, round};

impl Pins for Node {
    fn authority_of(&self, certificate: &[u8]) -> Option<AuthorityId> {
        let (trusted, now) = (self.0.believed(), self.now());
        let names = |authority: &&AuthorityId| {
            trusted.peer(authority).is_some_and(|card| {
                card.statement()
                    .tls
                    .iter()
                    .any(|entry| entry.certificate.der() == certificate && (entry.since..=entry.until).contains(&now))
            })
        };
        trusted.peers().find(names).cloned()
    }
}

impl Desk for Node {
    fn take(&self, from: &AuthorityId, envelopes: Vec<Vec<u8>>) -> Vec<Answer> {
        self.receive(from, envelopes).into_iter().map(answer).collect()
    }
    fn exhibit(&self, from: &AuthorityId, exhibit: &ExhibitId) -> Result<Exhibit, Denial> {
        let none = || Denial::Refused(Refused::new("node.no-exhibit", "there is no such exhibit for you here", true));
        let later = |trouble: Trouble| {
            tracing::error!(%from, %exhibit, %trouble, "an exhibit was not given");
            Denial::Later { after_seconds: 5 }
        };
        let found = self.0.read(|tx| self.0.transmitted_to(tx, from, exhibit)).map_err(later)?;
        let entry = found.ok_or_else(none)?;
        let size = entry.sealed_size().map_err(|_| none())?;
        let blob = self.0.depot.blobs.get(exhibit).map_err(|why| {
            tracing::error!(%exhibit, %why, "an exhibit cannot be read");
            Denial::Later { after_seconds: 60 }
        })?;
        Ok(Exhibit { size, source: Box::new(Served::new(blob)) })
    }
    fn card(&self) -> Vec<u8> {
        self.card_file()
    }
    fn add_checkpoint(&self, from: &AuthorityId, body: Vec<u8>) -> Cosigned {
        self.cosign(from, &body).unwrap_or_else(|trouble| {
            tracing::error!(%from, %trouble, "a checkpoint could not be considered");
            Err(WitnessRefusal::Later { after_seconds: 30 })
        })
    }
    fn ledger_file(&self, from: &AuthorityId, path: &str) -> Option<Vec<u8>> {
        self.ledger_file_at(from, path).unwrap_or_else(|trouble| {
            tracing::error!(path, %trouble, "a file of the ledger was not given");
            None
        })
    }
}

impl Node {
    /// A file of this node's log: the head of its last round, a tile of the tree below it, the proof of an act for a party of its docket, or the head
    /// of another log as it was seen here. A node that recovers shows no log: it may be an old one.
    fn ledger_file_at(&self, from: &AuthorityId, path: &str) -> Result<Option<Vec<u8>>, Trouble> {
        let generation = self.0.hands().generation();
        self.0.read(|tx| {
            if recover::recovering(tx)?.is_some() {
                return Ok(None);
            }
            if let Some(origin) = path.strip_prefix("seen/") {
                return Self::seen_of(tx, origin);
            }
            if let Some(act) = path.strip_prefix("proof/") {
                let Ok(act) = act.parse() else { return Ok(None) };
                let proof = self.0.proof_for(tx, from, &act)?;
                return Ok(proof.map(String::into_bytes));
            }
            let Some(round) = round::last(tx, generation)? else { return Ok(None) };
            if path == "checkpoint" {
                return Ok(Some(round.checkpoint.into_bytes()));
            }
            let size = round.head()?.checkpoint().size;
            let Ok(tile) = path.parse::<Tile>() else { return Ok(None) };
            let last = tile.nodes().last().copied();
            if last.and_then(|node| node.end()).is_none_or(|end| end > size) {
                return Ok(None);
            }
            Ok(Some(tile.build(&mut Hashes { tx, generation })?))
        })
    }
}

fn answer(taken: Taken) -> Answer {
    match taken {
        Taken::Yes => Answer::Taken,
        Taken::Refused { code, sentence } => Answer::Refused(Refused::new(&code, &sentence, true)),
        Taken::Later { seconds } => Answer::Later { after_seconds: u64::from(seconds) },
    }
}
