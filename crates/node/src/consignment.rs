//! A physical item that goes from one authority to another: the thing travels in a van, its history travels here.
//!
//! ```text
//! transmitted ──history, and what the item is──▶ listed there, on its way ──(received, with seals and weight as found)──▶ history back to the sender
//! ```
//! So one history goes on over both nodes, each entry signed by whoever had the thing, and what it comes from goes along: the whole of a part.
//! What arrives must begin at its beginning, hang together, and go on from what is kept here: two histories of one thing are never mixed. A restored peer is
//! told again what concerns it. Specification: `docs/spec/exhibit.md`, *An item between authorities*. Never here: whether the seals were right; that, the
//! recipient enters as found.

use docket::contents::{Bytes, History, Item, Statement, Told};
use evidence::custody::{Broken, Details, Handling, Thing, check, check_origin};
use evidence::document::parse;
use evidence::{CustodyEntry, ItemId, Verdict};
use serde_json::json;
use store::exhibits::{self, CustodyRow};
use store::items;
use terms::{AuthorityId, Bug, Digest, DocketId, Salt};

use crate::Trouble;
use crate::admit::{AHEAD_MAX, InTime, NotTaken};
use crate::alarms::Found;
use crate::arrival::signed_by;
use crate::custody::{self, kept_as, rows};
use crate::items::all;
use crate::node::Work;

/// So many wholes one item may have been part of, one inside the other.
const WHOLES_MAX: usize = 32;

/// Signed entries about one item, from the first one on.
struct Line {
    item: ItemId,
    entries: Vec<(Digest, CustodyEntry, Statement)>,
}

impl Line {
    /// Reads the signed entries of one item, and checks every signature.
    fn read(entries: Vec<Statement>, seals: &InTime<'_>) -> Result<Self, NotTaken> {
        let mut read = Vec::new();
        for one in entries {
            let entry = parse::<CustodyEntry>(&one.statement.0);
            let entry = entry.map_err(|flaw| bad("node.custody", &flaw))?.into_value();
            signed_by(seals, &entry.author, entry.time, &one.statement.0, &one.signature.0)
                .map_err(|why| bad("node.custody-signature", &why))?;
            read.push((Digest::of(&[&one.statement.0]), entry, one));
        }
        match read.first().map(|(_, entry, _)| entry.thing) {
            Some(Thing::Item { id }) => Ok(Self { item: id, entries: read }),
            _ => Err(bad("node.custody", &"it is the history of no item")),
        }
    }

    fn first(&self) -> Option<&CustodyEntry> {
        self.entries.first().map(|(_, entry, _)| entry)
    }
    fn last(&self) -> Option<(Digest, &CustodyEntry)> {
        self.entries.last().map(|(name, entry, _)| (*name, entry))
    }

    /// Whether it begins at its beginning and could have happened. Seals or a weight that were found to be otherwise are told, not refused.
    fn could_have_happened(&self, seals: &InTime<'_>) -> Result<(), NotTaken> {
        // Clocks differ a little between authorities.
        let now = seals.now.plus_seconds(AHEAD_MAX);
        let history = check(self.entries.iter().map(|(name, entry, _)| (*name, entry)), now);
        let found = |what: &Broken| matches!(what, Broken::OtherSeals | Broken::OtherWeight { .. });
        match history.breaks.iter().find(|broken| !found(&broken.what)) {
            Some(broken) => Err(bad("node.custody", &format!("entry {}: {}", broken.index + 1, broken.what))),
            None if history.missing.is_some() => Err(bad("node.custody", &"its beginning is missing")),
            None => Ok(()),
        }
    }
}

fn bad(code: &str, why: &dyn std::fmt::Display) -> NotTaken {
    NotTaken::new(code, format!("the history of an item: {why}"))
}

/// A history that came, with every signature checked.
pub(crate) struct Come {
    docket: DocketId,
    line: Line,
    wholes: Vec<Line>,
    told: Option<(Salt, Vec<u8>)>,
    bytes: Vec<u8>,
}

/// Checks what came: each entry signed by its author, the line unbroken, each whole the one that its part names.
pub(crate) fn read(came: History, seals: &InTime<'_>) -> Result<Come, (NotTaken, Vec<u8>)> {
    let bytes = came.entries.last().map(|last| last.statement.0.clone()).unwrap_or_default();
    checked(came, seals, &bytes).map_err(|reason| (reason, bytes))
}

fn checked(came: History, seals: &InTime<'_>, bytes: &[u8]) -> Result<Come, NotTaken> {
    let line = Line::read(came.entries, seals)?;
    line.could_have_happened(seals)?;
    if came.wholes.len() > WHOLES_MAX {
        return Err(bad("node.custody", &format!("it names more than {WHOLES_MAX} wholes")));
    }
    let mut wholes: Vec<Line> = Vec::new();
    for entries in came.wholes {
        let whole = Line::read(entries, seals)?;
        whole.could_have_happened(seals)?;
        let part = wholes.last().unwrap_or(&line).first();
        if part.is_none_or(|part| check_origin(part, whole.last()) != Verdict::Matches) {
            return Err(bad("node.custody", &"what it names as its whole did not become it"));
        }
        wholes.push(whole);
    }
    if origin(wholes.last().unwrap_or(&line)).is_some() {
        return Err(bad("node.custody", &"it is a part, and the history of its whole did not come along"));
    }
    let told = match came.told {
        None => None,
        Some(Told { salt, details }) => {
            let read = parse::<Details>(&details.0).map_err(|flaw| bad("node.custody-details", &flaw))?;
            if !line.last().is_some_and(|(_, entry)| entry.binds(&salt, &read)) {
                return Err(bad(
                    "node.custody-details",
                    &"what is told of its last entry is not what that entry binds",
                ));
            }
            Some((salt, details.0))
        }
    };
    Ok(Come { docket: came.docket, line, wholes, told, bytes: bytes.to_vec() })
}

/// The item of which this one is a part.
fn origin(line: &Line) -> Option<ItemId> {
    match &line.first()?.handling {
        Handling::Separated { origin, .. } => Some(origin.item),
        _ => None,
    }
}

impl Work<'_, '_> {
    /// Tells a party of the docket how the history of an item goes on, as far as it concerns that party.
    pub(crate) fn tell_of_item(&mut self, to: &AuthorityId, docket: &DocketId, item: &ItemId) -> Result<(), Trouble> {
        let party = self.the_docket(docket)?.parties().iter().any(|party| party.authority == *to);
        if !party || *to == self.inner.me {
            return Ok(());
        }
        let Some((last, entries)) = self.line_for(to, item)? else { return Ok(()) };
        let (mut wholes, mut part) = (Vec::new(), entries.first().map(|row| row.entry.clone()));
        while let Some(entry) = part.take() {
            let Handling::Separated { origin, .. } = own(&entry)?.handling else { break };
            let mut whole = rows(self.tx, &kept_as(&Thing::Item { id: origin.item }))?;
            let split = whole.iter().position(|row| Digest::of(&[&row.entry]) == origin.entry);
            whole.truncate(split.map_or(0, |index| index + 1));
            part = whole.first().map(|row| row.entry.clone());
            wholes.push(whole.into_iter().map(statement).collect());
        }
        // What the item is stands beside the entry that sent it; who received it elsewhere is that authority's own affair.
        let sent = entries.last().map(|row| own(&row.entry)).transpose()?;
        let sent =
            sent.is_some_and(|entry| matches!(&entry.handling, Handling::Transmitted { to: whom } if whom == to));
        let told = match exhibits::details(self.tx, &last)?.filter(|_| sent) {
            Some((salt, sealed)) => {
                let details = Bytes(self.inner.desk_key()?.open(last.as_bytes(), &sealed)?.to_vec());
                Some(Told { salt, details })
            }
            None => None,
        };
        let entries = entries.into_iter().map(statement).collect();
        self.owe_item(to, "history", &Item::History(History { docket: *docket, entries, wholes, told }))
    }

    /// The history of an item up to the last entry that concerns an authority: its own, one that sent the thing to it, or one that received it from there.
    fn line_for(&mut self, to: &AuthorityId, item: &ItemId) -> Result<Option<(Digest, Vec<CustodyRow>)>, Trouble> {
        let mut kept = rows(self.tx, &kept_as(&Thing::Item { id: *item }))?;
        let mut concerns = None;
        let mut before: Option<AuthorityId> = None;
        for (index, row) in kept.iter().enumerate() {
            let entry = own(&row.entry)?;
            let from_there = matches!(entry.handling, Handling::Received { .. }) && before.as_ref() == Some(to);
            let to_there = matches!(&entry.handling, Handling::Transmitted { to: whom } if whom == to);
            if entry.author == *to || from_there || to_there {
                concerns = Some((index, Digest::of(&[&row.entry])));
            }
            before = Some(entry.author);
        }
        Ok(concerns.map(|(index, name)| {
            kept.truncate(index + 1);
            (name, kept)
        }))
    }

    /// Tells a peer that was restored of every item of a docket, as far as it concerns that peer.
    pub(crate) fn tell_of_items(&mut self, to: &AuthorityId, docket: &DocketId) -> Result<(), Trouble> {
        for thing in all(self.tx, docket)? {
            if let Thing::Item { id } = thing {
                self.tell_of_item(to, docket, &id)?;
            }
        }
        Ok(())
    }

    /// Keeps a history that came, if it goes on from what is kept here. An item that is on its way here is listed in its docket from now on.
    pub(crate) fn take_history(&mut self, from: &AuthorityId, come: Come) -> Result<(), Trouble> {
        let Come { docket, line, wholes, told, bytes } = come;
        let me = self.inner.me.clone();
        let both = match self.docket(&docket)? {
            Some(there) => [from, &me].map(|one| there.parties().iter().any(|party| party.authority == *one)),
            None => [false; 2],
        };
        let before = line.entries.iter().rev().nth(1).map(|(_, entry, _)| entry.author.clone());
        let ours = line.last().is_some_and(|(_, entry)| match &entry.handling {
            Handling::Transmitted { to } if *to == me => entry.author == *from,
            Handling::Received { .. } if entry.author == *from => before == Some(me.clone()),
            _ => entry.author == me,
        });
        if both != [true; 2] || !ours {
            let why =
                "it concerns no docket of the two, or was told by an authority that had no part in its last entry";
            return self.put_aside(from, &bad("node.custody-other", &why), &bytes);
        }
        // All or nothing: a whole that goes on otherwise here says that the part does, too.
        for one in wholes.iter().chain([&line]) {
            if self.beyond(one)?.is_none() {
                self.two_custodies(from, &docket, one)?;
                let why = format!("item {} has another history here", one.item);
                return self.put_aside(from, &bad("node.custody-other", &why), &bytes);
            }
        }
        for whole in wholes {
            self.go_on(whole)?;
        }
        let (item, last) = (line.item, line.last().map(|(name, _)| name));
        if items::get(self.tx, item.as_bytes())?.is_none() {
            items::insert(self.tx, item.as_bytes(), &docket)?;
        }
        let new = self.go_on(line)?;
        if let (Some(name), Some((salt, details))) = (last, told)
            && exhibits::details(self.tx, &name)?.is_none()
        {
            let key = self.inner.desk_key()?;
            let sealed = key.seal(name.as_bytes(), &details, &mut *self.inner.world.chance())?;
            exhibits::put_details(self.tx, &name, &salt, &sealed)?;
        }
        if new > 0 {
            let what = format!("took in {new} entries of the history of item {item}, as {from} told it");
            self.audit("node", "custody of an item", &what, Some(docket))?;
            self.changed(&docket);
        }
        Ok(())
    }

    /// Two histories of one thing were signed: an officer must see it, with both.
    fn two_custodies(&mut self, from: &AuthorityId, docket: &DocketId, told: &Line) -> Result<(), Trouble> {
        let kept = rows(self.tx, &kept_as(&Thing::Item { id: told.item }))?;
        let mut pairs = kept.iter().zip(&told.entries);
        let Some((here, (_, there, _))) = pairs.find(|(here, (.., there))| here.entry != there.statement.0) else {
            return Ok(());
        };
        let here = own(&here.entry)?;
        let sentence = format!(
            "Item {} has two histories: here {} entered it as {} at {}; {from} tells that {} entered it as {} at {}.",
            told.item,
            here.author,
            here.handling.kind(),
            here.time,
            there.author,
            there.handling.kind(),
            there.time
        );
        let kept: Vec<Statement> = kept.into_iter().map(statement).collect();
        let told: Vec<&Statement> = told.entries.iter().map(|(.., one)| one).collect();
        let evidence = terms::canonical::to_bytes(&json!({"kept": kept, "told": told, "v": "comity.two-custodies/1"}))?;
        let (authority, docket) = (from.clone(), Some(*docket));
        self.alarm(Found { kind: "two-custodies", sentence, authority, docket, evidence })
    }

    /// How many of its entries are kept here already; nothing if others are.
    fn beyond(&mut self, line: &Line) -> Result<Option<usize>, Trouble> {
        let here = rows(self.tx, &kept_as(&Thing::Item { id: line.item }))?;
        let same = here.iter().zip(&line.entries).all(|(kept, (_, _, came))| kept.entry == came.statement.0);
        Ok(same.then_some(here.len()))
    }

    /// Keeps the entries that are not here yet; gives their number.
    fn go_on(&mut self, line: Line) -> Result<usize, Trouble> {
        let here = self.beyond(&line)?.unwrap_or(line.entries.len());
        let thing = kept_as(&Thing::Item { id: line.item });
        let new = line.entries.into_iter().skip(here);
        let mut count = 0;
        for (_, _, came) in new {
            custody::enter(self.tx, &*self.inner.world, &thing, &came.statement.0, &came.signature.0, self.now)?;
            count += 1;
        }
        Ok(count)
    }
}

/// An entry that is kept here.
fn own(bytes: &[u8]) -> Result<CustodyEntry, Trouble> {
    let entry = parse::<CustodyEntry>(bytes);
    Ok(entry.map_err(|flaw| Bug::new(format!("a custody entry that was kept: {flaw}")))?.into_value())
}

fn statement(row: CustodyRow) -> Statement {
    Statement { statement: Bytes(row.entry), signature: Bytes(row.signature) }
}
