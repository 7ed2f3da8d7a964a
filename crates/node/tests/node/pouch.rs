//! An authority that no network reaches: the same envelopes as files.

use serde_json::json;

use crate::world::{Side, code, request, request_body, two};

fn pouch(from: &Side, to: &Side) -> Vec<u8> {
    let mut file = Vec::new();
    from.node.pouch_out(&from.operator, &to.name(), &mut file).expect("written");
    file
}

#[test]
fn a_request_its_receipt_and_its_answer_travel_in_the_bag() {
    let (es, ma) = two();
    let docket = es.says(request(&es, &ma, request_body())).expect("sent").docket;
    let lost = pouch(&es, &ma);
    assert!(!lost.is_empty());
    // The first bag is lost; a second one holds the same.
    let bag = pouch(&es, &ma);
    let read = ma.node.pouch_in(&ma.operator, &mut bag.as_slice()).expect("read");
    assert_eq!((read.from.as_str(), read.taken, read.refused.len()), ("es.moj", 1, 0));
    ma.act(&docket, "acknowledge", json!({})).expect("said");
    let back = pouch(&ma, &es);
    es.node.pouch_in(&es.operator, &mut back.as_slice()).expect("read");
    assert!(es.delivered(&docket, "submit"), "Morocco's receipt came with the bag");
    assert_eq!(es.kinds(&docket), ["submit", "acknowledge"]);
    // The lost bag turns up weeks later and changes nothing.
    ma.clock.pass(40 * 86_400);
    ma.node.pouch_in(&ma.operator, &mut lost.as_slice()).expect("read");
    assert_eq!(ma.kinds(&docket), ["submit", "acknowledge"]);
}

#[test]
fn a_pouch_for_another_from_a_stranger_or_with_a_changed_byte_is_refused() {
    let (es, ma) = two();
    es.says(request(&es, &ma, request_body())).expect("sent");
    let bag = pouch(&es, &ma);
    assert_eq!(code(es.node.pouch_in(&es.operator, &mut bag.as_slice())), "exchange.pouch-recipient");
    let stranger = Side::found("ma.moj");
    assert_eq!(code(stranger.node.pouch_in(&stranger.operator, &mut bag.as_slice())), "node.not-a-peer");
    assert_eq!(code(ma.node.pouch_in(&ma.officer, &mut bag.as_slice())), "node.not-yours");
    let mut changed = bag.clone();
    let middle = changed.len() / 2;
    changed[middle] ^= 1;
    assert_eq!(code(ma.node.pouch_in(&ma.operator, &mut changed.as_slice())), "exchange.pouch-damaged");
    assert_eq!(code(ma.node.pouch_in(&ma.operator, &mut &bag[..bag.len() - 1])), "exchange.pouch-cut");
}
