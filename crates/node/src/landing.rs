//! An exhibit on its way onto the disk: pieces in any order, each authenticated before it is written, the whole compared before it is an object.
//!
//! What has landed is noted beside the bytes with every piece, so that whoever is killed asks for nothing again that was verified; now and then both
//! are synced, so that a loss of power costs little. A note that says more than the disk holds does no harm: what is read back is authenticated
//! again, and what is not authentic is asked for again. Never here: the network.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read as _};
use std::ops::Range;
use std::os::unix::fs::FileExt as _;
use std::path::PathBuf;

use evidence::{Arrival, Landed, ReadAt, Verified, unwatched};
use terms::{ExhibitId, Fault};

use crate::Trouble;
use crate::arrival::Wanted;
use crate::depot::{Depot, Runway, Share};
use crate::exhibits::{failed, io_fault};
use crate::node::{Inner, Node};

/// So many bytes land before they are synced.
const SYNC_EVERY: u64 = 32 * 1024 * 1024;
/// The largest note that is read: what is larger was not written here.
const NOTE_BYTES_MAX: u64 = 16 * 1024 * 1024;

/// An exhibit that lands.
pub struct Landing {
    wanted: Wanted,
    depot: Depot,
    arrival: Arrival,
    file: Stored,
    part: PathBuf,
    note: PathBuf,
    since_sync: u64,
    _share: Share,
    _runway: Runway,
}

struct Stored(File);

impl ReadAt for Stored {
    fn size(&self) -> io::Result<u64> {
        Ok(self.0.metadata()?.len())
    }
    fn read_exact_at(&self, offset: u64, into: &mut [u8]) -> io::Result<()> {
        self.0.read_exact_at(into, offset)
    }
}

impl Node {
    /// Begins to land an exhibit, or goes on where an earlier landing was cut.
    pub fn land(&self, wanted: &Wanted) -> Result<Landing, Trouble> {
        let depot = self.0.depot.clone();
        let runway = depot.land(&wanted.exhibit)?;
        let (part, note) = (depot.arriving(&wanted.exhibit, "part"), depot.arriving(&wanted.exhibit, "landed"));
        let file = OpenOptions::new().read(true).write(true).create(true).truncate(false).open(&part);
        let file = file.map_err(|why| io_fault("opening the file", &part, why))?;
        let landed = read_note(&note)
            .filter(|landed| landed.iter().all(|range| range.end <= file.metadata().map_or(0, |m| m.len())));
        let arrival = Arrival::resume(&wanted.entry, &wanted.key, landed.unwrap_or_default())
            .map_err(|flaw| failed(flaw.into()))?;
        let missing = arrival.missing(u64::MAX).map(|range| range.end - range.start).sum();
        self.with_room(|| depot.room_to_land(missing))?;
        let share = self.share(arrival.sealed_size())?;
        let head = arrival.head().to_bytes();
        file.write_all_at(&head, 0).map_err(|why| io_fault("writing the file", &part, why))?;
        let (wanted, file) = (wanted.clone(), Stored(file));
        Ok(Landing { wanted, depot, arrival, file, part, note, since_sync: 0, _share: share, _runway: runway })
    }
}

impl Landing {
    /// Which exhibit, and from whom.
    pub fn wanted(&self) -> &Wanted {
        &self.wanted
    }
    /// The first range at `from` or beyond that is still to be fetched, of at most `at_most` bytes.
    pub fn missing_from(&self, from: u64, at_most: u64) -> Option<Range<u64>> {
        self.arrival.missing(at_most).find(|range| range.start >= from)
    }
    /// How much has landed, of how much, in sealed bytes.
    pub fn progress(&self) -> (u64, u64) {
        let missing: u64 = self.arrival.missing(u64::MAX).map(|range| range.end - range.start).sum();
        (self.arrival.sealed_size() - missing, self.arrival.sealed_size())
    }
    /// Takes of a range what has not landed: for whoever did not ask what is missing.
    pub fn take_missing(&mut self, offset: u64, sealed: &[u8]) -> Result<(), Trouble> {
        let end = offset.saturating_add(sealed.len() as u64);
        let missing: Vec<Range<u64>> = self.arrival.missing(u64::MAX).collect();
        for gap in missing.into_iter().filter(|gap| gap.start < end && offset < gap.end) {
            let (from, to) = (gap.start.max(offset), gap.end.min(end));
            let within = |at: u64| usize::try_from(at - offset).unwrap_or(usize::MAX);
            self.take(from, &sealed[within(from)..within(to)])?;
        }
        Ok(())
    }
    /// Takes a whole range as it came. What is not authentic is not written.
    pub fn take(&mut self, offset: u64, sealed: &[u8]) -> Result<(), Trouble> {
        let landed = self.arrival.land(offset, sealed);
        match landed.map_err(|flaw| failed(flaw.into()))? {
            Landed::Already => return Ok(()),
            Landed::New => {}
        }
        self.file.0.write_all_at(sealed, offset).map_err(|why| io_fault("writing the file", &self.part, why))?;
        self.since_sync += sealed.len() as u64;
        if self.since_sync >= SYNC_EVERY { self.keep_note() } else { self.note(false) }
    }
    /// Notes what has landed, safe from a loss of power.
    pub fn keep_note(&mut self) -> Result<(), Trouble> {
        self.file.0.sync_data().map_err(|why| io_fault("writing the file", &self.part, why))?;
        self.note(true)?;
        self.since_sync = 0;
        Ok(())
    }
    fn note(&self, synced: bool) -> Result<(), Trouble> {
        let landed: Vec<Range<u64>> = self.arrival.landed().collect();
        let bytes = serde_json::to_vec(&landed).map_err(|why| Fault::new("node.exhibit-file", why.to_string()))?;
        let fresh = self.note.with_extension("landed-new");
        let written = File::create(&fresh).and_then(|mut file| {
            io::Write::write_all(&mut file, &bytes)?;
            if synced { file.sync_all() } else { Ok(()) }
        });
        written.map_err(|why| io_fault("writing the file", &fresh, why))?;
        fs::rename(&fresh, &self.note).map_err(|why| io_fault("naming the file", &self.note, why))
    }
    /// Compares the whole with the manifest and makes an object of the file. Blocks for as long as hashing what came out of order takes.
    pub fn finish(mut self) -> Result<Verified, Trouble> {
        let verified = match self.arrival.finish(&self.file, &mut unwatched) {
            Ok(verified) => verified,
            Err(failure) => {
                // What is wrong on the disk is fetched again; what differs from the manifest will differ again, and says so.
                self.keep_note()?;
                return Err(failed(failure));
            }
        };
        self.file.0.set_len(self.arrival.sealed_size()).map_err(|why| io_fault("writing the file", &self.part, why))?;
        self.depot.blobs.arrived(&self.wanted.exhibit, &self.part)?;
        let _ = fs::remove_file(&self.note);
        Ok(verified)
    }
}

/// What an earlier landing noted; nothing if there is no note, or none that can be read.
fn read_note(path: &PathBuf) -> Option<Vec<Range<u64>>> {
    let mut bytes = Vec::new();
    File::open(path).ok()?.take(NOTE_BYTES_MAX).read_to_end(&mut bytes).ok()?;
    serde_json::from_slice(&bytes).ok()
}

impl Inner {
    /// So many sealed bytes of an exhibit that is not whole yet have landed, by its note.
    pub(crate) fn landed_so_far(&self, id: &ExhibitId) -> u64 {
        let noted = read_note(&self.depot.arriving(id, "landed")).unwrap_or_default();
        noted.iter().map(|range| range.end.saturating_sub(range.start)).sum()
    }
}

impl Node {
    /// The proof for an exhibit that lies here whole already: the process ended between making the object and saying so.
    pub fn lies_here(&self, wanted: &Wanted) -> Result<Option<Verified>, Trouble> {
        let mut sealed = match self.0.depot.blobs.get(&wanted.exhibit) {
            Ok(blob) => blob.stream(),
            Err(store::StoreError::NotThere(_)) => return Ok(None),
            Err(why) => return Err(why.into()),
        };
        let opened = evidence::exhibit::open(&wanted.entry, &wanted.key, &mut sealed, &mut io::sink(), &mut unwatched);
        Ok(opened.ok())
    }
}
