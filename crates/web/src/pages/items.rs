//! A physical item: what it is, where it is, under which seals, and who did what with it.

use askama::Template;
use axum::extract::{Path, State};
use axum::response::Response;
use node::{Chain, ItemShown, Trouble};

use super::Hall;
use super::frame::{Frame, Sorry, show};
use super::gate::Visitor;

/// One item.
#[derive(Template)]
#[template(path = "item.html")]
struct One {
    frame: Frame,
    item: ItemShown,
    /// What is known of a drug, a line each.
    drug: Vec<String>,
    chain: Chain,
}

pub async fn one(State(hall): State<Hall>, visitor: Visitor, Path(id): Path<String>) -> Result<Response, Sorry> {
    let found = visitor
        .call(&hall, move |node, actor, _| node.item(actor, &id.parse().map_err(|_| Trouble::not_here("item"))?));
    let (item, chain) = found.await?;
    let drug = item.drug.as_ref().map(evidence::custody::Drug::lines).unwrap_or_default();
    Ok(show(&One { frame: visitor.frame(), item, drug, chain }))
}
