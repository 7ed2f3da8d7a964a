//! The one path by which a schema changes, and the refusals that come before it touches anything.
//!
//! A database is either empty or carries `comity_schema`, one row per applied step with the digest of its text.
//! Refused, before a byte is written: a database that is not ours, one that a later release has written, one from
//! which a step is missing, one whose steps had another text. Each step is one transaction together with its row;
//! several processes may start at once, and each step is applied by one of them.

use terms::Digest;

use super::{Connection, Control};
use crate::StoreError;
use crate::value::{Record, Row};

/// A step of the schema: its number, its name, its statements.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Step {
    pub(crate) version: i64,
    pub(crate) name: &'static str,
    pub(crate) sql: &'static str,
}

macro_rules! step {
    ($version:literal, $name:literal) => {
        Step { version: $version, name: $name, sql: include_str!(concat!("../../migrations/", $name, ".sql")) }
    };
}

/// All steps this program knows, in order. A released step is never edited: what changes is a further step.
pub(crate) const STEPS: &[Step] = &[
    step!(1, "0001_dockets_and_acts"),
    step!(2, "0002_ledger"),
    step!(3, "0003_outbox_and_peers"),
    step!(4, "0004_people_and_work"),
    step!(5, "0005_receipts_owed"),
    step!(6, "0006_transmissions"),
    step!(7, "0007_alarms_and_witnesses"),
    step!(8, "0008_pre_checks"),
    step!(9, "0009_items"),
    step!(10, "0010_keeping"),
    step!(11, "0011_accounts"),
];

/// A step that the database says was applied.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Applied {
    version: i64,
    digest: Digest,
}

impl Record for Applied {
    fn read(row: &mut Row) -> Result<Self, StoreError> {
        Ok(Self { version: row.next()?, digest: row.next()? })
    }
}

/// Decides what is still to be applied, or why nothing may be.
fn plan<'s>(tables: &[String], applied: &[Applied], steps: &'s [Step]) -> Result<&'s [Step], StoreError> {
    if let (Some(table), true) = (tables.first(), applied.is_empty()) {
        return Err(StoreError::Foreign(format!("it holds a table “{table}” and no schema of ours")));
    }
    let known = steps.last().map_or(0, |step| step.version);
    let mut found = 0;
    for step in applied {
        if step.version != found + 1 {
            return Err(StoreError::Skipped { found, needed: found + 1 });
        }
        found = step.version;
    }
    if found > known {
        return Err(StoreError::Newer { found, known });
    }
    for step in applied {
        let ours = steps.iter().find(|known| known.version == step.version);
        if ours.is_some_and(|ours| digest(ours) != step.digest) {
            return Err(StoreError::Altered(step.version));
        }
    }
    let ahead = steps.iter().position(|step| step.version > found).unwrap_or(steps.len());
    let pending = &steps[ahead..];
    if let Some(first) = pending.first().filter(|first| first.version != found + 1) {
        return Err(StoreError::Skipped { found, needed: first.version });
    }
    Ok(pending)
}

fn digest(step: &Step) -> Digest {
    Digest::of(&[step.sql.as_bytes()])
}

fn inspect<'s>(connection: &mut dyn Connection, steps: &'s [Step]) -> Result<&'s [Step], StoreError> {
    let tables = connection.tables()?;
    let applied = if tables.iter().any(|table| table == "comity_schema") {
        let rows = connection.query("SELECT version, digest FROM comity_schema ORDER BY version", &[])?;
        rows.into_iter().map(|mut row| Applied::read(&mut row)).collect::<Result<_, _>>()?
    } else {
        Vec::new()
    };
    plan(&tables, &applied, steps)
}

/// Brings the database to the last step, or refuses before touching it.
pub(crate) fn migrate(connection: &mut dyn Connection, steps: &[Step]) -> Result<(), StoreError> {
    inside(connection, Control::BeginRead, |connection| inspect(connection, steps).map(drop))?;
    connection.settle()?;
    loop {
        let applied = inside(connection, Control::BeginWrite, |connection| {
            let Some(step) = inspect(connection, steps)?.first() else { return Ok(None) };
            connection.script(step.sql)?;
            let insert = "INSERT INTO comity_schema (version, name, digest) VALUES ($1, $2, $3)";
            connection.execute(insert, &[step.version.into(), step.name.into(), (&digest(step)).into()])?;
            Ok(Some(step.name))
        })?;
        match applied {
            Some(name) => tracing::info!(step = name, "schema step applied"),
            None => return Ok(()),
        }
    }
}

fn inside<T>(
    connection: &mut dyn Connection,
    begin: Control,
    work: impl FnOnce(&mut dyn Connection) -> Result<T, StoreError>,
) -> Result<T, StoreError> {
    let outcome = connection.control(begin).and_then(|()| {
        let done = work(connection)?;
        connection.control(Control::Commit)?;
        Ok(done)
    });
    if outcome.is_err() && connection.in_transaction() {
        // The first error is the one to tell; a rollback that fails too ends with the connection.
        let _ = connection.control(Control::Rollback);
    }
    outcome
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn step(version: i64, sql: &'static str) -> Step {
        Step { version, name: "step", sql }
    }
    const ONE_TO_THREE: &[Step] = &[step(1, "a"), step(2, "b"), step(3, "c")];
    const FROM_THREE: &[Step] = &[step(3, "c"), step(4, "d")];

    fn applied(texts: &[(i64, &'static str)]) -> Vec<Applied> {
        texts.iter().map(|&(version, sql)| Applied { version, digest: digest(&step(version, sql)) }).collect()
    }

    /// What was applied, what is known, and what is pending or the code of the refusal.
    type Case = (&'static [(i64, &'static str)], &'static [Step], Result<&'static [i64], &'static str>);

    #[test]
    fn what_is_pending_or_why_nothing_may_be_applied() {
        let ours = vec!["acts".to_owned(), "comity_schema".to_owned()];
        const A: (i64, &str) = (1, "a");
        const B: (i64, &str) = (2, "b");
        const C: (i64, &str) = (3, "c");
        const D: (i64, &str) = (4, "d");
        let rows: &[Case] = &[
            // applied            known         pending, or refused with
            (&[A, B, C], ONE_TO_THREE, Ok(&[])),
            (&[A], ONE_TO_THREE, Ok(&[2, 3])),
            (&[A, B], FROM_THREE, Ok(&[3, 4])),
            (&[A, B, C], FROM_THREE, Ok(&[4])),
            (&[A], FROM_THREE, Err("store.skipped")),
            (&[A, C], ONE_TO_THREE, Err("store.skipped")),
            (&[B], ONE_TO_THREE, Err("store.skipped")),
            (&[A, B, C, D], ONE_TO_THREE, Err("store.newer")),
            (&[A, (2, "other")], ONE_TO_THREE, Err("store.altered")),
            (&[], ONE_TO_THREE, Err("store.foreign")),
        ];
        for (had, steps, expected) in rows {
            let found = plan(&ours, &applied(had), steps);
            let found = found.map(|steps| steps.iter().map(|step| step.version).collect::<Vec<_>>());
            let found = found.as_deref().map_err(StoreError::code);
            assert_eq!(found, *expected, "{had:?}");
        }
        assert_eq!(plan(&[], &[], ONE_TO_THREE).map(<[Step]>::len).map_err(|e| e.code()), Ok(3), "an empty database");
    }

    #[test]
    fn steps_are_numbered_without_a_gap_and_named_by_their_number() {
        for (place, step) in STEPS.iter().enumerate() {
            assert_eq!(step.version, place as i64 + 1);
            assert!(step.name.starts_with(&format!("{:04}_", step.version)), "{}", step.name);
        }
    }
}
