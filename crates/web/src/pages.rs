//! Pages for the people of one authority: to read and to work with, made on the server, without a script.
//!
//! A page shows what a use case of `node` answers, and a form posts to one; that is all. All words that people read stand in the templates.
//! Every page works on a telephone, on paper, with a screen reader and with text that runs from right to left. Never here: a right that `node` does not
//! ask for, or a rule of a procedure: what may be said next is asked of the docket.
//!
//! Where next: `gate` for who may look, `frame` for what every page has, `docket` for the page that matters most.

mod act;
mod alarms;
mod assets;
mod docket;
mod draft;
mod exhibits;
mod form;
mod frame;
mod gate;
mod home;
mod items;
mod law;
mod operate;
mod peers;
mod request;
mod say;
mod session;
mod shown;
mod sign_in;
mod words;

use std::sync::Arc;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::middleware::from_fn_with_state;
use axum::routing::{get, post};
use node::Node;
use tokio::sync::Semaphore;

use session::Sessions;

/// What the pages share.
#[derive(Clone)]
pub struct Hall {
    desk: crate::api::Desk,
    sessions: Arc<Sessions>,
}

/// The pages, without what every answer carries.
pub fn routes(node: Node) -> Router {
    let desk = crate::api::Desk { node, carried: Arc::new(Semaphore::new(crate::api::CARRIED_AT_ONCE)) };
    let hall = Hall { desk, sessions: Arc::new(Sessions::default()) };
    Router::new()
        .route("/", get(home::page))
        .route("/sign-out", post(sign_in::sign_out))
        .route("/dockets/{docket}", get(docket::page))
        .route("/dockets/{docket}/say/{kind}", get(say::page).post(say::write))
        .route("/dockets/{docket}/exhibits", get(exhibits::list))
        .route("/exhibits/due", get(exhibits::due))
        .route("/exhibits/{exhibit}", get(exhibits::one))
        .route("/exhibits/{exhibit}/open", post(exhibits::open))
        .route("/exhibits/{exhibit}/decide", post(exhibits::decide))
        .route("/items/{item}", get(items::one))
        .route("/items/{item}/handle", post(items::handle))
        .route("/requests/new", get(request::choose).post(request::begin))
        .route("/drafts/{draft}", get(draft::page))
        .route("/drafts/{draft}/edit", get(request::edit).post(request::save))
        .route("/drafts/{draft}/propose", post(draft::propose))
        .route("/drafts/{draft}/approve", post(draft::approve))
        .route("/drafts/{draft}/return", post(draft::give_back))
        .route("/drafts/{draft}/send", post(draft::send))
        .route("/drafts/{draft}/discard", post(draft::discard))
        .route("/peers", get(peers::page))
        .route("/peers/{authority}/approve", post(peers::approve))
        .route("/acts/{act}/proof", get(alarms::proof))
        .route("/alarms", get(alarms::page))
        .route("/alarms/{alarm}/evidence", get(alarms::evidence))
        .route("/alarms/{alarm}/settle", post(alarms::settle))
        .route("/law", get(law::page))
        .route("/node", get(operate::node))
        .route("/outbox", get(operate::outbox))
        .route("/quarantine", get(operate::quarantine))
        .route("/audit", get(operate::audit))
        .fallback(frame::nowhere)
        .method_not_allowed_fallback(frame::method)
        .layer(from_fn_with_state(hall.clone(), gate::know))
        .route("/sign-in", get(sign_in::page).post(sign_in::sign_in))
        .route("/assets/{hash}/{name}", get(assets::serve))
        .layer(DefaultBodyLimit::max(crate::api::BODY_MAX))
        .with_state(hall)
}
