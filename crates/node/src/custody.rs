//! Who did what with an exhibit or a physical item: each handling at this node becomes a signed entry that names the one before it, and a leaf of the ledger.
//!
//! Views and exports enter it by themselves; nobody has to remember. What is personal in an entry lies beside it, sealed. A history that came
//! with a transmission goes on here. Specification: `docs/spec/exhibit.md`, *Custody entry*. Never here: whether somebody may handle it.

use evidence::custody::{Details, Drug, Handling, History, Part, SealNumber, Standing, Thing, check};
use evidence::document::frame;
use evidence::{CustodyEntry, Digests, Quantity, Verdict};
use serde::{Deserialize, Serialize};
use store::exhibits::{self, CustodyRow};
use store::leaves::{self, NewLeaf};
use store::{ReadTx, WriteTx};
use terms::{AuthorityId, Bug, Digest, ExhibitId, Moment};

use crate::actor::Actor;
use crate::node::{Inner, Work};
use crate::{Trouble, world};

/// The ledger's word for a custody entry.
pub(crate) const CUSTODY_LEAF: &str = "custody";

/// Who handled a thing, where, why and on what authority.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Handled {
    /// The person.
    pub who: String,
    /// The place.
    #[serde(rename = "where")]
    pub place: String,
    /// The purpose.
    pub why: String,
    /// The order, request or rule on which it was done.
    pub authority: String,
}

impl Handled {
    /// By this person. Who else did it, in their word, stands beside who entered it: nobody signs in another's name.
    pub(crate) fn by(mut self, actor: &Actor) -> Self {
        let who = self.who.trim();
        self.who = match who.is_empty() || who == actor.name {
            true => actor.name.clone(),
            false => format!("{who} (entered by {})", actor.name),
        };
        self
    }
    /// As it stands beside an entry.
    pub(crate) fn details(&self) -> Details {
        Details::new(&self.who, &self.place, &self.why, &self.authority)
    }
}

/// A custody entry as it is shown.
#[derive(Debug, Clone, Serialize)]
pub struct CustodyLine {
    /// SHA-256 of the entry.
    pub entry: Digest,
    /// The authority that answers for it.
    pub author: AuthorityId,
    /// What was done: `received`.
    pub kind: String,
    /// To whom, for a transmission.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub to: Option<AuthorityId>,
    /// What was signed beside the word for it: of an item weights, numbers of seals, parts; of an exhibit until when it is to be kept.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub facts: Option<Handling>,
    /// When.
    pub time: Moment,
    /// Who, where, why and on what authority, if this node knows.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub details: Option<Handled>,
}

impl CustodyLine {
    /// What was signed beside the word for it, a line for each weight, seal and part.
    pub fn said(&self) -> Vec<String> {
        let seals = |numbers: &[SealNumber]| {
            let numbers: Vec<String> = numbers.iter().map(ToString::to_string).collect();
            (!numbers.is_empty()).then(|| format!("seals {}", numbers.join(", ")))
        };
        let weight = |weight: &Quantity| Some(format!("weight {weight}"));
        let lines = match &self.facts {
            Some(Handling::Seized { weight: Some(found) } | Handling::Weighed { weight: found }) => vec![weight(found)],
            Some(Handling::Sealed { seals: numbers } | Handling::Opened { seals: numbers }) => vec![seals(numbers)],
            Some(Handling::Received { seals: numbers, weight: found }) => {
                vec![seals(numbers), found.as_ref().and_then(weight)]
            }
            Some(Handling::Kept { until }) => vec![Some(format!("until {until}"))],
            Some(Handling::Separated { origin, weight: found }) => {
                vec![weight(found), Some(format!("of item {}", origin.item))]
            }
            Some(Handling::Split { whole, parts, loss }) => {
                let part = |part: &Part| Some(format!("part {}, {}", part.item, part.weight));
                let ends = [weight(whole), Some(format!("loss {loss}"))];
                ends.into_iter().chain(parts.iter().map(part)).collect()
            }
            _ => vec![],
        };
        lines.into_iter().flatten().collect()
    }
}

/// A history as it is shown.
#[derive(Debug, Clone, Serialize)]
pub struct Chain {
    /// First entry first.
    pub entries: Vec<CustodyLine>,
    /// Whether it is unbroken from its beginning: one of the three answers.
    pub verdict: Verdict,
    /// What is wrong with it, in sentences.
    pub breaks: Vec<String>,
}

impl Work<'_, '_> {
    /// Enters a handling of an exhibit by this authority, now.
    pub fn handled(
        &mut self,
        exhibit: ExhibitId,
        digests: &Digests,
        handling: Handling,
        said: &Handled,
    ) -> Result<Digest, Trouble> {
        let thing = Thing::Exhibit { id: exhibit, sha256: digests.sha256 };
        self.handled_thing(thing, handling, said.details(), self.now)
    }
    /// Enters a handling of a thing by this authority, at a moment. Whether it may stand there is asked before.
    pub fn handled_thing(
        &mut self,
        thing: Thing,
        handling: Handling,
        details: Details,
        at: Moment,
    ) -> Result<Digest, Trouble> {
        self.may_seal()?;
        let kept_as = kept_as(&thing);
        let previous = rows(self.tx, &kept_as)?.last().map(|row| Digest::of(&[&row.entry]));
        let details = frame(details).map_err(|flaw| {
            let sentence = format!("The handling cannot be entered like this: {flaw}.");
            terms::Refusal::new(
                "node.custody-details",
                sentence,
                "Say who, where, why and on what authority, and what an item is, a line each.",
            )
        })?;
        let salt = world::salt(&*self.inner.world);
        let digest = Details::digest(&salt, details.bytes());
        let entry = CustodyEntry::new(self.inner.me.clone(), thing, handling, at, previous, digest);
        let entry = frame(entry).map_err(|flaw| Bug::new(format!("a custody entry of our own: {flaw}")))?;
        let signature = self.inner.hands().sign(entry.bytes(), self.now)?;
        let name = enter(self.tx, &*self.inner.world, &kept_as, entry.bytes(), &signature, self.now)?;
        let key = self.inner.desk_key()?;
        let sealed = key.seal(name.as_bytes(), details.bytes(), &mut *self.inner.world.chance())?;
        exhibits::put_details(self.tx, &name, &salt, &sealed)?;
        Ok(name)
    }
}

/// Keeps an entry about a thing, ours or another's, with its leaf; gives its name. The thing is named as [`kept_as`] names it.
pub(crate) fn enter(
    tx: &mut WriteTx<'_>,
    world: &dyn world::World,
    thing: &[u8],
    entry: &[u8],
    signature: &[u8],
    now: Moment,
) -> Result<Digest, Trouble> {
    exhibits::add_custody(tx, thing, entry, signature, now)?;
    let name = Digest::of(&[entry]);
    let leaf = NewLeaf {
        kind: CUSTODY_LEAF.to_owned(),
        id: name,
        signature_hash: Digest::of(&[signature]),
        salt: world::salt(world),
    };
    leaves::queue(tx, &leaf)?;
    Ok(name)
}

/// By which bytes a thing's entries are kept: an exhibit's by its id. A peer chooses the ids of its exhibits: none can be chosen so that it meets
/// an item's.
pub(crate) fn kept_as(thing: &Thing) -> Vec<u8> {
    match thing {
        Thing::Exhibit { id, .. } => id.as_bytes().to_vec(),
        Thing::Item { id } => [b"item/".as_slice(), id.as_bytes()].concat(),
    }
}

/// All entries about a thing that are kept here, first one first.
pub(crate) fn rows(tx: &mut ReadTx<'_>, thing: &[u8]) -> Result<Vec<CustodyRow>, Trouble> {
    let (mut all, mut after) = (Vec::new(), 0);
    loop {
        let page = exhibits::custody(tx, thing, after, store::PAGE_MAX)?;
        after = page.rows.last().map_or(after, |row| row.seq);
        all.extend(page.rows);
        if page.next.is_none() {
            return Ok(all);
        }
    }
}

/// All entries about a thing with their names, read.
pub(crate) fn entries(tx: &mut ReadTx<'_>, thing: &[u8]) -> Result<Vec<(Digest, CustodyEntry)>, Trouble> {
    let read = |row: CustodyRow| {
        let entry = evidence::document::parse::<CustodyEntry>(&row.entry);
        let entry = entry.map_err(|flaw| Bug::new(format!("a custody entry that was kept: {flaw}")))?;
        Ok((Digest::of(&[&row.entry]), entry.into_value()))
    };
    rows(tx, thing)?.into_iter().map(read).collect()
}

/// An entry as it is kept, with its details if they are known.
pub(crate) struct Kept {
    pub name: Digest,
    pub entry: CustodyEntry,
    pub details: Option<Details>,
}

/// A history, and what it comes to.
pub(crate) struct Told {
    /// As it is shown.
    pub chain: Chain,
    /// What stands after the last entry.
    pub standing: Option<Standing>,
    /// What stands beside the first entry that says what the thing is, if this node knows.
    pub about: Option<Details>,
    /// What is known of a drug after all of them.
    pub drug: Option<Drug>,
}

impl Inner {
    /// The history of an exhibit, checked as of now. Signatures were checked when the entries were kept.
    pub fn chain(&self, tx: &mut ReadTx<'_>, exhibit: &ExhibitId) -> Result<Chain, Trouble> {
        Ok(self.told(tx, exhibit.as_bytes())?.chain)
    }
    /// The history of a thing, and what stands after it.
    pub(crate) fn told(&self, tx: &mut ReadTx<'_>, thing: &[u8]) -> Result<Told, Trouble> {
        let mut kept = Vec::new();
        for (name, entry) in entries(tx, thing)? {
            let details = match exhibits::details(tx, &name)? {
                Some((_, sealed)) => Some(self.desk_key()?.open(name.as_bytes(), &sealed)?),
                None => None,
            };
            let details = details.and_then(|bytes| serde_json::from_slice(&bytes).ok());
            kept.push(Kept { name, entry, details });
        }
        // Of an item that came from elsewhere it stands beside the entry that sent it.
        let about = kept.iter().filter_map(|one| one.details.as_ref()).find(|details| details.what.is_some()).cloned();
        let (chain, standing) = chain_of(&kept, self.world.now());
        let drug = kept.iter().filter_map(|one| one.details.as_ref()?.drug.clone()).reduce(Drug::then);
        Ok(Told { chain, standing, about, drug })
    }
}

/// A line of entries as it is shown, checked as of a moment, and what stands after it.
pub(crate) fn chain_of(kept: &[Kept], now: Moment) -> (Chain, Option<Standing>) {
    let line = |Kept { name, entry, details }: &Kept| CustodyLine {
        entry: *name,
        author: entry.author.clone(),
        kind: entry.handling.kind().to_owned(),
        to: if let Handling::Transmitted { to } = &entry.handling { Some(to.clone()) } else { None },
        facts: (matches!(entry.thing, Thing::Item { .. }) || matches!(entry.handling, Handling::Kept { .. }))
            .then(|| entry.handling.clone()),
        time: entry.time,
        details: details.clone().map(|said| Handled {
            who: said.who,
            place: said.place,
            why: said.why,
            authority: said.authority,
        }),
    };
    let history: History = check(kept.iter().map(|one| (one.name, &one.entry)), now);
    let breaks = history.breaks.iter().map(|broken| format!("entry {}: {}", broken.index + 1, broken.what));
    let (verdict, breaks) = (history.verdict(), breaks.collect());
    (Chain { entries: kept.iter().map(line).collect(), verdict, breaks }, history.standing)
}
