//! An order to be sent.

use std::fmt;
use std::sync::OnceLock;

use bytes::Bytes;
use mobproc_api::types::{OrderRequest, OrderRequestEnvelope, TransactionType};
use serde_json::{Value, json};

use crate::error::Error;
use crate::orders::builders::blank;
use crate::orders::check::{self, Severity, Violation};

const ENVELOPE: &str = "orderRequest";
const NUMBER: &str = "externalOrderNumber";

/// An order as it will be sent: a JSON document, whole, and its known members as a type.
#[derive(Clone)]
pub struct Order {
    request: OrderRequestEnvelope,
    /// Where it was read from one, because that may hold more than the type; else made when somebody asks for it.
    document: OnceLock<Value>,
    /// What is sent is the document, not the type.
    is_read: bool,
    skip_checks: bool,
}

impl PartialEq for Order {
    fn eq(&self, other: &Self) -> bool {
        self.skip_checks == other.skip_checks && self.as_value() == other.as_value()
    }
}

impl Order {
    /// An order from a JSON document, with or without the `orderRequest` around it. Members this version does not know are
    /// kept and sent.
    ///
    /// # Errors
    ///
    /// The text is no JSON, or no order; the message says where.
    pub fn from_json(text: &str) -> Result<Self, Error> {
        let document = serde_json::from_str(text)
            .map_err(|error| Error::invalid_order("the order is no JSON").with_json(&error))?;
        Self::from_value(document)
    }

    /// An order from a JSON value, as [`from_json`](Self::from_json).
    ///
    /// # Errors
    ///
    /// The value is no order; the message says where.
    pub fn from_value(mut document: Value) -> Result<Self, Error> {
        if document.get(ENVELOPE).is_none() {
            document = json!({ ENVELOPE: document });
        }
        let request = serde_path_to_error::deserialize(&document).map_err(|error| {
            let path = error.path().to_string();
            Error::invalid_order(format!("the order cannot be read at {path}")).with_json(error.inner())
        })?;
        Ok(Self {
            request,
            document: document.into(),
            is_read: true,
            skip_checks: false,
        })
    }

    /// The order as a type, without members this version does not know.
    #[must_use]
    pub fn request(&self) -> &OrderRequestEnvelope {
        &self.request
    }

    /// The order as it will be sent.
    #[must_use]
    pub fn as_value(&self) -> &Value {
        self.document.get_or_init(|| json!(self.request))
    }

    /// The kind of order.
    #[must_use]
    pub fn transaction_type(&self) -> &TransactionType {
        &self.request.order_request.transaction_type
    }

    /// The caller's own number for the order; empty if none was given yet.
    #[must_use]
    pub fn external_order_number(&self) -> &str {
        self.request
            .order_request
            .external_order_number
            .as_deref()
            .unwrap_or_default()
    }

    /// The same order with this number of the caller's own, by which it can be found again.
    #[must_use]
    pub fn with_external_order_number(mut self, number: impl Into<String>) -> Self {
        let number = number.into();
        let document = self.document.get_mut();
        if let Some(members) = document.and_then(|document| document.get_mut(ENVELOPE)?.as_object_mut()) {
            members.insert(NUMBER.to_owned(), Value::from(number.clone()));
        }
        self.request.order_request.external_order_number = Some(number);
        self
    }

    /// Everything that is wrong with the order, or looks wrong, without asking the server.
    #[must_use]
    pub fn check(&self) -> Vec<Violation> {
        check::check(&self.request.order_request)
    }

    /// The same order, sent even if [`check`](Self::check) finds errors.
    #[must_use]
    pub fn unchecked(mut self) -> Self {
        self.skip_checks = true;
        self
    }

    /// The order, unless something is certainly wrong with it.
    pub(crate) fn checked(&self) -> Result<(), Error> {
        if self.skip_checks {
            return Ok(());
        }
        let errors: Vec<String> = self
            .check()
            .iter()
            .filter(|violation| violation.severity == Severity::Error)
            .map(ToString::to_string)
            .collect();
        if errors.is_empty() {
            Ok(())
        } else {
            let what = format!("the order cannot be right: {}", errors.join("; "));
            Err(Error::invalid_order(what).with_order(self.clone()))
        }
    }

    /// The same order, with an external order number made up if it has none.
    ///
    /// Sending an order does this as well. Do it before, and write the number down, to be able to look for the order
    /// ([`Orders::reconcile`](crate::Orders::reconcile)) even if the program ends while it waits for the answer.
    #[must_use]
    pub fn numbered(self) -> Self {
        if self.external_order_number().trim().is_empty() {
            let number = format!("MP-{}", uuid::Uuid::new_v4().simple());
            self.with_external_order_number(number)
        } else {
            self
        }
    }

    /// The bytes to send.
    pub(crate) fn to_bytes(&self) -> Bytes {
        let bytes = if self.is_read {
            serde_json::to_vec(self.as_value())
        } else {
            serde_json::to_vec(&self.request)
        };
        bytes
            .expect("texts, whole numbers and flags, under names that are texts, can be JSON")
            .into()
    }

    /// Something to hand to the generated code, which would encode the order once more; the exact bytes are sent in its place.
    pub(crate) fn stand_in(&self) -> OrderRequestEnvelope {
        OrderRequestEnvelope {
            order_request: blank(self.transaction_type().clone()),
        }
    }
}

impl From<OrderRequest> for Order {
    fn from(request: OrderRequest) -> Self {
        let request = OrderRequestEnvelope {
            order_request: request,
        };
        Self {
            request,
            document: OnceLock::new(),
            is_read: false,
            skip_checks: false,
        }
    }
}

/// The known members, without personal data.
impl fmt::Debug for Order {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Order").field(&self.request.order_request).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::Order;

    #[test]
    fn unknown_members_are_kept() {
        let text = r#"{"orderRequest":{"serviceId":"1001","somethingNew":[1],"transactionType":"SUSPEND"}}"#;
        let order = Order::from_json(text).unwrap();
        assert_eq!(order.as_value().to_string(), text);
        let bare = Order::from_json(r#"{"serviceId":"1001","somethingNew":[1],"transactionType":"SUSPEND"}"#)
            .unwrap();
        assert_eq!(bare, order);
    }

    #[test]
    fn what_is_no_order_is_located() {
        let error = Order::from_json("{").unwrap_err();
        assert!(
            error.is_invalid_order() && error.to_string().contains("no JSON"),
            "{error}"
        );
        let error = Order::from_json(r#"{"transactionType":"SUSPEND","properties":[{"fields":[{"id":7}]}]}"#)
            .unwrap_err();
        assert!(
            error
                .to_string()
                .contains("orderRequest.properties[0].fields[0].id"),
            "{error}"
        );
        let error = Order::from_json("{}").unwrap_err();
        assert!(error.to_string().contains("transactionType"), "{error}");
    }

    #[test]
    fn an_order_without_a_number_gets_one_and_keeps_it() {
        let order = Order::from_json(r#"{"transactionType":"SUSPEND"}"#)
            .unwrap()
            .numbered();
        let number = order.external_order_number().to_owned();
        assert!(number.starts_with("MP-"));
        assert_eq!(order.clone().numbered().external_order_number(), number);
        assert!(order.as_value().to_string().contains(&number));
    }
}
