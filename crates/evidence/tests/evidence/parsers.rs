//! Whatever arrives, a parser answers; it never panics, and what it accepts it would write in the same way.

use evidence::custody::{Details, SealNumber};
use evidence::document::{Document, parse};
use evidence::{CustodyEntry, Head, Manifest, MediaType, Quantity};
use proptest::prelude::*;
use terms::canonical::to_bytes;

use crate::documents::{good_details, good_entry, good_manifest};
use crate::world::*;

/// For a fuzzer as well: reads bytes as everything that this room reads.
fn read_everything(bytes: &[u8]) {
    fn document<D: Document>(bytes: &[u8]) {
        if let Ok(read) = parse::<D>(bytes) {
            assert_eq!(to_bytes(read.value()).expect("was canonical"), bytes);
        }
    }
    document::<Manifest>(bytes);
    document::<CustodyEntry>(bytes);
    document::<Details>(bytes);
    let _ = Head::read(bytes);
    assert!(open_all(&key(), ID, bytes).is_err(), "chance does not make an exhibit");
    if let Ok(text) = std::str::from_utf8(bytes) {
        let forms = [
            text.parse::<Quantity>().map(|q| q.to_string()).ok(),
            text.parse::<MediaType>().map(|m| m.to_string()).ok(),
            text.parse::<SealNumber>().map(|s| s.to_string()).ok(),
        ];
        assert!(forms.into_iter().flatten().all(|form| form == text));
    }
}

proptest! {
    #[test]
    fn arbitrary_bytes_are_answered(bytes in proptest::collection::vec(any::<u8>(), 0..2_000)) {
        read_everything(&bytes);
    }

    #[test]
    fn arbitrary_text_is_answered(text in "[0-9a-z .\\-/\"{}:,]{0,60}") {
        read_everything(text.as_bytes());
    }

    #[test]
    fn arbitrary_bytes_behind_a_good_head_are_refused(bytes in proptest::collection::vec(any::<u8>(), 0..40_000)) {
        let mut sealed = sealed(b"").1;
        sealed.truncate(56);
        sealed.extend(bytes);
        prop_assert!(refusal(&sealed).is_some());
    }

    #[test]
    fn a_good_document_with_some_bytes_changed_is_read_as_written_or_refused(
        which in 0..3usize, changes in proptest::collection::vec((any::<u16>(), any::<u8>()), 1..4)
    ) {
        let mut bytes = match which {
            0 => to_bytes(&good_manifest()),
            1 => to_bytes(&good_entry()),
            _ => to_bytes(&good_details()),
        }.expect("canonical");
        let length = bytes.len();
        for (at, byte) in changes {
            bytes[at as usize % length] = byte;
        }
        read_everything(&bytes);
    }
}
