//! The ruling as an officer reads it.

use std::fmt::Write;

use crate::data::{Certainty, GroundKind, Limit, Mode, Modelled};
use crate::ruling::{Aside, Basis, Extent, RuledGround, Ruling};
use crate::truth::Truth;

impl Ruling {
    /// The whole ruling in plain words, one fact per line.
    pub fn to_text(&self) -> String {
        let mut text = String::new();
        self.write(&mut text).expect("writing to a string does not fail");
        text
    }

    fn write(&self, out: &mut String) -> std::fmt::Result {
        let q = &self.question;
        writeln!(
            out,
            "{} ({}) asks {} ({}) for {}, as of {}",
            q.requesting.name(),
            q.requesting,
            q.requested.name(),
            q.requested,
            q.form.name(),
            q.on
        )?;
        writeln!(out)?;
        writeln!(out, "BASIS")?;
        for (at, basis) in self.bases.iter().enumerate() {
            write_basis(out, &format!("{}.", at + 1), basis)?;
        }
        if let Some(sentence) = &self.reciprocity {
            writeln!(out, "  {sentence}")?;
        }
        if let Some(sentence) = &self.bilaterals {
            writeln!(out, "  {sentence}")?;
        }
        for sentence in &self.territories {
            writeln!(out, "  {sentence}")?;
        }
        for basis in &self.supporting {
            write_basis(out, "+ ", basis)?;
        }
        if !self.displaced.is_empty() {
            writeln!(out, "DISPLACED")?;
        }
        for d in &self.displaced {
            let perhaps = if d.holds == Truth::Yes { "" } else { ", if in force" };
            let because = d.because.join(", ");
            writeln!(
                out,
                "  {} {} by {}: gives way to {because}{perhaps}{}",
                d.instrument,
                d.provisions,
                d.by,
                mark(d.certainty)
            )?;
        }
        if !self.standing.is_empty() {
            writeln!(out, "STANDING NEVERTHELESS")?;
        }
        for l in &self.standing {
            writeln!(out, "  {}: {}{}{}", l.citation, l.sentence, only_if(&l.depends_on), mark(l.certainty))?;
        }
        asides(out, "PERHAPS IN FORCE", &self.uncertain)?;
        asides(out, "NOT IN FORCE BETWEEN THE TWO", &self.not_in_force)?;
        asides(out, "DOES NOT COVER THIS", &self.out_of_scope)?;
        if !self.requirements.is_empty() {
            writeln!(out, "THE REQUEST MUST CONTAIN")?;
        }
        for r in &self.requirements {
            let when = match r.mode {
                Mode::Always => "",
                Mode::WherePossible => " [where possible]",
                Mode::IfWanted => " [if wanted]",
            };
            writeln!(
                out,
                "  {}: {}{when} ({}){}",
                r.id,
                r.states,
                r.citation,
                mark_subject(r.certainty, &r.subject_to)
            )?;
        }
        if !self.grounds.is_empty() {
            writeln!(out, "MAY BE REFUSED")?;
        }
        for ground in &self.grounds {
            write_ground(out, ground)?;
        }
        if !self.not_held.is_empty() {
            writeln!(out, "NOT HELD")?;
        }
        for sentence in &self.not_held {
            writeln!(out, "  {sentence}")?;
        }
        self.write_clocks(out)?;
        if !self.lines.is_empty() {
            writeln!(out, "ALSO")?;
        }
        for l in &self.lines {
            writeln!(
                out,
                "  {}: {}{} ({}){}",
                l.topic,
                l.sentence,
                only_if(&l.depends_on),
                l.citation,
                mark_subject(l.certainty, &l.subject_to)
            )?;
        }
        if !self.declarations.is_empty() {
            writeln!(out, "DECLARED")?;
        }
        for d in &self.declarations {
            let by = if d.by_reciprocity { " (by reciprocity)" } else { "" };
            writeln!(out, "  {}{by}: {} ({}){}", d.state.name(), d.sentence, d.citation, mark(d.certainty))?;
        }
        if !self.authorities.is_empty() || !self.languages.is_empty() {
            writeln!(out, "ADDRESSED TO")?;
        }
        for a in &self.authorities {
            let part = a.part.as_ref().map_or(String::new(), |part| format!(" ({part})"));
            writeln!(out, "  {}{part}{}", a.name, mark(a.certainty))?;
        }
        for l in &self.languages {
            writeln!(out, "  in the language {}{}", l.code, mark(l.certainty))?;
        }
        if !self.questions.is_empty() {
            writeln!(out, "TO BE FOUND OUT")?;
        }
        for q in &self.questions {
            let decides: Vec<String> = q.decides.iter().map(ToString::to_string).collect();
            writeln!(out, "  {} (the {} State; decides {})", q.question, q.asks, decides.join(", "))?;
            for hint in &q.hints {
                writeln!(out, "     {}: {}{}", hint.state.name(), hint.sentence, mark(hint.certainty))?;
            }
        }
        writeln!(out)?;
        writeln!(out, "Law base {}. {}", self.law, self.notice)
    }

    fn write_clocks(&self, out: &mut String) -> std::fmt::Result {
        if !self.clocks.is_empty() {
            writeln!(out, "CLOCKS")?;
        }
        for c in &self.clocks {
            let unit = c.unit.words();
            let word = match c.limit {
                Limit::Due => "by",
                Limit::MayFrom => "may from",
                Limit::MustEnd => "must end by",
            };
            let end = c.due_at.map(|moment| moment.to_string()).or(c.due.map(|day| day.to_string()));
            let due = end.map_or(String::new(), |end| format!(", {word} {end}"));
            let latest = c.latest.map_or(String::new(), |day| format!(", {word} {day} at the latest"));
            let from = c.from.map_or(String::new(), |day| format!(" ({day})"));
            let passed = match (c.passed, c.limit) {
                (Some(true), Limit::MayFrom) => " [reached]",
                (Some(true), _) => " [passed]",
                _ => "",
            };
            let perhaps = only_if(&c.depends_on);
            let (amount, event, sentence, citation) = (c.amount, &c.event, &c.sentence, &c.citation);
            let marks = mark_subject(c.certainty, &c.subject_to);
            writeln!(
                out,
                "  {amount} {unit} from {event}{from}{due}{latest}{passed}{perhaps}: {sentence} ({citation}){marks}"
            )?;
            for more in c.then.iter().chain(&c.note) {
                writeln!(out, "     {more}")?;
            }
        }
        let mut counted: Vec<_> = self.clocks.iter().map(|c| c.counting).collect();
        counted.dedup();
        for (at, counting) in counted.iter().enumerate() {
            if !counted[..at].contains(counting) {
                writeln!(out, "  {}", counting.sentence())?;
            }
        }
        Ok(())
    }
}

impl RuledGround {
    /// Whether it applies, to which offences, and on what that turns.
    pub fn how(&self) -> String {
        let (only, facts) = (self.only_for.join(", "), self.depends_on.join(", "));
        let applies = match self.applies {
            Truth::Yes => "applies".to_owned(),
            Truth::No if only.is_empty() => "does not apply".to_owned(),
            Truth::No => format!("applies to {only} only"),
            Truth::Depends if only.is_empty() => format!("depends on {facts}"),
            Truth::Depends => format!("applies to {only}, to the rest depending on {facts}"),
        };
        match self.perhaps_for.as_slice() {
            [] => applies,
            some => format!("{applies}, open for {} ({facts})", some.join(", ")),
        }
    }
    /// That a rule excludes it, or may.
    pub fn exclusion(&self) -> Option<String> {
        let words = match self.applies {
            Truth::No if self.only_for.is_empty() => "excluded",
            Truth::No => "for the others excluded",
            _ => "excluded unless the facts named say otherwise",
        };
        self.excluded_by.as_ref().map(|rule| format!("{words} by {rule}"))
    }
}

fn write_ground(out: &mut String, g: &RuledGround) -> std::fmt::Result {
    let must = if g.kind == GroundKind::Mandatory { "must" } else { "may" };
    let marks = mark_subject(g.certainty, &g.subject_to);
    writeln!(out, "  {must}, {}: {} ({}){marks}", g.how(), g.sentence, g.citation)?;
    if let Some(sentence) = g.exclusion() {
        writeln!(out, "     {sentence}")?;
    }
    for next in &g.follows {
        writeln!(out, "     if relied upon: {} ({}){}", next.sentence, next.citation, mark(next.certainty))?;
    }
    Ok(())
}

fn mark_subject(certainty: Certainty, subject_to: &[String]) -> String {
    match subject_to {
        [] => mark(certainty).to_owned(),
        some => format!("{}; changed if {} binds both", mark(certainty), some.join(" or ")),
    }
}

fn only_if(facts: &[String]) -> String {
    if facts.is_empty() { String::new() } else { format!(" [if {}]", facts.join(", ")) }
}

fn mark(certainty: Certainty) -> &'static str {
    match certainty {
        Certainty::Confirmed => "",
        Certainty::Unconfirmed => " *unconfirmed*",
    }
}

fn write_basis(out: &mut String, number: &str, basis: &Basis) -> std::fmt::Result {
    let extent = match basis.extent {
        Extent::Whole => "",
        Extent::InPart => " [in part]",
        Extent::PerhapsInPart => " [perhaps in part]",
    };
    let held = match basis.modelled {
        Modelled::Articles => "",
        Modelled::Partly => " [some articles not modelled, what a request must contain among them]",
        Modelled::Status => " [articles not modelled]",
    };
    writeln!(out, "  {number} {}: {}{extent}{held}", basis.instrument, basis.title)?;
    writeln!(out, "     {}{}", basis.why, mark(basis.certainty))?;
    if let (Truth::Depends, Some((citation, sentence))) = (basis.scope, &basis.covers) {
        writeln!(out, "     only if: {sentence} ({citation})")?;
    }
    if !basis.not_covered.is_empty() {
        writeln!(out, "     does not cover {}", basis.not_covered.join(", "))?;
    }
    Ok(())
}

fn asides(out: &mut String, heading: &str, all: &[Aside]) -> std::fmt::Result {
    if !all.is_empty() {
        writeln!(out, "{heading}")?;
    }
    for a in all {
        writeln!(out, "  {}: {}: {}{}", a.instrument, a.title, a.why, mark(a.certainty))?;
    }
    Ok(())
}
