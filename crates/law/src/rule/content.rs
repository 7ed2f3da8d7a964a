//! What the leading basis and its protocols ask and say: requirements and lines; what stands of instruments displaced in
//! part, and what speaks beside any basis. Grounds, clocks and declarations have rooms of their own.

use std::collections::BTreeMap;

use terms::{Citation, State};

use crate::base::Base;
use crate::data::{Between, Certainty, Effect, Instrument, Line, Modelled, RelationKind};
use crate::explain::CONTENT;
use crate::provision::{protocol, within};
use crate::question::Question;
use crate::ruling::{Extent, RuledAuthority, RuledLanguage, RuledLine, RuledRequirement, Ruling};
use crate::truth::Truth;

use super::known::Knowledge;
use super::{clocks, declared, grounds};

/// The instruments that bear on the ruling.
pub(super) struct Sources<'a> {
    /// The leading basis, then its protocols and supplements.
    pub asked: Vec<&'a Instrument>,
    /// Everything in force and within scope.
    pub in_force: Vec<&'a Instrument>,
    /// Of unknown status.
    pub uncertain: Vec<&'a Instrument>,
    /// Instruments of which fallback paragraphs give way if others, of unknown status, bind both.
    pub perhaps_displaced: BTreeMap<String, Vec<String>>,
    /// What one of the two States has excluded, or the requested State reserved: instrument and provision.
    pub excluded: Vec<(&'a str, &'a str)>,
    /// Ids of instruments of which the fallback paragraphs give way.
    pub in_part: Vec<String>,
}

impl Sources<'_> {
    /// Whether one of these protocols is in force and takes a rule's place. `ets98 5` names the article that does so, which
    /// may have been excluded.
    pub fn amended(&self, by: &[String]) -> bool {
        by.iter().map(|by| protocol(by)).any(|(id, article)| {
            self.in_force.iter().any(|i| i.id == id) && article.is_none_or(|article| !self.excludes(id, article))
        })
    }
    /// Which instruments of unknown status would take a rule's place if they are in force: protocols, and treaties to which the paragraph in which
    /// it stands gives way.
    pub fn subject_to(&self, instrument: &Instrument, provision: &str, by: &[String]) -> Vec<String> {
        let gives_way = self.perhaps_displaced.get(instrument.id.as_str()).filter(|_| instrument.gives_way(provision));
        let ids = by.iter().map(|by| protocol(by).0);
        let protocols = ids.filter(|id| self.uncertain.iter().any(|known| known.id == *id)).map(str::to_owned);
        protocols.chain(gives_way.into_iter().flatten().cloned()).collect()
    }
    /// Whether one of the two States has excluded or reserved the provision in which a rule of an instrument stands, or the
    /// rule gives way to a treaty of mutual assistance.
    pub fn excludes(&self, instrument: &str, provision: &str) -> bool {
        let gives_way = || self.in_force.iter().any(|i| i.id == instrument && i.gives_way(provision));
        self.excluded.iter().any(|(id, excluded)| *id == instrument && within(provision, excluded))
            || (self.in_part.iter().any(|id| id == instrument) && gives_way())
    }
}

/// The articles that one of the two States has excluded.
fn excluded<'a>(base: &'a Base, in_force: &[&Instrument], pair: [State; 2]) -> Vec<(&'a str, &'a str)> {
    let declared = in_force.iter().filter_map(|i| base.declarations(&i.id));
    let exclusions = declared.flat_map(|of| of.declarations.iter().map(move |d| (of.instrument.as_str(), d)));
    let exclusions = exclusions.filter(|(_, d)| d.effect == Effect::Excludes && pair.contains(&d.state));
    exclusions.flat_map(|(id, d)| d.excluded().map(move |article| (id, article))).collect()
}

/// A rule that a protocol of unknown status would change is not sure.
pub(super) fn sure(own: Option<Certainty>, instrument: &Instrument, subject_to: &[String]) -> Certainty {
    match subject_to {
        [] => own.unwrap_or(instrument.text.certainty),
        _ => Certainty::Unconfirmed,
    }
}

pub(super) fn fill(ruling: &mut Ruling, base: &Base, known: &Knowledge, barred: &[(String, String)]) {
    let leading = ruling.leading().and_then(|basis| base.instrument(&basis.instrument));
    let listed = ruling.bases.iter().chain(&ruling.supporting);
    let mut in_force: Vec<&Instrument> = listed.filter_map(|basis| base.instrument(&basis.instrument)).collect();
    let mut asked: Vec<&Instrument> = leading.into_iter().collect();
    asked.extend(
        in_force
            .iter()
            .copied()
            .filter(|i| i.between == Between::Requested || leading.is_some_and(|leading| adds_to(i, leading))),
    );
    let uncertain = ruling.uncertain.iter().filter_map(|aside| base.instrument(&aside.instrument)).collect();
    let pair = [ruling.question.requesting, ruling.question.requested];
    in_force.extend(barred.iter().filter_map(|(id, _)| base.instrument(id)));
    let mut excluded = excluded(base, &in_force, pair);
    // who reserved a provision is not bound by what it says beside other treaties either
    excluded.extend(barred.iter().map(|(id, reserved)| (id.as_str(), reserved.as_str())));
    let in_part = ruling.bases.iter().filter(|basis| basis.extent == Extent::InPart);
    let in_part = in_part.map(|basis| basis.instrument.clone()).collect();
    let perhaps = ruling.bases.iter().filter(|basis| basis.extent == Extent::PerhapsInPart).map(|basis| {
        let gone = ruling.displaced.iter().filter(|gone| gone.instrument == basis.instrument);
        let because = gone.filter(|gone| gone.holds == Truth::Depends).flat_map(|gone| gone.because.iter().cloned());
        (basis.instrument.clone(), because.collect())
    });
    let perhaps_displaced = perhaps.collect();
    let sources = Sources { asked, in_force, uncertain, perhaps_displaced, excluded, in_part };
    for instrument in &sources.asked {
        requirements(ruling, instrument, &sources);
        grounds::fill(ruling, instrument, &sources, known);
        clocks::fill(ruling, instrument, &sources, known);
        lines(ruling, instrument, &sources, known);
    }
    clocks::chain(ruling, &sources);
    ruling.not_held = sources.asked.iter().filter_map(|instrument| not_held(instrument)).collect();
    let unheld = |leading: &&Instrument| leading.modelled != Modelled::Articles || ruling.requirements.is_empty();
    if let Some(leading) = leading.filter(unheld) {
        core(ruling, base, leading);
    }
    beside(ruling, &sources, known);
    standing(ruling, base, leading, &sources, known);
    addressed(ruling, base, leading);
    declared::fill(ruling, base, &sources, known);
}

/// What is missing of an instrument that carries the request: silence about a ground is no promise that there is none.
fn not_held(instrument: &Instrument) -> Option<String> {
    let id = &instrument.id;
    match instrument.modelled {
        Modelled::Articles => None,
        Modelled::Partly => Some(format!(
            "Only some articles of {id} are held, what a request must contain not among them: it may know further grounds, time limits and rules."
        )),
        Modelled::Status => Some(format!(
            "No article of {id} is held: which grounds, time limits, channels and other rules it knows must be read in its text."
        )),
    }
}

/// To whom the request goes and in which language, as the registers have it: under the leading instrument, or in general.
fn addressed(ruling: &mut Ruling, base: &Base, leading: Option<&Instrument>) {
    let Some(held) = base.authorities(ruling.question.requested) else { return };
    let leading = leading.map(|leading| leading.id.as_str());
    let authorities = held.competent(ruling.question.form, leading).into_iter().map(|a| RuledAuthority {
        name: a.name.clone(),
        part: a.part.clone(),
        source: a.source.clone(),
        certainty: a.certainty,
    });
    ruling.authorities = authorities.collect();
    let languages = held.languages_under(leading).into_iter().map(|l| RuledLanguage {
        code: l.code.clone(),
        source: l.source.clone(),
        certainty: l.certainty,
    });
    ruling.languages = languages.collect();
}

/// Whether an instrument is a protocol to, or a supplement of, the leading one.
fn adds_to(instrument: &Instrument, leading: &Instrument) -> bool {
    let supplements = |kind| leading.bilateral.is_some() && leading.is(kind);
    instrument.id != leading.id
        && instrument.relations.iter().any(|r| match (r.kind, r.instrument.as_deref()) {
            (RelationKind::Amends | RelationKind::Supplements, Some(parent)) => parent == leading.id,
            (RelationKind::Supplements, None) => supplements(r.of),
            _ => false,
        })
}

fn requirements(ruling: &mut Ruling, instrument: &Instrument, sources: &Sources<'_>) {
    for rule in &instrument.requirements {
        let question = &ruling.question;
        if !question.concerns(&rule.forms) || !question.touches(&rule.measures, &rule.except_measures) {
            continue;
        }
        if sources.amended(&rule.amended_by) || sources.excludes(&instrument.id, &rule.provision) {
            continue;
        }
        let subject_to = sources.subject_to(instrument, &rule.provision, &rule.amended_by);
        ruling.requirements.push(RuledRequirement {
            id: rule.id.clone(),
            citation: Citation::new(&instrument.id, &rule.provision),
            states: rule.states.clone(),
            mode: rule.mode,
            measures: rule.measures.clone(),
            certainty: sure(rule.certainty, instrument, &subject_to),
            subject_to,
        });
    }
}

/// Where the articles on content are not held, the common core is asked, unconfirmed, under the instrument's name.
fn core(ruling: &mut Ruling, base: &Base, leading: &Instrument) {
    for rule in base.core().iter().filter(|rule| ruling.question.concerns(&rule.forms)) {
        let held = ruling.requirements.iter().any(|r| r.id == rule.id);
        if !held && ruling.question.touches(&rule.measures, &rule.except_measures) {
            ruling.requirements.push(RuledRequirement {
                id: rule.id.clone(),
                citation: Citation::new(&leading.id, CONTENT),
                states: rule.states.clone(),
                mode: rule.mode,
                measures: rule.measures.clone(),
                subject_to: Vec::new(),
                certainty: Certainty::Unconfirmed,
            });
        }
    }
}

fn lines(ruling: &mut Ruling, instrument: &Instrument, sources: &Sources<'_>, known: &Knowledge) {
    let said = instrument.lines.iter().filter_map(|rule| line(&ruling.question, instrument, rule, sources, known));
    ruling.lines.extend(said);
}

/// What a line says to this question; nothing if it does not concern it, or a protocol or an exclusion took it away.
fn line(
    question: &Question,
    instrument: &Instrument,
    rule: &Line,
    sources: &Sources<'_>,
    known: &Knowledge,
) -> Option<RuledLine> {
    let gone = sources.amended(&rule.amended_by) || sources.excludes(&instrument.id, &rule.provision);
    let asked = question.concerns(&rule.forms) && question.touches(&rule.measures, &[]);
    let truth = known.within(rule.condition()).0;
    if gone || !asked || truth == Truth::No {
        return None;
    }
    let subject_to = sources.subject_to(instrument, &rule.provision, &rule.amended_by);
    Some(RuledLine {
        topic: rule.topic.clone(),
        citation: Citation::new(&instrument.id, &rule.provision),
        sentence: rule.sentence.clone(),
        depends_on: if truth == Truth::Yes { Vec::new() } else { known.open_scope(rule.condition()) },
        certainty: sure(rule.certainty, instrument, &subject_to),
        subject_to,
    })
}

/// What an instrument says beside whichever leads: that its offences are deemed included in other treaties, and the like.
fn beside(ruling: &mut Ruling, sources: &Sources<'_>, known: &Knowledge) {
    let form = ruling.question.form;
    for instrument in sources.in_force.iter().filter(|i| sources.asked.iter().all(|asked| asked.id != i.id)) {
        // while it is open whether the instrument covers the matter, so is what it says
        let scope = instrument.scope_for(form).map(|scope| scope.condition());
        let scope = scope.filter(|scope| known.within(*scope).0 == Truth::Depends);
        let open = scope.map_or_else(Vec::new, |scope| known.open_scope(scope));
        for rule in instrument.lines.iter().filter(|rule| rule.beside) {
            if let Some(mut line) = line(&ruling.question, instrument, rule, sources, known) {
                line.depends_on.extend(open.iter().cloned());
                line.depends_on.sort();
                line.depends_on.dedup();
                ruling.lines.push(line);
            }
        }
    }
}

/// What stands of instruments whose fallback paragraphs give way: their other rules, bank secrecy before all.
fn standing(ruling: &mut Ruling, base: &Base, leading: Option<&Instrument>, sources: &Sources<'_>, known: &Knowledge) {
    let partly: Vec<&Instrument> = ruling
        .bases
        .iter()
        .filter(|basis| basis.extent == Extent::InPart)
        .filter_map(|basis| base.instrument(&basis.instrument))
        .filter(|i| leading.is_none_or(|leading| leading.id != i.id))
        .collect();
    for instrument in partly {
        let left = instrument.lines.iter().filter(|rule| !rule.beside && !instrument.gives_way(&rule.provision));
        let said = left.filter_map(|rule| line(&ruling.question, instrument, rule, sources, known));
        ruling.standing.extend(said);
    }
}
