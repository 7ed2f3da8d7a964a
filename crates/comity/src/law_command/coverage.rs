//! `comity law coverage`: which pairs of States have what, as a table, as JSON, and as a matrix in SVG.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use clap::Args;
use law::{Base, Certainty, Cover, Coverage, Form};
use terms::{Date, State};

use super::names;
use crate::fitted::fitted;
use crate::{Ended, FAILURE, say};

/// Which pairs, and how they are shown.
#[derive(Args)]
pub struct Ask {
    /// The day as of which the law is asked; today (UTC), if none is given.
    #[arg(long, value_name = "YYYY-MM-DD", value_parser = names::day)]
    on: Option<Date>,
    /// The form of cooperation, as for `comity law between`.
    #[arg(long = "for", value_name = "FORM", default_value = "assistance")]
    form: Form,
    /// Only what this State has with each other one, as the State that asks.
    #[arg(long, value_name = "STATE", value_parser = names::state)]
    state: Option<State>,
    /// Every pair as one JSON document.
    #[arg(long, conflicts_with = "svg")]
    pub json: bool,
    /// Write the matrix to this file.
    #[arg(long, value_name = "FILE")]
    svg: Option<PathBuf>,
}

/// Answers.
pub fn run(base: &Base, ask: &Ask) -> Result<(), Ended> {
    let coverage = law::coverage(base, ask.form, names::or_today(ask.on)?, ask.state);
    if ask.json {
        say(serde_json::to_string_pretty(&coverage).map_err(|error| Ended::new(FAILURE, error))?);
        return Ok(());
    }
    if let Some(file) = &ask.svg {
        return write(file, &svg(&coverage));
    }
    say(format!("{} on {}, ordered pairs of {} States", ask.form.name(), coverage.on, coverage.states.len()));
    for (cover, pairs) in coverage.counts() {
        say(format!("  {pairs:>6}  {}", cover.name()));
    }
    if ask.state.is_some() {
        for relation in &coverage.relations {
            let leading = relation.leading.as_deref().unwrap_or("-");
            let sure = if relation.certainty == Some(Certainty::Unconfirmed) { " *unconfirmed*" } else { "" };
            let (state, name, cover) = (relation.requested, relation.requested.name(), relation.cover.name());
            say(format!("  {state}  {name}: {cover}: {leading}{sure}"));
        }
    } else {
        say("  (--state ES shows one State's partners, --json every pair, --svg FILE the matrix)");
    }
    say(fitted(&format!("Law base {}. {}", base.version(), base.notice())));
    Ok(())
}

fn write(file: &Path, text: &str) -> Result<(), Ended> {
    std::fs::write(file, text).map_err(|error| Ended::new(FAILURE, format!("{}: {error}", file.display())))?;
    eprintln!("{} written, {} bytes", file.display(), text.len());
    Ok(())
}

/// Colours that people with colour-blindness tell apart; paler where unconfirmed. The legend names each.
fn colour(cover: Cover) -> &'static str {
    match cover {
        Cover::UnionAct => "#0072b2",
        Cover::Bilateral => "#d55e00",
        Cover::Regional => "#009e73",
        Cover::Universal => "#e69f00",
        Cover::Scheme => "#cc79a7",
        Cover::Perhaps => "#999999",
        Cover::Nothing => "#ffffff",
    }
}

const CELL: usize = 9;
const LEFT: usize = 30;
const TOP: usize = 150;

/// The matrix: a row for each State that asks, a column for each that is asked; neighbours of one kind in one bar.
fn svg(coverage: &Coverage) -> String {
    let size = coverage.states.len() * CELL;
    let (width, height) = (LEFT + size + 10, TOP + size + 10);
    let (form, on, law) = (coverage.form.name(), coverage.on, &coverage.law);
    let mut out = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\" viewBox=\"0 0 {width} {height}\" \
         font-family=\"sans-serif\" role=\"img\">\n<title>{form} between States on {on}</title>\n\
         <desc>Rows ask, columns are asked. Law base {law}. This assists a lawyer; it decides nothing.</desc>\n\
         <rect width=\"{width}\" height=\"{height}\" fill=\"#fff\"/>\n\
         <text x=\"{LEFT}\" y=\"20\" font-size=\"14\">{form} between States on {on}: rows ask, columns are asked (law base {law})</text>\n"
    );
    legend(&mut out, coverage);
    for (at, state) in coverage.states.iter().enumerate() {
        let middle = at * CELL + CELL - 2;
        let (code, y, x) = (state.code(), TOP + middle, LEFT + middle);
        let _ = writeln!(out, "<text x=\"{}\" y=\"{y}\" font-size=\"7\" text-anchor=\"end\">{code}</text>", LEFT - 3);
        let top = TOP - 3;
        let _ = writeln!(
            out,
            "<text x=\"{x}\" y=\"{top}\" font-size=\"7\" transform=\"rotate(-90 {x} {top})\">{code}</text>"
        );
    }
    for (row, requesting) in coverage.states.iter().enumerate() {
        bars(&mut out, coverage, row, *requesting);
        // no State asks itself: this is not white as what is not held
        let (x, y) = (LEFT + row * CELL, TOP + row * CELL);
        let _ = writeln!(out, "<rect x=\"{x}\" y=\"{y}\" width=\"{CELL}\" height=\"{CELL}\" fill=\"#333\"/>");
    }
    guides(&mut out, coverage.states.len());
    out.push_str("</svg>\n");
    out
}

/// A thin line after every tenth State, so that an eye finds its row and column.
fn guides(out: &mut String, states: usize) {
    let size = states * CELL;
    for at in (0..states).step_by(10).map(|at| at * CELL) {
        let (x, y, right, low) = (LEFT + at, TOP + at, LEFT + size, TOP + size);
        let _ = writeln!(out, "<path d=\"M{LEFT} {y}H{right}M{x} {TOP}V{low}\" stroke=\"#444\" stroke-width=\"0.4\"/>");
    }
}

fn legend(out: &mut String, coverage: &Coverage) {
    for (at, (cover, pairs)) in coverage.counts().into_iter().enumerate() {
        let (x, y) = (LEFT + (at / 4) * 260, 34 + (at % 4) * 18);
        let (fill, name) = (colour(cover), cover.name());
        let _ = writeln!(out, "<rect x=\"{x}\" y=\"{y}\" width=\"12\" height=\"12\" fill=\"{fill}\" stroke=\"#444\"/>");
        let (x, y) = (x + 18, y + 10);
        let _ = writeln!(out, "<text x=\"{x}\" y=\"{y}\" font-size=\"11\">{name}: {pairs}</text>");
    }
    let _ = writeln!(
        out,
        "<text x=\"{LEFT}\" y=\"118\" font-size=\"11\">Paler: unconfirmed. Dark: the State itself. This assists a lawyer; it decides nothing.</text>"
    );
}

fn bars(out: &mut String, coverage: &Coverage, row: usize, requesting: State) {
    let column = |state: State| coverage.states.binary_search(&state).ok();
    let mut run: Option<(usize, usize, Cover, Option<Certainty>)> = None;
    let mut draw = |(from, to, cover, certainty): (usize, usize, Cover, Option<Certainty>)| {
        if cover == Cover::Nothing {
            return;
        }
        let (x, y, width) = (LEFT + from * CELL, TOP + row * CELL, (to - from + 1) * CELL);
        let pale = if certainty == Some(Certainty::Unconfirmed) { " fill-opacity=\"0.5\"" } else { "" };
        let fill = colour(cover);
        let _ = writeln!(out, "<rect x=\"{x}\" y=\"{y}\" width=\"{width}\" height=\"{CELL}\" fill=\"{fill}\"{pale}/>");
    };
    for relation in coverage.relations.iter().filter(|relation| relation.requesting == requesting) {
        let Some(at) = column(relation.requested) else { continue };
        match &mut run {
            Some((_, to, cover, certainty))
                if *to + 1 == at && *cover == relation.cover && *certainty == relation.certainty =>
            {
                *to = at;
            }
            other => {
                if let Some(done) = other.take() {
                    draw(done);
                }
                *other = Some((at, at, relation.cover, relation.certainty));
            }
        }
    }
    if let Some(done) = run {
        draw(done);
    }
}
