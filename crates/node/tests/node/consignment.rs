//! A physical item goes from one State to another: one history over both nodes, and what cannot be its history is left outside.

use docket::contents::{self, Bytes, History, Item};
use evidence::{ItemId, Verdict};
use node::{ItemShown, ItemStep, Taken};
use seal::{EnvelopeHeader, ReceivedEnvelope, SignedCard, seal_envelope};
use serde_json::{Value, json};
use terms::{DocketId, EnvelopeId};

use crate::evidence::{go_on, opened, said};
use crate::items::{does, kinds, sampled, step};
use crate::world::{Side, code, secret, settle};

/// A sample that Spain has sent to Morocco: it is on its way, and so is its history.
fn sent() -> (Side, Side, DocketId, ItemShown) {
    let (es, ma, docket) = opened();
    let (_, parts) = sampled(&es, &docket);
    let sample = parts.into_iter().find(|part| part.what.as_deref() == Some("sample 1")).expect("a part");
    let (sample, _) = does(&es, sample.id, &json!({"kind": "transmitted", "to": "ma.moj"})).expect("sent");
    (es, ma, docket, sample)
}

fn receipt(seal: &str) -> Value {
    json!({"kind": "received", "seals": [seal], "weight": "5.00 g"})
}

fn listed(side: &Side, docket: &DocketId) -> Vec<ItemShown> {
    side.node.items(&side.officer, docket, 0, 100).expect("listed").0
}

#[test]
fn one_history_goes_on_over_both_nodes_and_back() {
    let (es, ma, docket, sample) = sent();
    assert!(listed(&ma, &docket).is_empty());
    settle(&[&es, &ma]);
    let here = listed(&ma, &docket);
    assert_eq!(here.len(), 1, "the whole stays where it is, only its history came along");
    assert_eq!((here[0].id, here[0].state.as_str(), &here[0].to), (sample.id, "under-way", &Some(ma.name())));
    assert_eq!(
        (here[0].what.as_deref(), &here[0].substance, &here[0].drug),
        (Some("sample 1"), &sample.substance, &sample.drug)
    );
    assert!(here[0].drug.as_ref().is_some_and(|drug| drug.markings.is_some()), "{:?}", here[0].drug);
    let early = does(&ma, sample.id, &json!({"kind": "opened", "seals": ["ES-011"]}));
    assert_eq!(code(early), "node.item-history", "nobody opens what has not arrived");

    does(&ma, sample.id, &receipt("ES-011")).expect("it arrived as it left");
    settle(&[&es, &ma]);
    let all = ["separated", "sealed", "transmitted", "received"];
    assert_eq!(
        (kinds(&es, sample.id), kinds(&ma, sample.id)),
        (all.map(str::to_owned).to_vec(), all.map(str::to_owned).to_vec())
    );
    let there = es.node.item(&es.officer, &sample.id).expect("shown").0;
    assert_eq!((there.keeper, there.state.as_str()), (ma.name(), "kept"), "Spain knows that it arrived");
    assert_eq!(
        code(does(&es, sample.id, &json!({"kind": "destroyed"}))),
        "node.item-history",
        "and that it is not there"
    );

    does(&ma, sample.id, &json!({"kind": "opened", "seals": ["ES-011"], "sealed": ["MA-7"]})).expect("analysed");
    does(&ma, sample.id, &json!({"kind": "transmitted", "to": "es.moj"})).expect("sent back");
    settle(&[&es, &ma]);
    does(&es, sample.id, &receipt("MA-7")).expect("it is back");
    settle(&[&es, &ma]);
    let all = ["separated", "sealed", "transmitted", "received", "opened", "sealed", "transmitted", "received"];
    assert_eq!(
        (kinds(&es, sample.id), kinds(&ma, sample.id)),
        (all.map(str::to_owned).to_vec(), all.map(str::to_owned).to_vec())
    );
    assert_eq!(listed(&es, &docket).len(), 4);
    let trail = ma.node.trail(&ma.auditor, 0, 1000).expect("the trail");
    assert!(trail.entries.iter().any(|entry| entry.what.starts_with("took in 3 entries of the history of item")));
}

#[test]
fn what_arrives_under_another_seal_is_entered_as_found_and_both_see_the_break() {
    let (es, ma, _, sample) = sent();
    settle(&[&es, &ma]);
    assert_eq!(code(does(&ma, sample.id, &receipt("ES-999"))), "node.item-history");
    let found = ItemStep { as_found: true, ..step(&receipt("ES-999")) };
    ma.node.handle_item(&ma.officer, &sample.id, found).expect("as found");
    settle(&[&es, &ma]);
    for side in [&es, &ma] {
        let (_, chain) = side.node.item(&side.officer, &sample.id).expect("shown");
        assert_eq!((chain.verdict, chain.breaks.len()), (Verdict::DoesNotMatch, 1), "{:?}", chain.breaks);
        assert!(chain.breaks[0].starts_with("entry 4: the seals are not those"), "{:?}", chain.breaks);
    }
}

#[test]
fn a_court_of_the_recipient_sees_the_whole_history() {
    let (es, ma, docket, sample) = sent();
    settle(&[&es, &ma]);
    does(&ma, sample.id, &receipt("ES-011")).expect("received");
    let mut container = Vec::new();
    let wish = node::Wish { exhibits: false, items: true, said: said() };
    ma.node.export(&ma.officer, &docket, wish, &mut container).expect("exported");
    let card = |side: &Side| {
        let claimed = SignedCard::parse(&side.node.own_card().0).expect("a card").claim().expect("a claim");
        let root = claimed.root_fingerprint();
        claimed.approve(&root).expect("approved")
    };
    let (cards, none) = ([card(&es), card(&ma)], seal::TimeRoots::new([]).expect("none"));
    let now = ma.node.now().plus_seconds(60);
    let trust = evidence::verify::Trust { cards: &cards, time_roots: &none, proofs: None, now };
    let report = evidence::verify::container(&*container, &trust, &mut go_on).expect("read");
    let said: Vec<String> = report.about(evidence::verify::Part::Custody).map(ToString::to_string).collect();
    let of_sample = format!("custody/{}", sample.id);
    assert!(said.iter().any(|one| one.contains(&of_sample) && one.contains("unbroken")), "{said:#?}");
    assert!(said.iter().any(|one| one.contains("comes from item")), "the whole's history is inside: {said:#?}");
    assert!(report.findings.iter().all(|one| one.verdict != Verdict::DoesNotMatch), "{:#?}", report.findings);
}

/// What Spain has for Morocco, opened as Morocco would, changed, and sealed again.
fn altered(es: &Side, ma: &Side, change: impl FnOnce(&mut History)) -> Vec<String> {
    let parcel = es.node.parcel(&ma.name()).expect("asked").expect("due");
    let keys = ma.keyring().encryption(&secret(2)).expect("its keys");
    let received = ReceivedEnvelope::parse(parcel.envelope).expect("an envelope");
    let mut items = contents::read(received.open(&keys).expect("opened").plaintext()).expect("its contents");
    let history =
        items.iter_mut().find_map(|item| if let Item::History(history) = item { Some(history) } else { None });
    change(history.expect("a history is on its way"));
    let card = SignedCard::parse(&ma.node.own_card().0).expect("a card").claim().expect("a claim");
    let key = card.statement().encryption.first().expect("a key").public.clone();
    let id = EnvelopeId::new([7; 16]);
    let header = EnvelopeHeader { id, key: key.id(), recipient: ma.name(), sender: es.name() };
    let document = contents::write(items).expect("written");
    let sealed = seal_envelope(&header, &key, &document, &mut keys::system_random().expect("randomness"));
    assert_eq!(ma.node.receive(&es.name(), vec![sealed.expect("sealed")]), [Taken::Yes]);
    let (rows, _) = ma.node.quarantine(&ma.operator, 0, 100).expect("read");
    rows.into_iter().map(|row| row.reason.split(':').next().unwrap_or_default().to_owned()).collect()
}

/// What is wrong, how it is refused, and how to make it so.
type Wrong = (&'static str, &'static str, fn(&mut History));

#[test]
fn what_cannot_be_the_history_is_left_outside() {
    let cases: [Wrong; 9] = [
        ("an entry is missing", "node.custody", |h| drop(h.entries.remove(1))),
        ("its beginning is missing", "node.custody", |h| drop(h.entries.remove(0))),
        ("nothing is there", "node.custody", |h| h.entries.clear()),
        ("a weight was changed", "node.custody-signature", |h| {
            let text = String::from_utf8(h.entries[0].statement.0.clone()).expect("text");
            h.entries[0].statement = Bytes(text.replace("5.00 g", "4.00 g").into_bytes());
        }),
        ("its end is missing", "node.custody-other", |h| {
            h.entries.pop();
            h.told = None;
        }),
        ("the whole is missing", "node.custody", |h| h.wholes.clear()),
        ("the whole ends before it was divided", "node.custody", |h| drop(h.wholes[0].pop())),
        ("what is told is not what the entry binds", "node.custody-details", |h| {
            let told = h.told.as_mut().expect("told");
            let text = String::from_utf8(told.details.0.clone()).expect("text");
            told.details = Bytes(text.replace("sample 1", "sample 2").into_bytes());
        }),
        ("another docket", "node.custody-other", |h| h.docket = DocketId::new([9; 32])),
    ];
    for (about, refused, change) in cases {
        let (es, ma, docket, sample) = sent();
        assert_eq!(altered(&es, &ma, change), [refused], "{about}");
        assert!(listed(&ma, &docket).is_empty(), "{about}");
        // What is right still comes: nothing was lost by it.
        settle(&[&es, &ma]);
        assert_eq!(listed(&ma, &docket).len(), 1, "{about}");
        assert_eq!(kinds(&ma, sample.id), ["separated", "sealed", "transmitted"]);
    }
    let (es, ma, docket, _) = sent();
    assert!(altered(&es, &ma, |_| ()).is_empty(), "unchanged it is taken");
    assert_eq!(listed(&ma, &docket).len(), 1);
}

#[test]
fn two_histories_of_one_thing_are_never_mixed() {
    let (mut es, ma, docket, sample) = sent();
    let copy = es.folder.path().join("copy.db");
    es.node.backup_to(&es.operator, &copy).expect("a backup");
    settle(&[&es, &ma]);
    does(&ma, sample.id, &receipt("ES-011")).expect("received");
    // Spain's database is put back without anybody saying so, and the same thing is told to have come back.
    es.restored_from(&copy);
    does(&es, sample.id, &json!({"kind": "received", "seals": ["ES-011"]})).expect("it does not know better");
    for side in [&es, &ma] {
        side.clock.pass(10);
    }
    does(&es, sample.id, &json!({"kind": "transmitted", "to": "ma.moj"})).expect("sent again");
    settle(&[&es, &ma]);
    assert_eq!(kinds(&ma, sample.id), ["separated", "sealed", "transmitted", "received"], "what was kept stays");
    for (one, other) in [(&es, &ma), (&ma, &es)] {
        let (rows, _) = one.node.quarantine(&one.operator, 0, 100).expect("read");
        assert!(
            rows.iter()
                .any(|row| row.reason.starts_with("node.custody-other: ")
                    && row.reason.contains("has another history here")),
            "from {}: {rows:?}",
            other.name()
        );
    }
    assert_eq!(listed(&ma, &docket).len(), 1);
    let alarms = ma.node.alarms(&ma.officer).expect("read");
    let alarm = alarms.iter().find(|alarm| alarm.kind == "two-custodies").expect("an officer must see it");
    assert!(alarm.sentence.contains("here ma.moj entered it as received"), "{}", alarm.sentence);
    let evidence = ma.node.alarm_evidence(&ma.officer, alarm.seq).expect("both are proved");
    let evidence: Value = serde_json::from_slice(&evidence).expect("JSON");
    assert_eq!([&evidence["kept"], &evidence["told"]].map(|line| line.as_array().map(Vec::len)), [Some(4), Some(5)]);
}

#[test]
fn a_restored_node_is_told_what_became_of_its_items() {
    let (mut es, mut ma, docket, sample) = sent();
    let before = (es.folder.path().join("old.db"), ma.folder.path().join("old.db"));
    ma.node.backup_to(&ma.operator, &before.1).expect("a backup");
    settle(&[&es, &ma]);
    assert_eq!(listed(&ma, &docket).len(), 1);
    ma.restored_from(&before.1);
    assert!(listed(&ma, &docket).is_empty(), "the backup has forgotten");
    ma.node.recover(&ma.operator, "the disk failed").expect("declared");
    settle(&[&es, &ma]);
    assert_eq!(listed(&ma, &docket).len(), 1, "Spain tells it again");

    es.node.backup_to(&es.operator, &before.0).expect("a backup");
    does(&ma, sample.id, &receipt("ES-011")).expect("received");
    settle(&[&es, &ma]);
    es.restored_from(&before.0);
    assert_eq!(kinds(&es, sample.id), ["separated", "sealed", "transmitted"]);
    es.node.recover(&es.operator, "the disk failed").expect("declared");
    settle(&[&es, &ma]);
    assert_eq!(kinds(&es, sample.id), ["separated", "sealed", "transmitted", "received"]);
}

#[test]
fn who_is_no_party_of_the_docket_is_told_nothing() {
    let (es, ma, docket, _) = sent();
    let other = listed(&es, &docket).into_iter().find(|one| one.what.as_deref() == Some("sample 2")).expect("a part");
    does(&es, other.id, &json!({"kind": "transmitted", "to": "es.laboratory"})).expect("sent to a laboratory");
    settle(&[&es, &ma]);
    assert_eq!(listed(&ma, &docket).len(), 1);
    let unknown = ma.node.item(&ma.officer, &ItemId::new(*other.id.as_bytes()));
    assert_eq!(code(unknown), "node.not-here");
}
