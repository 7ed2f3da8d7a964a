//! Evidence: taken in, transmitted, fetched in pieces, received whole or not at all, and its history.

use std::io::Cursor;
use std::ops::{ControlFlow, Range};

use exchange::Desk;
use node::{ExhibitShown, Handled, Landing, NewDraft, NewExhibit};
use serde_json::json;
use terms::DocketId;

use crate::world::{Side, code, request, request_body, settle, two};

pub fn go_on(_: u64) -> ControlFlow<()> {
    ControlFlow::Continue(())
}

pub fn bytes(n: usize) -> Vec<u8> {
    (0..n).map(|at| (at as u32).wrapping_mul(2_654_435_761).to_le_bytes()[3]).collect()
}

pub fn about(docket: DocketId) -> NewExhibit {
    NewExhibit {
        docket,
        media: Some("text/csv".to_owned()),
        title: Some("Statement of the account, January to March".to_owned()),
        conditions: vec!["speciality".to_owned()],
        handling: None,
        place: "Bank Al-Atlas, Tangier".to_owned(),
        why: "copied from the bank's answer".to_owned(),
        authority: "order 12/2026 of the investigating judge".to_owned(),
        size: None,
        sha512: false,
        keep_until: None,
        unless_here: false,
        image_of: None,
    }
}

pub fn take(side: &Side, docket: DocketId, content: &[u8]) -> ExhibitShown {
    let mut source = Cursor::new(content.to_vec());
    side.node.take_exhibit(&side.officer, "test", about(docket), &mut source, &mut go_on).expect("taken in")
}

pub fn said() -> Handled {
    let line = |text: &str| text.to_owned();
    Handled {
        who: line("Name of officer"),
        place: line("Madrid"),
        why: line("reading"),
        authority: line("order 3/2026"),
    }
}

pub fn transmit(from: &Side, docket: DocketId, exhibits: &[ExhibitShown]) -> node::Sent {
    from.says(NewDraft {
        docket: Some(docket),
        kind: "transmit".to_owned(),
        facts: json!({"measures": ["m1"]}).as_object().cloned().expect("an object"),
        body: Some(json!({"text": "the statements"})),
        exhibits: exhibits.iter().map(|one| one.id).collect(),
        ..NewDraft::default()
    })
    .expect("transmitted")
}

/// The first ranges that are still to be fetched.
pub fn missing(landing: &Landing, at_most: u64, count: usize) -> Vec<Range<u64>> {
    let mut from = 0;
    let next = |_| landing.missing_from(from, at_most).inspect(|range| from = range.end);
    (0..count).map_while(next).collect()
}

/// Fetches everything that is announced, in ranges, as the carrier would.
pub fn fetch(to: &Side, from: &Side) {
    for wanted in to.node.wanted(10).expect("read") {
        let mut landing = to.node.land(&wanted).expect("begun");
        loop {
            let ranges = missing(&landing, 100_000, 4);
            if ranges.is_empty() {
                break;
            }
            for range in ranges.into_iter().rev() {
                let mut given = Desk::exhibit(&from.node, &to.name(), &wanted.exhibit).expect("given");
                let mut piece = vec![0; (range.end - range.start) as usize];
                given.source.read_at(range.start, &mut piece).expect("read");
                landing.take(range.start, &piece).expect("authentic");
            }
        }
        let proof = landing.finish().expect("whole");
        to.node.came(&wanted, &proof).expect("noted");
    }
}

pub fn opened() -> (Side, Side, DocketId) {
    let (es, ma) = two();
    opened_by(es, ma)
}

pub fn opened_by(es: Side, ma: Side) -> (Side, Side, DocketId) {
    let docket = es.says(request(&es, &ma, request_body())).expect("sent").docket;
    settle(&[&es, &ma]);
    ma.act(&docket, "accept", json!({})).expect("accepted");
    settle(&[&es, &ma]);
    (es, ma, docket)
}

#[test]
fn evidence_arrives_whole_is_received_by_itself_and_its_history_goes_on() {
    let (es, ma, docket) = opened();
    let contents = [bytes(1_000_000), bytes(0), bytes(16_384)];
    let exhibits: Vec<ExhibitShown> = contents.iter().map(|content| take(&ma, docket, content)).collect();
    transmit(&ma, docket, &exhibits);
    assert!(es.node.wanted(10).expect("read").is_empty(), "nothing is announced yet");
    settle(&[&es, &ma]);
    assert_eq!(es.node.wanted(10).expect("read").len(), 3);
    assert!(!es.kinds(&docket).contains(&"receive".to_owned()), "nothing is received before it is here");
    fetch(&es, &ma);
    settle(&[&es, &ma]);
    assert_eq!(es.kinds(&docket), ["submit", "accept", "transmit", "receive"]);
    assert_eq!(es.kinds(&docket), ma.kinds(&docket));
    let (rows, _) = es.node.exhibits(&es.officer, &docket, 0, 10).expect("listed");
    assert!(rows.iter().all(|row| row.state == "here" && row.conditions == ["speciality"]), "{rows:?}");
    for (exhibit, content) in exhibits.iter().zip(&contents) {
        let row = rows.iter().find(|row| row.id == exhibit.id).expect("listed");
        assert_eq!(row.title.as_deref(), Some("Statement of the account, January to March"));
        let mut plain = Vec::new();
        let sha256 = es.node.open_exhibit(&es.officer, &exhibit.id, said(), &mut plain, &mut go_on).expect("opened");
        assert_eq!((&plain, sha256), (content, exhibit.sha256));
        let (_, chain) = es.node.exhibit(&es.officer, &exhibit.id).expect("shown");
        let kinds: Vec<&str> = chain.entries.iter().map(|entry| entry.kind.as_str()).collect();
        assert_eq!(kinds, ["acquired", "sealed", "transmitted", "received", "opened"]);
        assert_eq!((chain.verdict, chain.breaks.len()), (evidence::Verdict::Matches, 0), "{:?}", chain.breaks);
        assert_eq!(chain.entries.last().and_then(|entry| entry.details.clone()), Some(said()));
        assert!(chain.entries[0].details.is_none(), "the sender's details stay with the sender");
    }
    let (unseen, _) = es.node.exhibits(&es.operator, &docket, 0, 10).expect("listed");
    assert!(unseen.iter().all(|row| row.title.is_none()), "titles are personal");
}

#[test]
fn a_cut_costs_nothing_that_was_verified_and_a_wrong_byte_never_lands() {
    let (es, ma, docket) = opened();
    let exhibit = take(&ma, docket, &bytes(700_000));
    transmit(&ma, docket, &[exhibit]);
    settle(&[&es, &ma]);
    let wanted = es.node.wanted(10).expect("read").remove(0);
    let piece = |range: &std::ops::Range<u64>| {
        let mut given = Desk::exhibit(&ma.node, &es.name(), &wanted.exhibit).expect("given");
        let mut piece = vec![0; (range.end - range.start) as usize];
        given.source.read_at(range.start, &mut piece).expect("read");
        piece
    };
    let mut landing = es.node.land(&wanted).expect("begun");
    let ranges = missing(&landing, 100_000, 3);
    let mut wrong = piece(&ranges[0]);
    wrong[50_000] ^= 1;
    assert_eq!(code(landing.take(ranges[0].start, &wrong)), "evidence.chunk");
    for range in &ranges[..2] {
        landing.take(range.start, &piece(range)).expect("authentic");
    }
    landing.keep_note().expect("noted");
    let landed = landing.progress();
    drop(landing);
    let mut landing = es.node.land(&wanted).expect("goes on");
    assert_eq!(landing.progress(), landed, "what was verified is not asked for again");
    assert_eq!(missing(&landing, 100_000, 1)[0].start, ranges[2].start);
    for range in missing(&landing, 100_000, 100) {
        landing.take(range.start, &piece(&range)).expect("authentic");
    }
    landing.finish().expect("whole");
    // The process ends before it says so: at the next start the file is found, checked, and not fetched again.
    let proof = es.node.lies_here(&wanted).expect("looked").expect("it lies here");
    es.node.came(&wanted, &proof).expect("noted");
    settle(&[&es, &ma]);
    assert_eq!(ma.kinds(&docket).last().map(String::as_str), Some("receive"));
}

#[test]
fn an_exhibit_is_given_to_parties_of_its_transmission_only() {
    let (es, ma, docket) = opened();
    let exhibit = take(&ma, docket, b"statement");
    assert!(Desk::exhibit(&ma.node, &es.name(), &exhibit.id).is_err(), "not before it is transmitted");
    transmit(&ma, docket, std::slice::from_ref(&exhibit));
    assert!(Desk::exhibit(&ma.node, &es.name(), &exhibit.id).is_ok());
    assert!(Desk::exhibit(&ma.node, &crate::world::authority("fr.moj"), &exhibit.id).is_err());
}

#[test]
fn an_intake_that_is_ended_or_refused_leaves_nothing() {
    let (es, ma, docket) = opened();
    let mut source = Cursor::new(bytes(5_000_000));
    let ended = ma.node.take_exhibit(&ma.officer, "test", about(docket), &mut source, &mut |_| ControlFlow::Break(()));
    assert_eq!(code(ended), "node.cancelled");
    for folder in ["arrivals", "sealed", "claims"] {
        let path = ma.folder.path().join("exhibits").join(folder);
        assert_eq!(std::fs::read_dir(path).map_or(0, Iterator::count), 0, "{folder}");
    }
    let mut wrong = about(docket);
    wrong.media = Some("not a media type".to_owned());
    let refused = ma.node.take_exhibit(&ma.officer, "test", wrong, &mut Cursor::new(vec![]), &mut go_on);
    assert_eq!(code(refused), "node.exhibit");
    let elsewhere = about(DocketId::new([5; 32]));
    let refused = ma.node.take_exhibit(&ma.officer, "test", elsewhere, &mut Cursor::new(vec![]), &mut go_on);
    assert_eq!(code(refused), "node.not-here");
    let foreign = take(&es, docket, b"of Spain");
    let draft = ma.node.write_draft(
        &ma.officer,
        "test",
        NewDraft {
            docket: Some(docket),
            kind: "transmit".to_owned(),
            exhibits: vec![foreign.id],
            ..NewDraft::default()
        },
    );
    assert_eq!(code(ma.node.propose(&ma.officer, &draft.expect("kept").id)), "node.not-here");
}

#[test]
fn an_export_is_checked_by_a_stranger_with_nothing_but_the_cards() {
    let (es, ma, docket) = opened();
    let exhibit = take(&ma, docket, &bytes(300_000));
    transmit(&ma, docket, &[exhibit]);
    settle(&[&es, &ma]);
    fetch(&es, &ma);
    settle(&[&es, &ma]);
    es.node.end_round().expect("a round");
    let mut container = Vec::new();
    let wish = node::Wish { exhibits: true, items: false, said: said() };
    es.node.export(&es.officer, &docket, wish, &mut container).expect("exported");
    let cards: Vec<seal::Card> = [&es, &ma]
        .into_iter()
        .map(|side| {
            let claimed = seal::SignedCard::parse(&side.node.own_card().0).expect("a card").claim().expect("a claim");
            let root = claimed.root_fingerprint();
            claimed.approve(&root).expect("approved")
        })
        .collect();
    let none = seal::TimeRoots::new([]).expect("none");
    let check = |cards: &[seal::Card], bytes: &[u8]| {
        let trust =
            evidence::verify::Trust { cards, time_roots: &none, proofs: None, now: es.node.now().plus_seconds(60) };
        evidence::verify::container(bytes, &trust, &mut go_on).expect("read")
    };
    let report = check(&cards, &container);
    let wrong: Vec<String> = report
        .findings
        .iter()
        .filter(|one| one.verdict != evidence::Verdict::Matches && one.part != evidence::verify::Part::Proof)
        .map(ToString::to_string)
        .collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
    assert!(report.findings.iter().any(|one| one.part == evidence::verify::Part::Proof), "proofs are inside");
    assert_eq!(check(&[], &container).verdict, evidence::Verdict::CannotBeChecked, "without cards nothing is believed");
    for at in (0..container.len()).step_by(container.len() / 40) {
        let mut changed = container.clone();
        changed[at] ^= 1;
        assert_eq!(check(&cards, &changed).verdict, evidence::Verdict::DoesNotMatch, "byte {at}");
    }
}

#[test]
fn what_is_for_intelligence_only_is_not_exported_and_nothing_is_written() {
    let (es, ma, docket) = opened();
    let mut about = about(docket);
    about.conditions = vec!["intelligence-only".to_owned()];
    let exhibit = ma.node.take_exhibit(&ma.officer, "test", about, &mut Cursor::new(b"lead".to_vec()), &mut go_on);
    transmit(&ma, docket, &[exhibit.expect("taken in")]);
    settle(&[&es, &ma]);
    fetch(&es, &ma);
    let mut container = Vec::new();
    let wish = node::Wish { exhibits: true, items: false, said: said() };
    assert_eq!(code(es.node.export(&es.officer, &docket, wish, &mut container)), "evidence.condition");
    assert!(container.is_empty());
    let wish = node::Wish { exhibits: false, items: false, said: said() };
    es.node.export(&es.officer, &docket, wish, &mut container).expect("the acts alone may be shown");
}

#[test]
fn nobody_signs_a_history_in_the_name_of_another() {
    let (_, ma, docket) = opened();
    let exhibit = take(&ma, docket, b"a statement");
    let last = || {
        let (_, chain) = ma.node.exhibit(&ma.officer, &exhibit.id).expect("shown");
        chain.entries.last().and_then(|entry| entry.details.clone()).expect("details").who
    };
    for (stated, stands) in [
        ("Name of officer", "Name of officer"),
        ("", "Name of officer"),
        ("Dr Alaoui, laboratory", "Dr Alaoui, laboratory (entered by Name of officer)"),
        ("Name of approver", "Name of approver (entered by Name of officer)"),
    ] {
        let said = Handled { who: stated.to_owned(), ..said() };
        ma.node.open_exhibit(&ma.officer, &exhibit.id, said, &mut Vec::new(), &mut go_on).expect("opened");
        assert_eq!(last(), stands);
    }
}
