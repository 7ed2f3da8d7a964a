//! SQLite behind the narrow trait: one file, write-ahead log, every commit on the disk before it is answered.
//!
//! `synchronous=FULL` is not a setting: an answer given before the disk has it would break the promise that
//! nothing acknowledged is ever lost. The file is created readable by its owner alone.

use std::ops::ControlFlow;
use std::path::Path;
use std::sync::Arc;
use std::sync::mpsc::{RecvTimeoutError, sync_channel};
use std::time::Duration;

use rusqlite::config::DbConfig;
use rusqlite::types::ValueRef;
use rusqlite::{Connection as Sqlite, ErrorCode, OpenFlags, Statement};

use super::{Access, Connection, Control, columns};
use crate::StoreError;
use crate::value::{Param, Row, Value};

/// How long a writer of another process is waited for.
const PATIENCE: Duration = Duration::from_secs(30);
/// More than the number of statements in this crate.
const STATEMENTS: usize = 256;

pub(crate) struct SqliteConnection {
    sqlite: Sqlite,
    access: Access,
}

/// Opens the file; only a writer creates it.
pub(crate) fn connect(path: &Path, access: Access) -> Result<Box<dyn Connection>, StoreError> {
    if access == Access::Write {
        create_private(path)?;
    }
    let unreachable = |cause| StoreError::Unreachable { what: path.display().to_string(), cause: Arc::new(cause) };
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let sqlite = Sqlite::open_with_flags(path, flags).map_err(unreachable)?;
    sqlite.busy_timeout(PATIENCE).map_err(unreachable)?;
    sqlite.set_prepared_statement_cache_capacity(STATEMENTS);
    // A statement keeps its plan whatever it is given; without this, SQLite prepares some anew each time they run.
    sqlite.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true).map_err(unreachable)?;
    let mut connection = SqliteConnection { sqlite, access };
    if access == Access::Read {
        connection.settle()?;
    }
    Ok(Box::new(connection))
}

/// Creates an empty file that only its owner can read; SQLite gives its log files the same rights.
fn create_private(path: &Path) -> Result<(), StoreError> {
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create(true).truncate(false);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    match options.open(path) {
        Ok(_) => Ok(()),
        Err(cause) => Err(StoreError::Unreachable { what: path.display().to_string(), cause: Arc::new(cause) }),
    }
}

/// How often it is looked how far a copy is.
const LOOK: Duration = Duration::from_millis(200);

/// Writes one consistent state of the database into a new file, while others read and write. `progress` hears how many bytes are there
/// and may end it; says whether the copy is whole. One that is not is removed.
pub(crate) fn copy(
    path: &Path,
    to: &Path,
    progress: &mut dyn FnMut(u64) -> ControlFlow<()>,
) -> Result<bool, StoreError> {
    let unreachable = |cause| StoreError::Unreachable { what: path.display().to_string(), cause: Arc::new(cause) };
    let sqlite = Sqlite::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX);
    let sqlite = sqlite.map_err(unreachable)?;
    sqlite.busy_timeout(PATIENCE).map_err(unreachable)?;
    let target = to.to_str().ok_or_else(|| StoreError::Misuse("the backup's path is not UTF-8".to_owned()))?;
    create_private(to)?;
    let (interrupt, mut ended) = (sqlite.get_interrupt_handle(), false);
    let copied = std::thread::scope(|scope| {
        let (tell, told) = sync_channel(1);
        scope.spawn(move || drop(tell.send(sqlite.execute("VACUUM INTO ?1", [target]))));
        loop {
            match told.recv_timeout(LOOK) {
                Ok(copied) => return copied.map_err(failed("a backup")),
                Err(RecvTimeoutError::Disconnected) => return Err(StoreError::Panicked("a backup".to_owned())),
                Err(RecvTimeoutError::Timeout) => {
                    let bytes = std::fs::metadata(to).map_or(0, |there| there.len());
                    if progress(bytes) == ControlFlow::Break(()) {
                        ended = true;
                        interrupt.interrupt();
                    }
                }
            }
        }
    });
    if copied.is_err() {
        // Half a copy is of no use to anybody.
        let _ = std::fs::remove_file(to);
    }
    match copied {
        Ok(_) => Ok(true),
        Err(_) if ended => Ok(false),
        Err(why) => Err(why),
    }
}

fn failed(doing: &str) -> impl Fn(rusqlite::Error) -> StoreError + '_ {
    move |cause| match cause.sqlite_error_code() {
        Some(ErrorCode::DiskFull) => StoreError::Full { cause: Arc::new(cause) },
        Some(ErrorCode::NotADatabase) => StoreError::Foreign("the file is not a database".into()),
        code => {
            let retryable = matches!(code, Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked));
            StoreError::Database { doing: doing.to_owned(), retryable, cause: Arc::new(cause) }
        }
    }
}

/// Gives each place of the statement the parameter whose number it bears: `$2` gets the second.
fn bind(statement: &mut Statement<'_>, params: &[Param<'_>]) -> rusqlite::Result<()> {
    for place in 1..=statement.parameter_count() {
        let number = statement.parameter_name(place).and_then(|name| name.strip_prefix('$')?.parse::<usize>().ok());
        let param = number.and_then(|number| params.get(number.checked_sub(1)?));
        match param {
            Some(Param::Null) => statement.raw_bind_parameter(place, rusqlite::types::Null)?,
            Some(Param::Int(n)) => statement.raw_bind_parameter(place, n)?,
            Some(Param::Text(text)) => statement.raw_bind_parameter(place, text)?,
            Some(Param::Blob(bytes)) => statement.raw_bind_parameter(place, bytes)?,
            None => return Err(rusqlite::Error::InvalidParameterCount(params.len(), place)),
        }
    }
    Ok(())
}

/// The statement over a table `given` of one row: SQLite runs it row by row, which costs it no way to a server.
fn over_given(sql: &str, given: &[Vec<Param<'_>>]) -> String {
    let count = given.first().map_or(0, Vec::len);
    let places: Vec<String> = (1..=count).map(|n| format!("${n}")).collect();
    format!("WITH given ({}) AS (VALUES ({})) {sql}", columns(count), places.join(", "))
}

/// Reads all rows that a bound statement gives.
fn collect(sql: &str, statement: &mut Statement<'_>, found: &mut Vec<Row>) -> rusqlite::Result<()> {
    let columns = statement.column_count();
    let mut rows = statement.raw_query();
    while let Some(row) = rows.next()? {
        let value = |column| {
            Ok(match row.get_ref(column)? {
                ValueRef::Null => Value::Null,
                ValueRef::Integer(n) => Value::Int(n),
                ValueRef::Text(text) => Value::Text(String::from_utf8_lossy(text).into_owned()),
                ValueRef::Blob(bytes) => Value::Blob(bytes.to_vec()),
                ValueRef::Real(_) => {
                    return Err(rusqlite::Error::InvalidColumnType(
                        column,
                        sql.to_owned(),
                        rusqlite::types::Type::Real,
                    ));
                }
            })
        };
        found.push(Row::new((0..columns).map(value).collect::<rusqlite::Result<_>>()?));
    }
    Ok(())
}

impl Connection for SqliteConnection {
    fn execute(&mut self, sql: &'static str, params: &[Param<'_>]) -> Result<u64, StoreError> {
        let run = || {
            let mut statement = self.sqlite.prepare_cached(sql)?;
            bind(&mut statement, params)?;
            statement.raw_execute()
        };
        run().map(|rows| rows as u64).map_err(failed(sql))
    }

    fn query(&mut self, sql: &'static str, params: &[Param<'_>]) -> Result<Vec<Row>, StoreError> {
        let run = || {
            let mut statement = self.sqlite.prepare_cached(sql)?;
            bind(&mut statement, params)?;
            let mut found = Vec::new();
            collect(sql, &mut statement, &mut found)?;
            Ok(found)
        };
        run().map_err(failed(sql))
    }

    fn execute_given(&mut self, sql: &'static str, given: &[Vec<Param<'_>>]) -> Result<u64, StoreError> {
        let run = || {
            let mut statement = self.sqlite.prepare_cached(&over_given(sql, given))?;
            let mut changed = 0;
            for row in given {
                bind(&mut statement, row)?;
                changed += statement.raw_execute()? as u64;
            }
            Ok(changed)
        };
        run().map_err(failed(sql))
    }

    fn query_given(&mut self, sql: &'static str, given: &[Vec<Param<'_>>]) -> Result<Vec<Row>, StoreError> {
        let run = || {
            let mut statement = self.sqlite.prepare_cached(&over_given(sql, given))?;
            let mut found = Vec::new();
            for row in given {
                bind(&mut statement, row)?;
                collect(sql, &mut statement, &mut found)?;
            }
            Ok(found)
        };
        run().map_err(failed(sql))
    }

    fn script(&mut self, sql: &str) -> Result<(), StoreError> {
        self.sqlite.execute_batch(sql).map_err(failed("a step of the schema"))
    }

    fn control(&mut self, control: Control) -> Result<(), StoreError> {
        let sql = match control {
            Control::BeginWrite => "BEGIN IMMEDIATE",
            Control::BeginRead => "BEGIN DEFERRED",
            Control::Commit => "COMMIT",
            Control::Rollback => "ROLLBACK",
            Control::Savepoint => "SAVEPOINT job",
            Control::Release => "RELEASE job",
            Control::RollbackToSavepoint => "ROLLBACK TO job",
        };
        self.execute(sql, &[]).map(drop)
    }

    fn in_transaction(&self) -> bool {
        !self.sqlite.is_autocommit()
    }

    fn usable(&self) -> bool {
        true
    }

    fn tables(&mut self) -> Result<Vec<String>, StoreError> {
        let sql =
            "SELECT name FROM sqlite_master WHERE type IN ('table', 'view') AND name NOT LIKE 'sqlite_%' ORDER BY name";
        self.query(sql, &[])?.iter_mut().map(Row::next).collect()
    }

    fn settle(&mut self) -> Result<(), StoreError> {
        let pragmas = match self.access {
            // Larger than the default, so that indices by hash stay in memory and the log is not folded back after every few groups; and what
            // undoes one job of a group is kept in memory, not in a file of its own.
            Access::Write => {
                "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON;
                PRAGMA cache_size = -16384; PRAGMA wal_autocheckpoint = 4000; PRAGMA temp_store = MEMORY;"
            }
            Access::Read => "PRAGMA query_only = ON; PRAGMA foreign_keys = ON;",
        };
        self.sqlite.execute_batch(pragmas).map_err(failed("the settings of the database"))
    }
}
