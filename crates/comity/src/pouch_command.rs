//! `comity pouch`: for an authority that no network reaches, what is due for it as a file, and such a file from it.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use serde_json::{Value, json};

use crate::client::show::text;
use crate::client::{Reach, segment};
use crate::exhibit_command::file_of;
use crate::landing::Landing;
use crate::{Ended, PARTLY};

/// Write and read the diplomatic bag.
#[derive(Args)]
#[command(after_long_help = "\
Examples:
  comity pouch out ma.moj --to ma.moj.pouch
  comity pouch in es.moj.pouch

It holds the same sealed envelopes as the network carries. What was written into it is written again until a receipt comes back, so a bag that is
lost costs time and nothing else. Exhibits do not travel in it yet.")]
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
        /// The file, which must not exist.
        #[arg(long, value_name = "FILE")]
        to: PathBuf,
    },
    /// Take what a pouch brings.
    In {
        /// The file.
        file: PathBuf,
    },
}

impl Pouch {
    /// Does it.
    pub fn run(self) -> Result<(), Ended> {
        let client = self.reach.client()?;
        match self.verb {
            Verb::Out { authority, to } => {
                let mut landing = Landing::begin(&to)?;
                let path = format!("/peers/{}/pouch", segment(&authority));
                client.stream_out(&path, &Value::Null, |_, piece| landing.take(piece))?;
                let sha256 = landing.keep(&to, None)?;
                client.print(&json!({ "file": to, "sha256": sha256 }), |_| {
                    format!("{} is written: sha256 {sha256}", to.display())
                });
                Ok(())
            }
            Verb::In { file } => {
                let (body, size) = file_of(&file)?;
                let read = client.stream_in("/pouch", body, &[("content-length", size.as_str())])?;
                client.print(&read, told);
                match read["refused"].as_array() {
                    Some(refused) if !refused.is_empty() => Err(Ended::new(PARTLY, "")),
                    _ => Ok(()),
                }
            }
        }
    }
}

fn told(read: &Value) -> String {
    let count = read["taken"].as_u64().unwrap_or(0);
    let mut lines = vec![format!(
        "Part {} of {} from {}: {count} envelope(s) taken.",
        read["part"],
        read["parts"],
        text(&read["from"])
    )];
    lines.extend(read["refused"].as_array().into_iter().flatten().map(|why| format!("not taken: {}", text(why))));
    lines.join("\n")
}
