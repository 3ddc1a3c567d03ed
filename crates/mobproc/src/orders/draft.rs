//! An order as it will be sent.

use std::fmt;
use std::sync::OnceLock;

use bytes::Bytes;
use mobproc_api::types::{OrderRequest, OrderRequestEnvelope, TransactionType};
use serde_json::{Value, json};

use super::rules;
use super::violation::Violations;
use crate::error::Error;

const ENVELOPE: &str = "orderRequest";
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
    request: OrderRequestEnvelope,
    /// Where it was read from one, because that may hold more than the type; else made when
    /// somebody asks for it.
    document: OnceLock<Value>,
    /// What is sent is the document, not the type.
    is_read: bool,
    skip_checks: bool,
}

impl PartialEq for OrderDraft {
    fn eq(&self, other: &Self) -> bool {
        self.skip_checks == other.skip_checks && self.as_value() == other.as_value()
    }
}

impl OrderDraft {
    /// An order from a JSON document, with or without the `orderRequest` around it. Members this
    /// version does not know are kept and sent.
    ///
    /// # Errors
    ///
    /// The text is not valid JSON, or not an order; the message says where.
    pub fn from_json(text: &str) -> Result<Self, Error> {
        let document = serde_json::from_str(text)
            .map_err(|error| Error::invalid_order("the order is not valid JSON").with_json(&error))?;
        Self::from_value(document)
    }

    /// An order from a JSON value, as [`from_json`](Self::from_json).
    ///
    /// # Errors
    ///
    /// The value is not an order; the message says where.
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
        if self.external_order_number().trim().is_empty() {
            self.with_external_order_number(made_up_number())
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
        let request = OrderRequestEnvelope::new(request);
        Self {
            request,
            document: OnceLock::new(),
            is_read: false,
            skip_checks: false,
        }
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
        assert_eq!(order.as_value().to_string(), text);
        let bare =
            OrderDraft::from_json(r#"{"serviceId":"1001","somethingNew":[1],"transactionType":"SUSPEND"}"#)
                .unwrap();
        assert_eq!(bare, order);
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
