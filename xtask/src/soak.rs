//! `cargo xtask soak`: what runs for long. The simulation's own tests in release mode over far more seeds (`COMITY_SIM_SEEDS` says how many), then two real
//! processes killed a thousand times over acts (`COMITY_CRASH_KILLS`) and a thousand times over exhibits of 2 GiB (`COMITY_CRASH_EXHIBIT_KILLS`, `_MIB`).
//! A seed that fails is printed by the test and can be replayed alone.

use crate::run::{self, cargo};

/// A variable that says for how long, and for how long otherwise.
type Length = (&'static str, &'static str);

/// What runs.
const LONG: [(&[&str], &[Length]); 2] = [
    (&["test", "--release", "--locked", "-p", "sim"], &[("COMITY_SIM_SEEDS", "200000")]),
    (
        &["test", "--release", "--locked", "-p", "comity", "--test", "crash", "--", "--nocapture"],
        &[("COMITY_CRASH_KILLS", "1000"), ("COMITY_CRASH_EXHIBIT_KILLS", "1000"), ("COMITY_CRASH_EXHIBIT_MIB", "2048")],
    ),
];

/// Runs both for a long while.
pub fn run() -> Result<(), String> {
    for (words, lengths) in LONG {
        let mut tests = cargo(words);
        for (variable, otherwise) in lengths.iter().filter(|(variable, _)| std::env::var_os(variable).is_none()) {
            println!("xtask: {variable}={otherwise}");
            tests.env(variable, otherwise);
        }
        run::run(tests)?;
    }
    Ok(())
}
