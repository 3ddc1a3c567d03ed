//! The one error type, and what it can tell.

use std::error::Error as StdError;
use std::fmt;
use std::time::Duration;

use bytes::Bytes;
use http::StatusCode;
use mobproc_api::Operation;

use crate::failure::Failure;
use crate::orders::{Confirmed, Order};
use crate::token::{TokenError, Trouble};

type Source = Box<dyn StdError + Send + Sync>;

/// What went wrong with a call, and how far it got.
///
/// There is one opaque type with questions to ask it, so that new kinds of failure break nobody. Printing it (`Display`) alone
/// is enough to act on: it says what happened to which call, and what to do next. It never holds secrets. Personal data is only in
/// [`body`](Self::body), the server's raw answer, unless the server repeats some in the message of a [`Failure`].
///
/// The most important question after a failed write is [`delivery`](Self::delivery): whether the server may have
/// carried it out.
pub struct Error(Box<Inner>);

struct Inner {
    kind: Kind,
    what: String,
    call: Option<CallFacts>,
    delivery: Delivery,
    status: Option<StatusCode>,
    failures: Vec<Failure>,
    body: Option<Bytes>,
    json_path: Option<String>,
    detail: Option<String>,
    external_order_number: Option<String>,
    retry_after: Option<Duration>,
    source: Option<Source>,
    unsent: Option<Unsent>,
}

/// What was to be sent and was not.
enum Unsent {
    Order(Box<Order>),
    Confirmed(Box<Confirmed>),
}

/// Which call it was.
#[derive(Debug, Clone)]
pub(crate) struct CallFacts {
    pub(crate) operation: &'static Operation,
    pub(crate) correlation_id: String,
    pub(crate) attempts: u32,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Configuration,
    InvalidOrder,
    Token,
    TokenUnavailable,
    Connect,
    Timeout,
    Transport,
    Status,
    Rejected,
    Decode,
    Unexpected,
    OutcomeUnknown,
}

/// How far a request got.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Delivery {
    /// It never left: nothing was done, and it can be sent again.
    NotSent,
    /// It may have reached the server, which may have carried it out.
    MaybeSent,
    /// The server answered.
    Answered,
}

impl Error {
    fn new(kind: Kind, what: impl Into<String>, delivery: Delivery) -> Self {
        Self(Box::new(Inner {
            kind,
            what: what.into(),
            call: None,
            delivery,
            status: None,
            failures: Vec::new(),
            body: None,
            json_path: None,
            detail: None,
            external_order_number: None,
            retry_after: None,
            source: None,
            unsent: None,
        }))
    }

    pub(crate) fn configuration(what: impl Into<String>) -> Self {
        Self::new(Kind::Configuration, what, Delivery::NotSent)
    }

    pub(crate) fn invalid_order(what: impl Into<String>) -> Self {
        Self::new(Kind::InvalidOrder, what, Delivery::NotSent)
    }

    /// The credentials or the token were refused, so the call was not made.
    pub(crate) fn token(what: impl Into<String>) -> Self {
        Self::new(Kind::Token, what, Delivery::NotSent)
    }

    /// The token server is not there or in trouble, so the call was not made.
    pub(crate) fn token_unavailable(what: impl Into<String>) -> Self {
        Self::new(Kind::TokenUnavailable, what, Delivery::NotSent)
    }

    pub(crate) fn no_token(error: TokenError) -> Self {
        let what = "no access token could be had";
        let after = error.asks_to_wait();
        match error.trouble() {
            Trouble::Refused => Self::token(what),
            Trouble::Useless | Trouble::Passing => Self::token_unavailable(what),
        }
        .with_retry_after(after)
        .with_source(error)
    }

    pub(crate) fn unexpected(what: impl Into<String>) -> Self {
        Self::new(Kind::Unexpected, what, Delivery::Answered)
    }

    pub(crate) fn rejected(failures: Vec<Failure>) -> Self {
        let mut error = Self::new(Kind::Rejected, "the order was not accepted", Delivery::Answered);
        error.0.failures = failures;
        error
    }

    pub(crate) fn status_error(status: StatusCode, failures: Vec<Failure>) -> Self {
        let mut error = Self::new(Kind::Status, "", Delivery::Answered);
        error.0.status = Some(status);
        error.0.failures = failures;
        error
    }

    pub(crate) fn decode(json_path: String, source: impl std::borrow::Borrow<serde_json::Error>) -> Self {
        let mut error = Self::new(Kind::Decode, "the answer could not be read", Delivery::Answered);
        error.0.json_path = Some(json_path);
        error.with_json(source.borrow())
    }

    /// From what the HTTP library says.
    pub(crate) fn transport(source: reqwest::Error) -> Self {
        let (kind, what, delivery) = if source.is_connect() {
            (Kind::Connect, "no connection could be made", Delivery::NotSent)
        } else if source.is_builder() {
            (
                Kind::Configuration,
                "the request could not be built",
                Delivery::NotSent,
            )
        } else if source.is_timeout() {
            (
                Kind::Timeout,
                "no complete answer came in time",
                Delivery::MaybeSent,
            )
        } else {
            (Kind::Transport, "the connection was lost", Delivery::MaybeSent)
        };
        let mut error = Self::new(kind, what, delivery);
        // The address stands in the configuration, and its query may name people.
        error.0.source = Some(Box::new(source.without_url()));
        error
    }

    pub(crate) fn transport_cut(what: &'static str) -> Self {
        Self::new(Kind::Transport, what, Delivery::MaybeSent)
    }

    /// What a JSON error says, without the value it stumbled over, which may be personal.
    pub(crate) fn with_json(mut self, source: &serde_json::Error) -> Self {
        let kind = match source.classify() {
            serde_json::error::Category::Eof => "it ends early",
            serde_json::error::Category::Syntax => "it is no JSON",
            serde_json::error::Category::Io | serde_json::error::Category::Data => "it is not as expected",
        };
        let text = source.to_string();
        // What is expected or missing is ours to say; what was found is not.
        let expected = ["expected ", "missing field "]
            .iter()
            .find_map(|word| text.rfind(word).and_then(|at| text.get(at..)))
            .map(|text| text.split(" at line").next().unwrap_or(text));
        let detail = match expected {
            Some(expected) => format!("{kind} ({expected})"),
            None => kind.to_owned(),
        };
        let place = if source.line() > 0 {
            format!(" at line {} column {}", source.line(), source.column())
        } else {
            String::new()
        };
        self.0.detail = Some(format!("{detail}{place}"));
        self
    }

    /// The same failure, of a call of which an earlier attempt may have reached the server.
    pub(crate) fn into_maybe_sent(mut self) -> Self {
        if self.0.delivery == Delivery::NotSent {
            self.0.delivery = Delivery::MaybeSent;
        }
        self
    }

    /// The same failure, of a write: it is not known whether it was carried out.
    pub(crate) fn into_outcome_unknown(mut self) -> Self {
        self.0.kind = Kind::OutcomeUnknown;
        if self.0.delivery == Delivery::NotSent {
            self.0.delivery = Delivery::MaybeSent;
        }
        self
    }

    pub(crate) fn with_call(mut self, call: CallFacts) -> Self {
        self.0.call = Some(call);
        self
    }

    pub(crate) fn with_answer(mut self, status: StatusCode, body: Bytes) -> Self {
        self.0.status = Some(status);
        self.0.body = Some(body);
        self
    }

    pub(crate) fn with_external_order_number(mut self, number: Option<String>) -> Self {
        self.0.external_order_number = number;
        self
    }

    pub(crate) fn with_retry_after(mut self, after: Option<Duration>) -> Self {
        self.0.retry_after = after;
        self
    }

    pub(crate) fn with_source(mut self, source: impl Into<Source>) -> Self {
        self.0.source = Some(source.into());
        self
    }

    /// Whether a write was certainly not carried out, so that what was to be sent can be handed back.
    fn left_nothing_behind(&self) -> bool {
        // A 4xx says that it was not carried out; 408 says only that the server stopped waiting.
        self.0.delivery == Delivery::NotSent
            || self.0.kind == Kind::Rejected
            || self.is_status(|status| status.is_client_error() && status != StatusCode::REQUEST_TIMEOUT)
    }

    /// Hands the order back if it was certainly not placed.
    pub(crate) fn with_order(mut self, order: Order) -> Self {
        if self.left_nothing_behind() {
            self.0.unsent = Some(Unsent::Order(Box::new(order)));
        }
        self
    }

    /// Hands the confirmation back if the order was certainly not placed.
    pub(crate) fn with_confirmed(mut self, confirmed: Confirmed) -> Self {
        if self.left_nothing_behind() {
            self.0.unsent = Some(Unsent::Confirmed(Box::new(confirmed)));
        }
        self
    }

    /// The order that was to be sent, if it certainly was not carried out.
    #[must_use]
    pub fn into_order(self) -> Option<Order> {
        match self.0.unsent? {
            Unsent::Order(order) => Some(*order),
            Unsent::Confirmed(confirmed) => Some(confirmed.order().clone()),
        }
    }

    /// The confirmation that was to be submitted, if the order certainly was not placed.
    #[must_use]
    pub fn into_confirmed(self) -> Option<Confirmed> {
        match self.0.unsent? {
            Unsent::Order(_) => None,
            Unsent::Confirmed(confirmed) => Some(*confirmed),
        }
    }

    pub(crate) fn kind(&self) -> Kind {
        self.0.kind
    }

    /// How far the request got: not sent, maybe sent, or answered.
    #[must_use]
    pub fn delivery(&self) -> Delivery {
        self.0.delivery
    }

    /// A setting is missing or malformed. Nothing was sent.
    ///
    /// # Troubleshooting
    ///
    /// The message names the setting; it never repeats a secret.
    #[must_use]
    pub fn is_configuration(&self) -> bool {
        self.0.kind == Kind::Configuration
    }

    /// The order cannot be sent as it is. Nothing was sent.
    ///
    /// # Troubleshooting
    ///
    /// The message lists everything that is wrong, with JSON pointers.
    #[must_use]
    pub fn is_invalid_order(&self) -> bool {
        self.0.kind == Kind::InvalidOrder
    }

    /// The server did not accept who is calling: the token server refused the credentials, or the answer was 401.
    ///
    /// # Troubleshooting
    ///
    /// Client id and secret belong to one environment; a production pair does not work on QA. The password and
    /// refresh grants have to be enabled for the client application one by one. A write that was answered 401 was not carried out.
    #[must_use]
    pub fn is_authentication(&self) -> bool {
        self.0.kind == Kind::Token || self.is_status(|status| status == StatusCode::UNAUTHORIZED)
    }

    /// The token server was not reached, is in trouble, or what answered is no token server. Nothing was sent to the API.
    ///
    /// # Troubleshooting
    ///
    /// This says nothing about the credentials. Check the token URL and the proxy, or try again later.
    #[must_use]
    pub fn is_token_unavailable(&self) -> bool {
        self.0.kind == Kind::TokenUnavailable
    }

    /// The server answered 403: the caller may not do this.
    ///
    /// # Troubleshooting
    ///
    /// Most often the tenant is not the client application's, or the authenticated user may not act for the employee in context.
    #[must_use]
    pub fn is_forbidden(&self) -> bool {
        self.is_status(|status| status == StatusCode::FORBIDDEN)
    }

    /// The server answered 404: there is no such resource, or this backend does not have it.
    #[must_use]
    pub fn is_not_found(&self) -> bool {
        self.is_status(|status| status == StatusCode::NOT_FOUND)
    }

    /// The server looked at the order, or another request, and did not accept it as it is. Nothing was ordered.
    ///
    /// A status of 4xx that no other question covers, most often 400; or an order's answer that lists failures.
    ///
    /// # Troubleshooting
    ///
    /// [`failures`](Self::failures) lists what the server found, most often a missing property: ask for the definitions.
    #[must_use]
    pub fn is_rejected(&self) -> bool {
        self.0.kind == Kind::Rejected
            || self.is_status(|status| {
                status.is_client_error()
                    && !matches!(
                        status,
                        StatusCode::UNAUTHORIZED
                            | StatusCode::FORBIDDEN
                            | StatusCode::NOT_FOUND
                            | StatusCode::REQUEST_TIMEOUT
                            | StatusCode::TOO_MANY_REQUESTS
                    )
            })
    }

    /// The server answered 429: too many calls. Nothing was done.
    ///
    /// # Troubleshooting
    ///
    /// [`retry_after`](Self::retry_after) has how long the server asks to wait, if it said. No limit is documented.
    #[must_use]
    pub fn is_rate_limited(&self) -> bool {
        self.is_status(|status| status == StatusCode::TOO_MANY_REQUESTS)
    }

    /// The server, or a gateway before it, answered 5xx. Only of what was safe to repeat: a write that ends so has an unknown outcome.
    ///
    /// # Troubleshooting
    ///
    /// Support can find the call by the [`correlation_id`](Self::correlation_id) and the occurrence ids of the
    /// [`failures`](Self::failures).
    #[must_use]
    pub fn is_server_error(&self) -> bool {
        self.is_status(|status| status.is_server_error())
    }

    /// The answer is none the documentation knows: a redirect that was not followed, or an answer to something else than what was asked.
    ///
    /// # Troubleshooting
    ///
    /// Check that the base URL is the API's and that no gateway answers in its place; [`body`](Self::body) has the answer.
    #[must_use]
    pub fn is_unexpected(&self) -> bool {
        self.0.kind == Kind::Unexpected
            || self.is_status(|status| !status.is_client_error() && !status.is_server_error())
    }

    fn is_status(&self, wanted: impl FnOnce(StatusCode) -> bool) -> bool {
        self.0.kind == Kind::Status && self.0.status.is_some_and(wanted)
    }

    /// No connection could be made, so nothing was sent; safe to try again, whatever it was.
    ///
    /// # Troubleshooting
    ///
    /// The message says why: name resolution, refusal, TLS. Check the base URL and the proxy.
    #[must_use]
    pub fn is_connect(&self) -> bool {
        self.0.kind == Kind::Connect
    }

    /// The connection was lost before a complete answer came. The server may have carried the request out.
    #[must_use]
    pub fn is_connection_lost(&self) -> bool {
        self.0.kind == Kind::Transport
    }

    /// No complete answer came in time, or the server answered 408 because it gave up waiting. It may have carried the request out.
    #[must_use]
    pub fn is_timeout(&self) -> bool {
        self.0.kind == Kind::Timeout || self.is_status(|status| status == StatusCode::REQUEST_TIMEOUT)
    }

    /// The answer came but could not be read.
    ///
    /// # Troubleshooting
    ///
    /// [`json_path`](Self::json_path) says where, [`body`](Self::body) has the answer. Please report it: the type is
    /// stricter than the API.
    #[must_use]
    pub fn is_decode(&self) -> bool {
        self.0.kind == Kind::Decode
    }

    /// A write ended without a clear answer: it may or may not have been carried out.
    ///
    /// # Troubleshooting
    ///
    /// Do not send it again. Look for the order by its [`external_order_number`](Self::external_order_number) first.
    #[must_use]
    pub fn is_outcome_unknown(&self) -> bool {
        self.0.kind == Kind::OutcomeUnknown
    }

    /// The operation, such as `order_create`.
    #[must_use]
    pub fn operation(&self) -> Option<&'static str> {
        self.0.call.as_ref().map(|call| call.operation.id)
    }

    /// The correlation id the call was sent with; support can find the call by it.
    #[must_use]
    pub fn correlation_id(&self) -> Option<&str> {
        self.0.call.as_ref().map(|call| call.correlation_id.as_str())
    }

    /// How many times the request was sent, or tried to be.
    #[must_use]
    pub fn attempts(&self) -> u32 {
        self.0.call.as_ref().map_or(0, |call| call.attempts)
    }

    /// The HTTP status, if the server answered.
    #[must_use]
    pub fn status(&self) -> Option<u16> {
        self.0.status.map(|status| status.as_u16())
    }

    /// What the server said about it: Tangoe's code, message and occurrence id. Usually one, several for an order.
    #[must_use]
    pub fn failures(&self) -> &[Failure] {
        &self.0.failures
    }

    /// The raw answer, if there was one, whatever it was. It may hold personal data.
    #[must_use]
    pub fn body(&self) -> Option<&Bytes> {
        self.0.body.as_ref()
    }

    /// Where in the answer reading it failed, such as `order.orderSegments.items[0].status`.
    #[must_use]
    pub fn json_path(&self) -> Option<&str> {
        self.0.json_path.as_deref()
    }

    /// The external order number of the order that was to be placed.
    #[must_use]
    pub fn external_order_number(&self) -> Option<&str> {
        self.0.external_order_number.as_deref()
    }

    /// How long the server asked to wait before trying again.
    #[must_use]
    pub fn retry_after(&self) -> Option<Duration> {
        self.0.retry_after
    }

    fn advice(&self) -> Option<String> {
        match self.0.kind {
            Kind::OutcomeUnknown => Some(match &self.0.external_order_number {
                Some(number) => format!(
                    "It may have been carried out: do not send it again before looking for external order number {number}"
                ),
                None => "It may have been carried out: look before sending it again".to_owned(),
            }),
            Kind::Status if self.0.status == Some(StatusCode::UNAUTHORIZED) => {
                Some("Check the credentials, and that they belong to this environment".to_owned())
            }
            Kind::TokenUnavailable => {
                Some("Nothing was sent, and nothing is said about the credentials; check the token URL, or try again later".to_owned())
            }
            Kind::Connect => Some("Nothing was sent; check the address, and try again".to_owned()),
            _ => None,
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let inner = &self.0;
        if let Some(call) = &inner.call {
            write!(
                f,
                "{} ({} {}): ",
                call.operation.id, call.operation.method, call.operation.path
            )?;
        }
        if inner.kind == Kind::OutcomeUnknown {
            f.write_str("the outcome is unknown: ")?;
        }
        f.write_str(&inner.what)?;
        if let Some(status) = inner.status {
            if !inner.what.is_empty() {
                f.write_str(", ")?;
            }
            write!(f, "the server answered {status}")?;
        }
        if let Some(path) = &inner.json_path {
            write!(f, ", at {path}")?;
        }
        if let Some(detail) = &inner.detail {
            write!(f, ": {detail}")?;
        }
        if let Some(source) = &inner.source {
            // Not in `source()` as well, or reports would print it twice.
            write!(f, ": {source}")?;
            let mut cause = source.source();
            while let Some(deeper) = cause {
                write!(f, ": {deeper}")?;
                cause = deeper.source();
            }
        }
        for failure in &inner.failures {
            write!(f, "; {failure}")?;
        }
        if let Some(call) = &inner.call {
            write!(f, " (correlation id {}", call.correlation_id)?;
            if call.attempts > 1 {
                write!(f, ", {} attempts", call.attempts)?;
            }
            f.write_str(")")?;
        }
        if let Some(advice) = self.advice() {
            write!(f, ". {advice}")?;
        }
        Ok(())
    }
}

/// Everything but the raw answer, which may hold personal data.
impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let inner = &self.0;
        f.debug_struct("Error")
            .field("kind", &inner.kind)
            .field("what", &inner.what)
            .field("call", &inner.call.as_ref().map(|call| call.operation.id))
            .field("correlation_id", &self.correlation_id())
            .field("attempts", &self.attempts())
            .field("delivery", &inner.delivery)
            .field("status", &self.status())
            .field("failures", &inner.failures)
            .field(
                "body",
                &inner.body.as_ref().map(|body| format!("[{} bytes]", body.len())),
            )
            .field("json_path", &inner.json_path)
            .field("external_order_number", &inner.external_order_number)
            .field("retry_after", &inner.retry_after)
            .field("source", &inner.source.as_ref().map(ToString::to_string))
            .finish()
    }
}

/// The cause stands in the message already, so `source()` gives none: reports that print the chain would print it twice.
impl StdError for Error {}
