//! `cargo xtask law`: the law base as a reviewer looks at it. The linter with its lists of what is not modelled, then
//! the tests that hold the base, its cases and its tables to what lawyers expect.

use crate::run::{self, cargo};

/// Shows the law base and what is wrong with it, then runs its tests.
pub fn run() -> Result<(), String> {
    run::run(cargo(&["run", "--quiet", "--locked", "-p", "law", "--example", "review"]))?;
    run::run(cargo(&[
        "test",
        "--locked",
        "-p",
        "law",
        "--test",
        "base",
        "--test",
        "lint",
        "--test",
        "registers",
        "--test",
        "cases",
    ]))
}
