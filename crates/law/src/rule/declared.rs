//! Declarations and reservations. They are the requested State's to rely on; a reservation that the instrument lets others
//! invoke counts against the State that made it when that State asks.

use terms::{Citation, Date};

use crate::base::Base;
use crate::data::{Certainty, Declaration, Declarations, Effect, GroundKind, Mode, Source};
use crate::question::Question;
use crate::ruling::{RuledDeclaration, RuledGround, RuledRequirement, Ruling};
use crate::truth::{Condition, Truth};

use super::content::Sources;
use super::grounds::{Weight, weigh};
use super::known::Knowledge;

pub(super) fn fill(ruling: &mut Ruling, base: &Base, sources: &Sources<'_>, known: &Knowledge) {
    let asked: Vec<&str> = sources.asked.iter().map(|i| i.id.as_str()).collect();
    for of in sources.in_force.iter().filter_map(|i| base.declarations(&i.id)) {
        // a declaration to a protocol of the leading basis counts like one to the basis itself
        let weighs = asked.contains(&of.instrument.as_str());
        for declared in &of.declarations {
            let Some(by_reciprocity) = concerned(&ruling.question, declared) else { continue };
            let source = base.source(declared.source.as_deref().unwrap_or(&of.source));
            let read = read_as_of(source, ruling.question.on);
            declare(ruling, of, declared, (weighs, by_reciprocity), &read, sources, known);
        }
    }
}

/// What may be changed or withdrawn at any time is told with the day of its text where that is old.
pub(super) fn read_as_of(source: Option<&Source>, on: Date) -> String {
    match source {
        Some(source) if source.of.year() + 5 <= on.year() => format!(" (As of {}.)", source.of),
        _ => String::new(),
    }
}

/// Whether a declaration bears on the question, and then whether only by reciprocity.
fn concerned(question: &Question, declared: &Declaration) -> Option<bool> {
    let pair = [question.requesting, question.requested];
    let by_reciprocity = declared.reciprocal && declared.state == question.requesting;
    let concerned = match declared.with {
        Some(other) => pair.contains(&declared.state) && pair.contains(&other),
        // what is excluded is excluded for both, whoever asks
        None if declared.effect == Effect::Excludes => pair.contains(&declared.state),
        None => declared.state == question.requested || by_reciprocity,
    };
    let speaks = concerned && question.concerns(&declared.forms) && question.touches(&declared.measures, &[]);
    speaks.then_some(by_reciprocity)
}

fn declare(
    ruling: &mut Ruling,
    of: &Declarations,
    declared: &Declaration,
    (weighs, by_reciprocity): (bool, bool),
    read: &str,
    sources: &Sources<'_>,
    known: &Knowledge,
) {
    let question = &ruling.question;
    let certainty = declared.certainty.unwrap_or(of.certainty);
    let citation = Citation::new(&of.instrument, &declared.provision);
    let sentence = format!("{}{read}", declared.sentence);
    match (declared.effect, &declared.fact, &declared.requirement) {
        (Effect::Ground, Some(fact), _) if weighs => {
            let id = match &declared.ground {
                Some(id) => id.clone(),
                None => format!("declaration-{}", declared.state.code().to_ascii_lowercase()),
            };
            let condition = Condition { all: std::slice::from_ref(fact), any: &[], none: &declared.unless };
            let Weight { applies, depends_on, only_for, perhaps_for, excluded_by, perhaps_excluded_by } =
                weigh(&id, condition, sources, question, known);
            let own = if perhaps_excluded_by.is_empty() { certainty } else { Certainty::Unconfirmed };
            ruling.grounds.push(RuledGround {
                id,
                citation: citation.clone(),
                // what others may invoke by reciprocity they need not
                kind: if by_reciprocity { GroundKind::Optional } else { declared.kind },
                sentence: sentence.clone(),
                applies,
                depends_on,
                only_for,
                perhaps_for,
                excluded_by,
                follows: Vec::new(),
                subject_to: perhaps_excluded_by,
                certainty: own,
            });
        }
        // whoever reserved a provision cannot claim it from others: they need not apply it in this relation
        (Effect::NoBasis, ..) if weighs && by_reciprocity => ruling.grounds.push(RuledGround {
            id: "reserved-by-requesting".to_owned(),
            citation: citation.clone(),
            kind: GroundKind::Optional,
            sentence: format!("By a reservation of the requesting State, not owed to it: {}", declared.sentence),
            applies: Truth::Yes,
            depends_on: Vec::new(),
            only_for: Vec::new(),
            perhaps_for: Vec::new(),
            excluded_by: None,
            follows: Vec::new(),
            subject_to: Vec::new(),
            certainty,
        }),
        (Effect::Requirement, _, Some(id)) if weighs => ruling.requirements.push(RuledRequirement {
            id: id.clone(),
            citation: citation.clone(),
            states: sentence.clone(),
            mode: Mode::Always,
            measures: declared.measures.clone(),
            subject_to: Vec::new(),
            certainty,
        }),
        _ => {}
    }
    ruling.declarations.push(RuledDeclaration {
        state: declared.state,
        citation,
        effect: declared.effect,
        sentence,
        by_reciprocity,
        certainty,
    });
}
