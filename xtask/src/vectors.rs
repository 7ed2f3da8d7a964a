//! `cargo xtask vectors`: writes the vectors anew; the difference is then reviewed like any other change.

use crate::run::cargo;

/// Runs the tests that publish vectors with `COMITY_REGENERATE=1`.
pub fn run() -> Result<(), String> {
    let mut tests = cargo(&["test", "--workspace", "--locked", "vectors"]);
    tests.env("COMITY_REGENERATE", "1");
    crate::run::run(tests)
}
