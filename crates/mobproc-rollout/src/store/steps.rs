//! What happens to rows: by comparing and setting, all of a turn or nothing.

use chrono::{DateTime, Utc};

use super::database::Value;
use super::row::{Row, Step, Wanted};
use super::{COLUMNS, Rollout, RolloutError};
use crate::kept::{stamp, state_text};
use crate::state::{Entry, Event, State};

impl Rollout {
    pub(super) async fn insert_change(
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

    pub(super) async fn reserve(&mut self, wanted: &Wanted) -> Result<Vec<Row>, RolloutError> {
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
        // What somebody has seen in the row meanwhile changes no state, and keeps it from being sent.
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
                 WHERE rollout = $13 AND place = $14 AND state = $15 AND attempt = $16
                 AND ($17 = '' OR (problem = '' AND held = ''))",
                &[
                    state_text(&after.state).into(),
                    after.state.name().into(),
                    i64::from(after.attempt).into(),
                    settled.into(),
                    began.clone().into(),
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
                    began.map(|_| "begins").unwrap_or_default().into(),
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
}
