//! `comity proof`, `comity monitor` and `comity alarm`: what the node's log proves, how its peers' logs stand, and what logs and dockets prove against them.

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, Subcommand};
use serde_json::{Value, json};

use crate::client::show::{self, text};
use crate::client::{Client, Problem, Reach, segment};
use crate::docket_command::{whole_act, whole_id};
use crate::landing::Landing;
use crate::{Ended, say};

/// What a node answers whose next round will cover an act.
const PENDING: &str = "node.proof-pending";
/// So often, half a second apart, it is asked whether the logs were seen.
const LOOKS: usize = 40;

/// The proof that an act stands in this node's log.
#[derive(Args)]
#[command(after_long_help = "\
Examples:
  comity proof 3f9a 77ab --wait > act.tlog-proof
  comity verify act.tlog-proof --card es.moj.card.json --card ma.moj.card.json

The text is a C2SP tlog-proof: it discloses this one leaf, and bears the cosignatures of those who witnessed the log.
An act that was logged since the last round of the log has no proof until the next round ends, a minute later at most unless `ledger.round_seconds` says otherwise.")]
pub struct Proof {
    #[command(flatten)]
    reach: Reach,
    /// The docket's id, or its beginning.
    docket: String,
    /// The act's id, or its beginning.
    act: String,
    /// If the act was logged since the last round of the log, wait for the next.
    #[arg(long)]
    wait: bool,
}

impl Proof {
    /// Asks.
    pub fn run(self) -> Result<(), Ended> {
        let client = self.reach.client()?;
        let docket = whole_id(&client, &self.docket)?;
        let act = whole_act(&client, &docket, &self.act)?;
        let proof = proof_or_problem(&client, &act, self.wait)?;
        if client.json {
            say(json!({ "act": act, "proof": proof }));
        } else {
            say(proof.trim_end());
        }
        Ok(())
    }
}

/// The proof of an act; if its round is still to come, waits for it or gives what the node says.
fn proof_or_problem(client: &Client, act: &str, wait: bool) -> Result<String, Problem> {
    let path = format!("/acts/{}/proof", segment(act));
    loop {
        match client.get_bytes(&path, "content-type") {
            Err(problem) if wait && problem.code() == PENDING => std::thread::sleep(Duration::from_secs(1)),
            answer => return answer.map(|(proof, _)| String::from_utf8_lossy(&proof).into_owned()),
        }
    }
}

/// The proof of an act; nothing if its round is still to come and is not waited for.
pub fn proof_of(client: &Client, act: &str, wait: bool) -> Result<Option<String>, Problem> {
    match proof_or_problem(client, act, wait) {
        Err(problem) if problem.code() == PENDING => Ok(None),
        answer => answer.map(Some),
    }
}

/// Each peer's log as this node sees it: that it only grows, holds what was receipted, and that both sides hold the same dockets.
#[derive(Args)]
#[command(after_long_help = "\
Examples:
  comity monitor
  comity monitor --now           looks at every log at once, and tells every peer what is shared with it

The node does all this by itself once in a round of its log, and the digest once a day; what contradicts itself is an alarm. Exit code 8 if an
alarm about a peer is open, 7 if with --now a peer's log could not be looked at.")]
pub struct Monitor {
    #[command(flatten)]
    reach: Reach,
    /// Look now, and wait until every log was seen.
    #[arg(long)]
    now: bool,
}

impl Monitor {
    /// Asks.
    pub fn run(self) -> Result<(), Ended> {
        let client = self.reach.client()?;
        let mut logs = client.get("/logs")?;
        let before: Vec<Value> = show::items(&logs).map(|log| log["seen_at"].clone()).collect();
        let mut unseen = Vec::new();
        if self.now {
            // The node's clock counts seconds: one must have passed, so that a later look can be told from the last.
            std::thread::sleep(Duration::from_secs(1));
            client.post("/logs/look", &Value::Null)?;
            for _ in 0..LOOKS {
                std::thread::sleep(Duration::from_millis(500));
                logs = client.get("/logs")?;
                let same =
                    |(log, before): &(&Value, &Value)| log["seen_at"] == **before || log["unlooked"] != log["awaited"];
                unseen = show::items(&logs).zip(&before).filter(same).map(|(log, _)| text(&log["authority"])).collect();
                if unseen.is_empty() {
                    break;
                }
            }
        }
        client.print(&logs, |logs| show::list(logs, "No peers.", log_line));
        let alarms: u64 = show::items(&logs).filter_map(|log| log["alarms"].as_u64()).sum();
        if alarms > 0 {
            return Err(Ended::new(
                crate::VERIFICATION,
                format!("Open alarms about peers: {alarms}. See `comity alarm list`."),
            ));
        }
        match unseen.is_empty() {
            true => Ok(()),
            false => Err(Ended::new(crate::NETWORK, format!("Not looked at to the end: {}.", unseen.join(", ")))),
        }
    }
}

fn log_line(log: &Value) -> String {
    let or = |value: &Value, none: &str| if value.is_null() { none.to_owned() } else { text(value) };
    let count = |name: &str| log[name].as_u64().unwrap_or(0);
    let unlooked = match (count("unlooked"), count("awaited")) {
        (0, _) => "holds all that it receipted".to_owned(),
        (n, awaited) if n == awaited => format!("{n} receipts wait for its next round"),
        (n, _) => format!("{n} receipts not looked for yet"),
    };
    let alarms = match log["alarms"].as_u64().unwrap_or(0) {
        0 => "no alarm".to_owned(),
        n => format!("{n} OPEN ALARMS"),
    };
    format!(
        "{:<16} {} entries, seen {}, grown {}; {unlooked}; digest {}; {alarms}",
        text(&log["authority"]),
        log["size"],
        or(&log["seen_at"], "never"),
        or(&log["grown_at"], "never"),
        or(&log["digest_at"], "never stated"),
    )
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
