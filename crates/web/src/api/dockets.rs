//! Dockets: the list, and the page of one.

use axum::Json;
use axum::extract::{Path, State};
use node::{DocketLine, DocketPage};
use serde::Deserialize;

use super::asked::{Asked, At, Listed, Paging, docket, limit};
use super::caller::Caller;
use crate::problem::Problem;

pub async fn list(
    State(desk): At,
    caller: Caller,
    page: Paging<i64>,
) -> Result<Json<Listed<DocketLine, i64>>, Problem> {
    let listed = caller.call(&desk, move |node, actor, _| node.dockets(actor, page.after, page.limit)).await?;
    Ok(Json(listed.into()))
}

/// From which act on, and how many.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Some {
    from: Option<usize>,
    limit: Option<usize>,
}

pub async fn page(
    State(desk): At,
    caller: Caller,
    Path(name): Path<String>,
    Asked(some): Asked<Some>,
) -> Result<Json<DocketPage>, Problem> {
    let limit = limit(some.limit)?;
    let page = caller.call(&desk, move |node, actor, purpose| {
        let id = docket(node, actor, &name)?;
        node.docket_page(actor, purpose, &id, some.from.unwrap_or(0), limit)
    });
    Ok(Json(page.await?))
}
