//! The journal of a rollout: its rows and their states, in an SQLite file or a PostgreSQL database.

mod about;
mod database;
mod error;
mod numbers;
mod row;
mod rows;
mod steps;
mod tables;
mod workers;

use std::path::Path;

use chrono::Utc;

use crate::price::Price;
pub use about::{About, Approval, Location, Stage};
use database::{Database, Record};
pub use error::RolloutError;
pub(crate) use numbers::Claim;
pub use numbers::Numbers;
pub use row::{Counts, Row, RowChange};
pub(crate) use row::{Step, Wanted};
pub(crate) use workers::Worker;

/// A rollout in its journal.
#[derive(Debug)]
pub struct Rollout {
    database: Database,
    /// Its number in the database.
    id: i64,
    name: String,
    about: About,
    /// Who works on it, for the changes.
    who: String,
    worker: Option<Worker>,
}

impl Rollout {
    /// Begins a rollout. Nobody sees it as a plan before it is read and priced.
    ///
    /// # Errors
    ///
    /// There is one of that name already, or the database cannot be used.
    pub(crate) async fn create(location: &Location, about: About, who: &str) -> Result<Self, RolloutError> {
        let (mut database, name) = match location {
            Location::File(path) => {
                if path.exists() {
                    return Err(RolloutError::Exists {
                        place: folder_of(path).display().to_string(),
                        name: name_of(path),
                    });
                }
                (Database::open_file(path, true)?, name_of(path))
            }
            Location::Server { url, name } => (Database::connect(url).await?, name.clone()),
        };
        tables::prepare(&mut database, true).await?;
        let text = serde_json::to_string(&about).map_err(|_| corrupt(&database, "a plan"))?;
        let made = database
            .query(
                "INSERT INTO rollouts (name, about, stage, approval, paused) VALUES ($1, $2, 'reading', NULL, '')
                 ON CONFLICT (name) DO NOTHING RETURNING id",
                &[name.as_str().into(), text.into()],
            )
            .await?;
        let Some(made) = made.first() else {
            return Err(RolloutError::Exists {
                place: database.place().to_string(),
                name,
            });
        };
        Ok(Self {
            id: made.int(0),
            database,
            name,
            about,
            who: who.to_owned(),
            worker: None,
        })
    }

    /// Opens a rollout: `who` is written down with every change.
    ///
    /// # Errors
    ///
    /// There is none, it was written by a later version, or the database cannot be used.
    pub async fn open(location: &Location, who: &str) -> Result<Self, RolloutError> {
        let (mut database, name) = match location {
            Location::File(path) => (Database::open_file(path, false)?, name_of(path)),
            Location::Server { url, name } => (Database::connect(url).await?, name.clone()),
        };
        tables::prepare(&mut database, false).await?;
        // A file may have been renamed, and holds one.
        let mut found = if database.is_shared() {
            let sql = "SELECT id, about FROM rollouts WHERE name = $1";
            database.query(sql, &[name.as_str().into()]).await?
        } else {
            database
                .query("SELECT id, about FROM rollouts ORDER BY id", &[])
                .await?
        };
        let Some(found) = found.first_mut() else {
            return Err(RolloutError::NotFound {
                place: database.place().to_string(),
                name,
            });
        };
        let about = serde_json::from_str(&found.text(1)).map_err(|_| corrupt(&database, "a plan"))?;
        Ok(Self {
            id: found.int(0),
            database,
            name,
            about,
            who: who.to_owned(),
            worker: None,
        })
    }

    /// The names of all rollouts of a PostgreSQL database.
    ///
    /// # Errors
    ///
    /// The database cannot be used.
    pub async fn names(url: &str) -> Result<Vec<String>, RolloutError> {
        let mut database = Database::connect(url).await?;
        tables::prepare(&mut database, true).await?;
        let rows = database
            .query("SELECT name FROM rollouts ORDER BY id", &[])
            .await?;
        Ok(rows.into_iter().map(|mut row| row.text(0)).collect())
    }

    /// Removes a rollout that is no plan yet.
    pub(crate) async fn discard(self, location: &Location) {
        let Self { mut database, id, .. } = self;
        let _ = database.rollback().await;
        // What stays is no plan, and says so.
        for sql in [
            "DELETE FROM rollout_rows WHERE rollout = $1",
            "DELETE FROM rollouts WHERE id = $1",
        ] {
            let _ = database.execute(sql, &[id.into()]).await;
        }
        drop(database);
        if let Location::File(path) = location {
            let _ = std::fs::remove_file(path);
        }
    }

    /// What it is about.
    #[must_use]
    pub fn about(&self) -> &About {
        &self.about
    }

    /// Its name: of a file, the file's.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Where its journal is, without a password.
    #[must_use]
    pub fn place(&self) -> String {
        self.database.place().to_string()
    }

    /// Whether several programs may work on it at once.
    #[must_use]
    pub fn is_shared(&self) -> bool {
        self.database.is_shared()
    }

    /// Whether it belongs to the client's tenant and server.
    ///
    /// # Errors
    ///
    /// It does not.
    pub fn check_client(&self, client: &mobproc::Client) -> Result<(), RolloutError> {
        let is_same = client.tenant().trim() == self.about.tenant.trim()
            && client.server_name().trim_end_matches('/') == self.about.server.trim_end_matches('/');
        if is_same {
            return Ok(());
        }
        Err(RolloutError::Stage(format!(
            "the rollout was planned for tenant {} at {}",
            self.about.tenant, self.about.server
        )))
    }

    /// How far it is.
    ///
    /// # Errors
    ///
    /// The database cannot be used.
    pub async fn stage(&mut self) -> Result<Stage, RolloutError> {
        let mut rows = self
            .of_rollout("SELECT stage FROM rollouts WHERE id = $1")
            .await?;
        let name = rows.first_mut().map(|row| row.text(0)).unwrap_or_default();
        Stage::ALL
            .into_iter()
            .find(|stage| stage.name() == name)
            .ok_or_else(|| corrupt(&self.database, "a stage"))
    }

    /// Everything is priced, unless somebody else has gone further.
    pub(crate) async fn set_planned(&mut self) -> Result<(), RolloutError> {
        let sql = "UPDATE rollouts SET stage = 'planned' WHERE id = $1 AND stage = 'pricing'";
        self.database.execute(sql, &[self.id.into()]).await.map(|_| ())
    }

    pub(crate) async fn set_stage(&mut self, stage: Stage) -> Result<(), RolloutError> {
        let sql = "UPDATE rollouts SET stage = $1 WHERE id = $2";
        let values = [stage.name().into(), self.id.into()];
        self.database.execute(sql, &values).await.map(|_| ())
    }

    /// The approval, if there is one.
    ///
    /// # Errors
    ///
    /// The database cannot be used.
    pub async fn approval(&mut self) -> Result<Option<Approval>, RolloutError> {
        let mut rows = self
            .of_rollout("SELECT approval FROM rollouts WHERE id = $1")
            .await?;
        rows.first_mut()
            .and_then(|row| row.optional(0))
            .map(|text| serde_json::from_str(&text).map_err(|_| corrupt(&self.database, "an approval")))
            .transpose()
    }

    /// Why nothing is being sent, if somebody has paused it.
    ///
    /// # Errors
    ///
    /// The database cannot be used.
    pub async fn paused(&mut self) -> Result<Option<String>, RolloutError> {
        let mut rows = self
            .of_rollout("SELECT paused FROM rollouts WHERE id = $1")
            .await?;
        let why = rows.first_mut().map(|row| row.text(0)).unwrap_or_default();
        Ok(Some(why).filter(|why| !why.is_empty()))
    }

    /// Pauses it: whoever applies it finishes what is under way and stops. `None` ends the pause.
    ///
    /// # Errors
    ///
    /// The database cannot be used.
    pub async fn set_paused(&mut self, why: Option<&str>) -> Result<(), RolloutError> {
        let told = why.map_or_else(
            || "the pause has ended".to_owned(),
            |why| format!("paused: {why}"),
        );
        let why = why.map(|why| format!("{}: {why}", self.who)).unwrap_or_default();
        let sql = "UPDATE rollouts SET paused = $1 WHERE id = $2 AND paused <> $1";
        let changed = self.database.execute(sql, &[why.into(), self.id.into()]).await?;
        if changed > 0 {
            self.insert_change(0, "", "", 0, &told).await?;
        }
        Ok(())
    }

    async fn of_rollout(&mut self, sql: &str) -> Result<Vec<Record>, RolloutError> {
        self.database.query(sql, &[self.id.into()]).await
    }

    /// Agrees to what the rollout orders and costs now, if that is what is expected. Each number is
    /// taken for it: rows whose number another rollout has taken become mistakes.
    ///
    /// # Errors
    ///
    /// It is not planned yet, costs something else or orders nothing, or a database cannot be used.
    pub async fn approve(
        &mut self,
        numbers: &mut Numbers,
        expected: &Price,
        employee: Option<&str>,
    ) -> Result<Approval, RolloutError> {
        if self.workers().await? > 0 {
            return Err(RolloutError::Stage(
                "somebody is working on the rollout; nothing is approved meanwhile".to_owned(),
            ));
        }
        let stage = self.stage().await?;
        if matches!(stage, Stage::Reading | Stage::Pricing) {
            return Err(RolloutError::Stage(
                "the rollout is not planned yet; run `rollout plan` again, which goes on where it stopped"
                    .to_owned(),
            ));
        }
        self.take_numbers(numbers).await?;
        self.database.begin().await?;
        let sql = "UPDATE rollout_rows SET approved = price, held = ''
                   WHERE rollout = $1 AND state_name = 'confirmed' AND problem = ''";
        let orders = self.database.execute(sql, &[self.id.into()]).await?;
        let total = self.total_to_order("").await?;
        // Others may have taken numbers, or sent rows, since it was looked at.
        if !total.is(expected) || orders == 0 {
            self.database.rollback().await?;
            return Err(RolloutError::Stage(format!(
                "what can be ordered costs {total} now, and not {expected}; nothing is approved"
            )));
        }
        let approval = Approval {
            at: Utc::now(),
            by: self.who.clone(),
            employee: employee.map(str::to_owned),
            orders,
            total: total.to_string(),
        };
        let text = serde_json::to_string(&approval).map_err(|_| corrupt(&self.database, "an approval"))?;
        let stage = if stage == Stage::Begun {
            stage
        } else {
            Stage::Approved
        };
        let sql = "UPDATE rollouts SET approval = $1, stage = $2 WHERE id = $3";
        let values = [text.into(), stage.name().into(), self.id.into()];
        self.database.execute(sql, &values).await?;
        self.insert_change(0, "", "", 0, &format!("approved {orders} orders for {total}"))
            .await?;
        self.database.commit().await?;
        Ok(approval)
    }

    async fn take_numbers(&mut self, numbers: &mut Numbers) -> Result<(), RolloutError> {
        let mut after = 0;
        loop {
            let rows = self.rows_in("confirmed", after, 500).await?;
            let Some(last) = rows.last() else {
                return Ok(());
            };
            after = last.place;
            let wanted: Vec<(String, u32)> = rows.iter().map(|row| (row.number.clone(), row.place)).collect();
            let taken = numbers
                .take(&mut self.database, &self.about, &self.name, &wanted)
                .await?;
            let steps = taken.into_iter().map(|(place, by)| Step {
                place,
                why: "the number is taken".to_owned(),
                problem: Some(by),
                ..Step::default()
            });
            let steps: Vec<Step> = steps.collect();
            self.record(&steps).await?;
        }
    }

    /// Claims rows (number, place and attempts so far) in the numbers of this machine before they are
    /// claimed in the journal. A copy of a file, or one that lost what was written last, knows of less
    /// attempts than there were. In a database there are no copies.
    pub(crate) async fn claim_numbers(
        &mut self,
        numbers: &mut Numbers,
        wanted: &[(&str, u32, u32)],
    ) -> Result<Vec<Claim>, RolloutError> {
        if self.database.is_shared() {
            return Ok(vec![Claim::Own; wanted.len()]);
        }
        numbers
            .claim(&mut self.database, &self.about, &self.name, wanted)
            .await
    }

    pub(crate) async fn numbers_taken(
        &mut self,
        numbers: &mut Numbers,
        wanted: &[String],
    ) -> Result<Vec<Option<String>>, RolloutError> {
        numbers.who_has(&mut self.database, &self.about, wanted).await
    }

    /// Who works on it, as it is written down.
    pub(crate) fn who(&self) -> &str {
        &self.who
    }

    /// Its name among workers.
    pub(crate) fn owner(&self) -> &str {
        self.worker.as_ref().map_or("", Worker::name)
    }
}

const COLUMNS: &str = "place, number, cells, acting_for, wave, cost_center, order_text, price, approved, problem, held, \
                       state, attempt, began, order_id, note";

fn corrupt(database: &Database, what: &'static str) -> RolloutError {
    RolloutError::Corrupt {
        place: database.place().to_string(),
        what,
    }
}

fn folder_of(path: &Path) -> &Path {
    path.parent()
        .filter(|folder| !folder.as_os_str().is_empty())
        .unwrap_or_else(|| Path::new("."))
}

fn name_of(path: &Path) -> String {
    path.file_name()
        .unwrap_or_default()
        .to_string_lossy()
        .into_owned()
}

fn place_of(number: i64) -> u32 {
    u32::try_from(number).unwrap_or_default()
}

#[cfg(test)]
mod tests;
