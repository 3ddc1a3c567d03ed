//! Asks what an order needs, fills the form in, sees what is wrong, mends it, and has the order
//! confirmed.
//!
//! Run with `cargo run -p mobproc --example fill_in_form`.

#![allow(clippy::print_stdout, reason = "an example shows what it does")]

mod support;

use mobproc::{AddressForm, EmployeeRef, OrderDraft, Property, types::TransactionType};

#[tokio::main]
async fn main() -> support::Outcome {
    let place = support::connect().await?;
    let client = place.client.acting_for(EmployeeRef::company_id("amara.okafor"));

    let mut form = client
        .orders()
        .properties(TransactionType::NewActivation)
        .vendor("3001")
        .send()
        .await?;
    for question in form.questions() {
        println!("{} ({}, {})", question.label, question.kind, question.requirement);
    }
    for violation in form.check() {
        println!("to do: {violation}");
    }
    form.answer(Property::text("PREFERRED_AREA_CODE", "202"));

    let country = client.region("2001").await?;
    let mut address = AddressForm::of(&country).ok_or("the country has no address format")?;
    address
        .set("LINE_1", "14 Harbor Street")
        .set("CITY", "New Haven")
        .set("STATE", "CT")
        .set("POSTAL_CODE", "06510");

    let order = OrderDraft::new_activation("2001")
        .postal_code("06510")
        .device("4001")
        .plan("4101")
        .answers(form.checked()?)
        .ship_to(address.checked("Amara Okafor")?);
    let confirmed = client.orders().confirm(order).await?;
    println!("confirmed: {}", confirmed.external_order_number());
    place.leave().await;
    Ok(())
}
