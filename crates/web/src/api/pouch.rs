//! The pouch: what is due for a peer as one file or several, streamed out one after another, and such a file from a peer, streamed in.

use axum::Json;
use axum::body::Body;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use http::{HeaderValue, header};
use node::{PouchRead, PouchWish};

use super::asked::{At, Said};
use super::caller::Caller;
use super::operate::authority;
use crate::problem::Problem;
use crate::stream::{self, Upload};

/// The header with the bytes of each part, in their order.
const PARTS: &str = "comity-parts";

pub async fn out(
    State(desk): At,
    caller: Caller,
    Path(peer): Path<String>,
    Said(wish): Said<PouchWish>,
) -> Result<Response, Problem> {
    let under_way = desk.room(&caller)?;
    let peer = authority(&peer)?;
    let job = caller.begins(&desk, "pouch", None).await?;
    let packing = caller.call(&desk, move |node, actor, _| {
        let packed = node.pack_pouch(actor, &peer, &wish)?;
        Ok((packed.sizes()?, packed))
    });
    let (sizes, packed) = packing.await?;
    let body = stream::answer(&desk.node, job, move |_, sink, _| {
        let _until_here = under_way;
        packed.write(sink)
    });
    let parts = sizes.iter().map(u64::to_string).collect::<Vec<_>>().join(", ");
    let parts = HeaderValue::from_str(&parts).expect("INVARIANT: numbers");
    let mut response = body.await?.into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/octet-stream"));
    headers.insert(header::CONTENT_LENGTH, sizes.iter().sum::<u64>().into());
    headers.insert(PARTS, parts);
    Ok(response)
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
