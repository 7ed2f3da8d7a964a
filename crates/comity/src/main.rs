//! `comity`, the one binary: it asks the law base, founds an authority, runs its node, and is its people's client to that node.
//!
//! Results go to standard output, everything else to standard error; `--json` gives one document, `--ndjson` a list item by item. Exit codes are part of the interface:
//! 0 ok, 1 failure, 2 usage, 3 not found, 4 refused by rights, 5 validation, 6 conflict, 7 peer or network, 8 verification, 9 partly done,
//! 130 interrupted. It asks nothing but a passphrase, and that at a terminal alone. Nothing here decides anything about law, and no client opens
//! the database of a node.
//!
//! Where next: `serve` for the node as a process, `client` for what all commands to a running node share, one module for each noun.

mod act_command;
mod client;
mod config;
mod config_command;
mod demo;
mod docket_command;
mod doctor_command;
mod draft_command;
mod exhibit_add;
mod exhibit_command;
mod fitted;
mod folder;
mod init;
mod item_command;
mod job_command;
mod key_command;
mod landing;
mod law_command;
mod ledger_command;
mod manual;
mod node_command;
mod passphrase;
mod peer_command;
mod person_command;
mod pouch_command;
mod request_command;
mod request_new;
mod serve;
mod size;
mod time_roots;
mod verify;
mod watched;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// Many short-lived pieces on many threads: this allocator serves them measurably faster than the C library's.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Help between States against drug trafficking: one signed docket per matter, shared by sovereign nodes.
#[derive(Parser)]
#[command(version, arg_required_else_help = true)]
#[command(after_help = "Examples:\n  comity law between ES MA --on 2026-11-23 --measure bank-records\n  \
    comity request check examples/requests/gh-es-bank-records.json --from GH --to ES --on 2026-11-23\n  \
    comity init es.moj --folder /var/lib/comity --name en=\"Ministry of Justice\" --endpoint https://comity.example.es:8443 …\n  \
    comity serve --config /var/lib/comity/comity.toml\n  \
    comity docket list --node unix:/run/comity/comity.sock --token-file ~/.comity-token")]
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
    Init(Box<init::Init>),
    Serve(serve::Serve),
    Docket(docket_command::Docket),
    Draft(draft_command::Draft),
    Act(act_command::Act),
    Exhibit(exhibit_command::Exhibit),
    Item(item_command::Item),
    Node(node_command::Node),
    Whoami(node_command::Whoami),
    Card(node_command::Card),
    Peer(peer_command::Peer),
    Person(person_command::Person),
    Pouch(pouch_command::Pouch),
    Outbox(node_command::Outbox),
    Quarantine(node_command::Quarantine),
    Audit(node_command::Audit),
    Recover(node_command::Recover),
    Job(job_command::Job),
    Backup(job_command::Backup),
    Key(key_command::Key),
    Config(config_command::Config),
    Doctor(doctor_command::Doctor),
    Proof(ledger_command::Proof),
    Monitor(ledger_command::Monitor),
    Alarm(ledger_command::Alarm),
    Verify(verify::Verify),
    Demo(demo::Demo),
    Completion(manual::Completion),
    Man(manual::Man),
}

/// How a command ends: an exit code, and a sentence for whoever typed it.
#[derive(Debug)]
pub struct Ended {
    code: u8,
    sentence: String,
    /// The stable code of `docs/errors.md`, where it has one.
    name: Option<&'static str>,
}

impl Ended {
    fn new(code: u8, sentence: impl ToString) -> Self {
        Self { code, sentence: sentence.to_string(), name: None }
    }
    /// With the stable code of what was refused.
    fn coded(code: u8, name: &'static str, sentence: impl ToString) -> Self {
        Self { name: Some(name), ..Self::new(code, sentence) }
    }
    /// As a problem for programs (RFC 9457), if they asked for JSON.
    fn told(self, json: bool) -> Self {
        if !json || self.sentence.is_empty() { self } else { client::Problem::of(&self).into() }
    }
}

/// Interrupted by whoever typed it.
const INTERRUPTED: u8 = 130;
/// Some of it was done, and some was not.
const PARTLY: u8 = 9;
/// Something is not what it should be: a hash, a fingerprint, a signature.
const VERIFICATION: u8 = 8;
/// The node, a peer or the network did not answer; trying again may help.
const NETWORK: u8 = 7;
/// Somebody else was first.
const CONFLICT: u8 = 6;
/// The request, or what was entered, is not complete or not allowed by the procedure.
const INCOMPLETE: u8 = 5;
/// Not this person's.
const RIGHTS: u8 = 4;
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

/// A fault of the machine, its code first.
fn fault(why: impl Into<terms::Fault>) -> Ended {
    Ended::new(FAILURE, why.into())
}

/// The time by this machine's clock.
fn now() -> Result<terms::Moment, Ended> {
    Ok(node::World::now(&machine()?))
}

/// The machine's clock and randomness.
fn machine() -> Result<node::Machine, Ended> {
    node::Machine::new().map_err(fault)
}

/// Ends with help, with the version, or with what is wrong with the arguments: as a problem, if JSON was asked for.
fn not_understood(error: &clap::Error) -> ! {
    if error.use_stderr() && std::env::args_os().any(|argument| argument == "--json") {
        let told = error.render().to_string();
        let first = told.split("\n\n").next().unwrap_or_default();
        let Ended { sentence, .. } = Ended::new(USAGE, first.trim_start_matches("error: ").trim()).told(true);
        eprintln!("{sentence}");
        std::process::exit(USAGE.into());
    }
    error.exit()
}

fn main() -> ExitCode {
    let arguments = Arguments::try_parse().unwrap_or_else(|error| not_understood(&error));
    let ended = match arguments.noun {
        Noun::Law(law) => law.run(),
        Noun::Request(request) => request.run(),
        Noun::Init(init) => init.run(),
        Noun::Serve(serve) => serve.run(),
        Noun::Docket(docket) => docket.run(),
        Noun::Draft(draft) => draft.run(),
        Noun::Act(act) => act.run(),
        Noun::Exhibit(exhibit) => exhibit.run(),
        Noun::Item(item) => item.run(),
        Noun::Node(node) => node.run(),
        Noun::Whoami(whoami) => whoami.run(),
        Noun::Card(card) => card.run(),
        Noun::Peer(peer) => peer.run(),
        Noun::Person(person) => person.run(),
        Noun::Pouch(pouch) => pouch.run(),
        Noun::Outbox(outbox) => outbox.run(),
        Noun::Quarantine(quarantine) => quarantine.run(),
        Noun::Audit(audit) => audit.run(),
        Noun::Recover(recover) => recover.run(),
        Noun::Job(job) => job.run(),
        Noun::Backup(backup) => backup.run(),
        Noun::Key(key) => key.run(),
        Noun::Config(config) => config.run(),
        Noun::Doctor(doctor) => doctor.run(),
        Noun::Proof(proof) => proof.run(),
        Noun::Monitor(monitor) => monitor.run(),
        Noun::Alarm(alarm) => alarm.run(),
        Noun::Verify(verify) => verify.run(),
        Noun::Demo(demo) => demo.run(),
        Noun::Completion(completion) => completion.run(),
        Noun::Man(man) => man.run(),
    };
    match ended {
        Ok(()) => ExitCode::SUCCESS,
        // What would be done is a result like any other.
        Err(Ended { code: 0, sentence, .. }) => {
            say(sentence);
            ExitCode::SUCCESS
        }
        Err(Ended { code, sentence, name }) => {
            if !sentence.is_empty() {
                eprintln!("{sentence}");
            }
            if let Some(name) = name {
                eprintln!("[{name}]");
            }
            ExitCode::from(code)
        }
    }
}
