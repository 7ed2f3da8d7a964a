//! The ruling as an officer reads it.

use std::fmt::Write;

use crate::data::{Certainty, GroundKind, Mode, Modelled};
use crate::ruling::{Aside, Basis, Extent, Ruling};
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
            "{} ({}) asks {} ({}), as of {}",
            q.requesting.name(),
            q.requesting,
            q.requested.name(),
            q.requested,
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
            writeln!(out, "  {}: {}{}", l.citation, l.sentence, mark(l.certainty))?;
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
            writeln!(out, "  {}: {}{when} ({}){}", r.id, r.states, r.citation, mark(r.certainty))?;
        }
        if !self.grounds.is_empty() {
            writeln!(out, "MAY BE REFUSED")?;
        }
        for g in &self.grounds {
            let must = if g.kind == GroundKind::Mandatory { "must" } else { "may" };
            let applies = match g.applies {
                Truth::Yes => "applies".to_owned(),
                Truth::No => "does not apply".to_owned(),
                Truth::Depends => format!("depends on {}", g.depends_on.join(", ")),
            };
            writeln!(out, "  {must}, {applies}: {} ({}){}", g.sentence, g.citation, mark(g.certainty))?;
        }
        if !self.clocks.is_empty() {
            writeln!(out, "CLOCKS (calendar days; the day of the event is not counted, the last day is)")?;
        }
        for c in &self.clocks {
            let due = c.due.map_or(String::new(), |day| format!(", by {day}"));
            writeln!(
                out,
                "  {} days from {}{due}: {} ({}){}",
                c.days,
                c.event,
                c.sentence,
                c.citation,
                mark(c.certainty)
            )?;
        }
        if !self.lines.is_empty() {
            writeln!(out, "ALSO")?;
        }
        for l in &self.lines {
            writeln!(out, "  {}: {} ({}){}", l.topic, l.sentence, l.citation, mark(l.certainty))?;
        }
        if !self.declarations.is_empty() {
            writeln!(out, "DECLARED")?;
        }
        for d in &self.declarations {
            writeln!(out, "  {}: {} ({}){}", d.state.name(), d.sentence, d.citation, mark(d.certainty))?;
        }
        if !self.questions.is_empty() {
            writeln!(out, "TO BE FOUND OUT")?;
        }
        for q in &self.questions {
            let decides: Vec<String> = q.decides.iter().map(ToString::to_string).collect();
            writeln!(out, "  {} (the {} State; decides {})", q.question, q.asks, decides.join(", "))?;
        }
        writeln!(out)?;
        writeln!(out, "Law base {}. {}", self.law, self.notice)
    }
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
