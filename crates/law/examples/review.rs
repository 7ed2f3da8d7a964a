//! What a reviewer of the law base wants to see first: its version, what is in it, what is wrong with it, and what is
//! not modelled yet. `cargo xtask law` runs it; it fails if anything is wrong.

use std::process::ExitCode;

use law::data::Modelled;
use law::{Base, Certainty, lint};

fn main() -> ExitCode {
    let base = match Base::embedded() {
        Ok(base) => base,
        Err(error) => {
            eprintln!("{error}");
            return ExitCode::FAILURE;
        }
    };
    println!("law base {}", base.version());
    let rows: usize = base.party_tables().map(|table| base.parties(table).count()).sum();
    let undated = |table: &str| base.parties(table).filter(|row| row.from.is_none() && row.until.is_none()).count();
    println!(
        "{} instruments, {} party rows ({} without a day), {} declarations, {} sources, {} facts",
        base.instruments().count(),
        rows,
        base.party_tables().map(undated).sum::<usize>(),
        base.all_declarations().map(|d| d.declarations.len()).sum::<usize>(),
        base.sources().count(),
        base.facts().count(),
    );
    println!(
        "{} substances, {} amounts, authorities of {} States, penalties of {}",
        base.substances().count(),
        base.all_amounts().count(),
        base.all_authorities().count(),
        base.all_penalties().count(),
    );
    for (words, how) in [
        ("existence and status only", Modelled::Status),
        ("some articles, what a request must contain not among them", Modelled::Partly),
    ] {
        let ids: Vec<&str> = base.instruments().filter(|i| i.modelled == how).map(|i| i.id.as_str()).collect();
        println!("\n{words} ({}):\n  {}", ids.len(), ids.join(" "));
    }
    let unread: Vec<&str> =
        base.instruments().filter(|i| i.text.certainty == Certainty::Unconfirmed).map(|i| i.id.as_str()).collect();
    println!("\ntext unconfirmed ({}):\n  {}", unread.len(), unread.join(" "));
    let unnamed = named_by_no_case(&base);
    println!("\nnamed by no case ({}):\n  {}", unnamed.len(), unnamed.join(" "));
    let found = lint(&base);
    println!("\n{} findings", found.len());
    for finding in &found {
        println!("  {finding}");
    }
    if found.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// The instruments of which articles are held and which no case under `law/cases` names.
fn named_by_no_case(base: &Base) -> Vec<&str> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../law/cases");
    let cases: String = std::fs::read_dir(folder)
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|entry| std::fs::read_to_string(entry.path()).ok())
        .collect();
    let named = |id: &str| cases.contains(&format!("\"{id}\"")) || cases.contains(&format!("\"{id} "));
    base.instruments().filter(|i| i.modelled != Modelled::Status && !named(&i.id)).map(|i| i.id.as_str()).collect()
}
