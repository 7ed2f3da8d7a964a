//! Exhibits that come in by pieces: in any order, with repeats, lies and restarts, and never half.

use std::ops::{ControlFlow, Range};

use evidence::cobblestone::{HEAD, SEALED_CHUNK};
use evidence::{Arrival, ContentKey, Entry, Failure, Landed, unwatched};
use proptest::prelude::*;
use terms::Digest;

use crate::world::*;

/// What a sender holds, and what a recipient has stored of it so far.
struct Transfer {
    plain: Vec<u8>,
    sent: Vec<u8>,
    entry: Entry,
    stored: Vec<u8>,
}

impl Transfer {
    fn of(size: usize) -> Self {
        let plain = plaintext(size);
        let (receipt, sent) = sealed(&plain);
        let mut stored = vec![0; sent.len()];
        stored[..HEAD].copy_from_slice(&receipt.head().to_bytes());
        Self { plain, sent, entry: entry(&receipt), stored }
    }
    fn begin(&self) -> Arrival {
        Arrival::begin(&self.entry, &key()).expect("its key")
    }
    /// Lands a piece as it was sent and stores it if it is new.
    fn land(&mut self, arrival: &mut Arrival, place: Range<u64>) -> Landed {
        let place = place.start as usize..place.end as usize;
        let landed = arrival.land(place.start as u64, &self.sent[place.clone()]).expect("authentic");
        if landed == Landed::New {
            self.stored[place.clone()].copy_from_slice(&self.sent[place]);
        }
        landed
    }
    fn finish(&self, arrival: &mut Arrival) -> Result<Digest, String> {
        let whole = arrival.finish(&self.stored[..], &mut unwatched);
        whole.map(|verified| verified.digests().sha256).map_err(|failure| failure.code().to_owned())
    }
    fn whole(&self) -> Result<Digest, String> {
        Ok(Digest::of(&[&self.plain]))
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]
    #[test]
    fn pieces_in_any_order_with_repeats_and_restarts_make_the_whole(
        size in 0usize..1_500_000, at_most in 1u64..300_000, seed in any::<u64>(), restart_after in 0usize..20
    ) {
        let mut transfer = Transfer::of(size);
        let mut arrival = transfer.begin();
        let mut pieces: Vec<Range<u64>> = arrival.missing(at_most).collect();
        pieces.sort_by_key(|piece| Digest::of(&[&seed.to_be_bytes(), &piece.start.to_be_bytes()]));
        for (n, piece) in pieces.iter().enumerate() {
            prop_assert_eq!(transfer.finish(&mut arrival), Err("evidence.incomplete".to_owned()));
            prop_assert_eq!(transfer.land(&mut arrival, piece.clone()), Landed::New);
            prop_assert_eq!(transfer.land(&mut arrival, piece.clone()), Landed::Already);
            if n % 3 == 0 {
                arrival.catch_up(&transfer.stored[..], &mut unwatched).expect("authentic");
            }
            if n == restart_after {
                let note: Vec<_> = arrival.landed().collect();
                arrival = Arrival::resume(&transfer.entry, &key(), note).expect("as it was noted");
            }
        }
        prop_assert_eq!(arrival.missing(at_most).count(), 0);
        prop_assert_eq!(transfer.finish(&mut arrival), transfer.whole());
        prop_assert_eq!(&transfer.stored, &transfer.sent);
        prop_assert_eq!(transfer.finish(&mut arrival), transfer.whole(), "and says so again");
    }
}

#[test]
fn what_is_missing_is_named_from_the_front_in_whole_chunks() {
    let mut transfer = Transfer::of(5 * 16_384 + 10);
    let mut arrival = transfer.begin();
    let chunk = |n: u64| 56 + n * 16_400;
    assert_eq!(arrival.missing(1).next(), Some(chunk(0)..chunk(1)), "one chunk at least");
    assert_eq!(
        arrival.missing(2 * 16_400 + 99).collect::<Vec<_>>(),
        [chunk(0)..chunk(2), chunk(2)..chunk(4), chunk(4)..chunk(5) + 26]
    );
    transfer.land(&mut arrival, chunk(1)..chunk(3));
    assert_eq!(arrival.missing(u64::MAX).collect::<Vec<_>>(), [chunk(0)..chunk(1), chunk(3)..chunk(5) + 26]);
    assert_eq!(arrival.landed().collect::<Vec<_>>(), vec![chunk(1)..chunk(3)]);
}

#[test]
fn a_piece_that_is_not_authentic_in_its_place_does_not_land() {
    let transfer = Transfer::of(3 * 16_384 + 20);
    let (first, second) = (HEAD..HEAD + SEALED_CHUNK, HEAD + SEALED_CHUNK..HEAD + 2 * SEALED_CHUNK);
    let mut arrival = transfer.begin();
    let mut changed = transfer.sent[HEAD..HEAD + 2 * SEALED_CHUNK].to_vec();
    changed[SEALED_CHUNK + 3] ^= 1;
    for (name, place, bytes) in [
        ("a bit of its second chunk", first.start, &changed[..]),
        ("the second chunk in place of the first", first.start, &transfer.sent[second.clone()]),
        ("the first chunk in place of the second", second.start, &transfer.sent[first.clone()]),
    ] {
        assert_eq!(arrival.land(place as u64, bytes).expect_err(name).code(), "evidence.chunk", "{name}");
        assert_eq!(arrival.landed().count(), 0, "{name}");
    }
    let mut transfer = transfer;
    for piece in arrival.missing(20_000).collect::<Vec<_>>() {
        transfer.land(&mut arrival, piece);
    }
    assert_eq!(transfer.finish(&mut arrival), transfer.whole(), "what was refused left no trace in the digest");
}

#[test]
fn what_is_no_piece_is_refused() {
    let transfer = Transfer::of(3 * 16_384 + 20);
    let mut arrival = transfer.begin();
    let end = transfer.sent.len();
    arrival.land(56 + 16_400, &transfer.sent[56 + 16_400..56 + 2 * 16_400]).expect("the second chunk");
    for place in
        [0..56, 0..16_456, 57..16_457, 56..56, 56..16_455, 56..16_457, end - 36..end - 1, end..end, 56..56 + 2 * 16_400]
    {
        let refused = arrival.land(place.start as u64, &transfer.sent[place.clone()]);
        assert_eq!(refused.expect_err("no piece").code(), "evidence.piece", "{place:?}");
    }
    for offset in [end as u64, u64::MAX - 10, u64::MAX] {
        assert_eq!(arrival.land(offset, &[0; 16_400]).expect_err("outside").code(), "evidence.piece");
    }
    let longer = [&transfer.sent[end - 36..], &[0]].concat();
    assert_eq!(arrival.land(end as u64 - 36, &longer).expect_err("one byte more").code(), "evidence.piece");
    let note = Arrival::resume(&transfer.entry, &key(), std::iter::once(56..99)).map(drop);
    assert_eq!(note.expect_err("a note of something else").code(), "evidence.piece");
}

#[test]
fn what_the_store_lost_after_it_landed_is_noticed_and_asked_for_again() {
    let mut transfer = Transfer::of(200 * 16_384);
    let mut arrival = transfer.begin();
    let mut pieces: Vec<_> = arrival.missing(300_000).collect();
    pieces.reverse();
    for piece in pieces {
        transfer.land(&mut arrival, piece);
    }
    transfer.stored[HEAD + 70 * SEALED_CHUNK] ^= 1;
    assert_eq!(transfer.finish(&mut arrival), Err("evidence.chunk".to_owned()));
    let again: Vec<_> = arrival.missing(u64::MAX).collect();
    assert!(again.len() == 1 && again[0].contains(&((HEAD + 70 * SEALED_CHUNK) as u64)), "{again:?}");
    assert_eq!(transfer.finish(&mut arrival), Err("evidence.incomplete".to_owned()));
    transfer.land(&mut arrival, again[0].clone());
    assert_eq!(transfer.finish(&mut arrival), transfer.whole());
}

#[test]
fn a_key_or_a_plaintext_that_is_not_the_announced_one_is_refused() {
    let mut transfer = Transfer::of(40_000);
    let other = Arrival::begin(&transfer.entry, &ContentKey::new(&[0x4c; 32])).map(drop);
    assert_eq!(other.expect_err("before anything is fetched").code(), "evidence.commitment");
    transfer.entry.digests.sha256 = Digest::new([0; 32]);
    let mut arrival = transfer.begin();
    for piece in arrival.missing(20_000).collect::<Vec<_>>() {
        transfer.land(&mut arrival, piece);
    }
    assert_eq!(transfer.finish(&mut arrival), Err("evidence.differs".to_owned()));
    transfer.entry = Entry { size: 39_999, ..transfer.entry.clone() };
    let mut arrival = transfer.begin();
    let last = arrival.missing(u64::MAX).next().expect("all is missing");
    let cut = arrival.land(last.start, &transfer.sent[last.start as usize..last.end as usize]);
    assert_eq!(cut.expect_err("an entry that names another size").code(), "evidence.chunk");
}

#[test]
fn catching_up_can_be_stopped_and_gone_on_with_and_nothing_is_printed() {
    let mut transfer = Transfer::of(300 * 16_384 + 1);
    let mut arrival = transfer.begin();
    let note: Vec<_> = arrival.missing(u64::MAX).collect();
    transfer.land(&mut arrival, note[0].clone());
    let mut arrival = Arrival::resume(&transfer.entry, &key(), note).expect("noted");
    let stopped = arrival.finish(&transfer.stored[..], &mut |_| ControlFlow::Break(()));
    assert!(matches!(stopped, Err(Failure::Cancelled)));
    let shown = format!("{arrival:?}");
    assert!(shown.len() < 300, "no plaintext, no key: {shown}");
    assert_eq!(transfer.finish(&mut arrival), transfer.whole());
}
