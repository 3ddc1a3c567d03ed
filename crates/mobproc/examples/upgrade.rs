//! Confirms and places the UPGRADE order of the documentation's tutorial, against an in-process sandbox.
//!
//! Run with `cargo run -p mobproc --example upgrade`.

#![allow(clippy::print_stdout, reason = "an example shows what it does")]

mod support;

use mobproc::Actor;

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let document = include_str!("../../../openapi/examples/orders/upgrade/request.json");
    support::order(document, Actor::company_employee("peter.edwards.acme")).await
}
