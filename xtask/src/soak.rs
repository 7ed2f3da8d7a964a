//! `cargo xtask soak`: what runs for long. The simulation's own tests in release mode over far more seeds (`COMITY_SIM_SEEDS` says how many), then two real
//! processes killed a thousand times (`COMITY_CRASH_KILLS`). A seed that fails is printed by the test and can be replayed alone.

use crate::run::{self, cargo};

/// What runs, the variable that says for how long, and for how long otherwise.
const LONG: [(&[&str], &str, &str); 2] = [
    (&["test", "--release", "--locked", "-p", "sim"], "COMITY_SIM_SEEDS", "200000"),
    (
        &["test", "--release", "--locked", "-p", "comity", "--test", "crash", "--", "--nocapture"],
        "COMITY_CRASH_KILLS",
        "1000",
    ),
];

/// Runs both for a long while.
pub fn run() -> Result<(), String> {
    for (words, variable, otherwise) in LONG {
        let mut tests = cargo(words);
        if std::env::var_os(variable).is_none() {
            println!("xtask: {variable}={otherwise}");
            tests.env(variable, otherwise);
        }
        run::run(tests)?;
    }
    Ok(())
}
