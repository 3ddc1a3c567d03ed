//! The rows of a rollout, how many stand where, and what they cost.

use chrono::Utc;

use super::database::{Record, Value};
use super::row::{Counts, Row, RowChange};
use super::{COLUMNS, Rollout, RolloutError, corrupt, place_of};
use crate::kept::{key_of, read_stamp, stamp, state_text};
use crate::price::Price;
use crate::state::Entry;

impl Rollout {
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

    pub(super) fn read_rows(&self, rows: Vec<Record>) -> Result<Vec<Row>, RolloutError> {
        rows.into_iter().map(|row| self.read_row(row)).collect()
    }

    pub(super) fn read_row(&self, mut row: Record) -> Result<Row, RolloutError> {
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

    pub(super) async fn total_of(&mut self, which: &str, wave: &str) -> Result<Price, RolloutError> {
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
    pub(super) async fn prices(
        &mut self,
        which: &str,
        wave: &str,
    ) -> Result<Vec<(String, Price, u64)>, RolloutError> {
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
}
