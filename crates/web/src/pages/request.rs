//! A request for assistance, written on a page that is made from the form's own data: sections, fields, and when each is due.
//!
//! `begin` asks to whom and opens a draft; `edit` and `save` fill it in. On this page a request has one measure of a kind; one that has more was
//! written by a program and is changed by one. What is missing is the node's answer, with the provision that asks for it.

use askama::Template;
use axum::extract::{Path, State};
use axum::response::{IntoResponse as _, Redirect, Response};
use docket::Party;
use docket::procedures::assistance::{REQUESTED, REQUESTING};
use forms::{Field, FieldKind, Form as Paper, Missing};
use node::{Action, Actor, Draft, Known, NewDocket, NewDraft, Node, Peer, Trouble};
use serde_json::{Map, Value, json};
use terms::{AuthorityId, State as Nation};

use super::Hall;
use super::form::Form;
use super::frame::{Frame, Sorry, render, show};
use super::gate::{Posted, Visitor};
use crate::problem::Problem;

/// The measures of one request, on the page: one of each kind.
const PEERS: usize = 1_000;

/// To whom a request goes.
#[derive(Template)]
#[template(path = "request_new.html")]
struct Choose {
    frame: Frame,
    peers: Vec<Peer>,
    wrong: Option<Problem>,
}

async fn peers(hall: &Hall, visitor: &Visitor, wrong: Option<Problem>) -> Result<Choose, Sorry> {
    let listed = visitor.call(hall, |node, actor, _| {
        actor.may(Action::Write)?;
        node.peers(actor, None, PEERS)
    });
    let (peers, _) = listed.await?;
    let peers = peers.into_iter().filter(|peer| peer.status == "approved").collect();
    Ok(Choose { frame: visitor.frame(), peers, wrong })
}

pub async fn choose(State(hall): State<Hall>, visitor: Visitor) -> Result<Response, Sorry> {
    Ok(show(&peers(&hall, &visitor, None).await?))
}

pub async fn begin(State(hall): State<Hall>, Posted { visitor, form }: Posted) -> Result<Response, Sorry> {
    let to = form.text("to").parse::<AuthorityId>();
    let begun = match to {
        Ok(to) => visitor.attempt(&hall, move |node, actor, purpose| {
            let party =
                |authority: &AuthorityId, role: &str| Party { authority: authority.clone(), role: role.to_owned() };
            let parties = vec![party(node.authority(), REQUESTING), party(&to, REQUESTED)];
            let new = NewDraft {
                open: Some(NewDocket { procedure: "assistance/1".to_owned(), parties }),
                kind: "submit".to_owned(),
                body: Some(json!({"addressee": {"authority": to}})),
                ..NewDraft::default()
            };
            node.write_draft(actor, purpose, new)
        }),
        Err(why) => {
            let wrong = Problem::body(format!("{why}."));
            return Ok(render(wrong.status, &peers(&hall, &visitor, Some(wrong)).await?));
        }
    };
    match begun.await {
        Ok(draft) => Ok(Redirect::to(&format!("/drafts/{}/edit", draft.id)).into_response()),
        Err(problem) => Ok(render(problem.status, &peers(&hall, &visitor, Some(problem)).await?)),
    }
}

/// The requesting and the requested State of a draft that is a request.
pub fn states(draft: &Draft) -> Option<(Nation, Nation)> {
    let open = draft.open.as_ref().filter(|open| open.procedure == "assistance/1" && draft.kind == "submit")?;
    let of = |role: &str| open.parties.iter().find(|party| party.role == role).map(|party| party.authority.state());
    Some((of(REQUESTING)?, of(REQUESTED)?))
}

/// The page on which a request is written.
#[derive(Template)]
#[template(path = "request_edit.html")]
struct Edit {
    frame: Frame,
    draft: Draft,
    title: String,
    sections: Vec<Section>,
    missing: Vec<Missing>,
    wrong: Option<Problem>,
}

/// A section of the form.
struct Section {
    id: String,
    title: String,
    /// The measure whose section it is, and whether it is asked for.
    measure: Option<(String, bool)>,
    fields: Vec<Entry>,
}

/// A field with what stands in it.
struct Entry {
    name: String,
    label: String,
    kind: FieldKind,
    /// Whether yes and no are the answers.
    yes_or_no: bool,
    value: String,
    /// `Some` if it may be left unknown, with why.
    not_known: Option<String>,
    /// The provision that asks, where one does, or what is missing.
    missing: Vec<Missing>,
    /// Only due if another field says so.
    depends: bool,
}

/// How a field is named in the page's form: its measure and its path.
fn name(field: &Field) -> String {
    format!("{}{}", field.measure.as_deref().unwrap_or("request"), field.path)
}

/// Whether a field is asked yes or no: another one hangs on its truth, or it has no other answers.
fn yes_or_no(paper: &Paper, field: &Field) -> bool {
    field.kind == FieldKind::Choice
        && paper
            .fields()
            .filter_map(|other| other.when.as_ref())
            .any(|when| when.path == field.path && when.equals.is_boolean())
}

/// Where the measure of a kind stands in a body.
fn measure_at(body: &Value, kind: &str) -> Option<usize> {
    let measures = body.get("measures")?.as_array()?;
    measures.iter().position(|measure| measure.get("kind").and_then(Value::as_str) == Some(kind))
}

/// Why a body cannot be written on this page without losing something of it.
fn too_much(paper: &Paper, body: &Value) -> bool {
    let Some(measures) = body.get("measures").and_then(Value::as_array) else { return false };
    let kinds: Vec<&str> = measures.iter().filter_map(|measure| measure.get("kind")?.as_str()).collect();
    let known = |kind: &&str| paper.measures.iter().any(|known| known == *kind);
    let twice = kinds.iter().enumerate().any(|(at, kind)| kinds[..at].contains(kind));
    kinds.len() != measures.len() || twice || !kinds.iter().all(known)
}

fn sections(paper: &Paper, body: &Value, missing: &[Missing]) -> Vec<Section> {
    let section = |section: &forms::Section| {
        let measure = section.fields.iter().find_map(|field| field.measure.clone());
        let at = measure.as_deref().and_then(|kind| measure_at(body, kind));
        let entry = |field: &Field| {
            let path = match (&field.measure, at) {
                (None, _) => field.path.clone(),
                (Some(_), Some(at)) => format!("/measures/{at}{}", field.path),
                (Some(_), None) => String::from("/measures/-"),
            };
            let value = body.pointer(&path);
            let why = value.and_then(|value| value.get("not_known")).and_then(Value::as_str);
            Entry {
                name: name(field),
                label: field.label.clone(),
                kind: field.kind,
                yes_or_no: yes_or_no(paper, field),
                value: if why.is_some() { String::new() } else { value.map(written).unwrap_or_default() },
                not_known: field.allow_unknown.then(|| why.unwrap_or_default().to_owned()),
                missing: missing.iter().filter(|missing| missing.path == path).cloned().collect(),
                depends: field.when.is_some(),
            }
        };
        Section {
            id: section.id.clone(),
            title: section.title.clone(),
            measure: measure.map(|kind| (kind, at.is_some())),
            fields: section.fields.iter().filter(|field| field.path != "/measures").map(entry).collect(),
        }
    };
    paper.sections.iter().map(section).collect()
}

/// A value as it is written into a field: a list has a line per entry, and what is neither text nor a number stands as JSON.
fn written(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        Value::Array(all) => all.iter().map(written).collect::<Vec<_>>().join("\n"),
        other => other.to_string(),
    }
}

/// What a field says, as the form's data keeps it; nothing if it is blank.
fn read(field: &Field, yes_or_no: bool, form: &Form) -> Option<Value> {
    let name = name(field);
    let text = form.text(&name);
    if text.is_empty() {
        let why = form.text(&format!("{name}?"));
        return (field.allow_unknown && !why.is_empty()).then(|| json!({ "not_known": why }));
    }
    Some(match field.kind {
        FieldKind::List => form.lines(&name).map(entry).collect(),
        FieldKind::Choice if yes_or_no => (text == "yes").into(),
        _ => text.into(),
    })
}

/// An entry of a list: text, or what was written there as JSON.
fn entry(line: &str) -> Value {
    let object = line.starts_with('{').then(|| serde_json::from_str(line).ok()).flatten();
    object.unwrap_or_else(|| line.into())
}

/// The body that the page's form makes of an earlier one. What the form does not know of stays as it was.
fn body(paper: &Paper, earlier: &Value, form: &Form) -> Value {
    let mut body = if earlier.is_object() { earlier.clone() } else { json!({}) };
    for field in paper.fields().filter(|field| field.measure.is_none() && field.path != "/measures") {
        put(&mut body, &field.path, read(field, yes_or_no(paper, field), form));
    }
    let mut measures = Vec::new();
    for kind in paper.measures.iter().filter(|kind| form.all("measures").any(|chosen| chosen == *kind)) {
        let held = measure_at(earlier, kind).and_then(|at| earlier.pointer(&format!("/measures/{at}")));
        let mut measure = held.cloned().unwrap_or_else(|| json!({ "kind": kind }));
        for field in paper.fields().filter(|field| field.measure.as_ref() == Some(kind)) {
            put(&mut measure, &field.path, read(field, yes_or_no(paper, field), form));
        }
        measures.push(measure);
    }
    put(&mut body, "/measures", Some(measures.into()));
    body
}

/// Writes a value where a pointer leads, or takes away what is there. Nothing is made where nothing is written.
fn put(into: &mut Value, pointer: &str, value: Option<Value>) {
    let Some((parents, last)) = pointer.rsplit_once('/') else { return };
    let Some(value) = value else {
        into.pointer_mut(parents).and_then(Value::as_object_mut).and_then(|members| members.remove(last));
        return;
    };
    let mut at = into;
    for name in parents.split('/').filter(|name| !name.is_empty()) {
        let Some(members) = at.as_object_mut() else { return };
        at = members.entry(name.to_owned()).or_insert_with(|| Value::Object(Map::new()));
    }
    at.as_object_mut().and_then(|members| members.insert(last.to_owned(), value));
}

/// The draft, and what it lacks.
fn look(node: &Node, actor: &Actor, id: &str) -> Result<(Draft, Vec<Missing>), Trouble> {
    actor.may(Action::Write)?;
    let draft = node.draft(actor, id)?;
    let Some(states) = states(&draft) else {
        let remedy = "Discard it and write another.";
        return Trouble::refuse("web.not-a-request", "Only a request is changed on this page.", remedy);
    };
    if draft.author != actor.person {
        let remedy = "Ask them, or return it with a reason.";
        return Trouble::refuse("web.not-author", "Another person wrote this draft.", remedy);
    }
    let written = draft.body.clone().unwrap_or_else(|| json!({}));
    if too_much(node.request_form(), &written) {
        let sentence = "This request has several measures of one kind, or one that the form does not know.";
        return Trouble::refuse("web.several-measures", sentence, "Change it with the command line or a program.");
    }
    let missing = node.check_request(actor, states, written, &Known::default())?.missing;
    Ok((draft, missing))
}

fn laid_out(node: &Node, frame: Frame, draft: Draft, missing: Vec<Missing>, wrong: Option<Problem>) -> Edit {
    let paper = node.request_form();
    let written = draft.body.clone().unwrap_or_else(|| json!({}));
    let sections = sections(paper, &written, &missing);
    Edit { frame, title: paper.title.clone(), sections, draft, missing, wrong }
}

pub async fn edit(State(hall): State<Hall>, visitor: Visitor, Path(id): Path<String>) -> Result<Response, Sorry> {
    let (draft, missing) = visitor.call(&hall, move |node, actor, _| look(node, actor, &id)).await?;
    Ok(show(&laid_out(&hall.desk.node, visitor.frame(), draft, missing, None)))
}

pub async fn save(
    State(hall): State<Hall>,
    Path(id): Path<String>,
    Posted { visitor, form }: Posted,
) -> Result<Response, Sorry> {
    let (named, then) = (id.clone(), form.text("then").to_owned());
    let (draft, _) = visitor.call(&hall, move |node, actor, _| look(node, actor, &named)).await?;
    let version = form.text("version").parse::<i64>().unwrap_or(0);
    let earlier = draft.body.clone().unwrap_or_else(|| json!({}));
    let written = body(hall.desk.node.request_form(), &earlier, &form);
    let new = NewDraft {
        open: draft.open.clone(),
        kind: draft.kind.clone(),
        facts: draft.facts.clone(),
        body: Some(written.clone()),
        introduces: draft.introduces.clone(),
        ..NewDraft::default()
    };
    match visitor.attempt(&hall, move |node, actor, _| node.rewrite_draft(actor, &id, version, new)).await {
        Ok(draft) if then == "stay" => Ok(Redirect::to(&format!("/drafts/{}/edit", draft.id)).into_response()),
        Ok(draft) => Ok(Redirect::to(&format!("/drafts/{}", draft.id)).into_response()),
        Err(problem) => {
            // What was typed stays on the page.
            let status = problem.status;
            let typed = Draft { body: Some(written), ..draft };
            Ok(render(status, &laid_out(&hall.desk.node, visitor.frame(), typed, vec![], Some(problem))))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn paper() -> Paper {
        Paper::assistance_request().expect("the form")
    }
    fn full() -> Value {
        json!({
            "addressee": {"authority": "ma.moj"}, "own": "kept", "persons": [{"family_name": "Doe"}, "Roe"],
            "urgency": {"urgent": true, "reason": "trial"},
            "measures": [{"kind": "bank-records", "bank": {"not_known": "only the number"}, "kinds": ["a", "b"], "own": 1}]
        })
    }
    /// What a browser would send back of a page that was shown and not touched.
    fn untouched(paper: &Paper, shown: &Value) -> Form {
        let mut fields = Vec::new();
        for section in sections(paper, shown, &[]) {
            if let Some((kind, true)) = &section.measure {
                fields.push(("measures".to_owned(), kind.clone()));
            }
            for entry in section.fields {
                let value = match (entry.yes_or_no, entry.value.as_str()) {
                    (true, "true") => "yes".to_owned(),
                    (true, "false") => "no".to_owned(),
                    _ => entry.value.clone(),
                };
                fields.push((entry.name.clone(), value));
                fields.extend(entry.not_known.map(|why| (format!("{}?", entry.name), why)));
            }
        }
        Form::of(fields)
    }

    #[test]
    fn a_page_that_was_not_touched_changes_nothing() {
        let before = full();
        assert_eq!(body(&paper(), &before, &untouched(&paper(), &before)), before);
    }

    #[test]
    fn what_is_cleared_is_taken_away_and_a_measure_that_is_not_ticked_goes() {
        let form = Form::of(vec![("request/purpose".to_owned(), "Evidence".to_owned())]);
        let after = body(&paper(), &full(), &form);
        assert_eq!(after["purpose"], json!("Evidence"));
        assert_eq!(after["measures"], json!([]));
        assert_eq!(after["urgency"], json!({}));
        assert_eq!(after["own"], json!("kept"));
    }

    #[test]
    fn a_request_that_this_page_would_spoil_is_not_shown_on_it() {
        let of = |measures: Value| too_much(&paper(), &json!({ "measures": measures }));
        assert!(!of(json!([])) && !of(json!([{"kind": "statement"}, {"kind": "bank-records"}])));
        assert!(of(json!([{"kind": "statement"}, {"kind": "statement"}])));
        assert!(of(json!([{"kind": "no-such"}])) && of(json!([{}])) && of(json!(["x"])));
    }
}
