//! UNSUSPEND: a line is taken up again.
//!
//! Run with `cargo run -p mobproc --example unsuspend`.

#![allow(clippy::print_stdout, reason = "an example shows what it does")]

mod support;

use mobproc::{OrderDraft, Property};

#[tokio::main]
async fn main() -> support::Outcome {
    let order = OrderDraft::unsuspend("1003")
        .property(Property::text("CONTACT_NUMBER", "202-555-0104"))
        .property(Property::text("USER", "luis.ferreira"));
    support::order("luis.ferreira", order).await
}
