//! UPDATE_FEATURES: device protection is added to a line.
//!
//! Run with `cargo run -p mobproc --example update_features`.

#![allow(clippy::print_stdout, reason = "an example shows what it does")]

mod support;

use mobproc::{OrderDraft, Property};

#[tokio::main]
async fn main() -> support::Outcome {
    let order = OrderDraft::update_features("1001")
        .add_feature("43")
        .comment("As agreed for all drivers")
        .property(Property::text("CONTACT_NUMBER", "202-555-0101"));
    support::order("amara.okafor", order).await
}
