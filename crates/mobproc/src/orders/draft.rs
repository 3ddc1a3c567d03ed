//! An order as it will be sent.

use std::fmt;
use std::sync::OnceLock;

use bytes::Bytes;
use mobproc_api::types::{OrderRequest, OrderRequestEnvelope, TransactionType};
use serde_json::value::to_raw_value;
use serde_json::{Value, json};

use super::rules;
use super::violation::Violations;
use super::written::{ENVELOPE, Written, doubled_member};
use crate::error::{Clean, Error};

const NUMBER: &str = "externalOrderNumber";

/// An order as it will be sent: a JSON document, whole, and its known members as a type.
///
/// There is a constructor for each of the twelve kinds of order, which returns a builder that
/// offers only what that kind can carry. The order that exists once it was placed is
/// [`types::Order`](crate::types::Order).
///
/// ```
/// use mobproc::OrderDraft;
///
/// let draft = OrderDraft::from_json(r#"{"transactionType": "SUSPEND", "serviceId": "1001"}"#)?;
/// assert!(draft.check().is_empty());
/// # Ok::<(), mobproc::Error>(())
/// ```
#[derive(Clone)]
pub struct OrderDraft {
    /// On the heap, because orders are moved from call to call.
    request: Box<OrderRequestEnvelope>,
    source: Source,
    /// The whole order as a value, made when somebody asks for it.
    value: OnceLock<Value>,
    skip_checks: bool,
}

/// What is sent.
#[derive(Clone)]
enum Source {
    /// The type.
    Typed,
    /// A value, which may hold more than the type.
    Value(Value),
    /// A text, which may hold more than a value.
    Text(Written),
}

/// By what is sent, each number by its value.
impl PartialEq for OrderDraft {
    fn eq(&self, other: &Self) -> bool {
        self.skip_checks == other.skip_checks && self.as_value() == other.as_value()
    }
}

impl OrderDraft {
    /// An order from a JSON text, with or without the `orderRequest` around it. It is sent as it
    /// was written, member by member and digit by digit, members this version does not know
    /// included.
    ///
    /// # Errors
    ///
    /// The text is not valid JSON, or not an order; the message says where. A member that stands
    /// twice in the same object is refused: one reader takes the first, another the last.
    pub fn from_json(text: &str) -> Result<Self, Error> {
        let malformed =
            |error: serde_json::Error| Error::invalid_order("the order is not valid JSON").with_json(&error);
        if let Some(pointer) = doubled_member(text).map_err(malformed)? {
            return Err(Error::invalid_order(format!(
                "the order holds a member twice, so it is not plain what is ordered: {}",
                Clean(&pointer)
            )));
        }
        let written = Written::read(text)
            .map_err(|error| Error::invalid_order("the order cannot be read").with_json(&error))?;
        let mut json = serde_json::Deserializer::from_str(text);
        let request = if written.has_envelope() {
            serde_path_to_error::deserialize(&mut json).map_err(|error| unreadable("", &error))
        } else {
            serde_path_to_error::deserialize(&mut json)
                .map(OrderRequestEnvelope::new)
                .map_err(|error| unreadable("orderRequest.", &error))
        };
        Ok(Self {
            request: Box::new(request?),
            source: Source::Text(written),
            value: OnceLock::new(),
            skip_checks: false,
        })
    }

    /// An order from a JSON value, as [`from_json`](Self::from_json). What is sent is what
    /// `serde_json` writes of the value: numbers of more than 15 digits, and trailing zeros, may
    /// have been lost when it was made.
    ///
    /// # Errors
    ///
    /// The value is not an order; the message says where.
    pub fn from_value(mut document: Value) -> Result<Self, Error> {
        if document.get(ENVELOPE).is_none() {
            document = json!({ ENVELOPE: document });
        }
        let request = serde_path_to_error::deserialize(&document).map_err(|error| unreadable("", &error))?;
        Ok(Self {
            request,
            source: Source::Value(document),
            value: OnceLock::new(),
            skip_checks: false,
        })
    }

    pub(super) fn of_type(request: Box<OrderRequestEnvelope>) -> Self {
        Self {
            request,
            source: Source::Typed,
            value: OnceLock::new(),
            skip_checks: false,
        }
    }

    /// The order as a type, without members this version does not know.
    #[must_use]
    pub fn request(&self) -> &OrderRequestEnvelope {
        &self.request
    }

    /// The order as a JSON value. Numbers of more than 15 digits may be rounded in it; what will be
    /// sent is [`to_json`](Self::to_json).
    #[must_use]
    pub fn as_value(&self) -> &Value {
        match &self.source {
            Source::Value(value) => value,
            Source::Typed => self.value.get_or_init(|| json!(self.request)),
            Source::Text(written) => self.value.get_or_init(|| json!(written)),
        }
    }

    /// The order as it will be sent, as JSON text. It holds personal data.
    #[must_use]
    pub fn to_json(&self) -> String {
        let text = match &self.source {
            Source::Typed => serde_json::to_string(&self.request),
            Source::Value(value) => serde_json::to_string(value),
            Source::Text(written) => serde_json::to_string(written),
        };
        text.expect("texts, numbers and flags, under names that are texts, can be JSON")
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
        match &mut self.source {
            Source::Typed => {}
            Source::Value(value) => {
                if let Some(members) = value.get_mut(ENVELOPE).and_then(Value::as_object_mut) {
                    members.insert(NUMBER.to_owned(), Value::from(number.clone()));
                }
            }
            Source::Text(written) => {
                written.set(NUMBER, to_raw_value(&number).expect("a text can be JSON"));
            }
        }
        self.value = OnceLock::new();
        self.request.order_request.external_order_number = Some(number);
        self
    }

    /// Everything that is wrong with the order, or looks wrong, without asking the server. Empty if
    /// nothing is.
    #[must_use]
    pub fn check(&self) -> Violations {
        rules::check(&self.request.order_request)
    }

    /// The same order, sent even if [`check`](Self::check) finds errors.
    #[must_use]
    pub fn skip_checks(mut self) -> Self {
        self.skip_checks = true;
        self
    }

    /// Everything that is wrong, if something certainly is.
    pub(crate) fn checked(&self) -> Result<(), Error> {
        // Without a number a lost order cannot be found again, whoever skips what.
        if self.request.order_request.external_order_number.is_some()
            && self.external_order_number().chars().all(char::is_whitespace)
        {
            return Err(Error::invalid_order(
                "the external order number is empty; leave it out to have one made up",
            ));
        }
        if self.skip_checks {
            return Ok(());
        }
        self.check().into_result().map_err(Error::from)
    }

    /// The same order, with an external order number made up if it has none.
    ///
    /// Confirming and submitting do this as well, and their futures tell the number before they are
    /// awaited. Write it down to be able to look for the order
    /// ([`Orders::reconcile`](crate::Orders::reconcile)) even if the program ends while it waits
    /// for the answer.
    #[must_use]
    pub fn numbered(self) -> Self {
        if self.request.order_request.external_order_number.is_none() {
            self.with_external_order_number(made_up_number())
        } else {
            self
        }
    }

    /// The bytes to send.
    pub(crate) fn to_bytes(&self) -> Bytes {
        self.to_json().into()
    }
}

/// An order that cannot be read, and where.
fn unreadable(prefix: &str, error: &serde_path_to_error::Error<serde_json::Error>) -> Error {
    let path = error.path().to_string();
    Error::invalid_order(format!("the order cannot be read at {prefix}{path}")).with_json(error.inner())
}

/// Digits and capitals that cannot be taken for one another.
const ALPHABET: [u8; 32] = *b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/// `MP-` and 17 characters: 85 bits of chance, which a column of 20 characters does not cut.
fn made_up_number() -> String {
    let uuid = uuid::Uuid::new_v4().as_u128();
    // Without the six bits that are the same in every UUID of this version.
    let mut chance = (uuid >> 80 << 62) | (uuid & ((1 << 62) - 1));
    let mut number = String::from("MP-");
    for _ in 0..17 {
        let digit = usize::try_from(chance % 32).unwrap_or_default();
        number.push(char::from(ALPHABET.get(digit).copied().unwrap_or(b'0')));
        chance /= 32;
    }
    number
}

impl From<OrderRequest> for OrderDraft {
    fn from(request: OrderRequest) -> Self {
        Self::of_type(Box::new(OrderRequestEnvelope::new(request)))
    }
}

/// The known members, without personal data.
impl fmt::Debug for OrderDraft {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("OrderDraft")
            .field(&self.request.order_request)
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::OrderDraft;
    use crate::error::ErrorKind;

    #[test]
    fn unknown_members_are_kept() {
        let text = r#"{"orderRequest":{"serviceId":"1001","somethingNew":[1],"transactionType":"SUSPEND"}}"#;
        let order = OrderDraft::from_json(text).unwrap();
        assert_eq!(order.to_json(), text);
        let bare =
            OrderDraft::from_json(r#"{"serviceId":"1001","somethingNew":[1],"transactionType":"SUSPEND"}"#)
                .unwrap();
        assert_eq!(bare, order);
        assert_eq!(bare.to_json(), text);
    }

    /// Issue 13, point 10: the last of them was taken, and the typed view may show the other.
    #[test]
    fn a_member_that_stands_twice_is_refused() {
        for (text, pointer) in [
            (
                r#"{"transactionType":"SUSPEND","transactionType":"DEACTIVATE"}"#,
                "/transactionType",
            ),
            (
                r#"{"orderRequest":{"transactionType":"UPGRADE","shoppingCart":{"quantity":1,"quantity":100}}}"#,
                "/orderRequest/shoppingCart/quantity",
            ),
            (
                r#"{"orderRequest":{"transactionType":"SUSPEND"},"orderRequest":{"transactionType":"DEACTIVATE"}}"#,
                "/orderRequest",
            ),
        ] {
            let error = OrderDraft::from_json(text).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::InvalidOrder);
            assert!(error.to_string().ends_with(pointer), "{error}");
        }
    }

    #[test]
    fn numbers_are_sent_as_they_were_written() {
        let text = r#"{"orderRequest":{"transactionType":"SUSPEND","a":12345678901234567890123456,"b":1.10,"externalOrderNumber":"N-1"}}"#;
        let order = OrderDraft::from_json(text).unwrap();
        assert_eq!(order.to_json(), text);
        let other = order.with_external_order_number("N-2");
        assert_eq!(other.to_json(), text.replace("N-1", "N-2"));
        assert_eq!(other.external_order_number(), "N-2");
        assert_eq!(other.as_value()["orderRequest"]["externalOrderNumber"], "N-2");
    }

    #[test]
    fn an_empty_number_is_refused_and_not_replaced() {
        let order = OrderDraft::from_json(r#"{"transactionType":"SUSPEND","serviceId":"1"}"#).unwrap();
        for empty in ["", " \t"] {
            let order = order.clone().with_external_order_number(empty).numbered();
            assert_eq!(order.external_order_number(), empty);
            for order in [order.clone(), order.skip_checks()] {
                let error = order.checked().unwrap_err();
                assert!(
                    error.to_string().contains("the external order number is empty"),
                    "{error}"
                );
            }
        }
        assert!(order.numbered().checked().is_ok());
    }

    #[test]
    fn a_text_that_is_not_an_order_is_located() {
        let error = OrderDraft::from_json("{").unwrap_err();
        assert!(
            error.kind() == ErrorKind::InvalidOrder && error.to_string().contains("not valid JSON"),
            "{error}"
        );
        let error =
            OrderDraft::from_json(r#"{"transactionType":"SUSPEND","properties":[{"fields":[{"id":7}]}]}"#)
                .unwrap_err();
        assert!(
            error
                .to_string()
                .contains("orderRequest.properties[0].fields[0].id"),
            "{error}"
        );
        let error = OrderDraft::from_json("{}").unwrap_err();
        assert!(error.to_string().contains("transactionType"), "{error}");
    }

    #[test]
    fn an_order_without_a_number_gets_one_and_keeps_it() {
        let order = OrderDraft::from_json(r#"{"transactionType":"SUSPEND"}"#)
            .unwrap()
            .numbered();
        let number = order.external_order_number().to_owned();
        assert!(number.starts_with("MP-"));
        // A column of 20 characters does not cut it.
        assert_eq!(number.chars().count(), 20);
        assert_eq!(order.clone().numbered().external_order_number(), number);
        assert!(order.as_value().to_string().contains(&number));
    }
}
