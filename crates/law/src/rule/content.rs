//! What the leading basis and its protocols ask and allow: requirements, grounds, clocks, lines; what stands of
//! instruments displaced in part; and what declarations change.

use std::collections::BTreeMap;

use terms::Citation;

use crate::base::Base;
use crate::data::{Certainty, Declaration, Declarations, Effect, GroundKind, Instrument, Mode, Modelled, RelationKind};
use crate::provision::article_and_paragraph;
use crate::ruling::{Extent, RuledClock, RuledDeclaration, RuledGround, RuledLine, RuledRequirement, Ruling};
use crate::truth::Condition;

type Facts = BTreeMap<String, bool>;

pub(super) fn fill(ruling: &mut Ruling, base: &Base, facts: &Facts) {
    let leading = ruling.leading().and_then(|basis| base.instrument(&basis.instrument));
    let in_force: Vec<String> =
        ruling.bases.iter().chain(&ruling.supporting).map(|basis| basis.instrument.clone()).collect();
    if let Some(leading) = leading {
        let mut sources = vec![leading];
        sources.extend(in_force.iter().filter_map(|id| base.instrument(id)).filter(|i| adds_to(i, &leading.id)));
        for instrument in sources {
            requirements(ruling, instrument);
            grounds(ruling, instrument, &in_force, facts);
            clocks(ruling, instrument);
            lines(ruling, instrument, &in_force);
        }
        if leading.modelled != Modelled::Articles {
            core(ruling, base, leading);
        }
    }
    standing(ruling, base);
    let leads = leading.map(|l| l.id.as_str());
    for declarations in in_force.iter().filter_map(|id| base.declarations(id)) {
        for declaration in &declarations.declarations {
            declare(ruling, declarations, declaration, leads, facts);
        }
    }
}

/// Whether an instrument is a protocol to, or a supplement of, the parent.
fn adds_to(instrument: &Instrument, parent: &str) -> bool {
    let adds = [RelationKind::Amends, RelationKind::Supplements];
    instrument.relations.iter().any(|r| adds.contains(&r.kind) && r.instrument.as_deref() == Some(parent))
}

fn requirements(ruling: &mut Ruling, instrument: &Instrument) {
    for rule in &instrument.requirements {
        if ruling.question.concerns(&rule.forms) && ruling.question.touches(&rule.measures, &rule.except_measures) {
            ruling.requirements.push(RuledRequirement {
                id: rule.id.clone(),
                citation: Citation::new(&instrument.id, &rule.provision),
                states: rule.states.clone(),
                mode: rule.mode,
                measures: rule.measures.clone(),
                certainty: rule.certainty.unwrap_or(instrument.text.certainty),
            });
        }
    }
}

/// Where the articles on content are not held, the common core is asked, unconfirmed, under the instrument's name.
fn core(ruling: &mut Ruling, base: &Base, leading: &Instrument) {
    if ruling.question.form != crate::data::Form::Assistance {
        return;
    }
    for rule in base.core() {
        let held = ruling.requirements.iter().any(|r| r.id == rule.id);
        if !held && ruling.question.touches(&rule.measures, &rule.except_measures) {
            ruling.requirements.push(RuledRequirement {
                id: rule.id.clone(),
                citation: Citation::new(&leading.id, "[content of requests]"),
                states: rule.states.clone(),
                mode: rule.mode,
                measures: rule.measures.clone(),
                certainty: Certainty::Unconfirmed,
            });
        }
    }
}

fn grounds(ruling: &mut Ruling, instrument: &Instrument, in_force: &[String], facts: &Facts) {
    for rule in &instrument.grounds {
        let removed = rule.removed_by.as_ref().is_some_and(|by| in_force.contains(by));
        let question = &ruling.question;
        if removed || !question.concerns(&rule.forms) || !question.touches(&rule.measures, &rule.except_measures) {
            continue;
        }
        let (applies, open) = Condition { all: &rule.all, any: &rule.any, none: &rule.none }.eval(facts);
        ruling.grounds.push(RuledGround {
            id: rule.id.clone(),
            citation: Citation::new(&instrument.id, &rule.provision),
            kind: rule.kind,
            sentence: rule.sentence.clone(),
            applies,
            depends_on: open.into_iter().collect(),
            certainty: rule.certainty.unwrap_or(instrument.text.certainty),
        });
    }
}

fn clocks(ruling: &mut Ruling, instrument: &Instrument) {
    for rule in instrument.clocks.iter().filter(|c| ruling.question.concerns(&c.forms)) {
        let due = ruling.question.events.get(&rule.event);
        let due = due.and_then(|day| day.checked_add(jiff::Span::new().days(i64::from(rule.amount))).ok());
        ruling.clocks.push(RuledClock {
            id: rule.id.clone(),
            citation: Citation::new(&instrument.id, &rule.provision),
            event: rule.event.clone(),
            days: rule.amount,
            due,
            sentence: rule.sentence.clone(),
            certainty: rule.certainty.unwrap_or(instrument.text.certainty),
        });
    }
}

fn lines(ruling: &mut Ruling, instrument: &Instrument, in_force: &[String]) {
    for rule in instrument.lines.iter().filter(|l| ruling.question.concerns(&l.forms)) {
        if rule.amended_by.as_ref().is_none_or(|by| !in_force.contains(by)) {
            ruling.lines.push(line(instrument, rule));
        }
    }
}

fn line(instrument: &Instrument, rule: &crate::data::Line) -> RuledLine {
    RuledLine {
        topic: rule.topic.clone(),
        citation: Citation::new(&instrument.id, &rule.provision),
        sentence: rule.sentence.clone(),
        certainty: rule.certainty.unwrap_or(instrument.text.certainty),
    }
}

/// What stands of instruments whose fallback paragraphs give way: their other rules, bank secrecy before all.
fn standing(ruling: &mut Ruling, base: &Base) {
    let partly: Vec<&Instrument> = ruling
        .bases
        .iter()
        .filter(|basis| basis.extent == Extent::InPart)
        .filter_map(|basis| base.instrument(&basis.instrument))
        .collect();
    for instrument in partly {
        for rule in instrument.lines.iter().filter(|l| ruling.question.concerns(&l.forms)) {
            if !gives_way(instrument, &rule.provision) {
                ruling.standing.push(line(instrument, rule));
            }
        }
    }
}

/// Whether a provision lies within the paragraphs that give way.
fn gives_way(instrument: &Instrument, provision: &str) -> bool {
    let Some(rule) = &instrument.fallback else { return false };
    let (article, paragraph) = article_and_paragraph(provision);
    article == rule.article && paragraph.is_some_and(|n| (rule.from..=rule.to).contains(&n))
}

fn declare(ruling: &mut Ruling, of: &Declarations, declared: &Declaration, leads: Option<&str>, facts: &Facts) {
    let question = &ruling.question;
    let pair = [question.requesting, question.requested];
    let concerned = match declared.with {
        Some(other) => pair.contains(&declared.state) && pair.contains(&other),
        None => declared.state == question.requested,
    };
    if !concerned || !question.concerns(&declared.forms) || !question.touches(&declared.measures, &[]) {
        return;
    }
    let citation = Citation::new(&of.instrument, &declared.provision);
    let leading = leads == Some(of.instrument.as_str());
    match (declared.effect, &declared.fact, &declared.requirement) {
        (Effect::Ground, Some(fact), _) if leading => {
            let (applies, open) = Condition { all: std::slice::from_ref(fact), any: &[], none: &[] }.eval(facts);
            ruling.grounds.push(RuledGround {
                id: format!("declaration-{}", declared.state.code().to_ascii_lowercase()),
                citation: citation.clone(),
                kind: GroundKind::Optional,
                sentence: declared.sentence.clone(),
                applies,
                depends_on: open.into_iter().collect(),
                certainty: of.certainty,
            });
        }
        (Effect::Requirement, _, Some(id)) if leading => ruling.requirements.push(RuledRequirement {
            id: id.clone(),
            citation: citation.clone(),
            states: declared.sentence.clone(),
            mode: Mode::Always,
            measures: declared.measures.clone(),
            certainty: of.certainty,
        }),
        _ => {}
    }
    ruling.declarations.push(RuledDeclaration {
        state: declared.state,
        citation,
        effect: declared.effect,
        sentence: declared.sentence.clone(),
        certainty: of.certainty,
    });
}
