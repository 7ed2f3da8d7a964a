//! Who is in the Union on which day, as an independent table, held against every act of the Union in the base: no act
//! for a State that is no member that day, none from which Denmark or Ireland stand apart, none for the United
//! Kingdom after 2020-12-31; and an agreement of the Union with another State never binds within one side.

use std::sync::LazyLock;

use law::data::{Between, Class};
use law::{Base, Force, Form, Question, force, rule};
use terms::{Date, State};

static BASE: LazyLock<Base> = LazyLock::new(|| Base::embedded().expect("the embedded law base loads"));

/// Members with the day of accession, from the treaties of accession.
const MEMBERS: &[(&str, &str)] = &[
    ("BE", "1958-01-01"),
    ("DE", "1958-01-01"),
    ("FR", "1958-01-01"),
    ("IT", "1958-01-01"),
    ("LU", "1958-01-01"),
    ("NL", "1958-01-01"),
    ("DK", "1973-01-01"),
    ("GB", "1973-01-01"),
    ("IE", "1973-01-01"),
    ("GR", "1981-01-01"),
    ("ES", "1986-01-01"),
    ("PT", "1986-01-01"),
    ("AT", "1995-01-01"),
    ("FI", "1995-01-01"),
    ("SE", "1995-01-01"),
    ("CY", "2004-05-01"),
    ("CZ", "2004-05-01"),
    ("EE", "2004-05-01"),
    ("HU", "2004-05-01"),
    ("LT", "2004-05-01"),
    ("LV", "2004-05-01"),
    ("MT", "2004-05-01"),
    ("PL", "2004-05-01"),
    ("SI", "2004-05-01"),
    ("SK", "2004-05-01"),
    ("BG", "2007-01-01"),
    ("RO", "2007-01-01"),
    ("HR", "2013-07-01"),
];

/// Acts from which a member stands apart (Protocols 21 and 22 to the Treaties).
const APART: &[(&str, &[&str])] = &[
    ("DK", &["eu-eio", "eu-2018-1805", "eu-2023-1543", "eu-2024-3011"]),
    ("IE", &["eu-eio", "eu-2018-1805", "eu-2024-3011"]),
];

const DAYS: &[&str] = &[
    "1999-05-01",
    "2003-12-31",
    "2004-01-01",
    "2004-04-30",
    "2004-05-01",
    "2006-12-31",
    "2007-01-01",
    "2013-06-30",
    "2013-07-01",
    "2017-05-21",
    "2017-05-22",
    "2020-12-18",
    "2020-12-19",
    "2020-12-31",
    "2021-01-01",
    "2026-08-17",
    "2026-08-18",
    "2026-11-24",
    "2027-02-01",
];

fn day(text: &str) -> Date {
    text.parse().expect("a day")
}

fn member(state: State, on: Date) -> bool {
    MEMBERS.iter().any(|(code, since)| *code == state.code() && day(since) <= on)
        && !(state.code() == "GB" && on > day("2020-12-31"))
}

#[test]
fn no_act_of_the_union_binds_a_state_that_is_no_member_that_day_or_stands_apart() {
    let mut bound = 0;
    for act in BASE.instruments().filter(|i| i.class == Class::UnionAct) {
        for party in BASE.parties(&act.id) {
            for on in DAYS.iter().map(|text| day(text)) {
                if !matches!(force::for_state(&BASE, act, party, on), Force::In { .. }) {
                    continue;
                }
                bound += 1;
                let state = party.state;
                assert!(member(state, on), "{} binds {state}, no member on {on}", act.id);
                let apart = APART.iter().any(|(code, acts)| *code == state.code() && acts.contains(&act.id.as_str()));
                assert!(!apart, "{} binds {state}, which stands apart", act.id);
            }
        }
    }
    assert!(bound > 1000, "only {bound} rows were looked at");
}

#[test]
fn every_member_is_bound_by_the_acts_from_which_it_does_not_stand_apart() {
    let on = day("2026-11-24");
    for id in ["eu-eaw", "eu-eio", "eu-2018-1805", "eu-2023-1543"] {
        let act = BASE.instrument(id).expect("held");
        for (code, _) in MEMBERS.iter().filter(|(code, _)| *code != "GB") {
            let apart = APART.iter().any(|(state, acts)| state == code && acts.contains(&id));
            let state: State = code.parse().expect("a State");
            let bound =
                BASE.party(id, state).is_some_and(|p| matches!(force::for_state(&BASE, act, p, on), Force::In { .. }));
            assert_eq!(bound, !apart, "{id} and {code}");
            let told = act.outside.iter().any(|outside| outside.state == state);
            assert_eq!(told, apart, "{id} says that {code} is outside");
        }
    }
}

#[test]
fn a_ruling_names_no_act_of_the_union_where_one_of_the_two_is_no_member() {
    let pairs = [("FR", "MA"), ("CH", "DE"), ("GB", "FR"), ("FR", "GB"), ("NO", "SE"), ("TR", "BG"), ("UA", "PL")];
    for (a, b) in pairs {
        let [a, b]: [State; 2] = [a, b].map(|code| code.parse().expect("a State"));
        for form in [Form::Assistance, Form::Extradition, Form::Freezing, Form::Confiscation, Form::JointTeam] {
            let ruling = rule(&Question::new(form, a, b, day("2026-11-24")), &BASE).expect("ruled");
            for basis in ruling.bases.iter().chain(&ruling.supporting) {
                let class = BASE.instrument(&basis.instrument).expect("known").class;
                assert_ne!(class, Class::UnionAct, "{} for {a}-{b}, {form:?}", basis.instrument);
            }
        }
    }
}

#[test]
fn an_agreement_of_the_union_binds_across_its_sides_and_never_within_one() {
    let on = day("2026-11-24");
    for agreement in BASE.instruments().filter(|i| i.between == Between::Sides) {
        let rows: Vec<_> = BASE.parties(&agreement.id).collect();
        for a in &rows {
            for b in rows.iter().filter(|b| b.state != a.state) {
                let status = force::for_pair(&BASE, agreement, [a.state, b.state], on);
                assert_eq!(status.is_none(), a.side == b.side, "{}: {} and {}", agreement.id, a.state, b.state);
            }
        }
    }
}

#[test]
fn every_day_of_every_row_is_read_from_the_table_and_the_last_day_still_binds() {
    for instrument in BASE.instruments() {
        for row in BASE.parties(&instrument.id) {
            let Some(until) = row.until else { continue };
            let after = until.tomorrow().expect("a day");
            assert!(
                matches!(force::for_state(&BASE, instrument, row, after), Force::NoLonger { .. }),
                "{} {}",
                instrument.id,
                row.state
            );
            let last = force::for_state(&BASE, instrument, row, until);
            assert!(!matches!(last, Force::NoLonger { .. }), "{} {}", instrument.id, row.state);
        }
    }
}
