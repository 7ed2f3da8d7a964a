//! Long operations: those under way, the word that stops one, and the backup, which is one.

use axum::Json;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use http::{HeaderValue, StatusCode, header};
use node::Job;

use super::asked::{At, Listed, Paging};
use super::caller::Caller;
use crate::problem::Problem;
use crate::stream;

pub async fn list(State(desk): At, caller: Caller, page: Paging<i64>) -> Result<Json<Listed<Job, i64>>, Problem> {
    let listed = caller.call(&desk, move |node, actor, _| node.jobs(actor, page.after, page.limit)).await?;
    Ok(Json(listed.into()))
}

pub async fn stop(State(desk): At, caller: Caller, Path(id): Path<String>) -> Result<StatusCode, Problem> {
    caller.call(&desk, move |node, actor, _| node.stop_job(actor, &id)).await?;
    Ok(StatusCode::NO_CONTENT)
}

pub async fn backup(State(desk): At, caller: Caller) -> Result<Response, Problem> {
    let under_way = desk.room(&caller)?;
    let job = caller.begins(&desk, "backup", None).await?;
    let Caller { actor, .. } = caller;
    let body = stream::answer(&desk.node, job, move |node, sink, progress| {
        let _until_here = under_way;
        node.backup(&actor, sink, progress)
    });
    let kind = HeaderValue::from_static("application/vnd.sqlite3");
    Ok(([(header::CONTENT_TYPE, kind)], body.await?).into_response())
}
