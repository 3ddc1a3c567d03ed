//! What a write came to: done, not done, or nobody knows.

use crate::error::{Delivery, Error};

/// Turns a failure that leaves open whether the write was carried out into one of that kind.
pub(crate) fn settled<T>(outcome: Result<T, Error>) -> Result<T, Error> {
    outcome.map_err(|error| {
        if is_unclear(&error) {
            error.into_outcome_unknown()
        } else {
            error
        }
    })
}

/// Whether it is not known what a write that failed this way has done.
fn is_unclear(error: &Error) -> bool {
    match (error.delivery(), error.status()) {
        (Delivery::NotSent, _) => false,
        // A 4xx says that it was not carried out; 408 says only that the server stopped waiting.
        (Delivery::Answered, Some(status)) => status == 408 || !(400..500).contains(&status),
        (Delivery::MaybeSent, _) | (Delivery::Answered, None) => true,
    }
}
