//! What the sandbox was asked, in order, and what it did about it.

use std::collections::VecDeque;
use std::fmt;

use axum::http::HeaderMap;
use bytes::Bytes;
use chrono::{DateTime, Utc};
use serde::Deserialize;
use serde_json::Value;

/// Of a longer body or answer only the length is kept.
const KEPT: usize = 64 * 1024;

/// The last requests, as many as are to be kept.
#[derive(Debug, Clone, Default)]
pub(crate) struct Record {
    keep: usize,
    kept: VecDeque<Received>,
    /// The number of the first that is kept.
    first: usize,
    /// How many had to make room since the last time it was cleared.
    forgotten: usize,
}

impl Record {
    pub(crate) fn new(keep: usize) -> Self {
        Self {
            keep,
            kept: VecDeque::new(),
            first: 0,
            forgotten: 0,
        }
    }

    /// Adds a request and returns its number: how many came before it since the start.
    pub(crate) fn add(&mut self, mut received: Received) -> usize {
        let number = self.first + self.kept.len();
        received.number = number;
        self.kept.push_back(received);
        self.shrink();
        number
    }

    pub(crate) fn keep(&mut self, keep: usize) {
        self.keep = keep;
        self.shrink();
    }

    fn shrink(&mut self) {
        while self.kept.len() > self.keep {
            self.kept.pop_front();
            self.first += 1;
            self.forgotten += 1;
        }
    }

    pub(crate) fn by_number(&mut self, number: usize) -> Option<&mut Received> {
        self.kept.get_mut(number.checked_sub(self.first)?)
    }

    pub(crate) fn clear(&mut self) {
        self.first += self.kept.len();
        self.kept.clear();
        self.forgotten = 0;
    }

    /// How many had to make room for others since it was cleared: what a count may miss.
    pub(crate) fn forgotten(&self) -> usize {
        self.forgotten
    }

    /// Those that fit, the last first.
    pub(crate) fn fitting<'a>(&'a self, filter: &'a RequestFilter) -> impl Iterator<Item = &'a Received> {
        let fitting = self.kept.iter().rev().filter(|request| filter.fits(request));
        fitting.take(filter.last.unwrap_or(usize::MAX))
    }
}

/// Which requests are meant: those that fit everything that is given.
///
/// In the query of `/sandbox/requests`, by these names.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct RequestFilter {
    /// Of those that fit, at most this many, the last ones.
    pub last: Option<usize>,
    /// For this operation.
    pub operation: Option<String>,
    /// About this order: its `orderId` in path or answer, or its `externalOrderNumber` in the body.
    pub order: Option<String>,
    /// With this value of the query parameter `confirm`.
    pub confirm: Option<String>,
    /// Answered with this status.
    pub status: Option<u16>,
    /// Carried out, or not.
    pub processed: Option<bool>,
    /// Received at this time or later.
    pub since: Option<DateTime<Utc>>,
    /// Received before this time.
    pub until: Option<DateTime<Utc>>,
    /// Not as documented, or as documented.
    pub violating: Option<bool>,
}

impl RequestFilter {
    /// Fits every request.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Keeps at most this many of those that fit, the last ones.
    #[must_use]
    pub fn last(mut self, most: usize) -> Self {
        self.last = Some(most);
        self
    }

    /// Keeps those for an operation, by its id.
    #[must_use]
    pub fn operation(mut self, operation: impl Into<String>) -> Self {
        self.operation = Some(operation.into());
        self
    }

    /// Keeps those about an order: its `orderId` in path or answer, or its `externalOrderNumber` in
    /// the body.
    #[must_use]
    pub fn order(mut self, order: impl Into<String>) -> Self {
        self.order = Some(order.into());
        self
    }

    /// Keeps those with this value of the query parameter `confirm`.
    #[must_use]
    pub fn confirm(mut self, confirm: impl Into<String>) -> Self {
        self.confirm = Some(confirm.into());
        self
    }

    /// Keeps those that were answered with a status.
    #[must_use]
    pub fn status(mut self, status: u16) -> Self {
        self.status = Some(status);
        self
    }

    /// Keeps those that were carried out, or those that were not.
    #[must_use]
    pub fn processed(mut self, processed: bool) -> Self {
        self.processed = Some(processed);
        self
    }

    /// Keeps those that were received at a time or later.
    #[must_use]
    pub fn since(mut self, since: DateTime<Utc>) -> Self {
        self.since = Some(since);
        self
    }

    /// Keeps those that were received before a time.
    #[must_use]
    pub fn until(mut self, until: DateTime<Utc>) -> Self {
        self.until = Some(until);
        self
    }

    /// Keeps those that are not as documented, or those that are.
    #[must_use]
    pub fn violating(mut self, violating: bool) -> Self {
        self.violating = Some(violating);
        self
    }

    /// Whether a request fits, however many others do.
    #[must_use]
    pub fn fits(&self, request: &Received) -> bool {
        let Self {
            last: _,
            operation,
            order,
            confirm,
            status,
            processed,
            since,
            until,
            violating,
        } = self;
        operation
            .as_deref()
            .is_none_or(|wanted| request.operation == Some(wanted))
            && confirm
                .as_deref()
                .is_none_or(|wanted| request.query("confirm") == Some(wanted))
            && status.is_none_or(|wanted| request.outcome.status() == Some(wanted))
            && processed.is_none_or(|wanted| request.outcome.is_processed() == wanted)
            && violating.is_none_or(|wanted| request.violations.is_empty() != wanted)
            && since.is_none_or(|since| request.at >= since)
            && until.is_none_or(|until| request.at < until)
            && order.as_deref().is_none_or(|wanted| request.is_about(wanted))
    }
}

/// A request the sandbox received.
#[derive(Clone)]
#[non_exhaustive]
pub struct Received {
    /// How many came before it since the sandbox was started.
    pub number: usize,
    /// When it came.
    pub at: DateTime<Utc>,
    /// HTTP method.
    pub method: String,
    /// Path, as it was sent.
    pub path: String,
    /// Query parameters, decoded, in order.
    pub query: Vec<(String, String)>,
    /// Headers.
    pub headers: HeaderMap,
    /// Body, byte by byte. Empty if it is longer than 64 KiB.
    pub body: Bytes,
    /// Length of the body, in bytes.
    pub body_length: usize,
    /// The operation of the document it was for, if any; the token operations are `token_create`
    /// and `token_validate`.
    pub operation: Option<&'static str>,
    /// What is not as documented in it, and might not be forgiven by a real backend or a proxy in
    /// between.
    pub violations: Vec<String>,
    /// What was done about it.
    pub outcome: Outcome,
    /// What it was answered, if it was carried out; a fault may have kept it from the caller. Not
    /// kept if it is longer than 64 KiB.
    pub answer: Option<Bytes>,
    /// How long it took to answer; nothing while it is pending.
    pub duration: Option<std::time::Duration>,
    pub(crate) began: std::time::Instant,
}

/// Of what is short enough to be kept, all; else nothing.
pub(crate) fn kept(bytes: &Bytes) -> Option<Bytes> {
    (bytes.len() <= KEPT).then(|| bytes.clone())
}

impl Received {
    /// The first query parameter of that name.
    #[must_use]
    pub fn query(&self, name: &str) -> Option<&str> {
        self.query
            .iter()
            .find(|(known, _)| known == name)
            .map(|(_, value)| value.as_str())
    }

    /// A header, if it is there and is text.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// The body as JSON, if it is.
    #[must_use]
    pub fn json(&self) -> Option<Value> {
        serde_json::from_slice(&self.body).ok()
    }

    /// The answer as JSON, if it is.
    #[must_use]
    pub fn answer_json(&self) -> Option<Value> {
        serde_json::from_slice(self.answer.as_ref()?).ok()
    }

    /// Whether it is about an order: the path has its id, the body its external number, or the
    /// answer its id.
    fn is_about(&self, order: &str) -> bool {
        let is = |value: Option<&Value>| value.and_then(Value::as_str) == Some(order);
        self.path.split('/').skip_while(|part| *part != "orders").nth(1) == Some(order)
            || self
                .json()
                .is_some_and(|body| is(body.pointer("/orderRequest/externalOrderNumber")))
            || self
                .answer_json()
                .is_some_and(|answer| is(answer.pointer("/order/orderId")))
    }
}

/// Credentials and personal data stay out.
impl fmt::Debug for Received {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Received")
            .field("at", &self.at)
            .field("method", &self.method)
            .field("path", &self.path)
            .field("operation", &self.operation)
            .field("body", &format_args!("{} bytes", self.body.len()))
            .field("outcome", &self.outcome)
            .finish_non_exhaustive()
    }
}

/// What the sandbox did about a request.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Outcome {
    /// It is still at it, or the caller went away before it answered.
    Pending,
    /// It answered with this status.
    Answered {
        /// HTTP status.
        status: u16,
        /// Whether the request was carried out; an answer made up by a fault comes without.
        processed: bool,
    },
    /// It closed the connection without an answer, or in the middle of one.
    Dropped {
        /// Whether the request was carried out before.
        processed: bool,
    },
}

impl Outcome {
    /// The status it was answered with, if it was.
    #[must_use]
    pub fn status(&self) -> Option<u16> {
        match self {
            Self::Answered { status, .. } => Some(*status),
            Self::Pending | Self::Dropped { .. } => None,
        }
    }

    /// Whether the request was carried out.
    #[must_use]
    pub fn is_processed(&self) -> bool {
        match self {
            Self::Pending => false,
            Self::Answered { processed, .. } | Self::Dropped { processed } => *processed,
        }
    }
}
