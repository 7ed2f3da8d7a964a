//! The engine: from a question and a law base to a ruling. Pure; the same question under the same base gives the same ruling.
//!
//! In order: what is known, charge by charge ([`known`]); which instruments bind the two on the day ([`bases`]); what gives
//! way to what ([`displaced`]); what the leading basis and its protocols ask and allow ([`content`], [`grounds`],
//! [`clocks`]) and what States have declared ([`declared`]); what is still to be found out ([`open`]). Displacement of fallback paragraphs (1988 Convention art 7(7) and its like) happens only by
//! an instrument flagged as a mutual assistance treaty that binds the pair that day.

mod bases;
mod clocks;
mod content;
mod declared;
mod displaced;
mod grounds;
mod known;
mod open;

use terms::{Date, Moment, State};

use crate::base::Base;
use crate::data::{Class, Form, Instrument, Kind, RelationKind};
use crate::question::Question;
use crate::ruling::{Basis, Extent, RuledGround, Ruling};
use crate::truth::Truth;

/// Why a question cannot be answered as put.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotAQuestion {
    /// A State does not request from itself.
    #[error("a State does not ask itself for cooperation")]
    SameState,
    /// An offence code that the base does not know.
    #[error("the law base knows no offence {0}")]
    UnknownOffence(String),
    /// A fact that the base does not know.
    #[error("the law base knows no fact {0}")]
    UnknownFact(String),
    /// A fact that is answered in another way: yes or no where a number is asked, or the reverse.
    #[error("the fact {0} is not answered like this")]
    OtherAnswer(String),
    /// A measure of which no rule of the base speaks.
    #[error("no rule of the law base speaks of the measure {0}")]
    UnknownMeasure(String),
    /// An event from which no clock runs.
    #[error("no clock of the law base runs from the event {0}")]
    UnknownEvent(String),
    /// An event has a day and a moment that lie apart.
    #[error("the event {0} has a day and a moment more than a day apart")]
    TwoDays(String),
    /// Surrender is asked person by person: the grounds differ from one to the next.
    #[error("surrender is asked about one person at a time")]
    SeveralPersons,
}

impl NotAQuestion {
    /// The stable code (`docs/errors.md`).
    pub fn code(&self) -> &'static str {
        match self {
            NotAQuestion::SameState => "law.same-state",
            NotAQuestion::UnknownOffence(_) => "law.unknown-offence",
            NotAQuestion::UnknownFact(_) => "law.unknown-fact",
            NotAQuestion::OtherAnswer(_) => "law.other-answer",
            NotAQuestion::UnknownMeasure(_) => "law.unknown-measure",
            NotAQuestion::UnknownEvent(_) => "law.unknown-event",
            NotAQuestion::TwoDays(_) => "law.two-days",
            NotAQuestion::SeveralPersons => "law.several-persons",
        }
    }
}

/// Rules on a question.
pub fn rule(question: &Question, base: &Base) -> Result<Ruling, NotAQuestion> {
    answerable(question, base)?;
    let known = known::Knowledge::of(question, base)?;
    let found = bases::find(base, question, &known);
    let displaced = displaced::find(base, question, &found, &known);
    let mut ruling = Ruling {
        question: question.clone(),
        bases: Vec::new(),
        supporting: Vec::new(),
        displaced: displaced.all,
        standing: Vec::new(),
        uncertain: found.uncertain,
        not_in_force: found.not_in_force,
        out_of_scope: found.out_of_scope,
        reciprocity: None,
        bilaterals: None,
        not_held: Vec::new(),
        territories: [question.requesting, question.requested].iter().filter_map(|one| territory(base, *one)).collect(),
        requirements: Vec::new(),
        grounds: Vec::new(),
        clocks: Vec::new(),
        lines: Vec::new(),
        declarations: Vec::new(),
        authorities: Vec::new(),
        languages: Vec::new(),
        questions: Vec::new(),
        law: base.version().clone(),
        notice: base.notice().to_owned(),
    };
    for (basis, supports) in found.in_force {
        let id = basis.instrument.as_str();
        if let Some(parent) = displaced.supplements.get(id) {
            let why = format!("{}; applied with {parent}, not instead of it", basis.why);
            ruling.supporting.push(Basis { why, ..basis });
        } else if displaced.replaced.contains(id) {
            continue;
        } else if supports {
            ruling.supporting.push(basis);
        } else {
            let extent = displaced.extent.get(id).copied().unwrap_or(Extent::Whole);
            ruling.bases.push(Basis { extent, ..basis });
        }
    }
    lead_by_treaty(&mut ruling, base);
    before_leading(&mut ruling, base, &known);
    ruling.reciprocity = reciprocity(&ruling);
    ruling.bilaterals = base.bilaterals().filter(|_| may_be_missing(&ruling, base)).map(str::to_owned);
    content::fill(&mut ruling, base, &known, &found.barred);
    ruling.grounds.sort_by_key(|ground| (weight(ground), ground.kind));
    ruling.questions = open::questions(&ruling, base, &known);
    Ok(ruling)
}

/// Whether the base can answer it as it is put.
fn answerable(question: &Question, base: &Base) -> Result<(), NotAQuestion> {
    if question.requesting == question.requested {
        return Err(NotAQuestion::SameState);
    }
    if let Some(unknown) = question.events.keys().chain(question.moments.keys()).find(|event| !base.knows_event(event))
    {
        return Err(NotAQuestion::UnknownEvent(unknown.clone()));
    }
    if let Some(unknown) = question.measures.iter().find(|measure| !base.knows_measure(measure)) {
        return Err(NotAQuestion::UnknownMeasure(unknown.clone()));
    }
    // one day apart they may be in another time zone than that of the moment
    let near = |moment: &Moment| [moment.date().yesterday(), Ok(moment.date()), moment.date().tomorrow()];
    let apart = |day: &Date, moment: &Moment| near(moment).into_iter().all(|near| near.ok() != Some(*day));
    let both = question.moments.iter().filter_map(|(event, moment)| Some((event, question.events.get(event)?, moment)));
    match both.into_iter().find(|(_, day, moment)| apart(day, moment)) {
        Some((event, ..)) => Err(NotAQuestion::TwoDays(event.clone())),
        None => Ok(()),
    }
}

/// What applies comes first, to one of the offences at least, or may; inside each, what must be refused.
fn weight(ground: &RuledGround) -> u8 {
    match ground.applies {
        Truth::Yes => 0,
        Truth::No if ground.only_for.is_empty() && ground.perhaps_for.is_empty() => 2,
        Truth::No | Truth::Depends => 1,
    }
}

/// That no basis was found, and what is left.
fn reciprocity(ruling: &Ruling) -> Option<String> {
    let sentence = ruling.leading().is_none().then(|| without_treaty(ruling.question.form))?;
    let before = " Before that: find out whether one of those perhaps in force binds both.";
    Some(format!("{sentence}{}", if ruling.uncertain.is_empty() { "" } else { before }))
}

/// Whether a treaty of the two may be missing from the base: not where one leads, or what leaves such treaties no room.
fn may_be_missing(ruling: &Ruling, base: &Base) -> bool {
    let settled = |i: &Instrument| {
        let kinds = [RelationKind::BilateralsOnlySupplement, RelationKind::SupersedesBilaterals];
        let alone = i.relations.iter().any(|relation| kinds.contains(&relation.kind));
        alone || i.class == Class::Bilateral || i.is(Kind::MutualRecognition)
    };
    !ruling.leading().and_then(|basis| base.instrument(&basis.instrument)).is_some_and(settled)
}

/// What is left where no treaty carries.
fn without_treaty(form: Form) -> &'static str {
    match form {
        Form::SpontaneousInformation => {
            "No treaty basis is held for this pair, day and matter: information may be given without a request within the law of the State that gives it."
        }
        Form::Boarding => {
            "No treaty basis is held for this pair, day and matter: the consent of the flag State is asked case by case under the law of the sea."
        }
        _ => {
            "No treaty basis is held for this pair, day and matter: comity and reciprocity under the law of the requested State."
        }
    }
}

/// A treaty that usually goes with another one carries the request where that other one is missing.
fn lead_by_treaty(ruling: &mut Ruling, base: &Base) {
    if ruling.question.form != Form::Assistance {
        return;
    }
    let of_kind = |id: &str, kinds: &[Kind]| base.instrument(id).is_some_and(|i| kinds.iter().any(|kind| i.is(*kind)));
    let carries = [Kind::MutualAssistanceTreaty, Kind::MutualRecognition];
    if ruling.bases.iter().any(|basis| of_kind(&basis.instrument, &carries)) {
        return;
    }
    let treaty = |basis: &Basis| of_kind(&basis.instrument, &[Kind::MutualAssistanceTreaty]);
    if let Some(at) = ruling.supporting.iter().position(treaty) {
        let basis = ruling.supporting.remove(at);
        // what has a procedure of its own for the measure stays before it
        let place = ruling.bases.iter().take_while(|before| before.own_procedure).count();
        ruling.bases.insert(place, basis);
    }
}

/// Says of an instrument of unknown status that it goes before the leading one if it binds both.
fn before_leading(ruling: &mut Ruling, base: &Base, known: &known::Knowledge) {
    let (form, measures) = (ruling.question.form, &ruling.question.measures);
    let leading = ruling.leading().and_then(|basis| base.instrument(&basis.instrument));
    for aside in &mut ruling.uncertain {
        let Some(unsure) = base.instrument(&aside.instrument) else { continue };
        let covers = unsure.scope_for(form).is_none_or(|scope| may_carry(known.within(scope.condition()).0));
        let Some(leading) = leading.filter(|leading| unsure.rank(form, measures) < leading.rank(form, measures)) else {
            continue;
        };
        if covers && !unsure.supports(form) {
            aside.why.push_str(&format!("; if it binds both, it goes before {}", leading.id));
        }
    }
}

/// Whether the request would rest on this basis at all.
fn may_carry(scope: Truth) -> bool {
    scope != Truth::No
}

/// Treaties of a State may extend to its territories or not; the tables hold States, and only what names a territory itself. The
/// Union is party to conventions, and no State.
fn territory(base: &Base, one: State) -> Option<String> {
    if one == State::EU {
        return base.union().map(str::to_owned);
    }
    let of = base.belongs_to(one)?;
    let (one, of) = (one.name(), of.name());
    Some(format!(
        "{one} is no State: a treaty that binds {of} may extend to it. Only those made for it by name are held; ask {of}."
    ))
}
