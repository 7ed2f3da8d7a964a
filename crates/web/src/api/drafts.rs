//! Drafts: written, proposed, approved or returned by others, sent.

use axum::Json;
use axum::extract::{Path, State};
use http::StatusCode;
use node::{Draft, NewDraft, Sent};
use serde::Deserialize;
use terms::Digest;

use super::asked::{Asked, At, Listed, Said, Why, after, limit};
use super::caller::Caller;
use crate::problem::Problem;

/// Drafts of which state, and which page of them.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Which {
    state: Option<String>,
    limit: Option<usize>,
    after: Option<String>,
}

const STATES: [&str; 4] = ["writing", "proposed", "sent", "discarded"];

pub async fn list(
    State(desk): At,
    caller: Caller,
    Asked(which): Asked<Which>,
) -> Result<Json<Listed<Draft, i64>>, Problem> {
    let state = which.state.unwrap_or_else(|| "writing".to_owned());
    if !STATES.contains(&state.as_str()) {
        return Err(Problem::query("The states of drafts are writing, proposed, sent and discarded."));
    }
    let (limit, after) = (limit(which.limit)?, which.after.as_deref().map(after::<i64>).transpose()?);
    let listed = caller.call(&desk, move |node, actor, _| node.drafts(actor, &state, after, limit)).await?;
    Ok(Json(listed.into()))
}

pub async fn write(
    State(desk): At,
    caller: Caller,
    Said(new): Said<NewDraft>,
) -> Result<(StatusCode, Json<Draft>), Problem> {
    let draft = caller.call(&desk, move |node, actor, purpose| node.write_draft(actor, purpose, new)).await?;
    Ok((StatusCode::CREATED, Json(draft)))
}

pub async fn check(State(desk): At, caller: Caller, Said(new): Said<NewDraft>) -> Result<Json<Draft>, Problem> {
    // Nothing is kept of it anyway, and the answer is what is asked for.
    let caller = Caller { dry_run: false, ..caller };
    Ok(Json(caller.call(&desk, move |node, actor, _| node.check_draft(actor, new)).await?))
}

pub async fn one(State(desk): At, caller: Caller, Path(id): Path<String>) -> Result<Json<Draft>, Problem> {
    Ok(Json(caller.call(&desk, move |node, actor, _| node.draft(actor, &id)).await?))
}

/// The version that was seen.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Seen {
    version: i64,
}

pub async fn rewrite(
    State(desk): At,
    caller: Caller,
    Path(id): Path<String>,
    Asked(seen): Asked<Seen>,
    Said(new): Said<NewDraft>,
) -> Result<Json<Draft>, Problem> {
    let draft = caller.call(&desk, move |node, actor, _| node.rewrite_draft(actor, &id, seen.version, new));
    Ok(Json(draft.await?))
}

pub async fn propose(State(desk): At, caller: Caller, Path(id): Path<String>) -> Result<Json<Draft>, Problem> {
    Ok(Json(caller.call(&desk, move |node, actor, _| node.propose(actor, &id)).await?))
}

/// Exactly what is approved.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Approval {
    digest: Digest,
}

pub async fn approve(
    State(desk): At,
    caller: Caller,
    Path(id): Path<String>,
    Said(of): Said<Approval>,
) -> Result<Json<Draft>, Problem> {
    Ok(Json(caller.call(&desk, move |node, actor, _| node.approve(actor, &id, &of.digest)).await?))
}

pub async fn give_back(
    State(desk): At,
    caller: Caller,
    Path(id): Path<String>,
    Said(Why { why }): Said<Why>,
) -> Result<Json<Draft>, Problem> {
    Ok(Json(caller.call(&desk, move |node, actor, _| node.return_draft(actor, &id, &why)).await?))
}

pub async fn send(State(desk): At, caller: Caller, Path(id): Path<String>) -> Result<Json<Sent>, Problem> {
    Ok(Json(caller.call(&desk, move |node, actor, purpose| node.send(actor, &id, purpose)).await?))
}

pub async fn discard(State(desk): At, caller: Caller, Path(id): Path<String>) -> Result<StatusCode, Problem> {
    caller.call(&desk, move |node, actor, _| node.discard(actor, &id)).await?;
    Ok(StatusCode::NO_CONTENT)
}
