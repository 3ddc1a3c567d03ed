//! Finding out what became of orders whose answers were lost: all of them in one walk.

use std::collections::HashMap;

use chrono::TimeDelta;
use mobproc::types::{Order, Timestamp};
use mobproc::{Client, EmployeeRef, OrderDraft, Reconciliation};
use mobproc_api::order_rules::OrderRules;

use crate::columns::Mistake;
use crate::state::{Entry, Event, Sighting, State};
use crate::store::{Rollout, RolloutError, Row, Step};
use crate::text::one_line;

/// Rows that are read at once.
const AT_ONCE: u32 = 1_000;
/// Numbers that are looked for in one walk through the orders of the tenant.
const IN_ONE_WALK: usize = 5_000;
/// Published orders were updated some minutes before they were submitted.
const MARGIN: TimeDelta = TimeDelta::hours(1);
/// What looking for lost answers showed.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Looked {
    /// Orders that exist.
    pub found: usize,
    /// Orders that exist more than once.
    pub more_than_once: usize,
    /// Orders that were not seen, or of which the list does not tell. They may still come.
    pub left: usize,
    /// Why the list does not tell, where it does not.
    pub reason: Option<&'static str>,
}

/// Looks for every order of a rollout whose answer was lost, in one walk through the orders since the
/// oldest of them; what is not among those of the account, then as whoever it was ordered for.
///
/// # Errors
///
/// The server cannot be asked, or the journal cannot be used. What was found until then is kept.
pub async fn look(rollout: &mut Rollout, client: &Client) -> Result<Looked, RolloutError> {
    rollout.check_client(client)?;
    let mut open: Vec<Row> = Vec::new();
    for state in ["unknown", "needs_person"] {
        let mut after = 0;
        loop {
            let rows = rollout.rows_in(state, after, AT_ONCE).await?;
            let Some(last) = rows.last() else {
                break;
            };
            after = last.place;
            open.extend(rows);
        }
    }
    // What was sent again by a decision may be there twice.
    let mut after = 0;
    loop {
        let rows = rollout.rows_in("placed", after, AT_ONCE).await?;
        let Some(last) = rows.last() else {
            break;
        };
        after = last.place;
        open.extend(rows.into_iter().filter(|row| row.entry.attempt > 1));
    }
    let mut looked = Looked::default();
    let mut left = walk(rollout, client, open, &mut looked).await?;
    // Employees may be shown orders that the account is not.
    let mut by_actor: HashMap<EmployeeRef, Vec<Row>> = HashMap::new();
    let mut own = 0;
    for row in left.drain(..) {
        match row.acting_for.clone() {
            Some(employee) => by_actor.entry(employee).or_default().push(row),
            None => own += 1,
        }
    }
    looked.left = own;
    for (employee, rows) in by_actor {
        let client = client.acting_for(employee);
        looked.left += walk(rollout, &client, rows, &mut looked).await?.len();
    }
    Ok(looked)
}

/// Looks for rows, writes down what is found, and returns the others.
async fn walk(
    rollout: &mut Rollout,
    client: &Client,
    rows: Vec<Row>,
    looked: &mut Looked,
) -> Result<Vec<Row>, RolloutError> {
    if rows.is_empty() {
        return Ok(rows);
    }
    let numbers: Vec<&str> = rows.iter().map(|row| row.number.as_str()).collect();
    // What is known is when the last attempt began; those before it are no older than the plan.
    let planned = rollout.about().planned;
    let oldest = rows
        .iter()
        .filter_map(|row| {
            if row.entry.attempt > 1 {
                Some(planned)
            } else {
                row.began
            }
        })
        .min();
    let since = oldest
        .and_then(|oldest| oldest.checked_sub_signed(MARGIN))
        .map(Timestamp::from);
    let answers = client.orders().reconcile_all(&numbers, since).await?;
    let mut steps = Vec::new();
    let mut left = Vec::new();
    for (row, answer) in rows.into_iter().zip(answers) {
        let orders = match answer {
            Reconciliation::Found(orders) => orders,
            Reconciliation::CannotTell { reason } => {
                looked.reason = Some(reason);
                Vec::new()
            }
            _ => Vec::new(),
        };
        let is_placed = row.entry.state == State::Placed;
        if orders.is_empty() || (is_placed && orders.len() == 1) {
            left.extend(Some(row).filter(|_| !is_placed));
            continue;
        }
        let ids: Vec<String> = orders
            .iter()
            .map(|order| one_line(order.order_id.as_deref().unwrap_or_default()))
            .collect();
        let status = orders.first().and_then(|order| order.status.as_ref());
        let status = status.map(|status| one_line(status.as_ref())).unwrap_or_default();
        // An order of another kind has the number too: which of them is this row's, a person knows.
        let is_own = orders.iter().all(|order| is_of_kind(&row, order));
        let is_one = ids.len() == 1 && is_own;
        if is_one {
            looked.found += 1;
        } else {
            looked.more_than_once += 1;
        }
        steps.push(Step {
            place: row.place,
            before: Some(row.entry.clone()),
            event: Some(Event::LookedUp(Sighting::Seen(if is_own {
                ids.len()
            } else {
                ids.len().max(2)
            }))),
            why: format!("seen as {}", ids.join(", ")),
            order_id: Some(ids.join(", ")),
            note: Some(if is_one {
                status
            } else if is_own {
                "was ordered more than once".to_owned()
            } else {
                "an order of another kind has its number".to_owned()
            }),
            ..Step::default()
        });
    }
    for entry in rollout.record(&steps).await? {
        match entry {
            // Somebody else saw it too, or its answer came.
            Ok(_) | Err(RolloutError::Refused(_) | RolloutError::Overtaken) => {}
            Err(other) => return Err(other),
        }
    }
    Ok(left)
}

/// Orders that have a row's number already were placed by somebody else, such as another machine from
/// the same sheet: rows that were never sent become mistakes. Why the list does not tell, where it
/// does not.
pub(crate) async fn look_for_existing(
    rollout: &mut Rollout,
    client: &Client,
    since: Option<Timestamp>,
    tell: &mut (dyn FnMut(Mistake) + Send),
) -> Result<Option<&'static str>, RolloutError> {
    let mut after = 0;
    let mut reason = None;
    loop {
        let mut rows: Vec<(u32, String)> = Vec::new();
        while rows.len() < IN_ONE_WALK {
            let some = rollout.rows_in("confirmed", after, AT_ONCE).await?;
            let Some(last) = some.last() else {
                break;
            };
            after = last.place;
            let never_sent = some.into_iter().filter(|row| row.entry.attempt == 0);
            rows.extend(never_sent.map(|row| (row.place, row.number)));
        }
        if rows.is_empty() {
            return Ok(reason);
        }
        let numbers: Vec<&str> = rows.iter().map(|(_, number)| number.as_str()).collect();
        let looked = client.orders().reconcile_all(&numbers, since.clone()).await?;
        let mut steps = Vec::new();
        for ((place, _), looked) in rows.iter().zip(looked) {
            let orders = match looked {
                Reconciliation::Found(orders) => orders,
                Reconciliation::CannotTell { reason: why } => {
                    reason = Some(why);
                    continue;
                }
                _ => continue,
            };
            let ids: Vec<&str> = orders
                .iter()
                .filter_map(|order| order.order_id.as_deref())
                .collect();
            let message = format!(
                "an order of its number exists already: {}",
                one_line(&ids.join(", "))
            );
            tell(Mistake {
                cell: place.to_string(),
                row: *place,
                heading: None,
                message: message.clone(),
            });
            steps.push(Step {
                place: *place,
                before: Some(Entry::kept(State::Confirmed, 0)),
                why: "an order of its number exists".to_owned(),
                problem: Some(message),
                ..Step::default()
            });
        }
        rollout.record(&steps).await?;
    }
}

/// Whether an order is of the kind that was sent, as far as it shows one.
fn is_of_kind(row: &Row, order: &Order) -> bool {
    let kind = OrderDraft::from_json(&row.order).ok();
    let kind = kind.as_ref().map(OrderDraft::transaction_type);
    let comes_back_as = kind.and_then(|kind| OrderRules::of(kind)?.answers_as.as_ref());
    match (kind, order.transaction_type.as_ref()) {
        (Some(kind), Some(shown)) => shown.meant() == kind.meant() || Some(shown) == comes_back_as,
        _ => true,
    }
}
