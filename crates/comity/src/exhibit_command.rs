//! `comity exhibit`: files that become evidence: taken in, listed, looked at with their history, given out.
//!
//! What is given out lands under another name, closed to others, and gets its own only once its hash is the one that was sealed. What differs or was
//! interrupted is removed, since half an exhibit looks like an exhibit; what a cut left keeps its hidden name, and the same command goes on there.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use clap::{Args, Subcommand};
use http::StatusCode;
use http_body_util::{BodyExt as _, StreamBody};
use hyper::body::Frame;
use indicatif::ProgressBar;
use serde_json::{Value, json};
use tokio::io::AsyncReadExt as _;

use crate::client::show::text;
use crate::client::{Client, Paging, Problem, Reach, Sent, query, segment};
use crate::exhibit_add::Add;
use crate::folder::{lay_out, not_there};
use crate::landing::Landing;
use crate::watched::bar;
use crate::{Ended, INTERRUPTED, NETWORK, USAGE};

/// How much of a file is read at a time.
const PIECE: usize = 256 * 1024;
/// After so many attempts in a row that brought nothing, a download waits for a person.
const CUTS_MAX: u32 = 5;

/// Take in, look at and give out exhibits.
#[derive(Args)]
#[command(after_long_help = "\
Examples:
  comity exhibit add 3f9a statements.pdf --title \"Account statements\" --media application/pdf \\
      --where \"Rabat, room 4\" --why \"received from the bank\" --authority \"order 12/2026\"
  comity exhibit add 3f9a calls-*.csv phone-image/ --where \"Rabat\" --why \"extraction\" --authority \"order 12/2026\"
  comity exhibit list 3f9a
  comity exhibit show EXHIBIT
  comity exhibit hold EXHIBIT --where Madrid --why \"appeal pending\" --authority \"order 5/2026\"
  comity exhibit due
  comity exhibit destroy EXHIBIT --where Madrid --why \"proceedings ended\" --authority \"order 9/2030\"
  comity exhibit approve-destruction EXHIBIT --entry ENTRY --where Madrid --why \"order seen\" --authority \"order 9/2030\"
  comity exhibit get EXHIBIT --to statements.pdf --where \"Madrid\" --why \"reading\" --authority \"case 44/2026\"

Who handles an exhibit, where, why and on what authority stands in its history for good.")]
pub struct Exhibit {
    #[command(flatten)]
    reach: Reach,
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Subcommand)]
enum Verb {
    /// Take files in: they are sealed while they travel to the node. A folder becomes one exhibit, a set of files with their digests.
    Add(Box<Add>),
    /// Take in the exhibits of a court export, after it was verified. What it says of them is kept as its word, and not as what was seen here.
    Import(Box<Import>),
    /// The exhibits of a docket.
    List {
        /// The docket's id, or its beginning.
        docket: String,
        #[command(flatten)]
        paging: Paging,
    },
    /// The files of an exhibit that is a set.
    Files {
        /// The exhibit's id.
        exhibit: String,
        #[command(flatten)]
        paging: Paging,
    },
    /// An exhibit and its history.
    Show {
        /// The exhibit's id.
        exhibit: String,
    },
    /// Write an exhibit to a file, authenticated and compared from end to end.
    Get(Box<Get>),
    /// Hold an exhibit: until that is lifted it cannot be destroyed here.
    Hold(Deciding),
    /// Lift a hold.
    Lift(Deciding),
    /// The exhibits whose term has ended, or whose proceedings have: somebody decides what becomes of each. Nothing is destroyed by itself.
    Due {
        #[command(flatten)]
        paging: Paging,
    },
    /// Have an exhibit kept until a moment, instead of the term that holds otherwise.
    Keep {
        /// Until when, as 2036-11-24T00:00:00Z.
        #[arg(long, value_name = "TIME")]
        until: String,
        #[command(flatten)]
        keep: Deciding,
    },
    /// Ask that an exhibit's keys here be destroyed, and with them the exhibit. Another person approves.
    Destroy(Deciding),
    /// Destroy an exhibit as another person asked. Its history and proofs remain; nothing brings it back.
    ApproveDestruction {
        /// The entry that asks, as `comity exhibit show` names it.
        #[arg(long, value_name = "ENTRY")]
        entry: String,
        #[command(flatten)]
        keep: Deciding,
    },
    /// Say that an exhibit is not to be destroyed after all.
    DropDestruction(Deciding),
}

/// What is kept or not, and why.
#[derive(Args)]
struct Deciding {
    /// The exhibit's id.
    exhibit: String,
    #[command(flatten)]
    handling: Handling,
}

impl Deciding {
    fn run(self, client: &Client, verb: &str, done: &str) -> Result<(), Ended> {
        let said = self.handling.said(client)?;
        self.tell(client, verb, &said, done)
    }
    fn tell(&self, client: &Client, verb: &str, said: &Value, done: &str) -> Result<(), Ended> {
        let answer = client.post(&format!("/exhibits/{}/{verb}", segment(&self.exhibit)), said)?;
        client.print(&answer, |_| format!("Exhibit {} {done}.", self.exhibit));
        Ok(())
    }
}

/// Where, why and on what authority somebody handles an exhibit.
#[derive(Args)]
pub struct Handling {
    /// Where it is handled.
    #[arg(long = "where", value_name = "PLACE")]
    pub place: String,
    /// Why.
    #[arg(long, value_name = "PURPOSE")]
    pub why: String,
    /// The order, request or rule on which it is done.
    #[arg(long, value_name = "AUTHORITY")]
    pub authority: String,
}

impl Handling {
    /// As the node is told it: by the person of the token.
    pub fn said(&self, client: &Client) -> Result<Value, Problem> {
        let who = text(&client.get("/whoami")?["name"]);
        Ok(json!({ "who": who, "where": self.place, "why": self.why, "authority": self.authority }))
    }
}

#[derive(Args)]
struct Import {
    /// The docket's id, or its beginning.
    docket: String,
    /// The export (.asice).
    file: PathBuf,
    #[command(flatten)]
    handling: Handling,
    /// Take it in even if something about it cannot be checked here; that stays on record. What does not match is never taken in.
    #[arg(long)]
    unchecked: bool,
    /// Leave exhibits whose content the docket has already.
    #[arg(long)]
    unless_here: bool,
}

impl Import {
    fn run(self, client: &Client) -> Result<(), Ended> {
        let Handling { place, why, authority } = &self.handling;
        let about = json!({
            "where": place, "why": why, "authority": authority, "unchecked": self.unchecked, "unless_here": self.unless_here,
        });
        let (body, size) = file_of(&self.file, "bringing")?;
        let about = STANDARD.encode(about.to_string());
        let headers = [
            ("comity-about", about.as_str()),
            ("content-type", "application/octet-stream"),
            ("content-length", size.as_str()),
        ];
        let came = client.stream_in(&format!("/dockets/{}/import", segment(&self.docket)), body, &headers)?;
        client.print(&came, |came| {
            let all = |name: &str| came[name].as_array().cloned().unwrap_or_default();
            let verdict = text(&came["verdict"]).replace('-', " ");
            let mut lines =
                vec![format!("The export {verdict}. A ledger proof that this node cannot check does not count in that; `comity verify` shows each.")];
            lines.extend(all("findings").iter().map(|one| format!("  {}: {}", text(&one["name"]), text(&one["what"]))));
            lines.extend(all("exhibits").iter().map(|one| format!("Taken in as exhibit {}", line(one))));
            lines.extend(all("already").iter().map(|id| format!("Its exhibit {} is here already.", text(id))));
            lines.join("\n")
        });
        Ok(())
    }
}

#[derive(Args)]
struct Get {
    /// The exhibit's id.
    exhibit: String,
    /// The file, or with --unpack the folder, which must not exist.
    #[arg(long, value_name = "FILE")]
    to: PathBuf,
    /// Of a set: this file of it alone, by its path.
    #[arg(long, value_name = "PATH", conflicts_with = "unpack")]
    file: Option<String>,
    /// Of a set: lay its files out as a folder, each compared with its digest.
    #[arg(long)]
    unpack: bool,
    #[command(flatten)]
    handling: Handling,
}

impl Exhibit {
    /// Does it.
    pub fn run(self) -> Result<(), Ended> {
        let client = self.reach.client()?;
        match self.verb {
            Verb::Add(add) => add.run(&client),
            Verb::Import(import) => import.run(&client),
            Verb::List { docket, paging } => {
                client.list(&format!("/dockets/{}/exhibits", segment(&docket)), &[], &paging, "No exhibits.", line)
            }
            Verb::Files { exhibit, paging } => {
                let at = format!("/exhibits/{}/files", segment(&exhibit));
                client.list(&at, &[], &paging, "No files.", |file| {
                    format!("{}  {} bytes  {}", text(&file["sha256"]), file["size"], text(&file["path"]))
                })
            }
            Verb::Show { exhibit } => {
                let shown = client.get(&format!("/exhibits/{}", segment(&exhibit)))?;
                client.print(&shown, self::shown);
                Ok(())
            }
            Verb::Get(get) => get.run(&client),
            Verb::Hold(keep) => keep.run(&client, "hold", "is held"),
            Verb::Lift(keep) => keep.run(&client, "lift", "is not held any more"),
            Verb::Due { paging } => client.list("/exhibits/due", &[], &paging, "Nothing is due.", |due| {
                let since = text(&due["since"]);
                let since = if since.is_empty() { since } else { format!(" on {since}") };
                format!("{}  {}{since}", line(&due["exhibit"]), text(&due["reason"]).replace('-', " "))
            }),
            Verb::Keep { until, keep } => {
                let said = json!({ "until": until, "said": keep.handling.said(&client)? });
                keep.tell(&client, "keep", &said, &format!("is kept until {until}"))
            }
            Verb::Destroy(keep) => keep.run(&client, "destroy", "is to be destroyed once another person approves"),
            Verb::ApproveDestruction { entry, keep } => {
                let said = json!({ "entry": entry, "said": keep.handling.said(&client)? });
                keep.tell(&client, "destroy/approve", &said, "is destroyed here: its keys are gone")
            }
            Verb::DropDestruction(keep) => keep.run(&client, "destroy/drop", "is not to be destroyed"),
        }
    }
}

fn line(exhibit: &Value) -> String {
    let title = if exhibit["title"].is_null() { "(no title)".to_owned() } else { text(&exhibit["title"]) };
    let landed = exhibit["landed"].as_u64().map(|landed| format!("{landed} of about ")).unwrap_or_default();
    format!(
        "{}  {}  {landed}{} bytes  {}  {title}",
        text(&exhibit["id"]),
        text(&exhibit["state"]),
        exhibit["size"],
        text(&exhibit["media"])
    )
}

fn shown(shown: &Value) -> String {
    let exhibit = &shown["exhibit"];
    let mut lines = vec![line(exhibit)];
    lines.extend(digests(exhibit));
    lines.extend(alike(exhibit));
    if exhibit["conditions"].as_array().is_some_and(|conditions| !conditions.is_empty()) {
        lines.push(format!("conditions of use: {}", text(&exhibit["conditions"])));
    }
    if !exhibit["handling"].is_null() {
        lines.push(format!("handling: {}", text(&exhibit["handling"])));
    }
    if !exhibit["held_since"].is_null() {
        lines.push(format!("held since {}: it cannot be destroyed", text(&exhibit["held_since"])));
    } else if !exhibit["keep_until"].is_null() {
        lines.push(format!("kept until {}", text(&exhibit["keep_until"])));
    }
    if let Some(asked) = exhibit["destruction"].as_object() {
        let (by, entry) = (text(&asked["by"]), text(&asked["entry"]));
        lines.push(format!("{by} asked that it be destroyed; another person approves with --entry {entry}"));
    }
    lines.extend(history(&shown["custody"]));
    if let Some(account) = shown["account"].as_object() {
        let (container, checked) = (text(&account["container"]), text(&account["checked_at"]));
        let (exporter, verdict) = (account.get("exporter").map(text).unwrap_or_default(), text(&account["verdict"]));
        lines.push(format!("Taken from the court export {container} of {exporter}, which on {checked} {verdict}."));
        lines.push(format!(
            "What follows is what that export says of its exhibit {}; this node saw none of it:",
            text(&account["exhibit"])
        ));
        lines.extend(history(&account["custody"]).into_iter().map(|line| format!("  {line}")));
    }
    lines.join("\n")
}

pub fn digests(exhibit: &Value) -> Vec<String> {
    let named = ["sha256", "sha512"].into_iter().map(|name| (name, text(&exhibit[name])));
    named.filter(|(_, digest)| !digest.is_empty()).map(|(name, digest)| format!("{name} {digest}")).collect()
}

/// Others with the same content.
pub fn alike(exhibit: &Value) -> Vec<String> {
    let all = exhibit["alike"].as_array().into_iter().flatten();
    let named = |other: &Value| {
        let (id, docket, state) = (text(&other["id"]), text(&other["docket"]), text(&other["state"]));
        format!("the same content: exhibit {id} of docket {docket} ({state})")
    };
    all.map(named).collect()
}

/// A history as lines.
pub fn history(custody: &Value) -> Vec<String> {
    let mut lines = vec![format!("its history {}", text(&custody["verdict"]))];
    for broken in custody["breaks"].as_array().into_iter().flatten() {
        lines.push(format!("  BROKEN: {}", text(broken)));
    }
    for entry in custody["entries"].as_array().into_iter().flatten() {
        let to = if entry["to"].is_null() { String::new() } else { format!(" to {}", text(&entry["to"])) };
        lines.push(format!("  {}  {}{to}  {}", text(&entry["time"]), text(&entry["kind"]), text(&entry["author"])));
        for (name, word) in [("weight", "weight"), ("whole", "weight"), ("loss", "loss"), ("seals", "seals")] {
            let fact = text(&entry["facts"][name]);
            if !fact.is_empty() {
                lines.push(format!("    {word} {fact}"));
            }
        }
        for part in entry["facts"]["parts"].as_array().into_iter().flatten() {
            lines.push(format!("    part {}  {}", text(&part["item"]), text(&part["weight"])));
        }
        let origin = text(&entry["facts"]["origin"]["item"]);
        if !origin.is_empty() {
            lines.push(format!("    of item {origin}"));
        }
        if let Some(said) = entry["details"].as_object() {
            let part = |name: &str| said.get(name).map(text).unwrap_or_default();
            lines.push(format!("    {}, {}: {} ({})", part("who"), part("where"), part("why"), part("authority")));
        }
    }
    lines
}

/// A file as a body that is read while it travels. Reading less than its size breaks it off.
pub fn from_file(file: File, bar: ProgressBar) -> Sent {
    let pieces =
        futures_util::stream::try_unfold((tokio::fs::File::from_std(file), bar), |(mut file, bar)| async move {
            let mut piece = vec![0; PIECE];
            let length = file.read(&mut piece).await?;
            piece.truncate(length);
            bar.inc(length as u64);
            Ok((length > 0).then(|| (Frame::data(Bytes::from(piece)), (file, bar))))
        });
    StreamBody::new(pieces).boxed()
}

/// A file as a body, with its size in bytes as a header has it; a bar says how far it is.
pub fn file_of(path: &Path, doing: &'static str) -> Result<(Sent, String), Ended> {
    let unreadable = |why: std::io::Error| Ended::new(USAGE, format!("{} cannot be read: {why}", path.display()));
    let file = File::open(path).map_err(unreadable)?;
    let meta = file.metadata().map_err(unreadable)?;
    if !meta.is_file() {
        return Err(Ended::new(USAGE, format!("{} is no file.", path.display())));
    }
    Ok((from_file(file, bar(meta.len(), doing)), meta.len().to_string()))
}

impl Get {
    fn run(self, client: &Client) -> Result<(), Ended> {
        let at = format!("/exhibits/{}", segment(&self.exhibit));
        if let Some(path) = &self.file {
            return self.run_file(client, &format!("{at}/open?file={}", query(path)));
        }
        let exhibit = client.get(&at)?;
        not_there(&self.to)?;
        if self.unpack && exhibit["exhibit"]["media"] != evidence::set::MEDIA {
            return Err(Ended::new(USAGE, "The exhibit is one file and not a set; there is nothing to unpack."));
        }
        // A set that is to be laid out lies for a moment beside its folder, whole.
        let name = self.to.file_name().unwrap_or_default().to_string_lossy();
        let to = if self.unpack { self.to.with_file_name(format!(".{name}.set.zip")) } else { self.to.clone() };
        let (sealed_as, size) = (text(&exhibit["exhibit"]["sha256"]), exhibit["exhibit"]["size"].as_u64().unwrap_or(0));
        let said = self.handling.said(client)?;
        let mut landing = Landing::go_on(&to, &text(&exhibit["exhibit"]["id"]), size)?;
        let bar = bar(size, "opening");
        let (path, tag) = (format!("{at}/open"), format!("\"{sealed_as}\""));
        let mut cuts = 0;
        loop {
            let came = landing.length();
            bar.set_position(came);
            let range = format!("bytes={came}-");
            let headers = [("range", range.as_str()), ("if-range", tag.as_str())];
            let opened = client.stream_out(&path, &said, if came == 0 { &[] } else { &headers }, |head, piece| {
                if landing.length() == came && came > 0 && head.status() != StatusCode::PARTIAL_CONTENT {
                    landing.begin_again()?;
                    bar.set_position(0);
                }
                bar.inc(piece.len() as u64);
                landing.take(piece)
            });
            match opened {
                Ok(_) => break,
                // Whoever interrupts does not want it; what a cut left is kept, and so is the exhibit's name for it.
                Err(problem) if problem.exit == INTERRUPTED => return Err(problem.into()),
                Err(problem) if problem.exit == NETWORK => {
                    cuts = if landing.length() > came { 0 } else { cuts + 1 };
                    if cuts < CUTS_MAX {
                        std::thread::sleep(Duration::from_secs(1 << cuts));
                        continue;
                    }
                    bar.finish_and_clear();
                    return Err(cut(client, problem, landing.stay(), size));
                }
                Err(problem) => return Err(problem.into()),
            }
        }
        bar.finish_and_clear();
        landing.keep(&to, Some(&sealed_as))?;
        if self.unpack {
            let laid_out = lay_out(&to, &self.to);
            let _ = std::fs::remove_file(&to);
            laid_out?;
        }
        let document = json!({ "exhibit": self.exhibit, "file": self.to, "sha256": sealed_as, "size": size });
        client.print(&document, |_| {
            format!("{} is exhibit {}, whole: sha256 {sealed_as}", self.to.display(), self.exhibit)
        });
        Ok(())
    }
}

impl Get {
    /// One file of a set.
    fn run_file(&self, client: &Client, path: &str) -> Result<(), Ended> {
        let said = self.handling.said(client)?;
        let mut landing = Landing::begin(&self.to)?;
        let head = client.stream_out(path, &said, &[], |_, piece| landing.take(piece))?;
        let sha256 = head.headers().get("comity-sha256").and_then(|value| value.to_str().ok()).unwrap_or_default();
        landing.keep(&self.to, Some(sha256))?;
        let document = json!({ "exhibit": self.exhibit, "path": self.file, "file": self.to, "sha256": sha256 });
        client.print(&document, |_| {
            let path = self.file.as_deref().unwrap_or_default();
            format!("{} is {path} of exhibit {}, whole: sha256 {sha256}", self.to.display(), self.exhibit)
        });
        Ok(())
    }
}

/// After a cut that lasts: what is kept, and what to do.
fn cut(client: &Client, problem: Problem, came: u64, size: u64) -> Ended {
    let why = problem.document["detail"].as_str().unwrap_or_default();
    let kept = "bytes came and are kept under a hidden name; the same command goes on from there.";
    client.failed(NETWORK, format!("{why} {came} of {size} {kept}")).into()
}
