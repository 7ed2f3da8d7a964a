//! Time limits: for which measures, from which day or moment, and what they bring in a chain.

use super::*;

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
fn clocks_run_for_their_measures_and_chain_to_the_latest_day_by_which_their_event_comes() {
    let clock = |id: &str, event: &str, amount: u16, more: &str| {
        format!(
            "[[clock]]\nid = \"{id}\"\nprovision = \"{id}\"\nevent = \"{event}\"\namount = {amount}\nunit = \"days\"\nsentence = \"s\"\nbinds = \"requested\"\n{more}"
        )
    };
    let rules = [
        // in this order a single look would not reach the last
        clock("3", "executed", 5, ""),
        clock("2", "decided", 10, "brings = \"executed\"\n"),
        clock("1", "received", 7, "brings = \"decided\"\n"),
        clock("4", "received", 30, "brings = \"decided\"\n"),
        clock("5", "received", 1, "measures = [\"search\"]\n"),
        clock("6", "received", 2, ""),
    ];
    let last_day = "[last_day]\nsentence = \"s\"\nsource = \"s\"\ncertainty = \"confirmed\"\n";
    let declared = "instrument = \"x\"\nsource = \"s\"\ncertainty = \"confirmed\"\nchecked = \"2026-01-01\"\n\
        [[declaration]]\nstate = \"ES\"\nprovision = \"6\"\neffect = \"excludes\"\nsentence = \"s\"\n";
    let rules = format!("{last_day}{}", rules.concat());
    let base = base(&[Made("x", "mutual-assistance-treaty", "", &rules)], &[("declarations/x.toml", declared)]);
    let mut asked = Question { on: Date::constant(2026, 3, 9), ..question(Form::Assistance) };
    asked.events.insert("received".to_owned(), Date::constant(2026, 3, 2));
    let all = ruled(&asked, &base);
    asked.measures.insert("search".to_owned());
    assert_eq!(ruled(&asked, &base).clocks.len(), all.clocks.len());
    let day = |id: &str, latest: bool| {
        let clock = all.clocks.iter().find(|clock| clock.id == id).expect("it runs");
        let day = if latest { clock.latest } else { clock.due };
        (day.map(|day| day.to_string()).unwrap_or_default(), clock.passed, clock.note.clone().unwrap_or_default())
    };
    assert_eq!(day("1", false).0, "2026-03-09");
    assert_eq!(day("1", false).1, Some(false), "the last day has not passed");
    assert!(day("1", false).2.contains("public holidays of Morocco"), "{}", day("1", false).2);
    assert_eq!((day("2", true).0.as_str(), day("3", true).0.as_str()), ("2026-04-13", "2026-04-20"));
    assert!(all.clocks.iter().all(|clock| clock.id != "6"), "its article is excluded");
}

#[test]
fn a_clock_for_a_measure_does_not_run_for_another() {
    let rules = "[[clock]]\nid = \"c\"\nprovision = \"9\"\nevent = \"received\"\namount = 7\nunit = \"days\"\nsentence = \"s\"\nmeasures = [\"search\"]\n\
        [[line]]\ntopic = \"t\"\nprovision = \"8\"\nsentence = \"s\"\nmeasures = [\"hearing\"]\n";
    let base = base(&[Made("x", "mutual-assistance-treaty", "", rules)], &[]);
    for (measures, clocks, lines) in
        [(&[][..], 1, 1), (&["search"], 1, 0), (&["hearing"], 0, 1), (&["search", "hearing"], 1, 1)]
    {
        let mut asked = question(Form::Assistance);
        asked.measures.extend(measures.iter().map(|measure| (*measure).to_owned()));
        let ruling = ruled(&asked, &base);
        assert_eq!((ruling.clocks.len(), ruling.lines.len()), (clocks, lines), "{measures:?}");
    }
}
