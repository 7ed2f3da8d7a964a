//! `cargo xtask bench`: every example of a crate that measures a rate, in release mode, beneath the name of the machine.
//!
//! An example measures when its name is `rows` or `traffic` or ends with `_rate`; each prints its own lines. Figures of two machines
//! are not compared: what counts are two lines of one run. So the peers are seen to first: nginx, age and gpg of the distribution, and the `age` crate as
//! a program (`xtask/bench/age`, no part of the workspace), which the examples run as they find them. Tessera's POSIX log (Go)
//! appends in the same run, beside `store/store_rate`; without Go it is skipped by name.

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};

use crate::run::{self, cargo, command, has, root};
use crate::setup;

/// Runs all that measure.
pub fn run() -> Result<(), String> {
    let found = examples();
    if found.is_empty() {
        return Err("no crate has an example that measures (examples/*_rate.rs, rows.rs or traffic.rs)".to_owned());
    }
    let peers = peers()?;
    println!("machine: {}", machine());
    for (package, example) in found {
        println!("\n{package}/{example}");
        let mut measured = cargo(&["run", "--quiet", "--release", "--locked", "-p", &package, "--example", &example]);
        measured.env("PATH", &peers);
        run::run(measured)?;
    }
    if !has("go", "version") {
        println!("\nskipped: Tessera: `go` is not on the search path");
        return Ok(());
    }
    println!("\nbeside store/store_rate");
    let mut tessera = command("go", &["run", "."]);
    tessera.current_dir(root().join("crates/store/tests/interop/tessera"));
    run::run(tessera)
}

/// Sees to the programs that the examples are measured beside; says where to look for programs.
fn peers() -> Result<OsString, String> {
    for (program, version, package) in [
        ("/usr/sbin/nginx", "-v", "nginx-light"),
        ("curl", "--version", "curl"),
        ("age", "--version", "age"),
        ("gpg", "--version", "gpg"),
    ] {
        if !has(program, version) {
            setup::debian(package)?;
        }
    }
    let built = root().join("target/bench/age");
    let place = built.display().to_string();
    run::run(cargo(&[
        "build",
        "--quiet",
        "--release",
        "--locked",
        "--manifest-path",
        "xtask/bench/age/Cargo.toml",
        "--target-dir",
        &place,
    ]))?;
    let before = std::env::var_os("PATH").unwrap_or_default();
    let all = std::iter::once(built.join("release")).chain(std::env::split_paths(&before));
    std::env::join_paths(all).map_err(|why| format!("the search path cannot be put together: {why}"))
}

fn examples() -> Vec<(String, String)> {
    let files = |folder: PathBuf| fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path());
    let name = |path: &Path| path.file_stem().and_then(|stem| stem.to_str()).map(str::to_owned);
    let mut found = Vec::new();
    for room in files(root().join("crates")) {
        let measures = files(room.join("examples")).filter_map(|file| name(&file));
        let measures = measures.filter(|name| matches!(name.as_str(), "rows" | "traffic") || name.ends_with("_rate"));
        found.extend(measures.filter_map(|example| Some((name(&room)?, example))));
    }
    found.sort();
    found
}

/// Processor, cores and memory, as Linux tells them.
fn machine() -> String {
    let field = |file: &str, name: &str| -> Option<String> {
        let text = fs::read_to_string(file).ok()?;
        let line = text.lines().find(|line| line.starts_with(name))?;
        Some(line.split_once(':')?.1.trim().to_owned())
    };
    let cores = std::thread::available_parallelism().map_or(1, |cores| cores.get());
    let processor = field("/proc/cpuinfo", "model name").unwrap_or_else(|| "a processor without a name".to_owned());
    let memory = field("/proc/meminfo", "MemTotal").unwrap_or_else(|| "unknown".to_owned());
    format!("{processor}, {cores} cores, memory {memory}")
}
