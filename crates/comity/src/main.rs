//! `comity`, the one binary. What stands so far needs no node: asking the law base, and measuring a request against it.
//!
//! Results go to standard output, everything else to standard error; `--json` gives one document. Exit codes are part of the
//! interface: 0 ok, 1 failure, 2 usage, 3 not found, 5 the request is incomplete. Nothing here decides anything about law.

mod law_command;
mod request_command;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// Help between States against drug trafficking: which treaty binds, what it demands, what a request still lacks.
#[derive(Parser)]
#[command(version, arg_required_else_help = true)]
#[command(after_help = "Examples:\n  comity law between ES MA --on 2026-11-23 --measure bank-records\n  \
    comity request check examples/requests/gh-es-bank-records.json --from GH --to ES --on 2026-11-23")]
struct Arguments {
    #[command(subcommand)]
    noun: Noun,
}

#[derive(Subcommand)]
enum Noun {
    /// Ask the law base.
    #[command(subcommand)]
    Law(law_command::Law),
    /// Work on a request.
    #[command(subcommand)]
    Request(request_command::Request),
}

/// How a command ends: an exit code, and a sentence for whoever typed it.
struct Ended {
    code: u8,
    sentence: String,
}

impl Ended {
    fn new(code: u8, sentence: impl ToString) -> Self {
        Self { code, sentence: sentence.to_string() }
    }
}

/// The request lacks something.
const INCOMPLETE: u8 = 5;
/// There is no such thing.
const NOT_FOUND: u8 = 3;
/// What was typed makes no sense.
const USAGE: u8 = 2;
/// It did not work.
const FAILURE: u8 = 1;

/// One line of the result. A reader that has seen enough and closed the pipe is no failure.
fn say(line: impl std::fmt::Display) {
    use std::io::Write as _;
    if let Err(error) = writeln!(std::io::stdout(), "{line}")
        && error.kind() == std::io::ErrorKind::BrokenPipe
    {
        std::process::exit(0);
    }
}

fn main() -> ExitCode {
    let ended = match Arguments::parse().noun {
        Noun::Law(law) => law.run(),
        Noun::Request(request) => request.run(),
    };
    match ended {
        Ok(()) => ExitCode::SUCCESS,
        Err(Ended { code, sentence }) => {
            eprintln!("{sentence}");
            ExitCode::from(code)
        }
    }
}
