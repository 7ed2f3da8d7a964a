//! Physical items at this node: entered into a docket, handled, split, listed, and their history.
//!
//! Each handling is an entry signed by this authority, as for exhibits (`custody.rs`), and a leaf of the ledger. What could not have happened as it is
//! told (through a seal, from what is not there, after the end) is refused before it is signed, by the rules by which anybody checks the history later:
//! `docs/spec/exhibit.md`, *History*. What was found to be otherwise than it should be can be entered as found; then the history says so for good.
//! How an item stands is read from its history and kept nowhere else. Never here: whether somebody was allowed to do what they did.

use evidence::custody::{Broken, Details, Drug, Handling, Origin, Part, Place, SealNumber, Standing, Thing, check};
use evidence::document::frame;
use evidence::{CustodyEntry, ItemId, Quantity};
use serde::{Deserialize, Serialize};
use store::ReadTx;
use store::items::{self, ItemRow};
use terms::{AuthorityId, Bug, Digest, DocketId, ExhibitId, Malformed, Moment, Refusal};

use crate::actor::{Action, Actor};
use crate::custody::{Chain, Handled, Told, entries, kept_as};
use crate::node::{Inner, Node, Work};
use crate::{Trouble, world};

/// An item that comes under custody.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewItem {
    /// What it is, in a line.
    pub what: String,
    /// The substance, of a drug.
    #[serde(default)]
    pub substance: Option<String>,
    /// What else is known of the drug.
    #[serde(default)]
    pub drug: Option<Drug>,
    /// How it came.
    pub came: Came,
    /// What it weighed, or how many pieces there were.
    #[serde(default)]
    pub weight: Option<Quantity>,
    /// The numbers of its seals: put on then, or as found on what was received.
    #[serde(default)]
    pub seals: Vec<SealNumber>,
    /// When; absent: now.
    #[serde(default)]
    pub at: Option<Moment>,
    /// Who, where, why, and on what authority.
    pub said: Handled,
}

/// How an item came under custody.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Came {
    /// Taken by force of law.
    Seized,
    /// Handed over.
    Acquired,
    /// From another authority, whose own history of it is elsewhere.
    Received,
}

/// What is done with an item that is here.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Step {
    /// What.
    pub done: Done,
    /// When; absent: now.
    #[serde(default)]
    pub at: Option<Moment>,
    /// Seals or a weight are not what they should be, and this is how they were found: it is entered, and the history shows the break from now on.
    #[serde(default)]
    pub as_found: bool,
    /// What is known of the drug by then, beside what was said before.
    #[serde(default)]
    pub drug: Option<Drug>,
    /// Who, where, why, and on what authority.
    pub said: Handled,
}

/// A handling with what must be said of it.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case", deny_unknown_fields)]
pub enum Done {
    /// Closed under numbered seals.
    Sealed {
        /// Their numbers.
        seals: Vec<SealNumber>,
    },
    /// Its seals were broken.
    Opened {
        /// The numbers of those that were broken.
        seals: Vec<SealNumber>,
        /// The numbers of those under which it was closed again, if it was.
        #[serde(default)]
        sealed: Vec<SealNumber>,
    },
    /// Weighed or counted again.
    Weighed {
        /// The result.
        weight: Quantity,
    },
    /// Divided: it ends, and each part is an item of its own, what remains included.
    Split {
        /// The parts.
        parts: Vec<NewPart>,
        /// What was consumed or lost; absent: nothing.
        #[serde(default)]
        loss: Option<Quantity>,
    },
    /// Sent to another authority.
    Transmitted {
        /// To whom.
        to: AuthorityId,
    },
    /// Arrived from another authority, or came back undelivered.
    Received {
        /// The numbers of the seals as found.
        #[serde(default)]
        seals: Vec<SealNumber>,
        /// What it weighed then.
        #[serde(default)]
        weight: Option<Quantity>,
    },
    /// To be kept, whoever wants it gone: until that is lifted it can neither be given back nor destroyed.
    Held {},
    /// The hold was lifted.
    Lifted {},
    /// Given back to whom it belongs.
    Returned {},
    /// Destroyed.
    Destroyed {},
}

/// A part of an item that is split.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewPart {
    /// What it is, in a line.
    pub what: String,
    /// What it weighs.
    pub weight: Quantity,
    /// What is known of the drug, as far as it differs: the number of the sample.
    #[serde(default)]
    pub drug: Option<Drug>,
    /// The numbers of the seals under which it was closed, if it was.
    #[serde(default)]
    pub seals: Vec<SealNumber>,
}

/// An item as it stands.
#[derive(Debug, Clone, Serialize)]
pub struct ItemShown {
    /// Its id.
    pub id: ItemId,
    /// The docket.
    pub docket: DocketId,
    /// What it is, for those who may see bodies.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub what: Option<String>,
    /// The substance, for those who may see bodies.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub substance: Option<String>,
    /// What is known of the drug, for those who may see bodies.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub drug: Option<Drug>,
    /// `kept`, `under-way`, `returned`, `destroyed` or `split`.
    pub state: String,
    /// To whom it is on its way.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub to: Option<AuthorityId>,
    /// Who answers for it.
    pub keeper: AuthorityId,
    /// The seals on it; none if it is open.
    pub seals: Vec<SealNumber>,
    /// What it weighed last.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub weight: Option<Quantity>,
    /// Whether it is held: then it can neither be given back nor destroyed.
    pub held: bool,
    /// When it was handled last.
    pub changed_at: Moment,
}

impl Node {
    /// Enters an item into a docket: its history begins.
    pub fn enter_item(&self, actor: &Actor, docket: &DocketId, new: NewItem) -> Result<ItemShown, Trouble> {
        actor.may(Action::Write)?;
        let (actor, docket) = (actor.clone(), *docket);
        self.0.write(move |work| {
            store::dockets::get(work.tx, &docket)?.ok_or_else(|| Trouble::not_here("docket"))?;
            let (at, said) = (new.at.unwrap_or(work.now), new.said.by(&actor));
            let mut steps = match new.came {
                Came::Seized => vec![Handling::Seized { weight: new.weight }],
                Came::Received => vec![Handling::Received { seals: sorted(new.seals.clone()), weight: new.weight }],
                Came::Acquired => {
                    let weighed = new.weight.map(|weight| Handling::Weighed { weight });
                    [Handling::Acquired { origin: None }].into_iter().chain(weighed).collect()
                }
            };
            if new.came != Came::Received {
                steps.extend(closed(new.seals));
            }
            let id = work.new_item(&docket)?;
            let mut details = said.details().about(new.what, new.substance).drug(new.drug);
            for step in steps {
                work.item_step(id, step, details, at, false)?;
                details = said.details();
            }
            work.audit(&actor.person, &said.why, &format!("entered item {id}"), Some(docket))?;
            work.sequence()?;
            work.inner.item_shown(work.tx, &id).map(|(shown, _)| shown)
        })
    }

    /// Enters what was done with an item. Gives how it stands, and the parts if it was split.
    pub fn handle_item(&self, actor: &Actor, id: &ItemId, step: Step) -> Result<(ItemShown, Vec<ItemShown>), Trouble> {
        actor.may(Action::Write)?;
        let (actor, id) = (actor.clone(), *id);
        self.0.write(move |work| {
            let before = work.inner.item_shown(work.tx, &id)?.0;
            let docket = before.docket;
            let Step { done, at, as_found, drug, said } = step;
            let (at, said) = (at.unwrap_or(work.now), said.by(&actor));
            let (mut parts, mut then) = (Vec::new(), Vec::new());
            let handling = match done {
                Done::Sealed { seals } => Handling::Sealed { seals: sorted(seals) },
                Done::Opened { seals, sealed } => {
                    then = closed(sealed);
                    Handling::Opened { seals: sorted(seals) }
                }
                Done::Weighed { weight } => Handling::Weighed { weight },
                Done::Split { parts: new, loss } => {
                    let whole = work.weight_of(&id)?;
                    for part in new {
                        parts.push((work.new_item(&docket)?, part));
                    }
                    parts.sort_by_key(|(item, _)| *item);
                    split(whole, &parts, loss)?
                }
                Done::Transmitted { to } => Handling::Transmitted { to },
                Done::Received { seals, weight } => Handling::Received { seals: sorted(seals), weight },
                Done::Held {} => Handling::Held {},
                Done::Lifted {} if before.held => Handling::Lifted {},
                Done::Lifted {} => {
                    let sentence = format!("Nobody holds item {id}.");
                    return Trouble::refuse("node.item-history", sentence, "There is nothing to lift.");
                }
                Done::Returned {} => Handling::Returned {},
                Done::Destroyed {} => Handling::Destroyed {},
            };
            let kind = handling.kind();
            let hold = work.hold_of(&name(&id))?;
            let (from, to) = (before.keeper.clone(), handling.goes_to().cloned());
            let details = match (&to, before.what.clone()) {
                // Who receives it has nothing else that says what it is.
                (Some(_), Some(what)) => {
                    let known = before.drug.clone().unwrap_or_default().then(drug.clone().unwrap_or_default());
                    said.details().about(what, before.substance.clone()).drug(Some(known))
                }
                _ => said.details().drug(drug.clone()),
            };
            let entry = work.item_step(id, handling, details, at, as_found)?;
            for step in then {
                work.item_step(id, step, said.details(), at, false)?;
            }
            for concerned in to.into_iter().chain([from]) {
                work.tell_of_item(&concerned, &docket, &id)?;
            }
            let substance = work.inner.told(work.tx, &name(&id))?.about.and_then(|about| about.substance);
            let mut shown = Vec::new();
            for (part, NewPart { what, weight, drug, seals }) in parts {
                let origin = Origin { item: id, entry };
                let of_whole = before.drug.clone().unwrap_or_default();
                // What was said of the whole as it lay there is not said of its parts.
                let (gross, net, sample, packaging, report, retained) = (None, None, None, None, None, None);
                let of_part = Drug { gross, net, sample, packaging, report, retained, ..of_whole };
                let of_part = of_part.then(drug.unwrap_or_default());
                let details = said.details().about(what, substance.clone()).drug(Some(of_part));
                work.item_step(part, Handling::Separated { origin, weight }, details, at, false)?;
                // What must be kept must be kept in its parts too, on the same authority.
                if let Some(hold) = &hold {
                    let on = hold.said.as_ref().unwrap_or(&said).details();
                    work.item_step(part, Handling::Held {}, on, at, false)?;
                }
                for step in closed(seals) {
                    work.item_step(part, step, said.details(), at, false)?;
                }
                shown.push(work.inner.item_shown(work.tx, &part)?.0);
            }
            work.audit(&actor.person, &said.why, &format!("entered that item {id} was {kind}"), Some(docket))?;
            work.sequence()?;
            Ok((work.inner.item_shown(work.tx, &id)?.0, shown))
        })
    }

    /// The items of a docket, in the order in which they came.
    pub fn items(
        &self,
        actor: &Actor,
        docket: &DocketId,
        after: i64,
        limit: usize,
    ) -> Result<(Vec<ItemShown>, Option<i64>), Trouble> {
        actor.may(Action::ReadDockets)?;
        let bodies = actor.may(Action::ReadBodies).is_ok();
        self.0.read(|tx| {
            store::dockets::get(tx, docket)?.ok_or_else(|| Trouble::not_here("docket"))?;
            let page = items::of_docket(tx, docket, after, limit)?;
            let mut all = Vec::new();
            for row in page.rows {
                let (shown, _) = self.0.item_shown(tx, &id_of(&row)?)?;
                all.push(if bodies { shown } else { ItemShown { what: None, substance: None, drug: None, ..shown } });
            }
            Ok((all, page.next))
        })
    }

    /// One item and its history.
    pub fn item(&self, actor: &Actor, id: &ItemId) -> Result<(ItemShown, Chain), Trouble> {
        actor.may(Action::ReadBodies)?;
        let shown = self.0.read(|tx| self.0.item_shown(tx, id))?;
        let (person, docket, what) = (actor.person.clone(), shown.0.docket, format!("looked at item {id}"));
        self.0.write(move |work| work.audit(&person, "items", &what, Some(docket)))?;
        Ok(shown)
    }
}

impl Work<'_, '_> {
    fn new_item(&mut self, docket: &DocketId) -> Result<ItemId, Trouble> {
        let id = ItemId::new(world::bytes(&*self.inner.world));
        items::insert(self.tx, id.as_bytes(), docket)?;
        Ok(id)
    }
    /// Enters that an item was copied into an exhibit; gives what the exhibit's history names as its origin.
    pub(crate) fn imaged(
        &mut self,
        item: &ItemId,
        docket: &DocketId,
        exhibit: ExhibitId,
        said: &Handled,
    ) -> Result<Origin, Trouble> {
        self.inner.may_be_imaged(self.tx, item, docket)?;
        let yields = vec![exhibit];
        let entry = self.item_step(*item, Handling::Imaged { yields }, said.details(), self.now, false)?;
        Ok(Origin { item: *item, entry })
    }
    /// What an item weighed last; a refusal if nobody said.
    fn weight_of(&mut self, id: &ItemId) -> Result<Quantity, Trouble> {
        let weight = self.inner.told(self.tx, &name(id))?.standing.and_then(|standing| standing.weight);
        let unknown = || Refusal::new("node.item-split", "Nobody said what the item weighs.", "Weigh it first.");
        Ok(weight.ok_or_else(unknown)?)
    }
    /// Enters one handling, if it could have happened after what is entered already.
    fn item_step(
        &mut self,
        id: ItemId,
        handling: Handling,
        details: Details,
        at: Moment,
        as_found: bool,
    ) -> Result<Digest, Trouble> {
        let thing = Thing::Item { id };
        let mut line = entries(self.tx, &kept_as(&thing))?;
        let previous = line.last().map(|(name, _)| *name);
        let planned = CustodyEntry::new(self.inner.me.clone(), thing, handling.clone(), at, previous, Digest::of(&[]));
        let planned = frame(planned).map_err(|flaw| {
            let sentence = format!("It cannot be entered like this: {flaw}.");
            Refusal::new("node.item", sentence, "Change what the sentence names.")
        })?;
        line.push((Digest::of(&[planned.bytes()]), planned.into_value()));
        let last = line.len() - 1;
        let breaks = check(line.iter().map(|(name, entry)| (*name, entry)), self.now).breaks;
        let found = |what: &Broken| as_found && matches!(what, Broken::OtherSeals | Broken::OtherWeight { .. });
        if let Some(broken) = breaks.into_iter().find(|broken| broken.index == last && !found(&broken.what)) {
            let sentence = format!("That item {id} was {} cannot be entered: {}.", handling.kind(), broken.what);
            let remedy = match broken.what {
                Broken::Held => "Lift the hold first, if its authority allows it.",
                Broken::OtherSeals | Broken::OtherWeight { .. } => {
                    "Look again. If it is so, enter it as found; the history then shows the break for good."
                }
                _ => "Enter what happened before it first, or correct what was typed.",
            };
            return Trouble::refuse("node.item-history", sentence, remedy);
        }
        self.handled_thing(thing, handling, details, at)
    }
}

impl Inner {
    /// Refuses an image of what is not there, or lies under seal: before a file is read.
    pub(crate) fn may_be_imaged(&self, tx: &mut ReadTx<'_>, item: &ItemId, docket: &DocketId) -> Result<(), Trouble> {
        let (shown, _) = self.item_shown(tx, item)?;
        let refuse = |what: &str, remedy: &str| {
            Trouble::refuse("node.item-history", format!("An image of item {item} cannot be entered: {what}."), remedy)
        };
        match shown.state.as_str() {
            _ if shown.docket != *docket => refuse("it belongs to another docket", "Name an item of this docket."),
            "kept" if shown.seals.is_empty() => Ok(()),
            "kept" => refuse("it is under seal", "Enter first that its seals were broken."),
            other => refuse(&format!("it is {other}"), "Enter what happened to it first."),
        }
    }
    fn item_shown(&self, tx: &mut ReadTx<'_>, id: &ItemId) -> Result<(ItemShown, Chain), Trouble> {
        let row = items::get(tx, id.as_bytes())?.ok_or_else(|| Trouble::not_here("item"))?;
        let Told { chain, standing, about, drug } = self.told(tx, &name(id))?;
        let Standing { keeper, place, seals, weight, held, time, .. } =
            standing.ok_or_else(|| Bug::new(format!("item {id} has no history")))?;
        let (state, to) = match place {
            Place::Kept => ("kept", None),
            Place::UnderWay(to) => ("under-way", Some(to)),
            Place::Ended(how) => (how, None),
        };
        let (what, substance) = about.map_or((None, None), |about| (about.what, about.substance));
        let (id, docket, state, seals) = (*id, row.docket, state.to_owned(), seals.unwrap_or_default());
        Ok((
            ItemShown { id, docket, what, substance, drug, state, to, keeper, seals, weight, held, changed_at: time },
            chain,
        ))
    }
}

/// All items of a docket.
pub(crate) fn all(tx: &mut ReadTx<'_>, docket: &DocketId) -> Result<Vec<Thing>, Trouble> {
    let (mut all, mut after) = (Vec::new(), 0);
    loop {
        let page = items::of_docket(tx, docket, after, store::PAGE_MAX)?;
        for row in page.rows {
            after = row.seq;
            all.push(Thing::Item { id: id_of(&row)? });
        }
        if page.next.is_none() {
            return Ok(all);
        }
    }
}

fn id_of(row: &ItemRow) -> Result<ItemId, Trouble> {
    let bytes = row.id.as_slice().try_into().map_err(|_| Bug::new("an item is kept under no id of an item"))?;
    Ok(ItemId::new(bytes))
}

fn name(id: &ItemId) -> Vec<u8> {
    kept_as(&Thing::Item { id: *id })
}

fn sorted(mut seals: Vec<SealNumber>) -> Vec<SealNumber> {
    seals.sort();
    seals
}

/// Closing under seals, if there are any.
fn closed(seals: Vec<SealNumber>) -> Vec<Handling> {
    if seals.is_empty() { vec![] } else { vec![Handling::Sealed { seals: sorted(seals) }] }
}

/// A split that adds up to what is there, or a refusal.
fn split(whole: Quantity, parts: &[(ItemId, NewPart)], loss: Option<Quantity>) -> Result<Handling, Trouble> {
    let text = whole.to_string();
    let unit = text.split_once(' ').map_or("", |(_, unit)| unit);
    let nothing = || format!("0 {unit}").parse().map_err(|why: Malformed| Bug::new(format!("no quantity: {why}")));
    let loss = loss.map_or_else(nothing, Ok)?;
    if !whole.is_sum_of(parts.iter().map(|(_, part)| &part.weight).chain([&loss])) {
        let sentence = format!("The parts and the loss do not add up to the {whole} that are there.");
        let remedy = "Name what remains as a part too, and as loss what was consumed; or weigh again.";
        return Trouble::refuse("node.item-split", sentence, remedy);
    }
    let parts = parts.iter().map(|(item, part)| Part { item: *item, weight: part.weight.clone() }).collect();
    Ok(Handling::Split { whole, parts, loss })
}
