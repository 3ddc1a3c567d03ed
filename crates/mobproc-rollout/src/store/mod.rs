//! The journal of a rollout: its rows and their states, in an SQLite file or a PostgreSQL database.

mod about;
mod database;
mod error;
mod numbers;
mod row;
mod tables;
mod workers;

use std::path::Path;

use chrono::{DateTime, Utc};

use crate::kept::{key_of, read_stamp, stamp, state_text};
use crate::price::Price;
use crate::state::{Entry, Event, State};
pub use about::{About, Approval, Location, Stage};
pub(crate) use database::Value;
use database::{Database, Record};
pub use error::RolloutError;
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

    /// Claims rows in the numbers of this machine before they are claimed in the journal: whether each
    /// was sent exactly as often as the journal knows. A copy of a file, or one that lost what was
    /// written last, knows less. In a database there are no copies.
    pub(crate) async fn claim_numbers(
        &mut self,
        numbers: &mut Numbers,
        wanted: &[(&str, u32)],
    ) -> Result<Vec<bool>, RolloutError> {
        if self.database.is_shared() {
            return Ok(vec![true; wanted.len()]);
        }
        numbers.claim(&mut self.database, &self.about, wanted).await
    }

    pub(crate) async fn numbers_taken(
        &mut self,
        numbers: &mut Numbers,
        wanted: &[String],
    ) -> Result<Vec<Option<String>>, RolloutError> {
        numbers.who_has(&mut self.database, &self.about, wanted).await
    }

    /// Adds rows as they were read.
    pub(crate) async fn add_rows(&mut self, rows: &[Row]) -> Result<(), RolloutError> {
        self.database.begin().await?;
        for row in rows {
            let cells = serde_json::to_string(&row.cells).map_err(|_| corrupt(&self.database, "cells"))?;
            let actor = row.acting_for.as_ref().map(serde_json::to_string).transpose();
            let actor = actor.map_err(|_| corrupt(&self.database, "an employee"))?;
            // A mistake has no number that it could take from others.
            let key = Some(key_of(&row.number)).filter(|key| !key.is_empty() && row.problem.is_empty());
            let added = self
                .database
                .execute(
                    "INSERT INTO rollout_rows (rollout, place, number, number_key, cells, acting_for, wave,
                        cost_center, order_text, problem, held, state, state_name, attempt, lease_owner,
                        lease_until, note)
                     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, '', $11, $12, 0, '', '', '')
                     ON CONFLICT DO NOTHING",
                    &[
                        self.id.into(),
                        i64::from(row.place).into(),
                        row.number.as_str().into(),
                        key.into(),
                        cells.into(),
                        actor.into(),
                        row.wave.as_str().into(),
                        row.cost_center.as_str().into(),
                        row.order.as_str().into(),
                        row.problem.as_str().into(),
                        state_text(&row.entry.state).into(),
                        row.entry.state.name().into(),
                    ],
                )
                .await?;
            if added == 0 {
                return Err(RolloutError::Overtaken);
            }
        }
        self.database.commit().await
    }

    /// The row that has a number, if one has.
    pub(crate) async fn row_of_number(&mut self, number: &str) -> Result<Option<u32>, RolloutError> {
        let sql = "SELECT place FROM rollout_rows WHERE rollout = $1 AND number_key = $2";
        let values = [self.id.into(), key_of(number).into()];
        let rows = self.database.query(sql, &values).await?;
        Ok(rows.first().map(|row| place_of(row.int(0))))
    }

    /// Rows after a place, in the order of the sheet.
    ///
    /// # Errors
    ///
    /// The database cannot be used.
    pub async fn rows(&mut self, after: u32, count: u32) -> Result<Vec<Row>, RolloutError> {
        let sql = format!(
            "SELECT {COLUMNS} FROM rollout_rows WHERE rollout = $1 AND place > $2 ORDER BY place LIMIT $3"
        );
        let values = [self.id.into(), i64::from(after).into(), i64::from(count).into()];
        let rows = self.database.query(&sql, &values).await?;
        self.read_rows(rows)
    }

    /// Rows in a state after a place. Those that cannot be ordered, or are not to be, are in none.
    pub(crate) async fn rows_in(
        &mut self,
        state: &str,
        after: u32,
        count: u32,
    ) -> Result<Vec<Row>, RolloutError> {
        let sql = format!(
            "SELECT {COLUMNS} FROM rollout_rows WHERE rollout = $1 AND state_name = $2
             AND (problem = '' OR state_name IN ('submitting', 'unknown', 'needs_person', 'placed'))
             AND place > $3 ORDER BY place LIMIT $4"
        );
        let values = [
            self.id.into(),
            state.into(),
            i64::from(after).into(),
            i64::from(count).into(),
        ];
        let rows = self.database.query(&sql, &values).await?;
        self.read_rows(rows)
    }

    /// One row.
    ///
    /// # Errors
    ///
    /// There is none, or the database cannot be used.
    pub async fn row(&mut self, place: u32) -> Result<Row, RolloutError> {
        let sql = format!("SELECT {COLUMNS} FROM rollout_rows WHERE rollout = $1 AND place = $2");
        let values = [self.id.into(), i64::from(place).into()];
        let rows = self.database.query(&sql, &values).await?;
        self.read_rows(rows)?.pop().ok_or(RolloutError::NoRow(place))
    }

    fn read_rows(&self, rows: Vec<Record>) -> Result<Vec<Row>, RolloutError> {
        rows.into_iter().map(|row| self.read_row(row)).collect()
    }

    fn read_row(&self, mut row: Record) -> Result<Row, RolloutError> {
        let corrupt = |what| corrupt(&self.database, what);
        let price = |text: Option<String>| {
            text.map(|text| text.parse().map_err(|_| corrupt("a price")))
                .transpose()
        };
        let acting_for = row.optional(3).map(|text| serde_json::from_str(&text));
        let began = row.optional(13);
        Ok(Row {
            place: place_of(row.int(0)),
            number: row.text(1),
            cells: serde_json::from_str(&row.text(2)).map_err(|_| corrupt("cells"))?,
            acting_for: acting_for.transpose().map_err(|_| corrupt("an employee"))?,
            wave: row.text(4),
            cost_center: row.text(5),
            order: row.text(6),
            price: price(row.optional(7))?,
            approved: price(row.optional(8))?,
            problem: row.text(9),
            held: row.text(10),
            entry: Entry::kept(
                serde_json::from_str(&row.text(11)).map_err(|_| corrupt("a state"))?,
                u32::try_from(row.int(12)).map_err(|_| corrupt("an attempt"))?,
            ),
            began: began
                .map(|began| read_stamp(&began).ok_or_else(|| corrupt("a time")))
                .transpose()?,
            order_id: row.optional(14),
            note: row.text(15),
        })
    }

    /// How many rows stand where.
    ///
    /// # Errors
    ///
    /// The database cannot be used.
    pub async fn counts(&mut self) -> Result<Counts, RolloutError> {
        self.counts_of("").await
    }

    /// How many rows of a wave stand where; of all if it is empty.
    ///
    /// # Errors
    ///
    /// The database cannot be used.
    pub async fn counts_of(&mut self, wave: &str) -> Result<Counts, RolloutError> {
        let mut counts = Counts::default();
        let sql = "SELECT standing, count(*) FROM (
                     SELECT CASE WHEN problem <> '' AND state_name IN ('planned', 'checked', 'confirmed')
                                 THEN 'mistake'
                                 WHEN state_name = 'confirmed' AND held <> '' THEN 'held'
                                 WHEN state_name = 'unknown' AND settled <= $1 THEN 'needs_person'
                                 ELSE state_name END AS standing
                     FROM rollout_rows WHERE rollout = $2 AND ($3 = '' OR wave = $3)) AS rows
                   GROUP BY standing";
        let values = [stamp(Utc::now()).into(), self.id.into(), wave.into()];
        for mut row in self.database.query(sql, &values).await? {
            let count = u64::try_from(row.int(1)).unwrap_or_default();
            let place = match row.text(0).as_str() {
                "mistake" => &mut counts.mistakes,
                "planned" | "checked" => &mut counts.planned,
                "confirmed" => &mut counts.confirmed,
                "held" => &mut counts.held,
                "submitting" => &mut counts.submitting,
                "placed" => &mut counts.placed,
                "refused" => &mut counts.refused,
                "unknown" => &mut counts.unknown,
                "needs_person" => &mut counts.needs_person,
                _ => return Err(corrupt(&self.database, "a state")),
            };
            *place += count;
        }
        Ok(counts)
    }

    /// What the orders cost together that can be ordered, or were.
    ///
    /// # Errors
    ///
    /// The database cannot be used.
    pub async fn total(&mut self) -> Result<Price, RolloutError> {
        self.total_of("problem = '' AND state_name <> 'refused'", "")
            .await
    }

    /// What the orders cost together that are still to be ordered: of a wave, or of all if it is
    /// empty.
    ///
    /// # Errors
    ///
    /// The database cannot be used.
    pub async fn total_to_order(&mut self, wave: &str) -> Result<Price, RolloutError> {
        self.total_of("problem = '' AND state_name = 'confirmed'", wave)
            .await
    }

    /// The waves there are, in their order; an empty one for rows that are in none.
    ///
    /// # Errors
    ///
    /// The database cannot be used.
    pub async fn waves(&mut self) -> Result<Vec<String>, RolloutError> {
        let sql = "SELECT DISTINCT wave FROM rollout_rows WHERE rollout = $1 ORDER BY wave";
        let rows = self.of_rollout(sql).await?;
        Ok(rows.into_iter().map(|mut row| row.text(0)).collect())
    }

    /// What was ordered, or may have been, costs together.
    ///
    /// # Errors
    ///
    /// The database cannot be used.
    pub async fn total_sent(&mut self) -> Result<Price, RolloutError> {
        self.total_of(
            "state_name IN ('submitting', 'placed', 'unknown', 'needs_person')",
            "",
        )
        .await
    }

    async fn total_of(&mut self, which: &str, wave: &str) -> Result<Price, RolloutError> {
        let mut total = Price::default();
        for (_, price, count) in self.prices(which, wave).await? {
            total.add_all(&price.times(count));
        }
        Ok(total)
    }

    /// What the orders cost by cost centre, in their order, that are still to be ordered.
    ///
    /// # Errors
    ///
    /// The database cannot be used.
    pub async fn totals_by_cost_center(&mut self) -> Result<Vec<(String, u64, Price)>, RolloutError> {
        let mut all: Vec<(String, u64, Price)> = Vec::new();
        for (center, price, count) in self
            .prices("problem = '' AND state_name = 'confirmed'", "")
            .await?
        {
            match all.last_mut().filter(|(known, ..)| *known == center) {
                Some((_, orders, total)) => {
                    *orders += count;
                    total.add_all(&price.times(count));
                }
                None => all.push((center, count, price.times(count))),
            }
        }
        Ok(all)
    }

    /// Cost centre, price, and how many orders have both.
    async fn prices(&mut self, which: &str, wave: &str) -> Result<Vec<(String, Price, u64)>, RolloutError> {
        let sql = format!(
            "SELECT cost_center, price, count(*) FROM rollout_rows
             WHERE rollout = $1 AND price IS NOT NULL AND ($2 = '' OR wave = $2) AND {which}
             GROUP BY cost_center, price ORDER BY cost_center, price"
        );
        let rows = self.database.query(&sql, &[self.id.into(), wave.into()]).await?;
        rows.into_iter()
            .map(|mut row| {
                let price = row
                    .text(1)
                    .parse()
                    .map_err(|_| corrupt(&self.database, "a price"))?;
                Ok((row.text(0), price, u64::try_from(row.int(2)).unwrap_or_default()))
            })
            .collect()
    }

    /// What happened, the first first: after a change, and of a row if one is given.
    ///
    /// # Errors
    ///
    /// The database cannot be used.
    pub async fn changes(
        &mut self,
        row: Option<u32>,
        after: Option<&RowChange>,
        count: u32,
    ) -> Result<Vec<RowChange>, RolloutError> {
        let mut sql = "SELECT id, place, at, from_state, to_state, attempt, who, why FROM rollout_changes
                       WHERE rollout = $1 AND id > $2"
            .to_owned();
        let mut values: Vec<Value> = vec![self.id.into(), after.map_or(0, |change| change.id).into()];
        if let Some(row) = row {
            sql.push_str(" AND place = $3 ORDER BY id LIMIT $4");
            values.push(i64::from(row).into());
        } else {
            sql.push_str(" ORDER BY id LIMIT $3");
        }
        values.push(i64::from(count).into());
        let rows = self.database.query(&sql, &values).await?;
        rows.into_iter()
            .map(|mut row| {
                Ok(RowChange {
                    id: row.int(0),
                    row: place_of(row.int(1)),
                    at: read_stamp(&row.text(2)).ok_or_else(|| corrupt(&self.database, "a time"))?,
                    from: row.text(3),
                    to: row.text(4),
                    attempt: u32::try_from(row.int(5)).unwrap_or_default(),
                    who: row.text(6),
                    why: row.text(7),
                })
            })
            .collect()
    }

    async fn insert_change(
        &mut self,
        place: u32,
        from: &str,
        to: &str,
        attempt: u32,
        why: &str,
    ) -> Result<(), RolloutError> {
        let sql = "INSERT INTO rollout_changes (rollout, place, at, from_state, to_state, attempt, who, why)
                   VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";
        let values = [
            self.id.into(),
            i64::from(place).into(),
            stamp(Utc::now()).into(),
            from.into(),
            to.into(),
            i64::from(attempt).into(),
            self.who.as_str().into(),
            why.into(),
        ];
        self.database.execute(sql, &values).await.map(|_| ())
    }

    /// Lets things happen to rows: all are on the disk when this returns, or none. For each the entry
    /// it has then, or why it could not happen to it.
    pub(crate) async fn record(
        &mut self,
        steps: &[Step],
    ) -> Result<Vec<Result<Entry, RolloutError>>, RolloutError> {
        if steps.is_empty() {
            return Ok(Vec::new());
        }
        self.database.begin().await?;
        let mut entries = Vec::with_capacity(steps.len());
        for step in steps {
            entries.push(self.step(step).await?);
        }
        self.database.commit().await?;
        Ok(entries)
    }

    /// As [`record`](Self::record), and takes rows up to be worked on.
    pub(crate) async fn turn(
        &mut self,
        steps: &[Step],
        wanted: &Wanted,
    ) -> Result<(Vec<Result<Entry, RolloutError>>, Vec<Row>), RolloutError> {
        self.database.begin().await?;
        let mut entries = Vec::with_capacity(steps.len());
        for step in steps {
            entries.push(self.step(step).await?);
        }
        let rows = self.reserve(wanted).await?;
        self.database.commit().await?;
        Ok((entries, rows))
    }

    async fn reserve(&mut self, wanted: &Wanted) -> Result<Vec<Row>, RolloutError> {
        if wanted.count == 0 {
            return Ok(Vec::new());
        }
        let sql = self.database.words(&format!(
            // Picked once: a plan that picks again for each row would take up more than is wanted. What
            // is this program's own is in its hands until it lets go.
            "WITH picked AS MATERIALIZED (
                SELECT place FROM rollout_rows WHERE rollout = $1 AND state_name = $2 AND problem = ''
                AND held = '' AND ($3 = '' OR wave = $3)
                AND (lease_until = '' OR (lease_until < $4 AND lease_owner <> $5))
                ORDER BY place LIMIT $6 {{LOCK}})
             UPDATE rollout_rows SET lease_owner = $5, lease_until = $7
             WHERE rollout = $1 AND place IN (SELECT place FROM picked)
             RETURNING {COLUMNS}"
        ));
        let now = Utc::now();
        let until = now.checked_add_signed(wanted.lease).unwrap_or(now);
        let values = [
            self.id.into(),
            wanted.state.into(),
            wanted.wave.as_str().into(),
            stamp(now).into(),
            self.owner().into(),
            i64::from(wanted.count).into(),
            stamp(until).into(),
        ];
        let rows = self.database.query(&sql, &values).await?;
        let mut rows = self.read_rows(rows)?;
        rows.sort_by_key(|row| row.place);
        Ok(rows)
    }

    /// One step by comparing and setting. Somebody else's step in between is looked at, once.
    async fn step(&mut self, step: &Step) -> Result<Result<Entry, RolloutError>, RolloutError> {
        let mut known = step.before.clone();
        // What is heard or decided of a row counts whatever others did in between; what is to be done
        // with it counts only as it was looked at.
        let may_look_again = match &step.event {
            Some(
                Event::Answered { .. } | Event::OwnerGone { .. } | Event::LookedUp(_) | Event::Decided(_),
            ) => true,
            _ => step.before.is_none(),
        };
        for _ in 0..2 {
            let is_fresh = known.is_none();
            let before = match known.take() {
                Some(known) => known,
                None => match self.row(step.place).await {
                    Ok(row) => row.entry,
                    Err(RolloutError::NoRow(row)) => return Ok(Err(RolloutError::NoRow(row))),
                    Err(other) => return Err(other),
                },
            };
            let now = Utc::now();
            let after = match &step.event {
                Some(event) => match before.step(event, now) {
                    Ok((after, _)) => after,
                    // What was known may be old.
                    Err(_) if !is_fresh && may_look_again => continue,
                    Err(refusal) => return Ok(Err(refusal.into())),
                },
                None => before.clone(),
            };
            if self.compare_and_set(step, &before, &after, now).await? {
                return Ok(Ok(after));
            }
            if !may_look_again {
                break;
            }
        }
        Ok(Err(RolloutError::Overtaken))
    }

    async fn compare_and_set(
        &mut self,
        step: &Step,
        before: &Entry,
        after: &Entry,
        now: DateTime<Utc>,
    ) -> Result<bool, RolloutError> {
        let settled = match &after.state {
            State::Submitting { settled, .. }
            | State::Unknown { settled }
            | State::NeedsPerson { settled } => Some(stamp(*settled)),
            _ => None,
        };
        let began = matches!(step.event, Some(Event::Begin { .. })).then(|| stamp(now));
        let text = |text: &Option<String>| Value::from(text.as_deref());
        let changed = self
            .database
            .execute(
                "UPDATE rollout_rows SET state = $1, state_name = $2, attempt = $3, settled = $4,
                    began = coalesce($5, began), order_id = coalesce($6, order_id), note = coalesce($7, note),
                    price = coalesce($8, price), order_text = coalesce($9, order_text),
                    problem = coalesce($10, problem), held = coalesce($11, held),
                    lease_until = coalesce($12, lease_until)
                 WHERE rollout = $13 AND place = $14 AND state = $15 AND attempt = $16",
                &[
                    state_text(&after.state).into(),
                    after.state.name().into(),
                    i64::from(after.attempt).into(),
                    settled.into(),
                    began.into(),
                    text(&step.order_id),
                    text(&step.note),
                    step.price.as_ref().map(ToString::to_string).into(),
                    text(&step.order),
                    text(&step.problem),
                    text(&step.held),
                    step.is_released.then_some("").into(),
                    self.id.into(),
                    i64::from(step.place).into(),
                    state_text(&before.state).into(),
                    i64::from(before.attempt).into(),
                ],
            )
            .await?;
        if changed != 1 {
            return Ok(false);
        }
        let is_change = before != after || step.problem.is_some() || step.held.is_some();
        if is_change {
            let to = match (&step.problem, &step.held) {
                (Some(problem), _) if !problem.is_empty() => "mistake",
                (_, Some(held)) if !held.is_empty() => "held",
                _ => after.state.name(),
            };
            self.insert_change(step.place, before.state.name(), to, after.attempt, &step.why)
                .await?;
        }
        Ok(true)
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
