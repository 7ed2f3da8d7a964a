//! What a node answers instead of a result, as people read it and as programs do: a sentence and an exit code, or the problem itself.

use http::StatusCode;
use serde_json::{Value, json};

use crate::{CONFLICT, Ended, FAILURE, INCOMPLETE, NETWORK, NOT_FOUND, RIGHTS, VERIFICATION};

/// Why something was not done.
#[derive(Debug, Clone)]
pub struct Problem {
    /// The exit code.
    pub exit: u8,
    /// The problem, as RFC 9457 has it.
    pub document: Value,
    json: bool,
}

impl Problem {
    /// As a node told it.
    pub fn told(status: StatusCode, body: &[u8], json: bool) -> Self {
        let document = serde_json::from_slice(body).ok().filter(Value::is_object).unwrap_or_else(|| {
            let title = status.canonical_reason().unwrap_or("Error");
            json!({ "type": "about:blank", "title": title, "status": status.as_u16(), "detail": "What answered gave no reason." })
        });
        let code = document["code"].as_str().unwrap_or_default();
        Self { exit: exit(status, code), document, json }
    }
    /// As it arose on this side.
    pub fn here(exit: u8, sentence: impl Into<String>, json: bool) -> Self {
        let document = json!({ "type": "about:blank", "title": "The client", "detail": sentence.into() });
        Self { exit, document, json }
    }
    /// How a command ended that asked no node.
    pub fn of(ended: &Ended) -> Self {
        let mut problem = Self::here(ended.code, ended.sentence.as_str(), true);
        if let Some(name) = ended.name {
            problem.document["code"] = name.into();
        }
        problem
    }
    /// The stable code, if the node gave one.
    pub fn code(&self) -> &str {
        self.document["code"].as_str().unwrap_or_default()
    }
    /// Sentence, citation, what is missing, remedy and code, for people.
    pub fn text(&self) -> String {
        let document = &self.document;
        let part = |name: &str| document[name].as_str().unwrap_or_default();
        let mut text = part("detail").to_owned();
        if let Some(citation) = citation(&document["citation"]) {
            text += &format!(" ({citation})");
        }
        for missing in document["missing"].as_array().into_iter().flatten() {
            let refusal = &missing["refusal"];
            let sentence = refusal["sentence"].as_str().unwrap_or_default();
            let cited = citation(&refusal["citation"]).map(|cited| format!(" ({cited})")).unwrap_or_default();
            let remedy = refusal["remedy"].as_str().unwrap_or_default();
            text += &format!("\n  {} {sentence}{cited} {remedy}", missing["path"].as_str().unwrap_or_default());
        }
        if !part("remedy").is_empty() {
            text += &format!("\n{}", part("remedy"));
        }
        if !part("code").is_empty() {
            let bug = document["bug"].as_str().map(|id| format!(" {id}")).unwrap_or_default();
            text += &format!("\n[{}{bug}]", part("code"));
        }
        text
    }
}

fn citation(value: &Value) -> Option<String> {
    let read: terms::Citation = serde_json::from_value(value.clone()).ok()?;
    Some(read.to_string())
}

/// Which exit code a problem has. What failed to verify has its own, whatever its status.
fn exit(status: StatusCode, code: &str) -> u8 {
    match (status.as_u16(), code) {
        (_, "node.fingerprint" | "node.card" | "law.edition-signature") => VERIFICATION,
        (401 | 403, _) => RIGHTS,
        (404, _) => NOT_FOUND,
        (409, _) => CONFLICT,
        (400 | 413 | 422, _) => INCOMPLETE,
        (429 | 502 | 503 | 504, _) => NETWORK,
        _ if code.starts_with("exchange.") => NETWORK,
        _ if code.starts_with("evidence.") => VERIFICATION,
        _ => FAILURE,
    }
}

impl From<Problem> for Ended {
    fn from(problem: Problem) -> Self {
        let sentence = match (problem.exit, problem.json) {
            (0, true) => json!({ "dry_run": true }).to_string(),
            (_, true) => problem.document.to_string(),
            (_, false) => problem.text(),
        };
        Self::new(problem.exit, sentence)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_problem_has_one_exit_code_for_what_can_be_done_about_it() {
        for (status, code, exit) in [
            (401, "node.who", RIGHTS),
            (403, "node.not-yours", RIGHTS),
            (404, "node.not-here", NOT_FOUND),
            (409, "node.stale", CONFLICT),
            (422, "node.incomplete", INCOMPLETE),
            (422, "node.fingerprint", VERIFICATION),
            (422, "law.edition-signature", VERIFICATION),
            (500, "evidence.chunk", VERIFICATION),
            (500, "store.corrupt", FAILURE),
            (503, "store.busy", NETWORK),
        ] {
            let body = json!({ "code": code, "detail": "x" }).to_string();
            let told = Problem::told(StatusCode::from_u16(status).expect("a status"), body.as_bytes(), false);
            assert_eq!(told.exit, exit, "{status} {code}");
        }
    }

    #[test]
    fn a_problem_reads_as_sentence_provision_what_is_missing_remedy_and_code() {
        let body = json!({
            "detail": "The request lacks 1 thing.", "code": "node.incomplete", "remedy": "Complete it.",
            "missing": [{"path": "/purpose", "refusal": {
                "code": "forms.missing", "sentence": "The purpose is not stated.", "remedy": "State it.",
                "citation": {"instrument": "un1988", "provision": "7(10)(f)"},
            }}],
        });
        let told = Problem::told(StatusCode::UNPROCESSABLE_ENTITY, body.to_string().as_bytes(), false);
        let lines = "The request lacks 1 thing.\n  /purpose The purpose is not stated. (un1988 art 7(10)(f)) State it.\nComplete it.\n[node.incomplete]";
        assert_eq!(told.text(), lines);
        assert_eq!(Problem::told(StatusCode::BAD_GATEWAY, b"<html>", true).document["status"], 502);
    }
}
