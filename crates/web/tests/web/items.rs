//! Physical items through the door: a seizure, what is refused, and who may.

use serde_json::{Value, json};

use crate::world::{Program, asked, two};

#[tokio::test]
async fn a_seizure_is_entered_sampled_and_shown_with_its_history() {
    let (es, ma) = two();
    let docket = asked(&es, &ma).to_string();
    let api = web::api(es.node.clone());
    let officer = Program { router: &api, token: Some(&es.tokens["officer"]) };
    let said = json!({"who": "Inspector 4711", "where": "Algeciras", "why": "seizure", "authority": "order 12/2026"});
    let new = json!({"what": "a taped block", "substance": "cocaine", "drug": {"markings": "a <b>star</b>"}, "came": "seized", "weight": "1.0 kg", "seals": ["A-1"], "said": said});
    let items = format!("/dockets/{docket}/items");
    let entered = officer.post(&items, &new).await;
    assert_eq!(entered.status, 201, "{}", entered.text());
    let item = entered.json();
    assert_eq!((&item["state"], &item["seals"], &item["weight"]), (&json!("kept"), &json!(["A-1"]), &json!("1.0 kg")));
    let at = format!("/items/{}", item["id"].as_str().expect("an id"));
    let does = async |done: Value| {
        let step = json!({"done": done, "said": said});
        officer.post(&format!("{at}/handle"), &step).await
    };
    let refused = does(json!({"kind": "opened", "seals": ["A-2"]})).await;
    assert_eq!(refused.problem(), (422, "node.item-history".to_owned()));
    assert_eq!(does(json!({"kind": "opened", "seals": ["A-1"]})).await.status, 200);
    let parts = |rest: &str| json!([{"what": "sample", "weight": "5 g"}, {"what": "the rest", "weight": rest}]);
    let much = does(json!({"kind": "split", "parts": parts("996 g")})).await;
    assert_eq!(much.problem(), (422, "node.item-split".to_owned()));
    let split = does(json!({"kind": "split", "parts": parts("995 g")})).await.json();
    assert_eq!((split["item"]["state"].as_str(), split["parts"].as_array().map(Vec::len)), (Some("split"), Some(2)));
    assert_eq!(does(json!({"kind": "eaten"})).await.problem().0, 400, "no such handling");
    let found = officer.get(&at).await.json();
    assert_eq!(found["custody"]["verdict"], "matches");
    assert_eq!(found["custody"]["entries"][3]["facts"]["loss"], "0 kg");
    assert_eq!(officer.get(&items).await.json()["items"].as_array().map(Vec::len), Some(3));
    let held = does(json!({"kind": "held"})).await;
    assert_eq!(held.problem(), (422, "node.item-history".to_owned()), "it was split");
    let auditor = Program { router: &api, token: Some(&es.tokens["auditor"]) };
    assert!(auditor.get(&items).await.json()["items"][0].get("what").is_none());
    assert_eq!(auditor.get(&at).await.problem(), (403, "node.not-yours".to_owned()));
}
