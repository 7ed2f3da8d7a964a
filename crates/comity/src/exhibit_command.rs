//! `comity exhibit`: files that become evidence: taken in, listed, looked at with their history, given out.
//!
//! What is given out lands under another name, closed to others, and gets its own only once its hash is the one that was sealed. What was cut
//! off or differs is removed: half an exhibit looks like an exhibit.

use std::fs::File;
use std::io::IsTerminal as _;
use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use clap::{Args, Subcommand};
use http_body_util::{BodyExt as _, StreamBody};
use hyper::body::Frame;
use indicatif::{ProgressBar, ProgressStyle};
use serde_json::{Value, json};
use tokio::io::AsyncReadExt as _;

use crate::client::show::text;
use crate::client::{Client, Paging, Problem, Reach, Sent, segment};
use crate::landing::Landing;
use crate::{Ended, USAGE};

/// How much of a file is read at a time.
const PIECE: usize = 256 * 1024;

/// Take in, look at and give out exhibits.
#[derive(Args)]
#[command(after_long_help = "\
Examples:
  comity exhibit add 3f9a statements.pdf --title \"Account statements\" --media application/pdf \\
      --where \"Rabat, room 4\" --why \"received from the bank\" --authority \"order 12/2026\"
  comity exhibit list 3f9a
  comity exhibit show EXHIBIT
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
    /// Take a file in: it is sealed while it travels to the node.
    Add(Box<Add>),
    /// The exhibits of a docket.
    List {
        /// The docket's id, or its beginning.
        docket: String,
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
}

/// Where, why and on what authority somebody handles an exhibit.
#[derive(Args)]
pub struct Handling {
    /// Where it is handled.
    #[arg(long = "where", value_name = "PLACE")]
    place: String,
    /// Why.
    #[arg(long, value_name = "PURPOSE")]
    why: String,
    /// The order, request or rule on which it is done.
    #[arg(long, value_name = "AUTHORITY")]
    authority: String,
}

impl Handling {
    /// As the node is told it: by the person of the token.
    pub fn said(&self, client: &Client) -> Result<Value, Problem> {
        let who = text(&client.get("/whoami")?["name"]);
        Ok(json!({ "who": who, "where": self.place, "why": self.why, "authority": self.authority }))
    }
}

#[derive(Args)]
struct Add {
    /// The docket's id, or its beginning.
    docket: String,
    /// The file.
    file: PathBuf,
    #[command(flatten)]
    handling: Handling,
    /// What people call it; otherwise it has no name but its id.
    #[arg(long, value_name = "TEXT")]
    title: Option<String>,
    /// Its media type, for example application/pdf.
    #[arg(long, value_name = "TYPE")]
    media: Option<String>,
    /// For what it may not be used, by code; may be repeated.
    #[arg(long = "condition", value_name = "CODE")]
    conditions: Vec<String>,
    /// The handling code.
    #[arg(long = "handling", value_name = "CODE")]
    code: Option<String>,
}

#[derive(Args)]
struct Get {
    /// The exhibit's id.
    exhibit: String,
    /// The file, which must not exist.
    #[arg(long, value_name = "FILE")]
    to: PathBuf,
    #[command(flatten)]
    handling: Handling,
}

impl Exhibit {
    /// Does it.
    pub fn run(self) -> Result<(), Ended> {
        let client = self.reach.client()?;
        match self.verb {
            Verb::Add(add) => add.run(&client),
            Verb::List { docket, paging } => {
                client.list(&format!("/dockets/{}/exhibits", segment(&docket)), &[], &paging, "No exhibits.", line)
            }
            Verb::Show { exhibit } => {
                let shown = client.get(&format!("/exhibits/{}", segment(&exhibit)))?;
                client.print(&shown, self::shown);
                Ok(())
            }
            Verb::Get(get) => get.run(&client),
        }
    }
}

fn line(exhibit: &Value) -> String {
    let title = if exhibit["title"].is_null() { "(no title)".to_owned() } else { text(&exhibit["title"]) };
    format!(
        "{}  {}  {} bytes  {}  {title}",
        text(&exhibit["id"]),
        text(&exhibit["state"]),
        exhibit["size"],
        text(&exhibit["media"])
    )
}

fn shown(shown: &Value) -> String {
    let exhibit = &shown["exhibit"];
    let mut lines = vec![line(exhibit), format!("sha256 {}", text(&exhibit["sha256"]))];
    if exhibit["conditions"].as_array().is_some_and(|conditions| !conditions.is_empty()) {
        lines.push(format!("conditions of use: {}", text(&exhibit["conditions"])));
    }
    if !exhibit["handling"].is_null() {
        lines.push(format!("handling: {}", text(&exhibit["handling"])));
    }
    lines.push(format!("its history {}", text(&shown["custody"]["verdict"])));
    for broken in shown["custody"]["breaks"].as_array().into_iter().flatten() {
        lines.push(format!("  BROKEN: {}", text(broken)));
    }
    for entry in shown["custody"]["entries"].as_array().into_iter().flatten() {
        let to = if entry["to"].is_null() { String::new() } else { format!(" to {}", text(&entry["to"])) };
        lines.push(format!("  {}  {}{to}  {}", text(&entry["time"]), text(&entry["kind"]), text(&entry["author"])));
        if let Some(said) = entry["details"].as_object() {
            let part = |name: &str| said.get(name).map(text).unwrap_or_default();
            lines.push(format!("    {}, {}: {} ({})", part("who"), part("where"), part("why"), part("authority")));
        }
    }
    lines.join("\n")
}

/// A bar on standard error, if a person looks.
fn bar(size: u64, doing: &'static str) -> ProgressBar {
    if !std::io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let style = ProgressStyle::with_template("{msg} [{bar:30}] {bytes}/{total_bytes} {bytes_per_sec} {eta}");
    let bar = ProgressBar::new(size).with_message(doing);
    style.map_or(bar.clone(), |style| bar.with_style(style.progress_chars("=> ")))
}

/// A file as a body that is read while it travels. Reading less than its size breaks it off.
fn from_file(file: File, bar: ProgressBar) -> Sent {
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

/// A file as a body, with its size in bytes as a header has it.
pub fn file_of(path: &Path) -> Result<(Sent, String), Ended> {
    let unreadable = |why: std::io::Error| Ended::new(USAGE, format!("{} cannot be read: {why}", path.display()));
    let file = File::open(path).map_err(unreadable)?;
    let meta = file.metadata().map_err(unreadable)?;
    if !meta.is_file() {
        return Err(Ended::new(USAGE, format!("{} is no file.", path.display())));
    }
    Ok((from_file(file, ProgressBar::hidden()), meta.len().to_string()))
}

impl Add {
    fn run(self, client: &Client) -> Result<(), Ended> {
        let name = self.file.display().to_string();
        let unreadable = |why: std::io::Error| Ended::new(USAGE, format!("{name} cannot be read: {why}"));
        let file = File::open(&self.file).map_err(unreadable)?;
        let meta = file.metadata().map_err(unreadable)?;
        if !meta.is_file() {
            return Err(Ended::new(USAGE, format!("{name} is no file.")));
        }
        let Handling { place, why, authority } = &self.handling;
        let about = json!({
            "media": self.media, "title": self.title, "conditions": self.conditions, "handling": self.code,
            "where": place, "why": why, "authority": authority,
        });
        let (about, size) = (STANDARD.encode(about.to_string()), meta.len().to_string());
        let headers = [
            ("comity-about", about.as_str()),
            ("content-type", "application/octet-stream"),
            ("content-length", size.as_str()),
        ];
        let bar = bar(meta.len(), "sealing");
        let path = format!("/dockets/{}/exhibits", segment(&self.docket));
        let taken = client.stream_in(&path, from_file(file, bar.clone()), &headers);
        bar.finish_and_clear();
        client.print(&taken?, |taken| {
            format!("Taken in as exhibit {}\nsha256 {}", text(&taken["id"]), text(&taken["sha256"]))
        });
        Ok(())
    }
}

impl Get {
    fn run(self, client: &Client) -> Result<(), Ended> {
        let at = format!("/exhibits/{}", segment(&self.exhibit));
        let exhibit = client.get(&at)?;
        let (sealed_as, size) = (text(&exhibit["exhibit"]["sha256"]), exhibit["exhibit"]["size"].as_u64().unwrap_or(0));
        let said = self.handling.said(client)?;
        let mut landing = Landing::begin(&self.to)?;
        let bar = bar(size, "opening");
        let opened = client.stream_out(&format!("{at}/open"), &said, |_, piece| {
            bar.inc(piece.len() as u64);
            landing.take(piece)
        });
        bar.finish_and_clear();
        opened?;
        landing.keep(&self.to, Some(&sealed_as))?;
        let document = json!({ "exhibit": self.exhibit, "file": self.to, "sha256": sealed_as, "size": size });
        client.print(&document, |_| {
            format!("{} is exhibit {}, whole: sha256 {sealed_as}", self.to.display(), self.exhibit)
        });
        Ok(())
    }
}
