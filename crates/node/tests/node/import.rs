//! Evidence back from a court export: verified first, taken in anew, with what the export says beside what was seen here.

use std::io::Cursor;

use evidence::Verdict;
use node::{Imported, NewImport, Trouble, Wish};
use terms::DocketId;

use crate::evidence::{bytes, fetch, go_on, opened, opened_by, said, take, transmit};
use crate::world::{Side, code, settle, two};

/// A docket of Spain and Morocco with one exhibit that Morocco transmitted, and Spain's export of it.
fn exported() -> (Side, Side, DocketId, Vec<u8>) {
    let (es, ma, docket) = opened();
    let exhibit = take(&ma, docket, &bytes(300_000));
    transmit(&ma, docket, &[exhibit]);
    settle(&[&es, &ma]);
    fetch(&es, &ma);
    settle(&[&es, &ma]);
    let mut container = Vec::new();
    let wish = Wish { exhibits: true, items: false, said: said() };
    es.node.export(&es.officer, &docket, wish, &mut container).expect("exported");
    (es, ma, docket, container)
}

fn import(
    side: &Side,
    docket: DocketId,
    container: &[u8],
    unchecked: bool,
    unless_here: bool,
) -> Result<Imported, Trouble> {
    let line = |text: &str| text.to_owned();
    let (place, why, authority) = (line("Court of Rabat"), line("handed back by the court"), line("order 5/2027"));
    let new = NewImport { docket, place, why, authority, unchecked, unless_here };
    let size = Some(container.len() as u64);
    side.node.import(&side.officer, "test", &new, &mut Cursor::new(container.to_vec()), size, &mut go_on)
}

fn objects(side: &Side) -> usize {
    std::fs::read_dir(side.folder.path().join("exhibits/sealed")).map_or(0, Iterator::count)
}

#[test]
fn what_matches_is_taken_in_anew_and_the_exports_word_stays_its_word() {
    let (es, ma, docket, container) = exported();
    es.clock.pass(60);
    ma.clock.pass(60);
    let imported = import(&ma, docket, &container, false, false).expect("taken in");
    assert_eq!((imported.verdict, imported.findings.len(), imported.exhibits.len()), (Verdict::Matches, 0, 1));
    let shown = &imported.exhibits[0];
    let before = ma.node.exhibits(&ma.officer, &docket, 0, 1).expect("listed").0.remove(0);
    assert_ne!(shown.id, before.id, "an id of its own");
    assert_eq!((shown.sha256, &shown.conditions, &shown.title), (before.sha256, &before.conditions, &before.title));
    assert_eq!(shown.conditions, ["speciality"], "conditions come along");
    assert_eq!(shown.alike.iter().map(|one| one.id).collect::<Vec<_>>(), [before.id]);
    let (_, chain) = ma.node.exhibit(&ma.officer, &shown.id).expect("shown");
    let kinds: Vec<&str> = chain.entries.iter().map(|entry| entry.kind.as_str()).collect();
    assert_eq!((kinds, chain.verdict), (vec!["acquired", "sealed"], Verdict::Matches), "only what was seen here");
    assert!(chain.entries.iter().all(|entry| entry.author == ma.name()));
    let why = &chain.entries[0].details.as_ref().expect("our own").why;
    assert!(why.contains(&imported.container.to_string()) && why.contains(&before.id.to_string()), "{why}");
    let account = ma.node.account_of(&ma.officer, &shown.id).expect("read").expect("there is one");
    let told: Vec<(&str, &str)> =
        account.custody.entries.iter().map(|entry| (entry.author.as_str(), entry.kind.as_str())).collect();
    let expected = [
        ("ma.moj", "acquired"),
        ("ma.moj", "sealed"),
        ("ma.moj", "transmitted"),
        ("es.moj", "received"),
        ("es.moj", "exported"),
    ];
    assert_eq!((told, account.exporter.as_deref()), (expected.to_vec(), Some("es.moj")));
    assert_eq!(
        (account.custody.verdict, account.exhibit, account.verdict.as_str()),
        (Verdict::Matches, before.id, "matches")
    );
    assert_eq!(account.custody.entries[4].details, Some(said()), "what the court was told");
    assert!(ma.node.account_of(&ma.officer, &before.id).expect("read").is_none());
    assert_eq!(code(ma.node.account_of(&ma.operator, &shown.id)), "node.not-yours");
    let mut plain = Vec::new();
    ma.node.open_exhibit(&ma.officer, &shown.id, said(), &mut plain, &mut go_on).expect("opened");
    assert_eq!(plain, bytes(300_000));
    let again = import(&ma, docket, &container, false, true).expect("read");
    assert_eq!((again.exhibits.len(), again.already), (0, vec![before.id]));
}

#[test]
fn what_does_not_match_is_never_taken_in_and_what_cannot_be_checked_only_if_that_was_said() {
    let (_, ma, docket, container) = exported();
    ma.clock.pass(60);
    let here = objects(&ma);
    let begins = bytes(16);
    let at = container.windows(16).position(|window| window == begins).expect("the exhibit");
    let mut changed = container.clone();
    changed[at + 1_000] ^= 1;
    for unchecked in [false, true] {
        assert_eq!(code(import(&ma, docket, &changed, unchecked, false)), "node.import-differs");
    }
    assert_eq!(code(import(&ma, docket, b"no export", false, false)), "node.import-unchecked");
    assert_eq!(code(import(&ma, docket, b"no export", true, false)), "evidence.container");
    assert_eq!(code(import(&ma, DocketId::new([5; 32]), &container, false, false)), "node.not-here");
    // A third authority that knows neither card cannot check it.
    let (third, other) = (Side::found("es.court"), Side::found("ma.court"));
    third.knows(&other);
    other.knows(&third);
    let (third, _, elsewhere) = opened_by(third, other);
    third.clock.pass(120);
    let refused = import(&third, elsewhere, &container, false, false).err().map(|trouble| trouble.to_string());
    assert!(refused.is_some_and(|why| why.contains("cannot be checked")));
    assert_eq!((objects(&ma), objects(&third)), (here, 0), "nothing of it stays");
    let unchecked = import(&third, elsewhere, &container, true, false).expect("taken in, as that was said");
    assert_eq!((unchecked.verdict, unchecked.exhibits.len()), (Verdict::CannotBeChecked, 1));
    assert!(!unchecked.findings.is_empty());
    let account =
        third.node.account_of(&third.officer, &unchecked.exhibits[0].id).expect("read").expect("there is one");
    assert_eq!(
        (account.verdict.as_str(), account.exporter),
        ("cannot be checked", None),
        "nobody's word was established"
    );
    let (entries, _) = third.node.exhibits(&third.officer, &elsewhere, 0, 10).expect("listed");
    assert_eq!(entries.len(), 1);
}

#[test]
fn an_export_without_exhibits_brings_none() {
    let (es, ma) = two();
    let (es, ma, docket) = opened_by(es, ma);
    let mut container = Vec::new();
    let wish = Wish { exhibits: false, items: false, said: said() };
    es.node.export(&es.officer, &docket, wish, &mut container).expect("exported");
    ma.clock.pass(60);
    assert_eq!(code(import(&ma, docket, &container, false, false)), "node.import-nothing");
}
