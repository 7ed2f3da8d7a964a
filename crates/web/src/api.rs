//! The API of a node, version 1: one route, one use case. `docs/api.md` is the contract; a test compares its table with what is served.
//!
//! The caller is known before a body is read. A body is small and bounded, except the bytes of an exhibit, which are streamed. Lists are paged.

mod asked;
pub mod caller;
mod dockets;
mod drafts;
pub mod exhibits;
mod items;
mod jobs;
mod law;
mod operate;
mod peers;
mod persons;
mod pouch;
pub mod proofs;

use std::sync::Arc;

use axum::extract::{DefaultBodyLimit, State};
use axum::middleware::from_fn_with_state;
use axum::response::IntoResponse;
use axum::routing::{get, post};
use axum::{Router, http::StatusCode};
use node::Node;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use caller::Caller;

use crate::blocking;
use crate::problem::Problem;

/// The largest body that is not an exhibit, in bytes: an act's body of 1 MiB, escaped, with what stands around it.
pub const BODY_MAX: usize = 1_572_864;
/// So many exhibits are on their way in or out at once, each on a thread of its own.
pub const CARRIED_AT_ONCE: usize = 32;

/// What the routes share.
#[derive(Clone)]
pub struct Desk {
    /// Whose use cases are called.
    pub node: Node,
    /// Room for exhibits on their way.
    pub carried: Arc<Semaphore>,
}

impl Desk {
    /// Room for a file on its way in or out. Such a thing is done or not done: it cannot be tried.
    pub fn room(&self, caller: &Caller) -> Result<OwnedSemaphorePermit, Problem> {
        if caller.dry_run {
            return Err(Problem::untried());
        }
        Arc::clone(&self.carried).try_acquire_owned().map_err(|_| Problem::busy())
    }
}

/// The routes, without an answer for whatever is not one.
pub fn routes(node: Node) -> Router {
    let desk = Desk { node, carried: Arc::new(Semaphore::new(CARRIED_AT_ONCE)) };
    Router::new().nest("/api/v1", version_1(&desk)).merge(health(&desk))
}

fn version_1(desk: &Desk) -> Router {
    Router::new()
        .route("/node", get(operate::standing))
        .route("/whoami", get(persons::whoami))
        .route("/card", get(peers::card))
        .route("/dockets", get(dockets::list))
        .route("/dockets/{docket}", get(dockets::page))
        .route("/dockets/{docket}/exhibits", get(exhibits::list).post(exhibits::take))
        .route("/dockets/{docket}/import", post(exhibits::import))
        .route("/dockets/{docket}/items", get(items::list).post(items::enter))
        .route("/dockets/{docket}/export", post(proofs::export))
        .route("/acts/{act}", get(proofs::signed))
        .route("/acts/{act}/proof", get(proofs::proof))
        .route("/exhibits/due", get(exhibits::due))
        .route("/exhibits/{exhibit}", get(exhibits::one))
        .route("/exhibits/{exhibit}/files", get(exhibits::files))
        .route("/exhibits/{exhibit}/open", post(exhibits::open))
        .route("/exhibits/{exhibit}/hold", post(exhibits::hold))
        .route("/exhibits/{exhibit}/lift", post(exhibits::lift))
        .route("/exhibits/{exhibit}/keep", post(exhibits::keep))
        .route("/exhibits/{exhibit}/destroy", post(exhibits::destroy))
        .route("/exhibits/{exhibit}/destroy/approve", post(exhibits::approve))
        .route("/exhibits/{exhibit}/destroy/drop", post(exhibits::drop))
        .route("/items/{item}", get(items::one))
        .route("/items/{item}/handle", post(items::handle))
        .route("/drafts", get(drafts::list).post(drafts::write))
        .route("/drafts/check", post(drafts::check))
        .route("/drafts/{draft}", get(drafts::one).put(drafts::rewrite))
        .route("/drafts/{draft}/propose", post(drafts::propose))
        .route("/drafts/{draft}/approve", post(drafts::approve))
        .route("/drafts/{draft}/return", post(drafts::give_back))
        .route("/drafts/{draft}/send", post(drafts::send))
        .route("/drafts/{draft}/discard", post(drafts::discard))
        .route("/peers", get(peers::list).post(peers::propose))
        .route("/peers/{authority}/approve", post(peers::approve))
        .route("/peers/{authority}/suspend", post(peers::suspend))
        .route("/peers/{authority}/lift", post(peers::lift))
        .route("/peers/{authority}/revoke", post(peers::revoke))
        .route("/peers/{authority}/hurry", post(operate::hurry))
        .route("/peers/{authority}/pouch", post(pouch::out))
        .route("/pouch", post(pouch::read))
        .route("/persons", get(persons::list).post(persons::enter))
        .route("/persons/{person}/retire", post(persons::retire))
        .route("/alarms", get(proofs::alarms))
        .route("/alarms/{alarm}/evidence", get(proofs::evidence))
        .route("/alarms/{alarm}/settle", post(proofs::settle))
        .route("/logs", get(proofs::logs))
        .route("/logs/look", post(proofs::look))
        .route("/outbox", get(operate::outbox))
        .route("/quarantine", get(operate::quarantine))
        .route("/audit", get(operate::audit))
        .route("/audit/{digest}/proof", get(operate::audit_proof))
        .route("/jobs", get(jobs::list))
        .route("/jobs/{job}/stop", post(jobs::stop))
        .route("/backup", post(jobs::backup))
        .route("/recovery", get(operate::recovery).post(operate::recover))
        .route("/law", post(law::ask))
        .route("/law/base", get(law::base).post(law::load))
        .route("/law/base/{digest}/proof", get(law::proof))
        .route("/requests/check", post(law::check))
        .fallback(nowhere)
        .method_not_allowed_fallback(|| async { Problem::method() })
        .layer(from_fn_with_state(desk.clone(), caller::know))
        .layer(DefaultBodyLimit::max(BODY_MAX))
        .with_state(desk.clone())
}

fn health(desk: &Desk) -> Router {
    Router::new()
        .route("/healthz", get(|| async { StatusCode::OK }))
        .route("/readyz", get(ready))
        .method_not_allowed_fallback(|| async { Problem::method() })
        .with_state(desk.clone())
}

/// Ready is a node whose store answers.
async fn ready(State(desk): State<Desk>) -> StatusCode {
    match blocking::call(&desk.node, |node| node.due()).await {
        Ok(_) => StatusCode::OK,
        Err(why) => {
            tracing::error!(%why, "not ready");
            StatusCode::SERVICE_UNAVAILABLE
        }
    }
}

/// The answer where there is nothing.
pub async fn nowhere() -> impl IntoResponse {
    Problem::nowhere()
}
