//! T1: an act is kept with its queued leaf and with everything that must now travel. Own acts and admitted ones go the same way.
//!
//! INVARIANT: what is in the outbox is in the store. Whoever an act brings in receives the whole graph, the others receive the act.

use docket::act::Body;
use docket::{AuthenticAct, BodyBinding, Docket, Header, SignedAct};
use store::acts::NewAct;
use store::leaves::NewLeaf;
use store::outbox::{self, Outgoing};
use store::{Recorded, acts, dockets, record};
use terms::{ActId, AuthorityId, Bug, Digest, DocketId};

use crate::node::Work;
use crate::{Trouble, world};

/// The outbox's word for an act.
pub(crate) const ACT: &str = "act";
/// The ledger's word for an act.
pub(crate) const ACT_LEAF: &str = "act";

impl Work<'_, '_> {
    /// Seals a header of our own, admits it, keeps it and owes it to every other party.
    pub fn author(&mut self, header: Header, body: Option<Body>) -> Result<ActId, Trouble> {
        self.may_seal()?;
        let framed = SignedAct::frame(header).map_err(|why| Bug::new(format!("an act of our own: {why}")))?;
        let hands = self.inner.hands();
        let signature = hands.sign(framed.bytes(), self.now)?;
        let act = SignedAct::sealed(framed, signature, hands.seal_digest(), body);
        let act = act.map_err(|why| Bug::new(format!("an act of our own: {why}")))?;
        let (id, docket) = (act.id(), act.docket());
        match self.docket(&docket)? {
            Some(there) => drop(there.admit(act.bare()).map_err(|why| Bug::new(format!("our own act: {why}")))?),
            None => self.open(&act)?,
        }
        let outgoing = self.outgoing(&act)?;
        self.keep(&act, &outgoing)?;
        self.owe_history(&act)?;
        Ok(id)
    }

    /// Opens the docket that an act founds, here.
    pub fn open(&mut self, act: &AuthenticAct) -> Result<(), Trouble> {
        let opening = act.header().open.as_ref().ok_or_else(|| Bug::new("only an opening act opens a docket"))?;
        let docket = Docket::open(act.bare()).map_err(|why| Bug::new(format!("a docket was not opened: {why}")))?;
        dockets::open(self.tx, &docket.id(), &opening.procedure, act.header().time, "{}")?;
        self.opened(docket);
        Ok(())
    }

    /// Keeps an admitted act with its leaf. Says whether it is new.
    pub fn keep(&mut self, act: &AuthenticAct, outgoing: &[Outgoing]) -> Result<bool, Trouble> {
        let docket = act.docket();
        let body = match act.body() {
            Some(body) => {
                Some(self.body_key(&docket)?.seal(act.id().as_bytes(), &body.bytes, &mut *self.inner.world.chance())?)
            }
            None => None,
        };
        let header = act.header();
        let new = NewAct {
            id: act.id(),
            docket,
            author: header.author.clone(),
            kind: header.kind.clone(),
            lamport: i64::try_from(header.lamport).map_err(|_| Bug::new("a Lamport number beyond all acts"))?,
            header: act.header_bytes().to_vec(),
            signature: act.signature().to_vec(),
            salt: act.body().map(|body| body.salt),
            body,
            parents: header.parents.clone(),
            received_at: self.now,
        };
        let leaf = NewLeaf {
            kind: ACT_LEAF.to_owned(),
            id: Digest::new(*act.id().as_bytes()),
            signature_hash: Digest::of(&[act.signature()]),
            salt: world::salt(&*self.inner.world),
        };
        self.changed(&docket);
        Ok(matches!(record(self.tx, &new, &leaf, outgoing)?, Recorded::New { .. }))
    }

    /// An act on its way to every other party.
    fn outgoing(&mut self, act: &AuthenticAct) -> Result<Vec<Outgoing>, Trouble> {
        let bytes = size(act);
        let (now, me) = (self.now, self.inner.me.clone());
        let parties = self.the_docket(&act.docket())?.parties();
        let others = parties.iter().filter(|party| party.authority != me);
        Ok(others.map(|party| act_to(&party.authority, act.id(), bytes, now)).collect())
    }

    /// Owes the whole graph to those whom this act brought in.
    fn owe_history(&mut self, act: &AuthenticAct) -> Result<(), Trouble> {
        let newcomers: Vec<AuthorityId> = act.header().introduces.iter().map(|new| new.authority.clone()).collect();
        for newcomer in newcomers {
            self.owe_acts(&newcomer, &act.docket(), &[])?;
        }
        Ok(())
    }

    /// Owes `to` the wanted acts of a docket in which it has a part, or all of them; says which.
    pub fn owe_acts(&mut self, to: &AuthorityId, docket: &DocketId, wanted: &[ActId]) -> Result<Vec<ActId>, Trouble> {
        let now = self.now;
        let Some(there) = self.docket(docket)? else { return Ok(vec![]) };
        if !there.parties().iter().any(|party| party.authority == *to) {
            return Ok(vec![]);
        }
        let asked = |id: ActId| wanted.is_empty() || wanted.contains(&id);
        let told: Vec<(ActId, u64)> =
            there.acts().iter().filter(|act| asked(act.id())).map(|act| (act.id(), size(act.act()))).collect();
        for (id, bytes) in &told {
            let digest = Digest::new(*id.as_bytes());
            outbox::queue_logged(self.tx, &act_to(to, *id, *bytes, now), ACT_LEAF, &digest)?;
        }
        outbox::hurry(self.tx, to, now)?;
        Ok(told.into_iter().map(|(id, _)| id).collect())
    }

    /// Owes `to` a small thing that is kept nowhere else; the same thing is owed once.
    pub fn owe_item(&mut self, to: &AuthorityId, kind: &str, item: &docket::contents::Item) -> Result<(), Trouble> {
        let payload = terms::canonical::to_bytes(item)?;
        let outgoing = Outgoing {
            recipient: to.clone(),
            kind: kind.to_owned(),
            item: Digest::of(&[&payload]).as_bytes().to_vec(),
            bytes: payload.len() as u64,
            payload: Some(payload),
            until_receipt: false,
            created_at: self.now,
        };
        outbox::queue(self.tx, &outgoing)?;
        Ok(())
    }

    /// Whether an act is kept here.
    pub fn holds(&mut self, id: &ActId) -> Result<bool, Trouble> {
        Ok(acts::exists(self.tx, id)?)
    }
}

fn act_to(recipient: &AuthorityId, act: ActId, bytes: u64, now: terms::Moment) -> Outgoing {
    Outgoing {
        recipient: recipient.clone(),
        kind: ACT.to_owned(),
        item: act.as_bytes().to_vec(),
        payload: None,
        bytes,
        until_receipt: true,
        created_at: now,
    }
}

/// How many bytes an act has when it travels, about: base64 and the words around it.
fn size(act: &AuthenticAct) -> u64 {
    let body = act.header().body.map_or(0, |BodyBinding { size, .. }| size);
    (act.header_bytes().len() as u64 + act.signature().len() as u64 + body) * 4 / 3 + 256
}
