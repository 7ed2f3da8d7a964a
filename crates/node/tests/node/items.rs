//! Physical items: a seizure, its samples, what cannot have happened, and what a stranger finds in the export.

use evidence::custody::{Drug, Handling};
use evidence::{ItemId, Verdict};
use node::{Came, Done, ItemShown, ItemStep, NewItem};
use serde_json::{Value, json};
use terms::DocketId;

use crate::evidence::{about, go_on, opened, said, transmit};
use crate::world::{Side, code, settle};

fn seizure() -> NewItem {
    NewItem {
        what: "white powder in a taped block, marked with a star".to_owned(),
        substance: Some("cocaine hydrochloride".to_owned()),
        drug: Some(Drug {
            markings: Some("a star".to_owned()),
            gross: Some("1.1 kg".parse().expect("a weight")),
            ..Drug::default()
        }),
        came: Came::Seized,
        weight: Some("1.0000 kg".parse().expect("a weight")),
        seals: vec!["ES-002".parse().expect("a seal"), "ES-001".parse().expect("a seal")],
        at: None,
        said: said(),
    }
}

pub fn step(done: &Value) -> ItemStep {
    let done: Done = serde_json::from_value(done.clone()).expect("a handling");
    ItemStep { done, at: None, as_found: false, drug: None, said: said() }
}

pub fn does(side: &Side, item: ItemId, done: &Value) -> Result<(ItemShown, Vec<ItemShown>), node::Trouble> {
    side.node.handle_item(&side.officer, &item, step(done))
}

pub fn kinds(side: &Side, item: ItemId) -> Vec<String> {
    let (_, chain) = side.node.item(&side.officer, &item).expect("shown");
    assert_eq!((chain.verdict, chain.breaks.len()), (Verdict::Matches, 0), "{:?}", chain.breaks);
    chain.entries.into_iter().map(|entry| entry.kind).collect()
}

fn part(what: &str, weight: &str, seals: &[&str]) -> Value {
    json!({"what": what, "weight": weight, "seals": seals})
}

/// A sealed seizure of a kilogram, opened, and two samples drawn from it, with what remains.
pub fn sampled(es: &Side, docket: &DocketId) -> (ItemId, Vec<ItemShown>) {
    let item = es.node.enter_item(&es.officer, docket, seizure()).expect("entered").id;
    does(es, item, &json!({"kind": "opened", "seals": ["ES-001", "ES-002"]})).expect("opened");
    let parts = [
        part("sample 1", "5.00 g", &["ES-011"]),
        part("sample 2", "5.00 g", &["ES-012"]),
        part("the rest of the block", "989.9 g", &["ES-013"]),
    ];
    let (whole, parts) =
        does(es, item, &json!({"kind": "split", "parts": parts, "loss": "0.1 g"})).expect("what is there is divided");
    assert_eq!(whole.state, "split");
    (item, parts)
}

#[test]
fn a_seizure_is_sealed_opened_and_divided_into_samples_whose_histories_match() {
    let (es, _, docket) = opened();
    let (item, parts) = sampled(&es, &docket);
    assert_eq!(kinds(&es, item), ["seized", "sealed", "opened", "split"]);
    for sample in &parts {
        assert_eq!(kinds(&es, sample.id), ["separated", "sealed"]);
        assert_eq!((sample.substance.as_deref(), sample.seals.len()), (Some("cocaine hydrochloride"), 1));
    }
    let sample = parts.iter().find(|one| one.what.as_deref() == Some("sample 1")).expect("a part");
    does(&es, sample.id, &json!({"kind": "transmitted", "to": "ma.moj"})).expect("sent");
    does(&es, sample.id, &json!({"kind": "received", "seals": ["ES-011"], "weight": "5 g"})).expect("came back");
    let (shown, _) =
        does(&es, sample.id, &json!({"kind": "opened", "seals": ["ES-011"], "sealed": ["ES-021"]})).expect("seen");
    assert_eq!(shown.seals, ["ES-021".parse().expect("a seal")]);
    does(&es, sample.id, &json!({"kind": "destroyed"})).expect("destroyed");
    let all = ["separated", "sealed", "transmitted", "received", "opened", "sealed", "destroyed"];
    assert_eq!(kinds(&es, sample.id), all);
    let (rows, next) = es.node.items(&es.officer, &docket, 0, 10).expect("listed");
    assert_eq!((rows.len(), next, rows[0].id), (4, None, item));
    let (unseen, _) = es.node.items(&es.operator, &docket, 0, 10).expect("listed");
    assert!(unseen.iter().all(|row| row.what.is_none() && row.substance.is_none()), "what a thing is may be personal");
    let trail = es.node.trail(&es.auditor, 0, 1000).expect("the trail");
    assert!(trail.entries.iter().any(|entry| entry.what == format!("entered that item {item} was split")));
}

#[test]
fn what_cannot_have_happened_is_refused_and_nothing_is_entered() {
    let (es, _, docket) = opened();
    let item = es.node.enter_item(&es.officer, &docket, seizure()).expect("entered").id;
    let half = |weight: &str| part("half", weight, &[]);
    for (done, refused) in [
        (json!({"kind": "split", "parts": [half("500 g"), half("500 g")]}), "node.item-history"),
        (json!({"kind": "opened", "seals": ["ES-001", "ES-003"]}), "node.item-history"),
        (json!({"kind": "opened", "seals": ["ES-001"]}), "node.item-history"),
        (json!({"kind": "sealed", "seals": ["ES-009"]}), "node.item-history"),
        (json!({"kind": "sealed", "seals": []}), "node.item"),
        (json!({"kind": "opened", "seals": ["ES-001", "ES-001"]}), "node.item"),
        (json!({"kind": "weighed", "weight": "1.0001 kg"}), "node.item-history"),
        (json!({"kind": "split", "parts": [half("500 g"), half("500.0001 g")]}), "node.item-split"),
        (json!({"kind": "split", "parts": [half("500 g"), half("400 g")]}), "node.item-split"),
        (json!({"kind": "split", "parts": [half("1000 ml")]}), "node.item-split"),
        (json!({"kind": "split", "parts": [half("1 kg"), half("0 g")]}), "node.item"),
        (json!({"kind": "transmitted", "to": "es.moj"}), "node.item-history"),
        (json!({"kind": "received", "seals": ["ES-001", "ES-002"]}), "node.item-history"),
    ] {
        assert_eq!(code(does(&es, item, &done)), refused, "{done}");
    }
    let approver = es.node.handle_item(&es.approver, &item, step(&json!({"kind": "destroyed"})));
    assert_eq!(code(approver), "node.not-yours");
    assert_eq!(code(es.node.enter_item(&es.approver, &docket, seizure())), "node.not-yours");
    assert_eq!(code(es.node.item(&es.operator, &item)), "node.not-yours");
    let late = |at| ItemStep { at: Some(at), ..step(&json!({"kind": "destroyed"})) };
    for at in [es.node.now().plus_seconds(1), terms::Moment::from_unix(0).expect("a moment")] {
        assert_eq!(code(es.node.handle_item(&es.officer, &item, late(at))), "node.item-history");
    }
    let unknown = does(&es, ItemId::new([7; 16]), &json!({"kind": "destroyed"}));
    assert_eq!(code(unknown), "node.not-here");
    assert_eq!(kinds(&es, item), ["seized", "sealed"]);
    assert_eq!(
        es.node.items(&es.officer, &docket, 0, 10).expect("listed").0.len(),
        1,
        "no part of a refused split stays"
    );
}

#[test]
fn what_was_found_otherwise_is_entered_as_found_and_shows_for_good() {
    let (es, _, docket) = opened();
    let item = es.node.enter_item(&es.officer, &docket, seizure()).expect("entered").id;
    let found = ItemStep { as_found: true, ..step(&json!({"kind": "opened", "seals": ["ES-001", "ES-003"]})) };
    es.node.handle_item(&es.officer, &item, found).expect("entered as found");
    let through = ItemStep { as_found: true, ..step(&json!({"kind": "received"})) };
    assert_eq!(code(es.node.handle_item(&es.officer, &item, through)), "node.item-history", "only seals and weights");
    let (_, chain) = es.node.item(&es.officer, &item).expect("shown");
    assert_eq!((chain.verdict, chain.breaks.len()), (Verdict::DoesNotMatch, 1));
    assert!(chain.breaks[0].starts_with("entry 3: the seals are not those"), "{:?}", chain.breaks);
}

#[test]
fn a_stranger_checks_the_histories_of_items_in_the_export() {
    let (es, ma, docket) = opened();
    let (item, parts) = sampled(&es, &docket);
    let mut container = Vec::new();
    let wish = node::Wish { exhibits: false, items: true, said: said() };
    es.node.export(&es.officer, &docket, wish, &mut container).expect("exported");
    let card = |side: &Side| {
        let claimed = seal::SignedCard::parse(&side.node.own_card().0).expect("a card").claim().expect("a claim");
        let root = claimed.root_fingerprint();
        claimed.approve(&root).expect("approved")
    };
    let (cards, none) = ([card(&es), card(&ma)], seal::TimeRoots::new([]).expect("none"));
    let now = es.node.now().plus_seconds(60);
    let trust = evidence::verify::Trust { cards: &cards, time_roots: &none, proofs: None, now };
    let report = evidence::verify::container(&*container, &trust, &mut go_on).expect("read");
    let histories: Vec<String> = report.about(evidence::verify::Part::Custody).map(ToString::to_string).collect();
    for id in parts.iter().map(|part| part.id).chain([item]) {
        assert!(
            histories.iter().any(|one| one.contains(&format!("custody/{id}")) && one.contains("unbroken")),
            "{histories:#?}"
        );
    }
    let come_from = histories.iter().filter(|one| one.contains(&format!("comes from item {item}"))).count();
    assert_eq!(come_from, 3, "{histories:#?}");
    assert!(report.findings.iter().all(|one| one.verdict != Verdict::DoesNotMatch), "{:#?}", report.findings);

    let mut without = Vec::new();
    let wish = node::Wish { exhibits: false, items: false, said: said() };
    es.node.export(&es.officer, &docket, wish, &mut without).expect("exported");
    let report = evidence::verify::container(&*without, &trust, &mut go_on).expect("read");
    assert_eq!(report.about(evidence::verify::Part::Custody).count(), 0, "they go along only if that is wanted");
}

#[test]
fn an_item_is_shown_with_what_was_signed_of_it() {
    let (es, _, docket) = opened();
    let (item, parts) = sampled(&es, &docket);
    let (_, chain) = es.node.item(&es.officer, &item).expect("shown");
    let Some(Handling::Split { parts: signed, .. }) = &chain.entries[3].facts else { panic!("{:?}", chain.entries[3]) };
    let mut ids: Vec<ItemId> = parts.iter().map(|part| part.id).collect();
    ids.sort();
    assert_eq!(signed.iter().map(|part| part.item).collect::<Vec<_>>(), ids);
    assert_eq!(chain.entries[0].details, Some(said()));
}

#[test]
fn what_a_laboratory_finds_is_said_beside_its_entry_and_shown_with_what_was_said_before() {
    let (es, _, docket) = opened();
    let item = es.node.enter_item(&es.officer, &docket, seizure()).expect("entered").id;
    let line = |text: &str| Some(text.to_owned());
    let found = Drug { purity: line("72.4 % by mass"), report: line("LAB-118"), ..Drug::default() };
    let opened = step(&json!({"kind": "opened", "seals": ["ES-001", "ES-002"]}));
    es.node.handle_item(&es.officer, &item, ItemStep { drug: Some(found), ..opened }).expect("opened");
    let split = json!({"kind": "split", "parts": [
        {"what": "sample", "weight": "5 g", "drug": {"sample": "S-1"}},
        {"what": "the rest", "weight": "0.995 kg"},
    ]});
    let (whole, parts) = does(&es, item, &split).expect("split");
    let drug = whole.drug.expect("it is known");
    assert_eq!((drug.markings, drug.purity), (line("a star"), line("72.4 % by mass")));
    let sample = parts.iter().find(|part| part.what.as_deref() == Some("sample")).expect("the sample");
    let drug = sample.drug.clone().expect("it is known");
    assert_eq!((drug.sample, drug.purity, drug.gross, drug.report), (line("S-1"), line("72.4 % by mass"), None, None));
    let wrong = Drug { purity: line(" "), ..Drug::default() };
    let weighed = step(&json!({"kind": "opened", "seals": []}));
    let refused = es.node.handle_item(&es.officer, &sample.id, ItemStep { drug: Some(wrong), ..weighed });
    assert_eq!(code(refused), "node.custody-details");
    let (unseen, _) = es.node.items(&es.operator, &docket, 0, 9).expect("listed");
    assert!(unseen.iter().all(|item| item.drug.is_none() && item.substance.is_none()), "{unseen:?}");
}

#[test]
fn a_held_item_is_neither_destroyed_nor_given_back_and_its_samples_are_held_too() {
    let (es, _, docket) = opened();
    let item = es.node.enter_item(&es.officer, &docket, seizure()).expect("entered").id;
    assert_eq!(code(does(&es, item, &json!({"kind": "lifted"}))), "node.item-history");
    assert!(does(&es, item, &json!({"kind": "held"})).expect("held").0.held);
    for end in ["destroyed", "returned"] {
        assert_eq!(code(does(&es, item, &json!({"kind": end}))), "node.item-history", "{end}");
    }
    does(&es, item, &json!({"kind": "opened", "seals": ["ES-001", "ES-002"]})).expect("it may be looked at");
    let parts = json!([part("sample", "5 g", &["ES-011"]), part("the rest", "0.995 kg", &["ES-012"])]);
    let (_, parts) = does(&es, item, &json!({"kind": "split", "parts": parts})).expect("split");
    for part in parts {
        assert!(part.held, "{part:?}");
        assert_eq!(kinds(&es, part.id), ["separated", "held", "sealed"]);
        assert_eq!(code(does(&es, part.id, &json!({"kind": "destroyed"}))), "node.item-history");
        does(&es, part.id, &json!({"kind": "lifted"})).expect("lifted");
        assert_eq!(does(&es, part.id, &json!({"kind": "destroyed"})).expect("destroyed").0.state, "destroyed");
    }
}

#[test]
fn an_image_of_an_item_is_named_by_both_histories_and_both_go_to_court() {
    let (es, ma, docket) = opened();
    let item = ma.node.enter_item(&ma.officer, &docket, seizure()).expect("entered").id;
    let image = |of| {
        let new = node::NewExhibit { image_of: Some(of), ..about(docket) };
        ma.node.take_exhibit(&ma.officer, "test", new, &mut std::io::Cursor::new(b"EVF".to_vec()), &mut go_on)
    };
    assert_eq!(code(image(item)), "node.item-history", "it is under seal");
    assert_eq!(code(image(ItemId::new([7; 16]))), "node.not-here");
    does(&ma, item, &json!({"kind": "opened", "seals": ["ES-001", "ES-002"]})).expect("opened");
    let exhibit = image(item).expect("taken in");
    assert_eq!(kinds(&ma, item), ["seized", "sealed", "opened", "imaged"]);
    transmit(&ma, docket, &[exhibit]);
    settle(&[&es, &ma]);
    let mut container = Vec::new();
    let wish = node::Wish { exhibits: true, items: false, said: said() };
    ma.node.export(&ma.officer, &docket, wish, &mut container).expect("exported");
    let none = seal::TimeRoots::new([]).expect("none");
    let now = ma.node.now().plus_seconds(60);
    let trust = evidence::verify::Trust { cards: &[], time_roots: &none, proofs: None, now };
    let report = evidence::verify::container(&*container, &trust, &mut go_on).expect("read");
    let words = format!("comes from item {item}, as its history says");
    assert!(report.findings.iter().any(|one| one.what == words && one.verdict == Verdict::Matches), "{report}");
}
