//! A question to the law base: which instruments bind two States on a day, and what they ask.

use std::collections::BTreeSet;

use askama::Template;
use axum::extract::{Query, State};
use axum::response::Response;
use law::{Question, Ruling};
use serde::Deserialize;
use terms::{Date, State as Nation};

use super::Hall;
use super::frame::{Frame, Sorry, render};
use super::gate::Visitor;
use super::words;
use crate::problem::Problem;

/// The page.
#[derive(Template)]
#[template(path = "law.html")]
struct Page {
    frame: Frame,
    states: Vec<(String, &'static str)>,
    measures: Vec<String>,
    asked: Asked,
    today: Date,
    ruling: Option<Box<Ruling>>,
    wrong: Option<Problem>,
}

impl Page {
    fn chosen(&self, measure: &str) -> bool {
        self.asked.measures().any(|chosen| chosen == measure)
    }
}

/// What is asked. A browser sends empty fields too.
#[derive(Default, Deserialize)]
pub struct Asked {
    #[serde(default)]
    requesting: String,
    #[serde(default)]
    requested: String,
    #[serde(default)]
    on: String,
    /// Measures between commas.
    #[serde(default)]
    measure: String,
}

impl Asked {
    fn measures(&self) -> impl Iterator<Item = &str> {
        self.measure.split(',').map(str::trim).filter(|measure| !measure.is_empty())
    }
    fn question(&self, today: Date, known: &[String]) -> Result<Question, Problem> {
        let state = |text: &str| text.parse::<Nation>().map_err(|why| Problem::query(format!("{why}.")));
        let on = match self.on.as_str() {
            "" => today,
            text => text.parse().map_err(|_| Problem::query(format!("“{}” is no day.", words::cut(text))))?,
        };
        if let Some(unknown) = self.measures().find(|measure| !known.iter().any(|known| known == measure)) {
            return Err(Problem::query(format!("“{}” is no measure of the form.", words::cut(unknown))));
        }
        let measures: BTreeSet<String> = self.measures().map(str::to_owned).collect();
        Ok(Question { measures, ..Question::assistance(state(&self.requesting)?, state(&self.requested)?, on) })
    }
}

pub async fn page(State(hall): State<Hall>, visitor: Visitor, Query(asked): Query<Asked>) -> Result<Response, Sorry> {
    let today = hall.desk.node.now().date();
    let measures = hall.desk.node.request_form().measures.clone();
    let ruled = match asked.requesting.is_empty() && asked.requested.is_empty() {
        true => Ok(None),
        false => match asked.question(today, &measures) {
            Ok(question) => {
                visitor.attempt(&hall, move |node, actor, _| node.ask_law(actor, &question)).await.map(Some)
            }
            Err(problem) => Err(problem),
        },
    };
    let (ruling, wrong) = match ruled {
        Ok(ruling) => (ruling.map(Box::new), None),
        Err(problem) => (None, Some(problem)),
    };
    let status = wrong.as_ref().map_or(http::StatusCode::OK, |wrong| wrong.status);
    let page = Page {
        frame: visitor.frame(),
        states: Nation::all().map(|state| (state.code().to_owned(), state.name())).collect(),
        measures,
        asked,
        today,
        ruling,
        wrong,
    };
    Ok(render(status, &page))
}
