//! Puts the line of somebody on leave to rest: once, whatever happens on the way.

use mobproc::{Client, EmployeeRef, Error, OrderDraft, OrderError, Property, Reconciliation};

/// Suspends a line for its owner and says the order's number. Nothing is ordered if it would cost
/// anything.
pub async fn rest_line(
    client: &Client,
    owner: &str,
    service: &str,
    ticket: &str,
) -> Result<Option<String>, Error> {
    let client = client.acting_for(EmployeeRef::company_id(owner));
    let order: OrderDraft = OrderDraft::suspend(service)
        .external_order_number(ticket)
        .property(Property::text("CONTACT_NUMBER", "202-555-0103"))
        .property(Property::date(
            "PREFERRED_SUSPENSION_DATE",
            "2030-02-08T00:00:00+00:00",
        ))
        .into();
    let confirmed = client.orders().confirm(order).await?;
    if confirmed.costs().next().is_some() {
        return Ok(None);
    }
    match confirmed.submit().await {
        Ok(placed) => Ok(Some(placed.order_id().to_owned())),
        Err(OrderError::NotPlaced(not)) => Err(not.into()),
        // Somewhere on the way back the answer got lost. Look before anything is sent again.
        Err(OrderError::OutcomeUnknown(open)) => match open.reconcile().await? {
            Reconciliation::Found(orders) => Ok(orders.into_iter().find_map(|order| order.order_id)),
            _ => Err(open.into()),
        },
    }
}
