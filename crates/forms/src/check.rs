//! Completeness: a draft, a form and what the ruling asks; either a complete request, or everything that is missing,
//! each with the provision that applies to this pair. Nothing is guessed: a requirement for which the form has no field
//! is reported, not passed over.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use terms::{Citation, Refusal};

use crate::form::{Field, Form, Need};

/// What the ruling asks of a request between these two States.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Asked {
    /// Generic requirement id.
    pub id: String,
    /// The provision that applies to the pair.
    pub citation: Citation,
    /// Whether the provision was read in its source.
    pub confirmed: bool,
    /// Whether a request without it is incomplete; false for what is asked "if wanted".
    pub mandatory: bool,
}

impl Asked {
    /// A mandatory requirement.
    pub fn new(id: impl Into<String>, citation: Citation, confirmed: bool) -> Self {
        Self { id: id.into(), citation, confirmed, mandatory: true }
    }
    /// The same, asked only if the requesting State wants it.
    pub fn if_wanted(mut self) -> Self {
        self.mandatory = false;
        self
    }
}

/// A request as far as it is written. Says nothing about its completeness.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Draft(Value);

impl Draft {
    /// From JSON, as screens and programs send it.
    pub fn new(body: Value) -> Self {
        Self(body)
    }
    /// What is written so far.
    pub fn body(&self) -> &Value {
        &self.0
    }
    /// The measures that it names.
    pub fn measures(&self) -> impl Iterator<Item = &str> {
        self.entries().filter_map(|(_, measure)| measure.get("kind")?.as_str())
    }
    fn entries(&self) -> impl Iterator<Item = (usize, &Value)> {
        self.0.get("measures").and_then(Value::as_array).into_iter().flatten().enumerate()
    }
}

/// A request that [`check`] found complete. There is no other way to make one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CompleteRequest {
    form: String,
    edition: u32,
    body: Value,
    answers: Vec<Asked>,
}

impl CompleteRequest {
    /// The request.
    pub fn body(&self) -> &Value {
        &self.body
    }
    /// The form and its edition.
    pub fn form(&self) -> (&str, u32) {
        (&self.form, self.edition)
    }
    /// The requirements that it was measured against.
    pub fn answers(&self) -> &[Asked] {
        &self.answers
    }
}

/// Something that is missing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Missing {
    /// Where: a JSON pointer into the draft.
    pub path: String,
    /// The section of the form; empty if the form has no field for it.
    pub section: String,
    /// What is missing, on which provision that rests, what to do.
    pub refusal: Refusal,
}

enum Entry {
    Stated,
    Unknown,
    Blank,
}

/// Measures a draft against a form and what the ruling asks.
pub fn check(form: &Form, draft: &Draft, asked: &[Asked]) -> Result<CompleteRequest, Vec<Missing>> {
    let mut missing = Vec::new();
    for (at, measure) in draft.entries() {
        let kind = measure.get("kind").and_then(Value::as_str);
        if kind.is_none_or(|kind| !form.measures.iter().any(|known| known == kind)) {
            let named = kind.unwrap_or("(none)");
            let sentence = format!("The measure {named:?} is not one that this form knows.");
            let refusal = Refusal::new("forms.unknown-measure", sentence, "Choose one of the measures of the form.");
            missing.push(Missing { path: format!("/measures/{at}/kind"), section: "measures".to_owned(), refusal });
        }
    }
    for section in &form.sections {
        for field in &section.fields {
            for (path, value) in places(field, draft) {
                missing.extend(look(field, &section.id, path, value, draft, asked));
            }
        }
    }
    for rule in asked.iter().filter(|rule| rule.mandatory) {
        if !form.fields().any(|field| field.requirement.as_deref() == Some(&rule.id)) {
            let sentence = format!("The law asks for {:?}, and this form has no field for it.", rule.id);
            let remedy = "State it in an attachment and have the form amended before sending.";
            let refusal = Refusal::new("forms.no-field", sentence, remedy).citing(rule.citation.clone());
            missing.push(Missing { path: String::new(), section: String::new(), refusal });
        }
    }
    if !missing.is_empty() {
        return Err(missing);
    }
    let (id, edition) = (form.id.clone(), form.edition);
    Ok(CompleteRequest { form: id, edition, body: draft.0.clone(), answers: asked.to_vec() })
}

/// Where a field stands in this draft: once, or once in each measure of its kind.
fn places<'d>(field: &Field, draft: &'d Draft) -> Vec<(String, Option<&'d Value>)> {
    match &field.measure {
        None => vec![(field.path.clone(), draft.0.pointer(&field.path))],
        Some(kind) => draft
            .entries()
            .filter(|(_, measure)| measure.get("kind").and_then(Value::as_str) == Some(kind))
            .map(|(at, measure)| (format!("/measures/{at}{}", field.path), measure.pointer(&field.path)))
            .collect(),
    }
}

fn look(
    field: &Field,
    section: &str,
    path: String,
    value: Option<&Value>,
    draft: &Draft,
    asked: &[Asked],
) -> Option<Missing> {
    if field.when.as_ref().is_some_and(|when| draft.0.pointer(&when.path) != Some(&when.equals)) {
        return None;
    }
    let rule = asked.iter().find(|rule| Some(&rule.id) == field.requirement.as_ref());
    let due = match field.need {
        Need::Law => rule.is_some_and(|rule| rule.mandatory),
        Need::Form => true,
        Need::Optional => false,
    };
    let (code, sentence, remedy) = match entry(value) {
        Entry::Stated => return None,
        _ if !due => return None,
        Entry::Unknown if field.allow_unknown => return None,
        Entry::Unknown => {
            ("forms.not-known", format!("“{}” cannot be left unknown.", field.label), "Find it out and state it.")
        }
        Entry::Blank if field.allow_unknown => (
            "forms.missing",
            format!("“{}” is not stated.", field.label),
            "State it, or say that it is not known and why.",
        ),
        Entry::Blank => ("forms.missing", format!("“{}” is not stated.", field.label), "State it."),
    };
    let unread = rule.is_some_and(|rule| !rule.confirmed);
    let sentence = if unread { format!("{sentence} The provision is unconfirmed.") } else { sentence };
    let refusal = Refusal::new(code, sentence, remedy);
    let refusal = match rule {
        Some(rule) => refusal.citing(rule.citation.clone()),
        None => refusal,
    };
    Some(Missing { path, section: section.to_owned(), refusal })
}

/// Blank texts, empty lists and empty objects state nothing; `{"not_known": "why"}` states that it is not known.
fn entry(value: Option<&Value>) -> Entry {
    match value {
        None | Some(Value::Null) => Entry::Blank,
        Some(Value::String(text)) if text.trim().is_empty() => Entry::Blank,
        Some(Value::Array(all)) if all.iter().all(|one| matches!(entry(Some(one)), Entry::Blank)) => Entry::Blank,
        Some(Value::Object(all)) => match all.get("not_known") {
            Some(Value::String(why)) if !why.trim().is_empty() => Entry::Unknown,
            Some(_) => Entry::Blank,
            None if all.values().all(|one| matches!(entry(Some(one)), Entry::Blank)) => Entry::Blank,
            None => Entry::Stated,
        },
        Some(_) => Entry::Stated,
    }
}
