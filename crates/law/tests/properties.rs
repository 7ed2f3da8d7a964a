//! What must hold for every pair, day and set of known facts.

use std::sync::LazyLock;

use law::ruling::Extent;
use law::{Base, Force, Kind, Question, Truth, force, rule};
use proptest::prelude::*;
use terms::{Date, State};

static BASE: LazyLock<Base> = LazyLock::new(|| Base::embedded().expect("the embedded law base loads"));

fn state() -> impl Strategy<Value = State> {
    let named = ["ES", "MA", "FR", "GH", "DE", "IE", "DK", "GB", "US", "CH", "AU", "ID", "CL", "BR", "JP", "NL", "IT"];
    let all: Vec<State> = State::all().collect();
    prop_oneof![
        prop::sample::select(named.map(|code| code.parse::<State>().expect("a State")).to_vec()),
        prop::sample::select(all),
    ]
}

fn day() -> impl Strategy<Value = Date> {
    (1960i16..2028, 1i8..=12, 1i8..=28).prop_map(|(y, m, d)| Date::new(y, m, d).expect("a day"))
}

fn question() -> impl Strategy<Value = Question> {
    let facts: Vec<String> = BASE.facts().map(|fact| fact.id.clone()).collect();
    let known = prop::collection::btree_map(prop::sample::select(facts), any::<bool>(), 0..8);
    (state(), state(), day(), known).prop_filter_map("one State", |(a, b, on, facts)| {
        (a != b).then(|| Question { facts, ..Question::assistance(a, b, on) })
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    #[test]
    fn fallback_paragraphs_give_way_exactly_when_a_mutual_assistance_treaty_binds_the_pair_that_day(q in question()) {
        let ruling = rule(&q, &BASE).expect("ruled");
        let bound = BASE.instruments().filter(|i| i.is(Kind::MutualAssistanceTreaty)).any(|i| {
            let replaced = ruling.not_in_force.iter().any(|a| a.instrument == i.id);
            let status = force::for_pair(&BASE, i, [q.requesting, q.requested], q.on);
            !replaced && matches!(status.map(|s| s.force), Some(Force::In { .. }))
        });
        for basis in ruling.bases.iter().filter(|b| ["un1988", "untoc", "uncac"].contains(&b.instrument.as_str())) {
            let rule = BASE.instrument(&basis.instrument).and_then(|i| i.fallback.as_ref()).expect("has fallback rules");
            let agreed = q.facts.get(&rule.unless) == Some(&true);
            prop_assert_eq!(basis.extent == Extent::InPart, bound && !agreed, "{}", ruling.to_text());
        }
    }

    #[test]
    fn a_request_is_never_measured_against_paragraphs_that_gave_way(q in question()) {
        let ruling = rule(&q, &BASE).expect("ruled");
        for gone in ruling.displaced.iter().filter(|d| d.holds == Truth::Yes) {
            prop_assert!(ruling.requirements.iter().all(|r| r.citation.instrument != gone.instrument), "{}", ruling.to_text());
        }
    }

    #[test]
    fn nothing_binds_before_it_exists_and_no_act_of_the_union_binds_who_stands_outside(q in question()) {
        let ruling = rule(&q, &BASE).expect("ruled");
        for basis in ruling.bases.iter().chain(&ruling.supporting) {
            let instrument = BASE.instrument(&basis.instrument).expect("known");
            prop_assert!(instrument.adopted.is_none_or(|adopted| adopted <= q.on), "{}", basis.instrument);
            prop_assert!(BASE.party(&basis.instrument, q.requesting).is_some());
            prop_assert!(BASE.party(&basis.instrument, q.requested).is_some());
            prop_assert!(instrument.outside.iter().all(|o| o.state != q.requesting && o.state != q.requested));
        }
    }

    #[test]
    fn learning_a_fact_settles_what_was_open_and_never_turns_an_answer_round(q in question(), holds in any::<bool>()) {
        let before = rule(&q, &BASE).expect("ruled");
        let Some(open) = before.questions.first().map(|open| open.fact.clone()) else { return Ok(()) };
        let mut wiser = q.clone();
        wiser.facts.insert(open.clone(), holds);
        let after = rule(&wiser, &BASE).expect("ruled");
        prop_assert!(after.questions.iter().all(|question| question.fact != open));
        for ground in before.grounds.iter().filter(|g| g.applies != Truth::Depends) {
            for now in after.grounds.iter().filter(|g| g.citation == ground.citation && g.id == ground.id) {
                prop_assert_eq!(now.applies, ground.applies);
            }
        }
    }

    #[test]
    fn which_instruments_bind_does_not_depend_on_who_asks(q in question()) {
        let other = Question { requesting: q.requested, requested: q.requesting, ..q.clone() };
        let names = |q: &Question| -> Vec<String> {
            rule(q, &BASE).expect("ruled").bases.into_iter().map(|b| b.instrument).collect()
        };
        prop_assert_eq!(names(&q), names(&other));
    }
}
