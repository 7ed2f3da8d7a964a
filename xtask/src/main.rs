//! The habits of the project as commands: `cargo xtask <command>`, one file per command.
//!
//! Nothing here is part of Comity itself: no room may depend on this crate. A command says what it is about to
//! install or run before it does so, and never asks a question. The standing checks of the tree (layers,
//! tidiness) are not commands but tests: `cargo test -p xtask`.

mod bench;
mod interop;
mod law;
mod run;
mod setup;
mod soak;
mod test;
mod vectors;

use std::process::ExitCode;

/// One command: its name, its one line, and what it does with the words that follow it.
struct Command {
    name: &'static str,
    says: &'static str,
    run: fn(&[String]) -> Result<(), String>,
}

const COMMANDS: &[Command] = &[
    Command {
        name: "test",
        says: "install what the tests need, then run them all (or: test -p <crate> …)",
        run: test::run,
    },
    Command {
        name: "interop",
        says: "ask the witnesses that need Go or Java; skipped by name without them",
        run: |_| interop::run(),
    },
    Command { name: "bench", says: "measure rates in release mode, with the machine named", run: |_| bench::run() },
    Command { name: "soak", says: "run the simulation and the killing of processes for long", run: |_| soak::run() },
    Command { name: "law", says: "check the law base under law/ with its linter", run: |_| law::run() },
    Command { name: "vectors", says: "write the vectors under docs/spec/vectors/ anew", run: |_| vectors::run() },
];

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let Some((name, rest)) = words.split_first() else {
        print!("{}", usage());
        return ExitCode::SUCCESS;
    };
    let Some(command) = COMMANDS.iter().find(|command| command.name == name) else {
        eprint!("There is no command “{name}”.\n{}", usage());
        return ExitCode::from(2);
    };
    match (command.run)(rest) {
        Ok(()) => ExitCode::SUCCESS,
        Err(sentence) => {
            eprintln!("xtask {name}: {sentence}");
            ExitCode::FAILURE
        }
    }
}

/// The commands, one line each.
fn usage() -> String {
    let lines: String = COMMANDS.iter().map(|command| format!("  {:<8} {}\n", command.name, command.says)).collect();
    format!("cargo xtask <command>\n{lines}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_command_has_one_name_and_one_line() {
        for (place, command) in COMMANDS.iter().enumerate() {
            assert!(usage().contains(&format!("  {:<8} {}\n", command.name, command.says)), "{}", command.name);
            assert!(COMMANDS[..place].iter().all(|earlier| earlier.name != command.name), "{} twice", command.name);
        }
    }
}
