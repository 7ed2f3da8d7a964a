//! `comity pouch`: for an authority that no network reaches, what is due for it as files on media, and such files from it.

use std::io;
use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use http::Response;
use indicatif::ProgressBar;
use serde_json::{Value, json};

use crate::client::show::text;
use crate::client::{Client, Reach, segment};
use crate::exhibit_command::file_of;
use crate::landing::Landing;
use crate::size::Size;
use crate::watched::bar;
use crate::{Ended, FAILURE, PARTLY};

/// Write and read the diplomatic bag.
#[derive(Args)]
#[command(after_long_help = "\
Examples:
  comity pouch out ma.moj --to ma.moj.pouch
  comity pouch out ma.moj --to ma.moj.pouch --exhibits --media-size 4GiB
  comity pouch in es.moj.pouch
  comity pouch in es.moj.pouch.1-of-3 es.moj.pouch.2-of-3 es.moj.pouch.3-of-3

It holds the same sealed envelopes as the network carries, and with --exhibits the exhibits that were transmitted and not received. What was
written into it is written again until a receipt comes back, so a bag that is lost costs time and nothing else. Media are read in any order
but the first, on different days; what was read is kept, whatever becomes of the rest, and reading one again does no harm.")]
pub struct Pouch {
    #[command(flatten)]
    reach: Reach,
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Subcommand)]
enum Verb {
    /// Write what is due for a peer.
    Out {
        /// The authority.
        authority: String,
        /// The file, which must not exist. Several parts are called FILE.1-of-3, FILE.2-of-3 and so on.
        #[arg(long, value_name = "FILE")]
        to: PathBuf,
        /// The exhibits that the peer has not received go along.
        #[arg(long)]
        exhibits: bool,
        /// The most bytes of a part, for media of that size: 4GiB, 700MB.
        #[arg(long, value_name = "SIZE")]
        media_size: Option<Size>,
    },
    /// Take what a pouch brings.
    In {
        /// Its files.
        #[arg(required = true)]
        files: Vec<PathBuf>,
    },
}

impl Pouch {
    /// Does it.
    pub fn run(self) -> Result<(), Ended> {
        let client = self.reach.client()?;
        match self.verb {
            Verb::Out { authority, to, exhibits, media_size } => {
                let wish = json!({ "exhibits": exhibits, "media_bytes": media_size.map(|size| size.0) });
                out(&client, &authority, &to, &wish)
            }
            Verb::In { files } => take_in(&client, &files),
        }
    }
}

fn out(client: &Client, authority: &str, to: &Path, wish: &Value) -> Result<(), Ended> {
    let mut media =
        Media { to, sizes: vec![], landing: None, left: 0, written: vec![], bar: ProgressBar::hidden(), ended: None };
    let path = format!("/peers/{}/pouch", segment(authority));
    let came = client.stream_out(&path, wish, &[], |head, piece| media.take(head, piece));
    media.bar.finish_and_clear();
    if let Some(ended) = media.ended.take() {
        return Err(ended);
    }
    came?;
    if media.landing.is_some() || media.written.len() != media.sizes.len() {
        return Err(Ended::new(FAILURE, "What answered is no node of this version: parts are missing."));
    }
    let files: Vec<Value> =
        media.written.iter().map(|(file, sha256)| json!({ "file": file, "sha256": sha256 })).collect();
    client.print(&json!({ "parts": files }), |_| {
        let line = |(file, sha256): &(PathBuf, String)| format!("{} is written: sha256 {sha256}", file.display());
        media.written.iter().map(line).collect::<Vec<_>>().join("\n")
    });
    Ok(())
}

/// The parts as they come, one after another; each has its name once it is whole.
struct Media<'a> {
    to: &'a Path,
    sizes: Vec<u64>,
    landing: Option<Landing>,
    left: u64,
    written: Vec<(PathBuf, String)>,
    bar: ProgressBar,
    ended: Option<Ended>,
}

impl Media<'_> {
    fn take(&mut self, head: &Response<()>, piece: &[u8]) -> io::Result<()> {
        if self.sizes.is_empty() {
            self.sizes = parts(head).ok_or_else(|| io::Error::other("the answer does not say its parts"))?;
            self.bar = bar(self.sizes.iter().sum(), "writing");
        }
        self.bar.inc(piece.len() as u64);
        self.put(piece).map_err(|ended| {
            let why = io::Error::other(ended.sentence.clone());
            self.ended = Some(ended);
            why
        })
    }
    fn put(&mut self, mut piece: &[u8]) -> Result<(), Ended> {
        while !piece.is_empty() {
            let number = self.written.len();
            let too_much = || Ended::new(FAILURE, "What answered is no node of this version: more came than was said.");
            if self.landing.is_none() {
                self.left = *self.sizes.get(number).ok_or_else(too_much)?;
                self.landing = Some(Landing::begin(&self.name(number))?);
            }
            let now = piece.len().min(usize::try_from(self.left).unwrap_or(usize::MAX));
            let landing = self.landing.as_mut().expect("it was begun above");
            let unwritable = |why: io::Error| Ended::new(FAILURE, format!("a part cannot be written: {why}"));
            landing.take(&piece[..now]).map_err(unwritable)?;
            self.left -= now as u64;
            piece = &piece[now..];
            if let Some(landing) = self.landing.take_if(|_| self.left == 0) {
                let name = self.name(number);
                let sha256 = landing.keep(&name, None)?;
                self.written.push((name, sha256));
            }
        }
        Ok(())
    }
    fn name(&self, number: usize) -> PathBuf {
        match self.sizes.len() {
            0 | 1 => self.to.to_owned(),
            parts => {
                let name = self.to.file_name().unwrap_or_default().to_string_lossy();
                self.to.with_file_name(format!("{name}.{}-of-{parts}", number + 1))
            }
        }
    }
}

/// The bytes of each part, as the node says.
fn parts(head: &Response<()>) -> Option<Vec<u64>> {
    let text = head.headers().get("comity-parts")?.to_str().ok()?;
    text.split(", ").map(|size| size.parse().ok()).collect()
}

fn take_in(client: &Client, files: &[PathBuf]) -> Result<(), Ended> {
    let mut partly = false;
    for file in files {
        let (body, size) = file_of(file, "reading")?;
        let read = client.stream_in("/pouch", body, &[("content-length", size.as_str())])?;
        client.print(&read, |read| told(&file.display().to_string(), read));
        partly |= read["refused"].as_array().is_some_and(|refused| !refused.is_empty());
    }
    if partly { Err(Ended::new(PARTLY, "")) } else { Ok(()) }
}

fn told(file: &str, read: &Value) -> String {
    let count = read["taken"].as_u64().unwrap_or(0);
    let mut lines = vec![format!(
        "{file}: part {} of {} from {}; {count} envelope(s) taken.",
        read["part"],
        read["parts"],
        text(&read["from"])
    )];
    for one in read["exhibits"].as_array().into_iter().flatten() {
        let whole = if one["here"] == one["of"] { ", whole" } else { "" };
        lines.push(format!(
            "  exhibit {}: {} of {} bytes are here{whole}",
            text(&one["exhibit"]),
            one["here"],
            one["of"]
        ));
    }
    lines.extend(read["refused"].as_array().into_iter().flatten().map(|why| format!("  not taken: {}", text(why))));
    let missing: Vec<String> = read["missing"].as_array().into_iter().flatten().map(ToString::to_string).collect();
    if !missing.is_empty() {
        lines.push(format!("  not read yet: part {}", missing.join(", ")));
    }
    lines.join("\n")
}
