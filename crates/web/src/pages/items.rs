//! A physical item: what it is, where it is, under which seals, who did what with it; and a form for what is done with it next.
//!
//! The form offers what can be done with an item as it stands; whether it could have happened, the node says. Splitting, which needs parts of its own, is done
//! with the command line.

use askama::Template;
use axum::extract::{Path, State};
use axum::response::{IntoResponse as _, Redirect, Response};
use evidence::custody::SealNumber;
use node::{Action, Chain, Done, ItemShown, ItemStep, Trouble};

use super::Hall;
use super::exhibits::handled;
use super::form::Form;
use super::frame::{Frame, Sorry, render, show};
use super::gate::{Posted, Visitor};
use crate::problem::Problem;

/// One item.
#[derive(Template)]
#[template(path = "item.html")]
struct One {
    frame: Frame,
    item: ItemShown,
    /// What is known of a drug, a line each.
    drug: Vec<String>,
    chain: Chain,
    /// What can be done with it next, by the word for it.
    next: Vec<&'static str>,
    wrong: Option<Problem>,
}

/// What can be done at `me` with an item as it stands.
fn next(item: &ItemShown, me: &terms::AuthorityId) -> Vec<&'static str> {
    let here = item.keeper == *me;
    match item.state.as_str() {
        "under-way" if here || item.to.as_ref() == Some(me) => vec!["received"],
        "kept" if here => {
            let hold: &[&str] = if item.held { &["lifted"] } else { &["held", "returned", "destroyed"] };
            [&["opened", "sealed", "weighed", "transmitted"], hold].concat()
        }
        _ => vec![],
    }
}

async fn make(hall: &Hall, visitor: &Visitor, id: String, wrong: Option<Problem>) -> Result<One, Sorry> {
    let found =
        visitor.call(hall, move |node, actor, _| Ok((node.item(actor, &named(&id)?)?, node.authority().clone())));
    let ((item, chain), me) = found.await?;
    let drug = item.drug.as_ref().map(evidence::custody::Drug::lines).unwrap_or_default();
    let next = if visitor.may(Action::Write) { next(&item, &me) } else { vec![] };
    Ok(One { frame: visitor.frame(), item, drug, chain, next, wrong })
}

pub async fn one(State(hall): State<Hall>, visitor: Visitor, Path(id): Path<String>) -> Result<Response, Sorry> {
    Ok(show(&make(&hall, &visitor, id, None).await?))
}

/// Enters what was done.
pub async fn handle(
    State(hall): State<Hall>,
    Path(id): Path<String>,
    Posted { visitor, form }: Posted,
) -> Result<Response, Sorry> {
    let (of, said) = (id.clone(), handled(&visitor, &form));
    let entered = visitor.attempt(&hall, move |node, actor, _| {
        let step = ItemStep { done: done(&form)?, at: None, as_found: form.ticked("as_found"), drug: None, said };
        node.handle_item(actor, &named(&of)?, step).map(drop)
    });
    match entered.await {
        Ok(()) => Ok(Redirect::to(&format!("/items/{id}")).into_response()),
        Err(problem) => {
            let status = problem.status;
            Ok(render(status, &make(&hall, &visitor, id, Some(problem)).await?))
        }
    }
}

/// What was done, as the form says it.
fn done(form: &Form) -> Result<Done, Trouble> {
    fn read<T: std::str::FromStr<Err = terms::Malformed>>(text: &str) -> Result<T, Trouble> {
        let told = |why: terms::Malformed| terms::Refusal::new("web.item", why.to_string(), "Correct what was typed.");
        Ok(text.parse().map_err(told)?)
    }
    let seals = |name| {
        let numbers = form.text(name).split([',', ' ']).filter(|number| !number.is_empty());
        numbers.map(read::<SealNumber>).collect::<Result<Vec<_>, _>>()
    };
    let weight = || match form.text("weight") {
        "" => Ok(None),
        text => read(text).map(Some),
    };
    Ok(match form.text("done") {
        "sealed" => Done::Sealed { seals: seals("new_seals")? },
        "opened" => Done::Opened { seals: seals("seals")?, sealed: seals("new_seals")? },
        "weighed" => Done::Weighed { weight: read(form.text("weight"))? },
        "transmitted" => Done::Transmitted { to: read(form.text("to"))? },
        "received" => Done::Received { seals: seals("seals")?, weight: weight()? },
        "held" => Done::Held {},
        "lifted" => Done::Lifted {},
        "returned" => Done::Returned {},
        "destroyed" => Done::Destroyed {},
        _ => return Err(Trouble::not_here("handling of that name")),
    })
}

fn named(text: &str) -> Result<evidence::ItemId, Trouble> {
    text.parse().map_err(|_| Trouble::not_here("item"))
}
