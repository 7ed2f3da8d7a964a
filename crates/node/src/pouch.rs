//! The pouch: what is due for a peer, as a file on a medium; and such a file from a peer.
//!
//! The same envelopes as on the network (`docs/spec/exchange.md`, *Pouch*). What was written into a pouch waits for its receipt like anything that was
//! carried, and is carried again if none comes; so a pouch that is lost costs time and nothing else. Exhibits do not travel in it yet.

use std::io::{Read, Write};

use exchange::{Part, PouchFlaw, PouchReader, PouchWriter};
use serde::Serialize;
use store::outbox;
use terms::{AuthorityId, Moment, Refusal};

use crate::actor::{Action, Actor};
use crate::admit::Taken;
use crate::node::Node;
use crate::{Trouble, world};

/// What became of a pouch that was read.
#[derive(Debug, Clone, Serialize)]
pub struct PouchRead {
    /// Who says that it made it.
    pub from: AuthorityId,
    /// When, by its maker's clock.
    pub created: Moment,
    /// Which part it is.
    pub part: u32,
    /// Of how many.
    pub parts: u32,
    /// How many envelopes were taken.
    pub taken: usize,
    /// Why others were not.
    pub refused: Vec<String>,
}

impl Node {
    /// Writes everything that is due for a peer, or waits for its receipt, into a pouch of one part. Gives how many envelopes.
    pub fn pouch_out(&self, actor: &Actor, peer: &AuthorityId, sink: &mut dyn Write) -> Result<usize, Trouble> {
        actor.may(Action::Operate)?;
        if !self.0.believed().approved(peer) {
            return Trouble::refuse("node.not-a-peer", format!("{peer} is no approved peer."), "Approve it first.");
        }
        let (person, to) = (actor.person.clone(), peer.clone());
        self.0.write(move |work| {
            outbox::hurry(work.tx, &to, work.now)?;
            work.audit(&person, "pouch", &format!("wrote a pouch for {to}"), None)
        })?;
        let part = Part {
            created: self.now(),
            from: self.0.me.clone(),
            id: world::salt(&*self.0.world),
            part: 1,
            parts: 1,
            to: peer.clone(),
        };
        let mut writer = PouchWriter::begin(sink, &part).map_err(flawed)?;
        let mut envelopes = 0;
        while let Some(parcel) = self.parcel(peer)? {
            writer.add(&parcel.envelope).map_err(flawed)?;
            self.carried(&parcel)?;
            envelopes += 1;
        }
        writer.finish().map_err(flawed)?;
        Ok(envelopes)
    }

    /// Takes what a pouch brings, envelope by envelope, as each is found whole.
    pub fn pouch_in(&self, actor: &Actor, source: &mut dyn Read) -> Result<PouchRead, Trouble> {
        actor.may(Action::Operate)?;
        let mut reader = PouchReader::open(source, &self.0.me).map_err(flawed)?;
        let Part { from, created, part, parts, .. } = reader.part().clone();
        if !self.0.believed().approved(&from) {
            return Trouble::refuse("node.not-a-peer", format!("{from} is no approved peer."), "Approve it first.");
        }
        let (person, by) = (actor.person.clone(), from.clone());
        self.0.write(move |work| work.audit(&person, "pouch", &format!("read a pouch from {by}"), None))?;
        let mut read = PouchRead { from: from.clone(), created, part, parts, taken: 0, refused: vec![] };
        while let Some(envelope) = reader.envelope().map_err(flawed)? {
            for taken in self.receive(&from, vec![envelope]) {
                match taken {
                    Taken::Yes => read.taken += 1,
                    Taken::Refused { code, sentence } => read.refused.push(format!("{code}: {sentence}")),
                    Taken::Later { .. } => read.refused.push("not now: read the pouch again".to_owned()),
                }
            }
        }
        Ok(read)
    }
}

fn flawed(flaw: PouchFlaw) -> Trouble {
    let remedy =
        "Nothing of it is lost: what was whole before is taken, and the same pouch can be read or written again.";
    Refusal::new(flaw.code(), format!("The pouch cannot be used: {flaw}."), remedy).into()
}
