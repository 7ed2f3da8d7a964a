//! What is asked of the node itself: how it stands, who asks, its card, what waits, what was not admitted, who did what, and recovery.

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, Subcommand};
use serde_json::{Value, json};

use crate::client::show::{short, text};
use crate::client::{Paging, Reach, segment};
use crate::{Ended, FAILURE, VERIFICATION, init, say};

/// How the node stands.
#[derive(Args)]
pub struct Node {
    #[command(flatten)]
    reach: Reach,
    #[command(subcommand)]
    verb: NodeVerb,
}

#[derive(Subcommand)]
enum NodeVerb {
    /// Its authority, card, log, peers, and whether it is recovering.
    Status,
}

impl Node {
    /// Asks.
    pub fn run(self) -> Result<(), Ended> {
        let NodeVerb::Status = self.verb;
        let client = self.reach.client()?;
        client.print(&client.get("/node")?, |node| {
            let leaves = if node["leaves"] == 1 { "leaf" } else { "leaves" };
            let queued = if node["queued"] == true { "; some wait for their places" } else { "" };
            let mut lines = vec![
                format!("authority  {}, card edition {}", text(&node["authority"]), node["edition"]),
                format!("clock      {}", text(&node["now"])),
                format!("log        generation {}, {} {leaves}{queued}", node["generation"], node["leaves"]),
                format!("peers      {} approved", node["peers"]),
                format!("law base   {}", text(&node["law"])),
            ];
            if !node["recovering"].is_null() {
                lines.push(format!(
                    "RECOVERING: it seals nothing until every peer has answered\n{}",
                    recovering(&node["recovering"])
                ));
            }
            lines.join("\n")
        });
        Ok(())
    }
}

/// Who the token says you are.
#[derive(Args)]
pub struct Whoami {
    #[command(flatten)]
    reach: Reach,
}

impl Whoami {
    /// Asks.
    pub fn run(self) -> Result<(), Ended> {
        let client = self.reach.client()?;
        client.print(&client.get("/whoami")?, |person| {
            format!("{}  {}  {}", text(&person["person"]), text(&person["name"]), text(&person["roles"]))
        });
        Ok(())
    }
}

/// This authority's own card, to give to others.
#[derive(Args)]
#[command(after_long_help = "\
Examples:
  comity card --to es.moj.card.json      the fingerprint is printed, for reading aloud
  comity card > es.moj.card.json")]
pub struct Card {
    #[command(flatten)]
    reach: Reach,
    /// Write it to a new file and print the fingerprint instead.
    #[arg(long, value_name = "FILE")]
    to: Option<PathBuf>,
}

impl Card {
    /// Asks.
    pub fn run(self) -> Result<(), Ended> {
        let client = self.reach.client()?;
        let (file, claimed) = client.get_bytes("/card", "comity-fingerprint")?;
        // What the node says of its card is compared with the card itself.
        let card = seal::SignedCard::parse(&file).and_then(|signed| signed.claim());
        let card = card.map_err(|why| Ended::new(VERIFICATION, format!("What the node gave is no card: {why}.")))?;
        let root = card.root_fingerprint();
        if claimed.as_deref().and_then(|text| seal::Fingerprint::as_typed(text).ok()) != Some(root) {
            return Err(Ended::new(
                VERIFICATION,
                "The node names another fingerprint than that of the card it gave. Use neither.",
            ));
        }
        let aloud = root.for_reading_aloud();
        match &self.to {
            Some(path) => {
                init::write_new(path, &file, 0o644)?;
                let document = json!({ "file": path, "fingerprint": root.to_string() });
                client.print(&document, |_| {
                    format!("{} holds the card. The root's fingerprint, for reading aloud:\n\n{aloud}", path.display())
                });
            }
            None => {
                let text = std::str::from_utf8(&file)
                    .map_err(|why| Ended::new(FAILURE, format!("The card is no text: {why}.")))?;
                say(text.trim_end());
                if !client.json {
                    eprintln!("The root's fingerprint, for reading aloud:\n\n{aloud}");
                }
            }
        }
        Ok(())
    }
}

/// What waits to be carried, and why.
#[derive(Args)]
pub struct Outbox {
    #[command(flatten)]
    reach: Reach,
    #[command(flatten)]
    paging: Paging,
}

impl Outbox {
    /// Asks.
    pub fn run(self) -> Result<(), Ended> {
        self.reach.client()?.list("/outbox", &[], &self.paging, "Nothing waits.", |row| {
            let carried = match row["carried_at"].is_null() {
                true => "not yet carried".to_owned(),
                false => format!("carried {}", text(&row["carried_at"])),
            };
            let why = match row["last_error"].is_null() {
                true => String::new(),
                false => format!("\n    {}", text(&row["last_error"])),
            };
            format!(
                "{}  to {}  {}  {carried}, {} attempts, next {}{why}",
                row["seq"],
                text(&row["to"]),
                text(&row["kind"]),
                row["attempts"],
                text(&row["next_attempt"])
            )
        })
    }
}

/// What was not admitted, and why.
#[derive(Args)]
pub struct Quarantine {
    #[command(flatten)]
    reach: Reach,
    #[command(flatten)]
    paging: Paging,
}

impl Quarantine {
    /// Asks.
    pub fn run(self) -> Result<(), Ended> {
        self.reach.client()?.list("/quarantine", &[], &self.paging, "Nothing was refused.", |row| {
            format!(
                "{}  {}  from {}  {} bytes, sha256 {}…\n    {}",
                row["seq"],
                text(&row["received_at"]),
                text(&row["from"]),
                row["bytes"],
                short(&row["digest"]),
                text(&row["reason"])
            )
        })
    }
}

/// Who did or looked at what, and for which purpose.
#[derive(Args)]
#[command(
    after_long_help = "The trail is a chain: each entry covers all before it. If a page does not continue, it says so and ends with exit code 8.
At the end of each round the ledger takes up the digest of the newest entry; the lines of such entries end with *logged*, and --json gives the digest.
Whoever has the proof of one can show later that the trail up to there was changed:
  comity audit --proof 4f0c… > trail.tlog-proof
  comity verify trail.tlog-proof --card es.moj.card.json --card ma.moj.card.json"
)]
pub struct Audit {
    /// Print the proof that the ledger holds the entry with this digest, and with it all before.
    #[arg(long, value_name = "DIGEST", conflicts_with_all = ["after", "limit"])]
    proof: Option<String>,
    #[command(flatten)]
    reach: Reach,
    #[command(flatten)]
    paging: Paging,
}

impl Audit {
    /// Asks.
    pub fn run(self) -> Result<(), Ended> {
        let line = |entry: &Value| {
            let docket = match entry["docket"].is_null() {
                true => String::new(),
                false => format!(", docket {}", short(&entry["docket"])),
            };
            format!(
                "{}  {}  {}: {} ({}){docket}{}",
                entry["seq"],
                text(&entry["at"]),
                text(&entry["person"]),
                text(&entry["what"]),
                text(&entry["purpose"]),
                if entry["logged"] == true { "  *logged*" } else { "" }
            )
        };
        let client = self.reach.client()?;
        if let Some(digest) = &self.proof {
            let (text, _) = client.get_bytes(&format!("/audit/{}/proof", segment(digest)), "content-type")?;
            say(String::from_utf8_lossy(&text).trim_end());
            return Ok(());
        }
        client.pages("/audit", &[], &self.paging, |page| {
            client.print_page(page, "No entries.", line);
            match page["unbroken"] == true {
                true => Ok(()),
                false => Err(Ended::new(
                    VERIFICATION,
                    "The trail is broken: an entry does not continue the one before it. Somebody changed the database.",
                )),
            }
        })
    }
}

/// Say that this node was restored from a backup, or ask how far its recovery is.
#[derive(Args)]
#[command(after_long_help = "\
Examples:
  comity recover --because \"disk lost on 24 November; backup of the night before\"
  comity recover --watch

A restored node may have forgotten acts that it signed. It asks every peer, and seals nothing until all have answered.")]
pub struct Recover {
    #[command(flatten)]
    reach: Reach,
    /// Why; without it nothing begins.
    #[arg(long, value_name = "TEXT")]
    because: Option<String>,
    /// Go on telling how far it is until it is over.
    #[arg(long)]
    watch: bool,
}

/// How often a recovery is looked at.
const LOOK: Duration = Duration::from_secs(1);

impl Recover {
    /// Asks.
    pub fn run(self) -> Result<(), Ended> {
        let client = self.reach.client()?;
        let recovery = match &self.because {
            Some(because) => client.post("/recovery", &json!({ "because": because }))?,
            None => client.get("/recovery")?,
        };
        client.print(&recovery, |recovery| match recovery.is_null() {
            true => "No recovery is under way.".to_owned(),
            false => recovering(recovery),
        });
        let mut told = recovery;
        while self.watch && !told.is_null() {
            let left = format!("The recovery goes on without being watched:\n{}", recovering(&told));
            client.pause(LOOK, &left)?;
            let now = client.get("/recovery")?;
            if now != told {
                client.print(&now, |now| match now.is_null() {
                    true => "The recovery is over: the node seals again.".to_owned(),
                    false => recovering(now),
                });
            }
            told = now;
        }
        Ok(())
    }
}

fn recovering(recovery: &Value) -> String {
    let mut lines = vec![format!("because: {}", text(&recovery["because"]))];
    lines.extend(recovery["told"].as_object().into_iter().flatten().map(|(peer, told)| {
        let came = told["came"].as_array().map_or(0, Vec::len);
        let missing = told["missing"].as_array().map_or(0, Vec::len);
        if told["parts"] == 0 {
            return format!("  {peer}: has not answered yet");
        }
        format!("  {peer}: {came} of {} parts came, {missing} acts still to come", text(&told["parts"]))
    }));
    lines.join("\n")
}
