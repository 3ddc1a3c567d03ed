//! Lists the orders that wait for somebody's approval, and decides on them.
//!
//! Run with `cargo run -p mobproc --example approve_orders`.

#![allow(clippy::print_stdout, reason = "an example shows what it does")]

mod support;

use mobproc::{EmployeeRef, OrderDraft, Property, ShippingAddress, types::ApprovalStatus};

#[tokio::main]
async fn main() -> support::Outcome {
    let place = support::connect().await?;
    let client = &place.client;
    if place.sandbox.is_some() {
        // Something dear, so that there is something to approve.
        let order = OrderDraft::new_activation("2001")
            .postal_code("06510")
            .device("4002")
            .property(Property::text("CONTACT_NUMBER", "202-555-0101"))
            .property(Property::text("PREFERRED_AREA_CODE", "202"))
            .ship_to(
                ShippingAddress::new("Amara Okafor", "2001")
                    .line("LINE_1", "14 Harbor Street")
                    .line("CITY", "New Haven")
                    .line("STATE", "CT")
                    .line("POSTAL_CODE", "06510"),
            );
        let placed = client.orders().confirm(order).await?.submit().await?;
        println!("order {} waits for approval", placed.order_id());
    }
    let approver = EmployeeRef::company_id("jonas.lindqvist");
    let mut waiting = client.orders().list().approvable_by(approver.clone()).items();
    while let Some(item) = waiting.next().await {
        let order = item?.into_order();
        let Some(id) = order.order_id.as_deref() else {
            continue;
        };
        println!("order {id} waits");
        if !place.may_submit() {
            continue;
        }
        match client
            .acting_for(approver.clone())
            .orders()
            .approve(id, Some("within budget"))
            .await?
        {
            ApprovalStatus::ApprovalQueued => println!("handed to the approval workflow"),
            other => println!("not approved: {other}"),
        }
    }
    place.leave().await;
    Ok(())
}
