//! `cargo xtask test`: sees to what the tests call, saying what it installs, then runs `cargo test` over the whole workspace
//! (or over what the further words name, for example `-p seal`). Nothing is printed after the last line of `cargo test`.

use std::path::PathBuf;

use crate::run::cargo;
use crate::setup;

/// Prepares and tests; leaves with the exit status of `cargo test`.
pub fn run(words: &[String]) -> Result<(), String> {
    setup::openssl()?;
    let python = match std::env::var_os("COMITY_PYTHON") {
        Some(chosen) => PathBuf::from(chosen),
        None => setup::python()?,
    };
    setup::unzip()?;
    setup::postgresql()?;
    let axe = match std::env::var_os("COMITY_AXE") {
        Some(chosen) => PathBuf::from(chosen),
        None => setup::axe()?,
    };
    let mut tests = cargo(&["test", "--locked"]);
    if words.is_empty() {
        tests.args(["--workspace", "--no-fail-fast"]);
    }
    let status = tests.args(words).env("COMITY_PYTHON", python).env("COMITY_AXE", axe).status();
    let status = status.map_err(|error| format!("cargo could not be started: {error}"))?;
    match status.code() {
        Some(0) => Ok(()),
        Some(code) => std::process::exit(code),
        None => Err(format!("`cargo test` ended with {status}")),
    }
}
