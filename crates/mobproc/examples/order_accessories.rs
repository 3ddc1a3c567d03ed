//! ORDER_ACCESSORIES: a dock for the phone somebody has.
//!
//! Run with `cargo run -p mobproc --example order_accessories`.

#![allow(clippy::print_stdout, reason = "an example shows what it does")]

mod support;

use mobproc::{OrderDraft, Property, ShippingAddress};

#[tokio::main]
async fn main() -> support::Outcome {
    let order = OrderDraft::order_accessories("1001", ["4201"])
        .property(Property::text("CONTACT_NUMBER", "202-555-0101"))
        .ship_to(
            ShippingAddress::new("Amara Okafor", "2001")
                .line("LINE_1", "14 Harbor Street")
                .line("CITY", "New Haven")
                .line("STATE", "CT")
                .line("POSTAL_CODE", "06510"),
        );
    support::order("amara.okafor", order).await
}
