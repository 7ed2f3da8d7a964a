//! The law base as data: it loads, nothing is wrong with it, and what is wrong is found.

use law::{Base, lint};

#[test]
fn the_linter_finds_nothing_wrong_with_the_embedded_law_base() {
    let base = Base::embedded().expect("the embedded law base loads");
    let found: Vec<String> = lint(&base).iter().map(ToString::to_string).collect();
    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[test]
fn every_drug_convention_has_its_full_party_table() {
    let base = Base::embedded().expect("loads");
    for (id, least) in
        [("un1961", 150), ("un1961am", 180), ("un1971", 180), ("un1988", 190), ("untoc", 180), ("uncac", 180)]
    {
        let rows = base.parties(id).count();
        assert!(rows >= least, "{id} has {rows} rows");
    }
}

const SMALL: &[(&str, &str)] = &[
    ("base.toml", "date = \"2026-01-01\"\nnotice = \"n\"\n"),
    ("sources.toml", "[[source]]\nid = \"s\"\ntitle = \"t\"\nof = \"2020-01-01\"\n"),
    ("facts.toml", "[[fact]]\nid = \"offence.f\"\nasks = \"requesting\"\nquestion = \"q\"\n"),
    (
        "offences.toml",
        "instrument = \"x\"\nsource = \"s\"\ncertainty = \"confirmed\"\nchecked = \"2026-01-01\"\noffence = [{ code = \"O\", provision = \"1\", sentence = \"s\", facts = { \"offence.f\" = true } }]\n",
    ),
    (
        "parties/x.csv",
        "state,status,side,consented,provisional,from,until,source,certainty,note\nES,party,,,,1995-01-01,,s,confirmed,\n",
    ),
];

const INSTRUMENT: &str = "id = \"x\"\ntitle = \"t\"\nclass = \"universal\"\nkinds = [\"suppression-convention\"]\nregion = \"r\"\nbinding = true\nprecedence = 1\nadopted = \"1990-01-01\"\nforms = [\"assistance\"]\nmodelled = \"articles\"\n[text]\nsource = \"s\"\ncertainty = \"confirmed\"\nchecked = \"2026-01-01\"\n";

fn with(instrument: &str) -> Vec<(&'static str, String)> {
    let mut files: Vec<_> = SMALL.iter().map(|(path, text)| (*path, (*text).to_owned())).collect();
    files.push(("instruments/x.toml", instrument.to_owned()));
    files
}

fn load(files: &[(&'static str, String)]) -> Result<Base, law::NotLawBase> {
    let files: Vec<(&str, &str)> = files.iter().map(|(path, text)| (*path, text.as_str())).collect();
    Base::load(&files)
}

#[test]
fn the_linter_says_what_is_wrong_and_where() {
    let sound = load(&with(INSTRUMENT)).expect("loads");
    assert_eq!(lint(&sound), [], "the small base is sound");
    for (wrong, words) in [
        (INSTRUMENT.replace("1990-01-01", "1999-01-01"), "bound before the instrument was in force or adopted"),
        (INSTRUMENT.replace("source = \"s\"", "source = \"gone\""), "names a source \"gone\""),
        (
            format!("{INSTRUMENT}[[relation]]\nkind = \"amends\"\ninstrument = \"y\"\nprovision = \"1\"\n"),
            "names an instrument \"y\"",
        ),
        (
            format!(
                "{INSTRUMENT}[[line]]\ntopic = \"t\"\nprovision = \"1\"\nsentence = \"s\"\nforms = [\"boarding\"]\n"
            ),
            "speaks of boarding",
        ),
        (
            format!(
                "{INSTRUMENT}[[line]]\ntopic = \"t\"\nprovision = \"1\"\nsentence = \"s\"\nall = [\"offence.f < 3\"]\n"
            ),
            "not answered like this",
        ),
        (
            format!("{INSTRUMENT}[[requirement]]\nid = \"req.a\"\nprovision = \"[x]\"\nstates = \"s\"\n"),
            "is called confirmed",
        ),
        (
            format!("{INSTRUMENT}[[ground]]\nid = \"g\"\nprovision = \"1\"\nkind = \"optional\"\nsentence = \"s\"\n"),
            "would always apply",
        ),
        (
            format!(
                "{INSTRUMENT}[[ground]]\nid = \"g\"\nprovision = \"1\"\nkind = \"optional\"\nsentence = \"s\"\nall = [\"z.z\"]\n"
            ),
            "turns on a fact \"z.z\"",
        ),
    ] {
        let found: Vec<String> = lint(&load(&with(&wrong)).expect("loads")).iter().map(ToString::to_string).collect();
        assert!(found.iter().any(|f| f.contains(words)), "{words:?} expected, found {found:?}");
    }
}

#[test]
fn a_citation_between_declaration_and_article_leads_somewhere_in_both_directions() {
    let article = "[[line]]\ntopic = \"t\"\nprovision = \"7(2)\"\nsentence = \"s\"\n";
    let declared = |provision: &str, more: &str| {
        format!(
            "instrument = \"x\"\nsource = \"s\"\ncertainty = \"confirmed\"\nchecked = \"2026-01-01\"\n[[declaration]]\nstate = \"ES\"\nprovision = \"{provision}\"\neffect = \"limits\"\nsentence = \"s\"\n{more}"
        )
    };
    let named = INSTRUMENT.replace("modelled", "mentioned = [\"9\"]\nmodelled");
    for (instrument, declaration, words) in [
        (format!("{INSTRUMENT}{article}"), declared("7(2)", ""), None),
        (format!("{INSTRUMENT}{article}"), declared("7", ""), None),
        (format!("{INSTRUMENT}{article}"), declared("7(2)(a)", ""), None),
        (format!("{INSTRUMENT}{article}"), declared("[general]", ""), None),
        (named.clone(), declared("9", ""), None),
        (
            format!("{INSTRUMENT}{article}"),
            declared("8", ""),
            Some("cites x art 8, which instruments/x.toml does not know"),
        ),
        (format!("{INSTRUMENT}{article}"), declared("7(3)", ""), Some("cites x art 7(3)")),
        (format!("{INSTRUMENT}{article}"), declared("7(2)", "articles = [\"11\"]\n"), Some("cites x art 11")),
        (format!("{INSTRUMENT}{article}"), declared("7(2)", "forms = [\"boarding\"]\n"), Some("speaks of boarding")),
        (named.clone(), declared("[general]", ""), Some("9 is only mentioned")),
        (format!("{}{}", named, article.replace("7(2)", "9")), declared("9", ""), Some("9 is only mentioned")),
        (
            format!("{INSTRUMENT}{article}"),
            declared("[general]", "").replace("\"limits\"", "\"requirement\"\nrequirement = \"req.a\""),
            Some("is called confirmed"),
        ),
    ] {
        let mut files = with(&instrument);
        files.push(("declarations/x.toml", declaration.clone()));
        let found: Vec<String> = lint(&load(&files).expect("loads")).iter().map(ToString::to_string).collect();
        match words {
            None => assert!(found.is_empty(), "{found:?} in\n{declaration}"),
            Some(words) => assert!(found.iter().any(|f| f.contains(words)), "{words:?} expected, found {found:?}"),
        }
    }
}

#[test]
fn a_territory_belongs_to_one_state_that_is_no_territory() {
    for (territories, words) in [
        ("DK = [\"FO\", \"GL\"]", None),
        ("DK = [\"FO\"]\nNO = [\"FO\"]", Some("FO is listed twice")),
        ("DK = [\"DK\"]", Some("DK is a territory itself")),
    ] {
        let mut files = with(INSTRUMENT);
        let head = files.iter_mut().find(|(path, _)| *path == "base.toml").expect("there");
        head.1.push_str(&format!("[territories]\n{territories}\n"));
        let found: Vec<String> = lint(&load(&files).expect("loads")).iter().map(ToString::to_string).collect();
        match words {
            None => assert!(found.is_empty(), "{found:?}"),
            Some(words) => assert!(found.iter().any(|f| f.contains(words)), "{words:?} expected, found {found:?}"),
        }
    }
}

#[test]
fn a_file_that_is_not_in_form_is_refused_at_load() {
    for (path, text) in [
        ("instruments/x.toml", INSTRUMENT.replace("id = \"x\"", "id = \"y\"")),
        ("instruments/x.toml", format!("colour = \"red\"\n{INSTRUMENT}")),
        ("parties/x.csv", "state,status\nES,party\n".to_owned()),
        ("parties/x.csv", format!("{}ES,party,,,,1995-01-01,,s,confirmed,\n", SMALL[4].1)),
        ("parties/x.csv", SMALL[4].1.replace("1995-01-01", "1995-02-30")),
        ("somewhere/else.toml", String::new()),
    ] {
        let mut files = with(INSTRUMENT);
        files.retain(|(known, _)| *known != path);
        files.push((path, text.clone()));
        assert!(load(&files).is_err(), "{path} must be refused:\n{text}");
    }
}

#[test]
fn the_version_changes_with_any_file() {
    let one = load(&with(INSTRUMENT)).expect("loads");
    let other = load(&with(&INSTRUMENT.replace("\"r\"", "\"R\""))).expect("loads");
    assert_eq!(one.version(), load(&with(INSTRUMENT)).expect("loads").version());
    assert_ne!(one.version().digest, other.version().digest);
}
