//! The engine over small law bases made for one question each: what no treaty that is held today happens to show.

use law::question::Charge;
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
    let facts = ["offence.political", "offence.drugs", "offence.tax", "request.late", "requested.limits"];
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

#[test]
fn a_ground_is_excluded_by_any_of_the_instruments_that_exclude_it() {
    let (drugs, tax) = (excluding("offence.drugs"), excluding("offence.tax"));
    let base = base(
        &[
            Made("x", TREATY, "precedence = 20", POLITICAL),
            Made("y", CONVENTION, "", &drugs),
            Made("z", CONVENTION, "", &tax),
        ],
        &[],
    );
    for (drugs, tax, applies, by) in [
        (Some(false), Some(false), Truth::Yes, None),
        (Some(true), Some(false), Truth::No, Some("y")),
        (Some(false), Some(true), Truth::No, Some("z")),
        (None, Some(true), Truth::No, Some("z")),
        (Some(false), None, Truth::Depends, Some("z")),
    ] {
        let facts = [("offence.political", Some(true)), ("offence.drugs", drugs), ("offence.tax", tax)];
        let facts: Vec<(&str, bool)> = facts.iter().filter_map(|(fact, known)| Some((*fact, (*known)?))).collect();
        let ruling = ruled(&knowing(question(Form::Extradition), &facts), &base);
        let ground = political(&ruling);
        assert_eq!(ground.applies, applies, "drugs {drugs:?}, tax {tax:?}");
        let named = ground.excluded_by.as_ref().map(|citation| citation.instrument.as_str());
        assert!(by.is_none_or(|by| ruling.to_text().contains(&format!("by {by} art 5"))), "{}", ruling.to_text());
        assert_eq!(named, by, "drugs {drugs:?}, tax {tax:?}");
    }
}

#[test]
fn a_ground_that_bars_one_charge_of_several_is_excluded_for_that_charge() {
    let drugs = excluding("offence.drugs");
    let base = base(&[Made("x", TREATY, "precedence = 20", POLITICAL), Made("y", CONVENTION, "", &drugs)], &[]);
    let (yes, no) = ([("offence.political", true)], [("offence.political", false)]);
    for (charges, applies, only) in [
        ([charge("TRAF", &yes), charge("PERS", &no)], Truth::No, &[][..]),
        ([charge("TRAF", &no), charge("PERS", &yes)], Truth::No, &["PERS"][..]),
        ([charge("TRAF", &yes), charge("PERS", &yes)], Truth::No, &["PERS"][..]),
        ([charge("PERS", &yes), charge("PERS", &[])], Truth::Depends, &["PERS"][..]),
    ] {
        let asked = Question { charges: charges.into(), ..question(Form::Extradition) };
        let ruling = ruled(&asked, &base);
        let ground = political(&ruling);
        assert_eq!(
            (ground.applies, ground.only_for.iter().map(String::as_str).collect::<Vec<_>>()),
            (applies, only.to_vec())
        );
        let said = ruling.to_text().contains("applies to PERS");
        assert_eq!(said, !only.is_empty(), "{}", ruling.to_text());
    }
}

#[test]
fn what_may_exclude_a_ground_and_perhaps_binds_both_leaves_it_unsure() {
    let drugs = excluding("offence.drugs");
    let base = base(&[Made("x", TREATY, "precedence = 20", POLITICAL), Made("y", CONVENTION, "# unsure", &drugs)], &[]);
    for (drugs, subject_to) in [(None, &["y"][..]), (Some(true), &["y"][..]), (Some(false), &[][..])] {
        let mut asked = knowing(question(Form::Extradition), &[("offence.political", true)]);
        asked.facts.extend(drugs.map(|drugs| ("offence.drugs".to_owned(), drugs)));
        let ruling = ruled(&asked, &base);
        let ground = political(&ruling);
        assert_eq!(
            (ground.applies, ground.subject_to.as_slice()),
            (Truth::Yes, &subject_to.iter().map(|s| (*s).to_owned()).collect::<Vec<_>>()[..])
        );
        assert_eq!(ground.certainty == Certainty::Unconfirmed, !subject_to.is_empty());
    }
}

#[test]
fn a_line_on_a_condition_says_on_what_it_turns_and_is_asked_about_last() {
    let rules = "[[line]]\ntopic = \"t\"\nprovision = \"9\"\nsentence = \"s\"\nall = [\"request.late\"]\n\
        [[ground]]\nid = \"g\"\nprovision = \"3\"\nkind = \"optional\"\nsentence = \"s\"\nall = [\"requested.limits\"]\n";
    let base = base(&[Made("x", TREATY, "", rules)], &[]);
    let open = ruled(&question(Form::Extradition), &base);
    assert_eq!(open.lines[0].depends_on, ["request.late"]);
    assert!(open.to_text().contains("s [if request.late]"), "{}", open.to_text());
    let asked: Vec<&str> = open.questions.iter().map(|question| question.fact.as_str()).collect();
    assert_eq!(asked, ["requested.limits", "request.late"]);
    let late = |late| ruled(&knowing(question(Form::Extradition), &[("request.late", late)]), &base);
    assert!(late(true).lines[0].depends_on.is_empty() && late(false).lines.is_empty());
}

#[test]
fn what_decides_more_is_asked_first_among_equals_wherever_it_was_found() {
    let ground = |id: &str, kind: &str, fact: &str| {
        format!(
            "[[ground]]\nid = \"{id}\"\nprovision = \"{id}\"\nkind = \"{kind}\"\nsentence = \"s\"\nall = [\"{fact}\"]\n"
        )
    };
    let rules = [
        ground("1", "mandatory", "offence.political"),
        ground("2", "mandatory", "requested.limits"),
        ground("3", "optional", "requested.limits"),
        ground("4", "optional", "request.late"),
    ];
    let base = base(&[Made("x", TREATY, "", &rules.concat())], &[]);
    let asked = ruled(&question(Form::Extradition), &base).questions;
    let asked: Vec<&str> = asked.iter().map(|question| question.fact.as_str()).collect();
    assert_eq!(asked, ["requested.limits", "offence.political", "request.late"]);
}

#[test]
fn what_stands_of_a_convention_concerns_the_measure_and_no_excluded_article_speaks_beside_another_treaty() {
    let line = |provision: &str, more: &str| {
        format!("[[line]]\ntopic = \"t\"\nprovision = \"{provision}\"\nsentence = \"s\"\n{more}")
    };
    let fallback = "[[fallback]]\narticle = \"7\"\nfrom = 8\nto = 19\nby = \"7(7)\"\nunless = \"requested.limits\"\nsentence = \"s\"\n";
    let rules =
        [fallback, &line("7(5)", "measures = [\"bank-records\"]\n"), &line("7(8)", ""), &line("8", "beside = true\n")]
            .concat();
    let treaty = line("2", "measures = [\"search\"]\n");
    let declared = "instrument = \"y\"\nsource = \"s\"\ncertainty = \"confirmed\"\nchecked = \"2026-01-01\"\n\
        [[declaration]]\nstate = \"ES\"\nprovision = \"8\"\neffect = \"excludes\"\nsentence = \"s\"\n";
    let made = [Made("x", "mutual-assistance-treaty", "precedence = 20", &treaty), Made("y", CONVENTION, "", &rules)];
    let base_with = |more: &[(&str, &str)]| base(&made, more);
    let (free, excluded) = (base_with(&[]), base_with(&[("declarations/y.toml", declared)]));
    for (measure, stands) in [("bank-records", &["7(5)"][..]), ("search", &[])] {
        let mut asked = question(Form::Assistance);
        asked.measures.insert(measure.to_owned());
        let ruling = ruled(&asked, &free);
        let standing: Vec<&str> = ruling.standing.iter().map(|line| line.citation.provision.as_str()).collect();
        assert_eq!(standing, stands, "{measure}");
        assert!(ruling.lines.iter().any(|line| line.citation.provision == "8"));
        assert!(ruled(&asked, &excluded).lines.iter().all(|line| line.citation.provision != "8"));
    }
}

#[test]
fn a_successor_or_a_better_basis_of_unknown_status_is_told_where_it_would_count() {
    let relation = |kind: &str| {
        format!("[[relation]]\nkind = \"{kind}\"\ninstrument = \"x\"\nprovision = \"20\"\nsentence = \"s\"\n")
    };
    let (ends, takes_place) = (relation("replaces"), relation("replaces-between"));
    for (rules, displaced) in [(&ends, 0), (&takes_place, 1)] {
        let unsure = Made("y", TREATY, "precedence = 10 # unsure", rules);
        let base = base(&[Made("x", TREATY, "precedence = 20", POLITICAL), unsure], &[]);
        let ruling = ruled(&question(Form::Extradition), &base);
        let leading = ruling.leading().expect("x leads");
        assert_eq!(leading.instrument, "x");
        assert!(ruling.uncertain[0].why.ends_with("if it binds both, it goes before x"), "{}", ruling.uncertain[0].why);
        let perhaps: Vec<_> = ruling.displaced.iter().map(|d| (d.instrument.as_str(), d.holds, d.certainty)).collect();
        assert_eq!(perhaps, vec![("x", Truth::Depends, Certainty::Unconfirmed); displaced]);
        assert_eq!(leading.certainty == Certainty::Unconfirmed, displaced == 0, "{}", leading.why);
        assert_eq!(leading.why.contains("y may have replaced it"), displaced == 0, "{}", leading.why);
    }
}

#[test]
fn where_articles_are_not_held_the_ruling_says_so_and_promises_nothing() {
    for (modelled, words) in
        [("articles", None), ("partly", Some("Only some articles of x")), ("status", Some("No article of x"))]
    {
        let head = format!("modelled = \"{modelled}\"");
        let ruling = ruled(&question(Form::Extradition), &base(&[Made("x", TREATY, &head, "")], &[]));
        let said = ruling.not_held.first().map(String::as_str);
        assert_eq!(said.is_some(), words.is_some(), "{modelled}");
        assert!(words.is_none_or(|words| ruling.to_text().contains(words)), "{}", ruling.to_text());
    }
}

#[test]
fn a_reservation_against_one_state_bars_the_basis_for_that_state_alone() {
    let declared = |with: &str| {
        format!(
            "instrument = \"x\"\nsource = \"s\"\ncertainty = \"confirmed\"\nchecked = \"2026-01-01\"\n[[declaration]]\nstate = \"MA\"\n\
             provision = \"[general]\"\neffect = \"no-basis\"\nsentence = \"s\"\ncertainty = \"unconfirmed\"\nwith = \"{with}\"\n"
        )
    };
    for (with, barred) in [("ES", true), ("FR", false)] {
        let base = base(&[Made("x", TREATY, "", POLITICAL)], &[("declarations/x.toml", &declared(with))]);
        let ruling = ruled(&question(Form::Extradition), &base);
        assert_eq!(ruling.leading().is_none(), barred, "{with}");
        assert!(ruling.out_of_scope.iter().all(|aside| aside.certainty == Certainty::Unconfirmed));
    }
}

#[test]
fn days_counted_from_a_moment_say_so_and_a_day_far_from_its_moment_is_refused() {
    let clock = "[[clock]]\nid = \"c\"\nprovision = \"9\"\nevent = \"received\"\namount = 7\nunit = \"days\"\nsentence = \"s\"\n";
    let base = base(&[Made("x", "mutual-assistance-treaty", "", clock)], &[]);
    let asked = |day: Option<&str>, moment: &str| {
        let mut asked = question(Form::Assistance);
        asked.events.extend(day.map(|day| ("received".to_owned(), day.parse().expect("a day"))));
        asked.moments.insert("received".to_owned(), moment.parse().expect("a moment"));
        asked
    };
    for (day, due, noted) in [
        (None, "2026-03-09", true),
        (Some("2026-03-02"), "2026-03-09", false),
        (Some("2026-03-03"), "2026-03-10", false),
    ] {
        let mut ruling = ruled(&asked(day, "2026-03-02T23:30:00Z"), &base);
        let clock = &ruling.clocks[0];
        assert_eq!(clock.due.map(|due| due.to_string()).as_deref(), Some(due), "{day:?}");
        assert_eq!(clock.note.as_ref().is_some_and(|note| note.contains("in UTC")), noted, "{day:?}");
        assert_eq!(clock.passed, Some(true));
        ruling.seen_on(due.parse().expect("a day"));
        assert_eq!(ruling.clocks[0].passed, Some(false), "the last day still counts");
    }
    let refused = rule(&asked(Some("2026-03-04"), "2026-03-02T23:30:00Z"), &base).expect_err("two days apart");
    assert_eq!(refused.code(), "law.two-days");
}

#[test]
fn an_instrument_of_unknown_status_is_not_perhaps_in_force_before_it_was_adopted() {
    let base = base(&[Made("x", TREATY, "# unsure", POLITICAL)], &[]);
    for (on, perhaps) in [("1989-12-31", false), ("1990-01-01", true)] {
        let asked = Question { on: on.parse().expect("a day"), ..question(Form::Extradition) };
        assert_eq!(!ruled(&asked, &base).uncertain.is_empty(), perhaps, "{on}");
    }
}
