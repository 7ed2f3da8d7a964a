//! `comity job`, `comity backup`: what takes long on the node, who began it, and one such thing: the copy of its database.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use serde_json::{Value, json};

use crate::Ended;
use crate::client::show::text;
use crate::client::{Paging, Reach, segment};
use crate::landing::Landing;
use crate::watched::Watched;

/// Long operations of the node: look at them, stop one.
#[derive(Args)]
#[command(after_long_help = "\
Examples:
  comity job list
  comity job stop 3f9ab2c410de

Whoever began one may stop it, and operators. What it made is removed; whoever waits for it is told that it broke off.")]
pub struct Job {
    #[command(flatten)]
    reach: Reach,
    #[command(subcommand)]
    verb: JobVerb,
}

#[derive(Subcommand)]
enum JobVerb {
    /// Those under way.
    List {
        #[command(flatten)]
        paging: Paging,
    },
    /// Ask one to stop.
    Stop {
        /// Its name, as the list has it.
        job: String,
    },
}

impl Job {
    /// Does it.
    pub fn run(self) -> Result<(), Ended> {
        let client = self.reach.client()?;
        match self.verb {
            JobVerb::List { paging } => {
                client.list("/jobs", &[], &paging, "Nothing that takes long is under way.", line)
            }
            JobVerb::Stop { job } => {
                client.post(&format!("/jobs/{}/stop", segment(&job)), &json!({}))?;
                client.print(&json!({ "stopping": job }), |_| format!("{job} was asked to stop."));
                Ok(())
            }
        }
    }
}

fn line(job: &Value) -> String {
    let total = if job["total"].is_null() { String::new() } else { format!(" of {}", job["total"]) };
    let how = match (job["silent"] == true, job["stopping"] == true) {
        (true, _) => ", SILENT: its process has probably ended",
        (false, true) => ", stopping",
        (false, false) => "",
    };
    format!(
        "{}  {}  by {}, {}{total} bytes{how}",
        text(&job["id"]),
        text(&job["kind"]),
        text(&job["started_by"]),
        job["done"]
    )
}

/// Write one consistent copy of the node's database, while it runs.
#[derive(Args)]
#[command(after_long_help = "\
Examples:
  comity backup --to /backup/es.moj-2026-11-24.db

Keys and exhibits are copied apart; docs/operating/backup.md says how, and how all of it is put back. Ctrl-C ends it and leaves nothing.")]
pub struct Backup {
    #[command(flatten)]
    reach: Reach,
    /// The file, which must not exist.
    #[arg(long, value_name = "FILE")]
    to: PathBuf,
}

impl Backup {
    /// Takes it.
    pub fn run(self) -> Result<(), Ended> {
        let client = self.reach.client()?;
        let mut landing = Landing::begin(&self.to)?;
        let mut watched = Watched::begin("copying the database", client.ndjson);
        client.stream_out("/backup", &Value::Null, &[], |_, piece| {
            watched.more(piece.len());
            landing.take(piece)
        })?;
        drop(watched);
        let sha256 = landing.keep(&self.to, None)?;
        client.print(&json!({ "file": self.to, "sha256": sha256 }), |_| {
            format!(
                "{} is written: sha256 {sha256}\nKeys and exhibits are copied apart: docs/operating/backup.md.",
                self.to.display()
            )
        });
        Ok(())
    }
}
