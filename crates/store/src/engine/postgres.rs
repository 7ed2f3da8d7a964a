//! PostgreSQL behind the narrow trait.
//!
//! Several processes may use one database. Their writes take turns: a write transaction first takes an advisory
//! lock that belongs to the schema, so what is promised about one writer on SQLite (a docket's lock, numbers
//! in the order of commits, no deadlock) holds here with the same code. The lock dies with its connection.

use std::collections::HashMap;
use std::error::Error as StdError;
use std::sync::Arc;

use bytes::BytesMut;
use postgres::types::{FromSql, IsNull, ToSql, Type, accepts, to_sql_checked};
use postgres::{Client, Config, NoTls, Statement};
use tokio_postgres_rustls::MakeRustlsConnect;

use super::{Access, Connection, Control, columns};
use crate::StoreError;
use crate::value::{Param, Row, Value};

/// What every connection is told first. A writer that hangs in a transaction loses it, and with it the lock. Statements are made for the indexes: a plan that was
/// right for a table of one page, and is kept, would read all of a large one.
const SETTINGS: &str = "SET synchronous_commit = on; SET lock_timeout = '30s'; \
    SET idle_in_transaction_session_timeout = '60s'; SET client_min_messages = warning; \
    SET enable_seqscan = off; SET enable_hashjoin = off; SET enable_mergejoin = off";
/// One writer at a time, among all processes that use this schema.
const TURN: &str = "BEGIN; SELECT pg_advisory_xact_lock(hashtext('comity.store'), hashtext(current_schema()))";

pub(crate) struct PostgresConnection {
    client: Client,
    statements: HashMap<String, Statement>,
    access: Access,
    in_transaction: bool,
}

/// Opens one connection, over TLS if a configuration for it is given.
pub(crate) fn connect(
    config: &Config,
    tls: Option<&rustls::ClientConfig>,
    access: Access,
) -> Result<Box<dyn Connection>, StoreError> {
    let client = match tls {
        Some(tls) => config.connect(MakeRustlsConnect::new(tls.clone())),
        None => config.connect(NoTls),
    };
    let what = || format!("PostgreSQL at {:?}", config.get_hosts());
    let client = client.map_err(|cause| StoreError::Unreachable { what: what(), cause: Arc::new(cause) })?;
    let mut connection = PostgresConnection { client, statements: HashMap::new(), access, in_transaction: false };
    connection.settle()?;
    Ok(Box::new(connection))
}

fn failed(doing: &str) -> impl Fn(postgres::Error) -> StoreError + '_ {
    move |cause| {
        let class = cause.code().map(|state| state.code()[..2].to_owned());
        match class.as_deref() {
            Some("53") => StoreError::Full { cause: Arc::new(cause) },
            class => {
                // 08 connection, 25 idle too long, 40 rolled back by the server, 55 lock not had, 57 shut down
                let retryable = cause.is_closed() || matches!(class, Some("08" | "25" | "40" | "55" | "57"));
                StoreError::Database { doing: doing.to_owned(), retryable, cause: Arc::new(cause) }
            }
        }
    }
}

impl PostgresConnection {
    fn prepared(&mut self, sql: &str) -> Result<Statement, StoreError> {
        if let Some(statement) = self.statements.get(sql) {
            return Ok(statement.clone());
        }
        let statement = self.client.prepare(sql).map_err(failed(sql))?;
        self.statements.insert(sql.to_owned(), statement.clone());
        Ok(statement)
    }

    /// The statement over a table `given`, which travels as one array for each column: one way to the server, however many rows there are.
    fn prepared_given<'a>(
        &mut self,
        sql: &str,
        given: &[Vec<Param<'a>>],
    ) -> Result<(Statement, Vec<Column<'a>>), StoreError> {
        let count = given.first().map_or(0, Vec::len);
        if given.iter().any(|row| row.len() != count) {
            return Err(StoreError::Misuse("rows of different forms for one statement".to_owned()));
        }
        let all: Vec<Column<'_>> = (0..count).map(|at| Column(given.iter().map(|row| row[at]).collect())).collect();
        let arrays = all.iter().zip(1..).map(|(column, n)| Ok(format!("${n}::{}[]", column.kind()?)));
        let arrays = arrays.collect::<Result<Vec<String>, StoreError>>()?.join(", ");
        let whole = format!("WITH given ({}) AS (SELECT * FROM UNNEST({arrays})) {sql}", columns(count));
        Ok((self.prepared(&whole)?, all))
    }
}

fn borrowed<P: ToSql + Sync>(params: &[P]) -> Vec<&(dyn ToSql + Sync)> {
    params.iter().map(|param| param as &(dyn ToSql + Sync)).collect()
}

fn read(rows: &[postgres::Row]) -> Result<Vec<Row>, postgres::Error> {
    let read = |row: &postgres::Row| {
        let values = (0..row.len()).map(|column| row.try_get::<_, Value>(column)).collect::<Result<_, _>>();
        values.map(Row::new)
    };
    rows.iter().map(read).collect()
}

impl Connection for PostgresConnection {
    fn execute(&mut self, sql: &'static str, params: &[Param<'_>]) -> Result<u64, StoreError> {
        let statement = self.prepared(sql)?;
        self.client.execute(&statement, &borrowed(params)).map_err(failed(sql))
    }

    fn query(&mut self, sql: &'static str, params: &[Param<'_>]) -> Result<Vec<Row>, StoreError> {
        let statement = self.prepared(sql)?;
        let rows = self.client.query(&statement, &borrowed(params)).map_err(failed(sql))?;
        read(&rows).map_err(failed(sql))
    }

    fn execute_given(&mut self, sql: &'static str, given: &[Vec<Param<'_>>]) -> Result<u64, StoreError> {
        let (statement, columns) = self.prepared_given(sql, given)?;
        self.client.execute(&statement, &borrowed(&columns)).map_err(failed(sql))
    }

    fn query_given(&mut self, sql: &'static str, given: &[Vec<Param<'_>>]) -> Result<Vec<Row>, StoreError> {
        let (statement, columns) = self.prepared_given(sql, given)?;
        let rows = self.client.query(&statement, &borrowed(&columns)).map_err(failed(sql))?;
        read(&rows).map_err(failed(sql))
    }

    fn script(&mut self, sql: &str) -> Result<(), StoreError> {
        self.client.batch_execute(&translated(sql)).map_err(failed("a step of the schema"))
    }

    fn control(&mut self, control: Control) -> Result<(), StoreError> {
        let sql = match control {
            Control::BeginWrite => TURN,
            Control::BeginRead => "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY",
            Control::Commit => "COMMIT",
            Control::Rollback => "ROLLBACK",
            Control::Savepoint => "SAVEPOINT job",
            Control::Release => "RELEASE SAVEPOINT job",
            Control::RollbackToSavepoint => "ROLLBACK TO SAVEPOINT job",
        };
        let outcome = self.client.batch_execute(sql).map_err(failed(sql));
        match control {
            // A lock that was not had leaves an aborted transaction behind: the caller rolls it back.
            Control::BeginWrite | Control::BeginRead => self.in_transaction = true,
            Control::Commit | Control::Rollback => self.in_transaction = false,
            Control::Savepoint | Control::Release | Control::RollbackToSavepoint => {}
        }
        outcome
    }

    fn in_transaction(&self) -> bool {
        self.in_transaction && !self.client.is_closed()
    }

    fn usable(&self) -> bool {
        !self.client.is_closed()
    }

    fn tables(&mut self) -> Result<Vec<String>, StoreError> {
        let sql = "SELECT CAST(table_name AS TEXT) FROM information_schema.tables WHERE table_schema = current_schema() ORDER BY 1";
        self.query(sql, &[])?.iter_mut().map(Row::next).collect()
    }

    fn settle(&mut self) -> Result<(), StoreError> {
        self.client.batch_execute(SETTINGS).map_err(failed("the settings of the session"))?;
        if self.access == Access::Read {
            self.client.batch_execute("SET default_transaction_read_only = on").map_err(failed("read only"))?;
        }
        Ok(())
    }
}

/// The four words in which the schema's two dialects differ. Texts compare by their bytes, as in SQLite.
fn translated(sql: &str) -> String {
    sql.replace(" INTEGER", " BIGINT")
        .replace(" BLOB", " BYTEA")
        .replace(" TEXT", " TEXT COLLATE \"C\"")
        .replace(") STRICT;", ");")
}

impl ToSql for Param<'_> {
    fn to_sql(&self, wanted: &Type, out: &mut BytesMut) -> Result<IsNull, Box<dyn StdError + Sync + Send>> {
        match self {
            Param::Null => Ok(IsNull::Yes),
            Param::Int(n) if *wanted == Type::INT8 => n.to_sql(wanted, out),
            Param::Text(text) if *wanted == Type::TEXT => text.to_sql(wanted, out),
            Param::Blob(bytes) if *wanted == Type::BYTEA => bytes.to_sql(wanted, out),
            other => Err(format!("{other:?} was given where {wanted} is wanted").into()),
        }
    }
    accepts!(INT8, TEXT, BYTEA);
    to_sql_checked!();
}

/// One column of many rows, as an array.
#[derive(Debug)]
struct Column<'a>(Vec<Param<'a>>);

impl Column<'_> {
    /// The name of its type.
    fn kind(&self) -> Result<&'static str, StoreError> {
        match self.0.first() {
            Some(Param::Int(_)) => Ok("BIGINT"),
            Some(Param::Text(_)) => Ok("TEXT"),
            Some(Param::Blob(_)) => Ok("BYTEA"),
            Some(Param::Null) | None => Err(StoreError::Misuse("a column of many rows has nothing in it".to_owned())),
        }
    }
}

impl ToSql for Column<'_> {
    fn to_sql(&self, wanted: &Type, out: &mut BytesMut) -> Result<IsNull, Box<dyn StdError + Sync + Send>> {
        self.0.to_sql(wanted, out)
    }
    fn accepts(wanted: &Type) -> bool {
        [Type::INT8_ARRAY, Type::TEXT_ARRAY, Type::BYTEA_ARRAY].contains(wanted)
    }
    to_sql_checked!();
}

impl<'a> FromSql<'a> for Value {
    fn from_sql(found: &Type, raw: &'a [u8]) -> Result<Self, Box<dyn StdError + Sync + Send>> {
        match *found {
            Type::INT8 => i64::from_sql(found, raw).map(Value::Int),
            Type::TEXT => String::from_sql(found, raw).map(Value::Text),
            _ => Vec::<u8>::from_sql(found, raw).map(Value::Blob),
        }
    }
    fn from_sql_null(_: &Type) -> Result<Self, Box<dyn StdError + Sync + Send>> {
        Ok(Value::Null)
    }
    accepts!(INT8, TEXT, BYTEA);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_step_written_for_sqlite_reads_as_one_for_postgresql() {
        let sqlite = "CREATE TABLE a (id BLOB PRIMARY KEY, n INTEGER NOT NULL, t TEXT) STRICT;";
        let wanted = "CREATE TABLE a (id BYTEA PRIMARY KEY, n BIGINT NOT NULL, t TEXT COLLATE \"C\");";
        assert_eq!(translated(sqlite), wanted);
    }
}
