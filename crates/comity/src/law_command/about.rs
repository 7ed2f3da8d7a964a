//! What is known beside the two States, as it is typed: the day, the matter, persons, penalties, facts and events.

use clap::Args;
use law::question::{Charge, Penalty, Person, PersonStatus};
use law::{Base, Form, NotAQuestion, Question, Ruling};
use terms::{Date, Moment, State};

use super::names;
use crate::{Ended, USAGE};

/// What is known beside the two States.
#[derive(Args)]
pub struct About {
    /// The day as of which the law is asked; today (UTC), if none is given.
    #[arg(long, value_name = "YYYY-MM-DD", value_parser = names::day)]
    on: Option<Date>,
    /// A measure that is asked for, such as bank-records; one that is not known is answered with the names; may be repeated.
    #[arg(long = "measure", value_name = "NAME")]
    measures: Vec<String>,
    /// An offence by its code in the law base, such as TRAF; may be repeated.
    #[arg(long = "offence", value_name = "CODE")]
    offences: Vec<String>,
    /// The longest penalties of an offence in months, in the requesting and in the requested State (or ?, none, life, death); may be repeated.
    #[arg(long = "penalty", value_name = "CODE=MONTHS/MONTHS", value_parser = penalty)]
    penalties: Vec<Charge>,
    /// A nationality of the person; may be repeated.
    #[arg(long = "nationality", value_name = "STATE", value_parser = names::state)]
    nationalities: Vec<State>,
    /// The person is wanted to serve a sentence.
    #[arg(long)]
    sentenced: bool,
    /// A fact that is known, by its name in a ruling: offence.political=no; may be repeated.
    #[arg(long = "fact", value_name = "ID=yes|no", value_parser = fact)]
    facts: Vec<(String, bool)>,
    /// A number that is known; may be repeated.
    #[arg(long = "number", value_name = "ID=N", value_parser = number)]
    numbers: Vec<(String, u32)>,
    /// The day (or moment, 2026-11-24T08:15:00Z) of an event from which clocks run, by the name that a ruling prints: received, arrest; may be
    /// repeated.
    #[arg(long = "event", value_name = "ID=DAY", value_parser = event)]
    events: Vec<(String, When)>,
    /// A public holiday in the State that must act; may be repeated.
    #[arg(long = "holiday", value_name = "YYYY-MM-DD", value_parser = names::day)]
    holidays: Vec<Date>,
}

/// When something happened.
#[derive(Clone, Copy)]
pub enum When {
    /// On a day.
    On(Date),
    /// At a moment.
    At(Moment),
}

fn fact(text: &str) -> Result<(String, bool), String> {
    match text.split_once('=') {
        Some((id, "yes")) => Ok((id.to_owned(), true)),
        Some((id, "no")) => Ok((id.to_owned(), false)),
        _ => Err("a known fact is written ID=yes or ID=no".to_owned()),
    }
}

fn number(text: &str) -> Result<(String, u32), String> {
    let (id, number) = text.split_once('=').ok_or("a number is written ID=N")?;
    Ok((id.to_owned(), number.parse().map_err(|_| format!("“{number}” is no whole number"))?))
}

fn event(text: &str) -> Result<(String, When), String> {
    let (id, when) = text.split_once('=').ok_or("an event is written ID=YYYY-MM-DD or ID=2026-11-24T08:15:00Z")?;
    let when = match when.parse::<Moment>() {
        Ok(moment) => When::At(moment),
        Err(_) if when.contains([':', 'T']) => {
            return Err("a moment is written in UTC, such as 2026-11-24T08:15:00Z".to_owned());
        }
        Err(_) => When::On(names::day(when)?),
    };
    Ok((id.to_owned(), when))
}

fn penalty(text: &str) -> Result<Charge, String> {
    let wrong = || {
        "penalties are written CODE=MONTHS/MONTHS, with “?”, “none” (no offence), “life” or “death” in the place of months".to_owned()
    };
    let (offence, months) = text.split_once('=').ok_or_else(wrong)?;
    let (requesting, requested) = months.split_once('/').ok_or_else(wrong)?;
    let side = |text: &str| -> Result<Penalty, String> {
        match text {
            "?" => Ok(Penalty::default()),
            "none" => Ok(Penalty { punishable: Some(false), ..Penalty::default() }),
            "life" => Ok(Penalty { life: Some(true), ..Penalty::default() }),
            "death" => Ok(Penalty { death: Some(true), ..Penalty::default() }),
            months => Ok(Penalty { max_months: Some(months.parse().map_err(|_| wrong())?), ..Penalty::default() }),
        }
    };
    Ok(Charge {
        offence: offence.to_owned(),
        requesting: side(requesting)?,
        requested: side(requested)?,
        sentence_months: None,
        remaining_months: None,
        facts: Default::default(),
    })
}

impl About {
    /// The question for two States.
    pub fn question(self, form: Form, requesting: State, requested: State) -> Result<Question, Ended> {
        let mut question = Question::new(form, requesting, requested, names::or_today(self.on)?);
        question.measures.extend(self.measures);
        question.offences.extend(self.offences);
        question.charges = self.penalties;
        question.facts.extend(self.facts);
        question.numbers.extend(self.numbers);
        question.holidays.extend(self.holidays);
        for (event, when) in self.events {
            match when {
                When::On(day) => drop(question.events.insert(event, day)),
                When::At(moment) => drop(question.moments.insert(event, moment)),
            }
        }
        if self.sentenced || !self.nationalities.is_empty() {
            let status = self.sentenced.then_some(PersonStatus::Sentenced);
            let nationalities = self.nationalities.into_iter().collect();
            question.persons.push(Person { nationalities, status, resides: None });
        }
        Ok(question)
    }
}

fn capital(sentence: &str) -> String {
    let mut letters = sentence.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}

fn listed<'a>(names: impl Iterator<Item = &'a str>) -> String {
    names.collect::<Vec<_>>().join(", ")
}

/// Rules on a question; what the base does not know is answered with near names.
pub fn rule(base: &Base, question: &Question) -> Result<Ruling, Ended> {
    law::rule(question, base).map_err(|error| {
        fn own(id: &str) -> (&str, &str) {
            (id, id)
        }
        let near = match &error {
            NotAQuestion::UnknownFact(id) | NotAQuestion::OtherAnswer(id) => {
                names::meant(id, base.facts().map(|fact| own(&fact.id)))
            }
            NotAQuestion::UnknownOffence(code) => match names::meant(code, base.offences().map(|o| own(&o.code))) {
                near if near.is_empty() => format!("; it knows {}", listed(base.offences().map(|o| o.code.as_str()))),
                near => near,
            },
            NotAQuestion::UnknownEvent(event) => match names::meant(event, base.events().map(own)) {
                near if near.is_empty() => format!("; they run from {}", listed(base.events())),
                near => near,
            },
            NotAQuestion::UnknownMeasure(measure) => match names::meant(measure, base.measures().map(own)) {
                near if near.is_empty() => format!("; it speaks of {}", listed(base.measures())),
                near => near,
            },
            NotAQuestion::SameState | NotAQuestion::SeveralPersons | NotAQuestion::TwoDays(_) => String::new(),
        };
        let end = if near.ends_with('?') { "" } else { "." };
        Ended::coded(USAGE, error.code(), format!("{}{near}{end}", capital(&error.to_string())))
    })
}
