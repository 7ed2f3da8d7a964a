//! `comity law`: which instruments bind two States on a day, what they demand, when help may be refused, which clocks run,
//! and how sure that is. One file for each question that can be put.

mod about;
mod coverage;
mod edition;
mod explain;
mod instrument;
mod names;

use std::path::PathBuf;

use clap::{Args, Subcommand};
use law::{Base, Form, Question, Ruling};
use terms::State;

pub use about::About;

use crate::fitted::fitted;
use crate::{Ended, FAILURE, NOT_FOUND, USAGE, say};

/// Questions to the law base.
#[derive(Subcommand)]
pub enum Law {
    /// What holds between two States on a day, the requesting State first.
    #[command(after_help = "Examples:\n  comity law between ES MA --on 2026-11-24 --measure bank-records\n  \
        comity law between CL DE --for provisional-arrest --on 2026-05-10 --event provisional-arrest=2026-05-10\n  \
        comity law between IL ZA --for extradition --on 2026-11-24 --penalty TRAF=240/180 --nationality ZA")]
    Between(Box<Between>),
    /// A question that stands in a file, in TOML or JSON.
    #[command(after_help = "Example:\n  comity law ask --file examples/questions/es-de-surrender.toml")]
    Ask {
        /// The question.
        #[arg(long)]
        file: PathBuf,
        /// The ruling as one JSON document.
        #[arg(long)]
        json: bool,
    },
    /// What stands behind a line of a ruling: name its provision, or paste the line.
    #[command(
        after_help = "Examples:\n  comity law explain \"un1988 art 7(10)(f)\"\n  comity law explain ets24:16.4\n  \
        comity law explain \"req.purpose: The purpose for which ... is sought. (un1988 art 7(10)(f))\""
    )]
    Explain {
        /// Instrument and provision, or a whole line with them.
        #[arg(required = true, value_name = "RULING-LINE")]
        line: Vec<String>,
        /// The rules as one JSON document.
        #[arg(long)]
        json: bool,
    },
    /// An instrument of the law base: what it holds and who is bound by it.
    Instrument {
        /// Its id, for example un1988.
        id: String,
        /// The instrument, every rule and every party as one JSON document.
        #[arg(long)]
        json: bool,
    },
    /// Which pairs of States have what.
    #[command(after_help = "Examples:\n  comity law coverage --on 2026-11-24 --for extradition\n  \
        comity law coverage --on 2026-11-24 --state ES\n  comity law coverage --on 2026-11-24 --svg matrix.svg")]
    Coverage(coverage::Ask),
    /// The version of the law base that is built in.
    Version {
        /// As one JSON document.
        #[arg(long)]
        json: bool,
    },
    /// A law base, the one that is built in or that of a folder, as one document that can be signed (docs/spec/law-base.md).
    Export(edition::Export),
    Sign(edition::Sign),
    Load(edition::Load),
}

/// The question.
#[derive(Args)]
pub struct Between {
    /// The requesting State: its code, or its name.
    #[arg(value_parser = names::state)]
    requesting: State,
    /// The requested State: its code, or its name.
    #[arg(value_parser = names::state)]
    requested: State,
    /// The form of cooperation: assistance, extradition, provisional-arrest, freezing, confiscation, controlled-delivery, joint-team, boarding,
    /// transfer-of-proceedings, electronic-evidence-order or spontaneous-information.
    #[arg(long = "for", value_name = "FORM", default_value = "assistance")]
    form: Form,
    #[command(flatten)]
    about: About,
    /// The ruling as one JSON document.
    #[arg(long)]
    json: bool,
}

/// The law base that is built in.
pub fn base() -> Result<Base, Ended> {
    Base::embedded().map_err(|error| Ended::new(FAILURE, format!("the built-in law base cannot be read: {error}")))
}

/// Rules on assistance between two States.
pub fn rule(base: &Base, requesting: State, requested: State, about: About) -> Result<Ruling, Ended> {
    about::rule(base, &about.question(Form::Assistance, requesting, requested)?)
}

impl Law {
    /// Answers. What goes wrong is a problem for programs, if they asked for JSON.
    pub fn run(self) -> Result<(), Ended> {
        let json = match &self {
            Law::Between(between) => between.json,
            Law::Coverage(ask) => ask.json,
            Law::Ask { json, .. }
            | Law::Explain { json, .. }
            | Law::Instrument { json, .. }
            | Law::Version { json } => *json,
            Law::Export(_) | Law::Sign(_) | Law::Load(_) => false,
        };
        self.answer().map_err(|ended| ended.told(json))
    }

    fn answer(self) -> Result<(), Ended> {
        match self {
            Law::Version { json: true } => say(serde_json::json!(base()?.version())),
            Law::Version { json: false } => say(base()?.version()),
            Law::Between(between) => {
                let Between { requesting, requested, form, about, json } = *between;
                show(&about::rule(&base()?, &about.question(form, requesting, requested)?)?, json)?;
            }
            Law::Ask { file, json } => show(&about::rule(&base()?, &read(&file)?)?, json)?,
            Law::Explain { line, json } => explain::run(&base()?, &line, json)?,
            Law::Instrument { id, json } => instrument::run(&base()?, &id, json)?,
            Law::Coverage(ask) => coverage::run(&base()?, &ask)?,
            Law::Export(export) => export.run()?,
            Law::Sign(sign) => sign.run()?,
            Law::Load(load) => load.run()?,
        }
        Ok(())
    }
}

fn show(ruling: &Ruling, json: bool) -> Result<(), Ended> {
    if json {
        say(serde_json::to_string_pretty(ruling).map_err(|error| Ended::new(FAILURE, error))?);
    } else {
        say(fitted(&ruling.to_text()));
    }
    Ok(())
}

/// A question from a file: JSON if its name ends so, TOML otherwise. A case of the law base is a question too.
fn read(file: &std::path::Path) -> Result<Question, Ended> {
    let shown = file.display();
    let text = std::fs::read_to_string(file).map_err(|error| {
        let code = if error.kind() == std::io::ErrorKind::NotFound { NOT_FOUND } else { FAILURE };
        Ended::new(code, format!("{shown}: {error}"))
    })?;
    let wrong = |error: &dyn std::fmt::Display| {
        let error = error.to_string();
        let sentence = format!("{shown} is no question: {}{}", error.trim_end(), names::state_meant(&error));
        Ended::coded(USAGE, "law.question-form", sentence)
    };
    if file.extension().is_some_and(|ending| ending == "json") {
        return serde_json::from_str(&text).map_err(|error| wrong(&error));
    }
    Question::from_toml(&text).map_err(|error| wrong(&error))
}
