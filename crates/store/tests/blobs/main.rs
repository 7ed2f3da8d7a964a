//! The place of sealed exhibits: the same promises of a folder and of an S3 server, which the test starts itself.

mod s3;

use std::io::{Read as _, Write as _};
use std::time::Duration;

use store::StoreError;
use store::blobs::{BlobLocation, Blobs};
use terms::{ExhibitId, Moment};

const A: ExhibitId = ExhibitId::new([0xaa; 16]);
const B: ExhibitId = ExhibitId::new([0xbb; 16]);

fn bytes(size: usize) -> Vec<u8> {
    (0..size).map(|at| (at.wrapping_mul(2_654_435_761) >> 11) as u8).collect()
}

fn put(blobs: &Blobs, id: &ExhibitId, bytes: &[u8]) -> Result<store::blobs::Written, StoreError> {
    let mut new = blobs.create(id, bytes.len() as u64)?;
    new.write_all(bytes).expect("writes");
    new.finish()
}

fn code<T>(outcome: Result<T, StoreError>) -> &'static str {
    outcome.map_or_else(|error| error.code(), |_| "ok")
}

/// Long after everything that a test does.
fn later() -> Moment {
    let now = std::time::SystemTime::UNIX_EPOCH.elapsed().expect("after 1970").as_secs();
    Moment::from_unix(i64::try_from(now).expect("fits") + 7 * 86_400).expect("a moment")
}

fn now() -> Moment {
    later().plus_seconds(-7 * 86_400)
}

/// What any place promises.
fn conforms(blobs: &Blobs) {
    // Sizes: nothing, a little, more than one part.
    for (id, size) in [(A, 0), (B, 100_000), (ExhibitId::new([0xcc; 16]), 20 << 20)] {
        let content = bytes(size);
        assert_eq!(code(blobs.get(&id)), "store.not-there");
        let written = put(blobs, &id, &content).expect("written");
        assert_eq!(written.size(), size as u64);
        written.referenced().expect("the claim goes");
        let blob = blobs.get(&id).expect("is there");
        assert_eq!(blob.size(), size as u64);
        let mut read = Vec::new();
        blob.stream().read_to_end(&mut read).expect("reads");
        assert!(read == content, "{size}");
        for (from, to) in [(0, size.min(10)), (size / 2, (size / 2 + 1000).min(size)), (size.saturating_sub(3), size)] {
            let mut range = vec![0; to - from];
            blob.read_exact_at(from as u64, &mut range).expect("reads");
            assert_eq!(range, content[from..to]);
        }
        assert_eq!(code(blob.read_exact_at(size as u64, &mut [0])), "store.misuse");
    }
    // An object is written once; what is there is not touched by the attempt.
    assert_eq!(code(put(blobs, &B, b"other")), "store.exists");
    assert_eq!(blobs.get(&B).expect("is there").size(), 100_000);
    // Two writers: the second is refused while the first writes, and after it.
    let fresh = ExhibitId::new([0xdd; 16]);
    let first = blobs.create(&fresh, 10).expect("claimed");
    assert_eq!(code(blobs.create(&fresh, 10)), "store.exists");
    // A writer that gives up leaves nothing, small or large.
    drop(first);
    assert_eq!(code(blobs.get(&fresh)), "store.not-there");
    let mut large = blobs.create(&fresh, 0).expect("free again");
    large.write_all(&bytes(17 << 20)).expect("writes");
    drop(large);
    assert_eq!(code(blobs.get(&fresh)), "store.not-there");
    arrives(blobs);
    // Removing is done once and asked for as often as one likes.
    blobs.remove(&A).expect("removed");
    blobs.remove(&A).expect("gone already");
    assert_eq!(code(blobs.get(&A)), "store.not-there");
    sweeps(blobs);
}

/// What came from elsewhere is kept as often as anybody says so, and replaces what a disk has spoilt.
fn arrives(blobs: &Blobs) {
    let (folder, id) = (tempfile::tempdir().expect("a folder"), ExhibitId::new([0xab; 16]));
    for size in [9_000_000, 300] {
        let file = folder.path().join("landed");
        for content in [bytes(size), bytes(size)] {
            std::fs::write(&file, &content).expect("written");
            blobs.arrived(&id, &file).expect("kept");
            assert!(!file.exists());
            let mut read = Vec::new();
            blobs.get(&id).expect("is there").stream().read_to_end(&mut read).expect("reads");
            assert!(read == content, "{size}");
        }
    }
    assert_eq!(code(blobs.arrived(&id, &folder.path().join("none"))), "store.object");
    blobs.remove(&id).expect("removed");
}

fn sweeps(blobs: &Blobs) {
    let grace = Duration::from_secs(86_400);
    let (referenced, orphan, claimed) = (B, ExhibitId::new([0xcc; 16]), ExhibitId::new([0xee; 16]));
    let held = put(blobs, &claimed, b"claimed").expect("written");
    // Young: nothing happens, and nobody is asked.
    let nobody = &mut |_: &ExhibitId| -> Result<bool, StoreError> { panic!("asked") };
    assert_eq!(blobs.sweep(now(), grace, nobody).expect("sweeps"), store::blobs::Swept::default());
    // Even without any grace: an hour at least.
    assert_eq!(blobs.sweep(now(), Duration::ZERO, nobody).expect("sweeps"), store::blobs::Swept::default());
    // In doubt nothing goes.
    let failed = blobs.sweep(later(), grace, &mut |_| Err(StoreError::Busy));
    assert_eq!(code(failed), "store.busy");
    assert!(blobs.get(&orphan).is_ok());
    // Old and not referred to: gone. Old and referred to: stays, whatever happened to its claim.
    let mut asked = Vec::new();
    let swept = blobs.sweep(later(), grace, &mut |id| {
        asked.push(*id);
        Ok(*id != orphan)
    });
    let swept = swept.expect("sweeps");
    assert_eq!(
        (swept.objects, swept.claims),
        (vec![orphan], vec![claimed]),
        "the claim of a writer that is long gone goes, its object stays"
    );
    asked.sort();
    assert_eq!(asked, [referenced, orphan, claimed], "each is asked for right before");
    assert!(blobs.get(&referenced).is_ok() && blobs.get(&claimed).is_ok());
    assert_eq!(code(blobs.get(&orphan)), "store.not-there");
    held.referenced().expect("a claim that is gone is no error");
}

#[test]
fn a_folder_keeps_what_a_place_promises() {
    let folder = tempfile::tempdir().expect("a folder");
    let location: BlobLocation = folder.path().join("exhibits").display().to_string().parse().expect("a folder");
    let blobs = Blobs::open(&location).expect("opens");
    conforms(&blobs);
    // What is not ours is named and left alone.
    let foreign = folder.path().join("exhibits/sealed/notes.txt");
    std::fs::write(&foreign, b"mine").expect("writes");
    let swept = blobs.sweep(later(), Duration::ZERO, &mut |_| Ok(true)).expect("sweeps");
    assert_eq!(swept.foreign, ["sealed/notes.txt"]);
    assert!(foreign.exists());
}

#[test]
fn parts_of_an_interrupted_writing_are_swept_from_a_folder_once_they_are_old() {
    let folder = tempfile::tempdir().expect("a folder");
    let location: BlobLocation = folder.path().display().to_string().parse().expect("a folder");
    let blobs = Blobs::open(&location).expect("opens");
    let mut new = blobs.create(&A, 0).expect("claimed");
    new.write_all(&bytes(9 << 20)).expect("writes");
    // As if the process had been killed: nobody cleans up.
    std::mem::forget(new);
    let parts = || std::fs::read_dir(folder.path().join("sealed")).map_or(0, |entries| entries.count());
    assert_eq!(parts(), 1);
    assert_eq!(code(blobs.get(&A)), "store.not-there", "a part is not shown as an object");
    blobs.sweep(now(), Duration::ZERO, &mut |_| Ok(false)).expect("sweeps");
    assert_eq!(parts(), 1, "young");
    // This process has not ended, and has locked its claim. Of one that has, nothing stays for long, however young it is.
    let ended = |name: &str, bytes: &[u8]| std::fs::write(folder.path().join(name), bytes).expect("written");
    let whole = ExhibitId::new([0xdd; 16]);
    for (name, bytes) in [
        (format!("claims/{B}"), &b""[..]),
        (format!("sealed/{B}#1"), &bytes(1_000)),
        (format!("claims/{whole}"), b""),
        (format!("sealed/{whole}"), b"nobody refers to it"),
    ] {
        ended(&name, bytes);
    }
    let nothing = blobs.sweep(now(), Duration::ZERO, &mut |_| Ok(false)).expect("sweeps");
    assert_eq!((nothing, parts()), (store::blobs::Swept::default(), 3), "its writer might be about to lock it");
    let soon = now().plus_seconds(62);
    let mut swept = blobs.sweep(soon, Duration::ZERO, &mut |_| Ok(false)).expect("sweeps");
    swept.claims.sort();
    assert_eq!(
        (swept.objects, swept.claims, parts()),
        (vec![whole], vec![B, whole], 1),
        "whoever lives keeps its part"
    );
    // What the database refers to stays, whoever wrote it is gone.
    for (name, bytes) in [(format!("claims/{whole}"), &b""[..]), (format!("sealed/{whole}"), b"committed")] {
        ended(&name, bytes);
    }
    let swept = blobs.sweep(soon.plus_seconds(62), Duration::ZERO, &mut |_| Ok(true)).expect("sweeps");
    assert_eq!((swept.objects, swept.claims, blobs.get(&whole).is_ok()), (vec![], vec![whole], true));
    let swept = blobs.sweep(later(), Duration::ZERO, &mut |_| Ok(false)).expect("sweeps");
    assert_eq!((parts(), swept.claims), (0, vec![A]));
    put(&blobs, &A, b"again").expect("the id is free").referenced().expect("done");
}

#[test]
fn what_does_not_fit_is_refused_before_anything_is_written() {
    let folder = tempfile::tempdir().expect("a folder");
    let blobs = Blobs::open(&BlobLocation::Folder(folder.path().to_owned())).expect("opens");
    let free = blobs.free().expect("asked").expect("a folder knows");
    assert!(free > 0);
    assert_eq!(code(blobs.create(&A, u64::MAX)), "store.no-room");
    assert_eq!(code(blobs.create(&A, free)), "store.no-room", "some room stays free for the database");
    assert!(!folder.path().join("claims").join(A.to_string()).exists());
}

#[test]
fn an_s3_server_keeps_what_a_place_promises() {
    let server = s3::Server::start();
    let blobs = Blobs::open_as(&server.location("es.moj"), s3::CREDENTIALS).expect("opens");
    conforms(&blobs);
    assert_eq!(blobs.free().expect("asked"), None);
    // Two nodes in one bucket do not see one another.
    let other = Blobs::open_as(&server.location("ma.moj"), s3::CREDENTIALS).expect("opens");
    assert_eq!(code(other.get(&B)), "store.not-there");
}

#[test]
fn a_server_that_is_not_there_is_a_fault_that_may_pass() {
    let location: BlobLocation = "s3://evidence?endpoint=http://127.0.0.1:1&region=eu".parse().expect("a bucket");
    let blobs = Blobs::open_as(&location, s3::CREDENTIALS).expect("nobody is asked yet");
    let error = blobs.get(&A).expect_err("nobody answers");
    assert_eq!((error.code(), error.retryable()), ("store.object", true), "{error}");
}
