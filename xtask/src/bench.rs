//! `cargo xtask bench`: every example of a crate that measures a rate, in release mode, beneath the name of the machine.
//!
//! An example measures when its file is called `rate.rs`, `seal_rate.rs`, `rows.rs` or `traffic.rs`; each prints its own lines. Figures of two machines
//! are not compared: what counts are two lines of one run. So Tessera's POSIX log (Go) appends in the same run, beside `store/rate`; without Go it
//! is skipped by name.

use std::fs;

use crate::run::{self, cargo, command, has, root};

/// Runs all that measure.
pub fn run() -> Result<(), String> {
    let found = examples();
    if found.is_empty() {
        return Err(
            "no crate has an example that measures (examples/rate.rs, seal_rate.rs, rows.rs or traffic.rs)".to_owned()
        );
    }
    println!("machine: {}", machine());
    for (package, example) in found {
        println!("\n{package}/{example}");
        run::run(cargo(&["run", "--quiet", "--release", "--locked", "-p", &package, "--example", &example]))?;
    }
    if !has("go", "version") {
        println!("\nskipped: Tessera: `go` is not on the search path");
        return Ok(());
    }
    println!("\nbeside store/rate");
    let mut tessera = command("go", &["run", "."]);
    tessera.current_dir(root().join("crates/store/tests/interop/tessera"));
    run::run(tessera)
}

fn examples() -> Vec<(String, String)> {
    let crates = fs::read_dir(root().join("crates")).into_iter().flatten().flatten();
    let mut found: Vec<_> = crates
        .flat_map(|entry| ["rate", "rows", "seal_rate", "traffic"].map(|example| (entry.path(), example)))
        .filter(|(folder, example)| folder.join(format!("examples/{example}.rs")).is_file())
        .filter_map(|(folder, example)| Some((folder.file_name()?.to_str()?.to_owned(), example.to_owned())))
        .collect();
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
