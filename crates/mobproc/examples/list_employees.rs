//! Walks through all employees, page by page ahead, without holding them all.
//!
//! Run with `cargo run -p mobproc --example list_employees`.

#![allow(clippy::print_stdout, reason = "an example shows what it does")]

mod support;

#[tokio::main]
async fn main() -> support::Outcome {
    let place = support::connect().await?;
    let mut employees = place.client.employees().list().page_size(50).prefetch(2).items();
    let mut count = 0;
    while let Some(employee) = employees.next().await {
        // People stay out of the output; this counts them.
        let _ = employee?;
        count += 1;
    }
    println!("{count} employees");
    place.leave().await;
    Ok(())
}
