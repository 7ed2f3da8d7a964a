//! Saying something in a docket: a form for any act that the docket lists as possible, which becomes a draft.
//!
//! Which facts a kind has is written down here a second time, so that the form asks for them by name; a test compares with the specification. Whatever
//! has no field of its own can be written as JSON. Whether it would have an effect is the procedure's to say when the draft is proposed.

use askama::Template;
use axum::extract::{Path, State};
use axum::response::{IntoResponse as _, Redirect, Response};
use law::ruling::RuledGround;
use node::{Action, Actor, ExhibitShown, MeasureLine, NewDraft, Node, Possible, Trouble};
use serde_json::{Map, Value, json};
use terms::{AuthorityId, DocketId, ExhibitId, Moment};

use super::Hall;
use super::form::Form;
use super::frame::{Frame, Sorry, render, show};
use super::gate::{Posted, Visitor};
use crate::problem::Problem;

/// So many acts and exhibits are offered to choose from.
const OFFERED: usize = 1_000;

/// What the form of a kind asks beside its text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Asks {
    pub measures: bool,
    pub act: bool,
    pub answers: bool,
    pub grounds: bool,
    pub reason: bool,
    pub until: bool,
    pub complete: bool,
    pub exhibits: bool,
    pub originals: bool,
    pub forwarded_to: bool,
    pub newcomers: bool,
}

impl Asks {
    /// By kind.
    pub fn of(kind: &str) -> Self {
        let one_of = |kinds: &[&str]| kinds.contains(&kind);
        Self {
            measures: one_of(&[
                "ask",
                "supplement",
                "consult",
                "offer-conditions",
                "accept",
                "postpone",
                "resume",
                "refuse",
                "progress",
                "execute",
                "transmit",
                "withdraw",
            ]),
            act: one_of(&[
                "correct",
                "agree-conditions",
                "decline-conditions",
                "receive",
                "agree-costs",
                "decline-costs",
                "ask-use-consent",
                "give-use-consent",
                "decline-use-consent",
                "return-originals",
                "originals-received",
            ]),
            answers: kind == "supplement",
            grounds: kind == "refuse",
            reason: kind == "postpone",
            until: kind == "postpone",
            complete: kind == "execute",
            exhibits: kind == "transmit",
            originals: kind == "transmit",
            forwarded_to: kind == "not-competent",
            newcomers: kind == "invite",
        }
    }
}

/// An act that another may refer to.
struct Earlier {
    id: String,
    kind: String,
    author: AuthorityId,
    time: Moment,
}

/// The page.
#[derive(Template)]
#[template(path = "say.html")]
struct Page {
    frame: Frame,
    docket: DocketId,
    kind: String,
    possible: Possible,
    asks: Asks,
    measures: Vec<MeasureLine>,
    acts: Vec<Earlier>,
    grounds: Vec<RuledGround>,
    exhibits: Vec<ExhibitShown>,
    form: Form,
    wrong: Option<Problem>,
}

impl Page {
    fn questions(&self) -> impl Iterator<Item = &Earlier> {
        self.acts.iter().filter(|act| act.kind == "ask")
    }
    fn chosen(&self, name: &str, value: &str) -> bool {
        self.form.all(name).any(|chosen| chosen == value)
    }
}

fn look(node: &Node, actor: &Actor, purpose: &str, docket: &str, kind: &str) -> Result<Page, Trouble> {
    actor.may(Action::Write)?;
    let id = node.find_docket(actor, docket)?;
    let page = node.docket_page(actor, purpose, &id, 0, OFFERED)?;
    let possible = page.possible.into_iter().find(|possible| possible.kind == kind);
    let Some(possible) = possible else {
        let remedy = "Choose one of the acts that the docket lists.";
        return Trouble::refuse("web.not-possible", "This is not open to be said in this docket now.", remedy);
    };
    let asks = Asks::of(kind);
    let exhibits = match asks.exhibits {
        true => node.exhibits(actor, &id, 0, OFFERED)?.0,
        false => vec![],
    };
    let earlier =
        |act: node::ActShown| Earlier { id: act.id.to_string(), kind: act.kind, author: act.author, time: act.time };
    Ok(Page {
        frame: Frame::outside(node.authority()),
        docket: id,
        kind: kind.to_owned(),
        possible,
        measures: page.summary.measures,
        acts: page.acts.into_iter().rev().map(earlier).collect(),
        grounds: page.ruling.map(|ruling| ruling.grounds).unwrap_or_default(),
        exhibits: exhibits.into_iter().filter(|exhibit| exhibit.state == "here").collect(),
        asks,
        form: Form::default(),
        wrong: None,
    })
}

async fn make(hall: &Hall, visitor: &Visitor, docket: String, kind: String) -> Result<Page, Sorry> {
    let page = visitor.call(hall, move |node, actor, purpose| look(node, actor, purpose, &docket, &kind)).await?;
    Ok(Page { frame: visitor.frame(), ..page })
}

pub async fn page(
    State(hall): State<Hall>,
    visitor: Visitor,
    Path((docket, kind)): Path<(String, String)>,
) -> Result<Response, Sorry> {
    Ok(show(&make(&hall, &visitor, docket, kind).await?))
}

pub async fn write(
    State(hall): State<Hall>,
    Path((docket, kind)): Path<(String, String)>,
    Posted { visitor, form }: Posted,
) -> Result<Response, Sorry> {
    let page = make(&hall, &visitor, docket, kind).await?;
    let written = match said(&page, &form) {
        Ok(new) => visitor.attempt(&hall, move |node, actor, purpose| node.write_draft(actor, purpose, new)).await,
        Err(problem) => Err(problem),
    };
    match written {
        Ok(draft) => Ok(Redirect::to(&format!("/drafts/{}", draft.id)).into_response()),
        Err(problem) => {
            let status = problem.status;
            Ok(render(status, &Page { form, wrong: Some(problem), ..page }))
        }
    }
}

/// The draft that a form makes.
fn said(page: &Page, form: &Form) -> Result<NewDraft, Problem> {
    let asks = page.asks;
    let mut facts = Map::new();
    let mut list = |asked: bool, name: &str| {
        let mut all: Vec<&str> = form.all(name).collect();
        all.sort_unstable();
        if asked && !all.is_empty() {
            facts.insert(name.to_owned(), all.into());
        }
    };
    list(asks.measures, "measures");
    list(asks.answers, "answers");
    list(asks.grounds, "grounds");
    let mut line = |asked: bool, name: &str| {
        if asked && !form.text(name).is_empty() {
            facts.insert(name.to_owned(), form.text(name).into());
        }
    };
    line(asks.act, "act");
    line(asks.reason, "reason");
    line(asks.until, "until");
    line(asks.forwarded_to, "forwarded-to");
    if asks.complete && !form.text("complete").is_empty() {
        facts.insert("complete".to_owned(), (form.text("complete") == "yes").into());
    }
    if asks.originals && form.ticked("originals") {
        facts.insert("originals".to_owned(), true.into());
    }
    if !form.text("facts").is_empty() {
        let more: Map<String, Value> = serde_json::from_str(form.text("facts"))
            .map_err(|why| Problem::body(format!("The further facts are not a JSON object: {why}.")))?;
        facts.extend(more);
    }
    let exhibits: Result<Vec<ExhibitId>, _> = form.all("exhibits").map(str::parse).collect();
    let newcomers: Result<Vec<AuthorityId>, _> = form.lines("newcomers").map(str::parse).collect();
    let introduces = newcomers.map_err(|why| Problem::body(format!("{why}.")))?;
    let party = |authority| docket::Party { authority, role: "participant".to_owned() };
    let text = form.text("text");
    Ok(NewDraft {
        docket: Some(page.docket),
        kind: page.kind.clone(),
        facts,
        body: (!text.is_empty()).then(|| json!({ "text": text })),
        introduces: if asks.newcomers { introduces.into_iter().map(party).collect() } else { vec![] },
        exhibits: if asks.exhibits { exhibits.map_err(|why| Problem::body(format!("{why}.")))? } else { vec![] },
        ..NewDraft::default()
    })
}

#[cfg(test)]
mod tests {
    use super::Asks;

    /// What the specification's table says of each kind: its facts.
    fn specified() -> Vec<(String, Vec<String>)> {
        let page = include_str!("../../../../docs/spec/assistance.md");
        let table = page.split("```text").nth(1).and_then(|rest| rest.split("```").next()).expect("the table of acts");
        let rows = table.lines().filter(|line| line.contains('|')).skip(1).map(|line| {
            let cells: Vec<&str> = line.split('|').map(str::trim).collect();
            let facts = cells[5].split_whitespace().map(|fact| fact.trim_end_matches('?').to_owned());
            (cells[0].to_owned(), facts.collect())
        });
        rows.collect()
    }

    #[test]
    fn the_form_of_each_kind_asks_for_exactly_the_facts_of_the_specification() {
        let rows = specified();
        assert!(rows.len() > 20);
        for (kind, facts) in rows.iter().filter(|(kind, _)| kind != "submit") {
            let asks = Asks::of(kind);
            let asked = [
                (asks.measures, "measures"),
                (asks.act, "act"),
                (asks.answers, "answers"),
                (asks.grounds, "grounds"),
                (asks.reason, "reason"),
                (asks.until, "until"),
                (asks.complete, "complete"),
                (asks.exhibits, "manifest"),
                (asks.originals, "originals"),
                (asks.forwarded_to, "forwarded-to"),
            ];
            for (asked, fact) in asked {
                assert_eq!(asked, facts.iter().any(|named| named == fact), "{kind}: {fact}");
            }
            assert!(facts.iter().all(|fact| asked.iter().any(|(_, known)| known == fact)), "{kind}: {facts:?}");
        }
    }
}
