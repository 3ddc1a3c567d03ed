//! What the sandbox was asked, in order, and what it did about it.

use std::fmt;

use axum::http::HeaderMap;
use bytes::Bytes;
use chrono::{DateTime, Utc};
use serde_json::Value;

/// A request the sandbox received.
#[derive(Clone)]
#[non_exhaustive]
pub struct Received {
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
    /// Body, byte by byte.
    pub body: Bytes,
    /// The operation of the document it was for, if any; the token operations are `token_create`
    /// and `token_validate`.
    pub operation: Option<&'static str>,
    /// What was done about it.
    pub outcome: Outcome,
    /// What it was answered, if it was carried out; a fault may have kept it from the caller.
    pub answer: Option<Value>,
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
    /// Whether the request was carried out.
    #[must_use]
    pub fn is_processed(&self) -> bool {
        match self {
            Self::Pending => false,
            Self::Answered { processed, .. } | Self::Dropped { processed } => *processed,
        }
    }
}
