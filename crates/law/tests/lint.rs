//! A law base broken in one place at a time: each break is told, with its file and place, or refused at load.

use law::{Base, lint};

const HEADER: &str = "state,status,side,consented,provisional,from,until,source,certainty,note";
const X: &str = "instruments/x.toml";
const TABLE: &str = "parties/x.csv";
const DECLARED: &str = "declarations/x.toml";

/// A sound base of one convention, a bilateral treaty, and what they need.
fn sound() -> Vec<(String, String)> {
    let instrument = |id: &str, more: &str| {
        format!(
            "id = \"{id}\"\ntitle = \"t\"\nclass = \"regional\"\nkinds = [\"mutual-assistance-treaty\"]\nregion = \"r\"\nbinding = true\nprecedence = 30\n\
             adopted = \"1990-01-01\"\nforms = [\"assistance\"]\nmodelled = \"articles\"\n\n[text]\nsource = \"s\"\ncertainty = \"confirmed\"\nchecked = \"2026-01-01\"\n{more}"
        )
    };
    let rules = "\n[in_force]\nfrom = \"1994-01-01\"\nsource = \"s\"\ncertainty = \"confirmed\"\n\n\
        [[ground]]\nid = \"g\"\nprovision = \"3\"\nkind = \"optional\"\nsentence = \"s\"\nall = [\"offence.f\"]\n\n\
        [[clock]]\nid = \"c\"\nprovision = \"4\"\nevent = \"received\"\namount = 7\nunit = \"days\"\nsentence = \"s\"\n\n\
        [[line]]\ntopic = \"t\"\nprovision = \"5\"\nsentence = \"s\"\n";
    let treaty =
        "\n[bilateral]\nstates = [\"ES\", \"MA\"]\nfrom = \"1995-01-01\"\nsource = \"s\"\ncertainty = \"confirmed\"\n";
    [
        ("base.toml", "date = \"2026-01-01\"\nnotice = \"n\"\n".to_owned()),
        ("sources.toml", "[[source]]\nid = \"s\"\ntitle = \"t\"\nof = \"2020-01-01\"\n".to_owned()),
        (
            "facts.toml",
            "[[fact]]\nid = \"offence.f\"\nasks = \"requesting\"\nquestion = \"q\"\nyes_if = [\"penalty.n >= 3\"]\n\n\
             [[fact]]\nid = \"penalty.n\"\nasks = \"requested\"\nquestion = \"q\"\nanswer = \"months\"\n"
                .to_owned(),
        ),
        (
            "offences.toml",
            "instrument = \"x\"\nsource = \"s\"\ncertainty = \"confirmed\"\nchecked = \"2026-01-01\"\n\n\
             [[offence]]\ncode = \"O\"\nprovision = \"1\"\nsentence = \"s\"\nfacts = { \"offence.f\" = true }\n"
                .to_owned(),
        ),
        (X, instrument("x", rules)),
        (TABLE, format!("{HEADER}\nES,party,,1993-01-01,,1995-01-01,,s,confirmed,\nMA,party,,,,,,s,unconfirmed,\n")),
        ("instruments/y.toml", instrument("y", treaty)),
        (
            DECLARED,
            "instrument = \"x\"\nsource = \"s\"\ncertainty = \"confirmed\"\nchecked = \"2026-01-01\"\n\n\
             [[declaration]]\nstate = \"ES\"\nprovision = \"5\"\neffect = \"limits\"\nsentence = \"s\"\n"
                .to_owned(),
        ),
    ]
    .map(|(path, text)| (path.to_owned(), text))
    .into()
}

/// What is said of it: by the linter, or at load.
fn said(files: &[(String, String)]) -> Vec<String> {
    let files: Vec<(&str, &str)> = files.iter().map(|(path, text)| (path.as_str(), text.as_str())).collect();
    match Base::load(&files) {
        Ok(base) => lint(&base).iter().map(ToString::to_string).collect(),
        Err(refused) => vec![refused.to_string()],
    }
}

/// Replaces a text that stands in a file once; with nothing to replace, adds it at the end.
fn broken(path: &str, from: &str, to: &str) -> Vec<(String, String)> {
    let mut files = sound();
    match files.iter_mut().find(|(name, _)| name == path) {
        Some((_, text)) if from.is_empty() => text.push_str(to),
        Some((_, text)) => {
            assert_eq!(text.matches(from).count(), 1, "{from:?} stands once in {path}");
            *text = text.replace(from, to);
        }
        None => files.push((path.to_owned(), to.to_owned())),
    }
    files
}

#[test]
fn every_break_is_told_with_its_file_and_place() {
    assert!(said(&sound()).is_empty(), "the small base is sound: {:?}", said(&sound()));
    let relation = |kind: &str, other: &str| {
        format!("[[relation]]\nkind = \"{kind}\"\ninstrument = \"{other}\"\nprovision = \"9\"\nsentence = \"s\"\n")
    };
    let declared = "[[declaration]]\nstate = \"ES\"\nprovision = \"5\"\neffect = \"limits\"\nsentence = \"s\"\n";
    let clock = "[[clock]]\nid = \"c\"\nprovision = \"4\"\nevent = \"received\"\namount = 9\nunit = \"days\"\nsentence = \"s\"\n";
    let exclusion = |grounds: &str, more: &str| {
        format!("[[exclusion]]\nprovision = \"6\"\nsentence = \"s\"\ngrounds = [{grounds}]\n{more}")
    };
    for (path, from, to, place, words) in [
        // days
        (TABLE, "1995-01-01", "1995-02-30", TABLE, "\"1995-02-30\" is no date"),
        (X, "\"1990-01-01\"", "\"1990-13-01\"", X, "line 8"),
        (TABLE, "1995-01-01,,s", "1995-01-01,1994-06-01,s", "parties/x.csv ES", "ends before it begins"),
        (
            TABLE,
            "MA,party,,,,,,",
            "MA,party,,,,,1989-01-01,",
            "parties/x.csv MA",
            "ends before the instrument was adopted",
        ),
        (TABLE, "MA,party", "MA,successor", "parties/x.csv MA", "succeeds without the day of its notice"),
        (TABLE, "1995-01-01", "1993-06-01", "parties/x.csv ES", "bound before the instrument was in force or adopted"),
        (TABLE, "1993-01-01", "1996-01-01", "parties/x.csv ES", "bound before it consented"),
        (X, "from = \"1994-01-01\"", "from = \"1989-01-01\"", X, "in force before it was adopted"),
        (
            "instruments/y.toml",
            "from = \"1995-01-01\"",
            "from = \"1995-01-01\"\nuntil = \"1994-01-01\"",
            "instruments/y.toml ES",
            "ends before it begins",
        ),
        (
            "instruments/y.toml",
            "checked = \"2026-01-01\"",
            "checked = \"2026-01-02\"",
            "instruments/y.toml",
            "checked after the day of the base",
        ),
        ("sources.toml", "2020-01-01", "2027-01-01", "sources.toml", "later than the base"),
        // references
        (X, "", &relation("amends", "z"), X, "names an instrument \"z\""),
        (X, "", &relation("amends", "x"), X, "relates to itself"),
        (
            "parties/z.csv",
            "",
            &format!("{HEADER}\nES,party,,,,,,s,confirmed,\n"),
            "parties/z.csv",
            "names an instrument \"z\"",
        ),
        (
            "declarations/z.toml",
            "",
            "instrument = \"x\"\nsource = \"s\"\ncertainty = \"confirmed\"\nchecked = \"2026-01-01\"\n",
            "declarations/z.toml",
            "differs from the file's name",
        ),
        (X, "offence.f", "offence.g", X, "turns on a fact \"offence.g\""),
        (X, "all = [\"offence.f\"]", "all = [\"offence.f > 3\"]", X, "not answered like this"),
        (
            X,
            "all = [\"offence.f\"]",
            "all = [\"offence.f\"]\nnone = [\"offence.f\"]",
            X,
            "for a fact and for its contrary",
        ),
        (
            "offences.toml",
            "\"offence.f\"",
            "\"penalty.n\"",
            "offences.toml",
            "penalty.n is not answered with yes or no",
        ),
        (
            "facts.toml",
            "yes_if = [\"penalty.n >= 3\"]",
            "yes_if = [\"offence.f\"]",
            "facts.toml",
            "itself settled only after it",
        ),
        (TABLE, "1995-01-01,,s", "1995-01-01,,t", "parties/x.csv ES", "names a source \"t\""),
        (DECLARED, "provision = \"5\"", "provision = \"55\"", DECLARED, "cites x art 55"),
        (DECLARED, "\"ES\"", "\"FR\"", DECLARED, "FR declares but is no party"),
        (X, "", &exclusion("\"gg\"", "all = [\"offence.f\"]\n"), X, "excludes a ground \"gg\""),
        (X, "", &exclusion("\"g\"", ""), X, "no condition and would always hold"),
        (
            X,
            "event = \"received\"",
            "event = \"received\"\nbrings = \"decidde\"",
            X,
            "brings \"decidde\", from which no clock runs",
        ),
        // what nothing uses
        (
            "sources.toml",
            "",
            "[[source]]\nid = \"u\"\ntitle = \"t\"\nof = \"2020-01-01\"\n",
            "sources.toml",
            "nothing rests on the source \"u\"",
        ),
        (
            "facts.toml",
            "",
            "[[fact]]\nid = \"offence.u\"\nasks = \"requesting\"\nquestion = \"q\"\n",
            "facts.toml",
            "nothing turns on the fact \"offence.u\"",
        ),
        // twice
        (
            "sources.toml",
            "",
            "[[source]]\nid = \"s\"\ntitle = \"t\"\nof = \"2020-01-01\"\n",
            "sources.toml",
            "\"s\" stands there twice",
        ),
        (TABLE, "", "ES,party,,,,1999-01-01,,s,confirmed,\n", TABLE, "ES stands there twice"),
        (X, "", clock, X, "the clock \"c\" stands twice under 4"),
        (X, "", "[[line]]\ntopic = \"u\"\nprovision = \"5\"\nsentence = \"s\"\n", X, "a line stands twice under 5"),
        (DECLARED, "", declared, DECLARED, "what ES declares to 5 stands twice"),
        // form
        (X, "id = \"x\"", "id = \"w\"", X, "differs from the file's name"),
        (X, "title = \"t\"", "titel = \"t\"", X, "titel"),
        (X, "amount = 7", "amount = 0", X, "counts nothing"),
        (X, "sentence = \"s\"\nall", "sentence = \"\"\nall", X, "says nothing"),
        (X, "forms = [\"assistance\"]", "forms = []", X, "speaks on no form of cooperation"),
        (
            X,
            "forms = [\"assistance\"]",
            "forms = [\"assistance\"]\ncarries = [\"boarding\"]",
            X,
            "carries speaks of boarding",
        ),
        (
            X,
            "forms = [\"assistance\"]",
            "forms = [\"assistance\"]\nrank = [{ forms = [\"freezing\"], precedence = 1 }]",
            X,
            "rank speaks of freezing",
        ),
        (X, "forms = [\"assistance\"]", "forms = [\"assistance\"]\nroster = \"partial\"", X, "no parent says who else"),
        (
            X,
            "forms = [\"assistance\"]",
            "forms = [\"assistance\"]\nbetween = \"sides\"",
            TABLE,
            "its rows do not name two",
        ),
        (TABLE, "ES,party,,", "ES,party,left,", TABLE, "the instrument knows none"),
        ("instruments/y.toml", "[\"ES\", \"MA\"]", "[\"ES\", \"ES\"]", "instruments/y.toml", "its two States are one"),
        (
            X,
            "",
            "[[outside]]\nstate = \"ES\"\nsentence = \"s\"\nprovision = \"1\"\ncertainty = \"confirmed\"\n",
            X,
            "ES stands outside and is a party",
        ),
        ("base.toml", "notice = \"n\"", "notice = \"\"", "base.toml", "no sentence says what a ruling is"),
    ] {
        let found = said(&broken(path, from, to));
        let told = found.iter().any(|finding| finding.contains(place) && finding.contains(words));
        assert!(told, "{words:?} at {place:?} is expected for {to:?}, found {found:#?}");
    }
}

#[test]
fn instruments_that_replace_or_amend_one_another_in_a_circle_are_told_once() {
    for (one, other) in [("replaces", "replaces"), ("replaces", "replaces-between"), ("amends", "supplements")] {
        let mut files = sound();
        for (path, kind, to) in [(X, one, "y"), ("instruments/y.toml", other, "x")] {
            let (_, text) = files.iter_mut().find(|(name, _)| name == path).expect("there");
            text.push_str(&format!(
                "[[relation]]\nkind = \"{kind}\"\ninstrument = \"{to}\"\nprovision = \"9\"\nsentence = \"s\"\n"
            ));
        }
        let found = said(&files);
        let circles = found.iter().filter(|finding| finding.contains("in a circle: x, y")).count();
        assert_eq!(circles, 1, "{one}, {other}: {found:#?}");
    }
}
