//! What arrives: envelopes are opened, what is inside is authenticated piece by piece, and in one transaction admitted, kept and
//! receipted, or left waiting, or quarantined with a reason and a signed notice.
//!
//! Idempotent: the same envelope, or the same act in another, changes nothing but that its receipt travels again. Meaning is never a
//! ground to refuse: only what is not authentic, or breaks the graph, stays outside. A time in the future is suspect, one in the
//! past is not: a pouch may take weeks.

use std::collections::BTreeSet;
use std::sync::{Mutex, MutexGuard, PoisonError};

use docket::act::{NotAuthentic, SealCheck};
use docket::contents::{self, Item, Recover, Recovered, Want};
use docket::docket::NotAdmitted;
use docket::receipt::{AuthenticReceipt, SignedReceipt};
use docket::{Admission, AuthenticAct, Body, SignedAct};
use seal::{Failure, ReceivedEnvelope};
use store::quarantine::{self, QuarantineBounds};
use store::receipts::{self, NewReceipt, Owed};
use store::waiting::{self, WaitingAct, WaitingBounds};
use store::{leaves, outbox};
use terms::{ActId, AuthorityId, Bug, DocketId, Moment};

use crate::hands::Hands;
use crate::node::{Inner, Node, Work};
use crate::record::ACT;
use crate::sequence::{receipt_leaf, receipt_to};
use crate::trust::{Kept, Trusted};
use crate::{Trouble, arrival, consignment, daily, notice};

/// How far ahead of our clock another's may be, in seconds.
pub const AHEAD_MAX: i64 = 300;
/// How much may wait for its parents, from one peer.
const WAITING: WaitingBounds = WaitingBounds { acts: 10_000, bytes: 256 * 1024 * 1024 };
/// How much is kept of what was not admitted.
const QUARANTINE: QuarantineBounds = QuarantineBounds { samples: 1_000, bytes: 64 * 1024 * 1024, sample: 64 * 1024 };

/// After so many seconds an envelope is to come again that waits for a newer card.
const CARD_SECONDS: u32 = 1;

/// What became of an envelope.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Taken {
    /// Everything inside was dealt with, and that is durable.
    Yes,
    /// It is not taken, now or later.
    Refused {
        /// Stable code.
        code: String,
        /// One sentence.
        sentence: String,
    },
    /// It was not taken for a reason on this side; the same envelope may come again.
    Later {
        /// After how many seconds.
        seconds: u32,
    },
}

/// Something that came out of an envelope and is what it claims to be.
enum Arrived {
    Act(AuthenticAct),
    Receipt(AuthenticReceipt),
    Want(Want),
    Notice(notice::Received),
    Digest(daily::Received),
    Exhibits(Box<arrival::Listed>),
    History(Box<consignment::Come>),
    Recover(Recover),
    Recovered(Recovered),
    /// It is not: why, and what.
    Bad {
        reason: NotTaken,
        bytes: Vec<u8>,
    },
}

/// Why something stays outside.
#[derive(Debug, Clone)]
pub(crate) struct NotTaken {
    pub code: String,
    pub sentence: String,
    /// The act, where it can be named.
    pub act: Option<ActId>,
}

impl NotTaken {
    pub fn new(code: &str, sentence: impl ToString) -> Self {
        Self { code: code.to_owned(), sentence: sentence.to_string(), act: None }
    }
}

impl Node {
    /// Takes envelopes that `from` has brought; one answer for each, in their order.
    pub fn receive(&self, from: &AuthorityId, envelopes: Vec<Vec<u8>>) -> Vec<Taken> {
        envelopes.into_iter().map(|envelope| self.take_one(from, envelope)).collect()
    }

    fn take_one(&self, from: &AuthorityId, envelope: Vec<u8>) -> Taken {
        let taken = self.0.open_envelope(from, envelope).and_then(|opened| match opened {
            Ok(items) => self.0.take_items(from, items),
            Err((reason, bytes)) => self.0.quarantine(from, reason, bytes),
        });
        taken.unwrap_or_else(|trouble| {
            tracing::error!(from = %from, %trouble, "an envelope was not taken");
            Taken::Later { seconds: 5 }
        })
    }
}

type Opened = Result<Vec<Item>, (NotTaken, Vec<u8>)>;

impl Inner {
    fn open_envelope(&self, from: &AuthorityId, bytes: Vec<u8>) -> Result<Opened, Trouble> {
        let refuse = |code: &str, sentence: String| Ok(Err((NotTaken::new(code, sentence), bytes.clone())));
        let received = match ReceivedEnvelope::parse(bytes.clone()) {
            Ok(received) => received,
            Err(flaw) => return refuse(flaw.code(), flaw.to_string()),
        };
        let header = received.header().clone();
        if header.recipient != self.me {
            return refuse(
                "node.other-recipient",
                format!("it is sealed for {}, not for {}", header.recipient, self.me),
            );
        }
        if header.sender != *from {
            return refuse(
                "node.other-sender",
                format!("{from} brought it, and it says that {} sealed it", header.sender),
            );
        }
        let opened = match received.open(&*self.hands()) {
            Ok(opened) => opened,
            Err(Failure::Fault(fault)) => return Err(fault.into()),
            Err(Failure::Flaw(flaw)) => return refuse(flaw.code(), flaw.to_string()),
        };
        match contents::read(opened.plaintext()) {
            Ok(items) => Ok(Ok(items)),
            Err(why) => refuse("node.contents", format!("what is inside cannot be read: {why}")),
        }
    }

    fn take_items(self: &std::sync::Arc<Self>, from: &AuthorityId, items: Vec<Item>) -> Result<Taken, Trouble> {
        let trusted = self.read(|tx| self.trusted(tx))?;
        let (hands, now) = (self.hands(), self.world.now());
        let seals = InTime { trusted: &trusted, now, unknown: Mutex::default() };
        let arrived: Vec<Arrived> = items.into_iter().map(|item| check(item, &seals, &hands)).collect();
        if seals.unknown().iter().fold(false, |may, of| self.newer_cards.may_come(of, now) | may) {
            self.bell.notify_one();
            return Ok(Taken::Later { seconds: CARD_SECONDS });
        }
        let from = from.clone();
        self.write(move |work| {
            for one in arrived {
                work.take_in(&from, one)?;
            }
            work.end_recovery()?;
            work.sequence().map(|()| Taken::Yes)
        })
    }

    fn quarantine(
        self: &std::sync::Arc<Self>,
        from: &AuthorityId,
        reason: NotTaken,
        bytes: Vec<u8>,
    ) -> Result<Taken, Trouble> {
        let answer = Taken::Refused { code: reason.code.clone(), sentence: reason.sentence.clone() };
        let from = from.clone();
        self.write(move |work| work.put_aside(&from, &reason, &bytes))?;
        Ok(answer)
    }
}

/// Says of one item whether it is what it claims to be. Signatures are checked here, outside the transaction.
fn check(item: Item, seals: &InTime<'_>, hands: &Hands) -> Arrived {
    match item {
        Item::Act(item) => {
            let signed = SignedAct::from(item);
            let act = ActId::of_header(&signed.header);
            let bytes = signed.header.clone();
            match signed.authenticate(seals) {
                Ok(authentic) => Arrived::Act(authentic),
                Err(why) => bad(&why, Some(act), bytes),
            }
        }
        Item::Receipt(statement) => {
            let bytes = statement.statement.0.clone();
            match SignedReceipt::from(statement).authenticate(seals) {
                Ok(receipt) => Arrived::Receipt(receipt),
                Err(why) => bad(&why, None, bytes),
            }
        }
        Item::Want(want) => Arrived::Want(want),
        Item::Notice(statement) => match notice::read(&statement, seals) {
            Ok(notice) => Arrived::Notice(notice),
            Err(reason) => Arrived::Bad { reason, bytes: statement.statement.0 },
        },
        Item::Digest(statement) => match daily::read(&statement, seals) {
            Ok(digest) => Arrived::Digest(digest),
            Err(reason) => Arrived::Bad { reason, bytes: statement.statement.0 },
        },
        Item::Exhibits(exhibits) => match arrival::read(exhibits, seals, hands) {
            Ok(listed) => Arrived::Exhibits(Box::new(listed)),
            Err((reason, bytes)) => Arrived::Bad { reason, bytes },
        },
        Item::History(history) => match consignment::read(history, seals) {
            Ok(come) => Arrived::History(Box::new(come)),
            Err((reason, bytes)) => Arrived::Bad { reason, bytes },
        },
        Item::Recover(asked) => Arrived::Recover(asked),
        Item::Recovered(told) => Arrived::Recovered(told),
    }
}

fn bad(why: &NotAuthentic, act: Option<ActId>, bytes: Vec<u8>) -> Arrived {
    let code = match why {
        NotAuthentic::TooLarge { .. } => "node.act-too-large",
        NotAuthentic::Header(_) | NotAuthentic::Form(_) => "node.act-form",
        NotAuthentic::Signature(_) => "node.act-signature",
        NotAuthentic::Body => "node.act-body",
    };
    Arrived::Bad { reason: NotTaken { code: code.to_owned(), sentence: why.to_string(), act }, bytes }
}

/// The cards' check of seals, and nothing from the future.
pub(crate) struct InTime<'t> {
    pub trusted: &'t Trusted,
    pub now: Moment,
    /// Peers in whose names a seal came that their cards here do not name.
    unknown: Mutex<BTreeSet<AuthorityId>>,
}

impl InTime<'_> {
    fn unknown(&self) -> MutexGuard<'_, BTreeSet<AuthorityId>> {
        self.unknown.lock().unwrap_or_else(PoisonError::into_inner)
    }
    /// Notes whose newer card may name the seal of a signature that does not count under the one held.
    pub fn may_be_newer(&self, author: &AuthorityId, signature: &[u8]) {
        let Some(card) = self.trusted.peer(author).filter(|card| !card.statement().endpoints.is_empty()) else {
            return;
        };
        let claimed = seal::ReceivedSignature::parse(signature).map(|received| received.claimed_signer());
        if claimed.is_ok_and(|seal| card.seal(&seal).is_none()) {
            self.unknown().insert(author.clone());
        }
    }
}

impl SealCheck for InTime<'_> {
    fn check(
        &self,
        author: &AuthorityId,
        time: Moment,
        bytes: &[u8],
        signature: &[u8],
    ) -> Result<terms::Digest, String> {
        if time > self.now.plus_seconds(AHEAD_MAX) {
            return Err(format!("it says {time}, which is still to come; it is {} here", self.now));
        }
        let checked = self.trusted.cards.check(author, time, bytes, signature);
        if checked.is_err() {
            self.may_be_newer(author, signature);
        }
        checked
    }
}

impl Work<'_, '_> {
    fn take_in(&mut self, from: &AuthorityId, arrived: Arrived) -> Result<(), Trouble> {
        match arrived {
            Arrived::Act(act) => self.take_act(from, act),
            Arrived::Receipt(receipt) => self.take_receipt(receipt),
            Arrived::Want(want) => self.owe_acts(from, &want.docket, &want.acts).map(drop),
            Arrived::Notice(notice) => self.take_notice(from, &notice),
            Arrived::Digest(digest) => self.take_digest(from, &digest),
            Arrived::Exhibits(listed) => self.take_exhibits(from, *listed),
            Arrived::History(come) => self.take_history(from, *come),
            Arrived::Recover(asked) => self.answer_recovery(from, &asked),
            Arrived::Recovered(told) => self.told(from, told),
            Arrived::Bad { reason, bytes } => self.put_aside(from, &reason, &bytes),
        }
    }

    /// Keeps a sample of what was not taken, and says so to whoever brought it.
    pub fn put_aside(&mut self, from: &AuthorityId, reason: &NotTaken, bytes: &[u8]) -> Result<(), Trouble> {
        let why = format!("{}: {}", reason.code, reason.sentence);
        quarantine::put(self.tx, from.as_str(), &why, bytes, self.now, QUARANTINE)?;
        self.give_notice(from, reason, bytes)
    }

    /// Admits an act and whatever waited for it.
    fn take_act(&mut self, from: &AuthorityId, act: AuthenticAct) -> Result<(), Trouble> {
        let mut ready = vec![(from.clone(), act)];
        while let Some((from, act)) = ready.pop() {
            let id = act.id();
            if self.admit(&from, act)? {
                for waited in waiting::release(self.tx, &id, store::PAGE_MAX)? {
                    let signed = self.waiting_act(&waited)?;
                    let again = signed.authenticate(&Kept);
                    let again = again.map_err(|why| Bug::new(format!("an act that waited here: {why}")))?;
                    ready.push((waited.sender, again));
                }
            }
        }
        Ok(())
    }

    /// Admits one act; says whether it is here now.
    fn admit(&mut self, from: &AuthorityId, act: AuthenticAct) -> Result<bool, Trouble> {
        let (id, docket) = (act.id(), act.docket());
        if act.header().body.is_some() && act.body().is_none() && act.header().author == *from && !self.holds(&id)? {
            let sentence = "the act binds a body, and its author sent it without".to_owned();
            let reason = NotTaken { code: "node.body-missing".to_owned(), sentence, act: Some(id) };
            self.put_aside(from, &reason, act.header_bytes())?;
            return Ok(false);
        }
        let admitted = match self.docket(&docket)? {
            Some(there) => there.admit(act.bare()),
            None if act.header().open.is_some() => match docket::Docket::open(act.bare()) {
                Ok(_) => {
                    self.open(&act)?;
                    Ok(Admission::Admitted)
                }
                Err(why) => Err(why),
            },
            None => Err(NotAdmitted::Waiting(vec![docket.opening_act()])),
        };
        match admitted {
            Ok(Admission::Admitted) => self.keep_admitted(from, &act),
            Ok(Admission::Known) => self.receipt_again(from, id, docket),
            Err(NotAdmitted::Waiting(missing)) => self.hold(from, act, missing),
            Err(why) => {
                let reason = NotTaken { code: why.code().to_owned(), sentence: why.to_string(), act: Some(id) };
                self.put_aside(from, &reason, act.header_bytes())?;
                Ok(false)
            }
        }
    }

    fn keep_admitted(&mut self, from: &AuthorityId, act: &AuthenticAct) -> Result<bool, Trouble> {
        self.keep(act, &[])?;
        self.refile_receipts(act)?;
        receipts::owe(self.tx, &Owed { act: act.id(), recipient: from.clone(), docket: act.docket() })?;
        if act.header().author == self.inner.me {
            self.own_act_came(act.id())?;
        }
        self.note_transmission(act)?;
        Ok(true)
    }

    /// Receipts may come before the docket they belong to.
    fn refile_receipts(&mut self, act: &AuthenticAct) -> Result<(), Trouble> {
        if act.header().open.is_none() {
            return Ok(());
        }
        let mut after = 0;
        loop {
            let page = receipts::of_docket(self.tx, &act.docket(), after, store::PAGE_MAX)?;
            for row in page.rows {
                after = row.seq;
                let signed = SignedReceipt { statement: row.statement, signature: row.signature };
                let receipt = signed.authenticate(&Kept);
                let receipt = receipt.map_err(|why| Bug::new(format!("a receipt that was kept: {why}")))?;
                let filed = self.the_docket(&act.docket())?.file_receipt(receipt);
                filed.map_err(|why| Bug::new(format!("a receipt of this docket: {why}")))?;
            }
            if page.next.is_none() {
                return Ok(());
            }
        }
    }

    /// An act came again: its receipt may have been lost, so the one that was given travels again, or one is owed.
    fn receipt_again(&mut self, from: &AuthorityId, act: ActId, docket: DocketId) -> Result<bool, Trouble> {
        let given = receipts::of_act(self.tx, &act, 0, 100)?.rows;
        match given.iter().find(|row| row.issuer == self.inner.me && row.recipient == *from) {
            Some(row) => {
                let bytes = (row.statement.len() + row.signature.len()) as u64 * 4 / 3 + 128;
                outbox::queue(self.tx, &receipt_to(from, row.digest, bytes, self.now))?;
            }
            None => receipts::owe(self.tx, &Owed { act, recipient: from.clone(), docket })?,
        }
        Ok(true)
    }

    /// Lets an act wait for its parents, and asks for them.
    fn hold(&mut self, from: &AuthorityId, act: AuthenticAct, missing: Vec<ActId>) -> Result<bool, Trouble> {
        let body = match act.body() {
            Some(body) => {
                let key = self.inner.desk_key()?;
                Some(key.seal(act.id().as_bytes(), &body.bytes, &mut *self.inner.world.chance())?)
            }
            None => None,
        };
        let waits = WaitingAct {
            id: act.id(),
            docket: act.docket(),
            sender: from.clone(),
            header: act.header_bytes().to_vec(),
            signature: act.signature().to_vec(),
            salt: act.body().map(|body| body.salt),
            body,
            received_at: self.now,
        };
        if waiting::hold(self.tx, &waits, &missing, WAITING)? == waiting::Held::NoRoom {
            let reason = NotTaken {
                code: "node.waiting-full".to_owned(),
                sentence: "too many acts wait here for their parents; send the parents first".to_owned(),
                act: Some(act.id()),
            };
            self.put_aside(from, &reason, act.header_bytes())?;
            return Ok(false);
        }
        let want = Want { docket: act.docket(), acts: missing };
        self.owe_item(from, "want", &Item::Want(want))?;
        Ok(false)
    }

    /// An act that waits, with its body opened.
    pub fn waiting_act(&mut self, act: &WaitingAct) -> Result<SignedAct, Trouble> {
        let body = match (&act.body, act.salt) {
            (Some(sealed), Some(salt)) => {
                let key = self.inner.desk_key()?;
                Some(Body { salt, bytes: key.open(act.id.as_bytes(), sealed)?.to_vec() })
            }
            _ => None,
        };
        Ok(SignedAct { header: act.header.clone(), signature: act.signature.clone(), body })
    }

    /// Keeps a receipt, files it, and takes what it covers out of the outbox.
    fn take_receipt(&mut self, receipt: AuthenticReceipt) -> Result<(), Trouble> {
        let said = receipt.statement().clone();
        let new = NewReceipt {
            issuer: said.issuer.clone(),
            recipient: said.to.clone(),
            docket: said.docket,
            acts: said.acts.clone(),
            statement: receipt.statement_bytes().to_vec(),
            signature: receipt.signature().to_vec(),
            received_at: self.now,
        };
        let (id, leaf) = (receipt.id(), receipt_leaf(receipt.id(), receipt.signature(), &*self.inner.world));
        if receipts::insert(self.tx, &new)? {
            leaves::queue(self.tx, &leaf)?;
            if let Some(docket) = self.docket(&said.docket)? {
                docket.file_receipt(receipt).map_err(|why| Bug::new(format!("receipt {id}: {why}")))?;
                self.changed(&said.docket);
            }
        }
        if said.to == self.inner.me {
            outbox::settled(self.tx, &said.issuer, ACT, said.acts.iter().map(|act| act.as_bytes().as_slice()))?;
        }
        Ok(())
    }
}
