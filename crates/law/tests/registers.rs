//! The tables beside the treaties: substances by day, authorities, penalties, lists; and what the linter says of broken ones.

use law::registers::{Extradites, Substance};
use law::{Base, Certainty, Form, Truth, lint};
use terms::{Date, State};

fn base() -> Base {
    Base::embedded().expect("the embedded law base loads")
}
fn day(text: &str) -> Date {
    text.parse().expect("a day")
}
fn state(code: &str) -> State {
    code.parse().expect("a State")
}
fn substance<'a>(base: &'a Base, id: &str) -> &'a Substance {
    base.substance(id).unwrap_or_else(|| panic!("{id} is held"))
}

#[test]
fn whether_a_substance_was_controlled_turns_on_the_day_of_the_conduct() {
    use Truth::{Depends, No, Yes};
    let base = base();
    for (id, instrument, on, expected) in [
        ("cocaine", "un1961", "1964-12-12", No),
        ("cocaine", "un1961", "1964-12-13", Yes),
        ("cannabis", "un1961", "2021-01-01", Yes), // left Schedule IV, not Schedule I
        ("mdma", "un1971", "1985-12-31", No),
        ("mdma", "un1971", "1986-06-01", Depends), // only the year is held
        ("mdma", "un1971", "1987-01-01", Yes),
        ("ghb", "un1971", "2013-06-01", Depends),
        ("ghb", "un1971", "2014-01-01", Yes),
        ("fentanyl", "un1961", "2000-01-01", Depends), // the first day is not held, and the source is later
        ("fentanyl", "un1961", "2020-01-01", Yes),
        ("acetic-anhydride", "un1988", "1990-11-10", No),
        ("acetic-anhydride", "un1988", "1995-01-01", Yes),
        ("ketamine", "un1961", "2026-11-24", No),
        ("ketamine", "un1971", "2026-11-24", No),
        ("ephedrine", "un1961", "2026-11-24", No),
    ] {
        assert_eq!(
            substance(&base, id).listed(&base, instrument, day(on)),
            expected,
            "{id} under {instrument} on {on}"
        );
    }
}

#[test]
fn a_precursor_moves_between_the_tables_and_is_never_in_both() {
    let base = base();
    let moved = substance(&base, "acetic-anhydride");
    for (on, table) in [("1995-01-01", "Table II"), ("2010-01-01", "Table I")] {
        let held: Vec<_> =
            moved.listings.iter().filter(|l| l.held(&base, day(on)) == Truth::Yes).map(|l| &l.schedule).collect();
        assert_eq!(held, [table], "{on}");
    }
}

#[test]
fn a_substance_settles_the_facts_of_the_conventions_and_leaves_open_what_is_not_known() {
    let base = base();
    let settled = |id: &str, on: &str| {
        let facts = substance(&base, id).settles(&base, day(on));
        (facts.get("substance.narcotic").copied(), facts.get("substance.psychotropic").copied())
    };
    assert_eq!(settled("heroin", "2026-11-24"), (Some(true), Some(false)));
    assert_eq!(settled("lsd", "2026-11-24"), (Some(false), Some(true)));
    assert_eq!(settled("ketamine", "2026-11-24"), (Some(false), Some(false)));
    assert_eq!(settled("mdma", "1986-06-01"), (Some(false), None));
    for fact in ["substance.narcotic", "substance.psychotropic"] {
        assert!(base.fact(fact).is_some(), "{fact}");
    }
}

#[test]
fn amounts_are_of_the_pure_substance_unless_they_say_gross() {
    let base = base();
    let cocaine: Vec<_> = base.amounts("cocaine").filter(|a| a.state == state("ES")).collect();
    assert_eq!(cocaine.len(), 1);
    assert_eq!((cocaine[0].milligrams, cocaine[0].of.as_str()), (750_000, "active"));
    assert!(base.amounts("cannabis").all(|a| a.of == "gross"));
}

#[test]
fn an_authority_named_for_an_instrument_comes_before_the_general_one() {
    let base = base();
    let spain = base.authorities(state("ES")).expect("held");
    let first = |form, instrument| spain.competent(form, instrument).first().map(|a| a.name.as_str());
    assert_eq!(
        first(Form::Extradition, Some("eu-eaw")),
        Some("Central Investigating Courts of the Audiencia Nacional")
    );
    assert_eq!(
        first(Form::Assistance, None),
        Some("Ministry of Justice, Subdirectorate General for International Legal Cooperation")
    );
    let revenue = base.authorities(state("IE")).expect("held").competent(Form::Boarding, Some("un1988"));
    assert!(revenue.len() == 1 && revenue[0].name.contains("Revenue"), "{revenue:?}");
    assert!(base.authorities(state("NR")).is_none());
}

#[test]
fn languages_named_for_an_instrument_take_the_place_of_the_general_ones() {
    let base = base();
    let codes = |code: &str, instrument: &str| -> Vec<String> {
        let of = base.authorities(state(code)).expect("held");
        of.languages_under(Some(instrument)).into_iter().map(|l| l.code.clone()).collect()
    };
    assert_eq!(codes("LV", "untoc"), ["en", "lv"]);
    assert_eq!(codes("ES", "un1988"), ["es"]);
    assert!(codes("GB", "un1988").is_empty());
}

#[test]
fn the_ordinary_maximum_leaves_the_graver_cases_aside() {
    let base = base();
    let max = |code: &str, offence: &str| {
        base.penalties(state(code)).expect("held").ordinary_max_months(offence, day("2026-11-24"))
    };
    assert_eq!(max("ES", "TRAF"), Some(72));
    assert_eq!(max("CH", "TRAF"), Some(36));
    assert_eq!(max("NL", "PERS"), Some(12));
    assert_eq!(max("ES", "INCITE"), None);
    assert_eq!(max("FR", "TRAF"), Some(240));
    assert_eq!(max("GB", "TRAF"), Some(u32::MAX)); // for life
    assert_eq!(max("CH", "PERS"), Some(0)); // a fine only
}

#[test]
fn whether_nationals_are_extradited_is_told_with_its_certainty_and_not_guessed() {
    let base = base();
    for (code, expected, certainty) in [
        ("BR", Extradites::No, Certainty::Confirmed),
        ("US", Extradites::Yes, Certainty::Confirmed),
        ("NL", Extradites::Conditional, Certainty::Confirmed),
        ("IE", Extradites::Conditional, Certainty::Confirmed), // it was held that it does
        ("HR", Extradites::Conditional, Certainty::Confirmed), // it was held that it does not
        ("TN", Extradites::No, Certainty::Unconfirmed),
    ] {
        let held = base.nationals(state(code)).expect("held");
        assert_eq!((held.extradites, held.certainty), (expected, certainty), "{code}");
    }
    assert!(base.nationals(state("NR")).is_none());
}

#[test]
fn every_offence_is_mapped_to_the_list_of_the_union_or_says_why_not() {
    let base = base();
    let list = base.list("eu-32").expect("held");
    assert_eq!((list.categories.len(), list.from_months), (32, Some(36)));
    let of = |code: &str| -> Vec<String> {
        base.mappings(code).filter(|m| m.list == "eu-32").flat_map(|m| m.categories.clone()).collect()
    };
    for (code, categories) in [("TRAF", vec!["5"]), ("ORG", vec!["1", "5"]), ("ML-CONV", vec!["9"]), ("PREC", vec![])] {
        assert_eq!(of(code), categories, "{code}");
    }
    assert!(list.categories[4].name.contains("narcotic"), "{}", list.categories[4].name);
}

/// The embedded base with one more file, or another text of one.
fn with<'a>(files: &'a [(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
    let small = [
        ("base.toml", "date = \"2026-01-01\"\nnotice = \"n\"\n"),
        ("sources.toml", "[[source]]\nid = \"s\"\ntitle = \"t\"\nof = \"2020-01-01\"\n"),
        ("facts.toml", "fact = []\n"),
        (
            "offences.toml",
            "instrument = \"x\"\nsource = \"s\"\ncertainty = \"confirmed\"\nchecked = \"2026-01-01\"\noffence = []\n",
        ),
    ];
    small.into_iter().chain(files.iter().copied()).collect()
}

#[test]
fn the_linter_says_what_is_wrong_with_a_table() {
    for (path, text, wrong) in [
        ("substances.toml", "[[substance]]\nid = \"a\"\nname = \"A\"\ncas = \"50-36-3\"\n", "check digit"),
        (
            "substances.toml",
            "[[substance]]\nid = \"a\"\nname = \"A\"\n[[substance.listing]]\ninstrument = \"un1961\"\nschedule = \"I\"\nsource = \"s\"\n",
            "does not have",
        ),
        (
            "authorities/es.toml",
            "state = \"ES\"\n[[authority]]\nname = \"A\"\nforms = []\nsource = \"s\"\n",
            "no form of cooperation",
        ),
        (
            "authorities/es.toml",
            "state = \"ES\"\n[[authority]]\nname = \"A\"\nforms = [\"assistance\"]\nsource = \"s\"\n[[language]]\ncode = \"Spanish\"\nsource = \"s\"\n",
            "no code of a language",
        ),
        (
            "penalties/es.toml",
            "state = \"ES\"\n[[penalty]]\noffences = [\"TRAF\"]\nprovision = \"1\"\nsentence = \"s\"\nmin_months = 9\nmax_months = 3\nsource = \"s\"\n",
            "shorter than the shortest",
        ),
        (
            "penalties/es.toml",
            "state = \"ES\"\n[[penalty]]\noffences = []\nprovision = \"1\"\nsentence = \"s\"\ndeath = true\nsource = \"s\"\n",
            "answers to no offence",
        ),
        (
            "offence-lists.toml",
            "mapping = []\n[[list]]\nid = \"l\"\ntitle = \"t\"\nstands_in = [\"eu-eaw 2(2)\"]\nsource = \"nowhere\"\n",
            "nowhere",
        ),
    ] {
        let base = Base::load(&with(&[(path, text)])).unwrap_or_else(|e| panic!("{path}: {e}"));
        let found: Vec<String> = lint(&base).iter().map(ToString::to_string).collect();
        assert!(found.iter().any(|finding| finding.contains(wrong)), "{wrong:?} is missing in {found:#?}");
    }
}

#[test]
fn a_table_in_the_file_of_another_state_is_refused_at_load() {
    let text = "state = \"ES\"\n[[authority]]\nname = \"A\"\nforms = [\"assistance\"]\nsource = \"s\"\n";
    let refused = Base::load(&with(&[("authorities/fr.toml", text)])).expect_err("refused").to_string();
    assert!(refused.contains("law.malformed") && refused.contains("differs from the file's name"), "{refused}");
}
