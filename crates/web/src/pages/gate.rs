//! The gate before the pages: a known session, and for whatever changes something a form that this node gave out to it.
//!
//! Three things must hold before a form is believed: the browser says that it comes from these pages (`Origin`, `Sec-Fetch-Site`), the cookie is
//! there, which browsers send from these pages only (`SameSite=Strict`), and the form bears the session's token.

use axum::body::Body;
use axum::extract::{FromRequest, FromRequestParts, Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Redirect, Response};
use http::request::Parts;
use http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use node::{Action, Actor, Node, Trouble};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use terms::{AuthorityId, Bug};

use super::Hall;
use super::form::Form;
use super::frame::{Frame, Sorry};
use super::session::{self, Session};
use crate::blocking;
use crate::problem::Problem;

/// A person who is signed in.
#[derive(Clone)]
pub struct Visitor {
    /// Who.
    pub actor: Actor,
    /// Why.
    pub purpose: String,
    /// What forms bear.
    pub csrf: String,
    authority: AuthorityId,
}

impl Visitor {
    /// Whether it would be in vain to offer this.
    pub fn may(&self, action: Action) -> bool {
        self.actor.may(action).is_ok()
    }
    /// What every page of this person has.
    pub fn frame(&self) -> Frame {
        Frame::of(self, &self.authority)
    }
    /// Calls a use case as this person; what goes wrong becomes a page of theirs.
    pub async fn call<T: Send + 'static>(
        &self,
        hall: &Hall,
        use_case: impl FnOnce(&Node, &Actor, &str) -> Result<T, Trouble> + Send + 'static,
    ) -> Result<T, Sorry> {
        self.attempt(hall, use_case).await.map_err(|problem| self.sorry(problem))
    }
    /// The same, for a page that shows by itself what went wrong.
    pub async fn attempt<T: Send + 'static>(
        &self,
        hall: &Hall,
        use_case: impl FnOnce(&Node, &Actor, &str) -> Result<T, Trouble> + Send + 'static,
    ) -> Result<T, Problem> {
        let (actor, purpose) = (self.actor.clone(), self.purpose.clone());
        blocking::call(&hall.desk.node, move |node| use_case(node, &actor, &purpose)).await.map_err(Problem::from)
    }
    /// A page that says what went wrong.
    pub fn sorry(&self, problem: Problem) -> Sorry {
        Sorry::new(self.frame(), problem)
    }
}

/// The cookie of a session. Cookies do not tell ports apart, so it names the authority: several nodes may run on one machine.
pub fn cookie_of(authority: &AuthorityId) -> String {
    format!("comity-session-{authority}")
}

/// A cookie's value.
pub fn cookie(headers: &HeaderMap, name: &str) -> Option<String> {
    let all = headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
    let mut pairs = all.flat_map(|line| line.split(';')).filter_map(|pair| pair.trim().split_once('='));
    pairs.find(|(found, _)| *found == name).map(|(_, value)| value.to_owned())
}

/// A cookie for the browser: no script reads it, and no other site's page sends it.
pub fn set_cookie(name: &str, value: &str, seconds: Option<u32>) -> HeaderValue {
    let ends = seconds.map(|seconds| format!("; Max-Age={seconds}")).unwrap_or_default();
    let line = format!("{name}={value}; Path=/; HttpOnly; SameSite=Strict{ends}");
    HeaderValue::from_str(&line).expect("INVARIANT: an authority's name and hexadecimal digits")
}

/// Whether the browser says that a page of another site sent this.
pub fn comes_from_elsewhere(headers: &HeaderMap) -> bool {
    let text = |name| headers.get(name).and_then(|value: &HeaderValue| value.to_str().ok());
    let site = text(header::HeaderName::from_static("sec-fetch-site"));
    let host = |origin: &str| origin.split_once("://").map(|(_, host)| host.to_owned());
    let other_origin = text(header::ORIGIN).is_some_and(|origin| host(origin).as_deref() != text(header::HOST));
    other_origin || site.is_some_and(|site| !matches!(site, "same-origin" | "none"))
}

/// Lets through whoever is signed in; leads everybody else to where one signs in.
pub async fn know(State(hall): State<Hall>, mut request: Request, next: Next) -> Response {
    let node = &hall.desk.node;
    let authority = node.authority().clone();
    let browser = cookie(request.headers(), &cookie_of(&authority));
    let session = browser.and_then(|browser| hall.sessions.find(&browser, node.now()));
    let Some(session) = session else { return to_sign_in(&request) };
    let Session { token, purpose, csrf, .. } = session;
    match blocking::call(node, move |node| node.actor(&token)).await {
        Ok(actor) => {
            let reads = matches!(*request.method(), Method::GET | Method::HEAD);
            let visitor = Visitor { actor, purpose, csrf, authority };
            if !reads && comes_from_elsewhere(request.headers()) {
                return visitor.sorry(Problem::not_our_form()).into_response();
            }
            request.extensions_mut().insert(visitor);
            next.run(request).await
        }
        // The person's access has ended, or another token took the place of this one.
        Err(Trouble::Refusal(_)) => to_sign_in(&request),
        Err(trouble) => Sorry::new(Frame::outside(&authority), trouble.into()).into_response(),
    }
}

fn to_sign_in(request: &Request<Body>) -> Response {
    let asked = request.uri().path_and_query().map_or("/", |asked| asked.as_str());
    if request.method() == Method::GET && asked != "/" {
        let then = utf8_percent_encode(asked, NON_ALPHANUMERIC);
        return Redirect::to(&format!("/sign-in?then={then}")).into_response();
    }
    Redirect::to("/sign-in").into_response()
}

impl FromRequestParts<Hall> for Visitor {
    type Rejection = Sorry;
    async fn from_request_parts(parts: &mut Parts, hall: &Hall) -> Result<Self, Sorry> {
        let missing = || {
            let bug = Problem::from(Trouble::from(Bug::new("a page is behind its gate")));
            Sorry::new(Frame::outside(hall.desk.node.authority()), bug)
        };
        parts.extensions.get::<Self>().cloned().ok_or_else(missing)
    }
}

/// A form that this node gave out to this person, filled in.
pub struct Posted {
    /// Who posted it.
    pub visitor: Visitor,
    /// What it says.
    pub form: Form,
}

impl FromRequest<Hall> for Posted {
    type Rejection = Sorry;
    async fn from_request(request: Request, hall: &Hall) -> Result<Self, Sorry> {
        let (mut parts, body) = request.into_parts();
        let visitor = Visitor::from_request_parts(&mut parts, hall).await?;
        let form = Form::read(Request::from_parts(parts, body)).await.map_err(|problem| visitor.sorry(problem))?;
        if !session::same(form.text("csrf"), &visitor.csrf) {
            return Err(visitor.sorry(Problem::not_our_form()));
        }
        Ok(Self { visitor, form })
    }
}

impl Problem {
    /// A form that this node did not give out to this session.
    pub fn not_our_form() -> Self {
        let sentence = "This form was not given out to this session, so nothing was done.";
        let remedy = "Go back, load the page again and repeat what you did.";
        Self::here(StatusCode::FORBIDDEN, "web.not-our-form", sentence, remedy)
    }
}
