//! `cargo xtask interop`: the witnesses that need more than the test command installs.
//!
//! - The ledger's checkpoints, proofs and tiles, written by our own code and checked by Go's `sumdb/note` and `sumdb/tlog`.
//! - A C2SP witness that is not ours (Go, transparency-dev) cosigns a node's log over the wire, and the node cosigns a log made in Go.
//! - The court export of the vectors, validated by the European Commission's DSS library (Java, through Maven).
//!
//! Without its tool a witness is skipped by name; anything else that is missing is a failure.

use crate::run::{self, cargo, command, has, root};

/// A witness: its name, the tools it needs with the word that asks for their version, and what it does.
type Witness = (&'static str, &'static [(&'static str, &'static str)], fn() -> Result<(), String>);

const WITNESSES: [Witness; 3] = [
    ("ledger", &[("go", "version")], ledger),
    ("witnessing", &[("go", "version")], witnessing),
    ("court export", &[("java", "-version"), ("mvn", "-version")], court_export),
];

/// Asks every witness whose tools are here.
pub fn run() -> Result<(), String> {
    let mut skipped = 0;
    for (name, tools, ask) in WITNESSES {
        match tools.iter().find(|(tool, version)| !has(tool, version)) {
            Some((tool, _)) => {
                skipped += 1;
                println!("skipped: {name}: `{tool}` is not on the search path");
            }
            None => ask()?,
        }
    }
    if skipped == 0 {
        println!("skipped: nothing");
    }
    Ok(())
}

/// Writes a fixture and has it checked by Go.
fn ledger() -> Result<(), String> {
    let fixture = root().join("target/interop/ledger");
    let folder = fixture.display().to_string();
    run::run(cargo(&["run", "--quiet", "--locked", "-p", "ledger", "--example", "interop_fixture", "--", &folder]))?;
    let mut checker = command("go", &["run", ".", &folder]);
    checker.current_dir(root().join("crates/ledger/tests/interop/go"));
    run::run(checker)
}

/// A node and a peer in Go witness each other's logs.
fn witnessing() -> Result<(), String> {
    let program = root().join("target/interop/witness").display().to_string();
    let mut build = command("go", &["build", "-o", &program, "."]);
    build.current_dir(root().join("crates/node/tests/interop/witness"));
    run::run(build)?;
    run::run(cargo(&["run", "--quiet", "--locked", "-p", "node", "--example", "witness_interop", "--", &program]))
}

/// Has DSS validate the published container, and changed copies of it. That our code writes this very container, a test of `evidence` says.
fn court_export() -> Result<(), String> {
    let vectors = root().join("docs/spec/vectors/court-export");
    let file = |name: &str| vectors.join(name).display().to_string();
    let files = [file("minimal.asice"), file("ma.moj.root.pem"), file("tsa.root.pem")].join(" ");
    let arguments = format!("-Dexec.args={files}");
    let built = format!("-DbuildDirectory={}", root().join("target/interop/dss").display());
    let words = ["-q", "-B", &built, "compile", "exec:java", "-Dexec.mainClass=Validate", &arguments];
    let mut maven = command("mvn", &words);
    maven.current_dir(root().join("crates/evidence/tests/interop/dss"));
    run::run(maven)
}
