//! Where exhibits lie: everything that a node does with them in an object store, which the test starts itself; a quota; what a cut left behind.

use std::io::Cursor;

use exchange::Desk;
use node::{Depot, NewExhibit, Wish};
use store::blobs::{BlobLocation, Blobs};

use crate::evidence::{about, bytes, fetch, go_on, missing, opened, opened_by, said, take, transmit};
use crate::keeping::destroy;
use crate::world::{Side, code, settle};

#[path = "../../../store/tests/blobs/s3.rs"]
mod s3;

fn in_a_bucket(server: &s3::Server, name: &str) -> Side {
    let location = server.location(name);
    Side::found_with(name, "https://127.0.0.1:1", |folder| {
        let blobs = Blobs::open_as(&location, s3::CREDENTIALS).expect("a bucket");
        Depot::open(blobs, folder.join("arrivals"), None).expect("a depot")
    })
}

#[test]
fn in_an_object_store_an_exhibit_is_taken_in_served_landed_exported_and_destroyed() {
    let server = s3::Server::start();
    let (es, ma) = (in_a_bucket(&server, "es.moj"), in_a_bucket(&server, "ma.moj"));
    es.knows(&ma);
    ma.knows(&es);
    let (es, ma, docket) = opened_by(es, ma);
    let at = |name: &str| Blobs::open_as(&server.location(name), s3::CREDENTIALS).expect("a bucket");
    // More than one part, and more than is read ahead.
    let content = bytes(9_000_000);
    let exhibit = take(&ma, docket, &content);
    assert!(at("ma.moj").get(&exhibit.id).expect("it lies there").size() > 9_000_000);
    transmit(&ma, docket, std::slice::from_ref(&exhibit));
    settle(&[&es, &ma]);

    let wanted = es.node.wanted(10).expect("read").remove(0);
    let mut served = Desk::exhibit(&ma.node, &es.name(), &wanted.exhibit).expect("given").source;
    let mut piece = |range: &std::ops::Range<u64>| {
        let mut piece = vec![0; (range.end - range.start) as usize];
        for (at, part) in (range.start..).step_by(128 * 1024).zip(piece.chunks_mut(128 * 1024)) {
            served.read_at(at, part).expect("read");
        }
        piece
    };
    let mut landing = es.node.land(&wanted).expect("begun");
    assert_eq!(code(es.node.land(&wanted)), "node.exhibit-landing", "by one way at a time");
    let first = missing(&landing, 4_000_000, 1).remove(0);
    landing.take(first.start, &piece(&first)).expect("authentic");
    landing.keep_note().expect("noted");
    let landed = landing.progress();
    drop(landing);
    let mut landing = es.node.land(&wanted).expect("goes on after the cut");
    assert_eq!(landing.progress(), landed);
    for range in missing(&landing, 4_000_000, 10) {
        landing.take(range.start, &piece(&range)).expect("authentic");
    }
    assert!(at("es.moj").get(&wanted.exhibit).is_err(), "no half is an object");
    landing.finish().expect("whole");
    // The process ends before it says so.
    let proof = es.node.lies_here(&wanted).expect("looked").expect("it lies there");
    es.node.came(&wanted, &proof).expect("noted");
    assert_eq!(std::fs::read_dir(es.folder.path().join("arrivals")).expect("there").count(), 0);
    settle(&[&es, &ma]);

    let mut plain = Vec::new();
    es.node.open_exhibit(&es.officer, &exhibit.id, said(), &mut plain, &mut go_on).expect("opened");
    assert!(plain == content);
    let mut container = Vec::new();
    let wish = Wish { exhibits: true, items: false, said: said() };
    es.node.export(&es.officer, &docket, wish, &mut container).expect("exported");
    assert!(container.len() > content.len());
    destroy(&es, &exhibit.id);
    assert!(at("es.moj").get(&exhibit.id).is_err() && at("ma.moj").get(&exhibit.id).is_ok());
}

/// A file while which something else happens.
struct Meanwhile<F> {
    inner: Cursor<Vec<u8>>,
    then: Option<F>,
    said: Option<String>,
}

impl<F: FnOnce() -> String> std::io::Read for Meanwhile<F> {
    fn read(&mut self, into: &mut [u8]) -> std::io::Result<usize> {
        if let Some(then) = self.then.take() {
            self.said = Some(then());
        }
        self.inner.read(into)
    }
}

#[test]
fn what_the_quota_does_not_hold_is_refused_and_nothing_is_kept() {
    let narrow = |name: &str, quota: u64| {
        Side::found_with(name, "https://127.0.0.1:1", |folder| {
            let blobs = Blobs::open(&BlobLocation::Folder(folder.join("exhibits"))).expect("a folder");
            Depot::open(blobs, folder.join("arrivals"), Some(quota)).expect("a depot")
        })
    };
    let (es, ma) = (narrow("es.moj", 1_000_000), narrow("ma.moj", 3_000_000));
    es.knows(&ma);
    ma.knows(&es);
    let (es, ma, docket) = opened_by(es, ma);
    let exhibit = take(&ma, docket, &bytes(2_000_000));
    let mut known = about(docket);
    known.size = Some(2_000_000);
    let mut unread = Cursor::new(bytes(2_000_000));
    let refused = ma.node.take_exhibit(&ma.officer, "test", known, &mut unread, &mut go_on);
    assert_eq!((code(refused), unread.position()), ("node.exhibit-quota".to_owned(), 0), "before it is read");
    let mut longer = Cursor::new(bytes(2_000_000));
    let refused = ma.node.take_exhibit(&ma.officer, "test", about(docket), &mut longer, &mut go_on);
    assert_eq!(code(refused), "node.exhibit-quota", "while it is read");
    let lies = |folder: &str| std::fs::read_dir(ma.folder.path().join("exhibits").join(folder)).expect("there").count();
    assert_eq!((lies("sealed"), lies("claims")), (1, 0));
    // Those that come at once share what is left, whether or not their size was said.
    let mut once = Meanwhile {
        inner: Cursor::new(bytes(600_000)),
        then: Some(|| {
            let mut second = about(docket);
            second.size = Some(600_000);
            code(ma.node.take_exhibit(&ma.officer, "test", second, &mut Cursor::new(bytes(600_000)), &mut go_on))
        }),
        said: None,
    };
    let first = NewExhibit { size: Some(600_000), ..about(docket) };
    let came = ma.node.take_exhibit(&ma.officer, "test", first, &mut once, &mut go_on).expect("it fits alone");
    assert_eq!(once.said.as_deref(), Some("node.exhibit-quota"));
    destroy(&ma, &came.id);
    let huge = NewExhibit { size: Some(1 << 51), ..about(docket) };
    let es_like = opened();
    let refused = es_like.1.node.take_exhibit(
        &es_like.1.officer,
        "test",
        NewExhibit { docket: es_like.2, ..huge },
        &mut unread,
        &mut go_on,
    );
    let sentence = refused.as_ref().err().map(ToString::to_string).unwrap_or_default();
    assert!(sentence.contains("bytes are to come, and"), "{sentence}");
    assert_eq!(code(refused), "store.no-room");
    // A peer cannot fill the disk either: what it announces is not fetched.
    transmit(&ma, docket, std::slice::from_ref(&exhibit));
    settle(&[&es, &ma]);
    let wanted = es.node.wanted(10).expect("read").remove(0);
    assert_eq!(code(es.node.land(&wanted)), "node.exhibit-quota");
    destroy(&ma, &exhibit.id);
    take(&ma, docket, &bytes(2_500_000));
}

#[test]
fn files_of_what_is_not_awaited_are_swept_and_those_of_what_arrives_are_not() {
    let (es, ma, docket) = opened();
    let exhibit = take(&ma, docket, &bytes(500_000));
    transmit(&ma, docket, &[exhibit]);
    settle(&[&es, &ma]);
    let wanted = es.node.wanted(10).expect("read").remove(0);
    let mut landing = es.node.land(&wanted).expect("begun");
    landing.keep_note().expect("noted");
    drop(landing);
    let arrivals = es.folder.path().join("exhibits/arrivals");
    let (stray, foreign) = (arrivals.join(format!("{}.part", "0f".repeat(16))), arrivals.join("notes.txt"));
    for path in [&stray, &foreign] {
        std::fs::write(path, b"left").expect("written");
    }
    assert_eq!(es.node.sweep_exhibits().expect("swept"), 1);
    assert!(!stray.exists() && foreign.exists());
    fetch(&es, &ma);
    assert_eq!(es.node.sweep_exhibits().expect("swept"), 0);
}
