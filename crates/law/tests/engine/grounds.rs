//! Grounds: what excludes them, for which of several charges, and what persons and penalties settle.

use super::*;

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
fn persons_and_penalties_settle_what_they_can_and_no_more() {
    let ground = |id: &str, fact: &str| {
        format!(
            "[[ground]]\nid = \"{id}\"\nprovision = \"3\"\nkind = \"optional\"\nsentence = \"s\"\nall = [\"{fact}\"]\n"
        )
    };
    let rules = [
        ground("national", "person.national-of-requested"),
        ground("resident", "person.resident-of-requested"),
        ground("sentenced", "person.sentenced"),
        ground("drugs", "offence.drugs"),
        ground("not-both", "not offence.dual-criminality"),
    ];
    let base = base(&[Made("x", "mutual-assistance-treaty", "", &rules.concat())], &[]);
    let person = |nationality: Option<&str>, resides: Option<&str>| Person {
        nationalities: nationality.into_iter().map(state).collect(),
        resides: resides.map(state),
        status: Some(PersonStatus::Sentenced),
    };
    for (persons, national, resident) in [
        (vec![person(Some("ES"), Some("ES")), person(None, None)], Truth::Depends, Truth::Depends),
        (vec![person(Some("MA"), Some("MA")), person(None, None)], Truth::Yes, Truth::Yes),
        (vec![person(Some("ES"), Some("ES"))], Truth::No, Truth::No),
        (vec![], Truth::Depends, Truth::Depends),
    ] {
        let ruling = ruled(&Question { persons, ..question(Form::Assistance) }, &base);
        assert_eq!((whether("national", &ruling), whether("resident", &ruling)), (national, resident));
        assert_eq!(whether("sentenced", &ruling), Truth::Depends, "who is heard as a witness may be a convict");
    }
    let surrendered = Question { persons: vec![person(None, None)], ..question(Form::Extradition) };
    assert_eq!(whether("sentenced", &ruled(&surrendered, &base)), Truth::Yes);
    // what the officer states goes before what the code of an offence settles
    let mut asked = knowing(question(Form::Assistance), &[("offence.drugs", false)]);
    asked.offences.insert("TRAF".to_owned());
    assert_eq!(whether("drugs", &ruled(&asked, &base)), Truth::No);
    for (requesting, requested, not_both) in [
        (Some(true), Some(false), Truth::Yes),
        (Some(false), None, Truth::Yes),
        (Some(true), Some(true), Truth::No),
        (Some(true), None, Truth::Depends),
    ] {
        let mut stated = charge("TRAF", &[]);
        (stated.requesting.punishable, stated.requested.punishable) = (requesting, requested);
        let ruling = ruled(&Question { charges: vec![stated], ..question(Form::Assistance) }, &base);
        assert_eq!(whether("not-both", &ruling), not_both, "{requesting:?} {requested:?}");
    }
}

#[test]
fn a_fact_of_one_charge_that_is_not_about_offences_does_not_become_one_of_the_request() {
    let rules =
        "[[ground]]\nid = \"g\"\nprovision = \"3\"\nkind = \"optional\"\nsentence = \"s\"\nall = [\"request.late\"]\n";
    let base = base(&[Made("x", TREATY, "", rules)], &[]);
    let charges = vec![charge("TRAF", &[("request.late", true)]), charge("PERS", &[])];
    assert_eq!(whether("g", &ruled(&Question { charges, ..question(Form::Extradition) }, &base)), Truth::Depends);
}

#[test]
fn what_applies_is_listed_before_what_may_and_what_does_not() {
    let ground = |id: &str, kind: &str, fact: &str| {
        format!(
            "[[ground]]\nid = \"{id}\"\nprovision = \"{id}\"\nkind = \"{kind}\"\nsentence = \"s\"\nall = [\"{fact}\"]\n"
        )
    };
    let rules = [
        ground("no", "mandatory", "offence.tax"),
        ground("may", "mandatory", "request.late"),
        ground("yes-optional", "optional", "requested.limits"),
        ground("yes", "mandatory", "requested.limits"),
    ];
    let base = base(&[Made("x", TREATY, "", &rules.concat())], &[]);
    let asked = knowing(question(Form::Extradition), &[("offence.tax", false), ("requested.limits", true)]);
    let listed: Vec<String> = ruled(&asked, &base).grounds.into_iter().map(|ground| ground.id).collect();
    assert_eq!(listed, ["yes", "yes-optional", "may", "no"]);
}
