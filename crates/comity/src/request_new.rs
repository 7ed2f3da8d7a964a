//! `comity request new`: a request for assistance from the form's answers: the docket that it opens, its parties, and what is known beside.

use std::collections::BTreeSet;
use std::path::PathBuf;

use clap::Args;
use serde_json::{Map, Value, json};
use terms::AuthorityId;

use crate::client::Reach;
use crate::client::show::text;
use crate::{Ended, draft_command};

/// Write a request and propose it.
#[derive(Args)]
#[command(after_long_help = "\
Examples:
  comity request new --to es.moj --file examples/requests/gh-es-bank-records.json
  comity request new --to ma.moj --file request.toml --offence trafficking --keep

It is checked against what the law base demands between the two States today. What is missing is said with its provision, and the
draft is kept. Then another person approves it: `comity draft approve`.")]
pub struct New {
    #[command(flatten)]
    reach: Reach,
    /// The authority that is asked.
    #[arg(long, value_name = "AUTHORITY")]
    to: AuthorityId,
    /// The answers to the form, as examples/requests has them: JSON or TOML, or - for standard input.
    #[arg(long, value_name = "FILE")]
    file: PathBuf,
    /// An offence by its code in the law base; may be repeated.
    #[arg(long = "offence", value_name = "CODE")]
    offences: Vec<String>,
    /// A fact that is known to the law base's question; may be repeated.
    #[arg(long = "known", value_name = "ID=yes|no", value_parser = known)]
    known: Vec<(String, bool)>,
    /// Keep it only; do not say yet that it is ready.
    #[arg(long)]
    keep: bool,
}

fn known(text: &str) -> Result<(String, bool), String> {
    match text.split_once('=') {
        Some((id, "yes")) => Ok((id.to_owned(), true)),
        Some((id, "no")) => Ok((id.to_owned(), false)),
        _ => Err("a known fact is written ID=yes or ID=no".to_owned()),
    }
}

impl New {
    /// Writes and proposes.
    pub fn run(self) -> Result<(), Ended> {
        let body = draft_command::document(&self.file)?;
        let client = self.reach.client()?;
        let us = text(&client.get("/node")?["authority"]);
        let parties = json!([{ "authority": us, "role": "requesting" }, { "authority": self.to, "role": "requested" }]);
        let facts: Map<String, Value> = self.known.into_iter().map(|(id, yes)| (id, yes.into())).collect();
        let offences: BTreeSet<String> = self.offences.into_iter().collect();
        let draft = json!({
            "open": { "procedure": "assistance/1", "parties": parties }, "kind": "submit", "body": body,
            "known": { "offences": offences, "facts": facts },
        });
        let draft = draft_command::keep(&client, &draft, !self.keep)?;
        client.print(&draft, draft_command::next_step);
        Ok(())
    }
}
