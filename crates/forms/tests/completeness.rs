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
        ("account-monitoring", json!({}), vec!["account", "period", "relevance"]),
        ("video-hearing", json!({}), vec!["person", "status", "reason", "conducted_by"]),
        ("temporary-transfer", json!({}), vec!["person", "reason", "period"]),
        ("data-preservation", json!({}), vec!["data", "necessity"]),
        ("interception", json!({}), vec!["target", "order", "period", "reason"]),
        ("controlled-delivery", json!({}), vec!["goods", "route", "command"]),
        ("covert-investigation", json!({}), vec!["conduct", "period", "direction"]),
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

/// A requirement of the law base: its id, and the measures to which it is limited, if it is.
type Required = (String, Vec<String>);

fn words(rule: &toml::Value, name: &str) -> Option<Vec<String>> {
    let all = rule.get(name)?.as_array()?.iter();
    Some(all.filter_map(|word| word.as_str().map(str::to_owned)).collect())
}

/// The files of the law base that ask something.
fn files() -> Vec<toml::Table> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../law");
    let in_folder = |folder: &str| std::fs::read_dir(root.join(folder)).expect("law/ is there");
    let paths = ["instruments", "declarations", ""]
        .into_iter()
        .flat_map(in_folder)
        .map(|entry| entry.expect("readable").path());
    let tables = paths.filter(|path| path.extension().is_some_and(|ending| ending == "toml"));
    tables.map(|path| std::fs::read_to_string(&path).expect("readable").parse().expect("TOML")).collect()
}

/// What the law base asks of a request for assistance.
fn required() -> BTreeSet<Required> {
    let mut asked = BTreeSet::new();
    for file in files() {
        for (table, member) in [("requirement", "id"), ("core", "id"), ("declaration", "requirement")] {
            for rule in file.get(table).and_then(|t| t.as_array()).into_iter().flatten() {
                let of_assistance =
                    words(rule, "forms").is_none_or(|forms| forms.iter().any(|form| form == "assistance"));
                if let Some(id) = rule.get(member).and_then(|id| id.as_str()).filter(|_| of_assistance) {
                    asked.insert((id.to_owned(), words(rule, "measures").unwrap_or_default()));
                }
            }
        }
    }
    asked
}

#[test]
fn every_requirement_of_the_law_base_for_assistance_has_a_field_in_each_measure_that_it_concerns() {
    let (form, asked) = (form(), required());
    let answers = |id: &str, measure: Option<&str>| {
        form.fields().any(|field| {
            field.requirement.as_deref() == Some(id) && (field.measure.is_none() || field.measure.as_deref() == measure)
        })
    };
    let lost: Vec<&Required> = asked
        .iter()
        .filter(|(id, measures)| match measures.as_slice() {
            [] => form.fields().all(|field| field.requirement.as_ref() != Some(id)),
            some => some.iter().any(|measure| !answers(id, Some(measure))),
        })
        .collect();
    assert!(asked.len() >= 10 && lost.is_empty(), "no field for {lost:?}");
    let held: BTreeSet<&str> = form.fields().filter_map(|f| f.requirement.as_deref()).collect();
    let idle: Vec<&&str> = held.iter().filter(|id| asked.iter().all(|(asked, _)| asked != **id)).collect();
    assert!(idle.is_empty(), "no instrument asks for {idle:?}");
}

#[test]
fn every_measure_of_which_the_law_base_speaks_can_be_asked_for() {
    let form = form();
    let mut spoken = BTreeSet::new();
    for file in files() {
        for rule in file.values().filter_map(|table| table.as_array()).flatten() {
            spoken.extend(["measures", "except_measures"].into_iter().filter_map(|name| words(rule, name)).flatten());
        }
    }
    let lost: Vec<&String> = spoken.iter().filter(|one| !form.measures.contains(one)).collect();
    assert!(lost.is_empty(), "the form does not know {lost:?}");
    for measure in &form.measures {
        assert!(spoken.contains(measure), "no rule of the law base speaks of {measure}");
        let fields = form.fields().filter(|field| field.measure.as_ref() == Some(measure)).count();
        assert!(fields >= 2, "{measure} has no fields of its own");
    }
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
