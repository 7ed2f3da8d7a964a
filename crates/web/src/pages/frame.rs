//! What every page has: whose node it is, who is signed in, where one can go; and the page that says what went wrong.

use askama::Template;
use axum::response::{Html, IntoResponse, Response};
use http::StatusCode;
use node::{Action, Role};
use terms::{AuthorityId, Bug};

use super::assets;
use super::gate::Visitor;
use crate::problem::Problem;

/// What every page has.
#[derive(Debug, Clone)]
pub struct Frame {
    /// Whose node it is.
    pub authority: AuthorityId,
    /// Who is signed in.
    pub person: Option<Person>,
    /// The style sheets.
    pub styles: Vec<String>,
}

/// Who is signed in, and what the menu offers them.
#[derive(Debug, Clone)]
pub struct Person {
    /// The name as others read it.
    pub name: String,
    /// What they are here for.
    pub roles: Vec<Role>,
    /// What forms bear.
    pub csrf: String,
    /// Whether they write.
    pub writes: bool,
    /// Whether they see what an operator sees.
    pub operates: bool,
    /// Whether they read the audit trail.
    pub audits: bool,
}

impl Frame {
    /// For somebody who is signed in.
    pub fn of(visitor: &Visitor, authority: &AuthorityId) -> Self {
        let person = Person {
            name: visitor.actor.name.clone(),
            roles: visitor.actor.roles.iter().copied().collect(),
            csrf: visitor.csrf.clone(),
            writes: visitor.may(Action::Write),
            operates: visitor.may(Action::Operate),
            audits: visitor.may(Action::ReadAudit),
        };
        Self { person: Some(person), ..Self::outside(authority) }
    }
    /// For somebody who is not.
    pub fn outside(authority: &AuthorityId) -> Self {
        Self { authority: authority.clone(), person: None, styles: assets::style_sheets().collect() }
    }
    /// What forms bear; nothing if nobody is signed in.
    pub fn csrf(&self) -> &str {
        self.person.as_ref().map_or("", |person| &person.csrf)
    }
}

/// Renders a page.
pub fn render(status: StatusCode, page: &impl Template) -> Response {
    match page.render() {
        Ok(html) => (status, Html(html)).into_response(),
        // Only memory can fail here; the problem says so without a template.
        Err(why) => Problem::from(node::Trouble::from(Bug::new(format!("a page was not made: {why}")))).into_response(),
    }
}

/// A page as an answer.
pub fn show(page: &impl Template) -> Response {
    render(StatusCode::OK, page)
}

/// The page that says what went wrong, with its code and a way back.
#[derive(Template)]
#[template(path = "sorry.html")]
pub struct Sorry {
    frame: Frame,
    problem: Box<Problem>,
}

impl Sorry {
    /// Says what went wrong.
    pub fn new(frame: Frame, problem: Problem) -> Self {
        Self { frame, problem: Box::new(problem) }
    }
}

impl IntoResponse for Sorry {
    fn into_response(self) -> Response {
        let status = self.problem.status;
        render(status, &self)
    }
}

/// There is no such page.
pub async fn nowhere(visitor: Visitor) -> Sorry {
    visitor.sorry(Problem::nowhere())
}

/// It cannot be asked like this.
pub async fn method(visitor: Visitor) -> Sorry {
    visitor.sorry(Problem::method())
}
