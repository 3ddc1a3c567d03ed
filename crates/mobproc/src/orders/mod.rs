//! Orders: confirm, then submit.

mod confirmed;
mod order;
mod placed;

use mobproc_api::operations::ORDER_CREATE;
use mobproc_api::types::{AnswerStatus, OrderAnswer};

pub use confirmed::{Confirmed, Cost};
pub use order::Order;
pub use placed::Placed;

use crate::call::Answered;
use crate::client::Client;
use crate::error::Error;
use crate::failure;

/// Orders of a tenant. Made by [`Client::orders`].
#[derive(Debug, Clone, Copy)]
pub struct Orders<'a> {
    client: &'a Client,
}

impl<'a> Orders<'a> {
    pub(crate) fn new(client: &'a Client) -> Self {
        Self { client }
    }

    /// Has an order checked and priced. Nothing is ordered.
    ///
    /// Sent with `confirm=true`, so it is safe to repeat and is tried again where that helps. What comes back knows how to
    /// submit the very bytes that were confirmed.
    ///
    /// # Errors
    ///
    /// The server did not accept the order ([`Error::is_rejected`]), could not be reached, or answered as if it had ordered
    /// something, which is refused ([`Error::is_outcome_unknown`]).
    pub async fn confirm(&self, order: Order) -> Result<Confirmed, Error> {
        let order = order.numbered();
        let number = Some(order.external_order_number().to_owned());
        let bytes = order.to_bytes();
        let answered = self.send(&order, bytes.clone(), true).await;
        let answered = answered.map_err(|error| error.with_external_order_number(number.clone()))?;
        if let Some(placed) = &answered.value.order {
            // Somebody between us and the server lost the flag: an order may have been placed.
            let id = placed.order_id.as_deref().unwrap_or("of unknown id");
            return Err(Error::unexpected(format!(
                "the answer to a confirmation holds an order ({id}), so something may have been ordered"
            ))
            .into_outcome_unknown()
            .with_external_order_number(number));
        }
        accepted(&answered).map_err(|error| error.with_external_order_number(number.clone()))?;
        match answered.value.confirmation {
            Some(confirmation) => Ok(Confirmed::new(
                self.client.clone(),
                bytes,
                order,
                confirmation,
                answered.body,
            )),
            None => Err(Error::unexpected("the answer holds no confirmation")
                .with_answer(http::StatusCode::OK, answered.body)
                .with_external_order_number(number)),
        }
    }

    /// Places an order that nobody has confirmed. **This orders for real.**
    ///
    /// Prefer [`confirm`](Self::confirm) and [`Confirmed::submit`], which show costs first.
    ///
    /// # Errors
    ///
    /// As [`Confirmed::submit`].
    pub async fn submit_without_confirmation(&self, order: Order) -> Result<Placed, Error> {
        let order = order.numbered();
        let bytes = order.to_bytes();
        self.submit(&order, bytes).await
    }

    /// The one place from which an order is placed.
    pub(crate) async fn submit(&self, order: &Order, bytes: bytes::Bytes) -> Result<Placed, Error> {
        let number = Some(order.external_order_number().to_owned());
        let outcome = self.send(order, bytes, false).await;
        let placed = match outcome {
            Err(error) if is_unclear(&error) => Err(error.into_outcome_unknown()),
            Err(error) => Err(error),
            Ok(answered) => accepted(&answered).and_then(|()| Placed::read(answered)),
        };
        placed.map_err(|error| error.with_external_order_number(number))
    }

    async fn send(
        &self,
        order: &Order,
        bytes: bytes::Bytes,
        confirm: bool,
    ) -> Result<Answered<OrderAnswer>, Error> {
        self.client
            .call(&ORDER_CREATE, Some(bytes), |api| async move {
                api.order_create(confirm, order.request()).await
            })
            .await
    }
}

/// Whether it is not known what a write that failed this way has done.
fn is_unclear(error: &Error) -> bool {
    use crate::error::Delivery;

    match (error.delivery(), error.status()) {
        (Delivery::NotSent, _) => false,
        // A 4xx says that it was not carried out; 408 says only that the server stopped waiting.
        (Delivery::Answered, Some(status)) => status == 408 || !(400..500).contains(&status),
        (Delivery::MaybeSent, _) | (Delivery::Answered, None) => true,
    }
}

/// An answer with HTTP 200 may still say that the order was not accepted.
fn accepted(answered: &Answered<OrderAnswer>) -> Result<(), Error> {
    match &answered.value.status {
        Some(AnswerStatus::Error) => Err(Error::rejected(failure::read(&answered.body))
            .with_answer(http::StatusCode::OK, answered.body.clone())),
        _ => Ok(()),
    }
}
