//! A draft: what would be said, who has approved exactly that, and what this person can do with it.

use askama::Template;
use axum::extract::{Path, State};
use axum::response::{IntoResponse as _, Redirect, Response};
use forms::Missing;
use node::{Action, Actor, Draft, Known, Node, Trouble};
use terms::Digest;

use super::Hall;
use super::frame::{Frame, Sorry, render, show};
use super::gate::{Posted, Visitor};
use super::request;
use super::shown::{self, Line};
use crate::problem::Problem;

/// The page.
#[derive(Template)]
#[template(path = "draft.html")]
struct Page {
    frame: Frame,
    draft: Draft,
    facts: Vec<Line>,
    body: Vec<Line>,
    parties: Vec<docket::Party>,
    /// What a request lacks for the two States today.
    missing: Vec<Missing>,
    author: bool,
    approved_by_me: bool,
    approves: bool,
    writes: bool,
    editable: bool,
    /// What went wrong with what was just tried.
    wrong: Option<Problem>,
}

impl Page {
    fn ready(&self) -> bool {
        self.draft.approvals.len() >= usize::from(self.draft.approvals_needed)
    }
}

fn look(node: &Node, actor: &Actor, id: &str) -> Result<(Draft, Vec<Missing>, Vec<Line>), Trouble> {
    let draft = node.draft(actor, id)?;
    let missing = match (request::states(&draft), &draft.body) {
        (Some(states), Some(body)) if draft.state == "writing" => {
            node.check_request(actor, states, body.clone(), &Known::default())?.missing
        }
        _ => vec![],
    };
    let body = match &draft.body {
        Some(body) if draft.kind == "submit" => shown::answers(node.request_form(), body),
        Some(body) => shown::value(body),
        None => vec![],
    };
    Ok((draft, missing, body))
}

async fn make(hall: &Hall, visitor: &Visitor, id: String, wrong: Option<Problem>) -> Result<Page, Sorry> {
    let (draft, missing, body) = visitor.call(hall, move |node, actor, _| look(node, actor, &id)).await?;
    let person = &visitor.actor.person;
    let open = matches!(draft.state.as_str(), "writing" | "proposed");
    let author = draft.author == *person;
    Ok(Page {
        frame: visitor.frame(),
        facts: shown::facts(&draft.facts),
        parties: draft.open.as_ref().map(|open| open.parties.clone()).unwrap_or_default(),
        author,
        approved_by_me: draft.approvals.iter().any(|(by, _)| by == person),
        approves: visitor.may(Action::Approve),
        writes: visitor.may(Action::Write),
        editable: open && author && request::states(&draft).is_some(),
        draft,
        body,
        missing,
        wrong,
    })
}

pub async fn page(State(hall): State<Hall>, visitor: Visitor, Path(id): Path<String>) -> Result<Response, Sorry> {
    Ok(show(&make(&hall, &visitor, id, None).await?))
}

/// Does something with a draft; then its page is shown again, with what went wrong if it did.
async fn step<T: Send + 'static>(
    hall: Hall,
    visitor: Visitor,
    id: String,
    use_case: impl FnOnce(&Node, &Actor, &str, &str) -> Result<T, Trouble> + Send + 'static,
    then: impl FnOnce(T) -> String,
) -> Result<Response, Sorry> {
    let named = id.clone();
    match visitor.attempt(&hall, move |node, actor, purpose| use_case(node, actor, purpose, &named)).await {
        Ok(done) => Ok(Redirect::to(&then(done)).into_response()),
        Err(problem) if problem.code == "node.not-here" => Err(visitor.sorry(problem)),
        Err(problem) => {
            let status = problem.status;
            Ok(render(status, &make(&hall, &visitor, id, Some(problem)).await?))
        }
    }
}

fn here(draft: Draft) -> String {
    format!("/drafts/{}", draft.id)
}

pub async fn propose(State(hall): State<Hall>, Path(id): Path<String>, posted: Posted) -> Result<Response, Sorry> {
    step(hall, posted.visitor, id, |node, actor, _, id| node.propose(actor, id), here).await
}

pub async fn approve(State(hall): State<Hall>, Path(id): Path<String>, posted: Posted) -> Result<Response, Sorry> {
    let digest = posted.form.text("digest").parse::<Digest>();
    let digest = digest.map_err(|why| posted.visitor.sorry(Problem::body(format!("{why}."))))?;
    step(hall, posted.visitor, id, move |node, actor, _, id| node.approve(actor, id, &digest), here).await
}

pub async fn give_back(State(hall): State<Hall>, Path(id): Path<String>, posted: Posted) -> Result<Response, Sorry> {
    let why = posted.form.text("why").to_owned();
    let use_case = move |node: &Node, actor: &Actor, _: &str, id: &str| match why.is_empty() {
        true => Trouble::refuse("web.no-reason", "No reason was given.", "Say why it goes back to its author."),
        false => node.return_draft(actor, id, &why),
    };
    step(hall, posted.visitor, id, use_case, here).await
}

pub async fn send(State(hall): State<Hall>, Path(id): Path<String>, posted: Posted) -> Result<Response, Sorry> {
    let sent = |sent: node::Sent| format!("/dockets/{}#act-{}", sent.docket, sent.act);
    step(hall, posted.visitor, id, |node, actor, purpose, id| node.send(actor, id, purpose), sent).await
}

pub async fn discard(State(hall): State<Hall>, Path(id): Path<String>, posted: Posted) -> Result<Response, Sorry> {
    step(hall, posted.visitor, id, |node, actor, _, id| node.discard(actor, id), |()| "/".to_owned()).await
}
