//! `comity config`: reads the configuration as the node does, and says what it found and where it came from.

use clap::{Args, Subcommand};
use serde_json::{Value, json};

use crate::client::show;
use crate::config::{self, Source};
use crate::{Ended, say};

/// Check and show the configuration.
#[derive(Args)]
#[command(after_long_help = "\
Examples:
  comity config check --config /var/lib/comity/comity.toml
  comity config show --set log.level=debug

A setting is taken from the first of these that has it: --set KEY=VALUE, the variable COMITY_KEY, the file, the default.")]
pub struct Config {
    #[command(flatten)]
    source: Source,
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Subcommand)]
enum Verb {
    /// Read it as the node does; nothing is opened.
    Check,
    /// Every setting with its value and where that came from.
    Show {
        /// As one JSON document.
        #[arg(long)]
        json: bool,
    },
}

impl Config {
    /// Reads it.
    pub fn run(self) -> Result<(), Ended> {
        let config = config::Config::load(&self.source)?;
        // An address may hold a password; how the store names the place holds none.
        let value = |key: &str, value: &str| match key {
            "database" if value.contains("://") => config.database.to_string(),
            _ => value.to_owned(),
        };
        match self.verb {
            Verb::Check => say(format!("{} is in order: the node of {}.", config.file.display(), config.authority)),
            Verb::Show { json: true } => {
                let one = |(key, text, origin): &(&str, String, config::Origin)| {
                    ((*key).to_owned(), json!({ "value": value(key, text), "origin": origin.to_string() }))
                };
                say(Value::Object(config.found.iter().map(one).collect()));
            }
            Verb::Show { json: false } => {
                let row = |(key, text, origin): &(&str, String, config::Origin)| {
                    vec![(*key).to_owned(), format!("\"{}\"", value(key, text)), format!("({origin})")]
                };
                say(show::table(&config.found.iter().map(row).collect::<Vec<_>>()));
            }
        }
        Ok(())
    }
}
