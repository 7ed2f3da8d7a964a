//! Peers: who they are, how they stand, and the approval by a second person who has heard the fingerprint read aloud.

use askama::Template;
use axum::extract::{Path, Query, State};
use axum::response::{IntoResponse as _, Redirect, Response};
use node::{Action, Peer, PeerLog, Trouble};
use serde::Deserialize;
use terms::AuthorityId;

use super::Hall;
use super::frame::{Frame, Sorry, render, show};
use super::gate::{Posted, Visitor};
use crate::problem::Problem;

/// So many a page lists.
const LISTED: usize = 50;

/// The page.
#[derive(Template)]
#[template(path = "peers.html")]
struct Page {
    frame: Frame,
    me: String,
    own: AuthorityId,
    own_fingerprint: String,
    peers: Vec<(Peer, Option<PeerLog>)>,
    next: Option<AuthorityId>,
    manages: bool,
    wrong: Option<Problem>,
}

/// Which page of the list.
#[derive(Deserialize)]
pub struct Which {
    after: Option<String>,
}

async fn make(hall: &Hall, visitor: &Visitor, after: Option<String>, wrong: Option<Problem>) -> Result<Page, Sorry> {
    let found = visitor.call(hall, move |node, actor, _| {
        let after: Option<AuthorityId> = after.and_then(|after| after.parse().ok());
        Ok((
            node.own_card().1,
            node.authority().clone(),
            node.peers(actor, after.as_ref(), LISTED)?,
            node.peer_logs(actor)?,
        ))
    });
    let (own_fingerprint, own, (peers, next), mut logs) = found.await?;
    let with_log = |peer: Peer| {
        let log = logs.iter().position(|log| log.authority == peer.authority).map(|at| logs.swap_remove(at));
        (peer, log)
    };
    let peers = peers.into_iter().map(with_log).collect();
    let (me, manages) = (visitor.actor.person.clone(), visitor.may(Action::ManagePeers));
    Ok(Page { frame: visitor.frame(), me, own, own_fingerprint, peers, next, manages, wrong })
}

pub async fn page(State(hall): State<Hall>, visitor: Visitor, Query(which): Query<Which>) -> Result<Response, Sorry> {
    Ok(show(&make(&hall, &visitor, which.after, None).await?))
}

pub async fn approve(
    State(hall): State<Hall>,
    Path(peer): Path<String>,
    Posted { visitor, form }: Posted,
) -> Result<Response, Sorry> {
    let typed = form.text("fingerprint").to_owned();
    let approved = visitor.attempt(&hall, move |node, actor, _| {
        let peer: AuthorityId = peer.parse().map_err(|_| Trouble::not_here("peer"))?;
        node.approve_peer(actor, &peer, &typed)
    });
    match approved.await {
        Ok(_) => Ok(Redirect::to("/peers").into_response()),
        Err(problem) => {
            let status = problem.status;
            Ok(render(status, &make(&hall, &visitor, None, Some(problem)).await?))
        }
    }
}
