//! PORT_NUMBER: a line and its number go to another carrier.
//!
//! Run with `cargo run -p mobproc --example port_number`.

#![allow(clippy::print_stdout, reason = "an example shows what it does")]

mod support;

use mobproc::{OrderDraft, Property, ShippingAddress};

#[tokio::main]
async fn main() -> support::Outcome {
    let order = OrderDraft::port_number("1004", "2001")
        .postal_code("22201")
        .device("4001")
        .plan("4101")
        .property(Property::text("CARRIER_ACCT_NUMBER", "TG-778812"))
        .property(Property::text("CONTACT_NUMBER", "202-555-0104"))
        .property(Property::text("NAME_ON_INVOICE", "Larkspur Freight"))
        .ship_to(
            ShippingAddress::new("Luis Ferreira", "2001")
                .line("LINE_1", "3 Depot Road")
                .line("CITY", "Arlington")
                .line("STATE", "VA")
                .line("POSTAL_CODE", "22201")
                .expedited(),
        );
    support::order("luis.ferreira", order).await
}
