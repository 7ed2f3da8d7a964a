//! Exhibits at this node: taken in, listed, looked at, and their history.
//!
//! An exhibit is sealed in one pass while it comes in; until the whole lies in the depot under its name, there is nothing. Bytes lie in the depot
//! (`depot.rs`); the database holds what is said of them and the content key, sealed to the node's own encryption key. The same content may come more
//! than once: then it is said, and kept under an id of its own all the same, since one may be destroyed and the other not. Never here: what is inside
//! an exhibit; the end of its key (`destruction.rs`).

use std::io::{self, Read, Write};
use std::ops::Range;
use std::path::Path;

use evidence::cobblestone::{RandomAccess, sealed_size};
use evidence::custody::Handling;
use evidence::set::Watching;
use evidence::{BEGINS, ContentKey, Digest512, Entry, Failure, Fresh, ItemId, MediaType, Progress, ReadAt, exhibit};
use serde::{Deserialize, Serialize};
use store::ReadTx;
use store::exhibits::{self, ExhibitRow};
use terms::{Bug, Digest, DocketId, ExhibitId, Fault, Moment, Refusal};

use crate::Trouble;
use crate::actor::{Action, Actor};
use crate::custody::{Chain, Handled};
use crate::depot::{self, Bounded};
use crate::destruction::{self, Asked};
use crate::hold::{self, Hold};
use crate::import::AccountShown;
use crate::node::{Inner, Node, no_encryption_key};
use crate::sets;

/// Whole and verified here.
pub(crate) const HERE: &str = "here";
/// Named by a manifest; the act that names the manifest is not here yet.
pub(crate) const LISTED: &str = "listed";
/// To be fetched from its sender.
pub(crate) const ANNOUNCED: &str = "announced";
/// Its keys were destroyed.
pub(crate) const DESTROYED: &str = "destroyed";

/// What an officer says of a file that is taken in.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewExhibit {
    /// The docket to which it belongs.
    pub docket: DocketId,
    /// What program might show it: `application/pdf`. Absent: what its first bytes say.
    #[serde(default)]
    pub media: Option<String>,
    /// What people call it.
    #[serde(default)]
    pub title: Option<String>,
    /// For what it may not be used.
    #[serde(default)]
    pub conditions: Vec<String>,
    /// The handling code.
    #[serde(default)]
    pub handling: Option<String>,
    /// Where it was obtained.
    #[serde(rename = "where")]
    pub place: String,
    /// Why.
    pub why: String,
    /// On what authority.
    pub authority: String,
    /// Its bytes, if they are known: then what does not fit is refused before it is read.
    #[serde(default)]
    pub size: Option<u64>,
    /// Whether its SHA-512 is wanted too, in the manifest and for whoever checks.
    #[serde(default)]
    pub sha512: bool,
    /// Until when it is to be kept; absent: as long as the node's term says.
    #[serde(default)]
    pub keep_until: Option<Moment>,
    /// Whether it is refused if its docket has the same content already.
    #[serde(default)]
    pub unless_here: bool,
    /// The item of its docket of which it is an image: then both histories say so.
    #[serde(default)]
    pub image_of: Option<ItemId>,
}

/// An exhibit as it is shown.
#[derive(Debug, Clone, Serialize)]
pub struct ExhibitShown {
    /// Its id.
    pub id: ExhibitId,
    /// The docket.
    pub docket: Option<DocketId>,
    /// What people call it, for those who may see bodies.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// Bytes of plaintext.
    pub size: u64,
    /// SHA-256 of the plaintext.
    pub sha256: Digest,
    /// SHA-512 of the plaintext, if it was wanted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sha512: Option<Digest512>,
    /// The media type that its author claims.
    pub media: String,
    /// Conditions of use.
    pub conditions: Vec<String>,
    /// The handling code.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub handling: Option<String>,
    /// `here`, `listed`, `announced` or `destroyed`.
    pub state: String,
    /// While it is announced: how many of its sealed bytes have landed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub landed: Option<u64>,
    /// Since when it is held: then it cannot be destroyed. Not in lists.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub held_since: Option<Moment>,
    /// When its term ends: then it is due, for an officer to decide.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub keep_until: Option<Moment>,
    /// Who asked that it be destroyed, and in which entry, while nobody has decided. Not in lists.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub destruction: Option<Asked>,
    /// Others here with the same content, as far as the person may see them. Not in lists.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub alike: Vec<Alike>,
    /// When any of this changed.
    pub changed_at: Moment,
}

/// Another exhibit with the same content.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Alike {
    /// Its id.
    pub id: ExhibitId,
    /// Its docket.
    pub docket: Option<DocketId>,
    /// Where it stands.
    pub state: String,
}

/// So many of the same content are named.
const ALIKE_MAX: usize = 20;

impl Node {
    /// Takes in a file: sealed in one pass under a fresh key. `progress` hears the bytes that are done and may end it; then nothing is kept.
    pub fn take_exhibit(
        &self,
        actor: &Actor,
        purpose: &str,
        new: NewExhibit,
        source: &mut dyn Read,
        progress: Progress<'_>,
    ) -> Result<ExhibitShown, Trouble> {
        self.take_in(actor, purpose, new, None, source, progress)
    }

    /// The same, with what somebody else said of it (`import.rs`).
    pub(crate) fn take_in(
        &self,
        actor: &Actor,
        purpose: &str,
        new: NewExhibit,
        account: Option<Vec<u8>>,
        source: &mut dyn Read,
        progress: Progress<'_>,
    ) -> Result<ExhibitShown, Trouble> {
        actor.may(Action::Write)?;
        let stated = new.media.as_deref().map(str::parse).transpose().map_err(malformed)?;
        let conditions: Result<Vec<_>, _> = new.conditions.iter().map(|code| code.parse()).collect();
        let conditions = conditions.map_err(malformed)?;
        if self.0.read(|tx| Ok(store::dockets::get(tx, &new.docket)?))?.is_none() {
            return Err(Trouble::not_here("docket"));
        }
        if let Some(item) = new.image_of {
            self.0.read(|tx| self.0.may_be_imaged(tx, &item, &new.docket))?;
        }
        let fresh = Fresh::draw(&mut *self.0.world.chance());
        let id = fresh.id();
        let expected = new.size.map(sealed_size).transpose().map_err(|flaw| failed(flaw.into()))?.unwrap_or(0);
        let share = self.share(expected)?;
        let mut begins = Vec::new();
        let unreadable = |why| Fault::new("evidence.source", "the exhibit cannot be read").because(why);
        (&mut *source).take(BEGINS as u64).read_to_end(&mut begins).map_err(unreadable)?;
        let media: MediaType = stated.unwrap_or_else(|| MediaType::of(&begins, None));
        let source: &mut dyn Read = &mut io::Cursor::new(begins).chain(source);
        let mut sink = Bounded::new(self.with_room(|| self.0.depot.blobs.create(&id, expected))?, share);
        // What was written of a sealing that failed is of no use to anybody: its key is forgotten here.
        let (sealed, no_set) = if sets::is_set(media.as_str()) {
            let mut watched = Watching::new(source);
            let sealed = exhibit::seal(fresh, new.sha512, &mut watched, &mut sink, progress);
            (sealed, watched.finish().err())
        } else {
            (exhibit::seal(fresh, new.sha512, source, &mut sink, progress), None)
        };
        let sealed = match sealed {
            Ok(sealed) => sealed,
            Err(_) if sink.full => return Err(depot::quota()),
            Err(why) => {
                // A disk that filled up meanwhile says so in its own words.
                self.0.depot.blobs.check_room(0)?;
                return Err(failed(why));
            }
        };
        if let Some(why) = no_set {
            return Err(sets::no_set(&why));
        }
        let (sink, _until_counted) = sink.into_parts();
        if new.unless_here {
            // The answer is given before anything is kept; what was written goes with the sink.
            self.0.read(|tx| self.0.not_here_already(tx, &new.docket, &sealed.digests().sha256))?;
        }
        let written = sink.finish()?;
        let entry = Entry::new(&sealed.exhibit(media, None), conditions, new.handling.clone());
        let record = terms::canonical::to_bytes(&entry)?;
        let (person, purpose, content_key) = (actor.clone(), purpose.to_owned(), *sealed.key().expose());
        let handled = Handled { who: actor.name.clone(), place: new.place, why: new.why, authority: new.authority };
        let (docket, title, digests, size) = (new.docket, new.title, sealed.digests(), sealed.size());
        let (keep_until, unless_here, image_of) = (new.keep_until, new.unless_here, new.image_of);
        let shown = self.0.write(move |work| {
            if unless_here {
                work.inner.not_here_already(work.tx, &docket, &digests.sha256)?;
            }
            let row = ExhibitRow {
                id,
                docket: Some(docket),
                bytes: size,
                digest: digests.sha256,
                commitment: entry.commitment.as_bytes().to_vec(),
                wrapped_key: Some(work.inner.keep_content_key(&id, &content_key, work.now)?),
                place: place(&id),
                state: HERE.to_owned(),
                record,
                title: work.inner.seal_title(&id, title.as_deref())?,
                since: Some(work.now),
                keep_until,
                destruction_asked_by: None,
                changed_at: work.now,
                seq: 0,
            };
            exhibits::put(work.tx, &row)?;
            if let Some(account) = account {
                exhibits::put_account(work.tx, &id, &work.inner.seal_account(&id, &account)?)?;
            }
            let origin = image_of.map(|item| work.imaged(&item, &docket, id, &handled)).transpose()?;
            work.handled(id, &digests, Handling::Acquired { origin }, &handled)?;
            work.handled(id, &digests, Handling::Sealed { seals: vec![] }, &handled)?;
            work.audit(&person.person, &purpose, &format!("took in exhibit {id}"), Some(docket))?;
            work.sequence()?;
            work.inner.exhibit_whole(work.tx, &id).map(|(shown, _)| shown)
        })?;
        if let Err(why) = written.referenced() {
            tracing::warn!(%id, %why, "the claim of an exhibit that was taken in stays until it is swept");
        }
        Ok(shown)
    }

    /// The exhibits of a docket, in the order in which they came.
    pub fn exhibits(
        &self,
        actor: &Actor,
        docket: &DocketId,
        after: i64,
        limit: usize,
    ) -> Result<(Vec<ExhibitShown>, Option<i64>), Trouble> {
        actor.may(Action::ReadDockets)?;
        let titles = actor.may(Action::ReadBodies).is_ok();
        self.0.read(|tx| {
            store::dockets::get(tx, docket)?.ok_or_else(|| Trouble::not_here("docket"))?;
            let page = exhibits::of_docket(tx, docket, after, limit)?;
            let rows: Result<Vec<_>, _> = page.rows.into_iter().map(|row| self.0.exhibit_shown(row, titles)).collect();
            Ok((rows?, page.next))
        })
    }

    /// What the court export said of an exhibit from which it was taken; nothing if it came otherwise. It is the word of whoever exported it.
    pub fn account_of(&self, actor: &Actor, id: &ExhibitId) -> Result<Option<AccountShown>, Trouble> {
        actor.may(Action::ReadBodies)?;
        self.0.read(|tx| self.0.account(tx, id))
    }

    /// One exhibit and its history.
    pub fn exhibit(&self, actor: &Actor, id: &ExhibitId) -> Result<(ExhibitShown, Chain), Trouble> {
        actor.may(Action::ReadBodies)?;
        let shown = self.0.read(|tx| self.0.exhibit_whole(tx, id))?;
        let (person, docket, what) =
            (actor.person.clone(), shown.0.docket, format!("looked at exhibit {id} and its history"));
        self.0.write(move |work| work.audit(&person, "exhibits", &what, docket))?;
        Ok(shown)
    }

    /// Writes an exhibit's plaintext, authenticated and compared from end to end. That somebody looked enters the history first.
    ///
    /// What was written is the exhibit only if this succeeds.
    pub fn open_exhibit(
        &self,
        actor: &Actor,
        id: &ExhibitId,
        said: Handled,
        sink: &mut dyn Write,
        progress: Progress<'_>,
    ) -> Result<Digest, Trouble> {
        let (entry, key) = self.opened(actor, id, said, "all of it".to_owned())?;
        let mut sealed = self.0.depot.blobs.get(id)?.stream();
        let verified = exhibit::open(&entry, &key, &mut sealed, sink, progress).map_err(failed)?;
        Ok(verified.digests().sha256)
    }

    /// Writes a part of an exhibit's plaintext: for a download that was cut. Each byte is authenticated; only whoever has the other bytes can compare
    /// the whole with its digest. It enters the history like any opening.
    pub fn open_exhibit_range(
        &self,
        actor: &Actor,
        id: &ExhibitId,
        said: Handled,
        range: Range<u64>,
        sink: &mut dyn Write,
    ) -> Result<(), Trouble> {
        let (entry, key) = self.opened(actor, id, said, format!("bytes {} to {}", range.start, range.end))?;
        let sealed = RandomAccess::new(&key, entry.id, Sealed(self.0.depot.blobs.get(id)?)).map_err(failed)?;
        let unwritten = |why| Fault::new("evidence.sink", "the exhibit cannot be written").because(why);
        let mut write = |plain: &[u8]| sink.write_all(plain).map_err(|why| Failure::Fault(unwritten(why)));
        sealed.open_range(range, &mut write).map_err(failed)
    }

    /// Enters that somebody opens an exhibit, and how much of it; gives what opens it.
    pub(crate) fn opened(
        &self,
        actor: &Actor,
        id: &ExhibitId,
        said: Handled,
        how_much: String,
    ) -> Result<(Entry, ContentKey), Trouble> {
        actor.may(Action::ReadBodies)?;
        let (person, id, said) = (actor.person.clone(), *id, said.by(actor));
        self.0.write(move |work| {
            let (row, entry) = work.inner.exhibit_here(work.tx, &id)?;
            let key = work.inner.content_key(&row)?;
            work.handled(id, &entry.digests, Handling::Opened { seals: vec![] }, &said)?;
            work.audit(&person, &said.why, &format!("opened exhibit {id}, {how_much}"), row.docket)?;
            work.sequence()?;
            Ok((entry, key))
        })
    }
}

impl Inner {
    /// The row and the manifest entry of an exhibit that is whole here.
    pub(crate) fn exhibit_here(&self, tx: &mut ReadTx<'_>, id: &ExhibitId) -> Result<(ExhibitRow, Entry), Trouble> {
        let row = exhibits::get(tx, id)?.ok_or_else(|| Trouble::not_here("exhibit"))?;
        if row.state != HERE {
            let sentence = format!("The exhibit is “{}”.", row.state);
            return Trouble::refuse(
                "node.exhibit-state",
                sentence,
                "Only an exhibit that is here and whole can be used.",
            );
        }
        let entry = entry_of(&row)?;
        Ok((row, entry))
    }
    /// An exhibit with all that is said of it, and its history.
    pub(crate) fn exhibit_whole(&self, tx: &mut ReadTx<'_>, id: &ExhibitId) -> Result<(ExhibitShown, Chain), Trouble> {
        let row = exhibits::get(tx, id)?.ok_or_else(|| Trouble::not_here("exhibit"))?;
        let told = self.told(tx, id.as_bytes())?;
        let held_since = hold::after(&told.chain, told.standing.as_ref()).map(|hold: Hold| hold.since);
        let destruction = destruction::asked(&told.chain, row.destruction_asked_by.as_ref());
        let alike = self.alike(tx, &row.digest, |other| other.id != *id)?;
        Ok((ExhibitShown { held_since, destruction, alike, ..self.exhibit_shown(row, true)? }, told.chain))
    }
    /// Exhibits of this content. Whoever may see one exhibit here may see them all (decision 0015); a policy that knows teams asks here.
    fn alike(
        &self,
        tx: &mut ReadTx<'_>,
        digest: &Digest,
        wanted: impl Fn(&ExhibitRow) -> bool,
    ) -> Result<Vec<Alike>, Trouble> {
        let found = exhibits::of_digest(tx, digest, store::PAGE_MAX)?.into_iter().filter(wanted).take(ALIKE_MAX);
        Ok(found.map(|row| Alike { id: row.id, docket: row.docket, state: row.state }).collect())
    }
    /// Refuses content that the docket has already.
    fn not_here_already(&self, tx: &mut ReadTx<'_>, docket: &DocketId, digest: &Digest) -> Result<(), Trouble> {
        let known = self.alike(tx, digest, |row| row.docket == Some(*docket) && row.state == HERE)?;
        let Some(known) = known.first() else { return Ok(()) };
        let sentence = format!("Exhibit {} of this docket has the same content; nothing was taken in.", known.id);
        Trouble::refuse("node.exhibit-known", sentence, "Use that one, or take it in without “unless here”.")
    }
    /// Seals a content key to the node's own encryption key.
    pub(crate) fn keep_content_key(&self, id: &ExhibitId, key: &[u8; 32], now: Moment) -> Result<Vec<u8>, Trouble> {
        let hands = self.hands();
        let to = hands.encryption(now).ok_or_else(no_encryption_key)?;
        Ok(seal::seal_kept_key(key, &self.me, &kept_for(id), to, &mut *self.world.chance())?)
    }
    /// Opens a content key that is kept.
    pub(crate) fn content_key(&self, row: &ExhibitRow) -> Result<ContentKey, Trouble> {
        let wrapped = row.wrapped_key.as_ref();
        let wrapped = wrapped.ok_or_else(|| Fault::new("node.exhibit-key", "the key of this exhibit is not here"))?;
        Ok(ContentKey::new(&*seal::open_kept_key(wrapped, &self.me, &kept_for(&row.id), &*self.hands())?))
    }
    pub(crate) fn seal_title(&self, id: &ExhibitId, title: Option<&str>) -> Result<Option<Vec<u8>>, Trouble> {
        let Some(title) = title else { return Ok(None) };
        let title: String = title.chars().filter(|c| !c.is_control()).take(500).collect();
        let name = [b"title/".as_slice(), id.as_bytes()].concat();
        Ok(Some(self.desk_key()?.seal(&name, title.as_bytes(), &mut *self.world.chance())?))
    }
    pub(crate) fn title_of(&self, row: &ExhibitRow) -> Result<Option<String>, Trouble> {
        let Some(sealed) = &row.title else { return Ok(None) };
        let name = [b"title/".as_slice(), row.id.as_bytes()].concat();
        let opened = self.desk_key()?.open(&name, sealed)?;
        Ok(Some(String::from_utf8_lossy(&opened).into_owned()))
    }
    pub(crate) fn exhibit_shown(&self, row: ExhibitRow, titles: bool) -> Result<ExhibitShown, Trouble> {
        let entry = entry_of(&row)?;
        let keep_until = crate::retention::term_ends(&row, self.depot.keep_days).filter(|_| row.state == HERE);
        Ok(ExhibitShown {
            id: row.id,
            docket: row.docket,
            title: if titles { self.title_of(&row)? } else { None },
            size: row.bytes,
            sha256: row.digest,
            sha512: entry.digests.sha512,
            media: entry.media.to_string(),
            conditions: entry.conditions.iter().map(ToString::to_string).collect(),
            handling: entry.handling,
            landed: (row.state == ANNOUNCED).then(|| self.landed_so_far(&row.id)),
            state: row.state,
            held_since: None,
            keep_until,
            destruction: None,
            alike: vec![],
            changed_at: row.changed_at,
        })
    }
}

/// What an exhibit's content key is kept for.
fn kept_for(id: &ExhibitId) -> String {
    format!("exhibit/{id}")
}

/// What a manifest says of an exhibit.
pub(crate) fn entry_of(row: &ExhibitRow) -> Result<Entry, Trouble> {
    Ok(serde_json::from_slice(&row.record)
        .map_err(|why| Bug::new(format!("the record of exhibit {}: {why}", row.id)))?)
}

fn malformed(why: terms::Malformed) -> Trouble {
    Refusal::new("node.exhibit", format!("The exhibit cannot be taken in like this: {why}."), "Change it.").into()
}

/// What went wrong while an exhibit was sealed or opened.
pub(crate) fn failed(failure: Failure) -> Trouble {
    match failure {
        Failure::Cancelled => {
            Refusal::new("node.cancelled", "It was ended before it was whole.", "Begin again.").into()
        }
        other => Fault::new(other.code(), "the exhibit could not be read or written").because(other).into(),
    }
}

pub(crate) fn io_fault(doing: &str, path: &Path, why: std::io::Error) -> Trouble {
    Fault::new("node.exhibit-file", format!("{doing} {} did not succeed", path.display())).because(why).into()
}

/// An exhibit's sealed bytes, to be opened at any place.
pub(crate) struct Sealed(pub store::blobs::Blob);

impl ReadAt for Sealed {
    fn size(&self) -> io::Result<u64> {
        Ok(self.0.size())
    }
    fn read_exact_at(&self, offset: u64, into: &mut [u8]) -> io::Result<()> {
        self.0.read_exact_at(offset, into).map_err(io::Error::other)
    }
}

/// Where an exhibit lies, as the database names it.
pub(crate) fn place(id: &ExhibitId) -> String {
    format!("sealed/{id}")
}
