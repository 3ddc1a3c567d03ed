//! Loses the answer to an order on purpose, and finds out what became of it.
//!
//! Run with `cargo run -p mobproc --example handle_failure`.

#![allow(clippy::print_stdout, reason = "an example shows what it does")]

mod support;

use mobproc::{EmployeeRef, OrderDraft, OrderError, Property, Reconciliation};

#[tokio::main]
async fn main() -> support::Outcome {
    let place = support::connect().await?;
    let Some(sandbox) = &place.sandbox else {
        println!("only against a sandbox: nobody loses answers on purpose elsewhere");
        return Ok(());
    };
    sandbox.add_fault("order_create:drop-after x1".parse()?)?;
    let client = place.client.acting_for(EmployeeRef::company_id("amara.okafor"));
    let order = OrderDraft::update_features("1001")
        .add_feature("43")
        .property(Property::text("CONTACT_NUMBER", "202-555-0101"));
    let open = match client.orders().submit_without_confirmation(order).await {
        Ok(placed) => return Err(format!("placed as {}", placed.order_id()).into()),
        Err(OrderError::NotPlaced(not)) => return Err(not.error().to_string().into()),
        Err(OrderError::OutcomeUnknown(open)) => open,
    };
    println!("{}", open.message());
    // As whoever submitted: somebody else may not be shown the order.
    match open.reconcile().await? {
        Reconciliation::Found(orders) => {
            println!("it exists, {} time(s): do not send it again", orders.len());
        }
        Reconciliation::NotSeen { looked_at } => {
            println!("not among {looked_at} orders: look again before sending it again");
        }
        other => println!("ask a person: {other:?}"),
    }
    place.leave().await;
    Ok(())
}
