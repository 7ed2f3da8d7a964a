//! The pouch: what is due for a peer as a file, streamed out, and such a file from a peer, streamed in.

use axum::Json;
use axum::body::Body;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use http::{HeaderValue, header};
use node::PouchRead;

use super::asked::At;
use super::caller::Caller;
use super::operate::authority;
use crate::problem::Problem;
use crate::stream::{self, Upload};

pub async fn out(State(desk): At, caller: Caller, Path(peer): Path<String>) -> Result<Response, Problem> {
    let under_way = desk.room(&caller)?;
    let peer = authority(&peer)?;
    let job = caller.begins(&desk, "pouch", None).await?;
    let Caller { actor, .. } = caller;
    let body = stream::answer(&desk.node, job, move |node, sink, _| {
        let _until_here = under_way;
        node.pouch_out(&actor, &peer, sink).map(drop)
    });
    let kind = HeaderValue::from_static("application/octet-stream");
    Ok(([(header::CONTENT_TYPE, kind)], body.await?).into_response())
}

pub async fn read(State(desk): At, caller: Caller, body: Body) -> Result<Json<PouchRead>, Problem> {
    let under_way = desk.room(&caller)?;
    let mut upload = Upload::of(body);
    let read = caller.call(&desk, move |node, actor, _| {
        let _until_here = under_way;
        node.pouch_in(actor, &mut upload)
    });
    Ok(Json(read.await?))
}
