//! Was it carried out? The one place that answers, for every write and for confirmations.

use http::StatusCode;
use mobproc_api::types::TransactionType;

use super::order_view::{NumberMatch, OrderView, compare_numbers};
use super::send::Exchange;
use crate::error::{Clean, Dispatch, Error, read_failures};

/// What a request was to bring about, as far as an answer can be held against it.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Expected<'a> {
    /// An order of this kind, with this external order number.
    Order {
        transaction_type: &'a TransactionType,
        external_order_number: &'a str,
    },
    /// A confirmation, and no order.
    Confirmation,
    /// As [`Success`](Self::Success), but no order: a confirmation of which nothing else is known.
    RawConfirmation,
    /// Something whose success the status alone tells.
    Success,
}

/// The answer to the question.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// Certainly not carried out: it was never sent, or refused.
    NotCarriedOut,
    /// Carried out. Of an order, the answer names it and agrees with what was sent.
    CarriedOut,
    /// Nobody knows, for this reason if it is not plain from the status or the error.
    Unknown(Option<&'static str>),
}

/// Statuses that say, without an order in the body, that a write was not carried out.
///
/// 409 is not among them: it may mean that the order exists already. Nor is 408, which says only
/// that the server stopped waiting, nor any status of a server or gateway in trouble.
const REFUSALS: [StatusCode; 15] = [
    StatusCode::BAD_REQUEST,
    StatusCode::UNAUTHORIZED,
    StatusCode::FORBIDDEN,
    StatusCode::NOT_FOUND,
    StatusCode::METHOD_NOT_ALLOWED,
    StatusCode::NOT_ACCEPTABLE,
    StatusCode::LENGTH_REQUIRED,
    StatusCode::PAYLOAD_TOO_LARGE,
    StatusCode::URI_TOO_LONG,
    StatusCode::UNSUPPORTED_MEDIA_TYPE,
    StatusCode::MISDIRECTED_REQUEST,
    StatusCode::UNPROCESSABLE_ENTITY,
    StatusCode::TOO_EARLY,
    StatusCode::TOO_MANY_REQUESTS,
    StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE,
];

/// Judges how a call ended.
pub(crate) fn judge(exchange: &Exchange, expected: Expected<'_>) -> Outcome {
    match &exchange.answer {
        Err(error) => match error.dispatch() {
            Dispatch::NotSent => Outcome::NotCarriedOut,
            _ => {
                let holds_order = error.body().is_some_and(|body| OrderView::read(body).holds_order);
                match expected {
                    // Without an answer a confirmation has ordered nothing; part of one may say
                    // otherwise.
                    Expected::Confirmation if !holds_order => Outcome::NotCarriedOut,
                    _ => Outcome::Unknown(None),
                }
            }
        },
        Ok(raw) => judge_answer(raw.status, &OrderView::read(&raw.body), expected),
    }
}

fn judge_answer(status: StatusCode, view: &OrderView, expected: Expected<'_>) -> Outcome {
    // A proxy's refusal: the request never reached the server.
    let is_refusal = REFUSALS.contains(&status) || status == StatusCode::PROXY_AUTHENTICATION_REQUIRED;
    match expected {
        _ if view.holds_order && !status.is_success() => {
            Outcome::Unknown(Some("the answer reports a failure and holds an order"))
        }
        Expected::Order {
            transaction_type,
            external_order_number,
        } => {
            if view.holds_order {
                agreement(view, transaction_type, external_order_number)
            } else if is_refusal || (status.is_success() && view.says_error) {
                Outcome::NotCarriedOut
            } else if status.is_success() {
                Outcome::Unknown(Some("the answer to placing an order names no order"))
            } else {
                Outcome::Unknown(None)
            }
        }
        Expected::Confirmation | Expected::RawConfirmation if view.holds_order => Outcome::Unknown(Some(
            "the answer to a confirmation holds an order, so something may have been ordered",
        )),
        // A confirmation orders nothing, whatever else goes wrong.
        Expected::Confirmation if status.is_success() && !view.says_error => Outcome::CarriedOut,
        Expected::Confirmation => Outcome::NotCarriedOut,
        Expected::Success | Expected::RawConfirmation if status.is_success() => Outcome::CarriedOut,
        Expected::Success | Expected::RawConfirmation if is_refusal => Outcome::NotCarriedOut,
        Expected::Success | Expected::RawConfirmation => Outcome::Unknown(None),
    }
}

/// Whether the order is the one that was sent.
fn agreement(view: &OrderView, sent_type: &TransactionType, sent_number: &str) -> Outcome {
    if view.says_error {
        return Outcome::Unknown(Some("the answer says ERROR and holds an order"));
    }
    if view.order_id.is_none() {
        return Outcome::Unknown(Some("the answer to placing an order names no order"));
    }
    let is_same_type = view
        .transaction_type
        .as_deref()
        .is_none_or(|shown| is_type_shown_for(sent_type, shown));
    if !is_same_type {
        return Outcome::Unknown(Some("the answer holds an order of another kind"));
    }
    match view
        .external_order_number
        .as_deref()
        .map(|shown| compare_numbers(sent_number, shown))
    {
        Some(NumberMatch::Other) => {
            Outcome::Unknown(Some("the answer holds an order of another external order number"))
        }
        Some(NumberMatch::Same | NumberMatch::Cut) | None => Outcome::CarriedOut,
    }
}

/// Whether an order that was sent as one kind may be shown as another.
fn is_type_shown_for(sent: &TransactionType, shown: &str) -> bool {
    let shown = TransactionType::from(shown.trim().to_ascii_uppercase());
    let shown = shown.meant();
    // A transfer that ports comes back as the port.
    shown == sent.meant()
        || (*sent == TransactionType::XferServiceInAndPort && *shown == TransactionType::PortNumber)
        || shown.as_str().eq_ignore_ascii_case(sent.as_str())
}

impl Exchange {
    /// The error that a call ended with which was not carried out, or of which nobody knows.
    pub(crate) fn into_error(self, outcome: Outcome) -> Error {
        let Self {
            answer,
            call,
            retry_after,
        } = self;
        let error = match answer {
            Err(error) => error,
            Ok(raw) => {
                let failures = read_failures(&raw.body);
                let error = match outcome {
                    Outcome::Unknown(Some(reason)) => {
                        let what = match OrderView::read(&raw.body).order_id {
                            Some(id) => format!("{reason} (order id {})", Clean(&id)),
                            None => reason.to_owned(),
                        };
                        Error::unexpected(what).with_failures(failures)
                    }
                    _ if raw.status.is_success() => Error::rejected("the order was not accepted", failures),
                    _ => Error::status_error(raw.status, failures),
                };
                let error = error
                    .with_retry_after(retry_after)
                    .with_answer(raw.status, raw.body);
                // Of a write nobody has tried another token yet.
                if error.is_authentication() && call.attempts == 1 {
                    error.with_advice(
                        "Nothing was done. The access token may just have ended: send the same again, and \
                         another is fetched first; if that is refused too, check the credentials",
                    )
                } else {
                    error
                }
            }
        };
        let error = error.with_call(call);
        match outcome {
            Outcome::Unknown(_) => error.into_outcome_unknown(),
            Outcome::NotCarriedOut | Outcome::CarriedOut => error,
        }
    }
}

#[cfg(test)]
mod tests {
    use http::{HeaderMap, StatusCode};
    use mobproc_api::types::TransactionType;

    use mobproc_api::operations;

    use super::{Expected, OrderView, Outcome, judge, judge_answer};
    use crate::error::{CallFacts, Error, ErrorKind};
    use crate::transport::Exchange;
    use crate::transport::send::RawAnswer;

    const SENT: Expected<'_> = Expected::Order {
        transaction_type: &TransactionType::Suspend,
        external_order_number: "LF-2030-0042",
    };

    fn judged(status: u16, body: &str, expected: Expected<'_>) -> Outcome {
        let status = StatusCode::from_u16(status).unwrap();
        judge_answer(status, &OrderView::read(body.as_bytes()), expected)
    }

    fn is_unknown(outcome: Outcome) -> bool {
        matches!(outcome, Outcome::Unknown(_))
    }

    #[test]
    fn only_listed_statuses_say_that_nothing_was_done() {
        let refusals = [
            400, 401, 403, 404, 405, 406, 407, 411, 413, 414, 415, 421, 422, 425, 429, 431,
        ];
        for status in 300..600 {
            for expected in [SENT, Expected::Success, Expected::RawConfirmation] {
                let outcome = judged(status, "{}", expected);
                if refusals.contains(&status) {
                    assert_eq!(outcome, Outcome::NotCarriedOut, "{status}");
                } else {
                    assert!(is_unknown(outcome), "{status}: {outcome:?}");
                }
            }
            // A confirmation orders nothing.
            assert_eq!(judged(status, "", Expected::Confirmation), Outcome::NotCarriedOut);
        }
    }

    #[test]
    fn an_answer_that_holds_an_order_is_never_a_harmless_failure() {
        for body in [
            r#"{"order":{"orderId":"8001"}}"#,
            r#"{"order":{}}"#,
            r#"{"order":["8001"]}"#,
            r#"{"order":"8001"}"#,
            r#"{"orderId":"8001"}"#,
            r#"{"orderId":8001}"#,
            r#"{"status":"ERROR","order":{"orderId":"8001"}}"#,
            // Cut off.
            r#"{"order":{"orderId":"80"#,
            r#"{"order":{"#,
        ] {
            for status in [400, 401, 404, 407, 409, 429, 500, 503] {
                for expected in [SENT, Expected::Confirmation, Expected::Success] {
                    assert!(is_unknown(judged(status, body, expected)), "{status} {body}");
                }
            }
            for expected in [Expected::Confirmation, Expected::RawConfirmation] {
                assert!(is_unknown(judged(200, body, expected)), "{body}");
            }
        }
    }

    #[test]
    fn an_order_that_agrees_was_placed() {
        for body in [
            r#"{"order":{"orderId":"8001"}}"#,
            r#"{"order":{"orderId":8001}}"#,
            r#"{"status":"SUCCESS","order":{"orderId":"8001","externalOrderNumber":"LF-2030-0042","transactionType":"SUSPEND"}}"#,
            r#"{"order":{"orderId":"8001","externalOrderNumber":" lf-2030-0042 ","transactionType":"suspend"}}"#,
            // Cut to a column's width.
            r#"{"order":{"orderId":"8001","externalOrderNumber":"LF-2030-"}}"#,
            r#"{"order":{"orderId":"8001","externalOrderNumber":" "}}"#,
            // What does not decode as a type is no reason to doubt it.
            r#"{"order":{"orderId":"8001","accountHolder":7,"orderSegments":"x"}}"#,
        ] {
            assert_eq!(judged(200, body, SENT), Outcome::CarriedOut, "{body}");
            assert_eq!(judged(201, body, SENT), Outcome::CarriedOut, "{body}");
        }
        let ported = Expected::Order {
            transaction_type: &TransactionType::XferServiceInAndPort,
            external_order_number: "X",
        };
        let body = r#"{"order":{"orderId":"8001","transactionType":"PORT_NUMBER"}}"#;
        assert_eq!(judged(200, body, ported), Outcome::CarriedOut);
        let swap = Expected::Order {
            transaction_type: &TransactionType::SwapDevices,
            external_order_number: "X",
        };
        let body = r#"{"order":{"orderId":"8001","transactionType":"SWAP_DEVICE"}}"#;
        assert_eq!(judged(200, body, swap), Outcome::CarriedOut);
    }

    #[test]
    fn an_order_that_disagrees_is_somebody_elses() {
        for body in [
            "",
            "{}",
            "<html></html>",
            r#"{"status":"SUCCESS"}"#,
            r#"{"order":{}}"#,
            r#"{"order":{"orderId":""}}"#,
            r#"{"order":{"orderId":"  "}}"#,
            r#"{"order":{"orderId":["8001"]}}"#,
            r#"{"order":{"orderId":"8001","transactionType":"DEACTIVATE"}}"#,
            r#"{"order":{"orderId":"8001","transactionType":"PORT_NUMBER"}}"#,
            r#"{"order":{"orderId":"8001","externalOrderNumber":"LF-2030-0043"}}"#,
            r#"{"order":{"orderId":"8001","externalOrderNumber":"LF-2030-00421"}}"#,
            // Too little is left of it.
            r#"{"order":{"orderId":"8001","externalOrderNumber":"LF-2030"}}"#,
            r#"{"status":"ERROR","order":{"orderId":"8001"}}"#,
        ] {
            assert!(is_unknown(judged(200, body, SENT)), "{body}");
        }
    }

    #[test]
    fn a_success_that_says_error_and_holds_no_order_is_a_refusal() {
        for body in [
            r#"{"status":"ERROR"}"#,
            r#"{"status":"error ","errors":[{"message":"x"}]}"#,
            r#"{"status":"ERROR","order":null}"#,
        ] {
            assert_eq!(judged(200, body, SENT), Outcome::NotCarriedOut, "{body}");
            assert_eq!(judged(200, body, Expected::Confirmation), Outcome::NotCarriedOut);
        }
    }

    #[test]
    fn a_call_without_a_whole_answer_is_judged_by_how_far_it_got() {
        let ended = |error: Error| Exchange {
            answer: Err(error),
            call: CallFacts {
                operation: &operations::ORDER_CREATE,
                correlation_id: "c".to_owned(),
                attempts: 1,
                is_base_url_odd: false,
            },
            retry_after: None,
        };
        let not_sent = || ended(Error::configuration("x"));
        let lost = || ended(Error::answer_too_large(1));
        let lost_after =
            |body: &'static str| ended(Error::answer_too_large(1).with_answer(StatusCode::OK, body.into()));
        for expected in [
            SENT,
            Expected::Confirmation,
            Expected::RawConfirmation,
            Expected::Success,
        ] {
            assert_eq!(
                judge(&not_sent(), expected),
                Outcome::NotCarriedOut,
                "{expected:?}"
            );
            // A confirmation orders nothing, unless what came of its answer says otherwise.
            let is_confirmation = matches!(expected, Expected::Confirmation);
            for exchange in [lost(), lost_after("{\"orderConf")] {
                let expectation = if is_confirmation {
                    Outcome::NotCarriedOut
                } else {
                    Outcome::Unknown(None)
                };
                assert_eq!(judge(&exchange, expected), expectation, "{expected:?}");
            }
            let exchange = lost_after("{\"order\":{\"orderId\":\"80");
            assert!(is_unknown(judge(&exchange, expected)), "{expected:?}");
        }
    }

    #[test]
    fn every_answer_without_an_order_has_its_meaning() {
        use Expected::{Confirmation, RawConfirmation, Success};
        use Outcome::{CarriedOut, NotCarriedOut, Unknown};

        let names_none = Unknown(Some("the answer to placing an order names no order"));
        let fine = r#"{"status":"SUCCESS"}"#;
        let error = r#"{"status":"ERROR"}"#;
        // What is answered; what that says of an order, a confirmation, a raw one, another write.
        let table = [
            (200, fine, names_none, CarriedOut, CarriedOut, CarriedOut),
            (204, "", names_none, CarriedOut, CarriedOut, CarriedOut),
            (200, error, NotCarriedOut, NotCarriedOut, CarriedOut, CarriedOut),
            (
                400,
                error,
                NotCarriedOut,
                NotCarriedOut,
                NotCarriedOut,
                NotCarriedOut,
            ),
            (
                404,
                "",
                NotCarriedOut,
                NotCarriedOut,
                NotCarriedOut,
                NotCarriedOut,
            ),
            (
                407,
                "",
                NotCarriedOut,
                NotCarriedOut,
                NotCarriedOut,
                NotCarriedOut,
            ),
            (
                302,
                "",
                Unknown(None),
                NotCarriedOut,
                Unknown(None),
                Unknown(None),
            ),
            (
                409,
                error,
                Unknown(None),
                NotCarriedOut,
                Unknown(None),
                Unknown(None),
            ),
            (
                500,
                error,
                Unknown(None),
                NotCarriedOut,
                Unknown(None),
                Unknown(None),
            ),
        ];
        for (status, body, order, confirmation, raw, other) in table {
            for (expected, outcome) in [
                (SENT, order),
                (Confirmation, confirmation),
                (RawConfirmation, raw),
                (Success, other),
            ] {
                assert_eq!(
                    judged(status, body, expected),
                    outcome,
                    "{status} {body} {expected:?}"
                );
            }
        }
    }

    /// What an answer of this status becomes, after so many attempts.
    fn error_of(status: u16, body: &'static str, attempts: u32, outcome: Outcome) -> Error {
        let exchange = Exchange {
            answer: Ok(RawAnswer {
                status: StatusCode::from_u16(status).unwrap(),
                headers: HeaderMap::new(),
                body: body.into(),
            }),
            call: CallFacts {
                operation: &operations::ORDER_CREATE,
                correlation_id: "c".to_owned(),
                attempts,
                is_base_url_odd: false,
            },
            retry_after: None,
        };
        exchange.into_error(outcome)
    }

    #[test]
    fn an_error_says_what_was_answered() {
        let refused = r#"{"status":"ERROR","errors":[{"errorCode":"400-x","message":"No such plan."}]}"#;
        let error = error_of(200, refused, 1, Outcome::NotCarriedOut);
        assert_eq!((error.kind(), error.status()), (ErrorKind::Rejected, Some(200)));
        assert!(
            error.to_string().contains("the order was not accepted"),
            "{error}"
        );
        let error = error_of(400, refused, 1, Outcome::NotCarriedOut);
        assert_eq!(error.status(), Some(400));
        assert!(
            !error.to_string().contains("the order was not accepted"),
            "{error}"
        );
        let placed = r#"{"order":{"orderId":"8001"}}"#;
        let error = error_of(500, placed, 1, Outcome::Unknown(Some("odd")));
        assert!(error.to_string().contains("odd (order id 8001)"), "{error}");
    }

    /// A token may have just ended; that a second one is refused too says something else.
    #[test]
    fn the_first_refused_token_is_no_reason_to_doubt_the_credentials() {
        let advises = |status, attempts| {
            let error = error_of(status, "", attempts, Outcome::NotCarriedOut);
            error.to_string().contains("The access token may just have ended")
        };
        assert!(advises(401, 1));
        assert!(!advises(401, 2));
        assert!(!advises(400, 1));
        assert!(!advises(500, 2));
    }
}
