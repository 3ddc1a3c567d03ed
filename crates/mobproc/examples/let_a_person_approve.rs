//! Has an order confirmed, keeps the confirmation as JSON, and submits it from another client after
//! a person said yes.
//!
//! Run with `cargo run -p mobproc --example let_a_person_approve`.

#![allow(clippy::print_stdout, reason = "an example shows what it does")]

mod support;

use mobproc::{EmployeeRef, OrderDraft, Property, SavedOrder};

#[tokio::main]
async fn main() -> support::Outcome {
    let place = support::connect().await?;
    let asking = place.client.acting_for(EmployeeRef::company_id("amara.okafor"));
    let order = OrderDraft::update_features("1001")
        .add_feature("43")
        .property(Property::text("CONTACT_NUMBER", "202-555-0101"));
    let kept = serde_json::to_string(&asking.orders().confirm(order).await?.save())?;
    println!("kept {} bytes until somebody decides", kept.len());

    // Another process, later.
    let saved: SavedOrder = serde_json::from_str(&kept)?;
    let confirmed = place.client.orders().restore(saved)?;
    for cost in confirmed.costs() {
        println!("{cost}");
    }
    if place.may_submit() {
        println!("order {}", confirmed.submit().await?.order_id());
    }
    place.leave().await;
    Ok(())
}
