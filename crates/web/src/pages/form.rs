//! A form as a browser posts it: names and values, bounded, several values to a name.

use std::borrow::Cow;

use axum::RequestExt as _;
use axum::body::Bytes;
use axum::extract::Request;
use http::{StatusCode, header};

use crate::api::BODY_MAX;
use crate::problem::Problem;

/// So many fields a form has at most.
const FIELDS_MAX: usize = 2_000;

/// What a form says.
#[derive(Debug, Default)]
pub struct Form(Vec<(String, String)>);

impl Form {
    /// A form of these fields.
    #[cfg(test)]
    pub fn of(fields: Vec<(String, String)>) -> Self {
        Self(fields)
    }
    /// Reads the body of a request.
    pub async fn read(request: Request) -> Result<Self, Problem> {
        let kind = request.headers().get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or("");
        if kind.split(';').next().map(str::trim) != Some("application/x-www-form-urlencoded") {
            return Err(Problem::body("This is not how a form of these pages is sent."));
        }
        let bytes: Result<Bytes, _> = request.extract().await;
        let bytes = bytes.map_err(|why| match why.status() {
            StatusCode::PAYLOAD_TOO_LARGE => Problem::too_large(BODY_MAX),
            _ => Problem::body("The form broke off."),
        })?;
        let fields = form_urlencoded::parse(&bytes).take(FIELDS_MAX + 1).map(owned).collect::<Vec<_>>();
        if fields.len() > FIELDS_MAX {
            return Err(Problem::body("The form has too many fields."));
        }
        Ok(Self(fields))
    }
    /// The first value of a field, trimmed; empty if there is none.
    pub fn text(&self, name: &str) -> &str {
        self.all(name).next().unwrap_or("")
    }
    /// All values of a field, trimmed, blank ones left out.
    pub fn all<'a>(&'a self, name: &str) -> impl Iterator<Item = &'a str> {
        let named = self.0.iter().filter(move |(found, _)| found == name);
        named.map(|(_, value)| value.trim()).filter(|value| !value.is_empty())
    }
    /// Whether a box was ticked.
    pub fn ticked(&self, name: &str) -> bool {
        self.all(name).next().is_some()
    }
    /// The lines of a field, blank ones left out.
    pub fn lines<'a>(&'a self, name: &str) -> impl Iterator<Item = &'a str> {
        self.text(name).lines().map(str::trim).filter(|line| !line.is_empty())
    }
}

/// Browsers send line ends as two characters; what is signed has one.
fn owned((name, value): (Cow<'_, str>, Cow<'_, str>)) -> (String, String) {
    (name.into_owned(), value.replace("\r\n", "\n"))
}
