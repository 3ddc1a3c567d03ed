//! UPGRADE, as the documentation's tutorial has it: the request comes from its JSON document.
//!
//! Run with `cargo run -p mobproc --example upgrade`.

#![allow(clippy::print_stdout, reason = "an example shows what it does")]

mod support;

use mobproc::OrderDraft;

#[tokio::main]
async fn main() -> support::Outcome {
    let order = OrderDraft::from_json(include_str!(
        "../../../openapi/examples/orders/upgrade/request.json"
    ))?;
    support::order("peter.edwards.acme", order).await
}
