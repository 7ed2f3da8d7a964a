//! What is wrong with a law base that loads: dates out of order, references that lead nowhere, facts and sources that
//! nothing uses, provisions whose number is not held but which are called confirmed. Run as a test and by reviewers.

use std::collections::BTreeSet;
use std::fmt;

use terms::Citation;

use crate::base::Base;
use crate::data::{Answer, Atom, Certainty, Effect};
use crate::provision;

mod instrument;
mod registers;
mod relations;

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
    let of_instruments = base.instruments().flat_map(|i| i.grounds.iter().map(|g| g.id.as_str()));
    let declared = base.all_declarations().flat_map(|of| of.declarations.iter().filter_map(|d| d.ground.as_deref()));
    let grounds = of_instruments.chain(declared).collect();
    let mut report = Report { base, found: Vec::new(), sources, facts, grounds, mentions };
    for instrument in base.instruments() {
        report.instrument(instrument);
    }
    report.circles();
    report.territories();
    report.parties();
    report.declarations();
    report.offences();
    report.registers();
    report.facts();
    report.days();
    report.unused();
    report.found.sort();
    report.found
}

/// The instruments of which status only is held, or of which some articles are missing.
pub fn unmodelled(base: &Base) -> Vec<&str> {
    base.instruments().filter(|i| i.modelled != crate::data::Modelled::Articles).map(|i| i.id.as_str()).collect()
}

/// The file in which the parties of an instrument stand.
fn table_of(base: &Base, id: &str) -> String {
    match base.instrument(id).and_then(|i| i.bilateral.as_ref()) {
        Some(_) => format!("instruments/{id}.toml"),
        None => format!("parties/{id}.csv"),
    }
}

struct Report<'a> {
    base: &'a Base,
    found: Vec<Finding>,
    sources: BTreeSet<&'a str>,
    facts: BTreeSet<&'a str>,
    /// The ids of grounds that some instrument or declaration knows.
    grounds: BTreeSet<&'a str>,
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

    fn parties(&mut self) {
        for table in self.base.party_tables().collect::<Vec<_>>() {
            self.known(&format!("parties/{table}.csv"), table);
            let rows: Vec<_> = self.base.parties(table).collect();
            let table = table_of(self.base, table);
            for row in rows {
                self.source(&format!("{table} {}", row.state), &row.source);
                if row.succeeds && row.consented.is_none() {
                    self.say(&format!("{table} {}", row.state), "succeeds without the day of its notice");
                }
            }
        }
    }

    fn declarations(&mut self) {
        for of in self.base.all_declarations().collect::<Vec<_>>() {
            let at = format!("declarations/{}.toml", of.instrument);
            self.known(&at, &of.instrument);
            self.source(&at, &of.source);
            let mut seen = BTreeSet::new();
            for d in &of.declarations {
                let turns_on = d.fact.as_ref().map(ToString::to_string);
                if !seen.insert((d.state, &d.provision, &d.sentence, &d.with, turns_on, &d.forms, &d.measures)) {
                    self.say(&at, format!("what {} declares to {} stands twice", d.state, d.provision));
                }
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
                if self.base.fact(fact).is_some_and(|fact| fact.answer == Answer::Months) {
                    self.say("offences.toml", format!("{}: {fact} is not answered with yes or no", offence.code));
                }
            }
        }
    }

    /// A fact that others settle is answered with yes or no, and uses none that is settled after it.
    fn facts(&mut self) {
        let derived = self.base.derived_facts();
        for (at, fact) in derived.iter().enumerate() {
            if fact.answer == Answer::Months {
                self.say("facts.toml", format!("{}: a number is not settled by other facts", fact.id));
            }
            for atom in fact.yes_if.iter().chain(&fact.no_if) {
                self.atom("facts.toml", atom);
                if derived[at..].iter().any(|later| later.id == atom.fact) {
                    self.say("facts.toml", format!("{}: {atom} is itself settled only after it", fact.id));
                }
            }
        }
    }

    /// Nothing was checked, and no source shows anything, after the day of the base; nothing is empty that a ruling prints.
    fn days(&mut self) {
        let last = self.base.version().date;
        for source in self.base.sources().filter(|source| source.of > last).collect::<Vec<_>>() {
            self.say("sources.toml", format!("the source {:?} is later than the base", source.id));
        }
        let instruments = self.base.instruments().map(|i| (format!("instruments/{}.toml", i.id), i.text.checked));
        let declared = self.base.all_declarations().map(|d| (format!("declarations/{}.toml", d.instrument), d.checked));
        for (at, _) in instruments.chain(declared).filter(|(_, checked)| *checked > last).collect::<Vec<_>>() {
            self.say(&at, "was checked after the day of the base");
        }
        if self.base.notice().trim().is_empty() {
            self.say("base.toml", "no sentence says what a ruling is");
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
