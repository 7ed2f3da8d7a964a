//! The persons who work here, and who the caller is.

use std::collections::BTreeSet;

use axum::Json;
use axum::extract::{Path, State};
use http::StatusCode;
use node::{Actor, Person, Role};
use serde::{Deserialize, Serialize};

use super::asked::{At, Listed, Paging, Said};
use super::caller::Caller;
use crate::problem::Problem;

pub async fn whoami(caller: Caller) -> Json<Actor> {
    Json(caller.actor)
}

pub async fn list(
    State(desk): At,
    caller: Caller,
    page: Paging<String>,
) -> Result<Json<Listed<Person, String>>, Problem> {
    let after = page.after.unwrap_or_default();
    let listed = caller.call(&desk, move |node, actor, _| node.persons(actor, &after, page.limit)).await?;
    Ok(Json(listed.into()))
}

/// Somebody who is entered.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewPerson {
    id: String,
    name: String,
    roles: BTreeSet<Role>,
}

/// A personal token, shown this once.
#[derive(Serialize)]
pub struct Shown {
    token: String,
}

pub async fn enter(
    State(desk): At,
    caller: Caller,
    Said(new): Said<NewPerson>,
) -> Result<(StatusCode, Json<Shown>), Problem> {
    let token = caller.call(&desk, move |node, actor, _| node.enter_person(actor, &new.id, &new.name, &new.roles));
    Ok((StatusCode::CREATED, Json(Shown { token: token.await?.reveal().to_owned() })))
}

pub async fn retire(State(desk): At, caller: Caller, Path(id): Path<String>) -> Result<StatusCode, Problem> {
    caller.call(&desk, move |node, actor, _| node.retire_person(actor, &id)).await?;
    Ok(StatusCode::NO_CONTENT)
}
