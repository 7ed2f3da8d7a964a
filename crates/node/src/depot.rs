//! Where the sealed bytes of exhibits lie: the place of whole ones, the folder in which those of peers land, and how much this node keeps.
//!
//! ```text
//! intake ─▶ a new object, claimed ─▶ the row says *here* ─▶ the claim goes
//! peer   ─▶ a file in the folder of arrivals, piece by piece ─▶ verified ─▶ an object ─▶ the row says *here*
//! ```
//! Sealed bytes open nothing without keys. What a cut left behind is swept; what a row of the database refers to is never touched. Never here:
//! what the bytes are. Decision 0019 says why arrivals land in a folder even if whole exhibits lie in an object store.

use std::collections::HashSet;
use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use store::blobs::{Blob, BlobLocation, Blobs, room_in};
use store::{StoreError, exhibits};
use terms::{ExhibitId, Refusal};

use crate::Trouble;
use crate::exhibits::{ANNOUNCED, DESTROYED, io_fault};
use crate::node::Node;

/// What is younger is never swept.
const GRACE: Duration = Duration::from_secs(2 * 3_600);
/// So much is read ahead of a peer that fetches, where each reading costs a request. Memory of a connection is bounded with it (`exchange.md`).
const AHEAD: usize = 1024 * 1024;

/// The ending of files that are here for a moment only.
const ASIDE: &str = "aside";

/// The place of exhibits. Cloning it is cheap.
#[derive(Debug, Clone)]
pub struct Depot {
    pub(crate) blobs: Blobs,
    arrivals: PathBuf,
    quota: Option<u64>,
    /// So many days an exhibit is kept of which nobody said otherwise; then it is due.
    pub(crate) keep_days: Option<u32>,
    landing: Arc<Mutex<HashSet<ExhibitId>>>,
    /// Sealed bytes that are on their way, of all that come at once.
    coming: Arc<Mutex<u64>>,
}

impl Depot {
    /// A place of whole exhibits, and a folder of this machine in which others land; it is made if it is not there.
    ///
    /// `quota` bounds the sealed bytes of all exhibits that are here or on their way to this process.
    pub fn open(blobs: Blobs, arrivals: PathBuf, quota: Option<u64>) -> Result<Self, Trouble> {
        fs::create_dir_all(&arrivals).map_err(|why| io_fault("making the folder", &arrivals, why))?;
        Ok(Self { blobs, arrivals, quota, keep_days: None, landing: Arc::default(), coming: Arc::default() })
    }
    /// With a term in days, after which an exhibit is due of which nobody said otherwise.
    #[must_use]
    pub fn keeping(self, keep_days: Option<u32>) -> Self {
        Self { keep_days, ..self }
    }
    /// Everything below one folder, without a quota.
    pub fn folder(folder: &Path) -> Result<Self, Trouble> {
        let blobs = Blobs::open(&BlobLocation::Folder(folder.to_owned()))?;
        Self::open(blobs, folder.join("arrivals"), None)
    }
    /// A file of an exhibit that is not whole yet.
    pub(crate) fn arriving(&self, id: &ExhibitId, ending: &str) -> PathBuf {
        self.arrivals.join(format!("{id}.{ending}"))
    }
    /// A file on this machine for what is gone again in a moment. If it stays after a cut, it is swept.
    pub(crate) fn aside(&self, name: &str) -> PathBuf {
        self.arrivals.join(format!("{name}.{ASIDE}"))
    }
    /// Says that an exhibit lands now; by two ways at once it may not.
    pub(crate) fn land(&self, id: &ExhibitId) -> Result<Runway, Trouble> {
        if self.landing.lock().unwrap_or_else(PoisonError::into_inner).insert(*id) {
            return Ok(Runway(Arc::clone(&self.landing), *id));
        }
        let sentence = format!("Exhibit {id} arrives by another way at this moment.");
        Trouble::refuse("node.exhibit-landing", sentence, "Try again once that way has ended, or was cut.")
    }
    /// Refuses an arrival for which there is no room.
    pub(crate) fn room_to_land(&self, bytes: u64) -> Result<(), StoreError> {
        room_in(&self.arrivals, bytes)?;
        self.blobs.check_room(bytes)
    }
}

/// An exhibit is landing, until this is dropped.
#[derive(Debug)]
pub(crate) struct Runway(Arc<Mutex<HashSet<ExhibitId>>>, ExhibitId);

impl Drop for Runway {
    fn drop(&mut self) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.1);
    }
}

impl Node {
    /// A share of the quota for so many sealed bytes that are to come; refused if they do not fit beside what is here and what else comes.
    pub(crate) fn share(&self, bytes: u64) -> Result<Share, Trouble> {
        let mut share = Share { node: self.clone(), bytes: 0 };
        if share.grow(bytes)? { Ok(share) } else { Err(quota()) }
    }
    /// Does what needs room. If there is none, what killed writers left behind is swept first: the disk of a node that crashes over and over is full of it.
    pub(crate) fn with_room<T>(&self, attempt: impl Fn() -> Result<T, StoreError>) -> Result<T, Trouble> {
        match attempt() {
            Err(StoreError::NoRoom { .. }) if self.sweep_exhibits()? > 0 => Ok(attempt()?),
            answer => Ok(answer?),
        }
    }
    /// Removes what interrupted intakes and arrivals left behind, once it is old or its writer is known to be gone; says how many things that were.
    pub fn sweep_exhibits(&self) -> Result<usize, Trouble> {
        let mut referenced = |id: &ExhibitId| {
            self.0.store.read(|tx| Ok(exhibits::get(tx, id)?.is_some_and(|row| row.state != DESTROYED)))
        };
        let swept = self.0.depot.blobs.sweep(self.now(), GRACE, &mut referenced)?;
        for name in &swept.foreign {
            tracing::warn!(name, "something that is no exhibit lies among the exhibits; it was left alone");
        }
        Ok(swept.objects.len() + swept.claims.len() + self.sweep_arrivals()?)
    }
    /// Files of exhibits that are not awaited any more, and old ones that were meant for a moment.
    fn sweep_arrivals(&self) -> Result<usize, Trouble> {
        let folder = &self.0.depot.arrivals;
        let entries = fs::read_dir(folder).map_err(|why| io_fault("reading the folder", folder, why))?;
        let mut swept = 0;
        for path in entries.flatten().map(|entry| entry.path()) {
            if path.extension().is_some_and(|ending| ending == ASIDE) {
                let since = fs::metadata(&path).and_then(|meta| meta.modified()).ok();
                let old = since.and_then(|since| since.elapsed().ok()).is_some_and(|age| age > GRACE);
                swept += usize::from(old && fs::remove_file(&path).is_ok());
                continue;
            }
            let id = path.file_stem().and_then(|stem| stem.to_str()).and_then(|stem| stem.parse::<ExhibitId>().ok());
            let Some(id) = id else { continue };
            let awaited = self.0.read(|tx| Ok(exhibits::get(tx, &id)?.is_some_and(|row| row.state == ANNOUNCED)))?;
            if !awaited && fs::remove_file(&path).is_ok() {
                swept += 1;
            }
        }
        Ok(swept)
    }
}

/// A share of the quota, for an exhibit that comes. It is given back when this is dropped: by then a row counts the exhibit, or nothing of it stayed.
pub(crate) struct Share {
    node: Node,
    bytes: u64,
}

impl Share {
    /// Makes it a share of so many bytes; false if there is no room for them.
    fn grow(&mut self, bytes: u64) -> Result<bool, Trouble> {
        let depot = &self.node.0.depot;
        let Some(quota) = depot.quota else { return Ok(true) };
        let mut coming = depot.coming.lock().unwrap_or_else(PoisonError::into_inner);
        let kept = self.node.0.read(|tx| Ok(exhibits::kept_bytes(tx, crate::exhibits::HERE)?))?;
        // The rows say bytes of plaintext; sealed they are a thousandth more.
        let others = kept + kept / 1_000 + (*coming - self.bytes);
        if bytes > quota.saturating_sub(others) {
            return Ok(false);
        }
        *coming = *coming - self.bytes + bytes;
        self.bytes = bytes;
        Ok(true)
    }
}

impl Drop for Share {
    fn drop(&mut self) {
        *self.node.0.depot.coming.lock().unwrap_or_else(PoisonError::into_inner) -= self.bytes;
    }
}

/// By so much a share grows at a time, where nobody knew how much would come.
const STEP: u64 = 8 << 20;

/// A sink that ends where the quota does.
pub(crate) struct Bounded<W> {
    sink: W,
    share: Share,
    taken: u64,
    /// Whether more came than the quota left.
    pub full: bool,
}

impl<W> Bounded<W> {
    /// A sink under a share of the quota.
    pub fn new(sink: W, share: Share) -> Self {
        Self { sink, share, taken: 0, full: false }
    }
    /// The sink, and the share, which is to be held until the exhibit is counted.
    pub fn into_parts(self) -> (W, Share) {
        (self.sink, self.share)
    }
}

impl<W: Write> Write for Bounded<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let needed = self.taken + bytes.len() as u64;
        if self.share.node.0.depot.quota.is_some() && needed > self.share.bytes {
            let grown = self.share.grow(needed + STEP).and_then(|grown| Ok(grown || self.share.grow(needed)?));
            if !grown.map_err(io::Error::other)? {
                self.full = true;
                return Err(io::Error::new(io::ErrorKind::QuotaExceeded, "the node's quota of exhibits is used up"));
            }
        }
        let taken = self.sink.write(bytes)?;
        self.taken += taken as u64;
        Ok(taken)
    }
    fn flush(&mut self) -> io::Result<()> {
        self.sink.flush()
    }
}

/// No more may be kept here.
pub(crate) fn quota() -> Trouble {
    let sentence = "The exhibit is larger than what is left of this node's quota of exhibits.";
    Refusal::new(
        "node.exhibit-quota",
        sentence,
        "Ask an operator to raise `exhibits_quota`, or destroy what is not needed.",
    )
    .into()
}

/// An exhibit's sealed bytes on their way to a peer.
pub(crate) struct Served {
    blob: Blob,
    ahead: Vec<u8>,
    from: u64,
}

impl Served {
    pub fn new(blob: Blob) -> Self {
        Self { blob, ahead: Vec::new(), from: 0 }
    }
}

impl exchange::Source for Served {
    fn read_at(&mut self, offset: u64, piece: &mut [u8]) -> io::Result<()> {
        if !self.blob.is_far() || piece.len() > AHEAD {
            return self.blob.read_exact_at(offset, piece).map_err(io::Error::other);
        }
        let held = |served: &Self| {
            let start = usize::try_from(offset.checked_sub(served.from)?).ok()?;
            served.ahead.get(start..start.checked_add(piece.len())?).map(<[u8]>::to_vec)
        };
        if let Some(bytes) = held(self) {
            piece.copy_from_slice(&bytes);
            return Ok(());
        }
        let ahead = self.blob.size().saturating_sub(offset).min(AHEAD as u64).max(piece.len() as u64);
        self.ahead.resize(usize::try_from(ahead).unwrap_or(AHEAD), 0);
        self.from = offset;
        self.blob.read_exact_at(offset, &mut self.ahead).map_err(|why| {
            self.ahead.clear();
            io::Error::other(why)
        })?;
        piece.copy_from_slice(&self.ahead[..piece.len()]);
        Ok(())
    }
}
