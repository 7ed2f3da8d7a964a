//! A request from its first word to its closing, on two nodes.

use node::{NewDraft, Trouble};
use serde_json::json;

use crate::world::{Side, code, request, request_body, settle, two};

#[test]
fn spain_asks_morocco_and_both_see_the_same_at_every_step() {
    let (es, ma) = two();
    let sent = es.says(request(&es, &ma, request_body())).expect("sent");
    let docket = sent.docket;
    assert!(!es.delivered(&docket, "submit"), "nothing is delivered before a receipt is held");
    settle(&[&es, &ma]);
    assert!(es.delivered(&docket, "submit"));

    let step = |side: &Side, kind: &str, facts: serde_json::Value| {
        let sent = side.act(&docket, kind, facts).expect(kind);
        settle(&[&es, &ma]);
        assert!(side.delivered(&docket, kind), "{kind}");
        assert_eq!(es.kinds(&docket), ma.kinds(&docket), "{kind}");
        assert_eq!(es.standing(&docket), ma.standing(&docket), "{kind}");
        sent.act
    };
    step(&ma, "acknowledge", json!({}));
    let question = step(&ma, "ask", json!({"measures": ["m1"]}));
    assert!(es.standing(&docket).contains("1 question open"), "{}", es.standing(&docket));
    step(&es, "supplement", json!({"measures": ["m1"], "answers": [question]}));
    step(&ma, "accept", json!({"measures": ["m1"]}));
    assert_eq!(es.standing(&docket), "accepted");
    step(&ma, "execute", json!({"measures": ["m1"], "complete": true}));
    step(&es, "close", json!({}));
    assert_eq!(ma.standing(&docket), "closed");

    // The body of the request is on both sides, and readable there for those who may.
    let page = ma.node.docket_page(&ma.officer, "reading", &docket, 0, 1).expect("the page");
    let body = serde_json::to_value(&page.acts[0].body).expect("a body");
    assert_eq!(body["says"]["purpose"], "Evidence at trial");
    let page = ma.node.docket_page(&ma.operator, "looking", &docket, 0, 1).expect("the page");
    assert_eq!(serde_json::to_value(&page.acts[0].body).expect("a body"), json!({"is": "withheld"}));
    // The ruling behind it names the treaty of 2009, not the paragraphs that it displaces.
    let ruling = page.ruling.expect("a ruling");
    assert_eq!(ruling.bases.first().map(|basis| basis.instrument.as_str()), Some("es-ma-mla-2009"));
}

#[test]
fn an_incomplete_request_is_stopped_with_the_provision_that_applies_to_the_pair() {
    let (es, ma) = two();
    let mut body = request_body();
    body.as_object_mut().expect("an object").remove("purpose");
    let draft = es.node.write_draft(&es.officer, "test", request(&es, &ma, body)).expect("kept");
    let Err(Trouble::Incomplete(missing)) = es.node.propose(&es.officer, &draft.id) else {
        panic!("a request without purpose cannot be proposed")
    };
    let cited: Vec<String> =
        missing.iter().filter_map(|one| one.refusal.citation.as_ref()).map(|c| c.instrument.clone()).collect();
    assert_eq!(cited, ["es-ma-mla-2009"], "never the 1988 Convention for a pair that a treaty binds");
    assert_eq!(es.node.draft(&es.officer, &draft.id).expect("there").state, "writing", "and nothing is lost");
}

#[test]
fn nothing_leaves_without_the_approvals_of_others_on_the_very_words() {
    let (es, ma) = two();
    let draft = es.node.write_draft(&es.officer, "test", request(&es, &ma, request_body())).expect("kept");
    assert_eq!(code(es.node.send(&es.officer, &draft.id, "test")), "node.not-approved");
    let proposed = es.node.propose(&es.officer, &draft.id).expect("complete");
    assert_eq!(code(es.node.send(&es.officer, &draft.id, "test")), "node.not-approved");
    let mut both = es.officer.clone();
    both.roles.extend(&es.approver.roles);
    assert_eq!(code(es.node.approve(&both, &draft.id, &proposed.approved_digest)), "node.same-person");
    es.node.approve(&es.approver, &draft.id, &proposed.approved_digest).expect("approved");

    // The author changes a word: what was approved counts no more.
    let mut other = request_body();
    other["purpose"] = "Something else".into();
    let again = es.node.rewrite_draft(&es.officer, &draft.id, proposed.version, request(&es, &ma, other));
    let again = match again {
        Ok(again) => again,
        Err(_) => {
            let now = es.node.draft(&es.officer, &draft.id).expect("there");
            let mut other = request_body();
            other["purpose"] = "Something else".into();
            es.node.rewrite_draft(&es.officer, &draft.id, now.version, request(&es, &ma, other)).expect("rewritten")
        }
    };
    assert_eq!(again.state, "writing");
    let proposed = es.node.propose(&es.officer, &draft.id).expect("complete");
    assert!(proposed.approvals.is_empty());
    assert_eq!(code(es.node.send(&es.officer, &draft.id, "test")), "node.not-approved");
    let stale = terms::Digest::new([9; 32]);
    assert_eq!(code(es.node.approve(&es.approver, &draft.id, &stale)), "node.changed");
    es.node.approve(&es.approver, &draft.id, &proposed.approved_digest).expect("approved");
    let sent = es.node.send(&es.officer, &draft.id, "test").expect("sent");
    let repeated = es.node.send(&es.officer, &draft.id, "test").expect("the answer that was lost");
    assert_eq!((sent.act, sent.docket), (repeated.act, repeated.docket), "sending twice sends once");
    settle(&[&es, &ma]);
    assert_eq!(ma.kinds(&sent.docket), ["submit"]);
}

#[test]
fn a_draft_that_others_overtook_is_shown_again_and_one_that_would_do_nothing_is_not_proposed() {
    let (es, ma) = two();
    let docket = es.says(request(&es, &ma, request_body())).expect("sent").docket;
    settle(&[&es, &ma]);
    let withdraw = NewDraft {
        docket: Some(docket),
        kind: "withdraw".to_owned(),
        body: Some(json!({"text": "no longer needed"})),
        ..NewDraft::default()
    };
    let draft = es.node.write_draft(&es.officer, "test", withdraw).expect("kept");
    let draft = es.node.propose(&es.officer, &draft.id).expect("proposed");
    es.approved(&draft).expect("approved");
    ma.act(&docket, "accept", json!({})).expect("accepted");
    settle(&[&es, &ma]);
    assert_eq!(code(es.node.send(&es.officer, &draft.id, "test")), "node.moved");
    let draft = es.node.propose(&es.officer, &draft.id).expect("proposed again");
    es.approved(&draft).expect("approved again");
    es.node.send(&es.officer, &draft.id, "test").expect("sent");
    settle(&[&es, &ma]);
    assert_eq!(ma.standing(&docket), "withdrawn");

    assert_eq!(code(ma.act(&docket, "accept", json!({}))), "node.no-effect", "what is withdrawn is not accepted");
    assert_eq!(code(ma.act(&docket, "withdraw", json!({}))), "node.no-effect", "that is not for the requested side");
    assert_eq!(code(ma.act(&docket, "dance", json!({}))), "node.unknown-kind");
    assert_eq!(code(ma.act(&docket, "refuse", json!({"grounds": []}))), "node.no-effect");
}

#[test]
fn a_third_authority_takes_part_in_a_consultation_and_reads_it_whole() {
    let (es, ma) = two();
    let fr = Side::found("fr.moj");
    for (a, b) in [(&es, &fr), (&ma, &fr), (&fr, &es), (&fr, &ma)] {
        a.knows(b);
    }
    let party = |side: &Side, role: &str| docket::Party { authority: side.name(), role: role.to_owned() };
    let opened = es.says(NewDraft {
        open: Some(node::NewDocket {
            procedure: "consultation/1".to_owned(),
            parties: vec![party(&es, "convener"), party(&ma, "participant")],
        }),
        kind: "open".to_owned(),
        body: Some(json!({"text": "a joint day of action"})),
        ..NewDraft::default()
    });
    let docket = opened.expect("opened").docket;
    settle(&[&es, &ma, &fr]);
    ma.act(&docket, "join", json!({})).expect("joined");
    settle(&[&es, &ma, &fr]);
    es.says(NewDraft {
        docket: Some(docket),
        kind: "invite".to_owned(),
        introduces: vec![party(&fr, "participant")],
        body: Some(json!({"text": "France joins us"})),
        ..NewDraft::default()
    })
    .expect("invited");
    settle(&[&es, &ma, &fr]);
    assert_eq!(fr.kinds(&docket), ["open", "join", "invite"], "a newcomer receives the whole graph");
    fr.act(&docket, "join", json!({})).expect("joined");
    fr.act(&docket, "say", json!({})).expect("said");
    settle(&[&es, &ma, &fr]);
    assert_eq!(es.kinds(&docket), fr.kinds(&docket));
    assert_eq!(ma.kinds(&docket), fr.kinds(&docket));
    assert!(fr.delivered(&docket, "say"), "to both others");
}
