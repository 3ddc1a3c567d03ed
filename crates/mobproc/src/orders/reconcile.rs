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
#[must_use = "it says whether the order exists"]
pub enum Reconciliation {
    /// It exists. More than one means that the number was used more than once.
    Found(Vec<Order>),
    /// It is not among the orders there are now, as far as this client's actor and hierarchy are shown them. It may still appear if the server is slow; look again before sending it again.
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
    let number = number.trim();
    if number.is_empty() {
        return Err(Error::configuration(
            "no order can be found without its external order number",
        ));
    }
    let mut size = PAGE;
    let mut looked = walk(client, number, since.as_ref(), size).await?;
    if let Some(cap) = looked.cap {
        // The server gives fewer than it is asked for: walk again in steps that it takes.
        size = cap;
        let again = walk(client, number, since.as_ref(), size).await?;
        looked.found.extend(again.found.iter().cloned());
        looked
            .found
            .dedup_by(|a, b| a.order_id.is_some() && a.order_id == b.order_id);
        looked = Looked {
            found: looked.found,
            ..again
        };
    }
    if !looked.found.is_empty() {
        return Ok(Reconciliation::Found(looked.found));
    }
    let reason = if let Some(reason) = looked.trouble {
        Some(reason)
    } else if looked.without_number > 0 {
        Some("the list shows orders without their external order number")
    } else if looked.cap.is_some_and(|cap| cap < size) {
        Some("the server gives pages of changing size")
    } else {
        match looked.total {
            Some(total) if usize::try_from(total).is_ok_and(|total| total == looked.ids.len()) => None,
            Some(_) => Some("the list does not hold as many orders as it says"),
            None => Some("the list does not say how many orders there are"),
        }
    };
    Ok(match reason {
        Some(reason) => Reconciliation::CannotTell { reason },
        None => Reconciliation::NotSeen {
            looked_at: looked.ids.len(),
        },
    })
}

/// What one walk through the list came upon.
#[derive(Default)]
struct Looked {
    found: Vec<Order>,
    ids: HashSet<String>,
    without_number: usize,
    total: Option<i64>,
    /// The length of a page that was not full though more followed.
    cap: Option<u32>,
    trouble: Option<&'static str>,
}

async fn walk(client: &Client, number: &str, since: Option<&Timestamp>, size: u32) -> Result<Looked, Error> {
    let mut looked = Looked::default();
    for page in 0..PAGES {
        let mut list = ListOrders::new(client).page(size, page * size);
        if let Some(since) = since {
            list = list.updated_since(since.clone());
        }
        let list = list.send().await?;
        looked.total = list.meta().and_then(|meta| meta.total_count);
        let has_next = list.meta().is_some_and(|meta| meta.href_next.is_some());
        let length = u32::try_from(list.len()).unwrap_or(u32::MAX);
        let mut fresh = 0_usize;
        for item in list {
            let order = item.into_order();
            let is_new = match &order.order_id {
                Some(id) => looked.ids.insert(id.clone()),
                // Without an id it cannot be told from another.
                None => true,
            };
            if !is_new {
                continue;
            }
            fresh += 1;
            match order.external_order_number.as_deref() {
                Some(known) if known.trim() == number => looked.found.push(order),
                Some(_) => {}
                None => looked.without_number += 1,
            }
        }
        let so_far = i64::from(page + 1) * i64::from(size);
        let more = has_next || looked.total.is_some_and(|total| total > so_far);
        let is_short = length < size;
        if is_short
            && length > 0
            && (more
                || looked
                    .total
                    .is_some_and(|total| total > so_far - i64::from(size) + i64::from(length)))
        {
            looked.cap = Some(length);
            return Ok(looked);
        }
        if more && fresh == 0 {
            looked.trouble =
                Some("the server repeats a page of the list, or gives an empty one in the middle");
            return Ok(looked);
        }
        // A full page without a word on what follows may not be the last.
        if !more && (is_short || looked.total.is_some()) {
            return Ok(looked);
        }
    }
    looked.trouble = Some("the list of orders is too long; narrow it by a time");
    Ok(looked)
}
