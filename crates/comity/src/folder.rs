//! A folder of this machine as one exhibit, and back: walked, measured, streamed; laid out again.
//!
//! Links are never followed, and what is neither file nor folder has no content: both are named and refused, or left out where that was asked for. A
//! file that changes between its measuring and its reading ends the intake, and nothing of it is kept. What is laid out lands in a folder under a hidden
//! name, closed to others, and gets its own name once every file was compared. Form: `evidence::set`.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Read, Write};
use std::os::unix::fs::{DirBuilderExt as _, MetadataExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use evidence::Failure;
use evidence::asic::{Checksum, Measure};
use evidence::set::{Reading, Set, SetFile, SetPath, Visit};
use http_body_util::{BodyExt as _, StreamBody};
use hyper::body::Frame;
use indicatif::ProgressBar;
use sha2::{Digest as _, Sha256};
use terms::{Digest, Fault};
use tokio::sync::mpsc::{Sender, channel};

use crate::client::Sent;
use crate::watched::bar;
use crate::{Ended, FAILURE, USAGE, VERIFICATION};

/// How much is read at a time.
const PIECE: usize = 256 * 1024;
/// So many names a sentence holds.
const NAMED: usize = 5;

/// A folder, measured.
pub struct Folder {
    root: PathBuf,
    /// What it holds.
    pub set: Set,
    /// Links, devices and sockets that were left out.
    pub left_out: Vec<String>,
}

/// What was found below a folder.
#[derive(Default)]
struct Found {
    files: Vec<(SetPath, u64)>,
    empty: Vec<SetPath>,
    /// What is neither file nor folder.
    others: Vec<String>,
    /// What has a name that a set cannot hold.
    odd: Vec<String>,
}

fn unreadable(path: &Path, why: &io::Error) -> Ended {
    Ended::new(USAGE, format!("{} cannot be read: {why}", path.display()))
}

/// The first of many names.
fn some(names: &[String]) -> String {
    let more = names.len().saturating_sub(NAMED);
    let named = names.iter().take(NAMED).map(String::as_str).collect::<Vec<_>>().join(", ");
    if more == 0 { named } else { format!("{named} and {more} more") }
}

impl Found {
    fn below(root: &Path) -> Result<Self, Ended> {
        let mut found = Self::default();
        let mut folders = vec![(root.to_owned(), String::new())];
        while let Some((folder, at)) = folders.pop() {
            let mut any = false;
            for entry in fs::read_dir(&folder).map_err(|why| unreadable(&folder, &why))? {
                let entry = entry.map_err(|why| unreadable(&folder, &why))?;
                any = true;
                let name = entry.file_name();
                let at = format!("{at}{}", name.to_string_lossy());
                let Some(path) = name.to_str().and_then(|_| at.parse::<SetPath>().ok()) else {
                    found.odd.push(format!("{:?}", entry.path()));
                    continue;
                };
                let meta = entry.metadata().map_err(|why| unreadable(&entry.path(), &why))?;
                if meta.is_dir() {
                    folders.push((entry.path(), format!("{at}/")));
                } else if meta.is_file() {
                    found.files.push((path, meta.len()));
                } else {
                    found.others.push(at);
                }
            }
            if !any && !at.is_empty() {
                found.empty.extend(at.trim_end_matches('/').parse::<SetPath>());
            }
        }
        Ok(found)
    }
}

impl Folder {
    /// Walks a folder and measures every file in it. What is no file and no folder is refused, or left out.
    pub fn measure(root: &Path, without_links: bool) -> Result<Self, Ended> {
        let mut found = Found::below(root)?;
        if !found.odd.is_empty() {
            let what = "is longer than a set holds, not UTF-8, or has a backslash or a control character in its name";
            let remedy = "Rename it, or take the folder in as an archive, which is one file.";
            return Err(Ended::new(USAGE, format!("{} {what}. {remedy}", some(&found.odd))));
        }
        found.others.sort();
        if !found.others.is_empty() && !without_links {
            let what = "is a link or no file, and links are not followed";
            let remedy = "Say --without-links to leave such things out, or take the folder in as an archive.";
            return Err(Ended::new(USAGE, format!("{} {what}. {remedy}", some(&found.others))));
        }
        let bar = bar(found.files.iter().map(|(_, size)| size).sum(), "measuring");
        let mut files = Vec::with_capacity(found.files.len());
        for (path, _) in found.files {
            let at = root.join(path.as_str());
            let measure = open(&at).and_then(|mut file| measured(&mut file, &bar));
            files.push(SetFile { measure: measure.map_err(|why| unreadable(&at, &why))?, path });
        }
        bar.finish_and_clear();
        let set = Set::new(files, &found.empty);
        let set = set.map_err(|flaw| Ended::new(USAGE, format!("{} cannot be taken in: {flaw}", root.display())))?;
        Ok(Self { root: root.to_owned(), set, left_out: found.others })
    }

    /// The set as a body that is made while it travels. Where it ends early, `why` says so.
    pub fn stream(self, bar: ProgressBar, why: &Arc<Mutex<Option<String>>>) -> Sent {
        let (to, pieces) = channel(8);
        let why = Arc::clone(why);
        std::thread::spawn(move || {
            let mut out = Out { to, held: Vec::with_capacity(PIECE), bar };
            let written = self.set.write(&mut out, &mut |file, out| {
                let at = self.root.join(file.path.as_str());
                let changed = |why: io::Error| {
                    let sentence = format!("{} is not what was measured before: {why}", at.display());
                    Failure::Fault(Fault::new("evidence.source", sentence))
                };
                let mut source = open(&at).map_err(changed)?.take(file.measure.size + 1);
                io::copy(&mut source, out).map(drop).map_err(changed)
            });
            if let Err(failure) = written {
                *why.lock().unwrap_or_else(PoisonError::into_inner) = Some(failure.to_string());
                let _ = out.to.blocking_send(Err(io::Error::other(failure.to_string())));
            }
        });
        let pieces = futures_util::stream::unfold(pieces, |mut pieces| async move {
            let piece: Result<Bytes, io::Error> = pieces.recv().await?;
            Some((piece.map(Frame::data), pieces))
        });
        StreamBody::new(pieces).boxed()
    }
}

/// A file, and not what stands in its place meanwhile.
fn open(path: &Path) -> io::Result<File> {
    let seen = fs::symlink_metadata(path)?;
    if !seen.is_file() {
        return Err(io::Error::other("it is no file any more"));
    }
    let file = File::open(path)?;
    let meta = file.metadata()?;
    if (meta.dev(), meta.ino()) == (seen.dev(), seen.ino()) { Ok(file) } else { Err(io::Error::other("it changed")) }
}

fn measured(file: &mut File, bar: &ProgressBar) -> io::Result<Measure> {
    let (mut sum, mut hash, mut piece) = (Checksum::new(), Sha256::new(), vec![0; PIECE]);
    loop {
        match file.read(&mut piece)? {
            0 => return Ok(sum.measure(Digest::new(hash.finalize().into()))),
            count => {
                sum.write_all(&piece[..count])?;
                hash.update(&piece[..count]);
                bar.inc(count as u64);
            }
        }
    }
}

/// Passes on what is written, in pieces.
struct Out {
    to: Sender<Result<Bytes, io::Error>>,
    held: Vec<u8>,
    bar: ProgressBar,
}

impl Write for Out {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let count = bytes.len().min(PIECE - self.held.len());
        self.held.extend_from_slice(&bytes[..count]);
        if self.held.len() == PIECE {
            self.flush()?;
        }
        Ok(count)
    }
    fn flush(&mut self) -> io::Result<()> {
        let piece = std::mem::replace(&mut self.held, Vec::with_capacity(PIECE));
        if piece.is_empty() {
            return Ok(());
        }
        self.bar.inc(piece.len() as u64);
        self.to.blocking_send(Ok(Bytes::from(piece))).map_err(|_| io::ErrorKind::BrokenPipe.into())
    }
}

/// Lays a set out as a folder that is not there yet; says how many files it has.
pub fn lay_out(set: &Path, to: &Path) -> Result<usize, Ended> {
    not_there(to)?;
    let name = to.file_name().ok_or_else(|| Ended::new(USAGE, "--to names no folder."))?;
    let part = to.with_file_name(format!(".{}.part-{}", name.to_string_lossy(), std::process::id()));
    let failed =
        |why: &dyn std::fmt::Display| Ended::new(FAILURE, format!("{} cannot be written: {why}", to.display()));
    DirBuilder::new().mode(0o700).create(&part).map_err(|why| failed(&why))?;
    let laid = fill(set, &part).map_err(|why| match why {
        Failure::Flaw(flaw) => Ended::new(VERIFICATION, format!("It was not kept: {flaw}")),
        other => failed(&other),
    });
    let laid = laid.and_then(|files| {
        not_there(to).and_then(|()| fs::rename(&part, to).map_err(|why| failed(&why))).map(|()| files)
    });
    if laid.is_err() {
        let _ = fs::remove_dir_all(&part);
    }
    laid
}

/// Refuses to take anybody's place.
pub fn not_there(to: &Path) -> Result<(), Ended> {
    if to.symlink_metadata().is_ok() {
        return Err(Ended::new(USAGE, format!("{} is there already, and nothing is overwritten.", to.display())));
    }
    Ok(())
}

fn fill(set: &Path, folder: &Path) -> Result<usize, Failure> {
    let fault = |why: io::Error| Failure::Fault(Fault::new("evidence.source", "the set cannot be read").because(why));
    let mut file = File::open(set).map_err(fault)?;
    let mut reading = Reading::new(Into { folder: folder.to_owned(), now: None });
    let mut piece = vec![0; PIECE];
    loop {
        match file.read(&mut piece).map_err(fault)? {
            0 => return reading.finish().map(|(index, _)| index.files.len()),
            count => reading.push(&piece[..count])?,
        }
    }
}

/// Writes the files of a set below a folder of its own.
struct Into {
    folder: PathBuf,
    now: Option<File>,
}

impl Into {
    fn folder_of(&self, path: &Path) -> io::Result<()> {
        DirBuilder::new().recursive(true).mode(0o700).create(path)
    }
}

impl Visit for Into {
    fn empty(&mut self, path: &SetPath) -> io::Result<()> {
        self.folder_of(&self.folder.join(path.as_str()))
    }
    fn file(&mut self, path: &SetPath) -> io::Result<()> {
        let at = self.folder.join(path.as_str());
        self.folder_of(at.parent().unwrap_or(&self.folder))?;
        self.now = Some(OpenOptions::new().write(true).create_new(true).mode(0o600).open(at)?);
        Ok(())
    }
    fn bytes(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.now.as_mut().ok_or(io::ErrorKind::NotFound)?.write_all(bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::ffi::OsStrExt as _;

    fn refused(root: &Path) -> String {
        Folder::measure(root, false).err().expect("it must be refused").sentence
    }

    #[test]
    fn links_and_odd_names_are_named_and_not_followed() {
        let folder = tempfile::tempdir().expect("a folder");
        let at = |name: &str| folder.path().join(name);
        assert!(refused(folder.path()).contains("no file"), "nothing is in it");
        fs::create_dir_all(at("a/empty")).expect("made");
        fs::write(at("a/file"), b"content").expect("written");
        let measured = Folder::measure(folder.path(), false).expect("a set");
        assert_eq!((measured.set.files().len(), measured.left_out.len()), (1, 0));
        std::os::unix::fs::symlink("/etc/passwd", at("a/link")).expect("linked");
        std::os::unix::fs::symlink("/etc", at("folders")).expect("linked");
        let sentence = refused(folder.path());
        assert!(sentence.contains("a/link") && sentence.contains("folders"), "{sentence}");
        let measured = Folder::measure(folder.path(), true).expect("a set");
        assert_eq!(measured.left_out, ["a/link", "folders"]);
        assert_eq!(measured.set.files().len(), 1);
        for odd in [&b"back\\slash"[..], b"line\nfeed", b"\xff"] {
            let path = folder.path().join(std::ffi::OsStr::from_bytes(odd));
            fs::write(&path, b"x").expect("written");
            assert!(refused(folder.path()).contains("Rename it"), "{odd:?}");
            fs::remove_file(path).expect("removed");
        }
    }

    #[test]
    fn a_set_is_laid_out_whole_or_not_at_all() {
        let folder = tempfile::tempdir().expect("a folder");
        let (from, zip, to) = (folder.path().join("from"), folder.path().join("set.zip"), folder.path().join("to"));
        fs::create_dir_all(from.join("deep/er")).expect("made");
        fs::create_dir(from.join("nothing")).expect("made");
        fs::write(from.join("deep/er/é.txt"), b"content").expect("written");
        fs::write(from.join("empty"), b"").expect("written");
        let measured = Folder::measure(&from, false).expect("a set");
        let mut bytes = Vec::new();
        let copy = |file: &SetFile, out: &mut dyn Write| {
            let content = fs::read(from.join(file.path.as_str())).expect("read");
            out.write_all(&content).expect("written");
            Ok(())
        };
        measured.set.write(&mut bytes, &mut { copy }).expect("written");
        fs::write(&zip, &bytes).expect("written");
        assert_eq!(lay_out(&zip, &to).expect("laid out"), 2);
        assert_eq!(fs::read(to.join("deep/er/é.txt")).expect("read"), b"content");
        assert!(to.join("nothing").is_dir() && to.join("empty").is_file());
        assert_eq!(lay_out(&zip, &to).expect_err("nothing is overwritten").code, USAGE);
        let last = bytes.len() - 60;
        bytes[last] ^= 1;
        fs::write(&zip, &bytes).expect("written");
        let elsewhere = folder.path().join("elsewhere");
        assert_eq!(lay_out(&zip, &elsewhere).expect_err("it was changed").code, VERIFICATION);
        assert_eq!(fs::read_dir(folder.path()).expect("a folder").count(), 3, "nothing half is left");
    }
}
