//! Exhibits: taken in and given out in a stream, with who handles them, where, why and on what authority.

use std::ops::Range;

use axum::Json;
use axum::body::Body;
use axum::extract::{Path, State};
use axum::response::Response;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::{HeaderMap, HeaderValue, StatusCode, header};
use node::{
    AccountShown, Chain, Due, ExhibitShown, FileShown, Handled, Hold, Imported, ItemId, Keep, NewExhibit, NewImport,
};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use terms::{Digest, Moment};

use super::asked::{Asked, At, Listed, Paging, Said, docket, exhibit};
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
    #[serde(default)]
    sha512: bool,
    keep_until: Option<Moment>,
    #[serde(default)]
    unless_here: bool,
    image_of: Option<ItemId>,
}

fn about<T: DeserializeOwned>(headers: &HeaderMap) -> Result<T, Problem> {
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
    let about: About = about(&headers)?;
    let under_way = desk.room(&caller)?;
    let size = headers.get(header::CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse().ok());
    let job = caller.begins(&desk, "intake", size).await?;
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
            size,
            sha512: about.sha512,
            keep_until: about.keep_until,
            unless_here: about.unless_here,
            image_of: about.image_of,
        };
        node.take_exhibit(actor, purpose, new, &mut upload, &mut |done| job.at(done))
    });
    Ok((StatusCode::CREATED, Json(taken.await?)))
}

/// What `Comity-About` says of a court export that is taken in.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct AboutImport {
    #[serde(rename = "where")]
    place: String,
    why: String,
    authority: String,
    #[serde(default)]
    unchecked: bool,
    #[serde(default)]
    unless_here: bool,
}

pub async fn import(
    State(desk): At,
    caller: Caller,
    Path(name): Path<String>,
    headers: HeaderMap,
    body: Body,
) -> Result<(StatusCode, Json<Imported>), Problem> {
    let about: AboutImport = about(&headers)?;
    let under_way = desk.room(&caller)?;
    let size = headers.get(header::CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse().ok());
    let job = caller.begins(&desk, "import", size).await?;
    let mut upload = Upload::of(body);
    let imported = caller.call(&desk, move |node, actor, purpose| {
        let _until_here = under_way;
        let docket = docket(node, actor, &name)?;
        let AboutImport { place, why, authority, unchecked, unless_here } = about;
        let new = NewImport { docket, place, why, authority, unchecked, unless_here };
        node.import(actor, purpose, &new, &mut upload, size, &mut |done| job.at(done))
    });
    Ok((StatusCode::CREATED, Json(imported.await?)))
}

/// An exhibit with its history, and what somebody else said of it before.
#[derive(Serialize)]
pub struct WithCustody {
    exhibit: ExhibitShown,
    custody: Chain,
    #[serde(skip_serializing_if = "Option::is_none")]
    account: Option<AccountShown>,
}

pub async fn one(State(desk): At, caller: Caller, Path(id): Path<String>) -> Result<Json<WithCustody>, Problem> {
    let found = caller.call(&desk, move |node, actor, _| {
        let id = exhibit(&id)?;
        let (exhibit, custody) = node.exhibit(actor, &id)?;
        Ok(WithCustody { exhibit, custody, account: node.account_of(actor, &id)? })
    });
    Ok(Json(found.await?))
}

pub async fn open(
    State(desk): At,
    caller: Caller,
    Path(id): Path<String>,
    Asked(part): Asked<OnePart>,
    headers: HeaderMap,
    Said(handled): Said<Handled>,
) -> Result<Response, Problem> {
    match part.file {
        Some(path) => give_out_file(&desk, caller, id, path, handled).await,
        None => give_out(&desk, caller, id, handled, &headers).await,
    }
}

/// Of a set, one file.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OnePart {
    file: Option<String>,
}

pub async fn files(
    State(desk): At,
    caller: Caller,
    Path(id): Path<String>,
    page: Paging<usize>,
) -> Result<Json<Listed<FileShown, usize>>, Problem> {
    let found = caller
        .call(&desk, move |node, actor, _| node.files(actor, &exhibit(&id)?, page.after.unwrap_or(0), page.limit));
    Ok(Json(found.await?.into()))
}

/// Answers with one file of a set, as a whole.
pub async fn give_out_file(
    desk: &super::Desk,
    caller: Caller,
    id: String,
    path: String,
    handled: Handled,
) -> Result<Response, Problem> {
    let under_way = desk.room(&caller)?;
    let id = exhibit(&id)?;
    let wanted = path.clone();
    let file = caller.clone().call(desk, move |node, actor, _| node.file(actor, &id, &wanted)).await?;
    let job = caller.begins(desk, "opening", Some(file.size)).await?;
    let Caller { actor, .. } = caller;
    let body = stream::answer(&desk.node, job, move |node, sink, _| {
        let _until_here = under_way;
        node.open_file(&actor, &id, &path, handled, sink)
    });
    Ok(bytes_of(body.await?, file.size, &file.sha256))
}

/// Bytes that somebody else made: never shown, never run, whatever they are.
fn bytes_of(body: Body, length: u64, sha256: &Digest) -> Response {
    let mut response = Response::new(body);
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/octet-stream"));
    headers.insert(header::CONTENT_LENGTH, length.into());
    headers.insert(header::CONTENT_DISPOSITION, HeaderValue::from_static("attachment"));
    headers.insert(SHA_256, plain(&sha256.to_string()));
    response
}

/// Which bytes are asked for, of so many: nothing for all of them, as for any form of range that is not known here, or of another exhibit.
fn asked_range(headers: &HeaderMap, tag: &str, size: u64) -> Result<Option<Range<u64>>, Problem> {
    let text = |name| headers.get(name).and_then(|value: &HeaderValue| value.to_str().ok());
    if text(header::IF_RANGE).is_some_and(|wanted| wanted != tag) {
        return Ok(None);
    }
    let Some((from, to)) = text(header::RANGE).and_then(|range| range.strip_prefix("bytes=")?.split_once('-')) else {
        return Ok(None);
    };
    let end = if to.is_empty() { Some(size) } else { to.parse::<u64>().ok().and_then(|last| last.checked_add(1)) };
    let (Ok(from), Some(end)) = (from.parse::<u64>(), end) else { return Ok(None) };
    if from >= size || from >= end {
        let sentence = format!("The exhibit has {size} bytes, and these are not among them.");
        return Err(Problem::here(StatusCode::RANGE_NOT_SATISFIABLE, "web.range", sentence, "Ask for all of it."));
    }
    Ok(Some(from..end.min(size)))
}

/// Answers with an exhibit's plaintext. What goes wrong before its first byte is a problem; later the answer breaks off.
pub async fn give_out(
    desk: &super::Desk,
    caller: Caller,
    id: String,
    handled: Handled,
    asked: &HeaderMap,
) -> Result<Response, Problem> {
    let under_way = desk.room(&caller)?;
    let id = exhibit(&id)?;
    let (shown, _) = caller.clone().call(desk, move |node, actor, _| node.exhibit(actor, &id)).await?;
    let tag = format!("\"{}\"", shown.sha256);
    let range = asked_range(asked, &tag, shown.size)?;
    let length = range.as_ref().map_or(shown.size, |range| range.end - range.start);
    let job = caller.begins(desk, "opening", Some(length)).await?;
    let Caller { actor, .. } = caller;
    let part = range.clone();
    let body = stream::answer(&desk.node, job, move |node, sink, progress| {
        let _until_here = under_way;
        match part {
            Some(range) => node.open_exhibit_range(&actor, &id, handled, range, sink),
            None => node.open_exhibit(&actor, &id, handled, sink, progress).map(std::mem::drop),
        }
    });
    let mut response = bytes_of(body.await?, length, &shown.sha256);
    if let Some(range) = range {
        *response.status_mut() = StatusCode::PARTIAL_CONTENT;
        response
            .headers_mut()
            .insert(header::CONTENT_RANGE, plain(&format!("bytes {}-{}/{}", range.start, range.end - 1, shown.size)));
    }
    let headers = response.headers_mut();
    headers.insert(header::ACCEPT_RANGES, HeaderValue::from_static("bytes"));
    headers.insert(header::ETAG, plain(&tag));
    Ok(response)
}

fn plain(text: &str) -> HeaderValue {
    HeaderValue::from_str(text).expect("INVARIANT: digits and plain signs")
}

pub async fn hold(
    State(desk): At,
    caller: Caller,
    Path(id): Path<String>,
    Said(handled): Said<Handled>,
) -> Result<Json<Hold>, Problem> {
    let held = caller.call(&desk, move |node, actor, _| node.hold_exhibit(actor, &exhibit(&id)?, handled));
    Ok(Json(held.await?))
}

pub async fn lift(
    State(desk): At,
    caller: Caller,
    Path(id): Path<String>,
    Said(handled): Said<Handled>,
) -> Result<StatusCode, Problem> {
    caller.call(&desk, move |node, actor, _| node.lift_exhibit(actor, &exhibit(&id)?, handled)).await?;
    Ok(StatusCode::NO_CONTENT)
}

pub async fn keep(
    State(desk): At,
    caller: Caller,
    Path(id): Path<String>,
    Said(keep): Said<Keep>,
) -> Result<Json<ExhibitShown>, Problem> {
    let kept = caller.call(&desk, move |node, actor, _| node.keep_exhibit(actor, &exhibit(&id)?, keep));
    Ok(Json(kept.await?))
}

pub async fn due(State(desk): At, caller: Caller, page: Paging<i64>) -> Result<Json<Listed<Due, i64>>, Problem> {
    let due = caller.call(&desk, move |node, actor, _| node.due_exhibits(actor, page.after.unwrap_or(0), page.limit));
    Ok(Json(due.await?.into()))
}

pub async fn destroy(
    State(desk): At,
    caller: Caller,
    Path(id): Path<String>,
    Said(handled): Said<Handled>,
) -> Result<Json<ExhibitShown>, Problem> {
    let asked = caller.call(&desk, move |node, actor, _| node.ask_destruction(actor, &exhibit(&id)?, handled));
    Ok(Json(asked.await?))
}

/// What is approved: the custody entry that asks, as it was shown.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Approval {
    entry: Digest,
    said: Handled,
}

pub async fn approve(
    State(desk): At,
    caller: Caller,
    Path(id): Path<String>,
    Said(Approval { entry, said }): Said<Approval>,
) -> Result<Json<ExhibitShown>, Problem> {
    let destroyed =
        caller.call(&desk, move |node, actor, _| node.approve_destruction(actor, &exhibit(&id)?, &entry, said));
    Ok(Json(destroyed.await?))
}

pub async fn drop(
    State(desk): At,
    caller: Caller,
    Path(id): Path<String>,
    Said(handled): Said<Handled>,
) -> Result<Json<ExhibitShown>, Problem> {
    let dropped = caller.call(&desk, move |node, actor, _| node.drop_destruction(actor, &exhibit(&id)?, handled));
    Ok(Json(dropped.await?))
}
