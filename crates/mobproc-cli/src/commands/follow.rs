//! `order list`, `show`, `history`, `shipments` and `watch`.

use std::time::Duration;

use mobproc::types::Timestamp;
use mobproc::{EmployeeRef, ListOrders, Polled};

use crate::arguments::Limit;
use crate::commands::lookups::timestamp;
use crate::failure::{Exit, Failure};
use crate::output::Column;
use crate::session::Context;
use crate::talk::say;

pub(crate) fn order_columns() -> [Column; 7] {
    [
        Column::new("order", "orderId"),
        Column::new("number", "externalOrderNumber"),
        Column::new("kind", "transactionType"),
        Column::at("status"),
        Column::new("for", "accountHolder.companyEmployeeId"),
        Column::new("line", "serviceNumber"),
        Column::new("submitted", "dateSubmitted"),
    ]
}

pub(crate) fn order_fields() -> Vec<Column> {
    let mut fields = order_columns().to_vec();
    fields.extend([
        Column::new("requested by", "requestedBy.companyEmployeeId"),
        Column::new("device", "orderSegments.items.0.device"),
        Column::new("device's price", "orderSegments.items.0.device.price"),
        Column::new("plan", "orderSegments.items.0.plan"),
        Column::new("plan's price", "orderSegments.items.0.plan.price"),
        Column::new("vendor", "orderSegments.items.0.vendor"),
        Column::new("ship to", "shipTo.name"),
        Column::new("updated", "updated"),
    ]);
    fields
}

pub(crate) async fn list(
    context: &Context,
    of: Option<&EmployeeRef>,
    since: Option<&str>,
    limit: Limit,
) -> Result<(), Failure> {
    let since: Option<Timestamp> = since.map(timestamp).transpose()?;
    let session = context.session().await?;
    let mut orders = session.client.orders().list();
    if let Some(employee) = of {
        orders = orders.of(employee.clone());
    }
    if let Some(since) = since {
        orders = orders.updated_since(since);
    }
    print(context, orders, limit).await
}

/// Prints a list of orders, without the wrapper that some lists have.
pub(crate) async fn print(context: &Context, mut orders: ListOrders, limit: Limit) -> Result<(), Failure> {
    if let Some(limit) = limit.limit {
        orders = orders.limit(limit);
    }
    let mut items = orders.items();
    let mut list = context.output.list(&order_columns());
    while let Some(item) = items.next().await {
        list.add(item?.order())?;
    }
    list.finish()
}

pub(crate) async fn show(context: &Context, id: &str) -> Result<(), Failure> {
    let session = context.session().await?;
    let order = session.client.orders().get(id).await?;
    context.output.one(&order, &order_fields())
}

pub(crate) async fn history(context: &Context, id: &str, segment: Option<&str>) -> Result<(), Failure> {
    let session = context.session().await?;
    let history = session.client.orders().history(id, segment).await?;
    context.output.one(&history, &[])
}

pub(crate) async fn shipments(context: &Context, id: &str, segment: Option<&str>) -> Result<(), Failure> {
    let session = context.session().await?;
    let shipments = session.client.orders().shipments(id, segment).await?;
    context.output.one(&shipments, &[])
}

pub(crate) async fn watch(
    context: &Context,
    id: &str,
    every: Duration,
    at_most: Duration,
) -> Result<(), Failure> {
    let session = context.session().await?;
    // A server is not asked as fast as it can answer.
    let every = every.max(Duration::from_secs(1));
    say(&format!(
        "Looking at the order {id} every {} s; Ctrl-C stops.",
        every.as_secs()
    ));
    let poll = session.client.orders().poll(id).every(every).at_most(at_most);
    let polled = tokio::select! {
        polled = poll.until_it_moves_on() => polled?,
        _ = tokio::signal::ctrl_c() => return Err(Failure::interrupted()),
    };
    match polled {
        Polled::Reached(order) => context.output.one(&*order, &order_fields()),
        Polled::NotYet(order) => {
            context.output.one(&*order, &order_fields())?;
            Err(Failure::new(
                Exit::Failed,
                format!("the order {id} has not moved on in that time"),
            )
            .next(format!("mobproc{} order watch {id}", session.flags())))
        }
        _ => Err(Failure::failed(
            "this version does not understand what became of the order",
        )),
    }
}
