//! NEW_ACTIVATION: a new device with a plan and accessories.
//!
//! Run with `cargo run -p mobproc --example new_activation`.

#![allow(clippy::print_stdout, reason = "an example shows what it does")]

mod support;

use mobproc::{OrderDraft, Property, ShippingAddress};

#[tokio::main]
async fn main() -> support::Outcome {
    let order = OrderDraft::new_activation("2001")
        .postal_code("06510")
        .device("4001")
        .plan("4101")
        .features(["41"])
        .accessories(["4201"])
        .property(Property::text("CONTACT_NUMBER", "202-555-0101"))
        .property(Property::text("PREFERRED_AREA_CODE", "202"))
        .ship_to(
            ShippingAddress::new("Amara Okafor", "2001")
                .line("LINE_1", "14 Harbor Street")
                .line("CITY", "New Haven")
                .line("STATE", "CT")
                .line("POSTAL_CODE", "06510"),
        );
    support::order("amara.okafor", order).await
}
