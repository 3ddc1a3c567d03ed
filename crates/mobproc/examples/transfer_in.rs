//! Confirms and places the XFER_SERVICE_IN order of the documentation's tutorial: a private line becomes the company's.
//!
//! Run with `cargo run -p mobproc --example transfer_in`.

#![allow(clippy::print_stdout, reason = "an example shows what it does")]

mod support;

use mobproc::Actor;

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let document = include_str!("../../../openapi/examples/orders/xfer_service_in/request.json");
    support::order(document, Actor::company_employee("peter.edwards")).await
}
