//! Who did what with an exhibit: each handling at this node becomes a signed entry that names the one before it, and a leaf of the ledger.
//!
//! Views and exports enter it by themselves; nobody has to remember. What is personal in an entry lies beside it, sealed. A history that came
//! with a transmission goes on here. Specification: `docs/spec/exhibit.md`, *Custody entry*. Never here: whether somebody may handle the exhibit.

use evidence::custody::{Details, Handling, History, Thing, check};
use evidence::document::frame;
use evidence::{CustodyEntry, Digests, Verdict};
use serde::{Deserialize, Serialize};
use store::exhibits::{self, CustodyRow};
use store::leaves::{self, NewLeaf};
use store::{ReadTx, WriteTx};
use terms::{AuthorityId, Bug, Digest, ExhibitId, Moment};

use crate::node::{Inner, Work};
use crate::{Trouble, world};

/// The ledger's word for a custody entry.
pub(crate) const CUSTODY_LEAF: &str = "custody";

/// Who handled an exhibit, where, why and on what authority.
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
    /// When.
    pub time: Moment,
    /// Who, where, why and on what authority, if this node knows.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub details: Option<Handled>,
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
    /// Enters a handling by this authority.
    pub fn handled(
        &mut self,
        exhibit: ExhibitId,
        digests: &Digests,
        handling: Handling,
        said: &Handled,
    ) -> Result<Digest, Trouble> {
        self.may_seal()?;
        let previous = rows(self.tx, &exhibit)?.last().map(|row| Digest::of(&[&row.entry]));
        let details = Details::new(&said.who, &said.place, &said.why, &said.authority);
        let details = frame(details).map_err(|flaw| {
            let sentence = format!("The handling cannot be entered like this: {flaw}.");
            terms::Refusal::new(
                "node.custody-details",
                sentence,
                "Say who, where, why and on what authority, a line each.",
            )
        })?;
        let salt = world::salt(&*self.inner.world);
        let thing = Thing::Exhibit { id: exhibit, sha256: digests.sha256 };
        let digest = Details::digest(&salt, details.bytes());
        let entry = CustodyEntry::new(self.inner.me.clone(), thing, handling, self.now, previous, digest);
        let entry = frame(entry).map_err(|flaw| Bug::new(format!("a custody entry of our own: {flaw}")))?;
        let signature = self.inner.hands().sign(entry.bytes(), self.now)?;
        let name = enter(self.tx, &*self.inner.world, &exhibit, entry.bytes(), &signature, self.now)?;
        let key = self.inner.desk_key()?;
        let sealed = key.seal(name.as_bytes(), details.bytes(), &mut *self.inner.world.chance())?;
        exhibits::put_details(self.tx, &name, &salt, &sealed)?;
        Ok(name)
    }
}

/// Keeps an entry, ours or another's, with its leaf; gives its name.
pub(crate) fn enter(
    tx: &mut WriteTx<'_>,
    world: &dyn world::World,
    exhibit: &ExhibitId,
    entry: &[u8],
    signature: &[u8],
    now: Moment,
) -> Result<Digest, Trouble> {
    exhibits::add_custody(tx, exhibit, entry, signature, now)?;
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

/// All entries about an exhibit that are kept here, first one first.
pub(crate) fn rows(tx: &mut ReadTx<'_>, exhibit: &ExhibitId) -> Result<Vec<CustodyRow>, Trouble> {
    let (mut all, mut after) = (Vec::new(), 0);
    loop {
        let page = exhibits::custody(tx, exhibit, after, store::PAGE_MAX)?;
        after = page.rows.last().map_or(after, |row| row.seq);
        all.extend(page.rows);
        if page.next.is_none() {
            return Ok(all);
        }
    }
}

impl Inner {
    /// The history of an exhibit, checked as of now. Signatures were checked when the entries were kept.
    pub fn chain(&self, tx: &mut ReadTx<'_>, exhibit: &ExhibitId) -> Result<Chain, Trouble> {
        let (mut lines, mut kept) = (Vec::new(), Vec::new());
        for row in rows(tx, exhibit)? {
            let entry = evidence::document::parse::<CustodyEntry>(&row.entry);
            let entry = entry.map_err(|flaw| Bug::new(format!("a custody entry that was kept: {flaw}")))?;
            let name = Digest::of(&[&row.entry]);
            let details = match exhibits::details(tx, &name)? {
                Some((_, sealed)) => Some(self.desk_key()?.open(name.as_bytes(), &sealed)?),
                None => None,
            };
            let details: Option<Details> = details.and_then(|bytes| serde_json::from_slice(&bytes).ok());
            lines.push(CustodyLine {
                entry: name,
                author: entry.author.clone(),
                kind: entry.handling.kind().to_owned(),
                to: if let Handling::Transmitted { to } = &entry.handling { Some(to.clone()) } else { None },
                time: entry.time,
                details: details.map(|said| Handled {
                    who: said.who,
                    place: said.place,
                    why: said.why,
                    authority: said.authority,
                }),
            });
            kept.push((name, entry.into_value()));
        }
        let history: History = check(kept.iter().map(|(name, entry)| (*name, entry)), self.world.now());
        let breaks = history.breaks.iter().map(|broken| format!("entry {}: {}", broken.index + 1, broken.what));
        Ok(Chain { entries: lines, verdict: history.verdict(), breaks: breaks.collect() })
    }
}
