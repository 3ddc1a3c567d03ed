//! Moves a line to another owner.
//!
//! Run with `cargo run -p mobproc --example move_service`.

#![allow(clippy::print_stdout, reason = "an example shows what it does")]

mod support;

use mobproc::{EmployeeRef, types::MoveCharges};

#[tokio::main]
async fn main() -> support::Outcome {
    let place = support::connect().await?;
    if place.may_submit() {
        let owner = EmployeeRef::company_id("mei.tanaka");
        let moved = place
            .client
            .services()
            .move_to("1001", owner, MoveCharges::MoveNoCharges)
            .await?;
        println!(
            "service {} moved to {}",
            moved.id,
            moved.employee.map(|owner| owner.id).unwrap_or_default()
        );
    }
    place.leave().await;
    Ok(())
}
