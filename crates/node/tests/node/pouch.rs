//! An authority that no network reaches: the same envelopes, and exhibits, as files on one medium or many.

use node::{PouchRead, PouchWish, Trouble};
use serde_json::json;

use crate::evidence::{bytes, go_on, opened, said, take, transmit};
use crate::world::{Side, code, request, request_body, two};

fn pouch(from: &Side, to: &Side) -> Vec<u8> {
    let mut file = Vec::new();
    let packed = from.node.pack_pouch(&from.operator, &to.name(), &PouchWish::default()).expect("packed");
    packed.write(&mut file).expect("written");
    assert_eq!(packed.sizes().expect("sizes"), [file.len() as u64]);
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

/// The parts of a pouch with exhibits.
fn media(from: &Side, to: &Side, bytes: u64) -> Vec<Vec<u8>> {
    let wish = PouchWish { exhibits: true, media_bytes: Some(bytes) };
    let packed = from.node.pack_pouch(&from.operator, &to.name(), &wish).expect("packed");
    let mut all = Vec::new();
    packed.write(&mut all).expect("written");
    let mut rest = all.as_slice();
    let parts = packed.sizes().expect("sizes").into_iter().map(|size| {
        let (part, after) = rest.split_at(usize::try_from(size).expect("small"));
        rest = after;
        part.to_vec()
    });
    parts.collect()
}

fn read(side: &Side, part: &[u8]) -> Result<PouchRead, Trouble> {
    side.node.pouch_in(&side.operator, &mut &*part)
}

#[test]
fn exhibits_travel_on_several_media_in_any_order_damaged_lost_and_twice_and_arrive_whole() {
    let (es, ma, docket) = opened();
    let contents = [bytes(1_000_000), bytes(0), bytes(200_000)];
    let exhibits: Vec<_> = contents.iter().map(|content| take(&ma, docket, content)).collect();
    transmit(&ma, docket, &exhibits);
    let parts = media(&ma, &es, 150_000);
    assert!((9..15).contains(&parts.len()), "{} parts", parts.len());
    assert!(parts.iter().all(|part| part.len() <= 150_000));
    let total = u32::try_from(parts.len()).expect("few");

    // The third medium first: nothing has announced its exhibit.
    let early = read(&es, &parts[2]).expect("it is whole in itself");
    assert!(early.refused.len() == 1 && early.refused[0].starts_with("node.exhibit-unannounced"), "{early:?}");
    assert_eq!(early.missing, (1..=total).collect::<Vec<_>>(), "so it does not count as read");

    let first = read(&es, &parts[0]).expect("read");
    assert_eq!((first.taken, first.refused.len(), first.missing.len() + 1), (1, 0, parts.len()));
    // A damaged medium: what was whole before the damage is kept; another copy of it brings the rest.
    let mut damaged = parts[1].clone();
    let near_the_end = damaged.len() - 100;
    damaged[near_the_end] ^= 1;
    assert_eq!(code(read(&es, &damaged)), "exchange.pouch-damaged");
    assert_eq!(code(read(&es, &parts[1][..parts[1].len() / 2])), "exchange.pouch-cut");
    // Backwards, the second missing, one of them twice.
    let mut last = None;
    for part in parts[2..].iter().rev().chain([&parts[4]]) {
        let one = read(&es, part).expect("read");
        assert!(one.refused.is_empty(), "{:?}", one.refused);
        last = Some(one);
    }
    assert_eq!(last.expect("some").missing, [2]);
    let (rows, _) = es.node.exhibits(&es.officer, &docket, 0, 10).expect("listed");
    assert!(rows.iter().any(|row| row.state == "announced"), "a half is never presented: {rows:?}");
    assert!(!es.kinds(&docket).contains(&"receive".to_owned()));
    let end = read(&es, &parts[1]).expect("read");
    assert!(end.missing.is_empty() && end.refused.is_empty(), "{end:?}");
    assert!(end.exhibits.iter().any(|one| one.here == one.of), "{end:?}");

    assert_eq!(es.kinds(&docket).last().map(String::as_str), Some("receive"));
    for (exhibit, content) in exhibits.iter().zip(&contents) {
        let mut plain = Vec::new();
        es.node.open_exhibit(&es.officer, &exhibit.id, said(), &mut plain, &mut go_on).expect("opened");
        assert!(plain == *content);
    }
    // The answer goes back in a bag; then nothing is due any more, and no exhibit either.
    read(&ma, &pouch(&es, &ma)).expect("read");
    assert_eq!(ma.kinds(&docket), es.kinds(&docket));
    assert_eq!(media(&ma, &es, 150_000).len(), 1, "what was received does not travel again");
    // An old medium turns up again and changes nothing.
    let again = read(&es, &parts[3]).expect("read");
    assert!(again.exhibits.is_empty() && again.refused.is_empty());
}

#[test]
fn a_piece_that_a_courier_exchanged_does_not_land() {
    let (es, ma, docket) = opened();
    let exhibit = take(&ma, docket, &bytes(100_000));
    transmit(&ma, docket, std::slice::from_ref(&exhibit));
    let parts = media(&ma, &es, 50_000);
    read(&es, &parts[0]).expect("read");
    // A part that is whole in itself, with another's bytes.
    let mut reader = exchange::PouchReader::open(parts[1].as_slice(), &es.name()).expect("begins");
    let mut forged = exchange::PouchWriter::begin(Vec::new(), reader.part()).expect("begins");
    while let Some(record) = reader.record().expect("whole") {
        let exchange::Record::Piece { exhibit, offset, mut sealed } = record else {
            panic!("envelopes were in the first")
        };
        sealed[5] ^= 1;
        forged.add_piece(&exhibit, offset, &sealed).expect("added");
    }
    let forged = read(&es, &forged.finish().expect("ends").0).expect("read");
    assert!(forged.refused[0].starts_with("evidence.chunk"), "{:?}", forged.refused);
    assert!(forged.missing.contains(&2), "it does not count as read");
    for part in &parts[1..] {
        assert!(read(&es, part).expect("read").refused.is_empty());
    }
    let (rows, _) = es.node.exhibits(&es.officer, &docket, 0, 10).expect("listed");
    assert_eq!(rows[0].state, "here");
}

#[test]
fn what_the_network_is_to_be_tried_with_later_goes_along() {
    let (es, ma) = two();
    let docket = es.says(request(&es, &ma, request_body())).expect("sent").docket;
    let parcel = es.node.parcel(&ma.name()).expect("asked").expect("due");
    es.node.not_carried(&parcel, "no route", Some(3_600)).expect("noted");
    assert!(es.node.parcel(&ma.name()).expect("asked").is_none(), "nothing is due for an hour");
    let bag = pouch(&es, &ma);
    assert_eq!(read(&ma, &bag).expect("read").taken, 1);
    assert!(ma.kinds(&docket).contains(&"submit".to_owned()));
}
