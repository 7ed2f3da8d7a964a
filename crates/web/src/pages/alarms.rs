//! Alarms: what an officer must see, with the file that proves it, until somebody settles it with a reason.

use askama::Template;
use axum::extract::{Path, State};
use axum::response::{IntoResponse as _, Redirect, Response};
use http::{HeaderValue, header};
use node::{Action, Alarm};

use super::Hall;
use super::frame::{Frame, Sorry, render, show};
use super::gate::{Posted, Visitor};
use crate::api::proofs;
use crate::problem::Problem;

/// The page.
#[derive(Template)]
#[template(path = "alarms.html")]
struct Page {
    frame: Frame,
    alarms: Vec<Alarm>,
    settles: bool,
    wrong: Option<Problem>,
}

async fn make(hall: &Hall, visitor: &Visitor, wrong: Option<Problem>) -> Result<Page, Sorry> {
    let alarms = visitor.call(hall, |node, actor, _| node.alarms(actor)).await?;
    Ok(Page { frame: visitor.frame(), alarms, settles: visitor.may(Action::ManagePeers), wrong })
}

pub async fn page(State(hall): State<Hall>, visitor: Visitor) -> Result<Response, Sorry> {
    Ok(show(&make(&hall, &visitor, None).await?))
}

pub async fn settle(
    State(hall): State<Hall>,
    Path(seq): Path<String>,
    Posted { visitor, form }: Posted,
) -> Result<Response, Sorry> {
    let why = form.text("why").to_owned();
    let settled =
        visitor.attempt(&hall, move |node, actor, _| node.settle_alarm(actor, proofs::alarm(&seq)?, &why)).await;
    match settled {
        Ok(()) => Ok(Redirect::to("/alarms").into_response()),
        Err(problem) => {
            let status = problem.status;
            Ok(render(status, &make(&hall, &visitor, Some(problem)).await?))
        }
    }
}

/// Gives out what proves an alarm, as a file.
pub async fn evidence(State(hall): State<Hall>, visitor: Visitor, Path(seq): Path<String>) -> Result<Response, Sorry> {
    let file = visitor.call(&hall, move |node, actor, _| {
        let seq = proofs::alarm(&seq)?;
        Ok((seq, node.alarm_evidence(actor, seq)?))
    });
    let (seq, bytes) = file.await?;
    Ok(as_file(&format!("alarm-{seq}"), bytes))
}

/// Gives out the proof that an act stands in our log, as a file.
pub async fn proof(State(hall): State<Hall>, visitor: Visitor, Path(id): Path<String>) -> Result<Response, Sorry> {
    let file = visitor.call(&hall, move |node, actor, _| {
        let act = proofs::act(&id)?;
        Ok((act, node.proof(actor, &act)?))
    });
    let (act, text) = file.await?;
    Ok(as_file(&format!("act-{act}.tlog-proof"), text.into_bytes()))
}

/// A file to be kept, never shown as a page.
fn as_file(name: &str, bytes: Vec<u8>) -> Response {
    let mut response = bytes.into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/octet-stream"));
    if let Ok(name) = HeaderValue::from_str(&format!("attachment; filename=\"{name}\"")) {
        headers.insert(header::CONTENT_DISPOSITION, name);
    }
    response
}
