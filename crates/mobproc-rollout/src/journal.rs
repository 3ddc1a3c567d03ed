//! The journal: writes and their states in an SQLite file.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use rusqlite::{Connection, OptionalExtension as _, Row, TransactionBehavior, params};

use crate::kept::{key_of, read_stamp, stamp, state_text};
use crate::owner::{self, Owner};
use crate::state::{Entry, Event, Refusal, State};
use crate::write::{Change, NewWrite, Scope, Write, WriteKind};

/// Name of the file in its folder.
const FILE: &str = "journal.sqlite";
/// Changes when the tables do.
const VERSION: i64 = 1;
/// How long another program may hold the file.
const PATIENCE: Duration = Duration::from_secs(10);

/// Whether a write was in the journal before.
#[derive(Debug, Clone)]
#[allow(clippy::exhaustive_enums, reason = "there is no third answer")]
pub enum Added {
    /// It was not, and is now.
    New(Write),
    /// One of that number was.
    Known(Write),
}

/// Why the journal did not do what it was asked for. Nothing was changed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum JournalError {
    /// The file or its folder cannot be used.
    #[error("cannot use the journal {}: {source}", path.display())]
    File {
        /// Which.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The database refuses.
    #[error("the journal {} cannot be read or written: {source}", path.display())]
    Database {
        /// Which file.
        path: PathBuf,
        /// Why.
        source: rusqlite::Error,
    },
    /// It was written by another version.
    #[error("the journal {} is of version {found}; this program reads {VERSION}", path.display())]
    Version {
        /// Which file.
        path: PathBuf,
        /// Its version.
        found: i64,
    },
    /// There is no such write.
    #[error("the journal has no write {0}")]
    NotFound(String),
    /// The state does not allow it.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// Somebody else changed it in between.
    #[error("somebody else has changed it in between")]
    Overtaken,
    /// What is written cannot be read.
    #[error("the journal {} holds {what} that cannot be read", path.display())]
    Corrupt {
        /// Which file.
        path: PathBuf,
        /// What.
        what: &'static str,
    },
}

/// Writes and their states, in a file that outlives the program.
///
/// A change is on the disk when the call that makes it returns (`synchronous=FULL`).
#[derive(Debug)]
pub struct Journal {
    connection: Connection,
    folder: PathBuf,
    owner: Owner,
}

impl Journal {
    /// Opens the journal of a folder, or begins one. What programs that have ended were sending is
    /// unknown from then on.
    ///
    /// # Errors
    ///
    /// The folder or the file cannot be used, or are of another version.
    pub fn open(folder: &Path) -> Result<Self, JournalError> {
        let unusable = |source: io::Error| JournalError::File {
            path: folder.to_owned(),
            source,
        };
        owner::create_private_folder(folder).map_err(unusable)?;
        let path = folder.join(FILE);
        // Made before SQLite makes it, for the user alone.
        owner::private(fs::OpenOptions::new().append(true).create(true))
            .open(&path)
            .map_err(unusable)?;
        let owner = Owner::new(folder).map_err(unusable)?;
        let broken = |source: rusqlite::Error| JournalError::Database {
            path: path.clone(),
            source,
        };
        let connection = Connection::open(&path).map_err(broken)?;
        connection.busy_timeout(PATIENCE).map_err(broken)?;
        let mut journal = Self {
            connection,
            folder: folder.to_owned(),
            owner,
        };
        journal.prepare()?;
        journal.give_up_for_the_dead()?;
        owner::tidy(folder);
        Ok(journal)
    }

    fn path(&self) -> PathBuf {
        self.folder.join(FILE)
    }

    fn broken(&self) -> impl Fn(rusqlite::Error) -> JournalError + use<> {
        let path = self.path();
        move |source| JournalError::Database {
            path: path.clone(),
            source,
        }
    }

    fn prepare(&mut self) -> Result<(), JournalError> {
        let broken = self.broken();
        let path = self.path();
        // What is committed is on the disk.
        self.connection
            .execute_batch("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON;")
            .map_err(&broken)?;
        let transaction = self
            .connection
            .transaction_with_behavior(TransactionBehavior::Immediate)
            .map_err(&broken)?;
        let version: i64 = transaction
            .query_row("PRAGMA user_version", [], |row| row.get(0))
            .map_err(&broken)?;
        match version {
            VERSION => {}
            0 => transaction.execute_batch(TABLES).map_err(&broken)?,
            found => return Err(JournalError::Version { path, found }),
        }
        transaction.commit().map_err(&broken)
    }

    fn give_up_for_the_dead(&mut self) -> Result<(), JournalError> {
        for write in self.open_writes()? {
            let State::Submitting { owner, .. } = &write.entry.state else {
                continue;
            };
            let is_running = owner::is_running(&self.folder, owner).map_err(|source| JournalError::File {
                path: self.folder.clone(),
                source,
            })?;
            if is_running {
                continue;
            }
            let gone = Event::OwnerGone { owner: owner.clone() };
            match self.apply(
                &write.id,
                &gone,
                "the journal",
                "the program that sent it has ended",
            ) {
                // Somebody else saw it too, or its answer came.
                Ok(_) | Err(JournalError::Refused(_) | JournalError::Overtaken) => {}
                Err(other) => return Err(other),
            }
        }
        Ok(())
    }

    /// Adds a write, unless there is one of that kind and number for the same server and tenant.
    /// Case and blanks make no other number of it.
    ///
    /// # Errors
    ///
    /// The file cannot be written.
    pub fn add(&mut self, write: &NewWrite) -> Result<Added, JournalError> {
        let broken = self.broken();
        let path = self.path();
        let transaction = self
            .connection
            .transaction_with_behavior(TransactionBehavior::Immediate)
            .map_err(&broken)?;
        let known = transaction
            .query_row(
                &format!(
                    "SELECT {COLUMNS} FROM writes
                     WHERE kind = ?1 AND base_url = ?2 AND tenant = ?3 AND number_key = ?4"
                ),
                params![
                    write.kind.name(),
                    write.scope.base_url,
                    write.scope.tenant,
                    key_of(&write.number)
                ],
                |row| Ok(read_write(row, &path)),
            )
            .optional()
            .map_err(&broken)?;
        if let Some(known) = known {
            return Ok(Added::Known(known?));
        }
        let entry = Entry::kept(State::Confirmed, 0);
        transaction
            .execute(
                "INSERT INTO writes (kind, base_url, tenant, number, number_key, content, fingerprint,
                                     summary, state, attempt, added)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)",
                params![
                    write.kind.name(),
                    write.scope.base_url,
                    write.scope.tenant,
                    write.number,
                    key_of(&write.number),
                    write.content,
                    write.fingerprint,
                    write.summary,
                    state_text(&entry.state),
                    entry.attempt,
                    stamp(Utc::now())
                ],
            )
            .map_err(&broken)?;
        let id = transaction.last_insert_rowid().to_string();
        transaction.commit().map_err(&broken)?;
        Ok(Added::New(self.by_id(&id)?))
    }

    /// Takes another content for a write that is about to be sent again, such as an order that was
    /// confirmed anew; and the number as it is written there.
    ///
    /// # Errors
    ///
    /// It was sent and may have been carried out, or is being sent.
    pub fn replace_content(&mut self, id: &str, write: &NewWrite) -> Result<Write, JournalError> {
        let broken = self.broken();
        let path = self.path();
        let transaction = self
            .connection
            .transaction_with_behavior(TransactionBehavior::Immediate)
            .map_err(&broken)?;
        let before = read(&transaction, id, &path)?;
        if !matches!(before.entry.state, State::Confirmed | State::Refused) {
            return Err(JournalError::Refused(Refusal::State {
                state: before.entry.state,
                what: "changed",
            }));
        }
        transaction
            .execute(
                "UPDATE writes SET content = ?2, fingerprint = ?3, summary = ?4, number = ?5 WHERE id = ?1",
                params![id, write.content, write.fingerprint, write.summary, write.number],
            )
            .map_err(&broken)?;
        transaction.commit().map_err(&broken)?;
        self.by_id(id)
    }

    /// Claims a write for sending it, as it was read. When this returns, it is on the disk as
    /// *submitting*, and only then may it be sent. The limit is how long sending and waiting for
    /// the
    /// answer can take.
    ///
    /// # Errors
    ///
    /// It was sent and may have been carried out, somebody else is sending it or has changed what
    /// is
    /// to be sent, or the file cannot be written. Then it must not be sent.
    pub fn begin(
        &mut self,
        write: &Write,
        limit: Duration,
        who: &str,
        why: &str,
    ) -> Result<Write, JournalError> {
        let now = Utc::now();
        let limit = TimeDelta::from_std(limit).unwrap_or(TimeDelta::MAX);
        let begin = Event::Begin {
            owner: self.owner.name().to_owned(),
            settled: now.checked_add_signed(limit).unwrap_or(DateTime::<Utc>::MAX_UTC),
        };
        self.step(&write.id, &begin, (who, why), None, Some(&write.content))
    }

    /// Whether a write that was begun may still be sent: it is still this program's, and its time
    /// is
    /// not over. Between this and the first byte little can happen, but a program that is stopped
    /// right there sends when it goes on.
    ///
    /// # Errors
    ///
    /// The file cannot be read.
    pub fn may_still_be_sent(&self, begun: &Write) -> Result<bool, JournalError> {
        let now = self.by_id(&begun.id)?;
        let is_in_time = match &now.entry.state {
            State::Submitting { owner, settled } => owner == self.owner.name() && Utc::now() < *settled,
            _ => false,
        };
        Ok(is_in_time && now.entry == begun.entry)
    }

    /// Lets something happen to a write: `who` let it, and `why`. The new state is on the disk when
    /// this returns.
    ///
    /// # Errors
    ///
    /// It cannot happen to it, or the file cannot be written. Then nothing has changed.
    pub fn apply(&mut self, id: &str, event: &Event, who: &str, why: &str) -> Result<Write, JournalError> {
        self.apply_with_result(id, event, who, why, None)
    }

    /// As [`apply`](Self::apply), with what became of it, such as the order's id.
    ///
    /// # Errors
    ///
    /// As [`apply`](Self::apply).
    pub fn apply_with_result(
        &mut self,
        id: &str,
        event: &Event,
        who: &str,
        why: &str,
        result: Option<&str>,
    ) -> Result<Write, JournalError> {
        self.step(id, event, (who, why), result, None)
    }

    /// One step, if it is of the content that is expected.
    fn step(
        &mut self,
        id: &str,
        event: &Event,
        (who, why): (&str, &str),
        result: Option<&str>,
        expected: Option<&str>,
    ) -> Result<Write, JournalError> {
        let broken = self.broken();
        let path = self.path();
        let now = Utc::now();
        let transaction = self
            .connection
            .transaction_with_behavior(TransactionBehavior::Immediate)
            .map_err(&broken)?;
        let before = read(&transaction, id, &path)?;
        if expected.is_some_and(|expected| expected != before.content) {
            return Err(JournalError::Overtaken);
        }
        let (after, _) = before.entry.step(event, now)?;
        let began = match event {
            Event::Begin { .. } => Some(stamp(now)),
            _ => None,
        };
        let changed = transaction
            .execute(
                "UPDATE writes SET state = ?1, attempt = ?2, began = coalesce(?3, began),
                                   result = coalesce(?4, result)
                 WHERE id = ?5 AND state = ?6 AND attempt = ?7",
                params![
                    state_text(&after.state),
                    after.attempt,
                    began,
                    result,
                    id,
                    state_text(&before.entry.state),
                    before.entry.attempt
                ],
            )
            .map_err(&broken)?;
        if changed != 1 {
            return Err(JournalError::Overtaken);
        }
        transaction
            .execute(
                "INSERT INTO changes (write_id, at, from_state, to_state, attempt, who, why)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
                params![
                    id,
                    stamp(now),
                    before.entry.state.name(),
                    after.state.name(),
                    after.attempt,
                    who,
                    why
                ],
            )
            .map_err(&broken)?;
        transaction.commit().map_err(&broken)?;
        self.by_id(id)
    }

    /// The write of that id.
    ///
    /// # Errors
    ///
    /// There is none, or the file cannot be read.
    pub fn by_id(&self, id: &str) -> Result<Write, JournalError> {
        read(&self.connection, id, &self.path())
    }

    /// The writes of that number, the first first: of one server and tenant, and of any kind.
    ///
    /// # Errors
    ///
    /// The file cannot be read.
    pub fn by_number(&self, scope: &Scope, number: &str) -> Result<Vec<Write>, JournalError> {
        self.select(
            "WHERE base_url = ?1 AND tenant = ?2 AND number_key = ?3 ORDER BY id",
            params![scope.base_url, scope.tenant, key_of(number)],
        )
    }

    /// The writes of which it is not known what became of them, the oldest first.
    ///
    /// # Errors
    ///
    /// The file cannot be read.
    pub fn open_writes(&self) -> Result<Vec<Write>, JournalError> {
        let all = self.select(
            "WHERE json_extract(state, '$.name') IN ('submitting', 'unknown', 'needs_person') ORDER BY id",
            [],
        )?;
        Ok(all
            .into_iter()
            .filter(|write| write.entry.state.is_open())
            .collect())
    }

    /// Whether the program that is sending a write is still running.
    ///
    /// # Errors
    ///
    /// The folder cannot be read.
    pub fn is_being_sent(&self, write: &Write) -> Result<bool, JournalError> {
        match &write.entry.state {
            State::Submitting { owner, .. } => {
                owner::is_running(&self.folder, owner).map_err(|source| JournalError::File {
                    path: self.folder.clone(),
                    source,
                })
            }
            _ => Ok(false),
        }
    }

    /// What happened to a write, the first first.
    ///
    /// # Errors
    ///
    /// The file cannot be read.
    pub fn changes(&self, id: &str) -> Result<Vec<Change>, JournalError> {
        let broken = self.broken();
        let mut statement = self
            .connection
            .prepare(
                "SELECT at, from_state, to_state, attempt, who, why FROM changes
                 WHERE write_id = ?1 ORDER BY id",
            )
            .map_err(&broken)?;
        let rows = statement
            .query_map([id], |row| {
                let at: String = row.get(0)?;
                Ok((
                    at,
                    Change {
                        at: DateTime::<Utc>::MIN_UTC,
                        from: row.get(1)?,
                        to: row.get(2)?,
                        attempt: row.get(3)?,
                        who: row.get(4)?,
                        why: row.get(5)?,
                    },
                ))
            })
            .map_err(&broken)?;
        let path = self.path();
        rows.map(|row| {
            let (at, change) = row.map_err(&broken)?;
            let at = read_stamp(&at).ok_or_else(|| JournalError::Corrupt {
                path: path.clone(),
                what: "a time",
            })?;
            Ok(Change { at, ..change })
        })
        .collect()
    }

    fn select(&self, rest: &str, params: impl rusqlite::Params) -> Result<Vec<Write>, JournalError> {
        let broken = self.broken();
        let path = self.path();
        let mut statement = self
            .connection
            .prepare(&format!("SELECT {COLUMNS} FROM writes {rest}"))
            .map_err(&broken)?;
        let rows = statement
            .query_map(params, |row| Ok(read_write(row, &path)))
            .map_err(&broken)?;
        rows.map(|row| row.map_err(&broken)?).collect()
    }
}

const TABLES: &str = "
CREATE TABLE writes (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    kind TEXT NOT NULL,
    base_url TEXT NOT NULL,
    tenant TEXT NOT NULL,
    number TEXT NOT NULL,
    number_key TEXT NOT NULL,
    content TEXT NOT NULL,
    fingerprint TEXT NOT NULL,
    summary TEXT NOT NULL,
    state TEXT NOT NULL,
    attempt INTEGER NOT NULL,
    added TEXT NOT NULL,
    began TEXT,
    result TEXT,
    UNIQUE (kind, base_url, tenant, number_key)
);
CREATE INDEX open_writes ON writes (json_extract(state, '$.name'));
CREATE TABLE changes (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    write_id INTEGER NOT NULL REFERENCES writes (id),
    at TEXT NOT NULL,
    from_state TEXT NOT NULL,
    to_state TEXT NOT NULL,
    attempt INTEGER NOT NULL,
    who TEXT NOT NULL,
    why TEXT NOT NULL
);
CREATE INDEX changes_of ON changes (write_id);
PRAGMA user_version = 1;
";

const COLUMNS: &str = "id, kind, base_url, tenant, number, content, fingerprint, summary, state, attempt, added, \
                       began, result";

fn read(connection: &Connection, id: &str, path: &Path) -> Result<Write, JournalError> {
    let found = connection
        .query_row(
            &format!("SELECT {COLUMNS} FROM writes WHERE id = ?1"),
            [id],
            |row| Ok(read_write(row, path)),
        )
        .optional();
    let found = found.map_err(|source| JournalError::Database {
        path: path.to_owned(),
        source,
    })?;
    found.ok_or_else(|| JournalError::NotFound(id.to_owned()))?
}

fn read_write(row: &Row<'_>, path: &Path) -> Result<Write, JournalError> {
    let broken = |source| JournalError::Database {
        path: path.to_owned(),
        source,
    };
    let corrupt = |what| JournalError::Corrupt {
        path: path.to_owned(),
        what,
    };
    let text = |column: usize| row.get::<_, String>(column).map_err(broken);
    let kind = text(1)?;
    let began: Option<String> = row.get(11).map_err(broken)?;
    Ok(Write {
        id: row.get::<_, i64>(0).map_err(broken)?.to_string(),
        kind: WriteKind::ALL
            .into_iter()
            .find(|known| known.name() == kind)
            .ok_or_else(|| corrupt("a kind"))?,
        scope: Scope::new(text(2)?, text(3)?),
        number: text(4)?,
        content: text(5)?,
        fingerprint: text(6)?,
        summary: text(7)?,
        entry: Entry::kept(
            serde_json::from_str(&text(8)?).map_err(|_| corrupt("a state"))?,
            row.get(9).map_err(broken)?,
        ),
        added: read_stamp(&text(10)?).ok_or_else(|| corrupt("a time"))?,
        began: match began {
            Some(began) => Some(read_stamp(&began).ok_or_else(|| corrupt("a time"))?),
            None => None,
        },
        result: row.get(12).map_err(broken)?,
    })
}

#[cfg(test)]
mod tests;
