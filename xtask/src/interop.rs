//! `cargo xtask interop`: the witness that needs more than the test command installs: the ledger's checkpoints, proofs and
//! tiles, written by our own code and checked by Go's `sumdb/note` and `sumdb/tlog`. Without Go it is
//! skipped by name; anything else that is missing is a failure.

use crate::run::{self, cargo, command, has, root};

/// Writes the fixture and has it checked.
pub fn run() -> Result<(), String> {
    if !has("go", "version") {
        println!("skipped: ledger: `go` is not on the search path");
        return Ok(());
    }
    let fixture = root().join("target/interop/ledger");
    let folder = fixture.display().to_string();
    run::run(cargo(&["run", "--quiet", "--locked", "-p", "ledger", "--example", "interop_fixture", "--", &folder]))?;
    let mut checker = command("go", &["run", ".", &folder]);
    checker.current_dir(root().join("crates/ledger/tests/interop/go"));
    run::run(checker)?;
    println!("skipped: nothing");
    Ok(())
}
