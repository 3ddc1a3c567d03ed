//! XFER_SERVICE_IN_AND_PORT: a private line becomes the company's, at another carrier.
//!
//! Run with `cargo run -p mobproc --example transfer_in_and_port`.

#![allow(clippy::print_stdout, reason = "an example shows what it does")]

mod support;

use mobproc::{OrderDraft, Property, ShippingAddress};

#[tokio::main]
async fn main() -> support::Outcome {
    let order = OrderDraft::transfer_in_and_port("3002", "2001")
        .postal_code("97205")
        .device("4001")
        .plan("4102")
        .property(Property::text("CARRIER_ACCT_NUMBER", "TG-331907"))
        .property(Property::text("CONTACT_NUMBER", "202-555-0103"))
        .property(Property::text("NAME_ON_INVOICE", "Mei Tanaka"))
        .property(Property::text("SERVICE_NUMBER", "2025550177"))
        .acknowledge_many(["SHARED_PLAN", "LIABILITY_TRANSFER", "TERMINATION_FEE"])
        .ship_to(
            ShippingAddress::new("Mei Tanaka", "2001")
                .line("LINE_1", "77 Alder Avenue")
                .line("CITY", "Portland")
                .line("STATE", "OR")
                .line("POSTAL_CODE", "97205"),
        );
    support::order("mei.tanaka", order).await
}
