//! Where secrets come from: files that only their owner can read, credentials, descriptors; never an argument.

use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

use keys::secret::create_key_file;
use keys::{Secret, SecretSource};

use crate::vault::{CONTENT, locked};
use crate::world::{PASSPHRASE, chmod, code, key, mode, passphrase};

fn write(path: &Path, bytes: &[u8], mode: u32) -> PathBuf {
    std::fs::write(path, bytes).expect("writes");
    chmod(path, mode);
    path.to_owned()
}

#[test]
fn a_file_that_others_may_read_or_change_is_refused_with_the_remedy() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("passphrase");
    for (mode, accepted) in [
        (0o600, true),
        (0o400, true),
        (0o700, true),
        (0o640, false),
        (0o604, false),
        (0o644, false),
        (0o620, false),
        (0o602, false),
        (0o666, false),
    ] {
        let source = SecretSource::PassphraseFile(write(&file, PASSPHRASE.as_bytes(), mode));
        match source.read() {
            Ok(_) => assert!(accepted, "{mode:o}"),
            Err(fault) => {
                assert!(!accepted && fault.code() == "keys.exposed", "{mode:o}: {fault}");
                assert!(fault.to_string().contains("chmod 600"), "{fault}");
            }
        }
        chmod(&file, 0o600);
    }
}

#[test]
fn a_passphrase_file_loses_one_line_end_and_no_more() {
    let folder = tempfile::tempdir().expect("a folder");
    let vault = locked(&passphrase(PASSPHRASE));
    for (text, opens) in [
        (PASSPHRASE.to_owned(), true),
        (format!("{PASSPHRASE}\n"), true),
        (format!("{PASSPHRASE}\r\n"), true),
        (format!("{PASSPHRASE}\n\n"), false),
        (format!("{PASSPHRASE} "), false),
        (format!(" {PASSPHRASE}"), false),
    ] {
        let source = SecretSource::PassphraseFile(write(&folder.path().join("p"), text.as_bytes(), 0o600));
        let secret = source.read().expect("a passphrase");
        assert_eq!(vault.open(&secret).is_ok(), opens, "{text:?}");
    }
    for wrong in [b"".as_slice(), b"\n", &[0xff; 20], &[b'x'; 2000]] {
        let source = SecretSource::PassphraseFile(write(&folder.path().join("p"), wrong, 0o600));
        assert!(source.read().is_err(), "{wrong:?}");
    }
}

#[test]
fn a_key_file_has_thirty_two_bytes_and_is_made_for_its_owner_alone() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("key");
    create_key_file(&path).expect("made");
    assert_eq!(mode(&path), 0o600);
    let [one, two] = [(); 2].map(|()| SecretSource::KeyFile(path.clone()).read().expect("a key"));
    assert_eq!(locked(&one).open(&two).expect("the same key").as_slice(), CONTENT);
    assert_eq!(code(create_key_file(&path)), "keys.exists", "a key file is never overwritten");
    for wrong in [b"".as_slice(), &[7; 31], &[0; 32], b"0123456789abcdef0123456789abcdef0"] {
        let source = SecretSource::KeyFile(write(&folder.path().join("wrong"), wrong, 0o600));
        assert!(source.read().is_err(), "{wrong:?}");
    }
}

#[test]
fn a_link_that_leads_out_of_its_folder_is_refused_and_one_inside_is_followed() {
    let folder = tempfile::tempdir().expect("a folder");
    let (inside, outside) = (folder.path().join("inside"), folder.path().join("outside"));
    std::fs::create_dir(&inside).expect("a folder");
    write(&outside, PASSPHRASE.as_bytes(), 0o600);
    write(&inside.join("real"), PASSPHRASE.as_bytes(), 0o600);
    symlink(&outside, inside.join("away")).expect("a link");
    symlink("real", inside.join("here")).expect("a link");
    symlink("/dev/zero", inside.join("device")).expect("a link");
    let read = |name: &str| SecretSource::PassphraseFile(inside.join(name)).read();
    assert!(read("here").is_ok());
    for name in ["away", "device"] {
        assert_eq!(code(read(name)), "keys.not-a-file", "{name}");
    }
    assert_eq!(code(SecretSource::PassphraseFile(inside.clone()).read()), "keys.not-a-file", "a folder");
    assert_eq!(code(read("nowhere")), "keys.io");
}

#[test]
fn a_pipe_in_place_of_a_file_is_refused_and_never_waited_for() {
    let folder = tempfile::tempdir().expect("a folder");
    let pipe = folder.path().join("pipe");
    let made = std::process::Command::new("mkfifo").arg(&pipe).status().expect("mkfifo runs");
    assert!(made.success());
    assert_eq!(code(SecretSource::PassphraseFile(pipe).read()), "keys.not-a-file");
}

#[test]
fn a_descriptor_gives_the_passphrase_that_stands_behind_it() {
    use std::os::fd::AsRawFd as _;
    let folder = tempfile::tempdir().expect("a folder");
    let path = write(&folder.path().join("p"), format!("{PASSPHRASE}\n").as_bytes(), 0o600);
    let file = std::fs::File::open(path).expect("opens");
    let number = u32::try_from(file.as_raw_fd()).expect("a descriptor");
    let secret = SecretSource::PassphraseDescriptor(number).read().expect("a passphrase");
    assert_eq!(locked(&passphrase(PASSPHRASE)).open(&secret).expect("opens").as_slice(), CONTENT);
    assert_eq!(code(SecretSource::PassphraseDescriptor(987_654).read()), "keys.io");
}

#[test]
fn a_reference_is_written_as_it_is_read_and_never_repeats_what_it_refuses() {
    for text in [
        "passphrase-file:/run/comity/passphrase",
        "key-file:/etc/comity/node.key",
        "passphrase-credential:root",
        "key-credential:node",
        "passphrase-descriptor:3",
    ] {
        let source: SecretSource = text.parse().expect("a reference");
        assert_eq!(source.to_string(), text);
    }
    for wrong in [
        "hunter2 hunter2",
        "passphrase:hunter2",
        "key-file:",
        "key-credential:../x",
        "key-credential:.x",
        "passphrase-descriptor:x",
        "",
    ] {
        let refused = wrong.parse::<SecretSource>().expect_err("no reference").to_string();
        assert!(!refused.contains("hunter2"), "{refused}");
    }
}

#[test]
fn no_secret_is_printed() {
    let shown = format!("{:?} {:?} {:?}", passphrase(PASSPHRASE), key(0x61), locked(&key(0x61)));
    assert!(!shown.contains("horse") && !shown.contains("aaaa") && !shown.contains("97, 97"), "{shown}");
    assert_eq!(format!("{:?}", Secret::key(zeroize::Zeroizing::new([9; 32]))), "Secret(key file)");
}
