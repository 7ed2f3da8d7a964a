//! Exhibits: the list of a docket, what is due, and one with its history, to be opened, held or destroyed by whoever says where, why and on what authority.

use askama::Template;
use axum::extract::{Path, Query, State};
use axum::response::{IntoResponse as _, Redirect, Response};
use http::{HeaderMap, HeaderValue, header};
use node::{AccountShown, Action, Chain, Due, ExhibitShown, Handled, Trouble};
use serde::Deserialize;
use terms::{DocketId, ExhibitId};

use super::Hall;
use super::form::Form;
use super::frame::{Frame, Sorry, render, show};
use super::gate::{Posted, Visitor};
use crate::api;
use crate::problem::Problem;

/// So many a page lists.
const LISTED: usize = 50;

/// The exhibits of a docket.
#[derive(Template)]
#[template(path = "exhibits.html")]
struct List {
    frame: Frame,
    docket: DocketId,
    exhibits: Vec<ExhibitShown>,
    reads: bool,
    next: Option<i64>,
}

/// Which page of a list.
#[derive(Deserialize)]
pub struct Which {
    after: Option<i64>,
}

pub async fn list(
    State(hall): State<Hall>,
    visitor: Visitor,
    Path(docket): Path<String>,
    Query(which): Query<Which>,
) -> Result<Response, Sorry> {
    let found = visitor.call(&hall, move |node, actor, _| {
        let docket = node.find_docket(actor, &docket)?;
        let (exhibits, next) = node.exhibits(actor, &docket, which.after.unwrap_or(0), LISTED)?;
        Ok((docket, exhibits, next))
    });
    let (docket, exhibits, next) = found.await?;
    Ok(show(&List { frame: visitor.frame(), docket, exhibits, reads: visitor.may(Action::ReadBodies), next }))
}

/// The exhibits that are due.
#[derive(Template)]
#[template(path = "due.html")]
struct AllDue {
    frame: Frame,
    due: Vec<Due>,
    reads: bool,
    next: Option<i64>,
}

pub async fn due(State(hall): State<Hall>, visitor: Visitor, Query(which): Query<Which>) -> Result<Response, Sorry> {
    let found =
        visitor.call(&hall, move |node, actor, _| node.due_exhibits(actor, which.after.unwrap_or(0), LISTED)).await?;
    let (due, next) = found;
    Ok(show(&AllDue { frame: visitor.frame(), due, reads: visitor.may(Action::ReadBodies), next }))
}

/// One exhibit.
#[derive(Template)]
#[template(path = "exhibit.html")]
struct One {
    frame: Frame,
    exhibit: ExhibitShown,
    chain: Chain,
    account: Option<AccountShown>,
    writes: bool,
    approves: bool,
    wrong: Option<Problem>,
}

async fn make(hall: &Hall, visitor: &Visitor, id: String, wrong: Option<Problem>) -> Result<One, Sorry> {
    let found = visitor.call(hall, move |node, actor, _| {
        let id = named(&id)?;
        Ok((node.exhibit(actor, &id)?, node.account_of(actor, &id)?))
    });
    let ((exhibit, chain), account) = found.await?;
    let (writes, approves) = (visitor.may(Action::Write), visitor.may(Action::Approve));
    Ok(One { frame: visitor.frame(), exhibit, chain, account, writes, approves, wrong })
}

pub async fn one(State(hall): State<Hall>, visitor: Visitor, Path(id): Path<String>) -> Result<Response, Sorry> {
    Ok(show(&make(&hall, &visitor, id, None).await?))
}

/// Does what the button says that was pressed: holds it, lifts the hold, asks for its destruction, approves or drops that.
pub async fn decide(
    State(hall): State<Hall>,
    Path(id): Path<String>,
    Posted { visitor, form }: Posted,
) -> Result<Response, Sorry> {
    let (deed, asked) = (form.text("deed").to_owned(), form.text("entry").to_owned());
    let (said, of) = (handled(&visitor, &form), id.clone());
    let decided = visitor.attempt(&hall, move |node, actor, _| {
        let id = named(&of)?;
        match deed.as_str() {
            "hold" => node.hold_exhibit(actor, &id, said).map(drop),
            "lift" => node.lift_exhibit(actor, &id, said),
            "destroy" => node.ask_destruction(actor, &id, said).map(drop),
            "approve" => {
                let asked = asked.parse().map_err(|_| Trouble::not_here("request to destroy the exhibit"))?;
                node.approve_destruction(actor, &id, &asked, said).map(drop)
            }
            "drop" => node.drop_destruction(actor, &id, said).map(drop),
            _ => Err(Trouble::not_here("button of that name")),
        }
    });
    match decided.await {
        Ok(()) => Ok(Redirect::to(&format!("/exhibits/{id}")).into_response()),
        Err(problem) => {
            let status = problem.status;
            Ok(render(status, &make(&hall, &visitor, id, Some(problem)).await?))
        }
    }
}

/// What was said in a form, by whoever is signed in.
pub(super) fn handled(visitor: &Visitor, form: &Form) -> Handled {
    let text = |name| form.text(name).to_owned();
    let who = visitor.actor.name.clone();
    Handled { who, place: text("where"), why: text("why"), authority: text("authority") }
}

fn named(text: &str) -> Result<ExhibitId, Trouble> {
    text.parse().map_err(|_| Trouble::not_here("exhibit"))
}

/// Gives out an exhibit as a file, never as a page: what is inside was made by others.
pub async fn open(
    State(hall): State<Hall>,
    Path(id): Path<String>,
    Posted { visitor, form }: Posted,
) -> Result<Response, Sorry> {
    let handled = handled(&visitor, &form);
    let (actor, purpose) = (visitor.actor.clone(), visitor.purpose.clone());
    let caller = api::caller::Caller { actor, purpose, dry_run: false };
    let given = api::exhibits::give_out(&hall.desk, caller, id.clone(), handled, &HeaderMap::new()).await;
    let mut response = given.map_err(|problem| visitor.sorry(problem))?.into_response();
    let name =
        format!("attachment; filename=\"exhibit-{}\"", id.chars().filter(char::is_ascii_hexdigit).collect::<String>());
    if let Ok(name) = HeaderValue::from_str(&name) {
        response.headers_mut().insert(header::CONTENT_DISPOSITION, name);
    }
    Ok(response)
}
