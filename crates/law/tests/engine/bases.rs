//! Which instrument leads, which end, give way or stand beside it, and what is said of those of unknown status.

use super::*;

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
fn an_instrument_of_unknown_status_is_not_perhaps_in_force_before_it_was_adopted() {
    let base = base(&[Made("x", TREATY, "# unsure", POLITICAL)], &[]);
    for (on, perhaps) in [("1989-12-31", false), ("1990-01-01", true)] {
        let asked = Question { on: on.parse().expect("a day"), ..question(Form::Extradition) };
        assert_eq!(!ruled(&asked, &base).uncertain.is_empty(), perhaps, "{on}");
    }
}

#[test]
fn an_instrument_is_told_from_the_day_of_its_adoption_and_binds_from_the_later_of_two_days() {
    let rows = "ES,party,,,,1996-03-01,,s,confirmed,\nMA,party,,,1994-01-01,1999-01-01,,s,confirmed,\n";
    let base = base(&[Made("x", TREATY, "", POLITICAL)], &[("parties/x.csv", &table(rows))]);
    let on = |day: &str| ruled(&Question { on: day.parse().expect("a day"), ..question(Form::Extradition) }, &base);
    for (day, told) in [("1989-12-31", 0), ("1990-01-01", 1), ("1996-02-29", 1), ("1996-03-01", 0)] {
        assert_eq!(on(day).not_in_force.len(), told, "{day}");
    }
    let provisional = on("1998-12-31");
    assert!(provisional.leading().expect("leads").provisional, "one of the two applies it provisionally");
    let whole = on("1999-01-01");
    let leading = whole.leading().expect("leads");
    assert_eq!((leading.since, leading.provisional), (Some(Date::constant(1999, 1, 1)), false));
}

#[test]
fn a_convention_ends_older_treaties_of_two_and_stands_with_later_ones_unless_it_is_replaced_itself() {
    let ends = "[[relation]]\nkind = \"supersedes-bilaterals\"\nof = \"extradition-treaty\"\nprovision = \"28\"\nsentence = \"s\"\n";
    let replaces =
        "[[relation]]\nkind = \"replaces-between\"\ninstrument = \"x\"\nprovision = \"1\"\nsentence = \"s\"\n";
    for (adopted, replaced, leads, displaced) in
        [("1994-12-31", false, "x", true), ("1995-01-01", false, "x", false), ("1994-12-31", true, "y", false)]
    {
        let (path, text) = bilateral(adopted);
        let y = Made("y", TREATY, "precedence = 10", if replaced { replaces } else { "" });
        let made = [Made("x", TREATY, "", ends), y];
        let base = base(if replaced { &made } else { &made[..1] }, &[(&path, &text)]);
        let ruling = ruled(&question(Form::Extradition), &base);
        let b = ruling.displaced.iter().any(|gone| gone.instrument == "b");
        assert_eq!(
            (ruling.leading().map(|l| l.instrument.as_str()), b),
            (Some(leads), displaced),
            "{adopted} {replaced}"
        );
        assert_eq!(ruling.supporting.iter().any(|basis| basis.instrument == "b"), !replaced && !displaced, "{adopted}");
    }
}

#[test]
fn a_fallback_is_as_surely_off_as_the_surest_treaty_that_takes_its_place() {
    let fallback = "[[fallback]]\narticle = \"7\"\nfrom = 8\nto = 19\nby = \"7(7)\"\nunless = \"requested.limits\"\nsentence = \"s\"\n";
    let treaty = "mutual-assistance-treaty";
    let unsure = table("ES,party,,,,1995-01-01,,s,unconfirmed,\nMA,party,,,,1995-01-01,,s,confirmed,\n");
    let made = [
        Made("c", CONVENTION, "", fallback),
        Made("x", treaty, "precedence = 20", ""),
        Made("y", treaty, "precedence = 21", ""),
    ];
    for (both, certainty) in [(true, Certainty::Confirmed), (false, Certainty::Unconfirmed)] {
        let base = base(if both { &made } else { &made[..2] }, &[("parties/x.csv", &unsure)]);
        let ruling = ruled(&question(Form::Assistance), &base);
        assert_eq!(
            (ruling.displaced[0].certainty, ruling.displaced[0].because.len()),
            (certainty, 1 + usize::from(both))
        );
    }
}

#[test]
fn that_a_treaty_of_the_two_may_be_missing_is_said_unless_one_leads_or_an_act_leaves_it_no_room() {
    let head = "date = \"2026-01-01\"\nnotice = \"n\"\nbilaterals = \"one may be missing\"\n";
    for (kind, said) in [(TREATY, true), ("mutual-recognition", false)] {
        let base = base(&[Made("x", kind, "", POLITICAL)], &[("base.toml", head)]);
        assert_eq!(ruled(&question(Form::Extradition), &base).bilaterals.is_some(), said, "{kind}");
    }
}

#[test]
fn a_successor_without_a_first_day_is_bound_from_its_notice_and_unknown_before() {
    let rows = "ES,party,,,,1995-01-01,,s,confirmed,\nMA,successor,,2001-03-12,,,,s,confirmed,\n";
    let base = base(&[Made("x", TREATY, "", POLITICAL)], &[("parties/x.csv", &table(rows))]);
    for (day, bound) in [("2001-03-11", false), ("2001-03-12", true)] {
        let ruling = ruled(&Question { on: day.parse().expect("a day"), ..question(Form::Extradition) }, &base);
        assert_eq!((ruling.leading().is_some(), ruling.uncertain.is_empty()), (bound, bound), "{day}");
    }
}

/// Declarations to x: who declares, with what effect and members more.
fn declares(state: &str, provision: &str, effect: &str, more: &str) -> String {
    format!(
        "instrument = \"x\"\nsource = \"s\"\ncertainty = \"confirmed\"\nchecked = \"2026-01-01\"\n[[declaration]]\nstate = \"{state}\"\n\
         provision = \"{provision}\"\neffect = \"{effect}\"\nsentence = \"s\"\n{more}"
    )
}

#[test]
fn an_article_that_either_state_excludes_carries_nothing() {
    let scope = "[[scope_of]]\nforms = [\"extradition\"]\nprovision = \"20(1)\"\nsentence = \"s\"\n";
    for (state, article, carried) in [("ES", "20", false), ("MA", "20", false), ("MA", "2", true)] {
        let declared = declares(state, "33", "excludes", &format!("articles = [\"{article}\"]\n"));
        let base = base(&[Made("x", TREATY, "", scope)], &[("declarations/x.toml", &declared)]);
        let leads = |form| ruled(&question(form), &base).leading().is_some();
        assert_eq!((leads(Form::Extradition), leads(Form::Assistance)), (carried, true), "{state} {article}");
    }
}

#[test]
fn what_the_requesting_state_reserved_is_not_owed_to_it_if_others_may_rely_on_that() {
    for (state, more, grounds) in [("ES", "reciprocal = true\n", 1), ("ES", "", 0)] {
        let declared = declares(state, "6", "no-basis", more);
        let base = base(&[Made("x", TREATY, "", "")], &[("declarations/x.toml", &declared)]);
        let ruling = ruled(&question(Form::Extradition), &base);
        assert!(ruling.leading().is_some(), "a reservation of the State that asks bars nothing");
        assert_eq!(ruling.grounds.iter().filter(|g| g.id == "reserved-by-requesting").count(), grounds, "{more}");
    }
}
