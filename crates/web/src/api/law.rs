//! The law base, asked; and a request measured against it before it is proposed.

use axum::Json;
use axum::extract::State;
use law::{Question, Ruling};
use node::{Checked, Known};
use serde::Deserialize;
use serde_json::Value;

use super::asked::{At, Said};
use super::caller::Caller;
use crate::problem::Problem;

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
