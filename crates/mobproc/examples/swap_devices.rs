//! SWAP_DEVICES: a line goes to another phone that is owned already.
//!
//! Run with `cargo run -p mobproc --example swap_devices`.

#![allow(clippy::print_stdout, reason = "an example shows what it does")]

mod support;

use mobproc::{DeviceIdentity, OrderDraft, Property};

#[tokio::main]
async fn main() -> support::Outcome {
    let order = OrderDraft::swap_devices(
        "1001",
        DeviceIdentity::other("Kestrel K4 Field Edition")
            .imei("000000000070011")
            .sim("8900 0000 0000 0007 001"),
        DeviceIdentity::new("Kestrel", "Kestrel K5 (128GB) - Black").imei("000000000070052"),
    )
    .property(Property::text("CONTACT_NUMBER", "202-555-0101"));
    support::order("amara.okafor", order).await
}
