//! Evidence that is announced: manifest, keys and history come beside an act; the exhibits are fetched; then the whole is received.
//!
//! ```text
//! manifest, keys ─▶ listed ─(the act that names the manifest)─▶ announced ─(every chunk authenticated, digest compared)─▶ here ─▶ `receive`
//! ```
//! Keys are sealed to this node's own key at once. Nothing is fetched before an act with effect names the manifest, and nothing is *received*
//! before every exhibit of the manifest lies here whole. A history is taken once, with the exhibit; later it goes on here.

use docket::contents::{Exhibits, Item, Want};
use evidence::custody::Handling;
use evidence::document::{Claimed, parse};
use evidence::{ContentKey, CustodyEntry, Entry, Manifest, custody::Thing};
use seal::{SealStanding, unwrap_key};
use serde_json::json;
use store::ReadTx;
use store::exhibits::{self, ExhibitRow};
use store::manifests::{self, ManifestRow};
use terms::{ActId, AuthorityId, Bug, Digest, ExhibitId, Moment};
use zeroize::Zeroizing;

use crate::Trouble;
use crate::admit::{AHEAD_MAX, InTime, NotTaken};
use crate::custody::{self, Handled};
use crate::exhibits::{ANNOUNCED, DESTROYED, HERE, LISTED, entry_of, place};
use crate::hands::Hands;
use crate::node::{Inner, Node, Work};
use crate::transmission::named_in;
use docket::{Header, Said};

/// So many manifests that no act names are kept of one docket.
const UNNAMED_MAX: u64 = 64;

/// What came beside an act, with every signature checked and every key opened.
pub(crate) struct Listed {
    manifest: Manifest,
    statement: Vec<u8>,
    signature: Vec<u8>,
    keys: Vec<(ExhibitId, Zeroizing<[u8; 32]>)>,
    custody: Vec<(ExhibitId, Vec<u8>, Vec<u8>)>,
}

/// Checks what came: the manifest and each entry signed by their authors, each key ours.
pub(crate) fn read(came: Exhibits, seals: &InTime<'_>, hands: &Hands) -> Result<Listed, (NotTaken, Vec<u8>)> {
    let (statement, signature) = (came.manifest.0, came.signature.0);
    let bad = |code: &str, why: &dyn std::fmt::Display| {
        (NotTaken::new(code, format!("the manifest: {why}")), statement.clone())
    };
    let claimed = Claimed::<Manifest>::parse(&statement, &signature).map_err(|flaw| bad("node.manifest", &flaw))?;
    let manifest = claimed.claims().clone();
    signed_by(seals, &manifest.author, manifest.time, &statement, &signature)
        .map_err(|why| bad("node.manifest-signature", &why))?;
    let mut keys = Vec::new();
    for wrapped in &came.keys {
        if wrapped.recipient != *hands.authority() || manifest.entry(wrapped.exhibit).is_none() {
            return Err(bad("node.exhibit-key", &"a key is of no exhibit of the manifest, or for another recipient"));
        }
        let key = unwrap_key(wrapped, hands).map_err(|why| bad("node.exhibit-key", &why))?;
        let entry = manifest.entry(wrapped.exhibit).ok_or_else(|| bad("node.exhibit-key", &"it is of no exhibit"))?;
        // A key that does not fit the entry is refused now, not after a terabyte.
        evidence::Arrival::begin(entry, &ContentKey::new(&key)).map_err(|flaw| bad("node.exhibit-key", &flaw))?;
        keys.push((wrapped.exhibit, key));
    }
    let mut custody = Vec::new();
    for one in came.custody {
        let (bytes, signature) = (one.statement.0, one.signature.0);
        let entry = parse::<CustodyEntry>(&bytes).map_err(|flaw| bad("node.custody", &flaw))?;
        signed_by(seals, &entry.author, entry.time, &bytes, &signature)
            .map_err(|why| bad("node.custody-signature", &why))?;
        let Thing::Exhibit { id, sha256 } = entry.thing else { continue };
        if manifest.entry(id).is_some_and(|listed| listed.digests.sha256 == sha256) {
            custody.push((id, bytes, signature));
        }
    }
    Ok(Listed { manifest, statement, signature, keys, custody })
}

/// Whether a seal of `author` made this signature, not before `time` and not in the future.
pub(crate) fn signed_by(
    seals: &InTime<'_>,
    author: &AuthorityId,
    time: Moment,
    bytes: &[u8],
    signature: &[u8],
) -> Result<(), String> {
    let (now, cards) = (seals.now, &seals.trusted.cards);
    let card = cards.of(author).ok_or_else(|| format!("no card of {author} is approved here"))?;
    let (signed, standing) = card.verify_seal(bytes, signature).map_err(|flaw| {
        seals.may_be_newer(author, signature);
        flaw.to_string()
    })?;
    if standing != SealStanding::Valid {
        return Err(format!("its seal does not count at {}: {standing:?}", signed.time()));
    }
    if signed.time() < time || signed.time() > now.plus_seconds(AHEAD_MAX) {
        return Err(format!("it says {time} and was signed at {}; it is {now} here", signed.time()));
    }
    Ok(())
}

/// An exhibit that is to be fetched.
#[derive(Debug, Clone)]
pub struct Wanted {
    /// Which.
    pub exhibit: ExhibitId,
    /// From whom.
    pub from: AuthorityId,
    /// The manifest.
    pub manifest: Digest,
    /// What the manifest says of it.
    pub entry: Entry,
    pub(crate) key: ContentKey,
}

impl Work<'_, '_> {
    /// Keeps manifest, keys and history. A docket that is not here yet will bring them again: the act asks for them.
    pub fn take_exhibits(&mut self, from: &AuthorityId, listed: Listed) -> Result<(), Trouble> {
        let Listed { manifest, statement, signature, keys, custody } = listed;
        let docket = manifest.docket;
        let party = self.docket(&docket)?.map(|there| there.parties().iter().any(|p| p.authority == manifest.author));
        let digest = Digest::of(&[&statement]);
        let known = manifests::get(self.tx, &digest)?;
        match party {
            None => return Ok(()),
            Some(true) if manifest.author != self.inner.me => {}
            Some(_) => {
                let reason =
                    NotTaken::new("node.manifest", "the author of the manifest is no other party of the docket");
                return self.put_aside(from, &reason, &statement);
            }
        }
        if known.is_none() && manifests::unnamed(self.tx, &docket)? >= UNNAMED_MAX {
            let reason = NotTaken::new("node.manifest", "too many manifests of this docket are named by no act");
            return self.put_aside(from, &reason, &statement);
        }
        if let Some(kept) = &known {
            self.take_stamp(&digest, &kept.signature, &signature)?;
        }
        let ids: Vec<ExhibitId> = manifest.exhibits.iter().map(|entry| entry.id).collect();
        let row = ManifestRow {
            digest,
            docket,
            author: manifest.author.clone(),
            act: None,
            statement: statement.clone(),
            signature,
            received_at: self.now,
            seq: 0,
        };
        manifests::insert(self.tx, &row, &ids)?;
        for entry in &manifest.exhibits {
            let key = keys.iter().find(|(id, _)| *id == entry.id).map(|(_, key)| key);
            if !self.list_exhibit(&manifest, entry, key)? {
                let reason =
                    NotTaken::new("node.exhibit-other", format!("exhibit {} is known here as another", entry.id));
                self.put_aside(from, &reason, &statement)?;
            }
        }
        for entry in &manifest.exhibits {
            if custody::rows(self.tx, entry.id.as_bytes())?.is_empty() {
                for (_, bytes, signature) in custody.iter().filter(|(id, ..)| *id == entry.id) {
                    custody::enter(self.tx, &*self.inner.world, entry.id.as_bytes(), bytes, signature, self.now)?;
                }
            }
        }
        let act = self.the_docket(&docket)?.acts().iter().find(|act| {
            let header = act.act().header();
            act.verdict().is_ok() && header.author == manifest.author && named_in(&header.facts) == Some(digest)
        });
        match act.map(|act| act.id()) {
            Some(act) => self.announce(&digest, act),
            None => Ok(()),
        }
    }

    /// Enters an exhibit of a manifest; false if another one is known by its id.
    fn list_exhibit(
        &mut self,
        manifest: &Manifest,
        entry: &Entry,
        key: Option<&Zeroizing<[u8; 32]>>,
    ) -> Result<bool, Trouble> {
        let kept = exhibits::get(self.tx, &entry.id)?;
        if let Some(kept) = &kept {
            if entry_of(kept)? != *entry {
                return Ok(false);
            }
            if kept.wrapped_key.is_some() || kept.state == DESTROYED || key.is_none() {
                return Ok(true);
            }
        }
        let wrapped_key = key.map(|key| self.inner.keep_content_key(&entry.id, key, self.now)).transpose()?;
        let row = ExhibitRow {
            id: entry.id,
            docket: Some(manifest.docket),
            bytes: entry.size,
            digest: entry.digests.sha256,
            commitment: entry.commitment.as_bytes().to_vec(),
            wrapped_key,
            place: place(&entry.id),
            state: kept.map_or_else(|| LISTED.to_owned(), |kept| kept.state),
            record: terms::canonical::to_bytes(entry)?,
            title: None,
            since: None,
            keep_until: None,
            destruction_asked_by: None,
            changed_at: self.now,
            seq: 0,
        };
        Ok(exhibits::put(self.tx, &row)?)
    }

    /// An act was admitted: if it names a manifest, its exhibits are fetched from now on, or the manifest is asked for.
    pub fn note_transmission(&mut self, act: &docket::AuthenticAct) -> Result<(), Trouble> {
        let header = act.header();
        let Some(digest) = named_in(&header.facts).filter(|_| header.author != self.inner.me) else { return Ok(()) };
        let (id, docket) = (act.id(), act.docket());
        let counts = self.the_docket(&docket)?.act(id).is_some_and(|admitted| admitted.verdict().is_ok());
        if !counts {
            return Ok(());
        }
        match manifests::get(self.tx, &digest)? {
            Some(row) if row.docket == docket && row.author == header.author => {
                self.title_exhibits(act)?;
                self.announce(&digest, id)
            }
            Some(_) => Ok(()),
            None => {
                let author = header.author.clone();
                self.owe_item(&author, "want", &Item::Want(Want { docket, acts: vec![id] }))
            }
        }
    }

    /// Takes over what the sender calls the exhibits: it stands in the body of the act.
    fn title_exhibits(&mut self, act: &docket::AuthenticAct) -> Result<(), Trouble> {
        let Some(body) = act.body() else { return Ok(()) };
        let Ok(body) = serde_json::from_slice::<serde_json::Value>(&body.bytes) else { return Ok(()) };
        let named = body.get("exhibits").and_then(|list| list.as_array()).cloned().unwrap_or_default();
        for one in named.iter().take(evidence::manifest::EXHIBITS_MAX) {
            let id = one.get("id").and_then(|id| id.as_str()).and_then(|id| id.parse::<ExhibitId>().ok());
            let title = one.get("title").and_then(|title| title.as_str());
            if let (Some(id), Some(title)) = (id, title)
                && let Some(row) =
                    exhibits::get(self.tx, &id)?.filter(|row| row.docket == Some(act.docket()) && row.title.is_none())
            {
                let title = self.inner.seal_title(&id, Some(title))?;
                exhibits::put(self.tx, &ExhibitRow { title, ..row })?;
            }
        }
        Ok(())
    }

    /// From now on the exhibits of this manifest are fetched.
    fn announce(&mut self, digest: &Digest, act: ActId) -> Result<(), Trouble> {
        manifests::named_by(self.tx, digest, &act)?;
        for entry in self.listed_in(digest)?.exhibits {
            let Some(row) = exhibits::get(self.tx, &entry.id)? else { continue };
            if row.state == LISTED && row.wrapped_key.is_some() {
                exhibits::put(self.tx, &ExhibitRow { state: ANNOUNCED.to_owned(), changed_at: self.now, ..row })?;
            }
        }
        Ok(())
    }

    fn listed_in(&mut self, digest: &Digest) -> Result<Manifest, Trouble> {
        let row = manifests::get(self.tx, digest)?.ok_or_else(|| Bug::new("a manifest was there a moment ago"))?;
        let listed = parse::<Manifest>(&row.statement);
        Ok(listed.map_err(|flaw| Bug::new(format!("a manifest that was kept: {flaw}")))?.into_value())
    }

    /// An exhibit lies here whole: its history goes on here, and if it was the last of its manifest, the transmission is received.
    fn exhibit_came(&mut self, wanted: &Wanted) -> Result<(), Trouble> {
        let Some(row) = exhibits::get(self.tx, &wanted.exhibit)?.filter(|row| row.state == ANNOUNCED) else {
            return Ok(());
        };
        exhibits::put(
            self.tx,
            &ExhibitRow { state: HERE.to_owned(), since: Some(self.now), changed_at: self.now, ..row },
        )?;
        let manifest = manifests::get(self.tx, &wanted.manifest)?;
        let manifest = manifest.ok_or_else(|| Bug::new("a manifest was there a moment ago"))?;
        let said = Handled {
            who: format!("node of {}", self.inner.me),
            place: self.inner.me.to_string(),
            why: "fetched, authenticated chunk by chunk, and compared with the manifest".to_owned(),
            authority: format!("docket {}", manifest.docket.short()),
        };
        self.handled(wanted.exhibit, &wanted.entry.digests, Handling::Received { seals: vec![], weight: None }, &said)?;
        for entry in self.listed_in(&wanted.manifest)?.exhibits {
            if exhibits::get(self.tx, &entry.id)?.is_none_or(|row| row.state != HERE) {
                return Ok(());
            }
        }
        let Some(act) = manifest.act else { return Ok(()) };
        self.receive(act, &manifest)
    }

    /// Says that what an act transmitted is here, whole: where the procedure has the act `receive` and asks nobody to approve it.
    fn receive(&mut self, act: ActId, manifest: &ManifestRow) -> Result<(), Trouble> {
        let (me, now) = (self.inner.me.clone(), self.now);
        let facts = serde_json::Map::from_iter([("act".to_owned(), json!(act))]);
        let there = self.the_docket(&manifest.docket)?;
        let by_itself = there.row("receive").is_some_and(|row| row.approvals == 0);
        if !by_itself || there.would(&me, "receive", &facts).is_err() {
            return Ok(());
        }
        let said = Said { kind: "receive".to_owned(), facts, body: None, introduces: vec![] };
        let header: Header = there.frame(&me, said, now);
        let sent = self.author(header, None)?;
        let docket = manifest.docket;
        self.audit("node", "transmission received whole", &format!("sent receive {sent}"), Some(docket))?;
        self.sequence()
    }
}

impl Inner {
    fn wanted(&self, tx: &mut ReadTx<'_>, row: ExhibitRow) -> Result<Option<Wanted>, Trouble> {
        let listing = manifests::listing(tx, &row.id, 100)?;
        let Some(manifest) = listing.into_iter().find(|manifest| manifest.author != self.me) else { return Ok(None) };
        let (entry, key) = (entry_of(&row)?, self.content_key(&row)?);
        Ok(Some(Wanted { exhibit: row.id, from: manifest.author, manifest: manifest.digest, entry, key }))
    }
}

impl Node {
    /// Exhibits that are to be fetched, longest announced first.
    pub fn wanted(&self, limit: usize) -> Result<Vec<Wanted>, Trouble> {
        self.0.read(|tx| {
            let mut all = Vec::new();
            for row in exhibits::in_state(tx, ANNOUNCED, 0, limit)?.rows {
                all.extend(self.0.wanted(tx, row)?);
            }
            Ok(all)
        })
    }
    /// One of them; nothing if it is not to be fetched.
    pub fn wanted_one(&self, id: &ExhibitId) -> Result<Option<Wanted>, Trouble> {
        self.0.read(|tx| match exhibits::get(tx, id)?.filter(|row| row.state == ANNOUNCED) {
            Some(row) => self.0.wanted(tx, row),
            None => Ok(None),
        })
    }
    /// Says that an exhibit lies here whole, as [`crate::Landing::finish`] proved.
    pub fn came(&self, wanted: &Wanted, _proof: &evidence::Verified) -> Result<(), Trouble> {
        let wanted = wanted.clone();
        self.0.write(move |work| {
            work.exhibit_came(&wanted)?;
            work.sequence()
        })
    }
}
