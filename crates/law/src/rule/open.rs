//! What the officer must find out, most decisive first: whether the leading basis covers the matter at all, then
//! mandatory grounds, then optional ones, then whether the other bases cover it, then which clocks run and which lines hold.
//! Inside each of these, what decides more comes first.

use terms::{Citation, State};

use crate::base::Base;
use crate::data::GroundKind;
use crate::registers::{Nationals, PenaltyRule};
use crate::ruling::{Hint, OpenQuestion, Ruling};
use crate::truth::Truth;

use super::known::Knowledge;

pub(super) fn questions(ruling: &Ruling, base: &Base, known: &Knowledge) -> Vec<OpenQuestion> {
    let grounds = |kind| {
        let of_kind = ruling.grounds.iter().filter(move |g| g.kind == kind);
        of_kind.flat_map(|g| g.depends_on.iter().map(|fact| (fact.clone(), g.citation.clone()))).collect()
    };
    let clocks = ruling.clocks.iter().flat_map(|c| c.depends_on.iter().map(|fact| (fact.clone(), c.citation.clone())));
    let lines = ruling.lines.iter().chain(&ruling.standing);
    let lines = lines.flat_map(|l| l.depends_on.iter().map(|fact| (fact.clone(), l.citation.clone())));
    let tiers: [Vec<(String, Citation)>; 6] = [
        scopes(ruling, base, known, true),
        grounds(GroundKind::Mandatory),
        grounds(GroundKind::Optional),
        scopes(ruling, base, known, false),
        clocks.collect(),
        lines.collect(),
    ];
    let mut asked: Vec<(usize, OpenQuestion)> = Vec::new();
    for (tier, (fact, citation)) in
        tiers.into_iter().enumerate().flat_map(|(n, all)| all.into_iter().map(move |a| (n, a)))
    {
        if let Some((_, open)) = asked.iter_mut().find(|(_, open)| open.fact == fact) {
            if !open.decides.contains(&citation) {
                open.decides.push(citation);
            }
            continue;
        }
        let Some(text) = base.fact(&fact) else { continue };
        let hints = hints(ruling, base, known, &fact);
        let (question, asks, decides) = (text.question.clone(), text.asks.clone(), vec![citation]);
        asked.push((tier, OpenQuestion { fact, question, asks, decides, hints }));
    }
    asked.sort_by_key(|(tier, open)| (*tier, std::cmp::Reverse(open.decides.len())));
    asked.into_iter().map(|(_, open)| open).collect()
}

/// What the registers hold on penalties and on nationals. The officer reads it; no ground turns on it.
fn hints(ruling: &Ruling, base: &Base, known: &Knowledge, fact: &str) -> Vec<Hint> {
    let question = &ruling.question;
    let state = match fact {
        "penalty.requesting-max" | "penalty.requesting-min" => question.requesting,
        "penalty.requested-max" | "penalty.requested-min" => question.requested,
        "person.national-of-requested" | "requested.law-bars-nationals" => {
            return base.nationals(question.requested).map(of_nationals).into_iter().collect();
        }
        _ => return Vec::new(),
    };
    let Some(penalties) = base.penalties(state) else { return Vec::new() };
    let mut rules: Vec<&PenaltyRule> =
        known.charges.iter().flat_map(|(code, _)| penalties.of(code, question.on)).collect();
    rules.dedup();
    rules.into_iter().map(|rule| of_penalty(state, rule)).collect()
}

fn of_nationals(held: &Nationals) -> Hint {
    Hint { state: held.state, sentence: held.sentence.clone(), source: held.source.clone(), certainty: held.certainty }
}

fn of_penalty(state: State, rule: &PenaltyRule) -> Hint {
    let months = |months: Option<u32>| months.map_or("not held".to_owned(), |n| n.to_string());
    let most = match (rule.death, rule.life) {
        (true, _) => "death".to_owned(),
        (_, true) => "life".to_owned(),
        _ => months(rule.max_months),
    };
    let (provision, sentence, least) = (&rule.provision, &rule.sentence, months(rule.min_months));
    Hint {
        state,
        sentence: format!("{provision}: {sentence} In months: {least} to {most}."),
        source: rule.source.clone(),
        certainty: rule.certainty,
    }
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
