//! What an answer says about an order, read tolerantly.

use mobproc_api::types::OrderConfirmation;
use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::Value;

/// What stands in an answer that is not valid JSON where that holds an order. No confirmation has
/// either.
const MARKS: [&[u8]; 2] = [b"\"orderId\"", b"\"order\""];

/// The members of an answer that say something about an order. Everything else, such as a whole
/// confirmation, is passed over without being kept.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Members {
    #[serde(default)]
    status: Option<Value>,
    #[serde(default)]
    order: Option<Value>,
    #[serde(default)]
    order_id: Option<Value>,
    #[serde(default)]
    external_order_number: Option<Value>,
    #[serde(default)]
    transaction_type: Option<Value>,
}

/// What an answer says about an order, read tolerantly: a member elsewhere that does not decode
/// hides nothing.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct OrderView {
    /// There is an order in it, in whatever form.
    pub(crate) holds_order: bool,
    /// Its status says that the order was not accepted.
    pub(crate) says_error: bool,
    /// The order id. A blank one is none.
    pub(crate) order_id: Option<String>,
    /// The external order number. A blank one is none.
    pub(crate) external_order_number: Option<String>,
    /// The kind of order.
    pub(crate) transaction_type: Option<String>,
}

impl OrderView {
    /// Reads the body of any answer.
    pub(crate) fn read(body: &[u8]) -> Self {
        match serde_json::from_slice::<Members>(body) {
            Ok(members) => Self::of(&members),
            // Cut off or garbled: what it was about to say about an order counts.
            Err(_) => Self {
                holds_order: MARKS
                    .iter()
                    .any(|mark| body.windows(mark.len()).any(|part| part == *mark)),
                ..Self::default()
            },
        }
    }

    fn of(answer: &Members) -> Self {
        let says_error = answer
            .status
            .as_ref()
            .and_then(Value::as_str)
            .is_some_and(is_error);
        // `null` is absent already.
        let is_at_the_top = answer.order.is_none() && answer.order_id.is_some();
        let holds_order = answer.order.is_some() || is_at_the_top;
        let member = |name: &str, at_the_top: &Option<Value>| {
            let value = match &answer.order {
                Some(order) => order.get(name),
                None => at_the_top.as_ref().filter(|_| is_at_the_top),
            };
            let text = match value? {
                Value::String(text) => text.clone(),
                Value::Number(number) => number.to_string(),
                _ => return None,
            };
            (!text.trim().is_empty()).then_some(text)
        };
        Self {
            holds_order,
            says_error,
            order_id: member("orderId", &answer.order_id),
            external_order_number: member("externalOrderNumber", &answer.external_order_number),
            transaction_type: member("transactionType", &answer.transaction_type),
        }
    }
}

/// A successful answer to a confirmation as it should be. Of what speaks against that, the presence
/// is enough.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Confirmed {
    order_confirmation: Box<OrderConfirmation>,
    #[serde(default)]
    status: Option<String>,
    #[serde(default)]
    order: Option<IgnoredAny>,
    #[serde(default)]
    order_id: Option<IgnoredAny>,
    #[serde(default)]
    error_code: Option<IgnoredAny>,
}

/// The confirmation in the body of a successful answer, if that holds one and nothing to think
/// about: no order, no error, nothing unreadable.
///
/// It saves such an answer from being read twice, once for the view and once for what it holds.
pub(crate) fn plain_confirmation(body: &[u8]) -> Option<Box<OrderConfirmation>> {
    // Whether it is UTF-8 is looked at once, which is quicker than text by text.
    let answer: Confirmed = serde_json::from_str(str::from_utf8(body).ok()?).ok()?;
    let says_error = answer.status.as_deref().is_some_and(is_error);
    let is_plain =
        !says_error && answer.order.is_none() && answer.order_id.is_none() && answer.error_code.is_none();
    is_plain.then_some(answer.order_confirmation)
}

fn is_error(status: &str) -> bool {
    status.trim().eq_ignore_ascii_case("ERROR")
}

/// How an external order number that is shown compares with the one that was sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum NumberMatch {
    /// The same but for blanks and case.
    Same,
    /// The beginning of it, of eight characters or more.
    Cut,
    /// Another one.
    Other,
}

/// Characters of a number that was cut, from which on it still tells orders apart.
const SHORTEST_CUT: usize = 8;

/// Compares an external order number that is shown with one that was sent.
pub(crate) fn compare_numbers(sent: &str, shown: &str) -> NumberMatch {
    compare_plain(&plain_number(sent), &plain_number(shown))
}

/// A number without what servers change: case and blanks.
pub(crate) fn plain_number(number: &str) -> String {
    number
        .chars()
        .filter(|letter| !letter.is_whitespace())
        .flat_map(char::to_lowercase)
        .collect()
}

/// Compares numbers that are plain.
pub(crate) fn compare_plain(sent: &str, shown: &str) -> NumberMatch {
    if sent == shown {
        NumberMatch::Same
    } else if shown.chars().count() >= SHORTEST_CUT && sent.starts_with(shown) {
        NumberMatch::Cut
    } else {
        NumberMatch::Other
    }
}

#[cfg(test)]
mod tests {
    use super::{NumberMatch, OrderView, compare_numbers, plain_confirmation};

    /// Whatever is taken for a plain confirmation, a view takes for one as well.
    #[test]
    fn a_plain_confirmation_holds_no_order_and_no_error() {
        for plain in [
            r#"{"orderConfirmation":{}}"#,
            r#"{"status":"SUCCESS","orderConfirmation":{}}"#,
            r#"{"status":null,"order":null,"orderId":null,"errorCode":null,"orderConfirmation":{}}"#,
            r#"{"orderConfirmation":{"accountHolder":{"id":"5001"}},"_meta":{},"anything":[1]}"#,
        ] {
            assert!(plain_confirmation(plain.as_bytes()).is_some(), "{plain}");
            let view = OrderView::read(plain.as_bytes());
            assert!(!view.holds_order && !view.says_error, "{plain}");
        }
        for other in [
            "",
            "{}",
            "[]",
            r#"{"orderConfirmation":null}"#,
            r#"{"orderConfirmation":[]}"#,
            r#"{"orderConfirmation":{},"order":{}}"#,
            r#"{"orderConfirmation":{},"order":"8001"}"#,
            r#"{"orderConfirmation":{},"orderId":"8001"}"#,
            r#"{"orderConfirmation":{},"order\u0049d":"8001"}"#,
            r#"{"orderConfirmation":{},"orderId":""}"#,
            r#"{"orderConfirmation":{},"errorCode":"E-1"}"#,
            r#"{"orderConfirmation":{},"status":" error "}"#,
            r#"{"orderConfirmation":{},"status":7}"#,
            r#"{"orderConfirmation":{},"orderConfirmation":{}}"#,
            r#"{"orderConfirmation":{},"order":{"orderId":"8001"}"#,
            r#"{"orderConfirmation":{}}x"#,
            r#"{"orderConfirmation":{"accountHolder":{"id":7}}}"#,
        ] {
            assert!(plain_confirmation(other.as_bytes()).is_none(), "{other}");
        }
    }

    #[test]
    fn numbers_are_the_same_but_for_blanks_and_case() {
        for (sent, shown, expected) in [
            ("N-1", "N-1", NumberMatch::Same),
            ("N-1", "n-1 ", NumberMatch::Same),
            ("N 1", "N1", NumberMatch::Same),
            ("N-12", "N-1", NumberMatch::Other),
            ("N-1", "N-12", NumberMatch::Other),
            ("MP-ABCDEFGH", "MP-ABCDE", NumberMatch::Cut),
            ("MP-ABCDEFGH", "MP-ABCD", NumberMatch::Other),
            ("MP-ABCDEFGH", "ABCDEFGH", NumberMatch::Other),
        ] {
            assert_eq!(compare_numbers(sent, shown), expected, "{sent} {shown}");
        }
    }
}
