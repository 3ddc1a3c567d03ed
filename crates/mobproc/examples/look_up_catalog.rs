//! Looks at what can be ordered for a line, and what it costs.
//!
//! Run with `cargo run -p mobproc --example look_up_catalog`.

#![allow(clippy::print_stdout, reason = "an example shows what it does")]

mod support;

#[tokio::main]
async fn main() -> support::Outcome {
    let place = support::connect().await?;
    let client = &place.client;
    for device in client.catalog().devices().service("1001").send().await? {
        let price = device
            .price
            .map(|price| price.amount.to_string())
            .unwrap_or_default();
        println!("{:>8}  {}  {}", price, device.id, device.name.unwrap_or_default());
    }
    for plan in client.catalog().plans().send().await? {
        println!(
            "plan {} with {} optional features",
            plan.id,
            plan.optional_features.map_or(0, |all| all.len())
        );
    }
    place.leave().await;
    Ok(())
}
