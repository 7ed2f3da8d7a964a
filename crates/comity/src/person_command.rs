//! `comity person`: who works here. Tokens are shown once, or go to a file that only its owner may read.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use node::Role;
use serde_json::{Value, json};

use crate::client::show::text;
use crate::client::{Paging, Reach, segment};
use crate::config::{Config, Source};
use crate::landing::Landing;
use crate::serve::Opened;
use crate::{Ended, FAILURE, say};

/// Enter persons and end their access.
#[derive(Args)]
#[command(after_long_help = "\
Examples:
  comity person first ana.ruiz \"Ana Ruiz\" --config /var/lib/comity/comity.toml --to /etc/comity/ana.token
  comity person add luis.gil \"Luis Gil\" --role officer --to luis.token
  comity person add eva.sanz \"Eva Sanz\" --role approver --role auditor
  comity person retire luis.gil

Roles: officer (writes and sends), approver (approves what others wrote), operator (peers, persons, outbox), auditor (reads who did what).
`first` works on the node's own machine while the node does not run, and only while nobody is known there.
`add` for a person who is known gives new roles and a new token; the former token ends.")]
pub struct Person {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Subcommand)]
enum Verb {
    /// Enter the first operator of a new node.
    First {
        /// A short name that stays, for example ana.ruiz.
        id: String,
        /// The name as others read it.
        name: String,
        #[command(flatten)]
        to: TokenTo,
        #[command(flatten)]
        source: Source,
    },
    /// Enter a person, or give one new roles and a new token.
    Add {
        /// A short name that stays, for example luis.gil.
        id: String,
        /// The name as others read it.
        name: String,
        /// What the person is here for; may be repeated.
        #[arg(long = "role", value_name = "ROLE", required = true)]
        roles: Vec<Role>,
        #[command(flatten)]
        to: TokenTo,
        #[command(flatten)]
        reach: Reach,
    },
    /// The persons, by short name.
    List {
        #[command(flatten)]
        paging: Paging,
        #[command(flatten)]
        reach: Reach,
    },
    /// End a person's access. What they did stays.
    Retire {
        /// The short name.
        id: String,
        #[command(flatten)]
        reach: Reach,
    },
}

/// Where a new token goes.
#[derive(Args, Clone)]
pub struct TokenTo {
    /// Write the token to a new file of mode 0600 instead of showing it.
    #[arg(long = "to", id = "token-to", value_name = "FILE")]
    pub token_file: Option<PathBuf>,
}

impl TokenTo {
    /// Makes the file, still without its name: a token is not drawn that could not be written.
    fn begin(&self) -> Result<Option<Landing>, Ended> {
        self.token_file.as_deref().map(Landing::begin).transpose()
    }
    /// Puts it there; says whether it did, or the token is still to be shown.
    fn put(&self, begun: Option<Landing>, token: &str) -> Result<bool, Ended> {
        let (Some(path), Some(mut landing)) = (&self.token_file, begun) else { return Ok(false) };
        let written = landing.take(format!("{token}\n").as_bytes());
        written.map_err(|why| Ended::new(FAILURE, format!("{} cannot be written: {why}", path.display())))?;
        landing.keep(path, None).map(|_| true)
    }
}

/// Enters the first operator of a node that does not run. Gives the token back if it went to no file.
pub fn first(config: &Config, id: &str, name: &str, to: &TokenTo) -> Result<Option<keys::Token>, Ended> {
    let begun = to.begin()?;
    let opened = Opened::open(config.clone())?;
    let token = opened.node.first_person(id, name).map_err(|why| Ended::new(FAILURE, why))?;
    Ok(if to.put(begun, token.reveal())? { None } else { Some(token) })
}

impl Person {
    /// Does it.
    pub fn run(self) -> Result<(), Ended> {
        match self.verb {
            Verb::First { id, name, to, source } => {
                match first(&Config::load(&source)?, &id, &name, &to)? {
                    Some(token) => {
                        say(format!("{id} is entered as operator. The token, shown this once:\n{}", token.reveal()))
                    }
                    None => say(format!("{id} is entered as operator; the token is in {}.", shown_path(&to))),
                }
                Ok(())
            }
            Verb::Add { id, name, roles, to, reach } => {
                let begun = to.begin()?;
                let client = reach.client()?;
                let words: Vec<&str> = roles.iter().map(|role| role.word()).collect();
                let answer = client.post("/persons", &json!({ "id": id, "name": name, "roles": words }))?;
                let put = to.put(begun, answer["token"].as_str().unwrap_or_default())?;
                let shown = if put { json!({ "id": id, "token_file": to.token_file }) } else { answer };
                let entered = format!("{id} is entered as {}.", words.join(", "));
                client.print(&shown, |shown| match put {
                    true => format!("{entered} The token is in {}.", shown_path(&to)),
                    false => format!("{entered} The token, shown this once:\n{}", text(&shown["token"])),
                });
                Ok(())
            }
            Verb::List { paging, reach } => reach.client()?.list("/persons", &[], &paging, "Nobody.", line),
            Verb::Retire { id, reach } => {
                let client = reach.client()?;
                client.post(&format!("/persons/{}/retire", segment(&id)), &json!({}))?;
                client.print(&json!({ "retired": id }), |_| format!("The access of {id} has ended."));
                Ok(())
            }
        }
    }
}

fn shown_path(to: &TokenTo) -> String {
    to.token_file.as_ref().map(|path| path.display().to_string()).unwrap_or_default()
}

fn line(person: &Value) -> String {
    let active = match (person["active"] == true, person["has_token"] == true) {
        (false, _) => "  (access ended)",
        (true, false) => "  (no token)",
        (true, true) => "",
    };
    format!("{}  {}  {}{active}", text(&person["id"]), text(&person["name"]), text(&person["roles"]))
}
