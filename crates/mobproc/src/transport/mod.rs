//! Between a built request and a decoded answer.

pub(crate) mod context;
mod deadline;
mod decide;
pub(crate) mod depth;
pub(crate) mod headers;
mod observer;
pub(crate) mod order_view;
pub(crate) mod outcome;
pub(crate) mod pages;
mod send;
pub(crate) mod single;

use std::fmt;
use std::sync::{Arc, LazyLock};

use bytes::Bytes;
use http::{HeaderMap, StatusCode};
use memchr::memmem;
use mobproc_api::{Api, HttpClient, Request, RequestError};
use serde::de::DeserializeOwned;

pub use decide::Decision;
pub(crate) use observer::Observers;
pub use observer::{Attempt, AttemptAnswer, Observer};
pub(crate) use send::{Exchange, RawAnswer};

use crate::auth::TokenCache;
use crate::clock::Clock;
use crate::error::{CallFacts, Error, Failure, read_failures};
use crate::retry::{Budget, RetryPolicy};
use order_view::OrderView;

/// What sends the calls of all clones of a client.
pub(crate) struct Transport {
    pub(crate) api: Api,
    pub(crate) http: HttpClient,
    /// Tenant and client id.
    pub(crate) fixed_headers: HeaderMap,
    /// The base URL does not end as published, which may be why there is nothing there.
    pub(crate) is_base_url_odd: bool,
    pub(crate) tokens: TokenCache,
    pub(crate) retry: RetryPolicy,
    pub(crate) budget: Budget,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) max_response_size: usize,
    pub(crate) observers: Observers,
}

impl Transport {
    /// Makes a call that only reads, or does nothing twice.
    pub(crate) async fn read<T: DeserializeOwned>(
        &self,
        context: &context::Context,
        request: Result<Request<T>, RequestError>,
    ) -> Result<Answer<T>, Error> {
        self.exchange(context, request?).await.into_answer()
    }
}

impl Exchange {
    /// The answer without decoding it, whatever its status.
    pub(crate) fn into_raw_answer(self) -> Result<Answer<()>, Error> {
        Ok(Answer {
            value: (),
            raw: self.answer?,
            call: self.call,
        })
    }

    /// The decoded answer, if the status says that it is one.
    pub(crate) fn into_answer<T: DeserializeOwned>(self) -> Result<Answer<T>, Error> {
        let Self {
            answer,
            call,
            retry_after,
        } = self;
        let raw = answer?;
        if !raw.status.is_success() {
            let failures = read_failures(&raw.body);
            return Err(Error::status_error(raw.status, failures)
                .with_retry_after(retry_after)
                .with_answer(raw.status, raw.body)
                .with_call(call));
        }
        // An error under a status of success, which may have the members of what was asked for.
        if let Some(failures) = reported_failures(&raw.body) {
            return Err(Error::rejected("the server reports an error", failures)
                .with_answer(raw.status, raw.body)
                .with_call(call));
        }
        match decode(&raw.body) {
            Ok(value) => Ok(Answer { value, raw, call }),
            Err(error) => Err(error
                .with_failures(read_failures(&raw.body))
                .with_answer(raw.status, raw.body)
                .with_call(call)),
        }
    }
}

/// Bodies that are longer than this are no error bodies, and are not looked through.
const LONGEST_ERROR: usize = 8192;

/// What an answer of 2xx reports to have gone wrong, if it is an error all the same.
fn reported_failures(body: &[u8]) -> Option<Vec<Failure>> {
    const CODE: &[u8] = b"\"errorCode\"";
    const STATUS: &[u8] = b"ERROR";

    #[derive(serde::Deserialize)]
    struct Members {
        #[serde(rename = "errorCode")]
        code: Option<serde::de::IgnoredAny>,
    }

    static MARKS: LazyLock<[memmem::Finder<'static>; 2]> =
        LazyLock::new(|| [memmem::Finder::new(CODE), memmem::Finder::new(STATUS)]);

    if body.len() > LONGEST_ERROR || !MARKS.iter().any(|mark| mark.find(body).is_some()) {
        return None;
    }
    let view = OrderView::read(body);
    let has_code = || serde_json::from_slice::<Members>(body).is_ok_and(|members| members.code.is_some());
    (!view.holds_order && (view.says_error || has_code())).then(|| read_failures(body))
}

/// Decodes a body, or says where and why it is not a `T`.
pub(crate) fn decode<T: DeserializeOwned>(body: &[u8]) -> Result<T, Error> {
    // Whether it is UTF-8 is looked at once, which is quicker than text by text.
    if let Ok(text) = str::from_utf8(body)
        && let Ok(value) = serde_json::from_str(text)
    {
        return Ok(value);
    }
    // More slowly, keeping account of the place; also what is no UTF-8 where nobody reads it.
    let mut json = serde_json::Deserializer::from_slice(body);
    let value = serde_path_to_error::deserialize(&mut json)
        .map_err(|error| Error::decode(error.path().to_string(), error.inner()))?;
    // What follows the value may be no JSON.
    json.end()
        .map_err(|error| Error::decode("the end".to_owned(), &error))?;
    Ok(value)
}

/// A successful answer: decoded, and all that came with it.
#[derive(Clone)]
pub struct Answer<T> {
    value: T,
    raw: RawAnswer,
    call: CallFacts,
}

impl<T> Answer<T> {
    /// The decoded body.
    #[must_use]
    pub fn value(&self) -> &T {
        &self.value
    }

    /// The decoded body, without what came with it.
    #[must_use]
    pub fn into_value(self) -> T {
        self.value
    }

    /// The HTTP status, always 2xx.
    #[must_use]
    pub fn status(&self) -> StatusCode {
        self.raw.status
    }

    /// The HTTP headers.
    #[must_use]
    pub fn headers(&self) -> &HeaderMap {
        &self.raw.headers
    }

    /// The body as it came, members this version does not know included. It may hold personal data.
    #[must_use]
    pub fn body(&self) -> &Bytes {
        &self.raw.body
    }

    /// The correlation id the call was made with; support can find it by that.
    #[must_use]
    pub fn correlation_id(&self) -> &str {
        &self.call.correlation_id
    }

    /// How many times the request was sent.
    #[must_use]
    pub fn attempts(&self) -> u32 {
        self.call.attempts
    }

    /// An error about this answer: it knows the call and what was answered.
    pub(crate) fn error(&self, error: Error) -> Error {
        error
            .with_answer(self.raw.status, self.raw.body.clone())
            .with_call(self.call.clone())
    }

    /// The same answer with another value.
    pub(crate) fn map<U>(self, change: impl FnOnce(T) -> U) -> Answer<U> {
        Answer {
            value: change(self.value),
            raw: self.raw,
            call: self.call,
        }
    }
}

/// Without what was answered, which may hold personal data.
impl<T> fmt::Debug for Answer<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Answer")
            .field("status", &self.raw.status.as_u16())
            .field("correlation_id", &self.call.correlation_id)
            .field("attempts", &self.call.attempts)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use mobproc_api::types::{Price, Region};

    use super::decode;
    use crate::error::Error;

    #[test]
    fn what_is_no_utf8_is_read_unless_somebody_wants_it() {
        let price: Result<Price, Error> = decode(b"{\"amount\":12345678901234567.89,\"note\":\"\xe9\"}");
        let amount = price.map(|price| price.amount.to_string());
        assert_eq!(amount.ok().as_deref(), Some("12345678901234567.89"));
        let region: Result<Region, Error> = decode(b"{\"id\":\"2001\",\"name\":\"Qu\xe9bec\"}");
        let error = region.map(|region| region.id).unwrap_err().to_string();
        assert!(error.contains("name"), "{error}");
    }

    #[test]
    fn what_is_wrong_is_told_with_its_place() {
        for (body, place) in [
            ("{\"id\":7}", "id"),
            ("{\"id\":\"2001\"}x", "the end"),
            ("{\"id\":\"2001\"", "ends early"),
        ] {
            let region: Result<Region, Error> = decode(body.as_bytes());
            let error = region.map(|region| region.id).unwrap_err().to_string();
            assert!(error.contains(place), "{body}: {error}");
        }
    }
}
