//! What must hold for every pair, day, form of cooperation and set of known facts.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::LazyLock;

use law::data::{Answer, Between, Class, Effect, Limit};
use law::question::{Charge, Penalty, Person, PersonStatus};
use law::ruling::{Extent, Ruling};
use law::{Base, Force, Form, Kind, Question, Truth, force, rule};
use proptest::prelude::*;
use terms::{Date, State};

static BASE: LazyLock<Base> = LazyLock::new(|| Base::embedded().expect("the embedded law base loads"));

fn states(codes: &[&str]) -> Vec<State> {
    codes.iter().map(|code| code.parse().expect("a State")).collect()
}

fn state() -> impl Strategy<Value = State> {
    let named = [
        "ES", "MA", "FR", "GH", "DE", "IE", "DK", "GB", "US", "CH", "AU", "ID", "CL", "BR", "JP", "NL", "IT", "NO",
        "EC", "AR",
    ];
    prop_oneof![prop::sample::select(states(&named)), prop::sample::select(State::all().collect::<Vec<_>>())]
}

fn day() -> impl Strategy<Value = Date> {
    (1960i16..2028, 1i8..=12, 1i8..=28).prop_map(|(y, m, d)| Date::new(y, m, d).expect("a day"))
}

fn facts(answer: Answer) -> Vec<String> {
    BASE.facts().filter(|fact| fact.answer == answer).map(|fact| fact.id.clone()).collect()
}

fn penalty() -> impl Strategy<Value = Penalty> {
    (any::<Option<bool>>(), prop::option::of(0u32..300), prop::option::of(0u32..60))
        .prop_map(|(death, max_months, min_months)| Penalty { death, max_months, min_months, ..Penalty::default() })
}

fn charge() -> impl Strategy<Value = Charge> {
    let codes: Vec<String> = BASE.offences().map(|offence| offence.code.clone()).collect();
    let months = || prop::option::of(0u32..60);
    (prop::sample::select(codes), penalty(), penalty(), months(), months()).prop_map(
        |(offence, requesting, requested, sentence_months, remaining_months)| Charge {
            offence,
            requesting,
            requested,
            sentence_months,
            remaining_months,
            facts: Default::default(),
        },
    )
}

fn person() -> impl Strategy<Value = Person> {
    let status = vec![PersonStatus::Accused, PersonStatus::Sentenced, PersonStatus::Witness];
    (
        prop::collection::btree_set(state(), 0..2),
        prop::option::of(state()),
        prop::option::of(prop::sample::select(status)),
    )
        .prop_map(|(nationalities, resides, status)| Person { nationalities, resides, status })
}

/// Days and moments of events, which need not agree with one another for long.
fn events() -> impl Strategy<Value = BTreeMap<String, Date>> {
    let names: Vec<String> = BASE.events().map(str::to_owned).collect();
    prop::collection::btree_map(prop::sample::select(names), day(), 0..4)
}

fn question_of(forms: &'static [Form]) -> impl Strategy<Value = Question> {
    let known = prop::collection::btree_map(prop::sample::select(facts(Answer::YesNo)), any::<bool>(), 0..8);
    let numbers = prop::collection::btree_map(prop::sample::select(facts(Answer::Months)), 0u32..300, 0..3);
    let measures: Vec<String> = BASE.measures().map(str::to_owned).collect();
    let measures = prop::collection::btree_set(prop::sample::select(measures), 0..3);
    let charges = prop::collection::vec(charge(), 0..3);
    let pair = (state(), state(), day(), prop::sample::select(forms));
    let holidays = prop::collection::btree_set(day(), 0..3);
    let when = (events(), holidays, any::<bool>());
    (pair, known, numbers, measures, charges, prop::option::of(person()), when).prop_filter_map(
        "one State",
        |((a, b, on, form), facts, numbers, measures, charges, p, (events, holidays, hours))| {
            let persons = p.into_iter().collect();
            let at = |day: &Date| format!("{day}T23:30:00Z").parse().expect("a moment");
            let moments = events.iter().filter(|_| hours).map(|(event, day)| (event.clone(), at(day))).collect();
            let asked = Question::new(form, a, b, on);
            (a != b).then_some(Question {
                facts,
                numbers,
                measures,
                charges,
                persons,
                events,
                moments,
                holidays,
                ..asked
            })
        },
    )
}

fn assistance() -> impl Strategy<Value = Question> {
    question_of(&[Form::Assistance])
}

fn question() -> impl Strategy<Value = Question> {
    question_of(&Form::ALL)
}

/// Answers the questions of a ruling, those for which an answer is given; which facts that were.
fn answer(q: &mut Question, ruling: &Ruling, answers: &[Option<(bool, u32)>]) -> Vec<String> {
    let mut known = Vec::new();
    for (open, answer) in ruling.questions.iter().zip(answers) {
        let Some((holds, months)) = answer else { continue };
        match BASE.fact(&open.fact).expect("known").answer {
            Answer::YesNo => drop(q.facts.insert(open.fact.clone(), *holds)),
            Answer::Months => drop(q.numbers.insert(open.fact.clone(), months % 300)),
        }
        known.push(open.fact.clone());
    }
    known
}

fn ruled(q: &Question) -> Ruling {
    rule(q, &BASE).expect("ruled")
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    #[test]
    fn fallback_paragraphs_give_way_exactly_when_a_mutual_assistance_treaty_binds_the_pair_that_day(q in assistance()) {
        let ruling = ruled(&q);
        let bound = BASE.instruments().filter(|i| i.is(Kind::MutualAssistanceTreaty)).any(|i| {
            let replaced = ruling.not_in_force.iter().any(|a| a.instrument == i.id);
            let status = force::for_pair(&BASE, i, [q.requesting, q.requested], q.on);
            !replaced && matches!(status.map(|s| s.force), Some(Force::In { .. }))
        });
        for basis in ruling.bases.iter().filter(|b| ["un1988", "untoc", "uncac", "ets185"].contains(&b.instrument.as_str())) {
            let rule = BASE.instrument(&basis.instrument).and_then(|i| i.fallbacks.first()).expect("has fallback rules");
            let agreed = q.facts.get(&rule.unless) == Some(&true);
            prop_assert_eq!(basis.extent == Extent::InPart, bound && !agreed, "{}", ruling.to_text());
        }
    }

    #[test]
    fn a_request_is_never_measured_against_paragraphs_that_gave_way(q in assistance()) {
        let ruling = ruled(&q);
        for gone in ruling.displaced.iter().filter(|d| d.holds == Truth::Yes) {
            let instrument = BASE.instrument(&gone.instrument).expect("what gives way is held");
            let asked = ruling.requirements.iter().map(|r| &r.citation).chain(ruling.grounds.iter().map(|g| &g.citation));
            let mut of_it = asked.filter(|citation| citation.instrument == gone.instrument);
            prop_assert!(of_it.all(|citation| !instrument.gives_way(&citation.provision)), "{}", ruling.to_text());
        }
    }

    #[test]
    fn nothing_binds_before_it_exists_and_no_act_of_the_union_binds_who_stands_outside(q in question()) {
        let ruling = ruled(&q);
        let (left, gb) = (Date::constant(2020, 12, 31), states(&["GB"])[0]);
        for basis in ruling.bases.iter().chain(&ruling.supporting) {
            let instrument = BASE.instrument(&basis.instrument).expect("known");
            prop_assert!(instrument.adopted.is_none_or(|adopted| adopted <= q.on), "{}", basis.instrument);
            let both = instrument.between != Between::Requested;
            prop_assert!(!both || BASE.party(&basis.instrument, q.requesting).is_some());
            prop_assert!(BASE.party(&basis.instrument, q.requested).is_some());
            prop_assert!(instrument.outside.iter().all(|o| o.state != q.requesting && o.state != q.requested));
            let past = [q.requesting, q.requested].contains(&gb) && q.on > left;
            prop_assert!(!(past && instrument.class == Class::UnionAct), "{} binds GB on {}", basis.instrument, q.on);
        }
    }

    #[test]
    fn learning_facts_settles_what_was_open_and_never_turns_an_answer_round(q in question(), answers in prop::collection::vec(any::<Option<(bool, u32)>>(), 24)) {
        let before = ruled(&q);
        let mut wiser = q.clone();
        let known: Vec<String> = answer(&mut wiser, &before, &answers);
        let after = ruled(&wiser);
        prop_assert!(after.questions.iter().all(|open| !known.contains(&open.fact)), "asked again: {known:?}\n{}", after.to_text());
        let basis = |ruling: &Ruling| ruling.leading().map(|leading| leading.instrument.clone());
        for (one, other) in before.bases.iter().filter_map(|one| Some((one, after.bases.iter().find(|b| b.instrument == one.instrument)?))) {
            prop_assert!(one.scope == Truth::Depends || one.scope == other.scope, "{} after {known:?}", one.instrument);
        }
        if basis(&before) != basis(&after) { return Ok(()) }
        for ground in &before.grounds {
            let now = after.grounds.iter().filter(|g| g.citation == ground.citation && g.id == ground.id && g.sentence == ground.sentence);
            for now in now {
                prop_assert!(ground.applies == Truth::Depends || now.applies == ground.applies, "{} after {known:?}", ground.id);
                let kept = ground.only_for.iter().all(|offence| now.applies == Truth::Yes || now.only_for.contains(offence));
                prop_assert!(kept, "{} for {:?} after {known:?}", ground.id, ground.only_for);
            }
        }
        for clock in before.clocks.iter().filter(|clock| clock.applies == Truth::Yes) {
            let runs = after.clocks.iter().any(|now| now.citation == clock.citation && now.id == clock.id && now.due == clock.due);
            prop_assert!(runs, "{} after {known:?}", clock.id);
        }
        for line in before.lines.iter().filter(|line| line.depends_on.is_empty() && line.subject_to.is_empty()) {
            prop_assert!(after.lines.iter().any(|now| now.sentence == line.sentence) , "{} after {known:?}", line.citation);
        }
    }

    #[test]
    fn who_answers_every_question_has_no_question_left(q in question(), answers in prop::collection::vec(any::<(bool, u32)>(), 24)) {
        let answers: Vec<Option<(bool, u32)>> = answers.into_iter().map(Some).collect();
        let (mut q, mut ruling) = (q.clone(), ruled(&q));
        let mut rounds = 0;
        while !ruling.questions.is_empty() {
            rounds += 1;
            prop_assert!(rounds < 12, "never ends\n{}", ruling.to_text());
            answer(&mut q, &ruling, &answers);
            ruling = ruled(&q);
        }
        prop_assert!(ruling.grounds.iter().all(|ground| ground.applies != Truth::Depends && ground.perhaps_for.is_empty()));
        prop_assert!(ruling.bases.iter().all(|basis| basis.scope == Truth::Yes));
        prop_assert!(ruling.clocks.iter().all(|clock| clock.applies == Truth::Yes));
    }

    #[test]
    fn nothing_is_asked_or_barred_by_what_does_not_bind_the_two_that_day(q in question()) {
        let ruling = ruled(&q);
        let listed = |bases: &[law::ruling::Basis]| bases.iter().map(|b| b.instrument.clone()).collect::<BTreeSet<_>>();
        let (bases, mut bound) = (listed(&ruling.bases), listed(&ruling.supporting));
        bound.extend(bases.iter().cloned());
        // what a reservation bars as a basis binds nevertheless, and speaks beside the others
        let reserved = |id: &str| BASE.declarations(id).is_some_and(|of| of.declarations.iter().any(|d| matches!(d.effect, Effect::NoBasis | Effect::Excludes)));
        bound.extend(ruling.out_of_scope.iter().map(|aside| aside.instrument.clone()).filter(|id| reserved(id)));
        for id in &bound {
            let instrument = BASE.instrument(id).expect("known");
            let status = force::for_pair(&BASE, instrument, [q.requesting, q.requested], q.on).expect("named");
            prop_assert!(matches!(status.force, Force::In { .. }), "{id}: {status:?}");
        }
        let cited = (ruling.requirements.iter().map(|r| &r.citation)).chain(ruling.clocks.iter().map(|c| &c.citation))
            .chain(ruling.grounds.iter().flat_map(|g| [Some(&g.citation), g.excluded_by.as_ref()]).flatten())
            .chain(ruling.lines.iter().map(|l| &l.citation)).chain(ruling.declarations.iter().map(|d| &d.citation))
            .chain(ruling.displaced.iter().filter(|d| d.holds == Truth::Yes).map(|d| &d.by));
        for citation in cited {
            prop_assert!(bound.contains(&citation.instrument), "{citation} is cited and does not bind");
        }
        let partly: BTreeSet<&str> = ruling.bases.iter().filter(|b| b.extent == Extent::InPart).map(|b| b.instrument.as_str()).collect();
        prop_assert!(ruling.standing.iter().all(|l| partly.contains(l.citation.instrument.as_str())));
    }

    #[test]
    fn a_question_is_read_back_as_it_was_written_and_ruled_alike(q in question()) {
        let ruling = ruled(&q);
        let written = terms::canonical::to_bytes(&q).expect("canonical JSON");
        let read = terms::canonical::Canonical::<Question>::parse(&written).expect("a question").into_value();
        prop_assert_eq!(&read, &q);
        let toml = toml::to_string(&q).expect("TOML");
        prop_assert_eq!(&Question::from_toml(&toml).expect("a question"), &q);
        let again = ruled(&read);
        prop_assert_eq!(terms::canonical::to_bytes(&again).expect("canonical"), terms::canonical::to_bytes(&ruling).expect("canonical"));
        prop_assert!(ruling.to_text().contains(BASE.notice()) && ruling.to_text().contains(&BASE.version().to_string()));
    }

    #[test]
    fn which_instruments_bind_does_not_depend_on_who_asks(q in assistance()) {
        let other = Question { requesting: q.requested, requested: q.requesting, persons: Vec::new(), ..q.clone() };
        let q = Question { persons: Vec::new(), ..q };
        let names = |q: &Question| -> Vec<String> { ruled(q).bases.into_iter().map(|b| b.instrument).collect() };
        prop_assert_eq!(names(&q), names(&other));
    }

    #[test]
    fn every_line_has_a_citation_that_resolves_and_a_question_that_decides_something(q in question()) {
        let ruling = ruled(&q);
        for citation in ruling.citations() {
            prop_assert!(BASE.resolves(citation), "{citation} leads nowhere");
            prop_assert!(!law::explain(&BASE, citation).is_empty(), "nothing stands behind {citation}");
        }
        prop_assert!(ruling.questions.iter().all(|open| !open.decides.is_empty()));
        for ground in &ruling.grounds {
            let open = ground.applies == Truth::Depends || !ground.perhaps_for.is_empty();
            prop_assert_eq!(open, !ground.depends_on.is_empty(), "{}", ground.id);
        }
        prop_assert!(ruling.leading().is_some() != ruling.reciprocity.is_some());
    }
}

#[test]
fn every_row_binds_from_its_first_day_to_its_last_and_not_a_day_longer() {
    let mut days = 0;
    for instrument in BASE.instruments() {
        for row in BASE.parties(&instrument.id) {
            let bound = |day: Option<Date>| {
                day.is_some_and(|day| matches!(force::for_state(&BASE, instrument, row, day), Force::In { .. }))
            };
            if row.status != law::Status::Party {
                continue;
            }
            if let Some(until) = row.until {
                assert!(!bound(until.tomorrow().ok()), "{} {} after its end", instrument.id, row.state);
                days += 1;
            }
            let own = instrument.in_force.as_ref().and_then(|own| own.from);
            let first = row.provisional.or(row.from.map(|from| own.map_or(from, |own| own.max(from))));
            let never = instrument.in_force.as_ref().is_some_and(|own| own.from.is_none());
            if let Some(first) = first.filter(|first| !never && row.until.is_none_or(|until| *first <= until)) {
                assert!(bound(Some(first)), "{} {} on its first day", instrument.id, row.state);
                assert!(!bound(first.yesterday().ok()), "{} {} before its first day", instrument.id, row.state);
                days += 1;
            }
        }
    }
    assert!(days > 2000, "only {days} days were looked at");
}

#[test]
fn the_order_in_which_files_are_read_changes_nothing() {
    let files = Base::embedded_files();
    let mut turned: Vec<_> = files.to_vec();
    turned.reverse();
    turned.rotate_left(files.len() / 3);
    let other = Base::load(&turned).expect("loads");
    assert_eq!(other.version(), BASE.version());
    for (a, b, form) in [("ES", "MA", Form::Assistance), ("TR", "ZA", Form::Extradition), ("ES", "DE", Form::Freezing)]
    {
        let [a, b] = [a, b].map(|code| states(&[code])[0]);
        let q = Question::new(form, a, b, Date::constant(2026, 11, 24));
        assert_eq!(rule(&q, &other).expect("ruled"), ruled(&q));
    }
}

#[test]
fn what_may_be_ended_may_be_so_no_later_than_it_must_and_every_clock_counts_from_its_event() {
    let day = Date::constant(2026, 1, 15);
    let mut pairs = 0;
    for instrument in BASE.instruments() {
        let end = |clock: &law::data::Clock| {
            let calendar = law::clock::Calendar { holidays: &BTreeSet::new(), moved_for: None };
            law::clock::end(clock.amount, clock.unit, (day, None), &calendar).expect("in the calendar").day
        };
        for clock in &instrument.clocks {
            assert!(end(clock) >= day && clock.amount > 0, "{} {}", instrument.id, clock.id);
            let musts = instrument.clocks.iter().filter(|c| c.limit == Limit::MustEnd && c.event == clock.event);
            for must in musts.filter(|_| clock.limit == Limit::MayFrom) {
                assert!(end(clock) <= end(must), "{}: {} after {}", instrument.id, clock.id, must.id);
                pairs += 1;
            }
        }
    }
    assert!(pairs > 0, "no instrument has both ends");
}

/// The files of `law/` with these two States in a party table, or out of it.
fn with_parties(table: &str, pair: [State; 2], bound: bool) -> Base {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../law");
    let mut files: Vec<(String, String)> = Vec::new();
    for folder in ["", "instruments", "parties", "declarations"] {
        for entry in std::fs::read_dir(root.join(folder)).expect("law/ is there").flatten() {
            let name = entry.file_name().to_string_lossy().into_owned();
            if entry.path().is_file() && !name.ends_with(".md") {
                let path = if folder.is_empty() { name } else { format!("{folder}/{name}") };
                files.push((path, std::fs::read_to_string(entry.path()).expect("readable")));
            }
        }
    }
    let file = files.iter_mut().find(|(path, _)| *path == format!("parties/{table}.csv")).expect("the table is there");
    file.1 = file
        .1
        .lines()
        .filter(|line| pair.iter().all(|s| !line.starts_with(s.code())))
        .map(|l| format!("{l}\n"))
        .collect();
    for state in pair.into_iter().filter(|_| bound) {
        file.1.push_str(&format!("{state},party,,,,2014-06-01,,not-re-read,unconfirmed,\n"));
    }
    let files: Vec<(&str, &str)> = files.iter().map(|(path, text)| (path.as_str(), text.as_str())).collect();
    Base::load(&files).expect("loads")
}

#[test]
fn a_common_protocol_changes_what_it_amends_and_leaves_every_other_article_of_its_parent() {
    let on = Date::constant(2026, 1, 1);
    for (protocol, parent, form, changes) in [
        ("ets86", "ets24", Form::Extradition, false),
        ("ets98", "ets24", Form::Extradition, true),
        ("cets209", "ets24", Form::Extradition, false),
        ("cets212", "ets24", Form::Extradition, true),
        ("ets99", "ets30", Form::Assistance, true),
        ("ets182", "ets30", Form::Assistance, true),
    ] {
        for pair in [["TR", "ZA"], ["CL", "AL"]] {
            let [a, b]: [State; 2] = pair.map(|code| code.parse().expect("a State"));
            let q = Question::new(form, a, b, on);
            let (alone, common) =
                [false, true].map(|bound| rule(&q, &with_parties(protocol, [a, b], bound)).expect("ruled")).into();
            if alone.leading().map(|l| l.instrument.as_str()) != Some(parent) {
                continue;
            }
            assert_eq!(common.leading().map(|l| l.instrument.as_str()), Some(parent), "{protocol} {pair:?}");
            let named = |id: &str, provision: &str| format!("{id} {provision}");
            let of_parent = |ruling: &Ruling| -> BTreeSet<String> {
                let all = (ruling.requirements.iter().map(|r| (r.id.as_str(), &r.citation)))
                    .chain(ruling.grounds.iter().map(|g| (g.id.as_str(), &g.citation)))
                    .chain(ruling.clocks.iter().map(|c| (c.id.as_str(), &c.citation)))
                    .chain(ruling.lines.iter().map(|l| (l.topic.as_str(), &l.citation)));
                all.filter(|(_, c)| c.instrument == parent).map(|(id, c)| named(id, &c.provision)).collect()
            };
            let file = BASE.instrument(parent).expect("known");
            let amended: BTreeSet<String> = (file.requirements.iter().map(|r| (&r.id, &r.provision, &r.amended_by)))
                .chain(file.grounds.iter().map(|g| (&g.id, &g.provision, &g.removed_by)))
                .chain(file.clocks.iter().map(|c| (&c.id, &c.provision, &c.amended_by)))
                .chain(file.lines.iter().map(|l| (&l.topic, &l.provision, &l.amended_by)))
                .filter(|(.., by)| by.iter().any(|by| by.split(' ').next() == Some(protocol)))
                .map(|(id, provision, _)| named(id, provision))
                .collect();
            let lost: Vec<String> = of_parent(&alone).difference(&of_parent(&common)).cloned().collect();
            assert!(lost.iter().all(|p| amended.contains(p)), "{protocol} {pair:?}: {lost:?}");
            assert_eq!(!lost.is_empty(), changes, "{protocol} {pair:?}: {lost:?}");
        }
    }
}

#[test]
fn what_is_said_of_all_charges_answers_for_those_alone_that_leave_it_open() {
    // That laundering is on the list its code settles; cultivation leaves it open.
    let charge = |offence: &str| Charge {
        offence: offence.to_owned(),
        requesting: Penalty { max_months: Some(60), ..Penalty::default() },
        requested: Penalty::default(),
        sentence_months: None,
        remaining_months: None,
        facts: BTreeMap::new(),
    };
    let [fr, es] = [states(&["FR"])[0], states(&["ES"])[0]];
    let asked = |offences: &[&str]| {
        let charges = offences.iter().map(|offence| charge(offence)).collect();
        let facts =
            BTreeMap::from([("offence.eu-list".to_owned(), false), ("offence.dual-criminality".to_owned(), false)]);
        Question { charges, facts, ..Question::new(Form::Extradition, fr, es, Date::constant(2010, 1, 1)) }
    };
    let barred = |q: &Question| {
        let ruling = ruled(q);
        let ground =
            ruling.grounds.iter().find(|g| g.id == "dual-criminality").expect("a ground of the arrest warrant").clone();
        (ground.applies, ground.only_for)
    };
    assert_eq!(barred(&asked(&["ML-ACQ", "CULT"])), (Truth::No, vec!["CULT".to_owned()]));
    // Where no charge leaves it open, the officer contradicts the code, and is believed.
    assert_eq!(barred(&asked(&["ML-ACQ"])), (Truth::Yes, vec![]));
}
