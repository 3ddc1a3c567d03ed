//! The arm that is missing is the one that orders a second phone when it is forgotten.

use mobproc::{ConfirmedOrder, OrderError};

async fn submit(confirmed: ConfirmedOrder) -> String {
    match confirmed.submit().await {
        Ok(placed) => placed.order_id().to_owned(),
        Err(OrderError::NotPlaced(not)) => not.error().to_string(),
    }
}

fn main() {
    let _ = submit;
}
