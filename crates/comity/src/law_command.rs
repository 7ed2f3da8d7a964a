//! `comity law`: which instruments bind two States on a day, what they demand, and how sure that is.

use std::collections::{BTreeMap, BTreeSet};

use clap::{Args, Subcommand};
use law::{Base, Question, Ruling};
use terms::{Date, State};

use crate::{Ended, FAILURE, NOT_FOUND, USAGE, say};

/// Questions to the law base.
#[derive(Subcommand)]
pub enum Law {
    /// What holds between two States on a day, the requesting State first.
    Between(Between),
    /// An instrument of the law base, and who is bound by it.
    Instrument {
        /// Its id, for example un1988.
        id: String,
    },
    /// The version of the law base that is built in.
    Version,
}

/// The question.
#[derive(Args)]
pub struct Between {
    /// The requesting State's code.
    requesting: State,
    /// The requested State's code.
    requested: State,
    #[command(flatten)]
    about: About,
    /// The ruling as one JSON document.
    #[arg(long)]
    json: bool,
}

/// What is known beside the two States.
#[derive(Args)]
pub struct About {
    /// The day as of which the law is asked.
    #[arg(long, value_name = "YYYY-MM-DD")]
    on: Date,
    /// A measure that is asked for; may be repeated.
    #[arg(long = "measure", value_name = "NAME")]
    measures: Vec<String>,
    /// An offence by its code in the law base; may be repeated.
    #[arg(long = "offence", value_name = "CODE")]
    offences: Vec<String>,
    /// A fact that is known; may be repeated.
    #[arg(long = "fact", value_name = "ID=yes|no", value_parser = fact)]
    facts: Vec<(String, bool)>,
    /// The day of an event from which clocks run; may be repeated.
    #[arg(long = "event", value_name = "ID=YYYY-MM-DD", value_parser = event)]
    events: Vec<(String, Date)>,
}

fn fact(text: &str) -> Result<(String, bool), String> {
    match text.split_once('=') {
        Some((id, "yes")) => Ok((id.to_owned(), true)),
        Some((id, "no")) => Ok((id.to_owned(), false)),
        _ => Err("a known fact is written ID=yes or ID=no".to_owned()),
    }
}

fn event(text: &str) -> Result<(String, Date), String> {
    let (id, day) = text.split_once('=').ok_or("an event is written ID=YYYY-MM-DD")?;
    Ok((id.to_owned(), day.parse().map_err(|_| format!("“{day}” is not a day such as 2026-11-24"))?))
}

/// The law base that is built in.
pub fn base() -> Result<Base, Ended> {
    Base::embedded().map_err(|error| Ended::new(FAILURE, format!("the built-in law base cannot be read: {error}")))
}

/// Rules on assistance between two States.
pub fn rule(base: &Base, requesting: State, requested: State, about: About) -> Result<Ruling, Ended> {
    let question = Question {
        measures: about.measures.into_iter().collect::<BTreeSet<_>>(),
        offences: about.offences.into_iter().collect::<BTreeSet<_>>(),
        facts: about.facts.into_iter().collect::<BTreeMap<_, _>>(),
        events: about.events.into_iter().collect::<BTreeMap<_, _>>(),
        ..Question::assistance(requesting, requested, about.on)
    };
    law::rule(&question, base).map_err(|error| Ended::new(USAGE, error))
}

impl Law {
    /// Answers.
    pub fn run(self) -> Result<(), Ended> {
        let base = base()?;
        match self {
            Law::Version => say(base.version()),
            Law::Between(Between { requesting, requested, about, json }) => {
                let ruling = rule(&base, requesting, requested, about)?;
                if json {
                    let document = serde_json::to_string_pretty(&ruling);
                    say(document.map_err(|error| Ended::new(FAILURE, error))?);
                } else {
                    say(ruling.to_text());
                }
            }
            Law::Instrument { id } => {
                let unknown = || Ended::new(NOT_FOUND, format!("The law base has no instrument “{id}”."));
                let instrument = base.instrument(&id).ok_or_else(unknown)?;
                say(format!("{}: {}", instrument.id, instrument.title));
                for party in base.parties(&id) {
                    let from = party.from.map_or_else(|| "day not known".to_owned(), |day| format!("from {day}"));
                    let until = party.until.map_or_else(String::new, |day| format!(" until {day}"));
                    let (state, sure) = (party.state, party.certainty);
                    say(format!("  {state} {}: {from}{until} ({sure:?})", state.name()));
                }
            }
        }
        Ok(())
    }
}
