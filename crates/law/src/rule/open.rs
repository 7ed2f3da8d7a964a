//! What the officer must find out, most decisive first: whether the leading basis covers the matter at all, then
//! mandatory grounds, then optional ones, then whether the other bases cover it, then which clocks run and which lines hold.
//! Inside each of these, what decides more comes first.

use terms::{Citation, Date, State};

use crate::base::Base;
use crate::data::GroundKind;
use crate::registers::{Nationals, PenaltyRule};
use crate::ruling::{Hint, OpenQuestion, Ruling};
use crate::truth::Truth;

use super::declared::read_as_of;
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
    let wanted: fn(&PenaltyRule) -> bool = match fact {
        "offence.death-penalty" => |rule| rule.death,
        "offence.life-sentence" => |rule| rule.life,
        _ => |_| true,
    };
    let state = match fact {
        "penalty.requested-max" | "penalty.requested-min" | "offence.dual-criminality" => question.requested,
        "person.national-of-requested" | "requested.law-bars-nationals" => {
            return base
                .nationals(question.requested)
                .map(|held| of_nationals(base, question.on, held))
                .into_iter()
                .collect();
        }
        "penalty.requesting-max"
        | "penalty.requesting-min"
        | "offence.middle-two-years"
        | "offence.death-penalty"
        | "offence.life-sentence" => question.requesting,
        _ if follows_from_a_penalty(base, fact) => question.requesting,
        _ => return Vec::new(),
    };
    let Some(penalties) = base.penalties(state) else { return Vec::new() };
    let mut rules: Vec<&PenaltyRule> = Vec::new();
    for (code, _) in &known.charges {
        for rule in penalties.of(code, question.on).filter(|rule| wanted(rule)) {
            if !rules.contains(&rule) {
                rules.push(rule);
            }
        }
    }
    rules.into_iter().map(|rule| of_penalty(base, state, question.on, rule)).collect()
}

/// Whether a fact is settled by the longest penalty in the requesting State.
fn follows_from_a_penalty(base: &Base, fact: &str) -> bool {
    base.fact(fact).is_some_and(|known| known.yes_if.iter().any(|atom| atom.fact == "penalty.requesting-max"))
}

fn of_nationals(base: &Base, on: Date, held: &Nationals) -> Hint {
    let read = read_as_of(base.source(&held.source), on);
    Hint {
        state: held.state,
        sentence: format!("{}{read}", held.sentence),
        source: held.source.clone(),
        certainty: held.certainty,
    }
}

fn of_penalty(base: &Base, state: State, on: Date, rule: &PenaltyRule) -> Hint {
    let (provision, sentence) = (&rule.provision, &rule.sentence);
    let since = base.source(&rule.source).filter(|source| rule.from.is_none() && on < source.of);
    let read = since.map_or(String::new(), |source| format!(" Read as of {}.", source.of));
    Hint {
        state,
        sentence: format!("{provision}: {sentence} {}.{read}", range(rule)),
        source: rule.source.clone(),
        certainty: rule.certainty,
    }
}

/// From how much to how much: `In months: 60 to 240, or life`.
fn range(rule: &PenaltyRule) -> String {
    let months = match (rule.min_months, rule.max_months) {
        (None, Some(0)) => return "No deprivation of liberty".to_owned(),
        (Some(least), Some(most)) => Some(format!("{least} to {most}")),
        (None, Some(most)) => Some(format!("up to {most}")),
        (Some(least), None) => Some(format!("{least} and more")),
        (None, None) => None,
    };
    let graver = [(rule.life, "life"), (rule.death, "death")];
    let graver = graver.into_iter().filter(|(may, _)| *may).map(|(_, name)| name.to_owned());
    format!("In months: {}", months.into_iter().chain(graver).collect::<Vec<_>>().join(", or "))
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
