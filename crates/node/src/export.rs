//! The export of a docket, for a court or the defence: acts, receipts, manifests, custody, proofs, cards, and if wanted the exhibits in plaintext,
//! in one container that anybody checks offline (`docs/spec/court-export.md`).
//!
//! That it was exported enters the history of every exhibit first, so that the entry is inside. What stands under a condition that bars production
//! in court is refused before anything is written. Never here: the layout of the container, or whether it is believed.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write;

use docket::Docket;
use evidence::asic::Checksum;
use evidence::court::{Denied, Disclosed, Dossier, Export, Produced, Signed};
use evidence::custody::{CustodyEntry, Handling, Thing};
use evidence::document::{Claimed, parse};
use evidence::{Authentic, ContentKey, Entry, Manifest, exhibit, unwatched};
use ledger::TlogProof;
use seal::{Certificate, Expected, SignedCard};
use serde::{Deserialize, Serialize};
use store::exhibits::{self, ExhibitRow};
use store::{ReadTx, acts, manifests, receipts};
use terms::{AuthorityId, Bug, Digest, DocketId, ExhibitId, Fault, Refusal, Salt};

use crate::Trouble;
use crate::actor::{Action, Actor};
use crate::custody::{self, CUSTODY_LEAF, Handled};
use crate::exhibits::{HERE, entry_of, failed};
use crate::items;
use crate::node::{Inner, Node};
use crate::record::ACT_LEAF;
use crate::sequence::RECEIPT;

/// So many acts can be exported at once: a container holds no more members.
const ACTS_MAX: usize = 4_000;

/// What is exported, and why.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Wish {
    /// Whether the exhibits go along in plaintext. Without them whoever checks can say nothing about them.
    #[serde(default)]
    pub exhibits: bool,
    /// Whether the histories of the docket's physical items go along.
    #[serde(default)]
    pub items: bool,
    /// Who exports, where, why, and on what authority.
    pub said: Handled,
}

/// An exhibit that goes along.
struct Going {
    row: ExhibitRow,
    entry: Entry,
    key: ContentKey,
}

impl Node {
    /// Writes the export of a docket. What was written is an export only if this succeeds.
    pub fn export(
        &self,
        actor: &Actor,
        docket: &DocketId,
        wish: Wish,
        sink: &mut dyn Write,
    ) -> Result<Digest, Trouble> {
        actor.may(Action::Write)?;
        let going = self.0.read(|tx| self.0.going(tx, docket, wish.exhibits))?;
        let mut produced = Vec::new();
        for one in &going {
            // Verified and measured before anything is written: a flaw is found now.
            let mut checksum = Checksum::new();
            let verified = self.open_into(one, &mut checksum)?;
            produced.push((one.row.id, checksum.measure(verified)));
        }
        let (person, id) = (actor.person.clone(), *docket);
        let ids: Vec<(ExhibitId, evidence::Digests)> =
            going.iter().map(|one| (one.row.id, one.entry.digests)).collect();
        let (said, items) = (wish.said.clone().by(actor), wish.items);
        self.0.write(move |work| {
            for (exhibit, digests) in &ids {
                work.handled(*exhibit, digests, Handling::Exported {}, &said)?;
            }
            let histories = if items { " and the histories of its items" } else { "" };
            let what = format!("exported the docket with {} exhibit(s){histories}", ids.len());
            work.audit(&person, &said.why, &what, Some(id))?;
            work.sequence()
        })?;
        let mut dossier = self.0.read(|tx| self.0.dossier(tx, docket, items))?;
        for (one, (id, measure)) in going.iter().zip(produced) {
            dossier.exhibits.push(Produced { id, title: self.0.title_of(&one.row)?, measure });
        }
        let export = Export::assemble(&dossier).map_err(denied)?;
        let signature = self.0.hands().sign(&export.manifest(), dossier.time)?;
        let mut open = |id: ExhibitId, out: &mut dyn Write| {
            let unreadable = |why: std::io::Error| {
                evidence::Failure::Fault(Fault::new("node.exhibit-file", "an exhibit could not be read").because(why))
            };
            let one = going.iter().find(|one| one.row.id == id);
            let one = one.ok_or_else(|| unreadable(std::io::ErrorKind::NotFound.into()))?;
            let blob = self.0.depot.blobs.get(&id).map_err(|why| unreadable(std::io::Error::other(why)))?;
            exhibit::open(&one.entry, &one.key, &mut blob.stream(), out, &mut unwatched).map(drop)
        };
        export.write(&signature, sink, &mut open).map_err(failed)?;
        Ok(Digest::of(&[&export.manifest()]))
    }

    fn open_into(&self, one: &Going, sink: &mut dyn Write) -> Result<Digest, Trouble> {
        let mut sealed = self.0.depot.blobs.get(&one.row.id)?.stream();
        let verified = exhibit::open(&one.entry, &one.key, &mut sealed, sink, &mut unwatched).map_err(failed)?;
        Ok(verified.digests().sha256)
    }
}

impl Inner {
    /// The exhibits of a docket that an act transmitted and that are whole here, if any are wanted. One that may not be produced is a refusal.
    fn going(&self, tx: &mut ReadTx<'_>, docket: &DocketId, wanted: bool) -> Result<Vec<Going>, Trouble> {
        if store::dockets::get(tx, docket)?.is_none() {
            return Err(Trouble::not_here("docket"));
        }
        let (mut all, mut after) = (Vec::new(), 0);
        if !wanted {
            return Ok(all);
        }
        loop {
            let page = exhibits::of_docket(tx, docket, after, store::PAGE_MAX)?;
            for row in page.rows {
                after = row.seq;
                if row.state != HERE || manifests::listing(tx, &row.id, 1)?.is_empty() {
                    continue;
                }
                let (entry, key) = (entry_of(&row)?, self.content_key(&row)?);
                if let Some(barring) = entry.conditions.iter().find(|condition| condition.bars_court_export()) {
                    let sentence = format!("Exhibit {} stands under the condition “{}”.", row.id, barring.as_str());
                    let remedy = "Ask the authority that transmitted it for consent; it then transmits it anew without the condition.";
                    return Trouble::refuse("evidence.condition", sentence, remedy);
                }
                all.push(Going { row, entry, key });
            }
            if page.next.is_none() {
                break;
            }
        }
        Ok(all)
    }

    /// Everything signed about a docket, about its items only if that is wanted.
    fn dossier(&self, tx: &mut ReadTx<'_>, id: &DocketId, items: bool) -> Result<Dossier, Trouble> {
        let held = self.docket(tx, id)?.ok_or_else(|| Trouble::not_here("docket"))?;
        let docket: &Docket = &held.docket;
        if docket.acts().len() > ACTS_MAX {
            let sentence = format!("The docket has {} acts; one export holds {ACTS_MAX}.", docket.acts().len());
            return Trouble::refuse("node.export", sentence, "Ask for a part of it.");
        }
        let trusted = self.trusted(tx)?;
        let mut dossier = Dossier {
            exporter: self.me.clone(),
            time: self.world.now(),
            manifests: vec![],
            exhibits: vec![],
            custody: vec![],
            acts: vec![],
            receipts: vec![],
            proofs: BTreeMap::new(),
            cards: vec![],
        };
        let mut signers: BTreeSet<AuthorityId> = docket.parties().iter().map(|party| party.authority.clone()).collect();
        signers.insert(self.me.clone());
        for act in docket.acts() {
            let row = acts::get(tx, &act.id())?.ok_or_else(|| Bug::new("an act was there a moment ago"))?;
            let whole = self.whole_act(tx, row)?;
            let disclosed = whole.body.map(|body| (body.salt, body.bytes));
            let signed = Signed { document: whole.header, signature: whole.signature };
            self.prove(tx, &mut dossier, ACT_LEAF, &signed)?;
            dossier.acts.push(Disclosed { signed, disclosed });
        }
        let mut after = 0;
        loop {
            let page = receipts::of_docket(tx, id, after, store::PAGE_MAX)?;
            for row in page.rows {
                after = row.seq;
                signers.insert(row.issuer);
                let signed = Signed { document: row.statement, signature: row.signature };
                self.prove(tx, &mut dossier, RECEIPT, &signed)?;
                dossier.receipts.push(signed);
            }
            if page.next.is_none() {
                break;
            }
        }
        self.manifests_and_custody(tx, id, &mut dossier, &trusted)?;
        // An image or a part rests on the history of what it comes from, so that goes along whether or not items are wanted.
        let mut wanted: Vec<Thing> = if items { items::all(tx, id)? } else { vec![] };
        wanted.extend(dossier.custody.iter().filter_map(|line| origin(line)));
        let mut told = BTreeSet::new();
        while let Some(item) = wanted.pop() {
            let name = custody::kept_as(&item);
            if told.insert(name.clone())
                && let Some(line) = self.line(tx, &name, &mut dossier.proofs)?
            {
                wanted.extend(origin(&line));
                dossier.custody.push(line);
            }
        }
        only_witnessed(&mut dossier.proofs);
        for signer in &signers {
            if let Some(card) = trusted.cards.of(signer) {
                dossier.cards.push(SignedCard::parse(&card.signed().to_file())?);
            }
        }
        Ok(dossier)
    }

    fn manifests_and_custody(
        &self,
        tx: &mut ReadTx<'_>,
        id: &DocketId,
        dossier: &mut Dossier,
        trusted: &crate::trust::Trusted,
    ) -> Result<(), Trouble> {
        let (mut after, mut told) = (0, BTreeSet::new());
        loop {
            let page = manifests::of_docket(tx, id, after, store::PAGE_MAX)?;
            for row in page.rows.into_iter().filter(|row| row.act.is_some()) {
                let manifest = authentic(trusted, &row.author, &row.statement, &row.signature)?;
                for entry in &manifest.document().exhibits {
                    if told.insert(entry.id) {
                        dossier.custody.extend(self.line(tx, entry.id.as_bytes(), &mut dossier.proofs)?);
                    }
                }
                dossier.manifests.push(manifest);
            }
            match page.next {
                Some(next) => after = next,
                None => return Ok(()),
            }
        }
    }

    /// The history of a thing as it is disclosed; nothing if there is none.
    fn line(
        &self,
        tx: &mut ReadTx<'_>,
        thing: &[u8],
        proofs: &mut BTreeMap<Digest, Vec<u8>>,
    ) -> Result<Option<Vec<Disclosed>>, Trouble> {
        let mut line = Vec::new();
        for row in custody::rows(tx, thing)? {
            let name = Digest::of(&[&row.entry]);
            let disclosed: Option<(Salt, Vec<u8>)> = match exhibits::details(tx, &name)? {
                Some((salt, sealed)) => Some((salt, self.desk_key()?.open(name.as_bytes(), &sealed)?.to_vec())),
                None => None,
            };
            if let Some(proof) = self.proof(tx, CUSTODY_LEAF, &name, Some(&row.signature))? {
                proofs.insert(name, proof.into_bytes());
            }
            line.push(Disclosed { signed: Signed { document: row.entry, signature: row.signature }, disclosed });
        }
        Ok(Some(line).filter(|line| !line.is_empty()))
    }

    fn prove(&self, tx: &mut ReadTx<'_>, dossier: &mut Dossier, kind: &str, signed: &Signed) -> Result<(), Trouble> {
        let id = Digest::of(&[&signed.document]);
        if let Some(proof) = self.proof(tx, kind, &id, Some(&signed.signature))? {
            dossier.proofs.insert(id, proof.into_bytes());
        }
        Ok(())
    }
}

/// The item from which a thing comes, as the first entry of its history says.
fn origin(line: &[Disclosed]) -> Option<Thing> {
    let first = parse::<CustodyEntry>(&line.first()?.signed.document).ok()?.into_value();
    match first.handling {
        Handling::Acquired { origin: Some(origin) } | Handling::Separated { origin, .. } => {
            Some(Thing::Item { id: origin.item })
        }
        _ => None,
    }
}

/// If witnesses cosign this log at all, what none of them has cosigned yet goes without a proof: the entry that says *exported* was made a
/// moment ago, and a proof that is not enough would be one thing more that cannot be checked.
fn only_witnessed(proofs: &mut BTreeMap<Digest, Vec<u8>>) {
    let witnessed = |text: &Vec<u8>| {
        TlogProof::parse_all(text).is_ok_and(|proofs| {
            let note = proofs[0].checkpoint.note();
            note.signatures().len() - ledger::stamp::tokens(note).count() > 1
        })
    };
    if proofs.values().any(witnessed) {
        proofs.retain(|_, text| witnessed(text));
    }
}

/// A kept manifest, authenticated again under its author's seals.
fn authentic(
    trusted: &crate::trust::Trusted,
    author: &AuthorityId,
    statement: &[u8],
    signature: &[u8],
) -> Result<Authentic<Manifest>, Trouble> {
    let card = trusted
        .cards
        .of(author)
        .ok_or_else(|| Fault::new("node.not-a-peer", format!("no card of {author} is held")))?;
    let seals: Vec<Certificate> = card.statement().seals.iter().map(|entry| entry.certificate.clone()).collect();
    let claimed = Claimed::<Manifest>::parse(statement, signature).map_err(|flaw| failed(flaw.into()))?;
    claimed.authenticate(&Expected::OneOf(&seals)).map_err(|flaw| failed(flaw.into()))
}

fn denied(denied: Denied) -> Trouble {
    match denied {
        Denied::Refusal(refusal) => refusal.into(),
        Denied::Flaw(flaw) => {
            let refusal =
                Refusal::new("node.export", format!("The export cannot be put together: {flaw}."), "Ask an operator.");
            refusal.into()
        }
    }
}
