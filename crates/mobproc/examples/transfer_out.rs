//! XFER_SERVICE_OUT: a line of the company's becomes private.
//!
//! Run with `cargo run -p mobproc --example transfer_out`.

#![allow(clippy::print_stdout, reason = "an example shows what it does")]

mod support;

use mobproc::{OrderDraft, Property};

#[tokio::main]
async fn main() -> support::Outcome {
    let order = OrderDraft::transfer_out("1004")
        .property(Property::text("CONTACT_NUMBER", "202-555-0104"))
        .property(Property::text("PERSONAL_EMAIL", "luis.at.home@mail.example"));
    support::order("luis.ferreira", order).await
}
