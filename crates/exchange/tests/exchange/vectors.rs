//! The vectors under `docs/spec/vectors/{exchange,pouch}`: bytes and what a reader says to them.
//!
//! `COMITY_REGENERATE=1 cargo test -p exchange vectors` writes them anew; otherwise what stands there is compared with what we would write.

use std::path::{Path, PathBuf};

use exchange::batch::{BATCH_BYTES_MAX, ENVELOPES_MAX, FIRST_LINE};
use exchange::{BatchReader, Part, PouchReader};
use seal::envelope::ENVELOPE_BYTES_MAX;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::pouches::{part, read, written};
use crate::world::authority;

#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Vector {
    about: String,
    /// `ok`, or the code of the refusal.
    expect: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    batch: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    part: Option<String>,
    /// Who reads the part.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    to: Option<String>,
    /// What the refusal says among other things.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    says: Option<String>,
}

/// Words of hex with a space between them, where a word `00*N` stands for N zero bytes.
fn spelt(bytes: &[u8]) -> String {
    let (mut words, mut plain) = (Vec::new(), Vec::new());
    for run in bytes.chunk_by(|a, b| (*a == 0) == (*b == 0)) {
        if run[0] == 0 && run.len() >= 64 {
            words.extend((!plain.is_empty()).then(|| hex::encode(std::mem::take(&mut plain))));
            words.push(format!("00*{}", run.len()));
        } else {
            plain.extend_from_slice(run);
        }
    }
    words.extend((!plain.is_empty()).then(|| hex::encode(plain)));
    words.join(" ")
}

fn bytes(text: &str) -> Vec<u8> {
    let word = |word: &str| match word.strip_prefix("00*") {
        Some(zeros) => vec![0; zeros.parse().expect("a number")],
        None => hex::decode(word).expect("hex"),
    };
    text.split_whitespace().flat_map(word).collect()
}

fn batch_vectors() -> Vec<Vector> {
    let frame = |envelope: &[u8]| [&u32::try_from(envelope.len()).expect("small").to_be_bytes()[..], envelope].concat();
    let with = |rest: &[Vec<u8>]| [FIRST_LINE.to_vec(), rest.concat()].concat();
    let one = frame(b"envelope");
    let full = vec![0; ENVELOPE_BYTES_MAX];
    let rest = BATCH_BYTES_MAX - FIRST_LINE.len() - 8 - full.len();
    let (ok, framing, large) = ("ok", "exchange.framing", "exchange.too-large");
    let table: Vec<(&str, &str, Vec<u8>)> = vec![
        ("One envelope.", ok, with(std::slice::from_ref(&one))),
        ("No envelope.", ok, FIRST_LINE.to_vec()),
        (
            "Two envelopes, of which the second looks like a batch.",
            ok,
            with(&[one.clone(), frame(&with(std::slice::from_ref(&one)))]),
        ),
        ("As many envelopes as there may be.", ok, with(&vec![frame(b"x"); ENVELOPES_MAX])),
        ("The largest envelope.", ok, with(&[frame(&full)])),
        ("The largest batch.", ok, with(&[frame(&full), frame(&full[..rest])])),
        ("No bytes.", framing, vec![]),
        ("The first line ends too early.", framing, FIRST_LINE[..14].to_vec()),
        ("The first line ends as on other systems.", framing, b"comity.batch/1\r\n".to_vec()),
        ("Another version.", framing, b"comity.batch/2\n".to_vec()),
        ("A capital letter.", framing, b"Comity.batch/1\n".to_vec()),
        ("A mark before the first line.", framing, [b"\xef\xbb\xbf", FIRST_LINE].concat()),
        ("A length of three bytes.", framing, with(&[vec![0, 0, 0]])),
        ("An envelope of no bytes.", framing, with(&[frame(b"")])),
        ("An envelope of no bytes behind another.", framing, with(&[one.clone(), frame(b"")])),
        ("An envelope that lacks its last byte.", framing, with(&[one[..one.len() - 1].to_vec()])),
        ("A byte behind the last envelope.", framing, with(&[one.clone(), vec![0]])),
        ("A length with its least byte first.", large, with(&[vec![8, 0, 0, 0], b"envelope".to_vec()])),
        ("An envelope of one byte too many.", large, with(&[vec![0, 0x80, 0, 1], vec![0; ENVELOPE_BYTES_MAX + 1]])),
        ("The largest length there can be.", large, with(&[vec![0xff; 4]])),
        ("One envelope too many.", large, with(&vec![frame(b"x"); ENVELOPES_MAX + 1])),
        ("A batch of one byte too many.", large, with(&[frame(&full), frame(&full[..rest + 1])])),
    ];
    let vector = |(about, expect, batch): (&str, &str, Vec<u8>)| Vector {
        about: about.into(),
        expect: expect.into(),
        batch: Some(spelt(&batch)),
        part: None,
        to: None,
        says: None,
    };
    table.into_iter().map(vector).collect()
}

/// A part whose second line is what we like, with the digests that belong to it.
fn with_header(line: &str, records: &[(u8, &[u8])]) -> Vec<u8> {
    let lines = format!("comity.pouch/1\n{line}\n");
    let digest: [u8; 32] = Sha256::digest(&lines).into();
    let mut bytes = format!("{lines}{}\n", hex::encode(digest)).into_bytes();
    for (number, (kind, contents)) in (1u64..).zip(records) {
        let length = u32::try_from(contents.len()).expect("small").to_be_bytes();
        let start = [&[*kind][..], &length].concat();
        let check: [u8; 32] = Sha256::digest([&digest[..], &number.to_be_bytes(), &start].concat()).into();
        let end: [u8; 32] = Sha256::digest([&check[..8], contents].concat()).into();
        bytes = [&bytes, &start, &check[..8], contents, &end[..]].concat();
    }
    bytes
}

/// The same, with an end that is as it must be.
fn ended(line: &str, records: &[(u8, &[u8])]) -> Vec<u8> {
    let whole: [u8; 32] = Sha256::digest(with_header(line, records)).into();
    with_header(line, &[records, &[(0, &whole)]].concat())
}

fn part_vectors() -> Vec<Vector> {
    let here = part(1, 1);
    let good = written(&here, &[b"first", b"second"]);
    let line = String::from_utf8(terms::canonical::to_bytes(&here).expect("canonical")).expect("text");
    let body = good.iter().enumerate().filter(|(_, byte)| **byte == b'\n').nth(2).expect("three lines").0 + 1;
    let change = |at: usize| {
        let mut changed = good.clone();
        changed[at] ^= 1;
        changed
    };
    let exchanged = |old: &str, new: &str| {
        assert!(line.contains(old), "{line}");
        ended(&line.replacen(old, new, 1), &[(1, b"first")])
    };
    let (form, damaged, cut) = ("exchange.pouch-form", "exchange.pouch-damaged", "exchange.pouch-cut");
    let record = 13 + 5 + 32;
    let piece = [&[9; 16][..], &56u64.to_be_bytes(), b"sealed"].concat();
    let table: Vec<(&str, &str, Vec<u8>, Option<&str>)> = vec![
        ("Two envelopes.", "ok", good.clone(), None),
        ("No envelope.", "ok", ended(&line, &[]), None),
        ("Part two of three.", "ok", written(&part(2, 3), &[b"x"]), None),
        ("An envelope of zeros.", "ok", written(&here, &[&[0; 200]]), None),
        ("A piece of an exhibit, from byte 56 on.", "ok", ended(&line, &[(1, b"first"), (2, &piece)]), None),
        ("A piece of one byte.", "ok", ended(&line, &[(2, &piece[..25])]), None),
        ("Nothing.", form, vec![], None),
        ("A batch.", form, b"comity.batch/1\n".to_vec(), None),
        ("Another version.", form, [b"comity.pouch/2\n", &good[15..]].concat(), None),
        ("It ends within the first line.", cut, good[..9].to_vec(), Some("header")),
        ("It ends within the second line.", cut, good[..60].to_vec(), Some("header")),
        ("It ends before its first record.", cut, good[..body].to_vec(), Some("beginning of record 1")),
        ("It ends within the first envelope.", cut, good[..body + 15].to_vec(), Some("contents of record 1")),
        ("It ends between two envelopes.", cut, good[..body + record].to_vec(), Some("beginning of record 2")),
        ("It lacks its last byte.", cut, good[..good.len() - 1].to_vec(), Some("digest of record 3")),
        ("A bit of the second line was changed.", damaged, change(40), Some("header")),
        ("A bit of the line with the digest was changed.", damaged, change(body - 5), Some("header")),
        ("A bit of a kind was changed.", damaged, change(body), Some("beginning of record 1")),
        ("A bit of a length was changed.", damaged, change(body + 4), Some("beginning of record 1")),
        ("A bit of an envelope was changed.", damaged, change(body + 14), Some("contents of record 1")),
        (
            "A bit of the second envelope's digest was changed.",
            damaged,
            change(body + 2 * record - 1),
            Some("contents of record 2"),
        ),
        ("A bit of the end was changed.", damaged, change(good.len() - 40), Some("contents of record 3")),
        ("A byte behind the end.", damaged, [good.as_slice(), b"\0"].concat(), Some("end")),
        ("Two parts in one file.", damaged, good.repeat(2), Some("end")),
        ("The first envelope is missing.", damaged, [&good[..body], &good[body + record..]].concat(), Some("record 1")),
        (
            "The first envelope stands there twice.",
            damaged,
            [&good[..body + record], &good[body..]].concat(),
            Some("record 2"),
        ),
        (
            "The end is that of another part, whole in itself.",
            damaged,
            {
                let wrong = [7; 32];
                with_header(&line, &[(1, b"first"), (0, &wrong)])
            },
            Some("end"),
        ),
        ("A record of a kind that is not known.", form, ended(&line, &[(3, b"first")]), Some("kind")),
        ("A piece of no bytes.", form, ended(&line, &[(2, &piece[..24])]), Some("length")),
        (
            "A piece of one byte too many.",
            form,
            ended(&line, &[(2, &vec![0; ENVELOPE_BYTES_MAX + 1])])[..body + 14].to_vec(),
            Some("length"),
        ),
        ("An envelope of no bytes.", form, ended(&line, &[(1, b"")]), Some("length")),
        ("An end of 31 bytes.", form, with_header(&line, &[(0, &[7; 31])]), Some("length")),
        (
            "An envelope of one byte too many.",
            form,
            ended(&line, &[(1, &vec![0; ENVELOPE_BYTES_MAX + 1])])[..body + 14].to_vec(),
            Some("length"),
        ),
        ("A space in the second line.", form, exchanged(":", ": "), None),
        ("A member more in the second line.", form, exchanged("{", "{\"a\":1,"), None),
        ("A member less in the second line.", form, exchanged("\"part\":1,", ""), None),
        ("Part zero.", form, exchanged("\"part\":1", "\"part\":0"), None),
        ("Part two of one.", form, exchanged("\"part\":1", "\"part\":2"), None),
        ("No parts.", form, exchanged("\"parts\":1", "\"parts\":0"), None),
        ("Ten thousand parts.", form, exchanged("\"parts\":1", "\"parts\":10000"), None),
        ("Half a part.", form, exchanged("\"part\":1", "\"part\":1.5"), None),
        ("From an authority to itself.", form, exchanged("es.moj", "ma.moj"), None),
        ("From nobody.", form, exchanged("es.moj", "es moj"), None),
        ("An id of fifteen bytes.", form, exchanged("0707", "07"), None),
        ("A moment with fractions.", form, exchanged("08:15:00Z", "08:15:00.5Z"), None),
        ("For another authority.", "exchange.pouch-recipient", exchanged("ma.moj", "fr.moj"), Some("fr.moj")),
        (
            "A second line without end.",
            damaged,
            [b"comity.pouch/1\n", vec![b'x'; 2000].as_slice()].concat(),
            Some("header"),
        ),
    ];
    let vector = |(about, expect, part, says): (&str, &str, Vec<u8>, Option<&str>)| Vector {
        about: about.into(),
        expect: expect.into(),
        batch: None,
        part: Some(spelt(&part)),
        to: Some("ma.moj".into()),
        says: says.map(str::to_owned),
    };
    table.into_iter().map(vector).collect()
}

fn place(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/spec/vectors").join(name)
}

/// What stands in the file, after comparing it with what would be written.
fn kept(name: &str, made: Vec<Vector>) -> Vec<Vector> {
    let lines = made.iter().map(|vector| serde_json::to_string(vector).expect("JSON") + "\n").collect::<String>();
    if std::env::var_os("COMITY_REGENERATE").is_some() {
        std::fs::create_dir_all(place(name).parent().expect("a folder")).expect("makes the folder");
        std::fs::write(place(name), &lines).expect("writes");
    }
    let text = std::fs::read_to_string(place(name)).expect("the vectors are there");
    let kept: Vec<Vector> = text.lines().map(|line| serde_json::from_str(line).expect("a vector")).collect();
    for (kept, made) in kept.iter().zip(&made) {
        assert_eq!(kept.about, made.about);
        assert!(kept == made, "{}: it would be written otherwise today", made.about);
    }
    assert_eq!(kept.len(), made.len());
    kept
}

#[test]
fn batch_vectors_are_answered_as_they_say() {
    for Vector { about, expect, batch, .. } in kept("exchange/batches.jsonl", batch_vectors()) {
        let batch = bytes(&batch.expect("a batch"));
        for size in [batch.len().max(1), 1000, 7] {
            let mut reader = BatchReader::default();
            let fed = batch.chunks(size).try_for_each(|piece| reader.push(piece)).and_then(|()| reader.finish());
            assert_eq!(fed.map_or_else(|wrong| wrong.code(), |_| "ok"), expect, "{about} in pieces of {size}");
        }
    }
}

#[test]
fn pouch_vectors_are_answered_as_they_say() {
    for Vector { about, expect, part, to, says, .. } in kept("pouch/parts.jsonl", part_vectors()) {
        let part = bytes(&part.expect("a part"));
        match read(&part, &authority(&to.expect("a reader"))) {
            Ok(_) => assert_eq!("ok", expect, "{about}"),
            Err(flaw) => {
                assert_eq!(flaw.code(), expect, "{about}: {flaw}");
                let says = says.unwrap_or_default();
                assert!(flaw.to_string().contains(&says), "{about}: {flaw}");
            }
        }
    }
}

#[test]
fn a_part_made_by_hand_from_the_specification_is_the_part_that_we_write() {
    let part: Part = part(1, 1);
    let line = String::from_utf8(terms::canonical::to_bytes(&part).expect("canonical")).expect("text");
    assert_eq!(ended(&line, &[(1, b"first"), (1, b"second")]), written(&part, &[b"first", b"second"]));
    assert!(PouchReader::open(ended(&line, &[]).as_slice(), &part.to).is_ok());
}
