//! Evidence on its way out: the manifest that an act names, and what travels beside the act.
//!
//! A draft that transmits lists exhibits. When it is proposed, the manifest is written and its digest becomes a fact of the act, so that people
//! approve exactly this list; when it is sent, the manifest is signed, each exhibit's history says to whom it went, and
//! beside the act travel manifest, keys wrapped for that recipient, and histories. Which acts carry a manifest is the procedure's matter:
//! here it is the fact `manifest`. Specification: `docs/spec/exhibit.md`.

use docket::SignedAct;
use docket::contents::{Bytes, Exhibits, Item, Statement};
use evidence::custody::{CustodyEntry, Handling};
use evidence::document::{frame, parse};
use evidence::{Entry, Manifest};
use seal::{EncryptionKey, wrap_key};
use serde_json::{Value, json};
use store::manifests::{self, ManifestRow};
use store::{ReadTx, exhibits};
use terms::{ActId, AuthorityId, Bug, Digest, DocketId, ExhibitId, Refusal};

use crate::Trouble;
use crate::actor::Actor;
use crate::custody::{self, Handled};
use crate::exhibits::entry_of;
use crate::node::{Inner, Work};

/// The fact by which an act names its manifest.
pub(crate) const FACT: &str = "manifest";

/// The manifest that an act names, if it names one.
pub(crate) fn named_in(facts: &serde_json::Map<String, Value>) -> Option<Digest> {
    facts.get(FACT)?.as_str()?.parse().ok()
}

impl Work<'_, '_> {
    /// Writes the manifest of these exhibits, and lists them with their titles for the body. The second is personal, the first is not.
    pub fn write_manifest(&mut self, docket: &DocketId, ids: &[ExhibitId]) -> Result<(String, Value), Trouble> {
        let (mut entries, mut titles): (Vec<Entry>, Vec<Value>) = (Vec::new(), Vec::new());
        for id in ids {
            let (row, entry) = self.inner.exhibit_here(self.tx, id)?;
            if row.docket != Some(*docket) {
                let sentence = format!("Exhibit {id} belongs to another docket.");
                return Trouble::refuse("node.exhibit", sentence, "Take it in for this docket.");
            }
            titles.push(json!({"id": id, "title": self.inner.title_of(&row)?}));
            entries.push(entry);
        }
        let manifest = frame(Manifest::new(self.inner.me.clone(), *docket, self.now, entries)).map_err(|flaw| {
            Refusal::new(
                "node.exhibit",
                format!("These exhibits cannot be transmitted together: {flaw}."),
                "Change the list.",
            )
        })?;
        let text = String::from_utf8(manifest.bytes().to_vec());
        Ok((text.map_err(|_| Bug::new("canonical JSON is UTF-8"))?, titles.into()))
    }

    /// Signs the manifest that a sent act names, and enters into each history to whom the exhibit went.
    pub fn transmitted(&mut self, act: ActId, docket: &DocketId, manifest: &str, by: &Actor) -> Result<(), Trouble> {
        let listed = parse::<Manifest>(manifest.as_bytes());
        let listed = listed.map_err(|flaw| Bug::new(format!("a manifest of our own: {flaw}")))?;
        let signature = self.inner.hands().sign(manifest.as_bytes(), self.now)?;
        let ids: Vec<ExhibitId> = listed.exhibits.iter().map(|entry| entry.id).collect();
        let row = ManifestRow {
            digest: Digest::of(&[manifest.as_bytes()]),
            docket: *docket,
            author: self.inner.me.clone(),
            act: Some(act),
            statement: manifest.as_bytes().to_vec(),
            signature,
            received_at: self.now,
            seq: 0,
        };
        manifests::insert(self.tx, &row, &ids)?;
        self.owe_stamp(&row.digest)?;
        let parties = self.the_docket(docket)?.parties();
        let me = self.inner.me.clone();
        for to in parties.iter().map(|party| &party.authority).filter(|authority| **authority != me) {
            for entry in &listed.exhibits {
                let said = Handled {
                    who: by.name.clone(),
                    place: me.to_string(),
                    why: format!("transmitted with act {}", act.short()),
                    authority: format!("docket {}", docket.short()),
                };
                self.handled(entry.id, &entry.digests, Handling::Transmitted { to: to.clone() }, &said)?;
            }
        }
        Ok(())
    }
}

impl Inner {
    /// What travels beside an act of ours that names a manifest.
    pub(crate) fn exhibits_beside(
        &self,
        tx: &mut ReadTx<'_>,
        to: &AuthorityId,
        act: &SignedAct,
        key: &EncryptionKey,
    ) -> Result<Option<Item>, Trouble> {
        let header: docket::Header =
            serde_json::from_slice(&act.header).map_err(|why| Bug::new(format!("an act that was kept: {why}")))?;
        let Some(digest) = named_in(&header.facts).filter(|_| header.author == self.me) else { return Ok(None) };
        let Some(row) = manifests::get(tx, &digest)? else { return Ok(None) };
        let listed = parse::<Manifest>(&row.statement);
        let listed = listed.map_err(|flaw| Bug::new(format!("a manifest of our own: {flaw}")))?;
        let (mut keys, mut custody) = (Vec::new(), Vec::new());
        for entry in &listed.exhibits {
            let Some(kept) = exhibits::get(tx, &entry.id)? else { continue };
            if kept.wrapped_key.is_some() {
                let content = self.content_key(&kept)?;
                keys.push(wrap_key(entry.id, to, key, content.expose(), &mut *self.world.chance())?);
            }
            custody.extend(history_for(tx, to, &entry.id)?);
        }
        let (manifest, signature) = (Bytes(row.statement), Bytes(row.signature));
        Ok(Some(Item::Exhibits(Exhibits { manifest, signature, keys, custody })))
    }
    /// The manifest entry of an exhibit that this node transmitted in a docket of which `to` is a party.
    pub(crate) fn transmitted_to(
        &self,
        tx: &mut ReadTx<'_>,
        to: &AuthorityId,
        id: &ExhibitId,
    ) -> Result<Option<Entry>, Trouble> {
        let manifests = manifests::listing(tx, id, 100)?;
        for row in manifests.iter().filter(|row| row.author == self.me) {
            let Some(held) = self.docket(tx, &row.docket)? else { continue };
            if held.docket.parties().iter().any(|party| party.authority == *to) {
                let kept = exhibits::get(tx, id)?.filter(|kept| kept.wrapped_key.is_some());
                return kept.map(|kept| entry_of(&kept)).transpose();
            }
        }
        Ok(None)
    }
}

/// An exhibit's history up to where it went to this recipient.
fn history_for(tx: &mut ReadTx<'_>, to: &AuthorityId, id: &ExhibitId) -> Result<Vec<Statement>, Trouble> {
    let mut history = Vec::new();
    for row in custody::rows(tx, id.as_bytes())? {
        let entry = parse::<CustodyEntry>(&row.entry);
        let entry = entry.map_err(|flaw| Bug::new(format!("a custody entry that was kept: {flaw}")))?;
        let ends = matches!(&entry.handling, Handling::Transmitted { to: whom } if whom == to);
        history.push(Statement { statement: Bytes(row.entry), signature: Bytes(row.signature) });
        if ends {
            break;
        }
    }
    Ok(history)
}
