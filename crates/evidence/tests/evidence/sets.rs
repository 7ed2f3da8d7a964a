//! Folders as one exhibit: one spelling, every byte counts, no path leads out, and `unzip` with `sha256sum` agree.

use std::collections::BTreeMap;
use std::io;
use std::process::Command;

use evidence::asic::Measure;
use evidence::manifest::Entry;
use evidence::set::{Index, MEDIA, Reading, Set, SetFile, SetPath, Visit};
use evidence::{Failure, Flaw, exhibit, unwatched};
use proptest::prelude::*;

use crate::export_vectors::Vector;
use crate::vectors::{publish, publish_lines, read};
use crate::witnesses::hex;

const FILES: [(&str, &str); 5] = [
    ("SHA256SUMS", "not ours\n"),
    ("log.txt", ""),
    ("image/phone.E01", "EVF image"),
    ("image/phone.E01.txt", "log of the image"),
    ("كشف/état (1).csv", "a;b\n1;2\n"),
];

fn path(text: &str) -> SetPath {
    text.parse().expect("a path")
}

fn set_of(files: &[(&str, &str)], empty: &[&str]) -> Result<Set, Flaw> {
    let file = |(at, content): &(&str, &str)| SetFile { path: path(at), measure: Measure::of(content.as_bytes()) };
    Set::new(files.iter().map(file).collect(), &empty.iter().map(|at| path(at)).collect::<Vec<_>>())
}

fn written(set: &Set, files: &[(&str, &str)]) -> Result<Vec<u8>, Failure> {
    let contents: BTreeMap<&str, &str> = files.iter().copied().collect();
    let mut bytes = Vec::new();
    set.write(&mut bytes, &mut |file, out| {
        let content = contents.get(file.path.as_str()).copied().unwrap_or_default();
        out.write_all(content.as_bytes()).map_err(|why| Failure::Fault(terms::Fault::new("test", why.to_string())))
    })?;
    Ok(bytes)
}

fn good() -> Vec<u8> {
    written(&set_of(&FILES, &["nothing here", "image/nor here"]).expect("a set"), &FILES).expect("written")
}

/// Keeps what passes by.
#[derive(Default)]
struct Kept(BTreeMap<String, Vec<u8>>, Vec<String>, String);

impl Visit for Kept {
    fn empty(&mut self, path: &SetPath) -> io::Result<()> {
        self.1.push(path.to_string());
        Ok(())
    }
    fn file(&mut self, path: &SetPath) -> io::Result<()> {
        self.2 = path.to_string();
        self.0.insert(path.to_string(), Vec::new());
        Ok(())
    }
    fn bytes(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.0.get_mut(&self.2).expect("it began").extend_from_slice(bytes);
        Ok(())
    }
}

fn passes(bytes: &[u8], piece: usize) -> Result<(Index, Kept), Failure> {
    let mut reading = Reading::new(Kept::default());
    for piece in bytes.chunks(piece) {
        reading.push(piece)?;
    }
    reading.finish()
}

#[test]
fn a_set_is_read_as_it_was_written_in_pieces_of_any_size_and_at_any_place() {
    let bytes = good();
    assert_eq!(set_of(&FILES, &["nothing here", "image/nor here"]).expect("a set").size(), Some(bytes.len() as u64));
    let mut reversed = FILES;
    reversed.reverse();
    let again = set_of(&reversed, &["image/nor here", "nothing here"]).expect("a set");
    assert!(written(&again, &FILES).expect("written") == bytes, "their order does not matter");
    let index = Index::open(&bytes.as_slice()).expect("a set");
    for piece in [1, 2, 7, 100, bytes.len()] {
        let (passed, kept) = passes(&bytes, piece).expect("a set");
        assert_eq!(passed, index, "in pieces of {piece}");
        let expected: BTreeMap<String, Vec<u8>> =
            FILES.iter().map(|(at, content)| ((*at).to_owned(), content.as_bytes().to_vec())).collect();
        assert_eq!((kept.0, kept.1), (expected, vec!["image/nor here".to_owned(), "nothing here".to_owned()]));
    }
    for (at, content) in FILES {
        let mut plain = Vec::new();
        index.file(at).expect("it is listed").read(&bytes.as_slice(), &mut plain).expect("it is as listed");
        assert_eq!(plain, content.as_bytes(), "{at}");
    }
    assert!(index.file("image").is_none() && index.file("../log.txt").is_none());
}

#[test]
fn every_single_bit_of_a_set_counts_and_so_does_its_end() {
    let bytes = good();
    let mut changed = bytes.clone();
    for byte in 0..bytes.len() {
        for bit in 0..8 {
            changed[byte] ^= 1 << bit;
            assert!(passes(&changed, 4_096).is_err(), "bit {bit} of byte {byte}");
            let read_alone = Index::open(&changed.as_slice()).and_then(|index| {
                for file in &index.files {
                    file.read(&changed.as_slice(), &mut io::sink())?;
                }
                // Nobody asks for the header of a folder in which there is nothing; its name stands in the directory.
                Ok(index.empty.len())
            });
            let in_a_folders_header =
                bytes[byte.saturating_sub(60)..(byte + 60).min(bytes.len())].windows(4).any(|window| window == b"here");
            assert!(read_alone.is_err() || in_a_folders_header, "bit {bit} of byte {byte}, read alone");
            changed[byte] = bytes[byte];
        }
    }
    for cut in 0..bytes.len() {
        assert!(passes(&bytes[..cut], 4_096).is_err() && Index::open(&&bytes[..cut]).is_err(), "cut after {cut}");
    }
    assert!(passes(&[&bytes[..], b"x"].concat(), 4_096).is_err(), "something follows");
}

#[test]
fn what_cannot_be_laid_out_as_it_is_told_is_no_set() {
    for (name, files, empty, words) in [
        ("nothing", vec![], vec![], "no file"),
        ("only an empty folder", vec![], vec!["a"], "no file"),
        ("a file twice", vec![("a", "x"), ("a", "y")], vec![], "twice"),
        ("a file that is a folder", vec![("a", "x"), ("a/b", "y")], vec![], "a is a file"),
        ("a file deep below a file", vec![("a", "x"), ("a/b/c/d", "y")], vec![], "a is a file"),
        ("an empty folder that is not empty", vec![("a/b", "y")], vec!["a"], "below it"),
        ("an empty folder below an empty folder", vec![("b", "y")], vec!["a", "a/c"], "below it"),
        ("a file that is an empty folder too", vec![("a", "y")], vec!["a"], "folder too"),
    ] {
        let flaw = set_of(&files, &empty).expect_err(name);
        assert!(flaw.to_string().contains(words) && flaw.code() == "evidence.set", "{name}: {flaw}");
    }
    let many: Vec<SetFile> =
        (0..60_001).map(|n| SetFile { path: path(&n.to_string()), measure: Measure::of(b"") }).collect();
    assert!(Set::new(many.clone(), &[]).expect_err("too many").to_string().contains("divide it"));
    assert!(Set::new(many[1..].to_vec(), &[]).is_ok());
}

#[test]
fn a_file_that_changed_after_it_was_measured_ends_the_writing() {
    let set = set_of(&FILES, &[]).expect("a set");
    for other in ["log of the imagf", "log of the image and more", "log"] {
        let mut files = FILES;
        files[3].1 = other;
        assert_eq!(
            written(&set, &files).expect_err(other).code(),
            if other.len() > 16 { "test" } else { "evidence.container" }
        );
    }
}

/// A ZIP of the same spelling, with any names and any list: what a hostile hand would write.
fn forged(members: &[(&str, &str)]) -> Vec<u8> {
    // A good set of names of the same lengths, in which names are then exchanged: headers and directory fit.
    let name = |at: usize, length: usize| format!("{at}{}", "x".repeat(length - 1));
    let names: Vec<String> = members.iter().enumerate().map(|(at, (to, _))| name(at, to.len())).collect();
    let files: Vec<(&str, &str)> =
        names.iter().map(String::as_str).zip(members.iter().map(|(_, text)| *text)).collect();
    let good = written(&set_of(&files, &[]).expect("a set"), &files).expect("written");
    let mut text = good.iter().map(|byte| char::from(*byte)).collect::<String>();
    for (from, (to, _)) in names.iter().zip(members) {
        text = text.replace(&format!("files/{from}"), &format!("files/{to}"));
    }
    let mut bytes: Vec<u8> = text.chars().map(|c| u8::try_from(u32::from(c)).expect("a byte")).collect();
    // The list changed with the names, and so its CRC-32.
    let length = u32::from_le_bytes(bytes[22..26].try_into().expect("four")) as usize;
    let crc = Measure::of(&bytes[40..40 + length]).crc32.to_le_bytes();
    let old: [u8; 4] = bytes[14..18].try_into().expect("four");
    for at in 0..bytes.len() - 4 {
        if bytes[at..at + 4] == old {
            bytes[at..at + 4].copy_from_slice(&crc);
        }
    }
    bytes
}

#[test]
fn no_path_leads_out_of_the_folder_even_if_the_whole_fits_together() {
    assert!(passes(&forged(&[("aa", "x"), ("bb", "y")]), 64).is_ok(), "the forging itself is sound");
    for hostile in ["../../etc/passwd", "/etc/passwd", "a/../../b", "..", "a\\..\\b", "a//b", "x\u{7}x", "./a"] {
        let bytes = forged(&[(hostile, "x")]);
        assert_eq!(passes(&bytes, 64).err().map(|why| why.code()), Some("evidence.set"), "{hostile}");
        assert_eq!(Index::open(&bytes.as_slice()).err().map(|why| why.code()), Some("evidence.set"), "{hostile}");
    }
    for twice in [[("aa", "x"), ("aa", "y")], [("bb", "x"), ("aa", "y")]] {
        assert_eq!(passes(&forged(&twice), 64).err().map(|why| why.code()), Some("evidence.set"), "{twice:?}");
    }
}

#[test]
fn unzip_lays_it_out_and_sha256sum_checks_it() {
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::write(folder.path().join("set.zip"), good()).expect("written");
    let run = |program: &str, arguments: &[&str]| {
        let run = Command::new(program).args(arguments).current_dir(folder.path()).env("LC_ALL", "C.UTF-8").output();
        let out = run.unwrap_or_else(|why| panic!("{program}: {why}"));
        assert!(out.status.success(), "{program}: {}", String::from_utf8_lossy(&out.stderr));
    };
    run("unzip", &["-q", "set.zip"]);
    run("sha256sum", &["--check", "--strict", "SHA256SUMS"]);
    for (at, content) in FILES {
        assert_eq!(std::fs::read_to_string(folder.path().join("files").join(at)).expect(at), content);
    }
    assert!(folder.path().join("files/image/nor here").is_dir());
}

#[test]
fn sealed_a_set_is_one_exhibit_of_which_one_file_can_be_read() {
    let plain = good();
    let fresh = crate::world::fresh();
    let mut object = Vec::new();
    let sealed = exhibit::seal(fresh, true, &mut &plain[..], &mut object, &mut unwatched).expect("sealed");
    let entry = Entry::new(&sealed.exhibit(MEDIA.parse().expect("a media type"), None), vec![], None);
    assert_eq!(entry.media.as_str(), MEDIA);
    let random = evidence::cobblestone::RandomAccess::new(sealed.key(), entry.id, object.as_slice()).expect("opens");
    let index = Index::open(&random).expect("a set");
    let mut out = Vec::new();
    index.file("image/phone.E01").expect("listed").read(&random, &mut out).expect("read");
    assert_eq!(out, b"EVF image");
}

proptest! {
    #[test]
    fn whatever_comes_is_a_set_or_refused_and_never_more(bytes in prop::collection::vec(any::<u8>(), 0..400), at in 0_usize..2_000, piece in 1_usize..64) {
        let mut changed = good();
        let from = at.min(changed.len());
        let to = (from + bytes.len()).min(changed.len());
        changed.splice(from..to, bytes);
        let same = changed == good();
        prop_assert_eq!(passes(&changed, piece).is_ok(), same);
        let _ = Index::open(&changed.as_slice());
    }
}

#[test]
fn the_vectors_of_sets_hold() {
    let good = good();
    publish("files.set.zip", &good);
    let (size, end) = (good.len(), good.len() - 22);
    let directory = u32::from_le_bytes(good[end + 16..end + 20].try_into().expect("four")) as usize;
    let find = |text: &str| good.windows(text.len()).position(|window| window == text.as_bytes()).expect("is there");
    let no = "refuse: evidence.set";
    let xor = |name: &str, at: usize, with: u8| Vector { xor: Some((at, with)), ..Vector::of(name, no) };
    let vectors = [
        Vector::of("as it was written", "accept"),
        Vector { pieces: Some(vec![]), ..Vector::of("nothing", no) },
        Vector { pieces: Some(vec![(0, directory)]), ..Vector::of("without its directory", no) },
        Vector { pieces: Some(vec![(0, size - 1)]), ..Vector::of("cut by one byte", no) },
        Vector { pieces: Some(vec![(0, size), (0, size)]), ..Vector::of("twice in one file", no) },
        Vector { append: hex(&good[end..]), ..Vector::of("a second end", no) },
        xor("a digest of the list", 60, 1),
        xor("a letter of a path in the list", find("phone.E01\n"), 1),
        xor("a bit of a file", find("EVF image"), 1),
        xor("the flag of UTF-8", find("files/كشف") - 24 + 1, 8),
        xor("the method of a file", find("files/log.txtPK") - 22, 8),
        xor("a name in the directory", directory + 46, 1),
        xor("a slash in the directory that makes another path", directory + 46 + 10 + 46 + 5, 1),
    ];
    publish_lines("set.jsonl", &vectors);
    for vector in read::<Vector>("set.jsonl") {
        let found = passes(&vector.change(&good), 1_000)
            .map_or_else(|why| format!("refuse: {}", why.code()), |_| "accept".to_owned());
        assert_eq!(found, vector.expect, "{}", vector.name);
    }
}
