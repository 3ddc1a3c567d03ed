//! What people decide about rows.

use crate::state::{Decision, Event};
use crate::store::{Rollout, RolloutError, Row, Step};

impl Rollout {
    /// Records what a person found out about a row of which it is not known what became of it.
    ///
    /// # Errors
    ///
    /// It is known, or what was sent may still arrive, or the journal cannot be used.
    pub async fn resolve(
        &mut self,
        row: u32,
        decision: Decision,
        order_id: Option<&str>,
        why: &str,
    ) -> Result<Row, RolloutError> {
        let before = self.row(row).await?;
        let step = Step {
            place: row,
            before: Some(before.entry),
            event: Some(Event::Decided(decision)),
            why: why.to_owned(),
            order_id: order_id.map(str::to_owned),
            note: Some(match decision {
                Decision::Placed => "a person said so".to_owned(),
                Decision::NotPlaced => "a person said that it was not placed".to_owned(),
                Decision::SendAgain => {
                    "is sent again by a person's decision; the first one may still arrive".to_owned()
                }
            }),
            // Nothing sends again what a person has closed.
            problem: (decision == Decision::NotPlaced)
                .then(|| format!("closed: {} says that it is not to be ordered", self.who())),
            is_released: true,
            ..Step::default()
        };
        for entry in self.record(&[step]).await? {
            entry?;
        }
        self.row(row).await
    }

    /// Lets the rows that were certainly not ordered be sent once more: how many they are. Their
    /// prices stay approved.
    ///
    /// # Errors
    ///
    /// The journal cannot be used.
    pub async fn retry_refused(&mut self) -> Result<u64, RolloutError> {
        let mut after = 0;
        let mut count = 0;
        loop {
            let rows = self.rows_in("refused", after, 500).await?;
            let Some(last) = rows.last() else {
                return Ok(count);
            };
            after = last.place;
            let steps: Vec<Step> = rows
                .into_iter()
                .map(|row| Step {
                    place: row.place,
                    before: Some(row.entry),
                    event: Some(Event::Confirmed),
                    why: "to be tried again".to_owned(),
                    note: Some(String::new()),
                    is_released: true,
                    ..Step::default()
                })
                .collect();
            for entry in self.record(&steps).await? {
                entry?;
                count += 1;
            }
        }
    }
}
