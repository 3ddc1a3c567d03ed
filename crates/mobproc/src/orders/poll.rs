//! Looking at an order again and again, until something has come of it.

use std::time::Duration;

use mobproc_api::types::{Order, OrderStatus};

use crate::client::Client;
use crate::error::Error;

/// Looks at an order again and again. Made by [`Orders::poll`](crate::Orders::poll).
#[derive(Debug, Clone)]
#[must_use = "nothing is asked for until it is awaited"]
pub struct PollOrder {
    client: Client,
    order_id: String,
    every: Duration,
    at_most: Duration,
}

/// What came of polling an order.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Polled {
    /// The order is as it was waited for.
    Reached(Box<Order>),
    /// The time is up, and it is not yet. The order as it was last.
    NotYet(Box<Order>),
}

impl PollOrder {
    pub(super) fn new(client: Client, order_id: String) -> Self {
        Self {
            client,
            order_id,
            every: Duration::from_secs(60),
            at_most: Duration::from_secs(3600),
        }
    }

    /// Sets the pause between two looks. Defaults to a minute, which is also the least that is kind
    /// to the server where many orders are polled.
    pub fn every(mut self, pause: Duration) -> Self {
        self.every = pause;
        self
    }

    /// Sets how long to go on. Defaults to an hour. The order is looked at at least once.
    pub fn at_most(mut self, time: Duration) -> Self {
        self.at_most = time;
        self
    }

    /// Goes on until the order is as wanted.
    ///
    /// # Errors
    ///
    /// See [reads](crate#reads). The first look that fails, after its repeats, ends it.
    pub async fn until(self, mut is_reached: impl FnMut(&Order) -> bool) -> Result<Polled, Error> {
        let clock = self.client.clock();
        let begin = clock.now();
        loop {
            let request = self.client.api().order_get(&self.order_id);
            let order = Box::new(self.client.fetch_one(request).await?.order);
            if is_reached(&order) {
                return Ok(Polled::Reached(order));
            }
            let passed = clock.now().saturating_duration_since(begin);
            if passed.saturating_add(self.every) > self.at_most {
                return Ok(Polled::NotYet(order));
            }
            clock.sleep(self.every).await;
        }
    }

    /// Goes on until the order is neither submitted nor awaiting approval any more. Which statuses
    /// follow is not published, so look at the one that was reached.
    ///
    /// # Errors
    ///
    /// As [`until`](Self::until).
    pub async fn until_it_moves_on(self) -> Result<Polled, Error> {
        self.until(|order| {
            order.status.as_ref().is_some_and(|status| {
                !matches!(
                    status,
                    OrderStatus::OrderSubmitted | OrderStatus::AwaitingApproval
                )
            })
        })
        .await
    }
}
