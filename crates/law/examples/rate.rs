//! How long a ruling takes: single questions, and every ordered pair of States for one question on one core. Budgets: 100
//! microseconds for one ruling, three seconds for all pairs. Ends with a failure if one is not kept.

use std::process::ExitCode;
use std::time::{Duration, Instant};

use law::question::{Charge, Penalty, Person};
use law::{Base, Form, Question, rule};
use terms::{Date, State};

const ONE_MAX: Duration = Duration::from_micros(100);
const ALL_MAX: Duration = Duration::from_secs(3);

#[expect(clippy::disallowed_methods, reason = "a bench measures elapsed time")]
fn time<T>(work: impl FnOnce() -> T) -> (Duration, T) {
    let begun = Instant::now();
    let done = work();
    (begun.elapsed(), done)
}

/// The median of many runs.
fn median(base: &Base, question: &Question) -> Duration {
    let run = || time(|| rule(question, base).expect("ruled")).0;
    let mut times: Vec<Duration> = (0..2_001).map(|_| run()).collect();
    times.sort();
    times[times.len() / 2]
}

fn state(code: &str) -> State {
    code.parse().expect("a State")
}

fn main() -> ExitCode {
    let (loading, base) = time(|| Base::embedded().expect("loads"));
    println!("law base {}: {} instruments, loaded in {loading:.1?}", base.version(), base.instruments().count());
    let on = Date::constant(2026, 11, 24);
    let traffic = || Charge {
        offence: "TRAF".to_owned(),
        requesting: Penalty { max_months: Some(144), ..Penalty::default() },
        requested: Penalty { max_months: Some(180), ..Penalty::default() },
        sentence_months: None,
        remaining_months: None,
        facts: Default::default(),
    };
    let person = Person { nationalities: [state("ES")].into(), ..Person::default() };
    let mut kept = true;
    for (name, question) in [
        ("assistance ES-MA, bank records", {
            let mut q = Question::assistance(state("ES"), state("MA"), on);
            q.measures.insert("bank-records".to_owned());
            q.charges.push(traffic());
            q
        }),
        ("assistance ES-DE, order of the Union", Question::assistance(state("ES"), state("DE"), on)),
        ("extradition TR-ZA, 1957 with protocols", {
            let mut q = Question::new(Form::Extradition, state("TR"), state("ZA"), on);
            q.charges.extend([traffic(), Charge { offence: "ML-CONV".to_owned(), ..traffic() }]);
            q.persons.push(person.clone());
            q
        }),
        (
            "surrender ES-DE",
            Question { persons: vec![person], ..Question::new(Form::Extradition, state("ES"), state("DE"), on) },
        ),
        ("extradition GH-BR, 1988", Question::new(Form::Extradition, state("GH"), state("BR"), on)),
    ] {
        let median = median(&base, &question);
        println!("one ruling, {name}: {median:.1?} (budget {ONE_MAX:.0?})");
        kept &= median <= ONE_MAX;
    }
    let states: Vec<State> = State::all().collect();
    for form in [Form::Assistance, Form::Extradition] {
        let (all, bases) = time(|| {
            let pairs = states.iter().flat_map(|a| states.iter().filter(move |b| a != *b).map(move |b| (*a, *b)));
            let rulings = pairs.map(|(a, b)| rule(&Question::new(form, a, b, on), &base).expect("ruled"));
            rulings.map(|ruling| ruling.bases.len()).sum::<usize>()
        });
        let pairs = states.len() * (states.len() - 1);
        println!(
            "all {pairs} ordered pairs, {}: {all:.2?} on one core, {bases} bases (budget {ALL_MAX:.0?})",
            form.name()
        );
        kept &= all <= ALL_MAX;
    }
    if kept { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
