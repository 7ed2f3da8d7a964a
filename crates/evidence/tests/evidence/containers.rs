//! Containers from hostile hands: every bit counts, nothing hides, nothing explodes; and large ones are a stream.

use std::io::{self, Read, Write};
use std::path::Path;
use std::process::Command;

use evidence::asic::{Container, Member, Plan};
use evidence::verify::{self, Parts as _};
use evidence::{Failure, ReadAt, Verdict, unwatched};
use proptest::prelude::*;

use crate::dossier::*;
use crate::exports::Folder;
use crate::witnesses::python;

fn verdict(case: &Case, bytes: &[u8]) -> Verdict {
    let (cards, roots) = (case.cards(), case.time_roots());
    verify::container(bytes, &trust(&cards, &roots), &mut unwatched).expect("answers").verdict
}

/// Where a text stands, counted from the end: in the directory rather than before the member.
fn last(bytes: &[u8], text: &str) -> usize {
    bytes.windows(text.len()).rposition(|window| window == text.as_bytes()).expect("is there")
}

fn first(bytes: &[u8], text: &str) -> usize {
    bytes.windows(text.len()).position(|window| window == text.as_bytes()).expect("is there")
}

#[test]
fn every_single_bit_of_a_container_counts() {
    let case = Case::minimal();
    let bytes = case.container();
    assert_eq!(verdict(&case, &bytes), Verdict::Matches);
    let (cards, roots) = (case.cards(), case.time_roots());
    let trust = trust(&cards, &roots);
    // What members hold is under one checksum each, so of each of their bytes one bit is changed; of all around them, and of the signed list
    // and its signature, every bit.
    let opened = Container::open(bytes.as_slice()).expect("opens");
    let contents = opened.names().into_iter().map(|name| {
        let held = opened.read(&name, 1 << 20).expect("reads");
        let from = bytes.windows(held.len()).position(|window| window == held).expect("is there");
        from..from + held.len()
    });
    let contents: Vec<_> = contents.collect();
    std::thread::scope(|scope| {
        for part in 0..2 {
            let (bytes, trust, contents) = (&bytes, &trust, &contents);
            scope.spawn(move || {
                let mut changed = bytes.clone();
                for byte in (0..bytes.len()).filter(|byte| byte % 2 == part) {
                    let bits =
                        if contents.iter().any(|range| range.contains(&byte)) { byte % 8..byte % 8 + 1 } else { 0..8 };
                    for bit in bits {
                        changed[byte] ^= 1 << bit;
                        let report = verify::container(changed.as_slice(), trust, &mut unwatched).expect("answers");
                        assert_ne!(report.verdict, Verdict::Matches, "bit {bit} of byte {byte} of {}", bytes.len());
                        changed[byte] = bytes[byte];
                    }
                }
            });
        }
    });
}

#[test]
fn every_single_bit_of_a_document_counts_even_without_container_and_sums() {
    let case = Case::minimal();
    let mut folder = Folder::of(&case.container());
    for rendering in ["SHA256SUMS", "index.html", "case.jsonld"] {
        folder.0.remove(rendering);
    }
    assert_eq!(folder.verdict(&case), Verdict::Matches);
    let (cards, roots) = (case.cards(), case.time_roots());
    let trust = trust(&cards, &roots);
    let names: Vec<_> = folder.names();
    assert!(names.len() > 12, "{names:?}");
    // Signatures and tokens are changed in every bit where they are read (`seal`); here every byte of them once, and of all else every bit.
    let bits = |name: &str, byte: usize| if name.ends_with(".p7s") { byte % 8..byte % 8 + 1 } else { 0..8 };
    let places = names.iter().flat_map(|name| (0..folder.0[name].len()).map(move |byte| (name, byte)));
    let places: Vec<(&String, usize)> = places.collect();
    std::thread::scope(|scope| {
        for half in places.chunks(places.len().div_ceil(2)) {
            let (mut folder, trust, bits) = (folder.clone(), &trust, &bits);
            scope.spawn(move || {
                for (name, byte) in half {
                    for bit in bits(name, *byte) {
                        folder.0.get_mut(*name).expect("is there")[*byte] ^= 1 << bit;
                        assert_ne!(folder.worst(trust), Verdict::Matches, "bit {bit} of byte {byte} of {name}");
                        folder.0.get_mut(*name).expect("is there")[*byte] ^= 1 << bit;
                    }
                }
            });
        }
    });
}

/// A change to a good container.
type Change = Box<dyn Fn(&mut Vec<u8>)>;

#[test]
fn what_zip_allows_beyond_our_form_is_refused() {
    let case = Case::minimal();
    let good = case.container();
    let at = |field: usize, bytes: &'static [u8]| -> Change {
        // Into the directory's first entry, that of `mimetype`.
        Box::new(move |zip| {
            let entry = last(zip, "mimetype") - 46;
            zip[entry + field..entry + field + bytes.len()].copy_from_slice(bytes);
        })
    };
    let rename = |from: &'static str, to: &'static str| -> Change {
        Box::new(move |zip| {
            for place in [first(zip, from), last(zip, from)] {
                zip[place..place + to.len()].copy_from_slice(to.as_bytes());
            }
        })
    };
    let changes: Vec<(&str, Change)> = vec![
        ("nothing at all", Box::new(|zip| zip.clear())),
        ("cut by one byte", Box::new(|zip| zip.truncate(zip.len() - 1))),
        ("cut in the middle", Box::new(|zip| zip.truncate(zip.len() / 2))),
        ("one byte appended", Box::new(|zip| zip.push(0))),
        ("a second end appended", Box::new(|zip| zip.extend(zip[zip.len() - 22..].to_vec()))),
        ("a whole container appended", Box::new(|zip| zip.extend(zip.clone()))),
        ("one byte in front", Box::new(|zip| zip.insert(0, 0))),
        (
            "a comment",
            Box::new(|zip| {
                let end = zip.len();
                zip[end - 2] = 1;
                zip.push(b'x');
            }),
        ),
        (
            "a gap before the directory",
            Box::new(|zip| {
                let begins = zip.len() - 22 + 16;
                let offset = u32::from_le_bytes(zip[begins..begins + 4].try_into().expect("four"));
                zip[begins..begins + 4].copy_from_slice(&(offset + 1).to_le_bytes());
                zip.insert(offset as usize, 0);
            }),
        ),
        (
            "fewer entries than the end says",
            Box::new(|zip| {
                let end = zip.len() - 22;
                zip[end + 8] += 1;
                zip[end + 10] += 1;
            }),
        ),
        ("a compressed member", at(10, &[8])),
        ("an encrypted member", at(8, &[1])),
        ("a data descriptor", at(8, &[8])),
        ("another disk", at(34, &[1])),
        ("attributes of a symbolic link", at(38, &[0, 0, 0xff, 0xa1])),
        ("a size of 4 GiB", at(24, &[0xff; 4])),
        ("a compressed size that differs", at(20, &[9])),
        ("two members in one place", at(42, &[1])),
        ("another checksum in the directory", at(16, &[1, 2, 3, 4])),
        ("a path that climbs", rename("acts/", "../..")),
        ("an absolute path", rename("index.html", "/etc/passw")),
        ("a name twice", rename("index.html", "case.jsonl")),
        ("a name twice but for capitals", rename("case.jsonld", "INDEX.htmlx")),
        ("a name that is not listed", rename("index.html", "indey.html")),
        ("another mimetype", rename("etsi.asic-e+zip", "etsi.asic-s+zip")),
    ];
    for (what, change) in changes {
        let mut bytes = good.clone();
        change(&mut bytes);
        match Container::open(bytes.as_slice()) {
            Err(Failure::Flaw(flaw)) => assert_eq!(flaw.code(), "evidence.container", "{what}"),
            other => panic!("{what}: {other:?}"),
        }
        assert_ne!(verdict(&case, &bytes), Verdict::Matches, "{what}");
    }
}

#[test]
fn what_was_never_a_container_cannot_be_checked_and_what_was_one_does_not_match() {
    let case = Case::minimal();
    let mut cut = case.container();
    cut.pop();
    assert_eq!(verdict(&case, &cut), Verdict::DoesNotMatch);
    for other in [&b""[..], b"PK\x05\x06", &[0; 1000], b"%PDF-1.7"] {
        assert_eq!(verdict(&case, other), Verdict::CannotBeChecked);
    }
}

#[test]
fn pythons_zipfile_reads_our_container_and_we_refuse_the_one_it_packs_anew() {
    let case = Case::new();
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::write(folder.path().join("ours.asice"), case.container()).expect("writes");
    let script = "
import zipfile
ours = zipfile.ZipFile('ours.asice')
assert ours.testzip() is None
assert ours.namelist()[0] == 'mimetype' and ours.read('mimetype') == b'application/vnd.etsi.asic-e+zip'
with zipfile.ZipFile('theirs.asice', 'w', zipfile.ZIP_DEFLATED) as theirs:
    for name in ours.namelist():
        theirs.writestr(name, ours.read(name))
print(len(ours.namelist()))
";
    let said = run(Command::new(python()).args(["-c", script]), folder.path());
    let opened = case.container();
    let opened = Container::open(opened.as_slice()).expect("opens");
    assert_eq!(said.trim(), (opened.names().len() + 3).to_string());
    let theirs = std::fs::read(folder.path().join("theirs.asice")).expect("packed");
    assert_eq!(Container::open(theirs.as_slice()).err().map(|failure| failure.code()), Some("evidence.container"));
    let tested = run(Command::new("unzip").args(["-tq", "ours.asice"]), folder.path());
    assert!(tested.contains("No errors detected"), "{tested}");
}

fn run(command: &mut Command, folder: &Path) -> String {
    let output = command.current_dir(folder).output().expect("the witness starts");
    let said = [output.stdout.as_slice(), &output.stderr].map(String::from_utf8_lossy).concat();
    assert!(output.status.success(), "{said}");
    said
}

/// So many zeros, read.
fn zeros(size: u64) -> impl Read {
    io::repeat(0).take(size)
}

/// A sink that keeps what is not zero, and where: a file of many gigabytes in little memory.
#[derive(Default)]
struct Sparse {
    size: u64,
    kept: Vec<(u64, Vec<u8>)>,
}

impl Write for Sparse {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if bytes.iter().any(|byte| *byte != 0) {
            self.kept.push((self.size, bytes.to_vec()));
        }
        self.size += bytes.len() as u64;
        Ok(bytes.len())
    }
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl ReadAt for Sparse {
    fn size(&self) -> io::Result<u64> {
        Ok(self.size)
    }
    fn read_exact_at(&self, offset: u64, into: &mut [u8]) -> io::Result<()> {
        let ends = offset + into.len() as u64;
        if ends > self.size {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        into.fill(0);
        for (at, bytes) in &self.kept {
            let (from, to) = (offset.max(*at), ends.min(at + bytes.len() as u64));
            if from < to {
                let piece = &bytes[(from - at) as usize..(to - at) as usize];
                into[(from - offset) as usize..(to - offset) as usize].copy_from_slice(piece);
            }
        }
        Ok(())
    }
}

#[test]
fn a_member_beyond_four_gigabytes_is_a_stream_and_zip64_carries_it() {
    const LARGE: u64 = (4 << 30) + 12_345;
    let mut sum = evidence::asic::Checksum::new();
    io::copy(&mut zeros(LARGE), &mut sum).expect("counts");
    // The digest of the large member is not asked here; the container carries what it is told.
    let large = sum.measure(terms::Digest::new([1; 32]));
    let small = measure(b"after it");
    let mut plan = Plan::new();
    for (name, measure) in [("exhibits/large.bin", large), ("exhibits/small.bin", small)] {
        let media = evidence::MediaType::unknown();
        plan.add(Member { name: name.parse().expect("a name"), media, measure }).expect("is new");
    }
    let written = plan
        .write(b"no signature", Sparse::default(), &mut |member, mut out| {
            let copied = match member.name.as_str() {
                "exhibits/large.bin" => io::copy(&mut zeros(LARGE), &mut out),
                _ => out.write_all(b"after it").map(|()| 8),
            };
            assert_eq!(copied.expect("writes"), member.measure.size);
            Ok(())
        })
        .expect("written");
    assert_eq!(plan.size(12), Some(written.size));
    let folder = tempfile::tempdir().expect("a folder");
    let file = std::fs::File::create(folder.path().join("large.zip")).expect("a file");
    file.set_len(written.size).expect("sparse");
    for (at, bytes) in &written.kept {
        std::os::unix::fs::FileExt::write_all_at(&file, bytes, *at).expect("writes");
    }
    let script = "
import zipfile
z = zipfile.ZipFile('large.zip')
print([i.file_size for i in z.infolist()][-2:], z.read('exhibits/small.bin').decode(), z.open('exhibits/large.bin').read(3))
";
    let said = run(Command::new(python()).args(["-c", script]), folder.path());
    assert_eq!(said.trim(), format!("[{LARGE}, 8] after it b'\\x00\\x00\\x00'"));
    let listed = run(Command::new("unzip").args(["-l", "large.zip"]), folder.path());
    assert!(listed.contains(&LARGE.to_string()), "{listed}");

    let opened = Container::open(written).expect("opens");
    assert_eq!(opened.size("exhibits/large.bin"), Some(LARGE));
    assert_eq!(opened.read("exhibits/small.bin", 100).expect("reads"), b"after it");
    let copied = io::copy(&mut opened.member("exhibits/large.bin").expect("is there"), &mut io::sink());
    assert_eq!(copied.expect("its checksum agrees"), LARGE);
    assert!(opened.read("exhibits/large.bin", 1 << 20).is_err(), "a small read does not take a large member");
}

proptest! {
    #[test]
    fn arbitrary_bytes_are_no_container(bytes in proptest::collection::vec(any::<u8>(), 0..2_000)) {
        prop_assert!(Container::open(bytes.as_slice()).is_err());
    }

    #[test]
    fn a_container_that_was_torn_and_glued_is_answered(
        pieces in proptest::collection::vec((any::<prop::sample::Index>(), any::<prop::sample::Index>()), 1..4),
        changes in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..4),
    ) {
        let case = Case::minimal();
        let good = case.container();
        let mut bytes = Vec::new();
        for (a, b) in pieces {
            let (a, b) = (a.index(good.len() + 1), b.index(good.len() + 1));
            bytes.extend_from_slice(&good[a.min(b)..a.max(b)]);
        }
        // The end is where a reader begins, so it is mostly kept.
        bytes.extend_from_slice(&good[good.len() - 22..]);
        for (at, byte) in changes {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        prop_assert!(bytes == good || verdict(&case, &bytes) != Verdict::Matches);
    }
}
