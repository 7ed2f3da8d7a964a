//! Party tables: `law/parties/<instrument>.csv`. Plain comma-separated lines without quoting; only the last column,
//! the note, may contain commas.

use serde::{Deserialize, Serialize};
use terms::{Date, State};

use crate::data::{Bilateral, Certainty};
use crate::day;

/// The header that every table must have.
pub(crate) const HEADER: &str = "state,status,side,consented,provisional,from,until,source,certainty,note";

/// What the source says a State is to an instrument.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Status {
    /// A party.
    Party,
    /// Signed only, as far as the source shows.
    Signatory,
    /// Signed; whether it ratified is not held.
    Unknown,
}

/// One State's status under one instrument.
#[derive(Debug, Clone)]
pub struct Party {
    /// The State.
    pub state: State,
    /// Its status.
    pub status: Status,
    /// Whether it gave notice (`consented`) that it succeeds to its predecessor: it is bound from that day at the latest.
    pub succeeds: bool,
    /// The side, where the instrument binds across two sides only.
    pub side: String,
    /// Day of its consent (signature, deposit), if held.
    pub consented: Option<Date>,
    /// First day of provisional application.
    pub provisional: Option<Date>,
    /// First day in force for it. None: in force from the day of the source, unknown before.
    pub from: Option<Date>,
    /// Last day in force for it.
    pub until: Option<Date>,
    /// Id in `sources.toml`.
    pub source: String,
    /// How sure.
    pub certainty: Certainty,
    /// What a reader must know.
    pub note: String,
}

impl Party {
    /// The row of one side of a bilateral treaty.
    pub(crate) fn of_bilateral(treaty: &Bilateral, state: State) -> Self {
        Self {
            state,
            status: Status::Party,
            succeeds: false,
            side: String::new(),
            consented: None,
            provisional: treaty.provisional,
            from: treaty.from,
            until: treaty.until,
            source: treaty.source.clone(),
            certainty: treaty.certainty,
            note: treaty.note.clone(),
        }
    }
}

/// Reads a table, or says which line is wrong.
pub(crate) fn parse(text: &str) -> Result<Vec<Party>, String> {
    let mut lines = text.lines();
    if lines.next() != Some(HEADER) {
        return Err(format!("line 1 must read {HEADER}"));
    }
    lines.enumerate().map(|(at, line)| row(line).map_err(|why| format!("line {}: {why}", at + 2))).collect()
}

fn row(line: &str) -> Result<Party, String> {
    let cells: Vec<&str> = line.splitn(10, ',').collect();
    let [state, status, side, consented, provisional, from, until, source, certainty, note] = cells[..] else {
        return Err(format!("ten cells are expected, {} found", cells.len()));
    };
    let date = |cell: &str| match cell {
        "" => Ok(None),
        text => day::parse(text).map(Some).map_err(|_| format!("{text:?} is no date")),
    };
    Ok(Party {
        state: state.parse().map_err(|e: terms::Malformed| e.to_string())?,
        status: match status {
            "party" | "successor" => Status::Party,
            "signatory" => Status::Signatory,
            "unknown" => Status::Unknown,
            other => return Err(format!("{other:?} is no status")),
        },
        succeeds: status == "successor",
        side: side.to_owned(),
        consented: date(consented)?,
        provisional: date(provisional)?,
        from: date(from)?,
        until: date(until)?,
        source: source.to_owned(),
        certainty: match certainty {
            "confirmed" => Certainty::Confirmed,
            "unconfirmed" => Certainty::Unconfirmed,
            other => return Err(format!("{other:?} is no certainty")),
        },
        note: note.to_owned(),
    })
}
