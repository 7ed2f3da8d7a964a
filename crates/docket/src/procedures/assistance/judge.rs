//! What each act does, judged in the light of what its author had seen. One arm per kind; the table has said who and which facts.

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use terms::{ActId, AuthorityId, Date, Digest};

use super::standing::{self, Is, Standing};
use super::{REQUESTED, REQUESTING};
use crate::procedure::{NoEffect, Step};
use crate::register::{Registers, Write};

/// A measure as the opening act asks for it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Asked {
    id: String,
    kind: String,
}

/// The facts of `submit`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct Submission {
    measures: Vec<Asked>,
    /// The form and edition by which the body was completed.
    #[serde(default)]
    #[expect(dead_code, reason = "read by people and programs, not by the fold; its shape is checked here")]
    form: Option<String>,
    /// The ids of the instruments on which the request rests.
    #[serde(default)]
    #[expect(dead_code, reason = "as above")]
    basis: Vec<String>,
    /// The day by which an answer is asked.
    #[serde(default)]
    #[expect(dead_code, reason = "as above")]
    reply_by: Option<Date>,
    /// SHA-256 of the instrument that the issuing authority signed.
    #[serde(default)]
    #[expect(dead_code, reason = "as above")]
    signed_instrument: Option<Digest>,
    /// Whether a paper original is needed.
    #[serde(default)]
    #[expect(dead_code, reason = "as above")]
    paper_original: Option<PaperOriginal>,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
enum PaperOriginal {
    NotNeeded,
    ToFollow,
    Received,
}

fn refuse<T>(code: &'static str, sentence: impl Into<String>) -> Result<T, NoEffect> {
    Err(NoEffect::new(code, sentence))
}

fn malformed<T>(step: &Step<'_>, what: &str) -> Result<T, NoEffect> {
    refuse("malformed-facts", format!("The facts of “{}” cannot be read: {what}.", step.kind))
}

fn fact<T: DeserializeOwned>(step: &Step<'_>, name: &str) -> Result<Option<T>, NoEffect> {
    let Some(value) = step.facts.get(name) else { return Ok(None) };
    serde_json::from_value(value.clone()).map(Some).or_else(|error| malformed(step, &format!("{name}: {error}")))
}

fn required<T: DeserializeOwned>(step: &Step<'_>, name: &str) -> Result<T, NoEffect> {
    match fact(step, name)? {
        Some(value) => Ok(value),
        None => malformed(step, &format!("{name} is missing")),
    }
}

fn word(step: &Step<'_>, text: &str) -> Result<(), NoEffect> {
    let plain = |b: u8| matches!(b, b'a'..=b'z' | b'0'..=b'9' | b'-');
    if !text.is_empty() && text.len() <= 48 && text.bytes().all(plain) {
        Ok(())
    } else {
        malformed(step, &format!("“{text}” is no word"))
    }
}

/// All measures of the docket.
pub(super) fn measures(registers: &Registers) -> Vec<String> {
    let subjects = registers.subjects("measure/");
    let ids = subjects.iter().filter_map(|subject| subject.strip_prefix("measure/")?.strip_suffix("/standing"));
    ids.map(str::to_owned).collect()
}

/// The measures that the act names; all of the docket if it names none.
fn named(before: &Registers, step: &Step<'_>) -> Result<(Vec<String>, bool), NoEffect> {
    let Some(named) = fact::<Vec<String>>(step, "measures")? else { return Ok((measures(before), false)) };
    if named.is_empty() || !named.is_sorted_by(|a, b| a < b) {
        return malformed(step, "measures are not sorted, or there are none");
    }
    match named.iter().find(|id| standing::of(before, id).is_none()) {
        Some(unknown) => refuse("unknown-measure", format!("Nobody asked for measure {unknown}.")),
        None => Ok((named, true)),
    }
}

/// Declares anew where measures stand. Named ones must all allow it; if none is named, those that do are meant.
fn turn(
    before: &Registers,
    step: &Step<'_>,
    from: &[Is],
    to: impl Fn(&Standing) -> Standing,
) -> Result<Vec<Write>, NoEffect> {
    let (ids, explicit) = named(before, step)?;
    let mut writes = Vec::new();
    for id in ids {
        let Some((now, _)) = standing::of(before, &id) else { continue };
        if from.contains(&now.is) {
            writes.push(Write::declare(standing::subject(&id), to(&now).value()));
        } else if explicit {
            return refuse(
                "out-of-order",
                format!("“{}” is not possible: measure {id} is {}.", step.kind, now.is.word()),
            );
        }
    }
    if writes.is_empty() {
        refuse("out-of-order", format!("“{}” is not possible for any measure.", step.kind))
    } else {
        Ok(writes)
    }
}

/// Whether somebody declared `value` on a subject and nobody has replaced it.
fn stands(before: &Registers, subject: &str, value: &str) -> bool {
    before.declared(subject).any(|entry| entry.value == value)
}

/// A matter of its own, opened by one act and answered by another: questions, costs, consents.
fn answer(before: &Registers, step: &Step<'_>, matter: &str, open: &str, to: &str) -> Result<Vec<Write>, NoEffect> {
    let act: ActId = required(step, "act")?;
    let subject = format!("{matter}/{act}");
    if !stands(before, &subject, open) {
        return refuse("out-of-order", format!("“{}” answers nothing that is open.", step.kind));
    }
    Ok(vec![Write::declare(subject, to)])
}

pub(super) fn judge(before: &Registers, step: &Step<'_>) -> Result<Vec<Write>, NoEffect> {
    if step.opening {
        return submit(step);
    }
    let reports = [
        "acknowledge",
        "correct",
        "consult",
        "progress",
        "execute",
        "transmit",
        "receive",
        "return-originals",
        "originals-received",
    ];
    let afterwards =
        ["ask-use-consent", "give-use-consent", "decline-use-consent", "agree-costs", "decline-costs", "raise-costs"];
    let always = reports.contains(&step.kind) || afterwards.contains(&step.kind);
    if stands(before, "docket", "closed") && !always {
        return refuse("closed", "The matter is closed; reports of fact, costs and consents are still possible.");
    }
    let own = |matter: &str, value: &str| Ok(vec![Write::declare(format!("{matter}/{}", step.id), value)]);
    use Is::{Accepted, Agreed, Declined, Offered, Postponed, Refused, Withdrawn};
    match step.kind {
        "submit" => refuse("out-of-order", "The request was submitted already."),
        "acknowledge" => Ok(vec![Write::report("acknowledged", json!({}))]),
        "not-competent" => {
            let to: Option<AuthorityId> = fact(step, "forwarded-to")?;
            Ok(vec![Write::declare("competence", json!({"forwarded-to": to}))])
        }
        "ask" => {
            let (ids, _) = named(before, step)?;
            let withdrawn = |id: &String| standing::of(before, id).is_some_and(|(now, _)| now.is == Withdrawn);
            if ids.iter().all(withdrawn) {
                return refuse("out-of-order", "Every measure in question is withdrawn.");
            }
            own("question", "open")
        }
        "supplement" => supplement(before, step),
        "correct" => {
            let act: ActId = required(step, "act")?;
            Ok(vec![Write::report(format!("correction/{act}"), json!({}))])
        }
        "consult" | "progress" => named(before, step).map(|_| vec![]),
        "offer-conditions" => {
            let offered = |_: &Standing| Standing { offer: Some(step.id), ..Standing::plain(Offered) };
            turn(before, step, &[Is::Asked, Accepted, Postponed, Declined], offered)
        }
        "agree-conditions" => offer(before, step, Agreed),
        "decline-conditions" => offer(before, step, Declined),
        "cannot-keep-confidential" => Ok(vec![Write::declare("confidentiality", "cannot-be-kept")]),
        "maintain" if stands(before, "confidentiality", "cannot-be-kept") => {
            Ok(vec![Write::declare("confidentiality", "maintained-all-the-same")])
        }
        "maintain" => refuse("out-of-order", "Nobody said that the request cannot be kept confidential."),
        "accept" => {
            let from = [Is::Asked, Offered, Agreed, Declined, Postponed, Refused];
            turn(before, step, &from, |now| Standing {
                offer: now.offer.filter(|_| now.is == Agreed),
                ..Standing::plain(Accepted)
            })
        }
        "postpone" => {
            word(step, &required::<String>(step, "reason")?)?;
            fact::<Date>(step, "until")?;
            let postponed = |now: &Standing| Standing { was: Some(now.is), is: Postponed, ..now.clone() };
            turn(before, step, &[Is::Asked, Accepted, Agreed], postponed)
        }
        "resume" => turn(before, step, &[Postponed], |now| Standing {
            is: now.was.unwrap_or(Is::Asked),
            was: None,
            ..now.clone()
        }),
        "refuse" => {
            let grounds: Vec<String> = required(step, "grounds")?;
            if grounds.is_empty() {
                return malformed(step, "a refusal names no ground");
            }
            let refused = |_: &Standing| Standing { grounds: grounds.clone(), ..Standing::plain(Refused) };
            turn(before, step, &[Is::Asked, Accepted, Offered, Agreed, Declined, Postponed], refused)
        }
        "execute" => {
            let (ids, _) = named(before, step)?;
            let complete: bool = required(step, "complete")?;
            Ok(ids
                .iter()
                .map(|id| Write::report(format!("measure/{id}/execution"), json!({"complete": complete})))
                .collect())
        }
        "transmit" => transmit(before, step),
        "receive" => {
            let act: ActId = required(step, "act")?;
            if before.reported(&format!("transmission/{act}")).next().is_none() {
                return refuse("out-of-order", "Nothing was transmitted by that act.");
            }
            Ok(vec![Write::report(format!("reception/{act}"), json!({}))])
        }
        "raise-costs" => own("costs", "raised"),
        "agree-costs" => answer(before, step, "costs", "raised", "agreed"),
        "decline-costs" => answer(before, step, "costs", "raised", "declined"),
        "ask-use-consent" => {
            let act: ActId = required(step, "act")?;
            if before.reported(&format!("transmission/{act}")).next().is_none() {
                return refuse("out-of-order", "Nothing was transmitted by that act.");
            }
            own("consent", "asked")
        }
        "give-use-consent" => answer(before, step, "consent", "asked", "given"),
        "decline-use-consent" => answer(before, step, "consent", "asked", "declined"),
        "return-originals" => originals(before, step, "transmission", "returned"),
        "originals-received" => originals(before, step, "returned", "back"),
        "withdraw" => turn(before, step, &[Is::Asked, Accepted, Postponed, Refused, Offered, Agreed, Declined], |_| {
            Standing::plain(Withdrawn)
        }),
        "close" => close(before),
        _ => refuse("unknown-kind", format!("assistance/1 knows no act “{}”.", step.kind)),
    }
}

fn submit(step: &Step<'_>) -> Result<Vec<Write>, NoEffect> {
    if step.kind != "submit" {
        return refuse("out-of-order", "A request begins with “submit”.");
    }
    let mut roles: Vec<&str> = step.parties.iter().map(|party| party.role.as_str()).collect();
    roles.sort_unstable();
    if roles != [REQUESTED, REQUESTING] {
        return refuse("malformed-facts", "A request has one requesting and one requested party.");
    }
    let submission: Submission = serde_json::from_value(Value::Object(step.facts.clone()))
        .or_else(|error| malformed(step, &error.to_string()))?;
    if submission.measures.is_empty() || !submission.measures.is_sorted_by(|a, b| a.id < b.id) {
        return malformed(step, "measures are not sorted by id, or there are none");
    }
    let mut writes = vec![Write::declare("docket", "open")];
    for measure in submission.measures {
        word(step, &measure.id)?;
        word(step, &measure.kind)?;
        writes.push(Write::declare(format!("measure/{}/kind", measure.id), measure.kind));
        writes.push(Write::declare(standing::subject(&measure.id), Standing::plain(Is::Asked).value()));
    }
    Ok(writes)
}

fn supplement(before: &Registers, step: &Step<'_>) -> Result<Vec<Write>, NoEffect> {
    let answers: Vec<ActId> = fact(step, "answers")?.unwrap_or_default();
    let mut writes = Vec::new();
    for question in answers {
        let subject = format!("question/{question}");
        if !stands(before, &subject, "open") {
            return refuse("out-of-order", format!("There is no open question {}.", question.short()));
        }
        writes.push(Write::declare(subject, "answered"));
    }
    // Where the measures stand is said again, so that a decision that crossed the supplement can be seen to have crossed it.
    for id in named(before, step)?.0 {
        match standing::of(before, &id) {
            Some((now, _)) if now.is != Is::Withdrawn => {
                writes.push(Write::declare(standing::subject(&id), now.value()))
            }
            _ => {}
        }
    }
    if writes.is_empty() { refuse("out-of-order", "Every measure is withdrawn.") } else { Ok(writes) }
}

fn offer(before: &Registers, step: &Step<'_>, to: Is) -> Result<Vec<Write>, NoEffect> {
    let offer: ActId = required(step, "act")?;
    let open = |id: &String| {
        standing::of(before, id).is_some_and(|(now, _)| now.is == Is::Offered && now.offer == Some(offer))
    };
    let answered = Standing { offer: Some(offer), ..Standing::plain(to) }.value();
    let writes: Vec<Write> = measures(before)
        .iter()
        .filter(|id| open(id))
        .map(|id| Write::declare(standing::subject(id), answered.clone()))
        .collect();
    if writes.is_empty() { refuse("out-of-order", "That offer is not open.") } else { Ok(writes) }
}

fn transmit(before: &Registers, step: &Step<'_>) -> Result<Vec<Write>, NoEffect> {
    let (ids, _) = named(before, step)?;
    let manifest: Digest = required(step, "manifest")?;
    let originals = fact::<bool>(step, "originals")?.unwrap_or(false);
    let of = json!({"measures": ids, "manifest": manifest, "originals": originals});
    let mut writes = vec![Write::report(format!("transmission/{}", step.id), of)];
    writes.extend(ids.iter().map(|id| Write::report(format!("measure/{id}/transmitted"), json!({}))));
    Ok(writes)
}

fn originals(before: &Registers, step: &Step<'_>, from: &str, to: &str) -> Result<Vec<Write>, NoEffect> {
    let act: ActId = required(step, "act")?;
    let sent = before
        .reported(&format!("{from}/{act}"))
        .any(|entry| entry.value.get("originals") != Some(&Value::Bool(false)));
    if !sent {
        return refuse("out-of-order", "There are no originals on that way.");
    }
    Ok(vec![Write::report(format!("{to}/{act}"), json!({}))])
}

fn close(before: &Registers) -> Result<Vec<Write>, NoEffect> {
    let complete =
        |id: &str| before.reported(&format!("measure/{id}/execution")).any(|e| e.value == json!({"complete": true}));
    let settled = |id: &String| {
        complete(id) || standing::of(before, id).is_some_and(|(now, _)| matches!(now.is, Is::Refused | Is::Withdrawn))
    };
    let not_competent = before.declared("competence").next().is_some();
    match measures(before).iter().find(|id| !settled(id)) {
        Some(open) if !not_competent => {
            refuse("out-of-order", format!("Measure {open} is neither executed, refused nor withdrawn."))
        }
        _ => Ok(vec![Write::declare("docket", "closed")]),
    }
}
