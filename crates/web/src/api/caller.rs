//! Who calls, and why: the personal token and the purpose, looked at before anything else of a request is.

use axum::extract::{FromRequestParts, Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use http::request::Parts;
use http::{HeaderMap, Method, header};
use node::{Actor, Node, Trouble, UnderWay};
use percent_encoding::percent_decode_str;
use terms::Bug;
use zeroize::Zeroizing;

use super::Desk;
use crate::blocking;
use crate::problem::Problem;

const PURPOSE: &str = "comity-purpose";
const DRY_RUN: &str = "comity-dry-run";
/// What stands in the audit trail if nothing was said.
pub const DESK_WORK: &str = "desk work";
/// The longest purpose, in characters.
pub const PURPOSE_MAX: usize = 200;

/// A known person with a purpose.
#[derive(Debug, Clone)]
pub struct Caller {
    /// Who.
    pub actor: Actor,
    /// Why.
    pub purpose: String,
    /// Whether it is only tried: nothing is changed.
    pub dry_run: bool,
}

impl Caller {
    /// Calls a use case as this person.
    pub async fn call<T: Send + 'static>(
        self,
        desk: &Desk,
        use_case: impl FnOnce(&Node, &Actor, &str) -> Result<T, Trouble> + Send + 'static,
    ) -> Result<T, Problem> {
        let node = if self.dry_run { desk.node.rehearsal() } else { desk.node.clone() };
        let called = blocking::call(&node, move |node| use_case(node, &self.actor, &self.purpose));
        called.await.map_err(Problem::from)
    }
}

impl Caller {
    /// Notes that this person begins a long operation.
    pub async fn begins(&self, desk: &Desk, kind: &'static str, total: Option<u64>) -> Result<UnderWay, Problem> {
        let begun = self.clone().call(desk, move |node, actor, _| node.begin_job(actor, kind, total));
        begun.await
    }
}

/// Finds out who calls; whoever is not known hears nothing else.
pub async fn know(State(desk): State<Desk>, mut request: Request, next: Next) -> Response {
    let token = token(request.headers());
    let actor = match blocking::call(&desk.node, move |node| node.actor(&token)).await {
        Ok(actor) => actor,
        Err(trouble) => return Problem::from(trouble).into_response(),
    };
    let said = purpose(request.headers()).and_then(|purpose| Ok((purpose, dry_run(&request)?)));
    let (purpose, dry_run) = match said {
        Ok(said) => said,
        Err(problem) => return problem.into_response(),
    };
    request.extensions_mut().insert(Caller { actor, purpose, dry_run });
    next.run(request).await
}

/// The token, or nothing, which nobody has.
fn token(headers: &HeaderMap) -> Zeroizing<String> {
    let shown = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    let bearer = shown.and_then(|value| value.split_once(' ')).filter(|(kind, _)| kind.eq_ignore_ascii_case("bearer"));
    Zeroizing::new(bearer.map(|(_, token)| token.trim().to_owned()).unwrap_or_default())
}

fn purpose(headers: &HeaderMap) -> Result<String, Problem> {
    let Some(value) = headers.get(PURPOSE) else { return Ok(DESK_WORK.to_owned()) };
    let refuse = |why: &str| Problem::query(format!("The header Comity-Purpose {why}."));
    let text = value.to_str().map_err(|_| refuse("is not percent-encoded"))?;
    let text = percent_decode_str(text).decode_utf8().map_err(|_| refuse("is not UTF-8"))?;
    match a_line(&text, PURPOSE_MAX) {
        Some(line) if !line.is_empty() => Ok(line),
        _ => Err(refuse("is empty, longer than 200 characters, or more than a line")),
    }
}

/// Whether the request is only to be tried.
fn dry_run(request: &Request) -> Result<bool, Problem> {
    match request.headers().get(DRY_RUN) {
        None => Ok(false),
        Some(value) if value == "true" && request.method() != Method::GET => Ok(true),
        Some(value) if value == "true" => {
            Err(Problem::query("The header Comity-Dry-Run is for what changes something."))
        }
        Some(_) => Err(Problem::query("The header Comity-Dry-Run is true or absent.")),
    }
}

/// A line of text without control characters, trimmed; nothing if it is longer.
pub fn a_line(text: &str, characters_max: usize) -> Option<String> {
    let line = text.trim();
    let fits = line.chars().count() <= characters_max && !line.chars().any(char::is_control);
    fits.then(|| line.to_owned())
}

impl FromRequestParts<Desk> for Caller {
    type Rejection = Problem;
    async fn from_request_parts(parts: &mut Parts, _: &Desk) -> Result<Self, Problem> {
        let unknown = || Problem::from(Trouble::from(Bug::new("a route of the API is behind its door")));
        parts.extensions.get::<Self>().cloned().ok_or_else(unknown)
    }
}
