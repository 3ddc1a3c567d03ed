//! Watching every attempt without changing any.

use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, header};
use mobproc_api::Operation;
use url::Url;

use super::decide::Decision;
use crate::auth::TokenError;
use crate::error::Error;

/// Sees every attempt of every call, and can change nothing: for recorders, metrics and logs of
/// one's own.
///
/// It is called between the end of an attempt and whatever follows, on the task that makes the
/// call. One that panics is ignored; one that is slow makes the call take longer, but no time limit
/// counts it.
///
/// **What it sees holds personal data** wherever orders and answers do. The access token is
/// withheld.
pub trait Observer: fmt::Debug + Send + Sync {
    /// An attempt has ended.
    fn attempt_ended(&self, attempt: &Attempt<'_>);

    /// A token request has ended. What was sent and answered is secret, so this is all there is to
    /// see.
    fn token_requested(&self, brought_a_token: bool) {
        let _ = brought_a_token;
    }

    /// A refresh token could not be saved in the [`TokenStore`](crate::TokenStore). The client goes
    /// on with it and tries again later.
    fn refresh_token_not_saved(&self, error: &TokenError) {
        let _ = error;
    }
}

/// For an observer that its owner asks afterwards.
impl<T: Observer + ?Sized> Observer for Arc<T> {
    fn attempt_ended(&self, attempt: &Attempt<'_>) {
        (**self).attempt_ended(attempt);
    }

    fn token_requested(&self, brought_a_token: bool) {
        (**self).token_requested(brought_a_token);
    }

    fn refresh_token_not_saved(&self, error: &TokenError) {
        (**self).refresh_token_not_saved(error);
    }
}

/// One attempt: what was sent, what came back, and what was decided.
#[derive(Clone)]
#[non_exhaustive]
pub struct Attempt<'a> {
    /// The operation; its `path` is the template of the URL.
    pub operation: &'static Operation,
    /// The correlation id of the call.
    pub correlation_id: &'a str,
    /// Counts the attempts of a call, from 1.
    pub number: u32,
    /// Whether sending the request again does nothing twice.
    pub is_safe_to_repeat: bool,
    /// Where it was sent, query included.
    pub url: &'a Url,
    /// The headers it was sent with. Of `Authorization`, and of what was set with
    /// [`Client::with_header`](crate::Client::with_header), only the name.
    pub headers: &'a HeaderMap,
    /// The bytes it was sent with.
    pub body: Option<&'a Bytes>,
    /// When it was begun.
    pub began: SystemTime,
    /// How long it took, to the last byte of the answer.
    pub took: Duration,
    /// What came back; where there is an error, what had come before it.
    pub answer: Option<AttemptAnswer<'a>>,
    /// Why there is no answer, or not a whole one.
    pub error: Option<&'a Error>,
    /// What was decided.
    pub decision: Decision,
}

/// The answer to an attempt.
#[derive(Clone, Copy)]
#[non_exhaustive]
pub struct AttemptAnswer<'a> {
    /// HTTP status.
    pub status: u16,
    /// HTTP headers.
    pub headers: &'a HeaderMap,
    /// The body.
    pub body: &'a Bytes,
}

/// Without URL, headers and bodies, which may hold personal data.
impl fmt::Debug for Attempt<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Attempt")
            .field("operation", &self.operation.id)
            .field("number", &self.number)
            .field("status", &self.answer.map(|answer| answer.status))
            .field("decision", &self.decision)
            .finish_non_exhaustive()
    }
}

/// The same as of an [`Attempt`].
impl fmt::Debug for AttemptAnswer<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AttemptAnswer")
            .field("status", &self.status)
            .finish_non_exhaustive()
    }
}

/// All observers of a client.
#[derive(Debug, Clone, Default)]
pub(crate) struct Observers(Arc<[Arc<dyn Observer>]>);

impl Observers {
    pub(crate) fn new(observers: Vec<Arc<dyn Observer>>) -> Self {
        Self(observers.into())
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(crate) fn attempt_ended(&self, attempt: &Attempt<'_>) {
        self.each(|observer| observer.attempt_ended(attempt));
    }

    pub(crate) fn token_requested(&self, brought_a_token: bool) {
        self.each(|observer| observer.token_requested(brought_a_token));
    }

    pub(crate) fn refresh_token_not_saved(&self, error: &TokenError) {
        self.each(|observer| observer.refresh_token_not_saved(error));
    }

    /// What an observer does to itself is its own business.
    fn each(&self, show: impl Fn(&dyn Observer)) {
        for observer in self.0.iter() {
            if catch_unwind(AssertUnwindSafe(|| show(&**observer))).is_err() {
                tracing::warn!("an observer panicked; the call goes on");
            }
        }
    }
}

/// Headers as they are shown: the token and what was set with
/// [`Client::with_header`](crate::Client::with_header) only by name.
pub(super) fn without_secrets(headers: &HeaderMap, further: &HeaderMap) -> HeaderMap {
    let mut shown = headers.clone();
    for name in further.keys().chain([&header::AUTHORIZATION]) {
        if let Some(value) = shown.get_mut(name) {
            *value = HeaderValue::from_static("[secret]");
        }
    }
    shown
}
