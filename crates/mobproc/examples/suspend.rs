//! SUSPEND: a line rests while its owner is on leave.
//!
//! Run with `cargo run -p mobproc --example suspend`.

#![allow(clippy::print_stdout, reason = "an example shows what it does")]

mod support;

use mobproc::{OrderDraft, Property};

#[tokio::main]
async fn main() -> support::Outcome {
    let order = OrderDraft::suspend("1002")
        .property(Property::text("CONTACT_NUMBER", "202-555-0103"))
        .property(Property::date(
            "PREFERRED_SUSPENSION_DATE",
            "2030-02-08T00:00:00+00:00",
        ));
    support::order("mei.tanaka", order).await
}
