//! Finds out whether address, credentials and headers are right, and what the caller may do.
//!
//! Run with `cargo run -p mobproc --example check_connection`.

#![allow(clippy::print_stdout, reason = "an example shows what it does")]

mod support;

#[tokio::main]
async fn main() -> support::Outcome {
    let place = support::connect().await?;
    let echo = place.client.ping("hello").await?;
    println!("the server answers: {}", echo.get("echoText").is_some());
    let me = place.client.me().await?;
    println!(
        "may approve: {:?}, may move services: {:?}",
        me.is_approver(),
        me.can_move_service()
    );
    place.leave().await;
    Ok(())
}
