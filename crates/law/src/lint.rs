//! What is wrong with a law base that loads: dates out of order, references that lead nowhere, facts and sources that
//! nothing uses, provisions whose number is not held but which are called confirmed. Run as a test and by reviewers.

use std::collections::BTreeSet;
use std::fmt;

use terms::Citation;

use crate::base::Base;
use crate::data::{Answer, Atom, Certainty, Effect, Instrument, Kind, RelationKind};
use crate::provision;

mod registers;

/// One thing that is wrong.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Finding {
    /// Where: a file under `law/`, or an id.
    pub place: String,
    /// What.
    pub what: String,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.place, self.what)
    }
}

/// Looks a law base through. An empty answer means that nothing was found.
pub fn lint(base: &Base) -> Vec<Finding> {
    let (sources, facts, mentions) = (BTreeSet::new(), BTreeSet::new(), mentions(base));
    let mut report = Report { base, found: Vec::new(), sources, facts, mentions };
    for instrument in base.instruments() {
        report.instrument(instrument);
    }
    report.territories();
    report.parties();
    report.declarations();
    report.offences();
    report.registers();
    report.facts();
    report.unused();
    report.found.sort();
    report.found
}

/// The instruments of which status only is held, or of which some articles are missing.
pub fn unmodelled(base: &Base) -> Vec<&str> {
    base.instruments().filter(|i| i.modelled != crate::data::Modelled::Articles).map(|i| i.id.as_str()).collect()
}

struct Report<'a> {
    base: &'a Base,
    found: Vec<Finding>,
    sources: BTreeSet<&'a str>,
    facts: BTreeSet<&'a str>,
    /// The provisions, by instrument, to which declarations and other instruments refer.
    mentions: BTreeSet<(String, String)>,
}

/// What declarations and relations refer to.
fn mentions(base: &Base) -> BTreeSet<(String, String)> {
    let declared = base.all_declarations().flat_map(|of| {
        let cited = of.declarations.iter().flat_map(|d| d.articles.iter().chain([&d.provision]));
        cited.map(|cited| (of.instrument.clone(), cited.clone()))
    });
    let related = base.instruments().flat_map(|i| {
        i.relations
            .iter()
            .filter_map(|r| Some((r.citing.clone().unwrap_or_else(|| i.id.clone()), r.citing_provision.clone()?)))
    });
    declared.chain(related).collect()
}

impl<'a> Report<'a> {
    fn say(&mut self, place: &str, what: impl Into<String>) {
        self.found.push(Finding { place: place.to_owned(), what: what.into() });
    }

    fn source(&mut self, place: &str, id: &'a str) {
        self.sources.insert(id);
        if self.base.source(id).is_none() {
            self.say(place, format!("names a source {id:?} that sources.toml does not have"));
        }
    }

    fn fact(&mut self, place: &str, id: &'a str) {
        self.facts.insert(id);
        if self.base.fact(id).is_none() {
            self.say(place, format!("turns on a fact {id:?} that facts.toml does not have"));
        }
    }

    fn atom(&mut self, place: &str, atom: &'a Atom) {
        self.fact(place, &atom.fact);
        let numeric = self.base.fact(&atom.fact).is_some_and(|fact| fact.answer == Answer::Months);
        if self.base.fact(&atom.fact).is_some() && numeric != atom.test.is_numeric() {
            self.say(place, format!("{atom}: the fact is not answered like this"));
        }
    }

    /// A territory belongs to one State, and has none of its own.
    fn territories(&mut self) {
        let mut seen = BTreeSet::new();
        for (territory, state) in self.base.territories() {
            if !seen.insert(territory) {
                self.say("base.toml", format!("{territory} is listed twice among the territories"));
            }
            if self.base.belongs_to(state).is_some() {
                self.say("base.toml", format!("{state} is a territory itself, and {territory} is listed under it"));
            }
        }
    }

    /// A citation must lead to a provision that the file of its instrument knows.
    fn cites(&mut self, place: &str, instrument: &str, cited: &str) {
        let citation = Citation::new(instrument, cited);
        if self.base.instrument(instrument).is_some() && !self.base.resolves(&citation) {
            self.say(place, format!("cites {citation}, which instruments/{instrument}.toml does not know"));
        }
    }

    fn known(&mut self, place: &str, id: &str) {
        if self.base.instrument(id).is_none() {
            self.say(place, format!("names an instrument {id:?} that the base does not have"));
        }
    }

    fn instrument(&mut self, i: &'a Instrument) {
        let at = i.id.as_str();
        let overriding = (i.requirements.iter().filter_map(|r| r.source.as_deref()))
            .chain(i.grounds.iter().filter_map(|g| g.source.as_deref()))
            .chain(i.clocks.iter().filter_map(|c| c.source.as_deref()))
            .chain(i.lines.iter().filter_map(|l| l.source.as_deref()))
            .chain(i.relations.iter().filter_map(|r| r.source.as_deref()))
            .chain(i.exclusions.iter().filter_map(|e| e.source.as_deref()))
            .chain(i.outside.iter().filter_map(|o| o.source.as_deref()))
            .chain(i.in_force.iter().map(|f| f.source.as_str()))
            .chain(i.bilateral.iter().map(|b| b.source.as_str()))
            .chain(i.last_day.iter().map(|l| l.source.as_str()))
            .chain([i.text.source.as_str()]);
        for source in overriding.collect::<Vec<_>>() {
            self.source(at, source);
        }
        let conditions = (i.scope.iter().chain(&i.scopes).map(crate::data::Scope::condition))
            .chain(i.grounds.iter().map(crate::data::Ground::condition))
            .chain(i.exclusions.iter().map(crate::data::Exclusion::condition))
            .chain(i.clocks.iter().map(crate::data::Clock::condition))
            .chain(i.lines.iter().map(crate::data::Line::condition));
        for atom in conditions.flat_map(crate::truth::Condition::atoms).collect::<Vec<_>>() {
            self.atom(at, atom);
        }
        for fallback in &i.fallbacks {
            self.fact(at, &fallback.unless);
        }
        for relation in &i.relations {
            let of_class = relation.kind == RelationKind::BilateralsOnlySupplement
                || relation.kind == RelationKind::SupersedesBilaterals
                || relation.kind == RelationKind::Supplements;
            match &relation.instrument {
                Some(other) if other == at => self.say(at, "relates to itself"),
                Some(other) => self.known(at, other),
                None if of_class => {}
                None => self.say(at, "a relation names no instrument"),
            }
        }
        let others = (i.grounds.iter().flat_map(|g| &g.removed_by))
            .chain(i.requirements.iter().flat_map(|r| &r.amended_by))
            .chain(i.clocks.iter().flat_map(|c| &c.amended_by))
            .chain(i.lines.iter().flat_map(|l| &l.amended_by));
        for (other, article) in others.map(|by| provision::protocol(by)).collect::<Vec<_>>() {
            self.known(at, other);
            self.cites(at, other, article.unwrap_or("[all]"));
        }
        for relation in &i.relations {
            if let Some(cited) = &relation.citing_provision {
                self.cites(at, relation.citing.as_deref().unwrap_or(at), cited);
            }
        }
        for named in &i.mentioned {
            let by_rule = Instrument { mentioned: Vec::new(), ..i.clone() }.provisions().contains(&named.as_str());
            if by_rule || !self.mentions.contains(&(i.id.clone(), named.clone())) {
                self.say(
                    at,
                    format!(
                        "{named} is only mentioned, and no declaration or instrument refers to it, or a rule is held"
                    ),
                );
            }
        }
        if i.last_day.is_some() && i.clocks.is_empty() {
            self.say(at, "says how last days are moved and holds no clock");
        }
        self.dates(i);
        self.rules(i);
    }

    fn dates(&mut self, i: &'a Instrument) {
        let at = i.id.as_str();
        let first = i.in_force.as_ref().and_then(|f| f.from);
        if let (Some(adopted), Some(first)) = (i.adopted, first)
            && first < adopted
        {
            self.say(at, "in force before it was adopted");
        }
        if i.bilateral.is_some() == (i.in_force.is_some()) && i.bilateral.is_some() {
            self.say(at, "a bilateral treaty has its days under [bilateral] only");
        }
        if self.base.parties(at).next().is_none() {
            self.say(at, "no party is held");
        }
        let rows: Vec<_> = self.base.parties(at).collect();
        for row in rows {
            let who = format!("parties/{at}.csv {}", row.state);
            let floor = row.provisional.is_none().then_some(first).flatten().max(i.adopted);
            if row.from.zip(floor).is_some_and(|(from, floor)| from < floor) {
                self.say(&who, "bound before the instrument was in force or adopted");
            }
            if row.from.zip(row.until).is_some_and(|(from, until)| until < from) {
                self.say(&who, "ends before it begins");
            }
            if row.provisional.zip(row.from).is_some_and(|(early, from)| from <= early) {
                self.say(&who, "provisional application begins after entry into force");
            }
            if row.from.zip(row.consented).is_some_and(|(from, consented)| from < consented) {
                self.say(&who, "bound before it consented");
            }
        }
    }

    fn rules(&mut self, i: &'a Instrument) {
        let at = i.id.as_str();
        let mut seen = BTreeSet::new();
        for r in &i.requirements {
            if !r.id.starts_with("req.") {
                self.say(at, format!("the requirement {:?} has no generic id (req.…)", r.id));
            }
            if !seen.insert((&r.id, &r.provision, &r.forms)) {
                self.say(at, format!("the requirement {:?} stands twice under {}", r.id, r.provision));
            }
        }
        let mut seen = BTreeSet::new();
        for g in &i.grounds {
            if !seen.insert((&g.id, &g.provision)) {
                self.say(at, format!("the ground {:?} stands twice under {}", g.id, g.provision));
            }
            if g.all.is_empty() && g.any.is_empty() && g.none.is_empty() {
                self.say(at, format!("the ground {:?} has no condition and would always apply", g.id));
            }
        }
        let spoken = (i.requirements.iter().map(|r| (&r.provision, &r.forms)))
            .chain(i.grounds.iter().map(|g| (&g.provision, &g.forms)))
            .chain(i.exclusions.iter().map(|e| (&e.provision, &e.forms)))
            .chain(i.clocks.iter().map(|c| (&c.provision, &c.forms)))
            .chain(i.lines.iter().map(|l| (&l.provision, &l.forms)));
        for (place, forms) in spoken.collect::<Vec<_>>() {
            for form in forms.iter().filter(|form| !i.forms.contains(form)) {
                self.say(at, format!("{place} speaks of {}, on which the instrument does not", form.name()));
            }
        }
        let dated = (i.requirements.iter().map(|r| (&r.provision, r.certainty)))
            .chain(i.grounds.iter().map(|g| (&g.provision, g.certainty)))
            .chain(i.clocks.iter().map(|c| (&c.provision, c.certainty)));
        for (place, certainty) in dated.collect::<Vec<_>>() {
            let sure = certainty.unwrap_or(i.text.certainty) == Certainty::Confirmed;
            if provision::is_heading(place) && sure {
                self.say(at, format!("{place} has no number and is called confirmed"));
            }
        }
        for f in &i.fallbacks {
            let within =
                i.provisions().into_iter().map(provision::article_and_paragraph).any(|(article, paragraph)| {
                    article == f.article && paragraph.is_some_and(|n| (f.from..=f.to).contains(&n))
                });
            if !within || f.from > f.to {
                self.say(at, "no rule lies within the paragraphs that give way");
            }
            if i.is(Kind::MutualAssistanceTreaty) {
                self.say(at, "an instrument that gives way to mutual assistance treaties is none itself");
            }
        }
    }

    fn parties(&mut self) {
        for table in self.base.party_tables().collect::<Vec<_>>() {
            self.known(&format!("parties/{table}.csv"), table);
            for row in self.base.parties(table).collect::<Vec<_>>() {
                self.source(&format!("parties/{table}.csv {}", row.state), &row.source);
            }
        }
    }

    fn declarations(&mut self) {
        for of in self.base.all_declarations().collect::<Vec<_>>() {
            let at = format!("declarations/{}.toml", of.instrument);
            self.known(&at, &of.instrument);
            self.source(&at, &of.source);
            for d in &of.declarations {
                if self.base.party(&of.instrument, d.state).is_none() {
                    self.say(&at, format!("{} declares but is no party", d.state));
                }
                for cited in d.articles.iter().chain([&d.provision]) {
                    self.cites(&at, &of.instrument, cited);
                }
                let adds = [Effect::Ground, Effect::Requirement].contains(&d.effect);
                if adds
                    && provision::is_heading(&d.provision)
                    && d.certainty.unwrap_or(of.certainty) == Certainty::Confirmed
                {
                    self.say(&at, format!("{} has no number and is called confirmed", d.provision));
                }
                let forms = self.base.instrument(&of.instrument).map(|i| i.forms.as_slice()).unwrap_or_default();
                for form in d.forms.iter().filter(|form| !forms.contains(form)) {
                    self.say(&at, format!("{} speaks of {}, on which the instrument does not", d.state, form.name()));
                }
                for atom in d.fact.iter().chain(&d.unless) {
                    self.atom(&at, atom);
                }
                if let Some(source) = &d.source {
                    self.source(&at, source);
                }
                let whole = match d.effect {
                    Effect::Ground => d.fact.is_some(),
                    Effect::Requirement => d.requirement.is_some(),
                    Effect::Person => d.with.is_some(),
                    Effect::Excludes => !d.articles.is_empty() || !provision::is_heading(&d.provision),
                    Effect::Limits | Effect::Authority | Effect::NoBasis => true,
                };
                if !whole {
                    self.say(&at, format!("the effect of the declaration of {} lacks its object", d.state));
                }
            }
        }
    }

    fn offences(&mut self) {
        let (instrument, source) = self.base.offences_of();
        self.known("offences.toml", instrument);
        self.source("offences.toml", source);
        for offence in self.base.offences().collect::<Vec<_>>() {
            for fact in offence.facts.keys() {
                self.fact("offences.toml", fact);
            }
        }
    }

    fn facts(&mut self) {
        for fact in self.base.derived_facts() {
            for atom in fact.yes_if.iter().chain(&fact.no_if) {
                self.atom("facts.toml", atom);
            }
        }
    }

    fn unused(&mut self) {
        for source in self.base.sources().collect::<Vec<_>>() {
            if !self.sources.contains(source.id.as_str()) {
                self.say("sources.toml", format!("nothing rests on the source {:?}", source.id));
            }
        }
        for fact in self.base.facts().collect::<Vec<_>>() {
            if !self.facts.contains(fact.id.as_str()) {
                self.say("facts.toml", format!("nothing turns on the fact {:?}", fact.id));
            }
            if !["requesting", "requested"].contains(&fact.asks.as_str()) {
                self.say("facts.toml", format!("{:?} asks neither State", fact.id));
            }
        }
    }
}
