//! Who works on a rollout: of a file one program, which holds a lock; of a PostgreSQL database any
//! number, each with a heartbeat.

use std::fs::{File, OpenOptions, TryLockError};
use std::path::{Path, PathBuf};

use chrono::Utc;

use super::database::Place;
use super::{Rollout, RolloutError, Step};
use crate::kept::stamp;
use crate::state::{Event, State};

/// A program that works on a rollout.
#[derive(Debug)]
pub(crate) struct Worker {
    name: String,
    /// Locked until it is dropped.
    _lock: Option<File>,
}

impl Worker {
    pub(crate) fn name(&self) -> &str {
        &self.name
    }
}

/// Beside the file itself, by whatever name it is called.
fn lock_of(path: &Path) -> PathBuf {
    let path = &path.canonicalize().unwrap_or_else(|_| path.to_owned());
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(".lock");
    path.with_file_name(name)
}

impl Rollout {
    /// Makes this program one that works on the rollout.
    ///
    /// # Errors
    ///
    /// It is a file, and another program works on it.
    pub(crate) async fn begin_work(&mut self) -> Result<(), RolloutError> {
        if self.worker.is_some() {
            return Ok(());
        }
        let unusable = |place: &Place, source: std::io::Error| RolloutError::Unusable {
            place: place.to_string(),
            source: Box::new(source),
        };
        let place = self.database.place().clone();
        let lock = match &place {
            Place::File(path) => {
                let mut options = OpenOptions::new();
                options.write(true).create(true).truncate(false);
                let file = crate::owner::private(&mut options)
                    .open(lock_of(path))
                    .map_err(|source| unusable(&place, source))?;
                match file.try_lock() {
                    Ok(()) => Some(file),
                    Err(TryLockError::WouldBlock) => {
                        return Err(RolloutError::Busy {
                            place: place.to_string(),
                        });
                    }
                    Err(TryLockError::Error(source)) => return Err(unusable(&place, source)),
                }
            }
            Place::Server(_) => None,
        };
        let name = uuid::Uuid::new_v4().to_string();
        if lock.is_none() {
            let sql = self.database.words(
                "INSERT INTO rollout_workers (name, rollout, host, began, beat) VALUES ($1, $2, $3, $4, {NOW})",
            );
            let values = [
                name.as_str().into(),
                self.id.into(),
                self.who.as_str().into(),
                stamp(Utc::now()).into(),
            ];
            self.database.execute(&sql, &values).await?;
        }
        self.worker = Some(Worker { name, _lock: lock });
        self.give_up_for_the_gone().await
    }

    /// Tells the others that this program still works.
    pub(crate) async fn beat(&mut self) -> Result<(), RolloutError> {
        if !self.database.is_shared() || self.worker.is_none() {
            return Ok(());
        }
        let sql = self
            .database
            .words("UPDATE rollout_workers SET beat = {NOW} WHERE name = $1");
        let name = self.owner().to_owned();
        self.database.execute(&sql, &[name.into()]).await.map(|_| ())
    }

    /// Ends the work: nothing of this program is under way any more.
    pub(crate) async fn end_work(&mut self) -> Result<(), RolloutError> {
        let Some(worker) = self.worker.take() else {
            return Ok(());
        };
        let sql = "UPDATE rollout_rows SET lease_until = '' WHERE rollout = $1 AND lease_owner = $2";
        let values = [self.id.into(), worker.name.as_str().into()];
        self.database.execute(sql, &values).await?;
        if self.database.is_shared() {
            let sql = "DELETE FROM rollout_workers WHERE name = $1";
            self.database.execute(sql, &[worker.name.as_str().into()]).await?;
        }
        Ok(())
    }

    /// What programs were sending that are gone, or that gave no sign for half a minute, becomes
    /// unknown. It is never sent again by itself.
    pub(crate) async fn give_up_for_the_gone(&mut self) -> Result<(), RolloutError> {
        let alive: Vec<String> = if self.database.is_shared() {
            let sql = self
                .database
                .words("SELECT name FROM rollout_workers WHERE rollout = $1 AND beat >= {AGO}");
            let rows = self.database.query(&sql, &[self.id.into()]).await?;
            rows.into_iter().map(|mut row| row.text(0)).collect()
        } else {
            // Whoever holds the lock is the only one.
            vec![self.owner().to_owned()]
        };
        self.release_for_the_gone(&alive).await?;
        let mut after = 0;
        loop {
            let rows = self.rows_in("submitting", after, 500).await?;
            let Some(last) = rows.last() else {
                return Ok(());
            };
            after = last.place;
            let steps: Vec<Step> = rows
                .iter()
                .filter_map(|row| match &row.entry.state {
                    State::Submitting { owner, .. } if !alive.contains(owner) => Some(Step {
                        place: row.place,
                        before: Some(row.entry.clone()),
                        event: Some(Event::OwnerGone { owner: owner.clone() }),
                        why: "the program that sent it is gone, or gives no sign".to_owned(),
                        note: Some("was being sent when the program ended".to_owned()),
                        ..Step::default()
                    }),
                    _ => None,
                })
                .collect();
            self.record(&steps).await?;
        }
    }

    /// What they had taken up and not begun is free for others.
    async fn release_for_the_gone(&mut self, alive: &[String]) -> Result<(), RolloutError> {
        let sql = "SELECT DISTINCT lease_owner FROM rollout_rows
                   WHERE rollout = $1 AND state_name IN ('planned', 'confirmed') AND lease_until <> ''";
        let owners = self.database.query(sql, &[self.id.into()]).await?;
        for mut owner in owners {
            let owner = owner.text(0);
            if !alive.contains(&owner) {
                let sql = "UPDATE rollout_rows SET lease_until = ''
                           WHERE rollout = $1 AND lease_owner = $2 AND state_name IN ('planned', 'confirmed')";
                self.database
                    .execute(sql, &[self.id.into(), owner.into()])
                    .await?;
            }
        }
        Ok(())
    }

    /// Makes what programs were sending that are gone unknown, so that it can be looked for.
    ///
    /// # Errors
    ///
    /// It is a file and another program works on it, which does that itself.
    pub async fn settle(&mut self) -> Result<(), RolloutError> {
        self.begin_work().await?;
        self.end_work().await
    }

    /// How many programs work on it, as far as can be told.
    ///
    /// # Errors
    ///
    /// The database cannot be used.
    pub async fn workers(&mut self) -> Result<usize, RolloutError> {
        match self.database.place().clone() {
            Place::Server(_) => {
                let sql = self
                    .database
                    .words("SELECT name FROM rollout_workers WHERE rollout = $1 AND beat >= {AGO}");
                Ok(self.database.query(&sql, &[self.id.into()]).await?.len())
            }
            Place::File(path) => {
                let is_held = self.worker.is_some()
                    || File::open(lock_of(&path))
                        .is_ok_and(|file| matches!(file.try_lock(), Err(TryLockError::WouldBlock)));
                Ok(usize::from(is_held))
            }
        }
    }
}
