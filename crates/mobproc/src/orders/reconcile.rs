//! Finding out whether an order exists after its answer got lost.

use std::collections::HashSet;

use mobproc_api::types::{Order, Timestamp};

use crate::client::Client;
use crate::error::Error;
use crate::orders::list::ListOrders;

/// How many orders are asked for at once.
const PAGE: u32 = 100;
/// Pages after which looking further is no help.
const PAGES: u32 = 100;

/// What became of an order whose outcome was unknown. Made by [`Orders::reconcile`](crate::Orders::reconcile).
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Reconciliation {
    /// It exists. More than one means that the number was used more than once.
    Found(Vec<Order>),
    /// It is not among the orders there are now. It may still appear if the server is slow; look again before sending it again.
    NotSeen {
        /// How many orders were looked at.
        looked_at: usize,
    },
    /// The list does not tell: it is too long, does not end, or does not show the number.
    CannotTell {
        /// Why.
        reason: &'static str,
    },
}

impl Reconciliation {
    /// Whether it exists.
    #[must_use]
    pub fn is_found(&self) -> bool {
        matches!(self, Self::Found(_))
    }
}

pub(crate) async fn look(
    client: &Client,
    number: &str,
    since: Option<Timestamp>,
) -> Result<Reconciliation, Error> {
    let mut found: Vec<Order> = Vec::new();
    let mut seen = HashSet::new();
    let mut without_number = 0_usize;
    for page in 0..PAGES {
        let mut list = ListOrders::new(client).page(PAGE, page * PAGE);
        if let Some(since) = &since {
            list = list.updated_since(since.clone());
        }
        let list = list.send().await?;
        let total = list.meta().and_then(|meta| meta.total_count);
        let has_next = list.meta().is_some_and(|meta| meta.href_next.is_some());
        let length = list.len();
        let mut fresh = 0_usize;
        for item in list {
            let order = item.into_order();
            // An order without an id cannot be told from another, so it counts as new.
            if let Some(id) = &order.order_id
                && !seen.insert(id.clone())
            {
                continue;
            }
            fresh += 1;
            match order.external_order_number.as_deref() {
                Some(known) if known == number => found.push(order),
                Some(_) => {}
                None => without_number += 1,
            }
        }
        let so_far = i64::from(page + 1) * i64::from(PAGE);
        let more = has_next || total.is_some_and(|total| total > so_far);
        if more && length > 0 && fresh == 0 {
            return Ok(verdict(found, "the server repeats a page of the list"));
        }
        if !more {
            if length >= PAGE as usize && total.is_none() && !has_next {
                // A full page without a word on what follows: ask for the next.
                continue;
            }
            return Ok(if !found.is_empty() {
                Reconciliation::Found(found)
            } else if without_number > 0 {
                Reconciliation::CannotTell {
                    reason: "the list shows orders without their external order number",
                }
            } else {
                Reconciliation::NotSeen {
                    looked_at: seen.len(),
                }
            });
        }
    }
    Ok(verdict(
        found,
        "the list of orders is too long; narrow it by a time",
    ))
}

/// What was found counts, even if the rest could not be looked at.
fn verdict(found: Vec<Order>, reason: &'static str) -> Reconciliation {
    if found.is_empty() {
        Reconciliation::CannotTell { reason }
    } else {
        Reconciliation::Found(found)
    }
}
