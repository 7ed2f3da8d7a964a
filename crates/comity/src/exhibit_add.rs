//! `comity exhibit add`: files and folders that become exhibits, several at a time.
//!
//! Everything that is named is opened and measured before anything travels, so a name that is wrong costs nothing. Each file is an exhibit of its own with
//! a key of its own, and is taken in when its last byte came; one that fails takes no other with it, and is named. Never here: how an exhibit is sealed.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use clap::Args;
use indicatif::MultiProgress;
use serde_json::{Value, json};

use crate::client::show::text;
use crate::client::{Client, Problem, Sent, segment};
use crate::exhibit_command::{Handling, alike, digests, from_file};
use crate::folder::Folder;
use crate::watched::bar;
use crate::{CONFLICT, Ended, INTERRUPTED, PARTLY, USAGE};

/// So many travel at a time. Sealing one takes about one processor of the node.
const AT_A_TIME: usize = 4;

#[derive(Args)]
pub struct Add {
    /// The docket's id, or its beginning.
    docket: String,
    /// The file, or a folder; several, each an exhibit of its own.
    #[arg(required = true)]
    files: Vec<PathBuf>,
    /// Of a folder: leave out links and what is no file. They are named.
    #[arg(long)]
    without_links: bool,
    #[command(flatten)]
    handling: Handling,
    /// What people call it; otherwise it has no name but its id.
    #[arg(long, value_name = "TEXT")]
    title: Option<String>,
    /// Its media type, for example application/pdf; otherwise what its first bytes and its ending say.
    #[arg(long, value_name = "TYPE")]
    media: Option<String>,
    /// For what it may not be used, by code; may be repeated.
    #[arg(long = "condition", value_name = "CODE")]
    conditions: Vec<String>,
    /// The handling code.
    #[arg(long = "handling", value_name = "CODE")]
    code: Option<String>,
    /// Compute its SHA-512 too; it stands in the manifest and is compared by whoever checks.
    #[arg(long)]
    sha512: bool,
    /// Until when it is to be kept, as 2036-11-24T00:00:00Z; otherwise as long as the node's term says.
    #[arg(long, value_name = "TIME")]
    keep_until: Option<String>,
    /// The item of the docket of which it is an image; both histories say so.
    #[arg(long, value_name = "ITEM")]
    image_of: Option<String>,
    /// Refuse it if its docket has the same content already. Otherwise it is taken in, and said.
    #[arg(long)]
    unless_here: bool,
}

/// A file or folder that was opened and measured.
struct Prepared {
    name: String,
    what: What,
    size: u64,
    /// What is said of it besides.
    lines: Vec<String>,
}

enum What {
    /// A file and its media type.
    File(File, String),
    Folder(Folder),
}

/// What became of one.
type Outcome = Result<(Value, Vec<String>), Ended>;

impl Add {
    /// Takes them in, and says what became of each.
    pub fn run(self, client: &Client) -> Result<(), Ended> {
        if self.files.len() > 1 && (self.title.is_some() || self.image_of.is_some()) {
            return Err(Ended::new(USAGE, "--title and --image-of are of one exhibit; take that one in by itself."));
        }
        let prepared: Vec<Prepared> = self.files.iter().map(|path| self.prepare(path)).collect::<Result<_, _>>()?;
        let names: Vec<String> = prepared.iter().map(|one| one.name.clone()).collect();
        let mut outcomes = self.several(client, prepared);
        if let [_] = names[..] {
            let (taken, lines) = outcomes.remove(0)?;
            client.print(&taken, |taken| told(taken, &lines));
            return Ok(());
        }
        let taken: Vec<&Value> = outcomes.iter().filter_map(|outcome| Some(&outcome.as_ref().ok()?.0)).collect();
        let all = json!({ "items": taken });
        let said = |_: &Value| {
            let each = names.iter().zip(&outcomes).filter_map(|(name, outcome)| {
                let (taken, lines) = outcome.as_ref().ok()?;
                Some(format!("{name}: {}", told(taken, lines)))
            });
            each.collect::<Vec<_>>().join("\n")
        };
        if !taken.is_empty() {
            client.print(&all, said);
        }
        let failed: Vec<(&String, &Ended)> =
            names.iter().zip(&outcomes).filter_map(|(name, outcome)| Some((name, outcome.as_ref().err()?))).collect();
        let Some((_, first)) = failed.first() else { return Ok(()) };
        let same = taken.is_empty() && failed.iter().all(|(_, ended)| ended.code == first.code);
        let each: Vec<String> = failed.iter().map(|(name, ended)| format!("{name}: {}", ended.sentence)).collect();
        Err(Ended::new(if same { first.code } else { PARTLY }, each.join("\n")))
    }

    /// Several at a time; the outcomes in the order of the files.
    fn several(&self, client: &Client, prepared: Vec<Prepared>) -> Vec<Outcome> {
        let bars = MultiProgress::new();
        let mut outcomes: Vec<Option<Outcome>> = prepared.iter().map(|_| None).collect();
        let next = Mutex::new(prepared.into_iter().zip(&mut outcomes));
        std::thread::scope(|scope| {
            for _ in 0..AT_A_TIME {
                scope.spawn(|| {
                    loop {
                        let one = next.lock().unwrap_or_else(PoisonError::into_inner).next();
                        let Some((one, outcome)) = one else { return };
                        *outcome = Some(self.take_in(client, one, &bars));
                    }
                });
            }
        });
        let missing = || Err(Ended::new(INTERRUPTED, "It was not begun."));
        outcomes.into_iter().map(|outcome| outcome.unwrap_or_else(missing)).collect()
    }

    fn prepare(&self, path: &Path) -> Result<Prepared, Ended> {
        let name = path.display().to_string();
        let unreadable = |why: std::io::Error| Ended::new(USAGE, format!("{name} cannot be read: {why}"));
        if std::fs::metadata(path).map_err(unreadable)?.is_dir() {
            return self.prepare_folder(path, name);
        }
        let file = File::open(path).map_err(unreadable)?;
        let meta = file.metadata().map_err(unreadable)?;
        if !meta.is_file() {
            return Err(Ended::new(USAGE, format!("{name} is no file.")));
        }
        // The name stays here, since it is personal; what its ending says goes along.
        let mut begins = [0; evidence::BEGINS];
        let count = std::os::unix::fs::FileExt::read_at(&file, &mut begins, 0).map_err(unreadable)?;
        let seems = evidence::MediaType::of(&begins[..count], path.to_str());
        let media = self.media.clone().unwrap_or_else(|| seems.to_string());
        Ok(Prepared { name, what: What::File(file, media), size: meta.len(), lines: vec![] })
    }

    fn prepare_folder(&self, path: &Path, name: String) -> Result<Prepared, Ended> {
        if self.media.is_some() {
            return Err(Ended::new(USAGE, "A folder is a set of files; it has no other media type."));
        }
        let folder = Folder::measure(path, self.without_links)?;
        let too_large = || Ended::new(USAGE, "The folder is larger than an exhibit can be; divide it.");
        let size = folder.set.size().ok_or_else(too_large)?;
        let mut lines = vec![format!("{} files", folder.set.files().len())];
        lines.extend(folder.left_out.iter().map(|other| format!("left out: {other}")));
        Ok(Prepared { name, what: What::Folder(folder), size, lines })
    }

    fn take_in(&self, client: &Client, one: Prepared, bars: &MultiProgress) -> Outcome {
        let (bar, why) = (bars.add(bar(one.size, "sealing")), Arc::default());
        let (body, media) = match one.what {
            What::File(file, media) => (from_file(file, bar.clone()), media),
            What::Folder(folder) => (folder.stream(bar.clone(), &why), evidence::set::MEDIA.to_owned()),
        };
        let taken = self.take(client, body, &media, one.size);
        bar.finish_and_clear();
        if let Some(why) = why.lock().unwrap_or_else(PoisonError::into_inner).take().filter(|_| taken.is_err()) {
            return Err(Ended::new(CONFLICT, format!("{why}. Nothing was taken in.")));
        }
        Ok((taken.map_err(|problem| untaken(client, problem, bar.position() < one.size))?, one.lines))
    }

    /// Sends what is taken in, with what is said of it.
    fn take(&self, client: &Client, body: Sent, media: &str, size: u64) -> Result<Value, Problem> {
        let Handling { place, why, authority } = &self.handling;
        let about = json!({
            "media": media, "title": self.title, "conditions": self.conditions, "handling": self.code,
            "where": place, "why": why, "authority": authority,
            "sha512": self.sha512, "keep_until": self.keep_until, "unless_here": self.unless_here,
            "image_of": self.image_of,
        });
        let (about, size) = (STANDARD.encode(about.to_string()), size.to_string());
        let headers = [
            ("comity-about", about.as_str()),
            ("content-type", "application/octet-stream"),
            ("content-length", size.as_str()),
        ];
        client.stream_in(&format!("/dockets/{}/exhibits", segment(&self.docket)), body, &headers)
    }
}

/// The node takes a file in when its last byte came, and not before.
fn untaken(client: &Client, problem: Problem, early: bool) -> Problem {
    if problem.exit == INTERRUPTED && early {
        return client.failed(INTERRUPTED, "Interrupted: nothing was taken in, and nothing of it is kept.");
    }
    problem
}

/// What was taken in.
fn told(taken: &Value, more: &[String]) -> String {
    let mut lines = vec![format!("Taken in as exhibit {}", text(&taken["id"]))];
    lines.extend_from_slice(more);
    lines.extend(digests(taken));
    lines.extend(alike(taken));
    lines.join("\n")
}
