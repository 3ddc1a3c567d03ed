//! Two databases with one set of statements: SQLite in a file, and PostgreSQL.
//!
//! Statements number their parameters `$1`, `$2` and so on, in the order in which they first stand,
//! and use only integers and texts.

use std::collections::HashMap;
use std::fmt;
use std::future::Future;
use std::path::{Path, PathBuf};
use std::time::Duration;

use bytes::BytesMut;
use rusqlite::types::{ToSqlOutput, ValueRef};
use tokio_postgres::types::{IsNull, ToSql, Type, to_sql_checked};
use tokio_postgres::{Client, Config, NoTls, Statement};

use super::RolloutError;

/// How long another program may hold the file.
const PATIENCE: Duration = Duration::from_secs(10);

/// How long a statement may take at a server.
const LONGEST: Duration = Duration::from_secs(90);

/// A value of a row or a parameter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Value {
    Null,
    Int(i64),
    Text(String),
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<i64> for Value {
    fn from(number: i64) -> Self {
        Self::Int(number)
    }
}

impl<T: Into<Self>> From<Option<T>> for Value {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Into::into)
    }
}

impl rusqlite::ToSql for Value {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(match self {
            Self::Null => ValueRef::Null,
            Self::Int(number) => ValueRef::Integer(*number),
            Self::Text(text) => ValueRef::Text(text.as_bytes()),
        }))
    }
}

impl ToSql for Value {
    fn to_sql(
        &self,
        kind: &Type,
        out: &mut BytesMut,
    ) -> Result<IsNull, Box<dyn std::error::Error + Sync + Send>> {
        match self {
            Self::Null => Ok(IsNull::Yes),
            Self::Int(number) => number.to_sql(kind, out),
            Self::Text(text) => text.to_sql(kind, out),
        }
    }

    fn accepts(kind: &Type) -> bool {
        <i64 as ToSql>::accepts(kind) || <String as ToSql>::accepts(kind)
    }

    to_sql_checked!();
}

/// A row as it came.
#[derive(Debug)]
pub(crate) struct Record(Vec<Value>);

impl Record {
    /// The text of a column; nothing where it holds none.
    pub(crate) fn optional(&mut self, column: usize) -> Option<String> {
        match self
            .0
            .get_mut(column)
            .map(|value| std::mem::replace(value, Value::Null))
        {
            Some(Value::Text(text)) => Some(text),
            _ => None,
        }
    }

    pub(crate) fn text(&mut self, column: usize) -> String {
        self.optional(column).unwrap_or_default()
    }

    pub(crate) fn int(&self, column: usize) -> i64 {
        match self.0.get(column) {
            Some(Value::Int(number)) => *number,
            _ => 0,
        }
    }
}

/// A connection to one of the two.
pub(crate) struct Database {
    engine: Engine,
    place: Place,
    /// Left open by a future that was dropped.
    is_open: bool,
}

enum Engine {
    Sqlite(rusqlite::Connection),
    Postgres {
        client: Client,
        statements: HashMap<String, Statement>,
    },
}

/// Where a database is, without a password.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Place {
    File(PathBuf),
    Server(String),
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(path) => write!(f, "{}", path.display()),
            Self::Server(server) => f.write_str(server),
        }
    }
}

impl fmt::Debug for Database {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Database")
            .field("place", &self.place)
            .finish_non_exhaustive()
    }
}

impl Database {
    /// Opens a file; makes it, for its owner alone, if it is to be new.
    pub(crate) fn open_file(path: &Path, is_new: bool) -> Result<Self, RolloutError> {
        let place = Place::File(path.to_owned());
        let unusable = |source: std::io::Error| RolloutError::Unusable {
            place: place.to_string(),
            source: Box::new(source),
        };
        if is_new {
            crate::owner::private(std::fs::OpenOptions::new().write(true).create_new(true))
                .open(path)
                .map_err(unusable)?;
        } else if !path.exists() {
            return Err(RolloutError::NoFile {
                path: path.to_owned(),
            });
        }
        let connection = rusqlite::Connection::open(path);
        let connection = connection.and_then(|connection| {
            connection.busy_timeout(PATIENCE)?;
            // What is committed is on the disk. Rows are read once, in order: a cache of 256 kB
            // holds what is read again. It would grow to 2 MB with the rollout, in each of several
            // connections, and only cost memory.
            connection.execute_batch(
                "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON; \
                 PRAGMA cache_size = -256;",
            )?;
            connection.set_prepared_statement_cache_capacity(64);
            Ok(connection)
        });
        Ok(Self {
            engine: Engine::Sqlite(connection.map_err(|source| match source.sqlite_error_code() {
                Some(rusqlite::ErrorCode::NotADatabase | rusqlite::ErrorCode::CannotOpen) => {
                    RolloutError::NoRollout {
                        path: path.to_owned(),
                    }
                }
                _ => RolloutError::Unusable {
                    place: place.to_string(),
                    source: Box::new(source),
                },
            })?),
            place,
            is_open: false,
        })
    }

    /// Connects to a server.
    pub(crate) async fn connect(url: &str) -> Result<Self, RolloutError> {
        let invalid = |source: tokio_postgres::Error| RolloutError::Unusable {
            // The URL may hold a password.
            place: "the PostgreSQL journal".to_owned(),
            source: Box::new(source),
        };
        let mut config: Config = url.parse().map_err(invalid)?;
        config.application_name("mobproc");
        if config.get_connect_timeout().is_none() {
            config.connect_timeout(PATIENCE);
        }
        let hosts: Vec<String> = config
            .get_hosts()
            .iter()
            .map(|host| match host {
                tokio_postgres::config::Host::Tcp(name) => name.clone(),
                #[cfg(unix)]
                tokio_postgres::config::Host::Unix(path) => path.display().to_string(),
            })
            .collect();
        let place = Place::Server(format!(
            "postgres://{}/{}",
            hosts.join(","),
            config.get_dbname().unwrap_or_default()
        ));
        let (client, connection) = config
            .connect(NoTls)
            .await
            .map_err(|source| RolloutError::Unusable {
                place: place.to_string(),
                source: Box::new(source),
            })?;
        // It ends with the client; what went wrong, the next statement tells.
        tokio::spawn(async move {
            let _ = connection.await;
        });
        let mut database = Self {
            engine: Engine::Postgres {
                client,
                statements: HashMap::new(),
            },
            place,
            is_open: false,
        };
        // A commit is on the server's disk when it is told, whatever the server's default.
        database
            .batch("SET synchronous_commit = on; SET statement_timeout = 60000")
            .await?;
        Ok(database)
    }

    pub(crate) fn place(&self) -> &Place {
        &self.place
    }

    /// Whether several programs may use it at once.
    pub(crate) fn is_shared(&self) -> bool {
        matches!(self.engine, Engine::Postgres { .. })
    }

    fn broken(place: &Place, source: impl std::error::Error + Send + Sync + 'static) -> RolloutError {
        RolloutError::Unusable {
            place: place.to_string(),
            source: Box::new(source),
        }
    }

    /// Runs statements that return nothing.
    pub(crate) async fn batch(&mut self, sql: &str) -> Result<(), RolloutError> {
        let place = &self.place;
        match &mut self.engine {
            Engine::Sqlite(connection) => connection
                .execute_batch(sql)
                .map_err(|source| Self::broken(place, source)),
            Engine::Postgres { client, .. } => in_time(place, client.batch_execute(sql)).await,
        }
    }

    /// Runs a statement; how many rows it changed.
    pub(crate) async fn execute(&mut self, sql: &str, values: &[Value]) -> Result<u64, RolloutError> {
        let place = &self.place;
        match &mut self.engine {
            Engine::Sqlite(connection) => connection
                .prepare_cached(sql)
                .and_then(|mut statement| statement.execute(rusqlite::params_from_iter(values)))
                .map(|count| count as u64)
                .map_err(|source| Self::broken(place, source)),
            Engine::Postgres { client, statements } => {
                let statement = in_time(place, prepared(client, statements, sql)).await?;
                let values: Vec<&(dyn ToSql + Sync)> =
                    values.iter().map(|value| value as &(dyn ToSql + Sync)).collect();
                in_time(place, client.execute(&statement, &values)).await
            }
        }
    }

    /// Runs a statement and takes its rows.
    pub(crate) async fn query(&mut self, sql: &str, values: &[Value]) -> Result<Vec<Record>, RolloutError> {
        let place = &self.place;
        match &mut self.engine {
            Engine::Sqlite(connection) => {
                let read = || -> rusqlite::Result<Vec<Record>> {
                    let mut statement = connection.prepare_cached(sql)?;
                    let columns = statement.column_count();
                    let rows = statement.query_map(rusqlite::params_from_iter(values), |row| {
                        let values: rusqlite::Result<Vec<Value>> = (0..columns)
                            .map(|column| {
                                Ok(match row.get_ref(column)? {
                                    ValueRef::Integer(number) => Value::Int(number),
                                    ValueRef::Text(text) => {
                                        Value::Text(String::from_utf8_lossy(text).into_owned())
                                    }
                                    _ => Value::Null,
                                })
                            })
                            .collect();
                        Ok(Record(values?))
                    })?;
                    rows.collect()
                };
                read().map_err(|source| Self::broken(place, source))
            }
            Engine::Postgres { client, statements } => {
                let statement = in_time(place, prepared(client, statements, sql)).await?;
                let values: Vec<&(dyn ToSql + Sync)> =
                    values.iter().map(|value| value as &(dyn ToSql + Sync)).collect();
                let rows = in_time(place, client.query(&statement, &values)).await?;
                rows.iter()
                    .map(|row| {
                        let values: Result<Vec<Value>, tokio_postgres::Error> = row
                            .columns()
                            .iter()
                            .enumerate()
                            .map(|(place, column)| {
                                Ok(match *column.type_() {
                                    Type::INT8 => row.try_get::<_, Option<i64>>(place)?.into(),
                                    Type::INT4 => row.try_get::<_, Option<i32>>(place)?.map(i64::from).into(),
                                    _ => row.try_get::<_, Option<String>>(place)?.into(),
                                })
                            })
                            .collect();
                        Ok(Record(values.map_err(|source| Self::broken(place, source))?))
                    })
                    .collect()
            }
        }
    }

    /// Begins a transaction. One that a dropped future left open is undone first.
    pub(crate) async fn begin(&mut self) -> Result<(), RolloutError> {
        if self.is_open {
            self.rollback().await?;
        }
        let begin = match self.engine {
            Engine::Sqlite(_) => "BEGIN IMMEDIATE",
            Engine::Postgres { .. } => "BEGIN",
        };
        self.is_open = true;
        self.batch(begin).await
    }

    /// Makes a transaction last: it is on the disk when this returns.
    pub(crate) async fn commit(&mut self) -> Result<(), RolloutError> {
        self.batch("COMMIT").await?;
        self.is_open = false;
        Ok(())
    }

    /// Undoes a transaction.
    pub(crate) async fn rollback(&mut self) -> Result<(), RolloutError> {
        let is_open = match &self.engine {
            Engine::Sqlite(connection) => !connection.is_autocommit(),
            Engine::Postgres { .. } => true,
        };
        if is_open {
            self.batch("ROLLBACK").await?;
        }
        self.is_open = false;
        Ok(())
    }

    /// A statement in the words of the database: `{SERIAL}` is a key that counts up, `{LOCK}` locks
    /// what is selected and passes over what others have locked, `{NOW}` is the time of the
    /// database, `{AGO}` that of `HEARTBEATS_MISSED` ago.
    pub(crate) fn words(&self, sql: &str) -> String {
        let (serial, int, lock, now, ago) = match self.engine {
            Engine::Sqlite(_) => (
                "INTEGER PRIMARY KEY AUTOINCREMENT",
                "INTEGER",
                "",
                "strftime('%Y-%m-%dT%H:%M:%fZ', 'now')",
                "strftime('%Y-%m-%dT%H:%M:%fZ', 'now', '-30 seconds')",
            ),
            Engine::Postgres { .. } => (
                "BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY",
                "BIGINT",
                "FOR UPDATE SKIP LOCKED",
                "to_char(clock_timestamp() AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.MS\"Z\"')",
                "to_char((clock_timestamp() - interval '30 seconds') AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.MS\"Z\"')",
            ),
        };
        sql.replace("{SERIAL}", serial)
            .replace("{INT}", int)
            .replace("{LOCK}", lock)
            .replace("{NOW}", now)
            .replace("{AGO}", ago)
    }
}

/// A server that does not answer is one that cannot be used.
async fn in_time<T>(
    place: &Place,
    asked: impl Future<Output = Result<T, tokio_postgres::Error>>,
) -> Result<T, RolloutError> {
    let unusable = |source: Box<dyn std::error::Error + Send + Sync>| RolloutError::Unusable {
        place: place.to_string(),
        source,
    };
    match tokio::time::timeout(LONGEST, asked).await {
        Ok(answer) => answer.map_err(|source| unusable(Box::new(source))),
        Err(late) => Err(unusable(Box::new(late))),
    }
}

async fn prepared(
    client: &Client,
    statements: &mut HashMap<String, Statement>,
    sql: &str,
) -> Result<Statement, tokio_postgres::Error> {
    if let Some(known) = statements.get(sql) {
        return Ok(known.clone());
    }
    let statement = client.prepare(sql).await?;
    statements.insert(sql.to_owned(), statement.clone());
    Ok(statement)
}
