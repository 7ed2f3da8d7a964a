//! Exhibits: taken in and given out in a stream, with who handles them, where, why and on what authority.

use axum::Json;
use axum::body::Body;
use axum::extract::{Path, State};
use axum::response::Response;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::{HeaderMap, HeaderValue, StatusCode, header};
use node::{Chain, ExhibitShown, Handled, NewExhibit};
use serde::{Deserialize, Serialize};

use super::asked::{At, Listed, Paging, Said, docket, exhibit};
use super::caller::Caller;
use crate::problem::Problem;
use crate::stream::{self, Upload};

const ABOUT: &str = "comity-about";
const SHA_256: &str = "comity-sha256";

pub async fn list(
    State(desk): At,
    caller: Caller,
    Path(name): Path<String>,
    page: Paging<i64>,
) -> Result<Json<Listed<ExhibitShown, i64>>, Problem> {
    let listed = caller.call(&desk, move |node, actor, _| {
        let id = docket(node, actor, &name)?;
        node.exhibits(actor, &id, page.after.unwrap_or(0), page.limit)
    });
    Ok(Json(listed.await?.into()))
}

/// What `Comity-About` says of the file.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct About {
    media: Option<String>,
    title: Option<String>,
    #[serde(default)]
    conditions: Vec<String>,
    handling: Option<String>,
    #[serde(rename = "where")]
    place: String,
    why: String,
    authority: String,
}

fn about(headers: &HeaderMap) -> Result<About, Problem> {
    let refuse = |why: String| Problem::query(format!("The header Comity-About {why}."));
    let value = headers.get(ABOUT).ok_or_else(|| refuse("is missing".to_owned()))?;
    let bytes = STANDARD.decode(value.as_bytes()).map_err(|why| refuse(format!("is not base64: {why}")))?;
    serde_json::from_slice(&bytes).map_err(|why| refuse(format!("cannot be read: {why}")))
}

pub async fn take(
    State(desk): At,
    caller: Caller,
    Path(name): Path<String>,
    headers: HeaderMap,
    body: Body,
) -> Result<(StatusCode, Json<ExhibitShown>), Problem> {
    let about = about(&headers)?;
    let under_way = desk.room(&caller)?;
    let job = caller.begins(&desk, "intake", None).await?;
    let mut upload = Upload::of(body);
    let taken = caller.call(&desk, move |node, actor, purpose| {
        let _until_here = under_way;
        let new = NewExhibit {
            docket: docket(node, actor, &name)?,
            media: about.media,
            title: about.title,
            conditions: about.conditions,
            handling: about.handling,
            place: about.place,
            why: about.why,
            authority: about.authority,
        };
        node.take_exhibit(actor, purpose, new, &mut upload, &mut |done| job.at(done))
    });
    Ok((StatusCode::CREATED, Json(taken.await?)))
}

/// An exhibit with its history.
#[derive(Serialize)]
pub struct WithCustody {
    exhibit: ExhibitShown,
    custody: Chain,
}

pub async fn one(State(desk): At, caller: Caller, Path(id): Path<String>) -> Result<Json<WithCustody>, Problem> {
    let found = caller.call(&desk, move |node, actor, _| node.exhibit(actor, &exhibit(&id)?));
    let (exhibit, custody) = found.await?;
    Ok(Json(WithCustody { exhibit, custody }))
}

pub async fn open(
    State(desk): At,
    caller: Caller,
    Path(id): Path<String>,
    Said(handled): Said<Handled>,
) -> Result<Response, Problem> {
    give_out(&desk, caller, id, handled).await
}

/// Answers with an exhibit's plaintext. What goes wrong before its first byte is a problem; later the answer breaks off.
pub async fn give_out(desk: &super::Desk, caller: Caller, id: String, handled: Handled) -> Result<Response, Problem> {
    let under_way = desk.room(&caller)?;
    let id = exhibit(&id)?;
    let (shown, _) = caller.clone().call(desk, move |node, actor, _| node.exhibit(actor, &id)).await?;
    let job = caller.begins(desk, "opening", Some(shown.size)).await?;
    let Caller { actor, .. } = caller;
    let body = stream::answer(&desk.node, job, move |node, sink, progress| {
        let _until_here = under_way;
        node.open_exhibit(&actor, &id, handled, sink, progress).map(drop)
    });
    let mut response = Response::new(body.await?);
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/octet-stream"));
    headers.insert(header::CONTENT_LENGTH, shown.size.into());
    let digest = HeaderValue::from_str(&shown.sha256.to_string()).expect("INVARIANT: hexadecimal digits");
    headers.insert(SHA_256, digest);
    Ok(response)
}

pub async fn destroy(
    State(desk): At,
    caller: Caller,
    Path(id): Path<String>,
    Said(handled): Said<Handled>,
) -> Result<Json<ExhibitShown>, Problem> {
    let destroyed = caller.call(&desk, move |node, actor, _| node.destroy_exhibit(actor, &exhibit(&id)?, handled));
    Ok(Json(destroyed.await?))
}
