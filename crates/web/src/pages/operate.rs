//! What operators and auditors look at: the node, what waits, what was not admitted, who did what. No body is shown.

use askama::Template;
use axum::extract::{Query, State};
use axum::response::Response;
use node::{Entry, Outstanding, Quarantined, Standing};
use serde::Deserialize;

use super::Hall;
use super::frame::{Frame, Sorry, show};
use super::gate::Visitor;

/// So many rows a page lists.
const LISTED: usize = 100;

/// Which page of a list.
#[derive(Deserialize)]
pub struct Which {
    after: Option<i64>,
}

/// How the node stands.
#[derive(Template)]
#[template(path = "node.html")]
struct NodePage {
    frame: Frame,
    standing: Standing,
}

pub async fn node(State(hall): State<Hall>, visitor: Visitor) -> Result<Response, Sorry> {
    let standing = visitor.call(&hall, |node, actor, _| node.standing(actor)).await?;
    Ok(show(&NodePage { frame: visitor.frame(), standing }))
}

/// What waits to be carried.
#[derive(Template)]
#[template(path = "outbox.html")]
struct Outbox {
    frame: Frame,
    items: Vec<Outstanding>,
    next: Option<i64>,
}

pub async fn outbox(State(hall): State<Hall>, visitor: Visitor, Query(which): Query<Which>) -> Result<Response, Sorry> {
    let after = which.after.unwrap_or(0);
    let (items, next) = visitor.call(&hall, move |node, actor, _| node.outbox(actor, after, LISTED)).await?;
    Ok(show(&Outbox { frame: visitor.frame(), items, next }))
}

/// What was not admitted.
#[derive(Template)]
#[template(path = "quarantine.html")]
struct Quarantine {
    frame: Frame,
    items: Vec<Quarantined>,
    next: Option<i64>,
}

pub async fn quarantine(
    State(hall): State<Hall>,
    visitor: Visitor,
    Query(which): Query<Which>,
) -> Result<Response, Sorry> {
    let after = which.after.unwrap_or(0);
    let (items, next) = visitor.call(&hall, move |node, actor, _| node.quarantine(actor, after, LISTED)).await?;
    Ok(show(&Quarantine { frame: visitor.frame(), items, next }))
}

/// Who did what.
#[derive(Template)]
#[template(path = "audit.html")]
struct Audit {
    frame: Frame,
    entries: Vec<Entry>,
    unbroken: bool,
    next: Option<i64>,
}

pub async fn audit(State(hall): State<Hall>, visitor: Visitor, Query(which): Query<Which>) -> Result<Response, Sorry> {
    let after = which.after.unwrap_or(0);
    let trail = visitor.call(&hall, move |node, actor, _| node.trail(actor, after, LISTED)).await?;
    Ok(show(&Audit { frame: visitor.frame(), entries: trail.entries, unbroken: trail.unbroken, next: trail.next }))
}
