//! Any JSON as a person reads it: labels and values in lines. Everything that was said is shown, also what no form knows.

use forms::Form;
use serde_json::{Map, Value};

use super::words::plain;

/// The member of a body that holds what is simply said.
const TEXT: &str = "text";

/// How deep is shown line by line; what lies deeper is shown as it is written.
const DEPTH_MAX: usize = 6;

/// A label and what stands there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// What it is.
    pub label: String,
    /// What is said, a paragraph each. Empty where the lines below say it.
    pub says: Vec<String>,
    /// Whether it is said not to be known, and why.
    pub not_known: bool,
    /// How deep it stands.
    pub depth: usize,
}

impl Line {
    /// Whether it is what is simply said, which needs no label.
    pub fn is_text(&self) -> bool {
        self.depth == 0 && self.label == TEXT
    }
}

/// Any JSON.
pub fn value(value: &Value) -> Vec<Line> {
    let mut lines = Vec::new();
    match value {
        Value::Object(members) => members.iter().for_each(|(name, value)| add(&mut lines, &plain(name), value, 0)),
        other => add(&mut lines, "", other, 0),
    }
    lines
}

/// The facts of a header.
pub fn facts(facts: &Map<String, Value>) -> Vec<Line> {
    let mut lines = Vec::new();
    facts.iter().for_each(|(name, value)| add(&mut lines, &plain(name), value, 0));
    lines
}

/// What answers a form, under the form's own labels and in its order; then whatever else was said.
pub fn answers(form: &Form, body: &Value) -> Vec<Line> {
    let (mut lines, mut rest) = (Vec::new(), body.clone());
    for field in form.fields().filter(|field| field.measure.is_none() && field.path != "/measures") {
        if let Some(answer) = take(&mut rest, &field.path) {
            add(&mut lines, &field.label, &answer, 0);
        }
    }
    if let Some(Value::Array(measures)) = take(&mut rest, "/measures") {
        for mut measure in measures {
            let kind =
                take(&mut measure, "/kind").and_then(|kind| kind.as_str().map(str::to_owned)).unwrap_or_default();
            lines.push(Line { label: plain(&kind), says: vec![], not_known: false, depth: 0 });
            for field in form.fields().filter(|field| field.measure.as_deref() == Some(&kind)) {
                if let Some(answer) = take(&mut measure, &field.path) {
                    add(&mut lines, &field.label, &answer, 1);
                }
            }
            more(&mut lines, &measure, 1);
        }
    }
    more(&mut lines, &rest, 0);
    lines
}

/// Takes out what a pointer leads to. What is no longer there was shown.
fn take(value: &mut Value, pointer: &str) -> Option<Value> {
    let (parent, name) = pointer.rsplit_once('/')?;
    value.pointer_mut(parent)?.as_object_mut()?.remove(name)
}

/// What is left, unless it is nothing.
fn more(lines: &mut Vec<Line>, rest: &Value, depth: usize) {
    let Some(members) = rest.as_object() else { return };
    for (name, value) in members.iter().filter(|(_, value)| !is_empty(value)) {
        add(lines, &plain(name), value, depth);
    }
}

fn is_empty(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Object(members) => members.values().all(is_empty),
        _ => false,
    }
}

fn add(lines: &mut Vec<Line>, label: &str, value: &Value, depth: usize) {
    let line = |says: Vec<String>, not_known| Line { label: label.to_owned(), says, not_known, depth };
    let scalar = |value: &Value| !matches!(value, Value::Object(_) | Value::Array(_));
    match value {
        Value::Object(members) => match members.get("not_known") {
            Some(Value::String(why)) if members.len() == 1 => lines.push(line(vec![why.clone()], true)),
            _ if depth >= DEPTH_MAX => lines.push(line(vec![value.to_string()], false)),
            _ => {
                lines.push(line(vec![], false));
                members.iter().for_each(|(name, value)| add(lines, &plain(name), value, depth + 1));
            }
        },
        Value::Array(all) if all.iter().all(scalar) => lines.push(line(all.iter().map(text).collect(), false)),
        Value::Array(_) if depth >= DEPTH_MAX => lines.push(line(vec![value.to_string()], false)),
        Value::Array(all) => {
            lines.push(line(vec![], false));
            all.iter().enumerate().for_each(|(at, value)| add(lines, &format!("{}.", at + 1), value, depth + 1));
        }
        scalar => lines.push(line(text(scalar).lines().map(str::to_owned).collect(), false)),
    }
}

fn text(scalar: &Value) -> String {
    match scalar {
        Value::String(text) => text.clone(),
        Value::Bool(true) => "yes".to_owned(),
        Value::Bool(false) => "no".to_owned(),
        Value::Null => "–".to_owned(),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn flat(lines: &[Line]) -> Vec<(usize, &str, String)> {
        lines.iter().map(|line| (line.depth, line.label.as_str(), line.says.join("|"))).collect()
    }

    #[test]
    fn everything_that_was_said_is_shown() {
        let said = json!({"text": "One.\nTwo.", "list": ["a", "b"], "deep": {"er": [{"x": 1}, true]}, "no": {"not_known": "why"}});
        let lines = value(&said);
        let shown = flat(&lines);
        for expected in [
            (0, "text", "One.|Two."),
            (0, "list", "a|b"),
            (1, "er", ""),
            (3, "x", "1"),
            (2, "2.", "yes"),
            (0, "no", "why"),
        ] {
            assert!(shown.contains(&(expected.0, expected.1, expected.2.to_owned())), "{expected:?} in {shown:?}");
        }
        assert!(lines.iter().any(|line| line.label == "no" && line.not_known));
    }

    #[test]
    fn answers_stand_under_the_forms_labels_and_what_no_form_knows_is_shown_too() {
        let form = Form::assistance_request().expect("the form");
        let body = json!({
            "purpose": "Evidence at trial", "own": "more",
            "measures": [{"kind": "bank-records", "account": "MA64", "odd": "kept"}]
        });
        let lines = answers(&form, &body);
        let shown = flat(&lines);
        let label = "Purpose for which the evidence, information or action is sought";
        assert!(shown.contains(&(0, label, "Evidence at trial".to_owned())), "{shown:?}");
        assert!(shown.contains(&(1, "Account number or holder", "MA64".to_owned())));
        assert!(shown.contains(&(1, "odd", "kept".to_owned())));
        assert!(shown.contains(&(0, "own", "more".to_owned())));
    }

    #[test]
    fn what_lies_very_deep_is_shown_as_it_is_written() {
        let mut said = json!("bottom");
        for _ in 0..100 {
            said = json!([{"in": said}]);
        }
        let lines = value(&json!({"top": said}));
        assert!(lines.iter().all(|line| line.depth <= DEPTH_MAX));
        assert!(lines.last().expect("a line").says[0].contains("bottom"));
    }
}
