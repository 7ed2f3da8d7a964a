//! Histories of things: the tables of what can follow what, and where parts and images come from.

use evidence::custody::{CustodyEntry, Handling, Origin, Part, Place, Thing, check, check_origin};
use evidence::document::frame;
use evidence::{ItemId, Quantity, Verdict};
use terms::{Digest, ExhibitId, Moment};

use crate::world::*;

const PHONE: Thing = Thing::Item { id: ItemId::new([0xee; 16]) };
const IMAGE: Thing = Thing::Exhibit { id: ExhibitId::new([0x1d; 16]), sha256: Digest::new([9; 32]) };

/// So many minutes into the story.
pub fn at(minutes: i64) -> Moment {
    moment("2026-06-01T12:00:00Z").plus_seconds(minutes * 60)
}

fn weight(text: &str) -> Quantity {
    text.parse().expect("a quantity")
}

fn handling(word: &str) -> Handling {
    let (kind, fact) = word.split_once(' ').unwrap_or((word, ""));
    let seals = || fact.split(',').filter(|s| !s.is_empty()).map(|s| s.parse().expect("a seal")).collect();
    let stated = || (!fact.is_empty()).then(|| weight(fact));
    match kind {
        "seized" => Handling::Seized { weight: stated() },
        "acquired" => Handling::Acquired { origin: None },
        "imaged" => Handling::Imaged { yields: vec![ExhibitId::new([0x1d; 16])] },
        "sealed" => Handling::Sealed { seals: seals() },
        "opened" => Handling::Opened { seals: seals() },
        "weighed" => Handling::Weighed { weight: weight(fact) },
        "split" => {
            let part = |n: u8| Part { item: ItemId::new([n; 16]), weight: weight("1 g") };
            Handling::Split { whole: weight(fact), parts: vec![part(1), part(2)], loss: weight("0 g") }
        }
        "exported" => Handling::Exported {},
        "sent" => Handling::Transmitted { to: authority(fact) },
        "received" => Handling::Received { seals: seals(), weight: None },
        "arrived-weighing" => Handling::Received { seals: Vec::new(), weight: stated() },
        "held" => Handling::Held {},
        "lifted" => Handling::Lifted {},
        "kept" => Handling::Kept { until: at(1_000) },
        "asked" => Handling::DestructionAsked {},
        "dropped" => Handling::DestructionDropped {},
        "returned" => Handling::Returned {},
        "destroyed" => Handling::Destroyed {},
        other => panic!("no handling {other}"),
    }
}

/// A line as it would be written: `es seized 2 g; es sealed A-1`. Each entry follows the one before it by a minute.
fn line(thing: Thing, story: &str) -> Vec<CustodyEntry> {
    let mut previous = None;
    let entries = story.split("; ").zip(1..).map(|(step, minutes)| {
        let (who, what) = step.split_once(' ').expect("who and what");
        let author = authority(&format!("{who}.moj"));
        let entry = CustodyEntry::new(author, thing, handling(what), at(minutes), previous, Digest::new([3; 32]));
        previous = Some(id(&entry));
        entry
    });
    entries.collect()
}

fn id(entry: &CustodyEntry) -> Digest {
    Digest::of(&[frame(entry.clone()).expect("in form").bytes()])
}

fn links(line: &mut [CustodyEntry]) {
    for at in 1..line.len() {
        line[at].previous = Some(id(&line[at - 1]));
    }
}

/// Name, answer, line: also published as vectors.
pub fn history_cases() -> Vec<(&'static str, &'static str, Vec<CustodyEntry>)> {
    let mut cases = Vec::new();
    for (name, expect, story) in [
        (
            "a phone from seizure to return",
            "matches",
            "es seized; es sealed A-1,A-2; es sent ma.moj; ma received A-1,A-2; ma opened A-1,A-2; ma imaged; ma returned",
        ),
        ("a sample that is weighed, split and gone", "matches", "es seized 2 g; es weighed 2000 mg; es split 2.0 g"),
        ("an item that comes back undelivered", "matches", "es seized; es sent ma.moj; es received; es destroyed"),
        ("an item that arrives without its history", "matches", "ma received A-1; ma opened A-1"),
        (
            "held, lifted and given back",
            "matches",
            "es seized; es held; es opened; es sealed A-1; es lifted; es returned",
        ),
        ("a hold is not the recipient's", "matches", "es seized; es held; es sent ma.moj; ma received; ma destroyed"),
        ("destroyed while it was held", "does-not-match: the thing was held", "es seized; es held; es destroyed"),
        ("given back while it was held", "does-not-match: the thing was held", "es seized; es held; es returned"),
        (
            "destroyed while it was held, after it came back undelivered",
            "does-not-match: the thing was held",
            "es seized; es held; es sent ma.moj; es received; es destroyed",
        ),
        ("held by somebody who did not keep it", "does-not-match: ma.moj did not keep", "es seized; ma held"),
        (
            "opened after destroyed",
            "does-not-match: was destroyed before",
            "es seized; es sealed A-1; es destroyed; es opened A-1",
        ),
        ("destroyed twice", "does-not-match: was destroyed before", "es seized; es destroyed; es destroyed"),
        (
            "handled after it was returned",
            "does-not-match: was returned before",
            "es seized; es returned; es weighed 1 g",
        ),
        ("handled after it was split", "does-not-match: was split before", "es seized; es split 2 g; es sealed A-1"),
        (
            "handled by somebody who never had it",
            "does-not-match: ma.moj did not keep the thing",
            "es seized; ma sealed A-1",
        ),
        (
            "handled by the sender while under way",
            "does-not-match: on its way to ma.moj",
            "es seized; es sent ma.moj; es weighed 1 g",
        ),
        (
            "received by another than the addressee",
            "does-not-match: without having been sent to fr.moj",
            "es seized; es sent ma.moj; fr received",
        ),
        ("received without being sent", "does-not-match: without having been sent", "es seized; es received"),
        ("sent to oneself", "does-not-match: to itself", "es seized; es sent es.moj"),
        (
            "handled by the sender after arrival",
            "does-not-match: es.moj did not keep",
            "es seized; es sent ma.moj; ma received; es destroyed",
        ),
        (
            "other seals on arrival",
            "does-not-match: seals are not those",
            "es seized; es sealed A-1; es sent ma.moj; ma received A-2",
        ),
        (
            "a seal missing on arrival",
            "does-not-match: seals are not those",
            "es seized; es sealed A-1,A-2; es sent ma.moj; ma received A-1",
        ),
        (
            "no seal where one was put on",
            "does-not-match: seals are not those",
            "es seized; es sealed A-1; es sent ma.moj; ma received",
        ),
        (
            "other seals broken than put on",
            "does-not-match: seals are not those",
            "es seized; es sealed A-1; es opened A-9",
        ),
        ("opened without having been sealed", "does-not-match: seals are not those", "es seized; es opened A-1"),
        ("imaged through its seals", "does-not-match: under seal", "es seized; es sealed A-1; es imaged"),
        ("split through its seals", "does-not-match: under seal", "es seized 2 g; es sealed A-1; es split 2 g"),
        ("sealed over its seals", "does-not-match: under seal", "es seized; es sealed A-1; es sealed A-2"),
        (
            "lighter than before",
            "does-not-match: it weighs 1.999 g, and 2 g was stated before",
            "es seized 2 g; es weighed 1.999 g",
        ),
        (
            "lighter on arrival",
            "does-not-match: it weighs 1.9 g",
            "es seized 2 g; es sent ma.moj; ma arrived-weighing 1.9 g",
        ),
        ("a split of more than there was", "does-not-match: it weighs 2 g, and 1.5 g", "es seized 1.5 g; es split 2 g"),
    ] {
        cases.push((name, expect, line(PHONE, story)));
    }
    for (name, expect, story) in [
        (
            "an exhibit that the recipient opens",
            "matches",
            "es acquired; es sealed; es sent ma.moj; ma received; ma opened; ma exported",
        ),
        (
            "an exhibit that its sender keeps using",
            "matches",
            "es acquired; es sent ma.moj; es opened; es asked; es destroyed",
        ),
        (
            "an exhibit opened after its keys were destroyed",
            "does-not-match: was destroyed before",
            "es acquired; es asked; es destroyed; es opened",
        ),
        (
            "an exhibit destroyed after all",
            "matches",
            "es acquired; es asked; es dropped; es opened; es asked; es destroyed",
        ),
        (
            "an exhibit that nobody had asked to destroy",
            "does-not-match: nobody had asked",
            "es acquired; es sealed; es destroyed",
        ),
        (
            "an exhibit whose destruction was dropped",
            "does-not-match: nobody had asked",
            "es acquired; es asked; es dropped; es destroyed",
        ),
        (
            "an exhibit destroyed on the word of its sender",
            "does-not-match: nobody had asked",
            "es acquired; es asked; es sent ma.moj; ma received; ma destroyed",
        ),
        (
            "an exhibit destroyed while it was held",
            "does-not-match: the thing was held",
            "es acquired; es asked; es held; es destroyed",
        ),
        (
            "an exhibit opened by its addressee before it arrived",
            "does-not-match: ma.moj did not keep",
            "es acquired; es sent ma.moj; ma opened",
        ),
    ] {
        cases.push((name, expect, line(IMAGE, story)));
    }
    let story = "es seized; es sealed A-1; es opened A-1; es weighed 1 g";
    let good = line(PHONE, story);
    cases.push(("no entry at all", "cannot-be-checked", Vec::new()));
    cases.push(("the beginning is missing", "cannot-be-checked", good[1..].to_vec()));
    let later = line(PHONE, "es seized; es sealed A-1; es weighed 1 g; es opened A-1; es sealed A-2; es opened A-1");
    cases.push(("the entry that put the seals on is missing", "cannot-be-checked", later[2..4].to_vec()));
    cases.push((
        "the beginning is missing, and other seals were broken than put on",
        "does-not-match: seals are not those",
        later[2..].to_vec(),
    ));
    let destroyed = line(IMAGE, "es acquired; es asked; es opened; es destroyed");
    cases.push(("whether anybody had asked is missing", "cannot-be-checked", destroyed[2..].to_vec()));
    cases.push((
        "an entry in the middle is missing",
        "does-not-match: names another",
        [&good[..1], &good[2..]].concat(),
    ));
    cases.push((
        "two entries exchanged",
        "does-not-match: names another",
        vec![good[0].clone(), good[2].clone(), good[1].clone()],
    ));
    cases.push(("an entry twice", "does-not-match: names another", [&good[..2], &good[1..]].concat()));
    let mut changed = good.clone();
    changed[1].details = Digest::new([4; 32]);
    cases.push(("an entry changed after the next was signed", "does-not-match: names another", changed));
    let mut earlier = good.clone();
    earlier[2].time = at(0);
    links(&mut earlier);
    cases.push(("older than the one before", "does-not-match: before the entry that it follows", earlier));
    let mut future = good.clone();
    future[3].time = at(1_001);
    links(&mut future);
    cases.push(("dated in the future", "does-not-match: has not come yet", future));
    let mut other = good.clone();
    other[2].thing = Thing::Item { id: ItemId::new([0xdd; 16]) };
    links(&mut other);
    cases.push(("about another item in between", "does-not-match: another thing", other));
    let mut digest = line(IMAGE, "es acquired; es opened");
    digest[1].thing = Thing::Exhibit { id: ExhibitId::new([0x1d; 16]), sha256: Digest::new([8; 32]) };
    cases.push(("an exhibit whose digest changed", "does-not-match: another digest", digest));
    cases
}

#[test]
fn what_stands_after_a_history_is_where_the_thing_is() {
    let story = "es seized 2 g; es sealed A-1; es sent ma.moj; ma received A-1";
    let entries = line(PHONE, story);
    let standing = |entries: &[CustodyEntry]| {
        check(entries.iter().map(|e| (id(e), e)), at(1_000)).standing.expect("an entry at least")
    };
    assert_eq!(standing(&entries[..3]).place, Place::UnderWay(authority("ma.moj")));
    let end = standing(&entries);
    assert_eq!(
        (end.keeper, end.place, end.seals.map(|seals| seals.len())),
        (authority("ma.moj"), Place::Kept, Some(1))
    );
    assert_eq!(end.weight, Some(weight("2 g")));
}

#[test]
fn a_part_and_an_image_name_the_entry_from_which_they_come() {
    let split = line(PHONE, "es seized 2 g; es split 2 g").pop().expect("two");
    let imaged = line(PHONE, "es seized; es imaged").pop().expect("two");
    let origin = |entry: &CustodyEntry| Origin { item: ItemId::new([0xee; 16]), entry: id(entry) };
    let first = |thing: Thing, handling: Handling| CustodyEntry { thing, handling, previous: None, ..split.clone() };
    let part = |n: u8, grams: &str| {
        let handling = Handling::Separated { origin: origin(&split), weight: weight(grams) };
        first(Thing::Item { id: ItemId::new([n; 16]) }, handling)
    };
    let image = |of: &CustodyEntry| first(IMAGE, Handling::Acquired { origin: Some(origin(of)) });
    use Verdict::{CannotBeChecked, DoesNotMatch, Matches};
    for (name, first, whole, verdict) in [
        ("a part", part(1, "1000 mg"), Some(&split), Matches),
        ("a part of another weight", part(1, "1.1 g"), Some(&split), DoesNotMatch),
        ("a part that the split does not name", part(3, "1 g"), Some(&split), DoesNotMatch),
        ("a part against another entry", part(1, "1 g"), Some(&imaged), DoesNotMatch),
        ("a part whose whole is not at hand", part(1, "1 g"), None, CannotBeChecked),
        ("an image", image(&imaged), Some(&imaged), Matches),
        ("an image against a split", image(&split), Some(&split), DoesNotMatch),
        ("what comes from nowhere", line(PHONE, "es seized").remove(0), Some(&split), CannotBeChecked),
    ] {
        assert_eq!(check_origin(&first, whole.map(|entry| (id(entry), entry))), verdict, "{name}");
    }
}
