//! `comity law instrument`: one instrument of the law base, what it holds, and who is bound by it.

use law::data::{Certainty, Clock, Ground, GroundKind, Instrument, Modelled, Relation};
use law::{Base, Form, Party};
use terms::Citation;

use super::names;
use crate::fitted::fitted;
use crate::{Ended, say};

/// Shows one instrument.
pub fn run(base: &Base, id: &str, json: bool) -> Result<(), Ended> {
    let Some(instrument) = base.instrument(id) else {
        return Err(names::no_instrument(base, id));
    };
    if json {
        say(document(base, instrument));
        return Ok(());
    }
    say(fitted(&format!("{}: {}", instrument.id, instrument.title)));
    head(base, instrument);
    for (heading, rules) in rules(instrument) {
        if !rules.is_empty() {
            say(heading);
        }
        for (provision, sentence, certainty) in rules {
            let sure = mark(certainty.unwrap_or(instrument.text.certainty));
            say(fitted(&format!("  {provision}  {sentence}{sure}")));
        }
    }
    if let Some(declared) = base.declarations(id) {
        say("DECLARED");
        for d in &declared.declarations {
            let (state, name, sure) = (d.state, d.state.name(), mark(d.certainty.unwrap_or(declared.certainty)));
            say(fitted(&format!("  {state} {name} to {}: {}{sure}", d.provision, d.sentence)));
        }
    }
    say("PARTIES");
    for party in base.parties(id) {
        let from = party.from.map_or_else(|| "day not held".to_owned(), |day| format!("from {day}"));
        let early = party.provisional.map_or_else(String::new, |day| format!(", provisionally from {day}"));
        let until = party.until.map_or_else(String::new, |day| format!(" until {day}"));
        let (state, sure) = (party.state, mark(party.certainty));
        let status = match party.status {
            law::Status::Party => "",
            law::Status::Signatory => " (signed only)",
            law::Status::Unknown => " (signed; whether it is bound is not held)",
        };
        say(format!("  {state} {}: {from}{until}{early}{status}{sure}", state.name()));
    }
    say(fitted(&format!("Law base {}. {}", base.version(), base.notice())));
    Ok(())
}

fn document(base: &Base, i: &Instrument) -> serde_json::Value {
    let party = |party: &Party| {
        serde_json::json!({
            "state": party.state, "status": party.status, "from": party.from, "provisional": party.provisional, "until": party.until,
            "source": party.source, "certainty": party.certainty, "note": party.note,
        })
    };
    let parties: Vec<serde_json::Value> = base.parties(&i.id).map(party).collect();
    serde_json::json!({
        "id": i.id, "title": i.title, "adopted": i.adopted, "in_force": i.in_force.as_ref().and_then(|force| force.from), "binding": i.binding,
        "forms": i.forms, "modelled": i.modelled, "source": i.text.source, "certainty": i.text.certainty, "checked": i.text.checked,
        "rules": law::explain(base, &Citation::new(&i.id, "")), "parties": parties, "law": base.version(), "notice": base.notice(),
    })
}

fn head(base: &Base, i: &Instrument) {
    let day = |day: Option<terms::Date>| day.map_or_else(|| "day not held".to_owned(), |day| day.to_string());
    let in_force = i.in_force.as_ref().map_or_else(String::new, |f| match f.from {
        Some(first) => format!("; in force since {first}{}", mark(f.certainty)),
        None => format!("; not in force when checked{}", mark(f.certainty)),
    });
    say(format!("  adopted {}{in_force}; {}", day(i.adopted), if i.binding { "binding" } else { "not binding" }));
    let forms: Vec<&str> = i.forms.iter().map(|form: &Form| form.name()).collect();
    say(format!("  for {}", forms.join(", ")));
    let held = match i.modelled {
        Modelled::Articles => "its articles on cooperation are held",
        Modelled::Partly => "some of its articles are held; what a request must contain is not among them",
        Modelled::Status => "only its existence and its parties are held",
    };
    let source = base.source(&i.text.source).map_or("", |source| source.title.as_str());
    say(format!("  {held}; {source}{}; checked {}", mark(i.text.certainty), i.text.checked));
}

type Rules<'a> = Vec<(&'a str, String, Option<Certainty>)>;

fn rules(i: &Instrument) -> [(&'static str, Rules<'_>); 9] {
    fn told<'a>(
        provision: &'a str,
        sentence: &str,
        certainty: Option<Certainty>,
    ) -> (&'a str, String, Option<Certainty>) {
        (provision, sentence.to_owned(), certainty)
    }
    let must = |g: &Ground| if g.kind == GroundKind::Mandatory { "must" } else { "may" };
    let ground = |g: &Ground| format!("{} ({}): {}", g.id, must(g), g.sentence);
    let clock = |c: &Clock| format!("{} {} from {}: {}", c.amount, c.unit.words(), c.event, c.sentence);
    let scopes = i.scope.iter().chain(&i.scopes);
    [
        ("APPLIES TO", scopes.map(|s| told(&s.provision, &s.sentence, s.certainty)).collect()),
        ("STAND OUTSIDE", i.outside.iter().map(|o| told(&o.provision, &o.sentence, Some(o.certainty))).collect()),
        ("GIVES WAY", i.fallbacks.iter().map(|f| told(&f.by, &f.sentence, None)).collect()),
        ("A REQUEST CONTAINS", i.requirements.iter().map(|r| told(&r.provision, &r.states, r.certainty)).collect()),
        ("GROUNDS OF REFUSAL", i.grounds.iter().map(|g| told(&g.provision, &ground(g), g.certainty)).collect()),
        ("TAKES GROUNDS AWAY", i.exclusions.iter().map(|e| told(&e.provision, &e.sentence, e.certainty)).collect()),
        ("CLOCKS", i.clocks.iter().map(|c| told(&c.provision, &clock(c), c.certainty)).collect()),
        (
            "ALSO",
            i.lines.iter().map(|l| told(&l.provision, &format!("{}: {}", l.topic, l.sentence), l.certainty)).collect(),
        ),
        ("RELATIONS", i.relations.iter().map(|r| told(&r.provision, &relation(r), r.certainty)).collect()),
    ]
}

/// To what it stands, and what the provision says of it.
fn relation(r: &Relation) -> String {
    let to = r.instrument.as_deref().unwrap_or("bilateral treaties");
    if r.sentence.is_empty() { format!("to {to}") } else { format!("to {to}: {}", r.sentence) }
}

fn mark(certainty: Certainty) -> &'static str {
    match certainty {
        Certainty::Confirmed => "",
        Certainty::Unconfirmed => " *unconfirmed*",
    }
}
