//! The tables of rollouts, and how they came to be as they are.

use super::RolloutError;
use super::database::Database;

/// The version of the tables that this program writes.
pub(crate) const VERSION: i64 = 2;

/// What makes the tables of a version out of those of the one before.
pub(super) const STEPS: [&[&str]; 2] = [
    &[
        "CREATE TABLE rollouts (
            id {SERIAL},
            name TEXT NOT NULL UNIQUE,
            about TEXT NOT NULL,
            stage TEXT NOT NULL,
            approval TEXT,
            paused TEXT NOT NULL
        )",
        "CREATE TABLE rollout_rows (
            rollout {INT} NOT NULL REFERENCES rollouts (id),
            place {INT} NOT NULL,
            number TEXT NOT NULL,
            number_key TEXT,
            cells TEXT NOT NULL,
            acting_for TEXT,
            wave TEXT NOT NULL,
            cost_center TEXT NOT NULL,
            order_text TEXT NOT NULL,
            price TEXT,
            approved TEXT,
            problem TEXT NOT NULL,
            held TEXT NOT NULL,
            state TEXT NOT NULL,
            state_name TEXT NOT NULL,
            attempt {INT} NOT NULL,
            settled TEXT,
            began TEXT,
            order_id TEXT,
            note TEXT NOT NULL,
            lease_owner TEXT NOT NULL,
            lease_until TEXT NOT NULL,
            PRIMARY KEY (rollout, place),
            UNIQUE (rollout, number_key)
        )",
        "CREATE INDEX rollout_rows_by_state ON rollout_rows (rollout, state_name, place)",
        "CREATE TABLE rollout_changes (
            id {SERIAL},
            rollout {INT} NOT NULL REFERENCES rollouts (id),
            place {INT} NOT NULL,
            at TEXT NOT NULL,
            from_state TEXT NOT NULL,
            to_state TEXT NOT NULL,
            attempt {INT} NOT NULL,
            who TEXT NOT NULL,
            why TEXT NOT NULL
        )",
        "CREATE INDEX rollout_changes_by_row ON rollout_changes (rollout, place, id)",
        "CREATE TABLE rollout_numbers (
            scope TEXT NOT NULL,
            number_key TEXT NOT NULL,
            uid TEXT NOT NULL,
            name TEXT NOT NULL,
            place {INT} NOT NULL,
            at TEXT NOT NULL,
            sent {INT} NOT NULL DEFAULT 0,
            PRIMARY KEY (scope, number_key)
        )",
    ],
    // Several programs at once.
    &["CREATE TABLE rollout_workers (
            name TEXT PRIMARY KEY,
            rollout {INT} NOT NULL REFERENCES rollouts (id),
            host TEXT NOT NULL,
            began TEXT NOT NULL,
            beat TEXT NOT NULL
        )"],
];

/// Held by one program at a time while it makes tables in a PostgreSQL database.
const LOCK: &str = "SELECT pg_advisory_xact_lock(7709153380)";

/// Brings the tables to the present version. An empty database gets them only where that is meant.
pub(super) async fn prepare(database: &mut Database, may_make: bool) -> Result<(), RolloutError> {
    database.begin().await?;
    if database.is_shared() {
        database.batch(LOCK).await?;
    }
    let made = migrate(database, may_make).await;
    match made {
        Ok(()) => database.commit().await,
        Err(error) => {
            // The first error is the one to tell.
            let _ = database.rollback().await;
            Err(error)
        }
    }
}

async fn migrate(database: &mut Database, may_make: bool) -> Result<(), RolloutError> {
    let has_tables = if database.is_shared() {
        "SELECT count(*) FROM information_schema.tables
         WHERE table_name = 'rollout_version' AND table_schema = current_schema()"
    } else {
        "SELECT count(*) FROM sqlite_master WHERE name = 'rollout_version'"
    };
    let found = database.query(has_tables, &[]).await?;
    let is_there = found.first().is_some_and(|row| row.int(0) > 0);
    if !is_there {
        if !may_make {
            return Err(RolloutError::Corrupt {
                place: database.place().to_string(),
                what: "no rollout, or one",
            });
        }
        let sql = database.words("CREATE TABLE rollout_version (version {INT} NOT NULL)");
        database.batch(&sql).await?;
        database.batch("INSERT INTO rollout_version VALUES (0)").await?;
    }
    let version = database.query("SELECT version FROM rollout_version", &[]).await?;
    let version = version.first().map_or(0, |row| row.int(0));
    let Some(steps) = usize::try_from(version)
        .ok()
        .and_then(|version| STEPS.get(version..))
    else {
        return Err(RolloutError::Version {
            place: database.place().to_string(),
            found: version,
        });
    };
    let statements: Vec<String> = steps
        .iter()
        .flat_map(|step| step.iter())
        .map(|sql| database.words(sql))
        .collect();
    for sql in &statements {
        database.batch(sql).await?;
    }
    if !statements.is_empty() {
        let sql = "UPDATE rollout_version SET version = $1";
        database.execute(sql, &[VERSION.into()]).await?;
    }
    Ok(())
}
