//! `comity law instrument`: one instrument of the law base, what it holds, and who is bound by it.

use law::data::{Certainty, Instrument, Modelled};
use law::{Base, Form, Party};
use terms::Citation;

use super::names;
use crate::{Ended, NOT_FOUND, say};

/// Shows one instrument.
pub fn run(base: &Base, id: &str, json: bool) -> Result<(), Ended> {
    let Some(instrument) = base.instrument(id) else {
        let near = names::meant(id, base.instruments().map(|i| (i.id.as_str(), i.id.as_str())));
        return Err(Ended::new(NOT_FOUND, format!("The law base has no instrument “{id}”{near}")));
    };
    if json {
        say(document(base, instrument));
        return Ok(());
    }
    say(format!("{}: {}", instrument.id, instrument.title));
    head(base, instrument);
    for (heading, rules) in rules(instrument) {
        if !rules.is_empty() {
            say(heading);
        }
        for (provision, sentence) in rules {
            say(format!("  {provision}  {sentence}"));
        }
    }
    if let Some(declared) = base.declarations(id) {
        say("DECLARED");
        for d in &declared.declarations {
            say(format!("  {} {} to {}: {}", d.state, d.state.name(), d.provision, d.sentence));
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
    say(format!("Law base {}. {}", base.version(), base.notice()));
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

type Rules<'a> = Vec<(&'a str, &'a str)>;

fn rules(i: &Instrument) -> [(&'static str, Rules<'_>); 6] {
    let scopes = i.scope.iter().chain(&i.scopes);
    [
        ("APPLIES TO", scopes.map(|s| (s.provision.as_str(), s.sentence.as_str())).collect()),
        ("A REQUEST CONTAINS", i.requirements.iter().map(|r| (r.provision.as_str(), r.states.as_str())).collect()),
        ("GROUNDS OF REFUSAL", i.grounds.iter().map(|g| (g.provision.as_str(), g.sentence.as_str())).collect()),
        ("CLOCKS", i.clocks.iter().map(|c| (c.provision.as_str(), c.sentence.as_str())).collect()),
        ("ALSO", i.lines.iter().map(|l| (l.provision.as_str(), l.sentence.as_str())).collect()),
        ("RELATIONS", i.relations.iter().map(|r| (r.provision.as_str(), r.sentence.as_str())).collect()),
    ]
}

fn mark(certainty: Certainty) -> &'static str {
    match certainty {
        Certainty::Confirmed => "",
        Certainty::Unconfirmed => " *unconfirmed*",
    }
}
