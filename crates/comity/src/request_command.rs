//! `comity request`: measures a draft against the form and against what the law base demands between the two States.

use std::path::{Path, PathBuf};

use clap::Subcommand;
use forms::{Asked, Draft, Form, check};
use law::{Certainty, Mode};
use terms::State;

use crate::law_command::{About, base, rule};
use crate::{Ended, FAILURE, INCOMPLETE, USAGE, say};

/// Work on a request.
#[derive(Subcommand)]
pub enum Request {
    /// Say what a draft still lacks, each with the provision that applies to this pair of States.
    Check {
        /// The draft: a JSON file in the shape of examples/requests.
        file: PathBuf,
        /// The requesting State's code.
        #[arg(long)]
        from: State,
        /// The requested State's code.
        #[arg(long)]
        to: State,
        #[command(flatten)]
        about: Box<About>,
        /// What is missing as one JSON document.
        #[arg(long)]
        json: bool,
    },
    /// Write a request and propose it.
    New(Box<crate::request_new::New>),
}

impl Request {
    /// Checks.
    pub fn run(self) -> Result<(), Ended> {
        match self {
            Request::New(new) => new.run(),
            Request::Check { file, from, to, about, json } => {
                Self::check(&file, (from, to), *about, json).map_err(|ended| ended.told(json))
            }
        }
    }

    fn check(file: &Path, (from, to): (State, State), about: About, json: bool) -> Result<(), Ended> {
        let unreadable = |error: &dyn std::fmt::Display| Ended::new(USAGE, format!("{}: {error}", file.display()));
        let text = std::fs::read(file).map_err(|error| unreadable(&error))?;
        let draft = Draft::new(serde_json::from_slice(&text).map_err(|error| unreadable(&error))?);
        let ruling = rule(&base()?, from, to, about)?;
        let asked: Vec<Asked> = ruling
            .requirements
            .iter()
            .map(|required| {
                let confirmed = required.certainty == Certainty::Confirmed;
                let asked = Asked::new(required.id.clone(), required.citation.clone(), confirmed);
                if required.mode == Mode::IfWanted { asked.if_wanted() } else { asked }
            })
            .collect();
        let form = Form::assistance_request().map_err(|error| Ended::new(FAILURE, error))?;
        let missing = match check(&form, &draft, &asked) {
            Ok(_) => vec![],
            Err(missing) => missing,
        };
        if json {
            say(serde_json::to_string_pretty(&missing).map_err(|error| Ended::new(FAILURE, error))?);
        } else {
            missing.iter().for_each(|missing| say(format!("{} {}", missing.path, missing.refusal)));
        }
        match missing.len() {
            0 if json => Ok(()),
            0 => {
                say("Nothing is missing. This assists a lawyer; it decides nothing.");
                Ok(())
            }
            1 => Err(Ended::new(INCOMPLETE, "The request lacks one thing.")),
            many => Err(Ended::new(INCOMPLETE, format!("The request lacks {many} things."))),
        }
    }
}
