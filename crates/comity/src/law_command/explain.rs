//! `comity law explain`: what stands behind a line of a ruling.

use law::Base;
use terms::Citation;

use super::names;
use crate::{Ended, FAILURE, NOT_FOUND, USAGE, say};

/// Explains a line, given as it is printed in a ruling.
pub fn run(base: &Base, words: &[String], json: bool) -> Result<(), Ended> {
    let citation = citation(&words.join(" "))?;
    if base.instrument(&citation.instrument).is_none() {
        let id = &citation.instrument;
        let near = names::meant(id, base.instruments().map(|i| (i.id.as_str(), i.id.as_str())));
        return Err(Ended::new(NOT_FOUND, format!("The law base has no instrument “{id}”{near}")));
    }
    let rules = law::explain(base, &citation);
    if rules.is_empty() {
        return Err(Ended::new(NOT_FOUND, format!("The law base holds no rule under {citation}.")));
    }
    if json {
        say(serde_json::to_string_pretty(&rules).map_err(|error| Ended::new(FAILURE, error))?);
        return Ok(());
    }
    for rule in &rules {
        say(format!("{}  {} {}", rule.citation, rule.kind, rule.id));
        say(format!("  {}", rule.sentence));
        for detail in &rule.details {
            say(format!("  {detail}"));
        }
        if !rule.forms.is_empty() {
            let forms: Vec<&str> = rule.forms.iter().map(|form| form.name()).collect();
            say(format!("  For: {}.", forms.join(", ")));
        }
        let of = rule.source_of.map_or_else(String::new, |day| format!(", as of {day}"));
        let sure = match rule.certainty {
            law::Certainty::Confirmed => "Confirmed",
            law::Certainty::Unconfirmed => "Unconfirmed",
        };
        say(format!("  {sure}; source: {}{of}; checked {}.", rule.source, rule.checked));
    }
    say(format!("Law base {}. {}", base.version(), base.notice()));
    Ok(())
}

/// `un1988 art 7(10)(f)`, `un1988 7(10)(f)`, `un1988:7(10)(f)`, or `un1988:7.10.f`, which no shell needs in quotes.
fn citation(text: &str) -> Result<Citation, Ended> {
    let text = text.trim();
    let text = text.strip_prefix('(').and_then(|t| t.strip_suffix(')')).unwrap_or(text);
    let (instrument, provision) = text.split_once([' ', ':']).ok_or_else(|| {
        Ended::new(USAGE, "A line is named by its instrument and provision, as a ruling prints them: “un1988 7(10)(f)”, or un1988:7.10.f.")
    })?;
    let provision = provision.trim();
    let provision = provision.strip_prefix("art ").unwrap_or(provision).trim();
    let mut dotted = provision.split('.');
    let first = dotted.next().unwrap_or_default();
    let bracketed = dotted.fold(first.to_owned(), |all, part| format!("{all}({part})"));
    Ok(Citation::new(instrument, if provision.starts_with('[') { provision.to_owned() } else { bracketed }))
}
