//! What a request must contain, what is said beside it, to whom it goes, and in which order questions are asked.

use super::*;

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
fn what_is_held_of_a_request_is_not_asked_again_as_its_common_core() {
    let head = "date = \"2026-01-01\"\nnotice = \"n\"\n[[core]]\nid = \"req.a\"\nstates = \"core\"\n[[core]]\nid = \"req.b\"\nstates = \"core\"\n";
    let rules = "[[requirement]]\nid = \"req.a\"\nprovision = \"4\"\nstates = \"own\"\n";
    let base = base(&[Made("x", "mutual-assistance-treaty", "modelled = \"partly\"", rules)], &[("base.toml", head)]);
    let asked: Vec<_> =
        ruled(&question(Form::Assistance), &base).requirements.into_iter().map(|r| (r.id, r.states)).collect();
    assert_eq!(asked, [("req.a".to_owned(), "own".to_owned()), ("req.b".to_owned(), "core".to_owned())]);
}

#[test]
fn who_is_named_for_an_instrument_goes_before_who_acts_in_general() {
    let register = "state = \"MA\"\n[[authority]]\nname = \"general\"\nforms = [\"assistance\"]\nsource = \"s\"\n\
        [[authority]]\nname = \"special\"\nforms = [\"assistance\"]\ninstruments = [\"x\"]\nsource = \"s\"\n\
        [[language]]\ncode = \"ar\"\nsource = \"s\"\n[[language]]\ncode = \"fr\"\ninstruments = [\"x\"]\nsource = \"s\"\n";
    for (id, authority, language) in [("x", "special", "fr"), ("y", "general", "ar")] {
        let base = base(&[Made(id, "mutual-assistance-treaty", "", "")], &[("authorities/ma.toml", register)]);
        let ruling = ruled(&question(Form::Assistance), &base);
        let names: Vec<&str> = ruling.authorities.iter().map(|one| one.name.as_str()).collect();
        let codes: Vec<&str> = ruling.languages.iter().map(|one| one.code.as_str()).collect();
        assert_eq!((names, codes), (vec![authority], vec![language]), "{id}");
    }
}

#[test]
fn a_declaration_in_relations_with_one_state_is_told_to_these_two_alone() {
    for (with, told) in [("MA", 1), ("FR", 0)] {
        let declared = format!(
            "instrument = \"x\"\nsource = \"s\"\ncertainty = \"confirmed\"\nchecked = \"2026-01-01\"\n[[declaration]]\nstate = \"ES\"\n\
             provision = \"[general]\"\neffect = \"person\"\nsentence = \"s\"\nwith = \"{with}\"\n"
        );
        let base = base(&[Made("x", TREATY, "", POLITICAL)], &[("declarations/x.toml", &declared)]);
        assert_eq!(ruled(&question(Form::Extradition), &base).declarations.len(), told, "{with}");
    }
}

#[test]
fn an_article_that_one_of_the_two_excluded_asks_bars_and_says_nothing_whoever_asks() {
    let rules = "[[requirement]]\nid = \"req.a\"\nprovision = \"6(1)\"\nstates = \"s\"\n\
        [[requirement]]\nid = \"req.b\"\nprovision = \"7\"\nstates = \"s\"\n\
        [[ground]]\nid = \"g\"\nprovision = \"6(2)\"\nkind = \"optional\"\nsentence = \"s\"\nall = [\"request.late\"]\n\
        [[line]]\ntopic = \"t\"\nprovision = \"6\"\nsentence = \"s\"\n";
    for (state, left) in [("ES", (1, 0, 0)), ("MA", (1, 0, 0)), ("FR", (2, 1, 1))] {
        let declared = format!(
            "instrument = \"x\"\nsource = \"s\"\ncertainty = \"confirmed\"\nchecked = \"2026-01-01\"\n\
             [[declaration]]\nstate = \"{state}\"\nprovision = \"[general]\"\narticles = [\"6\"]\neffect = \"excludes\"\nsentence = \"s\"\n"
        );
        let base = base(&[Made("x", TREATY, "", rules)], &[("declarations/x.toml", &declared)]);
        let ruling = ruled(&question(Form::Extradition), &base);
        assert_eq!((ruling.requirements.len(), ruling.grounds.len(), ruling.lines.len()), left, "{state}");
    }
}

#[test]
fn what_an_instrument_says_beside_another_is_as_open_as_whether_it_covers_the_matter() {
    let rules = "[scope]\nprovision = \"6(1)\"\nsentence = \"s\"\nall = [\"offence.drugs\"]\n\
        [[line]]\ntopic = \"t\"\nprovision = \"6(7)\"\nsentence = \"s\"\nbeside = true\n";
    let made = [Made("x", TREATY, "precedence = 20", POLITICAL), Made("y", CONVENTION, "", rules)];
    let base = base(&made, &[]);
    for (drugs, lines) in
        [(None, vec![vec!["offence.drugs".to_owned()]]), (Some(true), vec![vec![]]), (Some(false), vec![])]
    {
        let mut asked = question(Form::Extradition);
        asked.facts.extend(drugs.map(|drugs| ("offence.drugs".to_owned(), drugs)));
        let said: Vec<Vec<String>> = ruled(&asked, &base).lines.into_iter().map(|line| line.depends_on).collect();
        assert_eq!(said, lines, "{drugs:?}");
    }
}

#[test]
fn paragraphs_that_perhaps_give_way_are_asked_and_marked() {
    let rules = "[[fallback]]\narticle = \"7\"\nfrom = 8\nto = 19\nby = \"7(7)\"\nunless = \"requested.limits\"\nsentence = \"s\"\n\
        [[requirement]]\nid = \"req.a\"\nprovision = \"7(10)(f)\"\nstates = \"s\"\n\
        [[requirement]]\nid = \"req.b\"\nprovision = \"6(1)\"\nstates = \"s\"\n";
    let treaty = Made("x", "mutual-assistance-treaty", "precedence = 20 # unsure", "");
    let base = base(&[treaty, Made("y", CONVENTION, "", rules)], &[]);
    let asked = ruled(&question(Form::Assistance), &base).requirements;
    let marked: Vec<_> = asked.iter().map(|r| (r.id.as_str(), r.subject_to.len(), r.certainty)).collect();
    assert_eq!(marked, [("req.a", 1, Certainty::Unconfirmed), ("req.b", 0, Certainty::Confirmed)]);
}

#[test]
fn a_question_with_a_moment_where_a_day_belongs_is_refused() {
    let asked = |on: &str, more: &str| {
        Question::from_toml(&format!("requesting = \"ES\"\nrequested = \"MA\"\non = {on}\n{more}"))
            .map_err(|why| why.to_string())
    };
    assert!(asked("\"2026-03-02\"", "holidays = [\"2026-03-03\"]\n[events]\nreceived = \"2026-03-01\"\n").is_ok());
    for (on, more, says) in [
        ("\"2026-03-02T10:00\"", "", "YYYY-MM-DD"),
        ("2026-03-02", "", "a day in quotes"),
        ("\"2026-03-02\"", "holidays = [\"2026-03-03T00:00\"]\n", "YYYY-MM-DD"),
        ("\"2026-03-02\"", "[events]\nreceived = \"2026-03-01T10:00:00+01:00\"\n", "YYYY-MM-DD"),
        ("\"2026-03-02\"", "[moments]\nreceived = \"2026-03-01T10:00:00+01:00\"\n", "moment"),
    ] {
        let refused = asked(on, more).expect_err("refused");
        assert!(refused.contains(says), "{refused}");
    }
}
