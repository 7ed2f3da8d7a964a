//! A node that was restored from a backup: it asks every peer what it may have lost, and seals nothing until all have told it.
//!
//! ```text
//! restored ──recover──▶ every approved peer ──its list, in parts, and the acts──▶ all arrived ──▶ seals again
//! ```
//! A peer's answer counts only once every act on its list has come, admitted or waiting; own acts without a receipt are then owed
//! again (decision 0012). If a peer holds a checkpoint of ours that is larger than our tree, the log may not go on where it stands: a new
//! generation is needed, which a new edition of the card names. Nothing here guesses: what is not known keeps the node waiting.

use std::collections::{BTreeMap, BTreeSet};

use docket::SignedAct;
use docket::contents::{Item, Recover, Recovered};
use ledger::SignedCheckpoint;
use serde::{Deserialize, Serialize};
use store::{ReadTx, WriteTx, acts, dockets, receipts, settings, tree, waiting, witnesses};
use terms::{ActId, AuthorityId, Bug, DocketId, Salt};

use crate::actor::{Action, Actor};
use crate::alarms::Found;
use crate::node::{Node, Work};
use crate::{Trouble, world};

const SETTING: &str = "recovering";
/// The setting that holds the largest checkpoint that peers told of at the last recovery.
const LAST_TOLD: &str = "recovering.checkpoint";
/// So many acts are listed in one part of an answer.
const LISTED: usize = 1_000;
/// So many parts an answer may have.
const PARTS_MAX: u32 = 10_000;
/// Among so many of a peer's last receipts its largest checkpoint is looked for.
const CHECKPOINTS: usize = 1_000;

/// A recovery under way.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Recovering {
    /// The question, drawn for this recovery.
    pub question: Salt,
    /// Why.
    pub because: String,
    /// What each peer has told so far; of no part if it has not answered yet.
    pub told: BTreeMap<AuthorityId, Told>,
}

/// What a peer has told.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Told {
    /// Of how many parts its answer consists; none: it has not answered yet.
    pub parts: u32,
    /// Which have come.
    pub came: BTreeSet<u32>,
    /// The acts on its list that have not come yet.
    pub missing: BTreeSet<ActId>,
    /// The largest checkpoint of ours that it holds.
    pub checkpoint: Option<String>,
}

impl Told {
    fn whole(&self) -> bool {
        self.parts > 0 && self.came.len() as u64 == u64::from(self.parts) && self.missing.is_empty()
    }
}

/// The recovery under way, if one is.
pub(crate) fn recovering(tx: &mut ReadTx<'_>) -> Result<Option<Recovering>, Trouble> {
    let Some(bytes) = settings::get(tx, SETTING)?.filter(|bytes| !bytes.is_empty()) else { return Ok(None) };
    let read = serde_json::from_slice(&bytes);
    Ok(Some(read.map_err(|why| Bug::new(format!("the state of the recovery cannot be read: {why}")))?))
}

fn keep(tx: &mut WriteTx<'_>, state: Option<&Recovering>) -> Result<(), Trouble> {
    let bytes = state.map(serde_json::to_vec).transpose();
    let bytes = bytes.map_err(|why| Bug::new(format!("the state of the recovery cannot be written: {why}")))?;
    Ok(settings::put(tx, SETTING, &bytes.unwrap_or_default())?)
}

impl Node {
    /// Says that this node was restored from a backup. It asks all peers and seals nothing until they have answered.
    pub fn recover(&self, actor: &Actor, because: &str) -> Result<(), Trouble> {
        actor.may(Action::Operate)?;
        let (person, because) = (actor.person.clone(), because.to_owned());
        self.0.write(move |work| {
            work.audit(&person, &because, "declared that the node was restored", None)?;
            work.begin_recovery(&because)
        })
    }
    /// How far a recovery is, if one is under way.
    pub fn recovery(&self, actor: &Actor) -> Result<Option<Recovering>, Trouble> {
        actor.may(Action::ReadDockets)?;
        self.0.read(recovering)
    }
}

impl Work<'_, '_> {
    /// Begins a recovery, or begins it anew.
    pub fn begin_recovery(&mut self, because: &str) -> Result<(), Trouble> {
        let question = world::salt(&*self.inner.world);
        let peers: Vec<AuthorityId> = self.trusted()?.peers().cloned().collect();
        // Who has not answered is shown, too.
        let told = peers.iter().map(|peer| (peer.clone(), Told::default())).collect();
        keep(self.tx, Some(&Recovering { question, because: because.to_owned(), told }))?;
        for peer in &peers {
            self.owe_item(peer, "recover", &Item::Recover(Recover { question }))?;
        }
        self.end_recovery()
    }

    /// An act of our own that this node does not know came from a peer: the database is older than what was sealed.
    pub fn own_act_came(&mut self, id: ActId) -> Result<(), Trouble> {
        if recovering(self.tx)?.is_some() {
            return Ok(());
        }
        let (me, act) = (self.inner.me.clone(), self.act_as_evidence(id)?);
        self.alarm(Found {
            kind: "unknown-own-act",
            sentence: format!(
                "Act {} bears this authority's seal and was never sealed by this node as it stands: it was restored from a backup, or the seal is in other hands.",
                id.short()
            ),
            authority: me,
            docket: None,
            evidence: act,
        })?;
        self.begin_recovery("an act sealed by this authority that is not kept here came from a peer")
    }

    fn act_as_evidence(&mut self, id: ActId) -> Result<Vec<u8>, Trouble> {
        let row = acts::get(self.tx, &id)?.ok_or_else(|| Bug::new("an act was kept a moment ago"))?;
        let act =
            docket::contents::Item::Act(SignedAct { header: row.header, signature: row.signature, body: None }.into());
        Ok(terms::canonical::to_bytes(&act)?)
    }

    /// Answers a peer that was restored: the list, and everything on it.
    pub fn answer_recovery(&mut self, to: &AuthorityId, asked: &Recover) -> Result<(), Trouble> {
        let mut told = Vec::new();
        let mut after: Option<DocketId> = None;
        loop {
            let page = dockets::shared_with(self.tx, to, after.as_ref(), store::PAGE_MAX)?;
            for docket in &page.rows {
                told.extend(self.owe_acts(to, docket, &[])?);
                self.owe_receipts(to, docket)?;
                self.tell_of_items(to, docket)?;
            }
            after = page.next;
            if after.is_none() {
                break;
            }
        }
        told.extend(self.owe_waiting(to)?);
        let checkpoint = self.largest_checkpoint_of(to)?;
        let parts: Vec<&[ActId]> = if told.is_empty() { vec![&[]] } else { told.chunks(LISTED).collect() };
        let count = u32::try_from(parts.len()).map_err(|_| Bug::new("an answer of more parts than there are acts"))?;
        for (part, acts) in (1..).zip(parts) {
            let checkpoint = checkpoint.clone();
            let item = Recovered { question: asked.question, acts: acts.to_vec(), part, parts: count, checkpoint };
            self.owe_item(to, "recovered", &Item::Recovered(item))?;
        }
        Ok(())
    }

    /// Owes the receipts that `to` has issued or been given in a docket.
    fn owe_receipts(&mut self, to: &AuthorityId, docket: &DocketId) -> Result<(), Trouble> {
        let mut after = 0;
        loop {
            let page = receipts::of_docket(self.tx, docket, after, store::PAGE_MAX)?;
            for row in &page.rows {
                after = row.seq;
                if row.issuer == *to || row.recipient == *to {
                    let bytes = (row.statement.len() + row.signature.len()) as u64 * 4 / 3 + 128;
                    let outgoing = crate::sequence::receipt_to(to, row.digest, bytes, self.now);
                    store::outbox::queue(self.tx, &outgoing)?;
                }
            }
            if page.next.is_none() {
                return Ok(());
            }
        }
    }

    /// Acts that still wait here and that the one who asks wrote itself, or may know.
    fn owe_waiting(&mut self, to: &AuthorityId) -> Result<Vec<ActId>, Trouble> {
        let mut told = Vec::new();
        let mut after: Option<ActId> = None;
        loop {
            let page = waiting::list(self.tx, after.as_ref(), 100)?;
            for act in &page.rows {
                let signed = self.waiting_act(act)?;
                let Ok(authentic) = signed.clone().authenticate(&crate::trust::Kept) else { continue };
                let party = match self.docket(&act.docket)? {
                    Some(docket) => docket.parties().iter().any(|party| party.authority == *to),
                    None => false,
                };
                if party || authentic.header().author == *to {
                    told.push(act.id);
                    self.owe_item(to, "waiting", &Item::Act(signed.into()))?;
                }
            }
            after = page.next;
            if after.is_none() {
                return Ok(told);
            }
        }
    }

    /// The largest checkpoint of a peer's log that this node holds: in a receipt for us, cosigned, or followed.
    fn largest_checkpoint_of(&mut self, peer: &AuthorityId) -> Result<Option<String>, Trouble> {
        let mut held = Vec::new();
        for statement in receipts::last_from(self.tx, peer, &self.inner.me, CHECKPOINTS)? {
            let receipt: Result<docket::Receipt, _> = serde_json::from_slice(&statement);
            held.extend(receipt.ok().map(|receipt| receipt.checkpoint));
        }
        let trusted = self.trusted()?;
        if let Some(card) = trusted.peer(peer) {
            let origin = &card.statement().ledger.origin;
            held.extend(witnesses::witnessed(self.tx, origin)?);
            held.extend(witnesses::followed(self.tx, origin)?.map(|log| log.checkpoint));
        }
        let size = |text: &String| Some(SignedCheckpoint::parse(text.as_bytes()).ok()?.checkpoint().size);
        Ok(held.into_iter().filter_map(|text| Some((size(&text)?, text))).max().map(|(_, text)| text))
    }

    /// Notes a part of a peer's answer.
    pub fn told(&mut self, from: &AuthorityId, part: Recovered) -> Result<(), Trouble> {
        let Some(mut state) = recovering(self.tx)? else { return Ok(()) };
        let in_form = (1..=part.parts).contains(&part.part) && part.parts <= PARTS_MAX && part.acts.len() <= LISTED;
        if state.question != part.question || !in_form {
            return Ok(());
        }
        let told = state.told.entry(from.clone()).or_default();
        // How many parts there are is said once; a part that says otherwise belongs to no answer.
        if told.parts != 0 && told.parts != part.parts {
            return Ok(());
        }
        told.parts = part.parts;
        told.came.insert(part.part);
        told.missing.extend(part.acts);
        told.checkpoint = part.checkpoint.or(told.checkpoint.take());
        keep(self.tx, Some(&state))?;
        self.end_recovery()
    }

    /// Ends the recovery if every approved peer's answer is whole and everything on it has come.
    pub fn end_recovery(&mut self) -> Result<(), Trouble> {
        let Some(mut state) = recovering(self.tx)? else { return Ok(()) };
        for told in state.told.values_mut() {
            let mut still = BTreeSet::new();
            for id in &told.missing {
                if !acts::exists(self.tx, id)? && !waiting::exists(self.tx, id)? {
                    still.insert(*id);
                }
            }
            told.missing = still;
        }
        keep(self.tx, Some(&state))?;
        let trusted = self.trusted()?;
        let all = trusted.peers().all(|peer| state.told.get(peer).is_some_and(Told::whole));
        if !all || self.log_is_behind(&state)? {
            return Ok(());
        }
        self.remember_checkpoint(&state)?;
        keep(self.tx, None)?;
        self.owe_what_has_no_receipt()?;
        self.sequence()
    }

    /// Whether a peer holds a checkpoint of this generation of our log that is larger than our tree.
    fn log_is_behind(&mut self, state: &Recovering) -> Result<bool, Trouble> {
        let hands = self.inner.hands();
        let size = tree::head(self.tx, hands.generation())?.map_or(0, |head| head.size);
        let origin = &hands.card.statement().ledger.origin;
        let larger = |text: &String| {
            SignedCheckpoint::parse(text.as_bytes()).is_ok_and(|signed| {
                let head = signed.checkpoint();
                head.origin.as_str() == origin && head.size > size && signed.verify(&[hands.log.key().clone()]).is_ok()
            })
        };
        let behind = state.told.values().filter_map(|told| told.checkpoint.as_ref()).any(larger);
        if behind {
            tracing::error!(
                "a peer holds a larger checkpoint of our log: a new generation is needed (a new card edition)"
            );
        }
        Ok(behind)
    }

    /// Keeps the largest checkpoint of the log that any peer holds, for the first leaf of the next generation.
    fn remember_checkpoint(&mut self, state: &Recovering) -> Result<(), Trouble> {
        let told = state.told.values().filter_map(|told| told.checkpoint.as_ref());
        let read = told.filter_map(|text| SignedCheckpoint::parse(text.as_bytes()).ok());
        if let Some(largest) = read.max_by_key(|signed| signed.checkpoint().size) {
            settings::put(self.tx, LAST_TOLD, largest.to_string().as_bytes())?;
        }
        Ok(())
    }

    /// The last checkpoint of an ended generation: the larger of what was kept here and what peers held.
    pub fn last_checkpoint(&mut self, generation: i64) -> Result<Option<SignedCheckpoint>, Trouble> {
        let kept =
            tree::head(self.tx, generation)?.and_then(|head| SignedCheckpoint::parse(head.checkpoint.as_bytes()).ok());
        let told = settings::get(self.tx, LAST_TOLD)?.and_then(|bytes| SignedCheckpoint::parse(&bytes).ok());
        let same = |signed: &SignedCheckpoint| {
            kept.as_ref().is_none_or(|kept| kept.checkpoint().origin == signed.checkpoint().origin)
        };
        let told = told.filter(same);
        Ok([kept, told].into_iter().flatten().max_by_key(|signed| signed.checkpoint().size))
    }

    /// What this node sealed and some party has not receipted is owed again: the backup may have forgotten that it was.
    fn owe_what_has_no_receipt(&mut self) -> Result<(), Trouble> {
        let me = self.inner.me.clone();
        let mut after: Option<DocketId> = None;
        loop {
            let page = dockets::shared_with(self.tx, &me, after.as_ref(), store::PAGE_MAX)?;
            for docket in &page.rows {
                for (to, act) in self.undelivered(docket)? {
                    self.owe_acts(&to, docket, &[act])?;
                }
            }
            after = page.next;
            if after.is_none() {
                return Ok(());
            }
        }
    }

    fn undelivered(&mut self, docket: &DocketId) -> Result<Vec<(AuthorityId, ActId)>, Trouble> {
        let me = self.inner.me.clone();
        let there = self.the_docket(docket)?;
        let view = docket::View::of(there);
        let others: Vec<AuthorityId> =
            view.parties.iter().map(|party| party.authority.clone()).filter(|party| *party != me).collect();
        let own = view.acts.iter().filter(|act| act.author == me);
        let owed = own.flat_map(|act| {
            let lacking = others.iter().filter(|to| !act.delivered_to.contains(*to));
            lacking.map(|to| (to.clone(), act.id))
        });
        Ok(owed.collect())
    }
}
