//! The first page: what waits for this person, what they are writing, and the dockets, the one that changed last first.

use askama::Template;
use axum::extract::{Query, State};
use axum::response::Response;
use node::{Action, Alarm, DocketLine, Draft, Recovering};
use serde::Deserialize;

use super::Hall;
use super::frame::{Frame, Sorry, show};
use super::gate::Visitor;

/// So many dockets a page lists.
const DOCKETS: usize = 25;
/// So many drafts of a kind.
const DRAFTS: usize = 50;

/// The first page.
#[derive(Template)]
#[template(path = "home.html")]
struct Home {
    frame: Frame,
    /// What others wrote and this person has not approved yet.
    to_approve: Vec<Draft>,
    /// What has its approvals and can be sent.
    to_send: Vec<Draft>,
    /// What waits for the approval of others.
    waiting: Vec<Draft>,
    writing: Vec<Draft>,
    reads_drafts: bool,
    dockets: Vec<DocketLine>,
    next: Option<i64>,
    later: bool,
    recovering: Option<Recovering>,
    alarms: Vec<Alarm>,
}

/// Which page of dockets.
#[derive(Deserialize)]
pub struct Which {
    after: Option<i64>,
}

pub async fn page(State(hall): State<Hall>, visitor: Visitor, Query(which): Query<Which>) -> Result<Response, Sorry> {
    let (reads_drafts, approves) = (visitor.may(Action::ReadBodies), visitor.may(Action::Approve));
    let found = visitor.call(&hall, move |node, actor, _| {
        let drafts = |state| match reads_drafts {
            true => node.drafts(actor, state, None, DRAFTS).map(|(drafts, _)| drafts),
            false => Ok(vec![]),
        };
        let (dockets, next) = node.dockets(actor, which.after, DOCKETS)?;
        Ok((drafts("proposed")?, drafts("writing")?, dockets, next, node.recovery(actor)?, node.alarms(actor)?))
    });
    let (proposed, writing, dockets, next, recovering, alarms) = found.await?;
    let me = visitor.actor.person.clone();
    let (ready, lacking): (Vec<Draft>, Vec<Draft>) =
        proposed.into_iter().partition(|draft| draft.approvals.len() >= usize::from(draft.approvals_needed));
    let mine = |draft: &Draft| {
        let done = draft.approvals.iter().any(|(person, _)| *person == me);
        approves && draft.author != me && !done
    };
    let (to_approve, waiting) = lacking.into_iter().partition(mine);
    Ok(show(&Home {
        frame: visitor.frame(),
        to_approve,
        to_send: ready,
        waiting,
        writing,
        reads_drafts,
        dockets,
        next,
        later: which.after.is_some(),
        recovering,
        alarms,
    }))
}
