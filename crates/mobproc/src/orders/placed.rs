//! An order that was placed.

use std::fmt;

use bytes::Bytes;
use mobproc_api::types::Order;
use serde::Serialize;

use crate::error::Error;
use crate::transport::Answer;
use crate::transport::order_view::OrderView;

/// An order that was placed.
#[must_use = "it names the order"]
pub struct PlacedOrder {
    order_id: String,
    external_order_number: String,
    shown_number: Option<String>,
    order: Result<Box<Order>, Error>,
    answer: Answer<()>,
}

impl PlacedOrder {
    pub(super) fn new(
        view: OrderView,
        external_order_number: &str,
        order: Result<Box<Order>, Error>,
        answer: Answer<()>,
    ) -> Self {
        let order = order.map_err(|error| answer.error(error));
        Self {
            // An answer that names no order has not been taken for a placed one.
            order_id: view.order_id.unwrap_or_default(),
            external_order_number: external_order_number.to_owned(),
            shown_number: view
                .external_order_number
                .filter(|shown| shown != external_order_number),
            order,
            answer,
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

    /// The external order number as the server shows it, where that differs from the one that was
    /// sent: trimmed, in another case, or cut. Look for it under both.
    #[must_use]
    pub fn changed_external_order_number(&self) -> Option<&str> {
        self.shown_number.as_deref()
    }

    /// The order as the answer shows it.
    ///
    /// # Errors
    ///
    /// The answer names the order, so it was placed, but some other part of it could not be read.
    pub fn order(&self) -> Result<&Order, &Error> {
        self.order.as_deref()
    }

    /// The correlation id the order was placed with; support can find the call by it.
    #[must_use]
    pub fn correlation_id(&self) -> &str {
        self.answer.correlation_id()
    }

    /// Status, headers and attempts of the call.
    #[must_use]
    pub fn answer(&self) -> &Answer<()> {
        &self.answer
    }

    /// The server's answer as it came, members this version does not know included. It holds
    /// personal data.
    #[must_use]
    pub fn raw(&self) -> &Bytes {
        self.answer.body()
    }
}

/// Order id, external order number, correlation id, and the order where it could be read.
impl Serialize for PlacedOrder {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        use serde::ser::SerializeStruct as _;

        let mut members = serializer.serialize_struct("PlacedOrder", 4)?;
        members.serialize_field("orderId", &self.order_id)?;
        members.serialize_field("externalOrderNumber", &self.external_order_number)?;
        members.serialize_field("correlationId", self.correlation_id())?;
        members.serialize_field("order", &self.order.as_ref().ok())?;
        members.end()
    }
}

/// Everything but the raw answer, which holds personal data.
impl fmt::Debug for PlacedOrder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PlacedOrder")
            .field("order_id", &self.order_id)
            .field("order", &self.order)
            .field("correlation_id", &self.correlation_id())
            .finish_non_exhaustive()
    }
}
