//! What a caller asks with: bounded JSON bodies, names in addresses, and which page of a list.

use std::str::FromStr;

use axum::body::Bytes;
use axum::extract::{FromRequest, FromRequestParts, Query, Request, State};
use http::request::Parts;
use node::{Actor, ItemId, Node, Trouble};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use terms::{DocketId, ExhibitId};

use super::{BODY_MAX, Desk};
use crate::problem::Problem;

/// How many items a page has if nothing was said.
const PAGE: usize = 50;
/// And at most.
const PAGE_MAX: usize = 1_000;

/// A body of at most [`BODY_MAX`] bytes, as it came.
pub struct Raw(pub Bytes);

impl FromRequest<Desk> for Raw {
    type Rejection = Problem;
    async fn from_request(request: Request, desk: &Desk) -> Result<Self, Problem> {
        let bytes = Bytes::from_request(request, desk).await;
        bytes.map(Self).map_err(|why| match why.status() {
            http::StatusCode::PAYLOAD_TOO_LARGE => Problem::too_large(BODY_MAX),
            _ => Problem::body("The body broke off."),
        })
    }
}

/// A body of JSON.
pub struct Said<T>(pub T);

impl<T: DeserializeOwned> FromRequest<Desk> for Said<T> {
    type Rejection = Problem;
    async fn from_request(request: Request, desk: &Desk) -> Result<Self, Problem> {
        let Raw(bytes) = Raw::from_request(request, desk).await?;
        let said = serde_json::from_slice(&bytes);
        said.map(Self).map_err(|why| Problem::body(format!("The body cannot be read: {why}.")))
    }
}

/// A query.
pub struct Asked<T>(pub T);

impl<T: DeserializeOwned> FromRequestParts<Desk> for Asked<T> {
    type Rejection = Problem;
    async fn from_request_parts(parts: &mut Parts, desk: &Desk) -> Result<Self, Problem> {
        let asked = Query::<T>::from_request_parts(parts, desk).await;
        asked.map(|Query(asked)| Self(asked)).map_err(|why| Problem::query(format!("{}.", why.body_text())))
    }
}

/// Which page of a list.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Which {
    limit: Option<usize>,
    after: Option<String>,
}

/// A page of a list: how long, and after what.
pub struct Paging<K> {
    /// Between 1 and 1000.
    pub limit: usize,
    /// What the page before named as its `next`.
    pub after: Option<K>,
}

impl<K: FromStr> FromRequestParts<Desk> for Paging<K> {
    type Rejection = Problem;
    async fn from_request_parts(parts: &mut Parts, desk: &Desk) -> Result<Self, Problem> {
        let Asked(which) = Asked::<Which>::from_request_parts(parts, desk).await?;
        Ok(Self { limit: limit(which.limit)?, after: which.after.as_deref().map(after).transpose()? })
    }
}

/// How long a page is.
pub fn limit(asked: Option<usize>) -> Result<usize, Problem> {
    match asked {
        None => Ok(PAGE),
        Some(limit @ 1..=PAGE_MAX) => Ok(limit),
        Some(_) => Err(Problem::query("A page has 1 to 1000 items.")),
    }
}

/// After what a page begins.
pub fn after<K: FromStr>(text: &str) -> Result<K, Problem> {
    text.parse().map_err(|_| Problem::query("“after” is not what a page names as its “next”."))
}

/// A page as it is answered.
#[derive(Serialize)]
pub struct Listed<T, K> {
    items: Vec<T>,
    next: Option<K>,
}

impl<T, K> From<(Vec<T>, Option<K>)> for Listed<T, K> {
    fn from((items, next): (Vec<T>, Option<K>)) -> Self {
        Self { items, next }
    }
}

/// An exhibit named in an address. What cannot be a name names nothing.
pub fn exhibit(text: &str) -> Result<ExhibitId, Trouble> {
    text.parse().map_err(|_| Trouble::not_here("exhibit"))
}

/// An item named in an address. What cannot be a name names nothing.
pub fn item(text: &str) -> Result<ItemId, Trouble> {
    text.parse().map_err(|_| Trouble::not_here("item"))
}

/// A docket named in an address, by its id or the beginning of it.
pub fn docket(node: &Node, actor: &Actor, text: &str) -> Result<DocketId, Trouble> {
    node.find_docket(actor, text)
}

/// Why something is done, where the body says nothing else.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Why {
    /// In a line or two.
    pub why: String,
}

/// The state that handlers take.
pub type At = State<Desk>;
