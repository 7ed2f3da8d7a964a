//! A backup of the database while the node runs: one consistent state, made aside and then given out.
//!
//! Keys and exhibits are copied apart (`docs/operating/backup.md`): whoever had all three in one place could open everything. What is given out is the
//! database as it stands on the disk, in which bodies lie sealed. Only a whole copy is given out, and none stays here.

use std::fs::File;
use std::io::{Read as _, Write};
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use evidence::Progress;
use terms::Refusal;

use crate::actor::{Action, Actor};
use crate::exhibits::io_fault;
use crate::node::Node;
use crate::{Trouble, world};

/// How much is read at a time.
const PIECE: usize = 256 * 1024;

/// A copy on this machine's disk, for as long as it is needed.
struct Aside(PathBuf);

impl Drop for Aside {
    fn drop(&mut self) {
        if let Err(why) = std::fs::remove_file(&self.0)
            && why.kind() != std::io::ErrorKind::NotFound
        {
            tracing::warn!(%why, file = %self.0.display(), "what was made for a backup was not removed");
        }
    }
}

impl Node {
    /// Writes one consistent state of the database to `sink`. `progress` hears the bytes that were copied and given out, and may end it.
    pub fn backup(&self, actor: &Actor, sink: &mut dyn Write, progress: Progress<'_>) -> Result<(), Trouble> {
        actor.may(Action::Operate)?;
        if self.0.store.location().path().is_none() {
            let sentence = "This node keeps its data in PostgreSQL, which has tools of its own for that.";
            return Trouble::refuse("node.backup", sentence, "Use pg_dump or a base backup.");
        }
        let person = actor.person.clone();
        self.0.write(move |work| work.audit(&person, "backup", "took a backup of the database", None))?;
        let aside = Aside(self.0.depot.aside(&world::digest(&*self.0.world).short()));
        let mut copied = 0;
        let whole = self.0.store.backup_watched(&aside.0, &mut |bytes| {
            copied = bytes;
            progress(bytes)
        })?;
        if !whole {
            return Err(cancelled());
        }
        let mut file = File::open(&aside.0).map_err(|why| io_fault("opening the copy", &aside.0, why))?;
        let mut piece = vec![0; PIECE];
        loop {
            if progress(copied) == ControlFlow::Break(()) {
                return Err(cancelled());
            }
            let read = file.read(&mut piece).map_err(|why| io_fault("reading the copy", &aside.0, why))?;
            if read == 0 {
                return Ok(());
            }
            sink.write_all(&piece[..read]).map_err(|why| io_fault("giving out the copy of", &aside.0, why))?;
            copied += read as u64;
        }
    }

    /// The same into a new file on this machine.
    pub fn backup_to(&self, actor: &Actor, file: &Path) -> Result<(), Trouble> {
        actor.may(Action::Operate)?;
        let (person, what) = (actor.person.clone(), format!("wrote a backup of the database to {}", file.display()));
        self.0.store.backup_to(file)?;
        self.0.write(move |work| work.audit(&person, "backup", &what, None))
    }
}

fn cancelled() -> Trouble {
    Refusal::new("node.cancelled", "It was ended before it was whole.", "Begin again.").into()
}
