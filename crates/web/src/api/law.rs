//! The law base, asked; a request measured against it before it is proposed; and a newer law base, loaded.

use axum::Json;
use axum::body::{Body, to_bytes};
use axum::extract::{Path, State};
use axum::response::IntoResponse;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::HeaderMap;
use law::edition::DOCUMENT_BYTES_MAX;
use law::{Question, Ruling};
use node::{Checked, Known, LawInUse, Trouble};
use serde::Deserialize;
use serde_json::Value;
use terms::Digest;

use super::asked::{At, Said};
use super::caller::Caller;
use crate::problem::Problem;

/// The header with the detached signature over a law base, in base64.
const SIGNATURE: &str = "comity-signature";

pub async fn ask(State(desk): At, caller: Caller, Said(question): Said<Question>) -> Result<Json<Ruling>, Problem> {
    Ok(Json(caller.call(&desk, move |node, actor, _| node.ask_law(actor, &question)).await?))
}

/// A request as far as it is written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Written {
    requesting: terms::State,
    requested: terms::State,
    body: Value,
    #[serde(default)]
    known: Known,
}

pub async fn check(State(desk): At, caller: Caller, Said(written): Said<Written>) -> Result<Json<Checked>, Problem> {
    let Written { requesting, requested, body, known } = written;
    let checked =
        caller.call(&desk, move |node, actor, _| node.check_request(actor, (requesting, requested), body, &known));
    Ok(Json(checked.await?))
}

pub async fn base(State(desk): At, caller: Caller) -> Result<Json<LawInUse>, Problem> {
    Ok(Json(caller.call(&desk, |node, actor, _| node.law_base(actor)).await?))
}

pub async fn load(State(desk): At, caller: Caller, headers: HeaderMap, body: Body) -> Result<Json<LawInUse>, Problem> {
    let under_way = desk.carried.clone().try_acquire_owned().map_err(|_| Problem::busy())?;
    let signature = headers.get(SIGNATURE).and_then(|value| STANDARD.decode(value).ok());
    let signature = signature.ok_or_else(|| Problem::query("The header Comity-Signature is no base64, or missing."))?;
    let broken = "The body broke off, or is larger than any law base (16 MiB).";
    let document = to_bytes(body, DOCUMENT_BYTES_MAX).await.map_err(|_| Problem::body(broken))?;
    let loaded = caller.call(&desk, move |node, actor, _| {
        let _until_here = under_way;
        node.load_law(actor, document.into(), signature)
    });
    Ok(Json(loaded.await?))
}

pub async fn proof(State(desk): At, caller: Caller, Path(digest): Path<String>) -> Result<impl IntoResponse, Problem> {
    caller.call(&desk, move |node, actor, _| node.law_proof(actor, &digest_of(&digest)?)).await
}

/// A law base named in an address. What cannot be a digest names nothing.
fn digest_of(text: &str) -> Result<Digest, Trouble> {
    text.parse().map_err(|_| Trouble::not_here("law base"))
}
