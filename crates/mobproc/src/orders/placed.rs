//! An order that was placed.

use std::fmt;

use bytes::Bytes;
use mobproc_api::types::{Order, OrderAnswer};

use crate::call::Answered;
use crate::error::Error;

/// An order that was placed.
#[derive(Clone, PartialEq)]
#[must_use = "it names the order"]
pub struct Placed {
    order_id: String,
    external_order_number: String,
    order: Box<Order>,
    body: Bytes,
    correlation_id: String,
}

impl Placed {
    /// Reads the answer to a submit. One that does not name the order is no proof that there is one.
    pub(crate) fn read(mut answered: Answered<OrderAnswer>, number: &str) -> Result<Self, Error> {
        let order = answered.value.order.take().unwrap_or_default();
        match &order.order_id {
            Some(id) if !id.is_empty() => Ok(Self {
                order_id: id.clone(),
                external_order_number: number.to_owned(),
                order,
                correlation_id: answered.call.correlation_id,
                body: answered.body,
            }),
            _ => {
                let error = Error::unexpected("the answer to placing an order names no order");
                Err(answered.blame(error).into_outcome_unknown())
            }
        }
    }

    /// The order id assigned by Tangoe.
    #[must_use]
    pub fn order_id(&self) -> &str {
        &self.order_id
    }

    /// The external order number it was sent with.
    #[must_use]
    pub fn external_order_number(&self) -> &str {
        &self.external_order_number
    }

    /// The order as the answer shows it.
    #[must_use]
    pub fn order(&self) -> &Order {
        &self.order
    }

    /// The correlation id the order was placed with; support can find the call by it.
    #[must_use]
    pub fn correlation_id(&self) -> &str {
        &self.correlation_id
    }

    /// The server's answer as it came, members this version does not know included. It holds personal data.
    #[must_use]
    pub fn raw(&self) -> &Bytes {
        &self.body
    }
}

/// Everything but the raw answer, which holds personal data.
impl fmt::Debug for Placed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Placed")
            .field("order_id", &self.order_id)
            .field("order", &self.order)
            .field("correlation_id", &self.correlation_id)
            .finish_non_exhaustive()
    }
}
