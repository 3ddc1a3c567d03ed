//! Loses the answer to an order on purpose, and finds out what became of it.
//!
//! Run with `cargo run -p mobproc --example handle_failure`.

#![allow(clippy::print_stdout, reason = "an example shows what it does")]

mod support;

use mobproc::{Actor, Delivery, Order, Property, Reconciliation};

#[tokio::main]
async fn main() -> support::Outcome {
    let place = support::connect().await?;
    let Some(sandbox) = &place.sandbox else {
        println!("only against a sandbox: nobody loses answers on purpose elsewhere");
        return Ok(());
    };
    sandbox.add_mischief("order_create:drop-after x1".parse()?);
    let client = place.client.acting_for(Actor::company_employee("amara.okafor"));
    let order = Order::update_features("1001")
        .add_feature("43")
        .property(Property::text("CONTACT_NUMBER", "202-555-0101"));
    let error = match client.orders().submit_without_confirmation(order).await {
        Ok(placed) => return Err(format!("placed as {}", placed.order_id()).into()),
        Err(error) => error,
    };
    println!("{error}");
    assert!(error.is_outcome_unknown() && error.delivery() == Delivery::MaybeSent);
    let number = error.external_order_number().ok_or("every order has a number")?;
    match client.orders().reconcile(number, None).await? {
        Reconciliation::Found(orders) => {
            println!("it exists, {} time(s): do not send it again", orders.len());
        }
        Reconciliation::NotSeen { looked_at } => {
            println!("not among {looked_at} orders: look again, then send it again");
        }
        other => println!("ask a person: {other:?}"),
    }
    place.leave().await;
    Ok(())
}
