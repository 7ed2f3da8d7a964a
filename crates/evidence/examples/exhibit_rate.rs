//! How fast an exhibit is sealed and opened on this machine, and in how much memory, beside the programs that are at hand.
//!
//! `cargo run --release -p evidence --example exhibit_rate -- [MiB] [directory]`; by default 1024 MiB in `/dev/shm`. It prints
//! rates, and processor time for those who share the machine, and judges nothing: budgets stand with the benches of the workspace.

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use evidence::{Digests, Entry, Fresh, MediaType, exhibit, unwatched};
use terms::ExhibitId;

type Outcome = Result<(), Box<dyn std::error::Error>>;

fn main() -> Outcome {
    let mut arguments = std::env::args().skip(1);
    let mebibytes: u64 = arguments.next().as_deref().unwrap_or("1024").parse()?;
    let home = PathBuf::from(arguments.next().as_deref().unwrap_or("/dev/shm"));
    let place = home.join(format!("comity-seal-rate-{}", std::process::id()));
    std::fs::create_dir(&place)?;
    let outcome = measure(&place, mebibytes << 20);
    std::fs::remove_dir_all(&place)?;
    outcome
}

fn measure(place: &Path, size: u64) -> Outcome {
    let (plain, sealed) = (place.join("plain"), place.join("sealed"));
    io::copy(&mut Noise(1).take(size), &mut File::create(&plain)?)?;
    println!("{} MiB in {}, on {}", size >> 20, place.display(), machine());

    let mut source = File::open(&plain)?;
    rate("hash alone (SHA-256)", size, || {
        let _ = Digests::of(&mut source, false, &mut unwatched)?;
        Ok(())
    })?;
    rate("seal, from memory to nowhere", size, || {
        exhibit::seal(fresh(1), false, &mut Noise(1).take(size), &mut io::sink(), &mut unwatched)?;
        Ok(())
    })?;
    let mut source = File::open(&plain)?;
    rate("seal, from file to nowhere", size, || {
        exhibit::seal(fresh(2), false, &mut source, &mut io::sink(), &mut unwatched)?;
        Ok(())
    })?;
    // Memory that nobody used before is slow to come by, so the copy runs twice and the second one counts.
    std::fs::copy(&plain, &sealed)?;
    rate("copy, from file to file", size, || {
        std::fs::remove_file(&sealed)?;
        let copied = io::copy(&mut &File::open(&plain)?, &mut &File::create(&sealed)?)?;
        if copied == size { Ok(()) } else { Err(io::Error::other("the file was cut").into()) }
    })?;
    std::fs::remove_file(&sealed)?;
    let (mut source, mut sink) = (File::open(&plain)?, File::create(&sealed)?);
    let mut receipt = None;
    rate("seal, from file to file", size, || {
        receipt = Some(exhibit::seal(fresh(3), false, &mut source, &mut sink, &mut unwatched)?);
        Ok(())
    })?;
    let receipt = receipt.ok_or("nothing was sealed")?;
    let entry = Entry::new(&receipt.exhibit(MediaType::unknown(), None), Vec::new(), None);
    let mut source = File::open(&sealed)?;
    rate("open and compare, from file to nowhere", size, || {
        exhibit::open(&entry, receipt.key(), &mut source, &mut io::sink(), &mut unwatched)?;
        Ok(())
    })?;
    println!("{:<44}{:>8} MiB", "most memory so far", most_memory()?);
    peers(&plain, size)?;
    memory()
}

/// Memory does not follow the size: so much at most, after an exhibit of each size from a generator into nowhere.
fn memory() -> Outcome {
    for gibibytes in [1, 8, 64] {
        let size = gibibytes << 30;
        rate(&format!("seal, {gibibytes} GiB from memory to nowhere"), size, || {
            exhibit::seal(fresh(4), false, &mut Noise(1).take(size), &mut io::sink(), &mut unwatched)?;
            Ok(())
        })?;
        println!("{:<44}{:>8} MiB", "most memory so far", most_memory()?);
    }
    Ok(())
}

/// What else is at hand on this machine, over the same file.
fn peers(plain: &Path, size: u64) -> Outcome {
    let file = plain.display().to_string();
    let gpg = ["--batch", "--passphrase", "x", "--compress-algo", "none", "--output", "-", "--symmetric", &file];
    let recipient = "age1lggyhqrw2nlhcxprm67z43rta597azn8gknawjehu9d9dl0jq3yqqvfafg";
    // What sealing does: a digest that `sha256sum` gives as well, and a ciphertext.
    let both = format!("openssl dgst -sha256 '{file}' && age --recipient {recipient} '{file}'");
    let (key, id) = ("4b".repeat(32), "01");
    let cms = [
        "cms",
        "-encrypt",
        "-aes-256-gcm",
        "-binary",
        "-stream",
        "-outform",
        "DER",
        "-secretkey",
        &key,
        "-secretkeyid",
        id,
        "-in",
        &file,
    ];
    for (program, arguments) in [
        ("sha256sum", &[file.as_str()][..]),
        ("openssl", &["dgst", "-sha256", &file]),
        ("openssl", &cms),
        ("openssl", &["enc", "-aes-256-ctr", "-pbkdf2", "-pass", "pass:x", "-in", &file]),
        ("age", &["--recipient", recipient, &file]),
        ("age-crate", &[recipient, &file]),
        ("gpg", &gpg),
        ("sh", &["-c", &both]),
    ] {
        let mut command = Command::new(program);
        command.args(arguments).stdout(Stdio::null()).stderr(Stdio::null());
        let name = match program {
            "openssl" => format!("openssl {}", arguments[..2].join(" ")),
            "sh" => "openssl dgst -sha256, then age".to_owned(),
            program => program.to_owned(),
        };
        let ran = rate(&name, size, || {
            let status = command.status()?;
            if status.success() { Ok(()) } else { Err(io::Error::other("failed").into()) }
        });
        if ran.is_err() {
            println!("{name:<44} not at hand");
        }
    }
    Ok(())
}

/// The processor as the system names it, how many of them, and which system.
fn machine() -> String {
    let told = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = told.lines().find_map(|line| line.strip_prefix("model name")).unwrap_or("an unnamed processor");
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    format!("{cores} cores of {}, {}", model.trim_start_matches(['\t', ' ', ':']), std::env::consts::OS)
}

fn fresh(n: u8) -> Fresh {
    Fresh::from_bytes(ExhibitId::new([n; 16]), &[n; 32], [n; 24])
}

#[expect(clippy::disallowed_methods, reason = "a bench reads the clock")]
fn rate(what: &str, size: u64, work: impl FnOnce() -> Outcome) -> Outcome {
    let (begun, busy) = (std::time::Instant::now(), processor_seconds());
    work()?;
    let (seconds, busy, gigabytes) = (begun.elapsed().as_secs_f64(), processor_seconds() - busy, size as f64 / 1e9);
    println!("{what:<44}{:>8.2} GB/s{:>8.2} CPU s/GB", gigabytes / seconds, busy / gigabytes);
    Ok(())
}

/// What this process and the programs it waited for have used of processors so far: on a machine that others use too, a better measure than
/// the clock. In hundredths of a second.
fn processor_seconds() -> f64 {
    let told = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let fields = told.rsplit(')').next().unwrap_or_default().split_whitespace();
    fields.skip(11).take(4).filter_map(|ticks| ticks.parse::<f64>().ok()).sum::<f64>() / 100.0
}

/// The most memory that this process ever held, in MiB.
fn most_memory() -> Result<u64, Box<dyn std::error::Error>> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).ok_or("no VmHWM here")?;
    let kibibytes: u64 = line.trim().trim_end_matches(" kB").parse()?;
    Ok(kibibytes >> 10)
}

/// Bytes that no disk and no program can shorten; as fast as memory, for the rates are of the work and not of the source.
struct Noise(u64);

impl Read for Noise {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        for word in into.chunks_mut(8) {
            self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            word.copy_from_slice(&self.0.to_le_bytes()[..word.len()]);
        }
        Ok(into.len())
    }
}
