//! Finding out whether orders exist after their answers got lost.

use std::collections::HashSet;

use mobproc_api::types::{Order, Timestamp};
use serde::Serialize;

use super::list::{ListOrders, list_orders};
use crate::client::Client;
use crate::error::Error;
use crate::transport::order_view::{NumberMatch, compare_numbers};

/// How many orders are asked for at once.
const PAGE: u32 = 100;
/// Pages after which looking further is no help.
const PAGES: u32 = 100;

/// What became of an order whose outcome was unknown. Made by
/// [`OpenOutcome::reconcile`](crate::OpenOutcome::reconcile) and
/// [`Orders::reconcile`](crate::Orders::reconcile).
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
#[must_use = "it says whether the order exists"]
pub enum Reconciliation {
    /// It exists. More than one means that the number was used more than once.
    Found(Vec<Order>),
    /// It is not among the orders there are now, as far as the client's actor and hierarchy are
    /// shown them. Said only of a look that could have seen it. It may still appear if the server
    /// is slow, or the request still on its way: look again before sending it again.
    NotSeen {
        /// How many orders were looked at.
        looked_at: usize,
    },
    /// The list does not tell: it is empty, too long, does not end, or does not show numbers as
    /// they were sent.
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

/// Looks for one order.
pub(super) async fn look_for_one(
    client: &Client,
    number: &str,
    since: Option<&Timestamp>,
) -> Result<Reconciliation, Error> {
    let mut answers = look(client, &[number], since).await?;
    // There is one answer for each number.
    Ok(answers.pop().unwrap_or(Reconciliation::CannotTell {
        reason: "nothing was looked for",
    }))
}

/// Looks for many orders in one walk through the list.
pub(super) async fn look(
    client: &Client,
    numbers: &[&str],
    since: Option<&Timestamp>,
) -> Result<Vec<Reconciliation>, Error> {
    if numbers.iter().any(|number| number.trim().is_empty()) {
        return Err(Error::invalid_argument(
            "no order can be found without its external order number",
        ));
    }
    let mut looked = walk(client, numbers, since, PAGE).await?;
    let mut size = PAGE;
    if let Some(cap) = looked.cap {
        // The server gives fewer than it is asked for: walk again in steps that it takes.
        size = cap;
        let again = walk(client, numbers, since, size).await?;
        looked = looked.followed_by(again);
    }
    let reason = looked.why_absence_proves_nothing(client, size);
    let looked_at = looked.ids.len();
    Ok(looked
        .wanted
        .into_iter()
        .map(
            |wanted| match (wanted.found.is_empty(), wanted.may_be_cut, reason) {
                (false, ..) => Reconciliation::Found(wanted.found),
                (true, true, _) => Reconciliation::CannotTell {
                    reason: "the list shows a number that is the beginning of this one",
                },
                (true, false, Some(reason)) => Reconciliation::CannotTell { reason },
                (true, false, None) => Reconciliation::NotSeen { looked_at },
            },
        )
        .collect())
}

/// What one walk through the list came upon.
struct Looked {
    wanted: Vec<Wanted>,
    ids: HashSet<String>,
    without_number: usize,
    total: Option<i64>,
    /// The length of a page that was not full though more followed.
    cap: Option<u32>,
    trouble: Option<&'static str>,
}

/// One number that is looked for.
struct Wanted {
    number: String,
    found: Vec<Order>,
    may_be_cut: bool,
}

impl Looked {
    /// Whether an order was looked at before. Without an id it cannot be told from another.
    fn is_new(&mut self, order: &Order) -> bool {
        match &order.order_id {
            Some(id) => self.ids.insert(id.clone()),
            None => true,
        }
    }

    fn look_at(&mut self, order: Order) {
        let shown = order
            .external_order_number
            .as_deref()
            .map(str::trim)
            .unwrap_or_default();
        if shown.is_empty() {
            self.without_number += 1;
            return;
        }
        let mut same = None;
        for (index, wanted) in self.wanted.iter_mut().enumerate() {
            match compare_numbers(&wanted.number, shown) {
                NumberMatch::Same => same = Some(index),
                NumberMatch::Cut => wanted.may_be_cut = true,
                NumberMatch::Other => {}
            }
        }
        if let Some(wanted) = same.and_then(|index| self.wanted.get_mut(index)) {
            wanted.found.push(order);
        }
    }

    /// What two walks came upon; the second one counts for what is not there.
    fn followed_by(self, mut again: Self) -> Self {
        for (before, now) in self.wanted.into_iter().zip(&mut again.wanted) {
            let known: HashSet<Option<String>> =
                now.found.iter().map(|order| order.order_id.clone()).collect();
            now.found.extend(
                before
                    .found
                    .into_iter()
                    .filter(|order| !known.contains(&order.order_id)),
            );
            now.may_be_cut |= before.may_be_cut;
        }
        again
    }

    /// `None`: an order that is not in the list does not exist, as far as the client is shown.
    fn why_absence_proves_nothing(&self, client: &Client, size: u32) -> Option<&'static str> {
        if let Some(reason) = self.trouble {
            return Some(reason);
        }
        if client.do_numbers_come_back_changed() {
            return Some("this server has shown an external order number otherwise than it was sent");
        }
        if self.without_number > 0 {
            return Some("the list shows orders without their external order number");
        }
        if self.cap.is_some_and(|cap| cap < size) {
            return Some("the server gives pages of changing size");
        }
        match self.total {
            _ if self.ids.is_empty() => Some("the list is empty, so it may not show what it should"),
            Some(total) if usize::try_from(total).is_ok_and(|total| total == self.ids.len()) => None,
            Some(_) => Some("the list does not hold as many orders as it says"),
            None => Some("the list does not say how many orders there are"),
        }
    }
}

async fn walk(
    client: &Client,
    numbers: &[&str],
    since: Option<&Timestamp>,
    size: u32,
) -> Result<Looked, Error> {
    let mut looked = Looked {
        wanted: numbers
            .iter()
            .map(|number| Wanted {
                number: number.trim().to_owned(),
                found: Vec::new(),
                may_be_cut: false,
            })
            .collect(),
        ids: HashSet::new(),
        without_number: 0,
        total: None,
        cap: None,
        trouble: None,
    };
    for page in 0..PAGES {
        let mut list: ListOrders = list_orders(client).page(size, page * size);
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
            if looked.is_new(&order) {
                fresh += 1;
                looked.look_at(order);
            }
        }
        let so_far = i64::from(page + 1) * i64::from(size);
        let more = has_next || looked.total.is_some_and(|total| total > so_far);
        let is_short = length < size;
        let total_says_more = looked
            .total
            .is_some_and(|total| total > so_far - i64::from(size) + i64::from(length));
        if is_short && length > 0 && (more || total_says_more) {
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
