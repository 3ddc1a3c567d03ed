//! Confirming and placing orders: the rules of each kind, the echo, the costs, and what comes of
//! it.

mod check;
mod echo;
mod place;

use mobproc_api::order_rules::OrderRules;
use mobproc_api::types::OrderRequestEnvelope;

pub(crate) use place::{Checked, place};

use crate::answer::Failure;
use crate::call::Call;
use echo::Echo;

/// Holds an order against the rules of its kind, and works out all that follows from it.
pub(crate) fn check(call: &Call<'_>) -> Result<Checked, Vec<Failure>> {
    let body = call.request.json().map_err(|failure| vec![failure])?;
    let envelope: OrderRequestEnvelope = serde_json::from_value(body).map_err(|error| {
        vec![Failure::bad_request(
            "400-Request-body-error",
            format!("The order cannot be read: {error}."),
        )]
    })?;
    let request = envelope.order_request;
    let Some(rules) = OrderRules::of(&request.transaction_type) else {
        return Err(vec![Failure::bad_request(
            "400-Transaction-Type-error",
            format!(
                "The transaction type {} is not supported.",
                request.transaction_type
            ),
        )]);
    };
    let accepted = check::check(call, &request, rules)?;
    Ok(Echo {
        call,
        request: &request,
        rules,
        service: accepted.service,
        goods: accepted.goods,
    }
    .checked())
}
