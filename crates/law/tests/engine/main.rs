//! The engine over small law bases made for one question each: what no treaty that is held today happens to show.

mod bases;
mod clocks;
mod content;
mod grounds;

use law::question::{Charge, Person, PersonStatus};
use law::ruling::{RuledGround, Ruling};
use law::{Base, Certainty, Form, Question, Truth, rule};
use terms::{Date, State};

const DAY: Date = Date::constant(2026, 11, 24);
const HEADER: &str = "state,status,side,consented,provisional,from,until,source,certainty,note\n";

/// An instrument of the small base: its id, its kinds, members of its head, its rules.
struct Made<'a>(&'a str, &'a str, &'a str, &'a str);

fn state(code: &str) -> State {
    code.parse().expect("a State")
}

/// Spain and Morocco are bound by every instrument since 1995, those of which the head says `# unsure` perhaps.
fn base(made: &[Made<'_>], more: &[(&str, &str)]) -> Base {
    let facts = [
        "offence.political",
        "offence.drugs",
        "offence.tax",
        "offence.dual-criminality",
        "request.late",
        "requested.limits",
        "person.national-of-requested",
        "person.resident-of-requested",
        "person.sentenced",
    ];
    let facts: String =
        facts.map(|id| format!("[[fact]]\nid = \"{id}\"\nasks = \"requested\"\nquestion = \"q\"\n")).concat();
    let offence = |code: &str, drugs: bool| {
        format!(
            "[[offence]]\ncode = \"{code}\"\nprovision = \"3\"\nsentence = \"s\"\nfacts = {{ \"offence.drugs\" = {drugs} }}\n"
        )
    };
    let offences = format!(
        "instrument = \"x\"\nsource = \"s\"\ncertainty = \"confirmed\"\nchecked = \"2026-01-01\"\n{}{}",
        offence("TRAF", true),
        offence("PERS", false)
    );
    let mut files = vec![
        ("base.toml".to_owned(), "date = \"2026-01-01\"\nnotice = \"n\"\n".to_owned()),
        ("sources.toml".to_owned(), "[[source]]\nid = \"s\"\ntitle = \"t\"\nof = \"2020-01-01\"\n".to_owned()),
        ("facts.toml".to_owned(), facts),
        ("offences.toml".to_owned(), offences),
    ];
    for Made(id, kinds, head, rules) in made {
        let precedence = if head.contains("precedence") { "" } else { "precedence = 40\n" };
        let modelled = if head.contains("modelled") { "" } else { "modelled = \"articles\"\n" };
        files.push((
            format!("instruments/{id}.toml"),
            format!(
                "id = \"{id}\"\ntitle = \"t\"\nclass = \"universal\"\nkinds = [\"{kinds}\"]\nregion = \"r\"\nbinding = true\nadopted = \"1990-01-01\"\n\
                 forms = [\"assistance\", \"extradition\"]\n{precedence}{modelled}{head}\n[text]\nsource = \"s\"\ncertainty = \"confirmed\"\nchecked = \"2026-01-01\"\n{rules}"
            ),
        ));
        let status = if head.contains("# unsure") { "unknown,,,,," } else { "party,,,,1995-01-01," };
        let rows = ["ES", "MA"].map(|code| format!("{code},{status},s,confirmed,\n")).concat();
        files.push((format!("parties/{id}.csv"), format!("{HEADER}{rows}")));
    }
    files.retain(|(path, _)| more.iter().all(|(other, _)| other != path));
    files.extend(more.iter().map(|(path, text)| ((*path).to_owned(), (*text).to_owned())));
    let files: Vec<(&str, &str)> = files.iter().map(|(path, text)| (path.as_str(), text.as_str())).collect();
    Base::load(&files).expect("the small base loads")
}

fn question(form: Form) -> Question {
    Question::new(form, state("ES"), state("MA"), DAY)
}

fn knowing(mut question: Question, facts: &[(&str, bool)]) -> Question {
    question.facts.extend(facts.iter().map(|(fact, holds)| ((*fact).to_owned(), *holds)));
    question
}

fn charge(offence: &str, facts: &[(&str, bool)]) -> Charge {
    Charge {
        offence: offence.to_owned(),
        requesting: Default::default(),
        requested: Default::default(),
        sentence_months: None,
        remaining_months: None,
        facts: facts.iter().map(|(fact, holds)| ((*fact).to_owned(), *holds)).collect(),
    }
}

fn ruled(question: &Question, base: &Base) -> Ruling {
    rule(question, base).expect("ruled")
}

fn political(ruling: &Ruling) -> &RuledGround {
    ruling.grounds.iter().find(|ground| ground.id == "political").expect("the ground is listed")
}

const TREATY: &str = "extradition-treaty";
const CONVENTION: &str = "suppression-convention";
const POLITICAL: &str = "[[ground]]\nid = \"political\"\nprovision = \"3\"\nkind = \"mandatory\"\nsentence = \"s\"\nall = [\"offence.political\"]\n";

fn excluding(when: &str) -> String {
    format!("[[exclusion]]\nprovision = \"5\"\nsentence = \"s\"\ngrounds = [\"political\"]\nall = [\"{when}\"]\n")
}

fn table(rows: &str) -> String {
    format!("{HEADER}{rows}")
}

/// A treaty of the two alone, adopted on a day.
fn bilateral(adopted: &str) -> (String, String) {
    let text = format!(
        "id = \"b\"\ntitle = \"t\"\nclass = \"bilateral\"\nkinds = [\"extradition-treaty\"]\nregion = \"r\"\nbinding = true\nprecedence = 20\n\
         adopted = \"{adopted}\"\nforms = [\"extradition\"]\nmodelled = \"articles\"\n[text]\nsource = \"s\"\ncertainty = \"confirmed\"\n\
         checked = \"2026-01-01\"\n[bilateral]\nstates = [\"ES\", \"MA\"]\nfrom = \"2000-01-01\"\nsource = \"s\"\ncertainty = \"confirmed\"\n"
    );
    ("instruments/b.toml".to_owned(), text)
}

fn whether(id: &str, ruling: &Ruling) -> Truth {
    ruling.grounds.iter().find(|ground| ground.id == id).expect("the ground is listed").applies
}
