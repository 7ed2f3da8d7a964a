//! What operators and auditors look at: how the node stands, what waits, what was not admitted, who did what, a recovery.

use axum::Json;
use axum::extract::{Path, State};
use axum::response::IntoResponse;
use node::{Entry, Outstanding, Quarantined, Recovering, Standing, Trouble};
use serde::{Deserialize, Serialize};
use terms::AuthorityId;

use super::asked::{At, Listed, Paging, Said};
use super::caller::Caller;
use crate::problem::Problem;

pub async fn standing(State(desk): At, caller: Caller) -> Result<Json<Standing>, Problem> {
    Ok(Json(caller.call(&desk, |node, actor, _| node.standing(actor)).await?))
}

pub async fn outbox(
    State(desk): At,
    caller: Caller,
    page: Paging<i64>,
) -> Result<Json<Listed<Outstanding, i64>>, Problem> {
    let listed = caller.call(&desk, move |node, actor, _| node.outbox(actor, page.after.unwrap_or(0), page.limit));
    Ok(Json(listed.await?.into()))
}

pub async fn quarantine(
    State(desk): At,
    caller: Caller,
    page: Paging<i64>,
) -> Result<Json<Listed<Quarantined, i64>>, Problem> {
    let listed = caller.call(&desk, move |node, actor, _| node.quarantine(actor, page.after.unwrap_or(0), page.limit));
    Ok(Json(listed.await?.into()))
}

/// A page of the audit trail, and whether it is unbroken.
#[derive(Serialize)]
pub struct Trail {
    items: Vec<Entry>,
    next: Option<i64>,
    unbroken: bool,
}

pub async fn audit(State(desk): At, caller: Caller, page: Paging<i64>) -> Result<Json<Trail>, Problem> {
    let trail = caller.call(&desk, move |node, actor, _| node.trail(actor, page.after.unwrap_or(0), page.limit));
    let node::Trail { entries, unbroken, next } = trail.await?;
    Ok(Json(Trail { items: entries, next, unbroken }))
}

pub async fn audit_proof(
    State(desk): At,
    caller: Caller,
    Path(digest): Path<String>,
) -> Result<impl IntoResponse, Problem> {
    let none = |_| Trouble::not_here("entry of the audit trail whose digest was logged");
    caller.call(&desk, move |node, actor, _| node.audit_proof(actor, &digest.parse().map_err(none)?)).await
}

/// How many items are tried at once.
#[derive(Serialize)]
pub struct Hurried {
    items: u64,
}

pub async fn hurry(State(desk): At, caller: Caller, Path(peer): Path<String>) -> Result<Json<Hurried>, Problem> {
    let hurried = caller.call(&desk, move |node, actor, _| node.hurry(actor, &authority(&peer)?));
    Ok(Json(Hurried { items: hurried.await? }))
}

/// An authority named in an address. What cannot be a name names nobody.
pub fn authority(text: &str) -> Result<AuthorityId, Trouble> {
    text.parse().map_err(|_| Trouble::not_here("peer"))
}

pub async fn recovery(State(desk): At, caller: Caller) -> Result<Json<Option<Recovering>>, Problem> {
    Ok(Json(caller.call(&desk, |node, actor, _| node.recovery(actor)).await?))
}

/// Why the node is said to have been restored.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Restored {
    because: String,
}

pub async fn recover(
    State(desk): At,
    caller: Caller,
    Said(restored): Said<Restored>,
) -> Result<Json<Option<Recovering>>, Problem> {
    let begun = caller.call(&desk, move |node, actor, _| {
        node.recover(actor, &restored.because)?;
        node.recovery(actor)
    });
    Ok(Json(begun.await?))
}
