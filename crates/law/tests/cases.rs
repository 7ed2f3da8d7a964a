//! The scenario files `law/cases/*.toml`: facts, and the ruling that a lawyer expects, with citations.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::LazyLock;

use law::data::{GroundKind, Limit};
use law::{Base, Certainty, Form, Question, Ruling, Truth, rule};
use serde::Deserialize;
use terms::{Citation, Date, Moment, State};

static BASE: LazyLock<Base> = LazyLock::new(|| Base::embedded().expect("the embedded law base loads"));

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    title: String,
    question: Question,
    expect: Expect,
}

/// What is not named is not looked at; `whole` lists are compared as sets.
#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields, default)]
struct Expect {
    leading: Option<String>,
    no_basis: bool,
    provisional: Option<bool>,
    certainty: Option<Certainty>,
    /// Among the bases, in this order.
    bases: Vec<String>,
    /// Exactly these bases in this order.
    whole_bases: Option<Vec<String>>,
    not_bases: Vec<String>,
    supporting: Vec<String>,
    displaced: Vec<Gone>,
    nothing_displaced: bool,
    /// `un1988 7(5)`
    standing: Vec<String>,
    not_in_force: Vec<String>,
    uncertain: Vec<String>,
    out_of_scope: Vec<String>,
    requirements: Vec<Asked>,
    /// No requirement cites these instruments.
    requires_nothing_of: Vec<String>,
    /// These requirements are not asked.
    requires_not: Vec<String>,
    all_requirements: Option<Certainty>,
    grounds: Vec<Ground>,
    /// No such ground is in the ruling.
    no_grounds: Vec<String>,
    clocks: Vec<Clock>,
    no_clocks: Vec<String>,
    /// `un1988 6(2)` is said among the lines.
    lines: Vec<String>,
    not_lines: Vec<String>,
    /// The offences that the leading basis does not cover.
    not_covered: Vec<String>,
    /// Facts that must be asked, in this order among the questions.
    asks: Vec<String>,
    declared: Vec<String>,
    /// The ruling says of these that they are no States.
    territories: Vec<String>,
    /// A register helps to answer these questions.
    hinted: Vec<String>,
    /// What a register says to a question.
    hints: Vec<Hinted>,
}
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Gone {
    instrument: String,
    provisions: String,
    by: String,
    because: String,
    #[serde(default = "yes")]
    holds: Truth,
}
fn yes() -> Truth {
    Truth::Yes
}
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Asked {
    id: String,
    citation: String,
}
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Ground {
    id: String,
    citation: String,
    applies: Truth,
    kind: Option<GroundKind>,
    certainty: Option<Certainty>,
    #[serde(default)]
    depends_on: Vec<String>,
    #[serde(default)]
    only_for: Vec<String>,
    excluded_by: Option<String>,
    /// `ets24 6(2)` follows if it is relied upon.
    #[serde(default)]
    follows: Vec<String>,
    #[serde(default)]
    subject_to: Vec<String>,
}
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Hinted {
    fact: String,
    state: State,
    /// The hint begins so.
    provision: String,
    /// And contains this.
    says: String,
    certainty: Option<Certainty>,
}
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Clock {
    id: String,
    citation: String,
    due: Option<Date>,
    due_at: Option<Moment>,
    /// The last day before it was moved.
    unmoved: Option<Date>,
    latest: Option<Date>,
    limit: Option<Limit>,
    passed: Option<bool>,
    certainty: Option<Certainty>,
}

fn short(citation: &Citation) -> String {
    format!("{} {}", citation.instrument, citation.provision)
}

fn check(case: &Case, r: &Ruling) -> Vec<String> {
    let mut wrong = Vec::new();
    let mut ask = |holds: bool, what: String| {
        if !holds {
            wrong.push(what);
        }
    };
    let e = &case.expect;
    let bases: Vec<&str> = r.bases.iter().map(|b| b.instrument.as_str()).collect();
    let leading = r.leading().map(|b| b.instrument.as_str());
    if e.no_basis {
        ask(leading.is_none() && r.reciprocity.is_some(), format!("no basis is expected, {leading:?} leads"));
    }
    if let Some(want) = &e.leading {
        ask(leading == Some(want), format!("{want} leads, not {leading:?}"));
    }
    if let Some(want) = e.provisional {
        ask(r.leading().map(|b| b.provisional) == Some(want), format!("provisional: {want}"));
    }
    if let Some(want) = e.certainty {
        ask(r.leading().map(|b| b.certainty) == Some(want), format!("the leading basis is {want:?}"));
    }
    if let Some(want) = &e.whole_bases {
        ask(bases == want.iter().map(String::as_str).collect::<Vec<_>>(), format!("bases {want:?}, not {bases:?}"));
    }
    let mut rest = bases.iter();
    for want in &e.bases {
        ask(rest.any(|b| b == want), format!("{want} is a basis, in this order: {bases:?}"));
    }
    for not in &e.not_bases {
        let named = r.bases.iter().chain(&r.supporting).any(|b| b.instrument == *not);
        ask(!named, format!("{not} is no basis"));
    }
    for want in &e.supporting {
        ask(r.supporting.iter().any(|b| b.instrument == *want), format!("{want} supports"));
    }
    for want in &e.displaced {
        let found = r.displaced.iter().any(|d| {
            d.instrument == want.instrument
                && d.provisions == want.provisions
                && short(&d.by) == want.by
                && d.because.contains(&want.because)
                && d.holds == want.holds
        });
        ask(found, format!("{} {} gives way to {}", want.instrument, want.provisions, want.because));
    }
    if e.nothing_displaced {
        ask(r.displaced.is_empty(), format!("nothing gives way, not {:?}", r.displaced));
    }
    for want in &e.standing {
        ask(r.standing.iter().any(|l| short(&l.citation) == *want), format!("{want} stands"));
    }
    for (list, found, what) in [
        (&e.not_in_force, &r.not_in_force, "not in force"),
        (&e.uncertain, &r.uncertain, "perhaps in force"),
        (&e.out_of_scope, &r.out_of_scope, "out of scope"),
    ] {
        for want in list {
            ask(found.iter().any(|a| a.instrument == *want), format!("{want} is {what}"));
        }
    }
    for want in &e.requirements {
        let found = r.requirements.iter().any(|q| q.id == want.id && short(&q.citation) == want.citation);
        ask(found, format!("{} is asked by {}", want.id, want.citation));
    }
    for not in &e.requires_nothing_of {
        let cited = r.requirements.iter().find(|q| q.citation.instrument == *not);
        ask(cited.is_none(), format!("{not} asks nothing, not {cited:?}"));
    }
    for not in &e.requires_not {
        ask(r.requirements.iter().all(|q| q.id != *not), format!("{not} is not asked"));
    }
    if let Some(want) = e.all_requirements {
        let all = !r.requirements.is_empty() && r.requirements.iter().all(|q| q.certainty == want);
        ask(all, format!("every requirement is {want:?}"));
    }
    for want in &e.grounds {
        let found = r.grounds.iter().any(|g| {
            g.id == want.id
                && short(&g.citation) == want.citation
                && g.applies == want.applies
                && want.kind.is_none_or(|kind| g.kind == kind)
                && want.certainty.is_none_or(|certainty| g.certainty == certainty)
                && want.depends_on.iter().all(|fact| g.depends_on.contains(fact))
                && (want.only_for.is_empty() || g.only_for == want.only_for)
                && (want.excluded_by.is_none() || g.excluded_by.as_ref().map(short) == want.excluded_by)
                && want.follows.iter().all(|c| g.follows.iter().any(|line| short(&line.citation) == *c))
                && want.subject_to == g.subject_to
        });
        let likewise: Vec<_> = r.grounds.iter().filter(|g| g.id == want.id).collect();
        ask(found, format!("{} ({}): {:?}; there is {likewise:?}", want.id, want.citation, want.applies));
    }
    for not in &e.no_grounds {
        ask(r.grounds.iter().all(|g| format!("{} ({})", g.id, short(&g.citation)) != *not), format!("no {not}"));
    }
    for want in &e.clocks {
        let found = r.clocks.iter().any(|c| {
            c.id == want.id
                && short(&c.citation) == want.citation
                && (want.due.is_none() || c.due == want.due)
                && (want.unmoved.is_none() || c.unmoved == want.unmoved)
                && (want.latest.is_none() || c.latest == want.latest)
                && (want.due_at.is_none() || c.due_at == want.due_at)
                && want.limit.is_none_or(|limit| c.limit == limit)
                && (want.passed.is_none() || c.passed == want.passed)
                && want.certainty.is_none_or(|certainty| c.certainty == certainty)
        });
        let likewise: Vec<_> = r.clocks.iter().filter(|c| c.id == want.id).collect();
        ask(found, format!("{} ({}) by {:?}; there is {likewise:?}", want.id, want.citation, want.due));
    }
    for not in &e.no_clocks {
        ask(r.clocks.iter().all(|c| c.id != *not), format!("the clock {not} does not run"));
    }
    for want in &e.lines {
        ask(r.lines.iter().any(|l| short(&l.citation) == *want), format!("{want} is said"));
    }
    for not in &e.not_lines {
        ask(r.lines.iter().all(|l| short(&l.citation) != *not), format!("{not} is not said"));
    }
    if !e.not_covered.is_empty() {
        let found = r.leading().map(|b| b.not_covered.clone()).unwrap_or_default();
        ask(found == e.not_covered, format!("{:?} are not covered, not {found:?}", e.not_covered));
    }
    let mut rest = r.questions.iter();
    for want in &e.asks {
        ask(rest.any(|q| q.fact == *want), format!("asks {want}, in this order"));
    }
    for want in &e.hinted {
        ask(r.questions.iter().any(|q| q.fact == *want && !q.hints.is_empty()), format!("{want} is hinted at"));
    }
    for want in &e.hints {
        let open = r.questions.iter().filter(|q| q.fact == want.fact);
        let found = open.flat_map(|q| &q.hints).any(|hint| {
            hint.state == want.state
                && hint.sentence.starts_with(&want.provision)
                && hint.sentence.contains(&want.says)
                && want.certainty.is_none_or(|certainty| certainty == hint.certainty)
        });
        ask(found, format!("{} of {} answers {}", want.provision, want.state, want.fact));
    }
    for want in &e.territories {
        ask(r.territories.iter().any(|said| said.starts_with(want)), format!("{want} is said to be no State"));
    }
    for want in &e.declared {
        ask(r.declarations.iter().any(|d| short(&d.citation) == *want), format!("declaration to {want}"));
    }
    wrong
}

/// Reads a case. One that expects nothing would hold whatever the law base says.
fn case(text: &str) -> Result<Case, String> {
    let table: toml::Table = toml::from_str(text).map_err(|e| e.to_string())?;
    let expect = table.get("expect").and_then(toml::Value::as_table);
    if expect.is_none_or(|expect| expect.values().all(says_nothing)) {
        return Err("expects nothing".to_owned());
    }
    toml::from_str(text).map_err(|e| e.to_string())
}

fn says_nothing(value: &toml::Value) -> bool {
    value.as_array().is_some_and(Vec::is_empty) || value.as_bool() == Some(false)
}

#[test]
fn a_case_that_expects_nothing_or_something_unknown_is_refused() {
    let question = "title = \"t\"\n[question]\nrequesting = \"ES\"\nrequested = \"MA\"\non = \"2026-11-24\"\n";
    for (expect, sound) in [
        ("", false),
        ("[expect]\n", false),
        ("[expect]\nbases = []\nno_basis = false\n", false),
        ("[expect]\nleeding = \"x\"\n", false),
        ("[expect]\nleading = \"x\"\n", true),
    ] {
        assert_eq!(case(&format!("{question}{expect}")).is_ok(), sound, "{expect}");
    }
}

fn cases() -> Vec<(String, Case)> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../law/cases");
    let mut cases: Vec<_> = std::fs::read_dir(folder)
        .expect("law/cases is there")
        .map(|entry| entry.expect("readable").path())
        .map(|path| {
            let text = std::fs::read_to_string(&path).expect("readable");
            let case = case(&text).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
            (path.file_name().expect("a file").to_string_lossy().into_owned(), case)
        })
        .collect();
    cases.sort_by(|a, b| a.0.cmp(&b.0));
    cases
}

#[test]
fn every_case_of_the_law_base_is_ruled_as_the_lawyers_expect() {
    let mut failures = Vec::new();
    let cases = cases();
    assert!(cases.len() >= 20, "only {} cases were found", cases.len());
    for (file, case) in &cases {
        let ruling = rule(&case.question, &BASE).unwrap_or_else(|e| panic!("{file}: {e}"));
        let wrong = check(case, &ruling);
        if !wrong.is_empty() {
            failures.push(format!("{file} ({})\n  {}\n{}", case.title, wrong.join("\n  "), ruling.to_text()));
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n\n"));
}

#[test]
fn every_citation_of_every_case_resolves_in_the_law_base_and_can_be_explained() {
    let mut lost = BTreeSet::new();
    for (_, case) in cases() {
        let ruling = rule(&case.question, &BASE).expect("ruled");
        let behind = |cited: &Citation| BASE.resolves(cited) && !law::explain(&BASE, cited).is_empty();
        lost.extend(ruling.citations().into_iter().filter(|cited| !behind(cited)).map(short));
    }
    assert!(lost.is_empty(), "{lost:?}");
    assert!(!BASE.resolves(&Citation::new("un1988", "7(99)")) && !BASE.resolves(&Citation::new("un2088", "7(10)")));
}

#[test]
fn a_ruling_reads_as_assistance_to_a_lawyer_under_a_named_law_base() {
    let case = cases().into_iter().find(|(file, _)| file.starts_with("es-ma-2026")).expect("the case is there").1;
    let text = rule(&case.question, &BASE).expect("ruled").to_text();
    for words in [
        "1. es-ma-mla-2009",
        "un1988 7(8)-(19) by un1988 art 7(7)",
        "un1988 art 7(5): Bank secrecy",
        "*unconfirmed*",
        "it decides nothing",
    ] {
        assert!(text.contains(words), "{words:?} is missing in\n{text}");
    }
}

#[test]
fn a_declaration_read_in_an_old_text_is_told_with_the_day_of_that_text() {
    for (on, told) in [("2026-11-24", true), ("2004-11-24", false)] {
        let question = Question::new(
            Form::Extradition,
            "CH".parse().expect("a State"),
            "GR".parse().expect("a State"),
            on.parse().expect("a day"),
        );
        let ruling = rule(&question, &BASE).expect("ruled");
        let declared =
            ruling.declarations.iter().find(|d| d.citation == Citation::new("ets24", "6")).expect("declared");
        assert_eq!(declared.sentence.ends_with(" (As of 2001-03-14.)"), told, "{on}");
        assert!(ruling.grounds.iter().any(|g| g.sentence == declared.sentence), "{on}");
    }
}
