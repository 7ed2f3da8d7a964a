//! What stands behind a line of a ruling: the rule as the law base holds it, on what it turns, which protocol would take
//! its place, where it was read, how sure that is and when it was checked.

use serde::Serialize;
use terms::{Citation, Date};

use crate::base::Base;
use crate::clock::Counting;
use crate::data::{Certainty, Form, GroundKind, Instrument, Limit, Mode};
use crate::truth::Condition;

/// The heading under which the common core of a request is asked.
pub(crate) const CONTENT: &str = "[content of requests]";

/// One rule behind a citation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Explained {
    /// Where it says so.
    pub citation: Citation,
    /// What it is: `requirement`, `ground`, `clock`, ...
    pub kind: &'static str,
    /// Its id or topic.
    pub id: String,
    /// In one sentence.
    pub sentence: String,
    /// More about it, one sentence each: must or may, on what it turns, what follows.
    pub details: Vec<String>,
    /// For which forms of cooperation; empty: all of the instrument's.
    pub forms: Vec<Form>,
    /// Where it was read.
    pub source: String,
    /// The day as of which the source shows it.
    pub source_of: Option<Date>,
    /// How sure.
    pub certainty: Certainty,
    /// When it was checked.
    pub checked: Date,
}

/// Every rule of the base under a provision, or inside it; of the whole instrument, if no provision is named. Empty if the base holds
/// none there.
pub fn explain(base: &Base, citation: &Citation) -> Vec<Explained> {
    let Some(instrument) = base.instrument(&citation.instrument) else { return Vec::new() };
    let here = |provision: &str| {
        let rest = provision.strip_prefix(citation.provision.as_str());
        citation.provision.is_empty() || rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('('))
    };
    let write = Writer { base, instrument };
    let mut all = Vec::new();
    for scope in instrument.scope.iter().chain(&instrument.scopes).filter(|s| here(&s.provision)) {
        let details = write.condition("Applies if", scope.condition());
        all.push(write.rule(
            "scope",
            "scope",
            &scope.provision,
            &scope.sentence,
            details,
            &scope.forms,
            (&None, scope.certainty),
        ));
    }
    for rule in instrument.requirements.iter().filter(|r| here(&r.provision)) {
        let mut details = match rule.mode {
            Mode::Always => vec!["Without it the request is incomplete.".to_owned()],
            Mode::WherePossible => vec!["As far as it is known.".to_owned()],
            Mode::IfWanted => vec!["Only if the requesting State wants it.".to_owned()],
        };
        details.extend(measures(&rule.measures, &rule.except_measures));
        details.extend(amended("Replaced", &rule.amended_by));
        let of = (&rule.source, rule.certainty);
        all.push(write.rule("requirement", &rule.id, &rule.provision, &rule.states, details, &rule.forms, of));
    }
    for rule in instrument.grounds.iter().filter(|g| here(&g.provision)) {
        let must = match rule.kind {
            GroundKind::Mandatory => "The requested State must refuse.",
            GroundKind::Optional => "The requested State may refuse.",
        };
        let mut details = vec![must.to_owned()];
        details.extend(write.condition("Applies if", rule.condition()));
        details.extend(measures(&rule.measures, &rule.except_measures));
        details.extend(rule.follows.iter().map(|f| format!("If relied upon: {} ({})", f.sentence, f.provision)));
        details.extend(excluded(base, &rule.id));
        details.extend(amended("Removed or replaced", &rule.removed_by));
        let of = (&rule.source, rule.certainty);
        all.push(write.rule("ground", &rule.id, &rule.provision, &rule.sentence, details, &rule.forms, of));
    }
    for (ground, next) in instrument.grounds.iter().flat_map(|g| g.follows.iter().map(move |next| (g, next))) {
        if here(&next.provision) && !here(&ground.provision) {
            let details = vec![format!("If the ground {} ({}) is relied upon.", ground.id, ground.provision)];
            let of = (&ground.source, ground.certainty);
            all.push(write.rule("follows", &ground.id, &next.provision, &next.sentence, details, &ground.forms, of));
        }
    }
    for rule in instrument.outside.iter().filter(|o| here(&o.provision)) {
        let of = (&rule.source, Some(rule.certainty));
        all.push(write.rule("outside", rule.state.name(), &rule.provision, &rule.sentence, Vec::new(), &[], of));
    }
    for rule in instrument.exclusions.iter().filter(|e| here(&e.provision)) {
        let mut details = vec![format!("Takes away the grounds: {}.", rule.grounds.join(", "))];
        details.extend(write.condition("Applies if", rule.condition()));
        let of = (&rule.source, rule.certainty);
        all.push(write.rule("exclusion", "exclusion", &rule.provision, &rule.sentence, details, &rule.forms, of));
    }
    for rule in instrument.clocks.iter().filter(|c| here(&c.provision)) {
        let end = match rule.limit {
            Limit::Due => "due by its end",
            Limit::MayFrom => "possible from its last day",
            Limit::MustEnd => "to end by its last day",
        };
        let mut details = vec![
            format!("{} {} from the event {}: {end}.", rule.amount, rule.unit.words(), rule.event),
            Counting::of(rule.unit, instrument.last_day.is_some() && rule.limit == Limit::Due).sentence().to_owned(),
        ];
        details.extend(instrument.last_day.iter().map(|last| last.sentence.clone()));
        details.extend(rule.binds.iter().map(|who| format!("Binds: {who}.")));
        details.extend(rule.then.iter().map(|then| format!("When it passes: {then}")));
        details.extend(write.condition("Runs if", rule.condition()));
        details.extend(amended("Replaced", &rule.amended_by));
        let of = (&rule.source, rule.certainty);
        all.push(write.rule("clock", &rule.id, &rule.provision, &rule.sentence, details, &rule.forms, of));
    }
    for rule in instrument.lines.iter().filter(|l| here(&l.provision)) {
        let mut details = write.condition("Said if", rule.condition());
        if rule.beside {
            details.push("Said also where another instrument leads.".to_owned());
        }
        details.extend(amended("Replaced", &rule.amended_by));
        let of = (&rule.source, rule.certainty);
        all.push(write.rule("line", &rule.topic, &rule.provision, &rule.sentence, details, &rule.forms, of));
    }
    for rule in instrument.relations.iter().filter(|r| here(&r.provision)) {
        let to = rule.instrument.as_deref().unwrap_or("bilateral treaties");
        let of = (&rule.source, rule.certainty);
        all.push(write.rule("relation", to, &rule.provision, &rule.sentence, Vec::new(), &[], of));
    }
    for rule in instrument.fallbacks.iter().filter(|f| here(&f.by)) {
        let details = vec![format!("Gives way: {}({}) to ({}).", rule.article, rule.from, rule.to)];
        all.push(write.rule("fallback", "fallback", &rule.by, &rule.sentence, details, &rule.forms, (&None, None)));
    }
    if citation.provision == CONTENT {
        all.extend(base.core().iter().map(|rule| {
            let mut details = vec![
                "Asked in its name, because its articles on content are not held: the common core of such treaties."
                    .to_owned(),
            ];
            details.extend(measures(&rule.measures, &rule.except_measures));
            let of = (&None, Some(Certainty::Unconfirmed));
            write.rule("requirement", &rule.id, CONTENT, &rule.states, details, &rule.forms, of)
        }));
    }
    for declared in base.declarations(&instrument.id).into_iter() {
        for rule in declared.declarations.iter().filter(|d| here(&d.provision)) {
            let of = (
                &Some(rule.source.clone().unwrap_or_else(|| declared.source.clone())),
                Some(rule.certainty.unwrap_or(declared.certainty)),
            );
            let mut details = Vec::new();
            if rule.reciprocal {
                details.push("Others may rely on it when that State asks.".to_owned());
            }
            all.push(write.rule(
                "declaration",
                rule.state.name(),
                &rule.provision,
                &rule.sentence,
                details,
                &rule.forms,
                of,
            ));
        }
    }
    all
}

struct Writer<'a> {
    base: &'a Base,
    instrument: &'a Instrument,
}

impl Writer<'_> {
    #[expect(clippy::too_many_arguments, reason = "the members of one record, in one place")]
    fn rule(
        &self,
        kind: &'static str,
        id: &str,
        provision: &str,
        sentence: &str,
        details: Vec<String>,
        forms: &[Form],
        (source, certainty): (&Option<String>, Option<Certainty>),
    ) -> Explained {
        let text = &self.instrument.text;
        let source = self.base.source(source.as_deref().unwrap_or(&text.source));
        Explained {
            citation: Citation::new(&self.instrument.id, provision),
            kind,
            id: id.to_owned(),
            sentence: sentence.to_owned(),
            details,
            forms: forms.to_vec(),
            source: source.map_or_else(String::new, |source| source.title.clone()),
            source_of: source.map(|source| source.of),
            certainty: certainty.unwrap_or(text.certainty),
            checked: text.checked,
        }
    }

    /// A condition in words: each fact with the question that an officer would be asked.
    fn condition(&self, begins: &str, condition: Condition<'_>) -> Vec<String> {
        let lists = [("all of", condition.all), ("one of", condition.any), ("none of", condition.none)];
        let some = lists.into_iter().filter(|(_, atoms)| !atoms.is_empty());
        some.map(|(word, atoms)| {
            let each: Vec<String> = atoms
                .iter()
                .map(|atom| match self.base.fact(&atom.fact) {
                    Some(fact) => format!("{atom} ({})", fact.question),
                    None => atom.to_string(),
                })
                .collect();
            format!("{begins} {word}: {}", each.join("; "))
        })
        .collect()
    }
}

fn measures(only: &[String], except: &[String]) -> Vec<String> {
    let only = (!only.is_empty()).then(|| format!("Only for: {}.", only.join(", ")));
    let except = (!except.is_empty()).then(|| format!("Not for: {}.", except.join(", ")));
    only.into_iter().chain(except).collect()
}

fn amended(word: &str, by: &[String]) -> Option<String> {
    (!by.is_empty()).then(|| format!("{word} between the parties to {}.", by.join(" or ")))
}

fn excluded(base: &Base, ground: &str) -> Vec<String> {
    let all = base.instruments().flat_map(|i| i.exclusions.iter().map(move |rule| (i, rule)));
    let those = all.filter(|(_, rule)| rule.grounds.iter().any(|id| id == ground));
    those
        .map(|(i, rule)| format!("May be excluded by {}: {}", Citation::new(&i.id, &rule.provision), rule.sentence))
        .collect()
}
