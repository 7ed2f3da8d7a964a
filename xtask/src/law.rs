//! `cargo xtask law`: the linter over `law/`, by the very tests that hold the embedded law base to it.

use crate::run::{self, cargo};

/// Runs the tests of the law base.
pub fn run() -> Result<(), String> {
    run::run(cargo(&["test", "--locked", "-p", "law", "--test", "base"]))
}
