//! The one place from which an order is placed, and the one where it is confirmed.

use std::future::IntoFuture;
use std::time::SystemTime;

use bytes::Bytes;
use mobproc_api::types::OrderAnswer;

use super::confirmed::ConfirmedOrder;
use super::draft::OrderDraft;
use super::errors::{ConfirmError, OrderError, SubmitError};
use super::placed::PlacedOrder;
use crate::client::Client;
use crate::clock::BoxFuture;
use crate::error::{Error, read_failures};
use crate::transport::order_view::{NumberMatch, OrderView, compare_numbers, plain_confirmation};
use crate::transport::outcome::{Expected, Outcome, judge};
use crate::transport::{Exchange, decode};

/// A confirmation that is asked for once this is awaited. Made by
/// [`Orders::confirm`](crate::Orders::confirm).
#[derive(Debug)]
#[must_use = "nothing is sent until it is awaited"]
pub struct Confirm {
    client: Client,
    order: OrderDraft,
}

/// An order that is placed, unconfirmed, once this is awaited. Made by
/// [`Orders::submit_without_confirmation`](crate::Orders::submit_without_confirmation).
#[derive(Debug)]
#[must_use = "nothing is sent until it is awaited"]
pub struct SubmitUnconfirmed {
    client: Client,
    order: OrderDraft,
}

impl Confirm {
    pub(super) fn new(client: Client, order: OrderDraft) -> Self {
        Self {
            client,
            order: order.numbered(),
        }
    }

    /// The order as it will be sent.
    #[must_use]
    pub fn order(&self) -> &OrderDraft {
        &self.order
    }

    /// The number by which the order can be found, made up if it had none.
    #[must_use]
    pub fn external_order_number(&self) -> &str {
        self.order.external_order_number()
    }
}

impl SubmitUnconfirmed {
    pub(super) fn new(client: Client, order: OrderDraft) -> Self {
        Self {
            client,
            order: order.numbered(),
        }
    }

    /// The order as it will be sent.
    #[must_use]
    pub fn order(&self) -> &OrderDraft {
        &self.order
    }

    /// The number by which the order can be found, made up if it had none.
    #[must_use]
    pub fn external_order_number(&self) -> &str {
        self.order.external_order_number()
    }
}

impl IntoFuture for Confirm {
    type Output = Result<ConfirmedOrder, ConfirmError>;
    type IntoFuture = BoxFuture<'static, Self::Output>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(confirm(self.client, self.order))
    }
}

impl IntoFuture for SubmitUnconfirmed {
    type Output = Result<PlacedOrder, OrderError<OrderDraft>>;
    type IntoFuture = BoxFuture<'static, Self::Output>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(async move {
            if let Err(error) = self.order.checked() {
                return Err(OrderError::not_placed(error, self.order));
            }
            let bytes = self.order.to_bytes();
            place(&self.client, &self.order, bytes)
                .await
                .map_err(|error| error.map(|()| self.order))
        })
    }
}

impl ConfirmedOrder {
    /// Places the order. **This orders for real, once.**
    ///
    /// It takes the confirmation with it, so that nothing is left to submit a second time. The
    /// order is never sent again once a connection was made, so if this future is dropped before it
    /// ends, the outcome is unknown: look for it by its
    /// [`external_order_number`](Self::external_order_number), as [`client`](Self::client).
    ///
    /// # Errors
    ///
    /// [`OrderError::OutcomeUnknown`](crate::OrderError::OutcomeUnknown): the order may or may not
    /// have been placed; it knows how to look for it.
    /// [`OrderError::NotPlaced`](crate::OrderError::NotPlaced): nothing was ordered, and the
    /// confirmation comes back.
    pub async fn submit(self) -> Result<PlacedOrder, SubmitError> {
        match place(self.client(), self.order(), self.bytes().clone()).await {
            Ok(placed) => Ok(placed),
            Err(error) => Err(error.map(|()| self)),
        }
    }

    /// Places the order as [`submit`](Self::submit) does, unless a time has passed before it
    /// leaves. **This orders for real, once.**
    ///
    /// For whoever tells others that this order is being sent, and until when: a program that was
    /// stopped in between must not send when it goes on. The time is looked at when the connection
    /// is there and the first byte of the order is asked for. What follows is one write to the
    /// socket; a program that is stopped right there still sends when it goes on.
    ///
    /// # Errors
    ///
    /// As [`submit`](Self::submit). Where it was too late,
    /// [`OrderError::NotPlaced`](crate::OrderError::NotPlaced) of the kind
    /// [`ErrorKind::TooLate`](crate::ErrorKind::TooLate): nothing was ordered.
    pub async fn submit_before(self, time: SystemTime) -> Result<PlacedOrder, SubmitError> {
        let client = self.client().with_send_by(time);
        match place(&client, self.order(), self.bytes().clone()).await {
            Ok(placed) => Ok(placed),
            Err(error) => Err(error.map(|()| self)),
        }
    }
}

/// Has an order checked and priced.
async fn confirm(client: Client, order: OrderDraft) -> Result<ConfirmedOrder, ConfirmError> {
    if let Err(error) = order.checked() {
        return Err(OrderError::not_placed(error, order));
    }
    let bytes = order.to_bytes();
    let exchange = match send(&client, bytes.clone(), true).await {
        Ok(exchange) => exchange,
        Err(error) => return Err(OrderError::not_placed(error, order)),
    };
    if let Ok(raw) = &exchange.answer
        && raw.status.is_success()
        && let Some(confirmation) = plain_confirmation(&raw.body)
    {
        return match exchange.into_raw_answer() {
            Ok(answer) => Ok(ConfirmedOrder::new(client, bytes, order, confirmation, answer)),
            Err(error) => Err(OrderError::not_placed(error, order)),
        };
    }
    let outcome = judge(&exchange, Expected::Confirmation);
    let number = order.external_order_number();
    if outcome != Outcome::CarriedOut {
        let error = exchange.into_error(outcome).with_external_order_number(number);
        return Err(match outcome {
            Outcome::Unknown(_) => OrderError::outcome_unknown(error, &client, &order),
            Outcome::NotCarriedOut | Outcome::CarriedOut => OrderError::not_placed(error, order),
        });
    }
    let answer = match exchange.into_answer::<OrderAnswer>() {
        Ok(answer) => answer,
        Err(error) => {
            return Err(OrderError::not_placed(
                error.with_external_order_number(number),
                order,
            ));
        }
    };
    let mut confirmation = None;
    let answer = answer.map(|value| confirmation = value.confirmation);
    match confirmation {
        Some(confirmation) => Ok(ConfirmedOrder::new(client, bytes, order, confirmation, answer)),
        None => {
            let failures = read_failures(answer.body());
            let error = Error::unexpected("the answer holds no confirmation").with_failures(failures);
            let error = answer.error(error);
            let error = error.with_external_order_number(number);
            Err(OrderError::not_placed(error, order))
        }
    }
}

/// Places an order. **This orders for real, once.**
async fn place(client: &Client, order: &OrderDraft, bytes: Bytes) -> Result<PlacedOrder, OrderError<()>> {
    let number = order.external_order_number();
    let exchange = match send(client, bytes, false).await {
        Ok(exchange) => exchange,
        Err(error) => return Err(OrderError::not_placed(error, ())),
    };
    let view = match &exchange.answer {
        Ok(raw) => OrderView::read(&raw.body),
        Err(_) => OrderView::default(),
    };
    if let Some(shown) = &view.external_order_number
        && compare_numbers(number, shown) != NumberMatch::Same
    {
        // Also where the answer is taken for somebody else's: a list may change numbers the same
        // way.
        client.numbers_came_back_changed();
    }
    let expected = Expected::Order {
        transaction_type: order.transaction_type(),
        external_order_number: number,
    };
    match judge(&exchange, expected) {
        Outcome::CarriedOut => {}
        outcome => {
            let error = exchange.into_error(outcome).with_external_order_number(number);
            return Err(match outcome {
                Outcome::Unknown(_) => OrderError::outcome_unknown(error, client, order),
                Outcome::NotCarriedOut | Outcome::CarriedOut => OrderError::not_placed(error, ()),
            });
        }
    }
    // That it was placed is settled; what of it can be read is another question.
    match exchange.into_raw_answer() {
        Ok(answer) => {
            let typed = match decode::<OrderAnswer>(answer.body()) {
                Ok(OrderAnswer {
                    order: Some(order), ..
                }) => Ok(order),
                // An order that stands at the top.
                Ok(_) => decode(answer.body()),
                Err(error) => Err(error),
            };
            Ok(PlacedOrder::new(view, number, typed, answer))
        }
        Err(error) => Err(OrderError::outcome_unknown(
            error.into_outcome_unknown(),
            client,
            order,
        )),
    }
}

async fn send(client: &Client, bytes: Bytes, confirm: bool) -> Result<Exchange, Error> {
    let request = client.api().order_create(confirm, bytes)?;
    Ok(client.exchange(request).await)
}
