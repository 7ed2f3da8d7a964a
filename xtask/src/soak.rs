//! `cargo xtask soak`: the simulation's own tests in release mode over far more seeds; `COMITY_SIM_SEEDS` says how many.
//! A seed that fails is printed by the test and can be replayed alone.

use crate::run::{self, cargo};

const SEEDS: &str = "200000";

/// Runs the simulation for a long while.
pub fn run() -> Result<(), String> {
    let mut worlds = cargo(&["test", "--release", "--locked", "-p", "sim"]);
    if std::env::var_os("COMITY_SIM_SEEDS").is_none() {
        println!("xtask: COMITY_SIM_SEEDS={SEEDS}");
        worlds.env("COMITY_SIM_SEEDS", SEEDS);
    }
    run::run(worlds)
}
