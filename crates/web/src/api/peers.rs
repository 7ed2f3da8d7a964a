//! Peers: entered from a card file by one person, approved by another; and our own card, to give to others.

use axum::Json;
use axum::extract::{Path, State};
use axum::response::IntoResponse;
use http::{HeaderName, StatusCode, header};
use node::{Peer, Step};
use serde::Deserialize;
use terms::AuthorityId;

use super::asked::{At, Listed, Paging, Raw, Said, Why};
use super::caller::Caller;
use super::operate::authority;
use crate::problem::Problem;

const FINGERPRINT: HeaderName = HeaderName::from_static("comity-fingerprint");

pub async fn card(State(desk): At, caller: Caller) -> Result<impl IntoResponse, Problem> {
    let (file, fingerprint) = caller.call(&desk, |node, _, _| Ok(node.own_card())).await?;
    // It is read aloud in lines; a header has one.
    let fingerprint = fingerprint.split_whitespace().collect::<Vec<_>>().join(" ");
    Ok(([(header::CONTENT_TYPE, "application/json".to_owned()), (FINGERPRINT, fingerprint)], file))
}

pub async fn list(
    State(desk): At,
    caller: Caller,
    page: Paging<AuthorityId>,
) -> Result<Json<Listed<Peer, AuthorityId>>, Problem> {
    let listed = caller.call(&desk, move |node, actor, _| node.peers(actor, page.after.as_ref(), page.limit));
    Ok(Json(listed.await?.into()))
}

pub async fn propose(State(desk): At, caller: Caller, Raw(file): Raw) -> Result<(StatusCode, Json<Peer>), Problem> {
    let peer = caller.call(&desk, move |node, actor, _| node.propose_peer(actor, &file)).await?;
    Ok((StatusCode::CREATED, Json(peer)))
}

/// What the other side read aloud.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReadAloud {
    fingerprint: String,
}

pub async fn approve(
    State(desk): At,
    caller: Caller,
    Path(peer): Path<String>,
    Said(read): Said<ReadAloud>,
) -> Result<Json<Peer>, Problem> {
    let approved =
        caller.call(&desk, move |node, actor, _| node.approve_peer(actor, &authority(&peer)?, &read.fingerprint));
    Ok(Json(approved.await?))
}

async fn step(desk: &super::Desk, caller: Caller, peer: String, step: Step, why: Why) -> Result<Json<Peer>, Problem> {
    let changed = caller.call(desk, move |node, actor, _| node.step_peer(actor, &authority(&peer)?, step, &why.why));
    Ok(Json(changed.await?))
}

pub async fn suspend(
    State(desk): At,
    caller: Caller,
    Path(peer): Path<String>,
    Said(why): Said<Why>,
) -> Result<Json<Peer>, Problem> {
    step(&desk, caller, peer, Step::Suspend, why).await
}

pub async fn lift(
    State(desk): At,
    caller: Caller,
    Path(peer): Path<String>,
    Said(why): Said<Why>,
) -> Result<Json<Peer>, Problem> {
    step(&desk, caller, peer, Step::Lift, why).await
}

pub async fn revoke(
    State(desk): At,
    caller: Caller,
    Path(peer): Path<String>,
    Said(why): Said<Why>,
) -> Result<Json<Peer>, Problem> {
    step(&desk, caller, peer, Step::Revoke, why).await
}
