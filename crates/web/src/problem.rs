//! How an error is told: the one place in which a family becomes a status, for programs as `application/problem+json` (RFC 9457) and for people
//! as a page.
//!
//! A refusal is told whole: it is for the one who asks. A fault is told without its causes, which stand in the log under the request's id; a
//! bug with its id alone. What the caller did wrong towards this door (a body that is no JSON, a page that is not there) is a refusal of this room.

use axum::Json;
use axum::response::{IntoResponse, Response};
use http::{HeaderValue, StatusCode, header};
use node::Trouble;
use serde::Serialize;
use serde_json::json;
use terms::{Citation, Refusal};

/// What went wrong, ready to be told.
#[derive(Debug, Clone)]
pub struct Problem(Box<Told>);

impl std::ops::Deref for Problem {
    type Target = Told;
    fn deref(&self) -> &Told {
        &self.0
    }
}

/// What is told.
#[derive(Debug, Clone, Serialize)]
pub struct Told {
    /// RFC 9457: the code says what it is.
    #[serde(rename = "type")]
    kind: &'static str,
    /// The status in words.
    pub title: &'static str,
    /// The status.
    #[serde(serialize_with = "as_number")]
    pub status: StatusCode,
    /// What happened, in a sentence.
    pub detail: String,
    /// The stable code (`docs/errors.md`).
    pub code: String,
    /// The provision on which a refusal rests.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub citation: Option<Citation>,
    /// What can be done.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub remedy: String,
    /// What a request lacks.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub missing: Vec<forms::Missing>,
    /// A bug's id.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bug: Option<String>,
}

fn as_number<S: serde::Serializer>(status: &StatusCode, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_u16(status.as_u16())
}

impl Told {
    fn new(status: StatusCode, code: &str, detail: String) -> Self {
        let title = status.canonical_reason().unwrap_or("Error");
        let (kind, code) = ("about:blank", code.to_owned());
        Self { kind, title, status, detail, code, citation: None, remedy: String::new(), missing: vec![], bug: None }
    }
}

impl Problem {
    /// The caller's own mistake towards this door.
    pub fn here(status: StatusCode, code: &'static str, detail: impl Into<String>, remedy: &str) -> Self {
        Self(Box::new(Told { remedy: remedy.to_owned(), ..Told::new(status, code, detail.into()) }))
    }
    /// There is no such page or route.
    pub fn nowhere() -> Self {
        Self::here(StatusCode::NOT_FOUND, "web.nowhere", "There is nothing at this address.", "Check the address.")
    }
    /// The address is there, but not for this method.
    pub fn method() -> Self {
        let remedy = "See docs/api.md for what it allows.";
        Self::here(StatusCode::METHOD_NOT_ALLOWED, "web.method", "This cannot be done at this address.", remedy)
    }
    /// So much is under way that this must wait.
    pub fn busy() -> Self {
        let sentence = "As many exhibits are on their way as this node carries at once.";
        Self::here(StatusCode::SERVICE_UNAVAILABLE, "web.busy", sentence, "Try again in a moment.")
    }
    /// A file on its way is brought or not: there is no trying it.
    pub fn untried() -> Self {
        let remedy = "Ask what is there first, or do it.";
        let sentence = "What sends or brings a file cannot be tried without doing it.";
        Self::here(StatusCode::UNPROCESSABLE_ENTITY, "web.untried", sentence, remedy)
    }
    /// A body that cannot be read.
    pub fn body(why: impl Into<String>) -> Self {
        Self::here(StatusCode::BAD_REQUEST, "web.body", why, "Send what docs/api.md says.")
    }
    /// A query or a header that cannot be read.
    pub fn query(why: impl Into<String>) -> Self {
        Self::here(StatusCode::BAD_REQUEST, "web.query", why, "Send what docs/api.md says.")
    }
    /// Too much of it.
    pub fn too_large(limit: usize) -> Self {
        let sentence = format!("What was sent is larger than {limit} bytes.");
        let remedy = "Send what is larger as an exhibit.";
        Self::here(StatusCode::PAYLOAD_TOO_LARGE, "web.too-large", sentence, remedy)
    }
}

/// Which status a refusal has.
fn status(refusal: &Refusal) -> StatusCode {
    match refusal.code.as_str() {
        "node.who" => StatusCode::UNAUTHORIZED,
        "node.not-yours" => StatusCode::FORBIDDEN,
        "node.not-here" => StatusCode::NOT_FOUND,
        "node.stale" | "node.moved" | "node.changed" | "node.draft-state" | "node.proof-pending"
        | "law.edition-older" => StatusCode::CONFLICT,
        _ => StatusCode::UNPROCESSABLE_ENTITY,
    }
}

impl From<Trouble> for Problem {
    fn from(trouble: Trouble) -> Self {
        let code = trouble.code().to_owned();
        Self(Box::new(match trouble {
            Trouble::Refusal(refusal) => {
                let told = Told::new(status(&refusal), &code, refusal.sentence);
                Told { citation: refusal.citation, remedy: refusal.remedy, ..told }
            }
            Trouble::Incomplete(missing) => {
                let detail = Trouble::Incomplete(missing.clone()).to_string();
                let remedy = "Complete what is missing; each entry names the provision that asks for it.".to_owned();
                let told = Told::new(StatusCode::UNPROCESSABLE_ENTITY, &code, format!("{}.", capital(&detail)));
                Told { missing, remedy, ..told }
            }
            Trouble::Fault(fault) => {
                tracing::error!(code = fault.code, %fault, "a fault");
                let (status, remedy) = match fault.retryable {
                    _ if fault.code == "store.no-room" => (
                        StatusCode::INSUFFICIENT_STORAGE,
                        "Ask an operator to make room, or to name another place for exhibits. Nothing half was kept.",
                    ),
                    true => (StatusCode::SERVICE_UNAVAILABLE, "Try again in a moment."),
                    false => (StatusCode::INTERNAL_SERVER_ERROR, "Tell the operator; the log names the cause."),
                };
                Told { remedy: remedy.to_owned(), ..Told::new(status, &code, format!("{}.", capital(&fault.what))) }
            }
            Trouble::Bug(bug) => {
                tracing::error!(bug = bug.id(), what = bug.what, "a bug");
                let detail = "Something that this program relies on did not hold.".to_owned();
                let remedy = "Tell the operator this id; the log entry bears it too.".to_owned();
                let told = Told::new(StatusCode::INTERNAL_SERVER_ERROR, &code, detail);
                Told { remedy, bug: Some(bug.id()), ..told }
            }
        }))
    }
}

fn capital(sentence: &str) -> String {
    let mut letters = sentence.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        if self.code == Trouble::REHEARSED {
            // What was only tried ends like this if it would be done.
            return Json(json!({ "dry_run": true })).into_response();
        }
        let body = serde_json::to_vec(&*self.0).expect("INVARIANT: plain data");
        let mut response = (self.status, body).into_response();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        if self.status == StatusCode::UNAUTHORIZED {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer realm=\"comity\""));
        }
        if self.status == StatusCode::SERVICE_UNAVAILABLE {
            headers.insert(header::RETRY_AFTER, HeaderValue::from_static("5"));
        }
        response
    }
}
