//! A request for assistance before it is sent: what the law base rules for the two States today, what the form still lacks, and the
//! facts that the header of `submit` carries.
//!
//! The rule is `law`'s, the form is `forms`'; here they are only put together. A ruling assists an officer; it decides nothing.

use std::collections::{BTreeMap, BTreeSet};

use docket::{Body, Opening};
use forms::{Asked, CompleteRequest, Missing, check};
use law::{Base, Certainty, Mode, Question, Ruling};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use terms::{Bug, Date, Moment, Refusal, State};

use crate::Trouble;
use crate::actor::{Action, Actor};
use crate::node::{Node, Work};

/// What an officer knows beyond the form: offences by their code in the law base, and facts that are known.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Known {
    /// Offences.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub offences: BTreeSet<String>,
    /// Facts.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub facts: BTreeMap<String, bool>,
}

/// Rules on assistance between two States on a day.
pub fn rule(
    base: &Base,
    (requesting, requested): (State, State),
    on: Date,
    measures: BTreeSet<String>,
    known: &Known,
    moments: BTreeMap<String, Moment>,
) -> Result<Ruling, Trouble> {
    let question = Question {
        measures,
        offences: known.offences.clone(),
        facts: known.facts.clone(),
        moments,
        ..Question::assistance(requesting, requested, on)
    };
    let unknown =
        |why| Refusal::new("node.question", format!("The law base cannot be asked this: {why}."), "Change it.");
    Ok(law::rule(&question, base).map_err(unknown)?)
}

/// What a ruling asks of the form.
pub fn asked(ruling: &Ruling) -> Vec<Asked> {
    let each = ruling.requirements.iter().map(|required| {
        let confirmed = required.certainty == Certainty::Confirmed;
        let asked = Asked::new(required.id.clone(), required.citation.clone(), confirmed);
        if required.mode == Mode::IfWanted { asked.if_wanted() } else { asked }
    });
    each.collect()
}

/// What a draft of a request lacks for these two States today, and the ruling that says so.
#[derive(Debug, Clone, Serialize)]
pub struct Checked {
    /// What is missing, each with the provision that asks for it.
    pub missing: Vec<Missing>,
    /// The law base's word.
    pub ruling: Box<Ruling>,
}

impl Node {
    /// Asks the law base.
    pub fn ask_law(&self, actor: &Actor, question: &Question) -> Result<Ruling, Trouble> {
        actor.may(Action::ReadDockets)?;
        let unknown =
            |why| Refusal::new("node.question", format!("The law base cannot be asked this: {why}."), "Change it.");
        Ok(law::rule(question, &self.0.law.now().base).map_err(unknown)?)
    }
    /// Checks what is written of a request, before it is proposed.
    pub fn check_request(
        &self,
        actor: &Actor,
        (requesting, requested): (State, State),
        written: Value,
        known: &Known,
    ) -> Result<Checked, Trouble> {
        actor.may(Action::ReadBodies)?;
        let draft = forms::Draft::new(written);
        let kinds: BTreeSet<String> = draft.measures().map(str::to_owned).collect();
        let on = self.now().date();
        let ruling = rule(&self.0.law.now().base, (requesting, requested), on, kinds, known, BTreeMap::new())?;
        let missing = check(&self.0.request_form, &draft, &asked(&ruling)).err().unwrap_or_default();
        Ok(Checked { missing, ruling: Box::new(ruling) })
    }
    /// The form of a request for assistance.
    pub fn request_form(&self) -> &forms::Form {
        &self.0.request_form
    }
}

/// Checks that the request is complete for this pair of States today, and makes the facts of its opening act.
pub(crate) fn complete(
    work: &mut Work<'_, '_>,
    open: &Opening,
    known: &Known,
    body: Option<&Body>,
    given: &Map<String, Value>,
) -> Result<Map<String, Value>, Trouble> {
    let states = states(open)?;
    let written: Value = match body {
        Some(body) => serde_json::from_slice(&body.bytes).map_err(|why| Bug::new(format!("a draft's body: {why}")))?,
        None => json!({}),
    };
    let draft = forms::Draft::new(written);
    let measures: Vec<String> = draft.measures().map(str::to_owned).collect();
    let kinds: BTreeSet<String> = measures.iter().cloned().collect();
    let ruling = rule(&work.inner.law.now().base, states, work.now.date(), kinds, known, BTreeMap::new())?;
    let complete = check(&work.inner.request_form, &draft, &asked(&ruling)).map_err(Trouble::Incomplete)?;
    Ok(facts(&complete, &measures, &ruling, given))
}

fn facts(
    complete: &CompleteRequest,
    measures: &[String],
    ruling: &Ruling,
    given: &Map<String, Value>,
) -> Map<String, Value> {
    let mut facts = given.clone();
    let numbered = measures.iter().enumerate().map(|(at, kind)| json!({"id": format!("m{}", at + 1), "kind": kind}));
    facts.insert("measures".to_owned(), numbered.collect());
    let (form, edition) = complete.form();
    facts.insert("form".to_owned(), format!("{form}/{edition}").into());
    let basis: Vec<&str> = ruling.bases.iter().map(|basis| basis.instrument.as_str()).collect();
    facts.insert("basis".to_owned(), basis.into());
    facts
}

/// The kinds of the measures that the header of a request names.
pub(crate) fn kinds(measures: &Value) -> BTreeSet<String> {
    let all = measures.as_array().into_iter().flatten();
    all.filter_map(|measure| measure.get("kind")?.as_str().map(str::to_owned)).collect()
}

/// The requesting and the requested State.
pub(crate) fn states(open: &Opening) -> Result<(State, State), Trouble> {
    let of = |role: &str| open.parties.iter().find(|party| party.role == role).map(|party| party.authority.state());
    match (of("requesting"), of("requested")) {
        (Some(requesting), Some(requested)) => Ok((requesting, requested)),
        _ => Trouble::refuse("node.draft", "A request has a requesting and a requested party.", "Name both."),
    }
}
