//! Signing in with the personal token, and signing out.
//!
//! There is no session yet whose token a form could bear, so the form bears what a cookie beside it holds (double submit).

use askama::Template;
use axum::extract::{Query, Request, State};
use axum::response::{IntoResponse as _, Redirect, Response};
use http::{HeaderMap, StatusCode, header};
use node::Trouble;
use serde::Deserialize;
use zeroize::Zeroizing;

use super::Hall;
use super::form::Form;
use super::frame::{Frame, Sorry, render};
use super::gate::{self, Posted};
use super::session;
use crate::api::caller::{DESK_WORK, PURPOSE_MAX, a_line};
use crate::blocking;
use crate::problem::Problem;

/// The page on which one signs in.
#[derive(Template)]
#[template(path = "sign_in.html")]
struct SignIn {
    frame: Frame,
    /// What the form bears.
    token: String,
    /// Where to go afterwards.
    then: String,
    /// What went wrong.
    wrong: Option<Problem>,
}

/// Where somebody wanted to go.
#[derive(Deserialize)]
pub struct Wanted {
    then: Option<String>,
}

fn form_cookie(hall: &Hall) -> String {
    format!("comity-form-{}", hall.desk.node.authority())
}

/// A page of this node, or the first one.
fn ours(then: Option<&str>) -> String {
    let ours = then.filter(|then| then.starts_with('/') && !then.starts_with("//") && !then.contains('\\'));
    ours.filter(|then| !then.chars().any(char::is_control)).unwrap_or("/").to_owned()
}

pub async fn page(State(hall): State<Hall>, Query(wanted): Query<Wanted>, headers: HeaderMap) -> Response {
    let held = gate::cookie(&headers, &gate::cookie_of(hall.desk.node.authority()));
    if held.is_some_and(|held| hall.sessions.find(&held, hall.desk.node.now()).is_some()) {
        return Redirect::to(&ours(wanted.then.as_deref())).into_response();
    }
    ask(&hall, ours(wanted.then.as_deref()), None)
}

fn ask(hall: &Hall, then: String, wrong: Option<Problem>) -> Response {
    let frame = Frame::outside(hall.desk.node.authority());
    let token = match session::name() {
        Ok(token) => token,
        Err(trouble) => return Sorry::new(frame, trouble.into()).into_response(),
    };
    let status = wrong.as_ref().map_or(StatusCode::OK, |wrong| wrong.status);
    let cookie = gate::set_cookie(&form_cookie(hall), &token, Some(3_600));
    let mut response = render(status, &SignIn { frame, token, then, wrong });
    response.headers_mut().insert(header::SET_COOKIE, cookie);
    if status == StatusCode::TOO_MANY_REQUESTS {
        response.headers_mut().insert(header::RETRY_AFTER, http::HeaderValue::from_static("60"));
    }
    response
}

pub async fn sign_in(State(hall): State<Hall>, request: Request) -> Response {
    let elsewhere = gate::comes_from_elsewhere(request.headers());
    let beside = gate::cookie(request.headers(), &form_cookie(&hall)).unwrap_or_default();
    let form = match Form::read(request).await {
        Ok(form) => form,
        Err(problem) => return ask(&hall, "/".to_owned(), Some(problem)),
    };
    let then = ours(Some(form.text("then")));
    if elsewhere || beside.is_empty() || !session::same(&beside, form.text("csrf")) {
        return ask(&hall, then, Some(Problem::not_our_form()));
    }
    let now = hall.desk.node.now();
    if hall.sessions.must_wait(now) {
        let sentence = "Too many sign-ins failed within a minute.";
        let wait = Problem::here(StatusCode::TOO_MANY_REQUESTS, "web.wait", sentence, "Try again in a minute.");
        return ask(&hall, then, Some(wait));
    }
    let token = Zeroizing::new(form.text("token").to_owned());
    let purpose = a_line(form.text("purpose"), PURPOSE_MAX).filter(|purpose| !purpose.is_empty());
    let presented = token.clone();
    match blocking::call(&hall.desk.node, move |node| node.actor(&presented)).await {
        Ok(_) => {}
        Err(trouble) => {
            if let Trouble::Refusal(_) = trouble {
                tracing::warn!("a sign-in failed");
                hall.sessions.failed(now);
            }
            return ask(&hall, then, Some(trouble.into()));
        }
    }
    match hall.sessions.begin(token, purpose.unwrap_or_else(|| DESK_WORK.to_owned()), now) {
        Ok(browser) => {
            let cookie = gate::set_cookie(&gate::cookie_of(hall.desk.node.authority()), &browser, None);
            ([(header::SET_COOKIE, cookie)], Redirect::to(&then)).into_response()
        }
        Err(trouble) => ask(&hall, then, Some(trouble.into())),
    }
}

pub async fn sign_out(State(hall): State<Hall>, headers: HeaderMap, _: Posted) -> Response {
    let name = gate::cookie_of(hall.desk.node.authority());
    if let Some(browser) = gate::cookie(&headers, &name) {
        hall.sessions.end(&browser);
    }
    ([(header::SET_COOKIE, gate::set_cookie(&name, "", Some(0)))], Redirect::to("/sign-in")).into_response()
}
