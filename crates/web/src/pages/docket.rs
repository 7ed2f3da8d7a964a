//! The page of one matter: where it stands, what may be said next, the clocks and the ruling, every act with its proof, the exhibits.

use askama::Template;
use axum::extract::{Path, Query, State};
use axum::response::{IntoResponse as _, Redirect, Response};
use docket::Party;
use law::Ruling;
use law::ruling::RuledClock;
use node::{Action, Alarm, ExhibitShown, ItemShown, Possible, PreCheck, Summary};
use serde::Deserialize;
use terms::{AuthorityId, DocketId, Moment};

use super::Hall;
use super::act::{self, Act, Body};
use super::frame::{Frame, Sorry, show};
use super::gate::Visitor;

/// So many acts a page shows.
const ACTS: usize = 50;
/// So many exhibits are listed on it; the others on a page of their own.
const EXHIBITS: usize = 10;
/// So many items are listed on it; the others by `comity item list`.
const ITEMS: usize = 50;

/// The page.
#[derive(Template)]
#[template(path = "docket.html")]
struct Page {
    frame: Frame,
    id: DocketId,
    procedure: String,
    summary: Summary,
    parties: Vec<Party>,
    me: AuthorityId,
    opened: Option<Moment>,
    acts: Vec<Act>,
    from: usize,
    to: usize,
    in_all: usize,
    next: Option<usize>,
    before: Option<usize>,
    disputed: bool,
    breaches: Vec<String>,
    /// Alarms about this docket that nobody has settled.
    alarms: Vec<Alarm>,
    possible: Vec<Possible>,
    writes: bool,
    ruling: Option<Box<Ruling>>,
    clocks: Vec<RuledClock>,
    /// What was ruled on the day on which this authority sent the request.
    pre_check: Option<PreCheck>,
    received: Option<Moment>,
    exhibits: Vec<ExhibitShown>,
    more_exhibits: bool,
    /// Physical things under custody here, the first of them.
    items: Vec<ItemShown>,
    more_items: bool,
    reads: bool,
}

/// From which act on.
#[derive(Deserialize)]
pub struct From {
    from: Option<usize>,
}

pub async fn page(
    State(hall): State<Hall>,
    visitor: Visitor,
    Path(name): Path<String>,
    Query(which): Query<From>,
) -> Result<Response, Sorry> {
    let from = which.from.unwrap_or(0);
    let asked = name.clone();
    let found = visitor.call(&hall, move |node, actor, purpose| {
        let id = node.find_docket(actor, &asked)?;
        if id.to_string() != asked {
            return Ok(Err(id));
        }
        let page = node.docket_page(actor, purpose, &id, from, ACTS)?;
        let exhibits = node.exhibits(actor, &id, 0, EXHIBITS)?;
        let items = node.items(actor, &id, 0, ITEMS)?;
        let from = page.acts_in_all - page.acts_in_all.saturating_sub(from);
        let acts = act::of(node, page.acts);
        Ok(Ok((
            node.authority().clone(),
            acts,
            from,
            (page.id, page.procedure, page.summary, page.parties, page.acts_in_all, page.next),
            (page.disputed, page.breaches, page.possible, page.ruling, page.pre_check, page.received),
            (exhibits, items, node.alarms(actor)?),
        )))
    });
    let (me, acts, from, identity, state, ((exhibits, more), (items, more_items), alarms)) = match found.await? {
        Ok(found) => found,
        // A beginning leads to the whole name, so that a page has one address.
        Err(id) => return Ok(Redirect::to(&format!("/dockets/{id}")).into_response()),
    };
    let (id, procedure, summary, parties, in_all, next) = identity;
    let (disputed, breaches, possible, ruling, pre_check, received) = state;
    let clocks = ruling.as_ref().map(|ruling| ruling.clocks.clone()).unwrap_or_default();
    Ok(show(&Page {
        frame: visitor.frame(),
        opened: acts.first().filter(|_| from == 0).map(|act| act.time),
        to: from + acts.len(),
        before: (from > 0).then(|| from.saturating_sub(ACTS)),
        breaches: breaches.into_iter().map(|breach| breach.sentence).collect(),
        writes: visitor.may(Action::Write),
        alarms: alarms.into_iter().filter(|alarm| alarm.docket == Some(id)).collect(),
        more_exhibits: more.is_some(),
        more_items: more_items.is_some(),
        reads: visitor.may(Action::ReadBodies),
        id,
        procedure,
        summary,
        parties,
        me,
        acts,
        from,
        in_all,
        next,
        disputed,
        possible,
        ruling,
        clocks,
        pre_check,
        received,
        exhibits,
        items,
    }))
}
