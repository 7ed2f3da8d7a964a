//! The shape of a form file: sections, fields, and when a field is due.

use serde::{Deserialize, Serialize};

/// The forms that this library was built with.
const ASSISTANCE_REQUEST: &str = include_str!("../../../forms/assistance-request.toml");

/// A form.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Form {
    /// Its id: the name of the file.
    pub id: String,
    /// Its edition; a request names the edition under which it was complete.
    pub edition: u32,
    /// Its title.
    pub title: String,
    /// The measures that it knows.
    pub measures: Vec<String>,
    /// Its sections, in order.
    #[serde(rename = "section")]
    pub sections: Vec<Section>,
}

/// A section.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Section {
    /// Its id.
    pub id: String,
    /// Its title.
    pub title: String,
    /// Its fields, in order.
    #[serde(rename = "field")]
    pub fields: Vec<Field>,
}

/// A field.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Field {
    /// JSON pointer into the draft, or, for a field of a measure, into each measure of that kind.
    pub path: String,
    /// What is asked.
    pub label: String,
    /// What is entered.
    pub kind: FieldKind,
    /// When it is due.
    pub need: Need,
    /// The requirement of the ruling to which it answers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub requirement: Option<String>,
    /// Whether `{"not_known": "why"}` is an answer, as where the law says "where possible".
    #[serde(default)]
    pub allow_unknown: bool,
    /// The measure of which it is a part.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub measure: Option<String>,
    /// Only if another field has a value.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub when: Option<When>,
}

/// What is entered in a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FieldKind {
    /// One line.
    Text,
    /// Several lines.
    LongText,
    /// A civil day.
    Date,
    /// One of several, or yes and no.
    Choice,
    /// Several entries.
    List,
}

/// When a field is due.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Need {
    /// Where the ruling for this pair asks its requirement.
    Law,
    /// Always: a request without it cannot be executed.
    Form,
    /// Never.
    Optional,
}

/// A condition on another field of the draft.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct When {
    /// JSON pointer to the other field.
    pub path: String,
    /// The value that it must have.
    pub equals: serde_json::Value,
}

/// Why a text is no form.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotAForm {
    /// Not of the expected shape.
    #[error("forms.malformed: {0}")]
    Shape(String),
    /// A field that does not fit.
    #[error("forms.field: {path}: {why}")]
    Field {
        /// Which.
        path: String,
        /// What is wrong.
        why: &'static str,
    },
}

impl Form {
    /// The request for assistance that this library was built with.
    pub fn assistance_request() -> Result<Self, NotAForm> {
        Self::parse(ASSISTANCE_REQUEST)
    }

    /// Reads a form and checks that it hangs together.
    pub fn parse(text: &str) -> Result<Self, NotAForm> {
        let form: Form = toml::from_str(text).map_err(|e| NotAForm::Shape(e.to_string()))?;
        let mut seen = std::collections::BTreeSet::new();
        for field in form.fields() {
            let refuse = |why| Err(NotAForm::Field { path: field.path.clone(), why });
            if !field.path.starts_with('/') {
                return refuse("a path is a JSON pointer and begins with a slash");
            }
            if field.need == Need::Law && field.requirement.is_none() {
                return refuse("a field that the law asks for names its requirement");
            }
            if field.requirement.as_ref().is_some_and(|id| !id.starts_with("req.")) {
                return refuse("a requirement id begins with req.");
            }
            if field.measure.as_ref().is_some_and(|measure| !form.measures.contains(measure)) {
                return refuse("the form does not know this measure");
            }
            if !seen.insert((&field.measure, &field.path)) {
                return refuse("the path stands twice");
            }
        }
        Ok(form)
    }

    /// All fields, in order.
    pub fn fields(&self) -> impl Iterator<Item = &Field> {
        self.sections.iter().flat_map(|section| &section.fields)
    }
}
