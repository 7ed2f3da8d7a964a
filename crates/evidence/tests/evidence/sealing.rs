//! What was sealed opens; both ways of sealing agree; what was interrupted is no exhibit.

use std::io::{self, Read, Write};
use std::ops::ControlFlow;

use evidence::cobblestone::sealed_size;
use evidence::{Failure, Fresh, Sealer, exhibit, unwatched};
use proptest::prelude::*;
use terms::Digest;

use crate::world::*;

#[test]
fn what_was_sealed_opens_at_every_size_around_a_boundary() {
    for size in SIZES {
        let plain = plaintext(size);
        let (sealed, bytes) = sealed(&plain);
        assert_eq!(open_all(&key(), ID, &bytes).expect("opens"), plain, "{size}");
        assert_eq!((bytes.len() as u64, sealed.size()), (sealed_size(size as u64).expect("in bounds"), size as u64));
        assert_eq!(sealed.digests().sha256, Digest::of(&[&plain]));
        let mut opened = Vec::new();
        let verified = exhibit::open(&entry(&sealed), &key(), &mut &*bytes, &mut opened, &mut unwatched);
        assert_eq!(verified.expect("verified").digests(), sealed.digests());
        assert_eq!(opened, plain);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]
    #[test]
    fn pieces_of_any_size_give_the_same_exhibit(size in 0usize..1_300_000, piece in 1usize..400_000) {
        let plain = plaintext(size);
        let mut sealer = Sealer::new(fresh(), true, Vec::new()).expect("begun");
        for piece in plain.chunks(piece) {
            sealer.write(piece).expect("written");
        }
        let (pushed, bytes) = sealer.finish().expect("finished");
        let mut pulled_bytes = Vec::new();
        let pulled = exhibit::seal(fresh(), true, &mut Slow(&plain, piece), &mut pulled_bytes, &mut unwatched).expect("sealed");
        prop_assert_eq!(bytes, pulled_bytes);
        prop_assert_eq!(pushed.digests(), pulled.digests());
        prop_assert_eq!(pulled.digests(), digests(&plain, true));
        prop_assert_eq!((pushed.size(), pushed.head()), (pulled.size(), pulled.head()));
    }
}

/// Gives at most so many bytes at a time.
struct Slow<'a>(&'a [u8], usize);

impl Read for Slow<'_> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let most = into.len().min(self.1);
        self.0.read(&mut into[..most])
    }
}

#[test]
fn every_exhibit_has_its_own_id_key_and_salt() {
    let mut rng = Seeded(1, 0);
    let drawn: Vec<_> = (0..50).map(|_| Fresh::draw(&mut rng)).collect();
    let mut ids: Vec<_> = drawn.iter().map(Fresh::id).collect();
    ids.sort();
    ids.dedup();
    assert_eq!(ids.len(), 50);
    let heads = drawn.into_iter().map(|fresh| {
        let (sealed, bytes) = Sealer::new(fresh, false, Vec::new()).expect("begun").finish().expect("finished");
        assert_eq!(open_all(sealed.key(), sealed.id(), &bytes).expect("opens"), b"");
        (sealed.head().salt, *sealed.key().expose())
    });
    let mut heads: Vec<_> = heads.collect();
    heads.sort();
    heads.dedup();
    assert_eq!(heads.len(), 50);
}

#[test]
fn a_sealing_that_is_interrupted_leaves_bytes_that_do_not_open() {
    let plain = plaintext(3 * 1024 * 1024 + 7);
    let mut written = Vec::new();
    let mut calls = 0;
    let mut stop = |done: u64| {
        calls += 1;
        assert_eq!(done, calls * 1024 * 1024);
        if calls == 2 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    };
    let cancelled = exhibit::seal(fresh(), false, &mut &*plain, &mut written, &mut stop);
    assert!(matches!(cancelled, Err(Failure::Cancelled)));
    assert_eq!(refusal(&written), Some("evidence.cut"));

    let mut dropped = Vec::new();
    let mut sealer = Sealer::new(fresh(), false, &mut dropped).expect("begun");
    sealer.write(&plain).expect("written");
    drop(sealer);
    assert_eq!(refusal(&dropped), Some("evidence.cut"));
}

struct Broken;

impl Read for Broken {
    fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
        Err(io::Error::other("the disk is gone"))
    }
}
impl Write for Broken {
    fn write(&mut self, _: &[u8]) -> io::Result<usize> {
        Err(io::Error::other("the disk is full"))
    }
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn a_source_or_a_sink_that_fails_is_a_fault_and_never_an_exhibit() {
    let plain = plaintext(40_000);
    let read = exhibit::seal(fresh(), false, &mut (&plain[..]).chain(Broken), &mut io::sink(), &mut unwatched);
    assert_eq!(
        read.expect_err("no exhibit").to_string(),
        "evidence.source: the exhibit cannot be read: the disk is gone"
    );
    let write = exhibit::seal(fresh(), false, &mut &*plain, &mut Broken, &mut unwatched);
    assert_eq!(write.expect_err("no exhibit").code(), "evidence.sink");
    let (sealed, bytes) = sealed(&plain);
    let cut =
        exhibit::open(&entry(&sealed), &key(), &mut (&bytes[..20_000]).chain(Broken), &mut io::sink(), &mut unwatched);
    assert_eq!(cut.expect_err("not whole").code(), "evidence.source");
    let full = exhibit::open(&entry(&sealed), &key(), &mut &*bytes, &mut Broken, &mut unwatched);
    assert_eq!(full.expect_err("not written").code(), "evidence.sink");
}

/// Takes everything and cannot keep it.
struct Unflushed;

impl Write for Unflushed {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        Ok(bytes.len())
    }
    fn flush(&mut self) -> io::Result<()> {
        Err(io::Error::other("the disk is full"))
    }
}

#[test]
fn what_was_not_flushed_is_neither_sealed_nor_verified() {
    let plain = plaintext(40_000);
    let pulled = exhibit::seal(fresh(), false, &mut &*plain, &mut Unflushed, &mut unwatched);
    assert_eq!(pulled.expect_err("not sealed").code(), "evidence.sink");
    let pushed = Sealer::new(fresh(), false, Unflushed).expect("begun").finish();
    assert_eq!(pushed.map(drop).expect_err("not sealed").code(), "evidence.sink");
    let (sealed, bytes) = sealed(&plain);
    let opened = exhibit::open(&entry(&sealed), &key(), &mut &*bytes, &mut Unflushed, &mut unwatched);
    assert_eq!(opened.expect_err("not written").code(), "evidence.sink");
}

#[test]
fn keys_are_never_printed() {
    let fresh = fresh();
    let (fresh_shown, key_shown) = (format!("{fresh:?}"), format!("{:?}", key()));
    let sealer = Sealer::new(fresh, false, Vec::new()).expect("begun");
    let shown = format!("{fresh_shown} {key_shown} {sealer:?}");
    assert!(!shown.contains("4b") && !shown.contains("75, 75"), "{shown}");
}
