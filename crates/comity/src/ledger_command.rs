//! `comity proof` and `comity alarm`: what the node's log proves, and what its peers' logs and dockets prove against them.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use serde_json::{Value, json};

use crate::client::show::{self, text};
use crate::client::{Reach, segment};
use crate::docket_command::{whole_act, whole_id};
use crate::landing::Landing;
use crate::{Ended, say};

/// The proof that an act stands in this node's log.
#[derive(Args)]
#[command(after_long_help = "\
Examples:
  comity proof 3f9a 77ab > act.tlog-proof
  comity verify act.tlog-proof --card es.moj.card.json --card ma.moj.card.json

The text is a C2SP tlog-proof: it discloses this one leaf, and bears the cosignatures of those who witnessed the log.")]
pub struct Proof {
    #[command(flatten)]
    reach: Reach,
    /// The docket's id, or its beginning.
    docket: String,
    /// The act's id, or its beginning.
    act: String,
}

impl Proof {
    /// Asks.
    pub fn run(self) -> Result<(), Ended> {
        let client = self.reach.client()?;
        let docket = whole_id(&client, &self.docket)?;
        let act = whole_act(&client, &docket, &self.act)?;
        let (proof, _) = client.get_bytes(&format!("/acts/{}/proof", segment(&act)), "content-type")?;
        let proof = String::from_utf8_lossy(&proof).into_owned();
        if client.json {
            say(json!({ "act": act, "proof": proof }));
        } else {
            say(proof.trim_end());
        }
        Ok(())
    }
}

/// What an officer must see: two histories, a broken receipt, a log in two versions, an act in this authority's name that it never sealed.
#[derive(Args)]
#[command(after_long_help = "\
Examples:
  comity alarm list
  comity alarm evidence 12 --to two-logs.evidence
  comity alarm settle 12 --why \"a restore; Rabat confirmed it by telephone on 24 November\"")]
pub struct Alarm {
    #[command(flatten)]
    reach: Reach,
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Subcommand)]
enum Verb {
    /// The alarms that nobody has settled.
    List,
    /// Write the file that proves an alarm to others.
    Evidence {
        /// The alarm's number.
        alarm: i64,
        /// The file, which must not exist.
        #[arg(long, value_name = "FILE")]
        to: PathBuf,
    },
    /// Say that an alarm was dealt with, and how.
    Settle {
        /// The alarm's number.
        alarm: i64,
        /// What was found and done.
        #[arg(long, value_name = "TEXT")]
        why: String,
    },
}

impl Alarm {
    /// Does it.
    pub fn run(self) -> Result<(), Ended> {
        let client = self.reach.client()?;
        match self.verb {
            Verb::List => {
                let list = client.get("/alarms")?;
                client.print_page(&list, "No alarms.", line);
            }
            Verb::Evidence { alarm, to } => {
                let (bytes, _) = client.get_bytes(&format!("/alarms/{alarm}/evidence"), "content-type")?;
                let mut landing = Landing::begin(&to)?;
                landing
                    .take(&bytes)
                    .map_err(|why| Ended::new(crate::FAILURE, format!("It cannot be written: {why}.")))?;
                let sha256 = landing.keep(&to, None)?;
                client.print(&json!({ "file": to, "sha256": sha256 }), |_| format!("{} is written.", to.display()));
            }
            Verb::Settle { alarm, why } => {
                client.post(&format!("/alarms/{alarm}/settle"), &json!({ "why": why }))?;
                client.print(&Value::Null, |_| format!("Alarm {alarm} is settled."));
            }
        }
        Ok(())
    }
}

fn line(alarm: &Value) -> String {
    let sentence = show::printable(&text(&alarm["sentence"]));
    format!(
        "{:>5}  {}  {}  {sentence}",
        alarm["seq"].as_i64().unwrap_or(0),
        text(&alarm["raised_at"]),
        text(&alarm["kind"])
    )
}
