//! What stops a request, and on which provision: always the one that binds the pair.

use std::collections::BTreeSet;
use std::path::Path;

use forms::{Asked, Draft, Form, Missing, check};
use serde_json::{Value, json};
use terms::Citation;

fn form() -> Form {
    Form::assistance_request().expect("the embedded form is sound")
}

/// What the law asks from Ghana to Spain: the 1988 Convention with its own paragraphs.
fn ghana_to_spain() -> Vec<Asked> {
    let rules = [
        ("req.authority", "7(10)(a)"),
        ("req.subject", "7(10)(b)"),
        ("req.conducting-authority", "7(10)(b)"),
        ("req.facts", "7(10)(c)"),
        ("req.assistance", "7(10)(d)"),
        ("req.persons", "7(10)(e)"),
        ("req.purpose", "7(10)(f)"),
    ];
    let mut asked: Vec<Asked> = rules.map(|(id, place)| Asked::new(id, Citation::new("un1988", place), true)).into();
    asked.push(Asked::new("req.procedure", Citation::new("un1988", "7(10)(d)"), true).if_wanted());
    asked
}

/// What the law asks from Spain to Morocco: the treaty of 2009, of which the articles on content are unread.
fn spain_to_morocco() -> Vec<Asked> {
    ["req.authority", "req.subject", "req.facts", "req.assistance", "req.purpose", "req.persons"]
        .map(|id| Asked::new(id, Citation::new("es-ma-mla-2009", "[content of requests]"), false))
        .into()
}

fn whole() -> Value {
    json!({
        "addressee": {"authority": "es.moj"},
        "authority": {"name": "Office of the Attorney-General, Accra"},
        "proceedings": {"subject": "Traffic of cocaine; investigation", "conducted_by": "State Attorney, prosecutions"},
        "persons": [{"family_name": "Doe", "nationality": "GH"}],
        "facts": {"summary": "On 3 March a consignment was seized."},
        "measures": [{"kind": "bank-records", "bank": {"not_known": "only the account number is known"},
            "account": "ES00 0000", "period": "2026-01 to 2026-03", "kinds": ["statements"], "relevance": "paid the carrier"}],
        "assistance": "Statements of the account",
        "purpose": "Evidence at trial",
        "language": {"source": "en"}
    })
}

fn without(paths: &[&str]) -> Draft {
    let mut body = whole();
    for path in paths {
        let (parent, name) = path.rsplit_once('/').expect("a pointer");
        let parent = body.pointer_mut(parent).expect("there").as_object_mut().expect("an object");
        parent.remove(name).expect("was there");
    }
    Draft::new(body)
}

fn missing(draft: &Draft, asked: &[Asked]) -> Vec<Missing> {
    check(&form(), draft, asked).expect_err("the draft is incomplete")
}

#[test]
fn a_whole_request_is_complete_and_remembers_what_it_was_measured_against() {
    let complete = check(&form(), &Draft::new(whole()), &ghana_to_spain()).expect("complete");
    assert_eq!((complete.form(), complete.answers().len()), (("assistance-request", 1), 8));
    assert_eq!(complete.body(), &whole());
}

#[test]
fn ghana_to_spain_without_purpose_and_investigating_authority_is_stopped_by_7_10_b_and_f() {
    let draft = without(&["/purpose", "/proceedings/conducted_by"]);
    let cited: Vec<String> = missing(&draft, &ghana_to_spain())
        .into_iter()
        .filter_map(|m| m.refusal.citation)
        .map(|c| c.to_string())
        .collect();
    assert_eq!(cited, ["un1988 art 7(10)(b)", "un1988 art 7(10)(f)"]);
}

#[test]
fn spain_to_morocco_is_never_stopped_by_the_1988_convention_and_says_that_the_article_is_unconfirmed() {
    for (name, _) in whole().as_object().expect("an object") {
        for m in missing_or_none(&without(&[&format!("/{name}")]), &spain_to_morocco()) {
            if let Some(citation) = &m.refusal.citation {
                assert_eq!(citation.instrument, "es-ma-mla-2009");
                assert!(m.refusal.sentence.ends_with("The provision is unconfirmed."), "{}", m.refusal);
            }
        }
    }
    let purpose = missing(&without(&["/purpose"]), &spain_to_morocco());
    assert_eq!(
        purpose[0].refusal.to_string(),
        "forms.missing: “Purpose for which the evidence, information or action is sought” is not stated. The provision is unconfirmed. (es-ma-mla-2009 art [content of requests]) State it."
    );
}

fn missing_or_none(draft: &Draft, asked: &[Asked]) -> Vec<Missing> {
    check(&form(), draft, asked).err().unwrap_or_default()
}

#[test]
fn every_top_entry_of_the_whole_request_is_needed() {
    for (name, _) in whole().as_object().expect("an object") {
        assert!(
            check(&form(), &without(&[&format!("/{name}")]), &ghana_to_spain()).is_err(),
            "{name} must be asked for"
        );
    }
}

#[test]
fn not_known_is_an_answer_only_where_the_law_says_where_possible() {
    let unknown = json!({"not_known": "he fled before he was identified"});
    for (path, complete) in [("/persons", true), ("/purpose", false), ("/assistance", false)] {
        let mut body = whole();
        *body.pointer_mut(path).expect("there") = unknown.clone();
        assert_eq!(check(&form(), &Draft::new(body), &ghana_to_spain()).is_ok(), complete, "{path}");
    }
    let mut body = whole();
    body["persons"] = json!({"not_known": " "});
    assert!(check(&form(), &Draft::new(body), &ghana_to_spain()).is_err(), "not known needs a reason");
}

#[test]
fn what_is_blank_is_not_stated() {
    for blank in [json!(null), json!(""), json!("  "), json!([]), json!([""]), json!({}), json!({"a": ""})] {
        let mut body = whole();
        body["purpose"] = blank.clone();
        assert!(check(&form(), &Draft::new(body), &ghana_to_spain()).is_err(), "{blank} states nothing");
    }
}

#[test]
fn each_measure_asks_for_its_own_fields_in_its_own_place() {
    let measures = [
        ("bank-records", json!({}), vec!["bank", "account", "period", "kinds", "relevance"]),
        ("search-and-seizure", json!({}), vec!["place", "items", "relevance"]),
        ("statement", json!({}), vec!["person", "status", "questions"]),
        ("service-of-documents", json!({}), vec!["documents", "addressee"]),
    ];
    for (kind, mut measure, fields) in measures {
        measure["kind"] = json!(kind);
        let mut body = whole();
        body["measures"].as_array_mut().expect("a list").push(measure);
        let found: Vec<String> = missing(&Draft::new(body), &ghana_to_spain()).into_iter().map(|m| m.path).collect();
        let expected: Vec<String> = fields.iter().map(|field| format!("/measures/1/{field}")).collect();
        assert_eq!(found, expected, "{kind}");
    }
}

#[test]
fn a_measure_that_the_form_does_not_know_stops_the_request() {
    for wrong in [json!({"kind": "tarot"}), json!({}), json!({"kind": 7})] {
        let mut body = whole();
        body["measures"] = json!([wrong]);
        assert_eq!(missing(&Draft::new(body), &ghana_to_spain())[0].refusal.code, "forms.unknown-measure");
    }
}

#[test]
fn urgency_needs_reason_day_and_consequence() {
    let mut body = whole();
    body["urgency"] = json!({"urgent": true, "reason": "custody ends"});
    let found: Vec<String> = missing(&Draft::new(body), &ghana_to_spain()).into_iter().map(|m| m.path).collect();
    assert_eq!(found, ["/urgency/latest", "/urgency/consequence"]);
}

#[test]
fn a_requirement_without_a_field_is_reported_and_not_passed_over() {
    let mut asked = ghana_to_spain();
    asked.push(Asked::new("req.horoscope", Citation::new("un1988", "7(10)"), true));
    assert_eq!(missing(&Draft::new(whole()), &asked)[0].refusal.code, "forms.no-field");
}

#[test]
fn every_requirement_of_the_law_base_for_assistance_has_a_field() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../law");
    let form = form();
    let mut asked = BTreeSet::new();
    for folder in ["instruments", "declarations", ""] {
        for entry in std::fs::read_dir(root.join(folder)).expect("law/ is there") {
            let path = entry.expect("readable").path();
            if path.extension().is_none_or(|e| e != "toml") {
                continue;
            }
            let file: toml::Table = std::fs::read_to_string(&path).expect("readable").parse().expect("TOML");
            for table in ["requirement", "core"] {
                for rule in file.get(table).and_then(|t| t.as_array()).into_iter().flatten() {
                    let forms = rule.get("forms").and_then(|f| f.as_array());
                    // What is asked only for a measure that the form cannot name cannot be asked of it.
                    let only = rule.get("measures").and_then(|m| m.as_array());
                    let known = |m: &toml::Value| form.measures.iter().any(|held| Some(held.as_str()) == m.as_str());
                    if only.is_some_and(|only| !only.iter().any(known)) {
                        continue;
                    }
                    if forms.is_none_or(|forms| forms.iter().any(|f| f.as_str() == Some("assistance"))) {
                        asked.extend(rule.get("id").and_then(|id| id.as_str()).map(str::to_owned));
                    }
                }
            }
            for rule in file.get("declaration").and_then(|t| t.as_array()).into_iter().flatten() {
                asked.extend(rule.get("requirement").and_then(|id| id.as_str()).map(str::to_owned));
            }
        }
    }
    let held: BTreeSet<&str> = form.fields().filter_map(|f| f.requirement.as_deref()).collect();
    let lost: Vec<&String> = asked.iter().filter(|id| !held.contains(id.as_str())).collect();
    assert!(asked.len() >= 10 && lost.is_empty(), "no field for {lost:?}");
    let idle: Vec<&&str> = held.iter().filter(|id| !asked.contains(**id)).collect();
    assert!(idle.is_empty(), "no instrument asks for {idle:?}");
}

#[test]
fn a_form_that_does_not_hang_together_is_refused() {
    let sound = "id = \"f\"\nedition = 1\ntitle = \"t\"\nmeasures = []\n[[section]]\nid = \"s\"\ntitle = \"t\"\n[[section.field]]\npath = \"/a\"\nlabel = \"l\"\nkind = \"text\"\nneed = \"law\"\nrequirement = \"req.a\"\n";
    assert!(Form::parse(sound).is_ok());
    let field = "[[section.field]]\npath = \"/a\"\nlabel = \"l\"\nkind = \"text\"\nneed = \"form\"\n";
    for wrong in [
        sound.replace("\"/a\"", "\"a\""),
        sound.replace("requirement = \"req.a\"\n", ""),
        sound.replace("req.a", "7(10)(f)"),
        format!("{sound}measure = \"tarot\"\n"),
        format!("{sound}colour = \"red\"\n"),
        format!("{sound}{field}"),
    ] {
        assert!(Form::parse(&wrong).is_err(), "must be refused:\n{wrong}");
    }
}
