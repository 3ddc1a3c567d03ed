//! The same program with all its arms.

use mobproc::{ConfirmedOrder, OrderError};

async fn submit(confirmed: ConfirmedOrder) -> String {
    match confirmed.submit().await {
        Ok(placed) => placed.order_id().to_owned(),
        Err(OrderError::NotPlaced(not)) => not.error().to_string(),
        Err(OrderError::OutcomeUnknown(open)) => open.message().to_owned(),
    }
}

fn main() {
    let _ = submit;
}
