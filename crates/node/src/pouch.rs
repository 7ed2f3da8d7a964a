//! The pouch: what is due for a peer, as files on media, with the exhibits that it has not received if that is wanted; and such files from a peer.
//!
//! The same envelopes as on the network, and pieces of exhibits that land like ranges that were fetched (`docs/spec/exchange.md`, *Pouch*). What was
//! written into a pouch waits for its receipt like anything that was carried, and is carried again if none comes; so a pouch that is lost costs
//! time and nothing else. Which parts were read is remembered only to say which are missing: reading one again does no harm.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File, OpenOptions};
use std::io::{Read, Write};
use std::os::unix::fs::FileExt as _;
use std::time::Duration;

use evidence::Manifest;
use evidence::cobblestone::{HEAD, SEALED_CHUNK, sealed_size};
use evidence::document::parse;
use exchange::pouch::{Gathered, Load, Ranged, part_bytes, plan};
use exchange::{Part, PouchFlaw, PouchReader, PouchWriter, Record};
use serde::{Deserialize, Serialize};
use store::{exhibits, manifests, settings};
use terms::{AuthorityId, Bug, ExhibitId, Moment, Refusal};

use crate::actor::{Action, Actor};
use crate::admit::Taken;
use crate::exhibits::{DESTROYED, HERE, LISTED, io_fault};
use crate::landing::Landing;
use crate::node::Node;
use crate::{Trouble, world};

/// So long a pouch waits for an exhibit that arrives by another way, before it says so.
const PATIENCE: Duration = Duration::from_secs(60);

/// No act here announces an exhibit of which a piece came.
const UNANNOUNCED: &str = "node.exhibit-unannounced";

/// What a pouch is to hold.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PouchWish {
    /// The exhibits that were transmitted to the peer and not received by it go along.
    #[serde(default)]
    pub exhibits: bool,
    /// The most bytes of a part; absent: everything is one part.
    #[serde(default)]
    pub media_bytes: Option<u64>,
}

/// A pouch that is ready to be written: what goes into which part, and how large each is.
pub struct Packed {
    node: Node,
    /// What each part says about itself; the number is changed.
    part: Part,
    /// The envelopes, in a file without a name.
    spool: File,
    envelopes: Vec<usize>,
    parts: Vec<Vec<Load>>,
}

/// What became of a pouch that was read.
#[derive(Debug, Clone, Serialize)]
pub struct PouchRead {
    /// Who says that it made it.
    pub from: AuthorityId,
    /// When, by its maker's clock.
    pub created: Moment,
    /// Which part it is.
    pub part: u32,
    /// Of how many.
    pub parts: u32,
    /// The parts that have not been read to their end.
    pub missing: Vec<u32>,
    /// How many envelopes were taken.
    pub taken: usize,
    /// The exhibits of which it brought pieces.
    pub exhibits: Vec<Landed>,
    /// Why other things were not taken.
    pub refused: Vec<String>,
}

/// How far an exhibit is.
#[derive(Debug, Clone, Serialize)]
pub struct Landed {
    /// Which.
    pub exhibit: ExhibitId,
    /// So many of its sealed bytes are here.
    pub here: u64,
    /// Of so many.
    pub of: u64,
}

impl Node {
    /// Packs everything that is due for a peer, or waits for its receipt, and if wanted the exhibits that it has not received.
    pub fn pack_pouch(&self, actor: &Actor, peer: &AuthorityId, wish: &PouchWish) -> Result<Packed, Trouble> {
        actor.may(Action::Operate)?;
        if !self.0.believed().approved(peer) {
            return Trouble::refuse("node.not-a-peer", format!("{peer} is no approved peer."), "Approve it first.");
        }
        let exhibits = if wish.exhibits { self.not_received(peer)? } else { vec![] };
        let (person, to) = (actor.person.clone(), peer.clone());
        let what = format!("wrote a pouch for {to} with {} exhibit(s)", exhibits.len());
        self.0.write(move |work| work.audit(&person, "pouch", &what, None))?;
        let (mut spool, mut envelopes, mut after) = (self.spool()?, Vec::new(), 0);
        // Not only what the network may be tried with now: an attempt that fails at this moment would leave the pouch empty.
        while let Some(parcel) = self.parcel_for_pouch(peer, after)? {
            spool.write_all(&parcel.envelope).map_err(spooled)?;
            envelopes.push(parcel.envelope.len());
            after = parcel.things().into_iter().max().unwrap_or(i64::MAX);
            self.carried(&parcel)?;
        }
        let medium = wish.media_bytes.unwrap_or(u64::MAX);
        let parts = plan(&envelopes, &exhibits, SEALED_CHUNK as u64, medium).map_err(flawed)?;
        let part = Part {
            created: self.now(),
            from: self.0.me.clone(),
            id: world::salt(&*self.0.world),
            part: 1,
            parts: u32::try_from(parts.len()).map_err(|_| Bug::new("a plan has at most 9,999 parts"))?,
            to: peer.clone(),
        };
        Ok(Packed { node: self.clone(), part, spool, envelopes, parts })
    }

    /// A file without a name, gone with whoever holds it. For what is encrypted, as envelopes are.
    pub(crate) fn spool(&self) -> Result<File, Trouble> {
        let path = self.0.depot.arriving(&ExhibitId::new(world::bytes(&*self.0.world)), "spool");
        let file = OpenOptions::new().read(true).write(true).create_new(true).open(&path);
        let file = file.map_err(|why| io_fault("making the file", &path, why))?;
        fs::remove_file(&path).map_err(|why| io_fault("removing the file", &path, why))?;
        Ok(file)
    }

    /// The exhibits that this node transmitted to a peer, still has, and for which the peer has not said `receive`. Without their heads.
    fn not_received(&self, peer: &AuthorityId) -> Result<Vec<Ranged>, Trouble> {
        let (mut all, mut listed, mut after) = (Vec::new(), BTreeSet::new(), 0);
        loop {
            let next = self.0.read(|tx| {
                let page = manifests::of_author(tx, &self.0.me, after, store::PAGE_MAX)?;
                for row in &page.rows {
                    after = row.seq;
                    let (Some(act), Some(held)) = (row.act, self.0.docket(tx, &row.docket)?) else { continue };
                    let received = |one: &std::sync::Arc<docket::Admitted>| {
                        let header = one.act().header();
                        let of = header.facts.get("act").and_then(|act| act.as_str());
                        header.author == *peer && header.kind == "receive" && of == Some(act.to_string().as_str())
                    };
                    let party = held.docket.parties().iter().any(|party| party.authority == *peer);
                    if !party || held.docket.acts().iter().any(received) {
                        continue;
                    }
                    let manifest = parse::<Manifest>(&row.statement);
                    let manifest = manifest.map_err(|flaw| Bug::new(format!("a manifest of our own: {flaw}")))?;
                    for entry in &manifest.exhibits {
                        let kept = exhibits::get(tx, &entry.id)?.is_some_and(|row| row.state == HERE);
                        if kept && listed.insert(entry.id) {
                            let size = sealed_size(entry.size).map_err(|flaw| Bug::new(flaw.to_string()))?;
                            all.push(Ranged { exhibit: entry.id, range: HEAD as u64..size });
                        }
                    }
                }
                Ok(page.next)
            })?;
            if next.is_none() {
                return Ok(all);
            }
        }
    }

    /// Takes what a part of a pouch brings, record by record, as each is found whole.
    pub fn pouch_in(&self, actor: &Actor, source: &mut dyn Read) -> Result<PouchRead, Trouble> {
        actor.may(Action::Operate)?;
        let mut reader = PouchReader::open(source, &self.0.me).map_err(flawed)?;
        let part = reader.part().clone();
        if !self.0.believed().approved(&part.from) {
            let sentence = format!("{} is no approved peer.", part.from);
            return Trouble::refuse("node.not-a-peer", sentence, "Approve it first.");
        }
        let gathered = self.gathered(&part)?;
        let (person, by) = (actor.person.clone(), part.clone());
        self.0.write(move |work| {
            let what = format!("read part {} of {} of a pouch from {}", by.part, by.parts, by.from);
            work.audit(&person, "pouch", &what, None)
        })?;
        let mut unpacking = Unpacking {
            node: self,
            from: part.from.clone(),
            taken: 0,
            landing: None,
            seen: BTreeMap::new(),
            refused: vec![],
        };
        let read = loop {
            match reader.record() {
                Ok(Some(record)) => unpacking.take(record)?,
                Ok(None) => break Ok(()),
                Err(flaw) => break Err(flawed(flaw)),
            }
        };
        unpacking.put_down()?;
        read?;
        let digest = reader.digest().ok_or_else(|| Bug::new("a part has a digest once it has ended"))?;
        let Unpacking { taken, seen, refused, .. } = unpacking;
        let missing = self.gather(gathered, &part, digest, refused.is_empty())?;
        let Part { from, created, part, parts, .. } = part;
        let exhibits = seen.into_iter().filter_map(|(exhibit, far)| {
            let Far::Landing { here, of } = far else { return None };
            Some(Landed { exhibit, here, of })
        });
        Ok(PouchRead { from, created, part, parts, missing, taken, exhibits: exhibits.collect(), refused })
    }

    /// Which parts of this pouch were read before. A part of another pouch under the same id is refused.
    fn gathered(&self, part: &Part) -> Result<Option<Gathered>, Trouble> {
        let Some(kept) = self.0.read(|tx| Ok(settings::get(tx, &gathered_as(part))?))? else { return Ok(None) };
        let gathered: Gathered = serde_json::from_slice(&kept)
            .map_err(|why| Bug::new(format!("what is kept of a pouch cannot be read: {why}")))?;
        match gathered.expects(part) {
            Ok(()) | Err(PouchFlaw::Twice { .. }) => Ok(Some(gathered)),
            Err(flaw) => Err(flawed(flaw)),
        }
    }

    /// Notes a part of which everything was taken, and says which are missing.
    fn gather(
        &self,
        before: Option<Gathered>,
        part: &Part,
        digest: terms::Digest,
        whole: bool,
    ) -> Result<Vec<u32>, Trouble> {
        let gathered = match before {
            None if whole => Some(Gathered::new(part.clone(), digest)),
            None => None,
            Some(mut gathered) if whole => match gathered.add(part, digest) {
                Ok(()) | Err(PouchFlaw::Twice { .. }) => Some(gathered),
                Err(flaw) => return Err(flawed(flaw)),
            },
            before => before,
        };
        let Some(gathered) = gathered else { return Ok((1..=part.parts).collect()) };
        let missing = match gathered.complete() {
            Err(PouchFlaw::Missing { missing, .. }) => missing,
            _ => vec![],
        };
        if part.parts > 1 {
            let (name, kept) = (gathered_as(part), serde_json::to_vec(&gathered));
            let kept = kept.map_err(|why| Bug::new(format!("what was read of a pouch cannot be written: {why}")))?;
            self.0.write(move |work| Ok(settings::put(work.tx, &name, &kept)?))?;
        }
        Ok(missing)
    }
}

/// Under which name it is kept which parts of a pouch were read.
fn gathered_as(part: &Part) -> String {
    format!("pouch/{}/{}", part.from, part.id)
}

impl Packed {
    /// The bytes of each part.
    pub fn sizes(&self) -> Result<Vec<u64>, Trouble> {
        let sizes = (1..).zip(&self.parts).map(|(number, loads)| {
            part_bytes(&Part { part: number, ..self.part.clone() }, loads, &self.envelopes).map_err(flawed)
        });
        sizes.collect()
    }
    /// Writes all parts, one after another. What was written is a pouch only if this succeeds.
    pub fn write(&self, sink: &mut dyn Write) -> Result<(), Trouble> {
        let mut starts = vec![0u64];
        for size in &self.envelopes {
            starts.push(starts.last().copied().unwrap_or(0) + *size as u64);
        }
        for (number, loads) in (1..).zip(&self.parts) {
            let mut writer =
                PouchWriter::begin(&mut *sink, &Part { part: number, ..self.part.clone() }).map_err(flawed)?;
            for load in loads {
                match load {
                    Load::Envelope(number) => {
                        let mut envelope = vec![0; self.envelopes[*number]];
                        self.spool.read_exact_at(&mut envelope, starts[*number]).map_err(spooled)?;
                        writer.add(&envelope).map_err(flawed)?;
                    }
                    Load::Piece(Ranged { exhibit, range }) => {
                        let length = usize::try_from(range.end - range.start);
                        let mut sealed = vec![0; length.map_err(|_| Bug::new("a piece fits into a record"))?];
                        self.node.0.depot.blobs.get(exhibit)?.read_exact_at(range.start, &mut sealed)?;
                        writer.add_piece(exhibit, range.start, &sealed).map_err(flawed)?;
                    }
                }
            }
            writer.finish().map_err(flawed)?;
        }
        Ok(())
    }
}

/// How far an exhibit is while a part is read.
#[derive(Debug, Clone, Copy)]
enum Far {
    Landing {
        here: u64,
        of: u64,
    },
    /// It was whole before, or was destroyed.
    NotWanted,
    /// Why it does not land was said.
    Refused,
}

/// A part that is being read.
struct Unpacking<'a> {
    node: &'a Node,
    from: AuthorityId,
    taken: usize,
    landing: Option<Landing>,
    seen: BTreeMap<ExhibitId, Far>,
    refused: Vec<String>,
}

impl Unpacking<'_> {
    fn take(&mut self, record: Record) -> Result<(), Trouble> {
        match record {
            Record::Envelope(envelope) => {
                for taken in self.node.receive(&self.from, vec![envelope]) {
                    match taken {
                        Taken::Yes => self.taken += 1,
                        Taken::Refused { code, sentence } => self.refused.push(format!("{code}: {sentence}")),
                        Taken::Later { .. } => self.refused.push("not now: read the pouch again".to_owned()),
                    }
                }
                Ok(())
            }
            Record::Piece { exhibit, offset, sealed } => self.piece(exhibit, offset, &sealed),
        }
    }
    fn piece(&mut self, exhibit: ExhibitId, offset: u64, sealed: &[u8]) -> Result<(), Trouble> {
        if self.landing.as_ref().is_some_and(|landing| landing.wanted().exhibit != exhibit) {
            self.put_down()?;
        }
        if matches!(self.seen.get(&exhibit), Some(Far::NotWanted | Far::Refused)) {
            return Ok(());
        }
        if self.landing.is_none() && !self.begin(exhibit)? {
            return Ok(());
        }
        let Some(landing) = self.landing.as_mut() else { return Ok(()) };
        match landing.take_missing(offset, sealed) {
            Ok(()) => {}
            Err(Trouble::Fault(fault)) if fault.code.starts_with("evidence.") => {
                let sentence = format!(
                    "{}: a piece of exhibit {exhibit} from byte {offset} on is not authentic: {fault}",
                    fault.code
                );
                self.refused.push(sentence);
            }
            Err(other) => return Err(other),
        }
        if landing.missing_from(0, u64::MAX).is_none() {
            self.put_down()?;
        }
        Ok(())
    }
    /// Begins to land an exhibit, or says why not.
    fn begin(&mut self, exhibit: ExhibitId) -> Result<bool, Trouble> {
        let row = self.node.0.read(|tx| Ok(exhibits::get(tx, &exhibit)?))?;
        let state = row.as_ref().map(|row| row.state.as_str());
        if let Some(HERE | DESTROYED) = state {
            self.seen.insert(exhibit, Far::NotWanted);
            return Ok(false);
        }
        let wanted = self.node.wanted_one(&exhibit)?;
        let Some(wanted) = wanted.filter(|_| state != Some(LISTED)) else {
            let sentence =
                "no act here announces it yet. Read the part with the envelopes first, and then this one again";
            self.refused.push(format!("{UNANNOUNCED}: exhibit {exhibit}: {sentence}"));
            self.seen.insert(exhibit, Far::Refused);
            return Ok(false);
        };
        let mut waited = Duration::ZERO;
        let landing = loop {
            match self.node.land(&wanted) {
                Err(trouble) if trouble.code() == "node.exhibit-landing" && waited < PATIENCE => {
                    std::thread::sleep(Duration::from_millis(100));
                    waited += Duration::from_millis(100);
                }
                outcome => break outcome,
            }
        };
        match landing {
            Ok(landing) => {
                self.landing = Some(landing);
                Ok(true)
            }
            Err(trouble) => {
                self.refused.push(format!("{}: exhibit {exhibit}: {trouble}", trouble.code()));
                self.seen.insert(exhibit, Far::Refused);
                Ok(false)
            }
        }
    }
    /// Notes how far the exhibit that lands is; if it is whole, it has come.
    fn put_down(&mut self) -> Result<(), Trouble> {
        let Some(mut landing) = self.landing.take() else { return Ok(()) };
        let (here, of) = landing.progress();
        let exhibit = landing.wanted().exhibit;
        self.seen.insert(exhibit, Far::Landing { here, of });
        if landing.missing_from(0, u64::MAX).is_some() {
            return landing.keep_note();
        }
        let wanted = landing.wanted().clone();
        match landing.finish() {
            Ok(proof) => self.node.came(&wanted, &proof),
            Err(trouble) => {
                self.refused.push(format!("{}: exhibit {exhibit}: {trouble}", trouble.code()));
                self.seen.insert(exhibit, Far::Refused);
                Ok(())
            }
        }
    }
}

fn spooled(why: std::io::Error) -> Trouble {
    terms::Fault::new("node.exhibit-file", "the envelopes of a pouch could not be kept").because(why).into()
}

fn flawed(flaw: PouchFlaw) -> Trouble {
    let remedy =
        "Nothing of it is lost: what was whole before is taken, and the same pouch can be read or written again.";
    Refusal::new(flaw.code(), format!("The pouch cannot be used: {flaw}."), remedy).into()
}
