//! Sets at this node: folders that are one exhibit, what files they hold, and one of these files alone.
//!
//! A set is sealed, transmitted, held and destroyed like any exhibit, and its history is one. What says that it is a set is checked file by file while it is
//! taken in; of what a peer sends, each file when it is read. The names of files are seen by those who may see bodies; that somebody looked at them is
//! in the audit trail, and that somebody read a file enters the history. Form: `evidence::set`. Never here: the file system of whoever asks.

use std::io::Write;

use evidence::cobblestone::RandomAccess;
use evidence::set::{Index, Indexed, MEDIA};
use evidence::{Entry, Failure};
use serde::Serialize;
use store::exhibits::ExhibitRow;
use terms::{Digest, DocketId, ExhibitId, Refusal};

use crate::Trouble;
use crate::actor::{Action, Actor};
use crate::custody::Handled;
use crate::exhibits::{Sealed, failed};
use crate::node::Node;

/// A file of a set.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FileShown {
    /// Where it stands below the folder.
    pub path: String,
    /// Bytes.
    pub size: u64,
    /// SHA-256.
    pub sha256: Digest,
}

impl From<&Indexed> for FileShown {
    fn from(file: &Indexed) -> Self {
        Self { path: file.path.to_string(), size: file.measure.size, sha256: file.measure.sha256 }
    }
}

/// Whether an exhibit says that it is a set.
pub(crate) fn is_set(media: &str) -> bool {
    media == MEDIA
}

/// What says that it is a set and is none.
pub(crate) fn no_set(why: &Failure) -> Trouble {
    let sentence = format!("What was taken in says that it is a set, and is none: {why}.");
    Refusal::new(
        "node.exhibit-set",
        sentence,
        "Let `comity exhibit add` make it of the folder, or name another media type.",
    )
    .into()
}

impl Node {
    /// The files of a set, by path: those after the first `after`.
    pub fn files(
        &self,
        actor: &Actor,
        id: &ExhibitId,
        after: usize,
        limit: usize,
    ) -> Result<(Vec<FileShown>, Option<usize>), Trouble> {
        let (docket, _, index) = self.index(actor, id)?;
        let (person, what) = (actor.person.clone(), format!("looked at the list of files of exhibit {id}"));
        self.0.write(move |work| work.audit(&person, "exhibits", &what, docket))?;
        let page: Vec<FileShown> = index.files.iter().skip(after).take(limit).map(FileShown::from).collect();
        let end = after.saturating_add(page.len());
        Ok((page, Some(end).filter(|end| *end < index.files.len())))
    }

    /// One file of a set.
    pub fn file(&self, actor: &Actor, id: &ExhibitId, path: &str) -> Result<FileShown, Trouble> {
        let (_, _, index) = self.index(actor, id)?;
        index.file(path).map(FileShown::from).ok_or_else(|| Trouble::not_here("file"))
    }

    /// Writes one file of a set, authenticated, and compared with the digest that the set states. That somebody opened it enters the set's history first.
    pub fn open_file(
        &self,
        actor: &Actor,
        id: &ExhibitId,
        path: &str,
        said: Handled,
        sink: &mut dyn Write,
    ) -> Result<(), Trouble> {
        let (_, plain, index) = self.index(actor, id)?;
        let number = index.files.iter().position(|file| file.path.as_str() == path);
        let number = number.ok_or_else(|| Trouble::not_here("file"))?;
        self.opened(actor, id, said, format!("file {} of its list", number + 1))?;
        index.files[number].read(&plain, sink).map_err(failed)
    }

    /// A set that is here, to be read at any place, and what it holds.
    fn index(&self, actor: &Actor, id: &ExhibitId) -> Result<(Option<DocketId>, RandomAccess<Sealed>, Index), Trouble> {
        actor.may(Action::ReadBodies)?;
        let (row, entry): (ExhibitRow, Entry) = self.0.read(|tx| self.0.exhibit_here(tx, id))?;
        if !is_set(entry.media.as_str()) {
            let sentence = format!("Exhibit {id} is one file and not a set.");
            return Trouble::refuse("node.exhibit-no-set", sentence, "Open it as a whole.");
        }
        let key = self.0.content_key(&row)?;
        let plain = RandomAccess::new(&key, entry.id, Sealed(self.0.depot.blobs.get(id)?)).map_err(failed)?;
        let index = Index::open(&plain).map_err(failed)?;
        Ok((row.docket, plain, index))
    }
}
