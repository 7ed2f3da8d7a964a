//! Physical items: entered, handled, listed, shown with their history.

use axum::Json;
use axum::extract::{Path, State};
use http::StatusCode;
use node::{Chain, ItemShown, ItemStep, NewItem};
use serde::Serialize;

use super::asked::{At, Listed, Paging, Said, docket, item};
use super::caller::Caller;
use crate::problem::Problem;

pub async fn list(
    State(desk): At,
    caller: Caller,
    Path(name): Path<String>,
    page: Paging<i64>,
) -> Result<Json<Listed<ItemShown, i64>>, Problem> {
    let listed = caller.call(&desk, move |node, actor, _| {
        let id = docket(node, actor, &name)?;
        node.items(actor, &id, page.after.unwrap_or(0), page.limit)
    });
    Ok(Json(listed.await?.into()))
}

pub async fn enter(
    State(desk): At,
    caller: Caller,
    Path(name): Path<String>,
    Said(new): Said<NewItem>,
) -> Result<(StatusCode, Json<ItemShown>), Problem> {
    let entered = caller.call(&desk, move |node, actor, _| {
        let id = docket(node, actor, &name)?;
        node.enter_item(actor, &id, new)
    });
    Ok((StatusCode::CREATED, Json(entered.await?)))
}

/// An item with its history.
#[derive(Serialize)]
pub struct WithCustody {
    item: ItemShown,
    custody: Chain,
}

pub async fn one(State(desk): At, caller: Caller, Path(id): Path<String>) -> Result<Json<WithCustody>, Problem> {
    let found = caller.call(&desk, move |node, actor, _| node.item(actor, &item(&id)?));
    let (item, custody) = found.await?;
    Ok(Json(WithCustody { item, custody }))
}

/// An item, and the parts into which it was split.
#[derive(Serialize)]
pub struct WithParts {
    item: ItemShown,
    parts: Vec<ItemShown>,
}

pub async fn handle(
    State(desk): At,
    caller: Caller,
    Path(id): Path<String>,
    Said(step): Said<ItemStep>,
) -> Result<Json<WithParts>, Problem> {
    let handled = caller.call(&desk, move |node, actor, _| node.handle_item(actor, &item(&id)?, step));
    let (item, parts) = handled.await?;
    Ok(Json(WithParts { item, parts }))
}
