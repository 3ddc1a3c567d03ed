//! DEACTIVATE: a line ends.
//!
//! Run with `cargo run -p mobproc --example deactivate`.

#![allow(clippy::print_stdout, reason = "an example shows what it does")]

mod support;

use mobproc::{OrderDraft, Property};

#[tokio::main]
async fn main() -> support::Outcome {
    let order = OrderDraft::deactivate("1004")
        .property(Property::text("CONTACT_NUMBER", "202-555-0104"))
        .property(Property::choice("Reason", "19"));
    support::order("luis.ferreira", order).await
}
