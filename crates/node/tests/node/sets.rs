//! Folders as one exhibit: taken in only if they are what they say, sent like any other, read file by file, checked by a stranger.

use std::io::Cursor;

use evidence::Verdict;
use evidence::asic::Measure;
use evidence::set::{MEDIA, Set, SetFile};
use evidence::verify::Part;
use node::{ExhibitShown, NewExhibit, Trouble, Wish};
use terms::{Digest, DocketId};

use crate::evidence::{about, bytes, fetch, go_on, opened, said, take, transmit};
use crate::world::{Side, code, settle};

/// Names and contents.
fn contents() -> Vec<(String, Vec<u8>)> {
    (0..300).map(|n| (format!("calls/{n:03}.csv"), bytes(n * 7))).collect()
}

fn set(contents: &[(String, Vec<u8>)]) -> Vec<u8> {
    let file = |(path, content): &(String, Vec<u8>)| SetFile {
        path: path.parse().expect("a path"),
        measure: Measure::of(content),
    };
    let set = Set::new(contents.iter().map(file).collect(), &[]).expect("a set");
    let mut plain = Vec::new();
    set.write(&mut plain, &mut |file, out| {
        let (_, content) = contents.iter().find(|(path, _)| path == file.path.as_str()).expect("it is one of them");
        out.write_all(content).expect("written");
        Ok(())
    })
    .expect("written");
    plain
}

fn take_set(side: &Side, docket: DocketId, plain: Vec<u8>) -> Result<ExhibitShown, Trouble> {
    let new = NewExhibit { media: Some(MEDIA.to_owned()), ..about(docket) };
    side.node.take_exhibit(&side.officer, "test", new, &mut Cursor::new(plain), &mut go_on)
}

#[test]
fn a_folder_travels_as_one_exhibit_and_each_file_is_read_alone() {
    let (es, ma, docket) = opened();
    let contents = contents();
    let exhibit = take_set(&ma, docket, set(&contents)).expect("taken in");
    transmit(&ma, docket, std::slice::from_ref(&exhibit));
    settle(&[&es, &ma]);
    let early = es.node.files(&es.officer, &exhibit.id, 0, 10);
    assert_eq!(code(early), "node.exhibit-state", "before it is here");
    fetch(&es, &ma);
    let (page, next) = es.node.files(&es.officer, &exhibit.id, 298, 50).expect("listed");
    assert_eq!((page.len(), page[1].path.as_str(), next), (2, "calls/299.csv", None));
    assert_eq!(es.node.files(&es.officer, &exhibit.id, 0, 298).expect("listed").1, Some(298));
    let (path, content) = &contents[299];
    assert_eq!((page[1].size, page[1].sha256), (content.len() as u64, Digest::of(&[content])));
    let mut plain = Vec::new();
    es.node.open_file(&es.officer, &exhibit.id, path, said(), &mut plain).expect("opened");
    assert_eq!(&plain, content);
    let kinds = || {
        let (_, chain) = es.node.exhibit(&es.officer, &exhibit.id).expect("shown");
        chain.entries.into_iter().map(|entry| entry.kind).collect::<Vec<_>>()
    };
    assert_eq!(kinds(), ["acquired", "sealed", "transmitted", "received", "opened"]);
    for nothing in ["calls", "calls/300.csv", "../calls/000.csv", "SHA256SUMS"] {
        let found = es.node.open_file(&es.officer, &exhibit.id, nothing, said(), &mut Vec::new());
        assert_eq!(code(found), "node.not-here", "{nothing}");
    }
    assert_eq!(kinds().len(), 5, "what is not there was not opened");
    assert_eq!(code(es.node.files(&es.operator, &exhibit.id, 0, 9)), "node.not-yours", "names are personal");
    let file = take(&es, docket, b"one file");
    assert_eq!(code(es.node.files(&es.officer, &file.id, 0, 9)), "node.exhibit-no-set");
}

#[test]
fn what_says_that_it_is_a_set_and_is_none_is_not_taken_in() {
    let (_, ma, docket) = opened();
    let good = set(&contents());
    let mut changed = good.clone();
    changed[100_000] ^= 1;
    for (name, plain) in [
        ("nothing", vec![]),
        ("text", b"text".to_vec()),
        ("changed", changed),
        ("cut", good[..good.len() - 1].to_vec()),
    ] {
        assert_eq!(code(take_set(&ma, docket, plain)), "node.exhibit-set", "{name}");
    }
    let sealed = ma.folder.path().join("exhibits/sealed");
    assert_eq!(std::fs::read_dir(&sealed).map_or(0, Iterator::count), 0, "nothing of it stays");
}

#[test]
fn a_stranger_checks_every_file_of_a_set_in_the_export() {
    let (es, ma, docket) = opened();
    let exhibit = take_set(&ma, docket, set(&contents())).expect("taken in");
    transmit(&ma, docket, std::slice::from_ref(&exhibit));
    settle(&[&es, &ma]);
    fetch(&es, &ma);
    let mut container = Vec::new();
    let wish = Wish { exhibits: true, items: false, said: said() };
    es.node.export(&es.officer, &docket, wish, &mut container).expect("exported");
    let none = seal::TimeRoots::new([]).expect("none");
    let now = es.node.now().plus_seconds(60);
    let trust = evidence::verify::Trust { cards: &[], time_roots: &none, proofs: None, now };
    let report = evidence::verify::container(&*container, &trust, &mut go_on).expect("read");
    let found: Vec<_> = report.about(Part::Set).collect();
    assert_eq!((found.len(), found[0].verdict), (1, Verdict::Matches), "{found:?}");
    assert!(found[0].what.starts_with("its 300 files are") && found[0].name.ends_with(".set.zip"), "{found:?}");
}
