//! The one error type, and what it can tell.

mod connect;
mod failure;
mod text;
mod too_late;

use std::any::Any;
use std::error::Error as StdError;
use std::fmt;
use std::time::Duration;

use bytes::Bytes;
use http::StatusCode;
use mobproc_api::{Operation, RequestError};

pub(crate) use connect::Definite;
pub use failure::Failure;
pub(crate) use failure::read as read_failures;
pub(crate) use text::Clean;
pub(crate) use too_late::TooLate;

type Source = Box<dyn StdError + Send + Sync>;

/// Failures that a message lists; the rest is counted.
const MOST_FAILURES: usize = 20;

/// What went wrong with a call, and how far it got.
///
/// It is one opaque type with questions to ask it, so that new kinds of failure do not break
/// callers: [`kind`](Self::kind) says what went wrong, [`dispatch`](Self::dispatch) how far the
/// request got. Printing it (`Display`, and `Debug` too, so that a program can return it from
/// `main`) is enough to act on: it says what happened to which call, and what to do next. It never
/// holds secrets. Personal data is only in [`body`](Self::body), the server's raw answer, unless
/// the server repeats some in the message of a [`Failure`].
///
/// Writes have errors of their own, which say whether something was done:
/// [`OrderError`](crate::OrderError) and [`WriteError`](crate::WriteError). Both convert into this
/// one.
///
/// ```
/// # #[tokio::main]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let sandbox = mobproc_sandbox::Sandbox::start().await?;
/// # let of = sandbox.credentials().clone();
/// # let client = mobproc::Client::builder()
/// #     .base_url(sandbox.base_url())
/// #     .token_url(sandbox.token_url())
/// #     .tenant(of.tenant)
/// #     .credentials(mobproc::Credentials::bearer(of.client_id, sandbox.access_token()))
/// #     .build()?;
/// use mobproc::ErrorKind;
///
/// if let Err(error) = client.region("2001").await {
///     match error.kind() {
///         ErrorKind::NotFound => println!("there is no such region"),
///         _ => println!("{error}"), // what happened to which call, and what to do next
///     }
/// }
/// # Ok(()) }
/// ```
pub struct Error(Box<Inner>);

struct Inner {
    kind: ErrorKind,
    what: String,
    call: Option<CallFacts>,
    dispatch: Dispatch,
    status: Option<StatusCode>,
    failures: Vec<Failure>,
    body: Option<Bytes>,
    json_path: Option<String>,
    detail: Option<String>,
    external_order_number: Option<String>,
    retry_after: Option<Duration>,
    advice: Option<&'static str>,
    source: Option<Source>,
    attached: Vec<Box<dyn Any + Send + Sync>>,
}

/// Which call it was.
#[derive(Debug, Clone)]
pub(crate) struct CallFacts {
    pub(crate) operation: &'static Operation,
    pub(crate) correlation_id: String,
    pub(crate) attempts: u32,
    /// The base URL does not end as every published one does.
    pub(crate) is_base_url_odd: bool,
}

/// What went wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// A setting is missing or malformed. Nothing was sent. The message names the setting and never
    /// repeats a secret.
    Configuration,
    /// An argument cannot be sent, such as an id that would leave its place in the path. Nothing
    /// was sent. The message names the argument.
    InvalidArgument,
    /// The order cannot be sent as it is. Nothing was sent. The message lists everything that is
    /// wrong, with JSON pointers.
    InvalidOrder,
    /// The server did not accept who is calling: the token server refused the credentials, or the
    /// answer was 401.
    ///
    /// Client id and secret belong to one environment; a production pair does not work on QA. The
    /// password and refresh grants have to be enabled for the client application one by one.
    Authentication,
    /// The token server was not reached, is in trouble, or what answered is not a token server.
    /// Nothing was sent to the API. This says nothing about the credentials: check the token URL
    /// and the proxy, or try again later.
    TokenUnavailable,
    /// The server answered 403: the caller may not do this.
    ///
    /// Most often the tenant is not the client application's, or the authenticated user may not act
    /// for the employee in context.
    Forbidden,
    /// The server answered 404: there is no such resource, or this backend does not have it.
    NotFound,
    /// The server looked at the order, or another request, and did not accept it as it is: a status
    /// of 4xx that no other kind covers, most often 400, or an order's answer that lists failures.
    ///
    /// [`failures`](Error::failures) has what the server found, most often a missing property: ask
    /// for the definitions.
    Rejected,
    /// The server answered 429: too many calls. [`retry_after`](Error::retry_after) has how long
    /// the server asks to wait, if it said. No limit is documented.
    RateLimited,
    /// The server, or a gateway before it, answered 5xx to a request that is safe to repeat.
    ///
    /// Support can find the call by its [`correlation_id`](Error::correlation_id) and the
    /// occurrence ids of the [`failures`](Error::failures).
    ServerError,
    /// The documentation does not know such an answer: a redirect that was not followed, or an
    /// answer to something else than what was asked. Check that the base URL is the API's and that
    /// no gateway answers in its place.
    Unexpected,
    /// No connection could be made, so nothing was sent; safe to try again, whatever it was. The
    /// message says why: name resolution, refusal, TLS. Check the base URL and the proxy.
    Connect,
    /// The server's certificate was not accepted, so nothing was sent. It is not tried again: name
    /// the certificate authority with `root_certificate`, or check the address.
    Certificate,
    /// The proxy refused the connection for want of credentials (407), so nothing was sent. It is
    /// not tried again: check the proxy.
    ProxyRefused,
    /// It was not sent by the time that was set for it
    /// ([`ConfirmedOrder::submit_before`](crate::ConfirmedOrder::submit_before)), so nothing was
    /// done. It is not tried again.
    TooLate,
    /// The connection was lost before a complete answer came.
    ConnectionLost,
    /// No complete answer came in time, or the server answered 408 because it gave up waiting.
    Timeout,
    /// The answer is larger than `max_response_size` of the client allows, and was not read to its
    /// end. It is not asked for again: ask for smaller pages, or allow more.
    AnswerTooLarge,
    /// The answer could not be read. [`json_path`](Error::json_path) says where,
    /// [`body`](Error::body) has the answer. Please report it: the type is stricter than the API.
    Decode,
    /// A write ended without a clear answer: it may or may not have been carried out. **Do not send
    /// it again** before looking for what it was to do.
    OutcomeUnknown,
}

/// How far a request got.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Dispatch {
    /// It never left: nothing was done, and it can be sent again.
    NotSent,
    /// It may have reached the server, which may have carried it out.
    MaybeSent,
    /// The server answered.
    Answered,
}

impl Error {
    fn new(kind: ErrorKind, what: impl Into<String>, dispatch: Dispatch) -> Self {
        Self(Box::new(Inner {
            kind,
            what: what.into(),
            call: None,
            dispatch,
            status: None,
            failures: Vec::new(),
            body: None,
            json_path: None,
            detail: None,
            external_order_number: None,
            retry_after: None,
            advice: None,
            source: None,
            attached: Vec::new(),
        }))
    }

    pub(crate) fn configuration(what: impl Into<String>) -> Self {
        Self::new(ErrorKind::Configuration, what, Dispatch::NotSent)
    }

    pub(crate) fn invalid_argument(what: impl Into<String>) -> Self {
        Self::new(ErrorKind::InvalidArgument, what, Dispatch::NotSent)
    }

    pub(crate) fn invalid_order(what: impl Into<String>) -> Self {
        Self::new(ErrorKind::InvalidOrder, what, Dispatch::NotSent)
    }

    /// The credentials or the token were refused, so the call was not made.
    pub(crate) fn authentication(what: impl Into<String>) -> Self {
        Self::new(ErrorKind::Authentication, what, Dispatch::NotSent)
    }

    /// The token server is not there or in trouble, so the call was not made.
    pub(crate) fn token_unavailable(what: impl Into<String>) -> Self {
        Self::new(ErrorKind::TokenUnavailable, what, Dispatch::NotSent)
    }

    pub(crate) fn unexpected(what: impl Into<String>) -> Self {
        Self::new(ErrorKind::Unexpected, what, Dispatch::Answered)
    }

    pub(crate) fn rejected(what: &str, failures: Vec<Failure>) -> Self {
        Self::new(ErrorKind::Rejected, what, Dispatch::Answered).with_failures(failures)
    }

    /// The server answered with another status than 2xx.
    pub(crate) fn status_error(status: StatusCode, failures: Vec<Failure>) -> Self {
        let kind = match status {
            StatusCode::UNAUTHORIZED => ErrorKind::Authentication,
            StatusCode::FORBIDDEN => ErrorKind::Forbidden,
            StatusCode::NOT_FOUND => ErrorKind::NotFound,
            StatusCode::REQUEST_TIMEOUT => ErrorKind::Timeout,
            StatusCode::TOO_MANY_REQUESTS => ErrorKind::RateLimited,
            _ if status.is_client_error() => ErrorKind::Rejected,
            _ if status.is_server_error() => ErrorKind::ServerError,
            _ => ErrorKind::Unexpected,
        };
        let mut error = Self::new(kind, "", Dispatch::Answered);
        error.0.status = Some(status);
        error.0.failures = failures;
        if kind == ErrorKind::Authentication {
            error.0.advice = Some("Check the credentials, and that they belong to this environment");
        }
        error
    }

    pub(crate) fn decode(json_path: String, source: &serde_json::Error) -> Self {
        let mut error = Self::new(
            ErrorKind::Decode,
            "the answer could not be read",
            Dispatch::Answered,
        );
        error.0.json_path = Some(json_path);
        error.with_json(source)
    }

    /// From what the HTTP library says.
    pub(crate) fn transport(source: reqwest::Error) -> Self {
        let (kind, what, dispatch) = if TooLate::is_behind(&source) {
            (
                ErrorKind::TooLate,
                "it was not sent by the time that was set for it",
                Dispatch::NotSent,
            )
        } else if source.is_connect() {
            (
                ErrorKind::Connect,
                "no connection could be made",
                Dispatch::NotSent,
            )
        } else if source.is_builder() {
            (
                ErrorKind::Configuration,
                "the request could not be built",
                Dispatch::NotSent,
            )
        } else if source.is_timeout() {
            (
                ErrorKind::Timeout,
                "no complete answer came in time",
                Dispatch::MaybeSent,
            )
        } else {
            (
                ErrorKind::ConnectionLost,
                "the connection was lost",
                Dispatch::MaybeSent,
            )
        };
        let mut error = Self::new(kind, what, dispatch);
        if let Some(definite) = Definite::of(&source) {
            error.0.kind = match definite {
                Definite::Certificate => ErrorKind::Certificate,
                Definite::Proxy => ErrorKind::ProxyRefused,
            };
            definite.what().clone_into(&mut error.0.what);
            error.0.advice = Some(definite.advice());
        }
        // The address stands in the configuration, and its query may name people.
        error.0.source = Some(Box::new(source.without_url()));
        error
    }

    pub(crate) fn answer_too_large(limit: usize) -> Self {
        Self::new(
            ErrorKind::AnswerTooLarge,
            format!("the answer is larger than the limit of {limit} bytes (max_response_size)"),
            Dispatch::MaybeSent,
        )
    }

    /// What a JSON error says, without the value it stumbled over, which may be personal.
    pub(crate) fn with_json(mut self, source: &serde_json::Error) -> Self {
        let kind = match source.classify() {
            serde_json::error::Category::Eof => "it ends early",
            serde_json::error::Category::Syntax => "it is not valid JSON",
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
        if self.0.dispatch == Dispatch::NotSent {
            self.0.dispatch = Dispatch::MaybeSent;
        }
        self
    }

    /// The same failure, of a write: it is not known whether it was carried out.
    pub(crate) fn into_outcome_unknown(mut self) -> Self {
        self.0.kind = ErrorKind::OutcomeUnknown;
        self.0.advice = None;
        self.into_maybe_sent()
    }

    pub(crate) fn with_advice(mut self, advice: &'static str) -> Self {
        self.0.advice = Some(advice);
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

    pub(crate) fn with_failures(mut self, failures: Vec<Failure>) -> Self {
        self.0.failures = failures;
        self
    }

    pub(crate) fn with_external_order_number(mut self, number: &str) -> Self {
        self.0.external_order_number = Some(number.to_owned());
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

    /// Keeps something for whoever asks for it by its type.
    pub(crate) fn with_attached<T: Any + Send + Sync>(mut self, attached: T) -> Self {
        self.0.attached.push(Box::new(attached));
        self
    }

    pub(crate) fn attached<T: Any>(&self) -> Option<&T> {
        self.0
            .attached
            .iter()
            .find_map(|attached| attached.downcast_ref())
    }

    pub(crate) fn into_attached<T: Any>(self) -> Option<T> {
        let mut all = self.0.attached.into_iter();
        let attached = all.find_map(|attached| attached.downcast::<T>().ok())?;
        Some(*attached)
    }

    /// What went wrong.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        self.0.kind
    }

    /// How far the request got: not sent, maybe sent, or answered.
    #[must_use]
    pub fn dispatch(&self) -> Dispatch {
        self.0.dispatch
    }

    /// Whether a write ended without a clear answer: [`ErrorKind::OutcomeUnknown`].
    #[must_use]
    pub fn is_outcome_unknown(&self) -> bool {
        self.0.kind == ErrorKind::OutcomeUnknown
    }

    /// Whether the server did not accept who is calling: [`ErrorKind::Authentication`].
    #[must_use]
    pub fn is_authentication(&self) -> bool {
        self.0.kind == ErrorKind::Authentication
    }

    /// Whether there is no such resource: [`ErrorKind::NotFound`].
    #[must_use]
    pub fn is_not_found(&self) -> bool {
        self.0.kind == ErrorKind::NotFound
    }

    /// Whether the server did not accept the request as it is: [`ErrorKind::Rejected`].
    #[must_use]
    pub fn is_rejected(&self) -> bool {
        self.0.kind == ErrorKind::Rejected
    }

    /// Whether no complete answer came in time: [`ErrorKind::Timeout`].
    #[must_use]
    pub fn is_timeout(&self) -> bool {
        self.0.kind == ErrorKind::Timeout
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

    /// What the server said about it: Tangoe's code, message and occurrence id. Usually one,
    /// several for an order.
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

    /// The error of another library that caused this one, if there is one. Its text stands in the
    /// message already, so [`source`](StdError::source) returns nothing: reports that print the
    /// chain would print it twice.
    #[must_use]
    pub fn cause(&self) -> Option<&(dyn StdError + Send + Sync + 'static)> {
        self.0.source.as_deref()
    }

    fn advice(&self) -> Option<String> {
        if let Some(advice) = self.0.advice {
            return Some(advice.to_owned());
        }
        match self.0.kind {
            ErrorKind::OutcomeUnknown => Some(match &self.0.external_order_number {
                Some(number) => format!(
                    "It may have been carried out: do not send it again before looking for external order number {}",
                    Clean(number)
                ),
                None => "It may have been carried out: look before sending it again".to_owned(),
            }),
            ErrorKind::TokenUnavailable => Some(
                "Nothing was sent, and this says nothing about the credentials; check the token URL, or try again later"
                    .to_owned(),
            ),
            // Without a word of the server's it is the address rather than the id.
            ErrorKind::NotFound
                if self.0.failures.is_empty()
                    && self.0.call.as_ref().is_some_and(|call| call.is_base_url_odd) =>
            {
                Some(
                    "The base URL does not end in a version, such as /mobproc/v1: is it the whole one?"
                        .to_owned(),
                )
            }
            ErrorKind::Connect if self.0.dispatch == Dispatch::NotSent => {
                Some("Nothing was sent; check the address, and try again".to_owned())
            }
            _ => None,
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let inner = &self.0;
        if let Some(call) = &inner.call {
            write!(f, "{} ({}", call.operation.id, call.operation.method)?;
            if !call.operation.path.is_empty() {
                write!(f, " {}", call.operation.path)?;
            }
            f.write_str("): ")?;
        }
        if inner.kind == ErrorKind::OutcomeUnknown {
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
            write!(f, ", at {}", Clean(path))?;
        }
        if let Some(detail) = &inner.detail {
            write!(f, ": {detail}")?;
        }
        let mut cause = inner.source.as_deref().map(|source| source as &dyn StdError);
        while let Some(deeper) = cause {
            write!(f, ": {}", Clean(&deeper.to_string()))?;
            cause = deeper.source();
        }
        for failure in inner.failures.iter().take(MOST_FAILURES) {
            write!(f, "; {failure}")?;
        }
        if let Some(more) = inner
            .failures
            .len()
            .checked_sub(MOST_FAILURES)
            .filter(|more| *more > 0)
        {
            write!(f, "; and {more} more")?;
        }
        if let Some(call) = &inner.call {
            write!(f, " (correlation id {}", Clean(&call.correlation_id))?;
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

/// The text for people: a program that returns it from `main` prints this.
impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl StdError for Error {}

/// An argument that cannot be sent; nothing was.
impl From<RequestError> for Error {
    fn from(error: RequestError) -> Self {
        Self::invalid_argument(error.to_string())
    }
}
