//! The matter as an officer reads it: every measure, every open question, what is owed, and which reports came too late.
//!
//! Everything here is derived from the registers and is the same on every node.

use std::collections::BTreeMap;

use serde_json::Value;
use terms::ActId;

use super::crossed::Crossing;
use super::standing::{self, Is, Standing};
use crate::register::Registers;

/// A matter as it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Matter {
    /// By measure id.
    pub measures: BTreeMap<String, Measure>,
    /// Questions that nobody has answered, by the act that asked.
    pub open_questions: Vec<ActId>,
    /// Offers of conditions, costs and other uses that wait for an answer, by the act that raised them.
    pub waiting: Vec<ActId>,
    /// Whether a receipt of the request was acknowledged by the requested authority.
    pub acknowledged: bool,
    /// The requested authority is not competent; to whom it forwarded the request, if it said so.
    pub not_competent: Option<Option<String>>,
    /// What holds on secrecy, if it became a question: `cannot-be-kept` or `maintained-all-the-same`.
    pub confidentiality: Option<String>,
    /// Transmissions whose arrival was not yet reported.
    pub under_way: Vec<ActId>,
    /// Transmissions of originals that are not back.
    pub originals_out: Vec<ActId>,
    /// Whether it is closed.
    pub closed: bool,
}

/// One measure.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Measure {
    /// What is asked: `bank-records`.
    pub kind: String,
    /// Where it stands.
    pub standing: Standing,
    /// If declarations crossed: what that means and what is owed.
    pub crossing: Option<Crossing>,
    /// How far it was executed.
    pub execution: Execution,
    /// Whether evidence was transmitted.
    pub transmitted: bool,
    /// Reports that came although the measure is withdrawn or refused, and what is owed then.
    pub too_late: Vec<TooLate>,
}

/// How far a measure was executed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Execution {
    /// Nothing was reported.
    None,
    /// In part.
    Partial,
    /// Wholly.
    Complete,
}

/// A report of fact on a measure that was no longer to be executed. It counts; somebody owes an answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TooLate {
    /// The act that reported.
    pub act: ActId,
    /// Why it is flagged: `after-withdrawal` or `after-refusal`.
    pub flag: &'static str,
    /// What is owed.
    pub owed: &'static str,
}

impl Matter {
    /// Reads the registers.
    pub fn of(registers: &Registers) -> Self {
        let ids = super::judge::measures(registers);
        let measures: BTreeMap<String, Measure> =
            ids.into_iter().filter_map(|id| Some((id.clone(), measure(registers, &id)?))).collect();
        let standing = |matter: &str, value: &str| with(registers, matter, |v| v == value);
        let mut waiting = standing("costs/", "raised");
        waiting.extend(standing("consent/", "asked"));
        let offered = |m: &Measure| m.standing.offer.filter(|_| m.standing.is == Is::Offered);
        waiting.extend(measures.values().filter_map(offered));
        waiting.sort();
        waiting.dedup();
        let sent = acts(registers, "transmission/", |_| true);
        let originals = acts(registers, "transmission/", |v| v.get("originals") == Some(&Value::Bool(true)));
        let reported = |kind: &str, act: &ActId| registers.reported(&format!("{kind}/{act}")).next().is_some();
        let competence = registers.declared("competence").next();
        Self {
            open_questions: standing("question/", "open"),
            waiting,
            acknowledged: registers.reported("acknowledged").next().is_some(),
            not_competent: competence.map(|e| e.value.get("forwarded-to").and_then(Value::as_str).map(str::to_owned)),
            confidentiality: registers
                .declared("confidentiality")
                .last()
                .and_then(|e| e.value.as_str())
                .map(str::to_owned),
            under_way: sent.into_iter().filter(|act| !reported("reception", act)).collect(),
            originals_out: originals.into_iter().filter(|act| !reported("returned", act)).collect(),
            closed: registers.declared("docket").any(|entry| entry.value == "closed"),
            measures,
        }
    }
}

fn measure(registers: &Registers, id: &str) -> Option<Measure> {
    let (standing, crossing) = standing::of(registers, id)?;
    let executed: Vec<_> = registers.reported(&format!("measure/{id}/execution")).collect();
    let complete = executed.iter().any(|entry| entry.value.get("complete") == Some(&Value::Bool(true)));
    let sent: Vec<_> = registers.reported(&format!("measure/{id}/transmitted")).collect();
    let late = match standing.is {
        Is::Withdrawn => Some(("after-withdrawal", "say whether it is kept, returned or destroyed")),
        Is::Refused => Some(("after-refusal", "say whether the refusal is given up")),
        _ => None,
    };
    let too_late = late
        .into_iter()
        .flat_map(|(flag, owed)| executed.iter().chain(&sent).map(move |entry| TooLate { act: entry.act, flag, owed }));
    Some(Measure {
        kind: registers.only(&format!("measure/{id}/kind")).and_then(|e| e.value.as_str()).unwrap_or("").to_owned(),
        crossing,
        execution: match (complete, executed.is_empty()) {
            (true, _) => Execution::Complete,
            (false, false) => Execution::Partial,
            (false, true) => Execution::None,
        },
        transmitted: !sent.is_empty(),
        too_late: too_late.collect(),
        standing,
    })
}

/// The acts after which subjects of a matter are named, where a standing declaration is as asked.
fn with(registers: &Registers, matter: &str, holds: impl Fn(&Value) -> bool) -> Vec<ActId> {
    let subjects = registers.subjects(matter);
    let standing = subjects.iter().filter(|subject| registers.declared(subject).any(|entry| holds(&entry.value)));
    standing.filter_map(|subject| subject.strip_prefix(matter)?.parse().ok()).collect()
}

/// The same for reports.
fn acts(registers: &Registers, matter: &str, holds: impl Fn(&Value) -> bool) -> Vec<ActId> {
    let subjects = registers.subjects(matter);
    let reported = subjects.iter().filter(|subject| registers.reported(subject).any(|entry| holds(&entry.value)));
    reported.filter_map(|subject| subject.strip_prefix(matter)?.parse().ok()).collect()
}
