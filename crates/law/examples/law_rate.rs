//! How long a ruling takes: single questions, and every ordered pair of States for one question on one core. Budgets: 100
//! microseconds for one ruling, three seconds for all pairs. Ends with a failure if one is not kept.

use std::process::ExitCode;
use std::sync::LazyLock;
use std::time::{Duration, Instant};

use law::question::{Charge, Penalty, Person};
use law::{Base, Form, Question, rule};
use terms::{Date, State};

const ONE_MAX: Duration = Duration::from_micros(100);
const ALL_MAX: Duration = Duration::from_secs(3);

/// Time on the processor, where Linux tells it, so that other work on the machine does not count; elapsed time elsewhere.
fn time<T>(work: impl FnOnce() -> T) -> (Duration, T) {
    let begun = now();
    let done = work();
    (now().saturating_sub(begun), done)
}

#[expect(clippy::disallowed_methods, reason = "a bench measures elapsed time")]
fn now() -> Duration {
    static START: LazyLock<Instant> = LazyLock::new(Instant::now);
    let on_processor = std::fs::read_to_string("/proc/thread-self/schedstat").ok();
    let nanos = on_processor.and_then(|text| text.split(' ').next()?.parse().ok());
    nanos.map_or_else(|| START.elapsed(), Duration::from_nanos)
}

fn machine() -> String {
    let text = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = text.lines().find(|line| line.starts_with("model name")).and_then(|line| line.split(": ").nth(1));
    let cores = std::thread::available_parallelism().map_or(1, |cores| cores.get());
    format!("{}, {cores} cores", model.unwrap_or("a processor without a name"))
}

/// The mean of many rulings: the processor's time is told in steps longer than one of them.
fn mean(base: &Base, question: &Question) -> Duration {
    const RULINGS: u32 = 5_000;
    time(|| (0..RULINGS).for_each(|_| drop(rule(question, base).expect("ruled")))).0 / RULINGS
}

fn state(code: &str) -> State {
    code.parse().expect("a State")
}

fn main() -> ExitCode {
    let (loading, base) = time(|| Base::embedded().expect("loads"));
    println!("machine: {}", machine());
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
        let mean = mean(&base, &question);
        println!("one ruling, {name}: {mean:.1?} (budget {ONE_MAX:.0?})");
        kept &= mean <= ONE_MAX;
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
