//! What the officer must find out, most decisive first: whether the leading basis covers the matter at all, then
//! mandatory grounds, then optional ones, then whether the other bases cover it, then which clocks run. Inside each of
//! these, what decides more comes first.

use terms::Citation;

use crate::base::Base;
use crate::data::GroundKind;
use crate::ruling::{OpenQuestion, Ruling};
use crate::truth::Truth;

use super::known::Knowledge;

pub(super) fn questions(ruling: &Ruling, base: &Base, known: &Knowledge) -> Vec<OpenQuestion> {
    let grounds = |kind| {
        let of_kind = ruling.grounds.iter().filter(move |g| g.kind == kind);
        of_kind.flat_map(|g| g.depends_on.iter().map(|fact| (fact.clone(), g.citation.clone()))).collect()
    };
    let clocks = ruling.clocks.iter().flat_map(|c| c.depends_on.iter().map(|fact| (fact.clone(), c.citation.clone())));
    let tiers: [Vec<(String, Citation)>; 5] = [
        scopes(ruling, base, known, true),
        grounds(GroundKind::Mandatory),
        grounds(GroundKind::Optional),
        scopes(ruling, base, known, false),
        clocks.collect(),
    ];
    let mut asked: Vec<OpenQuestion> = Vec::new();
    for tier in tiers {
        let first = asked.len();
        for (fact, citation) in tier {
            if let Some(open) = asked.iter_mut().find(|q| q.fact == fact) {
                if !open.decides.contains(&citation) {
                    open.decides.push(citation);
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
        asked[first..].sort_by_key(|open| std::cmp::Reverse(open.decides.len()));
    }
    asked
}

/// The facts on which it turns whether the leading basis, or another one, covers the matter.
fn scopes(ruling: &Ruling, base: &Base, known: &Knowledge, of_leading: bool) -> Vec<(String, Citation)> {
    let leading = ruling.leading().map(|basis| basis.instrument.as_str());
    let listed = ruling.bases.iter().chain(&ruling.supporting).filter(|basis| basis.scope == Truth::Depends);
    let listed = listed.filter(|basis| (Some(basis.instrument.as_str()) == leading) == of_leading);
    listed
        .filter_map(|basis| Some((basis, base.instrument(&basis.instrument)?.scope_for(ruling.question.form)?)))
        .flat_map(|(basis, scope)| {
            let citation = Citation::new(&basis.instrument, &scope.provision);
            known.open_scope(scope.condition()).into_iter().map(move |fact| (fact, citation.clone()))
        })
        .collect()
}
