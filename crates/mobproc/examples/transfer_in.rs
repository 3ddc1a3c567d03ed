//! XFER_SERVICE_IN, as the documentation's tutorial has it: a private line becomes the company's.
//!
//! Run with `cargo run -p mobproc --example transfer_in`.

#![allow(clippy::print_stdout, reason = "an example shows what it does")]

mod support;

use mobproc::OrderDraft;

#[tokio::main]
async fn main() -> support::Outcome {
    let order = OrderDraft::from_json(include_str!(
        "../../../openapi/examples/orders/xfer_service_in/request.json"
    ))?;
    support::order("peter.edwards", order).await
}
