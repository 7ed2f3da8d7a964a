//! What convinces somebody who does not ask this node: acts as they were signed, proofs from the log, the export of a docket, alarms with their evidence.

use axum::Json;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use docket::contents::ActItem;
use http::{HeaderValue, StatusCode, header};
use node::{Alarm, PeerLog, Trouble, Wish};
use terms::ActId;

use super::asked::{At, Listed, Said, Why, docket};
use super::caller::Caller;
use crate::problem::Problem;
use crate::stream;

/// An act named in an address. What cannot be a name names nothing.
pub fn act(text: &str) -> Result<ActId, Trouble> {
    text.parse().map_err(|_| Trouble::not_here("act"))
}

pub async fn signed(State(desk): At, caller: Caller, Path(id): Path<String>) -> Result<Json<ActItem>, Problem> {
    Ok(Json(caller.call(&desk, move |node, actor, _| node.signed_act(actor, &act(&id)?)).await?.into()))
}

pub async fn proof(State(desk): At, caller: Caller, Path(id): Path<String>) -> Result<impl IntoResponse, Problem> {
    caller.call(&desk, move |node, actor, _| node.proof(actor, &act(&id)?)).await
}

pub async fn export(
    State(desk): At,
    caller: Caller,
    Path(name): Path<String>,
    Said(wish): Said<Wish>,
) -> Result<Response, Problem> {
    let under_way = desk.room(&caller)?;
    let id = caller.clone().call(&desk, move |node, actor, _| docket(node, actor, &name)).await?;
    let job = caller.begins(&desk, "export", None).await?;
    let Caller { actor, .. } = caller;
    let body = stream::answer(&desk.node, job, move |node, sink, _| {
        let _until_here = under_way;
        node.export(&actor, &id, wish, sink).map(drop)
    });
    let kind = HeaderValue::from_static("application/vnd.etsi.asic-e+zip");
    Ok(([(header::CONTENT_TYPE, kind)], body.await?).into_response())
}

pub async fn alarms(State(desk): At, caller: Caller) -> Result<Json<Listed<Alarm, i64>>, Problem> {
    let open = caller.call(&desk, |node, actor, _| node.alarms(actor)).await?;
    Ok(Json((open, None).into()))
}

pub async fn evidence(State(desk): At, caller: Caller, Path(seq): Path<String>) -> Result<impl IntoResponse, Problem> {
    let file = caller.call(&desk, move |node, actor, _| node.alarm_evidence(actor, alarm(&seq)?)).await?;
    Ok(([(header::CONTENT_TYPE, "application/octet-stream")], file))
}

/// An alarm named in an address.
pub fn alarm(text: &str) -> Result<i64, Trouble> {
    text.parse().map_err(|_| Trouble::not_here("alarm"))
}

pub async fn settle(
    State(desk): At,
    caller: Caller,
    Path(seq): Path<String>,
    Said(Why { why }): Said<Why>,
) -> Result<StatusCode, Problem> {
    caller.call(&desk, move |node, actor, _| node.settle_alarm(actor, alarm(&seq)?, &why)).await?;
    Ok(StatusCode::NO_CONTENT)
}

pub async fn logs(State(desk): At, caller: Caller) -> Result<Json<Listed<PeerLog, i64>>, Problem> {
    let logs = caller.call(&desk, |node, actor, _| node.peer_logs(actor)).await?;
    Ok(Json((logs, None).into()))
}

pub async fn look(State(desk): At, caller: Caller) -> Result<StatusCode, Problem> {
    caller.call(&desk, |node, actor, _| node.look_at_logs(actor)).await?;
    Ok(StatusCode::NO_CONTENT)
}
