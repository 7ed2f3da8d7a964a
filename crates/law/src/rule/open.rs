//! What the officer must find out, most decisive first: whether the leading basis covers the matter at all, then
//! mandatory grounds, then optional ones, then whether the other bases cover it.

use std::collections::BTreeMap;

use terms::Citation;

use crate::base::Base;
use crate::data::GroundKind;
use crate::ruling::{OpenQuestion, Ruling};
use crate::truth::{Condition, Truth};

pub(super) fn questions(ruling: &Ruling, base: &Base, facts: &BTreeMap<String, bool>) -> Vec<OpenQuestion> {
    let mut turns: Vec<(String, Citation)> = Vec::new();
    let leading = ruling.leading().map(|basis| basis.instrument.as_str());
    let scopes = |of_leading: bool| {
        let listed = ruling.bases.iter().chain(&ruling.supporting).filter(|basis| basis.scope == Truth::Depends);
        let listed = listed.filter(move |basis| (Some(basis.instrument.as_str()) == leading) == of_leading);
        listed
            .filter_map(|basis| base.instrument(&basis.instrument)?.scope.as_ref().map(|scope| (basis, scope)))
            .flat_map(|(basis, scope)| {
                let (_, open) = Condition { all: &scope.all, any: &scope.any, none: &scope.none }.eval(facts);
                let citation = Citation::new(&basis.instrument, &scope.provision);
                open.into_iter().map(move |fact| (fact, citation.clone()))
            })
    };
    turns.extend(scopes(true));
    for kind in [GroundKind::Mandatory, GroundKind::Optional] {
        for ground in ruling.grounds.iter().filter(|g| g.kind == kind) {
            turns.extend(ground.depends_on.iter().map(|fact| (fact.clone(), ground.citation.clone())));
        }
    }
    turns.extend(scopes(false));
    let mut asked: Vec<OpenQuestion> = Vec::new();
    for (fact, citation) in turns {
        if let Some(known) = asked.iter_mut().find(|q| q.fact == fact) {
            if !known.decides.contains(&citation) {
                known.decides.push(citation);
            }
            continue;
        }
        let Some(text) = base.fact(&fact) else { continue };
        asked.push(OpenQuestion {
            fact,
            question: text.question.clone(),
            asks: text.asks.clone(),
            decides: vec![citation],
        });
    }
    asked
}
