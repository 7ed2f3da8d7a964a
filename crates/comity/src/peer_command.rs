//! `comity peer`: whom this authority exchanges with: entered by one person from a card file, approved by another who has heard the fingerprint.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use serde_json::{Value, json};

use crate::client::show::{self, text};
use crate::client::{Client, Paging, Problem, Reach, segment};
use crate::{Ended, NOT_FOUND, USAGE};

/// Enter, approve and suspend peers.
#[derive(Args)]
#[command(after_long_help = "\
Examples:
  comity peer add ma.moj.card.json
  comity peer approve ma.moj --fingerprint \"ba78 16bf 8f01 cfea 4141 …\"
  comity peer suspend ma.moj --why \"their officer called: a seal may be in other hands\"

The fingerprint is what the other side's officer reads aloud over a second channel, not what stands in the file that came. Who
entered a peer does not approve it.")]
pub struct Peer {
    #[command(flatten)]
    reach: Reach,
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Subcommand)]
enum Verb {
    /// Enter a peer from its card file.
    Add {
        /// The card.
        card: PathBuf,
    },
    /// All peers.
    List {
        #[command(flatten)]
        paging: Paging,
    },
    /// One peer, with the fingerprint to compare.
    Show {
        /// The authority.
        authority: String,
    },
    /// Approve a peer that another person entered.
    Approve {
        /// The authority.
        authority: String,
        /// What the other side read aloud: 64 digits; spaces do not matter.
        #[arg(long, value_name = "DIGITS")]
        fingerprint: String,
    },
    /// Exchange nothing more until it is lifted.
    Suspend(Step),
    /// Lift a suspension.
    Lift(Step),
    /// End it for good.
    Revoke(Step),
    /// Try at once what waits for a peer.
    Hurry {
        /// The authority.
        authority: String,
    },
}

#[derive(Args)]
struct Step {
    /// The authority.
    authority: String,
    /// Why.
    #[arg(long, value_name = "TEXT")]
    why: String,
}

impl Peer {
    /// Does it.
    pub fn run(self) -> Result<(), Ended> {
        let client = self.reach.client()?;
        let at = |authority: &str, verb: &str| format!("/peers/{}/{verb}", segment(authority));
        let step = |step: Step, verb: &str| -> Result<(), Ended> {
            let peer = client.post(&at(&step.authority, verb), &json!({ "why": step.why }))?;
            client.print(&peer, |peer| format!("{} is {}.", text(&peer["authority"]), text(&peer["status"])));
            Ok(())
        };
        match self.verb {
            Verb::Add { card } => {
                let file = std::fs::read(&card)
                    .map_err(|why| Ended::new(USAGE, format!("{} cannot be read: {why}", card.display())))?;
                let peer = client.post_bytes("/peers", file, &[])?;
                client.print(&peer, |peer| {
                    let authority = text(&peer["authority"]);
                    format!(
                        "{}\nCall their officer over a number from another source and have the fingerprint read to you. Another person than \
                         {} then approves:\n  comity peer approve {authority} --fingerprint \"…what was heard…\"",
                        shown(peer),
                        text(&peer["proposed_by"])
                    )
                });
            }
            Verb::List { paging } => {
                client.list("/peers", &[], &paging, "No peers.", line)?;
            }
            Verb::Show { authority } => {
                let peer = find(&client, &authority)?;
                client.print(&peer, shown);
            }
            Verb::Approve { authority, fingerprint } => {
                let peer = client.post(&at(&authority, "approve"), &json!({ "fingerprint": fingerprint }))?;
                client.print(&peer, |peer| format!("{} is {}.", text(&peer["authority"]), text(&peer["status"])));
            }
            Verb::Suspend(one) => step(one, "suspend")?,
            Verb::Lift(one) => step(one, "lift")?,
            Verb::Revoke(one) => step(one, "revoke")?,
            Verb::Hurry { authority } => {
                let hurried = client.post(&at(&authority, "hurry"), &json!({}))?;
                client.print(&hurried, |hurried| format!("{} things are tried at once.", text(&hurried["items"])));
            }
        }
        Ok(())
    }
}

/// The peer of this name.
fn find(client: &Client, authority: &str) -> Result<Value, Problem> {
    let mut after: Option<String> = None;
    loop {
        let paging = Paging { limit: Some(1_000), after: after.take() };
        let list = client.get(&format!("/peers{}", paging.query(&[])))?;
        if let Some(peer) = show::items(&list).find(|peer| peer["authority"] == authority) {
            return Ok(peer.clone());
        }
        match list["next"].as_str() {
            Some(next) => after = Some(next.to_owned()),
            None => return Err(client.failed(NOT_FOUND, format!("There is no peer {authority} here."))),
        }
    }
}

fn names(peer: &Value) -> String {
    let one = |(language, name): (&String, &Value)| format!("{} ({language})", text(name));
    peer["names"].as_object().into_iter().flatten().map(one).collect::<Vec<_>>().join(", ")
}

fn line(peer: &Value) -> String {
    format!("{}  {}  edition {}  {}", text(&peer["authority"]), text(&peer["status"]), peer["edition"], names(peer))
}

fn shown(peer: &Value) -> String {
    let by = match peer["approved_by"].is_null() {
        true => format!("entered by {}", text(&peer["proposed_by"])),
        false => format!("entered by {}, approved by {}", text(&peer["proposed_by"]), text(&peer["approved_by"])),
    };
    let endpoints = text(&peer["endpoints"]);
    let endpoints = if endpoints.is_empty() { "the pouch alone".to_owned() } else { endpoints };
    format!(
        "{}\n{by}; changed {}\nreached at: {endpoints}\nthe fingerprint of its root:\n\n{}\n",
        line(peer),
        text(&peer["changed_at"]),
        text(&peer["fingerprint"])
    )
}
