//! `comity law explain`: what stands behind a line of a ruling.

use law::Base;
use terms::Citation;

use super::names;
use crate::fitted::fitted;
use crate::{Ended, FAILURE, NOT_FOUND, USAGE, say};

/// Explains a line, given as it is printed in a ruling: every provision that it cites.
pub fn run(base: &Base, words: &[String], json: bool) -> Result<(), Ended> {
    let mut rules = Vec::new();
    for citation in citations(&words.join(" "))? {
        let id = &citation.instrument;
        if base.instrument(id).is_none() {
            return Err(names::no_instrument(base, id));
        }
        let behind = law::explain(base, &citation);
        if behind.is_empty() {
            let sentence = format!(
                "The law base holds no rule under {citation}; `comity law instrument {id}` lists those of {id}."
            );
            return Err(Ended::coded(NOT_FOUND, "law.no-rule", sentence));
        }
        rules.extend(behind);
    }
    if json {
        say(serde_json::to_string_pretty(&rules).map_err(|error| Ended::new(FAILURE, error))?);
        return Ok(());
    }
    for rule in &rules {
        say(format!("{}  {} {}", rule.citation, rule.kind, rule.id));
        say(fitted(&format!("  {}", rule.sentence)));
        for detail in &rule.details {
            say(fitted(&format!("  {detail}")));
        }
        if !rule.forms.is_empty() {
            let forms: Vec<&str> = rule.forms.iter().map(|form| form.name()).collect();
            say(fitted(&format!("  For: {}.", forms.join(", "))));
        }
        let of = rule.source_of.map_or_else(String::new, |day| format!(", as of {day}"));
        let sure = match rule.certainty {
            law::Certainty::Confirmed => "Confirmed",
            law::Certainty::Unconfirmed => "Unconfirmed",
        };
        say(fitted(&format!("  {sure}; source: {}{of}; checked {}.", rule.source, rule.checked)));
    }
    say(fitted(&format!("Law base {}. {}", base.version(), base.notice())));
    Ok(())
}

/// The provisions that a line names: `... (un1988 art 7(10)(f))`, as often as it does; or one by itself, `un1988 7(10)(f)`, `un1988:7(10)(f)`, or
/// `un1988:7.10.f`, which no shell needs in quotes.
fn citations(text: &str) -> Result<Vec<Citation>, Ended> {
    const ART: &str = " art ";
    let printed = text.match_indices(ART).filter_map(|(at, _)| {
        let before = text[..at].rsplit([' ', '(']).next().filter(|id| !id.is_empty())?;
        Some(Citation::new(before, leading_provision(&text[at + ART.len()..])))
    });
    let mut all: Vec<Citation> = printed.collect();
    all.dedup();
    if !all.is_empty() {
        return Ok(all);
    }
    let text = text.trim();
    let text = text.strip_prefix('(').and_then(|t| t.strip_suffix(')')).unwrap_or(text);
    let (instrument, provision) = text.split_once([' ', ':']).ok_or_else(|| {
        Ended::new(USAGE, "A line is named by its instrument and provision, as a ruling prints them: “un1988 7(10)(f)”, or un1988:7.10.f.")
    })?;
    let provision = provision.trim();
    if provision.starts_with('[') {
        return Ok(vec![Citation::new(instrument, provision)]);
    }
    let mut dotted = provision.split('.');
    let first = dotted.next().unwrap_or_default();
    Ok(vec![Citation::new(instrument, dotted.fold(first.to_owned(), |all, part| format!("{all}({part})")))])
}

/// The provision with which a text begins: to the end of its brackets, `7(10)(f)` or `[content of requests]`.
fn leading_provision(text: &str) -> &str {
    let (mut depth, heading) = (0, text.starts_with('['));
    let end = text.find(|c: char| {
        match c {
            '(' | '[' => depth += 1,
            ')' | ']' => depth -= 1,
            _ => {}
        }
        depth < 0 || (depth == 0 && !heading && (c.is_whitespace() || ",;:".contains(c)))
    });
    let text = &text[..end.unwrap_or(text.len())];
    text.find(']').filter(|_| heading).map_or(text, |last| &text[..=last])
}

#[cfg(test)]
mod tests {
    use super::citations;

    #[test]
    fn a_provision_is_found_alone_and_in_a_whole_line() {
        for (typed, named) in [
            ("un1988 art 7(10)(f)", &["un1988 art 7(10)(f)"][..]),
            ("(un1988 art 7(10)(f))", &["un1988 art 7(10)(f)"]),
            ("un1988 7(10)(f)", &["un1988 art 7(10)(f)"]),
            ("un1988:7.10.f", &["un1988 art 7(10)(f)"]),
            (
                "  may, depends on x: A sentence. (ets24 art 6(1)(a)) *unconfirmed*; changed if ets98 binds both",
                &["ets24 art 6(1)(a)"],
            ),
            (
                "  req.purpose: Why. (es-ma-mla-2009 art [content of requests]) *unconfirmed*",
                &["es-ma-mla-2009 art [content of requests]"],
            ),
            (
                "Is it? (the requesting State; decides ets24 art 3(1), un1988 art 6(1))",
                &["ets24 art 3(1)", "un1988 art 6(1)"],
            ),
            ("  un1988 art 7(5): Bank secrecy is no ground.", &["un1988 art 7(5)"]),
            ("x:[general]", &["x art [general]"]),
        ] {
            let found: Vec<String> = citations(typed).expect("a line").iter().map(ToString::to_string).collect();
            assert_eq!(found, named, "{typed}");
        }
        assert!(citations("un1988").is_err());
    }
}
